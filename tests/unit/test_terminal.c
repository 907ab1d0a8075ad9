/* SPDX-License-Identifier: MIT */
/* What a session answers, in words: settings, status, commands, feedback, help, completion, the three output
 * modes. */
#include "world_terminal.h"

#include "command/command.h"
#include "../../src/command/tree.h"
#include "base/version.h"

#include <sysexits.h>

#define END "** end\n\nOK\n\n"

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

static void configuration(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(w, fd, "xConfiguration SystemUnit Name: \"Room \\\"4\\\"\"", END, EX_OK);
	assert_answer(w, fd, "xconfig systemunit name",
		      "*c xConfiguration SystemUnit Name: \"Room \\\"4\\\"\"\n" END, EX_OK);
	assert_answer(w, fd, "xconfig networks https verifys:   off  ", END, EX_OK);
	assert_answer(w, fd, "xConfiguration NetworkServices HTTPS VerifyServerCertificate",
		      "*c xConfiguration NetworkServices HTTPS VerifyServerCertificate: Off\n" END, EX_OK);
	assert_says(w, fd, "xConfiguration //dns//server",
		    "*c xConfiguration Network 1 DNS Server 3 Address: \"\"\n");
	assert_says(w, fd, "xConfiguration Network DNS",
		    "*c xConfiguration Network 1 DNS Domain Name: \"\"\n");
	assert_says(w, fd, "xConfiguration",
		    "*c xConfiguration Provisioning ExternalManager Protocol: HTTPS\n");
	assert_int_equal(w->agent->configured, 2);
	close(fd);
}

static void configuration_errors(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_says(w, fd, "xConfiguration SystemUnt Name: a",
		    "*r Configuration (status=Error):\n"
		    "*r Configuration Reason: \"No match on address expression\"\n"
		    "*r Configuration XPath: \"Configuration/SystemUnt/Name\"\n");
	assert_non_null(strstr(w->text, "SystemUnit"));
	assert_non_null(strstr(w->text, "** end\n\nERROR\n\n"));
	assert_int_equal(w->status, EX_USAGE);
	assert_says(w, fd, "xConfiguration Foo", "*r Configuration XPath: \"Configuration/Foo\"\n");
	assert_says(w, fd, "xConfiguration Net", "it may be Network, NetworkServices");
	assert_says(w, fd, "x",
		    "it may be xCommand, xConfiguration, xDocument, xEvent, xFeedback, xGetxml, "
		    "xPreferences, xStatus\"");
	assert_says(w, fd, "xConfiguration NetworkServices HTTPS VerifyServerCertificate: maybe",
		    "*c xConfiguration NetworkServices HTTPS VerifyServerCertificate (error=True): \"Illegal "
		    "value\"\n*r Reason: \"");
	assert_int_equal(w->status, EX_DATAERR);
	assert_says(w, fd, "xConfiguration NetworkServices Telnet Mode: On", "Illegal value");
	assert_says(w, fd, "xConfiguration SystemUnit Name: \"a\" b", "nothing behind the closing quote");
	assert_int_equal(w->agent->configured, 0);
	close(fd);
}

/* A dump that is sent back line by line keeps the secrets that it shows as ***, and says so. */
static void a_shown_secret_is_kept(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	world_ask(w, fd, "xConfiguration Provisioning Password: \"Example-7\"");
	world_ask(w, fd, "xConfiguration NetworkServices NTP Server 2 Key: \"k\"");
	assert_answer(w, fd, "xConfiguration Provisioning Password",
		      "*c xConfiguration Provisioning Password: \"***\"\n" END, EX_OK);
	int before = w->agent->configured;
	for (int quoted = 0; quoted < 2; quoted++) {
		assert_answer(w, fd,
			      quoted ? "xConfiguration Provisioning Password: \"***\""
				     : "xconf prov pass: ***",
			      "*c xConfiguration Provisioning Password (status=Unchanged): \"***\"\n"
			      "*r Reason: \"*** stands for a secret that is not shown; the setting was "
			      "not changed\"\n" END,
			      EX_OK);
		assert_string_equal(settings_value(w->agent->settings, "Provisioning Password"), "Example-7");
	}
	assert_says(w, fd, "xConfiguration NetworkServices NTP Server 2 Key: ***",
		    "*c xConfiguration NetworkServices NTP Server 2 Key (status=Unchanged): \"***\"\n");
	assert_string_equal(settings_value(w->agent->settings, "NetworkServices NTP Server 2 Key"), "k");
	assert_int_equal(w->agent->configured, before);
	/* What hides nothing takes the three asterisks as they are, and so does a secret that is more than
	 * them. */
	world_ask(w, fd, "xConfiguration SystemUnit Name: \"***\"");
	world_ask(w, fd, "xConfiguration Provisioning Password: \"****\"");
	assert_string_equal(settings_value(w->agent->settings, "SystemUnit Name"), "***");
	assert_string_equal(settings_value(w->agent->settings, "Provisioning Password"), "****");
	close(fd);
}

