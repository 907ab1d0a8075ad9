/* SPDX-License-Identifier: MIT */
#include "https_transfer.h"

#include "base/mem.h"
#include "https_connection.h"

#include <stdlib.h>

struct https_session {
	struct verify_session *judge;
	int complete; /* the handshake is over: its verdict is the last word */
	int told;     /* its verdict was returned by https_transfer_news */
	struct https_session *next;
};

void https_sessions_free(struct https_session **list)
{
	while (*list) {
		struct https_session *s = *list;
		*list = s->next;
		verify_session_settle(s->judge); /* the connection keeps it for its code */
		verify_session_free(s->judge);
		free(s);
	}
}

int https_transfer_init(struct https_transfer *t)
{
	t->code = -1;
	if (curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t) != CURLE_OK)
		return -1;
	return https_connection_adopt(t);
}

void https_transfer_start(struct https_transfer *t, struct https_lane *lane)
{
	/* A connection that is opened for it outlives it, and closes for the lane. */
	curl_easy_setopt(t->easy, CURLOPT_CLOSESOCKETDATA, lane);
	t->lane = lane;
	t->finished = 0;
	https_transfer_connects(t);
	https_lane_add(lane, t->easy);
}

void https_transfer_part(struct https_transfer *t, struct https_session **list)
{
	t->judges = 0;
	while (t->sessions) {
		struct https_session *s = t->sessions;
		t->sessions = s->next;
		s->next = *list;
		*list = s;
	}
}

void https_transfer_stop(struct https_transfer *t)
{
	struct https_lane *lane = t->lane;
	if (!lane)
		return;
	https_lane_take_due(lane, t);
	t->lane = NULL;
	t->finished = 0;
	https_lane_remove(lane, t->easy);
}

void https_transfer_connects(struct https_transfer *t)
{
	t->judges = 0;
	t->code = -1;
}

void https_transfer_keep(struct https_transfer *t, struct verify_session *judge)
{
	struct https_session *s = mem_new(sizeof *s);
	*s = (struct https_session){ .judge = judge, .next = t->sessions };
	t->sessions = s;
	t->judges = 1;
}

void https_transfer_sends(struct https_transfer *t, const struct verify_session *judge)
{
	struct https_lane *lane = t->lane;
	t->judges = t->sessions && t->sessions->judge == judge;
	t->code = judge ? verify_session_code(judge) : -1;
	if (t->judges && !t->sessions->complete) {
		int64_t end = verify_session_valid_until(judge);
		if (end && (!lane->valid_until || end < lane->valid_until))
			lane->valid_until = end;
		t->sessions->complete = 1;
		https_lane_make_due(lane, t);
	}
}

const struct verdict *https_transfer_news(struct https_transfer *t)
{
	struct https_session *oldest = NULL;
	for (struct https_session *s = t->sessions; s; s = s->next) {
		int over = s->complete || s != t->sessions || t->finished;
		if (s->told || !over)
			continue; /* a stapled answer may still change the verdict */
		if (verify_session_verdict(s->judge))
			oldest = s;
		else
			s->told = 1; /* TLS failed before anything was judged: there is nothing to tell */
	}
	if (!oldest)
		return NULL;
	oldest->told = 1;
	return verify_session_verdict(oldest->judge);
}

void https_transfer_settle(struct https_transfer *t)
{
	if (t->judges && t->sessions->told)
		verify_session_settle(t->sessions->judge);
}

const struct verdict *https_transfer_verdict(const struct https_transfer *t)
{
	return t->judges ? verify_session_verdict(t->sessions->judge) : NULL;
}

const struct verify_chain *https_transfer_chain(const struct https_transfer *t)
{
	return t->judges ? verify_session_chain(t->sessions->judge) : NULL;
}

long https_transfer_code(const struct https_transfer *t)
{
	return t->judges ? verify_session_code(t->sessions->judge) : t->code;
}

int https_transfer_is_fresh(const struct https_transfer *t)
{
	return t->judges;
}

int https_transfer_shook_hands(const struct https_transfer *t)
{
	return t->sessions != NULL;
}

int https_transfer_certificate_asked(const struct https_transfer *t)
{
	return t->judges && verify_session_certificate_asked(t->sessions->judge);
}

int64_t https_transfer_moved_ms(const struct https_transfer *t)
{
	const struct https_connection *c = https_connection_of(t->lane, t->easy);
	return c ? c->moved_ms : loop_now_ms(t->lane->loop);
}
