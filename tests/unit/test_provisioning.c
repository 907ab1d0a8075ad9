/* SPDX-License-Identifier: MIT */
/* What the manager's answers ask for, carried out by a whole agent; its servers are played, and so is who
 * runs commands. */

#include "base/file.h"
#include "wire/manager.h"

#include <sys/stat.h>
#include <unistd.h>

#include "world_agent.h"
#include "played_https.h"

#define HERE    "https://here.test/m"
#define THERE   "https://there.test/m"
#define RESULTS "https://results.test/"
#define DOCUMENT(location, url)                                                                              \
	"<DocumentToPost><Location>" location "</Location><URL>" url "</URL></DocumentToPost>"

static struct doc *asked; /* the command that is to be run, NULL: none */
static provisioning_ran *ran;
static void *ran_arg;

static void run(void *arg, const struct doc *command, provisioning_ran *done, void *done_arg)
{
	(void)arg;
	assert_null(asked);
	asked = doc_copy(command);
	ran = done;
	ran_arg = done_arg;
}

static int setup(void **state)
{
	struct world *w = world_new();
	provisioning_set_runner(w->agent->provisioning, run, NULL);
	set(w, "Provisioning ExternalManager Path", "/m");
	set(w, "Provisioning LoginName", "me");
	set(w, "Provisioning Password", "hush");
	set(w, "Provisioning ExternalManager Address", "here.test");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	doc_free(asked);
	asked = NULL;
	assert_int_equal(played_count(), 0);
	return 0;
}

/* The manager at this URL answers the event under way. */
static void answer(struct world *w, const char *url, const char *management)
{
	struct buf text;
	buf_init(&text, 1 << 20);
	buf_addf(&text, "<PostEventResult><Management>%s</Management></PostEventResult>", management);
	played_status(played_peer(url), 200, MANAGER_CONTENT_TYPE, buf_str(&text));
	buf_done(&text);
	loop_sim_advance(w->loop, 0);
}

/* The same, whatever it waited for. */
static void answer_next(struct world *w, const char *url, const char *management)
{
	struct err e;
	if (!played_peer(url)->open)
		assert_int_equal(provisioning_register(w->agent->provisioning, &e), 0);
	loop_sim_advance(w->loop, 0);
	answer(w, url, management);
}

static void push(struct world *w, const char *xml)
{
	char text[2000];
	snprintf(text, sizeof text, "<Configuration><Configuration>%s</Configuration></Configuration>", xml);
	answer_next(w, HERE, text);
}

static void assert_status(struct world *w, const char *path, const char *wanted)
{
	struct doc *all = agent_status(w->agent);
	char whole[120];
	snprintf(whole, sizeof whole, "Provisioning/%s", path);
	assert_string_equal(doc_text(all, whole, "none"), wanted);
	doc_free(all);
}

static void all_or_nothing(void **state)
{
	struct world *w = *state;
	push(w, "<SystemUnit><Name>pushed</Name></SystemUnit><Audio><Volume>1</Volume></Audio>"
		"<NetworkServices><NTP><Server><Key>x</Key></Server></NTP></NetworkServices>");
	assert_string_equal(value(w, "SystemUnit Name"), "pushed");
	assert_status(w, "Configuration/Applied", "1");
	assert_status(w, "Configuration/Unknown", "1");
	assert_status(w, "Configuration/Guarded", "1");
	assert_logged(w, "configuration: 1 set, 0 as before; 1 unknown (Audio Volume); 1 guarded "
			 "(NetworkServices NTP Server 1 Key)");
	push(w, "<SystemUnit><Name>half</Name></SystemUnit><Phonebook><Server><URL>http://x/</URL></Server></"
		"Phonebook>");
	assert_string_equal(value(w, "SystemUnit Name"), "pushed");
	assert_status(w, "Configuration/Applied", "1");
	assert_logged(w, "refused as a whole: Phonebook Server 1 URL");
	push(w, "<SystemUnit><Name>whole</Name></SystemUnit>");
	assert_string_equal(value(w, "SystemUnit Name"), "whole");
	assert_status(w, "Configuration/LastError", "");
}

