/* SPDX-License-Identifier: MIT */
/* Searches of the phone book against an https that this test plays. */
#include "phonebook/phonebook.h"

#include "../../src/phonebook/cache.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "played_https.h"

#define XML "text/xml"
#define URL "https://book.test/phonebookservice.asmx"

struct told { /* one search's end */
	int n_told;
	enum phonebook_outcome outcome;
	struct err err;
	size_t n;
	char ids[2048];
	int64_t total, age_s;
	int is_last;
};

struct world {
	struct loop *loop;
	struct phonebook *book;
	struct settings settings;
	struct wire_identity who;
};

static const struct wire_identity *identity(void *arg)
{
	return &((struct world *)arg)->who;
}

static void configure(struct world *w, const char *url)
{
	snprintf(w->settings.phonebook.url, sizeof w->settings.phonebook.url, "%s",
		 strcmp(url, "127.0.0.1") ? url : "");
	w->settings.phonebook.type = SETTINGS_PHONEBOOK_TMS;
	phonebook_configure(w->book, &w->settings, url);
}

static int setup(void **state)
{
	struct world *w = mem_new(sizeof *w);
	w->loop = loop_new_sim();
	w->book =
		phonebook_new(&(struct phonebook_options){ .loop = w->loop, .identity = identity, .arg = w });
	snprintf(w->who.mac_address, sizeof w->who.mac_address, "02:00:00:00:00:01");
	configure(w, URL);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	phonebook_free(w->book);
	loop_free(w->loop);
	free(w);
	assert_int_equal(played_count(), 0);
	return 0;
}

static void told(void *arg, const struct phonebook_result *r)
{
	struct told *t = arg;
	t->n_told++;
	t->outcome = r->outcome;
	t->err = r->err;
	t->n = r->n;
	t->total = r->total;
	t->age_s = r->age_s;
	t->is_last = r->is_last;
	t->ids[0] = '\0';
	for (size_t i = 0; i < r->n; i++) {
		size_t at = strlen(t->ids);
		snprintf(t->ids + at, sizeof t->ids - at, "%s%s", i ? " " : "", r->entries[i].id);
	}
}

