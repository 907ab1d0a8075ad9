/* SPDX-License-Identifier: MIT */
/* tls_stream against real TLS servers in child processes, which count what reaches them. */
#include "../../src/net/tls_stream_internal.h"

#include "net/address_order.h"
#include "world_https.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

enum { PATIENCE_MS = 8000 };

/* What one stream has told. */
struct told {
	struct world *w;
	struct tls_stream *stream;
	int opened, ended, progressed;
	int free_when_opened, free_when_received;
	struct err err;
	char text[1 << 12];
	size_t len;
	const char *say; /* when it is opened */
	unsigned char keys[32];
	int64_t judged_at;
};

static void on_opened(void *arg)
{
	struct told *t = arg;
	static const struct tls_stream_export x = { "EXPORTER-test", "\1\2", 2 };
	t->opened++;
	assert_int_equal(tls_stream_export(t->stream, &x, t->keys, sizeof t->keys), 0);
	assert_non_null(tls_stream_chain(t->stream));
	t->judged_at = t->w->judged_at;
	if (t->say)
		assert_int_equal(tls_stream_write(t->stream, t->say, strlen(t->say)), 0);
	if (t->free_when_opened) {
		tls_stream_free(t->stream);
		t->stream = NULL;
		loop_stop(t->w->loop);
	}
}

static void on_received(void *arg, const void *data, size_t len)
{
	struct told *t = arg;
	assert_int_equal(t->opened, 1);
	if (t->len + len < sizeof t->text)
		memcpy(t->text + t->len, data, len);
	t->len += len;
	if (t->free_when_received) {
		tls_stream_free(t->stream);
		t->stream = NULL;
	}
	loop_stop(t->w->loop);
}

static void on_progressed(void *arg)
{
	((struct told *)arg)->progressed++;
}

static void on_ended(void *arg, const struct err *e)
{
	struct told *t = arg;
	t->ended++;
	t->err = *e;
	loop_stop(t->w->loop);
}

static const struct tls_stream_events events = { on_opened, on_received, on_progressed, on_ended };

static struct tls_stream_world world_of(struct world *w)
{
	return (struct tls_stream_world){ .loop = w->loop,
					  .dns = w->dns,
					  .date = w->date,
					  .anchors = w->anchors,
					  .on_verdict = on_judged,
					  .arg = w };
}

static struct tls_stream_request to_server(const struct world *w)
{
	return (struct tls_stream_request){ .service = "Test",
					    .host = "good.test",
					    .port = w->server.port,
					    .connect_ms = 3000,
					    .stall_ms = 3000,
					    .total_ms = 7000 };
}

/* Opens a stream and runs until it stops the loop. */
static void run(struct told *t, const struct tls_stream_request *r)
{
	const struct tls_stream_world world = world_of(t->w);
	t->stream = tls_stream_open(&world, r, &events, t);
	assert_int_equal(t->opened + t->ended, 0);
	if (!loop_run_for(t->w->loop, PATIENCE_MS))
		fail_msg("nothing within %d ms", PATIENCE_MS);
}

static void assert_ended(const struct told *t, enum err_kind kind, const char *words)
{
	assert_int_equal(t->ended, 1);
	if (t->err.kind != kind || !strstr(t->err.text, words))
		fail_msg("expected %s with \"%s\", got %s: %s", err_kind_name(kind), words,
			 err_kind_name(t->err.kind), t->err.text);
}

/* Runs, and expects this end, without that anything was sent. */
static void assert_refused(struct world *w, const struct tls_stream_request *r, enum err_kind kind,
			   const char *words)
{
	struct told t = { .w = w };
	long before = w->server.stats->bytes;
	run(&t, r);
	assert_ended(&t, kind, words);
	assert_int_equal(t.opened, 0);
	assert_int_equal(w->server.stats->bytes, before);
	tls_stream_free(t.stream);
}

/* --- what servers of these tests do --- */

static void echoes(struct tls_conn *c)
{
	int n;
	while ((n = SSL_read(c->ssl, c->buf, sizeof c->buf)) > 0) {
		atomic_fetch_add(&c->s->stats->bytes, n);
		if (SSL_write(c->ssl, c->buf, n) != n)
			return;
	}
}

