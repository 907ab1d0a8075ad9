/* SPDX-License-Identifier: MIT */
#include "delivery/registrations.h"

#include "base/redact.h"
#include "base/log.h"
#include "delivery_internal.h"
#include "schema/name.h"

#include <stdio.h>
#include <string.h>

int registrations_apply(struct delivery *d, int slot, struct err *e)
{
	const struct settings *s = settings_get(d->o.settings);
	const struct store_registration *r = feedback_get(d->feedback, slot);
	struct courier_target t = { .secret = s->feedback.secret[slot - 1],
				    .window = s->feedback.order == SETTINGS_ORDER_WINDOW
						      ? (int)s->feedback.window
						      : 1 };
	struct service_request server = {
		.service = SERVICE_FEEDBACK, .number = slot, .url = r->url, .json = r->json
	};
	service_endpoint(s, &server, &t.server);
	return courier_set(d->courier, slot, &t, e);
}

enum { MANAGERS_SLOT = 3 }; /* docs/wire-formats.md 3.1 */

/* Returns the manager's slot while an external manager is configured; otherwise 0: no slot is reserved. */
static int reserved_slot(const struct delivery *d)
{
	const char *manager = settings_get(d->o.settings)->provisioning.address;
	return manager[0] && strcmp(manager, "127.0.0.1") != 0 ? MANAGERS_SLOT : 0;
}

int registrations_manager_may(const struct delivery *d, int slot, struct err *e)
{
	const struct store_registration *owner = feedback_get(d->feedback, slot);
	if (!owner || owner->by_manager || slot == MANAGERS_SLOT)
		return 0;
	return err_set(e, ERR_DENIED, 0,
		       "the manager may not end or replace the registration of feedback slot %d, since "
		       "somebody else has registered it: name a vacant slot, or 3",
		       slot);
}

/* Returns a vacant slot from 1 to `last` (0: any slot), or 0. The slot reserved for the manager is used
 * only if no other slot up to `last` is vacant, and never if last is 0. */
static int vacant_slot(const struct delivery *d, int last)
{
	int slot = feedback_vacant(d->feedback, reserved_slot(d));
	if (last && (!slot || slot > last))
		slot = feedback_vacant(d->feedback, 0);
	return last && slot > last ? 0 : slot;
}

/* Chooses s->slot, when the rest of s is known. */
static int choose_slot(struct delivery *d, const struct registrations_request *r,
		       struct store_registration *s, struct err *e)
{
	int known = r->slot ? 0 : feedback_slot_of(d->feedback, s);
	if (r->last && known > r->last)
		known = 0;
	s->slot = r->slot ? r->slot : known ? known : vacant_slot(d, r->last);
	if (s->slot == 0)
		return err_set(e, ERR_FULL, 0, "no feedback slot is vacant: deregister one%s",
			       r->last ? "" : ", or name one with FeedbackSlot and Force: True");
	if (s->slot < 1 || s->slot > STORE_SLOTS)
		return err_set(e, ERR_INPUT, 0, "FeedbackSlot %d: expected 1 to %d", s->slot, STORE_SLOTS);
	const struct store_registration *owner = feedback_get(d->feedback, s->slot);
	char shown[STORE_URL];
	if (!owner || r->force || feedback_is_same_url(owner->url, s->url))
		return 0;
	redact_url(owner->url, shown, sizeof shown);
	return err_set(e, ERR_EXISTS, 0,
		       "feedback slot %d belongs to %s: deregister it first, or give Force: True", s->slot,
		       shown);
}

/* Commits a change of the registrations; result is what the change itself returned. If it failed, the store
 * rolls back what it left in the open transaction. */
static int commit(struct delivery *d, int result, struct err *e)
{
	int committed = d->o.commit(d->o.arg, result < 0 ? NULL : e);
	feedback_change_ended(d->feedback, committed == 0);
	return result < 0 ? result : committed;
}

static int take_expressions(const struct registrations_request *r, struct store_registration *s,
			    struct err *e)
{
	if (r->n > STORE_EXPRESSIONS)
		return err_set(e, ERR_INPUT, 0, "%zu expressions: expected at most %d", r->n,
			       STORE_EXPRESSIONS);
	for (size_t i = 0; i < r->n; i++) {
		if (strlen(r->expressions[i]) >= sizeof s->expressions[i])
			return err_set(e, ERR_INPUT, 0, "expression %zu: expected at most %zu characters",
				       i + 1, sizeof s->expressions[i] - 1);
		snprintf(s->expressions[i], sizeof s->expressions[i], "%s", r->expressions[i]);
	}
	s->n = r->n;
	return 0;
}

/* To be called when the slot's registration was ended. */
static void stop(struct delivery *d, int slot)
{
	courier_clear(d->courier, slot);
	delivery_log(d, LOG_LEVEL_INFO, "HttpFeedback %d: deregistered", slot);
}

int registrations_add(struct delivery *d, const struct registrations_request *r, int *ret_slot, struct err *e)
{
	struct store_registration s = { .json = r->json,
					.coalesce = r->coalesce,
					.by_manager = r->by_manager,
					.registered_at = d->o.now(d->o.arg) };
	struct https_url url;
	if (https_url_parse(r->url, &url, e) < 0 || schema_name_ascii(r->url, s.url, sizeof s.url, e) < 0)
		return err_prefix(e, "ServerUrl");
	if (take_expressions(r, &s, e) < 0 || choose_slot(d, r, &s, e) < 0)
		return -1;
	const struct store_registration *before = feedback_get(d->feedback, s.slot);
	int replaces = before && !feedback_is_same_url(before->url, s.url);
	if (r->last && before && !replaces)
		s.coalesce = before->coalesce; /* older forms do not have it */
	if (commit(d, feedback_set(d->feedback, &s, e), e) < 0)
		return -1;
	if (replaces)
		stop(d, s.slot);
	if (d->has_started && registrations_apply(d, s.slot, e) < 0)
		return -1;
	courier_unpark(d->courier, s.slot);
	char shown[STORE_URL];
	redact_url(s.url, shown, sizeof shown);
	delivery_log(d, LOG_LEVEL_INFO, "HttpFeedback %d: registered for %s with %zu expression%s", s.slot,
		     shown, s.n, s.n == 1 ? "" : "s");
	d->o.changed(d->o.arg, s.slot);
	*ret_slot = s.slot;
	return 0;
}

int registrations_remove(struct delivery *d, int slot, struct err *e)
{
	if (commit(d, feedback_clear(d->feedback, slot, e), e) < 0)
		return -1;
	stop(d, slot);
	d->o.changed(d->o.arg, slot);
	return 0;
}

void registrations_log_anew(struct delivery *d, int slot)
{
	courier_log_anew(d->courier, slot);
}

int registrations_enable(struct delivery *d, int slot, struct err *e)
{
	if (!feedback_get(d->feedback, slot))
		return err_set(e, ERR_NOTFOUND, 0, "feedback slot %d is not registered", slot);
	https_ask_anew(d->o.https);
	courier_unpark(d->courier, slot);
	d->o.changed(d->o.arg, slot);
	return 0;
}

const struct store_registration *registrations_get(const struct delivery *d, int slot)
{
	return feedback_get(d->feedback, slot);
}

int registrations_has_failed(const struct delivery *d, int slot)
{
	struct courier_status s;
	courier_status(d->courier, slot, &s);
	return s.has_failed;
}

int registrations_is_parked(const struct delivery *d, int slot)
{
	struct courier_status s;
	courier_status(d->courier, slot, &s);
	return s.state == SLOT_PARKED;
}