static void status(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(w, fd, "xStatus SystemUnit",
		      "*s SystemUnit Software Version: \"1.2 \\\"beta\\\"\"\n*s SystemUnit Uptime: 42\n" END,
		      EX_OK);
	assert_answer(w, fd, "xstat call 7", "*s Call 7 Status: Dialling\n" END, EX_OK);
	assert_answer(w, fd, "xStatus Call Status",
		      "*s Call 3 Status: Connected\n*s Call 7 Status: Dialling\n" END, EX_OK);
	/* A place that is known, and nothing is there now. */
	assert_answer(w, fd, "xStatus HttpFeedback 1", END, EX_OK);
	assert_says(w, fd, "xStatus Wrong",
		    "*r Status (status=Error):\n*r Status Reason: \"No match on address expression\"\n"
		    "*r Status XPath: \"Status/Wrong\"\n");
	assert_int_equal(w->status, EX_USAGE);
	assert_answer(w, fd, "xGetxml /Status/SystemUnit/Uptime",
		      "<XmlDoc resultId=\"\">\n<Status product=\"Codec &quot;4&quot;\" version=\"1.2\" "
		      "apiVersion=\"4\">\n"
		      "  <SystemUnit item=\"1\">\n    <Uptime item=\"1\">42</Uptime>\n"
		      "  </SystemUnit>\n</Status>\n</XmlDoc>\n"
		      "\nOK\n\n",
		      EX_OK);
	assert_says(w, fd, "xGetxml /Nothing", "<EmptyResult/>");
	assert_says(w, fd, "xGetxml", "usage: xGetxml /Configuration/...");
	assert_says(w, fd, "xGetxml /Status/SystemUnit/Uptim", "<EmptyResult/>");
	assert_answer(w, fd, "xGetxml /Status/Zone",
		      "<XmlDoc resultId=\"\">\n"
		      "<EmptyResult/>\n</XmlDoc>\n\nOK\n\n",
		      EX_OK);
	assert_answer(w, fd, "xGetxml /Configuration/SystemUnit/Name",
		      "<XmlDoc resultId=\"\">\n"
		      "<Configuration product=\"Codec &quot;4&quot;\" version=\"1.2\" apiVersion=\"4\">\n  "
		      "<SystemUnit item=\"1\">\n"
		      "    <Name item=\"1\"></Name>\n  </SystemUnit>\n</Configuration>\n</XmlDoc>\n\nOK\n\n",
		      EX_OK);
	assert_answer(w, fd, "xStatus Zone Name", END, EX_OK);
	assert_answer(w, fd, "xStatus /Status/SystemUnit/Uptime", "*s SystemUnit Uptime: 42\n" END, EX_OK);
	assert_says(w, fd, "xStatus /Status/Wrong", "*r Status XPath: \"Status/Wrong\"\n");
	assert_says(w, fd, "xStatus /Statuses", "*r Status XPath: \"Status/Statuses\"\n");
	close(fd);
}

static void commands(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(w, fd,
		      "xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: \"https://a/b\" "
		      "Expression[2]: /Status "
		      "Expression[1]: \"/Event\" Format: json | resultId=\"my tag\"",
		      "\nOK\n*r HttpFeedbackRegisterResult (status=OK):\n*r HttpFeedbackRegisterResult "
		      "FeedbackSlot: 1\n"
		      "** resultId: \"my tag\"\n** end\n\n",
		      EX_OK);
	assert_string_equal(w->agent->registered, "1 https://a/b JSON force=0 /Event /Status");
	assert_says(w, fd, "xcom httpf reg server:https://c exp:/A exp:/B force: true", "FeedbackSlot: 2\n");
	assert_string_equal(w->agent->registered, "0 https://c XML force=1 /A /B");
	assert_says(w, fd, "xcom httpf reg server:https://c coal: status", "FeedbackSlot: 2\n");
	assert_string_equal(w->agent->registered, "0 https://c XML force=0 coalesced");
	assert_answer(w, fd, "xcommand feedbackregister url:https://d expression.1:status/call",
		      "*r Result (status=OK):\nID: 2\n*r/end\nOK\n\n", EX_OK);
	assert_string_equal(w->agent->registered, "0 of 3 https://d XML force=0 status/call");
	assert_answer(w, fd, "xCommand HttpFeedback Deregister 3",
		      "\nOK\n*r HttpFeedbackDeregisterResult (status=OK):\n"
		      "*r HttpFeedbackDeregisterResult FeedbackSlot: 3\n** end\n\n",
		      EX_OK);
	assert_answer(w, fd, "xCommand HttpFeedback Enable FeedbackSlot: 4",
		      "\nOK\n*r HttpFeedbackEnableResult (status=OK):\n** end\n\n", EX_OK);
	assert_string_equal(w->agent->registered, "enabled 4");
	assert_answer(w, fd, "xcom boot", "\nOK\n*r BootResult (status=OK):\n** end\n\n", EX_OK);
	/* Not before the session has ended in order, or a second has passed. */
	assert_answer(w, fd, "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n" END, EX_OK);
	assert_int_equal(w->agent->booted, 0);
	close(fd);
	loop_run_for(w->loop, 2);
	assert_int_equal(w->agent->booted, 1);
	w->agent->booted = 0;
	fd = world_framed(w);
	world_ask(w, fd, "xCommand SystemUnit Boot Action:Restart");
	loop_sim_advance(w->loop, 1001);
	assert_int_equal(w->agent->booted, 1);
	close(fd);
}

