/* SPDX-License-Identifier: MIT */
/* Publications of a whole agent on a disk that fails when told to: what is not kept is not acknowledged, and
 * not known. */
#include "delivery/queue.h"
#include "delivery/registrations.h"
#include "delivery/testpost.h"

#include "store/store.h"
#include "wire/xml.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "world_agent.h"

static struct agent_listener *listener;
static struct buf heard;
static int durable, refused;
static int64_t number; /* of the next publication alone; 0: it has none */
static char why[480];

/* What the agent tells of itself is not looked at here. */
static int is_its_own(const struct doc *change)
{
	return strcmp(change->name, "Configuration") == 0 || doc_child(change, "HttpFeedback", 0);
}

static void on_change(void *arg, const struct doc *change)
{
	(void)arg;
	if (!is_its_own(change))
		doc_print_terminal(change, "", 0, &heard);
}

/* A file may not grow any more: writing fails as on a full disk. */
static void disk(int is_full)
{
	struct rlimit r;
	getrlimit(RLIMIT_FSIZE, &r);
	r.rlim_cur = is_full ? 0 : r.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static int setup(void **state)
{
	struct world *w = world_new();
	signal(SIGXFSZ, SIG_IGN);
	buf_init(&heard, 1 << 20);
	durable = refused = 0;
	number = 0;
	why[0] = '\0';
	listener = agent_listen(w->agent, on_change, NULL);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	disk(0);
	agent_unlisten(listener);
	world_free(*state);
	buf_done(&heard);
	return 0;
}

static void restart(struct world *w)
{
	agent_unlisten(listener);
	world_restart(w);
	listener = agent_listen(w->agent, on_change, NULL);
}

static void told(void *arg, const struct err *e)
{
	(void)arg;
	durable += e->kind == ERR_NONE;
	refused += e->kind != ERR_NONE;
	snprintf(why, sizeof why, "%s", e->text);
}

static int publish(struct world *w, const char *xml, struct err *e)
{
	struct doc *d;
	if (xml_parse(xml, strlen(xml), NULL, &d, e) < 0)
		fail_msg("%s", e->text);
	struct agent_publication p = {
		.change = d, .publisher = { 7, 8 }, .number = number, .done = told, .arg = w
	};
	number = 0;
	return agent_publish(w->agent, &p, e);
}

/* Publishes, and lets the turn end; how many of the waiting were told that it is durable. */
static int kept(struct world *w, const char *xml)
{
	struct err e;
	int durable_before = durable, refused_before = refused;
	buf_reset(&heard);
	assert_int_equal(publish(w, xml, &e), 0);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(durable + refused, durable_before + refused_before + 1);
	return durable - durable_before;
}

static int want(struct world *w, int slot, const char *expression, struct err *e)
{
	const char *expressions[] = { expression };
	struct registrations_request r = { .slot = slot,
					   .url = "https://a.example.com/",
					   .n = 1,
					   .expressions = expressions,
					   .coalesce = slot == 4 };
	int got = 0;
	return registrations_add(agent_delivery(w->agent), &r, &got, e);
}

static void wanted(struct world *w, int slot, const char *expression)
{
	struct err e;
	assert_int_equal(want(w, slot, expression, &e), 0);
	loop_sim_advance(w->loop, 0);
}

static const char *status(struct world *w, const char *path)
{
	static char text[512];
	struct doc *d = agent_status(w->agent);
	snprintf(text, sizeof text, "%s", doc_text(d, path, "(none)"));
	doc_free(d);
	return text;
}

static int queued(struct world *w)
{
	return (int)strtol(status(w, "HttpFeedback[1]/Queue/Count"), NULL, 10);
}

static int said(const struct world *w, const char *text)
{
	int n = 0;
	for (const char *at = strstr(buf_str(&w->log), text); at; at = strstr(at + 1, text))
		n++;
	return n;
}

#define VOLUME "<Status><Audio><Volume>50</Volume></Audio></Status>"

static void what_is_not_kept_counts_again(void **state)
{
	struct world *w = *state;
	wanted(w, 1, "/Status/Audio");
	disk(1);
	assert_int_equal(kept(w, VOLUME), 0);
	assert_true(why[0]);
	assert_string_equal(status(w, "Audio/Volume"), "(none)");
	assert_int_equal(queued(w), 0);
	disk(0);
	assert_int_equal(kept(w, VOLUME), 1);
	assert_string_equal(buf_str(&heard), " Audio Volume: 50\n");
	assert_int_equal(queued(w), 1);
	assert_int_equal(kept(w, VOLUME), 1); /* and now it is known */
	assert_string_equal(buf_str(&heard), "");
	assert_int_equal(queued(w), 1);
}

static void a_bad_disk_is_told_once_and_its_end_too(void **state)
{
	struct world *w = *state;
	wanted(w, 1, "/Status/Audio");
	disk(1);
	for (int i = 0; i < 5; i++)
		assert_int_equal(kept(w, VOLUME), 0);
	assert_int_equal(said(w, "publications could not be stored"), 1);
	disk(0);
	assert_int_equal(kept(w, VOLUME), 1);
	assert_int_equal(said(w, "publications can be stored again"), 1);
}

static void all_of_a_turn_stand_or_fall_together(void **state)
{
	struct world *w = *state;
	struct err e;
	wanted(w, 1, "/Status/Audio");
	wanted(w, 2, "/Status/Standby");
	disk(1);
	assert_int_equal(publish(w, VOLUME, &e), 0);
	assert_int_equal(publish(w, "<Status><Audio><Volume>51</Volume></Audio></Status>", &e), 0);
	assert_int_equal(
		publish(w, "<Status><Standby item=\"1\"><State item=\"1\">Off</State></Standby></Status>",
			&e),
		0);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(refused, 3);
	assert_string_equal(status(w, "Audio/Volume"), "(none)");
	assert_string_equal(status(w, "Standby/State"), "(none)");
	disk(0);
	assert_int_equal(publish(w, VOLUME, &e), 0);
	assert_int_equal(publish(w, "<Status><Audio><Volume>51</Volume></Audio></Status>", &e), 0);
	assert_int_equal(publish(w, "<Status><Standby><State>Off</State></Standby></Status>", &e), 0);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(durable, 3);
	assert_int_equal(queued(w), 2);
	assert_string_equal(status(w, "HttpFeedback[2]/Queue/Count"), "1");
}

/* Codecs write places with item="1" and without. */
static void a_place_is_found_with_and_without_its_item(void **state)
{
	struct world *w = *state;
	wanted(w, 1, "/Status/Standby");
	assert_int_equal(kept(w, "<Status><Standby><State>Off</State></Standby></Status>"), 1);
	disk(1);
	assert_int_equal(
		kept(w, "<Status><Standby item=\"1\"><State item=\"1\">On</State></Standby></Status>"), 0);
	assert_string_equal(status(w, "Standby/State"), "Off"); /* the value before */
	assert_string_equal(buf_str(&heard), " Standby State: On\n Standby State: Off\n");
	disk(0);
	assert_int_equal(
		kept(w, "<Status><Standby item=\"1\"><State item=\"1\">On</State></Standby></Status>"), 1);
	assert_int_equal(queued(w), 2);
}

#define CALL    "<Status><Call item=\"3\" maxOccurrence=\"n\"><Status>Connected</Status></Call></Status>"
#define RINGING "<Status><Call item=\"3\" maxOccurrence=\"n\"><Status>Ringing</Status></Call></Status>"
#define GONE    "<Status><Call item=\"3\" maxOccurrence=\"n\" ghost=\"True\"/></Status>"

static void what_ended_ends_again(void **state)
{
	struct world *w = *state;
	struct err e;
	wanted(w, 1, "/Status/Call");
	assert_int_equal(kept(w, CALL), 1);
	disk(1);
	assert_int_equal(kept(w, GONE), 0);
	disk(0);
	assert_int_equal(kept(w, GONE), 1);
	assert_string_equal(buf_str(&heard), " Call 3 (ghost=True):\n");
	assert_int_equal(queued(w), 2);
	assert_int_equal(kept(w, GONE), 1); /* it is over now */
	assert_int_equal(queued(w), 2);
	/* Two changes of one place in a turn. */
	assert_int_equal(kept(w, CALL), 1);
	disk(1);
	assert_int_equal(publish(w, RINGING, &e), 0);
	assert_int_equal(publish(w, GONE, &e), 0);
	loop_sim_advance(w->loop, 0);
	disk(0);
	assert_int_equal(kept(w, GONE), 1);
	assert_int_equal(queued(w), 4);
	assert_int_equal(kept(w, CALL), 1);
	disk(1);
	assert_int_equal(publish(w, GONE, &e), 0);
	assert_int_equal(publish(w, RINGING, &e), 0);
	loop_sim_advance(w->loop, 0);
	disk(0);
	assert_string_equal(status(w, "Call[3]/Status"), "Connected");
	assert_int_equal(kept(w, GONE), 1);
	assert_string_equal(status(w, "Call[3]/Status"), "(none)");
	assert_int_equal(queued(w), 6);
	assert_int_equal(kept(w, RINGING), 1);
	assert_int_equal(queued(w), 7);
}

/* Registering commits at once, and with it what was published in the same turn. */
static void a_failure_in_between_reaches_those_who_wait(void **state)
{
	struct world *w = *state;
	struct err e;
	wanted(w, 1, "/Status/Audio");
	disk(1);
	assert_int_equal(publish(w, VOLUME, &e), 0);
	assert_int_equal(want(w, 2, "/Status", &e), -1);
	disk(0);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(durable, 0);
	assert_int_equal(refused, 1);
	assert_true(why[0]);
	assert_int_equal(queued(w), 0);
	assert_int_equal(kept(w, VOLUME), 1);
	assert_int_equal(queued(w), 1);
}

static void a_registration_that_is_not_kept_is_none(void **state)
{
	struct world *w = *state;
	struct err e;
	wanted(w, 1, "/Status/Audio");
	disk(1);
	assert_int_equal(want(w, 2, "/Status", &e), -1);
	assert_string_equal(status(w, "HttpFeedback[2]/URL"), "(none)");
	assert_int_equal(want(w, 1, "/Event", &e), -1);
	assert_string_equal(status(w, "HttpFeedback[1]/Expression[1]"), "/Status/Audio");
	assert_int_equal(registrations_remove(agent_delivery(w->agent), 1, &e), -1);
	assert_string_equal(status(w, "HttpFeedback[1]/URL"), "https://a.example.com/");
	disk(0);
	assert_int_equal(kept(w, VOLUME), 1);
	assert_int_equal(queued(w), 1);
	restart(w);
	assert_string_equal(status(w, "HttpFeedback[1]/Expression[1]"), "/Status/Audio");
	assert_string_equal(status(w, "HttpFeedback[2]/URL"), "(none)");
	assert_int_equal(queued(w), 1);
	assert_int_equal(registrations_remove(agent_delivery(w->agent), 1, &e), 0);
	restart(w);
	assert_string_equal(status(w, "HttpFeedback[1]/URL"), "(none)");
}

/* Refused at once, without harm to what was published beside it. */
static void what_is_too_long_goes_nowhere(void **state)
{
	struct world *w = *state;
	struct err e;
	struct buf xml;
	wanted(w, 1, "/Status/Audio");
	wanted(w, 2, "/Status/Long");
	buf_init(&xml, 1 << 20);
	buf_addf(&xml, "<Status><Audio><Mute>On</Mute></Audio><Long>");
	for (int i = 0; i < STORE_BODY_MAX / 2000; i++)
		buf_addf(&xml, "<Part item=\"%d\" maxOccurrence=\"n\">%02000d</Part>", i + 1, i);
	buf_addf(&xml, "</Long></Status>");
	buf_reset(&heard);
	assert_int_equal(publish(w, VOLUME, &e), 0);
	assert_int_equal(publish(w, buf_str(&xml), &e), -1);
	assert_int_equal(e.kind, ERR_TOOLONG);
	buf_done(&xml);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(durable, 1);
	assert_int_equal(refused, 0);
	assert_string_equal(buf_str(&heard), " Audio Volume: 50\n");
	assert_int_equal(queued(w), 1);
	assert_string_equal(status(w, "HttpFeedback[2]/Queue/Count"), "0");
	assert_string_equal(status(w, "Audio/Mute"), "(none)");
	assert_int_equal(kept(w, "<Status><Audio><Mute>On</Mute></Audio></Status>"), 1);
	assert_int_equal(queued(w), 2);
}

/* Slot 4 wants its status merged; no server is ever reached here, which the first post finds out. */
static void a_status_is_merged_while_nobody_takes_it(void **state)
{
	struct world *w = *state;
	char xml[100];
	wanted(w, 4, "/Status/Audio");
	for (int i = 0; i < 20; i++) {
		snprintf(xml, sizeof xml, "<Status><Audio><Volume>%d</Volume></Audio></Status>", i);
		assert_int_equal(kept(w, xml), 1);
	}
	assert_string_equal(status(w, "HttpFeedback[4]/Coalesce"), "Status");
	assert_string_equal(status(w, "HttpFeedback[4]/Queue/Count"), "2");
	assert_string_equal(status(w, "HttpFeedback[4]/Delivery/Coalesced"), "18");
	assert_string_equal(status(w, "HttpFeedback[4]/Delivery/Dropped"), "0");
	/* What is not kept is not in the post either. */
	disk(1);
	assert_int_equal(kept(w, "<Status><Audio><Mute>On</Mute></Audio></Status>"), 0);
	disk(0);
	assert_int_equal(kept(w, "<Status><Audio><Volume>20</Volume></Audio></Status>"), 1);
	assert_string_equal(status(w, "HttpFeedback[4]/Queue/Count"), "3");
	struct doc *result = doc_new("Result");
	struct err e;
	assert_int_equal(queue_show(agent_delivery(w->agent),
				    &(struct queue_request){ 4, QUEUE_WAITING, 20, 0 }, result, &e),
			 0);
	assert_non_null(strstr(doc_text(result, "Body", ""), "<Volume>19</Volume>"));
	assert_null(strstr(doc_text(result, "Body", ""), "Mute"));
	assert_string_equal(doc_text(result, "Coalesced", ""), "18");
	assert_string_equal(doc_text(result, "CoalescedFrom", ""), "2");
	doc_free(result);
	/* The same where it is posted, and only the commit fails. */
	char db[100], moved[100];
	snprintf(db, sizeof db, "%s/store.db", w->folder);
	snprintf(moved, sizeof moved, "%s/moved", w->folder);
	assert_int_equal(rename(db, moved), 0);
	assert_int_equal(kept(w, "<Status><Audio><Mute>On</Mute></Audio></Status>"), 0);
	assert_non_null(strstr(why, "deleted or moved"));
	assert_int_equal(rename(moved, db), 0);
	assert_int_equal(kept(w, "<Status><Audio><Volume>21</Volume></Audio></Status>"), 1);
	result = doc_new("Result");
	assert_int_equal(queue_show(agent_delivery(w->agent),
				    &(struct queue_request){ 4, QUEUE_WAITING, 22, 0 }, result, &e),
			 0);
	assert_null(strstr(doc_text(result, "Body", ""), "Mute"));
	assert_string_equal(doc_text(result, "Coalesced", "none"), "none");
	doc_free(result);
	restart(w);
	assert_string_equal(status(w, "HttpFeedback[4]/Coalesce"), "Status");
	assert_string_equal(status(w, "HttpFeedback[4]/Delivery/Coalesced"), "18");
	assert_string_equal(status(w, "HttpFeedback[4]/Queue/Count"), "4");
}

#define EVENT "<Event><Ping><Of>1</Of></Ping></Event>"

/* Publishes under this number; 1: it was kept. */
static int numbered(struct world *w, int64_t n)
{
	number = n;
	return kept(w, EVENT);
}

static void what_is_sent_again_is_taken_once(void **state)
{
	struct world *w = *state;
	struct err e;
	wanted(w, 1, "/Event");
	assert_int_equal(numbered(w, 1), 1);
	assert_int_equal(numbered(w, 1), 1);
	assert_string_equal(buf_str(&heard), "");
	assert_int_equal(queued(w), 1);
	/* Twice before the commit: both wait for it. */
	for (int i = 0; i < 2; i++) {
		number = 2;
		assert_int_equal(publish(w, EVENT, &e), 0);
	}
	assert_int_equal(durable, 2);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(durable, 4);
	assert_int_equal(queued(w), 2);
	restart(w);
	assert_int_equal(numbered(w, 2), 1);
	assert_int_equal(queued(w), 2);
	assert_int_equal(numbered(w, 3), 1);
	assert_int_equal(queued(w), 3);
	assert_int_equal(numbered(w, 0), 1); /* without a number each one counts */
	assert_int_equal(numbered(w, 0), 1);
	assert_int_equal(queued(w), 5);
}

/* Nothing that was refused, or is not on disk, counts as taken. */
static void what_was_not_kept_is_taken_when_it_comes_again(void **state)
{
	struct world *w = *state;
	struct err e;
	wanted(w, 1, "/Event");
	assert_int_equal(numbered(w, 1), 1);
	disk(1);
	assert_int_equal(numbered(w, 2), 0);
	for (int i = 0; i < 2; i++) {
		number = 3;
		assert_int_equal(publish(w, EVENT, &e), 0);
	}
	loop_sim_advance(w->loop, 0);
	assert_int_equal(refused, 3); /* who repeated it is told the same */
	disk(0);
	assert_int_equal(numbered(w, 4), 1);
	restart(w);
	assert_int_equal(numbered(w, 2), 1);
	assert_int_equal(numbered(w, 3), 1);
	assert_int_equal(queued(w), 4);
	assert_int_equal(numbered(w, 4), 1);
	assert_int_equal(queued(w), 4);
	number = 5;
	assert_int_equal(publish(w, "<Command><Dial/></Command>", &e), -1);
	number = 5;
	assert_int_equal(publish(w, "<Command><Dial/></Command>", &e), -1);
	assert_int_equal(numbered(w, 5), 1);
	assert_int_equal(queued(w), 5);
}

/* A listener that goes while it is told, and one that publishes from within. */
struct guest {
	struct world *world;
	struct agent_listener *self;
	int told, goes, publishes;
};

static void guest_heard(void *arg, const struct doc *change)
{
	struct guest *g = arg;
	struct err e;
	if (is_its_own(change))
		return;
	g->told++;
	if (g->goes)
		agent_unlisten(g->self);
	if (g->publishes && g->told == 1)
		assert_int_equal(publish(g->world, "<Event><Echo><Of>1</Of></Echo></Event>", &e), 0);
}

static void listeners_may_go_and_speak_while_told(void **state)
{
	struct world *w = *state;
	struct guest goer = { .world = w, .goes = 1 }, speaker = { .world = w, .publishes = 1 };
	struct err e;
	wanted(w, 1, "/Event");
	goer.self = agent_listen(w->agent, guest_heard, &goer);
	speaker.self = agent_listen(w->agent, guest_heard, &speaker);
	assert_int_equal(publish(w, VOLUME, &e), 0);
	loop_sim_advance(w->loop, 0);
	assert_int_equal(goer.told, 1);
	assert_int_equal(speaker.told, 2);
	assert_int_equal(durable, 2);
	assert_int_equal(queued(w), 1);
	agent_unlisten(speaker.self);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_kept_counts_again),
		TEST(a_bad_disk_is_told_once_and_its_end_too),
		TEST(all_of_a_turn_stand_or_fall_together),
		TEST(a_place_is_found_with_and_without_its_item),
		TEST(what_ended_ends_again),
		TEST(a_failure_in_between_reaches_those_who_wait),
		TEST(a_registration_that_is_not_kept_is_none),
		TEST(what_is_too_long_goes_nowhere),
		TEST(listeners_may_go_and_speak_while_told),
		TEST(a_status_is_merged_while_nobody_takes_it),
		TEST(what_is_sent_again_is_taken_once),
		TEST(what_was_not_kept_is_taken_when_it_comes_again),
	};
	return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
