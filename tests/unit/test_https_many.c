/* SPDX-License-Identifier: MIT */
/* Many endpoints of one server at once, as a window of posts has them: each has a connection of its own. */
#include "world_https.h"

enum { CALLERS = 16, PATIENCE_MS = 8000, IDS = 256 };

struct caller {
	struct crowd *crowd;
	struct https_endpoint *peer;
	int id; /* of the post under way; 0: none */
	char header[24];
	int done;
	struct https_reply reply; /* what it borrowed is gone */
	int has_verdict;
};

struct crowd {
	struct world *w;
	int answer_ms;    /* goes by before each answer of the server */
	int cuts;         /* the second answer on a connection ends in its middle, and TLS without a notice */
	int answers;      /* of it on one connection; it reads one request more, and closes. 0: no bound */
	atomic_int *came; /* how often each id came to it, in shared memory */
	struct caller callers[CALLERS];
	int n, under_way, failures, verdicts;
	int feeding, next, last;     /* posts that feed() still has to begin */
	int again[CALLERS], n_again; /* those of them that failed */
	void (*when_done)(struct caller *c);
};

static void feed_some(struct crowd *crowd);

static void on_answer(void *arg, const struct https_reply *r)
{
	struct caller *c = arg;
	struct crowd *crowd = c->crowd;
	c->done++;
	c->reply = *r;
	c->has_verdict = r->verdict != NULL;
	crowd->verdicts += c->has_verdict;
	crowd->under_way--;
	if (r->verdict)
		assert_int_equal(r->verdict->code, r->verify_code);
	if (r->err.kind != ERR_NONE) {
		crowd->failures++;
		if (crowd->feeding)
			crowd->again[crowd->n_again++] = c->id;
	} else if (crowd->came) { /* the answer to this very post */
		assert_int_equal(r->status, 200);
		assert_int_equal(strtol(r->body, NULL, 10), r->body_err.kind == ERR_NONE ? c->id : 0);
	}
	c->id = 0;
	if (crowd->when_done)
		crowd->when_done(c);
	if (r->verdict) /* still readable, whatever was done to the peers */
		assert_int_equal(r->verdict->code, c->reply.verify_code);
	if (crowd->feeding)
		feed_some(crowd);
	if (!crowd->under_way)
		loop_stop(crowd->w->loop);
}

static void post(struct caller *c, int id)
{
	struct err e;
	const char *header = c->header;
	snprintf(c->header, sizeof c->header, "id: %d", id);
	c->id = id;
	c->crowd->under_way++;
	if (https_post(c->peer, "<Status/>", 9, &header, 1, on_answer, c, &e) != 0)
		fail_msg("%s", e.text);
}

/* As a window does: whoever is free takes the next post. */
static void feed_some(struct crowd *crowd)
{
	for (int i = 0; i < crowd->n && (crowd->next <= crowd->last || crowd->n_again); i++) {
		struct caller *c = &crowd->callers[i];
		if (c->peer && !c->id)
			post(c, crowd->n_again ? crowd->again[--crowd->n_again] : crowd->next++);
	}
}

static void settle(struct crowd *crowd)
{
	if (crowd->under_way && !loop_run_for(crowd->w->loop, PATIENCE_MS))
		fail_msg("%d posts have no end within %d ms", crowd->under_way, PATIENCE_MS);
	assert_int_equal(crowd->under_way, 0);
}

/* Posts first..last, again when they fail, to their end. */
static void feed(struct crowd *crowd, int first, int last)
{
	crowd->next = first;
	crowd->last = last;
	crowd->feeding = 1;
	feed_some(crowd);
	settle(crowd);
	crowd->feeding = 0;
	assert_int_equal(crowd->next, last + 1);
}

/* Each caller posts at once: ids from `first`. */
static void post_all(struct crowd *crowd, int first)
{
	for (int i = 0; i < crowd->n; i++)
		post(&crowd->callers[i], first + i);
}

static void leave(struct caller *c)
{
	https_endpoint_free(c->peer);
	c->peer = NULL;
	if (c->id)
		c->crowd->under_way--;
	c->id = 0;
}

static void forget_counts(struct crowd *crowd)
{
	tls_server_stop(&crowd->w->server);
	crowd->w->server.speaks = NULL;
	crowd->w->server.hello_ms = 0;
	if (crowd->came)
		munmap(crowd->came, IDS * sizeof *crowd->came);
	crowd->came = NULL;
}

