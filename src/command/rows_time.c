/* SPDX-License-Identifier: MIT */
/* rows_time: the commands Time, about the date for which certificates are verified. */
#include "date/zone.h"
#include "command_rows.h"

/* Shows the date for which certificates are verified. */
static void get_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	time_t now = (time_t)agent_now(command_agent(c));
	struct tm tm;
	if (!now || zone_local(settings_value(agent_settings(command_agent(c)), "Time Zone"), now, &tm) < 0) {
		err_set(&e, ERR_DATE, 0,
			"the date is not known yet: xStatus NetworkServices NTP LastError says why");
		command_done(c, &e);
		return;
	}
	struct doc *result = command_result(c);
	doc_add_int(result, "Day", tm.tm_mday);
	doc_add_int(result, "Hour", tm.tm_hour);
	doc_add_int(result, "Minute", tm.tm_min);
	doc_add_int(result, "Month", tm.tm_mon + 1);
	doc_add_int(result, "Second", tm.tm_sec);
	doc_add_int(result, "Year", tm.tm_year + 1900);
	command_done(c, NULL);
}

static void reset_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	agent_time_reset(command_agent(c), &e);
	command_done(c, &e);
}

const struct command_row rows_time[ROWS_TIME_N] = {
	{ "Time DateTime Get", "Shows the date and time of day in the zone of the setting Time Zone.", NULL,
	  ROLE_USER, 0, get_run, 0 },
	{ "SystemUnit DateTime Get", "What older codecs call Time DateTime Get.", NULL, ROLE_USER,
	  COMMAND_OLDER_NAME, get_run, 0 },
	{ "Time Floor Reset",
	  "Deletes the floor, the stored date below which no date is accepted, and asks for the date again. "
	  "Use it on a device that once accepted a date in the future.",
	  NULL, ROLE_ADMIN, COMMAND_AUDITED, reset_run, 0 },
};
