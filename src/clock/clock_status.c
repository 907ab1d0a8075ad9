/* SPDX-License-Identifier: MIT */
#include "clock/clock_status.h"

#include "internal.h"

#define TEXT STATUS_ANY_TEXT

static int server(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)item;
	return status_text(ret, clock_server(arg));
}

static int trouble(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)item;
	return status_text(ret, clock_trouble(arg));
}

/* On codecs, Discarded means that a time was received and not accepted. */
static int ntp_state(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct clock *c = arg;
	(void)item;
	return status_text(ret, date_state(c->o.date) == DATE_SYNCHRONISED ? "Synced"
				: clock_trouble(c)[0]                      ? "Discarded"
									   : "Unknown");
}

static int state(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct clock *c = arg;
	(void)item;
	return status_text(ret, date_state_name(date_state(c->o.date)));
}

static int trusted_date(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct clock *c = arg;
	char text[32] = "";
	int64_t now;
	(void)item;
	if (date_now(c->o.date, loop_now_ms(c->o.loop), &now, NULL) == 0)
		date_format(now, text, sizeof text);
	return status_text(ret, text);
}

const struct status_row clock_status_rows[] = {
	{ "NetworkServices NTP CurrentAddress", STATUS_TEXT, TEXT,
	  "The server that the date comes from, or kernel.", server, 1 },
	{ "NetworkServices NTP LastError", STATUS_TEXT, TEXT,
	  "Why the last round of questions to the time servers gave no date.", trouble, 1 },
	{ "NetworkServices NTP Status", STATUS_TEXT, SCHEMA_LIT("Discarded/Synced/Unknown"),
	  "The state of the date, in the word that codecs use.", ntp_state, 1 },
	{ "Time State", STATUS_TEXT, SCHEMA_LIT("Unknown/Floor/Synchronised"),
	  "What is known of the date on which certificates are verified.", state, 1 },
	{ "Time SystemTime", STATUS_TEXT, TEXT, "The same as TrustedDate, by codecs' own name.", trusted_date,
	  0 },
	{ "Time TrustedDate", STATUS_TEXT, TEXT, "That date; empty unless Synchronised.", trusted_date, 0 },
	{ .path = NULL },
};
