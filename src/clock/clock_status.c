/* SPDX-License-Identifier: MIT */
#include "clock/clock_status.h"

#include "clock_internal.h"

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

static int authentication(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)item;
	return status_text(ret, clock_authentication_name(clock_authentication(arg)));
}

/* Returns the source of the server with this number in the settings; NULL: it is not asked. */
static const struct source *source_at(const struct clock *c, unsigned item)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->sources[i].number == item)
			return &c->sources[i];
	return NULL;
}

static int none(unsigned item)
{
	return item < CLOCK_SERVERS ? 0 : -1;
}

static int source_address(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct source *s = source_at(arg, item[0]);
	return s ? status_text(ret, s->name) : none(item[0]);
}

static int source_authentication(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct source *s = source_at(arg, item[0]);
	return s ? status_text(ret, clock_authentication_name(clock_source_authentication(s)))
		 : none(item[0]);
}

static int source_cookies(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct source *s = source_at(arg, item[0]);
	return !s ? none(item[0]) : s->keys ? status_count(ret, nts_keys_cookies(s->keys)) : 0;
}

static int source_error(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct source *s = source_at(arg, item[0]);
	return s ? status_text(ret, s->trouble) : none(item[0]);
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
	{ "NetworkServices NTP Authentication", STATUS_TEXT, SCHEMA_LIT("Key/None/NTS"),
	  "How the answers that the date comes from are authenticated. None: an attacker on the network can "
	  "choose the date.",
	  authentication, 1 },
	{ "NetworkServices NTP CurrentAddress", STATUS_TEXT, TEXT,
	  "The server that the date comes from, or kernel.", server, 1 },
	{ "NetworkServices NTP LastError", STATUS_TEXT, TEXT,
	  "Why the last round of questions to the time servers gave no date.", trouble, 1 },
	{ "NetworkServices NTP Server[1..n] Address", STATUS_LABEL, TEXT, "A time server that is asked.",
	  source_address, 0 },
	{ "NetworkServices NTP Server[1..n] Authentication", STATUS_TEXT, SCHEMA_LIT("Key/None/NTS"),
	  "How the server's answers are authenticated.", source_authentication, 0 },
	{ "NetworkServices NTP Server[1..n] Cookies", STATUS_GAUGE, STATUS_ANY_NUMBER,
	  "With NTS: the server's cookies that are kept, of which each request uses one.", source_cookies,
	  0 },
	{ "NetworkServices NTP Server[1..n] LastError", STATUS_TEXT, TEXT,
	  "Why the server gave no time in the last round; empty if it gave one.", source_error, 0 },
	{ "NetworkServices NTP Status", STATUS_TEXT, SCHEMA_LIT("Discarded/Synced/Unknown"),
	  "The state of the date, in the word that codecs use.", ntp_state, 1 },
	{ "Time State", STATUS_TEXT, SCHEMA_LIT("Unknown/Floor/Synchronised"),
	  "Whether the date on which certificates are verified is known.", state, 1 },
	{ "Time SystemTime", STATUS_TEXT, TEXT, "The same as TrustedDate, with the codecs' name.",
	  trusted_date, 0 },
	{ "Time TrustedDate", STATUS_TEXT, TEXT,
	  "The date on which certificates are verified; empty unless State is Synchronised.", trusted_date,
	  0 },
	{ .path = NULL },
};
