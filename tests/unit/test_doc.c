/* SPDX-License-Identifier: MIT */
/* doc: the tree, merge and difference, and the three ways of printing, against the examples of real
 * systems. */
#include "doc/doc.h"

#include "base/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct buf out;

static int start(void **state)
{
	(void)state;
	buf_init(&out, 1 << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	buf_done(&out);
	return 0;
}

static const char *terminal(const struct doc *d, const char *prefix, int print_root)
{
	buf_reset(&out);
	doc_print_terminal(d, prefix, print_root, &out);
	return buf_str(&out);
}

static const char *xml(const struct doc *d)
{
	buf_reset(&out);
	doc_print_xml(d, 0, &out);
	return buf_str(&out);
}

static const char *json(const struct doc *d)
{
	buf_reset(&out);
	doc_print_json(d, &out);
	return buf_str(&out);
}

/* "Call[3]/Status=Connected Audio/Volume=50 Call[4]!" -> a Status document; "!" makes a ghost. */
static struct doc *status(const char *text)
{
	struct doc *d = doc_new("Status");
	char *copy = strdup(text), *rest = copy;
	for (char *word; (word = strsep(&rest, " "));) {
		if (!*word)
			continue;
		char *value = strchr(word, '='), *ghost = strchr(word, '!');
		if (value)
			*value++ = '\0';
		if (ghost)
			*ghost = '\0';
		struct doc *at = doc_make(d, word);
		at->ghost = ghost != NULL;
		if (value)
			doc_set_value(at, DOC_STRING, value);
	}
	free(copy);
	return d;
}

static void a_tree_is_built_and_read(void **state)
{
	(void)state;
	struct doc *d = doc_new("Status");
	doc_add_int(doc_add(d, "Audio", 0), "Volume", 65);
	doc_set_value(doc_make(d, "Call[3]/Status"), DOC_LITERAL, "Connected");
	doc_set_value(doc_make(d, "Call[1]/Status"), DOC_LITERAL, "Idle");
	assert_string_equal(doc_text(d, "Audio/Volume", NULL), "65");
	assert_string_equal(doc_text(d, "Call[3]/Status", NULL), "Connected");
	assert_string_equal(doc_text(d, "Call/Status", NULL), "Idle");
	assert_string_equal(doc_text(d, "Call[2]/Status", "none"), "none");
	assert_null(doc_get(d, "audio"));
	assert_null(doc_get(d, "Aud"));
	assert_ptr_equal(doc_child(d, "Call", 0), doc_child(d, "Call", 1));
	assert_int_equal(doc_child(d, "Call", 3)->max_occurrence, DOC_UNBOUNDED);
	assert_int_equal(doc_count(d), 7);
	buf_reset(&out);
	doc_path_of(doc_get(d, "Call[3]/Status"), &out);
	assert_string_equal(buf_str(&out), "/Status/Call[3]/Status");

	struct doc *call = doc_child(d, "Call", 3);
	doc_detach(call);
	assert_null(call->parent);
	assert_ptr_equal(d->last, doc_child(d, "Call", 1));
	doc_free(call);
	doc_free(doc_child(d, "Call", 1)); /* takes itself out */
	assert_ptr_equal(d->first, d->last);
	doc_set_value(d->first, DOC_STRING, "a leaf now");
	assert_null(d->first->first);
	doc_set_attr(d, "product", "Cisco Codec");
	doc_set_attr(d, "product", doc_attr(d, "product") + 6);
	assert_string_equal(doc_attr(d, "product"), "Codec");
	assert_null(doc_attr(d, "version"));
	struct doc *copy = doc_copy(d);
	assert_true(doc_equal(copy, d));
	assert_string_equal(doc_attr(copy, "product"), "Codec");
	doc_free(copy);
	doc_free(d);
	doc_free(NULL);
}

static void terminal_lines(void **state)
{
	(void)state;
	struct doc *d = doc_new("Status");
	doc_set_value(doc_make(d, "Audio/Volume"), DOC_INTEGER, "65");
	assert_string_equal(terminal(d, "*s", 0), "*s Audio Volume: 65\n");
	struct doc *f = doc_make(d, "HttpFeedback[1]");
	doc_set_value(doc_make(f, "Expression[1]"), DOC_STRING,
		      "/Event/UserInterface/Extensions/Panel/Clicked");
	doc_set_value(doc_make(f, "Expression[2]"), DOC_STRING, "…");
	doc_set_value(doc_make(f, "Format"), DOC_STRING, "JSON");
	doc_set_value(doc_make(f, "Status"), DOC_LITERAL, "OK");
	doc_set_value(doc_make(f, "URL"), DOC_STRING, "http://10.100.210.15/platinum-onboard/ceapi/");
	doc_free(doc_child(d, "Audio", 0));
	assert_string_equal(
		terminal(d, "*s", 0),
		"*s HttpFeedback 1 Expression 1: \"/Event/UserInterface/Extensions/Panel/Clicked\"\n"
		"*s HttpFeedback 1 Expression 2: \"…\"\n"
		"*s HttpFeedback 1 Format: \"JSON\"\n"
		"*s HttpFeedback 1 Status: OK\n"
		"*s HttpFeedback 1 URL: \"http://10.100.210.15/platinum-onboard/ceapi/\"\n");
	doc_free(d);

	d = status("Call[2]!");
	assert_string_equal(terminal(d, "*s", 0), "*s Call 2 (ghost=True):\n");
	doc_free(d);

	d = doc_new("Event");
	doc_add_int(doc_add(d, "CallDisconnect", 1), "CauseValue", 0);
	d->first->first->item = 1;
	assert_string_equal(terminal(d, "*e", 0), "*e CallDisconnect CauseValue: 0\n");
	doc_free(d);
}

static void terminal_results(void **state)
{
	(void)state;
	struct doc *d = doc_new("PhonebookSearchResult");
	doc_set_attr(d, "status", "OK");
	doc_add_int(doc_add(d, "ResultInfo", 0), "TotalRows", 13);
	struct doc *c = doc_add(d, "Contact", 1);
	c->max_occurrence = DOC_UNBOUNDED;
	doc_add_value(c, "Name", DOC_STRING, "Jeoffery Sparnston");
	doc_add_value(doc_make(c, "ContactMethod[1]"), "Protocol", DOC_LITERAL, "SIP");
	assert_string_equal(terminal(d, "*r", 1),
			    "*r PhonebookSearchResult (status=OK):\n"
			    "*r PhonebookSearchResult ResultInfo TotalRows: 13\n"
			    "*r PhonebookSearchResult Contact 1 ContactMethod 1 Protocol: SIP\n"
			    "*r PhonebookSearchResult Contact 1 Name: \"Jeoffery Sparnston\"\n");
	doc_free(d);

	d = doc_new("Configuration");
	doc_set_value(doc_make(d, "Audio/DefaultVolume"), DOC_STRING, "Illegal value");
	doc_set_attr(doc_get(d, "Audio/DefaultVolume"), "error", "True");
	assert_string_equal(terminal(d, "*c xConfiguration", 0),
			    "*c xConfiguration Audio DefaultVolume (error=True): \"Illegal value\"\n");
	assert_string_equal(json(d), "{\"Configuration\":{\"Audio\":{\"DefaultVolume\":{\"error\":\"True\","
				     "\"Value\":\"Illegal value\"}}}}");
	doc_free(d);
}

static void terminal_lines_cannot_be_forged(void **state)
{
	(void)state;
	struct doc *d = doc_new("Status");
	doc_add_value(d, "A", DOC_STRING,
		      "say \"hi\" \\ or\nOK\r\t\x1b[2J\xc2\x9b\x7f\xff"
		      "é");
	doc_add_value(d, "B", DOC_LITERAL, "On\n** end");
	doc_add_value(d, "C", DOC_LITERAL, "");
	doc_add_value(d, "D", DOC_LITERAL, "Etc/UTC");
	assert_string_equal(terminal(d, "*s", 0),
			    "*s A: \"say \\\"hi\\\" \\\\ or\\nOK\\r\\t\\u001b[2J\\u009b\\u007f\\xff"
			    "é\"\n"
			    "*s B: \"On\\n** end\"\n*s C: \"\"\n*s D: Etc/UTC\n");
	doc_free(d);
}

/* Attributes and marks of direction, too: nothing that is published writes a line of its own or turns one
 * round. */
static void attributes_and_unseen_characters_are_shown(void **state)
{
	(void)state;
	struct doc *d = doc_new("Status");
	doc_set_value(doc_make(d, "A"), DOC_STRING, "v");
	doc_set_attr(doc_child(d, "A", 0), "status", "OK):\n*s Standby State: Off\x1b[2J");
	doc_set_value(doc_make(d, "B"), DOC_LITERAL, "On");
	doc_set_attr(doc_child(d, "B", 0), "error", "a\u202eb");
	doc_set_value(doc_make(d, "C"), DOC_STRING, "a\u202eb\u200b\ufeff\U000e0041c");
	doc_set_attr(doc_make(d, "D"), "status", "Error)");
	doc_set_attr(doc_make(d, "E"), "status", "ParameterError");
	assert_string_equal(terminal(d, "*s", 0),
			    "*s A (status=\"OK):\\n*s Standby State: Off\\u001b[2J\"): \"v\"\n"
			    "*s B (error=\"a\\u202eb\"): On\n"
			    "*s C: \"a\\u202eb\\u200b\\ufeff\\udb40\\udc41c\"\n"
			    "*s D (status=\"Error)\"):\n"
			    "*s E (status=ParameterError):\n");
	buf_reset(&out);
	json_write_escaped("a\u202eb\xc2\x9b\U000e0041", &out);
	assert_string_equal(buf_str(&out), "a\\u202eb\\u009b\\udb40\\udc41");
	buf_reset(&out);
	doc_escape_xml("a\u202eb\xc2\x9b\U000e0041\n\t", &out);
	assert_string_equal(buf_str(&out), "a&#x202e;b&#x9b;&#xe0041;\n\t");
	buf_reset(&out);
	doc_escape_xml_attribute("a\n\t\r\"b", &out);
	assert_string_equal(buf_str(&out), "a&#xa;&#x9;&#13;&quot;b");
	doc_free(d);
}

static void xml_documents(void **state)
{
	(void)state;
	struct doc *d = status("Call[24]/Status=Connected");
	assert_string_equal(xml(d), "<Status>\n  <Call item=\"24\" maxOccurrence=\"n\">\n    "
				    "<Status>Connected</Status>\n  </Call>\n</Status>\n");
	doc_free(d);
	d = status("Call[8]!");
	assert_string_equal(xml(d->first), "<Call ghost=\"True\" item=\"8\" maxOccurrence=\"n\"/>\n");
	doc_free(d);
	d = doc_new("Status");
	doc_set_attr(d, "product", "Cisco Codec");
	doc_set_attr(d, "version", "ce26.0.0.51.ddab38ccabf");
	doc_set_attr(d, "apiVersion", "4");
	doc_add_int(doc_add(d, "Audio", 0), "Volume", 45);
	assert_string_equal(
		xml(d),
		"<Status product=\"Cisco Codec\" version=\"ce26.0.0.51.ddab38ccabf\" apiVersion=\"4\">\n"
		"  <Audio>\n    <Volume>45</Volume>\n  </Audio>\n</Status>\n");
	doc_free(d);
	d = doc_new("Command");
	struct doc *r = doc_add(d, "CameraPositionSetResult", 1);
	doc_set_attr(r, "status", "OK");
	assert_string_equal(xml(r), "<CameraPositionSetResult item=\"1\" status=\"OK\"/>\n");
	doc_set_value(r, DOC_STRING, "");
	assert_string_equal(xml(r),
			    "<CameraPositionSetResult item=\"1\" status=\"OK\"></CameraPositionSetResult>\n");
	r->max_occurrence = 3;
	assert_non_null(strstr(xml(r), "item=\"1\" maxOccurrence=\"3\" status"));
	buf_reset(&out);
	doc_print_xml(r, 2, &out);
	assert_memory_equal(buf_str(&out), "    <Camera", 11);
	doc_free(d);
}

static void xml_holds_only_what_it_can(void **state)
{
	(void)state;
	buf_reset(&out);
	doc_escape_xml("Let's <b> & \"c\"\r\n\t\x01\xff\xed\xa0\x80\xef\xbf\xbe\xc0\x80\xf0\x9f\x98\x80\x7f",
		       &out);
	assert_string_equal(buf_str(&out), "Let's &lt;b&gt; &amp; &quot;c&quot;&#13;\n\t"
					   "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef"
					   "\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
					   "\xf0\x9f\x98\x80&#x7f;");
}

static void json_documents(void **state)
{
	(void)state;
	struct doc *d = doc_new("Status");
	doc_add_int(doc_add(d, "Audio", 0), "Volume", 45);
	assert_string_equal(json(d), "{\"Status\":{\"Audio\":{\"Volume\":{\"Value\":\"45\"}}}}");
	doc_free(d);
	d = status("Call[24]/Status=Connected");
	assert_string_equal(json(d),
			    "{\"Status\":{\"Call\":[{\"id\":\"24\",\"Status\":{\"Value\":\"Connected\"}}]}}");
	doc_free(d);
	d = status("Call[3]!");
	assert_string_equal(json(d), "{\"Status\":{\"Call\":[{\"id\":\"3\",\"ghost\":\"True\"}]}}");
	doc_free(d);

	d = doc_new("CommandResponse");
	struct doc *r = doc_add(d, "PhonebookSearchResult", 1);
	doc_set_attr(r, "status", "OK");
	struct doc *c = doc_add(r, "Contact", 1);
	c->max_occurrence = DOC_UNBOUNDED;
	doc_add_value(c, "Name", DOC_STRING, "asdf");
	doc_add_value(c, "ContactId", DOC_STRING, "localContactId-2");
	doc_add_value(c, "FolderId", DOC_STRING, "localGroupId-1");
	struct doc *m = doc_add(c, "ContactMethod", 1);
	m->max_occurrence = DOC_UNBOUNDED;
	doc_add_value(m, "ContactMethodId", DOC_STRING, "1");
	doc_add_value(m, "Number", DOC_STRING, "asdf");
	doc_add_value(m, "CallType", DOC_LITERAL, "Video");
	assert_string_equal(json(d),
			    "{\"CommandResponse\":{\"PhonebookSearchResult\":{\"status\":\"OK\",\"id\":\"1\","
			    "\"Contact\":[{\"id\":\"1\","
			    "\"Name\":{\"Value\":\"asdf\"},\"ContactId\":{\"Value\":\"localContactId-2\"},"
			    "\"FolderId\":{\"Value\":\"localGroupId-1\"},\"ContactMethod\":[{\"id\":\"1\","
			    "\"ContactMethodId\":{\"Value\":\"1\"},\"Number\":{\"Value\":\"asdf\"},"
			    "\"CallType\":{\"Value\":\"Video\"}}]}]}}}");
	doc_free(d);

	/* Names that repeat come together, wherever they stood. */
	d = doc_new("X");
	doc_add_value(d, "A", DOC_STRING, "1");
	doc_add_value(d, "B", DOC_STRING, "\"\\\n\x02");
	doc_add_value(d, "A", DOC_STRING, "2");
	doc_add(d, "C", 0);
	assert_string_equal(json(d), "{\"X\":{\"A\":[{\"Value\":\"1\"},{\"Value\":\"2\"}],\"B\":{\"Value\":"
				     "\"\\\"\\\\\\n\\u0002\"},\"C\":{}}}");
	doc_free(d);
}

static void typed_is(const struct doc *d, const char *wanted)
{
	struct buf whole, pieces;
	buf_init(&whole, 1 << 16);
	buf_init(&pieces, 1 << 16);
	doc_print_json_typed_member(d, &whole);
	assert_string_equal(buf_str(&whole), wanted);
	struct doc_printer *p = doc_printer_new(d, DOC_JSON_TYPED, NULL);
	while (doc_printer_go_on(p, pieces.len + 1, &pieces))
		;
	assert_string_equal(buf_str(&pieces), wanted);
	doc_printer_free(p);
	buf_done(&whole);
	buf_done(&pieces);
}

/* Numbers where the type says so and the text is one, else strings; ids in lists alone, as numbers. */
static void typed_json_documents(void **state)
{
	(void)state;
	struct doc *d = doc_new("Status"), *at = doc_add(d, "Audio", 0);
	doc_add_int(at, "Volume", -45);
	doc_add_value(at, "VolumeMute", DOC_LITERAL, "Off");
	doc_add_value(at, "Digits", DOC_STRING, "7");
	doc_add_value(at, "Padded", DOC_INTEGER, "007");
	doc_add_value(at, "Word", DOC_INTEGER, "n/a");
	doc_add_value(at, "Sign", DOC_INTEGER, "-");
	doc_add_value(at, "Empty", DOC_STRING, "");
	doc_add_value(at, "Quote", DOC_STRING, "a\"b");
	typed_is(d, "\"Status\":{\"Audio\":{\"Volume\":-45,\"VolumeMute\":\"Off\",\"Digits\":\"7\","
		    "\"Padded\":\"007\","
		    "\"Word\":\"n/a\",\"Sign\":\"-\",\"Empty\":\"\",\"Quote\":\"a\\\"b\"}}");
	doc_free(d);
	d = status("Call[24]/Status=Connected");
	typed_is(d, "\"Status\":{\"Call\":[{\"id\":24,\"Status\":\"Connected\"}]}");
	doc_free(d);
	d = status("Call[3]!");
	typed_is(d, "\"Status\":{\"Call\":[{\"id\":3,\"ghost\":\"True\"}]}");
	doc_free(d);

	/* Events number every element: that makes no list. */
	d = doc_new("Event");
	at = doc_add(d, "CallDisconnect", 1);
	doc_set_value(doc_add(at, "CauseValue", 1), DOC_INTEGER, "13");
	doc_set_value(doc_add(at, "CauseType", 1), DOC_LITERAL, "RemoteBusy");
	typed_is(d, "\"Event\":{\"CallDisconnect\":{\"CauseValue\":13,\"CauseType\":\"RemoteBusy\"}}");
	doc_free(d);

	/* A list of leaves, and a leaf with attributes. */
	d = doc_new("Configuration");
	for (uint32_t i = 1; i <= 2; i++) {
		at = doc_add(d, "Rate", i);
		at->max_occurrence = DOC_UNBOUNDED;
		doc_set_value(at, DOC_INTEGER, i == 1 ? "64" : "128");
	}
	at = doc_add_value(d, "Mode", DOC_STRING, "Illegal value");
	doc_set_attr(at, "error", "True");
	typed_is(d, "\"Configuration\":{\"Rate\":[{\"id\":1,\"Value\":64},{\"id\":2,\"Value\":128}],"
		    "\"Mode\":{\"error\":\"True\",\"Value\":\"Illegal value\"}}");
	doc_free(d);
	d = doc_new("Status");
	typed_is(d, "\"Status\":{}");
	doc_free(d);
}

/* In pieces of any size the same text comes as at once. */
static void pieces_make_the_whole(void **state)
{
	(void)state;
	static const enum doc_form forms[] = { DOC_LINES, DOC_LINES_OF_ROOT, DOC_XML, DOC_XML_NUMBERED,
					       DOC_JSON };
	struct doc *d =
		status("Audio/Volume=1 Call[1]/Status=Idle Call[1]/Encryption/Type=x Call[2]! Zone/A=1");
	doc_add_value(d, "Audio", DOC_STRING, "again");
	doc_add(d, "Empty", 0);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct doc_printer *whole = doc_printer_new(d, forms[i], "*s");
		buf_reset(&out);
		assert_int_equal(doc_printer_go_on(whole, SIZE_MAX, &out), 0);
		doc_printer_free(whole);
		for (size_t len = 1; len < 60; len++) {
			struct doc_printer *p = doc_printer_new(d, forms[i], "*s");
			struct buf pieces;
			size_t n = 1;
			buf_init(&pieces, 1 << 16);
			while (doc_printer_go_on(p, pieces.len + len, &pieces))
				n++;
			assert_string_equal(buf_str(&pieces), buf_str(&out));
			assert_true(len > 1 || n > 5);
			doc_printer_free(p);
			buf_done(&pieces);
		}
		struct doc_printer *left = doc_printer_new(d, forms[i], "*s");
		buf_reset(&out);
		assert_int_equal(doc_printer_go_on(left, 1, &out), 1);
		doc_printer_free(left);
	}
	doc_free(d);
}

