/* SPDX-License-Identifier: MIT */
#include "syslog_message.h"

#include "date/date.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The enterprise number for examples in documentation (RFC 5612); sealpost has none of its own. */
#define NUMBER "32473"

/* Appends a field of the header: visible ASCII, cut to `most` characters; "-" if nothing is left. */
static void add_field(struct buf *b, const char *text, size_t most)
{
	size_t n = 0;
	buf_addc(b, ' ');
	for (; *text && n < most; text++)
		if (*text > ' ' && *text < 0x7f) {
			buf_addc(b, *text);
			n++;
		}
	if (!n)
		buf_addc(b, '-');
}

static void add_time(struct buf *b, int64_t now)
{
	char day[32] = "-";
	if (now > 0)
		date_format(now, day, sizeof day);
	buf_addf(b, " %s", day);
}

/* Appends a parameter of the structured data, and escapes characters that could end it. */
static void add_parameter(struct buf *b, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	buf_addf(b, " %s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\' || *value == ']')
			buf_addc(b, '\\');
		buf_addc(b, *value);
	}
	buf_addc(b, '"');
}

/* Appends the kind of the message and its structured data. */
static void add_structured_data(struct buf *b, const struct log_about *about)
{
	int is_verdict = about->kind == LOG_KIND_VERDICT_ACCEPTED || about->kind == LOG_KIND_VERDICT_REFUSED;
	if (is_verdict) {
		buf_adds(b, " Verdict [verdict@" NUMBER);
		add_parameter(b, "service", about->service);
		add_parameter(b, "host", about->host);
		add_parameter(b, "result", about->result);
	} else if (log_kind_is_audit(about->kind)) {
		buf_adds(b, " Audit [audit@" NUMBER);
		add_parameter(b, "outcome", about->kind == LOG_KIND_AUDIT_REFUSED ? "refused" : "changed");
	} else {
		buf_adds(b, " - -");
		return;
	}
	buf_addc(b, ']');
}

void syslog_message_print(const struct syslog_message *m, struct buf *ret)
{
	struct buf b;
	buf_init(&b, SYSLOG_MESSAGE_MAX);
	buf_addf(&b, "<%d>1", m->facility << 3 | m->severity);
	add_time(&b, m->now);
	add_field(&b, m->host_name, 255);
	add_field(&b, m->app_name, 48);
	buf_addf(&b, " %ld", m->process);
	add_structured_data(&b, m->about);
	buf_addc(&b, ' ');
	size_t room = b.max - b.len, len = strlen(m->text);
	buf_add(&b, m->text, len < room ? len : room);
	buf_addf(ret, "%zu ", b.len);
	buf_add(ret, buf_str(&b), b.len);
	buf_done(&b);
}
