/* SPDX-License-Identifier: MIT */
#include "confirmation_internal.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/state_file.h"
#include "provisioning/provisioning.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "window";
enum { TICK_MS = 1000, MINUTE_MS = 60000 };

static int save(void *arg, const struct buf *body, struct err *e)
{
	struct confirmation *c = arg;
	char path[PATH_MAX];
	if (body->len)
		return state_file_save(c->agent->state, file_name, body, e);
	snprintf(path, sizeof path, "%s/%s", c->agent->state, file_name);
	return file_remove(path, e);
}

/* --- what happens to it --- */

static void publish(struct confirmation *c)
{
	if (c->published == window_state(c->window))
		return;
	struct doc *status = doc_new("Status");
	c->published = window_state(c->window);
	doc_set_value(doc_make(status, "Configuration/Window/State"), DOC_LITERAL, confirmation_state(c));
	publish_own(c->agent->agent, status);
}

static void note(struct confirmation *c, enum window_event event)
{
	const struct err *trouble = window_trouble(c->window);
	switch (event) {
	case WINDOW_NOTHING: break;
	case WINDOW_CONFIRMED:
		log_notice("configuration: the change by %s is confirmed", window_who(c->window));
		break;
	case WINDOW_TAKEN_BACK:
		log_warning("configuration: the change by %s was not confirmed: what it changed has its "
			    "previous values again",
			    window_who(c->window));
		break;
	case WINDOW_EMPTY:
		log_notice("configuration: nothing of the change by %s is left to be confirmed",
			   window_who(c->window));
		break;
	case WINDOW_FAILED:
		log_error("configuration: the change by %s cannot be taken back yet: %s",
			  window_who(c->window), trouble->text);
		break;
	}
	publish(c);
	int64_t wait_ms = window_manager_wait_ms(c->window);
	if (window_state(c->window) != WINDOW_CLOSED)
		loop_timer_in(c->timer, event == WINDOW_FAILED ? 10 * TICK_MS : TICK_MS);
	else if (wait_ms)
		loop_timer_in(c->timer, wait_ms < MINUTE_MS ? wait_ms : MINUTE_MS);
}

/* Takes back before the time is over; why is for the log. */
static int take_back(struct confirmation *c, const char *why, struct err *e)
{
	enum window_event event = window_take_back(c->window);
	if (event == WINDOW_TAKEN_BACK)
		log_warning("configuration: the change by %s was taken back, %s: what it changed has its "
			    "previous values again",
			    window_who(c->window), why);
	note(c, event == WINDOW_TAKEN_BACK ? WINDOW_NOTHING : event);
	return event == WINDOW_FAILED ? err_set(e, ERR_IO, 0, "%s", window_trouble(c->window)->text) : 0;
}

static void confirmed_by_manager(struct confirmation *c)
{
	const struct audit_who manager = { .by = AUDIT_BY_MANAGER };
	struct err e;
	uint64_t accepted;
	provisioning_sent(c->agent->provisioning, &accepted);
	if (window_state(c->window) != WINDOW_OPEN || !window_needs_manager(c->window) || accepted <= c->sent)
		return;
	if (confirmation_confirm(c, &manager, NULL, &e) < 0)
		log_error("configuration: the change cannot be confirmed: %s", e.text);
}

static void tick(void *arg)
{
	struct confirmation *c = arg;
	confirmed_by_manager(c);
	note(c, window_tick(c->window, loop_now_ms(c->agent->loop)));
}

/* --- opening --- */

