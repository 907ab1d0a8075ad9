/* SPDX-License-Identifier: MIT */
#include "logging/logging_status.h"

#include "logging_internal.h"

#define TEXT  STATUS_ANY_TEXT
#define COUNT STATUS_ANY_NUMBER

static int dropped(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct logging *l = arg;
	(void)item;
	return status_count(ret, (uint64_t)store_get(l->o.store, LOGGING_DROPPED, 0) + l->lost);
}

static int last_error(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)item;
	return status_text(ret, ((const struct logging *)arg)->trouble);
}

static int queued(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct logging *l = arg;
	(void)item;
	return status_count(ret, store_syslog_count(l->o.store, l->acknowledged_up_to) + l->n_pending);
}

static int sent(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)item;
	return status_count(ret, ((const struct logging *)arg)->n_acknowledged);
}

static int state(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	static const char *const names[] = { "Off", "Idle", "Failed", "Connecting", "Connected" };
	const struct logging *l = arg;
	int is_failed =
		l->state == LOGGING_CONNECTING && l->trouble[0] != '\0'; /* until an attempt succeeds */
	(void)item;
	return status_text(ret, names[is_failed ? LOGGING_WAITING : l->state]);
}

const struct status_row logging_status_rows[] = {
	{ "Logging External Dropped", STATUS_COUNTER, COUNT,
	  "Lines that were dropped because too many waited for the log server.", dropped, 0 },
	{ "Logging External LastError", STATUS_TEXT, TEXT, "Why the log server accepts no lines.", last_error,
	  0 },
	{ "Logging External Queued", STATUS_GAUGE, COUNT, "Lines that wait for the log server.", queued, 0 },
	{ "Logging External Sent", STATUS_COUNTER, COUNT,
	  "Lines that the log server has accepted since the agent started.", sent, 0 },
	{ "Logging External Status", STATUS_TEXT, SCHEMA_LIT("Connected/Connecting/Failed/Idle/Off"),
	  "The connection to the log server; Failed from a failed attempt until one succeeds.", state, 0 },
	{ .path = NULL },
};
