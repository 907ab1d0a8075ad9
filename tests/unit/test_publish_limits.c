/* SPDX-License-Identifier: MIT */
/* How much status may be published, by one user and by all: what does not fit is refused whole, and what went
 * makes room. */
#include "wire/xml.h"

#include "world_agent.h"

enum { ALICE = 64001, BOB = 64002, ALL = 50000, ONE = 25000, BYTES_ALL = 4 << 20, BYTES_ONE = 2 << 20 };

static int setup(void **state)
{
	*state = world_new();
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static int give(struct world *w, uid_t uid, struct doc *d, struct err *e)
{
	int r = agent_publish(w->agent, &(struct agent_publication){ .change = d, .uid = uid }, e);
	loop_sim_advance(w->loop, 0);
	return r;
}

/* <Status><name item=from><V>value</V></name>...: two nodes for each of n items. */
static struct doc *items(const char *name, uint32_t from, uint32_t n, const char *value)
{
	struct doc *d = doc_new("Status");
	for (uint32_t i = 0; i < n; i++)
		doc_add_value(doc_add(d, name, from + i), "V", DOC_STRING, value);
	return d;
}

static int is_there(struct world *w, const char *path)
{
	return doc_get(w->agent->status, path) != NULL;
}

/* Other things than users' are there: some leaves of the agent's own. */
enum { SLACK = 400 };

static void one_user_may_publish_half(void **state)
{
	struct world *w = *state;
	struct err e;
	for (uint32_t i = 0; i < 12; i++)
		assert_int_equal(give(w, ALICE, items("A", 1 + i * 1000, 1000, "x"), &e), 0);
	assert_int_equal(give(w, ALICE, items("A", 12001, 501, "x"), &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
	assert_non_null(
		strstr(e.text, "uid 64001 has published as much status as one user may: 25000 nodes"));
	assert_false(is_there(w, "A[12001]")); /* nothing of it */
	/* What is known may change, even to something longer, and an event goes as ever. */
	assert_int_equal(give(w, ALICE, items("A", 1, 100, "changed"), &e), 0);
	assert_string_equal(doc_text(w->agent->status, "A[7]/V", ""), "changed");
	struct doc *event = doc_new("Event");
	doc_add_value(doc_add(event, "B", 0), "C", DOC_STRING, "x");
	assert_int_equal(give(w, ALICE, event, &e), 0);
	/* Others have room. */
	for (uint32_t i = 0; i < 12; i++)
		assert_int_equal(give(w, BOB, items("B", 1 + i * 1000, 1000, "x"), &e), 0);
	assert_int_equal(give(w, 0, items("Root", 1, (ALL - 48000 - SLACK) / 2, "x"), &e), 0);
	/* Until it is full for all, but not for what the agent tells of itself. */
	assert_int_equal(give(w, 0, items("More", 1, SLACK, "x"), &e), -1);
	assert_non_null(strstr(e.text, "the published status is full"));
	assert_int_equal(give(w, 64003, items("More", 1, SLACK, "x"), &e), -1);
	assert_false(is_there(w, "More"));
	assert_int_equal(give(w, AGENT_ITSELF, items("Own", 1, SLACK, "x"), &e), 0);
}

/* Root is bounded by what all may have, and by nothing else. */
static void root_may_publish_nearly_all(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(give(w, 0, items("A", 1, (ALL - SLACK) / 2, "x"), &e), 0);
	assert_int_equal(give(w, 0, items("B", 1, SLACK, "x"), &e), -1);
	assert_non_null(strstr(e.text, "the published status is full"));
	assert_int_equal(give(w, ALICE, items("B", 1, SLACK, "x"), &e), -1);
	assert_non_null(strstr(e.text, "the published status is full"));
}

static void what_goes_makes_room(void **state)
{
	struct world *w = *state;
	struct err e;
	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < 12; i++)
			assert_int_equal(give(w, ALICE, items("A", 1 + i * 1000, 1000, "x"), &e), 0);
		assert_int_equal(give(w, ALICE, items("A", 12001, 1000, "x"), &e), -1);
		struct doc *gone = doc_new("Status");
		for (uint32_t i = 1; i <= 12000; i++)
			doc_add(gone, "A", i)->ghost = 1;
		assert_int_equal(give(w, round % 2 ? ALICE : BOB, gone, &e), 0); /* whoever takes it away */
		assert_false(is_there(w, "A"));
	}
}

static void long_values_count(void **state)
{
	struct world *w = *state;
	struct err e;
	char *value = mem_new(500001);
	memset(value, 'v', 500000);
	for (uint32_t i = 1; i <= 4; i++)
		assert_int_equal(give(w, ALICE, items("A", i, 1, value), &e), 0);
	assert_int_equal(give(w, ALICE, items("A", 5, 1, value), &e), -1);
	assert_non_null(strstr(e.text, "2097152 bytes"));
	assert_int_equal(give(w, ALICE, items("A", 1, 4, value), &e), 0); /* the same again */
	/* Who lengthens another's value has the whole of it on himself. */
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(give(w, BOB, items("B", i + 1, 1, "x"), &e), 0);
	assert_int_equal(give(w, 64003, items("B", 1, 4, value), &e), 0);
	assert_int_equal(give(w, 64003, items("B", 5, 1, value), &e), -1);
	assert_non_null(strstr(e.text, "uid 64003"));
	value[100000] = '\0';
	assert_int_equal(give(w, BOB, items("B", 50, 1, value), &e), 0);
	assert_int_equal(give(w, 0, items("C", 1, 3, value), &e), -1);
	assert_non_null(
		strstr(e.text, "the published status is full: it may have 50000 nodes and 4194304 bytes"));
	free(value);
}

static void attributes_count(void **state)
{
	struct world *w = *state;
	struct err e;
	int r = 0;
	uint32_t i = 0;
	for (; i < 100 && r == 0; i++) {
		struct doc *d = doc_new("Status"), *a = doc_add_value(d, "A", DOC_STRING, "x");
		for (int n = 0; n < 1000; n++) {
			char name[40];
			snprintf(name, sizeof name, "n%u-%d", (unsigned)i, n);
			doc_set_attr(a, name, "x");
		}
		r = give(w, ALICE, d, &e);
	}
	assert_int_equal(r, -1);
	assert_in_range(i, 24, 26);
}

/* A tree of words is measured as it is merged: by places, whatever the order, with and without items. */
static void growth_is_what_a_merge_adds(void **state)
{
	static const struct {
		const char *into, *news;
		size_t nodes, bytes;
	} cases[] = {
		{ "<S/>", "<S><A>1</A></S>", 1, 2 },
		{ "<S><A>1</A></S>", "<S><A>1</A></S>", 0, 0 },
		{ "<S><A>1</A></S>", "<S><A item=\"1\">123</A></S>", 0, 2 },
		{ "<S><A>123</A></S>", "<S><A>1</A></S>", 0, 0 },
		{ "<S><B>1</B><A>1</A></S>", "<S><C>1</C><B>2</B><A>3</A></S>", 1, 2 },
		{ "<S><A item=\"2\"><B>1</B></A></S>",
		  "<S><A item=\"1\"><B>1</B></A><A item=\"2\"><C>1</C></A></S>", 3, 5 },
		{ "<S><A/></S>", "<S><A ghost=\"True\"/><B ghost=\"True\"><C>1</C></B></S>", 0, 0 },
		{ "<S><A e=\"x\">1</A></S>", "<S><A e=\"xyz\" f=\"1\">1</A></S>", 1, 4 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct doc *into, *news;
		struct err e;
		assert_int_equal(xml_parse(cases[i].into, strlen(cases[i].into), NULL, &into, &e), 0);
		assert_int_equal(xml_parse(cases[i].news, strlen(cases[i].news), NULL, &news, &e), 0);
		struct doc_size g = doc_merge_growth(into, news);
		if (g.nodes != cases[i].nodes || g.bytes != cases[i].bytes)
			fail_msg("%s into %s: %zu nodes, %zu bytes", cases[i].news, cases[i].into, g.nodes,
				 g.bytes);
		doc_free(doc_merge(into, news));
		g = doc_merge_growth(into, news);
		assert_int_equal(g.nodes + g.bytes, 0);
		doc_free(into);
		doc_free(news);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_user_may_publish_half), TEST(root_may_publish_nearly_all),
		TEST(what_goes_makes_room),      TEST(long_values_count),
		TEST(attributes_count),          cmocka_unit_test(growth_is_what_a_merge_adds),
	};
	return cmocka_run_group_tests_name("publish_limits", tests, NULL, NULL);
}
