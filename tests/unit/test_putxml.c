/* SPDX-License-Identifier: MIT */
/* xPutxml and xGetxml: documents in, documents out, on a fake agent. */
#include "world_terminal.h"

#include "../../src/control/control_internal.h"

#include <sysexits.h>

static int setup(void **state)
{
	*state = world_new();
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

/* A session in XML with these roles. */
static int session_of(struct world *w, unsigned roles)
{
	int fd = world_framed(w);
	world_ask(w, fd, "xPreferences outputmode xml");
	w->control->sessions->roles = roles;
	return fd;
}

static int admin(struct world *w)
{
	return session_of(w, ROLE_USER | ROLE_ADMIN);
}

/* Sends the document as a counted body; what the answer holds between its XmlDoc tags. */
static const char *put(struct world *w, int fd, const char *xml)
{
	static const char verb[] = "xPutxml\n", open[] = "<XmlDoc resultId=\"\">\n";
	static const char close[] = "</XmlDoc>\n";
	size_t len = strlen(xml) + 200;
	char *text = mem_new(len);
	snprintf(text, len, "{%zu}\n%s%s", strlen(verb) + strlen(xml) + 1, verb, xml);
	world_ask(w, fd, text);
	free(text);
	char *end = strstr(w->text, close);
	assert_int_equal(strncmp(w->text, open, strlen(open)), 0);
	assert_non_null(end);
	*end = '\0';
	return w->text + strlen(open);
}

#define assert_put(w, fd, xml, wanted, wanted_status)                                                        \
	do {                                                                                                 \
		assert_string_equal(put(w, fd, xml), wanted);                                                \
		assert_int_equal((w)->status, wanted_status);                                                \
	} while (0)

/* A command that takes its time stands before others: the answers keep the order of the commands. */
static void one_answer_each_in_order(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	assert_put(w, fd,
		   "<Command><Security><Certificates><CA><Upload><body>some "
		   "PEM</body></Upload></CA></Certificates></Security>"
		   "<HttpFeedback><Deregister command=\"True\"><FeedbackSlot>2</FeedbackSlot></Deregister>"
		   "<Enable><FeedbackSlot item=\"1\">7</FeedbackSlot></Enable>"
		   "<Register><ServerUrl>https://a.test/x</ServerUrl><Expression "
		   "item=\"2\">/Event/B</Expression>"
		   "<Expression item=\"1\">/Status/A</Expression></Register></HttpFeedback></Command>",
		   "<Command>\n"
		   "  <CAUploadResult status=\"OK\">\n    <Certificate>added</Certificate>\n  "
		   "</CAUploadResult>\n"
		   "  <HttpFeedbackDeregisterResult status=\"OK\">\n    <FeedbackSlot>2</FeedbackSlot>\n"
		   "  </HttpFeedbackDeregisterResult>\n"
		   "  <HttpFeedbackEnableResult status=\"ParameterError\">\n"
		   "    <Reason>FeedbackSlot: expected &lt;1..4&gt;, got &quot;7&quot;</Reason>\n  "
		   "</HttpFeedbackEnableResult>\n"
		   "  <HttpFeedbackRegisterResult status=\"OK\">\n    <FeedbackSlot>2</FeedbackSlot>\n"
		   "  </HttpFeedbackRegisterResult>\n</Command>\n",
		   EX_DATAERR);
	assert_string_equal(w->agent->uploaded, "some PEM");
	assert_string_equal(w->agent->registered, "0 https://a.test/x XML force=0 /Status/A /Event/B");
	close(fd);
}

static void what_is_not_known_is_named(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	assert_put(w, fd,
		   "<Command><HttpFeedback><Enrol/><Enable><FeedbackSlot>1</FeedbackSlot></Enable></"
		   "HttpFeedback></Command>",
		   "<Command>\n  <Result status=\"Error\">\n    <Reason>Unknown command</Reason>\n"
		   "    <XPath>/Command/HttpFeedback/Enrol</XPath>\n  </Result>\n"
		   "  <HttpFeedbackEnableResult status=\"OK\"/>\n</Command>\n",
		   EX_DATAERR);
	assert_string_equal(w->agent->registered, "enabled 1");
	/* Nor is a parameter abbreviated. */
	assert_put(
		w, fd,
		"<Command><HttpFeedback><Enable><FeedbackSlo>2</FeedbackSlo></Enable></HttpFeedback></"
		"Command>",
		"<Command>\n  <HttpFeedbackEnableResult status=\"ParameterError\">\n    <Reason>there is no "
		"parameter FeedbackSlo; did you mean FeedbackSlot?</Reason>\n  "
		"</HttpFeedbackEnableResult>\n</Command>\n",
		EX_DATAERR);
	assert_string_equal(w->agent->registered, "enabled 1");
	static const char nothing[] =
		"<Command>\n  <ActionError>\n    <Reason>No action detected in document</Reason>\n"
		"  </ActionError>\n</Command>\n";
	assert_put(w, fd, "<Command/>", nothing, EX_DATAERR);
	assert_put(w, fd, "<Command><HttpFeedback/></Command>", nothing, EX_DATAERR);
	close(fd);
}

/* Each command needs its own role. */
static void who_may(void **state)
{
	struct world *w = *state;
	int fd = session_of(w, ROLE_USER);
	put(w, fd,
	    "<Command><HttpFeedback><Enable><FeedbackSlot>1</FeedbackSlot></Enable></HttpFeedback>"
	    "<Security><Readiness><Show/></Readiness></Security></Command>");
	assert_non_null(strstr(w->text, "Access denied"));
	assert_non_null(strstr(w->text, "<ReadinessShowResult status=\"OK\">"));
	assert_int_equal(w->status, EX_NOPERM);
	assert_string_equal(w->agent->registered, "");
	put(w, fd, "<Configuration><SystemUnit><Name>x</Name></SystemUnit></Configuration>");
	assert_non_null(strstr(w->text, "Access denied"));
	assert_string_equal(settings_get(w->agent->settings)->system_name, "");
	close(fd);
}

static void at_most_so_many(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	struct buf b;
	size_t n = 0;
	buf_init(&b, 1 << 20);
	buf_adds(&b, "<Command><HttpFeedback>");
	for (int i = 0; i < 70; i++)
		buf_adds(&b, "<Enable><FeedbackSlot>1</FeedbackSlot></Enable>");
	buf_adds(&b, "</HttpFeedback></Command>");
	put(w, fd, buf_str(&b));
	for (const char *s = w->text; (s = strstr(s, "<HttpFeedbackEnableResult")); s++)
		n++;
	assert_int_equal(n, 64);
	assert_non_null(strstr(w->text, "there are more than 64 commands: the rest of them were not run"));
	buf_done(&b);
	close(fd);
}

/* A command that never ends takes a minute; those behind it are not run. */
static void it_ends_in_time(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	w->agent->never_ends = 1;
	const char *xml =
		"<Command><HttpFeedback><Enable><FeedbackSlot>1</FeedbackSlot></Enable></HttpFeedback>"
		"<Security><Verify><Url>https://a.test/</Url></Verify></Security>"
		"<HttpFeedback><Enable><FeedbackSlot>2</FeedbackSlot></Enable></HttpFeedback></Command>";
	char text[600];
	snprintf(text, sizeof text, "{%zu}\nxPutxml\n%s\n", strlen("xPutxml\n") + strlen(xml) + 1, xml);
	world_say(w, fd, text);
	loop_run_for(w->loop, 5);
	assert_string_equal(w->agent->registered, "enabled 1");
	loop_sim_advance(w->loop, 59 * 1000);
	world_read(w, fd, NULL);
	assert_string_equal(w->text, "");
	loop_sim_advance(w->loop, 2 * 1000);
	world_read(w, fd, "</XmlDoc>");
	assert_non_null(strstr(w->text, "<HttpFeedbackEnableResult status=\"OK\"/>"));
	const char *late = strstr(w->text, "the command was not answered in time");
	assert_non_null(late);
	assert_non_null(strstr(late + 1, "the command was not run, because the commands before it took all"));
	assert_string_equal(w->agent->registered, "enabled 1");
	close(fd);
}

/* The session goes while a command of its document is under way: nothing more is run, nothing is answered. */
static void a_session_that_goes(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	w->agent->never_ends = 1;
	const char *xml =
		"<Command><Security><Verify><Url>https://a.test/</Url></Verify></Security>"
		"<HttpFeedback><Enable><FeedbackSlot>2</FeedbackSlot></Enable></HttpFeedback></Command>";
	char text[600];
	snprintf(text, sizeof text, "{%zu}\nxPutxml\n%s\n", strlen("xPutxml\n") + strlen(xml) + 1, xml);
	world_say(w, fd, text);
	loop_run_for(w->loop, 5);
	close(fd);
	loop_run_for(w->loop, 5);
	assert_null(w->control->sessions);
	loop_sim_advance(w->loop, 61 * 1000);
	loop_run_for(w->loop, 5);
	assert_string_equal(w->agent->registered, "");
}

static void the_answer_comes_before_the_restart(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	assert_put(w, fd, "<Command><SystemUnit><Boot/></SystemUnit></Command>",
		   "<Command>\n  <SystemUnitBootResult status=\"OK\"/>\n</Command>\n", EX_OK);
	close(fd);
	loop_run_for(w->loop, 5);
	assert_true(w->agent->booted);
}

static const char *name_of(const struct world *w)
{
	return settings_get(w->agent->settings)->system_name;
}

static void a_configuration_is_set_whole_or_not(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	static const char success[] = "<Configuration>\n  <Success/>\n</Configuration>\n";
	assert_put(
		w, fd,
		"<Configuration><SystemUnit><Name>Ada's &amp; room</Name></SystemUnit><NetworkServices><NTP>"
		"<Server "
		"item=\"2\"><Address>ntp2.test</Address></Server></NTP></NetworkServices></Configuration>",
		success, EX_OK);
	assert_string_equal(name_of(w), "Ada's & room");
	assert_string_equal(settings_value(w->agent->settings, "NetworkServices NTP Server 2 Address"),
			    "ntp2.test");
	/* Two are wrong, each is named; the one that is right is not set. */
	assert_put(
		w, fd,
		"<Configuration><SystemUnit><Name>other</Name><Nme>x</Nme></SystemUnit><NetworkServices><NTP>"
		"<Mode>Sometimes</Mode><Server item=\"9\"><Address>a.test</Address></Server></NTP>"
		"</NetworkServices></Configuration>",
		"<Configuration>\n"
		"  <Error>\n    <Reason>there is no &quot;Nme&quot; in SystemUnit; did you mean "
		"Name?</Reason>\n"
		"    <XPath>/Configuration/SystemUnit/Nme</XPath>\n  </Error>\n"
		"  <Error>\n    <Reason>NetworkServices NTP Mode: expected &lt;Auto/Manual/Off&gt;, got "
		"&quot;Sometimes&quot;</Reason>\n"
		"    <XPath>/Configuration/NetworkServices/NTP/Mode</XPath>\n  </Error>\n"
		"  <Error>\n    <Reason>there is no Server 9: the last one is 3</Reason>\n"
		"    <XPath>/Configuration/NetworkServices/NTP/Server[9]/Address</XPath>\n  </Error>\n"
		"</Configuration>\n",
		EX_DATAERR);
	assert_string_equal(name_of(w), "Ada's & room");
	/* Some number every element; an empty value clears; nothing at all is nothing wrong. */
	assert_put(w, fd,
		   "<Configuration><SystemUnit item=\"1\"><Name "
		   "item=\"1\">numbered</Name></SystemUnit></Configuration>",
		   success, EX_OK);
	assert_string_equal(name_of(w), "numbered");
	/* Nothing is abbreviated in a document; upper and lower case are the same. */
	assert_put(w, fd, "<Configuration><SystemUnit><Nam>x</Nam></SystemUnit></Configuration>",
		   "<Configuration>\n"
		   "  <Error>\n    <Reason>there is no &quot;Nam&quot; in SystemUnit; did you mean "
		   "Name?</Reason>\n"
		   "    <XPath>/Configuration/SystemUnit/Nam</XPath>\n  </Error>\n</Configuration>\n",
		   EX_DATAERR);
	assert_string_equal(name_of(w), "numbered");
	assert_put(w, fd, "<Configuration><systemunit><NAME>lower</NAME></systemunit></Configuration>",
		   success, EX_OK);
	assert_string_equal(name_of(w), "lower");
	assert_put(w, fd, "<Configuration><SystemUnit><Name></Name></SystemUnit></Configuration>", success,
		   EX_OK);
	assert_string_equal(name_of(w), "");
	assert_put(w, fd, "<Configuration/>", success, EX_OK);
	close(fd);
}

static void what_was_shown_can_come_back(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	put(w, fd, "<Configuration><Provisioning><Password>s3cret</Password></Provisioning></Configuration>");
	assert_int_equal(w->status, EX_OK);
	put(w, fd,
	    "<Configuration><Provisioning><LoginName>ada</LoginName><Password>***</Password></Provisioning></"
	    "Configuration>");
	assert_int_equal(w->status, EX_OK);
	assert_string_equal(settings_get(w->agent->settings)->provisioning.login_name, "ada");
	assert_string_equal(settings_get(w->agent->settings)->provisioning.password, "s3cret");
	close(fd);
}

static void other_documents_are_refused(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	put(w, fd, "<Status><Audio/></Status>");
	assert_non_null(strstr(w->text,
			       "&lt;Status&gt;: expected a document whose root is Configuration or Command"));
	assert_int_equal(w->status, EX_DATAERR);
	put(w, fd, "<Configuration><SystemUnit><Name>x</SystemUnit></Configuration>");
	assert_non_null(strstr(w->text, "status=\"Error\""));
	put(w, fd,
	    "<!DOCTYPE a [<!ENTITY b "
	    "\"c\">]><Configuration><SystemUnit><Name>&b;</Name></SystemUnit></Configuration>");
	assert_non_null(strstr(w->text, "status=\"Error\""));
	put(w, fd, "");
	assert_non_null(strstr(w->text, "usage: xPutxml"));
	assert_string_equal(name_of(w), "");
	close(fd);
}

/* --- xGetxml --- */

#define PRODUCT "product=\"Codec &quot;4&quot;\" version=\"1.2\" apiVersion=\"4\""

static const char *get(struct world *w, int fd, const char *path)
{
	char line[400];
	snprintf(line, sizeof line, "xGetxml %s", path);
	world_ask(w, fd, line);
	assert_int_equal(w->status, EX_OK);
	return w->text;
}

static void a_part_is_found_however_it_is_asked(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	static const char uptime[] =
		"<XmlDoc resultId=\"\">\n<Status " PRODUCT ">\n  <SystemUnit item=\"1\">\n"
		"    <Uptime item=\"1\">42</Uptime>\n  </SystemUnit>\n</Status>\n</XmlDoc>\n";
	static const char *const paths[] = { "/Status/SystemUnit/Uptime",
					     "Status/SystemUnit/Uptime",
					     "/status/systemunit/uptime",
					     "/Status//Uptime",
					     "//Uptime",
					     "//SystemUnit/Uptime",
					     "/*/SystemUnit/Uptime" };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		assert_string_equal(get(w, fd, paths[i]), uptime);
	static const char call[] =
		"<XmlDoc resultId=\"\">\n<Status " PRODUCT ">\n"
		"  <Call item=\"7\" maxOccurrence=\"n\">\n    <Status item=\"1\">Dialling</Status>\n"
		"  </Call>\n</Status>\n</XmlDoc>\n";
	static const char *const calls[] = { "/Status/Call[7]", "/Status/Call[@item='7']/Status",
					     "//Call[@item=\"7\"]", "Status/Call[7]/Status" };
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		assert_string_equal(get(w, fd, calls[i]), call);
	assert_non_null(
		strstr(get(w, fd, "//NTP/Server[2]/Address"), "<Server item=\"2\" maxOccurrence=\"3\">"));
	assert_null(strstr(w->text, "<Server item=\"1\""));
	close(fd);
}

static void nothing_is_an_empty_result(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	static const char *const paths[] = { "/Status/Nope",         "/Nothing",
					     "/Status/Call[9]",      "//Nope",
					     "/Configuration/Audio", "/Status/SystemUnit/Uptim",
					     "/Command/Dial",        "/" };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		assert_string_equal(get(w, fd, paths[i]),
				    "<XmlDoc resultId=\"\">\n<EmptyResult/>\n</XmlDoc>\n");
	assert_says(w, fd, "xGetxml /Status/Call[", "status=\"Error\"");
	assert_int_equal(w->status, EX_DATAERR);
	close(fd);
}

static void commands_and_value_spaces(void **state)
{
	struct world *w = *state;
	int fd = admin(w);
	assert_string_equal(
		get(w, fd, "/Command/HttpFeedback/Enable"),
		"<XmlDoc resultId=\"\">\n<Command " PRODUCT ">\n  <HttpFeedback item=\"1\">\n"
		"    <Enable item=\"1\" command=\"True\" role=\"Admin\">\n"
		"      <FeedbackSlot item=\"1\" required=\"True\" valueSpaceRef=\"/Valuespace/INT_1_4\">\n"
		"        <ValueSpace item=\"1\" type=\"Integer\">\n          <Max item=\"1\">4</Max>\n"
		"          <Min item=\"1\">1</Min>\n          <Step item=\"1\">1</Step>\n        "
		"</ValueSpace>\n"
		"      </FeedbackSlot>\n    </Enable>\n  </HttpFeedback>\n</Command>\n</XmlDoc>\n");
	assert_non_null(strstr(get(w, fd, "/Command/Security/Certificates/CA/Upload"), "multiline=\"True\""));
	assert_non_null(strstr(get(w, fd, "/Command/HttpFeedback/Register/Expression"),
			       "required=\"False\" multiple=\"15\""));
	assert_null(strstr(get(w, fd, "/Command"), "CorpDirSearch")); /* an older system's name */
	/* Every reference leads to a value space. */
	assert_string_equal(
		get(w, fd, "/Valuespace/INT_1_4"),
		"<XmlDoc resultId=\"\">\n<Valuespace " PRODUCT ">\n  <INT_1_4 item=\"1\" type=\"Integer\">\n"
		"    <Max item=\"1\">4</Max>\n    <Min item=\"1\">1</Min>\n    <Step item=\"1\">1</Step>\n"
		"  </INT_1_4>\n</Valuespace>\n</XmlDoc>\n");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_answer_each_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(who_may, setup, teardown),
		cmocka_unit_test_setup_teardown(at_most_so_many, setup, teardown),
		cmocka_unit_test_setup_teardown(it_ends_in_time, setup, teardown),
		cmocka_unit_test_setup_teardown(a_session_that_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(the_answer_comes_before_the_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(a_configuration_is_set_whole_or_not, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_shown_can_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(other_documents_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_part_is_found_however_it_is_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_an_empty_result, setup, teardown),
		cmocka_unit_test_setup_teardown(commands_and_value_spaces, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