/* Names that nobody has sorted, as an event may have them: in less than a lifetime. */
static void many_names_are_printed_as_json(void **state)
{
	(void)state;
	enum { NAMES = 100000 };
	struct doc *d = doc_new("Event");
	char name[16];
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "N%d",
			 (NAMES - i) / 2); /* each but the first and the last twice */
		doc_add_value(d, name, DOC_INTEGER, i % 2 ? "1" : "2");
	}
	struct buf b;
	buf_init(&b, 16 << 20);
	doc_print_json(d, &b);
	static const char begin[] = "{\"Event\":{\"N50000\":{\"Value\":\"2\"},"
				    "\"N49999\":[{\"Value\":\"1\"},{\"Value\":\"2\"}],\"N49998\":[";
	static const char end[] = "}],\"N0\":{\"Value\":\"1\"}}}";
	assert_memory_equal(buf_str(&b), begin, sizeof begin - 1);
	assert_string_equal(buf_str(&b) + b.len - (sizeof end - 1), end);
	buf_done(&b);
	doc_free(d);
}

static void printing_stops_at_the_ceiling(void **state)
{
	(void)state;
	struct doc *d = status("Audio/Volume=1 Call[1]/Status=Idle");
	struct buf small;
	for (size_t max = 0; max < 60; max++) {
		buf_init(&small, max);
		doc_print_xml(d, 0, &small);
		assert_true(small.full && small.len <= max);
		buf_reset(&small);
		doc_print_json(d, &small);
		assert_true(small.len <= max);
		buf_done(&small);
	}
	doc_free(d);
}

