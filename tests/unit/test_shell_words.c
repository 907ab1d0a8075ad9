/* SPDX-License-Identifier: MIT */
/* Words of a shell's command line become a line of the terminal's. */
#include "../../src/cli/shell_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void quoting(void **state)
{
	(void)state;
	static const struct {
		const char *words[8], *line;
	} cases[] = {
		{ { "xStatus", "SystemUnit", "Name" }, "xStatus SystemUnit Name" },
		{ { "xConfiguration", "SystemUnit", "Name:", "My Room" },
		  "xConfiguration SystemUnit Name: \"My Room\"" },
		{ { "xConfiguration", "SystemUnit", "Name: My Room" },
		  "xConfiguration SystemUnit Name: \"My Room\"" },
		{ { "xConfiguration", "SystemUnit", "Name:", "My", "Room" },
		  "xConfiguration SystemUnit Name: \"My Room\"" },
		{ { "xconf", "SystemUnit", "Name:My", "Room", "a:", "?" },
		  "xconf SystemUnit Name: \"My Room a: ?\"" },
		{ { "xConfiguration", "A", "B:", "x", "y", "|", "resultId=\"1\"" },
		  "xConfiguration A B: \"x y\" \"|\" \"resultId=\\\"1\\\"\"" },
		{ { "xCommand", "A", "B:", "x", "y" }, "xCommand A B: \"x\" y" },
		{ { "xConfiguration", "SystemUnit", "Name:x" }, "xConfiguration SystemUnit Name: \"x\"" },
		{ { "xConfiguration", "SystemUnit", "Name:", "" }, "xConfiguration SystemUnit Name: \"\"" },
		{ { "xConfiguration", "A", "B:", "a\"b\\c\nd" }, "xConfiguration A B: \"a\\\"b\\\\c\\nd\"" },
		{ { "xCommand", "A", "Url:https://a:1/b", "Expression[2]:", "/Status" },
		  "xCommand A Url: \"https://a:1/b\" Expression[2]: \"/Status\"" },
		{ { "xCommand", "A", "https://a/b" }, "xCommand A https://a/b" },
		{ { "xCommand", "A", "two words" }, "xCommand A \"two words\"" },
		{ { "xConfiguration", "A", "B:", "?" }, "xConfiguration A B: ?" },
		{ { "xCommand", "A", "B:", "?", "C:", "x" }, "xCommand A B: \"?\" C: \"x\"" },
		{ { "xConfiguration", "SystemUnit Name: My Room" },
		  "xConfiguration SystemUnit Name: My Room" },
		{ { "xStatus", "HttpFeedback 1" }, "xStatus HttpFeedback 1" },
		{ { "xCommand", "A", "B:", "x | resultId=\"1\"" },
		  "xCommand A B: \"x | resultId=\\\"1\\\"\"" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[8][64], *words[8];
		size_t n = 0;
		struct buf line;
		for (; n < 8 && cases[i].words[n]; n++) {
			memcpy(text[n], cases[i].words[n], strlen(cases[i].words[n]) + 1);
			words[n] = text[n];
		}
		buf_init(&line, 1000);
		shell_words_to_line(words, n, &line);
		assert_string_equal(buf_str(&line), cases[i].line);
		buf_done(&line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(quoting) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