static void join(struct crowd *crowd, int n, const struct https_endpoint_options *given)
{
	struct https_endpoint_options o = given ? *given : options(crowd->w, NULL);
	struct err e;
	for (int i = 0; i < crowd->n; i++)
		leave(&crowd->callers[i]);
	crowd->n = n;
	for (int i = 0; i < n; i++) {
		struct caller *c = &crowd->callers[i];
		*c = (struct caller){ .crowd = crowd };
		if (https_endpoint_new(crowd->w->https, &o, &c->peer, &e) != 0)
			fail_msg("%s", e.text);
	}
}

static int setup_crowd(void **state)
{
	struct crowd *crowd = calloc(1, sizeof *crowd);
	setup(state);
	crowd->w = *state;
	*state = crowd;
	return 0;
}

static int teardown_crowd(void **state)
{
	struct crowd *crowd = *state;
	for (int i = 0; i < crowd->n; i++)
		leave(&crowd->callers[i]);
	forget_counts(crowd);
	*state = crowd->w;
	free(crowd);
	return teardown(state);
}

/* Each request bears its number in the header "id" and is answered with that number. */
static void answer_ids(struct tls_conn *c)
{
	const struct crowd *crowd = c->s->arg;
	char answer[128];
	for (int n = 0; tls_request(c) > 0; n++) {
		const char *header = strstr(c->buf, "\r\nid: ");
		int id = header ? (int)strtol(header + 6, NULL, 10) % IDS : 0;
		atomic_fetch_add(&crowd->came[id], 1);
		if (crowd->answers && n == crowd->answers)
			return;
		usleep((useconds_t)crowd->answer_ms * 1000);
		if (crowd->cuts && n) {
			tls_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12");
			shutdown(SSL_get_fd(c->ssl), SHUT_RDWR);
			return;
		}
		snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%d",
			 snprintf(NULL, 0, "%d", id), id);
		tls_say(c, answer);
		c->len = 0;
	}
}

