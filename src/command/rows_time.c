/* SPDX-License-Identifier: MIT */
/* rows_time: the commands Time, about the date for which certificates are verified. */
#include "base/mem.h"
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Returns 1 if it can be the name of a time zone, and not a path out of the system's folder of zones. */
static int is_zone(const char *name)
{
	return *name && *name != '/' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_+-")];
}

/* Converts the time to local time in this zone. The C library has only the zone of the environment variable
 * TZ, which is therefore changed and set back before this returns. A zone that the system does not know
 * counts as UTC. */
static int in_zone(const char *zone, time_t at, struct tm *ret)
{
	char new_zone[80];
	const char *was = getenv("TZ");
	char *before = was ? mem_dup(was) : NULL;
	snprintf(new_zone, sizeof new_zone, ":%.70s", is_zone(zone) ? zone : "Etc/UTC");
	setenv("TZ", new_zone, 1);
	tzset();
	int r = localtime_r(&at, ret) ? 0 : -1;
	if (before)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(before);
	return r;
}

/* Shows the date for which certificates are verified. */
static void get_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	time_t now = (time_t)agent_now(command_agent(c));
	struct tm tm;
	if (!now || in_zone(settings_value(agent_settings(command_agent(c)), "Time Zone"), now, &tm) < 0) {
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
