/* SPDX-License-Identifier: MIT */
/* What is known of published names: types of values, lists with one entry, lists that are empty. */
#include "../../src/agent/published.h"

#include "wire/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct world {
	struct published *published;
	struct doc *status;
	struct buf out;
} w;

static int setup(void **state)
{
	(void)state;
	w.published = published_new();
	w.status = doc_new("Status");
	buf_init(&w.out, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	published_free(w.published);
	doc_free(w.status);
	buf_done(&w.out);
	return 0;
}

static void publish(const char *inner)
{
	char *text = NULL;
	struct doc *news;
	assert_true(asprintf(&text, "<Status>%s</Status>", inner) > 0);
	assert_int_equal(xml_parse(text, strlen(text), NULL, &news, NULL), 0);
	published_mark(w.published, w.status, news);
	doc_free(doc_merge(w.status, news));
	doc_free(news);
	free(text);
}

static const char *lines(void)
{
	buf_reset(&w.out);
	doc_print_terminal(w.status, "*s", 0, &w.out);
	return buf_str(&w.out);
}

static const char *json(void)
{
	buf_reset(&w.out);
	doc_print_json(w.status, &w.out);
	return buf_str(&w.out);
}

static int is_empty(const char *path)
{
	struct doc_path p;
	assert_int_equal(doc_path_parse(path, &p, NULL), 0);
	return published_is_empty_list(w.published, w.status, &p, DOC_ABBREVIATED);
}

static void known_names_have_their_types(void **state)
{
	(void)state;
	publish("<Standby><State>Halfwake</State></Standby><Audio><Volume>40</Volume></Audio>"
		"<Call "
		"item='3'><Status>Connected</Status><DisplayName>7000</DisplayName><RemoteNumber>On</"
		"RemoteNumber>"
		"<Protocol>sip</Protocol><Duration>12</Duration><CallbackNumber/></Call>"
		"<Video><Input><Source "
		"item='2'><Resolution><RefreshRate>59.94</RefreshRate></Resolution></Source></Input></"
		"Video>");
	assert_string_equal(lines(), "*s Audio Volume: 40\n"
				     "*s Call 3 CallbackNumber: \"\"\n"
				     "*s Call 3 DisplayName: \"7000\"\n"
				     "*s Call 3 Duration: 12\n"
				     "*s Call 3 Protocol: \"sip\"\n"
				     "*s Call 3 RemoteNumber: \"On\"\n"
				     "*s Call 3 Status: Connected\n"
				     "*s Standby State: Halfwake\n"
				     "*s Video Input Source 2 Resolution RefreshRate: 59.94\n");
}

/* Control systems' drivers for several codecs read exactly these two forms. */
static void a_state_is_a_word_and_a_layout_a_text(void **state)
{
	(void)state;
	publish("<Conference><DoNotDisturb>Inactive</DoNotDisturb></Conference><Video><Layout><LayoutFamily>"
		"<Local>equal</Local></LayoutFamily></Layout></Video>");
	assert_string_equal(lines(), "*s Conference DoNotDisturb: Inactive\n"
				     "*s Video Layout LayoutFamily Local: \"equal\"\n");
}

/* What claims to be a word or a number and is none does not stand bare. */
static void wrong_values_are_quoted(void **state)
{
	(void)state;
	publish("<Standby><State>Off\n** end</State></Standby><Audio><Volume>loud</Volume></Audio>");
	assert_string_equal(lines(), "*s Audio Volume: \"loud\"\n*s Standby State: \"Off\\n** end\"\n");
}

static void unknown_names_go_by_their_values(void **state)
{
	(void)state;
	publish("<Room><A>1</A><B>On</B><C>off</C><D>True</D><E>Blue</E><F type='Literal'>Blue</F><G "
		"type='String'>1</G></Room>");
	assert_string_equal(lines(), "*s Room A: 1\n*s Room B: On\n"
				     "*s Room C: \"off\"\n*s Room D: True\n*s Room E: \"Blue\"\n*s Room F: "
				     "Blue\n*s Room G: \"1\"\n");
}

static void a_list_with_one_entry_is_a_list(void **state)
{
	(void)state;
	publish("<Call><Status>Idle</Status></Call><SIP><Registration "
		"item='1'><URI>a@example.com</URI></Registration></SIP>"
		"<Zone item='1' maxOccurrence='n'><Name>x</Name></Zone><Shelf "
		"item='1'><Name>y</Name></Shelf>");
	assert_string_equal(lines(), "*s Call 1 Status: Idle\n*s SIP Registration 1 URI: "
				     "\"a@example.com\"\n*s Shelf Name: \"y\"\n*s Zone 1 Name: \"x\"\n");
	assert_string_equal(
		json(), "{\"Status\":{\"Call\":[{\"id\":\"1\",\"Status\":{\"Value\":\"Idle\"}}],"
			"\"SIP\":{\"Registration\":[{\"id\":\"1\",\"URI\":{\"Value\":\"a@example.com\"}}]},"
			"\"Shelf\":{\"id\":\"1\",\"Name\":{\"Value\":\"y\"}},"
			"\"Zone\":[{\"id\":\"1\",\"Name\":{\"Value\":\"x\"}}]}}");
}

/* Also for its first entry, which stands there already, and when the second has gone. */
static void a_list_is_one_for_good_once_it_had_item_2(void **state)
{
	(void)state;
	publish("<Room item='7'><Lamp item='1'><On>True</On></Lamp></Room><Room "
		"item='8'><Lamp><On>True</On></Lamp></Room>");
	assert_non_null(strstr(lines(), "*s Room 7 Lamp On: True\n"));
	publish("<Room item='8'><Lamp item='2'><On>False</On></Lamp></Room>");
	assert_string_equal(
		lines(),
		"*s Room 7 Lamp 1 On: True\n*s Room 8 Lamp 1 On: True\n*s Room 8 Lamp 2 On: False\n");
	publish("<Room item='8' ghost='True'/>");
	assert_string_equal(lines(), "*s Room 7 Lamp 1 On: True\n");
	publish("<Room item='7' ghost='True'/><Room item='1'><Lamp><On>True</On></Lamp></Room>");
	assert_string_equal(lines(), "*s Room 1 Lamp 1 On: True\n");
	assert_non_null(strstr(json(), "\"Room\":[{\"id\":\"1\",\"Lamp\":[{\"id\":\"1\","));
}

static void empty_lists_are_known(void **state)
{
	(void)state;
	assert_true(is_empty("Call"));
	assert_true(is_empty("call status"));
	assert_true(is_empty("SIP Reg"));
	assert_false(is_empty("Call 3"));
	assert_false(is_empty("Cal 3 Status"));
	assert_false(is_empty("Standby"));
	assert_false(is_empty("Zone"));
	assert_false(is_empty(""));
	publish("<Call item='3'><Status>Idle</Status></Call><Zone item='2'><Name>x</Name></Zone>");
	assert_false(is_empty("Call"));
	assert_false(is_empty("Call Foo"));
	assert_false(is_empty("Zone"));
	publish("<Call item='3' ghost='True'/><Zone item='2' ghost='True'/>");
	assert_true(is_empty("Call"));
	assert_true(is_empty("Zone Name"));
}

/* A publisher that thinks up names cannot make the agent remember them without end. */
static void what_is_learned_is_bounded(void **state)
{
	(void)state;
	char text[100];
	for (int i = 0; i < 3000; i++) {
		snprintf(text, sizeof text, "<List%d item='2'><A>1</A></List%d>", i, i);
		publish(text);
		snprintf(text, sizeof text, "<List%d item='2' ghost='True'/>", i);
		publish(text);
	}
	assert_true(is_empty("List999"));
	assert_false(is_empty("List1000"));
	assert_true(is_empty("Call"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(known_names_have_their_types),    TEST(a_state_is_a_word_and_a_layout_a_text),
		TEST(wrong_values_are_quoted),         TEST(unknown_names_go_by_their_values),
		TEST(a_list_with_one_entry_is_a_list), TEST(a_list_is_one_for_good_once_it_had_item_2),
		TEST(empty_lists_are_known),           TEST(what_is_learned_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