static void command_errors(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_says(w, fd, "xCommand Dila",
		    "*r Result (status=Error):\n*r Result Reason: \"Unknown command\"\n*r Result XPath: "
		    "\"/Dila\"\n");
	assert_int_equal(w->status, EX_USAGE);
	assert_says(w, fd, "xCommand HttpFeedback Registre FeedbackSlot: 1", "the nearest is Register");
	assert_says(w, fd, "xCommand HttpFeedback", "the command is not complete");
	assert_says(w, fd, "xCommand HttpFeedback Register FeedbackSlot: 1",
		    "*r HttpFeedbackRegisterResult (status=ParameterError):\n");
	assert_non_null(strstr(w->text, "ServerUrl is missing"));
	assert_int_equal(w->status, EX_DATAERR);
	assert_says(w, fd, "xCommand HttpFeedback Register FeedbackSlot: 9 ServerUrl: https://a",
		    "FeedbackSlot: expected <1..4>");
	assert_says(w, fd, "xCommand HttpFeedback Enable FeedbackSlot: 1 FeedbackSlot: 2", "at most 1 times");
	assert_says(w, fd, "xCommand HttpFeedback Enable FedbackSlot: 1", "the nearest is FeedbackSlot");
	assert_says(w, fd, "xCommand HttpFeedback Enable 1 2", "the command takes no such word");
	assert_says(w, fd, "xCommand SystemUnit Boot Action: Shutdown",
		    "*r SystemUnitBootResult Reason: \"Action: Shutdown is refused");
	assert_says(w, fd, "xCommand SystemUnit Boot Action: Halt", "(status=ParameterError)");
	assert_int_equal(w->agent->booted, 0);
	assert_says(w, fd, "xCommand Time DateTime Get", "the date is not known yet");
	w->agent->refusal = "feedback slot 1 belongs to somebody";
	assert_says(w, fd, "xCommand HttpFeedback Register ServerUrl: https://a",
		    "*r HttpFeedbackRegisterResult (status=Error):\n"
		    "*r HttpFeedbackRegisterResult Reason: \"feedback slot 1 belongs to somebody\"\n** "
		    "end\n\nERROR\n\n");
	assert_int_equal(w->status, EX_CONFIG);
	assert_says(
		w, fd, "xFoo bar",
		"Command not recognized.\n*r Result (status=Error):\n*r Result Reason: \"Unknown command\"\n"
		"*r Result XPath: \"xFoo\"\n");
	assert_says(
		w, fd, "/bin/sh -c x",
		"Command not recognized.\n*r Result (status=Error):\n*r Result Reason: \"Unknown command\"\n"
		"*r Result XPath: \"/bin/sh\"\n");
	assert_int_equal(w->status, EX_USAGE);
	assert_says(w, fd, "/ ?", "Command not recognized.");
	assert_says(w, fd, "*c xConfiguration Provisioning Mode: Off",
		    "lines of answers begin with *: type a line without what is before its command");
	assert_says(w, fd, "xConfigration", "did you mean xConfiguration?");
	assert_says(w, fd, "ls", "help lists the words that are known");
	assert_says(w, fd, "$ build/sealpost xstatus Time", "leave out what is before xStatus");
	assert_says(w, fd, "set xConfiguration SystemUnit Name: a",
		    "leave out what is before xConfiguration");
	assert_says(w, fd, "xCommand //", "expected a word behind //");
	assert_says(w, fd, "xCommand Dial Number: 1", "xCommand //word searches all commands");
	assert_says(w, fd, "xStatus Time: State", "column 5: expected no colon in a path");
	assert_says(w, fd, "xconfg", "did you mean xConfiguration?");
	assert_says(w, fd, "xstats", "did you mean xStatus?");
	assert_says(w, fd, "xco", "it may be xCommand, xConfiguration");
	close(fd);
}

/* A word that says not which parameter it is for goes to the one that has it in its set; hints name what was
 * meant. */
static void words_without_a_name(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	static const char reg[] = "xCommand HttpFeedback Register FeedbackSlot: 1 ServerUrl: https://a ";
	char line[600];
	snprintf(line, sizeof line, "%s Format: JSON Status",
		 reg); /* Expression takes any text and comes first */
	world_ask(w, fd, line);
	assert_string_equal(w->agent->registered, "1 https://a JSON force=0 Status");
	snprintf(line, sizeof line, "%s json", reg);
	world_ask(w, fd, line);
	assert_string_equal(w->agent->registered, "1 https://a JSON force=0");
	size_t at = (size_t)snprintf(line, sizeof line, "%s", reg);
	for (int i = 1; i <= 15; i++)
		at += (size_t)snprintf(line + at, sizeof line - at, " Expression[%d]: /Event/E%d", i, i);
	world_ask(w, fd, line);
	assert_non_null(strstr(w->agent->registered, " /Event/E1 "));
	assert_non_null(strstr(w->agent->registered, " /Event/E15"));
	snprintf(line, sizeof line, "%s Feedback Slot: 2", reg);
	assert_says(w, fd, line, "FeedbackSlot: may be given at most 1 times");
	world_ask(w, fd, "xCommand HttpFeedback Register Feedback Slot: 2 Server url: https://b");
	assert_string_equal(w->agent->registered, "2 https://b XML force=0");
	assert_says(w, fd, "xCommand Phonebook Search Contact Method Limit: 11",
		    "ContactMethodLimit: expected <0..10>");
	assert_says(w, fd, "xCommand Phonebook Search Type: Corporate",
		    "Type is ambiguous or incomplete: it may be ContactType, PhonebookType\"");
	assert_says(w, fd, "xCommand Phonebook Search Phonebook Type: Local",
		    "this agent has no local phone book");
	assert_says(w, fd, "xCommand Phonebook Search Local", "this agent has no local phone book");
	assert_says(w, fd, "xCommand HttpFeedback Enable FeedbackSlot 1",
		    "Reason: \"a value comes after a colon: FeedbackSlot: value\"");
	assert_says(w, fd, "xCommand HttpFeedback Enable feedbackslot=1",
		    "Reason: \"a value comes after a colon: FeedbackSlot: value\"");
	assert_says(w, fd, "xCommand Security Certificates CA Add root.pem\n.",
		    "a file is not named, its contents are the body");
	assert_says(w, fd, "xCommand Phonebook Search SearchString Nobody",
		    "Reason: \"a value comes after a colon: SearchString: value\"");
	assert_says(w, fd, "xCommand Phonebook Search Nobody",
		    "does not say whose value it is: put a value with blanks in double quotes");
	assert_says(w, fd, "xCommand HttpFeedback Enable Nummer: 3",
		    "there is no parameter Nummer; there are FeedbackSlot\"");
	close(fd);
}

/* What older systems' drivers read: Cause, a number, and Description. */
static void older_errors(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	w->agent->refusal = "no such slot";
	assert_answer(w, fd, "xcommand feedbackderegister id:2",
		      "*r Result (status=Error):\nCause: 78\nDescription: \"no such slot\"\n"
		      "*r/end\nERROR\n\n",
		      EX_CONFIG);
	assert_answer(w, fd, "xcommand feedbackderegister id:4",
		      "*r Result (status=ParameterError):\nCause: 65\nDescription: \"ID: "
		      "expected <1..3>, got \\\"4\\\"\"\n*r/end\nERROR\n\n",
		      EX_DATAERR);
	close(fd);
}