static struct phonebook_search *search(struct world *w, const struct phonebook_request *r, struct told *t)
{
	struct phonebook_search *s;
	struct err e;
	memset(t, 0, sizeof *t);
	if (phonebook_search(w->book, r, told, t, &s, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(t->n_told, 0);
	loop_sim_advance(w->loop, 0);
	return s;
}

/* The only one that waits for an answer. */
static struct https_endpoint *asked(void)
{
	struct https_endpoint *found = NULL;
	for (size_t i = 0; i < played_n; i++)
		if (played[i] && played[i]->open) {
			assert_null(found);
			found = played[i];
		}
	assert_non_null(found);
	return found;
}

static void has(const char *part)
{
	if (!strstr(asked()->body, part))
		fail_msg("expected %s in %s", part, asked()->body);
}

/* Entries from..to, then what the server says of the whole. */
static void page(struct world *w, int from, int to, const char *rest)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_adds(&b, "<SearchResult>");
	for (int i = from; i <= to; i++)
		buf_addf(&b, "<Entry><Name>n%d</Name><Id>e_%d</Id></Entry>", i, i);
	buf_addf(&b, "%s</SearchResult>", rest);
	played_status(asked(), 200, XML, buf_str(&b));
	buf_done(&b);
	loop_sim_advance(w->loop, 0);
}

static void pages_until_done(void **state)
{
	struct world *w = *state;
	struct told t;
	search(w, &(struct phonebook_request){ .text = "n", .limit = 250 }, &t);
	has("<SearchString>n</SearchString>");
	has("<Scope>SubTree</Scope>");
	has("<MaxResult>100</MaxResult>");
	page(w, 1, 100, "<IsLast>false</IsLast><NoOfEntries>150</NoOfEntries>");
	has("<StartFromId>e_100</StartFromId>");
	page(w, 101, 150, "<IsLast>true</IsLast><NoOfEntries>150</NoOfEntries>");
	assert_int_equal(t.n_told, 1);
	assert_int_equal(t.outcome, PHONEBOOK_FOUND);
	assert_int_equal(t.n, 150);
	assert_int_equal(t.total, 150);
	assert_true(t.is_last);
	assert_int_equal(t.age_s, -1);
	assert_int_equal(played_count(), 1); /* the connection stays for the next one */
	search(w, &(struct phonebook_request){ .folder = "c_1", .limit = 3, .offset = 2 }, &t);
	has("<SearchPath>c_1</SearchPath>");
	has("<Scope>SingleLevel</Scope>");
	has("<MaxResult>5</MaxResult>");
	page(w, 1, 5, "<IsLast>false</IsLast>");
	assert_string_equal(t.ids, "e_3 e_4 e_5");
	assert_false(t.is_last);
	assert_int_equal(played_count(), 1);
}

static void a_server_may_ignore_limits_and_ranges(void **state)
{
	struct world *w = *state;
	struct told t;
	search(w, &(struct phonebook_request){ .limit = 3 }, &t);
	page(w, 1, 50, "");
	assert_string_equal(t.ids, "e_1 e_2 e_3");
	search(w, &(struct phonebook_request){ .limit = 5, .text = "x" }, &t);
	page(w, 1, 3, "");
	page(w, 3, 4, ""); /* begins with the one that it was to go on after */
	page(w, 1, 0, ""); /* nothing more */
	assert_string_equal(t.ids, "e_1 e_2 e_3 e_4");
	assert_true(t.is_last);
}

/* The last entry of each page is marked, and NoOfEntries counts the page: as an emulator does that serves
 * codecs. */
static void a_full_page_that_marks_its_end(void **state)
{
#define MARKED                                                                                               \
	"<Entry><Name>n</Name><Id>e_%d</Id><IsLast>true</IsLast></Entry><IsLast>false</"                     \
	"IsLast><NoOfEntries>%d</NoOfEntries>"
	struct world *w = *state;
	struct told t;
	char end[200];
	search(w, &(struct phonebook_request){ .limit = 200 }, &t);
	snprintf(end, sizeof end, MARKED, 100, 100);
	page(w, 1, 99, end);
	has("<StartFromId>e_100</StartFromId>");
	snprintf(end, sizeof end, MARKED, 120, 20);
	page(w, 101, 119, end); /* not a full one */
	assert_int_equal(t.n, 120);
	assert_int_equal(t.total, 120);
	assert_true(t.is_last);
	/* Whoever meant all of them sends the same page again, or none. */
	for (int none = 0; none < 2; none++) {
		search(w, &(struct phonebook_request){ .limit = 200 }, &t);
		snprintf(end, sizeof end, MARKED, 100, 100);
		page(w, 1, 99, end);
		page(w, 1, none ? 0 : 99, none ? "" : end);
		assert_int_equal(t.n_told, 1);
		assert_int_equal(t.outcome, PHONEBOOK_FOUND);
		assert_int_equal(t.n, 100);
		assert_int_equal(t.total, 100);
		assert_true(t.is_last);
	}
#undef MARKED
}

/* Some servers know no pages: they answer any search with all that they have, and mark nothing as the
 * last. */
static void entries_seen_before_end_the_book(void **state)
{
	struct world *w = *state;
	struct told t;
	search(w, &(struct phonebook_request){ .offset = 1 }, &t);
	page(w, 1, 5, "");
	has("<StartFromId>e_5</StartFromId>");
	page(w, 1, 5, "");
	assert_int_equal(t.n_told, 1);
	assert_int_equal(t.outcome, PHONEBOOK_FOUND);
	assert_string_equal(t.ids, "e_2 e_3 e_4 e_5");
	assert_int_equal(t.total, 5);
	assert_true(t.is_last);
	/* Whatever they count, and however many pages go round. */
	search(w, &(struct phonebook_request){ .limit = 1000 }, &t);
	page(w, 1, 5, "<NoOfEntries>9</NoOfEntries>");
	page(w, 4, 9, ""); /* what overlaps is there once */
	page(w, 1, 5, "");
	assert_int_equal(t.n_told, 1);
	assert_string_equal(t.ids, "e_1 e_2 e_3 e_4 e_5 e_6 e_7 e_8 e_9");
	assert_int_equal(t.total, 9);
	/* Whoever asks for more of them than there are is told so. */
	search(w, &(struct phonebook_request){ .offset = 7 }, &t);
	page(w, 1, 5, "");
	page(w, 1, 5, "");
	assert_int_equal(t.outcome, PHONEBOOK_NO_MATCH);
	assert_int_equal(t.total, 5);
}

/* A folder and a contact of one id are two entries, and entries without an id are each their own. */
static void what_is_no_repetition(void **state)
{
	struct world *w = *state;
	struct told t;
	search(w, &(struct phonebook_request){ .limit = 1000 }, &t);
	page(w, 1, 2,
	     "<Catalog><Name>c</Name><Id>x</Id></Catalog><Entry><Name>none</Name></Entry><Entry><Name>n</"
	     "Name><Id>3</Id></Entry>");
	page(w, 4, 5,
	     "<Entry><Name>n</Name><Id>x</Id></Entry><Entry><Name>none</Name></Entry><IsLast>true</IsLast>");
	assert_string_equal(t.ids, "e_1 e_2 x  3 e_4 e_5 x ");
}

static void endless_pages_meet_the_deadline(void **state)
{
	struct world *w = *state;
	struct told t;
	search(w, &(struct phonebook_request){ .limit = 1000, .offset = 60000 }, &t);
	for (int i = 0; !t.n_told; i++) {
		loop_sim_advance(w->loop, 100);
		if (!t.n_told)
			page(w, 1000 * i, 1000 * i + 9, "");
	}
	assert_int_equal(t.outcome, PHONEBOOK_UNREACHABLE);
	assert_non_null(strstr(t.err.text, "within 5 s"));
}

/* A server that knows no pages sends all each time; of that, not all is read. */
static void what_was_not_read_is_told(void **state)
{
	struct world *w = *state;
	struct told t;
	static const char rest[] = "<NoOfEntries>1500</NoOfEntries><IsLast>true</IsLast>";
	search(w, &(struct phonebook_request){ .offset = 998, .limit = 3 }, &t);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(t.n_told, 0);
		page(w, 0, 1499, rest);
	}
	assert_int_equal(t.outcome, PHONEBOOK_FOUND);
	assert_string_equal(t.ids, "e_998 e_999");
	assert_int_equal(t.total, 1500);
	assert_false(t.is_last);
	/* without the server's number, the received ones are counted */
	search(w, &(struct phonebook_request){ .offset = 999, .limit = 3 }, &t);
	for (int i = 0; i < 2; i++)
		page(w, 0, 1199, "");
	assert_int_equal(t.total, 1200);
	assert_false(t.is_last);
	search(w, &(struct phonebook_request){ .offset = 1000, .limit = 3 }, &t);
	for (int i = 0; i < 2; i++)
		page(w, 0, 1499, rest);
	assert_int_equal(t.outcome, PHONEBOOK_BAD_RESPONSE);
	assert_non_null(strstr(t.err.text, "only the first 1000 are read"));
	/* a server that gives the rest with the next page */
	search(w, &(struct phonebook_request){ .offset = 1000, .limit = 3 }, &t);
	page(w, 0, 1001, rest);
	has("<StartFromId>e_999</StartFromId>");
	page(w, 1000, 1001, "<IsLast>true</IsLast>");
	assert_string_equal(t.ids, "e_1000 e_1001");
	assert_int_equal(t.total, 1002);
	assert_true(t.is_last);
}

