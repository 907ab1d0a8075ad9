/* SPDX-License-Identifier: MIT */
#include "https_lane.h"

#include "base/mem.h"
#include "https_connection.h"
#include "https_transfer.h"

#include <stdlib.h>

enum {
	GOODBYE_MS = 200, /* between a TLS farewell and the end of the connection */
	ENDS_A_TURN = 16, /* posts that end within one turn, at most */
};

/* Out of memory or a mistake of ours: libcurl's multi functions fail for nothing else. */
static void must(CURLMcode rc)
{
	if (rc != CURLM_OK)
		abort();
}

/* --- who is told --- */

void https_lane_make_due(struct https_lane *lane, struct https_transfer *t)
{
	struct https_transfer **at = &lane->due;
	if (t->is_due)
		return;
	while (*at)
		at = &(*at)->next_due;
	*at = t;
	t->is_due = 1;
	t->next_due = NULL;
}

void https_lane_take_due(struct https_lane *lane, struct https_transfer *t)
{
	struct https_transfer **at = &lane->due;
	if (!t->is_due)
		return;
	while (*at != t)
		at = &(*at)->next_due;
	*at = t->next_due;
	t->is_due = 0;
}

/* libcurl's timer is set for every transfer and hardly ever comes due, so the loop's timer is left alone
 * unless it would be late; when it is early it looks at due_ms and sleeps on. */
static void arm(struct https_lane *lane)
{
	int64_t in = lane->due ? 0 : lane->due_ms - loop_now_ms(lane->loop);
	if (!lane->due && lane->due_ms < 0)
		return;
	if (in < 0)
		in = 0;
	int64_t left = loop_timer_left(lane->timer);
	if (left < 0 || left > in)
		loop_timer_in(lane->timer, in);
}

/* A post that is begun while its predecessor's end is told may itself be at its end already: told in the same
 * turn, a few times over, so that others have their turn, too. */
static void tell(struct https_lane *lane)
{
	lane->refs++;
	lane->telling = 1;
	for (int i = 0; i < ENDS_A_TURN && lane->due; i++) {
		struct https_transfer *t = lane->due;
		https_lane_take_due(lane, t);
		t->turned(t->arg);
	}
	lane->telling = 0;
	arm(lane);
	https_lane_release(lane);
}

/* --- entering libcurl --- */

static void enter(struct https_lane *lane, curl_socket_t fd, int what)
{
	int running, left;
	CURLMsg *m;
	must(curl_multi_socket_action(lane->multi, fd, what, &running));
	while ((m = curl_multi_info_read(lane->multi, &left))) {
		struct https_transfer *t;
		char *private = NULL;
		if (m->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private) != CURLE_OK)
			continue;
		t = (void *)private;
		t->finished = 1;
		t->result = m->data.result;
		https_lane_make_due(lane, t);
	}
}

void https_lane_enter(struct https_lane *lane, curl_socket_t fd, int what)
{
	enter(lane, fd, what);
	tell(lane);
}

void https_lane_rests(struct https_lane *lane, int is_gone)
{
	if (lane->running)
		return;
	if (is_gone && https_connection_all_gone(lane))
		https_lane_close(lane);
	else
		loop_timer_in(lane->timer, GOODBYE_MS);
}

static void on_time(void *arg)
{
	struct https_lane *lane = arg;
	if (!lane->running) {
		if (https_connection_all_gone(lane))
			https_lane_close(lane);
		return;
	}
	if (lane->due_ms >= 0 && lane->due_ms <= loop_now_ms(lane->loop)) {
		enter(lane, CURL_SOCKET_TIMEOUT, 0);
		/* When we come a fraction of a millisecond early, libcurl does nothing and does not call
		 * again either. */
		long in;
		must(curl_multi_timeout(lane->multi, &in));
		lane->due_ms = in < 0 ? -1 : loop_now_ms(lane->loop) + in + 1;
	}
	tell(lane);
}

/* Called by libcurl: note what it wants, never call back into it. */
static int wants_timer(CURLM *multi, long in, void *arg)
{
	struct https_lane *lane = arg;
	(void)multi;
	lane->due_ms = in < 0 ? -1 : loop_now_ms(lane->loop) + in + (in > 0);
	return 0;
}

/* --- lanes --- */

struct https_lane *https_lane_new(struct loop *l, int width)
{
	struct https_lane *lane = mem_new(sizeof *lane);
	*lane = (struct https_lane){ .loop = l, .refs = 1, .width = width, .due_ms = -1 };
	lane->timer = loop_timer_new(l, on_time, lane);
	return lane;
}

static void open_multi(struct https_lane *lane)
{
	lane->multi = curl_multi_init();
	if (!lane->multi || https_connection_adopt_multi(lane) != 0)
		abort();
	lane->due_ms = -1;
	must(curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, wants_timer));
	must(curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane));
	must(curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, (long)lane->width));
}

void https_lane_close(struct https_lane *lane)
{
	if (!lane->multi)
		return;
	must(curl_multi_cleanup(lane->multi));
	https_connection_drop_all(lane);
	lane->multi = NULL;
	lane->due_ms = -1;
	lane->addresses_until_ms = 0;
	lane->valid_until = 0;
}

void https_lane_release(struct https_lane *lane)
{
	if (!lane || --lane->refs)
		return;
	https_lane_close(lane);
	loop_timer_free(lane->timer);
	free(lane);
}

void https_lane_widen(struct https_lane *lane, int width)
{
	lane->width = width;
	if (lane->multi)
		must(curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, (long)width));
}

void https_lane_add(struct https_lane *lane, CURL *easy)
{
	if (!lane->multi)
		open_multi(lane);
	lane->refs++;
	lane->running++;
	must(curl_multi_add_handle(lane->multi, easy));
	enter(lane, CURL_SOCKET_TIMEOUT,
	      0); /* now, not a turn later: on a connection that rests, the request goes out */
	if (!lane->telling)
		arm(lane);
}

void https_lane_remove(struct https_lane *lane, CURL *easy)
{
	must(curl_multi_remove_handle(lane->multi, easy));
	lane->running--;
	https_lane_release(lane);
}

int https_lane_is_open(const struct https_lane *lane)
{
	return lane->connections != NULL;
}
