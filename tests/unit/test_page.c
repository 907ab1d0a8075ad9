/* SPDX-License-Identifier: MIT */
/* Documents for people: what stands around text, and that the text is only text. */
#include "../../src/cli/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 1 << 20 };

/* A small document in one of the forms. */
static char *document(enum page_form form)
{
	struct buf out;
	struct page p;
	buf_init(&out, PAGE_MAX);
	page_begin(&p, form, "Größe", &out);
	page_section(&p, "Rows", "About rows.");
	page_row(&p, "State", "good");
	page_row(&p, "Item 1 Name", "a");
	page_row(&p, "Item 1 Key", "b");
	page_row(&p, "Item 12 Name", "c");
	page_section(&p, "Lines", "About lines.");
	page_line(&p, "one");
	page_line(&p, "two");
	page_end(&p);
	char *text = buf_take(&out);
	buf_done(&out);
	return text;
}

static void text_is_underlined_and_items_are_set_apart(void **state)
{
	(void)state;
	char *text = document(PAGE_TEXT);
	assert_string_equal(text, "Größe\n=====\n"
				  "\nRows\n----\nAbout rows.\n\n"
				  "State: good\n\nItem 1 Name: a\nItem 1 Key: b\n\nItem 12 Name: c\n"
				  "\nLines\n-----\nAbout lines.\n\none\ntwo\n");
	free(text);
}

static void html_is_nested_and_nothing_can_be_loaded(void **state)
{
	(void)state;
	char *text = document(PAGE_HTML);
	assert_non_null(strstr(text,
			       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
			       "style-src 'unsafe-inline'\">"));
	const char *body = strstr(text, "<body>\n");
	assert_non_null(body);
	assert_string_equal(body,
			    "<body>\n<h1>Größe</h1>\n<h2>Rows</h2>\n<p>About rows.</p>\n"
			    "<table>\n<tbody>\n<tr><th scope=\"row\">State</th><td>good</td></tr>\n"
			    "</tbody>\n<tbody>\n<tr><th scope=\"row\">Item 1 Name</th><td>a</td></tr>\n"
			    "<tr><th scope=\"row\">Item 1 Key</th><td>b</td></tr>\n"
			    "</tbody>\n<tbody>\n<tr><th scope=\"row\">Item 12 Name</th><td>c</td></tr>\n"
			    "</tbody>\n</table>\n<h2>Lines</h2>\n<p>About lines.</p>\n"
			    "<pre>\none\ntwo\n</pre>\n</body>\n</html>\n");
	free(text);
}

/* What a line becomes. */
static char *line(enum page_form form, const char *text)
{
	struct buf out;
	struct page p;
	buf_init(&out, PAGE_MAX);
	page_begin(&p, form, "t", &out);
	size_t before = out.len;
	page_line(&p, text);
	char *all = buf_take(&out), *shown = strdup(all + before);
	free(all);
	buf_done(&out);
	return shown;
}

static void text_is_only_text(void **state)
{
	(void)state;
	static const struct {
		const char *text, *plain, *html;
	} rows[] = {
		{ "<b a=\"x\" c='y'>&amp;", "<b a=\"x\" c='y'>&amp;\n",
		  "<pre>\n&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;\n" },
		{ "\033[31m red \x9b", "\\u001b[31m red \\x9b\n", "<pre>\n\\u001b[31m red \\x9b\n" },
		{ "a\xe2\x80\xae"
		  "b",
		  "a\\u202eb\n", "<pre>\na\\u202eb\n" }, /* turns the direction of text */
		{ "at https://u:p@h.example/hook/abcdefgh01234567?k=v and http://x/?q=1>",
		  "at https://***@h.example/hook/***?k=*** and http://x/?q=***>\n",
		  "<pre>\nat https://***@h.example/hook/***?k=*** and http://x/?q=***&gt;\n" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *plain = line(PAGE_TEXT, rows[i].text), *html = line(PAGE_HTML, rows[i].text);
		assert_string_equal(plain, rows[i].plain);
		assert_string_equal(html, rows[i].html);
		free(plain);
		free(html);
	}
}

/* A name that is longer than any of ours is shown whole, and its item is cut. */
static void a_long_name_is_shown_whole(void **state)
{
	(void)state;
	char name[4 * PAGE_NAME_MAX];
	struct buf out;
	struct page p;
	memset(name, 'n', sizeof name);
	memcpy(name + sizeof name - 7, " 1 Key", 7);
	buf_init(&out, PAGE_MAX);
	page_begin(&p, PAGE_TEXT, "t", &out);
	page_row(&p, name, "v");
	page_row(&p, name, "w");
	assert_non_null(strstr(buf_str(&out), name));
	assert_int_equal(strlen(p.item), PAGE_NAME_MAX - 1);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_underlined_and_items_are_set_apart),
		cmocka_unit_test(html_is_nested_and_nothing_can_be_loaded),
		cmocka_unit_test(text_is_only_text),
		cmocka_unit_test(a_long_name_is_shown_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