static void takes_only(struct tls_conn *c)
{
	int n;
	while ((n = SSL_read(c->ssl, c->buf, sizeof c->buf)) > 0)
		atomic_fetch_add(&c->s->stats->bytes, n);
}

static void reads_nothing(struct tls_conn *c)
{
	(void)c;
	pause();
}

static void says_bye(struct tls_conn *c)
{
	SSL_write(c->ssl, "bye", 3);
}

static void floods(struct tls_conn *c)
{
	memset(c->buf, 'x', sizeof c->buf);
	while (SSL_write(c->ssl, c->buf, sizeof c->buf) > 0)
		;
}

static void serve_with(struct world *w, void (*speaks)(struct tls_conn *c), const struct tls_cert *cert)
{
	w->server.speaks = speaks;
	serve(w, TLS_GOOD, cert);
}

/* --- tests --- */

static void what_is_written_arrives(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w, .say = "hello" };
	serve_with(w, echoes, NULL);
	const struct tls_stream_request r = to_server(w);
	run(&t, &r);
	assert_int_equal(t.opened, 1);
	assert_int_equal(w->code, 0);
	assert_int_equal(w->judged, 1);
	assert_string_equal(w->address, "127.0.0.1");
	assert_string_equal(w->server.stats->sni, "good.test");
	assert_int_equal(t.len, 5);
	assert_memory_equal(t.text, "hello", 5);
	for (int i = 0; i < 100 && !t.progressed; i++)
		loop_run_for(w->loop, 20);
	assert_int_equal(tls_stream_acknowledged(t.stream), 5);
	tls_stream_free(t.stream);
	wait_closed(w, 1);
}

/* Each certificate that is not trusted, and not a byte that was sent to its server. */
static void servers_that_are_not_trusted_get_nothing(void **state)
{
	struct world *w = *state;
	const struct {
		const struct tls_cert *cert;
		long code;
	} cases[] = {
		{ &w->certs->expired, X509_V_ERR_CERT_HAS_EXPIRED },
		{ &w->certs->wrong_name, X509_V_ERR_HOSTNAME_MISMATCH },
		{ &w->certs->unknown, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
		{ &w->certs->self, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		serve_with(w, takes_only, cases[i].cert);
		const struct tls_stream_request r = to_server(w);
		assert_refused(w, &r, ERR_TLS, "certificate verification failed");
		assert_int_equal(w->code, cases[i].code);
		assert_int_equal(w->judged, (int)i + 1);
	}
}

static void without_verification_the_verdict_is_only_reported(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w, .say = "hello" };
	serve_with(w, echoes, &w->certs->expired);
	struct tls_stream_request r = to_server(w);
	r.verify = TLS_STREAM_VERIFY_OFF;
	run(&t, &r);
	assert_int_equal(t.len, 5);
	assert_int_equal(w->code, X509_V_ERR_CERT_HAS_EXPIRED);
	assert_int_equal(w->enforced, 0);
	tls_stream_free(t.stream);
}

static void no_socket_without_date_root_or_name(void **state)
{
	struct world *w = *state;
	struct tls_stream_request r;
	serve_with(w, takes_only, NULL);
	r = to_server(w);
	r.host = "127.0.0.1";
	assert_refused(w, &r, ERR_TLS, "is an address");
	date_forget(w->date);
	r = to_server(w);
	assert_refused(w, &r, ERR_DATE, "the date is not known");
	set_date(w, time(NULL));
	anchors_free(w->anchors);
	w->anchors = anchors_open(NULL, fitness_checks(), NULL, NULL);
	assert_refused(w, &r, ERR_TLS, "no root certificate is loaded");
	r.date_rule = TLS_STREAM_DATE_FROM_THIS_SERVER;
	assert_refused(w, &r, ERR_TLS, "no root certificate is loaded");
	assert_int_equal(w->server.stats->accepted, 0);
	assert_int_equal(w->judged, 4);
	assert_string_equal(w->address, "none");
}

/* Without a date the chain must be valid at one moment, which has certainly passed. */
static void a_server_that_the_date_is_learned_from(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w };
	int64_t now = time(NULL);
	serve_with(w, echoes, NULL);
	date_free(w->date);
	w->date = date_new(now - 300 * 86400L); /* before the chain begins */
	struct tls_stream_request r = to_server(w);
	r.date_rule = TLS_STREAM_DATE_FROM_THIS_SERVER;
	t.free_when_opened = 1;
	run(&t, &r);
	assert_int_equal(t.opened, 1);
	assert_true(t.judged_at >= now - 86400 - 60 && t.judged_at <= now); /* the chain's begin */
	date_raise_floor(w->date, now + 3600);
	t = (struct told){ .w = w, .free_when_opened = 1 };
	run(&t, &r);
	assert_int_equal(t.opened, 1);
	assert_int_equal(t.judged_at, now + 3600); /* the floor */
	date_raise_floor(w->date, now + 40 * 86400L);
	assert_refused(w, &r, ERR_TLS, "CERT_HAS_EXPIRED"); /* it ended before the floor */
	serve_with(w, takes_only, &w->certs->wrong_name);
	date_free(w->date);
	w->date = date_new(0);
	r.port = w->server.port;
	assert_refused(w, &r, ERR_TLS, "HOSTNAME_MISMATCH"); /* all else is checked */
	serve_with(w, takes_only, &w->certs->unknown);
	r.port = w->server.port;
	assert_refused(w, &r, ERR_TLS, "UNABLE_TO_GET_ISSUER");
	set_date(w, now);
	serve_with(w, takes_only, &w->certs->expired);
	r.port = w->server.port;
	assert_refused(w, &r, ERR_TLS, "CERT_HAS_EXPIRED"); /* a date that is known counts */
}

