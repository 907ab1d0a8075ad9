/* SPDX-License-Identifier: MIT */
/* Changes of the roots that are tried first, and single inspections: a whole agent, name server and TLS
 * servers of this test. */
#include "../../src/agent/agent_internal.h"

#include "agent/security.h"
#include "diagnostics/confirmation.h"
#include "diagnostics/inspect.h"
#include "diagnostics/preflight.h"
#include "base/log.h"

#include "dns_responder.h"
#include "folder.h"
#include "tls_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { PATIENCE_MS = 9000 };

struct certs {
	struct tls_cert root_a, root_b, stranger, leaf_a, leaf_b, leaf_stranger;
};

struct world {
	struct certs *certs;
	char folder[FOLDER_MAX];
	struct loop *loop;
	struct dns_responder names;
	struct dns_record records[5];
	struct agent *agent;
	struct tls_server a, b;
	struct doc *result;
	int done;
	struct err err;
};

static void configure(struct world *w, const char *path, const char *value)
{
	struct settings_pair s = { path, value, SETTINGS_FROM_TERMINAL };
	struct err e;
	if (agent_configure(w->agent, &s, 1, &e) < 0)
		fail_msg("%s", e.text);
}

static void add_root(struct world *w, const struct tls_cert *c)
{
	char *pem = tls_cert_pem(c);
	struct anchors_upload u = { .data = pem, .len = strlen(pem), .mode = ANCHORS_ADD };
	struct err e;
	if (anchors_put(w->agent->anchors, &u, NULL, NULL, &e) < 0)
		fail_msg("%s", e.text);
	free(pem);
}

static void register_slot(struct world *w, int slot, const char *host, int port)
{
	static const char *const never[] = { "/Event/Never" };
	char url[80];
	snprintf(url, sizeof url, "https://%s:%d/", host, port);
	struct registrations_request r = {
		.slot = slot, .url = url, .force = 1, .n = 1, .expressions = never
	};
	struct err e;
	int got;
	if (registrations_add(agent_delivery(w->agent), &r, &got, &e) < 0)
		fail_msg("%s", e.text);
}

static void know_the_date(struct world *w)
{
	struct err e;
	date_reset_floor(w->agent->date, 0);
	if (date_offer_kernel(w->agent->date, time(NULL) * INT64_C(1000000), loop_now_ms(w->loop), &e) < 0)
		fail_msg("%s", e.text);
}

static int setup(void **state)
{
	struct certs *certs = *state;
	struct world *w = calloc(1, sizeof *w);
	struct err e = { 0 };
	char server[32];
	w->certs = certs;
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent/log" });
	folder_make(w->folder);
	w->a = (struct tls_server){ .cert = &certs->leaf_a };
	w->b = (struct tls_server){ .cert = &certs->leaf_b };
	tls_server_start(&w->a);
	tls_server_start(&w->b);
	w->loop = loop_new();
	w->records[0] = (struct dns_record){ .name = "a.test", .addresses = { "127.0.0.1" }, .ttl_s = 300 };
	w->records[1] = (struct dns_record){ .name = "b.test", .addresses = { "127.0.0.1" }, .ttl_s = 300 };
	w->records[2] = (struct dns_record){ .name = "silent.test", .silent = 1 };
	dns_responder_start(&w->names, w->loop, w->records);
	struct agent_options o = { .loop = w->loop, .state = w->folder };
	if (agent_new(&o, &w->agent, &e) < 0)
		fail_msg("%s", e.text);
	configure(w, "NetworkServices NTP Mode", "Off");
	snprintf(server, sizeof server, "127.0.0.1:%d", w->names.port);
	configure(w, "Network 1 DNS Server 1 Address", server);
	know_the_date(w);
	add_root(w, &certs->root_a);
	add_root(w, &certs->root_b);
	register_slot(w, 1, "a.test", w->a.port);
	register_slot(w, 2, "b.test", w->b.port);
	w->result = doc_new("Result");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	*state = w->certs;
	agent_free(w->agent);
	dns_responder_stop(&w->names);
	loop_free(w->loop);
	tls_server_stop(&w->a);
	tls_server_stop(&w->b);
	doc_free(w->result);
	log_close();
	folder_remove(w->folder);
	free(w);
	return 0;
}

