#include "parts.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

static struct episode *episode_of(struct agent *a, const char *service)
{
	int last = AGENT_SERVICES - 1;
	for (int i = 0; i <= last; i++) {
		if (strcmp(a->verdicts[i].service, service) == 0)
			return &a->verdicts[i].episode;
		if (!a->verdicts[i].service[0] || i == last) {
			snprintf(a->verdicts[i].service, sizeof a->verdicts[i].service, "%s", service);
			a->verdicts[i].episode = (struct episode){ 0 };
			return &a->verdicts[i].episode;
		}
	}
	return NULL;
}

/* One line per verdict. A server that stays the same for long is told ten times, then at each power of ten. */
void security_judged(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	struct agent *a = arg;
	struct buf line;
	char kind[400];
	struct episode *ep = episode_of(a, c->service);
	snprintf(kind, sizeof kind, "%ld %d %d %s", v->code, v->name, c->enforced, c->host);
	if (ep->key != episode_key(kind))
		episode_ended(ep);	/* another verdict than before is always news */
	if (!episode_failed(ep, episode_key(kind), 10, loop_now_ms(a->loop)))
		return;
	buf_init(&line, 1900);
	verdict_line(v, c, &line);
	if (ep->n > 10)
		buf_addf(&line, ", times=%llu", (unsigned long long)ep->n);
	log_line(v->code ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "%s", buf_str(&line));
	buf_done(&line);
}

void security_changed(struct agent *a)
{
	https_new_epoch(a->https);
	courier_retry(a->courier, ~0u);
}

const struct anchors *agent_anchors(const struct agent *a)
{
	return a->anchors;
}

static void anchors_changed(struct agent *a, const char *what)
{
	struct doc *d = doc_new("Status");
	char count[24];
	snprintf(count, sizeof count, "%zu", anchors_count(a->anchors));
	doc_set_value(doc_make(d, "Security/Certificates/CA/Count"), DOC_INTEGER, count);
	log_notice("security: %s; roots loaded: %s", what, count);
	security_changed(a);
	publish_own(a, d);
}

/* One line of the report a Certificate item of the result. */
static void report_into(struct doc *result, const struct buf *report)
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

int agent_ca_put(struct agent *a, enum anchors_mode mode, const char *text, size_t len, struct doc *result, struct err *e)
{
	struct anchors_upload u = { .data = text, .len = len, .mode = mode, .now_unix = agent_now(a) };
	struct buf report;
	size_t added = 0;
	uint64_t before = anchors_generation(a->anchors);
	buf_init(&report, 256 << 10);
	int r = anchors_put(a->anchors, &u, &report, &added, e);
	if (r == 0)
		report_into(result, &report);
	buf_done(&report);
	if (r == 0 && anchors_generation(a->anchors) != before) {
		char what[64];
		snprintf(what, sizeof what, "%zu certificate%s %s", added, added == 1 ? "" : "s",
			 mode == ANCHORS_REPLACE ? "uploaded in place of those before" : "added");
		anchors_changed(a, what);
	}
	return r;
}

int agent_ca_delete(struct agent *a, const char *fingerprint, struct err *e)
{
	if (anchors_delete(a->anchors, fingerprint, e) < 0)
		return -1;
	anchors_changed(a, "1 certificate deleted");
	return 0;
}