/* into + news = whole, and the change says what was new. */
static void expect_merge(const char *into_text, const char *news_text, const char *whole_text,
			 const char *change_text)
{
	struct doc *into = status(into_text), *news = status(news_text), *whole = status(whole_text);
	struct doc *wanted = change_text ? status(change_text) : NULL;
	struct doc *change = doc_merge(into, news);
	assert_true(doc_equal(into, whole));
	assert_int_equal(wanted != NULL, change != NULL);
	if (wanted) {
		char *expected = strdup(terminal(wanted, "*", 0));
		assert_string_equal(terminal(change, "*", 0), expected);
		free(expected);
	}
	doc_free(into);
	doc_free(news);
	doc_free(whole);
	doc_free(wanted);
	doc_free(change);
}

static void merge_tells_what_is_new(void **state)
{
	(void)state;
	expect_merge("", "Audio/Volume=50", "Audio/Volume=50", "Audio/Volume=50");
	expect_merge("Audio/Volume=50", "Audio/Volume=50", "Audio/Volume=50", NULL);
	expect_merge("Audio/Volume=50 Audio/Mute=Off", "Audio/Volume=51 Audio/Mute=Off",
		     "Audio/Volume=51 Audio/Mute=Off", "Audio/Volume=51");
	expect_merge("Call[1]/Status=Idle Call[3]/Status=Idle", "Call[2]/Status=Ringing",
		     "Call[1]/Status=Idle Call[2]/Status=Ringing Call[3]/Status=Idle",
		     "Call[2]/Status=Ringing");
	expect_merge("Call[1]/Status=Idle Call[3]/Status=Idle", "Call[3]! Call[4]!", "Call[1]/Status=Idle",
		     "Call[3]!");
	expect_merge("", "Call[3]!", "", NULL);
	expect_merge("", "Peripherals/Device[3]!", "", NULL);
	expect_merge("A/B=1 A/C=2", "A=leaf", "A=leaf", "A=leaf");
	expect_merge("A=leaf", "A/B=1", "A/B=1", "A/B=1");
	expect_merge("Name=x", "Name", "Name=", "Name=");
	expect_merge("Name/X=1", "Name", "Name/X=1", NULL);
	expect_merge("Name=", "Name", "Name=", NULL);
}