/* One page may be a megabyte; hundreds of them must not gather. */
static void answers_are_bounded_together(void **state)
{
	struct world *w = *state;
	struct told t;
	struct buf b;
	unsigned n = 0;
	search(w, &(struct phonebook_request){ .limit = 1000 }, &t);
	for (; !t.n_told; n++) {
		buf_init(&b, 1 << 20);
		buf_addf(&b, "<SearchResult><Entry><Id>e_%u</Id>", n);
		for (int i = 0; i < PHONEBOOK_ROUTES_MAX; i++)
			buf_addf(&b,
				 "<Route><DialString>%01000d</DialString><Description>%01000d</Description></"
				 "Route>",
				 i, i);
		buf_adds(&b, "</Entry></SearchResult>");
		played_status(asked(), 200, XML, buf_str(&b));
		buf_done(&b);
		assert_true(n < 200);
	}
	assert_int_equal(t.outcome, PHONEBOOK_BAD_RESPONSE);
	assert_int_equal(t.err.kind, ERR_FULL);
}

static void outcomes_are_never_confused(void **state)
{
	static const struct {
		enum err_kind kind;
		long code;
		int status;
		const char *body;
		enum phonebook_outcome outcome;
	} cases[] = {
		{ ERR_NET, 111, 0, "", PHONEBOOK_UNREACHABLE },
		{ ERR_DNS, 4, 0, "", PHONEBOOK_UNREACHABLE },
		{ ERR_TIMEOUT, 0, 0, "", PHONEBOOK_UNREACHABLE },
		{ ERR_TLS, 10, 0, "", PHONEBOOK_TLS_FAILED },
		{ ERR_DATE, 0, 0, "", PHONEBOOK_TLS_FAILED },
		{ ERR_FULL, 0, 0, "", PHONEBOOK_BAD_RESPONSE },
		{ ERR_NONE, 0, 401, "", PHONEBOOK_AUTH_FAILED },
		{ ERR_NONE, 0, 403, "<html/>", PHONEBOOK_AUTH_FAILED },
		{ ERR_NONE, 0, 404, "", PHONEBOOK_BAD_RESPONSE },
		{ ERR_NONE, 0, 302, "", PHONEBOOK_BAD_RESPONSE },
		{ ERR_NONE, 0, 503, "", PHONEBOOK_UNREACHABLE },
		{ ERR_NONE, 0, 500,
		  "<Envelope><Body><Fault><faultstring>Why</faultstring></Fault></Body></Envelope>",
		  PHONEBOOK_BAD_RESPONSE },
		{ ERR_NONE, 0, 200, "<html/>", PHONEBOOK_BAD_RESPONSE },
		{ ERR_NONE, 0, 200, "<SearchResult>", PHONEBOOK_BAD_RESPONSE },
		{ ERR_NONE, 0, 200, "", PHONEBOOK_BAD_RESPONSE },
		{ ERR_NONE, 0, 200, "<SearchResult/>", PHONEBOOK_NO_MATCH },
		{ ERR_NONE, 0, 200, "<SearchResult><FolderExists>false</FolderExists></SearchResult>",
		  PHONEBOOK_NO_MATCH },
	};
	struct world *w = *state;
	struct told t;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		search(w, &(struct phonebook_request){ .text = "a" }, &t);
		if (cases[i].kind != ERR_NONE)
			played_fails(asked(), cases[i].kind, cases[i].code, "played");
		else
			played_status(asked(), cases[i].status, XML, cases[i].body);
		assert_int_equal(t.n_told, 1);
		assert_string_equal(phonebook_outcome_name(t.outcome),
				    phonebook_outcome_name(cases[i].outcome));
		if (cases[i].kind == ERR_TLS)
			assert_int_equal(t.err.code, 10);
		loop_sim_advance(w->loop, 0);
	}
	configure(w, "127.0.0.1");
	search(w, &(struct phonebook_request){ .text = "a" }, &t);
	assert_int_equal(t.outcome, PHONEBOOK_NOT_CONFIGURED);
	assert_non_null(strstr(t.err.text, "127.0.0.1"));
}

