/* SPDX-License-Identifier: MIT */
/* A message for a log server, read again as RFC 5424 and RFC 5425 have it. The first byte says what it is
 * about; the texts that follow, each up to a NUL, are the host's name, the service, the server, the result,
 * and the line. */
#include "../../src/logging/syslog_message.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS = 5, TEXT_MAX = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(int condition)
{
	if (!condition)
		abort();
}

/* Passes over a field of the header: visible ASCII, at least one character. */
static const char *field(const char *at, size_t most)
{
	size_t n = 0;
	for (; *at > ' ' && *at < 0x7f; at++)
		n++;
	want(n > 0 && n <= most && *at == ' ');
	return at + 1;
}

/* Passes over a parameter, which must have this value; one without a value is left out. */
static const char *parameter(const char *at, const char *name, const char *value)
{
	size_t len = strlen(name);
	if (!*value)
		return at;
	want(at[0] == ' ' && strncmp(at + 1, name, len) == 0 && strncmp(at + 1 + len, "=\"", 2) == 0);
	for (at += len + 3; *value; value++) {
		if (*value == '"' || *value == '\\' || *value == ']')
			want(*at++ == '\\');
		want(*at++ == *value);
	}
	want(*at == '"');
	return at + 1;
}

static const char *structured_data(const char *at, const struct log_about *a)
{
	int is_verdict = a->kind == LOG_KIND_VERDICT_ACCEPTED || a->kind == LOG_KIND_VERDICT_REFUSED;
	const char *id = is_verdict ? "[verdict@32473" : log_kind_is_audit(a->kind) ? "[audit@32473" : "-";
	want(strncmp(at, id, strlen(id)) == 0);
	at += strlen(id);
	if (is_verdict) {
		at = parameter(at, "service", a->service);
		at = parameter(at, "host", a->host);
		at = parameter(at, "result", a->result);
	} else if (*id != '-') {
		at = parameter(at, "outcome", a->kind == LOG_KIND_AUDIT_REFUSED ? "refused" : "changed");
	}
	if (*id != '-')
		want(*at++ == ']');
	return at;
}

static void check(const char *text, size_t len, const struct syslog_message *m)
{
	char *end;
	want(strtoul(text, &end, 10) == len - (size_t)(end + 1 - text) && *end == ' ');
	want(len - (size_t)(end + 1 - text) <= SYSLOG_MESSAGE_MAX);
	want(end[1] == '<');
	want(strtol(end + 2, &end, 10) == m->facility * 8 + m->severity && strncmp(end, ">1 ", 3) == 0);
	const char *at = field(end + 3, 32);
	at = field(at, 255);
	at = field(at, 48);
	at = field(at, 128);
	at = field(at, 32);
	at = structured_data(at, m->about);
	want(*at++ == ' ');
	size_t left = len - (size_t)(at - text);
	want(left <= strlen(m->text) && memcmp(at, m->text, left) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum log_kind kinds[] = { LOG_KIND_NONE, LOG_KIND_VERDICT_ACCEPTED,
					       LOG_KIND_VERDICT_REFUSED, LOG_KIND_AUDIT_REFUSED };
	char texts[TEXTS][TEXT_MAX] = { "" }, *line = texts[TEXTS - 1];
	struct buf b;
	if (!size)
		return 0;
	for (size_t i = 1, n = 0, at = 0; i < size && n < TEXTS; i++) {
		at = data[i] ? at : 0;
		n += !data[i];
		if (data[i] && n < TEXTS && at + 1 < TEXT_MAX)
			texts[n][at++] = (char)data[i];
	}
	size_t long_len = data[0] & 0x40 ? 2 * SYSLOG_MESSAGE_MAX : 0;
	char *longer = malloc(long_len + TEXT_MAX);
	memset(longer, 'x', long_len);
	memcpy(longer + long_len, line, strlen(line) + 1);
	const struct log_about about = { kinds[data[0] % 4], texts[1], texts[2], texts[3] };
	const struct syslog_message m = { .facility = data[0] >> 3,
					  .severity = data[0] % 8,
					  .now = data[0] & 0x80 ? 1800000000 : 0,
					  .host_name = texts[0],
					  .app_name = "sealpostd",
					  .process = 17,
					  .about = &about,
					  .text = longer };
	buf_init(&b, SYSLOG_MESSAGE_MAX + 16);
	syslog_message_print(&m, &b);
	want(!b.full);
	check(buf_str(&b), b.len, &m);
	buf_done(&b);
	free(longer);
	return 0;
}
