/* SPDX-License-Identifier: MIT */
/* Documents that a manager asked for, posted to an https that this test plays. */
#include "../../src/provisioning/documents.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "played_https.h"

#define A "https://a.test/documents"
#define B "https://b.test/documents"

struct world {
	struct loop *loop;
	struct documents *documents;
	unsigned built;
	int is_huge;
	struct doc *returned; /* results that came back last */
};

static int build(void *arg, const struct documents_request *r, struct buf *b, struct err *e)
{
	struct world *w = arg;
	if (strcmp(r->location, "/Nothing") == 0)
		return err_set(e, ERR_NOTFOUND, 0, "%s: there is no such document", r->location);
	w->built++;
	buf_addf(b, "<Posted>%s</Posted>", r->location);
	if (r->results)
		doc_print_xml(r->results, 0, b);
	for (int i = 0; w->is_huge && i < 5000; i++)
		buf_addf(b, "%01024d", 0);
	return 0;
}

static void returned(void *arg, struct doc *results)
{
	struct world *w = arg;
	doc_free(w->returned);
	w->returned = results;
}

static int setup(void **state)
{
	struct world *w = mem_new(sizeof *w);
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent/log" });
	w->loop = loop_new_sim();
	struct documents_options o = { .loop = w->loop, .build = build, .returned = returned, .arg = w };
	w->documents = documents_new(&o);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	documents_free(w->documents);
	loop_free(w->loop);
	log_close();
	doc_free(w->returned);
	free(w);
	assert_int_equal(played_count(), 0);
	return 0;
}

static void ask_for(struct world *w, const struct documents_request *r)
{
	struct err e;
	if (documents_ask(w->documents, r, &e) < 0)
		fail_msg("%s", e.text);
	loop_sim_advance(w->loop, 0);
}

static void ask(struct world *w, const char *location, const char *url)
{
	ask_for(w, &(struct documents_request){ .location = location, .url = url });
}

static struct doc *results_of(size_t len)
{
	struct doc *d = doc_new("Command");
	char *text = mem_new(len + 1);
	memset(text, 'r', len);
	doc_add_value(d, "Result", DOC_STRING, text);
	free(text);
	return d;
}

static void hand_over(struct world *w, const char *url, size_t len)
{
	ask_for(w, &(struct documents_request){
			   .location = "/CommandResponse", .url = url, .results = results_of(len) });
}

static enum err_kind refusal(struct world *w, const char *location, const char *url)
{
	struct err e;
	assert_int_equal(documents_ask(w->documents,
				       &(struct documents_request){ .location = location, .url = url }, &e),
			 -1);
	return e.kind;
}

static void answer(struct world *w, const char *url, int status)
{
	played_status(played_peer(url), status, "text/xml", "");
	loop_sim_advance(w->loop, 0);
}

static void assert_counts(const struct world *w, uint64_t posted, uint64_t failed, size_t waiting)
{
	struct documents_counts c;
	documents_counts(w->documents, &c);
	assert_int_equal(c.posted, posted);
	assert_int_equal(c.failed, failed);
	assert_int_equal(c.waiting, waiting);
}

static void one_after_the_other(void **state)
{
	struct world *w = *state;
	ask(w, "/Status", A);
	ask(w, "/Configuration", B);
	assert_string_equal(played_peer(A)->body, "<Posted>/Status</Posted>");
	assert_null(played_find(B));
	assert_counts(w, 0, 0, 2);
	answer(w, A, 200);
	assert_null(played_find(A));
	assert_string_equal(played_peer(B)->body, "<Posted>/Configuration</Posted>");
	answer(w, B, 204);
	assert_counts(w, 2, 0, 0);
	ask(w, "/Status", A); /* and again from rest */
	answer(w, A, 200);
	assert_counts(w, 3, 0, 0);
}

static void the_same_while_it_waits_is_asked_once(void **state)
{
	struct world *w = *state;
	ask(w, "/Status", A);
	ask(w, "/Status", A);
	assert_counts(w, 0, 0, 1);
	ask(w, "/Status", B);
	ask(w, "/Configuration", A);
	assert_counts(w, 0, 0, 3);
}