static void the_same_with_each_beat_is_told_once(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 5; i++)
		push(w, "<SystemUnit><Name>pushed</Name></SystemUnit><Audio><Volume>1</Volume></Audio>");
	assert_int_equal(times_logged(w, "manager: configuration:"), 2); /* 1 set; 1 as before */
	for (int i = 0; i < 5; i++)
		push(w, "<Phonebook><Server><URL>http://x/</URL></Server></Phonebook>");
	assert_int_equal(times_logged(w, "refused as a whole"), 1);
	for (int i = 0; i < 5; i++)
		answer_next(w, HERE,
			    "<DocumentsToPost>" DOCUMENT("/Command", "https://a.test/") "</DocumentsToPost>");
	assert_int_equal(times_logged(w, "\"/Command\":"), 1);
	assert_status(w, "Documents/Failed", "5");
}

#define MOVE                                                                                                 \
	"<Provisioning><ExternalManager><Address>there.test</Address></ExternalManager><LoginName>you</"     \
	"LoginName></Provisioning>"

static void a_move_that_fails_changes_nothing(void **state)
{
	struct world *w = *state;
	push(w, MOVE "<SystemUnit><Name>pushed</Name></SystemUnit>");
	assert_string_equal(value(w, "SystemUnit Name"), "pushed"); /* which has nothing to do with it */
	assert_string_equal(played_peer(THERE)->user, "you");
	assert_string_equal(value(w, "Provisioning ExternalManager Address"), "here.test");
	played_fails(played_peer(THERE), ERR_TLS, 20, "nobody knows its issuer");
	loop_sim_advance(w->loop, 0);
	assert_null(played_find(THERE));
	assert_string_equal(value(w, "Provisioning ExternalManager Address"), "here.test");
	assert_string_equal(value(w, "Provisioning LoginName"), "me");
	assert_status(w, "ExternalManager/StayedBecause",
		      "asked to move to \"there.test\": nobody knows its issuer");
	assert_string_equal(played_peer(HERE)->user, "me");
	/* Nor one that is answered badly, or guarded. */
	push(w, MOVE);
	played_status(played_peer(THERE), 200, "text/html", "<html>Welcome</html>");
	assert_string_equal(value(w, "Provisioning ExternalManager Address"), "here.test");
	set(w, "Provisioning ExternalManager Guarded", "Provisioning");
	push(w, MOVE);
	assert_null(played_find(THERE));
	assert_status(w, "Configuration/Guarded", "2");
}

static void a_move_that_is_answered(void **state)
{
	struct world *w = *state;
	push(w, MOVE);
	/* What the new one says is not carried out before it is the manager. */
	answer(w, THERE,
	       "<Configuration><Configuration><SystemUnit><Name>early</Name></SystemUnit></Configuration></"
	       "Configuration>");
	assert_string_equal(value(w, "SystemUnit Name"), "");
	assert_string_equal(value(w, "Provisioning ExternalManager Address"), "there.test");
	assert_string_equal(value(w, "Provisioning LoginName"), "you");
	assert_string_equal(value(w, "Provisioning Password"), "hush");
	assert_null(played_find(HERE));
	assert_non_null(strstr(played_peer(THERE)->body, "<Event>Register</Event>"));
	answer(w, THERE, "");
	assert_status(w, "Status", "Provisioned");
	assert_status(w, "ExternalManager/StayedBecause", "");
}

static const char commands[] = "<Command><Command><SystemUnit><Boot/></SystemUnit></Command>%s</Command>";

static void command(struct world *w, const char *feedback)
{
	char text[2000];
	snprintf(text, sizeof text, commands, feedback);
	answer_next(w, HERE, text);
	assert_non_null(asked);
}

static void ends(struct world *w, const char *status)
{
	struct doc *results = doc_new("Command");
	doc_set_attr(doc_add(results, "SystemUnitBootResult", 0), "status", status);
	doc_free(asked);
	asked = NULL;
	ran(ran_arg, results, 0);
	loop_sim_advance(w->loop, 0);
}

