/* SPDX-License-Identifier: MIT */
/* cutoffs: verifies the certificates of each server's last handshake again, with the present settings, roots
 * and lists. It makes no connection. */
#include "agent_internal.h"

#include "agent/cutoffs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/origin.h"
#include "x509/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes what the service's list of roots has to do with the refusal, in brackets; "": nothing. */
static void explain(const struct agent *a, const struct service_endpoint *server,
		    const struct verify_finding *f, char ret[CUTOFF_LIST])
{
	const struct allowed_roots *allowed = &server->policy.allowed;
	char setting[80];
	allowed_settings(allowed, setting, sizeof setting);
	ret[0] = '\0';
	if (allowed_is_nobody(allowed, a->anchors, server->host))
		snprintf(ret, CUTOFF_LIST, " (none of the roots is loaded that %s allows)", setting);
	else if (f->code == VERIFY_ROOT_NOT_ALLOWED)
		snprintf(ret, CUTOFF_LIST, " (%s)", f->found);
}

/* Returns the code with which the next handshake with the same server would fail; 0: it would be accepted, or
 * nothing is known about it. */
static long code_now(const struct agent *a, const struct verdicts_seen *s,
		     const struct service_endpoint *server, char ret_list[CUTOFF_LIST])
{
	ret_list[0] = '\0';
	if (!server->verify || !server->host[0])
		return 0;
	if (server->is_address) /* verification needs a name: no socket is opened */
		return VERIFY_REFUSED_BEFORE_HANDSHAKE;
	if (strcmp(server->host, s->host) != 0)
		return 0;
	struct verify_request r = service_verify_request(server, a->anchors, a->date, loop_now_ms(a->loop));
	/* the time servers are being asked: clock_changed has it looked at when their answers are known */
	if (!r.at_unix && !r.floor_unix && clock_is_asking(a->clock))
		return 0;
	struct verdict *v = mem_new(sizeof *v);
	verify_chain_judge(&r, s->chain, v);
	long code = v->code;
	if (code)
		explain(a, server, &v->findings[0], ret_list);
	free(v);
	return code;
}

static void describe(const struct verdicts_seen *s, struct buf *out)
{
	char host[300];
	buf_addf(out, "This cuts off %s, %s, which was accepted at its last handshake: ", s->service,
		 text_quoted(s->host, host, sizeof host));
	buf_addf(out, "%ld=%s, %s%s. To go back: %s\n", s->cut_off, codes_symbol(s->cut_off),
		 codes_sentence(s->cut_off), s->list, s->back);
}

static void log_cut_off(const struct verdicts_seen *s)
{
	struct buf line;
	buf_init(&line, 1800);
	describe(s, &line);
	log_lines(LOG_LEVEL_WARNING, "configuration", buf_str(&line));
	buf_done(&line);
}

static void update_one(struct verdicts_seen *s, long code, const char *back)
{
	long before = s->cut_off;
	s->cut_off = code;
	s->is_cut_off_now = code && !before && back;
	if (s->is_cut_off_now) {
		snprintf(s->back, sizeof s->back, "%s", back);
		log_cut_off(s);
	} else if (code && !before) { /* no change is the cause: the date is not known any more */
		snprintf(s->back, sizeof s->back, "%s",
			 "xConfiguration NetworkServices NTP shows the time servers");
	}
}

void cutoffs_update(struct agent *a, const char *back)
{
	struct servers *servers = agent_servers(a);
	for (size_t i = 0; i < VERDICTS_MAX; i++) {
		struct verdicts_seen *s = &a->seen[i];
		long code = 0;
		for (size_t k = 0; k < servers->n && !code && s->chain; k++)
			if (strcmp(servers->at[k].name, s->service) == 0)
				code = code_now(a, s, &servers->at[k], s->list);
		update_one(s, code, back);
	}
	servers_free(servers);
}

void cutoffs_way_back(const struct agent *a, const struct settings_pair *set, size_t n, char *ret,
		      size_t size)
{
	char value[200];
	struct settings_found found[SETTINGS_FOUND_MAX];
	const char *path = found[0].path;
	struct settings_pair held;
	if (n != 1 || settings_find(set[0].path, found, NULL) != 1) {
		snprintf(ret, size,
			 "give these settings their previous values; xCommand Configuration Diff lists what "
			 "is set");
		return;
	}
	settings_held(a->settings, path, &held);
	if (held.value && found[0].row->value.flags & SCHEMA_SECRET)
		snprintf(ret, size, "give %s its previous value", path);
	else if (held.value)
		snprintf(ret, size, "xConfiguration %s: %s", path,
			 text_quoted(held.value, value, sizeof value));
	else
		snprintf(ret, size, "xCommand Configuration Reset Path: \"%s\"", path);
}

int cutoffs_at(const struct agent *a, unsigned item, struct cutoff *ret)
{
	for (size_t i = 0; i < VERDICTS_MAX; i++) {
		const struct verdicts_seen *s = &a->seen[i];
		if (!s->cut_off || --item)
			continue;
		*ret = (struct cutoff){ s->service, s->host, s->list, s->cut_off, s->back };
		return 1;
	}
	return 0;
}

void cutoffs_describe(const struct agent *a, struct buf *out)
{
	for (size_t i = 0; i < VERDICTS_MAX; i++)
		if (a->seen[i].is_cut_off_now)
			describe(&a->seen[i], out);
	trust_lists_describe(a->trust_lists, out);
}

void cutoffs_changed(struct agent *a)
{
	struct buf news;
	for (size_t i = 0; i < VERDICTS_MAX; i++)
		a->seen[i].is_cut_off_now = 0;
	buf_init(&news, 32 << 10);
	trust_lists_update(a->trust_lists);
	trust_lists_describe(a->trust_lists, &news);
	log_lines(LOG_LEVEL_WARNING, "security", buf_str(&news));
	buf_done(&news);
}