static void expect_growth(const char *into_text, const char *news_text, size_t nodes, size_t bytes)
{
	struct doc *into = status(into_text), *news = status(news_text);
	struct doc_size is = doc_merge_growth(into, news);
	assert_int_equal(is.nodes, nodes);
	assert_int_equal(is.bytes, bytes);
	doc_free(into);
	doc_free(news);
}

/* What a publisher's limits count. */
static void growth_is_known_before_the_merge(void **state)
{
	(void)state;
	expect_growth("", "Audio/Volume=50", 2, strlen("AudioVolume50"));
	expect_growth("Audio/Volume=50", "Audio/Volume=100", 0, 1);
	expect_growth("Audio/Volume=100", "Audio/Volume=5 Audio/Mute=On", 1, strlen("MuteOn"));
	expect_growth("Call[1]/A=1", "Call[1]! Call[2]!", 0, 0);
	struct doc *into = status("A=1"), *news = status("A=1");
	doc_set_attr(news, "x", "123");
	struct doc_size is = doc_merge_growth(into, news);
	assert_int_equal(is.nodes, 1);
	assert_int_equal(is.bytes, strlen("x123"));
	doc_set_attr(into, "x", "1");
	is = doc_merge_growth(into, news);
	assert_int_equal(is.nodes, 0);
	assert_int_equal(is.bytes, 2);
	doc_free(into);
	doc_free(news);
}