static void results_are_told_once_in_one_way(void **state)
{
	struct world *w = *state;
	command(w, "");
	assert_non_null(doc_get(asked, "SystemUnit/Boot"));
	ends(w, "OK");
	answer_next(w, HERE, "");
	assert_non_null(strstr(played_peer(HERE)->body, "<SystemUnitBootResult status=\"OK\"/>"));
	command(w, "<Feedback><URL>" RESULTS
		   "</URL><Username>u</Username><Password>hidden</Password></Feedback>");
	assert_null(strstr(played_peer(HERE)->body, "BootResult"));
	ends(w, "Error");
	assert_non_null(strstr(played_peer(RESULTS)->body, "<Location>/CommandResponse</Location>"));
	assert_non_null(strstr(played_peer(RESULTS)->body,
			       "<SystemUnitBootResult status=\"Error\"/>\n  </CommandResponse>"));
	assert_string_equal(played_peer(RESULTS)->user, "u");
	played_status(played_peer(RESULTS), 204, "", "");
	answer_next(w, HERE, "");
	assert_null(strstr(played_peer(HERE)->body, "BootResult"));
	assert_status(w, "Commands/ResultsPosted", "1");
	assert_status(w, "Commands/Run", "2");
	assert_status(w, "Commands/Failed", "1");
	/* The next ones, without an address, do not go there. */
	command(w, "");
	ends(w, "OK");
	assert_null(played_find(RESULTS));
	assert_null(strstr(buf_str(&w->log), "hidden"));
}

/* The runner asks for this command of the manager, is refused, and reports one result of it and one of
 * Boot. */
static void refuses(struct world *w, const char *path)
{
	struct doc *results = doc_new("Command"), *params = doc_new("Command");
	struct err e;
	command(w, "");
	assert_int_equal(provisioning_may_run(w->agent->provisioning, path, params, &e), -1);
	assert_int_equal(e.kind, ERR_DENIED);
	doc_set_attr(doc_add(results, "Result", 0), "status", "Error");
	doc_set_attr(doc_add(results, "SystemUnitBootResult", 0), "status", "OK");
	doc_free(params);
	doc_free(asked);
	asked = NULL;
	ran(ran_arg, results, 1);
	loop_sim_advance(w->loop, 0);
}

/* What commands of the manager may set is what its answers may set, without its own address. */
static void settings_by_commands_are_guarded(void **state)
{
	struct world *w = *state;
	struct provisioning *p = w->agent->provisioning;
	static const struct {
		const char *path, *value, *reason;
	} refused[] = {
		{ "Logging Level", "Debug", "by default the manager may not use it" },
		{ "Provisioning ExternalManager Guarded", "", "which settings it may change" },
		{ "NetworkServices HTTPS VerifyServerCertificate", "Off", "would make verification weaker" },
		{ "Provisioning ExternalManager Address", "x.example",
		  "by the settings of its answers only" },
		{ "Provisioning LoginName", "", "by the settings of its answers only" },
	};
	struct err e;
	assert_int_equal(provisioning_may_set(p, "SystemUnit Name", "x", &e), 0);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		assert_int_equal(provisioning_may_set(p, refused[i].path, refused[i].value, &e), -1);
		assert_int_equal(e.kind, ERR_DENIED);
		if (!strstr(e.text, refused[i].reason))
			fail_msg("%s", e.text);
		assert_non_null(strstr(buf_str(&w->log), e.text));
	}
}

static void a_refused_command_is_logged_once(void **state)
{
	struct world *w = *state;
	static const char purge[] =
		"manager: its command is refused: xCommand HttpFeedback Queue Purge: by default the "
		"manager may not use it; an administrator can allow it in Provisioning "
		"ExternalManager Released",
			  time[] = "manager: its command is refused: xCommand Time Floor Reset: by default";
	refuses(w, "HttpFeedback Queue Purge");
	assert_logged(w, purge);
	assert_logged(w, "manager: 1 command run, 0 failed; 1 not run, for the reasons in their results");
	refuses(w, "HttpFeedback Queue Purge");
	assert_int_equal(times_logged(w, purge), 1);
	refuses(w, "Time Floor Reset");
	assert_int_equal(times_logged(w, time), 1);
	assert_status(w, "Commands/Run", "3");
	assert_status(w, "Commands/Failed", "0");
	assert_status(w, "Commands/Refused", "3");
	/* Once it has not been refused for a while, the same refusal is news again. */
	command(w, "");
	ends(w, "OK");
	refuses(w, "HttpFeedback Queue Purge");
	assert_int_equal(times_logged(w, purge), 2);
}

