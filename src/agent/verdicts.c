/* SPDX-License-Identifier: MIT */
/* verdicts: keeps the last verdict on the certificate of each service's server, and logs new verdicts. */
#include "agent_internal.h"

#include "base/log.h"
#include "x509/codes.h"

#include <stdio.h>
#include <string.h>

#define TEXT  STATUS_ANY_TEXT
#define COUNT STATUS_ANY_NUMBER

static struct verdicts_seen *seen_of(struct agent *a, const char *service)
{
	size_t i = 0;
	while (i < VERDICTS_MAX - 1 && a->seen[i].service[0] && strcmp(a->seen[i].service, service) != 0)
		i++;
	if (strcmp(a->seen[i].service, service) != 0) {
		verify_chain_free(a->seen[i].chain);
		a->seen[i] = (struct verdicts_seen){ .code = -1 };
		snprintf(a->seen[i].service, sizeof a->seen[i].service, "%s", service);
	}
	return &a->seen[i];
}

static void learn(struct verdicts_seen *s, const struct verdict *v, const struct verdict_context *c)
{
	if (strcmp(s->host, c->host) != 0)
		s->good_since = 0;
	snprintf(s->host, sizeof s->host, "%s", c->host);
	s->code = v->code;
	s->enforced = c->enforced;
	s->certificate_from = v->certificate_from;
	s->certificate_until = v->certificate_until;
	s->valid_until = v->valid_until;
	s->good_since = v->code ? 0 : s->good_since ? s->good_since : v->judged_at;
	verify_chain_free(s->chain);
	s->chain = c->chain && (v->code == 0 || !c->enforced) ? verify_chain_copy(c->chain) : NULL;
	s->cut_off = 0;
	s->is_cut_off_now = 0;
}

void verdicts_learn_chain(struct agent *a, const char *service, const char *host,
			  const struct verify_chain *chain)
{
	for (size_t i = 0; i < VERDICTS_MAX; i++) {
		struct verdicts_seen *s = &a->seen[i];
		if (!s->chain || strcmp(s->service, service) != 0 || strcmp(s->host, host) != 0)
			continue;
		verify_chain_free(s->chain);
		s->chain = verify_chain_copy(chain);
	}
}

void verdicts_done(struct agent *a)
{
	for (size_t i = 0; i < VERDICTS_MAX; i++)
		verify_chain_free(a->seen[i].chain);
}

static void log_verdict(const struct verdict *v, const struct verdict_context *c, unsigned long long times)
{
	struct buf line;
	buf_init(&line, 1900);
	verdict_line(v, c, &line);
	if (times)
		buf_addf(&line, ", times=%llu", times);
	char result[96];
	snprintf(result, sizeof result, "%ld=%s", v->code, codes_symbol(v->code));
	log_about(&(struct log_about){ .kind = v->code ? LOG_KIND_VERDICT_REFUSED : LOG_KIND_VERDICT_ACCEPTED,
				       .service = c->service,
				       .host = c->host,
				       .result = result },
		  v->code ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "%s", buf_str(&line));
	buf_reset(&line);
	verdict_disagreement(v, c, &line);
	if (line.len)
		log_warning("%s", buf_str(&line));
	buf_done(&line);
}

void verdicts_note(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	struct agent *a = arg;
	char kind[400];
	struct verdicts_seen *seen = seen_of(a, c->service);
	learn(seen, v, c);
	a->disagreements += v->disagreed != 0;
	snprintf(kind, sizeof kind, "%ld %d %d %s", v->code, v->name, c->enforced, c->host);
	if (!episode_seen(&seen->episode, episode_key(kind), 10, loop_now_ms(a->loop)))
		return;
	log_verdict(v, c, seen->episode.n > 10 ? seen->episode.n : 0);
}

void agent_log_verdicts_anew(struct agent *a)
{
	for (size_t i = 0; i < VERDICTS_MAX; i++)
		episode_renew(&a->seen[i].episode);
}

void verdicts_log(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	(void)arg;
	log_verdict(v, c, 0);
}

/* Returns 1 if the present settings refuse this service's server on a bad verdict. This may have changed
 * since the last verdict. */
static int is_verified(struct agent *a, const struct verdicts_seen *s)
{
	enum service which = service_named(s->service);
	return which == SERVICE_ANY ? s->enforced : service_verifies(settings_get(a->settings), which);
}

const struct verdicts_seen *verdicts_at(const struct agent *a, unsigned item)
{
	return item <= VERDICTS_MAX && a->seen[item - 1].service[0] ? &a->seen[item - 1] : NULL;
}

static int date_text(struct buf *ret, int64_t unix_s)
{
	char text[32];
	if (!unix_s)
		return 0;
	date_format(unix_s, text, sizeof text);
	return status_text(ret, text);
}

static int code_text(struct buf *ret, long code)
{
	buf_addf(ret, "%ld=%s", code, codes_symbol(code));
	return 1;
}

/* Defines a function that reads a status leaf: name, and the expression for its value, which may use the
 * verdict s and the agent a. */
#define READER(name, returns)                                                                                \
	static int name(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)                       \
	{                                                                                                    \
		struct agent *a = arg;                                                                       \
		const struct verdicts_seen *s = verdicts_at(a, item[0]);                                     \
		return s ? (returns) : -1;                                                                   \
	}

READER(host, status_text(ret, s->host))
READER(safe_since, date_text(ret, s->good_since))
READER(service_name, status_text(ret, s->service))
READER(valid_until, date_text(ret, s->valid_until))
READER(verification, status_text(ret, is_verified(a, s) ? "On" : "Off"))
READER(verify_result, code_text(ret, s->code))

static int roots(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)item;
	return status_count(ret, anchors_count(((struct agent *)arg)->anchors));
}

static int disagreements(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)item;
	return status_count(ret, ((struct agent *)arg)->disagreements);
}

const struct status_row verdicts_status_rows[] = {
	{ "Security Certificates CA Count", STATUS_GAUGE, COUNT, "Roots that are loaded.", roots, 0 },
	{ "Security Server[1..n] Host", STATUS_LABEL, TEXT, "The server whose certificate was verified.",
	  host, 0 },
	{ "Security Server[1..n] SafeSince", STATUS_TEXT, TEXT,
	  "The time since which every verification has passed. While verification is Off, this tells whether "
	  "On would be safe.",
	  safe_since, 0 },
	{ "Security Server[1..n] Service", STATUS_LABEL, TEXT, "The service that connects to this server.",
	  service_name, 0 },
	{ "Security Server[1..n] ValidUntil", STATUS_TEXT, TEXT,
	  "The earliest notAfter in the server's chain; with Revocation Mode Hard the earliest nextUpdate of "
	  "a revocation list that was used, if that comes first.",
	  valid_until, 0 },
	{ "Security Server[1..n] Verification", STATUS_TEXT, SCHEMA_LIT("Off/On"),
	  "The current setting of the service. Off: verdicts are only logged.", verification, 0 },
	{ "Security Server[1..n] VerifyResult", STATUS_TEXT, TEXT,
	  "The last verdict, number and name; while verification is Off, the verdict that On would enforce.",
	  verify_result, 0 },
	{ "Security Verification Disagreements", STATUS_COUNTER, COUNT,
	  "Handshakes whose certificates sealpost's own verifier accepted and OpenSSL's refused, since the "
	  "start. Such servers are refused, and the log has both results.",
	  disagreements, 0 },
	{ .path = NULL },
};
