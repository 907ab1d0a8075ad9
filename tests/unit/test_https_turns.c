/* SPDX-License-Identifier: MIT */
/* https: which of a host's addresses has its turn, when DNS is asked anew, and what is slow and what dead. */
#include "world_https.h"

enum { PATIENCE_MS = 8000, BIG = 2 << 20 };

/* Where the good server is, and where the other one. */
#define GOOD_ADDRESS  "127.0.0.1"
#define OTHER_ADDRESS "127.0.0.2"

static void on_done(void *arg, const struct https_reply *r)
{
	struct world *w = arg;
	w->done++;
	w->reply = *r;
	loop_stop(w->loop);
}

static void peer_with(struct world *w, const struct https_endpoint_options *o)
{
	struct err e;
	https_endpoint_free(w->peer);
	assert_int_equal(https_endpoint_new(w->https, o, &w->peer, &e), 0);
}

static void post_bytes(struct world *w, const char *body, size_t len)
{
	struct err e;
	int before = w->done;
	w->address[0] = '\0';
	assert_int_equal(https_post(w->peer, body, len, NULL, 0, on_done, w, &e), 0);
	if (!loop_run_for(w->loop, PATIENCE_MS))
		fail_msg("no end within %d ms", PATIENCE_MS);
	assert_int_equal(w->done, before + 1);
}

static void post(struct world *w)
{
	post_bytes(w, "<Event/>", 8);
}

static void assert_delivered(const struct world *w)
{
	if (w->reply.err.kind != ERR_NONE || w->reply.status != 200)
		fail_msg("%d %s", w->reply.status, w->reply.err.text);
}

static void assert_failed(const struct world *w, enum err_kind kind, const char *words)
{
	if (w->reply.err.kind != kind || !strstr(w->reply.err.text, words))
		fail_msg("expected %s with \"%s\", got %s: %s", err_kind_name(kind), words,
			 err_kind_name(w->reply.err.kind), w->reply.err.text);
}

/* --- turns --- */

/* The host has two addresses, first that of a server with a fault. */
static void two_addresses(struct world *w, struct tls_server *other)
{
	serve(w, TLS_GOOD, NULL);
	other->address = OTHER_ADDRESS;
	other->port = w->server.port;
	if (!other->cert)
		other->cert = &w->certs->good;
	tls_server_start(other);
	w->records[0].addresses[0] = OTHER_ADDRESS;
	w->records[0].addresses[1] = GOOD_ADDRESS;
	struct https_endpoint_options o = options(w, NULL);
	/* Only a server that says nothing is waited for to the end. libcurl goes on to the next address after
	 * half of the time, which must be enough on a busy machine. */
	o.connect_ms = o.answer_ms =
		other->manner == TLS_NO_HELLO || other->manner == TLS_SILENT ? 600 : 10000;
	peer_with(w, &o);
}