static void no_result_is_lost(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *feedback, *logged;
		int status;
	} cases[] = {
		{ "<Feedback><URL>http://results.test/</URL></Feedback>",
		  "address asked for: http://results.test/ is refused", 0 },
		{ "<Feedback><URL/></Feedback>", "the address asked for is too long or missing", 0 },
		{ "<Feedback><URL>" RESULTS "</URL></Feedback>",
		  "answered HTTP 403; goes with the next event", 403 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		command(w, cases[i].feedback);
		ends(w, "OK");
		if (cases[i].status)
			played_status(played_peer(RESULTS), cases[i].status, "", "");
		assert_logged(w, cases[i].logged);
		answer_next(w, HERE, "");
		assert_non_null(strstr(played_peer(HERE)->body, "<SystemUnitBootResult status=\"OK\"/>"));
	}
	/* Commands that are not run, since others are, have a result, too. */
	command(w, "");
	char text[200];
	snprintf(text, sizeof text, commands, "");
	answer_next(w, HERE, text);
	answer_next(w, HERE, "");
	assert_non_null(strstr(played_peer(HERE)->body,
			       "<Reason>the commands that it sent before are still running</Reason>"));
	assert_status(w, "Commands/Refused", "1");
	provisioning_set_runner(w->agent->provisioning, NULL, NULL);
	answer_next(w, HERE, text);
	answer_next(w, HERE, "");
	assert_non_null(strstr(played_peer(HERE)->body,
			       "<Reason>this agent has no runner of commands registered</Reason>"));
	assert_status(w, "Commands/Refused", "2");
}

static void restart(struct world *w)
{
	world_restart(w);
	provisioning_set_runner(w->agent->provisioning, run, NULL);
	doc_free(asked);
	asked = NULL;
	loop_sim_advance(w->loop, 0);
	assert_non_null(strstr(played_peer(HERE)->body, "<Event>Boot</Event>"));
}

/* The file of results: its text, "" if there is none. */
static const char *kept(const struct world *w, struct buf *b)
{
	char path[100];
	struct stat st;
	snprintf(path, sizeof path, "%s/results", w->folder);
	buf_reset(b);
	if (stat(path, &st) == 0)
		assert_int_equal(st.st_mode & 0777, 0600);
	file_read(path, b, NULL);
	return buf_str(b);
}

#define TO_RESULTS                                                                                           \
	"<Feedback><URL>" RESULTS "</URL><Username>u</Username><Password>hidden</Password></Feedback>"

static void results_outlive_a_restart(void **state)
{
	struct world *w = *state;
	struct buf b;
	buf_init(&b, 1 << 20);
	/* Done, and told with the first event; once. */
	command(w, "");
	ends(w, "OK");
	restart(w);
	assert_logged(w, "1 result of its commands from before the restart");
	assert_non_null(strstr(played_peer(HERE)->body, "<SystemUnitBootResult status=\"OK\"/>"));
	answer(w, HERE, "");
	assert_string_equal(kept(w, &b), "");
	restart(w);
	assert_null(strstr(played_peer(HERE)->body, "Result"));
	/* Done, and on the way to another address, whose password is not written down. */
	command(w, TO_RESULTS);
	ends(w, "Error");
	assert_non_null(strstr(kept(w, &b), "<SystemUnitBootResult status=\"Error\"/>"));
	assert_null(strstr(buf_str(&b), "hidden"));
	restart(w);
	assert_non_null(strstr(played_peer(HERE)->body, "<SystemUnitBootResult status=\"Error\"/>"));
	answer(w, HERE, "");
	command(w, TO_RESULTS);
	ends(w, "OK");
	played_status(played_peer(RESULTS), 204, "", "");
	assert_string_equal(kept(w, &b), "");
	/* Under way. */
	command(w, "");
	restart(w);
	assert_non_null(strstr(played_peer(HERE)->body,
			       "<Reason>the agent ended before these commands were answered"));
	answer(w, HERE, "");
	assert_string_equal(kept(w, &b), "");
	buf_done(&b);
}