/* A leaf that ended before its issuer began is valid at no moment. */
static void a_chain_that_was_never_valid_at_once(void **state)
{
	struct world *w = *state;
	int64_t now = time(NULL);
	struct tls_cert young = tls_cert(&(struct tls_cert_recipe){
		.name = "Young", .ca = 1, .issuer = &w->certs->root, .not_before = now - 3600 });
	struct tls_cert old = tls_cert(&(struct tls_cert_recipe){ .name = "good.test",
								  .san = "DNS:good.test",
								  .issuer = &young,
								  .not_before = now - 9 * 86400L,
								  .not_after = now - 7200 });
	date_free(w->date);
	w->date = date_new(now - 100 * 86400L);
	w->server.intermediate = &young;
	serve_with(w, takes_only, &old);
	struct tls_stream_request r = to_server(w);
	r.date_rule = TLS_STREAM_DATE_FROM_THIS_SERVER;
	assert_refused(w, &r, ERR_TLS, "CERT_HAS_EXPIRED");
	tls_cert_done(&young);
	tls_cert_done(&old);
}

static void addresses_are_tried_in_turn(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w, .say = "hello" };
	w->records[0].addresses[0] = "127.0.0.9"; /* nobody listens there */
	w->records[0].addresses[1] = "127.0.0.1";
	serve_with(w, echoes, NULL);
	const struct tls_stream_request r = to_server(w);
	run(&t, &r);
	assert_int_equal(t.len, 5);
	assert_int_equal(tls_stream_address(t.stream)->bytes[3], 1);
	tls_stream_free(t.stream);
	t = (struct told){ .w = w, .say = "hello" };
	run(&t, &r); /* the address that did not answer is not tried again before the other */
	assert_int_equal(t.stream->at, 0);
	tls_stream_free(t.stream);
	w->records[0].addresses[1] = "127.0.0.8";
	dns_flush(w->dns);
	assert_refused(w, &r, ERR_NET, "no connection");
	w->records[0].name = "other.test"; /* DNS is asked again after a failure */
	assert_refused(w, &r, ERR_DNS, "good.test");
}

