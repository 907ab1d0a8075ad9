/* SPDX-License-Identifier: MIT */
/* confirmation_status: what xStatus Configuration Window shows. */
#include "confirmation_internal.h"

#include "status/status.h"

const char *confirmation_state(const struct confirmation *c)
{
	static const char *const names[] = { "Closed", "Open", "TakingBack" };
	return names[window_state(c->window)];
}

static int is_closed(const struct confirmation *c)
{
	return window_state(c->window) == WINDOW_CLOSED;
}

#define READER(name, returns)                                                                                \
	static int name(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)                       \
	{                                                                                                    \
		const struct confirmation *c = arg;                                                          \
		(void)item;                                                                                  \
		return returns;                                                                              \
	}

static int put_held(const struct confirmation *c, struct buf *ret)
{
	struct window_change v;
	for (size_t i = 0; window_item(c->window, i, &v) == 0 && ret->len < 1500; i++) {
		buf_adds(ret, i ? ", " : "");
		confirmation_name(v.key, ret);
	}
	return ret->len != 0;
}

READER(confirm_by, is_closed(c) ? 0 : status_text(ret, window_needs_manager(c->window) ? "Manager" : "Admin"))
READER(holds, is_closed(c) ? 0 : put_held(c, ret))
READER(opened_by, is_closed(c) ? 0 : status_text(ret, window_who(c->window)))
READER(seconds_left, status_count(ret, (uint64_t)(window_left_ms(c->window) / 1000)))
READER(state, status_text(ret, confirmation_state(c)))

const struct status_row confirmation_status_rows[] = {
	{ "Configuration Window ConfirmBy", STATUS_TEXT, SCHEMA_LIT("Admin/Manager"),
	  "Who can confirm the waiting change. Admin: an administrator; Manager: the manager, too, by "
	  "accepting an event.",
	  confirm_by, 0 },
	{ "Configuration Window Holds", STATUS_TEXT, STATUS_ANY_TEXT,
	  "The settings and roots that return to their previous values unless the change is confirmed.",
	  holds, 0 },
	{ "Configuration Window OpenedBy", STATUS_TEXT, STATUS_ANY_TEXT,
	  "Who has made the change that waits.", opened_by, 0 },
	{ "Configuration Window SecondsLeft", STATUS_GAUGE, STATUS_ANY_NUMBER,
	  "Seconds until the change is taken back; 0 if none waits.", seconds_left, 0 },
	{ "Configuration Window State", STATUS_TEXT, SCHEMA_LIT("Closed/Open/TakingBack"),
	  "Open: a change waits for confirmation. TakingBack: it could not be taken back yet; the agent "
	  "tries again.",
	  state, 1 },
	{ .path = NULL },
};
