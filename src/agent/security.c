/* SPDX-License-Identifier: MIT */
#include "parts.h"

#include "agent/security.h"
#include "base/log.h"
#include "certstore/crls.h"
#include "certstore/own.h"
#include "service/service.h"
#include "x509/codes.h"

#include <stdio.h>
#include <string.h>

static struct agent_seen *seen_of(struct agent *a, const char *service)
{
	size_t i = 0;
	while (i < AGENT_SERVICES - 1 && a->seen[i].service[0] && strcmp(a->seen[i].service, service) != 0)
		i++;
	if (strcmp(a->seen[i].service, service) != 0) {
		a->seen[i] = (struct agent_seen){ .code = -1 };
		snprintf(a->seen[i].service, sizeof a->seen[i].service, "%s", service);
	}
	return &a->seen[i];
}

static void learn(struct agent_seen *s, const struct verdict *v, const struct verdict_context *c)
{
	if (strcmp(s->host, c->host) != 0)
		s->good_since = 0;
	snprintf(s->host, sizeof s->host, "%s", c->host);
	s->code = v->code;
	s->enforced = c->enforced;
	s->valid_from = v->valid_from;
	s->valid_until = v->valid_until;
	s->good_since = v->code ? 0 : s->good_since ? s->good_since : v->judged_at;
}

static void log_verdict(const struct verdict *v, const struct verdict_context *c, unsigned long long times)
{
	struct buf line;
	buf_init(&line, 1900);
	verdict_line(v, c, &line);
	if (times)
		buf_addf(&line, ", times=%llu", times);
	log_line(v->code ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "%s", buf_str(&line));
	buf_done(&line);
}

/* One line per verdict. A server that stays the same for long is told ten times, then at each power of
 * ten. */
void security_judged(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	struct agent *a = arg;
	char kind[400];
	struct agent_seen *seen = seen_of(a, c->service);
	learn(seen, v, c);
	snprintf(kind, sizeof kind, "%ld %d %d %s", v->code, v->name, c->enforced, c->host);
	if (seen->episode.key != episode_key(kind))
		episode_ended(&seen->episode); /* another verdict than before is always news */
	if (episode_failed(&seen->episode, episode_key(kind), 10, loop_now_ms(a->loop)))
		log_verdict(v, c, seen->episode.n > 10 ? seen->episode.n : 0);
}

void security_asked(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	(void)arg;
	log_verdict(v, c, 0);
}

/* Is this service's server verified now? The last verdict may be older than the setting. */
static int is_verified(struct agent *a, const struct agent_seen *s)
{
	enum service which = service_named(s->service);
	return which == SERVICE_ANY ? s->enforced : service_verifies(settings_get(a->settings), which);
}

void security_status(struct agent *a, struct doc *status)
{
	struct doc *security = doc_make(status, "Security");
	for (uint32_t i = 0; i < AGENT_SERVICES && a->seen[i].service[0]; i++) {
		const struct agent_seen *s = &a->seen[i];
		struct doc *d = doc_add(security, "Server", i + 1);
		char text[96];
		d->max_occurrence = DOC_UNBOUNDED;
		doc_add_value(d, "Host", DOC_STRING, s->host);
		date_format(s->good_since, text, sizeof text);
		if (s->good_since)
			doc_add_value(d, "SafeSince", DOC_STRING, text);
		doc_add_value(d, "Service", DOC_STRING, s->service);
		date_format(s->valid_until, text, sizeof text);
		if (s->valid_until)
			doc_add_value(d, "ValidUntil", DOC_STRING, text);
		doc_add_value(d, "Verification", DOC_LITERAL, is_verified(a, s) ? "On" : "Off");
		snprintf(text, sizeof text, "%ld=%s", s->code, codes_symbol(s->code));
		doc_add_value(d, "VerifyResult", DOC_STRING, text);
	}
}

void security_changed(struct agent *a)
{
	https_new_epoch(a->https);
	delivery_try_now(a->delivery);
	heartbeat_retry(a->manager);
}

const struct anchors *agent_anchors(const struct agent *a)
{
	return a->anchors;
}