static void a_deadline_frees_the_connection(void **state)
{
	struct world *w = *state;
	struct told t;
	search(w, &(struct phonebook_request){ .text = "slow" }, &t);
	loop_sim_advance(w->loop, 4999);
	assert_int_equal(t.n_told, 0);
	loop_sim_advance(w->loop, 1);
	assert_int_equal(t.n_told, 1);
	assert_int_equal(t.outcome, PHONEBOOK_UNREACHABLE);
	assert_false(played[0]->open);
}

/* A search goes on at another address of the server, and an address that let the time run out is left. */
static void every_address_has_its_turn(void **state)
{
	struct world *w = *state;
	struct told t;
	struct https_reply none = {
		.retry_after_s = -1, .verify_code = -1, .content_type = "", .body = "", .has_other_address = 1
	};
	search(w, &(struct phonebook_request){ .text = "a" }, &t);
	err_set(&none.err, ERR_TLS, 0, "the certificate is refused");
	played_reply(asked(), &none);
	assert_int_equal(t.n_told, 0);
	struct https_endpoint *p = asked();
	loop_sim_advance(w->loop, PHONEBOOK_DEADLINE_MS / 4);
	page(w, 1, 1, "");
	assert_int_equal(t.outcome, PHONEBOOK_FOUND);

	search(w, &(struct phonebook_request){ .text = "b" }, &t);
	loop_sim_advance(w->loop, PHONEBOOK_DEADLINE_MS + 1);
	assert_int_equal(t.outcome, PHONEBOOK_UNREACHABLE);
	assert_int_equal(p->abandoned, 1);

	/* The second address had not its share of the time. */
	search(w, &(struct phonebook_request){ .text = "c" }, &t);
	loop_sim_advance(w->loop, PHONEBOOK_DEADLINE_MS / 2 + 1);
	played_reply(asked(), &none);
	loop_sim_advance(w->loop, PHONEBOOK_DEADLINE_MS / 2);
	assert_int_equal(t.outcome, PHONEBOOK_UNREACHABLE);
	assert_int_equal(p->abandoned, 1);
	assert_int_equal(p->open, 0);
}