/* Adds a line for each value that the window holds: as it was before the change, or as the change made it. */
static void put_values(const struct confirmation *c, enum confirmation_side side, struct doc *window)
{
	static const char *const names[] = {
		[CONFIRMATION_BEFORE] = "Before", [CONFIRMATION_AFTER] = "After"
	};
	struct window_change v;
	struct buf text;
	buf_init(&text, 4096);
	for (size_t i = 0; window_item(c->window, i, &v) == 0; i++) {
		buf_reset(&text);
		confirmation_describe(&v, side, &text);
		struct doc *d = doc_add(window, names[side], (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		doc_set_value(d, DOC_STRING, buf_str(&text));
	}
	buf_done(&text);
}

static void put_result(const struct confirmation *c, struct doc *result)
{
	struct doc *window = doc_make(result, "Window");
	put_values(c, CONFIRMATION_BEFORE, window);
	doc_add_value(window, "ConfirmBy", DOC_LITERAL,
		      window_needs_manager(c->window) ? "Manager" : "Admin");
	doc_add_int(window, "SecondsLeft", window_left_ms(c->window) / 1000);
}

static void describe_who(const struct audit_who *who, char *ret, size_t size)
{
	if (who->by == AUDIT_BY_MANAGER)
		snprintf(ret, size, "the manager");
	else
		snprintf(ret, size, "user %s%s%s", who->name[0] ? who->name : "of the terminal",
			 who->address[0] ? " from " : "", who->address);
}

static enum window_owner owner_of(const struct confirmation_request *r)
{
	return r->who.by == AUDIT_BY_MANAGER ? WINDOW_MANAGER : WINDOW_ADMIN;
}

/* A manager's change that waits is taken back before an administrator's begins to, and not for one that is
 * refused. */
static int end_managers(struct confirmation *c, const struct window_opening *o, struct err *e)
{
	if (window_check(c->window, o, e) < 0)
		return -1;
	if (!window_is_ended_by(c->window, o->owner))
		return 0;
	return take_back(c, "since an administrator makes one that has to be confirmed", e) == 0
		       ? 0
		       : err_prefix(
				 e,
				 "the manager's change, which waits to be confirmed, cannot be taken back");
}

static int open_window(struct confirmation *c, const struct confirmation_request *r,
		       const struct confirmation_values *values, struct err *e)
{
	char who[160];
	describe_who(&r->who, who, sizeof who);
	struct window_opening o = { .owner = owner_of(r),
				    .who = who,
				    .needs_manager = r->needs_manager,
				    .ms = (int64_t)r->minutes * MINUTE_MS,
				    .after = values->at,
				    .n = values->n };
	return end_managers(c, &o, e) < 0 ? -1 : window_open(c->window, &o, loop_now_ms(c->agent->loop), e);
}

void confirmation_made(struct confirmation *c, const struct confirmation_request *r, struct doc *result)
{
	char what[200];
	struct err e;
	uint64_t accepted;
	c->sent = provisioning_sent(c->agent->provisioning, &accepted);
	log_notice("configuration: the change by %s is taken back unless it is confirmed within %d minutes: "
		   "xCommand Configuration Confirm",
		   window_who(c->window), r->minutes);
	snprintf(what, sizeof what, "a change that waits %d minutes to be confirmed", r->minutes);
	audit_did(agent_audit(c->agent->agent), &r->who, what);
	if (result)
		put_result(c, result);
	if (r->needs_manager && provisioning_register(c->agent->provisioning, &e) < 0)
		log_warning("configuration: the manager, who is to confirm a change, cannot be asked: %s",
			    e.text);
	note(c, WINDOW_NOTHING);
}

int confirmation_configure(struct confirmation *c, const struct confirmation_request *r,
			   const struct settings_pair *set, size_t n, struct doc *result, struct err *e)
{
	struct confirmation_values values = { .n = 0 };
	int bad =
		confirmation_settings(c->agent, set, n, &values, e) < 0 || open_window(c, r, &values, e) < 0;
	confirmation_values_done(&values);
	if (bad)
		return -1;
	c->is_own = 1;
	int r_made = agent_configure(c->agent->agent, set, n, e);
	c->is_own = 0;
	if (r_made < 0)
		window_undo(c->window);
	else
		confirmation_made(c, r, result);
	return r_made;
}

/* Returns 1 if a pin made the host of this root's key be trusted by its pins alone before the change. */
static int was_by_pins_alone(const struct confirmation *c, const struct confirmation_values *values,
			     const char *key)
{
	int was = 0;
	for (size_t i = 0; i < values->n && !was; i++) {
		if (strcmp(strrchr(values->at[i].key, ' '), strrchr(key, ' ')) != 0)
			continue;
		char *before = window_previous(c->window, values->at[i].key);
		was = confirmation_is_only(before);
		mem_wipe(before);
	}
	return was;
}

/* Returns how this root's change takes trust away, for people; NULL: it does not. */
static const char *takes_trust(const struct confirmation *c, const struct confirmation_values *values,
			       const struct window_value *v)
{
	const char *how = NULL;
	char *before = window_previous(c->window, v->key);
	if (before && !v->text)
		how = "";
	else if (confirmation_loses_name(before, v->text))
		how = " loses the name by which a service may be limited to it";
	else if (confirmation_is_only(v->text) && !was_by_pins_alone(c, values, v->key))
		how = " has its host trusted by its pins alone";
	mem_wipe(before);
	return how;
}

static int may_give_back(const struct confirmation *c, const struct confirmation_request *r,
			 const struct confirmation_values *values, struct err *e)
{
	for (size_t i = 0; i < values->n && !r->gives_back; i++) {
		const char *how = takes_trust(c, values, &values->at[i]);
		struct buf name;
		if (!how)
			continue;
		buf_init(&name, 400);
		confirmation_name(values->at[i].key, &name);
		err_set(e, ERR_CONFIG, 0,
			"it takes away trust (%s%s), and giving that back would trust it again: GiveBack: "
			"True, at the terminal of the device, has it so",
			buf_str(&name), how);
		buf_done(&name);
		return -1;
	}
	return 0;
}

int confirmation_check_roots(struct confirmation *c, const struct confirmation_request *r,
			     const struct anchors *would_be, struct err *e)
{
	struct confirmation_values values = { .n = 0 };
	confirmation_roots(c->agent->anchors, would_be, &values);
	struct window_opening o = { .owner = owner_of(r), .after = values.at, .n = values.n };
	int bad = may_give_back(c, r, &values, e) < 0 || end_managers(c, &o, e) < 0;
	confirmation_values_done(&values);
	return bad ? -1 : 0;
}

int confirmation_of_roots(struct confirmation *c, const struct confirmation_request *r,
			  const struct anchors *would_be, struct err *e)
{
	struct confirmation_values values = { .n = 0 };
	confirmation_roots(c->agent->anchors, would_be, &values);
	int bad = open_window(c, r, &values, e);
	confirmation_values_done(&values);
	return bad;
}

void confirmation_undo(struct confirmation *c)
{
	window_undo(c->window);
	publish(c);
}

/* --- ending --- */

/* Describes in result (may be NULL) the change whose window is about to end. */
static void put_ended(const struct confirmation *c, enum confirmation_side side, struct doc *result)
{
	if (!result)
		return;
	struct doc *window = doc_make(result, "Window");
	put_values(c, side, window);
	doc_add_text(window, "OpenedBy", window_who(c->window));
}

static void audit_end(const struct confirmation *c, const struct audit_who *who, const char *what)
{
	char text[240];
	snprintf(text, sizeof text, "%s by %s", what, window_who(c->window));
	audit_did(agent_audit(c->agent->agent), who, text);
}

int confirmation_confirm(struct confirmation *c, const struct audit_who *who, struct doc *result,
			 struct err *e)
{
	put_ended(c, CONFIRMATION_AFTER, result);
	if (window_confirm(c->window, e) < 0)
		return -1;
	audit_end(c, who, "the confirmation of the change");
	note(c, WINDOW_CONFIRMED);
	return 0;
}

int confirmation_take_back(struct confirmation *c, const struct audit_who *who, struct doc *result,
			   struct err *e)
{
	if (window_state(c->window) == WINDOW_CLOSED)
		return err_set(e, ERR_NOTFOUND, 0, "no change waits to be confirmed");
	put_ended(c, CONFIRMATION_BEFORE, result);
	audit_end(c, who, "taking back the change");
	return take_back(c, "as asked for", e);
}

/* --- the agent's changes --- */

void confirmation_roots_changed(struct confirmation *c)
{
	if (!c->is_own && window_state(c->window) == WINDOW_OPEN)
		note(c, window_touched(c->window, NULL));
}

static void configured(struct confirmation *c, const struct settings_pair *set, size_t n)
{
	struct settings_found found[SETTINGS_FOUND_MAX];
	char key[SETTINGS_PATH + 20];
	for (size_t i = 0; i < n && !c->is_own; i++)
		for (size_t k = settings_find(set[i].path, found, NULL); k-- > 0;) {
			confirmation_setting_key(found[k].path, key, sizeof key);
			note(c, window_touched(c->window, key));
		}
}

/* Returns 1 if these settings move the device to another address of the manager, which a push never does at
 * once. Such a change needs no confirmation, since the new address has already answered as the manager. */
static int is_move(const struct settings_pair *set, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(set[i].path, "Provisioning ExternalManager Address") == 0 ||
		    strcmp(set[i].path, "Provisioning ExternalManager Path") == 0)
			return 1;
	return 0;
}

static int push(struct confirmation *c, const struct settings_pair *set, size_t n, struct err *e)
{
	struct confirmation_request r = {
		.minutes = (int)settings_get(c->agent->settings)->provisioning.confirm_within_min,
		.needs_manager = 1,
		.who = { .by = AUDIT_BY_MANAGER }
	};
	int waits = window_state(c->window) != WINDOW_CLOSED && window_owner(c->window) == WINDOW_ADMIN;
	if (!r.minutes || waits || !agent_may_cut_off(set, n) || is_move(set, n))
		return agent_configure(c->agent->agent, set, n, e);
	return confirmation_configure(c, &r, set, n, NULL, e);
}

struct confirmation *confirmation_new(struct agent *a)
{
	struct confirmation *c = mem_new(sizeof *c);
	const struct window_world world = { confirmation_get, confirmation_put, save, c };
	struct buf saved, notice;
	struct err e;
	c->agent = agent_components(a);
	c->timer = loop_timer_new(c->agent->loop, tick, c);
	buf_init(&saved, WINDOW_FILE_MAX);
	buf_init(&notice, 2048);
	if (state_file_load(c->agent->state, file_name, &saved, &notice, &e) < 0)
		log_error("configuration: whether a change waits to be confirmed is not known: %s", e.text);
	log_lines(LOG_LEVEL_WARNING, "configuration", buf_str(&notice));
	c->window = window_new(&world, &saved, loop_now_ms(c->agent->loop));
	buf_wipe(&saved);
	buf_done(&notice);
	agent_watch_changes(a, &(struct agent_changes){ c, push, configured });
	agent_add_status(a, &(struct status_table){ confirmation_status_rows, c });
	tick(c);
	return c;
}

void confirmation_free(struct confirmation *c)
{
	if (!c)
		return;
	agent_watch_changes(c->agent->agent, NULL);
	agent_remove_status(c->agent->agent, c);
	loop_timer_free(c->timer);
	window_free(c->window);
	free(c);
}
