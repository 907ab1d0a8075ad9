/* SPDX-License-Identifier: MIT */
#include "wire/wire_phonebook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "soap_fixture.h"

static void test_requests(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10000);
	phonebook_write_search(&who, &(struct phonebook_query){ .max = 50 }, &b);
	expect_message(&b, "search-request.xml");
	struct phonebook_query q = { .text = "<A&B>",
				     .starts_with = "Mø",
				     .folder = "c_51",
				     .scope = PHONEBOOK_SINGLE_LEVEL,
				     .after = "e_92750",
				     .max = 20 };
	phonebook_write_search(&who, &q, &b);
	expect_message(&b, "search-request-page.xml");
	phonebook_write_list(&who, &b);
	expect_message(&b, "phonebooks-request.xml");
}

static struct phonebook_page read_text(const char *text, size_t len)
{
	struct phonebook_page p;
	struct err e;
	if (phonebook_read_page(text, len, &p, &e) < 0)
		fail_msg("%s", e.text);
	return p;
}

static void test_search_answer(void **state)
{
	(void)state;
	struct buf b = fixture("search-answer.xml");
	struct phonebook_page p = read_text(b.data, b.len);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.left_out, 0);
	assert_int_equal(p.total, 7);
	assert_false(p.is_last);
	assert_true(p.marks_last);
	assert_false(p.folder_missing);
	const struct phonebook_entry *folder = &p.entries[0], *contact = &p.entries[1];
	assert_true(folder->is_folder);
	assert_string_equal(folder->id, "c_51");
	assert_string_equal(folder->name, ".Katalog 1");
	assert_int_equal(folder->entries, 7);
	assert_false(contact->is_folder);
	assert_string_equal(contact->id, "e_92750");
	assert_string_equal(contact->name, "Møterom <3> & 日本");
	assert_string_equal(contact->folder, "");
	assert_string_equal(contact->system_type, "Example HD");
	assert_int_equal(contact->n_routes, 2);
	assert_string_equal(contact->routes[0].call_type, "384");
	assert_string_equal(contact->routes[0].protocol, "H323");
	assert_string_equal(contact->routes[0].dial_string, "room3");
	assert_string_equal(contact->routes[0].restriction, "Norestrict");
	assert_string_equal(contact->routes[0].description, "room3 (H.323)");
	assert_string_equal(contact->routes[1].dial_string, "room3@example.com");
	assert_string_equal(contact->routes[1].description, "");
	assert_string_equal(phonebook_last_id(&p), "e_92750");
	phonebook_page_done(&p);
	buf_done(&b);
}

/* One line without a declaration, ASCII with numeric references, what is said of the whole in front, which is
 * the page. */
static void test_search_answer_of_an_emulator(void **state)
{
	(void)state;
	struct buf b = fixture("search-answer-page.xml");
	struct phonebook_page p = read_text(b.data, b.len);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.total, 3);
	assert_false(p.is_last);
	assert_true(p.marks_last);
	assert_true(p.entries[0].is_folder);
	assert_string_equal(p.entries[0].id, "g-7");
	assert_string_equal(p.entries[0].name, "東京 & <annex>");
	assert_int_equal(p.entries[0].entries, -1);
	assert_string_equal(p.entries[1].name, "Åse \"øst\"");
	assert_string_equal(p.entries[1].system_type, "");
	assert_int_equal(p.entries[1].n_routes, 2);
	assert_string_equal(p.entries[1].routes[0].dial_string, "a'se+1@example.com");
	assert_string_equal(p.entries[1].routes[1].protocol, "H323");
	assert_string_equal(p.entries[1].routes[1].restriction, "");
	assert_int_equal(p.entries[2].n_routes, 0);
	assert_string_equal(phonebook_last_id(&p), "i-13");
	phonebook_page_done(&p);
	buf_done(&b);
}

