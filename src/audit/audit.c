/* SPDX-License-Identifier: MIT */
#include "audit/audit.h"

#include "base/episode.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	LINE_TEXT = 1800, /* maximum length in a log line */
	VALUE_SHOWN = 500,
	/* number of callers whose repeated refusals are counted separately; all others are counted
	 * together */
	CALLERS = 8,
	REFUSALS_LOGGED = 10,
	LOG_INS = 64, /* number of different lines about log-ins whose repetitions are counted separately */
	MANAGED = 64, /* number of items for which the manager's changes are counted separately */
	/* this number of the manager's changes of an item get a line each; of the later ones only some */
	MANAGED_LOGGED = 3,
};

struct audit {
	struct audit_options o;
	char *folder;
	struct audit_items items; /* as they were at the last comparison */
	struct audit_kept *kept;
	unsigned marked; /* kinds that may have changed since the last comparison: a sum of 1 << kind */
	struct {
		enum audit_by by;
		long uid;
		struct episode refusals;
	} callers[CALLERS + 1];
	size_t n_callers;
	struct managed {      /* an item that the manager has changed */
		uint64_t key; /* of the item; 0: unused */
		int64_t at_ms;
		struct episode changes;
	} managed[MANAGED];
	struct episode not_kept;
	/* log-ins from the network: the refused ones, and the others by their text, which names the user and
	 * the address */
	struct episode log_ins_refused, log_ins[LOG_INS];
};

struct audit *audit_new(const struct audit_options *o, struct buf *notice)
{
	struct audit *au = mem_new(sizeof *au);
	struct err e = { .kind = ERR_NONE };
	au->o = *o;
	au->folder = mem_dup(o->folder);
	audit_items_load(&au->items, o->folder, notice);
	au->kept = audit_kept_open(o->folder, &e);
	if (e.kind != ERR_NONE)
		buf_addf(notice, "%s\n", e.text);
	return au;
}

void audit_free(struct audit *au)
{
	if (!au)
		return;
	audit_items_done(&au->items);
	audit_kept_free(au->kept);
	free(au->folder);
	free(au);
}

void audit_mark(struct audit *au, unsigned kinds)
{
	if (au)
		au->marked |= kinds;
}

int audit_kept(const struct audit *au, size_t back, struct audit_line *ret)
{
	return au ? audit_kept_at(au->kept, back, ret) : -1;
}

/* --- who --- */

static void add_person(const struct audit_who *who, struct buf *out)
{
	char name[160];
	if (who->name[0])
		buf_adds(out, text_quoted(who->name, name, sizeof name));
	if (who->uid >= 0)
		buf_addf(out, who->name[0] ? " (uid %ld)" : "uid %ld", who->uid);
	else if (!who->name[0])
		buf_adds(out, "somebody unknown");
	if (who->role[0])
		buf_addf(out, ", %s", who->role);
	if (who->address[0])
		buf_addf(out, ", from %s", who->address);
	if (who->pid > 0)
		buf_addf(out, ", process %ld", who->pid);
	if (who->process[0])
		buf_addf(out, " %s", text_quoted(who->process, name, sizeof name));
}

static void add_who(const struct audit *au, const struct audit_who *who, struct buf *out)
{
	buf_adds(out, "; by ");
	switch (who->by) {
	case AUDIT_BY_PERSON: add_person(who, out); break;
	case AUDIT_BY_MANAGER:
		buf_adds(out, "the manager");
		au->o.manager(au->o.arg, out);
		break;
	case AUDIT_BY_FILES: buf_adds(out, "the settings files, which were read again"); break;
	case AUDIT_BY_WINDOW: buf_adds(out, "the agent, which took back what was not confirmed"); break;
	case AUDIT_BY_START: buf_adds(out, "the files that the agent found when it started"); break;
	}
}

/* --- lines --- */

/* Writes the line to the audit's files. */
static void keep_line(struct audit *au, const char *text)
{
	int64_t now = au->o.now(au->o.arg), now_ms = loop_now_ms(au->o.loop);
	struct audit_line l = { .at = now ? now : (int64_t)time(NULL), .is_trusted = now != 0, .text = text };
	struct err e;
	int lost = audit_kept_add(au->kept, &l, &e);
	if (!lost)
		episode_ended(&au->not_kept, now_ms);
	else if (episode_failed(&au->not_kept, (uint64_t)e.kind, 1, now_ms))
		log_error("audit: lines are not kept: %s", e.text);
}