static void date_and_time(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	w->agent->now = 1709210096; /* a leap day */
	setenv("TZ", "XYZ-3", 1);
	assert_answer(w, fd, "xCommand Time DateTime Get",
		      "\nOK\n*r DateTimeGetResult (status=OK):\n*r DateTimeGetResult Day: 29\n"
		      "*r DateTimeGetResult Hour: 12\n*r DateTimeGetResult Minute: 34\n*r DateTimeGetResult "
		      "Month: 2\n"
		      "*r DateTimeGetResult Second: 56\n*r DateTimeGetResult Year: 2024\n** end\n\n",
		      EX_OK);
	assert_says(w, fd, "xcom systemunit datetime get", "*r DateTimeGetResult Hour: 12\n");
	/* In the zone that is set; what is none is UTC, and nothing is read from elsewhere. */
	if (access("/usr/share/zoneinfo/Asia/Kolkata", R_OK) == 0) {
		world_ask(w, fd, "xConfiguration Time Zone: Asia/Kolkata");
		assert_says(w, fd, "xCommand Time DateTime Get",
			    "*r DateTimeGetResult Hour: 18\n*r DateTimeGetResult Minute: 4\n");
	}
	static const char *const none[] = { "Mars/Olympus",
					    "../../../etc/passwd",
					    "/usr/share/zoneinfo/Asia/Kolkata",
					    "IST-5:30",
					    "IST-5",
					    "Asia",
					    "" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		char line[100];
		snprintf(line, sizeof line, "xConfiguration Time Zone: \"%s\"", none[i]);
		assert_answer(w, fd, line, END, EX_OK);
		assert_says(w, fd, "xCommand Time DateTime Get",
			    "*r DateTimeGetResult Hour: 12\n*r DateTimeGetResult Minute: 34\n");
	}
	assert_string_equal(getenv("TZ"), "XYZ-3"); /* the process keeps its own */
	unsetenv("TZ");
	close(fd);
}

/* A path with its document before it, as feedback expressions have it. */
static void paths_with_their_document(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(w, fd, "xStatus /Status/Call/7", "*s Call 7 Status: Dialling\n" END, EX_OK);
	assert_says(w, fd, "xStatus status", "*s Call 3 Status: Connected\n");
	assert_answer(w, fd, "xStatus /Status/HttpFeedback 1", END, EX_OK);
	assert_says(w, fd, "xStatus /Status/Wrong", "*r Status XPath: \"Status/Wrong\"\n");
	assert_says(w, fd, "xStatus /Status/HttpFeedback ?",
		    "*? xStatus HttpFeedback[1..4] Status: <OK/Failed>\n");
	assert_answer(w, fd, "xConfiguration /Configuration/SystemUnit/Name",
		      "*c xConfiguration SystemUnit Name: \"\"\n" END, EX_OK);
	assert_says(w, fd, "xConfiguration /Configuration/Network/DNS",
		    "*c xConfiguration Network 1 DNS Domain Name: \"\"\n");
	assert_says(w, fd, "xConfiguration /Configuration/HTTP/Mode",
		    "*c xConfiguration NetworkServices HTTP Mode: Off\n");
	assert_says(w, fd, "xConfiguration /Configuration/SystemUnit Name ?",
		    "*? xConfiguration SystemUnit Name: <S: 0, 50>\n");
	assert_answer(w, fd, "xConfiguration /Configuration/SystemUnit/Name: x", END, EX_OK);
	fake_change(w->agent, "Event", "CallDisconnect/CauseValue", DOC_INTEGER, "0");
	assert_answer(w, fd, "xEvent /Event/CallDisconnect", "*es Event CallDisconnect\n" END, EX_OK);
	close(fd);
}

/* Words that the guide uses for another system's, or for another word. */
static void the_guides_words(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(w, fd, "xconfigure systemunit name: a", END, EX_OK);
	assert_answer(w, fd, "xConfigure SystemUnit Name", "*c xConfiguration SystemUnit Name: \"a\"\n" END,
		      EX_OK);
	assert_says(w, fd, "xconfigur systemunit name", "*c xConfiguration SystemUnit Name: \"a\"\n");
	/* Feedback is registered by a command. */
	assert_says(w, fd, "xconfiguration feedbackregister",
		    "XPath: \"Configuration/feedbackregister\"\n"
		    "*r Configuration Hint: \"it is a command: xCommand FeedbackRegister; "
		    "xCommand FeedbackRegister ? shows its parameters\"");
	assert_int_equal(w->status, EX_USAGE);
	assert_answer(w, fd, "xconfiguration feedbackregister id:2 url:https://d expression.1:status/call",
		      "*r Result (status=OK):\nID: 2\n*r/end\nOK\n\n", EX_OK);
	assert_string_equal(w->agent->registered, "2 of 3 https://d XML force=0 status/call");
	assert_answer(w, fd, "xconfig feedbackderegister id:2",
		      "*r Result (status=OK):\nID: 2\n*r/end\nOK\n\n", EX_OK);
	assert_says(w, fd, "xconfiguration feedbackregister ?",
		    "*? xCommand FeedbackRegister\n       ID: <1..3>\n");
	assert_says(w, fd, "xconfiguration boot", "No match on address expression");
	assert_int_equal(w->agent->booted, 0);
	/* The password goes to where its hash is kept, and stands in no setting. */
	assert_answer(w, fd, "xconfig systemunit password: superstrongpasswordhere", END, EX_OK);
	struct accounts_info admin;
	assert_int_equal(accounts_find(w->agent->accounts, "admin", &admin, NULL), 0);
	assert_true(admin.has_password);
	assert_answer(w, fd, "xconfig systemunit password",
		      "*c xConfiguration SystemUnit Password: \"\"\n" END, EX_OK);
	assert_answer(w, fd, "xconfig strictpassword: on", END, EX_OK);
	assert_says(w, fd, "xconfig systemunit password: short",
		    "*c xConfiguration SystemUnit Password (error=True): \"Illegal value\"\n"
		    "*r Reason: \"SystemUnit Password: expected at least 15 characters");
	close(fd);
}