static void on_done(void *arg, const struct err *e)
{
	struct world *w = arg;
	w->done++;
	w->err = *e;
	loop_stop(w->loop);
}

static void start(struct world *w, struct preflight_request *r, struct preflight **ret)
{
	struct err e;
	if (preflight_start(w->agent, r, w->result, on_done, w, ret, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(w->done, 0); /* never before the call returned */
}

static void change(struct world *w, struct preflight_request *r)
{
	struct preflight *t;
	w->done = 0;
	start(w, r, &t);
	if (!loop_run_for(w->loop, PATIENCE_MS))
		fail_msg("no end within %d ms", PATIENCE_MS);
	assert_int_equal(w->done, 1);
}

/* Only root b is left, if it may be. */
static void replace_by_b(struct world *w, struct preflight_request r)
{
	char *pem = tls_cert_pem(&w->certs->root_b);
	r.what = PREFLIGHT_REPLACE;
	r.text = pem;
	r.len = strlen(pem);
	change(w, &r);
	free(pem);
}

static size_t roots(const struct world *w)
{
	return anchors_count(w->agent->anchors);
}

static void assert_refused(const struct world *w, const char *words)
{
	assert_int_equal(w->err.kind, ERR_CONFIG);
	if (!strstr(w->err.text, words) || !strstr(w->err.text, "nothing was changed"))
		fail_msg("%s", w->err.text);
	assert_int_equal(roots(w), 2);
}

static void assert_made(const struct world *w, size_t n)
{
	if (w->err.kind != ERR_NONE)
		fail_msg("%s", w->err.text);
	assert_int_equal(roots(w), n);
}

static const char *of_server(const struct world *w, int i, const char *what)
{
	char path[64];
	snprintf(path, sizeof path, "Server[%d]/%s", i, what);
	return doc_text(w->result, path, "(none)");
}

/* Whatever is tried, no server ever gets a byte of a document. */
static void assert_nothing_sent(const struct world *w)
{
	assert_int_equal(w->a.stats->requests + w->b.stats->requests, 0);
	assert_int_equal(w->a.stats->bytes + w->b.stats->bytes, 0);
}

static void what_loses_a_server_is_refused(void **state)
{
	struct world *w = *state;
	replace_by_b(w, (struct preflight_request){ .what = PREFLIGHT_REPLACE });
	assert_refused(w, "HttpFeedback 1 (https://a.test");
	assert_string_equal(of_server(w, 1, "Before"), "0=OK");
	assert_true(strtol(of_server(w, 1, "After"), NULL, 10) > 0);
	assert_string_equal(of_server(w, 2, "After"), "0=OK");
	assert_string_equal(of_server(w, 2, "Service"), "HttpFeedback 2");
	assert_int_equal(w->a.stats->accepted, 1);
	assert_int_equal(w->b.stats->accepted, 1);
	assert_nothing_sent(w);
}

static void deleting_is_tried_too(void **state)
{
	struct world *w = *state;
	struct cert_info info;
	add_root(w, &w->certs->stranger);
	anchors_info(w->agent->anchors, 2, &info);
	struct preflight_request r = { .what = PREFLIGHT_DELETE, .fingerprint = info.fingerprint };
	change(w, &r); /* nobody's root */
	assert_made(w, 2);
	anchors_info(w->agent->anchors, 1, &info);
	change(w, &r);
	assert_refused(w, "HttpFeedback 2 (https://b.test");
	anchors_info(w->agent->anchors, 0, &info);
	change(w, &r);
	assert_refused(w, "HttpFeedback 1 (https://a.test");
	assert_nothing_sent(w);
}

/* Without any root nothing would be opened, so the servers are asked by the roots of now. */
static void the_last_root_is_tried_too(void **state)
{
	struct world *w = *state;
	struct cert_info info;
	anchors_info(w->agent->anchors, 1, &info);
	struct preflight_request r = { .what = PREFLIGHT_DELETE,
				       .fingerprint = info.fingerprint,
				       .force = 1 };
	change(w, &r);
	assert_made(w, 1);
	anchors_info(w->agent->anchors, 0, &info);
	r.force = 0;
	change(w, &r);
	assert_int_equal(w->err.kind, ERR_CONFIG);
	assert_non_null(strstr(w->err.text, "HttpFeedback 1 (https://a.test"));
	assert_int_equal(roots(w), 1);
	assert_string_equal(of_server(w, 1, "Before"), "0=OK");
}

/* A host that is to be trusted by its pins alone loses its root. */
static void pins_alone_are_tried(void **state)
{
	struct world *w = *state;
	char *pem = tls_cert_pem(&w->certs->root_b);
	struct preflight_request r = {
		.what = PREFLIGHT_ADD, .text = pem, .len = strlen(pem), .pin_host = "a.test", .pin_only = 1
	};
	change(w, &r);
	assert_refused(w, "HttpFeedback 1 (https://a.test");
	free(pem);
	assert_nothing_sent(w);
}

/* What was tried with the roots of before says nothing of a change of those that there are now. */
static void roots_that_change_meanwhile(void **state)
{
	struct world *w = *state;
	struct cert_info stranger, b;
	struct preflight *t;
	struct err e;
	add_root(w, &w->certs->stranger);
	anchors_info(w->agent->anchors, 1, &b);
	anchors_info(w->agent->anchors, 2, &stranger);
	start(w, &(struct preflight_request){ .what = PREFLIGHT_DELETE, .fingerprint = stranger.fingerprint },
	      &t);
	assert_int_equal(anchors_delete(w->agent->anchors, b.fingerprint, NULL, &e), 0);
	if (!loop_run_for(w->loop, PATIENCE_MS))
		fail_msg("no end within %d ms", PATIENCE_MS);
	assert_int_equal(w->err.kind, ERR_CONFIG);
	assert_non_null(strstr(w->err.text, "were changed by somebody else while this change was tried"));
	assert_int_equal(roots(w), 2);
	anchors_info(w->agent->anchors, 1, &b);
	assert_string_equal(b.fingerprint, stranger.fingerprint);
}

/* A pin of any certificate is no reason not to change the roots. */
static void roots_go_beside_pins(void **state)
{
	struct world *w = *state;
	struct cert_info info;
	char *pem = tls_cert_pem(&w->certs->leaf_b), *root = tls_cert_pem(&w->certs->root_b);
	struct preflight_request add = {
		.what = PREFLIGHT_ADD, .text = pem, .len = strlen(pem), .pin_host = "b.test"
	};
	change(w, &add);
	assert_made(w, 3);
	add.text = root;
	add.len = strlen(root);
	change(w, &add);
	assert_made(w, 4);
	doc_free(w->result);
	w->result = doc_new("Result");
	anchors_info(w->agent->anchors, 1, &info);
	struct preflight_request r = { .what = PREFLIGHT_DELETE, .fingerprint = info.fingerprint };
	change(w, &r); /* root b, without which b.test is trusted by its pins */
	assert_made(w, 3);
	assert_non_null(strstr(doc_text(w->result, "Certificate[1]", ""), "still pinned to b.test"));
	r.pin_host = "b.test";
	change(w, &r);
	assert_made(w, 2);
	free(pem);
	free(root);
}

static void force_asks_nobody(void **state)
{
	struct world *w = *state;
	replace_by_b(w, (struct preflight_request){ .force = 1 });
	assert_made(w, 1);
	assert_int_equal(w->a.stats->accepted, 0);
}

static void what_is_added_takes_belief_from_nobody(void **state)
{
	struct world *w = *state;
	char *pem = tls_cert_pem(&w->certs->stranger);
	struct preflight_request r = { .what = PREFLIGHT_ADD, .text = pem, .len = strlen(pem) };
	change(w, &r);
	free(pem);
	assert_made(w, 3);
	assert_non_null(doc_get(w->result, "Certificate[1]"));
	assert_int_equal(w->a.stats->accepted, 0);
}

static void a_dry_run_shows_and_changes_nothing(void **state)
{
	struct world *w = *state;
	replace_by_b(w, (struct preflight_request){ .dry_run = 1 });
	assert_made(w, 2);
	assert_string_equal(of_server(w, 1, "Before"), "0=OK");
	assert_string_not_equal(of_server(w, 1, "After"), "0=OK");
	assert_non_null(doc_get(w->result, "Certificate[1]"));
	doc_free(w->result);
	w->result = doc_new("Result");
	replace_by_b(w, (struct preflight_request){ .dry_run = 1, .force = 1 });
	assert_made(w, 2);
	assert_true(strtol(of_server(w, 1, "After"), NULL, 10) > 0);
	char *pem = tls_cert_pem(&w->certs->stranger);
	struct preflight_request add = {
		.what = PREFLIGHT_ADD, .text = pem, .len = strlen(pem), .dry_run = 1
	};
	doc_free(w->result);
	w->result = doc_new("Result");
	change(w, &add);
	free(pem);
	assert_made(w, 2);
	assert_string_equal(of_server(w, 1, "After"), "0=OK");
}

static void who_cannot_be_reached_blocks_nothing(void **state)
{
	struct world *w = *state;
	tls_server_stop(&w->a);
	register_slot(w, 3, "nowhere.test", 443);
	replace_by_b(w, (struct preflight_request){ .dry_run = 1 });
	assert_string_equal(of_server(w, 1, "After"), "(none)");
	assert_string_not_equal(of_server(w, 1, "Reason"), "(none)");
	assert_string_not_equal(of_server(w, 3, "Reason"), "(none)");
	assert_string_equal(of_server(w, 2, "After"), "0=OK");
	replace_by_b(w, (struct preflight_request){ .force = 0 });
	assert_made(w, 1);
}

static void who_is_not_believed_now_blocks_nothing(void **state)
{
	struct world *w = *state;
	tls_server_stop(&w->a);
	w->a = (struct tls_server){ .cert = &w->certs->leaf_stranger };
	tls_server_start(&w->a);
	register_slot(w, 1, "a.test", w->a.port);
	replace_by_b(w, (struct preflight_request){ .force = 0 });
	assert_made(w, 1);
	assert_nothing_sent(w);
}

static void nor_does_who_has_another_name(void **state)
{
	struct world *w = *state;
	register_slot(w, 1, "b.test", w->a.port);
	replace_by_b(w, (struct preflight_request){ .force = 0 });
	assert_made(w, 1);
}

static void who_is_not_verified_blocks_nothing(void **state)
{
	struct world *w = *state;
	configure(w, "HttpFeedback TlsVerify", "Off");
	replace_by_b(w, (struct preflight_request){ .force = 0 });
	assert_made(w, 1);
}

static void a_phone_book_counts_as_well(void **state)
{
	struct world *w = *state;
	char url[80];
	struct err e;
	snprintf(url, sizeof url, "https://a.test:%d/phones", w->a.port);
	assert_int_equal(registrations_remove(agent_delivery(w->agent), 1, &e), 0);
	configure(w, "Phonebook Server 1 URL", url);
	configure(w, "Phonebook Server 1 Type", "TMS");
	replace_by_b(w, (struct preflight_request){ .force = 0 });
	assert_refused(w, "Phonebook (https://a.test");
}

static void what_cannot_be_is_refused_at_once(void **state)
{
	static const char words[] = "no certificate at all";
	struct world *w = *state;
	struct preflight *t = NULL;
	struct err e;
	struct preflight_request r = { .what = PREFLIGHT_REPLACE, .text = words, .len = sizeof words - 1 };
	assert_int_equal(preflight_start(w->agent, &r, w->result, on_done, w, &t, &e), -1);
	r = (struct preflight_request){ .what = PREFLIGHT_DELETE,
					.fingerprint = "0123456789012345678901234567890123456789" };
	assert_int_equal(preflight_start(w->agent, &r, w->result, on_done, w, &t, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	loop_run_for(w->loop, 50);
	assert_int_equal(w->done, 0);
	assert_int_equal(roots(w), 2);
	assert_int_equal(w->a.stats->accepted, 0);
}

/* The same at the beginning, while names are asked, while servers are silent, and when all but the end is
 * over. */
static void cancelled_at_any_stage_nothing_is_left(void **state)
{
	static const int waits_ms[] = { -1, 0, 1, 2, 4, 8, 16, 150 };
	struct world *w = *state;
	char *pem = tls_cert_pem(&w->certs->root_b);
	struct preflight_request r = { .what = PREFLIGHT_REPLACE, .text = pem, .len = strlen(pem) };
	struct preflight *t;
	register_slot(w, 3, "silent.test", 443);
	tls_server_stop(&w->b);
	w->b = (struct tls_server){ .cert = &w->certs->leaf_b, .manner = TLS_NO_HELLO };
	tls_server_start(&w->b);
	register_slot(w, 2, "b.test", w->b.port);
	for (size_t i = 0; i < sizeof waits_ms / sizeof *waits_ms; i++) {
		start(w, &r, &t);
		if (waits_ms[i] >= 0)
			assert_int_equal(loop_run_for(w->loop, waits_ms[i]), 0);
		preflight_cancel(t);
		loop_run_for(w->loop, 5);
		assert_int_equal(w->done, 0);
		assert_int_equal(roots(w), 2);
	}
	preflight_cancel(NULL);
	free(pem);
	assert_true(w->a.stats->accepted > 0 && w->b.stats->accepted > 0); /* it did come so far */
	for (int i = 0; i < 100 && w->a.stats->closed < w->a.stats->accepted; i++)
		loop_run_for(w->loop, 20);
	assert_int_equal(w->a.stats->closed, w->a.stats->accepted);
	assert_null(w->result->first);
	assert_nothing_sent(w);
}

/* --- changes that wait to be confirmed --- */

static const struct audit_who me = { .by = AUDIT_BY_PERSON, .uid = 0 };
static struct buf said;

static void hear(void *arg, enum log_level level, const char *line)
{
	(void)arg, (void)level;
	buf_addf(&said, "%s\n", line);
}

static void waits(struct world *w, struct preflight_request *r, int gives_back)
{
	struct confirmation_request confirm = { .minutes = 10, .gives_back = gives_back, .who = me };
	r->confirm = &confirm;
	r->force = 1;
	buf_init(&said, 1 << 16);
	log_set_tap(hear, NULL);
	change(w, r);
	log_set_tap(NULL, NULL);
}

static size_t place(const char *words)
{
	const char *at = strstr(buf_str(&said), words);
	if (!at)
		fail_msg("expected \"%s\" in\n%s", words, buf_str(&said));
	return (size_t)(at - buf_str(&said));
}

/* What waits to be confirmed is told when it has been made, and not before. */
static void what_waits_is_told_when_it_is_made(void **state)
{
	struct world *w = *state;
	struct err e;
	struct diagnostics *d = diagnostics_new(w->agent);
	char *pem = tls_cert_pem(&w->certs->stranger), path[100];
	struct preflight_request r = { .what = PREFLIGHT_ADD, .text = pem, .len = strlen(pem) };
	snprintf(path, sizeof path, "%s/trust/anchors", w->folder);
	assert_int_equal(remove(path), 0);
	assert_int_equal(mkdir(path, 0700), 0); /* so that it cannot be replaced */
	waits(w, &r, 0);
	assert_int_not_equal(w->err.kind, ERR_NONE);
	assert_int_equal(roots(w), 2);
	assert_null(strstr(buf_str(&said), "confirmed"));
	assert_int_equal(confirmation_confirm(agent_confirmation(w->agent), &me, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	buf_done(&said);
	assert_int_equal(remove(path), 0);
	waits(w, &r, 0);
	assert_made(w, 3);
	assert_true(place("security: 1 certificate added") < place("is taken back unless it is confirmed"));
	assert_true(place("is taken back unless it is confirmed") <
		    place("audit: a change that waits 10 minutes"));
	assert_int_equal(confirmation_take_back(agent_confirmation(w->agent), &me, NULL, &e), 0);
	assert_int_equal(roots(w), 2);
	buf_done(&said);
	free(pem);
	diagnostics_free(d);
}

/* A root and a pin of the same certificate are two things; what is pinned to another host is a third. */
static void roots_and_pins_are_given_back_apart(void **state)
{
	struct world *w = *state;
	struct err e;
	struct diagnostics *d = diagnostics_new(w->agent);
	struct confirmation *c = agent_confirmation(w->agent);
	char *root = tls_cert_pem(&w->certs->root_b);
	struct preflight_request pin = {
		.what = PREFLIGHT_ADD, .text = root, .len = strlen(root), .pin_host = "b.test"
	};
	pin.pin_only = pin.force = 1;
	change(w, &pin);
	assert_made(w, 3);
	pin.pin_only = 0;
	pin.pin_host = "other.test";
	waits(w, &pin, 0);
	assert_made(w, 4);
	buf_done(&said);
	/* an upload leaves out what is pinned */
	struct preflight_request upload = { .what = PREFLIGHT_REPLACE, .text = root, .len = strlen(root) };
	assert_int_equal(confirmation_take_back(c, &me, NULL, &e), 0);
	assert_int_equal(roots(w), 3);
	assert_string_equal(anchors_at(w->agent->anchors, 2)->pin_host, "b.test");
	waits(w, &upload, 0);
	assert_int_equal(w->err.kind, ERR_CONFIG);
	assert_non_null(strstr(w->err.text, "takes away trust"));
	assert_int_equal(roots(w), 3);
	buf_done(&said);
	waits(w, &upload, 1);
	assert_int_equal(roots(w), 1);
	buf_done(&said);
	assert_int_equal(confirmation_take_back(c, &me, NULL, &e), 0);
	assert_int_equal(roots(w), 3);
	int only = 0;
	for (size_t i = 0; i < roots(w); i++)
		only += anchors_at(w->agent->anchors, i)->only;
	assert_int_equal(only, 1);
	free(root);
	diagnostics_free(d);
}

/* A root that somebody else has deleted and added since is his. */
static void roots_that_others_changed_stay(void **state)
{
	struct world *w = *state;
	struct err e;
	struct diagnostics *d = diagnostics_new(w->agent);
	struct cert_info info;
	char *pem = tls_cert_pem(&w->certs->stranger);
	struct preflight_request r = { .what = PREFLIGHT_ADD, .text = pem, .len = strlen(pem), .force = 1 };
	waits(w, &r, 0);
	assert_made(w, 3);
	buf_done(&said);
	anchors_info(w->agent->anchors, 2, &info);
	struct preflight_request delete = { .what = PREFLIGHT_DELETE,
					    .fingerprint = info.fingerprint,
					    .force = 1 };
	change(w, &delete);
	r.confirm = NULL;
	change(w, &r);
	assert_made(w, 3);
	assert_int_equal(confirmation_take_back(agent_confirmation(w->agent), &me, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(roots(w), 3);
	free(pem);
	diagnostics_free(d);
}

/* --- inspections --- */

static void inspect(struct world *w, const char *host, int port, int64_t at_unix)
{
	struct inspection *i;
	char url[80];
	struct err e;
	doc_free(w->result);
	w->result = doc_new("Result");
	w->done = 0;
	snprintf(url, sizeof url, "https://%s:%d/", host, port);
	struct inspect_request r = {
		.url = url, .at_unix = at_unix, .result = w->result, .done = on_done, .arg = w
	};
	if (inspect_server(w->agent, &r, &i, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(w->done, 0);
	if (!loop_run_for(w->loop, PATIENCE_MS))
		fail_msg("no end within %d ms", PATIENCE_MS);
	assert_int_equal(w->done, 1);
}

static const char *found(const struct world *w, const char *path)
{
	return doc_text(w->result, path, "(none)");
}

static void a_good_server_is_described(void **state)
{
	struct world *w = *state;
	char ends[32];
	inspect(w, "a.test", w->a.port, 0);
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_string_equal(found(w, "VerifyResult"), "0=OK");
	assert_string_equal(found(w, "NameCheck"), "Match");
	assert_string_equal(found(w, "Subject"), "/CN=a.test");
	snprintf(ends, sizeof ends, "%s", found(w, "ValidUntil"));
	assert_int_equal(strlen(ends), strlen("2026-11-21T02:51:46Z"));
	assert_int_equal(strncmp(found(w, "FirstFailure/VerifyResult"), "10=", 3), 0);
	assert_true(strcmp(found(w, "FirstFailure/Date"), ends) >= 0); /* the text sorts as the date does */
	assert_nothing_sent(w);
}

static void a_server_is_judged_as_of_another_day(void **state)
{
	struct world *w = *state;
	inspect(w, "a.test", w->a.port, time(NULL) + 400 * INT64_C(86400));
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_int_equal(strncmp(found(w, "VerifyResult"), "10=", 3), 0);
	assert_string_equal(found(w, "FirstFailure/Date"), "(none)");
	inspect(w, "a.test", w->a.port, 0);
	assert_string_equal(found(w, "VerifyResult"), "0=OK"); /* the agent's own day is as before */
	date_forget(w->agent->date);
	inspect(w, "a.test", w->a.port, 0);
	assert_int_equal(strncmp(found(w, "VerifyResult"), "50=", 3), 0);
	assert_int_equal(w->a.stats->accepted, 2); /* no connection without a day */
	inspect(w, "a.test", w->a.port, time(NULL));
	assert_string_equal(found(w, "VerifyResult"), "0=OK"); /* a day that is given needs no other */
	assert_nothing_sent(w);
}

static void a_refusal_is_an_answer(void **state)
{
	struct world *w = *state;
	tls_server_stop(&w->a);
	w->a = (struct tls_server){ .cert = &w->certs->leaf_stranger };
	tls_server_start(&w->a);
	inspect(w, "a.test", w->a.port, 0);
	assert_int_equal(w->err.kind, ERR_NONE);
	assert_true(strtol(found(w, "VerifyResult"), NULL, 10) > 0);
	assert_string_equal(found(w, "Finding[1]/VerifyResult"), found(w, "VerifyResult"));
	assert_string_equal(found(w, "Finding[1]/Kind"), "Refusal");
	inspect(w, "b.test", w->a.port, 0);
	assert_string_equal(found(w, "NameCheck"), "NoMatch");
	assert_nothing_sent(w);
}

static void what_cannot_be_inspected_is_explained(void **state)
{
	struct world *w = *state;
	struct inspection *i;
	struct err e;
	inspect(w, "nowhere.test", 443, 0);
	assert_int_equal(w->err.kind, ERR_DNS);
	assert_null(w->result->first);
	int port = w->a.port;
	tls_server_stop(&w->a);
	inspect(w, "a.test", port, 0);
	assert_int_equal(w->err.kind, ERR_NET);
	struct inspect_request r = {
		.url = "http://a.test/", .result = w->result, .done = on_done, .arg = w
	};
	assert_int_equal(inspect_server(w->agent, &r, &i, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	r.at_unix = 1;
	assert_int_equal(inspect_server(w->agent, &r, &i, &e), -1);
}

/* What a server sends is shown without a date, without roots, and by its address, and it gets nothing. */
static void fetching_needs_nothing(void **state)
{
	struct world *w = *state;
	struct inspection *i;
	struct err e;
	char url[80];
	struct buf pem;
	buf_init(&pem, 1 << 20);
	assert_int_equal(security_ca_clear(w->agent, &e), 0);
	date_forget(w->agent->date);
	for (int by_address = 0; by_address < 2; by_address++) {
		doc_free(w->result);
		w->result = doc_new("Result");
		w->done = 0;
		buf_reset(&pem);
		snprintf(url, sizeof url, "https://%s:%d/", by_address ? "127.0.0.1" : "a.test", w->a.port);
		struct inspect_request r = {
			.url = url, .fetches = 1, .result = w->result, .pem = &pem, .done = on_done, .arg = w
		};
		assert_int_equal(inspect_server(w->agent, &r, &i, &e), 0);
		if (!loop_run_for(w->loop, PATIENCE_MS))
			fail_msg("no end within %d ms", PATIENCE_MS);
		assert_int_equal(w->err.kind, ERR_NONE);
		assert_non_null(strstr(buf_str(&pem), "-----BEGIN CERTIFICATE-----"));
		assert_string_not_equal(found(w, "VerifyResult"), "0=OK");
		assert_int_equal(strlen(found(w, "Certificate[1]/FingerprintSHA256")), 64);
	}
	assert_nothing_sent(w);
	buf_done(&pem);
}

static void an_inspection_can_be_cancelled(void **state)
{
	static const int waits_ms[] = { -1, 0, 2, 8, 100 };
	struct world *w = *state;
	struct inspection *i;
	struct err e;
	char url[80];
	tls_server_stop(&w->a);
	w->a = (struct tls_server){ .cert = &w->certs->leaf_a, .manner = TLS_NO_HELLO };
	tls_server_start(&w->a);
	snprintf(url, sizeof url, "https://a.test:%d/", w->a.port);
	for (size_t k = 0; k < sizeof waits_ms / sizeof *waits_ms; k++) {
		struct inspect_request r = { .url = url,
					     .at_unix = k % 2 ? time(NULL) : 0,
					     .result = w->result,
					     .done = on_done,
					     .arg = w };
		assert_int_equal(inspect_server(w->agent, &r, &i, &e), 0);
		if (waits_ms[k] >= 0)
			loop_run_for(w->loop, waits_ms[k]);
		inspect_cancel(i);
		loop_run_for(w->loop, 5);
		assert_int_equal(w->done, 0);
	}
	inspect_cancel(NULL);
	assert_true(w->a.stats->accepted > 0);
}

static int make_certs(void **state)
{
	struct certs *c = calloc(1, sizeof *c);
	c->root_a = tls_cert(&(struct tls_cert_recipe){ .name = "Root A", .ca = 1 });
	c->root_b = tls_cert(&(struct tls_cert_recipe){ .name = "Root B", .ca = 1 });
	c->stranger = tls_cert(&(struct tls_cert_recipe){ .name = "Stranger", .ca = 1 });
	c->leaf_a = tls_cert(
		&(struct tls_cert_recipe){ .name = "a.test", .san = "DNS:a.test", .issuer = &c->root_a });
	c->leaf_b = tls_cert(
		&(struct tls_cert_recipe){ .name = "b.test", .san = "DNS:b.test", .issuer = &c->root_b });
	c->leaf_stranger = tls_cert(
		&(struct tls_cert_recipe){ .name = "a.test", .san = "DNS:a.test", .issuer = &c->stranger });
	*state = c;
	return 0;
}

static int free_certs(void **state)
{
	struct certs *c = *state;
	struct tls_cert *all[] = { &c->root_a, &c->root_b, &c->stranger,
				   &c->leaf_a, &c->leaf_b, &c->leaf_stranger };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		tls_cert_done(all[i]);
	free(c);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_loses_a_server_is_refused),
		TEST(deleting_is_tried_too),
		TEST(the_last_root_is_tried_too),
		TEST(pins_alone_are_tried),
		TEST(roots_that_change_meanwhile),
		TEST(roots_go_beside_pins),
		TEST(force_asks_nobody),
		TEST(what_is_added_takes_belief_from_nobody),
		TEST(a_dry_run_shows_and_changes_nothing),
		TEST(who_cannot_be_reached_blocks_nothing),
		TEST(who_is_not_believed_now_blocks_nothing),
		TEST(nor_does_who_has_another_name),
		TEST(who_is_not_verified_blocks_nothing),
		TEST(a_phone_book_counts_as_well),
		TEST(what_cannot_be_is_refused_at_once),
		TEST(cancelled_at_any_stage_nothing_is_left),
		TEST(what_waits_is_told_when_it_is_made),
		TEST(roots_and_pins_are_given_back_apart),
		TEST(roots_that_others_changed_stay),
		TEST(a_good_server_is_described),
		TEST(a_server_is_judged_as_of_another_day),
		TEST(a_refusal_is_an_answer),
		TEST(what_cannot_be_inspected_is_explained),
		TEST(fetching_needs_nothing),
		TEST(an_inspection_can_be_cancelled),
	};
	return cmocka_run_group_tests_name("preflight", tests, make_certs, free_certs);
}
