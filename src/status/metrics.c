/* SPDX-License-Identifier: MIT */
#include "status/metrics.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LABELS_MAX = 64 << 10, SECONDS_A_DAY = 86400 };

/* --- names --- */

/* Returns 1 if s[i] is the first letter of a word: "HttpFeedback", "LastEventAge", "MACAddress". */
static int begins_word(const char *s, size_t i)
{
	if (!i || !isupper((unsigned char)s[i]))
		return 0;
	return !isupper((unsigned char)s[i - 1]) || islower((unsigned char)s[i + 1]);
}

/* Appends a word of a path in lower case, its parts joined by "_". */
static void add_snake(const char *word, size_t len, struct buf *ret)
{
	for (size_t i = 0; i < len; i++) {
		if (begins_word(word, i) && isalnum((unsigned char)word[i - 1]))
			buf_addc(ret, '_');
		buf_addc(ret, (char)tolower((unsigned char)word[i]));
	}
}

/* Appends the family's name. "HttpFeedback[1..4] Queue Count" becomes sealpost_http_feedback_queue_items,
 * since Prometheus reserves the ending _count for histograms; "Security Expiring[1..n] DaysLeft" becomes
 * sealpost_security_expiring_left_seconds. */
static void add_family(const struct status_row *row, struct buf *ret)
{
	buf_adds(ret, "sealpost");
	for (const char *word = row->path; *word;) {
		size_t len = strcspn(word, " "), name = strcspn(word, " [");
		buf_addc(ret, '_');
		if (!word[len] && name == 5 && strncmp(word, "Count", 5) == 0)
			buf_adds(ret, "items");
		else if (row->kind == STATUS_DAYS && strncmp(word, "Days", 4) == 0)
			add_snake(word + 4, name - 4, ret);
		else
			add_snake(word, name, ret);
		word += len;
		word += strspn(word, " ");
	}
	if (row->kind == STATUS_SECONDS || row->kind == STATUS_DAYS)
		buf_adds(ret, "_seconds");
	if (row->kind == STATUS_COUNTER)
		buf_adds(ret, "_total");
}

/* --- labels --- */

static void add_label(struct buf *ret, const char *value)
{
	buf_adds(ret, "=\"");
	for (const char *s = value; *s; s++) {
		if (*s == '\n')
			buf_adds(ret, "\\n");
		else if (*s == '"' || *s == '\\')
			buf_addf(ret, "\\%c", *s);
		else
			buf_addc(ret, *s);
	}
	buf_adds(ret, "\",");
}

/* Appends the number of each list's item: http_feedback="1",. */
static void add_items(const struct status_item *item, struct buf *ret)
{
	const char *end = item->row->path;
	for (size_t i = 0; i < item->lists; i++) {
		char number[16];
		end = strstr(end, "..");
		const char *bracket = end;
		while (*bracket != '[')
			bracket--;
		const char *word = bracket;
		while (word > item->row->path && word[-1] != ' ')
			word--;
		add_snake(word, (size_t)(bracket - word), ret);
		snprintf(number, sizeof number, "%u", item->item[i]);
		add_label(ret, number);
		end += 2;
	}
}

/* Returns 1 if both rows are in the same list: "Security Server[1..n] Host" and "Security Server[1..n]
 * VerifyResult". */
static int is_beside(const struct status_row *a, const struct status_row *b)
{
	const char *end = strrchr(a->path, ']');
	return end && strncmp(a->path, b->path, (size_t)(end - a->path) + 1) == 0;
}

/* Appends labels that identify the item for people: host="tms.example.com",. */
static void add_labels(const struct status_item *item, struct buf *ret)
{
	struct buf value;
	buf_init(&value, STATUS_VALUE_MAX);
	for (const struct status_row *row = item->table->rows; row->path; row++) {
		buf_reset(&value);
		if (row->kind != STATUS_LABEL || !is_beside(row, item->row) ||
		    row->read(item->table->arg, item->item, &value) <= 0)
			continue;
		const char *word = strrchr(row->path, ' ') + 1;
		add_snake(word, strlen(word), ret);
		add_label(ret, buf_str(&value));
	}
	buf_done(&value);
}

/* --- values --- */

struct writing {
	struct buf *ret;
	int begun; /* 1: the family's HELP and TYPE were written */
};

static void begin_family(struct writing *w, const struct status_row *row)
{
	if (w->begun++)
		return;
	buf_adds(w->ret, "# HELP ");
	add_family(row, w->ret);
	buf_addf(w->ret, " %s\n# TYPE ", row->help);
	add_family(row, w->ret);
	buf_adds(w->ret, row->kind == STATUS_COUNTER ? " counter\n" : " gauge\n");
}

/* Appends one line; state: the word of this series, or NULL. If the labels are too long, all are left out:
 * incomplete labels would make the whole text unreadable. */
static void add_sample(struct writing *w, const struct status_item *item, const char *state, long long value)
{
	struct buf all;
	buf_init(&all, LABELS_MAX);
	add_items(item, &all);
	add_labels(item, &all);
	if (state) {
		buf_adds(&all, "state");
		add_label(&all, state);
	}
	add_family(item->row, w->ret);
	if (all.len && !all.full)
		buf_addf(w->ret, "{%.*s}", (int)all.len - 1, buf_str(&all)); /* without the last comma */
	buf_addf(w->ret, " %lld\n", value);
	buf_done(&all);
}

/* Returns 0 or 1 for False and True, Off and On; -1 for other words. */
static int truth_of(const char *word)
{
	if (strcasecmp(word, "True") == 0 || strcasecmp(word, "On") == 0)
		return 1;
	return strcasecmp(word, "False") == 0 || strcasecmp(word, "Off") == 0 ? 0 : -1;
}

/* Appends the series of a value that is one of the words "Unknown/Floor/Synchronised". */
static void add_word(struct writing *w, const struct status_item *item, const char *value)
{
	const char *words = item->row->value.literals;
	int is_switch = strcmp(words, "False/True") == 0 || strcmp(words, "Off/On") == 0;
	if (is_switch) {
		add_sample(w, item, NULL, truth_of(value));
		return;
	}
	while (*words) {
		char word[64];
		size_t len = strcspn(words, "/");
		snprintf(word, sizeof word, "%.*s", (int)len, words);
		add_sample(w, item, word, strcmp(word, value) == 0);
		words += len + (words[len] == '/');
	}
}

static void add_item(void *arg, const struct status_item *item, const char *value)
{
	struct writing *w = arg;
	char *end;
	long long number = strtoll(value, &end, 10);
	if (!*value)
		return;
	if (item->row->value.kind == SCHEMA_LITERAL) {
		begin_family(w, item->row);
		add_word(w, item, value);
	} else if (!*end) {
		begin_family(w, item->row);
		add_sample(w, item, NULL, item->row->kind == STATUS_DAYS ? number * SECONDS_A_DAY : number);
	}
}

static int is_metric(const struct status_row *row)
{
	return row->kind == STATUS_TEXT ? row->value.kind == SCHEMA_LITERAL : row->kind != STATUS_LABEL;
}

void metrics_write(const struct status_table *tables, size_t n, struct buf *ret)
{
	for (size_t i = 0; i < n; i++)
		for (const struct status_row *row = tables[i].rows; row->path; row++) {
			struct writing w = { .ret = ret };
			if (is_metric(row))
				status_each_item(&tables[i], row, add_item, &w);
		}
}