/* A server that fails in the handshake is one that the next stream does not go to. */
static void the_next_stream_goes_to_another_address(void **state)
{
	struct world *w = *state;
	struct tls_server bad = { .manner = TLS_CLOSES_HANDSHAKE,
				  .cert = &w->certs->good,
				  .address = "127.0.0.2" };
	struct told t = { .w = w, .say = "hello" };
	serve_with(w, echoes, NULL);
	bad.port = w->server.port;
	tls_server_start(&bad);
	w->records[0].addresses[0] = "127.0.0.2";
	const struct tls_stream_request r = to_server(w);
	assert_refused(w, &r, ERR_NET, "closed the connection");
	w->records[0].addresses[1] = "127.0.0.1"; /* DNS is asked again after a failure */
	run(&t, &r);
	assert_int_equal(t.len, 5);
	tls_stream_free(t.stream);
	tls_server_stop(&bad);
	bad.address = "127.0.0.4"; /* the one that worked comes before one that is new */
	tls_server_start(&bad);
	w->records[0].addresses[0] = "127.0.0.4";
	dns_flush(w->dns);
	t = (struct told){ .w = w, .say = "hello" };
	run(&t, &r);
	assert_int_equal(t.len, 5);
	tls_stream_free(t.stream);
	tls_server_stop(&bad);
}

static void servers_that_are_no_good_tls(void **state)
{
	struct world *w = *state;
	const struct {
		enum tls_manner manner;
		enum err_kind kind;
		const char *words;
	} cases[] = {
		{ TLS_NO_HELLO, ERR_TIMEOUT, "no answer to our hello" },
		{ TLS_CLOSES_HANDSHAKE, ERR_NET, "closed the connection during the TLS handshake" },
		{ TLS_RESETS_HANDSHAKE, ERR_NET, "reset the connection" },
		{ TLS_ALERT, ERR_TLS, "does not know this host name" },
		{ TLS_PLAIN_HTTP, ERR_TLS, "something other than TLS" },
		{ TLS_OLD, ERR_TLS, "TLS" },
	};
	w->server.alert = SSL_AD_UNRECOGNIZED_NAME;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		serve(w, cases[i].manner, NULL);
		struct tls_stream_request r = to_server(w);
		r.connect_ms = 700;
		assert_refused(w, &r, cases[i].kind, cases[i].words);
	}
}

/* TLS 1.3 lets the client finish first, so the refusal comes on the open stream. */
static void a_server_that_wants_a_certificate(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w };
	serve(w, TLS_WANTS_CERTIFICATE, NULL);
	const struct tls_stream_request r = to_server(w);
	run(&t, &r);
	assert_ended(&t, ERR_TLS, "asks for a client certificate, and none was sent");
	tls_stream_free(t.stream);
}

static void versions_and_protocols(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w, .say = "hello" };
	w->server.max_version = TLS1_2_VERSION;
	serve_with(w, echoes, NULL);
	struct tls_stream_request r = to_server(w);
	r.least = TLS_STREAM_1_3;
	assert_refused(w, &r, ERR_TLS, "does not speak TLS 1.3");
	w->server.max_version = 0;
	serve_with(w, echoes, NULL);
	r = to_server(w);
	r.alpn = "ntske/1";
	assert_refused(w, &r, ERR_PROTOCOL, "does not speak ntske/1");
	w->server.alpn = "h2";
	serve_with(w, echoes, NULL);
	r.port = w->server.port;
	assert_refused(w, &r, ERR_TLS, "does not speak ntske/1");
	w->server.alpn = "ntske/1";
	serve_with(w, echoes, NULL);
	r.port = w->server.port;
	r.least = TLS_STREAM_1_3;
	run(&t, &r);
	assert_int_equal(t.len, 5);
	tls_stream_free(t.stream);
}

static void what_a_server_does_not_take_is_bounded(void **state)
{
	struct world *w = *state;
	static char much[30000];
	struct told t = { .w = w, .say = "x" };
	int taken = 0;
	serve_with(w, reads_nothing, NULL);
	struct tls_stream_request r = to_server(w);
	r.out_max = 8 << 20;
	r.stall_ms = 700;
	r.total_ms = 0;
	const struct tls_stream_world world = world_of(w);
	t.stream = tls_stream_open(&world, &r, &events, &t);
	for (int i = 0; i < 200 && !t.opened; i++)
		loop_run_for(w->loop, 20);
	while (tls_stream_write(t.stream, much, sizeof much) == 0)
		taken++;
	assert_true(taken > 200 || (8 << 20) - taken * 30000 < 30000); /* marks or bytes are used up */
	assert_int_equal(tls_stream_write(t.stream, "", 0), -1);
	assert_int_equal(loop_run_for(w->loop, PATIENCE_MS), 1);
	assert_ended(&t, ERR_TIMEOUT, "stalled, not a byte was taken for 700 ms");
	assert_true(tls_stream_acknowledged(t.stream) < (uint64_t)taken * 30000);
	assert_int_equal(tls_stream_write(t.stream, "x", 1), -1);
	tls_stream_free(t.stream);
}

