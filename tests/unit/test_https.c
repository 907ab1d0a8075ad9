/* SPDX-License-Identifier: MIT */
/* https against real TLS servers in child processes, with certificates and names made by the test. */
#include "../../src/net/https_reason.h"
#include "net/route.h"
#include "world_https.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/resource.h>

enum { PATIENCE_MS = 8000 };

static void on_done(void *arg, const struct https_reply *r)
{
	struct world *w = arg;
	w->done++;
	w->reply = *r;
	snprintf(w->body, sizeof w->body, "%s", r->body);
	snprintf(w->content_type, sizeof w->content_type, "%s", r->content_type);
	w->reply.body = w->body;
	w->reply.content_type = w->content_type;
	w->verdict_code = r->verify_code;
	if (r->verdict)
		assert_int_equal(r->verdict->code, r->verify_code);
	long judged = r->verdict ? r->verdict->code : -1;
	if (w->when_done)
		w->when_done(w);
	/* Still readable, whatever was done to the peer meanwhile. */
	assert_int_equal(r->verdict ? r->verdict->code : -1, judged);
	assert_int_equal(strlen(r->body), r->len);
	loop_stop(w->loop);
}

static void make_peer(struct world *w, const struct https_endpoint_options *o)
{
	struct err e;
	https_endpoint_free(w->peer);
	if (https_endpoint_new(w->https, o, &w->peer, &e) != 0)
		fail_msg("%s", e.text);
}

static void wait_done(struct world *w)
{
	int before = w->done;
	if (!loop_run_for(w->loop, PATIENCE_MS))
		fail_msg("no end within %d ms", PATIENCE_MS);
	assert_in_range(w->done, before + 1,
			before + 1 + w->again); /* what a callback began may have ended, too */
}

