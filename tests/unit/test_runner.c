/* SPDX-License-Identifier: MIT */
/* Commands that the manager sends, run by the terminal on a fake agent. */
#include "world_terminal.h"
#include "command/command_set.h"
#include "../../src/command/tree.h"
#include "wire/xml.h"

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

static size_t n_refused; /* as the last run reported it */

static void ran(void *arg, struct doc *results, size_t refused)
{
	n_refused = refused;
	struct buf *b = arg;
	doc_print_xml(results, 0, b);
	doc_free(results);
}

/* The results in XML. */
static const char *run(struct world *w, const char *xml)
{
	struct doc *command;
	struct buf b;
	struct err e;
	buf_init(&b, sizeof w->text - 1);
	if (xml_parse(xml, strlen(xml), NULL, &command, &e) < 0)
		fail_msg("%s", e.text);
	w->agent->run(w->agent->run_arg, command, ran, &b);
	assert_int_equal(b.len, 0); /* never before it returned */
	for (int i = 0; i < 2000 && !b.len; i++)
		loop_run_for(w->loop, 1);
	doc_free(command);
	snprintf(w->text, sizeof w->text, "%s", buf_str(&b));
	buf_done(&b);
	return w->text;
}

static void several_side_by_side(void **state)
{
	struct world *w = *state;
	assert_string_equal(
		run(w,
		    "<Command><HttpFeedback><Register "
		    "command=\"True\"><FeedbackSlot>3</FeedbackSlot><ServerUrl>"
		    "https://x.test/?a=\"b\\\\c\"</ServerUrl><Expression item=\"2\">/Event/Two</Expression>"
		    "<Expression "
		    "item=\"1\">/Status/One</Expression></Register><Deregister><FeedbackSlot>2</FeedbackSlot>"
		    "</Deregister></HttpFeedback><SystemUnit><Boot/></SystemUnit></Command>"),
		"<Command>\n  <HttpFeedbackRegisterResult status=\"OK\">\n    "
		"<FeedbackSlot>3</FeedbackSlot>\n"
		"  </HttpFeedbackRegisterResult>\n  <HttpFeedbackDeregisterResult status=\"OK\">\n"
		"    <FeedbackSlot>2</FeedbackSlot>\n  </HttpFeedbackDeregisterResult>\n"
		"  <SystemUnitBootResult status=\"OK\"/>\n</Command>\n");
	loop_run_for(w->loop, 5);
	assert_true(w->agent->booted);
}

static void values_arrive_as_they_are(void **state)
{
	struct world *w = *state;
	run(w, "<Command><HttpFeedback><Register><ServerUrl>https://x.test/?a=\"b\\c\"</"
	       "ServerUrl><Expression>/Event</Expression>"
	       "</Register></HttpFeedback></Command>");
	assert_string_equal(w->agent->registered, "0 https://x.test/?a=\"b\\c\" XML force=0 /Event");
	/* Neither a backslash nor a quote ends a value or begins a parameter. */
	run(w, "<Command><HttpFeedback><Register><ServerUrl>https://x.test/DOMAIN\\user</ServerUrl>"
	       "<Expression>/Event\" Force: \"True</Expression></Register></HttpFeedback></Command>");
	assert_string_equal(w->agent->registered,
			    "0 https://x.test/DOMAIN\\user XML force=0 /Event\" Force: \"True");
}

/* A value stays one value: a backslash or a quote in it neither changes it nor begins another parameter. */
static void no_value_becomes_a_parameter(void **state)
{
	struct world *w = *state;
	run(w, "<Command><HttpFeedback><Register><ServerUrl>https://x.test</"
	       "ServerUrl><Expression>DOMAIN\\user</Expression>"
	       "<Expression>a\\n\\u0041\\</Expression></Register></HttpFeedback></Command>");
	assert_string_equal(w->agent->registered, "0 https://x.test XML force=0 DOMAIN\\user a\\n\\u0041\\");
	run(w, "<Command><HttpFeedback><Register><ServerUrl>https://x.test</ServerUrl><Expression>x\\\" "
	       "Force: \"True</Expression>"
	       "</Register></HttpFeedback></Command>");
	assert_string_equal(w->agent->registered, "0 https://x.test XML force=0 x\\\" Force: \"True");
}

/* What somebody else has registered is not changed, whatever the commands before have done. */
static void slots_of_others(void **state)
{
	struct world *w = *state;
	static const char *const commands[] = {
		"<Register><FeedbackSlot>4</FeedbackSlot><ServerUrl>https://x.test</ServerUrl>"
		"<Force>True</Force></Register>",
		"<Deregister><FeedbackSlot>4</FeedbackSlot></Deregister>",
	};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		char xml[400];
		snprintf(xml, sizeof xml, "<Command><HttpFeedback>%s</HttpFeedback></Command>", commands[i]);
		assert_non_null(strstr(run(w, xml), "slot 4 is another"));
		assert_string_equal(w->agent->registered, "");
	}
}