static void a_ghost_is_not_the_object(void **state)
{
	(void)state;
	struct doc *object = status("Call[2]"), *ghost = status("Call[2]!");
	assert_false(doc_equal(object, ghost));
	assert_true(doc_equal(ghost, ghost));
	doc_free(object);
	doc_free(ghost);
}

static void values_are_wiped(void **state)
{
	(void)state;
	static const char none[4] = "";
	struct doc *d = status("A/B=key C=key");
	const char *deep = doc_get(d, "A/B")->value, *last = doc_get(d, "C")->value;
	doc_wipe(d);
	assert_memory_equal(deep, none, sizeof none);
	assert_memory_equal(last, none, sizeof none);
	doc_wipe(NULL);
	doc_free(d);
}

static void merge_keeps_order_and_knows_item_1(void **state)
{
	(void)state;
	struct doc *into = doc_new("Status"), *news = doc_new("Status");
	doc_add_value(into, "Zulu", DOC_STRING, "1"); /* out of order by hand */
	doc_add_value(into, "Alpha", DOC_STRING, "1");
	doc_add_value(news, "Mike", DOC_STRING, "1");
	doc_add_value(news, "Alpha", DOC_STRING, "2");
	doc_add_value(news, "Mike", DOC_STRING, "2"); /* said twice: the last word holds */
	news->first->item = 1;
	struct doc *change = doc_merge(into, news);
	assert_string_equal(terminal(into, "*", 0), "* Alpha: \"2\"\n* Mike: \"2\"\n* Zulu: \"1\"\n");
	assert_int_equal(doc_count(change), 4);
	assert_ptr_equal(into->last, doc_child(into, "Zulu", 0));
	doc_free(change);
	doc_free(into);
	doc_free(news);
}

