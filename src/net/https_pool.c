/* SPDX-License-Identifier: MIT */
#include "https_pool.h"

#include "https_connection.h"
#include "https_transfer.h"

#include <stdlib.h>

/* maximum number of posts that end in one turn of the loop, so that other work is not held up */
enum { ENDS_IN_A_TURN = 16 };

/* libcurl's multi functions only fail if there is no memory, or because of a bug in this program. */
static void must(CURLMcode rc)
{
	if (rc != CURLM_OK)
		abort();
}

/* --- calling the owner back --- */

void https_pool_notify(struct https_pool *p)
{
	p->has_news = 1;
}

/* libcurl sets its timer for every transfer, and it is hardly ever due. So the loop's timer is only changed
 * if it would be late; if it is early, it compares due_ms and waits again. */
static void arm(struct https_pool *p)
{
	int is_due = p->has_news || p->was_given_up;
	int64_t in = is_due ? 0 : p->due_ms - loop_now_ms(p->loop);
	if (!is_due && p->due_ms < 0)
		return;
	if (in < 0)
		in = 0;
	int64_t left = loop_timer_left(p->timer);
	if (left < 0 || left > in)
		loop_timer_in(p->timer, in);
}

/* Calls the transfer's owner. When a post has ended, the owner may begin the next one, which may end at once,
 * too. */
static void notify(struct https_pool *p)
{
	p->notifying = 1;
	for (int i = 0; i < ENDS_IN_A_TURN && p->has_news; i++) {
		p->has_news = 0;
		p->transfer->notified(p->transfer->arg);
	}
	p->notifying = 0;
	arm(p);
}

/* --- calling libcurl --- */

static void take_ends(struct https_pool *p)
{
	int left;
	CURLMsg *m;
	while ((m = curl_multi_info_read(p->multi, &left))) {
		if (m->msg != CURLMSG_DONE)
			continue;
		p->transfer->finished = 1;
		p->transfer->result = m->data.result;
		https_pool_notify(p);
	}
}

static void enter(struct https_pool *p, curl_socket_t fd, int what)
{
	int running;
	must(curl_multi_socket_action(p->multi, fd, what, &running));
	take_ends(p);
}

/* If an address does not answer, libcurl 7.88 tries the next one of the same family only when it is called
 * again; but it sets no timer for that, so that its time would run out first. This calls it. */
static void enter_for_next_address(struct https_pool *p)
{
	int running;
	p->was_given_up = 0;
	CURL_IGNORE_DEPRECATION(must(curl_multi_socket_all(p->multi, &running));)
	take_ends(p);
}

static void on_given_up(void *arg)
{
	struct https_pool *p = arg;
	p->was_given_up = 1;
}

static void on_socket_ready(void *arg, curl_socket_t fd, int what)
{
	struct https_pool *p = arg;
	enter(p, fd, what);
	notify(p);
}

static void on_idle_ready(void *arg)
{
	https_pool_close(arg); /* or after the transfer, whose end the owner does not know yet */
}

static void on_time(void *arg)
{
	struct https_pool *p = arg;
	if (!p->transfer)
		return;
	if (p->was_given_up)
		enter_for_next_address(p);
	if (p->due_ms >= 0 && p->due_ms <= loop_now_ms(p->loop)) {
		enter(p, CURL_SOCKET_TIMEOUT, 0);
		/* If libcurl is called a fraction of a millisecond early, it does nothing, and sets no other
		 * time. */
		long in;
		must(curl_multi_timeout(p->multi, &in));
		p->due_ms = in < 0 ? -1 : loop_now_ms(p->loop) + in + 1;
	}
	notify(p);
}

/* Called by libcurl, which must not be called here: stores the time at which libcurl wants to be called. */
static int on_timer_wanted(CURLM *multi, long in, void *arg)
{
	struct https_pool *p = arg;
	(void)multi;
	p->due_ms = in < 0 ? -1 : loop_now_ms(p->loop) + in + (in > 0);
	return 0;
}

/* --- pools --- */

void https_pool_init(struct https_pool *p, struct loop *l)
{
	*p = (struct https_pool){ .loop = l, .due_ms = -1 };
	p->sockets = (struct https_sockets){
		.loop = l,
		.on_ready = on_socket_ready,
		.on_idle_ready = on_idle_ready,
		.on_given_up = on_given_up,
		.arg = p,
	};
	p->timer = loop_timer_new(l, on_time, p);
}

static void open_multi(struct https_pool *p)
{
	p->multi = curl_multi_init();
	if (!p->multi || https_connection_adopt_multi(&p->sockets, p->multi) != 0)
		abort();
	p->due_ms = -1;
	must(curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted));
	must(curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p));
	must(curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, 1L));
}

void https_pool_close(struct https_pool *p)
{
	p->closes_after = p->transfer != NULL;
	if (p->closes_after || !p->multi)
		return;
	must(curl_multi_cleanup(p->multi));
	https_connection_drop_all(&p->sockets);
	p->multi = NULL;
	p->due_ms = -1;
	p->addresses_until_ms = 0;
	p->valid_until = 0;
}

void https_pool_done(struct https_pool *p)
{
	https_pool_close(p);
	loop_timer_free(p->timer);
}

void https_pool_add(struct https_pool *p, struct https_transfer *t)
{
	if (!p->multi)
		open_multi(p);
	p->transfer = t;
	must(curl_multi_add_handle(p->multi, t->easy));
	/* Calls libcurl now and not in the next turn: on an idle connection it sends the request at once. */
	enter(p, CURL_SOCKET_TIMEOUT, 0);
	if (!p->notifying)
		arm(p);
}

void https_pool_remove(struct https_pool *p)
{
	must(curl_multi_remove_handle(p->multi, p->transfer->easy));
	p->transfer = NULL;
	p->has_news = p->was_given_up = 0;
	if (p->closes_after)
		https_pool_close(p);
}

int https_pool_is_open(const struct https_pool *p)
{
	return p->sockets.first != NULL;
}