static void what_cannot_be_kept_is_told(void **state)
{
	struct world *w = *state;
	struct buf b;
	char path[100];
	buf_init(&b, 1 << 20);
	snprintf(path, sizeof path, "%s/results", w->folder);
	/* Too long for an event. */
	command(w, TO_RESULTS);
	struct doc *results = doc_new("Command");
	memset(buf_room(&b, 90000), 'x', 90000);
	buf_took(&b, 90000);
	doc_add_value(results, "BigResult", DOC_STRING, buf_str(&b));
	ran(ran_arg, results, 0);
	assert_non_null(strstr(kept(w, &b), "<Reason>too long to be kept"));
	restart(w);
	assert_non_null(strstr(played_peer(HERE)->body, "too long to be kept"));
	answer(w, HERE, "");
	/* Not what was written. */
	assert_int_equal(file_replace(path, "<Command><Half", 14, 0600, NULL), 0);
	restart(w);
	assert_logged(w, "from before the restart are lost: ");
	assert_string_equal(kept(w, &b), "");
	/* Nowhere to write to. */
	assert_int_equal(mkdir(path, 0700), 0);
	command(w, "");
	assert_logged(w, "so a restart would lose or repeat them");
	assert_int_equal(rmdir(path), 0);
	ends(w, "OK");
	assert_logged(w, "results of its commands can be kept in a file again");
	buf_done(&b);
}

#define TIME_SERVER                                                                                          \
	"<NetworkServices><NTP><Mode>Manual</Mode><Server><Address>127.0.0.1:%d</Address></Server></NTP></"  \
	"NetworkServices>"

static void know_the_date(struct world *w)
{
	struct err e;
	if (date_offer_kernel(w->agent->date, INT64_C(4000000000) * 1000000, loop_now_ms(w->loop), &e) < 0)
		fail_msg("%s", e.text);
}

static void commands_wait_for_the_time_servers_beside_them(void **state)
{
	struct world *w = *state;
	char text[1000];
	set(w, "Provisioning ExternalManager Released", "NetworkServices NTP");
	know_the_date(w);
	for (int i = 1; i <= 3; i++) {
		snprintf(text, sizeof text,
			 "<Configuration><Configuration>" TIME_SERVER "</Configuration></Configuration>"
			 "<Command><Command><SystemUnit><Boot/></SystemUnit></Command></Command>",
			 i);
		answer_next(w, HERE, text);
		assert_int_equal(date_state(w->agent->date), DATE_FLOOR);
		assert_null(asked);
		loop_sim_advance(w->loop, 20000);
		assert_null(asked);
		/* Until the date is known; or not for ever; or nobody is there to run them any more. */
		if (i == 1)
			know_the_date(w), provisioning_date_known(w->agent->provisioning);
		else if (i == 2)
			loop_sim_advance(w->loop, 10000);
		else
			provisioning_set_runner(w->agent->provisioning, run, w);
		assert_int_equal(asked != NULL, i != 3);
		if (asked)
			ends(w, "OK");
		know_the_date(w);
	}
	/* The same servers again: there is nothing to wait for. */
	answer_next(w, HERE, text);
	assert_non_null(asked);
}