static void wait_opened(struct told *t)
{
	for (int i = 0; i < 200 && !t->opened; i++)
		loop_run_for(t->w->loop, 20);
	assert_int_equal(t->opened, 1);
}

/* So many bytes, and so many writes, are under way at most; what the server's TCP has not taken does not
 * count as acknowledged, though the kernel has it. */
static void what_is_under_way_is_bounded(void **state)
{
	struct world *w = *state;
	static char much[30000];
	serve_with(w, reads_nothing, NULL);
	const struct tls_stream_world world = world_of(w);
	struct tls_stream_request r = to_server(w);
	struct told t = { .w = w };
	r.out_max = 100000;
	t.stream = tls_stream_open(&world, &r, &events, &t);
	wait_opened(&t);
	for (int i = 0; i < 3; i++)
		assert_int_equal(tls_stream_write(t.stream, much, sizeof much), 0);
	assert_int_equal(tls_stream_write(t.stream, much, sizeof much), -1);
	assert_int_equal(tls_stream_write(t.stream, much, 10000), 0);
	assert_int_equal(tls_stream_write(t.stream, much, 1), -1);
	tls_stream_free(t.stream);
	r.out_max = 64 << 20;
	t = (struct told){ .w = w };
	t.stream = tls_stream_open(&world, &r, &events, &t);
	wait_opened(&t);
	for (int i = 0; i < TLS_STREAM_MARKS; i++)
		assert_int_equal(tls_stream_write(t.stream, much, 1), 0);
	assert_int_equal(tls_stream_write(t.stream, much, 1), -1);
	for (int unsent = 0; !unsent;) { /* until the server's window is full */
		loop_run_for(w->loop, 20);
		tls_stream_acknowledged(t.stream);
		while (tls_stream_write(t.stream, much, sizeof much) == 0)
			;
		loop_run_for(w->loop, 20);
		assert_int_equal(t.ended, 0);
		uint64_t taken = tls_stream_acknowledged(t.stream);
		assert_int_equal(ioctl(t.stream->fd, SIOCOUTQ, &unsent), 0);
		assert_true(taken <= t.stream->sent - (uint64_t)unsent || !unsent);
	}
	tls_stream_free(t.stream);
}

static void notes_the_end(struct tls_conn *c)
{
	while (SSL_read(c->ssl, c->buf, sizeof c->buf) > 0)
		;
	if (SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN)
		atomic_fetch_add(&c->s->stats->bytes, 1);
}

static void a_stream_that_is_freed_ends_in_order(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w, .free_when_opened = 1 };
	serve_with(w, notes_the_end, NULL);
	const struct tls_stream_request r = to_server(w);
	run(&t, &r);
	wait_closed(w, 1);
	assert_int_equal(w->server.stats->bytes, 1); /* close_notify */
}

static void times_are_limits(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w };
	serve_with(w, reads_nothing, NULL);
	struct tls_stream_request r = to_server(w);
	r.total_ms = 500;
	run(&t, &r);
	assert_int_equal(t.opened, 1);
	assert_ended(&t, ERR_TIMEOUT, "not done within 500 ms");
	tls_stream_free(t.stream);
}

/* A byte of the handshake now and then, each in time: all of it takes too long. */
static void a_handshake_does_not_last_for_ever(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	struct tls_stream_request r = to_server(w);
	const struct tls_stream_world world = world_of(w);
	r.port = ntohs(at.sin_port);
	r.connect_ms = 400;
	r.total_ms = 0;
	t.stream = tls_stream_open(&world, &r, &events, &t);
	loop_run_for(w->loop, 100);
	int fd = accept(listener, NULL, NULL);
	static const char head[] = "\x16\x03\x03\x40\x00\x02\x00\x3f\xfc";
	for (int i = 0; i < 60 && !t.ended; i++) {
		assert_int_equal(send(fd, i < 9 ? &head[i] : "x", 1, MSG_NOSIGNAL), 1);
		loop_run_for(w->loop, 100);
	}
	assert_ended(&t, ERR_TIMEOUT, "was not complete within 1200 ms");
	tls_stream_free(t.stream);
	close(fd);
	close(listener);
}