static void what_is_not_run(void **state)
{
	struct world *w = *state;
	/* Guarded, abbreviated, older names, nothing at all; a line break in a value begins no new
	 * command. */
	assert_non_null(strstr(
		run(w,
		    "<Command><Security><Certificates><CA><Delete><Fingerprint>00</Fingerprint></Delete></CA>"
		    "</Certificates></Security></Command>"),
		"is guarded"));
	assert_non_null(strstr(run(w, "<Command><Sec><Cert><CA><Del/></CA></Cert></Sec></Command>"),
			       "Unknown command"));
	assert_non_null(strstr(run(w, "<Command><Boot/></Command>"), "Unknown command"));
	assert_non_null(strstr(run(w, "<Command><Diagnostics><Connection><Url>https://x/</Url></Connection></"
				      "Diagnostics></Command>"),
			       "no address"));
	assert_string_equal(run(w, "<Command/>"), "<Command/>\n");
	assert_int_equal(n_refused, 0);
	/* Refused are those that are guarded or unknown, not those that run and fail. */
	run(w,
	    "<Command><Boot/><Security><Certificates><CA><DeleteAll/></CA></Certificates></Security>"
	    "<HttpFeedback><Deregister><FeedbackSlot>9</FeedbackSlot></Deregister></HttpFeedback></Command>");
	assert_int_equal(n_refused, 2);
	run(w, "<Command><HttpFeedback><Deregister><FeedbackSlot>1\nxCommand SystemUnit "
	       "Boot</FeedbackSlot></Deregister>"
	       "</HttpFeedback></Command>");
	assert_non_null(strstr(w->text, "status=\"ParameterError\""));
	assert_false(w->agent->booted);
	assert_string_equal(w->agent->registered, "");
	assert_string_equal(w->agent->uploaded, "");
}

static void at_most_so_many(void **state)
{
	struct world *w = *state;
	struct buf b;
	size_t n = 0;
	buf_init(&b, 1 << 20);
	buf_adds(&b, "<Command><HttpFeedback>");
	for (int i = 0; i < 100; i++)
		buf_adds(&b, "<Enable><FeedbackSlot>1</FeedbackSlot></Enable>");
	buf_adds(&b, "</HttpFeedback></Command>");
	run(w, buf_str(&b));
	for (const char *s = w->text; (s = strstr(s, "<HttpFeedbackEnableResult")); s++)
		n++;
	assert_int_equal(n, 64);
	const char *more = strstr(w->text, "more than 64 commands");
	assert_non_null(more);
	assert_null(strstr(more + 1, "more than 64 commands")); /* said once */
	buf_done(&b);
}

static void an_end_owes_no_answer(void **state)
{
	struct world *w = *state;
	struct doc *command;
	struct buf b;
	static const char boot[] = "<Command><SystemUnit><Boot/></SystemUnit><Nothing/></Command>";
	buf_init(&b, 1000);
	assert_int_equal(xml_parse(boot, strlen(boot), NULL, &command, NULL), 0);
	w->agent->run(w->agent->run_arg, command, ran, &b);
	control_free(w->control);
	w->control = NULL;
	assert_non_null(strstr(buf_str(&b), "or the agent ended"));
	assert_non_null(strstr(buf_str(&b), "Unknown command"));
	doc_free(command);
	buf_done(&b);
}

/* The manager takes back what it could set, and all or nothing of a group. */
static void settings_are_reset_within_the_guard(void **state)
{
	struct world *w = *state;
	struct settings_pair set[] = { { "SystemUnit Name", "x", SETTINGS_FROM_MANAGER },
				       { "Logging Level", "Debug", SETTINGS_FROM_TERMINAL } };
	struct err e;
	assert_int_equal(agent_configure(w->agent, set, 2, &e), 0);
	run(w, "<Command><Configuration><Reset><Path>/</Path></Reset></Configuration></Command>");
	assert_non_null(strstr(w->text, "Logging Level: guarded"));
	assert_string_equal(settings_get(w->agent->settings)->system_name, "x");
	run(w, "<Command><Configuration><Reset><Path>SystemUnit</Path></Reset></Configuration></Command>");
	assert_non_null(strstr(w->text, "<Reset>1</Reset>"));
	assert_non_null(strstr(w->text, "SystemUnit Name"));
	assert_string_equal(settings_get(w->agent->settings)->system_name, "");
	assert_int_equal(settings_get(w->agent->settings)->logging.level, SETTINGS_LOG_DEBUG);
}

/* Whoever guards an older system's name means the command that it is. */
static void older_names_in_lists(void **state)
{
	struct world *w = *state;
	const struct command_row *row;
	size_t n = 0;
	struct err e;
	for (size_t i = 0; (row = tree_command(i)); i++) {
		char list[100];
		snprintf(list, sizeof list, "xCommand %s", row->path);
		struct settings_pair set = { "Provisioning ExternalManager Guarded", list,
					     SETTINGS_FROM_TERMINAL };
		if (agent_configure(w->agent, &set, 1, &e) < 0)
			fail_msg("%s", e.text);
		const char *stored = settings_get(w->agent->settings)->provisioning.guarded;
		assert_int_equal(strcmp(stored, list) != 0, (row->flags & COMMAND_OLDER_NAME) != 0);
		n += row->flags & COMMAND_OLDER_NAME ? 1 : 0;
	}
	assert_true(n >= 4);
}

int main(void)
{
	command_set_register_names();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(older_names_in_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(several_side_by_side, setup, teardown),
		cmocka_unit_test_setup_teardown(values_arrive_as_they_are, setup, teardown),
		cmocka_unit_test_setup_teardown(no_value_becomes_a_parameter, setup, teardown),
		cmocka_unit_test_setup_teardown(slots_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_run, setup, teardown),
		cmocka_unit_test_setup_teardown(at_most_so_many, setup, teardown),
		cmocka_unit_test_setup_teardown(an_end_owes_no_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(settings_are_reset_within_the_guard, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