static unsigned random_next(unsigned *seed)
{
	return (*seed = *seed * 1103515245u + 12345u) >> 16 & 0x7fff;
}

static struct doc *random_tree(unsigned *seed)
{
	struct doc *d = doc_new("Status");
	for (unsigned n = random_next(seed) % 60; n--;) {
		char path[64];
		snprintf(path, sizeof path, "%c/L[%u]/%c", 'A' + (int)(random_next(seed) % 4),
			 1 + random_next(seed) % 40, 'a' + (int)(random_next(seed) % 3));
		doc_set_value(doc_make(d, path), DOC_INTEGER, random_next(seed) % 2 ? "1" : "2");
	}
	return d;
}

static void a_difference_leads_from_one_to_the_other(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		unsigned seed = i;
		struct doc *a = random_tree(&seed), *b = random_tree(&seed);
		struct doc *diff = doc_diff(a, b), *nothing = doc_diff(b, b);
		assert_null(nothing);
		assert_int_equal(diff == NULL, doc_equal(a, b));
		struct doc *change = diff ? doc_merge(a, diff) : NULL;
		assert_true(doc_equal(a, b));
		if (diff)
			assert_true(doc_equal(change, diff));
		doc_free(diff);
		doc_free(change);
		doc_free(a);
		doc_free(b);
	}
}