static void many_at_once(void **state)
{
	struct world *w = *state;
	struct told t[PHONEBOOK_SEARCHES_MAX + 1];
	struct phonebook_search *s[PHONEBOOK_SEARCHES_MAX], *none;
	struct err e;
	for (int i = 0; i < PHONEBOOK_SEARCHES_MAX; i++) {
		memset(&t[i], 0, sizeof t[i]);
		char text[16];
		snprintf(text, sizeof text, "t%d", i);
		assert_int_equal(phonebook_search(w->book, &(struct phonebook_request){ .text = text }, told,
						  &t[i], &s[i], &e),
				 0);
	}
	assert_int_equal(phonebook_search(w->book, &(struct phonebook_request){ .text = "x" }, told, &t[64],
					  &none, &e),
			 -1);
	assert_int_equal(e.kind, ERR_FULL);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(played_count(), 4);
	/* Sessions leave: one whose search is under way, one that waits. */
	phonebook_cancel(s[0]);
	phonebook_cancel(s[63]);
	loop_sim_advance(w->loop, 0);
	int answered = 0;
	for (int turn = 0; turn < 100; turn++) {
		for (size_t i = 0; i < played_n; i++)
			if (played[i] && played[i]->open)
				played_status(played[i], 200, XML,
					      "<SearchResult><Entry><Id>e_1</Id></Entry><IsLast>true</"
					      "IsLast></SearchResult>");
		loop_sim_advance(w->loop, 0);
	}
	for (int i = 0; i < PHONEBOOK_SEARCHES_MAX; i++)
		answered += t[i].n_told;
	assert_int_equal(answered, PHONEBOOK_SEARCHES_MAX - 2);
	assert_int_equal(t[0].n_told + t[63].n_told, 0);
	assert_int_equal(played_count(), 4);
}

static void played_again(struct world *w, const struct phonebook_request *r, int status, const char *body,
			 struct told *t)
{
	search(w, r, t);
	played_status(asked(), status, XML, body);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(t->n_told, 1);
}

