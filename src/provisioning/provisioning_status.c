/* SPDX-License-Identifier: MIT */
/* provisioning_status: the leaves of the Status document about the external manager. */
#include "provisioning/provisioning_status.h"

#include "date/date.h"
#include "provisioning_internal.h"

#include <string.h>

#define TEXT  STATUS_ANY_TEXT
#define COUNT STATUS_ANY_NUMBER

/* The data for the functions that read status leaves. */
struct view {
	struct provisioning *p;
	struct heartbeat_status beat;
	struct documents_counts posted;
};

static struct view view_of(struct provisioning *p)
{
	struct view v = { .p = p };
	heartbeat_status(p->heartbeat, &v.beat);
	documents_counts(p->documents, &v.posted);
	return v;
}

/* Defines a function that reads a leaf; v is the view. */
#define READER(name, returns)                                                                                \
	static int name(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)                       \
	{                                                                                                    \
		struct view v = view_of(arg);                                                                \
		(void)item;                                                                                  \
		return returns;                                                                              \
	}

READER(attempts, status_count(ret, v.beat.attempts))
READER(commands_failed, status_count(ret, v.p->commands.failed))
READER(results_failed, status_count(ret, v.posted.results_failed))
READER(results_posted, status_count(ret, v.posted.results_posted))
READER(commands_refused, status_count(ret, v.p->commands.refused))
READER(commands_done, status_count(ret, v.p->commands.run_count))
READER(applied, status_count(ret, v.p->pushed.applied))
READER(guarded, status_count(ret, v.p->pushed.skipped[PUSH_GUARDED]))
READER(refusal, status_text(ret, v.p->pushed.refusal))
READER(unsupported, status_count(ret, v.p->pushed.skipped[PUSH_UNSUPPORTED]))
READER(unknown, status_count(ret, v.p->pushed.skipped[PUSH_UNKNOWN]))
READER(documents_failed, status_count(ret, v.posted.failed))
READER(documents_posted, status_count(ret, v.posted.posted))
READER(alternate, status_truth(ret, v.beat.alternate))
READER(stayed, status_text(ret, v.beat.stayed))
READER(url, status_text(ret, v.beat.server))
READER(interval, status_count(ret, (uint64_t)v.beat.heartbeat_s))
READER(last_error, status_text(ret, v.beat.state == HEARTBEAT_IDLE || v.beat.state == HEARTBEAT_NEED_CONFIG
					    ? ""
					    : v.beat.reason))
READER(last_event, v.beat.last_event[0] ? status_text(ret, v.beat.last_event) : 0)
READER(last_event_age,
       v.beat.last_event[0]
	       ? status_count(ret, (uint64_t)(loop_now_ms(v.p->o.loop) - v.beat.last_event_ms) / 1000)
	       : 0)
READER(last_status, v.beat.last_status ? status_count(ret, (uint64_t)v.beat.last_status) : 0)
READER(next_beat, v.beat.next_ms >= 0 ? status_count(ret, (uint64_t)(v.beat.next_ms + 999) / 1000) : 0)
READER(bookings, status_count(ret, v.p->unsupported.bookings))
READER(files, status_count(ret, v.p->unsupported.files))
READER(software, status_text(ret, v.p->unsupported.software))
READER(reason, status_text(ret, v.beat.reason))
READER(state, status_text(ret, heartbeat_state_name(v.beat.state)))
READER(verify_result, v.beat.last_verdict >= 0 ? status_count(ret, (uint64_t)v.beat.last_verdict) : 0)

static int next_retry(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct view v = view_of(arg);
	int64_t now = v.p->o.now(v.p->o.arg);
	char when[32] = "";
	(void)item;
	if (now && v.beat.next_ms >= 0)
		date_format(now + v.beat.next_ms / 1000, when, sizeof when);
	return status_text(ret, when);
}

static int server(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct view v = view_of(arg);
	const struct settings *s = settings_get(v.p->o.settings);
	(void)item;
	return status_text(ret, !v.beat.server[0]  ? ""
				: v.beat.alternate ? s->provisioning.alternate_address
						   : s->provisioning.address);
}

