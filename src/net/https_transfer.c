/* SPDX-License-Identifier: MIT */
#include "https_transfer.h"

#include "base/mem.h"
#include "https_connection.h"

#include <stdlib.h>

struct https_session {
	struct verify_session *session;
	int complete; /* 1: the handshake has ended, so its verdict does not change any more */
	int reported; /* 1: https_transfer_news has returned its verdict */
	struct https_session *next;
};

void https_sessions_free(struct https_session **list)
{
	while (*list) {
		struct https_session *s = *list;
		*list = s->next;
		/* the SSL_CTX keeps the session, for the verdict's code */
		verify_session_free_verdict(s->session);
		verify_session_free(s->session);
		free(s);
	}
}

static void on_open(void *arg, const struct dns_address *to)
{
	struct https_transfer *t = arg;
	if (t->n_tried < DNS_ADDRESSES_MAX)
		t->tried[t->n_tried++] = *to;
	https_transfer_connects(t);
}

int https_transfer_init(struct https_transfer *t)
{
	t->code = -1;
	if (curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t) != CURLE_OK)
		return -1;
	t->opener = (struct https_opener){ .sockets = &t->pool->sockets, .on_open = on_open, .arg = t };
	return https_connection_adopt(&t->opener, t->easy);
}

void https_transfer_start(struct https_transfer *t)
{
	t->finished = 0;
	t->n_tried = 0;
	https_transfer_connects(t);
	https_pool_add(t->pool, t);
}

static void forget_kept(struct https_transfer *t)
{
	verify_session_free(t->kept);
	t->kept = NULL;
}

void https_transfer_detach_sessions(struct https_transfer *t, struct https_session **list)
{
	forget_kept(t);
	t->is_fresh = 0;
	while (t->sessions) {
		struct https_session *s = t->sessions;
		t->sessions = s->next;
		s->next = *list;
		*list = s;
	}
}

void https_transfer_stop(struct https_transfer *t)
{
	t->finished = 0;
	if (t->pool->transfer)
		https_pool_remove(t->pool);
}

int https_transfer_is_under_way(const struct https_transfer *t)
{
	return t->pool->transfer != NULL;
}

void https_transfer_connects(struct https_transfer *t)
{
	forget_kept(t);
	t->is_fresh = 0;
	t->code = -1;
}

void https_transfer_keep(struct https_transfer *t, struct verify_session *session)
{
	struct https_session *s = mem_new(sizeof *s);
	*s = (struct https_session){ .session = session, .next = t->sessions };
	t->sessions = s;
	t->is_fresh = 1;
}

void https_transfer_sends(struct https_transfer *t, struct verify_session *session)
{
	struct https_pool *pool = t->pool;
	t->is_fresh = t->sessions && t->sessions->session == session;
	t->code = session ? verify_session_code(session) : -1;
	forget_kept(t);
	if (session && !t->is_fresh)
		t->kept = verify_session_ref(session);
	if (t->is_fresh && !t->sessions->complete) {
		int64_t end = verify_session_valid_until(session);
		if (end && (!pool->valid_until || end < pool->valid_until))
			pool->valid_until = end;
		t->sessions->complete = 1;
		https_pool_notify(pool);
	}
}

const struct verdict *https_transfer_news(struct https_transfer *t)
{
	struct https_session *oldest = NULL;
	for (struct https_session *s = t->sessions; s; s = s->next) {
		int over = s->complete || s != t->sessions || t->finished;
		if (s->reported || !over)
			continue; /* a stapled OCSP response may still change the verdict */
		if (verify_session_verdict(s->session))
			oldest = s;
		else
			s->reported = 1; /* TLS failed before the server sent a certificate */
	}
	if (!oldest)
		return NULL;
	oldest->reported = 1;
	return verify_session_verdict(oldest->session);
}

void https_transfer_free_verdict(struct https_transfer *t)
{
	if (t->is_fresh && t->sessions->reported)
		verify_session_free_verdict(t->sessions->session);
}

const struct verdict *https_transfer_verdict(const struct https_transfer *t)
{
	return t->is_fresh ? verify_session_verdict(t->sessions->session) : NULL;
}

const struct verify_chain *https_transfer_chain(const struct https_transfer *t)
{
	return t->is_fresh ? verify_session_chain(t->sessions->session) : NULL;
}

long https_transfer_code(const struct https_transfer *t)
{
	return t->is_fresh ? verify_session_code(t->sessions->session) : t->code;
}

int https_transfer_handshake_begun(const struct https_transfer *t)
{
	return t->sessions != NULL;
}

int https_transfer_client_certificate_missing(const struct https_transfer *t)
{
	return t->is_fresh && verify_session_client_certificate_missing(t->sessions->session);
}

int https_transfer_client_certificate_requested(const struct https_transfer *t)
{
	return t->is_fresh && verify_session_client_certificate_requested(t->sessions->session);
}

unsigned long https_transfer_tls_error(const struct https_transfer *t)
{
	const struct verify_session *s = t->is_fresh ? t->sessions->session : t->kept;
	return s ? verify_session_error(s) : 0;
}

const struct https_connection *https_transfer_connection(const struct https_transfer *t)
{
	return https_connection_in_use(&t->pool->sockets);
}
