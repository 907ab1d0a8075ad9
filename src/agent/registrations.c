/* SPDX-License-Identifier: MIT */
#include "parts.h"

#include "base/log.h"
#include "schema/name.h"

#include <stdio.h>
#include <string.h>

static int set_target(struct agent *a, int slot, struct err *e)
{
	const struct settings *s = settings_get(a->settings);
	const struct store_registration *r = feedback_get(a->feedback, slot);
	struct courier_target t = { .url = r->url,
				    .json = r->json,
				    .secret = s->feedback.secret[slot - 1],
				    .window = s->feedback.order == SETTINGS_ORDER_WINDOW
						      ? (int)s->feedback.window
						      : 1 };
	service_rules(s, SERVICE_FEEDBACK, &t.rules);
	return courier_set(a->courier, slot, &t, e);
}

void registrations_apply(struct agent *a)
{
	struct err e;
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		if (feedback_get(a->feedback, slot) && set_target(a, slot, &e) < 0)
			log_error("HttpFeedback %d: not delivered: %s", slot, e.text);
}

/* While an external manager is set, slot 3 is its own (wire-formats.md 3.1). */
static int reserved_slot(const struct agent *a)
{
	const char *manager = settings_get(a->settings)->provisioning.address;
	return manager[0] && strcmp(manager, "127.0.0.1") != 0 ? 3 : 0;
}

/* Who knows fewer slots than there are gets the manager's own one rather than one that cannot be named. */
static int vacant_slot(const struct agent *a, int last)
{
	int slot = feedback_vacant(a->feedback, reserved_slot(a));
	if (last && (!slot || slot > last))
		slot = feedback_vacant(a->feedback, 0);
	return last && slot > last ? 0 : slot;
}

static int choose_slot(struct agent *a, const struct agent_registration *r, const char *url, int *ret,
		       struct err *e)
{
	*ret = r->slot ? r->slot : vacant_slot(a, r->last);
	if (*ret == 0)
		return err_set(e, ERR_FULL, 0, "no feedback slot is vacant: deregister one%s",
			       r->last ? "" : ", or name one with FeedbackSlot and Force: True");
	if (*ret < 1 || *ret > STORE_SLOTS)
		return err_set(e, ERR_INPUT, 0, "FeedbackSlot %d: expected 1 to %d", *ret, STORE_SLOTS);
	const struct store_registration *owner = feedback_get(a->feedback, *ret);
	if (owner && !r->force && strcmp(owner->url, url) != 0)
		return err_set(e, ERR_EXISTS, 0,
			       "feedback slot %d belongs to %s: deregister it first, or say Force: True",
			       *ret, owner->url);
	return 0;
}

/* A change that failed (r) leaves no transaction open either. */
static int keep(struct agent *a, int r, struct err *e)
{
	int kept = publish_commit(a, r < 0 ? NULL : e);
	feedback_settle(a->feedback, kept == 0);
	return r < 0 ? r : kept;
}

int agent_feedback_register(struct agent *a, const struct agent_registration *r, int *ret_slot, struct err *e)
{
	struct store_registration s = {
		.json = r->json, .coalesce = r->coalesce, .n = r->n, .registered_at = agent_now(a)
	};
	struct https_url url;
	if (https_url_parse(r->url, &url, e) < 0 || schema_ascii(r->url, s.url, sizeof s.url, e) < 0)
		return err_prefix(e, "ServerUrl");
	if (r->n > STORE_EXPRESSIONS)
		return err_set(e, ERR_INPUT, 0, "%zu expressions: expected at most %d", r->n,
			       STORE_EXPRESSIONS);
	if (choose_slot(a, r, s.url, &s.slot, e) < 0)
		return -1;
	for (size_t i = 0; i < r->n; i++) {
		if (strlen(r->expressions[i]) >= sizeof s.expressions[i])
			return err_set(e, ERR_INPUT, 0, "expression %zu: expected at most %zu characters",
				       i + 1, sizeof s.expressions[i] - 1);
		snprintf(s.expressions[i], sizeof s.expressions[i], "%s", r->expressions[i]);
	}
	if (keep(a, feedback_set(a->feedback, &s, e), e) < 0)
		return -1;
	if (a->delivering && set_target(a, s.slot, e) < 0)
		return -1;
	courier_unpark(a->courier, s.slot);
	log_info("HttpFeedback %d: registered for %s with %zu expressions", s.slot, s.url, s.n);
	status_slot_changed(a, s.slot);
	*ret_slot = s.slot;
	return 0;
}

int agent_feedback_deregister(struct agent *a, int slot, struct err *e)
{
	if (keep(a, feedback_clear(a->feedback, slot, e), e) < 0)
		return -1;
	courier_clear(a->courier, slot);
	log_info("HttpFeedback %d: deregistered", slot);
	status_slot_changed(a, slot);
	return 0;
}

int agent_feedback_enable(struct agent *a, int slot, struct err *e)
{
	if (!feedback_get(a->feedback, slot))
		return err_set(e, ERR_NOTFOUND, 0, "feedback slot %d is not registered", slot);
	courier_unpark(a->courier, slot);
	status_slot_changed(a, slot);
	return 0;
}