/* Only a server that the date is learned from is verified without a date. */
static void without_a_date_no_verdict_is_good(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w, .say = "hello" };
	serve_with(w, echoes, NULL);
	date_forget(w->date);
	date_raise_floor(w->date, time(NULL));
	struct tls_stream_request r = to_server(w);
	r.verify = TLS_STREAM_VERIFY_OFF;
	run(&t, &r);
	assert_int_equal(t.len, 5);
	assert_int_equal(w->judged, 1);
	assert_int_not_equal(w->code, 0);
	tls_stream_free(t.stream);
}

static void a_stream_that_the_server_ends(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w };
	serve_with(w, says_bye, NULL);
	const struct tls_stream_request r = to_server(w);
	run(&t, &r);
	assert_memory_equal(t.text, "bye", 3);
	if (!t.ended)
		loop_run_for(w->loop, PATIENCE_MS);
	assert_int_equal(t.ended, 1);
	assert_int_equal(t.err.kind, ERR_NONE);
	loop_run_for(w->loop, 200);
	assert_int_equal(t.ended, 1);
	tls_stream_free(t.stream);
}

static void freed_in_a_flood(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w, .free_when_received = 1 };
	serve_with(w, floods, NULL);
	const struct tls_stream_request r = to_server(w);
	run(&t, &r);
	assert_true(t.len > 0);
	assert_null(t.stream);
	wait_closed(w, 1);
}

static void a_stream_lives_no_longer_than_its_trust(void **state)
{
	struct world *w = *state;
	struct told t = { .w = w, .say = "hello" };
	serve_with(w, echoes, NULL);
	struct tls_stream_request r = to_server(w);
	run(&t, &r);
	add_anchor(w, &w->certs->stranger);
	assert_int_equal(tls_stream_write(t.stream, "more", 4), -1);
	assert_int_equal(t.ended, 0); /* not within the call */
	loop_run_for(w->loop, PATIENCE_MS);
	assert_ended(&t, ERR_CONFIG, "has changed");
	tls_stream_free(t.stream);
	t = (struct told){ .w = w, .say = "hello" };
	serve_with(w, echoes, &w->certs->short_lived);
	r.port = w->server.port;
	run(&t, &r);
	set_date(w, w->certs->short_end + 1);
	assert_int_equal(tls_stream_write(t.stream, "more", 4), -1);
	loop_run_for(w->loop, PATIENCE_MS);
	assert_ended(&t, ERR_CONFIG, "has changed");
	tls_stream_free(t.stream);
}

static void freed_at_every_step(void **state)
{
	struct world *w = *state;
	serve_with(w, echoes, NULL);
	const struct tls_stream_request r = to_server(w);
	const struct tls_stream_world world = world_of(w);
	for (int ms = 0; ms < 30; ms++) {
		struct told t = { .w = w };
		t.stream = tls_stream_open(&world, &r, &events, &t);
		loop_run_for(w->loop, ms);
		assert_int_equal(t.ended, 0);
		tls_stream_free(t.stream);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_world(what_is_written_arrives),
		in_world(servers_that_are_not_trusted_get_nothing),
		in_world(without_verification_the_verdict_is_only_reported),
		in_world(no_socket_without_date_root_or_name),
		in_world(a_server_that_the_date_is_learned_from),
		in_world(a_chain_that_was_never_valid_at_once),
		in_world(addresses_are_tried_in_turn),
		in_world(the_next_stream_goes_to_another_address),
		in_world(servers_that_are_no_good_tls),
		in_world(a_server_that_wants_a_certificate),
		in_world(versions_and_protocols),
		in_world(what_a_server_does_not_take_is_bounded),
		in_world(what_is_under_way_is_bounded),
		in_world(a_stream_that_is_freed_ends_in_order),
		in_world(times_are_limits),
		in_world(a_handshake_does_not_last_for_ever),
		in_world(without_a_date_no_verdict_is_good),
		in_world(a_stream_that_the_server_ends),
		in_world(freed_in_a_flood),
		in_world(a_stream_lives_no_longer_than_its_trust),
		in_world(freed_at_every_step),
	};
	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