const struct status_row provisioning_status_rows[] = {
	{ "Provisioning Attempts", STATUS_GAUGE, COUNT, "Failed tries in a row to reach the manager.",
	  attempts, 0 },
	{ "Provisioning Commands Failed", STATUS_COUNTER, COUNT,
	  "Commands of the manager that were run and failed, since the start.", commands_failed, 1 },
	{ "Provisioning Commands Refused", STATUS_COUNTER, COUNT,
	  "Commands of the manager that were not run, since the start: unknown ones, those that it may not "
	  "run, and those for which there was no time. Their results say why. All commands after the first "
	  "64 of a document count as one, and so do all that come while earlier ones still run.",
	  commands_refused, 1 },
	{ "Provisioning Commands ResultsNotPosted", STATUS_COUNTER, COUNT,
	  "How often results of the manager's commands could not be posted to the address that it named, and "
	  "went with the next event instead, since the start.",
	  results_failed, 0 },
	{ "Provisioning Commands ResultsPosted", STATUS_COUNTER, COUNT,
	  "How often results of the manager's commands were posted to the address that it named, since the "
	  "start.",
	  results_posted, 0 },
	{ "Provisioning Commands Run", STATUS_COUNTER, COUNT,
	  "Commands of the manager that were run, since the start.", commands_done, 1 },
	{ "Provisioning Configuration Applied", STATUS_COUNTER, COUNT,
	  "Settings that the manager changed, since the start.", applied, 1 },
	{ "Provisioning Configuration Guarded", STATUS_GAUGE, COUNT,
	  "Settings of the last push that the manager may not change.", guarded, 1 },
	{ "Provisioning Configuration LastError", STATUS_TEXT, TEXT,
	  "Why the last push was refused as a whole.", refusal, 1 },
	{ "Provisioning Configuration NotSupported", STATUS_GAUGE, COUNT,
	  "Settings of the last push for functions that this agent does not have.", unsupported, 1 },
	{ "Provisioning Configuration Unknown", STATUS_GAUGE, COUNT,
	  "Settings of the last push that this agent does not know.", unknown, 1 },
	{ "Provisioning Documents Failed", STATUS_COUNTER, COUNT,
	  "Documents asked for that could not be posted, since the start.", documents_failed, 0 },
	{ "Provisioning Documents Posted", STATUS_COUNTER, COUNT,
	  "Documents asked for that were posted, since the start.", documents_posted, 0 },
	{ "Provisioning ExternalManager Alternate", STATUS_TEXT, SCHEMA_LIT("False/True"),
	  "Whether the alternate address is in use.", alternate, 1 },
	{ "Provisioning ExternalManager StayedBecause", STATUS_TEXT, TEXT,
	  "Why the last move that the manager asked for was not made.", stayed, 1 },
	{ "Provisioning ExternalManager URL", STATUS_TEXT, TEXT, "The URL of the manager that is in use.",
	  url, 1 },
	{ "Provisioning HeartBeatInterval", STATUS_SECONDS, COUNT,
	  "Seconds between two heartbeats, as the manager asks for.", interval, 1 },
	{ "Provisioning LastError", STATUS_TEXT, TEXT, "Why the last try to reach the manager failed.",
	  last_error, 1 },
	{ "Provisioning LastEvent", STATUS_TEXT, SCHEMA_LIT("Beat/Boot/Register"),
	  "The last event that a server accepted.", last_event, 1 },
	{ "Provisioning LastEventAge", STATUS_SECONDS, COUNT,
	  "Seconds since a server accepted the last event.", last_event_age, 0 },
	{ "Provisioning LastStatus", STATUS_GAUGE, SCHEMA_INT(0, 999),
	  "HTTP status of the manager's last answer; 0: there was none.", last_status, 0 },
	{ "Provisioning NextBeat", STATUS_SECONDS, COUNT, "Seconds until the next event to the manager.",
	  next_beat, 0 },
	{ "Provisioning NextRetry", STATUS_TEXT, TEXT,
	  "When the next event is due; empty while none is, or while the date is not known.", next_retry, 0 },
	{ "Provisioning NotSupported Bookings", STATUS_GAUGE, COUNT,
	  "Bookings that the manager sent: this agent keeps no calendar.", bookings, 1 },
	{ "Provisioning NotSupported Files", STATUS_GAUGE, COUNT,
	  "Files that the manager wants downloaded: this agent downloads none.", files, 1 },
	{ "Provisioning NotSupported Software", STATUS_TEXT, TEXT,
	  "Software that the manager wants installed: this agent replaces none.", software, 1 },
	{ "Provisioning Reason", STATUS_TEXT, TEXT,
	  "Why Status is Idle, NeedConfig or a failure; empty while all is well.", reason, 1 },
	{ "Provisioning Server", STATUS_TEXT, TEXT, "The address of the server in use.", server, 1 },
	{ "Provisioning Status", STATUS_TEXT, SCHEMA_LIT(HEARTBEAT_STATES), "State of the external manager.",
	  state, 1 },
	{ "Provisioning VerifyResult", STATUS_GAUGE, SCHEMA_INT(0, 999),
	  "OpenSSL's number of the last verdict; 0: OK.", verify_result, 0 },
	{ .path = NULL },
};