void security_anchors_changed(struct agent *a, const char *what)
{
	struct doc *d = doc_new("Status");
	char count[24];
	snprintf(count, sizeof count, "%zu", anchors_count(a->anchors));
	doc_set_value(doc_make(d, "Security/Certificates/CA/Count"), DOC_INTEGER, count);
	log_notice("security: %s; roots loaded: %s", what, count);
	security_changed(a);
	publish_own(a, d);
	expiry_look(a);
}

void security_report(struct doc *result, const struct buf *report)
{
	uint32_t item = 0;
	for (const char *line = buf_str(report); *line;) {
		size_t len = strcspn(line, "\n");
		char text[1024];
		snprintf(text, sizeof text, "%.*s", (int)len, line);
		struct doc *c = doc_add(result, "Certificate", ++item);
		c->max_occurrence = DOC_UNBOUNDED;
		doc_set_value(c, DOC_STRING, text);
		line += len + (line[len] == '\n');
	}
}

int agent_ca_restore(struct agent *a, struct err *e)
{
	if (anchors_restore(a->anchors, e) < 0)
		return -1;
	security_anchors_changed(a, "the list of roots as it was before the last change is back");
	return 0;
}

int agent_ca_clear(struct agent *a, struct err *e)
{
	size_t n = anchors_count(a->anchors);
	if (anchors_clear(a->anchors, e) < 0)
		return -1;
	if (n)
		security_anchors_changed(a, "all roots deleted");
	return 0;
}

/* --- own certificates and revocation lists --- */

int agent_own_put(struct agent *a, const struct agent_own_request *r, struct doc *result, struct err *e)
{
	struct anchors_upload u = {
		.data = r->data, .len = r->len, .passphrase = r->passphrase, .now_unix = agent_now(a)
	};
	struct buf report;
	char fingerprint[41];
	buf_init(&report, 64 << 10);
	int failed = own_put(a->anchors, &u, &report, fingerprint, e);
	if (!failed) {
		security_report(result, &report);
		doc_add_value(result, "Fingerprint", DOC_STRING, fingerprint);
		log_notice("security: own certificate %s added", fingerprint);
	}
	buf_done(&report);
	return failed;
}

int agent_own_act(struct agent *a, enum agent_own_act what, const char *fingerprint, struct err *e)
{
	static const char *const told[] = { "serves HttpClient", "no longer serves HttpClient", "deleted" };
	int r = what == AGENT_OWN_ACTIVATE     ? own_activate(a->anchors, fingerprint, e)
		: what == AGENT_OWN_DEACTIVATE ? own_deactivate(a->anchors, fingerprint, e)
					       : own_delete(a->anchors, fingerprint, e);
	if (r == 0) {
		log_notice("security: own certificate %s %s", fingerprint, told[what]);
		security_changed(a);
	}
	return r;
}

int agent_own_unlock(struct agent *a, const char *fingerprint, const char *passphrase, struct err *e)
{
	if (own_unlock(a->anchors, fingerprint, passphrase, e) < 0)
		return -1;
	log_notice("security: own certificate %s unlocked", fingerprint);
	security_changed(a);
	return 0;
}

int agent_crl_put(struct agent *a, const char *data, size_t len, struct doc *result, struct err *e)
{
	struct buf report;
	size_t added = 0;
	buf_init(&report, 64 << 10);
	struct anchors_upload u = { .data = data, .len = len, .mode = ANCHORS_ADD, .now_unix = agent_now(a) };
	int r = crls_put(a->anchors, &u, &report, &added, e);
	if (r == 0)
		security_report(result, &report);
	if (r == 0 && added) {
		log_notice("security: %zu revocation list%s added", added, added == 1 ? "" : "s");
		security_changed(a);
		expiry_look(a);
	}
	buf_done(&report);
	return r;
}

int agent_crl_delete(struct agent *a, const char *fingerprint, struct err *e)
{
	if (crls_delete(a->anchors, fingerprint, e) < 0)
		return -1;
	log_notice("security: revocation list %s deleted", fingerprint);
	security_changed(a);
	return 0;
}