static void none_is_begun_while_held(void **state)
{
	struct world *w = *state;
	ask(w, "/Status", A);
	documents_hold(w->documents);
	ask(w, "/Configuration", B);
	unsigned built = w->built;
	answer(w, A, 503); /* it was on its way, and is tried again */
	loop_sim_advance(w->loop, 5001);
	assert_int_equal(played_peer(A)->posts, 2);
	documents_release(w->documents);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(played_peer(A)->posts, 2);
	documents_hold(w->documents);
	answer(w, A, 200);
	loop_sim_advance(w->loop, 60000);
	assert_null(played_find(B));
	assert_int_equal(w->built, built);
	documents_release(w->documents);
	documents_release(w->documents);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(w->built, built + 1);
	answer(w, B, 200);
	assert_counts(w, 2, 0, 0);
	documents_hold(w->documents);
	documents_release(w->documents);
}

static void what_fails_is_tried_three_times(void **state)
{
	struct world *w = *state;
	ask(w, "/Status", A);
	ask(w, "/Status", B);
	answer(w, A, 503);
	assert_false(played_peer(A)->open);
	loop_sim_advance(w->loop, 5001); /* at most five seconds before the second */
	assert_int_equal(played_peer(A)->posts, 2);
	played_fails(played_peer(A), ERR_NET, 0, "no route");
	loop_sim_advance(w->loop, 4000); /* at least five before the third, at most ten */
	assert_false(played_peer(A)->open);
	loop_sim_advance(w->loop, 6002);
	assert_int_equal(played_peer(A)->posts, 3);
	assert_null(played_find(B));
	answer(w, A, 429);
	assert_null(played_find(A));
	assert_counts(w, 0, 1, 1);
	assert_true(played_peer(B)->open);
	answer(w, B, 200);
	assert_counts(w, 1, 1, 0);
}

/* Who is overloaded says for how long, within bounds. */
static void retry_after_is_obeyed_up_to_its_bound(void **state)
{
	struct world *w = *state;
	struct https_reply r = {
		.status = 503, .retry_after_s = 120, .verify_code = -1, .content_type = "", .body = ""
	};
	ask(w, "/Status", A);
	played_reply(played_peer(A), &r);
	loop_sim_advance(w->loop, 119000);
	assert_int_equal(played_peer(A)->posts, 1);
	loop_sim_advance(w->loop, 1000 + 12000); /* and up to a tenth more */
	assert_int_equal(played_peer(A)->posts, 2);
	r.retry_after_s = INT64_MAX;
	played_reply(played_peer(A), &r);
	loop_sim_advance(w->loop, 599000);
	assert_int_equal(played_peer(A)->posts, 2);
	loop_sim_advance(w->loop, 1000 + 60000); /* and up to a tenth more */
	assert_int_equal(played_peer(A)->posts, 3);
	answer(w, A, 200);
	assert_counts(w, 1, 0, 0);
}

/* By the rules of the moment at which it is begun, and with nobody else's password. */
static void rules_and_passwords(void **state)
{
	struct world *w = *state;
	const struct verify_policy policy = { .profile = VERIFY_STRICT,
					      .revocation = VERIFY_REVOCATION_HARD,
					      .no_common_name = 1 };
	struct settings settings = { .provisioning.tls_verify = 0,
				     .verification = { .profile = SETTINGS_PROFILE_STRICT,
						       .revocation = SETTINGS_REVOCATION_HARD } };
	ask(w, "/Status", A);
	assert_int_equal(played_peer(A)->verify, 1); /* before anything was configured, too */
	documents_configure(w->documents, &settings);
	loop_sim_advance(w->loop, 0);
	answer(w, A, 200);
	struct documents_request r = { .location = "/CommandResponse",
				       .url = A,
				       .user = "me",
				       .password = "hush",
				       .results = results_of(1) };
	ask_for(w, &r);
	assert_int_equal(played_peer(A)->verify, 0);
	assert_memory_equal(&played_peer(A)->policy, &policy, sizeof policy);
	assert_string_equal(played_peer(A)->password, "hush");
	assert_string_equal(played_peer(A)->service, "PostedDocument");
	answer(w, A, 200);
	ask(w, "/Status", A);
	assert_string_equal(played_peer(A)->password, "");
}