static void write_line(struct audit *au, enum log_kind kind, const char *text)
{
	log_about(&(struct log_about){ .kind = kind },
		  kind == LOG_KIND_AUDIT_REFUSED ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, "audit: %s", text);
	keep_line(au, text);
}

/* Appends a value, cut to the length that a log line may have. */
static void add_value(const char *value, int is_quoted, struct buf *out)
{
	size_t len = strlen(value);
	int is_cut = len > VALUE_SHOWN;
	for (len = is_cut ? VALUE_SHOWN : len; is_cut && len && (value[len] & 0xc0) == 0x80;)
		len--;
	buf_addf(out, is_quoted ? "\"%.*s\"%s" : "%.*s%s", (int)len, value, is_cut ? "..." : "");
}

/* Appends the item's kind and name for a line; the name of a certificate is its fingerprint. */
static void add_name(const struct audit_item *i, struct buf *out)
{
	int is_hash = strspn(i->key, "0123456789abcdef") == 64;
	buf_adds(out, audit_kind_name(i->kind));
	if (is_hash)
		buf_addf(out, " SHA-256 %.64s", i->key);
	else if (*i->key)
		buf_addf(out, " %s", i->key);
}

/* Counts a change of this item by the manager, and returns the result of episode_happened. If there is no
 * free entry for a new item, the one whose last change is the oldest is reused. */
static uint64_t managed_happened(struct audit *au, const struct audit_item *i, const char *line,
				 int64_t now_ms)
{
	uint64_t key = episode_key(i->key) * 31 + (uint64_t)i->kind + 1;
	struct managed *m = &au->managed[0];
	for (size_t k = 0; k < MANAGED && m->key != key; k++)
		if (au->managed[k].key == key || !au->managed[k].key || au->managed[k].at_ms < m->at_ms)
			m = &au->managed[k];
	if (m->key != key)
		*m = (struct managed){ .key = key };
	m->at_ms = now_ms;
	return episode_happened(&m->changes, episode_key(line), MANAGED_LOGGED, now_ms);
}

static void write_change(struct audit *au, const struct audit_item *was, const struct audit_item *is,
			 const struct audit_who *who)
{
	const struct audit_item *one = is ? is : was;
	int is_quoted = one->kind == AUDIT_SETTING;
	struct buf line;
	buf_init(&line, LINE_TEXT);
	add_name(one, &line);
	if (was && is) {
		buf_adds(&line, ": from ");
		add_value(was->value, is_quoted, &line);
		buf_adds(&line, " to ");
		add_value(is->value, is_quoted, &line);
	} else {
		buf_adds(&line, is ? " added: " : " deleted: ");
		add_value(one->value, is_quoted, &line);
	}
	char more[EPISODE_TEXT];
	uint64_t happened = who->by == AUDIT_BY_MANAGER
				    ? managed_happened(au, one, buf_str(&line), loop_now_ms(au->o.loop))
				    : 1;
	add_who(au, who, &line);
	buf_adds(&line, episode_text(happened, more));
	if (happened)
		write_line(au, LOG_KIND_AUDIT_CHANGED, buf_str(&line));
	buf_done(&line);
}

/* --- comparing --- */

static int is_same(const struct audit_item *a, const struct audit_item *b)
{
	return strcmp(a->value, b->value) == 0 && strcmp(a->mark, b->mark) == 0;
}

/* Returns the item of a setting that has its default, which the list leaves out. NULL: there is no such
 * setting. */
static const struct audit_item *with_default(const char *path, struct audit_item *ret)
{
	const struct settings_row *row = settings_lookup(path, NULL, 0, NULL);
	struct buf value;
	if (!row)
		return NULL;
	buf_init(&value, VALUE_SHOWN * 4);
	text_escape(row->default_text, &value);
	*ret = (struct audit_item){ .kind = AUDIT_SETTING, .key = mem_dup(path), .value = buf_take(&value) };
	return ret;
}