static void secrets_are_never_read_back(void **state)
{
	struct world *w = *state;
	set(w, "Provisioning ExternalManager Released", "Provisioning Password, HttpFeedback Slot Secret");
	push(w, "<Provisioning><Password>another</Password></Provisioning><HttpFeedback><Slot><Secret>"
		"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3</Secret></Slot></HttpFeedback>");
	assert_string_equal(value(w, "Provisioning Password"), "another");
	answer_next(w, HERE,
		    "<DocumentsToPost>" DOCUMENT("/Configuration", "https://a.test/")
			    DOCUMENT("/Configuration/Provisioning", "https://b.test/")
				    DOCUMENT("/Status", "https://c.test/") "</DocumentsToPost>");
	static const char *const urls[] = { "https://a.test/", "https://b.test/", "https://c.test/" };
	for (size_t i = 0; i < 3; i++) {
		const struct https_endpoint *p = played_peer(urls[i]);
		assert_true(p->len < sizeof p->body);
		assert_null(strstr(p->body, "another"));
		assert_null(strstr(p->body, "whsec"));
		assert_int_equal(!strstr(p->body, "***</Password>"), i == 2);
		played_status(played_peer(urls[i]), 200, "", "");
		loop_sim_advance(w->loop, 0);
	}
	assert_status(w, "Documents/Posted", "3");
	assert_null(strstr(buf_str(&w->log), "another"));
}

static void heard(void *arg, const struct doc *change)
{
	if (doc_child(change, "Provisioning", 0))
		++*(unsigned *)arg;
}

/* What a push came to is published, and what did not change is not. */
static void what_came_of_it_is_published(void **state)
{
	struct world *w = *state;
	static const char *const answers[] = {
		("<Configuration><Configuration><SystemUnit><Name>x</Name></SystemUnit></Configuration>"
		 "</Configuration>"),
		"<Software><Package><URL>https://x.test/new.pkg</URL></Package></Software>",
		"<FilesToDownload><FileToDownload/></FilesToDownload>",
		"<Calendar><Bookings><Booking/></Bookings></Calendar>",
	};
	unsigned changes = 0;
	answer_next(w, HERE, "");
	answer_next(w, HERE, ""); /* Register: from now on it is the last event */
	struct agent_listener *l = agent_listen(w->agent, heard, &changes);
	answer_next(w, HERE, "");
	assert_int_equal(changes, 0);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		changes = 0;
		answer_next(w, HERE, answers[i]);
		assert_true(changes > 0);
	}
	agent_unlisten(l);
}

static void too_many_documents(void **state)
{
	struct world *w = *state;
	struct buf b;
	answer_next(w, HERE, "<DocumentsToPost>" DOCUMENT("/Status", "https://a.test/") "</DocumentsToPost>");
	assert_int_equal(times_logged(w, "does not get"), 0);
	buf_init(&b, 1 << 16);
	buf_adds(&b, "<DocumentsToPost>");
	for (int i = 0; i < MANAGER_DOCUMENTS_MAX + 3; i++)
		buf_addf(&b, DOCUMENT("/Status", "https://a.test/%d"), i);
	buf_adds(&b, "</DocumentsToPost>");
	answer_next(w, HERE, buf_str(&b));
	assert_logged(w, "3 more of them are too many");
	buf_done(&b);
}

static void what_is_not_supported(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 3; i++)
		answer_next(w, HERE,
			    "<Software><Package><URL>https://x.test/new.pkg</URL></Package></"
			    "Software><FilesToDownload>"
			    "<FileToDownload/><FileToDownload/></"
			    "FilesToDownload><Calendar><Bookings><Booking/></Bookings>"
			    "</Calendar>");
	assert_status(w, "NotSupported/Software", "https://x.test/new.pkg");
	assert_status(w, "NotSupported/Files", "2");
	assert_status(w, "NotSupported/Bookings", "1");
	assert_int_equal(times_logged(w, "new.pkg"), 1);
	assert_int_equal(times_logged(w, "downloads none"), 1);
	assert_int_equal(times_logged(w, "keeps no calendar"), 1);
}

/* What the manager sends with each answer: one of two names, a move to a server that is not trusted,
 * software, and commands whose results are to go to an address that is none. */