/* Whatever is wrong with the first address, the next attempt goes to the second one, and later ones do. */
static void an_address_that_fails_goes_to_the_end(void **state)
{
	struct world *w = *state;
	const struct {
		enum tls_manner manner;
		const struct tls_cert *cert;
		enum err_kind kind;
		const char *words;
	} cases[] = {
		{ TLS_NO_HELLO, NULL, ERR_TIMEOUT, "no answer to our hello" },
		{ TLS_RESETS_HANDSHAKE, NULL, ERR_NET, "reset the connection" },
		{ TLS_CLOSES_HANDSHAKE, NULL, ERR_NET, "closed the connection" },
		{ TLS_ALERT, NULL, ERR_TLS, "had an internal error" },
		{ TLS_PLAIN_HTTP, NULL, ERR_TLS, "plain HTTP" },
		{ TLS_GOOD, &w->certs->unknown, ERR_TLS, "certificate verification failed" },
		{ TLS_SILENT, NULL, ERR_TIMEOUT, "did not answer" },
		{ TLS_CLOSES_UNANSWERED, NULL, ERR_NET, "closed the connection before its answer" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tls_server other = { .manner = cases[i].manner, .cert = cases[i].cert, .alert = 80 };
		two_addresses(w, &other);
		post(w);
		assert_failed(w, cases[i].kind, cases[i].words);
		assert_non_null(strstr(w->reply.err.text, cases[i].cert ? "" : OTHER_ADDRESS));
		assert_int_equal(w->reply.has_other_address, 1);
		int at_other = other.stats->accepted;
		for (int k = 0; k < 3; k++) {
			post(w);
			assert_delivered(w);
			assert_string_equal(w->address, GOOD_ADDRESS);
			https_new_epoch(w->https); /* so that each makes a connection */
		}
		assert_int_equal(other.stats->accepted, at_other);
		/* A second endpoint of the same server knows it, too. */
		struct https_endpoint_options o = options(w, NULL);
		peer_with(w, &o);
		post(w);
		assert_delivered(w);
		assert_int_equal(other.stats->accepted, at_other);
		tls_server_stop(&other);
	}
}

/* When the good one fails in its turn, the other one is tried again; when all have failed, the one that
 * failed first. */
static void turns_go_round(void **state)
{
	struct world *w = *state;
	struct tls_server other = { .manner = TLS_NO_HELLO };
	two_addresses(w, &other);
	post(w);
	assert_int_equal(w->reply.has_other_address, 1);
	post(w);
	assert_delivered(w);
	int port = w->server.port;
	tls_server_stop(&w->server);
	tls_server_stop(&other);
	other.manner = TLS_GOOD;
	tls_server_start(&other);
	post(w);
	assert_failed(w, ERR_NET, "refused");
	assert_int_equal(w->reply.has_other_address, 0); /* the other one had failed, too, but before */
	post(w);
	assert_delivered(w);
	assert_string_equal(w->address, OTHER_ADDRESS);
	tls_server_stop(&other);
	post(w);
	assert_failed(w, ERR_NET, "refused");
	w->server.port = port;
	tls_server_start(&w->server);
	post(w);
	assert_delivered(w);
	assert_string_equal(w->address, GOOD_ADDRESS);
}

/* One of two servers behind a name is out of order, and says so: the next attempt goes to the other one, and
 * from there back when that one falls ill. A server with one address keeps its connection. */
static void a_server_with_an_error_of_its_own_passes_its_turn(void **state)
{
	static const char error[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
	struct world *w = *state;
	struct tls_server other = { .manner = TLS_ANSWER, .answer = error };
	two_addresses(w, &other);
	post(w);
	assert_int_equal(w->reply.status, 503);
	post(w);
	assert_delivered(w);
	assert_string_equal(w->address, GOOD_ADDRESS);
	int port = w->server.port;
	tls_server_stop(&w->server);
	tls_server_stop(&other);
	other.manner = TLS_GOOD;
	tls_server_start(&other);
	w->server.answer = error;
	w->server.manner = TLS_ANSWER;
	w->server.port = port;
	tls_server_start(&w->server);
	post(w);
	assert_int_equal(w->reply.status, 503);
	post(w);
	assert_delivered(w);
	assert_string_equal(w->address, OTHER_ADDRESS);
	tls_server_stop(&other);
	w->records[0].addresses[0] = GOOD_ADDRESS;
	w->records[0].addresses[1] = NULL;
	serve(w, TLS_ANSWER, NULL);
	struct https_endpoint_options o = options(w, NULL);
	peer_with(w, &o);
	https_ask_anew(w->https);
	for (int i = 0; i < 3; i++)
		post(w);
	assert_int_equal(w->server.stats->requests, 3);
	assert_int_equal(w->server.stats->handshakes, 1);
}

/* The kernel drops what comes to a listener whose backlog is full. */
static void an_address_without_tcp_is_passed_over(void **state)
{
	struct world *w = *state;
	int full[8];
	serve(w, TLS_GOOD, NULL);
	int port = w->server.port, fd = tls_listen(OTHER_ADDRESS, &port);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	inet_pton(AF_INET, OTHER_ADDRESS, &a.sin_addr);
	listen(fd, 0);
	for (size_t i = 0; i < 8; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(full[i], (struct sockaddr *)&a, sizeof a);
	}
	w->records[0].addresses[0] = OTHER_ADDRESS;
	w->records[0].addresses[1] = GOOD_ADDRESS;
	struct https_endpoint_options o = options(w, NULL);
	o.connect_ms = 3000;
	peer_with(w, &o);
	post(w);
	assert_delivered(w); /* libcurl gives the first one half of the time */
	assert_true(w->reply.elapsed_ms >= 1200);
	https_new_epoch(w->https);
	post(w);
	assert_delivered(w);
	assert_true(w->reply.elapsed_ms < 1200); /* it was not asked again */
	for (size_t i = 0; i < 8; i++)
		close(full[i]);
	close(fd);
}

/* An answer of DNS that led to no trusted server is not kept for its time to live. */
static void dns_is_asked_anew_when_no_trusted_server_was_there(void **state)
{
	struct world *w = *state;
	const struct {
		enum tls_manner manner;
		const struct tls_cert *cert;
	} cases[] = {
		{ TLS_GOOD, &w->certs->unknown },
		{ TLS_NO_HELLO, NULL },
		{ TLS_CLOSES_HANDSHAKE, NULL },
	};
	w->records[0].ttl_s = 86400;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tls_server other = { .manner = cases[i].manner, .cert = cases[i].cert };
		two_addresses(w, &other);
		w->records[0].addresses[1] = NULL;
		post(w);
		assert_int_not_equal(w->reply.err.kind, ERR_NONE);
		assert_int_equal(w->reply.has_other_address, 0);
		w->records[0].addresses[0] = GOOD_ADDRESS;
		post(w);
		assert_delivered(w);
		int queries = w->names.queries;
		https_new_epoch(w->https);
		post(w);
		assert_delivered(w);
		assert_int_equal(w->names.queries, queries); /* this one is kept */
		tls_server_stop(&other);
		struct err e;
		char server[32];
		snprintf(server, sizeof server, "127.0.0.1:%d", w->names.port);
		assert_int_equal(dns_configure(w->dns, &(struct dns_options){ .servers = { server } }, &e),
				 0);
	}
}

/* A caller that has waited for long enough says so. */
static void an_abandoned_call_counts_as_failed(void **state)
{
	struct world *w = *state;
	struct tls_server other = { .manner = TLS_SILENT };
	struct err e;
	two_addresses(w, &other);
	assert_int_equal(https_post(w->peer, "x", 1, NULL, 0, on_done, w, &e), 0);
	for (int i = 0; i < 100 && !other.stats->requests; i++)
		loop_run_for(w->loop, 10);
	assert_int_equal(other.stats->requests, 1);
	https_abandon(w->peer);
	post(w);
	assert_delivered(w);
	assert_string_equal(w->address, GOOD_ADDRESS);
	https_abandon(w->peer); /* nothing is under way */
	tls_server_stop(&other);
}

/* --- slow and dead --- */

static void answers_late(struct tls_conn *c)
{
	if (!tls_request(c))
		return;
	usleep(900 * 1000);
	tls_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

/* Takes the post little by little, for longer than any limit, then answers. */
static void reads_slowly(struct tls_conn *c)
{
	static char piece[16384];
	for (long all = 0; all < BIG;) {
		int n = SSL_read(c->ssl, piece, sizeof piece);
		if (n <= 0)
			return;
		all += n;
		usleep(12 * 1000);
	}
	tls_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void reads_nothing(struct tls_conn *c)
{
	(void)c;
	usleep(5 * 1000 * 1000);
}

static void peer_of(struct world *w, void (*speaks)(struct tls_conn *c), int stall_ms, int answer_ms)
{
	w->server.speaks = speaks;
	serve(w, TLS_GOOD, NULL);
	struct https_endpoint_options o = options(w, NULL);
	o.stall_ms = stall_ms;
	o.answer_ms = answer_ms;
	o.total_ms = 0;
	peer_with(w, &o);
}

static void a_server_has_its_time_to_answer(void **state)
{
	struct world *w = *state;
	peer_of(w, answers_late, 300, 3000);
	post(w);
	assert_delivered(w);
	peer_of(w, answers_late, 300, 500);
	post(w);
	assert_failed(w, ERR_TIMEOUT, "has the post, but did not answer within 500 ms");
	w->server.speaks = NULL;
}

static void a_post_takes_as_long_as_it_moves(void **state)
{
	struct world *w = *state;
	char *big = calloc(1, BIG);
	peer_of(w, reads_slowly, 400, 400);
	post_bytes(w, big, BIG);
	assert_delivered(w);
	assert_true(w->reply.elapsed_ms > 1000);
	peer_of(w, reads_nothing, 400, 3000);
	post_bytes(w, big, BIG);
	assert_failed(w, ERR_TIMEOUT, "stalled, not a byte of the post was taken for 400 ms");
	assert_in_range(w->reply.elapsed_ms, 400, 2500);
	w->server.speaks = NULL;
	free(big);
}

static void speaks_slowly(struct tls_conn *c)
{
	char piece[1001] = { 0 };
	memset(piece, 'x', sizeof piece - 1);
	if (!tls_request(c) || !tls_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"))
		return;
	for (int i = 0; i < 10 && tls_say(c, piece); i++)
		usleep(100 * 1000);
}

/* An answer that comes at 10 KB/s may take longer than answer_ms, one that drips may not. */
static void an_answer_may_be_slow(void **state)
{
	struct world *w = *state;
	peer_of(w, speaks_slowly, 300, 400);
	post(w);
	assert_delivered(w);
	assert_int_equal(w->reply.body_err.kind, ERR_NONE);
	assert_int_equal(w->reply.len, 10000);
	w->server.speaks = NULL;
}

/* Says neither how long its answer is, nor that it is over. */
static void never_ends(struct tls_conn *c)
{
	if (tls_request(c) && tls_say(c, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<O"))
		tls_request(c);
}

/* Who needs no body is not held up by one that does not come. */
static void an_answer_that_does_not_end_is_left(void **state)
{
	struct world *w = *state;
	w->server.speaks = never_ends;
	serve(w, TLS_GOOD, NULL);
	struct https_endpoint_options o = options(w, NULL);
	o.total_ms = 0;
	o.rest_ms = 300;
	peer_with(w, &o);
	post(w);
	assert_delivered(w);
	assert_int_equal(w->reply.body_err.kind, ERR_TIMEOUT);
	assert_in_range(w->reply.elapsed_ms, 300, 2500);
	w->server.speaks = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(an_address_that_fails_goes_to_the_end),
		in_world(turns_go_round),
		in_world(a_server_with_an_error_of_its_own_passes_its_turn),
		in_world(an_address_without_tcp_is_passed_over),
		in_world(dns_is_asked_anew_when_no_trusted_server_was_there),
		in_world(an_abandoned_call_counts_as_failed),
		in_world(a_server_has_its_time_to_answer),
		in_world(a_post_takes_as_long_as_it_moves),
		in_world(an_answer_may_be_slow),
		in_world(an_answer_that_does_not_end_is_left),
	};
	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