static void a_difference_sees_a_group_become_an_empty_leaf(void **state)
{
	(void)state;
	struct doc *a = status("Audio/Volume=1"), *b = status("Audio=");
	struct doc *diff = doc_diff(a, b);
	assert_non_null(diff);
	doc_free(doc_merge(a, diff));
	assert_true(doc_equal(a, b));
	doc_free(diff);
	doc_free(a);
	doc_free(b);
}

/* One change after the other, and what both say together. */
static void expect_both(const char *first, const char *second, const char *wanted)
{
	struct doc *into = status(first), *news = status(second);
	doc_accumulate(into, news);
	assert_string_equal(terminal(into, "*", 0), wanted);
	doc_free(into);
	doc_free(news);
}

static void changes_add_up(void **state)
{
	(void)state;
	expect_both("", "Audio/Volume=50", "* Audio Volume: \"50\"\n");
	expect_both("Audio/Volume=50 Audio/Mute=Off", "Audio/Volume=51 A=1",
		    "* A: \"1\"\n* Audio Mute: \"Off\"\n* Audio Volume: \"51\"\n");
	expect_both("Call[3]/Status=Idle", "Call[2]/Status=Idle",
		    "* Call 2 Status: \"Idle\"\n* Call 3 Status: \"Idle\"\n");
	/* What is gone stays told, also when nobody was told that it was there. */
	expect_both("Call[3]/Status=Idle", "Call[3]!", "* Call 3 (ghost=True):\n");
	expect_both("Call[3]!", "Call[3]!", "* Call 3 (ghost=True):\n");
	expect_both("Call[3]!", "Call[4]!", "* Call 3 (ghost=True):\n* Call 4 (ghost=True):\n");
	/* The old one may have had leaves that the new one has not. */
	expect_both("Call[3]!", "Call[3]/Status=Idle", "* Call 3 (ghost=True):\n* Call 3 Status: \"Idle\"\n");
	expect_both("A/B=1", "A=leaf", "* A: \"leaf\"\n");
	expect_both("A=leaf", "A/B=1", "* A B: \"1\"\n");
	expect_both("A/B=1", "A", "* A B: \"1\"\n");
}

static void what_comes_again_stands_behind_its_ghost(void **state)
{
	(void)state;
	static const char *const changes[] = { "Call[3]/Status=Idle",    "Call[3]!",
					       "Call[3]/Status=Ringing", "Call[3]/Status=Connected",
					       "Call[3]/Protocol=SIP",   "Call[2]/Status=Idle" };
	struct doc *into = doc_new("Status");
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct doc *news = status(changes[i]);
		doc_accumulate(into, news);
		doc_free(news);
	}
	assert_string_equal(
		xml(into),
		"<Status>\n  <Call item=\"2\" maxOccurrence=\"n\">\n    <Status>Idle</Status>\n  </Call>\n"
		"  <Call ghost=\"True\" item=\"3\" maxOccurrence=\"n\"/>\n  <Call item=\"3\" "
		"maxOccurrence=\"n\">\n"
		"    <Protocol>SIP</Protocol>\n    <Status>Connected</Status>\n  </Call>\n</Status>\n");
	assert_string_equal(
		json(into),
		"{\"Status\":{\"Call\":[{\"id\":\"2\",\"Status\":{\"Value\":\"Idle\"}},{\"id\":\"3\","
		"\"ghost\":\"True\"},{\"id\":\"3\",\"Protocol\":{\"Value\":\"SIP\"},\"Status\":{\"Value\":"
		"\"Connected\"}}]}}");
	struct doc *gone = status("Call[3]! Call[2]!");
	doc_accumulate(into, gone);
	assert_string_equal(terminal(into, "*", 0), "* Call 2 (ghost=True):\n* Call 3 (ghost=True):\n");
	doc_free(gone);
	doc_free(into);
}

