/* SPDX-License-Identifier: MIT */
#include "agent_internal.h"

#include "agent/security.h"
#include "base/log.h"
#include "certstore/crls.h"

#include <stdio.h>
#include <string.h>

void security_changed(struct agent *a, const char *back)
{
	audit_mark(a->audit, 1u << AUDIT_ROOT | 1u << AUDIT_PIN | 1u << AUDIT_LIST | 1u << AUDIT_OWN);
	https_new_epoch(a->https);
	cutoffs_changed(a);
	cutoffs_update(a, back);
	clock_retry(a->clock);
	logging_retry(a->logging);
	delivery_try_now(a->delivery);
	provisioning_retry(a->provisioning);
	inbound_update(a->inbound);
}

void agent_watch_trust(struct agent *a, void (*fn)(void *arg), void *arg)
{
	a->trust_changed = fn;
	a->trust_changed_arg = arg;
}

static void notify_watcher(struct agent *a)
{
	if (a->trust_changed)
		a->trust_changed(a->trust_changed_arg);
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
	security_changed(a, "xCommand Security Certificates CA Restore");
	publish_own(a, d);
	notify_watcher(a);
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

int security_ca_restore(struct agent *a, struct err *e)
{
	if (anchors_restore(a->anchors, e) < 0)
		return -1;
	security_anchors_changed(a, "the list of roots as it was before the last change is back");
	return 0;
}

int security_ca_clear(struct agent *a, struct err *e)
{
	size_t n = anchors_count(a->anchors);
	if (anchors_clear(a->anchors, e) < 0)
		return -1;
	if (n)
		security_anchors_changed(a, "all roots deleted");
	return 0;
}

/* --- revocation lists --- */

int security_crl_put(struct agent *a, const char *data, size_t len, struct doc *result, struct err *e)
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
		security_changed(
			a, "xCommand Security Certificates CRL Delete, with the Fingerprint of the list");
		notify_watcher(a);
	}
	buf_done(&report);
	return r;
}

int security_crl_delete(struct agent *a, const char *fingerprint, struct err *e)
{
	if (crls_delete(a->anchors, fingerprint, e) < 0)
		return -1;
	log_notice("security: revocation list %s deleted", fingerprint);
	security_changed(a, "xCommand Security Certificates CRL Add, with that list");
	return 0;
}
