/* SPDX-License-Identifier: MIT */
/* The second verifier: OpenSSL's X509_verify_cert refuses by itself what our own verifier is made to
 * accept here, and what it refuses is told, counted and not trusted. Where both are asked, test_verify
 * holds them against every situation. */
#include "../../src/agent/agent_internal.h"

#include "base/log.h"
#include "verify_world.h"

#include "blind.h"
#include "folder.h"

#include <unistd.h>

static const struct row *row_named(const char *name)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	fail_msg("there is no situation \"%s\"", name);
	return NULL;
}

static void judge(const struct row *r, enum verify_profile profile, struct verdict *v)
{
	struct world w;
	build(&w, r);
	struct anchors *a = load(w.roots);
	struct verify_request q = request_of(r, a, profile);
	struct verify_chain *c = verify_chain_new(w.sent, strlen(w.sent), NULL);
	verify_chain_judge(&q, c, v);
	verify_chain_free(c);
	anchors_free(a);
	tear_down(&w);
}

/* What OpenSSL finds by itself, with its own code: so the date, the host, the purpose, the level and the
 * only root reach it, and an exception for one cause lets nothing else of the same code pass. */
static void refuses_alone(void **state)
{
	(void)state;
	static const struct {
		const char *row;
		long guide, strict;
	} cases[] = {
		{ "expired a second ago", 10, 10 },
		{ "not yet valid", 9, 9 },
		{ "expired intermediate", 10, 10 },
		{ "expired root", 10, 10 },
		{ "the intermediate, a second later", 10, 10 },
		{ "no intermediate sent", 20, 20 },
		{ "unknown issuer", 20, 20 },
		{ "unknown root, sent", 19, 19 },
		{ "self-signed", 18, 18 },
		{ "intermediate loaded as a root", 20, 20 },
		{ "broken signature", 7, 7 },
		{ "broken signature of the intermediate", 7, 7 },
		{ "intermediate is no CA", 79, 79 },
		{ "root is no CA", 79, 79 },
		{ "path length exceeded", 25, 25 },
		{ "CA for clients only", 26, 26 },
		{ "CA for any usage, by Netscape type for mail only", 26, 26 },
		{ "for clients only", 26, 26 },
		{ "any extended key usage", 26, 26 },
		{ "server certificate for a client", 26, 26 },
		{ "CA for servers, and a client", 26, 26 },
		{ "key usage for nothing here", 26, 26 },
		{ "unknown critical extension", 34, 34 },
		{ "critical authority key identifier", 34, 34 },
		{ "critical authority information", 34, 34 },
		{ "a root with another authority key identifier", 2, 2 },
		{ "another host", 62, 62 },
		{ "the domain above", 62, 62 },
		{ "an underscore under another wildcard", 62, 62 },
		{ "wildcard in part of a label", 62, 62 },
		{ "common name only, switched off", 62, 62 },
		{ "common name only", 0, 62 },
		{ "another address", 64, 64 },
		{ "an address for a name", 64, 64 },
		{ "name not permitted", 47, 47 },
		{ "name excluded", 48, 48 },
		{ "common name not permitted", 47, 62 },
		{ "URI not permitted", 47, 47 },
		{ "no key usage in a CA", 0, 92 },
		{ "basic constraints not critical", 0, 89 },
		{ "key identifiers differ", 20, 20 },
	};
	static struct verdict v;
	int bad = 0;
	blind = 1;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct row *r = row_named(cases[i].row);
		for (enum verify_profile p = VERIFY_GUIDE; p <= VERIFY_STRICT; p++) {
			long expected = p == VERIFY_STRICT ? cases[i].strict : cases[i].guide;
			judge(r, p, &v);
			if (v.code == expected && v.disagreed == expected)
				continue;
			fprintf(stderr, "%s (%s): expected %ld, got %ld, OpenSSL's %ld\n", r->name,
				p ? "strict" : "guide", expected, v.code, v.disagreed);
			bad++;
		}
	}
	blind = 0;
	assert_int_equal(bad, 0);
}

/* However little our own verifier sees, what has no path to a root that is loaded, is expired or is for
 * another host does not pass. */
static void refuses_most_alone(void **state)
{
	(void)state;
	static struct verdict v;
	size_t wrong = 0, refused = 0;
	blind = 1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!rows[i].guide)
			continue;
		wrong++;
		judge(&rows[i], VERIFY_GUIDE, &v);
		refused += v.code != 0;
		assert_int_equal(v.code, v.disagreed);
	}
	blind = 0;
	fprintf(stderr, "of %zu wrong situations OpenSSL alone refuses %zu\n", wrong, refused);
	assert_true(refused * 10 >= wrong * 7);
}