/* A server that counts, and n endpoints of it. */
static void serve_ids(struct crowd *crowd, int n, int answer_ms)
{
	forget_counts(crowd);
	crowd->came = mmap(NULL, IDS * sizeof *crowd->came, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	crowd->answer_ms = answer_ms;
	crowd->w->server.speaks = answer_ids;
	crowd->w->server.arg = crowd;
	serve(crowd->w, TLS_GOOD, NULL);
	join(crowd, n, NULL);
}

static void assert_all_ok(const struct crowd *crowd)
{
	for (int i = 0; i < crowd->n; i++) {
		const struct caller *c = &crowd->callers[i];
		if (c->reply.err.kind != ERR_NONE)
			fail_msg("caller %d: %s", i, c->reply.err.text);
		assert_int_equal(c->reply.verify_code, 0);
	}
}

/* How often each of first..last came to the server: at least once, at most `most` times. */
static void assert_came(const struct crowd *crowd, int first, int last, int most)
{
	for (int id = first; id <= last; id++) {
		int n = crowd->came[id];
		if (n < 1 || n > most)
			fail_msg("post %d came %d times: expected 1 to %d", id, n, most);
	}
}

/* The server may still accept what the client has already left. */
static void wait_all_closed(struct crowd *crowd)
{
	struct tls_stats *s = crowd->w->server.stats;
	for (int i = 0; i < 200 && s->closed != s->accepted; i++)
		loop_run_for(crowd->w->loop, 20);
	assert_int_equal(s->closed, s->accepted);
}

/* Runs for a while in which nothing is to happen. */
static void rest(struct crowd *crowd, int ms)
{
	assert_int_equal(loop_run_for(crowd->w->loop, ms), 0);
}

/* Until the server reads them. */
static void wait_came(struct crowd *crowd, int first, int last)
{
	for (int ms = 0; first <= last && ms < PATIENCE_MS; ms++) {
		if (crowd->came[first])
			first++;
		else
			loop_run_for(crowd->w->loop, 1);
	}
	assert_true(first > last);
}

static void test_each_keeps_its_connection(void **state)
{
	struct crowd *crowd = *state;
	struct tls_stats *stats;
	serve_ids(crowd, 2, 10);
	stats = crowd->w->server.stats;
	for (int i = 0; i < 6; i++) {
		struct caller *c = &crowd->callers[i % 2];
		post(c, i + 1);
		settle(crowd);
		assert_int_equal(c->reply.err.kind, ERR_NONE);
		assert_int_equal(c->reply.verify_code, 0);
		assert_int_equal(c->has_verdict, 0); /* of a good one the code is kept */
		assert_int_equal(c->reply.reused, i >= 2);
	}
	assert_int_equal(stats->handshakes, 2);
	assert_int_equal(crowd->w->judged, 2);
	post_all(crowd, 10); /* both at once, each on its own */
	settle(crowd);
	assert_all_ok(crowd);
	assert_int_equal(stats->handshakes, 2);
	assert_int_equal(crowd->w->judged, 2);
	assert_came(crowd, 1, 6, 1);
	assert_came(crowd, 10, 11, 1);
}

/* As a window opens: who joins when connections are open makes one of its own. */
static void test_others_join_later(void **state)
{
	struct crowd *crowd = *state;
	struct https_endpoint_options o;
	struct err e;
	serve_ids(crowd, 1, 10);
	post_all(crowd, 1);
	settle(crowd);
	o = options(crowd->w, NULL);
	for (crowd->n = 1; crowd->n < 4; crowd->n++) {
		struct caller *c = &crowd->callers[crowd->n];
		*c = (struct caller){ .crowd = crowd };
		assert_int_equal(https_endpoint_new(crowd->w->https, &o, &c->peer, &e), 0);
	}
	for (int i = 0; i < 3; i++) {
		post_all(crowd, 11 + 10 * i);
		settle(crowd);
		assert_all_ok(crowd);
	}
	assert_int_equal(crowd->w->server.stats->handshakes, 4);
	assert_came(crowd, 31, 34, 1);
}

static void test_ten(void **state)
{
	struct crowd *crowd = *state;
	serve_ids(crowd, 10, 2);
	feed(crowd, 1, 200);
	assert_int_equal(crowd->failures, 0);
	assert_came(crowd, 1, 200, 1);
	assert_int_equal(crowd->w->server.stats->handshakes, 10);
	assert_int_equal(crowd->w->judged, crowd->w->server.stats->handshakes);
}

/* Whoever begins many posts can see which have no connection yet. */
static void test_connecting_and_connected(void **state)
{
	struct crowd *crowd = *state;
	crowd->w->server.hello_ms = 20;
	serve_ids(crowd, 2, 20);
	struct https_endpoint *first = crowd->callers[0].peer, *second = crowd->callers[1].peer;
	assert_int_equal(https_is_connecting(first), 0);
	assert_int_equal(https_is_connected(first), 0);
	post(&crowd->callers[0], 1);
	assert_int_equal(https_is_connecting(first), 1);
	assert_int_equal(https_is_connecting(second), 0);
	wait_came(crowd, 1, 1);
	assert_int_equal(https_is_connecting(first), 0);
	assert_int_equal(https_is_connected(first), 1);
	settle(crowd);
	assert_all_ok(crowd);
	post(&crowd->callers[0], 2); /* on the connection that it has */
	assert_int_equal(https_is_connecting(first), 0);
	settle(crowd);
	assert_int_equal(https_is_connected(first), 1);
	assert_int_equal(https_is_connected(second), 0);
	https_new_epoch(crowd->w->https);
	assert_int_equal(https_is_connected(first), 0);
}

static void test_epoch_ends_under_way(void **state)
{
	struct crowd *crowd = *state;
	serve_ids(crowd, 4, 50);
	post_all(crowd, 1);
	settle(crowd);
	assert_int_equal(crowd->w->server.stats->handshakes, 4);
	post_all(crowd, 11);
	https_new_epoch(crowd->w->https);
	settle(crowd);
	assert_all_ok(crowd);
	assert_int_equal(crowd->w->server.stats->handshakes, 4); /* on the old connections */
	wait_closed(crowd->w, 4);
	post_all(crowd, 21);
	settle(crowd);
	assert_all_ok(crowd);
	assert_int_equal(crowd->w->server.stats->handshakes, 8);
	assert_int_equal(crowd->w->server.stats->resumed, 0);
	assert_int_equal(crowd->w->judged, 8);
	assert_came(crowd, 21, 24, 1);
}

/* Old and new epoch side by side: a post that begins when others are under way takes none of their
 * connections afterwards. */
static void test_epochs_side_by_side(void **state)
{
	struct crowd *crowd = *state;
	serve_ids(crowd, 4, 50);
	post(&crowd->callers[0], 1);
	post(&crowd->callers[1], 2);
	wait_came(crowd, 1, 2);
	https_new_epoch(crowd->w->https);
	post(&crowd->callers[2], 3);
	post(&crowd->callers[3], 4);
	settle(crowd);
	for (int i = 0; i < 4; i++)
		assert_int_equal(crowd->callers[i].reply.reused, 0);
	assert_int_equal(crowd->w->server.stats->handshakes, 4);
	wait_closed(crowd->w, 2);
	post_all(crowd, 11);
	settle(crowd);
	assert_all_ok(crowd);
	assert_int_equal(crowd->w->server.stats->handshakes, 6);
}

static void test_a_peer_leaves(void **state)
{
	struct crowd *crowd = *state;
	serve_ids(crowd, 4, 40);
	post_all(crowd, 1);
	leave(&crowd->callers[0]); /* the others are not touched */
	settle(crowd);
	for (int i = 1; i < 4; i++)
		assert_int_equal(crowd->callers[i].reply.err.kind, ERR_NONE);
	assert_came(crowd, 2, 4, 1);
	post(&crowd->callers[1], 11);
	post(&crowd->callers[2], 12);
	rest(crowd, 10);
	leave(&crowd->callers[1]);
	leave(&crowd->callers[3]);
	settle(crowd);
	assert_int_equal(crowd->callers[2].reply.err.kind, ERR_NONE);
	assert_int_equal(crowd->callers[1].done, 1);
	leave(&crowd->callers[2]);
	wait_all_closed(crowd);
}

static void leave_all(struct caller *c)
{
	struct crowd *crowd = c->crowd;
	crowd->when_done = NULL;
	for (int i = 0; i < crowd->n; i++)
		leave(&crowd->callers[i]);
}

static void test_all_leave_in_a_callback(void **state)
{
	struct crowd *crowd = *state;
	serve_ids(crowd, 4, 5);
	post(&crowd->callers[0], 1);
	settle(crowd);
	post_all(crowd, 2);
	crowd->when_done = leave_all;
	settle(crowd);
	rest(crowd, 20);
	wait_all_closed(crowd);
}

static void post_and_leave_all(struct caller *c)
{
	post(c, 3);
	leave_all(c);
}

/* The verdict lives as long as the callback: of a handshake that was refused, of one whose post is given
 * up. */
static void test_post_and_leave_in_a_callback(void **state)
{
	struct crowd *crowd = *state;
	for (int refused = 0; refused < 2; refused++) {
		serve(crowd->w, refused ? TLS_GOOD : TLS_SILENT, refused ? &crowd->w->certs->expired : NULL);
		struct https_endpoint_options o = options(crowd->w, NULL);
		if (!refused)
			o.total_ms = 150;
		join(crowd, 2, &o);
		crowd->verdicts = 0;
		crowd->when_done = post_and_leave_all;
		post(&crowd->callers[0], 1);
		settle(crowd);
		assert_int_equal(crowd->verdicts, refused);
		assert_int_equal(crowd->callers[0].done, 1);
		rest(crowd, 20);
	}
}

/* Each connection is closed by the server only when its second request has come. The kept connection reads
 * it, and a new one answers it. */
static void test_stale(void **state)
{
	struct crowd *crowd = *state;
	struct tls_stats *stats;
	crowd->answers = 1;
	serve_ids(crowd, CALLERS, 0);
	stats = crowd->w->server.stats;
	post_all(crowd, 1);
	settle(crowd);
	assert_all_ok(crowd);
	assert_int_equal(stats->handshakes, CALLERS);
	assert_came(crowd, 1, CALLERS, 2);
	post(&crowd->callers[0], 21);
	settle(crowd);
	assert_all_ok(crowd);
	assert_int_equal(stats->handshakes, CALLERS + 1);
	assert_int_equal(crowd->came[21], 2);
	post_all(crowd, 41);
	settle(crowd);
	assert_all_ok(crowd);
	assert_int_equal(stats->handshakes, 2 * CALLERS + 1);
	assert_came(crowd, 41, 40 + CALLERS, 2);
	assert_int_equal(crowd->w->judged, stats->handshakes);
}

/* What ends TLS on a connection that an earlier post made is known as well. */
static void test_cut_on_a_kept_connection(void **state)
{
	struct crowd *crowd = *state;
	crowd->cuts = 1;
	serve_ids(crowd, 1, 0);
	post_all(crowd, 1);
	settle(crowd);
	assert_all_ok(crowd);
	post_all(crowd, 2);
	settle(crowd);
	const struct err *e = &crowd->callers[0].reply.body_err;
	assert_int_equal(e->kind, ERR_NET);
	assert_non_null(strstr(e->text, "closed the connection before its answer was complete"));
	assert_int_equal(crowd->came[2], 1); /* it was being answered: not sent again by itself */
	assert_int_equal(crowd->w->server.stats->handshakes, 1);
}

static void test_others_do_not_share(void **state)
{
	struct crowd *crowd = *state;
	struct world *w = crowd->w;
	struct err e;
	serve(w, TLS_GOOD, &w->certs->expired);
	struct https_endpoint_options o = options(w, NULL);
	o.verify = HTTPS_VERIFY_OFF;
	join(crowd, 2, &o);
	post_all(crowd, 1);
	settle(crowd);
	assert_int_equal(crowd->failures, 0);
	assert_int_equal(crowd->callers[0].reply.verify_code, 10);
	assert_int_equal(crowd->callers[1].reply.verify_code, 10);
	struct caller strict = { .crowd = crowd };
	o.verify = HTTPS_VERIFY_ON;
	assert_int_equal(https_endpoint_new(w->https, &o, &strict.peer, &e), 0);
	post(&strict, 3);
	settle(crowd);
	assert_int_equal(strict.reply.err.kind, ERR_TLS);
	assert_int_equal(strict.reply.verify_code, 10);
	assert_int_equal(w->server.stats->requests, 2);
	assert_int_equal(w->server.stats->accepted, 3);
	post(&crowd->callers[0], 4); /* on the connection that it kept: the code is known, the verdict not */
	settle(crowd);
	assert_int_equal(crowd->callers[0].reply.verify_code, 10);
	assert_int_equal(crowd->callers[0].has_verdict, 0);
	https_endpoint_free(strict.peer);
}

static void test_refused(void **state)
{
	struct crowd *crowd = *state;
	struct world *w = crowd->w;
	serve(w, TLS_GOOD, &w->certs->expired);
	join(crowd, 4, NULL);
	post_all(crowd, 1);
	settle(crowd);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(crowd->callers[i].reply.err.kind, ERR_TLS);
		assert_int_equal(crowd->callers[i].reply.err.code, 10);
		assert_int_equal(crowd->callers[i].reply.verify_code, 10);
		assert_int_equal(crowd->callers[i].has_verdict, 1);
	}
	assert_int_equal(w->judged, 4);
	wait_closed(w, 4);
	assert_int_equal(w->server.stats->bytes, 0);
}