static void post_text(struct world *w, const char *body)
{
	struct err e;
	int before = w->done;
	if (https_post(w->peer, body, strlen(body), NULL, 0, on_done, w, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(w->done, before); /* never before https_post returned */
	wait_done(w);
}

static void post(struct world *w)
{
	post_text(w, "<Status/>");
}

static void post_to(struct world *w, enum tls_manner manner, const struct tls_cert *cert)
{
	serve(w, manner, cert);
	struct https_endpoint_options o = options(w, NULL);
	make_peer(w, &o);
	post(w);
}

/* Runs the loop for a while in which nothing may be reported. */
static void expect_quiet(struct world *w, int ms)
{
	int done = w->done, judged = w->judged;
	assert_int_equal(loop_run_for(w->loop, ms), 0);
	assert_int_equal(w->done, done);
	assert_int_equal(w->judged, judged);
}

static void assert_ok(const struct world *w, int status)
{
	if (w->reply.err.kind != ERR_NONE)
		fail_msg("%s: %s", err_kind_name(w->reply.err.kind), w->reply.err.text);
	assert_int_equal(w->reply.status, status);
}

static void assert_failed(const struct world *w, enum err_kind kind, const char *words)
{
	if (w->reply.err.kind != kind || !strstr(w->reply.err.text, words))
		fail_msg("expected %s with \"%s\", got %s: %s", err_kind_name(kind), words,
			 err_kind_name(w->reply.err.kind), w->reply.err.text);
	assert_int_equal(w->reply.status, 0);
}

/* --- URLs --- */

static void test_url_good(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host, *path;
		int port, is_address;
	} cases[] = {
		{ "https://tms.example.com", "tms.example.com", "/", 443, 0 },
		{ "HTTPS://TMS.Example.COM./a/../b?c=d#e", "tms.example.com", "/a/../b?c=d", 443, 0 },
		{ "https://tms:8443/tms/public", "tms", "/tms/public", 8443, 0 },
		{ "https://10.1.2.3/x", "10.1.2.3", "/x", 443, 1 },
		{ "https://[2001:DB8::1]:444/", "2001:db8::1", "/", 444, 1 },
		{ "https://127.1/", "127.0.0.1", "/", 443, 1 },
		{ "https://a.test?q", "a.test", "/?q", 443, 0 },
		{ "https://B\xc3\x9c"
		  "cher.test:444/x",
		  "xn--bcher-kva.test", "/x", 444, 0 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct https_url u;
		struct err e = { 0 };
		if (https_url_parse(cases[i].text, &u, &e) != 0)
			fail_msg("%s: %s", cases[i].text, e.text);
		assert_string_equal(u.host, cases[i].host);
		assert_string_equal(u.path, cases[i].path);
		assert_int_equal(u.port, cases[i].port);
		assert_int_equal(u.is_address, cases[i].is_address);
	}
}

static void test_url_bad(void **state)
{
	(void)state;
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "empty" },
		{ "tms.example.com", "expected https://" },
		{ "http://tms.example.com/x", "write https://tms.example.com/x" },
		{ "HTTP://tms.example.com:80/x", "write https://tms.example.com/x" },
		{ "ftp://a.test/", "\"ftp\"" },
		{ "https://", "no host" },
		{ "https:///x", "no host" },
		{ "https://a b.test/", "column 10" },
		{ "https://a.test/\n", "control character" },
		{ "https://b\xc3\xbc"
		  "cher.test/b\xc3\xbcro",
		  "column 23" },
		{ "https://b\xfc"
		  "cher.test/",
		  "no host name" },
		{ "https://s\xc3\xa9"
		  "cret@a.test/",
		  "user name" },
		{ "https://a\xe2\x84\x80.test/", "no host name" }, /* would become "aa/c.test" */
		{ "https://user:secret@a.test/", "user name" },
		{ "http://user:secret@a.test/", "user name" },
		{ "https://a.test:0/", "port" },
		{ "https://a.test:65536/", "" },
		{ "https://a..test/", "host name" },
		{ "https://a.test%00.evil.test/", "" },
		{ "https://a!.test/", "Bad hostname" },
		{ "https://1.2.3./", "host name" },
		{ "https://0x7f.1./", "host name" },
		{ "https://[fe80::1%25eth0]/", "zone" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct https_url u;
		struct err e = { 0 };
		if (https_url_parse(cases[i].text, &u, &e) == 0)
			fail_msg("%s was accepted", cases[i].text);
		assert_int_equal(e.kind, ERR_INPUT);
		if (!strstr(e.text, cases[i].words) || strstr(e.text, "secret"))
			fail_msg("%s: %s", cases[i].text, e.text);
	}
	char big[4000];
	struct https_url u;
	struct err e;
	memset(big, 'a', sizeof big);
	memcpy(big, "https://a.test/", 15);
	big[2200] = '\0';
	assert_int_equal(https_url_parse(big, &u, &e), -1);
	big[2200] = 'a';
	big[sizeof big - 1] = '\0';
	assert_int_equal(https_url_parse(big, &u, &e), -1);
}

/* --- the good case --- */

static void test_good(void **state)
{
	struct world *w = *state;
	post_to(w, TLS_GOOD, NULL);
	assert_ok(w, 200);
	assert_string_equal(w->reply.body, "<OK/>");
	assert_string_equal(w->reply.content_type, "text/xml");
	assert_int_equal(w->reply.retry_after_s, -1);
	assert_int_equal(w->reply.reused, 0);
	assert_int_equal(w->judged, 1);
	assert_int_equal(w->code, 0);
	assert_int_equal(w->enforced, 1);
	assert_int_equal(w->verdict_code, 0);
	assert_string_equal(w->address, "127.0.0.1");
	assert_string_equal(w->server.stats->sni, "good.test");
	assert_int_equal(w->server.stats->requests, 1);
}

/* The verdict is told when the handshake is over, not when the answer comes. */
static void test_judged_before_answer(void **state)
{
	struct world *w = *state;
	struct err e;
	serve(w, TLS_SILENT, NULL);
	struct https_endpoint_options o = options(w, NULL);
	make_peer(w, &o);
	assert_int_equal(https_post(w->peer, "x", 1, NULL, 0, on_done, w, &e), 0);
	for (int i = 0; i < 50 && !w->judged; i++)
		assert_int_equal(loop_run_for(w->loop, 50), 0);
	assert_int_equal(w->judged, 1);
	assert_int_equal(w->code, 0);
	assert_int_equal(w->done, 0);
	https_cancel(w->peer);
	expect_quiet(w, 20);
}

static void test_request(void **state)
{
	struct world *w = *state;
	struct err e;
	serve(w, TLS_ECHO, NULL);
	struct https_endpoint_options o = options(w, NULL);
	o.user = "codec";
	o.password = "open:sesame";
	o.headers[0] = "Content-Type: text/xml";
	o.headers[1] = "User-Agent: sealpost";
	make_peer(w, &o);
	const char *extra[] = { "webhook-id: 7", "X-Sequence: 8" };
	const char *again[] = { "webhook-id: 9" };
	assert_int_equal(https_post(w->peer, "<a/>", 4, extra, 2, on_done, w, &e), 0);
	wait_done(w);
	assert_ok(w, 200);
	const char *b = w->reply.body;
	char host[64];
	snprintf(host, sizeof host, "\r\nHost: good.test:%d\r\n", w->server.port);
	assert_memory_equal(b, "POST /feedback?x=1 HTTP/1.1\r\n", 29);
	assert_non_null(strstr(b, host));
	assert_non_null(strstr(b, "\r\nContent-Type: text/xml\r\n"));
	assert_non_null(strstr(b, "\r\nUser-Agent: sealpost\r\n"));
	assert_non_null(strstr(b, "\r\nwebhook-id: 7\r\n"));
	assert_non_null(strstr(b, "\r\nX-Sequence: 8\r\n"));
	assert_non_null(strstr(b, "\r\nContent-Length: 4\r\n"));
	assert_non_null(strstr(b, "\r\nAuthorization: Basic Y29kZWM6b3BlbjpzZXNhbWU=\r\n"));
	assert_non_null(strstr(b, "\r\n\r\n<a/>"));
	assert_null(strcasestr(b, "Expect"));
	assert_null(strcasestr(b, "Accept-Encoding"));
	assert_null(strcasestr(b, "Cookie"));
	assert_int_equal(https_post(w->peer, NULL, 0, again, 1, on_done, w, &e), 0);
	wait_done(w);
	assert_null(strstr(w->reply.body, "X-Sequence"));
	assert_non_null(strstr(w->reply.body, "\r\nwebhook-id: 9\r\n"));
	assert_non_null(strstr(w->reply.body, "\r\nContent-Length: 0\r\n"));
	post(w);
	assert_null(strstr(w->reply.body, "webhook-id"));
	assert_non_null(strstr(w->reply.body, "<Status/>"));
	assert_int_equal(w->server.stats->handshakes, 1);
}

static void test_bad_headers(void **state)
{
	struct world *w = *state;
	struct err e;
	serve(w, TLS_GOOD, NULL);
	struct https_endpoint_options o = options(w, NULL);
	o.headers[0] = "X: a\r\nY: b";
	assert_int_equal(https_endpoint_new(w->https, &o, &w->peer, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	o.headers[0] = NULL;
	make_peer(w, &o);
	static const char *const bad[] = { "X: a\nY: b", "no colon", ": no name", "two words: x", "" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(https_post(w->peer, "", 0, &bad[i], 1, on_done, w, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
	}
	const char *many[HTTPS_HEADERS_MAX + 1];
	for (size_t i = 0; i <= HTTPS_HEADERS_MAX; i++)
		many[i] = "X-More: of them";
	assert_int_equal(https_post(w->peer, "", 0, many, HTTPS_HEADERS_MAX + 1, on_done, w, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	expect_quiet(w, 50);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(https_post(w->peer, "", 0, many, HTTPS_HEADERS_MAX, on_done, w, &e), 0);
	wait_done(w);
	assert_ok(w, 200);
}

static void test_reuse(void **state)
{
	struct world *w = *state;
	post_to(w, TLS_GOOD, NULL);
	for (int i = 1; i < 100; i++) {
		post(w);
		assert_ok(w, 200);
		assert_int_equal(w->reply.reused, 1);
		assert_int_equal(w->verdict_code, 0);
	}
	assert_int_equal(w->server.stats->requests, 100);
	assert_int_equal(w->server.stats->handshakes, 1);
	assert_int_equal(w->server.stats->accepted, 1);
	assert_int_equal(w->judged, 1);
	assert_int_equal(w->names.queries, 1);
}

static void test_big_body(void **state)
{
	struct world *w = *state;
	struct err e;
	serve(w, TLS_ECHO, NULL);
	struct https_endpoint_options o = options(w, NULL);
	make_peer(w, &o);
	size_t len = 3 << 20;
	char *body = malloc(len);
	memset(body, 'b', len);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(https_post(w->peer, body, len, NULL, 0, on_done, w, &e), 0);
		wait_done(w);
		assert_ok(w, 200); /* the part that the server kept comes back */
		assert_null(strcasestr(w->reply.body, "Expect"));
	}
	assert_true(w->server.stats->bytes > 2 * (long)len);
	assert_int_equal(w->server.stats->handshakes, 1);
	free(body);
}

static void test_one_at_a_time(void **state)
{
	struct world *w = *state;
	struct err e;
	serve(w, TLS_GOOD, NULL);
	struct https_endpoint_options o = options(w, NULL);
	make_peer(w, &o);
	assert_int_equal(https_post(w->peer, "a", 1, NULL, 0, on_done, w, &e), 0);
	assert_int_equal(https_post(w->peer, "b", 1, NULL, 0, on_done, w, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	assert_int_equal(https_probe(w->peer, on_done, w, &e), -1);
	wait_done(w);
	expect_quiet(w, 50);
	assert_int_equal(w->server.stats->requests, 1);
}

static void test_probe(void **state)
{
	struct world *w = *state;
	struct err e;
	post_to(w, TLS_GOOD, NULL);
	long bytes = w->server.stats->bytes;
	assert_int_equal(https_probe(w->peer, on_done, w, &e), 0);
	wait_done(w);
	assert_ok(w, 0);
	assert_int_equal(w->verdict_code, 0);
	assert_int_equal(w->judged, 2);
	wait_closed(w, 2); /* nothing stays open */
	assert_int_equal(w->server.stats->handshakes, 2);
	assert_int_equal(w->server.stats->bytes, bytes);
	post(w);
	assert_ok(w, 200);
	serve(w, TLS_GOOD, &w->certs->expired);
	struct https_endpoint_options o = options(w, NULL);
	make_peer(w, &o);
	assert_int_equal(https_probe(w->peer, on_done, w, &e), 0);
	wait_done(w);
	assert_failed(w, ERR_TLS, "10=CERT_HAS_EXPIRED");
	assert_int_equal(w->verdict_code, 10);
	assert_int_equal(w->server.stats->bytes, 0);
}

/* --- the trust epoch --- */

static void test_epoch(void **state)
{
	struct world *w = *state;
	post_to(w, TLS_GOOD, NULL);
	https_new_epoch(w->https);
	wait_closed(w, 1); /* not only unused: gone */
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->reply.reused, 0);
	assert_int_equal(w->server.stats->handshakes, 2);
	assert_int_equal(w->judged, 2);
	/* In the middle of a post: it goes on, its connection ends with it. */
	struct err e;
	assert_int_equal(https_post(w->peer, "x", 1, NULL, 0, on_done, w, &e), 0);
	https_new_epoch(w->https);
	wait_done(w);
	assert_ok(w, 200);
	assert_int_equal(w->reply.reused, 1);
	assert_int_equal(w->verdict_code, 0);
	wait_closed(w, 2);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->server.stats->handshakes, 3);
	assert_int_equal(w->server.stats->resumed, 0); /* no TLS session outlives its epoch either */
}

static void test_anchors_changed(void **state)
{
	struct world *w = *state;
	struct err e;
	post_to(w, TLS_GOOD, NULL);
	add_anchor(w, &w->certs->stranger);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->server.stats->handshakes, 2);
	struct cert_info info;
	assert_int_equal(anchors_info(w->anchors, 0, &info), 0);
	assert_int_equal(anchors_delete(w->anchors, info.fingerprint, NULL, &e), 0);
	long bytes = w->server.stats->bytes;
	post(w);
	assert_int_equal(w->reply.err.kind, ERR_TLS);
	assert_int_equal(w->server.stats->bytes, bytes);
}

static void test_certificate_ends(void **state)
{
	struct world *w = *state;
	post_to(w, TLS_GOOD, &w->certs->short_lived);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->server.stats->handshakes, 1);
	set_date(w, w->certs->short_end - 1);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->server.stats->handshakes, 1);
	set_date(w, w->certs->short_end + 2);
	long bytes = w->server.stats->bytes;
	post(w);
	assert_failed(w, ERR_TLS, "10=CERT_HAS_EXPIRED");
	assert_int_equal(w->server.stats->accepted, 2);
	assert_int_equal(w->server.stats->bytes, bytes);
}

static void test_date_lost(void **state)
{
	struct world *w = *state;
	post_to(w, TLS_GOOD, NULL);
	date_forget(w->date);
	post(w);
	assert_int_equal(w->reply.err.kind, ERR_DATE);
	assert_int_equal(w->server.stats->requests, 1);
	assert_int_equal(w->code, 50);
}

/* --- refusals --- */

static void test_refused(void **state)
{
	struct world *w = *state;
	const struct {
		const struct tls_cert *cert;
		long code;
	} cases[] = {
		{ &w->certs->expired, 10 },
		{ &w->certs->wrong_name, 62 },
		{ &w->certs->unknown, 20 },
		{ &w->certs->self, 18 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		w->judged = 0;
		post_to(w, TLS_GOOD, cases[i].cert);
		assert_failed(w, ERR_TLS, "certificate verification failed");
		assert_int_equal(w->reply.err.code, cases[i].code);
		assert_int_equal(w->verdict_code, cases[i].code);
		assert_int_equal(w->judged, 1);
		assert_int_equal(w->code, cases[i].code);
		assert_int_equal(w->enforced, 1);
		assert_string_equal(w->address, "127.0.0.1");
		wait_closed(w, 1);
		assert_int_equal(w->server.stats->accepted, 1);
		assert_int_equal(w->server.stats->bytes, 0);
		assert_int_equal(w->server.stats->requests, 0);
	}
}

/* What is wanting before a socket is opened: nothing may reach the listener, not even a connection. */
static void expect_no_connection(struct world *w, enum err_kind kind, const char *words)
{
	w->judged = 0;
	post(w);
	assert_failed(w, kind, words);
	assert_int_equal(w->judged, 1);
	assert_int_equal(w->code, 50);
	assert_string_equal(w->address, "none");
	assert_int_equal(w->verdict_code, -1);
	expect_quiet(w, 50);
	assert_int_equal(w->server.stats->accepted, 0);
	assert_int_equal(w->names.queries, 0);
}

static void test_before_any_socket(void **state)
{
	struct world *w = *state;
	struct cert_info info;
	struct err e;
	serve(w, TLS_GOOD, &w->certs->address);
	struct https_endpoint_options o = options(w, "127.0.0.1");
	make_peer(w, &o);
	expect_no_connection(w, ERR_TLS, "address");
	o = options(w, NULL);
	make_peer(w, &o);
	date_forget(w->date);
	expect_no_connection(w, ERR_DATE, "");
	set_date(w, time(NULL));
	anchors_info(w->anchors, 0, &info);
	assert_int_equal(anchors_delete(w->anchors, info.fingerprint, NULL, &e), 0);
	expect_no_connection(w, ERR_TLS, "no root certificate");
	/* It ends as soon as what was wanting is there. */
	add_anchor(w, &w->certs->root);
	serve(w, TLS_GOOD, NULL);
	o = options(w, NULL);
	make_peer(w, &o);
	post(w);
	assert_ok(w, 200);
}

static void test_verify_off(void **state)
{
	struct world *w = *state;
	serve(w, TLS_GOOD, &w->certs->expired);
	struct https_endpoint_options o = options(w, NULL);
	o.verify = HTTPS_VERIFY_OFF;
	make_peer(w, &o);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->judged, 1);
	assert_int_equal(w->code, 10);
	assert_int_equal(w->enforced, 0);
	assert_int_equal(w->verdict_code, 10);
	post(w);
	assert_int_equal(w->server.stats->handshakes, 1);
	date_forget(w->date);
	https_new_epoch(w->https);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->judged, 2);
	assert_int_equal(w->code, 50);
	set_date(w, time(NULL));
	serve(w, TLS_GOOD, &w->certs->address);
	o = options(w, "127.0.0.1");
	o.verify = HTTPS_VERIFY_OFF;
	make_peer(w, &o);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->code, 0);
	assert_string_equal(w->server.stats->sni, "");
}

/* The guide's own recipe makes certificates without alternative names. */
static void test_common_name(void **state)
{
	struct world *w = *state;
	post_to(w, TLS_GOOD, &w->certs->common_name);
	assert_ok(w, 200);
	assert_int_equal(w->code, 0);
	struct https_endpoint_options o = options(w, NULL);
	o.policy.no_common_name = 1;
	make_peer(w, &o);
	post(w);
	assert_failed(w, ERR_TLS, "62=HOSTNAME_MISMATCH");
	assert_int_equal(w->server.stats->requests, 1);
}

/* Two peers of one server never share a connection: one's verdict is not the other's. */
static void test_peers_do_not_share(void **state)
{
	struct world *w = *state;
	struct err e;
	serve(w, TLS_GOOD, &w->certs->expired);
	struct https_endpoint_options o = options(w, NULL);
	o.verify = HTTPS_VERIFY_OFF;
	make_peer(w, &o);
	post(w);
	assert_ok(w, 200);
	struct https_endpoint *lax = w->peer;
	o.verify = HTTPS_VERIFY_ON;
	assert_int_equal(https_endpoint_new(w->https, &o, &w->peer, &e), 0);
	post(w);
	assert_failed(w, ERR_TLS, "10=CERT_HAS_EXPIRED");
	assert_int_equal(w->server.stats->requests, 1);
	https_endpoint_free(lax);
}

/* --- servers that are no HTTPS servers --- */

static void test_broken_servers(void **state)
{
	struct world *w = *state;
	static const struct {
		enum tls_manner manner;
		const char *answer;
		enum err_kind kind;
		const char *words;
	} cases[] = {
		{ TLS_PLAIN_HTTP, NULL, ERR_TLS, "plain HTTP" },
		{ TLS_OLD, NULL, ERR_TLS, "no TLS version that is accepted here" },
		{ TLS_CLOSES_HANDSHAKE, NULL, ERR_NET, "closed the connection during the TLS handshake" },
		{ TLS_RESETS_HANDSHAKE, NULL, ERR_NET, "reset the connection during the TLS handshake" },
		{ TLS_NO_HELLO, NULL, ERR_TIMEOUT,
		  "connected, but no answer to our hello within 500 ms: packet size?" },
		{ TLS_WANTS_CERTIFICATE, NULL, ERR_TLS, "asks for a client certificate, and none was sent" },
		{ TLS_CLOSES_UNANSWERED, NULL, ERR_NET, "closed the connection before its answer" },
		{ TLS_SILENT, NULL, ERR_TIMEOUT, "has the post, but did not answer within 500 ms" },
		{ TLS_ENDLESS_CONTINUE, NULL, ERR_FULL, "bytes of headers" },
		{ TLS_ANSWER, "ICY 200 OK\r\n\r\n", ERR_PROTOCOL, "HTTP" },
		{ TLS_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", ERR_PROTOCOL, "HTTP" },
		{ TLS_ANSWER, "<html>Error</html>", ERR_PROTOCOL, "no correct HTTP answer" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		w->server.answer = cases[i].answer;
		serve(w, cases[i].manner, NULL);
		struct https_endpoint_options o = options(w, NULL);
		if (cases[i].manner == TLS_NO_HELLO)
			o.connect_ms = 500;
		if (cases[i].manner == TLS_SILENT)
			o.answer_ms = 500;
		make_peer(w, &o);
		post(w);
		assert_failed(w, cases[i].kind, cases[i].words);
	}
}

/* The status counts, whatever becomes of the body: the server has taken, or refused, the post. */
static void test_broken_bodies(void **state)
{
	struct world *w = *state;
	static const struct {
		enum tls_manner manner;
		const char *answer;
		int status, answer_ms, total_ms;
		enum err_kind kind;
		const char *words;
	} cases[] = {
		{ TLS_ENDLESS_HEADERS, NULL, 200, 0, 0, ERR_FULL, "bytes of headers" },
		{ TLS_HUGE, NULL, 200, 0, 0, ERR_FULL, "longer than 65536 bytes" },
		{ TLS_DRIP, NULL, 200, 0, 1200, ERR_TIMEOUT, "no complete answer within 1200 ms" },
		{ TLS_DRIP, NULL, 200, 600, 0, ERR_TIMEOUT,
		  "no complete answer within 600 ms, and 1 ms for" },
		{ TLS_ANSWER, "HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 204, 0, 0, ERR_NONE,
		  "" },
		{ TLS_ANSWER, "HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 201, 0, 0,
		  ERR_PROTOCOL, "HTTP" },
		{ TLS_ANSWER, "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 503, 0, 0,
		  ERR_PROTOCOL, "HTTP" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		w->server.answer = cases[i].answer;
		serve(w, cases[i].manner, NULL);
		struct https_endpoint_options o = options(w, NULL);
		o.answer_ms = cases[i].answer_ms ? cases[i].answer_ms : o.answer_ms;
		o.total_ms = cases[i].total_ms ? cases[i].total_ms : o.total_ms;
		make_peer(w, &o);
		post(w);
		assert_ok(w, cases[i].status);
		assert_int_equal(w->reply.len, 0);
		assert_int_equal(w->reply.body_err.kind, cases[i].kind);
		if (!strstr(w->reply.body_err.text, cases[i].words))
			fail_msg("%s: %s", cases[i].words, w->reply.body_err.text);
	}
}

static void speaks_http_2(struct tls_conn *c)
{
	static const char settings[] = "\0\0\x06\4\0\0\0\0\0\0\3\0\0\0\x64";
	tls_write(c, settings, sizeof settings - 1);
	tls_request(c);
	tls_write(c, "\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\1", 17);
}

static void test_http_2_only(void **state)
{
	struct world *w = *state;
	w->server.speaks = speaks_http_2;
	post_to(w, TLS_GOOD, NULL);
	w->server.speaks = NULL;
	assert_failed(w, ERR_PROTOCOL, "speaks HTTP/2 only");
}

/* TLS 1.2 tells the client nothing but handshake_failure: it must remember what it was asked for. In 1.3 the
 * alert comes after the client's handshake is done, here in place of the answer. */
static void test_client_certificate_requested(void **state)
{
	struct world *w = *state;
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		w->server.max_version = version;
		post_to(w, TLS_WANTS_CERTIFICATE, NULL);
		assert_failed(w, ERR_TLS, "asks for a client certificate, and none was sent");
		assert_int_equal(w->reply.client_certificate_missing, 1);
	}
	w->server.max_version = 0;
	post_to(w, TLS_GOOD, NULL);
	assert_ok(w, 200);
	assert_int_equal(w->reply.client_certificate_missing, 0);
}

/* A server that ends the connection has a fault of its own, unless it had asked for a client certificate. */
static void test_kind_without_the_client_certificate(void **state)
{
	(void)state;
	static const struct https_failure ends[] = {
		{ .tls_error = ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNEXPECTED_EOF_WHILE_READING) },
		{ .os_errno = ECONNRESET },
		{ .handshake_begun = 1 },
	};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		for (int asked = 0; asked < 2; asked++) {
			struct https_failure f = ends[i];
			struct err e;
			f.result = CURLE_SSL_CONNECT_ERROR;
			f.host = "server.test";
			f.address = f.detail = "";
			f.client_certificate_missing = asked;
			https_reason(&f, &e);
			assert_int_equal(e.kind, asked ? ERR_TLS : ERR_NET);
			assert_int_equal(strstr(e.text, "client certificate, and none was sent") != NULL,
					 asked);
		}
}

/* What is wrong with the server's handshake is said in words, not in OpenSSL's. */
static void test_faults_of_the_handshake(void **state)
{
	(void)state;
	static const struct {
		unsigned long error;
		const char *words;
	} cases[] = {
		{ ERR_PACK(ERR_LIB_ASN1, 0, 168), "sends a certificate that cannot be decoded" },
		{ ERR_PACK(ERR_LIB_SSL, 0, ERR_R_ASN1_LIB), "sends a certificate that cannot be decoded" },
		{ ERR_PACK(ERR_LIB_SSL, 0, SSL_R_EXCESSIVE_MESSAGE_SIZE),
		  "more than 100 KiB of certificates" },
		{ ERR_PACK(ERR_LIB_SSL, 0, SSL_R_LENGTH_MISMATCH), "sends a TLS handshake with a fault" },
		{ ERR_PACK(ERR_LIB_SSL, 0, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC), "arrived damaged" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct https_failure f = { .result = CURLE_SSL_CONNECT_ERROR,
					   .host = "server.test",
					   .address = "",
					   .detail = "OpenSSL",
					   .tls_error = cases[i].error };
		struct err e;
		https_reason(&f, &e);
		assert_int_equal(e.kind, ERR_TLS);
		assert_non_null(strstr(e.text, cases[i].words));
	}
}

static void test_alerts(void **state)
{
	struct world *w = *state;
	static const struct {
		int alert;
		const char *words;
	} cases[] = {
		{ 40, "found no TLS version, cipher or signature in common with us" },
		{ 43, "this kind of client certificate" },
		{ 46, "does not accept our client certificate and does not say why" },
		{ 112, "does not know this host name" },
		{ 116, "asks for a client certificate" },
		{ 120, "serves another protocol than HTTP/1.1" },
		{ 120, "HTTP/2 only" },
		{ 77, "an alert that has no meaning here" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		w->server.alert = cases[i].alert;
		post_to(w, TLS_ALERT, NULL);
		assert_failed(w, ERR_TLS, cases[i].words);
	}
}

static void test_not_followed(void **state)
{
	struct world *w = *state;
	w->server.answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n";
	post_to(w, TLS_ANSWER, NULL);
	assert_ok(w, 302);
	expect_quiet(w, 50);
	assert_int_equal(w->server.stats->requests, 1);
	w->server.answer =
		"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
	post_to(w, TLS_ANSWER, NULL);
	assert_ok(w, 401);
	assert_int_equal(w->server.stats->requests, 1);
	w->server.answer = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nSet-Cookie: a=b\r\nContent-Length: "
			   "4\r\n\r\n\x1f\x8bxy";
	post_to(w, TLS_ANSWER, NULL);
	assert_ok(w, 200);
	assert_string_equal(w->reply.body, "\x1f\x8bxy");
}

static void test_says_close(void **state)
{
	struct world *w = *state;
	w->server.answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
	post_to(w, TLS_ANSWER, NULL);
	for (int i = 0; i < 3; i++) {
		assert_ok(w, 200);
		assert_int_equal(w->reply.reused, 0);
		assert_int_equal(w->verdict_code, 0);
		post(w);
	}
	assert_int_equal(w->judged, 4);
	assert_int_equal(w->server.stats->handshakes, 4);
	assert_int_equal(w->server.stats->resumed, 0);
}

static void test_retry_after(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *value;
		int64_t seconds;
	} cases[] = {
		{ "120", 120 },
		{ " 7 ", 7 },
		{ "0", 0 },
		{ "-5", -1 },
		{ "soon", -1 },
		{ "99999999999999999999", 366 * 86400 },
		{ "Fri, 31 Dec 1999 23:59:59 GMT", 0 },
		{ "Wed, 01 Jan 2031 00:01:00 GMT", 60 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char answer[256];
		snprintf(answer, sizeof answer,
			 "HTTP/1.1 503 Busy\r\nretry-after: %s\r\nContent-Length: 0\r\n\r\n", cases[i].value);
		w->server.answer = answer;
		serve(w, TLS_ANSWER, NULL);
		struct https_endpoint_options o = options(w, NULL);
		o.verify = HTTPS_VERIFY_OFF;
		make_peer(w, &o);
		set_date(w, 1924992000); /* 2031-01-01: it is the trusted date that counts */
		post(w);
		assert_ok(w, 503);
		if (w->reply.retry_after_s < cases[i].seconds - 1 ||
		    w->reply.retry_after_s > cases[i].seconds)
			fail_msg("%s: %ld", cases[i].value, (long)w->reply.retry_after_s);
	}
	date_forget(w->date);
	post(w);
	assert_ok(w, 503);
	assert_int_equal(w->reply.retry_after_s, -1);
}

static void test_reply_max(void **state)
{
	struct world *w = *state;
	serve(w, TLS_GOOD, NULL);
	struct https_endpoint_options o = options(w, NULL);
	o.reply_max = 5;
	make_peer(w, &o);
	post(w);
	assert_ok(w, 200);
	o.reply_max = 4;
	make_peer(w, &o);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->reply.body_err.kind, ERR_FULL);
	assert_non_null(strstr(w->reply.body_err.text, "longer than 4 bytes"));
	assert_int_equal(w->reply.len, 0);
}

/* --- connecting --- */

static void test_addresses(void **state)
{
	struct world *w = *state;
	w->records[0].addresses[0] = "127.0.0.9";
	w->records[0].addresses[1] = "127.0.0.8";
	w->records[0].addresses[2] = "127.0.0.1";
	post_to(w, TLS_GOOD, NULL);
	assert_ok(w, 200);
	assert_string_equal(w->address, "127.0.0.1");
	w->records[1] = (struct dns_record){ .name = "empty.test", .ttl_s = 300 };
	struct https_endpoint_options o = options(w, "empty.test");
	make_peer(w, &o);
	post(w);
	assert_failed(w, ERR_DNS, "");
	o = options(w, "absent.test");
	make_peer(w, &o);
	post(w);
	assert_failed(w, ERR_DNS, "absent.test");
	w->records[1].silent = 1;
	w->records[1].name = "silent.test";
	o = options(w, "silent.test");
	make_peer(w, &o);
	post(w);
	assert_true(w->reply.err.kind == ERR_TIMEOUT || w->reply.err.kind == ERR_DNS);
	assert_int_equal(w->judged, 1);
}

/* What the kernel says of the sockets' networks: in place of net/route.c, for which loopback is never
 * lost. */
static int networks_are_lost;

uint64_t route_gateway(int fd)
{
	(void)fd;
	return 1;
}

int route_is_lost(int fd, uint64_t gateway)
{
	assert_true(fd >= 0 && gateway <= 1);
	return networks_are_lost;
}

static void test_lost_network(void **state)
{
	struct world *w = *state;
	struct err e;
	networks_are_lost = 0;
	post_to(w, TLS_GOOD, NULL);
	https_end_lost(w->https);
	post(w);
	assert_int_equal(w->reply.reused, 1); /* another network was lost */
	networks_are_lost = 1;
	https_end_lost(w->https);
	wait_closed(w, 1);
	assert_int_equal(https_is_connected(w->peer), 0);
	networks_are_lost = 0;
	/* What is under way fails at once, not when its time is up. */
	serve(w, TLS_SILENT, NULL);
	struct https_endpoint_options o = options(w, NULL);
	make_peer(w, &o);
	assert_int_equal(https_post(w->peer, "x", 1, NULL, 0, on_done, w, &e), 0);
	for (int i = 0; i < 100 && https_is_connecting(w->peer); i++)
		loop_run_for(w->loop, 5);
	networks_are_lost = 1;
	int64_t begin_ms = loop_now_ms(w->loop);
	https_end_lost(w->https);
	networks_are_lost = 0;
	wait_done(w);
	assert_failed(w, ERR_NET, "this device has lost the network address or the route");
	assert_int_equal(w->reply.err.code, ENETDOWN);
	assert_true(loop_now_ms(w->loop) - begin_ms < 500);
	assert_int_equal(https_is_connected(w->peer), 0);
	https_end_lost(w->https); /* nothing is there */
}

/* Each new connection goes to where the name leads now. */
static void test_dns_is_asked_anew(void **state)
{
	struct world *w = *state;
	post_to(w, TLS_GOOD, NULL);
	int asked = w->names.queries;
	https_ask_anew(w->https);
	post(w);
	assert_int_equal(w->reply.reused, 1); /* a connection that is open needs no address */
	assert_int_equal(w->names.queries, asked);
	https_new_epoch(w->https);
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->names.queries, asked + 1);
	https_new_epoch(w->https);
	post(w);
	assert_int_equal(w->names.queries, asked + 1); /* the new answer's time to live counts */
	/* Also where the kept connection turns out to be closed. */
	https_ask_anew(w->https);
	tls_server_stop(&w->server);
	w->records[0].addresses[0] = "127.0.0.9";
	post(w);
	assert_failed(w, ERR_NET, "");
	assert_int_equal(w->names.queries, asked + 2);
}

/* The reason is this device's, and is not said to be the server's. */
static void test_no_descriptor_is_left(void **state)
{
	struct world *w = *state;
	struct rlimit before, none;
	post_to(w, TLS_GOOD, NULL);
	assert_ok(w, 200);
	https_new_epoch(w->https);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)dup(STDERR_FILENO);
	close((int)none.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	post(w);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_failed(w, ERR_NET, "no connection: Too many open files");
	post(w);
	assert_ok(w, 200);
}

static void test_nobody_listens(void **state)
{
	struct world *w = *state;
	serve(w, TLS_GOOD, NULL);
	struct https_endpoint_options o = options(w, NULL);
	make_peer(w, &o);
	post(w);
	assert_ok(w, 200);
	tls_server_stop(&w->server);
	post(w);
	assert_failed(w, ERR_NET, "refused");
	assert_int_equal(w->reply.err.code, ECONNREFUSED);
	assert_int_equal(w->verdict_code,
			 -1); /* the earlier connection's verdict says nothing about this attempt */
	assert_int_equal(w->judged, 1);
}

/* A listener with a full backlog: the kernel drops what comes. */
static void test_connect_timeout(void **state)
{
	struct world *w = *state;
	int port = 0, full[8], fd = tls_listen("127.0.0.1", &port);
	listen(fd, 0);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
	for (size_t i = 0; i < 8; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(full[i], (struct sockaddr *)&a, sizeof a);
	}
	w->server.port = port;
	struct https_endpoint_options o = options(w, NULL);
	o.connect_ms = 400;
	make_peer(w, &o);
	post(w);
	assert_failed(w, ERR_TIMEOUT, "no connection within 400 ms");
	assert_true(w->reply.elapsed_ms >= 380 && w->reply.elapsed_ms < 2000);
	for (size_t i = 0; i < 8; i++)
		close(full[i]);
	close(fd);
}

/* Fresh addresses for each new connection, once the old answer's time is over. */
static void test_addresses_change(void **state)
{
	struct world *w = *state;
	w->records[0].ttl_s = 0;
	post_to(w, TLS_GOOD, NULL);
	post(w);
	assert_ok(w, 200);
	int queries = w->names.queries;
	int port = w->server.port;
	tls_server_stop(&w->server);
	w->server.port = port;
	tls_server_start(&w->server);
	w->records[0].addresses[0] = "127.0.0.77";
	post(w);
	assert_failed(w, ERR_NET, "127.0.0.77");
	assert_true(w->names.queries > queries);
	w->records[0].addresses[0] = "127.0.0.1";
	post(w);
	assert_ok(w, 200);
}

/* --- a kept-alive connection that the server closed --- */

static int open_descriptors(void)
{
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_hang_up_noticed(void **state)
{
	struct world *w = *state;
	serve(w, TLS_CLOSES_AFTER, NULL);
	struct https_endpoint_options o = options(w, NULL);
	make_peer(w, &o);
	post(w);
	https_new_epoch(w->https);
	int before = open_descriptors();
	for (int i = 0; i < 5; i++) {
		post(w);
		assert_ok(w, 200);
		expect_quiet(w, 300);
		assert_int_equal(open_descriptors(), before);
	}
}

static void test_stale(void **state)
{
	struct world *w = *state;
	post_to(w, TLS_CLOSES_AFTER, NULL);
	assert_ok(w, 200);
	for (int i = 0; i < 20; i++) { /* sometimes before it is noticed, sometimes after */
		post_text(w, "still whole");
		assert_ok(w, 200);
		assert_int_equal(w->reply.reused, 0);
		if (i % 2)
			loop_run_for(w->loop, 5);
	}
	assert_int_equal(w->server.stats->requests, 21);
	assert_int_equal(w->server.stats->handshakes, 21);
	assert_int_equal(w->judged, 21);
	/* Closed only when the second request has come: it is sent once more on a new connection, whole. */
	for (int ttl = 0; ttl <= 300; ttl += 300) {
		w->records[0].ttl_s = (uint32_t)ttl;
		struct dns_options o = { .timeout_ms = 1500 };
		char server[32];
		struct err e;
		snprintf(server, sizeof server, "127.0.0.1:%d", w->names.port);
		o.servers[0] = server;
		assert_int_equal(dns_configure(w->dns, &o, &e), 0);
		post_to(w, TLS_CLOSES_SECOND, NULL);
		assert_ok(w, 200);
		post_text(w, "once more");
		assert_ok(w, 200);
		assert_int_equal(w->server.stats->requests, 3);
		assert_int_equal(w->server.stats->handshakes, 2);
		assert_int_equal(w->verdict_code, 0);
	}
}

/* Begins its answer to the second request of a connection, and resets the connection once that was read. */
static void half_answers_second(struct tls_conn *c)
{
	if (tls_request(c) == 0 || !tls_reply(c, 1))
		return;
	c->len = 0;
	if (tls_request(c) > 0)
		tls_say(c, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n");
	usleep(100000);
	SSL_set_quiet_shutdown(c->ssl, 1);
	setsockopt(SSL_get_fd(c->ssl), SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 },
		   sizeof(struct linger));
}

/* The server has the post, since it began to answer: whoever sent it decides whether it is sent again. */
static void test_half_answered_on_a_kept_connection(void **state)
{
	struct world *w = *state;
	w->server.speaks = half_answers_second;
	post_to(w, TLS_GOOD, NULL);
	assert_ok(w, 200);
	post_text(w, "once");
	assert_int_equal(w->reply.err.kind, ERR_NET);
	assert_int_equal(w->reply.status, 0);
	assert_int_equal(w->server.stats->requests, 2);
	assert_int_equal(w->server.stats->handshakes, 1);
}

/* Sends a second answer, for which nobody has asked. */
static void answers_twice(struct tls_conn *c)
{
	while (tls_request(c) > 0 && tls_reply(c, 1)) {
		usleep(20000);
		tls_say(c, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
		c->len = 0;
	}
}

static void test_nothing_was_asked(void **state)
{
	struct world *w = *state;
	w->server.speaks = answers_twice;
	post_to(w, TLS_GOOD, NULL);
	assert_ok(w, 200);
	expect_quiet(w, 100); /* it is noticed at once */
	assert_int_equal(https_is_connected(w->peer), 0);
	post(w);
	assert_ok(w, 200);
	usleep(100000); /* it is noticed when the connection is wanted */
	post(w);
	assert_ok(w, 200);
	assert_int_equal(w->server.stats->handshakes, 3);
	assert_int_equal(w->server.stats->requests, 3);
}

/* --- cancel, free, and calls from callbacks --- */

/* Begins a post, lets the loop run for a moment, cancels or frees; nothing may come afterwards. */
static void cancel_after(struct world *w, int ms, int how)
{
	struct err e;
	assert_int_equal(https_post(w->peer, "x", 1, NULL, 0, on_done, w, &e), 0);
	if (ms >= 0)
		loop_run_for(w->loop, ms);
	if (how == 0) {
		https_cancel(w->peer);
	} else {
		https_endpoint_free(w->peer);
		w->peer = NULL;
	}
	int done = w->done;
	expect_quiet(w, 40);
	assert_int_equal(w->done, done);
}

static void test_cancel(void **state)
{
	struct world *w = *state;
	static const struct {
		enum tls_manner manner;
		int silent_name, unknown_date, ms;
	} cases[] = {
		{ TLS_GOOD, 0, 1, -1 },     /* refused, not yet told */
		{ TLS_GOOD, 0, 0, -1 },     /* just begun */
		{ TLS_GOOD, 1, 0, 20 },     /* resolving */
		{ TLS_NO_HELLO, 0, 0, 50 }, /* in the handshake */
		{ TLS_SILENT, 0, 0, 100 },  /* waiting for the answer */
		{ TLS_DRIP, 0, 0, 100 },    /* in the answer */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (int how = 0; how < 2; how++) {
			serve(w, cases[i].manner, NULL);
			w->records[1] = (struct dns_record){ .name = "dark.test", .silent = 1 };
			struct https_endpoint_options o =
				options(w, cases[i].silent_name ? "dark.test" : NULL);
			make_peer(w, &o);
			if (cases[i].unknown_date)
				date_forget(w->date);
			w->done = 0;
			cancel_after(w, cases[i].ms, how);
			assert_int_equal(w->done, 0);
			set_date(w, time(NULL));
			if (cases[i].manner == TLS_GOOD && !cases[i].silent_name && how == 0) {
				post(w);
				assert_ok(w, 200);
			}
		}
	}
}

static void test_cancel_connecting(void **state)
{
	struct world *w = *state;
	int port = 0, full[8], fd = tls_listen("127.0.0.1", &port);
	listen(fd, 0);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	inet_pton(AF_INET, "127.0.0.1", &a.sin_addr);
	for (size_t i = 0; i < 8; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(full[i], (struct sockaddr *)&a, sizeof a);
	}
	w->server.port = port;
	for (int how = 0; how < 2; how++) {
		struct https_endpoint_options o = options(w, NULL);
		make_peer(w, &o);
		cancel_after(w, 50, how);
	}
	for (size_t i = 0; i < 8; i++)
		close(full[i]);
	close(fd);
}

static void free_peer(struct world *w)
{
	https_endpoint_free(w->peer);
	w->peer = NULL;
}

static void new_epoch(struct world *w)
{
	https_new_epoch(w->https);
}

static void post_again(struct world *w)
{
	struct err e;
	w->when_done = NULL;
	w->again = 1;
	assert_int_equal(https_post(w->peer, "again", 5, NULL, 0, on_done, w, &e), 0);
	https_new_epoch(w->https);
}

static void test_free_in_callback(void **state)
{
	struct world *w = *state;
	static const enum tls_manner manners[] = { TLS_GOOD, TLS_CLOSES_AFTER, TLS_CLOSES_HANDSHAKE,
						   TLS_HUGE };
	for (size_t i = 0; i < 4; i++) {
		w->when_done = free_peer;
		post_to(w, manners[i], NULL);
		assert_null(w->peer);
		expect_quiet(w, 20);
	}
	w->when_done = new_epoch;
	post_to(w, TLS_GOOD, NULL);
	assert_ok(w, 200);
	w->when_done = NULL;
	/* In the callback for a verdict of a handshake, of a refusal, and of one before any socket. */
	const struct tls_cert *certs[] = { &w->certs->good, &w->certs->expired, &w->certs->good };
	for (size_t i = 0; i < 3; i++) {
		struct err e;
		serve(w, TLS_GOOD, certs[i]);
		struct https_endpoint_options o = options(w, NULL);
		make_peer(w, &o);
		if (i == 2)
			date_forget(w->date);
		w->free_when_judged = w->peer;
		int done = w->done;
		assert_int_equal(https_post(w->peer, "x", 1, NULL, 0, on_done, w, &e), 0);
		assert_int_equal(loop_run_for(w->loop, PATIENCE_MS), 1);
		expect_quiet(w, 20);
		assert_int_equal(w->done, done);
		assert_null(w->free_when_judged);
	}
}

static void test_post_in_callback(void **state)
{
	struct world *w = *state;
	w->when_done = post_again;
	post_to(w, TLS_GOOD, NULL);
	assert_in_range(w->done, 1, 2);
	w->again = 0;
	if (w->done == 1)
		wait_done(w);
	assert_ok(w, 200);
	assert_int_equal(w->reply.reused, 1);
	post(w);
	assert_int_equal(w->reply.reused, 0);
	assert_int_equal(w->server.stats->requests, 3);
}

/* --- the environment says nothing --- */

static void test_environment(void **state)
{
	struct world *w = *state;
	static const char *const proxies[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
					       "http_proxy" };
	char keys[] = "/tmp/sealpost-keys-XXXXXX";
	int fd = mkstemp(keys);
	for (size_t i = 0; i < 5; i++)
		setenv(proxies[i], "http://127.0.0.1:1", 1);
	setenv("SSLKEYLOGFILE", keys, 1);
	https_free(w->https);
	w->https = https_new(&(struct https_options){ .loop = w->loop,
						      .dns = w->dns,
						      .date = w->date,
						      .anchors = w->anchors,
						      .on_verdict = on_judged,
						      .arg = w });
	post_to(w, TLS_GOOD, NULL);
	assert_ok(w, 200);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	for (size_t i = 0; i < 5; i++)
		unsetenv(proxies[i]);
	close(fd);
	unlink(keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_good),
		cmocka_unit_test(test_url_bad),
		in_world(test_good),
		in_world(test_judged_before_answer),
		in_world(test_request),
		in_world(test_bad_headers),
		in_world(test_reuse),
		in_world(test_big_body),
		in_world(test_one_at_a_time),
		in_world(test_probe),
		in_world(test_epoch),
		in_world(test_anchors_changed),
		in_world(test_certificate_ends),
		in_world(test_date_lost),
		in_world(test_refused),
		in_world(test_before_any_socket),
		in_world(test_verify_off),
		in_world(test_common_name),
		in_world(test_peers_do_not_share),
		in_world(test_broken_servers),
		in_world(test_broken_bodies),
		in_world(test_http_2_only),
		in_world(test_client_certificate_requested),
		cmocka_unit_test(test_kind_without_the_client_certificate),
		cmocka_unit_test(test_faults_of_the_handshake),
		in_world(test_alerts),
		in_world(test_not_followed),
		in_world(test_says_close),
		in_world(test_retry_after),
		in_world(test_reply_max),
		in_world(test_addresses),
		in_world(test_lost_network),
		in_world(test_dns_is_asked_anew),
		in_world(test_no_descriptor_is_left),
		in_world(test_nobody_listens),
		in_world(test_connect_timeout),
		in_world(test_addresses_change),
		in_world(test_hang_up_noticed),
		in_world(test_stale),
		in_world(test_half_answered_on_a_kept_connection),
		in_world(test_nothing_was_asked),
		in_world(test_cancel),
		in_world(test_cancel_connecting),
		in_world(test_free_in_callback),
		in_world(test_post_in_callback),
		in_world(test_environment),
	};
	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
