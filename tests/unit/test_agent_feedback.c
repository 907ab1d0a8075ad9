/* SPDX-License-Identifier: MIT */
/* Registrations and what each change makes for them: expressions, formats, limits. */
#include "../../src/delivery/feedback.h"

#include "doc/doc_path.h"
#include "wire/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct world {
	char folder[64], path[80];
	struct store *store;
	struct feedback *feedback;
	struct wire_identity who;
	struct store_post last; /* the post taken last */
	int64_t taken[STORE_SLOTS + 1];
	int away, asked; /* the servers are; how often that was asked */
	int64_t handed;  /* up to here posts were handed to them */
	unsigned merged; /* of the last post() */
};

static int may_merge(void *arg, int slot, int64_t sequence)
{
	struct world *w = arg;
	assert_in_range(slot, 1, STORE_SLOTS);
	w->asked++;
	return w->away && (!sequence || sequence > w->handed);
}

static void open_all(struct world *w)
{
	struct store_options o = { .path = w->path };
	struct err e;
	if (store_open(&o, &w->store, NULL, &e) < 0)
		fail_msg("%s", e.text);
	w->feedback = feedback_new(
		&(struct feedback_options){ .store = w->store, .may_merge = may_merge, .arg = w });
}

static void close_all(struct world *w)
{
	feedback_free(w->feedback);
	store_close(w->store);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	snprintf(w->folder, sizeof w->folder, "/tmp/sealpost-feedback-XXXXXX");
	if (!mkdtemp(w->folder))
		return -1;
	snprintf(w->path, sizeof w->path, "%s/store.db", w->folder);
	snprintf(w->who.system_name, sizeof w->who.system_name, "Oslo");
	open_all(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-marks" };
	struct world *w = *state;
	close_all(w);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		char name[96];
		snprintf(name, sizeof name, "%s%s", w->path, ends[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(w->folder), 0);
	free(w->last.body);
	free(w);
	return 0;
}

static int set(struct world *w, int slot, int json, const char *const *expressions, size_t n, struct err *e)
{
	struct store_registration r = { .slot = slot, .json = json, .n = n, .url = "https://a.example.com/" };
	for (size_t i = 0; i < n; i++)
		snprintf(r.expressions[i], sizeof r.expressions[i], "%s", expressions[i]);
	return feedback_set(w->feedback, &r, e);
}

static void want(struct world *w, int slot, int json, const char *expression)
{
	struct err e;
	if (set(w, slot, json, &expression, 1, &e) < 0 || store_commit(w->store, &e) < 0)
		fail_msg("%s", e.text);
}

static struct doc *document(const char *xml)
{
	struct doc *d;
	struct err e;
	if (xml_parse(xml, strlen(xml), NULL, &d, &e) < 0)
		fail_msg("%s", e.text);
	return d;
}

/* The slots that got a post, as bits; feedback_concerns must not say no to them. */
static unsigned post(struct world *w, const char *xml)
{
	struct doc *d = document(xml);
	struct feedback_posted posted;
	struct err e;
	int concerns = feedback_concerns(w->feedback, d);
	if (feedback_post(w->feedback, d, &w->who, 1800000000, &posted, &e) < 0 ||
	    store_commit(w->store, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(concerns, posted.slots != 0);
	w->merged = posted.merged;
	doc_free(d);
	return posted.slots;
}

/* The slot's next post. */
static const char *take(struct world *w, int slot)
{
	struct err e;
	free(w->last.body);
	w->last.body = NULL;
	int r = store_post_next(w->store, slot, w->taken[slot], &w->last, &e);
	if (r < 0)
		fail_msg("%s", e.text);
	if (r > 0)
		return "";
	w->taken[slot] = w->last.sequence;
	return w->last.body;
}

#define VOLUME  "<Status><Audio><Volume>50</Volume><Mute>Off</Mute></Audio></Status>"
#define EVENT   "<Event><CallDisconnect><CauseType>Busy</CauseType><CallId>8</CallId></CallDisconnect></Event>"
#define SETTING "<Configuration><Audio><DefaultVolume>70</DefaultVolume></Audio></Configuration>"
#define CALL                                                                                                 \
	"<Status><Call item=\"3\" "                                                                          \
	"maxOccurrence=\"n\"><Status>Connected</Status><Protocol>SIP</Protocol></Call></Status>"
#define GONE "<Status><Call item=\"3\" maxOccurrence=\"n\" ghost=\"True\"/></Status>"

static void expressions_choose(void **state)
{
	static const struct {
		const char *expression, *change;
		int matches;
	} cases[] = {
		{ "/Status/Audio/Volume", VOLUME, 1 },
		{ "Status/Audio/Volume", VOLUME, 1 },
		{ "Audio/Volume", VOLUME, 1 }, /* without a root status is meant */
		{ "/Audio", VOLUME, 1 },
		{ "Audio", SETTING, 0 },
		{ "aUDIO/vOLUME", VOLUME, 1 },
		{ "/sTATUS/audio", VOLUME, 1 },
		{ "/event/calldisconnect", EVENT, 1 },
		{ "/CONFIGURATION", SETTING, 1 },
		{ "/Status", VOLUME, 1 },
		{ "/Status", EVENT, 0 },
		{ "/Event", VOLUME, 0 },
		{ "/Status/Audio/Microphones", VOLUME, 0 },
		{ "/Status/Audi", VOLUME, 0 }, /* nothing is abbreviated */
		{ "/*/Audio", VOLUME, 1 },
		{ "/*/Audio", SETTING, 1 },
		{ "/*/Audio", EVENT, 0 },
		{ "/Status/*/Volume", VOLUME, 1 },
		{ "//Volume", VOLUME, 1 },
		{ "//DefaultVolume", SETTING, 1 },
		{ "//Volume", SETTING, 0 },
		{ "/Status/Call[3]", CALL, 1 },
		{ "/Status/Call[2]", CALL, 0 },
		{ "/Status/Call[*]/Status", CALL, 1 },
		{ "/Status/Call[@item='3']/Protocol", CALL, 1 },
		{ "/Status/Call/Status", CALL, 1 },
		{ "/Status/Call/Duration", CALL, 0 },
		{ "/Status/Call/Status", GONE, 1 }, /* below what is gone all is gone */
		{ "/Status/Call[2]/Status", GONE, 0 },
		{ "/Status/Call", GONE, 1 },
	};
	struct world *w = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		want(w, 1, 0, cases[i].expression);
		if (post(w, cases[i].change) != (cases[i].matches ? 2u : 0u))
			fail_msg("%s and %s", cases[i].expression, cases[i].change);
	}
}

static void of_status_goes_what_was_asked_for(void **state)
{
	struct world *w = *state;
	want(w, 1, 0, "/Status/Audio/Volume");
	assert_int_equal(post(w, VOLUME), 1 << 1);
	assert_non_null(strstr(take(w, 1), "<Volume>50</Volume>"));
	assert_null(strstr(w->last.body, "Mute"));
	assert_non_null(strstr(w->last.body, "<SystemName>Oslo</SystemName>"));
	assert_int_equal(w->last.created_at, 1800000000);
	static const char *const both[] = { "/Status/Call/Protocol", "/Status/Audio/Mute" };
	struct err e;
	assert_int_equal(set(w, 1, 0, both, 2, &e), 0);
	assert_int_equal(post(w, "<Status><Audio><Volume>50</Volume><Mute>Off</Mute></Audio><Call item=\"3\" "
				 "maxOccurrence=\"n\">"
				 "<Protocol>SIP</Protocol><Status>Idle</Status></Call></Status>"),
			 1 << 1);
	assert_non_null(strstr(take(w, 1), "<Mute>Off</Mute>"));
	assert_non_null(strstr(w->last.body, "<Protocol>SIP</Protocol>"));
	assert_null(strstr(w->last.body, "Volume"));
	assert_null(strstr(w->last.body, "Idle"));
	assert_string_equal(take(w, 1), ""); /* one post for both */
	want(w, 1, 0, "/Status/Call/Status");
	post(w, GONE);
	assert_non_null(strstr(take(w, 1), "ghost=\"True\""));
}

static void events_go_whole(void **state)
{
	struct world *w = *state;
	want(w, 1, 0, "/Event/CallDisconnect/CauseType");
	assert_int_equal(post(w, EVENT), 1 << 1);
	assert_non_null(strstr(take(w, 1), "<CallId item=\"1\">8</CallId>"));
	assert_non_null(strstr(w->last.body, "<CauseType item=\"1\">Busy</CauseType>"));
}

static void each_slot_in_its_format(void **state)
{
	struct world *w = *state;
	want(w, 1, 0, "/Status/Audio");
	want(w, 2, 1, "/Status/Audio/Volume");
	want(w, 4, 1, "/Event");
	assert_int_equal(post(w, VOLUME), 1 << 1 | 1 << 2);
	assert_int_equal(strncmp(take(w, 1), "<Status>", 8), 0);
	assert_int_equal(w->last.json, 0);
	assert_int_equal(strncmp(take(w, 2), "{\"Status\":{", 11), 0);
	assert_non_null(strstr(w->last.body, "\"Volume\":{\"Value\":\"50\"}"));
	assert_null(strstr(w->last.body, "Mute"));
	assert_int_equal(w->last.json, 1);
	assert_int_equal(post(w, EVENT), 1 << 4);
	assert_int_equal(strncmp(take(w, 4), "{\"Event\":{", 10), 0);
}

static void a_body_is_not_mixed_with_the_one_before(void **state)
{
	struct world *w = *state;
	want(w, 1, 0, "/Status/Audio");
	post(w, VOLUME);
	take(w, 1);
	post(w, "<Status><Audio><Volume>51</Volume></Audio></Status>");
	take(w, 1);
	assert_null(strstr(w->last.body, "50"));
	snprintf(w->who.system_name, sizeof w->who.system_name, "Bergen");
	post(w, "<Status><Audio><Volume>52</Volume></Audio></Status>");
	take(w, 1);
	assert_non_null(strstr(w->last.body, "<SystemName>Bergen</SystemName>"));
	assert_null(strstr(w->last.body, "Oslo"));
}

static void what_is_too_long_for_one_goes_to_none(void **state)
{
	struct world *w = *state;
	struct err e = { 0 };
	struct feedback_posted posted;
	struct doc *d = doc_new("Status");
	struct buf text;
	buf_init(&text, STORE_BODY_MAX + 10);
	while (text.len < STORE_BODY_MAX)
		buf_adds(&text, "long ");
	doc_set_value(doc_make(d, "Long/Text"), DOC_STRING, buf_str(&text));
	doc_set_value(doc_make(d, "Audio/Volume"), DOC_INTEGER, "50");
	buf_done(&text);
	want(w, 1, 0, "/Status/Audio");
	want(w, 2, 0, "/Status/Long");
	want(w, 3, 0, "/Status/Audio");
	assert_int_equal(feedback_post(w->feedback, d, &w->who, 0, &posted, &e), -1);
	assert_int_equal(e.kind, ERR_TOOLONG);
	assert_int_equal(posted.slots, 0);
	doc_free(d);
	assert_int_equal(store_commit(w->store, &e), 0);
	for (int slot = 1; slot <= 3; slot++)
		assert_string_equal(take(w, slot), "");
	assert_int_equal(post(w, VOLUME), 1 << 1 | 1 << 3);
	assert_non_null(strstr(take(w, 1), "50"));
}

static void what_is_no_expression_is_named(void **state)
{
	static const char *const wrong[] = { "/Status/[", "", "/", "/Status/Audio[0]" };
	struct world *w = *state;
	struct err e;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *const both[] = { "/Status", wrong[i] };
		char named[64];
		snprintf(named, sizeof named, "expression 2 \"%s\"", wrong[i]);
		if (set(w, 1, 0, both, 2, &e) == 0)
			fail_msg("%s was taken", wrong[i]);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_non_null(strstr(e.text, named));
		assert_null(feedback_get(w->feedback, 1));
	}
	/* What is refused leaves the one before. */
	want(w, 1, 0, "/Status/Audio");
	assert_int_equal(set(w, 1, 0, wrong, 1, &e), -1);
	assert_int_equal(post(w, VOLUME), 1 << 1);
	assert_int_equal(store_commit(w->store, &e), 0);
	close_all(w);
	open_all(w);
	assert_string_equal(feedback_get(w->feedback, 1)->expressions[0], "/Status/Audio");
}

static void the_root_needs_room(void **state)
{
	struct world *w = *state;
	struct err e;
	char text[128] = "a";
	for (int i = 1; i < DOC_STEPS_MAX; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "/a");
	const char *expression = text;
	assert_int_equal(set(w, 1, 0, &expression, 1, &e), -1);
	assert_non_null(strstr(e.text, "at most 23 names"));
	expression = text + 2;
	assert_int_equal(set(w, 1, 0, &expression, 1, &e), 0);
}

static void registrations_outlive_a_restart(void **state)
{
	struct world *w = *state;
	struct err e;
	want(w, 2, 1, "Audio/Volume");
	want(w, 3, 0, "/Event");
	assert_int_equal(feedback_clear(w->feedback, 3, &e), 0);
	assert_int_equal(store_commit(w->store, &e), 0);
	assert_int_equal(feedback_clear(w->feedback, 3, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	close_all(w);
	open_all(w);
	assert_null(feedback_get(w->feedback, 3));
	assert_non_null(feedback_get(w->feedback, 2));
	assert_string_equal(feedback_get(w->feedback, 2)->url, "https://a.example.com/");
	assert_int_equal(feedback_get(w->feedback, 2)->json, 1);
	assert_int_equal(post(w, VOLUME), 1 << 2);
	assert_non_null(strstr(take(w, 2), "\"50\""));
}

static void what_is_not_durable_is_taken_back(void **state)
{
	struct world *w = *state;
	struct err e;
	const char *event = "/Event";
	want(w, 1, 0, "/Status/Audio");
	feedback_change_ended(w->feedback, 1);
	assert_int_equal(set(w, 1, 0, &event, 1, &e), 0);
	assert_string_equal(feedback_get(w->feedback, 1)->expressions[0], "/Event");
	store_rollback(w->store);
	feedback_change_ended(w->feedback, 0);
	assert_string_equal(feedback_get(w->feedback, 1)->expressions[0], "/Status/Audio");
	feedback_change_ended(w->feedback, 0); /* nothing is left to be taken back */
	assert_non_null(feedback_get(w->feedback, 1));
	assert_int_equal(feedback_clear(w->feedback, 1, &e), 0);
	store_rollback(w->store);
	feedback_change_ended(w->feedback, 0);
	assert_int_equal(post(w, VOLUME), 1 << 1);
	assert_int_equal(set(w, 2, 0, &event, 1, &e), 0);
	store_rollback(w->store);
	feedback_change_ended(w->feedback, 0);
	assert_null(feedback_get(w->feedback, 2));
}

static void put(struct world *w, const char *url)
{
	struct store_registration r = { .slot = 1, .n = 1, .expressions = { "/Status/Audio" } };
	struct err e;
	snprintf(r.url, sizeof r.url, "%s", url);
	if (feedback_set(w->feedback, &r, &e) < 0 || store_commit(w->store, &e) < 0)
		fail_msg("%s", e.text);
	feedback_change_ended(w->feedback, 1);
}

static void another_server_gets_nothing_of_the_one_before(void **state)
{
	struct world *w = *state;
	struct store_dead dead;
	struct store_slot slot;
	struct err e;
	put(w, "https://a.example.com/feed");
	for (int i = 0; i < 3; i++)
		post(w, VOLUME);
	assert_int_equal(store_post_to_dead_letters(w->store, 1, 1, 400, "no", &e), 0);
	assert_int_equal(store_post_purge(w->store, 1, 2, &e), 0);
	/* the same server, written in another way, gets all of it */
	static const char *const same[] = { "https://A.example.COM/feed", "https://a.example.com:443/feed",
					    "HTTPS://a.example.com./feed", "https://a.example.com/feed" };
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		put(w, same[i]);
		assert_string_equal(feedback_get(w->feedback, 1)->url, same[i]);
		store_slot_get(w->store, 1, &slot);
		assert_int_equal(slot.queued, 1);
		assert_int_equal(slot.gap_count, 1);
	}
	put(w, "https://a.example.com/Feed");
	store_slot_get(w->store, 1, &slot);
	assert_int_equal(slot.queued, 0);
	assert_int_equal(slot.gap_count, 0);
	assert_int_equal(slot.dropped, 3);
	assert_int_equal(store_dead_next(w->store, 1, 0, &dead, &e), 1);
	/* a change that is not committed drops nothing */
	post(w, VOLUME);
	struct store_registration r = { .slot = 1, .url = "https://b.example.com/" };
	assert_int_equal(feedback_set(w->feedback, &r, &e), 0);
	store_rollback(w->store);
	feedback_change_ended(w->feedback, 0);
	assert_string_equal(feedback_get(w->feedback, 1)->url, "https://a.example.com/Feed");
	assert_non_null(strstr(take(w, 1), "<Volume>50</Volume>"));
}

/* --- a status that is merged while the server is away --- */

static void want_merged(struct world *w, int slot, int json, const char *expression)
{
	struct store_registration r = { .slot = slot,
					.json = json,
					.coalesce = 1,
					.n = 2,
					.url = "https://a.example.com/",
					.expressions = { "/Event" } };
	struct err e;
	snprintf(r.expressions[1], sizeof r.expressions[1], "%s", expression);
	if (feedback_set(w->feedback, &r, &e) < 0 || store_commit(w->store, &e) < 0)
		fail_msg("%s", e.text);
	feedback_change_ended(w->feedback, 1);
}

static void volume(struct world *w, int value)
{
	char xml[100];
	snprintf(xml, sizeof xml, "<Status><Audio><Volume>%d</Volume></Audio></Status>", value);
	post(w, xml);
}

static struct store_slot slot_of(struct world *w, int slot)
{
	struct store_slot s;
	store_slot_get(w->store, slot, &s);
	return s;
}

static void the_latest_values_wait_while_the_server_is_away(void **state)
{
	struct world *w = *state;
	want_merged(w, 1, 0, "/Status");
	want(w, 2, 1, "/Status/Audio");
	w->away = 1;
	for (int i = 1; i <= 10; i++)
		volume(w, i);
	assert_int_equal(w->merged, 1 << 1);
	post(w, "<Status><Audio><Mute>On</Mute></Audio></Status>");
	assert_int_equal(slot_of(w, 1).queued, 1);
	assert_int_equal(slot_of(w, 1).coalesced, 10);
	assert_int_equal(slot_of(w, 2).queued, 11); /* a choice of each registration */
	assert_non_null(strstr(take(w, 1), "<Volume>10</Volume>"));
	assert_non_null(strstr(w->last.body, "<Mute>On</Mute>"));
	assert_non_null(strstr(w->last.body, "<SystemName>Oslo</SystemName>"));
	assert_int_equal(w->last.sequence, 11);
	assert_int_equal(w->last.merged_from, 1);
	assert_int_equal(w->last.merged, 10);
	/* In both formats. */
	want_merged(w, 2, 1, "/Status/Audio");
	volume(w, 11);
	volume(w, 12);
	w->taken[2] = 12;
	assert_non_null(strstr(take(w, 2), "\"Volume\":{\"Value\":\"12\"}"));
	assert_null(strstr(w->last.body, "11"));
	assert_int_equal(w->last.merged, 1);
}

static void events_and_settings_are_never_merged(void **state)
{
	struct world *w = *state;
	want_merged(w, 1, 0, "//Volume");
	w->away = 1;
	volume(w, 1);
	post(w, EVENT);
	post(w, EVENT);
	volume(w, 2);
	post(w, "<Configuration><Audio><Volume>70</Volume></Audio></Configuration>");
	post(w, "<Configuration><Audio><Volume>71</Volume></Audio></Configuration>");
	volume(w, 3);
	assert_int_equal(slot_of(w, 1).queued, 5);
	assert_non_null(strstr(take(w, 1), "<Event>"));
	assert_int_equal(w->last.sequence, 2);
	assert_non_null(strstr(take(w, 1), "<Event>"));
	assert_non_null(strstr(take(w, 1), ">70<"));
	assert_non_null(strstr(take(w, 1), ">71<"));
	/* What came last stands last. */
	assert_non_null(strstr(take(w, 1), ">3<"));
	assert_int_equal(w->last.sequence, 7);
	assert_int_equal(w->last.merged_from, 1);
	assert_int_equal(w->last.merged, 2);
}

static void what_was_handed_out_is_left_alone(void **state)
{
	struct world *w = *state;
	want_merged(w, 1, 0, "/Status");
	volume(w, 1); /* the server is there */
	volume(w, 2);
	assert_int_equal(slot_of(w, 1).queued, 2);
	w->away = 1;
	volume(w, 3);
	volume(w, 4);
	assert_int_equal(slot_of(w, 1).queued, 3);
	w->handed = 4;
	volume(w, 5);
	volume(w, 6);
	assert_int_equal(slot_of(w, 1).queued, 4);
	w->away = 0;
	volume(w, 7);
	w->away = 1;
	volume(w, 8); /* and what was merged before is forgotten */
	assert_int_equal(slot_of(w, 1).queued, 6);
	static const char *const bodies[] = { ">1<", ">2<", ">4<", ">6<", ">7<", ">8<" };
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		if (!strstr(take(w, 1), bodies[i]))
			fail_msg("%s in %s", bodies[i], w->last.body);
}

static void what_is_gone_is_told_when_all_is_over(void **state)
{
	struct world *w = *state;
	want_merged(w, 1, 0, "/Status/Call");
	w->away = 1;
	post(w, CALL);
	post(w, GONE);
	post(w, "<Status><Call item=\"3\" maxOccurrence=\"n\"><Status>Ringing</Status></Call></Status>");
	assert_non_null(strstr(take(w, 1), "<Call ghost=\"True\" item=\"3\""));
	assert_non_null(strstr(w->last.body, "<Status>Ringing</Status>"));
	assert_null(strstr(w->last.body, "SIP"));
}

static void nothing_is_merged_into_what_waits_no_more(void **state)
{
	struct world *w = *state;
	struct err e;
	want_merged(w, 1, 0, "/Status");
	w->away = 1;
	volume(w, 1);
	assert_int_equal(store_post_purge(w->store, 1, 1, &e), 0);
	post(w, "<Status><Audio><Mute>On</Mute></Audio></Status>");
	assert_int_equal(w->merged, 0);
	assert_non_null(strstr(take(w, 1), "<Mute>On</Mute>"));
	assert_int_equal(w->last.merged, 0);
	assert_int_equal(slot_of(w, 1).gap_count, 1);
	/* Another registration, another server, a restart, a commit that failed: each begins anew. */
	volume(w, 2);
	want_merged(w, 1, 1, "/Status");
	volume(w, 3);
	assert_int_equal(slot_of(w, 1).queued, 2);
	close_all(w);
	open_all(w);
	volume(w, 4);
	assert_int_equal(slot_of(w, 1).queued, 3);
	struct feedback_posted posted;
	struct doc *d = document("<Status><Audio><Volume>5</Volume></Audio></Status>");
	assert_int_equal(feedback_post(w->feedback, d, &w->who, 0, &posted, &e), 0);
	doc_free(d);
	assert_int_equal(posted.merged, 1 << 1);
	store_rollback(w->store);
	feedback_forget_pending(w->feedback);
	post(w, "<Status><Audio><Mute>Off</Mute></Audio></Status>");
	assert_int_equal(slot_of(w, 1).queued, 4);
	static const char *const bodies[] = { ">2<", "\"3\"", "\"4\"", "\"Off\"" };
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		if (!strstr(take(w, 1), bodies[i]))
			fail_msg("%s in %s", bodies[i], w->last.body);
	assert_null(strstr(w->last.body, "Volume"));
}

/* A second post is begun when they do not fit into one; what fits into none is refused alone. */
static void too_much_for_one_post_goes_into_two(void **state)
{
	struct world *w = *state;
	struct err e;
	struct feedback_posted posted;
	struct buf xml;
	want_merged(w, 1, 0, "/Status");
	w->away = 1;
	buf_init(&xml, 1 << 20);
	for (int i = 1; i <= 3; i++) {
		buf_reset(&xml);
		buf_addf(&xml, "<Status><Text item=\"%d\" maxOccurrence=\"n\">%0100000d</Text></Status>", i,
			 i);
		post(w, buf_str(&xml));
	}
	assert_int_equal(slot_of(w, 1).queued, 2);
	buf_reset(&xml);
	buf_addf(&xml, "<Status><Text item=\"4\" maxOccurrence=\"n\">%0262100d</Text></Status>", 4);
	struct doc *d = document(buf_str(&xml));
	assert_int_equal(feedback_post(w->feedback, d, &w->who, 0, &posted, &e), -1);
	assert_int_equal(e.kind, ERR_TOOLONG);
	doc_free(d);
	buf_done(&xml);
	volume(w, 1);
	volume(w, 2);
	assert_int_equal(slot_of(w, 1).queued, 3);
	take(w, 1);
	assert_int_equal(w->last.merged, 1);
	assert_non_null(strstr(w->last.body, "<Text item=\"2\""));
	take(w, 1);
	assert_int_equal(w->last.merged, 0);
	assert_non_null(strstr(take(w, 1), "<Volume>2</Volume>"));
	assert_null(strstr(w->last.body, "<Text"));
}

static void who_does_not_ask_for_it_pays_nothing(void **state)
{
	struct world *w = *state;
	want(w, 1, 0, "/Status");
	want_merged(w, 2, 0, "/Event");
	volume(w, 1);
	post(w, EVENT);
	assert_int_equal(w->asked, 0);
}

static void vacant_slots_are_found(void **state)
{
	struct world *w = *state;
	assert_int_equal(feedback_vacant(w->feedback, 0), 1);
	assert_int_equal(feedback_vacant(w->feedback, 1), 2);
	want(w, 1, 0, "/Event");
	want(w, 2, 0, "/Event");
	assert_int_equal(feedback_vacant(w->feedback, 3), 4);
	want(w, 4, 0, "/Event");
	assert_int_equal(feedback_vacant(w->feedback, 3), 0);
	assert_int_equal(feedback_vacant(w->feedback, 0), 3);
	assert_null(feedback_get(w->feedback, 0));
	assert_null(feedback_get(w->feedback, STORE_SLOTS + 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(expressions_choose),
		TEST(of_status_goes_what_was_asked_for),
		TEST(events_go_whole),
		TEST(each_slot_in_its_format),
		TEST(a_body_is_not_mixed_with_the_one_before),
		TEST(what_is_too_long_for_one_goes_to_none),
		TEST(what_is_no_expression_is_named),
		TEST(the_root_needs_room),
		TEST(registrations_outlive_a_restart),
		TEST(what_is_not_durable_is_taken_back),
		TEST(another_server_gets_nothing_of_the_one_before),
		TEST(the_latest_values_wait_while_the_server_is_away),
		TEST(events_and_settings_are_never_merged),
		TEST(what_was_handed_out_is_left_alone),
		TEST(what_is_gone_is_told_when_all_is_over),
		TEST(nothing_is_merged_into_what_waits_no_more),
		TEST(too_much_for_one_post_goes_into_two),
		TEST(who_does_not_ask_for_it_pays_nothing),
		TEST(vacant_slots_are_found),
	};
	return cmocka_run_group_tests_name("agent feedback", tests, NULL, NULL);
}