static void test_certificate_ends(void **state)
{
	struct crowd *crowd = *state;
	struct world *w = crowd->w;
	serve(w, TLS_GOOD, &w->certs->short_lived);
	join(crowd, 3, NULL);
	post_all(crowd, 1);
	settle(crowd);
	set_date(w, w->certs->short_end - 1);
	post_all(crowd, 11);
	settle(crowd);
	assert_all_ok(crowd);
	assert_int_equal(w->server.stats->handshakes, 3);
	long bytes = w->server.stats->bytes;
	set_date(w, w->certs->short_end + 2);
	post_all(crowd, 21);
	settle(crowd);
	for (int i = 0; i < 3; i++)
		assert_int_equal(crowd->callers[i].reply.err.code, 10);
	wait_closed(w, 6);
	assert_int_equal(w->server.stats->bytes, bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define in_crowd(test) cmocka_unit_test_setup_teardown(test, setup_crowd, teardown_crowd)
		in_crowd(test_each_keeps_its_connection),
		in_crowd(test_others_join_later),
		in_crowd(test_ten),
		in_crowd(test_connecting_and_connected),
		in_crowd(test_epoch_ends_under_way),
		in_crowd(test_epochs_side_by_side),
		in_crowd(test_a_peer_leaves),
		in_crowd(test_all_leave_in_a_callback),
		in_crowd(test_post_and_leave_in_a_callback),
		in_crowd(test_stale),
		in_crowd(test_cut_on_a_kept_connection),
		in_crowd(test_others_do_not_share),
		in_crowd(test_refused),
		in_crowd(test_certificate_ends),
	};
	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
