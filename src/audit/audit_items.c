/* SPDX-License-Identifier: MIT */
#include "audit/audit_items.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/random.h"
#include "crypto/sha256.h"
#include "crypto/state_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 8 << 10, FILE_MAX = 4 << 20 };

static const char file_name[] = "audited";
static const char *const names[AUDIT_KINDS] = {
	[AUDIT_SETTING] = "setting",
	[AUDIT_ROOT] = "root",
	[AUDIT_PIN] = "pin",
	[AUDIT_LIST] = "revocation list",
	[AUDIT_OWN] = "own certificate",
	[AUDIT_REQUEST] = "certificate request",
	[AUDIT_USER] = "user",
	[AUDIT_REGISTRATION] = "feedback slot",
};

const char *audit_kind_name(enum audit_kind k)
{
	return names[k];
}

/* --- the list --- */

static struct audit_item *put(struct audit_items *l, const struct audit_item *i)
{
	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 32;
		l->all = mem_resize(l->all, l->room * sizeof *l->all);
	}
	l->all[l->n] = *i;
	return &l->all[l->n++];
}

struct audit_item *audit_items_add(struct audit_items *l, enum audit_kind kind, const char *key,
				   const char *value)
{
	return put(l, &(struct audit_item){ .kind = kind, .key = mem_dup(key), .value = mem_dup(value) });
}

void audit_items_move(struct audit_items *to, struct audit_items *from, unsigned kinds)
{
	size_t kept = 0;
	for (size_t i = 0; i < from->n; i++) {
		if (kinds & 1u << from->all[i].kind)
			put(to, &from->all[i]);
		else
			from->all[kept++] = from->all[i];
	}
	from->n = kept;
}

const struct audit_item *audit_items_find(const struct audit_items *l, enum audit_kind kind, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->all[i].kind == kind && strcmp(l->all[i].key, key) == 0)
			return &l->all[i];
	return NULL;
}

void audit_items_done(struct audit_items *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->all[i].key);
		free(l->all[i].value);
	}
	free(l->all);
	l->all = NULL;
	l->n = l->room = 0;
}

void audit_items_mark(const struct audit_items *l, struct audit_item *i, const char *hidden)
{
	char digest[SHA256_HEX];
	struct buf b;
	buf_init(&b, VALUE_MAX * 2);
	buf_addf(&b, "%s\n%d %s\n%s", l->salt, i->kind, i->key, hidden);
	sha256_hex(b.data, b.len, digest);
	buf_wipe(&b);
	memcpy(i->mark, digest, AUDIT_MARK - 1);
}

/* --- file format: a line with the salt, and for each item "KIND <tab> key <tab> mark <tab> value" --- */

static void new_salt(char ret[33])
{
	unsigned char bytes[16];
	random_fill(bytes, sizeof bytes);
	num_hex(bytes, sizeof bytes, ret);
}

/* Cuts the line at its next tab, and returns the text after it; NULL: there is no tab. */
static char *cut(char *line)
{
	char *tab = line ? strchr(line, '\t') : NULL;
	if (tab)
		*tab++ = '\0';
	return tab;
}

static void load_line(struct audit_items *l, char *line)
{
	char *key = cut(line), *sign = cut(key), *value = cut(sign);
	if (!value || strlen(sign) >= AUDIT_MARK)
		return;
	for (int k = 0; k < AUDIT_KINDS; k++)
		if (strcmp(names[k], line) == 0)
			snprintf(audit_items_add(l, (enum audit_kind)k, key, value)->mark, AUDIT_MARK, "%s",
				 sign);
}

void audit_items_load(struct audit_items *l, const char *folder, struct buf *notice)
{
	struct buf b;
	struct err e;
	buf_init(&b, FILE_MAX);
	if (state_file_load(folder, file_name, &b, notice, &e) < 0)
		buf_addf(notice, "%s\n", e.text);
	char *text = buf_take(&b), *line = text;
	for (size_t at = 0; *line; at++) {
		char *end = strchr(line, '\n');
		if (end)
			*end = '\0';
		if (at)
			load_line(l, line);
		else
			snprintf(l->salt, sizeof l->salt, "%s", line);
		if (!end)
			break;
		line = end + 1;
	}
	if (strlen(l->salt) != sizeof l->salt - 1)
		new_salt(l->salt);
	free(text);
}

int audit_items_save(const struct audit_items *l, const char *folder, struct err *e)
{
	struct buf b;
	buf_init(&b, FILE_MAX);
	buf_addf(&b, "%s\n", l->salt);
	for (size_t i = 0; i < l->n; i++)
		buf_addf(&b, "%s\t%s\t%s\t%s\n", names[l->all[i].kind], l->all[i].key, l->all[i].mark,
			 l->all[i].value);
	int r = state_file_save(folder, file_name, &b, e);
	buf_done(&b);
	return r;
}
