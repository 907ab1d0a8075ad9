/* SPDX-License-Identifier: MIT */
/* Tables of status leaves: rows are read into a document, for each item of their lists. */
#include "status/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

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

/* Metrics are numbers, words out of a few, and what identifies the item; of item 2 there is none. */
static int number(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg;
	return item[0] > 2 ? -1 : status_count(ret, item[0] == 1 ? 3 : 0);
}

static int name_of(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg;
	return item[0] > 2 ? -1 : status_text(ret, item[0] == 1 ? "CN=\"A\", \\O" : "b\nc");
}

static int word(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg, (void)item;
	return status_text(ret, "Floor");
}

static int on_off(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg;
	return item[0] > 3 ? -1 : item[0] == 2 ? 0 : status_text(ret, item[0] == 1 ? "On" : "Off");
}

static const struct status_row measured[] = {
	{ "Security Expiring[1..n] DaysLeft", STATUS_DAYS, STATUS_ANY_NUMBER, "Days.", number, 0 },
	{ "Security Expiring[1..n] Name", STATUS_LABEL, STATUS_ANY_TEXT, "Whose.", name_of, 0 },
	{ "SystemUnit LastEventAge", STATUS_SECONDS, STATUS_ANY_NUMBER, "Age.", number, 0 },
	{ "HttpFeedback[1..4] Queue Count", STATUS_GAUGE, STATUS_ANY_NUMBER, "Posts.", number, 0 },
	{ "Security Certificates CA Count", STATUS_COUNTER, STATUS_ANY_NUMBER, "Roots.", number, 0 },
	{ "Security Server[1..n] Verification", STATUS_TEXT, SCHEMA_LIT("Off/On"), "Whether.", on_off, 0 },
	{ "Time State", STATUS_TEXT, SCHEMA_LIT("Unknown/Floor"), "State.", word, 0 },
	{ "Time Server", STATUS_TEXT, STATUS_ANY_TEXT, "Text.", word, 0 },
	{ .path = NULL },
};

static void metrics_have_prometheus_names_units_and_labels(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 8192);
	metrics_write(&(struct status_table){ measured, NULL }, 1, &b);
	assert_string_equal(buf_str(&b),
			    "# HELP sealpost_security_expiring_left_seconds Days.\n"
			    "# TYPE sealpost_security_expiring_left_seconds gauge\n"
			    "sealpost_security_expiring_left_seconds{expiring=\"1\",name=\"CN=\\\"A\\\", "
			    "\\\\O\"} 259200\n"
			    "sealpost_security_expiring_left_seconds{expiring=\"2\",name=\"b\\nc\"} 0\n"
			    "# HELP sealpost_system_unit_last_event_age_seconds Age.\n"
			    "# TYPE sealpost_system_unit_last_event_age_seconds gauge\n"
			    "sealpost_system_unit_last_event_age_seconds 0\n"
			    "# HELP sealpost_http_feedback_queue_items Posts.\n"
			    "# TYPE sealpost_http_feedback_queue_items gauge\n"
			    "sealpost_http_feedback_queue_items{http_feedback=\"1\"} 3\n"
			    "sealpost_http_feedback_queue_items{http_feedback=\"2\"} 0\n"
			    "# HELP sealpost_security_certificates_ca_items_total Roots.\n"
			    "# TYPE sealpost_security_certificates_ca_items_total counter\n"
			    "sealpost_security_certificates_ca_items_total 0\n"
			    "# HELP sealpost_security_server_verification Whether.\n"
			    "# TYPE sealpost_security_server_verification gauge\n"
			    "sealpost_security_server_verification{server=\"1\"} 1\n"
			    "sealpost_security_server_verification{server=\"3\"} 0\n"
			    "# HELP sealpost_time_state State.\n"
			    "# TYPE sealpost_time_state gauge\n"
			    "sealpost_time_state{state=\"Unknown\"} 0\n"
			    "sealpost_time_state{state=\"Floor\"} 1\n");
	buf_done(&b);
}

/* A certificate's subject may be as long as its owner likes. */
static int long_name(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)arg;
	for (int i = 0; item[0] == 1 && i < 8000; i++)
		buf_addc(ret, '"');
	return item[0] > 1 ? -1 : 1;
}

static const struct status_row with_long_names[] = {
	{ "Security Expiring[1..n] DaysLeft", STATUS_DAYS, STATUS_ANY_NUMBER, "Days.", number, 0 },
	{ "Security Expiring[1..n] Name", STATUS_LABEL, STATUS_ANY_TEXT, "Whose.", long_name, 0 },
	{ "Security Expiring[1..n] A", STATUS_LABEL, STATUS_ANY_TEXT, "Whose.", long_name, 0 },
	{ "Security Expiring[1..n] B", STATUS_LABEL, STATUS_ANY_TEXT, "Whose.", long_name, 0 },
	{ "Security Expiring[1..n] C", STATUS_LABEL, STATUS_ANY_TEXT, "Whose.", long_name, 0 },
	{ .path = NULL },
};

static void labels_stand_whole_or_not_at_all(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	metrics_write(&(struct status_table){ with_long_names, NULL }, 1, &b);
	size_t quotes = 0;
	const char *first = strstr(buf_str(&b), "sealpost_security_expiring_left_seconds{");
	assert_non_null(first);
	for (const char *s = first; *s != '\n'; s++)
		quotes += *s == '"';
	assert_int_equal(quotes, 4 * 8000 + 2 * 5);
	assert_non_null(strstr(first, "\"} 259200\n"));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_rows_are_read_for_all_items),
		cmocka_unit_test(rows_are_chosen),
		cmocka_unit_test(a_vacant_item_does_not_end_its_list),
		cmocka_unit_test(labels_stand_whole_or_not_at_all),
		cmocka_unit_test(metrics_have_prometheus_names_units_and_labels),
	};
	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