static void old_answers_only_where_asked_for(void **state)
{
	struct world *w = *state;
	struct told t;
	const struct phonebook_request plain = { .text = "a" }, lenient = { .text = "a", .may_be_old = 1 };
	search(w, &lenient, &t);
	played_fails(asked(), ERR_NET, 0, "nobody there");
	assert_int_equal(t.outcome, PHONEBOOK_UNREACHABLE);
	assert_int_equal(t.n, 0);
	assert_int_equal(t.age_s, -1); /* nothing is remembered yet */
	search(w, &plain, &t);
	page(w, 1, 2, "<IsLast>true</IsLast>");
	loop_sim_advance(w->loop, 90000);
	search(w, &plain, &t);
	played_fails(asked(), ERR_NET, 0, "nobody there");
	assert_int_equal(t.n, 0);
	search(w, &lenient, &t);
	played_fails(asked(), ERR_NET, 0, "nobody there");
	assert_int_equal(t.outcome, PHONEBOOK_UNREACHABLE);
	assert_string_equal(t.ids, "e_1 e_2");
	assert_int_equal(t.age_s, 90);
	played_again(w, &lenient, 401, "", &t); /* whatever the failure is */
	assert_int_equal(t.outcome, PHONEBOOK_AUTH_FAILED);
	assert_string_equal(t.ids, "e_1 e_2");
	played_again(w, &lenient, 200, "<html/>", &t);
	assert_int_equal(t.outcome, PHONEBOOK_BAD_RESPONSE);
	assert_string_equal(t.ids, "e_1 e_2");
	/* That the folder is gone is an answer, and no failure. */
	played_again(w, &lenient, 200, "<SearchResult><FolderExists>false</FolderExists></SearchResult>", &t);
	assert_int_equal(t.outcome, PHONEBOOK_NO_MATCH);
	assert_int_equal(t.n, 0);
	assert_int_equal(t.age_s, -1);
	search(w, &lenient, &t); /* a fresh one is better */
	page(w, 7, 7, "<IsLast>true</IsLast>");
	assert_string_equal(t.ids, "e_7");
	assert_int_equal(t.age_s, -1);
	/* Another server's book is another book. */
	configure(w, "https://other.test/");
	search(w, &lenient, &t);
	played_fails(asked(), ERR_NET, 0, "nobody there");
	assert_int_equal(t.age_s, -1);
	for (int i = 0; i < 40; i++) { /* and only so many are remembered */
		char text[8];
		snprintf(text, sizeof text, "q%d", i);
		search(w, &(struct phonebook_request){ .text = text }, &t);
		page(w, 1, 49, "<IsLast>true</IsLast>");
	}
	search(w, &(struct phonebook_request){ .text = "q0", .may_be_old = 1 }, &t);
	played_fails(asked(), ERR_NET, 0, "nobody there");
	assert_int_equal(t.age_s, -1);
	search(w, &(struct phonebook_request){ .text = "q39", .may_be_old = 1 }, &t);
	played_fails(asked(), ERR_NET, 0, "nobody there");
	assert_int_equal(t.age_s, 0);
}

/* What differs in anything that is asked for has another answer. */
static void an_old_answer_is_to_the_same_question(void **state)
{
	static const struct phonebook_request rows[] = {
		{ .text = "a" },
		{ .text = "b" },
		{ .starts_with = "a" },
		{ .text = "a", .starts_with = "a" },
		{ .text = "a", .folder = "f" },
		{ .text = "a", .folder = "f", .list_only = 1 },
		{ .text = "a", .kind = PHONEBOOK_FOLDERS },
		{ .text = "a", .offset = 1 },
		{ .text = "a", .limit = 7 },
	};
	enum { N = sizeof rows / sizeof *rows };
	struct world *w = *state;
	struct told t;
	char ids[N][sizeof t.ids];
	for (int i = 0; i < N; i++) {
		search(w, &rows[i], &t);
		page(w, 10 * i + 1, 10 * i + 2, "<IsLast>true</IsLast>");
		memcpy(ids[i], t.ids, sizeof t.ids);
	}
	for (int i = 0; i < N; i++) {
		struct phonebook_request lenient = rows[i];
		lenient.may_be_old = 1;
		search(w, &lenient, &t);
		played_fails(asked(), ERR_NET, 0, "nobody there");
		assert_int_equal(t.age_s, 0);
		assert_string_equal(t.ids, ids[i]);
	}
}