static void test_list_answer(void **state)
{
	(void)state;
	struct buf b = fixture("phonebooks-answer.xml");
	struct phonebook_page p = read_text(b.data, b.len);
	assert_int_equal(p.n, 4);
	assert_true(p.entries[0].is_folder && p.entries[3].is_folder);
	assert_int_equal(p.entries[0].entries, -1);
	assert_string_equal(p.entries[1].folder, "c_1");
	assert_string_equal(p.entries[1].routes[0].dial_string, "anna@example.com");
	assert_string_equal(p.entries[2].name, "Bo");
	assert_int_equal(p.entries[2].n_routes, 0);
	assert_string_equal(p.entries[3].folder, "");
	assert_true(p.is_last);
	phonebook_page_done(&p);
	buf_done(&b);
}

static void test_odd_answers(void **state)
{
	(void)state;
	static const char empty[] = "<SearchResponse/>";
	struct phonebook_page p = read_text(empty, strlen(empty));
	assert_int_equal(p.n, 0);
	assert_int_equal(p.total, -1);
	assert_false(p.is_last);
	assert_null(phonebook_last_id(&p));
	phonebook_page_done(&p);
	static const char odd[] = "<x:SearchResult xmlns:x='u'><NoOfEntries>many</NoOfEntries>"
				  "<FolderExists>false</FolderExists>"
				  "<Entry><Name/></Entry><Entry/></x:SearchResult>";
	p = read_text(odd, strlen(odd));
	assert_int_equal(p.n, 2);
	assert_string_equal(p.entries[1].id, "");
	assert_string_equal(p.entries[1].name, "");
	assert_int_equal(p.total, -1);
	assert_true(p.folder_missing);
	assert_null(phonebook_last_id(&p));
	phonebook_page_done(&p);
}

static void test_bounds(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_adds(&b, "<SearchResult><Entry><Id>e_0</Id><Name>");
	for (int i = 0; i < PHONEBOOK_TEXT_MAX / 3 + 10; i++)
		buf_adds(&b, "日");
	buf_adds(&b, "</Name>");
	for (int i = 0; i < PHONEBOOK_ROUTES_MAX + 3; i++)
		buf_adds(&b, "<Route/>");
	buf_adds(&b, "</Entry>");
	for (int i = 1; i < PHONEBOOK_ENTRIES_MAX + 7; i++)
		buf_addf(&b, "<Entry><Id>e_%d</Id></Entry>", i);
	buf_adds(&b, "</SearchResult>");
	struct phonebook_page p = read_text(b.data, b.len);
	assert_int_equal(p.n, PHONEBOOK_ENTRIES_MAX);
	assert_int_equal(p.left_out, 7);
	assert_int_equal(p.routes_left_out, 3);
	assert_int_equal(p.entries[0].n_routes, PHONEBOOK_ROUTES_MAX);
	assert_int_equal(strlen(p.entries[0].name), PHONEBOOK_TEXT_MAX / 3 * 3); /* whole characters only */
	assert_string_equal(phonebook_last_id(&p), "e_999");
	phonebook_page_done(&p);
	buf_done(&b);
}

static void test_refusals(void **state)
{
	(void)state;
	struct phonebook_page p;
	struct err e;
	struct buf b = fixture("fault-1.1.xml");
	assert_int_equal(phonebook_read_page(b.data, b.len, &p, &e), -1);
	assert_int_equal(e.kind, ERR_PROTOCOL);
	assert_non_null(strstr(e.text, "the phone book answered with a SOAP fault: \"soap:Server\""));
	assert_int_equal(p.n, 0);
	phonebook_page_done(&p);
	buf_done(&b);
	static const char html[] = "<html/>";
	assert_int_equal(phonebook_read_page(html, strlen(html), &p, &e), -1);
	assert_non_null(strstr(e.text, "expected SearchResult, found <html>"));
	b = fixture("search-answer.xml");
	for (size_t len = 0; len < b.len - 20; len += 41)
		assert_int_equal(phonebook_read_page(b.data, len, &p, &e), -1);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_search_answer),
		cmocka_unit_test(test_search_answer_of_an_emulator),
		cmocka_unit_test(test_list_answer),
		cmocka_unit_test(test_odd_answers),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
