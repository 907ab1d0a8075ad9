/* SPDX-License-Identifier: MIT */
#include "wire/manager.h"
#include "wire/soap_fault.h"

#include "wire/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "soap_fixture.h"

static struct doc *results_of(const char *root)
{
	struct doc *results = doc_new(root);
	doc_set_attr(doc_add(results, "HttpFeedbackRegisterResult", 0), "status", "OK");
	struct doc *refused = doc_add(results, "CAAddResult", 0);
	doc_set_attr(refused, "status", "Error");
	doc_add_value(refused, "Reason", DOC_STRING, "Guarded & kept");
	return results;
}

static void test_events(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10000);
	manager_write_event(MANAGER_BEAT, &who, &b);
	/* What servers look for by plain text search (wire-formats.md 1.2). */
	assert_non_null(strstr(buf_str(&b), "\"http://www.tandberg.net/2004/11/SystemManagementService/\""));
	assert_non_null(strstr(buf_str(&b), "<PostEvent"));
	assert_true(b.len < 3000);
	expect_message(&b, "post-event-beat.xml");
	manager_write_event(MANAGER_BOOT, &who, &b);
	expect_message(&b, "post-event-boot.xml");
	struct doc *results = results_of("Command");
	manager_write_event_with(MANAGER_BEAT, &who, results, &b);
	doc_free(results);
	expect_message(&b, "post-event-results.xml");
	manager_write_event(MANAGER_REGISTER, &who, &b);
	assert_non_null(strstr(buf_str(&b), "<Event>Register</Event>"));
	buf_done(&b);
}

static void test_document(void **state)
{
	(void)state;
	struct buf b;
	struct doc *d = doc_new("Configuration");
	struct doc *volume = doc_make(d, "Audio/DefaultVolume");
	doc_set_value(volume, DOC_INTEGER, "80");
	doc_set_attr(volume, "valueSpaceRef", "/Valuespace/INT_0_100");
	buf_init(&b, 10000);
	manager_write_document(&who, "/Configuration", d, &b);
	expect_message(&b, "posted-document.xml");
	assert_null(d->attrs);
	struct doc *results = results_of("CommandResponse");
	manager_write_document(&who, "/CommandResponse", results, &b);
	expect_message(&b, "posted-results.xml");
	doc_free(results);
	doc_set_attr(d, "product", "Another");
	manager_write_document(&who, "/<&>", d, &b);
	assert_non_null(
		strstr(buf_str(&b), "<Configuration product=\"Another\" version=\"sealpost 0.1.0\">"));
	assert_non_null(strstr(buf_str(&b), "<Location>/&lt;&amp;&gt;</Location>"));
	buf_done(&b);
	doc_free(d);
}

static struct manager_answer read_text(const char *text, size_t len)
{
	struct manager_answer a;
	struct err e;
	if (manager_read_answer(text, len, &a, &e) < 0)
		fail_msg("%s", e.text);
	return a;
}

static struct manager_answer read_fixture(const char *name)
{
	struct buf b = fixture(name);
	struct manager_answer a = read_text(b.data, b.len);
	buf_done(&b);
	return a;
}

static void test_answer(void **state)
{
	(void)state;
	struct manager_answer a = read_fixture("event-answer.xml");
	assert_int_equal(a.heartbeat_s, 420);
	assert_string_equal(a.configuration->name, "Configuration");
	assert_null(a.configuration->attrs);
	assert_string_equal(doc_text(a.configuration, "SystemUnit/Name", NULL), "Board room");
	assert_string_equal(doc_text(a.configuration, "NetworkServices/NTP/Server[1]/Address", NULL),
			    "time.example.com");
	assert_non_null(doc_get(a.configuration, "NetworkServices/NTP/Server[2]/Address[2]"));
	assert_string_equal(a.command->name, "Command");
	assert_string_equal(doc_attr(doc_get(a.command, "HttpFeedback/Register"), "command"), "True");
	assert_string_equal(doc_text(a.command, "HttpFeedback/Register/Expression[2]", NULL),
			    "/Event/CallDisconnect");
	assert_non_null(doc_get(a.command, "Standby/Deactivate"));
	assert_int_equal(a.n_documents, 2);
	assert_string_equal(a.documents[0].location, "/Status");
	assert_string_equal(a.documents[1].location, "/Configuration");
	assert_string_equal(a.documents[1].url, "https://manager.example.com/postdocument.aspx");
	assert_int_equal(a.documents_left_out, 0);
	assert_string_equal(a.software_url, "https://manager.example.com/firmware.pkg");
	assert_string_equal(a.software_feedback_url, "https://manager.example.com/progress");
	assert_int_equal(a.bookings, 2);
	assert_int_equal(a.files, 0);
	manager_answer_done(&a);
}

