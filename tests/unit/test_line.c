/* SPDX-License-Identifier: MIT */
/* The grammar of a typed line. */
#include "command/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct line parsed(const char *text)
{
	struct line l;
	struct err e;
	if (line_parse(text, strlen(text), &l, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	return l;
}

static void refused(const char *text, size_t len, const char *why)
{
	struct line l;
	struct err e;
	assert_int_equal(line_parse(text, len, &l, &e), -1);
	assert_null(l.text);
	assert_int_equal(e.kind, ERR_INPUT);
	if (!strstr(e.text, why))
		fail_msg("%s: expected \"%s\" in \"%s\"", text, why, e.text);
}

static void verb_and_rest(void **state)
{
	(void)state;
	static const struct {
		const char *text, *verb, *rest;
		enum line_ask ask;
	} cases[] = {
		{ "", "", "", LINE_DO },
		{ "   ", "", "", LINE_DO },
		{ "xStatus", "xStatus", "", LINE_DO },
		{ "  xstatus \t Audio  Volume ", "xstatus", "Audio  Volume", LINE_DO },
		{ "xConfiguration // Name ?", "xConfiguration", "// Name", LINE_HELP },
		{ "xConfiguration ??", "xConfiguration", "", LINE_HELP_ALL },
		{ "xconfiguration//out//hdmi", "xconfiguration", "//out//hdmi", LINE_DO },
		{ " xconfiguration/Audio ?", "xconfiguration", "/Audio", LINE_HELP },
		{ "/bin/sh -c", "/bin/sh", "-c", LINE_DO },
		{ "?", "", "", LINE_HELP },
		{ "??", "", "", LINE_HELP_ALL },
		{ "xStatus ???", "xStatus", "???", LINE_DO },
		{ "xStatus a?", "xStatus", "a?", LINE_DO },
		{ "xCommand A Text: \"?\"", "xCommand", "A Text: \"?\"", LINE_DO },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct line l = parsed(cases[i].text);
		assert_string_equal(l.verb, cases[i].verb);
		assert_string_equal(l.rest, cases[i].rest);
		assert_int_equal(l.ask, cases[i].ask);
		assert_null(l.result_id);
		line_done(&l);
	}
}

static void tag(void **state)
{
	(void)state;
	static const struct {
		const char *text, *rest, *id;
	} cases[] = {
		{ "xStatus Audio | resultId=\"my tag\"", "Audio", "my tag" },
		{ "xStatus Audio|RESULTID = 7", "Audio", "7" },
		{ "xStatus | resultId=\"\"", "", "" },
		{ "xStatus | resultId=\"a\\\"b\"", "", "a\"b" },
		{ "xConfiguration SystemUnit Name: a | b", "SystemUnit Name: a | b", NULL },
		{ "xConfiguration SystemUnit Name: \"x | resultId=1\"", "SystemUnit Name: \"x | resultId=1\"",
		  NULL },
		{ "xConfiguration SystemUnit Name: \"x\" | resultId=\"2\"", "SystemUnit Name: \"x\"", "2" },
		{ "xStatus | resultId=1 2", "| resultId=1 2", NULL },
		{ "xStatus Audio ? | resultId=\"3\"", "Audio", "3" },
		{ "xStatus | resultId=\xe2\x80\x9dmy tag\xe2\x80\x9d", "", "my tag" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct line l = parsed(cases[i].text);
		assert_string_equal(l.rest, cases[i].rest);
		if (cases[i].id)
			assert_string_equal(l.result_id, cases[i].id);
		else
			assert_null(l.result_id);
		line_done(&l);
	}
}

static void bad_lines(void **state)
{
	(void)state;
	refused("xStatus \x01", 9, "column 9");
	refused("xStatus \xff", 9, "0xff");
	refused("ab\0cd", 5, "column 3");
	refused("xConfiguration A: \"open", 23, "column 19: the quote is never closed");
	refused("x\xc3", 2, "column 2"); /* half of a character, whatever stands behind the line in memory */
	refused("x\xc3\xa9", 2, "column 2");
}

static void settings(void **state)
{
	(void)state;
	static const struct {
		const char *rest, *path, *value;
	} cases[] = {
		{ "SystemUnit Name", "SystemUnit Name", NULL },
		{ "SystemUnit Name:", "SystemUnit Name", "" },
		{ "SystemUnit Name: \"\"", "SystemUnit Name", "" },
		{ "SystemUnit Name :   Room  4 ", "SystemUnit Name", "Room  4" },
		{ "SystemUnit Name: \"Room \\\"4\\\" \\\\ \\n\"", "SystemUnit Name", "Room \"4\" \\ \n" },
		{ "SystemUnit Name: \"C:\\Data\"", "SystemUnit Name", "C:\\Data" },
		{ "SystemUnit Name: \"\\u00e5\\u20ac\\ud83d\\ude00\"", "SystemUnit Name",
		  "\xc3\xa5\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "SystemUnit Name: \"\\ud83d \\u0000 \\u12\"", "SystemUnit Name", "\\ud83d \\u0000 \\u12" },
		{ "A: it's \"half\" quoted", "A", "it's \"half\" quoted" },
		{ "Phonebook Server 1 URL: https://a:443/b", "Phonebook Server 1 URL", "https://a:443/b" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[200] = "xConfiguration ", *path, *value;
		struct err e;
		memcpy(text + strlen(text), cases[i].rest, strlen(cases[i].rest) + 1);
		struct line l = parsed(text);
		assert_int_equal(line_setting(&l, &path, &value, &e), 0);
		assert_string_equal(path, cases[i].path);
		if (cases[i].value)
			assert_string_equal(value, cases[i].value);
		else
			assert_null(value);
		line_done(&l);
	}
	struct line l = parsed("xConfiguration A: \"b\" c");
	char *path, *value;
	struct err e;
	assert_int_equal(line_setting(&l, &path, &value, &e), -1);
	assert_non_null(strstr(e.text, "column 22"));
	line_done(&l);
}

static void words(void **state)
{
	(void)state;
	struct line l = parsed("xCommand HttpFeedback Register FeedbackSlot:1 ServerUrl: https://a/b "
			       "Expression[2]: \"/Status/A B\" "
			       "expression.1:status/call https://c Empty:");
	static const struct {
		const char *name;
		uint32_t index;
		const char *value;
		int quoted;
		size_t column;
	} expected[] = {
		{ NULL, 0, "HttpFeedback", 0, 10 },        { NULL, 0, "Register", 0, 23 },
		{ "FeedbackSlot", 0, "1", 0, 32 },         { "ServerUrl", 0, "https://a/b", 0, 47 },
		{ "Expression", 2, "/Status/A B", 1, 70 }, { "expression", 1, "status/call", 0, 99 },
		{ NULL, 0, "https://c", 0, 124 },          { "Empty", 0, "", 0, 134 },
	};
	struct line_word w[LINE_WORDS_MAX];
	size_t n;
	struct err e;
	assert_int_equal(line_words(&l, w, &n, &e), 0);
	assert_int_equal(n, sizeof expected / sizeof *expected);
	for (size_t i = 0; i < n; i++) {
		if (expected[i].name)
			assert_string_equal(w[i].name, expected[i].name);
		else
			assert_null(w[i].name);
		assert_string_equal(w[i].value, expected[i].value);
		assert_int_equal(w[i].index, expected[i].index);
		assert_int_equal(w[i].quoted, expected[i].quoted);
		assert_int_equal(w[i].column, expected[i].column);
	}
	line_done(&l);
}

/* Blanks before a colon, as some write them. */
static void a_colon_apart(void **state)
{
	struct line_word w[LINE_WORDS_MAX];
	struct err e;
	size_t n;
	(void)state;
	struct line l = parsed("xCommand A Slot : 1 Expression[2] :\"x y\" Url  :https://a Empty :");
	assert_int_equal(line_words(&l, w, &n, &e), 0);
	assert_int_equal(n, 5);
	static const char *const names[] = { NULL, "Slot", "Expression", "Url", "Empty" }, *const values[] = {
		"A", "1", "x y", "https://a", ""
	};
	for (size_t i = 0; i < n; i++) {
		assert_true(names[i] ? strcmp(w[i].name, names[i]) == 0 : !w[i].name);
		assert_string_equal(w[i].value, values[i]);
	}
	assert_int_equal(w[2].index, 2);
	line_done(&l);
}

/* Guides print lines with typographic quotes, and pages with no-break spaces. */
static void copied_lines(void **state)
{
	static const char left[] = "\xe2\x80\x9c", right[] = "\xe2\x80\x9d", space[] = "\xc2\xa0";
	static const struct {
		const char *text, *value;
	} cases[] = {
		{ "xConfiguration A: <Room 7>", "Room 7" },
		{ "xConfiguration A:>Room 7>  ", "Room 7" },
		{ "xConfiguration_A: <a_b>", "a\xc2\xa0"
					     "b" },
		{ "xConfiguration_A:_\"a_<b>\"", "a\xc2\xa0\xe2\x80\x9c"
						 "b\xe2\x80\x9d" },
		{ "xConfiguration A: a <b> c", "a \"b\" c" },
		{ "xConfiguration A: <a \"b\" c>", "\xe2\x80\x9c"
						   "a \"b\" c\xe2\x80\x9d" },
		{ "xConfiguration A: a<b>", "a\xe2\x80\x9c"
					    "b\xe2\x80\x9d" },
		{ "xConfiguration A: <a", "\xe2\x80\x9c"
					  "a" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[200] = "", *path, *value;
		struct err e;
		for (const char *s = cases[i].text; *s; s++)
			snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s",
				 *s == '<' || *s == '>' ? 3 : 2,
				 *s == '<'   ? left
				 : *s == '>' ? right
				 : *s == '_' ? space
					     : (char[]){ *s, 0 });
		struct line l = parsed(text);
		assert_int_equal(line_setting(&l, &path, &value, &e), 0);
		assert_string_equal(l.verb, "xConfiguration");
		assert_string_equal(path, "A");
		assert_string_equal(value, cases[i].value);
		line_done(&l);
	}
}

static void bad_words(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "xCommand A B: \"c\"d", "column 18: expected a blank" },
		{ "xCommand : b", "expected a name before the colon" },
		{ "xCommand \"A\" : b", "expected a name before the colon" },
		{ "xCommand A: b : c", "expected a name before the colon" },
	};
	struct line_word w[LINE_WORDS_MAX];
	struct err e;
	size_t n;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct line l = parsed(cases[i].text);
		assert_int_equal(line_words(&l, w, &n, &e), -1);
		if (!strstr(e.text, cases[i].why))
			fail_msg("%s: %s", cases[i].text, e.text);
		line_done(&l);
	}
	char many[400] = "x";
	for (int i = 0; i <= LINE_WORDS_MAX; i++)
		memcpy(many + strlen(many), " a", 3);
	struct line l = parsed(many);
	assert_int_equal(line_words(&l, w, &n, &e), -1);
	assert_non_null(strstr(e.text, "more than"));
	line_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verb_and_rest), cmocka_unit_test(tag),          cmocka_unit_test(bad_lines),
		cmocka_unit_test(settings),      cmocka_unit_test(words),        cmocka_unit_test(bad_words),
		cmocka_unit_test(a_colon_apart), cmocka_unit_test(copied_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