static void bodies(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	world_say(w, fd, "xCommand Security Certificates CA Add\r\n-----BEGIN\r\nAAA\n.\n");
	world_read(w, fd, "** end");
	assert_string_equal(w->agent->uploaded, "-----BEGIN\nAAA\n");
	assert_int_equal(w->agent->upload_mode, PREFLIGHT_ADD);
	close(fd);
}

/* What people and drivers write otherwise than it is printed. */
static void lines_as_they_are_written(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_says(w, fd, "\xef\xbb\xbfxConfiguration SystemUnit Name: a", END);
	assert_int_equal(w->status, EX_OK);
	assert_says(w, fd, "xConfiguration SystemUnit Name", "Name: \"a\"\n");
	assert_says(w, fd, "xGetxml \"/Configuration/SystemUnit/Name\"", "<Name item=\"1\">a</Name>");
	assert_answer(w, fd, "xPreferences Echo Off", "\nOK\n\n", EX_OK);
	static const char *const no_colon[] = { "xConfiguration SystemUnit Name \"b c\"",
						"xConfiguration SystemUnit Name b",
						"xConfiguration systemunit name=b" };
	for (size_t i = 0; i < sizeof no_colon / sizeof *no_colon; i++)
		assert_says(w, fd, no_colon[i],
			    "a value comes after a colon: xConfiguration SystemUnit Name: value");
	assert_says(w, fd, "xConfiguration SystemUnit Nome b", "no \\\"Nome\\\" in");
	assert_says(w, fd, "xFeedback register /Status/Audio /Status/Call", "expected one expression");
	assert_int_equal(w->status, EX_USAGE);
	assert_says(w, fd, "xFeedback register /Status /Call", "expected one expression");
	assert_answer(w, fd, "xFeedback register Status/Audio/ Volume", END, EX_OK);
	assert_says(
		w, fd,
		"xCommand HttpFeedback Register ServerUrl : https://a.test/x Expression : /Status "
		"Expression: /Events/A",
		"*r HttpFeedbackRegisterResult Warning 1: \"the expression /Events/A names none of the "
		"documents "
		"Status, Event and Configuration, and is read as a path below Status; did you mean Event?\"\n"
		"** end");
	assert_int_equal(w->status, EX_OK);
	close(fd);
}

static void feedback(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w), other = world_framed(w);
	assert_answer(w, fd, "xFeedback register /Status/SystemUnit", END, EX_OK);
	assert_answer(w, fd, "xfeedback Register event", END, EX_OK);
	assert_answer(w, fd, "xfeedback Register /Configuration/SystemUnit", END, EX_OK);
	assert_answer(w, fd, "xFeedback Register configuration/systemunit", END, EX_OK); /* again */
	assert_answer(w, fd, "xFeedback list", "/Configuration/SystemUnit\n/Status/SystemUnit\nevent\n" END,
		      EX_OK);
	fake_change(w->agent, "Status", "SystemUnit/Uptime", DOC_INTEGER, "43");
	fake_change(w->agent, "Status", "Call[3]/Status", DOC_LITERAL, "Idle");
	fake_change(w->agent, "Event", "CallDisconnect/CauseValue", DOC_INTEGER, "0");
	world_read(w, fd, NULL);
	assert_string_equal(
		w->text,
		"*s SystemUnit Uptime: 43\n** end\n\036-\n*e CallDisconnect CauseValue: 0\n** end\n\036-\n");
	/* A change that the session itself makes comes before the answer, never inside it. */
	assert_says(w, fd, "xConfiguration SystemUnit Name: x",
		    "*c xConfiguration SystemUnit Name: \"x\"\n** end\n\036-\n" END);
	assert_answer(w, fd, "xFeedback deregister /status/systemunit", END, EX_OK);
	assert_says(w, fd, "xFeedback deregister /status/systemunit", "is not registered");
	fake_change(w->agent, "Status", "SystemUnit/Uptime", DOC_INTEGER, "44");
	assert_answer(w, fd, "xFeedback DeregisterAll", END, EX_OK);
	assert_answer(w, fd, "xFeedback list", END, EX_OK);
	/* What drivers register at every connect: everything, a document by its beginning, and what is below
	 * none of them. */
	static const char *const taken[] = { "/", "config", "/Bookings", "Result", "/Command" };
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		char line[64];
		snprintf(line, sizeof line, "xFeedback Register %s", taken[i]);
		assert_answer(w, fd, line, END, EX_OK);
	}
	assert_answer(w, fd, "xFeedback list", "/\n/Bookings\n/Command\nconfig\nResult\n" END, EX_OK);
	fake_change(w->agent, "Status", "SystemUnit/Uptime", DOC_INTEGER, "45");
	fake_change(w->agent, "Event", "CallDisconnect/CauseValue", DOC_INTEGER, "1");
	world_read(w, fd, NULL);
	assert_string_equal(
		w->text,
		"*s SystemUnit Uptime: 45\n** end\n\036-\n*e CallDisconnect CauseValue: 1\n** end\n\036-\n");
	assert_answer(w, fd, "xFeedback deregister /", END, EX_OK);
	assert_answer(w, fd, "xFeedback register \"/Status/Audio\"", END, EX_OK);
	assert_says(w, fd, "xFeedback list", "\n/Status/Audio\n");
	fake_change(w->agent, "Status", "SystemUnit/Uptime", DOC_INTEGER, "46");
	assert_says(w, fd, "xConfiguration SystemUnit Name: y",
		    "*c xConfiguration SystemUnit Name: \"y\"\n** end\n\036-\n" END);
	assert_answer(w, fd, "xFeedback deregister /configuration", END, EX_OK);
	assert_answer(w, fd, "xFeedback DeregisterAll", END, EX_OK);
	assert_says(w, fd, "xFeedback regster /Status", "usage: xFeedback");
	assert_answer(w, fd, "xPreferences outputmode", "xpreferences outputmode: terminal\n\nOK\n\n", EX_OK);
	assert_says(w, fd, "xPreferences outputmode yaml",
		    "Reason: \"usage: xpreferences outputmode <terminal/xml/json/typed>\"\n");
	assert_says(w, fd, "xCommand HttpFeedback Register f: 1",
		    "Reason: \"f is ambiguous or incomplete: it may be FeedbackSlot, Format, Force\"\n");
	fake_change(w->agent, "Event", "Standby/Active", DOC_LITERAL, "On");
	for (size_t i = 0; i < 2; i++)
		assert_answer(w, fd, i ? "xEvent *" : "xEvent",
			      "*es Event CallDisconnect\n*es Event Standby\n" END, EX_OK);
	assert_answer(w, fd, "xevent call", "*es Event CallDisconnect\n" END, EX_OK);
	assert_says(w, fd, "xEvent Calm", "*r Event XPath: \"Event/Calm\"\n");
	assert_says(w, fd, "xEvent ?", " - Events -\nCallDisconnect      Standby");
	world_ask(w, fd, "xFeedback Register /Event/Standby");
	assert_says(w, fd, "xFeedback List | resultId=\"7\"",
		    "/Event/Standby\n** resultId: \"7\"\n** end\n\nOK\n");
	world_ask(w, fd, "xPreferences outputmode json");
	assert_answer(w, fd, "xFeedback List", "/Event/Standby\n" END, EX_OK);
	world_read(w, other, NULL);
	assert_string_equal(w->text, "");
	close(fd);
	close(other);
}