/* Random changes, merged one after the other, are taken back in the opposite order. */
static struct doc *random_change(unsigned *seed)
{
	static const char *const words[] = { "A/B=1",    "A/B=2",    "A/C/D=x",  "A/C=y", "A!",
					     "L[1]/X=1", "L[2]/X=1", "L[2]/Y=2", "L[1]!", "L[2]!",
					     "L[3]/X=7", "A/C!",     "M/N/O=1",  "M/N!",  "M=3",
					     "A/B=3",    "Z=0",      "L[1]/X=9" };
	char text[200] = "";
	for (int n = 0; n < 3; n++) {
		*seed = *seed * 1103515245u + 12345u;
		size_t len = strlen(text);
		snprintf(text + len, sizeof text - len, "%s ",
			 words[(*seed >> 16) % (sizeof words / sizeof *words)]);
	}
	return status(text);
}

static void a_merge_is_taken_back(void **state)
{
	enum { CHANGES = 6 };
	unsigned seed = 17;
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct doc *d = status("A/B=0 L[1]/X=0 K/V=7"), *before[CHANGES], *undo[CHANGES];
		for (int i = 0; i < CHANGES; i++) {
			struct doc *news = random_change(&seed);
			before[i] = doc_copy(d);
			undo[i] = doc_merge_undo(d, news);
			doc_free(doc_merge(d, news));
			doc_free(news);
		}
		for (int i = CHANGES; i-- > 0;) {
			doc_free(doc_merge(d, undo[i]));
			struct doc *left = doc_diff(before[i], d);
			if (left)
				fail_msg("round %d, change %d: %s", round, i, xml(left));
			doc_free(undo[i]);
			doc_free(before[i]);
		}
		doc_free(d);
	}
}

static void a_wide_document_merges_in_one_pass(void **state)
{
	(void)state;
	enum { WIDE = 20000 };
	struct doc *into = doc_new("Status"), *news = doc_new("Status");
	for (uint32_t i = 0; i < WIDE; i++) /* a scattered order, each item once */
		doc_add(news, "Call", i * 7919 % WIDE + 1)->max_occurrence = DOC_UNBOUNDED;
	struct doc *change = doc_merge(into, news);
	assert_int_equal(doc_count(change), WIDE + 1);
	assert_int_equal(into->first->item, 1);
	assert_int_equal(into->last->item, WIDE);
	doc_free(change);
	doc_accumulate(into, news); /* the same, all of it known already */
	assert_int_equal(doc_count(into), WIDE + 1);
	doc_free(into);
	doc_free(news);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_is_built_and_read),
		cmocka_unit_test(terminal_lines),
		cmocka_unit_test(terminal_results),
		cmocka_unit_test(terminal_lines_cannot_be_forged),
		cmocka_unit_test(attributes_and_unseen_characters_are_shown),
		cmocka_unit_test(xml_documents),
		cmocka_unit_test(xml_holds_only_what_it_can),
		cmocka_unit_test(json_documents),
		cmocka_unit_test(typed_json_documents),
		cmocka_unit_test(pieces_make_the_whole),
		cmocka_unit_test(many_names_are_printed_as_json),
		cmocka_unit_test(printing_stops_at_the_ceiling),
		cmocka_unit_test(merge_tells_what_is_new),
		cmocka_unit_test(growth_is_known_before_the_merge),
		cmocka_unit_test(a_ghost_is_not_the_object),
		cmocka_unit_test(values_are_wiped),
		cmocka_unit_test(merge_keeps_order_and_knows_item_1),
		cmocka_unit_test(a_difference_leads_from_one_to_the_other),
		cmocka_unit_test(a_difference_sees_a_group_become_an_empty_leaf),
		cmocka_unit_test(changes_add_up),
		cmocka_unit_test(what_comes_again_stands_behind_its_ghost),
		cmocka_unit_test(a_merge_is_taken_back),
		cmocka_unit_test(a_wide_document_merges_in_one_pass),
	};
	return cmocka_run_group_tests(tests, start, end);
}