/* The rules change while a document is on its way or waits for its next try: it is posted by the new ones. */
static void other_rules_begin_anew(void **state)
{
	struct world *w = *state;
	struct https_reply later = { .status = 503, .retry_after_s = 120, .verify_code = -1 };
	struct settings off = { .provisioning.tls_verify = 0 }, on = { .provisioning.tls_verify = 1 };
	documents_configure(w->documents, &off);
	ask(w, "/Status", A);
	ask(w, "/Status", B);
	documents_configure(w->documents, &off); /* nothing changes, and it stays on its way */
	assert_true(played_peer(A)->open);
	documents_configure(w->documents, &on);
	assert_null(played_find(A));
	loop_sim_advance(w->loop, 0);
	assert_int_equal(played_peer(A)->verify, 1);
	played_reply(played_peer(A), &later);
	on.trust[0].service = SETTINGS_TRUST_MANAGER;
	snprintf(on.trust[0].roots, sizeof on.trust[0].roots, "site");
	documents_hold(w->documents);
	documents_configure(w->documents, &on);
	documents_release(w->documents);
	loop_sim_advance(w->loop, 119000); /* not sooner than its server said */
	assert_null(played_find(A));
	loop_sim_advance(w->loop, 1000 + 12000);
	assert_string_equal(played_peer(A)->policy.allowed.list, "site,");
	documents_hold(w->documents);
	documents_configure(w->documents, &off);
	loop_sim_advance(w->loop, 60000); /* it is begun anew, and nothing is begun meanwhile */
	assert_null(played_find(A));
	documents_release(w->documents);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(played_peer(A)->verify, 0);
	answer(w, A, 503);
	loop_sim_advance(w->loop, 10001);
	answer(w, A, 503); /* its tries are counted as before */
	assert_counts(w, 0, 1, 1);
}

static void what_is_hopeless_is_given_up(void **state)
{
	struct world *w = *state;
	ask(w, "/Status", A);
	answer(w, A, 404);
	assert_counts(w, 0, 1, 0);
	assert_null(played_find(A));
	ask(w, "/Status", A);
	answer(w, A, 302); /* not followed, so it will not get better */
	assert_counts(w, 0, 2, 0);
	ask(w, "/Status", A);
	answer(w, A, 408); /* this one is not hopeless */
	assert_counts(w, 0, 2, 1);
}

static void what_cannot_be_posted_is_refused(void **state)
{
	struct world *w = *state;
	assert_int_equal(refusal(w, "/Status", "http://a.test/"), ERR_INPUT);
	assert_int_equal(refusal(w, "/Nothing", A), ERR_NOTFOUND);
	for (int i = 0; i < DOCUMENTS_WAITING_MAX; i++) {
		char location[32];
		snprintf(location, sizeof location, "/Status/%d", i);
		ask(w, location, A);
	}
	assert_int_equal(refusal(w, "/One/More", A), ERR_FULL);
	assert_counts(w, 0, 3, DOCUMENTS_WAITING_MAX);
}

static void what_turns_out_too_long_makes_room(void **state)
{
	struct world *w = *state;
	w->is_huge = 1;
	ask(w, "/Status", A);
	assert_null(played_find(A));
	assert_counts(w, 0, 1, 0);
	w->is_huge = 0;
	ask(w, "/Status", B);
	answer(w, B, 200);
	assert_counts(w, 1, 1, 0);
}