static void too_many_expressions(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	char line[64];
	for (int i = 0; i < 50; i++) {
		snprintf(line, sizeof line, "xFeedback Register /Status/N%d", i);
		assert_answer(w, fd, line, END, EX_OK);
	}
	assert_says(w, fd, "xFeedback Register /Status/Last", "a session may have 50 expressions");
	assert_answer(w, fd, "xFeedback Register /Status/N7", END, EX_OK);
	close(fd);
}

static void json(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(w, fd, "xpref outputmode json", "", EX_OK);
	assert_answer(w, fd, "xStatus Call 3 | resultId=\"1\"",
		      "{\n\"Status\":{\"Call\":[{\"id\":\"3\",\"Status\":{\"Value\":\"Connected\"}}]},"
		      "\"ResultId\":\"1\"\n}\n",
		      EX_OK);
	assert_answer(w, fd, "xConfiguration SystemUnit Name: \"a\" | resultId=\"2\"",
		      "{\n\"ResultId\":\"2\"\n}\n", EX_OK);
	assert_says(w, fd, "xConfiguration NetworkServices HTTPS VerifyServerCertificate: 7 | resultId=\"3\"",
		    "{\n\"Configuration\":{\"NetworkServices\":{\"HTTPS\":{\"VerifyServerCertificate\":{"
		    "\"error\":\"True\",");
	assert_non_null(strstr(w->text, "\"Value\":\"Illegal value\"}}}},\"ResultId\":\"3\"\n}\n"));
	assert_says(w, fd, "xCommand Dila | resultId=\"4\"",
		    "{\n\"CommandResponse\":{\"Result\":{\"status\":\"Error\","
		    "\"Reason\":{\"Value\":\"Unknown command\"},\"XPath\":{\"Value\":\"/Dila\"}");
	assert_says(w, fd, "xStatus Wrong",
		    "{\n\"Status\":{\"status\":\"Error\",\"Reason\":{\"Value\":\"No match on address "
		    "expression\"},"
		    "\"XPath\":{\"Value\":\"Status/Wrong\"}");
	assert_says(w, fd, "xCommand HttpFeedback Enable | resultId=\"5\"",
		    "{\n\"CommandResponse\":{\"HttpFeedbackEnableResult\":{\"status\":\"ParameterError\"");
	assert_answer(w, fd, "xCommand HttpFeedback Enable FeedbackSlot: \"1\" | resultId=\"6\"",
		      "{\n\"CommandResponse\":{\"HttpFeedbackEnableResult\":{\"status\":\"OK\"}},"
		      "\"ResultId\":\"6\"\n}\n",
		      EX_OK);
	assert_answer(w, fd, "xFeedback Register /Event | resultId=\"7\"", "{\n\"ResultId\":\"7\"\n}\n",
		      EX_OK);
	fake_change(w->agent, "Event", "Standby/Active", DOC_LITERAL, "On");
	world_read(w, fd, "\036-\n");
	assert_string_equal(w->text,
			    "{\n\"Event\":{\"Standby\":{\"Active\":{\"Value\":\"On\"}}}\n}\n\036-\n");
	assert_says(w, fd, "help", "{\n\"Text\":{\"Value\":\" - User Commands -\\n");
	assert_answer(w, fd, "xpref outputmode terminal", "\nOK\n\n", EX_OK);
	close(fd);
}

static void xml(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(w, fd, "xpreferences outputmode xml", "\nOK\n\n", EX_OK);
	assert_answer(w, fd, "xStatus SystemUnit Uptime | resultId=\"a<b\"",
		      "<XmlDoc resultId=\"a&lt;b\">\n<Status>\n  <SystemUnit item=\"1\">\n"
		      "    <Uptime item=\"1\">42</Uptime>\n  </SystemUnit>\n</Status>\n</XmlDoc>\n",
		      EX_OK);
	assert_answer(w, fd, "xCommand HttpFeedback Enable FeedbackSlot: 1",
		      "<XmlDoc resultId=\"\">\n"
		      "<HttpFeedbackEnableResult status=\"OK\"/>\n</XmlDoc>\n",
		      EX_OK);
	assert_says(w, fd, "xConfiguration Foo",
		    "<Configuration status=\"Error\">\n  <Reason>No match on address expression</Reason>\n");
	close(fd);
}