/* 1: the handshake passed; v is what was judged in it. */
static int shake(const struct row *r, int enforce, struct verdict *v)
{
	struct world w;
	struct err e;
	build(&w, r);
	SSL_CTX *server_ctx = server_of(r, &w), *client_ctx = SSL_CTX_new(TLS_client_method());
	struct anchors *a = load(w.roots);
	struct verify_request q = request_of(r, a, VERIFY_GUIDE);
	q.enforce = enforce;
	struct verify_session *s = verify_session_new(&q);
	assert_int_equal(verify_session_attach(s, client_ctx, &e), 0);
	SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
	int passed = shake_hands(client, server);
	*v = *verify_session_verdict(s);
	assert_int_equal(ERR_peek_error() != 0, !passed);
	ERR_clear_error();
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(client_ctx);
	SSL_CTX_free(server_ctx);
	verify_session_free(s);
	anchors_free(a);
	tear_down(&w);
	return passed;
}

/* It is asked in handshakes, and with verification Off as well, where its refusal has no consequence but
 * is told. */
static void in_handshakes(void **state)
{
	(void)state;
	static struct verdict v;
	const struct row *r = row_named("expired");
	blind = 1;
	assert_int_equal(shake(r, 1, &v), 0);
	assert_int_equal(v.code, 10);
	assert_int_equal(v.disagreed, 10);
	assert_int_equal(shake(r, 0, &v), 1);
	assert_int_equal(v.code, 10);
	assert_int_equal(v.disagreed, 10);
	blind = 0;
	assert_int_equal(shake(r, 1, &v), 0);
	assert_int_equal(v.code, 10);
	assert_int_equal(v.disagreed, 0); /* our own refused it: nobody else was asked */
	assert_int_equal(shake(&rows[0], 1, &v), 1);
	assert_int_equal(v.disagreed, 0);
}

static struct buf log_text;

static void on_log(void *arg, enum log_level level, const char *line)
{
	(void)arg, (void)level;
	buf_addf(&log_text, "%s\n", line);
}

static int lines_with(const char *text)
{
	int n = 0;
	for (const char *p = buf_str(&log_text); (p = strstr(p, text)) != NULL; p++)
		n++;
	return n;
}

static void assert_disagreements(struct agent *agent, const char *count)
{
	struct doc *status = agent_status(agent);
	assert_string_equal(doc_text(status, "Security/Verification/Disagreements", ""), count);
	doc_free(status);
}

static void told_and_counted(void **state)
{
	(void)state;
	static struct verdict v;
	char folder[FOLDER_MAX];
	struct err e;
	folder_make(folder);
	struct loop *loop = loop_new_sim();
	struct agent *agent;
	struct settings_pair off = { "NetworkServices NTP Mode", "Off", SETTINGS_FROM_TERMINAL };
	struct verdict_context c = { .service = "Phonebook", .host = "server.example", .enforced = 1 };
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent/log" });
	assert_int_equal(agent_new(&(struct agent_options){ .loop = loop, .state = folder }, &agent, &e), 0);
	assert_int_equal(agent_configure(agent, &off, 1, &e), 0);
	assert_disagreements(agent, "0");
	buf_init(&log_text, 64 << 10);
	log_set_tap(on_log, NULL);

	judge(row_named("expired"), VERIFY_GUIDE, &v);
	verdicts_note(agent, &v, &c);
	assert_int_equal(lines_with("VerifyResult=10=CERT_HAS_EXPIRED"), 1);
	assert_int_equal(lines_with("disagree"), 0);

	blind = 1;
	judge(row_named("CA for clients only"), VERIFY_GUIDE, &v);
	blind = 0;
	verdicts_note(agent, &v, &c);
	assert_int_equal(
		lines_with("SSL: socklib_sslHandshake: VerifyResult=26=INVALID_PURPOSE, NameCheck: Match, "
			   "service=Phonebook, host=server.example"),
		1);
	assert_int_equal(
		lines_with("the two certificate verifiers disagree, and both must accept: sealpost=0=OK, "
			   "openssl=26=INVALID_PURPOSE, service=Phonebook, host=server.example, depth=1"),
		1);
	assert_disagreements(agent, "1");

	log_set_tap(NULL, NULL);
	buf_done(&log_text);
	agent_free(agent);
	loop_free(loop);
	log_close();
	folder_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_alone),
		cmocka_unit_test(refuses_most_alone),
		cmocka_unit_test(in_handshakes),
		cmocka_unit_test(told_and_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