static void send_all_again(struct world *w, int beat)
{
	static const char *const names[] = { "day", "night" };
	char text[2000];
	snprintf(text, sizeof text,
		 "<Configuration><Configuration>" MOVE
		 "<SystemUnit><Name>%s</Name></SystemUnit></Configuration></"
		 "Configuration><Software><Package><URL>"
		 "https://x.test/%s.pkg</URL></Package></Software>"
		 "<Command><Command><SystemUnit><Boot/></SystemUnit></Command><Feedback><URL>"
		 "http://plain.test/</URL></Feedback></Command>",
		 names[beat % 2], names[beat % 2]);
	answer_next(w, HERE, text);
	played_fails(played_peer(THERE), ERR_TLS, 20, "nobody knows its issuer");
	assert_non_null(asked);
	ends(w, "OK");
}

static void a_manager_that_repeats_all_for_ever_is_logged_rarely(void **state)
{
	enum { BEATS = 288, BEAT_MS = 300 * 1000 };
	struct world *w = *state;
	for (int day = 0; day < 3; day++) {
		buf_reset(&w->log);
		for (int beat = 0; beat < BEATS; beat++) {
			loop_sim_advance(w->loop, BEAT_MS);
			send_all_again(w, beat);
		}
		size_t lines = times_logged(w, "\n");
		if (lines < 5 || lines > 60) /* audit lines among them */
			fail_msg("%zu lines:\n%s", lines, buf_str(&w->log));
		assert_logged(w, "command run, 0 failed (");
		assert_logged(w, "manager: configuration: 1 set, ");
	}
	assert_string_equal(value(w, "SystemUnit Name"), "night");
	/* What a person changes there meanwhile is logged. */
	buf_reset(&w->log);
	push(w, "<Phonebook><Server><URL>https://book.test/</URL></Server></Phonebook>");
	assert_logged(w, "manager: configuration: 1 set, ");
	/* And each change that comes hours later. */
	for (int i = 0; i < 8; i++) {
		loop_sim_advance(w->loop, 4 * 3600 * 1000);
		buf_reset(&w->log);
		push(w, i % 2 ? "<SystemUnit><Name>day</Name></SystemUnit>"
			      : "<SystemUnit><Name>night</Name></SystemUnit>");
		if (i)
			assert_logged(w, "manager: configuration: 1 set, ");
	}
}

/* Two managers send the device to each other for ever. */
static void moves_back_and_forth_are_logged_rarely(void **state)
{
	struct world *w = *state;
	for (int day = 0; day < 3; day++) {
		buf_reset(&w->log);
		for (int i = 0; i < 144; i++) {
			const char *from = i % 2 ? THERE : HERE, *to = i % 2 ? HERE : THERE;
			char text[500];
			snprintf(
				text, sizeof text,
				"<Configuration><Configuration><Provisioning><ExternalManager><Address>%s"
				"</Address></ExternalManager></Provisioning></Configuration></Configuration>",
				i % 2 ? "here.test" : "there.test");
			loop_sim_advance(w->loop, 600 * 1000);
			answer_next(w, from, text);
			answer(w, to, "");
		}
		size_t lines = times_logged(w, "\n");
		if (lines < 2 || lines > 40)
			fail_msg("%zu lines:\n%s", lines, buf_str(&w->log));
		assert_logged(w, "manager: moves to ");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_or_nothing),
		TEST(the_same_with_each_beat_is_told_once),
		TEST(a_move_that_fails_changes_nothing),
		TEST(a_move_that_is_answered),
		TEST(results_are_told_once_in_one_way),
		TEST(no_result_is_lost),
		TEST(results_outlive_a_restart),
		TEST(settings_by_commands_are_guarded),
		TEST(a_refused_command_is_logged_once),
		TEST(what_cannot_be_kept_is_told),
		TEST(commands_wait_for_the_time_servers_beside_them),
		TEST(secrets_are_never_read_back),
		TEST(what_is_not_supported),
		TEST(a_manager_that_repeats_all_for_ever_is_logged_rarely),
		TEST(moves_back_and_forth_are_logged_rarely),
		TEST(too_many_documents),
		TEST(what_came_of_it_is_published),
	};
	return cmocka_run_group_tests_name("provisioning", tests, NULL, NULL);
}