static void help(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_says(w, fd, "?", " - User Commands -\nbye             certificate     echo            help\n");
	assert_non_null(strstr(w->text, "\nOK\n\n"));
	assert_null(strstr(w->text, "xPublish"));
	assert_says(w, fd, "xpref ?",
		    "xpreferences usage:\n  xpreferences outputmode <terminal/xml/json/typed>\n\nOK\n");
	assert_says(w, fd, "xConfiguration // Name ?", "*? xConfiguration SystemUnit Name: <S: 0, 50>\n");
	assert_says(w, fd, "xConfiguration ?", " - User Configurations -\n");
	assert_says(w, fd, "xConfiguration SystemUnit Name: ?",
		    "*? xConfiguration SystemUnit Name: <S: 0, 50>\n");
	assert_says(w, fd, "xConfiguration ??", "Default: On.\n");
	assert_says(w, fd, "xStatus ?", " - Status -\nHttpFeedback        SystemUnit          \n");
	assert_says(w, fd, "xStatus HttpFeedback ?", "*? xStatus HttpFeedback[1..4] Status: <OK/Failed>\n");
	assert_says(w, fd, "xCommand ?", "HttpFeedback");
	assert_null(strstr(w->text, "FeedbackRegister"));
	assert_says(w, fd, "xCommand HttpFeedback ?",
		    "*? xCommand HttpFeedback Register\n       FeedbackSlot: <1..4>\n       ServerUrl(r): "
		    "<S: 1, 2048>\n");
	assert_says(w, fd, "xCommand HttpFeedback Register Format: ?",
		    "*? xCommand HttpFeedback Register\n       Format: <XML/JSON> (default XML)\n\nOK\n");
	assert_says(w, fd, "xCommand ??", "a body follows");
	assert_says(w, fd, "xCommand Foo ?", "Unknown command");
	assert_says(w, fd, "xConfiguration Foo ?", "No match on address expression");
	assert_says(w, fd, "xconfig https ?", "*? xConfiguration NetworkServices HTTPS Mode: <Off/On>\n");
	assert_says(w, fd, "xconfig https ?",
		    "*? xConfiguration NetworkServices HTTPS VerifyServerCertificate: <Off/On>\n");
	assert_says(w, fd, "xConfiguration // ?", "*? xConfiguration Time Zone: <S: 0, 64>\n");
	close(fd);
}