/* Writes a line for an item that is in one list only. is_new: the item is in the new list. */
static void write_lone(struct audit *au, const struct audit_item *i, int is_new, const struct audit_who *who)
{
	struct audit_item other;
	const struct audit_item *o = i->kind == AUDIT_SETTING ? with_default(i->key, &other) : NULL;
	if (is_new)
		write_change(au, o, i, who);
	else
		write_change(au, i, o, who);
	if (o) {
		free(other.key);
		free(other.value);
	}
}

/* Writes a line for each item of the marked kinds that differs from the items `before`. Returns the number of
 * lines. */
static size_t compare(struct audit *au, const struct audit_items *before, const struct audit_who *who)
{
	const struct audit_items *now = &au->items;
	size_t n = 0;
	for (size_t i = 0; i < before->n; i++)
		if (!audit_items_find(now, before->all[i].kind, before->all[i].key)) {
			write_lone(au, &before->all[i], 0, who);
			n++;
		}
	for (size_t i = 0; i < now->n; i++) {
		if (!(au->marked & 1u << now->all[i].kind))
			continue;
		const struct audit_item *was = audit_items_find(before, now->all[i].kind, now->all[i].key);
		if (was && is_same(was, &now->all[i]))
			continue;
		if (was)
			write_change(au, was, &now->all[i], who);
		else
			write_lone(au, &now->all[i], 1, who);
		n++;
	}
	return n;
}

void audit_look(struct audit *au, const struct audit_who *who)
{
	struct audit_items before = { .n = 0 };
	struct err e;
	if (!au || !au->marked)
		return;
	audit_items_move(&before, &au->items, au->marked);
	au->o.read(au->o.arg, &au->items, au->marked);
	size_t differ = compare(au, &before, who);
	au->marked = 0;
	if (differ && audit_items_save(&au->items, au->folder, &e) < 0)
		log_error("audit: what was audited could not be saved, and will be found changed at the next "
			  "start: %s",
			  e.text);
	audit_items_done(&before);
}

void audit_did(struct audit *au, const struct audit_who *who, const char *what)
{
	struct buf line;
	if (!au)
		return;
	buf_init(&line, LINE_TEXT);
	add_value(what, 0, &line);
	add_who(au, who, &line);
	write_line(au, LOG_KIND_AUDIT_CHANGED, buf_str(&line));
	buf_done(&line);
}

/* --- refusals --- */

static struct episode *refusals_of(struct audit *au, const struct audit_who *who)
{
	size_t i = 0;
	while (i < au->n_callers && (au->callers[i].by != who->by || au->callers[i].uid != who->uid))
		i++;
	if (i == au->n_callers && i < CALLERS) {
		au->callers[i].by = who->by;
		au->callers[i].uid = who->uid;
		au->n_callers++;
	}
	return &au->callers[i].refusals;
}

void audit_refused(struct audit *au, const struct audit_who *who, const char *what, const char *why)
{
	struct buf line;
	char more[EPISODE_TEXT];
	if (!au)
		return;
	buf_init(&line, LINE_TEXT);
	buf_adds(&line, "refused: ");
	add_value(what, 0, &line);
	buf_adds(&line, ": ");
	add_value(why, 0, &line);
	uint64_t happened = episode_happened(refusals_of(au, who), episode_key(buf_str(&line)),
					     REFUSALS_LOGGED, loop_now_ms(au->o.loop));
	add_who(au, who, &line);
	buf_adds(&line, episode_text(happened, more));
	if (happened)
		write_line(au, LOG_KIND_AUDIT_REFUSED, buf_str(&line));
	buf_done(&line);
}

void audit_log_in(struct audit *au, enum log_kind kind, const char *text)
{
	char more[EPISODE_TEXT];
	struct buf line;
	if (!au)
		return;
	uint64_t key = episode_key(text);
	struct episode *ep =
		kind == LOG_KIND_AUDIT_REFUSED ? &au->log_ins_refused : &au->log_ins[key % LOG_INS];
	uint64_t happened = episode_happened(ep, key, REFUSALS_LOGGED, loop_now_ms(au->o.loop));
	buf_init(&line, LINE_TEXT);
	add_value(text, 0, &line);
	buf_adds(&line, episode_text(happened, more));
	if (happened)
		keep_line(au, buf_str(&line));
	buf_done(&line);
}
