/* Time: what an administrator can do about the date that certificates are judged on. */
#include "commands.h"

#include <time.h>

/* The date that certificates are verified on, in UTC as everything that this agent says of time. */
static void get_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	time_t now = (time_t)agent_now(command_agent(c));
	struct tm tm;
	if (!now || !gmtime_r(&now, &tm)) {
		err_set(&e, ERR_DATE, 0, "the date is not known yet: xStatus NetworkServices NTP LastError says why");
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

const struct command_row commands_time[COMMANDS_TIME_N] = {
	{ "Time DateTime Get", "Tells the date and time of day, in UTC.", NULL, ROLE_USER, 0, get_run },
	{ "SystemUnit DateTime Get", "What older codecs call Time DateTime Get.", NULL, ROLE_USER, COMMAND_OLDER_NAME, get_run },
	{ "Time Floor Reset", "Forgets the stored date below which no time is believed, and learns the time anew: for a device that once "
	  "believed a date in the future.", NULL, ROLE_ADMIN, 0, reset_run },
};