static void completion(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	static const struct {
		const char *typed, *wanted;
	} cases[] = {
		{ "xCo", "xCommand\nxConfiguration\n" },
		{ "", NULL },
		{ "xCommand Http", "HttpFeedback\n" },
		{ "xcom httpfeedback ", "DeadLetters\nDeregister\nEnable\nQueue\nRegister\nTest\n" },
		{ "xcom httpfeedback register F", "FeedbackSlot:\nFormat:\nForce:\n" },
		{ "xcom httpfeedback register Format: ", "XML\nJSON\n" },
		{ "xcom httpfeedback register FeedbackSlot: 1 Expression[1]: /Event ",
		  "ServerUrl:\nFormat:\nExpression:\nCoalesce:\nForce:\n" },
		{ "xConfiguration SystemUnit N", "Name:\n" },
		{ "xConfiguration NetworkServices HTTPS VerifyServerCertificate: o", "Off\nOn\n" },
		{ "xConfiguration Network 1 DNS S", "Server\n" },
		{ "xConfiguration Network 1 DNS Server ", "1\n2\n3\nAddress:\n" },
		{ "xStatus Sys", "SystemUnit\n" },
		{ "xpref outputmode ", "terminal\nxml\njson\ntyped\n" },
		{ "certificate ", "list\ndel\n" },
		{ "certificate del r", "root\n" },
		{ "xCommand Nothing ", "" },
		{ "foo ", "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char line[200];
		snprintf(line, sizeof line, "xComplete \"%s\"", cases[i].typed);
		const char *answer = world_ask(w, fd, line);
		char wanted[200];
		snprintf(wanted, sizeof wanted, "%s\nOK\n\n", cases[i].wanted ? cases[i].wanted : "");
		if (cases[i].wanted && strcmp(answer, wanted) != 0)
			fail_msg("%s: expected \"%s\", got \"%s\"", cases[i].typed, wanted, answer);
	}
	close(fd);
}

static void secrets(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	world_say(w, fd, "xConfiguration NetworkServices NTP Server 1 Key: hunter2\n");
	world_read(w, fd, "\036");
	assert_non_null(strstr(w->text, " secret\n"));
	assert_says(w, fd, "xConfiguration NetworkServices NTP Server 1 Key", "Key: \"***\"");
	world_say(w, fd, "xCommand SystemUnit AdminPassword Set Password: hunter2 Foo: 1\n");
	world_read(w, fd, "\036");
	assert_non_null(strstr(w->text, " secret\n"));
	world_say(w, fd, "xConfiguration SystemUnit Name: hunter2\n");
	world_read(w, fd, "\036");
	assert_null(strstr(w->text, " secret\n"));
	close(fd);
}

static void certificates(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(
		w, fd, "certificate list root",
		"\nOK\n*r CertificateResult (status=OK):\n*r CertificateResult Format: Text\n** end\n\n",
		EX_OK);
	assert_says(w, fd, "certificate list cert", "\nOK\n");
	assert_answer(w, fd, "certificate list",
		      "\nOK\n*r CertificateResult (status=OK):\n*r CertificateResult Root Format: Text\n"
		      "*r CertificateResult Cert Format: Text\n** end\n\n",
		      EX_OK);
	assert_says(w, fd, "certificate del", "usage: certificate");
	assert_says(w, fd, "certificate del root", "\nOK\n");
	assert_says(w, fd, "certificate eat root", "usage: certificate");
	assert_says(w, fd, "xcom sec cert ca show",
		    "\nOK\n*r CAShowResult (status=OK):\n*r CAShowResult Format: Text\n");
	assert_says(w, fd, "xcom sec cert ca delete fingerprint: ab",
		    "\nOK\n*r CADeleteResult (status=OK):\n");
	assert_string_equal(w->agent->uploaded, "deleted ab");
	close(fd);
}

static void anew(struct world *w, int *kept)
{
	struct err e;
	control_free(w->control);
	if (control_new(&(struct control_options){ .agent = w->agent, .path = w->path, .kept = kept },
			&w->control, &e) < 0)
		fail_msg("%s", e.text);
}

/* The socket outlives its terminal, with those who wait at it; and is made anew where its file has gone. */
static void the_socket_is_kept(void **state)
{
	struct world *w = *state;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int kept = -1, fd;
	anew(w, &kept);
	assert_true(kept >= 0);
	fd = world_framed(w);
	close(fd);
	control_free(w->control);
	w->control = NULL;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	memcpy(to.sun_path, w->path, strlen(w->path));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	anew(w, &kept);
	loop_run_for(w->loop, 1);
	world_ask(w, fd, "xPreferences framing on");
	assert_answer(w, fd, "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n" END, EX_OK);
	close(fd);
	unlink(w->path);
	anew(w, &kept);
	fd = world_framed(w);
	close(fd);
	control_free(w->control);
	w->control = NULL;
	assert_int_equal(access(w->path, F_OK), 0); /* its owner's to remove */
	close(kept);
	unlink(w->path);
}

static void banner(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(w, fd, "xWelcome",
		      "Welcome to sealpost\nsealpost " VERSION "\n*r Login successful\n\nOK\n\n", EX_OK);
	world_ask(w, fd, "xConfiguration SystemUnit Name: \"a\u202eb\u200b\"");
	assert_says(w, fd, "xWelcome", "Welcome to a\\u202eb\\u200b\nsealpost ");
	assert_answer(w, fd, "xConfiguration SystemUnit Name",
		      "*c xConfiguration SystemUnit Name: \"a\\u202eb\\u200b\"\n" END, EX_OK);
	/* What is shown can be typed again. */
	world_ask(w, fd, "xConfiguration SystemUnit Name: \"\"");
	world_ask(w, fd, "xConfiguration SystemUnit Name: \"a\\u202eb\\u200b\"");
	assert_string_equal(settings_value(w->agent->settings, "SystemUnit Name"), "a\u202eb\u200b");
	assert_answer(w, fd, "echo on", "\nOK\n\n", EX_OK);
	assert_says(w, fd, "xStatus SystemUnit Uptime",
		    "xStatus SystemUnit Uptime\n*s SystemUnit Uptime: 42\n");
	/* what is repeated steers no terminal */
	assert_says(w, fd, "no\033[2K such\u202e", "no.[2K such...\n");
	assert_says(w, fd, "echo off", "echo off\n\nOK\n\n");
	assert_says(w, fd, "xStatu SystemUnit Uptime", "*s SystemUnit Uptime: 42\n");
	close(fd);
}

/* The beginning of a path, all but its last word, and that word. */
static void cut_last(const char *path, char *before, size_t size, const char **last)
{
	const char *blank = strrchr(path, ' ');
	*last = blank ? blank + 1 : path;
	snprintf(before, size, "%.*s", (int)(*last - path), path);
}

/* Each row is known to the parser, to help and to completion. */
static void every_row(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	const struct command_row *command;
	char line[600], plain[300], before[300], wanted[400];
	const char *last;
	for (size_t i = 0; i < n; i++) {
		tree_plain(rows[i].path, plain, sizeof plain);
		snprintf(line, sizeof line, "xConfiguration %s ?", plain);
		snprintf(wanted, sizeof wanted, "*? xConfiguration %s: <", rows[i].path);
		assert_says(w, fd, line, wanted);
		snprintf(line, sizeof line, "xConfiguration %s", plain);
		assert_says(w, fd, line, "*c xConfiguration ");
		cut_last(plain, before, sizeof before, &last);
		snprintf(line, sizeof line, "xComplete \"xConfiguration %s\"", before);
		snprintf(wanted, sizeof wanted, "%s:\n", last);
		assert_says(w, fd, line, wanted);
	}
	for (size_t i = 0; (command = tree_command(i)); i++) {
		snprintf(line, sizeof line, "xCommand %s ?", command->path);
		snprintf(wanted, sizeof wanted, "*? xCommand %s\n", command->path);
		assert_says(w, fd, line, wanted);
		cut_last(command->path, before, sizeof before, &last);
		snprintf(line, sizeof line, "xComplete \"xCommand %s\"", before);
		assert_says(w, fd, line, last);
		for (const struct command_param *p = command->params; p && p->name; p++) {
			snprintf(line, sizeof line, "xCommand %s %s: ?", command->path, p->name);
			assert_says(w, fd, line, p->name);
		}
		/* No row's path is the beginning of another's: it would hide it. */
		for (size_t k = 0; tree_command(k); k++) {
			size_t len = strlen(command->path);
			assert_false(strncmp(tree_command(k)->path, command->path, len) == 0 &&
				     tree_command(k)->path[len] == ' ');
		}
	}
	close(fd);
}

static void markdown(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 1 << 20);
	control_print_markdown(&out);
	assert_non_null(strstr(buf_str(&out), "### xCommand HttpFeedback Register\n"));
	assert_non_null(strstr(buf_str(&out), "| `FeedbackSlot(r)` | `<1..4>` | The slot. |\n"));
	assert_non_null(strstr(buf_str(&out), "| `SystemUnit Uptime` | `<0.."));
	assert_false(out.full);
	buf_done(&out);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(configuration),
		ROW(configuration_errors),
		ROW(status),
		ROW(commands),
		ROW(command_errors),
		ROW(words_without_a_name),
		ROW(older_errors),
		ROW(date_and_time),
		ROW(paths_with_their_document),
		ROW(the_guides_words),
		ROW(bodies),
		ROW(lines_as_they_are_written),
		ROW(feedback),
		ROW(too_many_expressions),
		ROW(json),
		ROW(xml),
		ROW(help),
		ROW(completion),
		ROW(secrets),
		ROW(certificates),
		ROW(the_socket_is_kept),
		ROW(banner),
		ROW(a_shown_secret_is_kept),
		ROW(every_row),
		cmocka_unit_test(markdown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