static void what_is_forgotten_is_not_posted(void **state)
{
	struct world *w = *state;
	ask(w, "/Status", A);
	ask(w, "/Status", B);
	documents_forget(w->documents);
	assert_null(played_find(A));
	loop_sim_advance(w->loop, 60000);
	assert_counts(w, 0, 0, 0);
	ask(w, "/Status", A);
	answer(w, A, 500);
	documents_forget(w->documents); /* while it waits for its next try */
	loop_sim_advance(w->loop, 60000);
	assert_null(played_find(A));
	ask(w, "/Status", B);
	assert_true(played_peer(B)->open); /* freed in flight */
}

static void results_are_posted_as_documents_are(void **state)
{
	struct world *w = *state;
	struct documents_counts c;
	hand_over(w, A, 3);
	hand_over(w, A, 3); /* other results, not the same again */
	assert_string_equal(
		played_peer(A)->body,
		"<Posted>/CommandResponse</Posted><Command>\n  <Result>rrr</Result>\n</Command>\n");
	answer(w, A, 200);
	answer(w, A, 200);
	documents_counts(w->documents, &c);
	assert_int_equal(c.results_posted, 2);
	assert_counts(w, 0, 0, 0);
	assert_null(w->returned);
	struct documents_request r = { .location = "/CommandResponse",
				       .url = B,
				       .user = "me",
				       .password = "hush",
				       .results = results_of(1) };
	ask_for(w, &r);
	assert_string_equal(played_peer(B)->user, "me");
	ask(w, "/Status", A);
	answer(w, B, 200);
	assert_string_equal(played_peer(A)->user, "");
}

static void results_that_cannot_be_posted_come_back(void **state)
{
	struct world *w = *state;
	struct documents_counts c;
	hand_over(w, A, 3);
	answer(w, A, 503);
	assert_null(w->returned);
	loop_sim_advance(w->loop, 5001);
	answer(w, A, 503);
	loop_sim_advance(w->loop, 10001);
	answer(w, A, 503);
	assert_string_equal(doc_text(w->returned, "Result", NULL), "rrr");
	hand_over(w, A, 4);
	answer(w, A, 404);
	assert_string_equal(doc_text(w->returned, "Result", NULL), "rrrr");
	documents_counts(w->documents, &c);
	assert_int_equal(c.results_failed, 2);
	assert_counts(w, 0, 0, 0);
	hand_over(w, A, 5);
	documents_forget(w->documents); /* nobody is to hear of them */
	assert_string_equal(doc_text(w->returned, "Result", NULL), "rrrr");
}

static void results_that_wait_are_bounded(void **state)
{
	struct world *w = *state;
	struct documents_request r = { .location = "/CommandResponse",
				       .url = A,
				       .results = results_of(DOCUMENTS_RESULTS_MAX / 4) };
	struct documents_counts c;
	struct err e;
	for (int i = 0; i < 3; i++)
		hand_over(w, A, DOCUMENTS_RESULTS_MAX / 4);
	assert_int_equal(documents_ask(w->documents, &r, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	assert_null(w->returned); /* still the caller's */
	answer(w, A, 200);
	ask_for(w, &r); /* there is room again */
	assert_counts(w, 0, 0, 3);
	r.url = "http://a.test/";
	r.results = results_of(1);
	assert_int_equal(documents_ask(w->documents, &r, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	doc_free(r.results);
	documents_counts(w->documents, &c);
	assert_int_equal(c.results_failed, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_after_the_other),
		TEST(the_same_while_it_waits_is_asked_once),
		TEST(none_is_begun_while_held),
		TEST(what_fails_is_tried_three_times),
		TEST(retry_after_is_obeyed_up_to_its_bound),
		TEST(rules_and_passwords),
		TEST(other_rules_begin_anew),
		TEST(what_is_hopeless_is_given_up),
		TEST(what_cannot_be_posted_is_refused),
		TEST(what_turns_out_too_long_makes_room),
		TEST(what_is_forgotten_is_not_posted),
		TEST(results_are_posted_as_documents_are),
		TEST(results_that_cannot_be_posted_come_back),
		TEST(results_that_wait_are_bounded),
	};
	return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}