/* Of yesterday's answer nobody makes a call. */
static void an_answer_is_forgotten_after_a_day(void **state)
{
	struct world *w = *state;
	struct told t;
	const struct phonebook_request lenient = { .text = "a", .may_be_old = 1 };
	search(w, &lenient, &t);
	page(w, 1, 2, "<IsLast>true</IsLast>");
	loop_sim_advance(w->loop, 24 * 3600 * 1000);
	search(w, &lenient, &t);
	played_fails(asked(), ERR_NET, 0, "nobody there");
	assert_string_equal(t.ids, "e_1 e_2");
	assert_int_equal(t.age_s, 24 * 3600);
	loop_sim_advance(w->loop, 1);
	search(w, &lenient, &t);
	played_fails(asked(), ERR_NET, 0, "nobody there");
	assert_int_equal(t.n, 0);
	assert_int_equal(t.age_s, -1);
}

static void remember(struct cache *c, const char *key, int64_t at_ms, size_t bytes)
{
	struct cache_answer r = { .at_ms = at_ms, .bytes = bytes };
	cache_put(c, key, &r);
}

/* Few and large answers have a bound as many small ones have. */
static void the_cache_is_bounded_in_bytes(void **state)
{
	(void)state;
	struct cache c = { .places = { { .key = NULL } } };
	remember(&c, "a", 1, CACHE_BYTES_MAX / 2);
	remember(&c, "b", 2, CACHE_BYTES_MAX / 2);
	assert_non_null(cache_get(&c, "a", 3));
	assert_non_null(cache_get(&c, "b", 3));
	remember(&c, "b", 3, CACHE_BYTES_MAX / 2); /* in its own place */
	assert_non_null(cache_get(&c, "a", 3));
	remember(&c, "c", 4, 1);
	assert_null(cache_get(&c, "a", 5)); /* the oldest goes */
	assert_non_null(cache_get(&c, "b", 5));
	assert_non_null(cache_get(&c, "c", 5));
	cache_clear(&c);
}

static void pages_have_a_bound(void **state)
{
	struct world *w = *state;
	struct told t;
	int n = 0;
	search(w, &(struct phonebook_request){ .limit = 1, .offset = 60000 }, &t);
	for (; !t.n_told && n < 2000; n++)
		page(w, n, n, "");
	assert_int_equal(n, 701);
	assert_int_equal(t.outcome, PHONEBOOK_BAD_RESPONSE);
	assert_string_equal(t.err.text, "the phone book has more than 700 pages");
}

static void another_server_in_the_middle(void **state)
{
	struct world *w = *state;
	struct told t;
	search(w, &(struct phonebook_request){ .text = "n", .limit = 200 }, &t);
	page(w, 1, 100, "");
	configure(w, "https://other.test/");
	loop_sim_advance(w->loop, 0);
	assert_string_equal(asked()->url, "https://other.test/");
	assert_null(strstr(asked()->body, "StartFromId"));
	page(w, 1, 2, "<IsLast>true</IsLast>");
	assert_string_equal(t.ids, "e_1 e_2");
}

static void books_and_kinds(void **state)
{
	struct world *w = *state;
	struct told t;
	search(w, &(struct phonebook_request){ .kind = PHONEBOOK_FOLDERS }, &t);
	has("<GetPhonebooks>");
	played_status(asked(), 200, XML,
		      "<GetPhonebooksResult><Catalog><Name>One</Name><Id>c_1</Id><Entry><Id>e_1</Id></"
		      "Entry></Catalog>"
		      "<Catalog><Id>c_2</Id></Catalog><IsLast>false</IsLast></GetPhonebooksResult>");
	assert_string_equal(t.ids, "c_1 c_2");
	loop_sim_advance(w->loop, 0);
	/* Who does not know GetPhonebooks is searched, once. */
	search(w, &(struct phonebook_request){ .kind = PHONEBOOK_FOLDERS, .limit = 5 }, &t);
	has("<GetPhonebooks>");
	played_status(asked(), 404, "text/html", "Not found");
	has("<SearchPath/>");
	played_status(
		asked(), 200, XML,
		"<SearchResult><Catalog><Id>c_3</Id></Catalog><Entry><Id>e_1</Id></Entry><IsLast>1</IsLast>"
		"</SearchResult>");
	assert_string_equal(t.ids, "c_3");
	loop_sim_advance(w->loop, 0);
	search(w, &(struct phonebook_request){ .kind = PHONEBOOK_FOLDERS, .limit = 5 }, &t);
	played_status(asked(), 404, "text/html", "Not found");
	played_status(asked(), 404, "text/html", "Not found");
	assert_int_equal(t.outcome, PHONEBOOK_BAD_RESPONSE);
	loop_sim_advance(w->loop, 0);
	search(w, &(struct phonebook_request){ .kind = PHONEBOOK_CONTACTS, .text = "o" }, &t);
	played_status(asked(), 200, XML,
		      "<SearchResult><Catalog><Id>c_1</Id></Catalog><Entry><Id>e_1</Id></Entry>"
		      "<IsLast>1</IsLast></SearchResult>");
	assert_string_equal(t.ids, "e_1");
}

