/* SPDX-License-Identifier: MIT */
#include "wire/post.h"

#include "base/file.h"
#include "wire/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static const struct wire_identity who = {
	.system_name = "Oslo & Bergen",
	.mac_address = "E4:AA:5D:00:00:01",
	.ip_address = "192.0.2.10",
	.product_type = "Cisco Codec",
	.product_id = "Example Room Kit",
	.software_version = "sealpost 0.1.0",
	.serial_number = "FTT0000EXMPL",
	.hardware_board = "not told here",
};

/* Writes the change, and holds the body against the captured one, byte for byte. */
static void expect_body(enum wire_format format, const char *change, const char *fixture)
{
	struct err e;
	struct doc *d;
	struct buf body, wanted;
	buf_init(&body, 10000);
	buf_init(&wanted, 10000);
	if (xml_parse(change, strlen(change), NULL, &d, &e) < 0 || file_read(fixture, &wanted, &e) < 0)
		fail_msg("%s", e.text);
	post_write(format, &who, d, &body);
	if (format == WIRE_JSON)
		buf_addc(&body, '\n'); /* as a text file ends */
	assert_string_equal(buf_str(&body), buf_str(&wanted));
	assert_false(body.full);
	buf_done(&body);
	buf_done(&wanted);
	doc_free(d);
}

static const char widget[] =
	"<Event><UserInterface><Extensions><Widget><Action><WidgetId>green</WidgetId><Value>111</Value>"
	"<Type>changed</Type></Action></Widget></Extensions></UserInterface></Event>";
static const char disconnect[] =
	"<Event><CallDisconnect><CauseValue>13</CauseValue><CauseType>RemoteBusy</CauseType><CauseString/>"
	"<CallId item='1'>8</CallId></CallDisconnect></Event>";
static const char call[] =
	"<Status><Call item='24' maxOccurrence='n'><Status>Connected</Status></Call></Status>";
static const char ghost[] = "<Status><Call item='8' maxOccurrence='n' ghost='True'/></Status>";

static void test_xml_bodies(void **state)
{
	(void)state;
	expect_body(WIRE_XML, widget, "fixtures/feedback/event-widget.xml");
	expect_body(WIRE_XML, disconnect, "fixtures/feedback/event-disconnect.xml");
	expect_body(WIRE_XML, call, "fixtures/feedback/status-call.xml");
	expect_body(WIRE_XML, ghost, "fixtures/feedback/status-ghost.xml");
	expect_body(WIRE_XML,
		    "<Configuration><SystemUnit><Name>Oslo &amp; Bergen</Name></SystemUnit></Configuration>",
		    "fixtures/feedback/configuration-name.xml");
}

static void test_json_bodies(void **state)
{
	(void)state;
	expect_body(WIRE_JSON, call, "fixtures/feedback/status-call.json");
	expect_body(WIRE_JSON, ghost, "fixtures/feedback/status-ghost.json");
}

/* What it writes, it can read: Identification and the change's own elements. */
static void test_round_trip(void **state)
{
	(void)state;
	struct err e;
	struct buf body;
	struct doc *event = doc_new("Event"), *back;
	struct wire_identity odd = who;
	char text[200];
	memcpy(odd.system_name, "<&\"'>\xc3\xa5\xe4\xb8\xad", sizeof "<&\"'>\xc3\xa5\xe4\xb8\xad");
	memcpy(odd.ip_address_v6, "fe80::1", 8);
	doc_set_value(doc_make(event, "CallSuccessful/RemoteURI"), DOC_STRING,
		      "sip:a&b<c>@example.com;x=\"1\"");
	buf_init(&body, 10000);
	post_write(WIRE_XML, &odd, event, &body);
	if (xml_parse(body.data, body.len, NULL, &back, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(xml_text(back, "Identification/SystemName", text, sizeof text), 0);
	assert_string_equal(text, odd.system_name);
	assert_int_equal(xml_text(back, "Identification/IPAddressV6", text, sizeof text), 0);
	assert_string_equal(text, "fe80::1");
	assert_int_equal(xml_text(back, "CallSuccessful/RemoteURI", text, sizeof text), 0);
	assert_string_equal(text, "sip:a&b<c>@example.com;x=\"1\"");
	assert_null(doc_get(back, "Identification/HWBoard"));
	assert_int_equal(doc_get(event, "CallSuccessful")->item, 0); /* the change itself is untouched */
	doc_free(back);
	doc_free(event);
	buf_done(&body);
}

static void test_empty_change(void **state)
{
	(void)state;
	struct buf body;
	struct doc *d = doc_new("Status");
	buf_init(&body, 1000);
	post_write(WIRE_JSON, &who, d, &body);
	assert_non_null(strstr(buf_str(&body), "\"SerialNumber\":{\"Value\":\"FTT0000EXMPL\"}}}}"));
	assert_string_equal(buf_str(&body) + body.len - 4, "}}}}");
	doc_free(d);
	buf_done(&body);
}

static void test_ceiling(void **state)
{
	(void)state;
	struct buf body;
	struct doc *d = doc_new("Status");
	doc_set_value(doc_make(d, "Audio/Volume"), DOC_INTEGER, "65");
	for (int format = WIRE_XML; format <= WIRE_JSON; format++) {
		buf_init(&body, 10000);
		post_write(format, &who, d, &body);
		size_t whole = body.len;
		buf_done(&body);
		for (size_t max = 0; max <= whole; max++) {
			buf_init(&body, max);
			post_write(format, &who, d, &body);
			assert_int_equal(body.full, max < whole);
			buf_done(&body);
		}
	}
	doc_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xml_bodies), cmocka_unit_test(test_json_bodies),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_empty_change),
		cmocka_unit_test(test_ceiling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
