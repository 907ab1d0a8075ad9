/* SPDX-License-Identifier: MIT */
/* Tables of status leaves: rows are read into a document, for each item of their lists. */
#include "status/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* Slots 1 and 3 are there, the first with two expressions, the third with one. */
static int url(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	++*(int *)arg;
	return item[0] == 1 ? status_text(ret, "https://a/") : item[0] == 3 ? status_text(ret, "") : 0;
}

static int expression(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg;
	unsigned n = item[0] == 1 ? 2 : item[0] == 3;
	return item[1] > n ? -1 : status_count(ret, item[0] * 10 + item[1]);
}

/* A list without an upper bound, whose second item has no value. */
static int host(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg;
	return item[0] > 3 ? -1 : item[0] == 2 ? 0 : status_text(ret, "host");
}

static int truth(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg, (void)item;
	return status_truth(ret, 1);
}

static const struct status_row rows[] = {
	{ "Slot[1..4] URL", STATUS_TEXT, STATUS_ANY_TEXT, "Where.", url, 0 },
	{ "Slot[1..4] Expression[1..15]", STATUS_GAUGE, STATUS_ANY_NUMBER, "What.", expression, 0 },
	{ "Security Server[1..n] Host", STATUS_TEXT, STATUS_ANY_TEXT, "Whose.", host, 0 },
	{ "Network[1] Up", STATUS_TEXT, SCHEMA_LIT("False/True"), "Whether.", truth, 1 },
	{ .path = NULL },
};

static void expect(const char *prefix, enum status_which which, const char *wanted)
{
	int calls = 0;
	struct buf b;
	struct doc *d = doc_new("Status");
	buf_init(&b, 4096);
	status_read(&(struct status_table){ rows, &calls }, prefix, which, d);
	doc_print_terminal(d, "*s", 0, &b);
	assert_string_equal(buf_str(&b), wanted);
	buf_done(&b);
	doc_free(d);
}

static void all_rows_are_read_for_all_items(void **state)
{
	(void)state;
	expect("", STATUS_ALL,
	       "*s Network 1 Up: True\n"
	       "*s Security Server 1 Host: \"host\"\n"
	       "*s Security Server 3 Host: \"host\"\n"
	       "*s Slot 1 Expression 1: 11\n"
	       "*s Slot 1 Expression 2: 12\n"
	       "*s Slot 1 URL: \"https://a/\"\n"
	       "*s Slot 3 Expression 1: 31\n"
	       "*s Slot 3 URL: \"\"\n");
}

static void rows_are_chosen(void **state)
{
	(void)state;
	expect("", STATUS_PUBLISHED, "*s Network 1 Up: True\n");
	expect("Security", STATUS_ALL,
	       "*s Security Server 1 Host: \"host\"\n*s Security Server 3 Host: \"host\"\n");
	expect("Security", STATUS_PUBLISHED, "");
	expect("Nothing", STATUS_ALL, "");
}

static void a_vacant_item_does_not_end_its_list(void **state)
{
	(void)state;
	int calls = 0;
	struct doc *d = doc_new("Status");
	status_read(&(struct status_table){ rows, &calls }, "Slot[1..4] URL", STATUS_ALL, d);
	assert_int_equal(calls, 4);
	assert_null(doc_get(d, "Slot[2]"));
	assert_non_null(doc_get(d, "Slot[3]/URL"));
	doc_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_rows_are_read_for_all_items),
		cmocka_unit_test(rows_are_chosen),
		cmocka_unit_test(a_vacant_item_does_not_end_its_list),
	};
	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