/* What was asked for is the search's own: whoever asked may do anything with his texts. */
static void texts_are_copied(void **state)
{
	struct world *w = *state;
	struct told t;
	char text[] = "anywhere", start[] = "beginning", folder[] = "e_folder";
	search(w,
	       &(struct phonebook_request){
		       .text = text, .starts_with = start, .folder = folder, .limit = 200 },
	       &t);
	memset(text, 'x', strlen(text));
	memset(start, 'y', strlen(start));
	memset(folder, 'z', strlen(folder));
	page(w, 1, 100, "");
	has("anywhere");
	has("beginning");
	has("e_folder");
}

static void credentials_go_to_the_manager_only(void **state)
{
	struct world *w = *state;
	struct told t;
	snprintf(w->settings.provisioning.login_name, sizeof w->settings.provisioning.login_name, "me");
	snprintf(w->settings.provisioning.password, sizeof w->settings.provisioning.password, "hush");
	/* Host and port, as written or by default; neither a name below nor another port is the same. */
	static const struct {
		const char *manager, *book;
		int same;
	} rows[] = {
		{ "elsewhere.test", "https://book.test/x", 0 },
		{ "book.test", "https://book.test/x", 1 },
		{ "book.test", "https://book.test:8443/x", 0 },
		{ "book.test:8443", "https://book.test/x", 0 },
		{ "book.test:8443", "https://book.test:8443/x", 1 },
		{ "BOOK.test:443", "https://book.test/x", 1 },
		{ "book.test", "https://sub.book.test/x", 0 },
		{ "", "https://book.test/x", 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(w->settings.provisioning.address, sizeof w->settings.provisioning.address, "%s",
			 rows[i].manager);
		configure(w, rows[i].book);
		if (!i)
			search(w, &(struct phonebook_request){ .text = "a" }, &t);
		loop_sim_advance(w->loop, 0);
		assert_string_equal(asked()->url, rows[i].book);
		assert_string_equal(asked()->user, rows[i].same ? "me" : "");
		assert_string_equal(asked()->password, rows[i].same ? "hush" : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pages_until_done, setup, teardown),
		cmocka_unit_test_setup_teardown(a_server_may_ignore_limits_and_ranges, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_page_that_marks_its_end, setup, teardown),
		cmocka_unit_test_setup_teardown(entries_seen_before_end_the_book, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_repetition, setup, teardown),
		cmocka_unit_test_setup_teardown(endless_pages_meet_the_deadline, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_not_read_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_are_bounded_together, setup, teardown),
		cmocka_unit_test_setup_teardown(outcomes_are_never_confused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_deadline_frees_the_connection, setup, teardown),
		cmocka_unit_test_setup_teardown(every_address_has_its_turn, setup, teardown),
		cmocka_unit_test_setup_teardown(many_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(old_answers_only_where_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(an_old_answer_is_to_the_same_question, setup, teardown),
		cmocka_unit_test_setup_teardown(an_answer_is_forgotten_after_a_day, setup, teardown),
		cmocka_unit_test(the_cache_is_bounded_in_bytes),
		cmocka_unit_test_setup_teardown(pages_have_a_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(another_server_in_the_middle, setup, teardown),
		cmocka_unit_test_setup_teardown(books_and_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(texts_are_copied, setup, teardown),
		cmocka_unit_test_setup_teardown(credentials_go_to_the_manager_only, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