static void test_where_results_are_wanted(void **state)
{
	(void)state;
	struct manager_answer a = read_fixture("event-answer-feedback.xml");
	assert_non_null(doc_get(a.command, "HttpFeedback/Enable"));
	assert_ptr_equal(a.command->first, a.command->last);
	assert_string_equal(a.results_to.url, "https://manager.example.com/results?job=17&try=1");
	assert_string_equal(a.results_to.user, "codec");
	assert_string_equal(a.results_to.password, "<hush>");
	assert_false(a.results_to_unread);
	manager_answer_done(&a);
	assert_string_equal(a.results_to.password, "");
	/* Without the inner Command it is no command either; a name and a password need not be there, but
	 * must fit. */
	char text[MANAGER_URL + 400], too_long[MANAGER_URL + 1];
	memset(too_long, 'x', MANAGER_URL);
	too_long[MANAGER_URL] = '\0';
	const struct {
		const char *url;
		int password_len;
		int unread;
	} cases[] = {
		{ "https://a.test/", 0, 0 },
		{ "", 0, 1 },
		{ too_long, 0, 1 },
		{ "https://a.test/", MANAGER_LOGIN - 1, 0 },
		{ "https://a.test/", MANAGER_LOGIN, 1 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int len = snprintf(text, sizeof text,
				   "<PostEventResult><Management><Command><Standby/><Feedback><URL>%s</URL>",
				   cases[i].url);
		if (cases[i].password_len)
			len += snprintf(text + len, sizeof text - (size_t)len, "<Password>%.*s</Password>",
					cases[i].password_len, too_long);
		snprintf(text + len, sizeof text - (size_t)len,
			 "</Feedback></Command></Management></PostEventResult>");
		a = read_text(text, strlen(text));
		assert_int_equal(a.results_to_unread, cases[i].unread);
		assert_string_equal(a.results_to.url, cases[i].unread ? "" : cases[i].url);
		assert_int_equal(strlen(a.results_to.password), cases[i].unread ? 0 : cases[i].password_len);
		assert_string_equal(a.command->first->name, "Standby");
		assert_null(a.command->first->next);
		manager_answer_done(&a);
	}
}

static void test_other_layout(void **state)
{
	(void)state;
	struct manager_answer a = read_fixture("event-answer-other.xml");
	assert_int_equal(a.heartbeat_s, 900);
	assert_string_equal(doc_text(a.configuration, "Provisioning/ExternalManager/Address", NULL),
			    "prov.example.org");
	assert_string_equal(doc_text(a.configuration, "SIP/Proxy[1]/Address", NULL), "sip.example.org");
	assert_non_null(doc_get(a.configuration, "SIP/Proxy[2]/Address"));
	assert_null(a.command);
	assert_int_equal(a.n_documents, 0);
	manager_answer_done(&a);
}

static void test_empty_answers(void **state)
{
	(void)state;
	struct manager_answer a = read_fixture("event-answer-empty.xml");
	assert_int_equal(a.heartbeat_s, 420);
	assert_null(a.configuration);
	assert_null(a.command);
	assert_int_equal(a.n_documents + a.documents_left_out + a.files + a.bookings, 0);
	assert_string_equal(a.software_url, "");
	manager_answer_done(&a);
	static const char *const bare[] = { "<PostEventResult/>", "<a><b><PostEventResponse/></b></a>",
					    "\r\n\n<?xml version=\"1.0\"?><PostEventResult/>" };
	for (size_t i = 0; i < sizeof bare / sizeof *bare; i++) {
		a = read_text(bare[i], strlen(bare[i]));
		assert_int_equal(a.heartbeat_s, 0);
		assert_null(a.configuration);
		manager_answer_done(&a);
	}
}

/* Several and unwrapped parts come together, in order; nonsense is left out. */
static void test_odd_answers(void **state)
{
	(void)state;
	static const char text[] =
		"<PostEventResult><HeartBeatInterval> soon </HeartBeatInterval>"
		"<Management><Configuration><Configuration><A>1</A></Configuration>"
		"<Configuration><A>2</A></Configuration></Configuration></Management>"
		"<Management><Configuration><B>3</B></Configuration><Command><Dial command='True'/></Command>"
		"<SoftwareUpgrade><FileURL>https://x/</FileURL></SoftwareUpgrade>"
		"<FilesToDownload><FileToDownload/></FilesToDownload>"
		"<DocumentsToPost><DocumentToPost><Location>/Status</Location></DocumentToPost><Other/></"
		"DocumentsToPost>"
		"</Management></PostEventResult>";
	struct manager_answer a = read_text(text, strlen(text));
	assert_int_equal(a.heartbeat_s, 0);
	assert_int_equal(doc_count(a.configuration), 4);
	assert_string_equal(a.configuration->first->value, "1");
	assert_string_equal(a.configuration->first->next->value, "2");
	assert_string_equal(a.configuration->last->value, "3");
	assert_non_null(doc_get(a.command, "Dial"));
	assert_string_equal(a.software_url, "https://x/");
	assert_int_equal(a.files, 1);
	assert_int_equal(a.n_documents, 0);
	assert_int_equal(a.documents_left_out, 1);
	manager_answer_done(&a);
}

static void test_documents_are_bounded(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_adds(&b,
		 "<PostEventResult><HeartBeatInterval>-5</HeartBeatInterval><Management><DocumentsToPost>");
	for (int i = 0; i < MANAGER_DOCUMENTS_MAX + 5; i++)
		buf_adds(
			&b,
			"<DocumentToPost><URL>https://x/</URL><Location>/Status</Location></DocumentToPost>");
	buf_adds(&b, "</DocumentsToPost></Management></PostEventResult>");
	struct manager_answer a = read_text(b.data, b.len);
	assert_int_equal(a.n_documents, MANAGER_DOCUMENTS_MAX);
	assert_int_equal(a.documents_left_out, 5);
	assert_int_equal(a.heartbeat_s, 0);
	manager_answer_done(&a);
	buf_done(&b);
}

static void expect_refused(const char *text, const char *why)
{
	struct manager_answer a;
	struct err e;
	memset(&a, 0x5a, sizeof a);
	assert_int_equal(manager_read_answer(text, strlen(text), &a, &e), -1);
	assert_int_equal(e.kind, ERR_PROTOCOL);
	assert_int_equal(e.code == SOAP_FAULT, strstr(why, "SOAP fault") != NULL);
	if (!strstr(e.text, why))
		fail_msg("\"%s\" expected in: %s", why, e.text);
	assert_null(a.configuration);
	assert_null(a.command);
	manager_answer_done(&a);
}

static void test_refusals(void **state)
{
	(void)state;
	struct buf b = fixture("fault-1.1.xml");
	expect_refused(
		buf_str(&b),
		"SOAP fault: \"soap:Server\": \"Server was unable to process request. ---> No such system\"");
	buf_done(&b);
	b = fixture("fault-1.2.xml");
	expect_refused(buf_str(&b), "SOAP fault: \"soap:Sender\": \"Unknown operation\"");
	buf_done(&b);
	expect_refused("<Envelope><Body><Fault/></Body></Envelope>",
		       "SOAP fault: \"without code\": \"no text\"");
	expect_refused("<html><body>Welcome</body></html>", "expected PostEventResult, found <html>");
	expect_refused("<Forbidden error=\"missing_customer_key\" />", "found <Forbidden>");
	expect_refused("Event type not found", "no XML document: line 1");
	expect_refused("", "no XML document");
	expect_refused(" \r\n", "found nothing");
	b = fixture("event-answer.xml");
	for (size_t len = 1; len < b.len - 20; len += 37) { /* cut off anywhere */
		struct manager_answer a;
		struct err e;
		assert_int_equal(manager_read_answer(b.data, b.len - 20 - len, &a, &e), -1);
		assert_int_equal(e.kind, ERR_PROTOCOL);
	}
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),       cmocka_unit_test(test_document),
		cmocka_unit_test(test_answer),       cmocka_unit_test(test_where_results_are_wanted),
		cmocka_unit_test(test_other_layout), cmocka_unit_test(test_empty_answers),
		cmocka_unit_test(test_odd_answers),  cmocka_unit_test(test_documents_are_bounded),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
