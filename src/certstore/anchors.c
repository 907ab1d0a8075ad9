/* SPDX-License-Identifier: MIT */
#include "certstore/anchors.h"

#include "base/file.h"
#include "base/mem.h"
#include "crypto/state_file.h"
#include "certstore_internal.h"
#include "x509/crl.h"
#include "x509/describe.h"
#include "x509/fingerprint.h"
#include "x509/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char file_name[] = "anchors";

static const char only_word[] = " only", name_word[] = " name ";

/* Writes the list. For each certificate there is a line with the list's word, the host to which the
 * certificate is pinned, and whether that host is trusted by its pins alone, or the name of a root; the PEM
 * block follows. Returns 1 if a root has a name, which older versions do not know: they read the root without
 * it. */
static int list_write(const struct anchor_list *l, const char *word, struct buf *out)
{
	int has_names = 0;
	for (size_t i = 0; i < l->n; i++) {
		const struct anchor *a = &l->at[i];
		buf_addf(out, "%s %s%s%s%s\n", word, a->pin_host ? a->pin_host : "-",
			 a->only ? only_word : "", a->name ? name_word : "", a->name ? a->name : "");
		pem_write(out, "CERTIFICATE", a->cert->der, a->cert->len);
		has_names |= a->name != NULL;
	}
	return has_names;
}

/* Stores the list `next` and makes it the current one; *next is empty afterwards. The previous list is kept
 * as `before`. */
int anchors_commit(struct anchors *a, struct anchor_list *next, struct err *e)
{
	struct buf body;
	buf_init(&body, 4 * (size_t)ANCHORS_UPLOAD_MAX);
	int has_names = list_write(next, "now", &body);
	has_names |= list_write(&a->now, "before", &body);
	int r = (has_names ? state_file_save_2 : state_file_save)(a->dir, file_name, &body, e);
	buf_done(&body);
	if (r < 0) {
		anchor_list_clear(next);
		return -1;
	}
	anchor_list_clear(&a->before);
	a->before = a->now;
	a->now = *next;
	next->n = 0;
	a->generation++;
	return 0;
}

/* The state while the stored roots are read. */
struct reader {
	struct anchors *a;
	const char *start;  /* beginning of the text, to find the line before a block */
	struct buf *notice; /* gets a line for each block that cannot be read; may be NULL */
};

/* Reads the line before a block: what follows its first word and a blank. The texts of ret are parts of
 * rest. */
static void read_line(char *rest, struct anchor *ret)
{
	size_t len = strcspn(rest, " ");
	char *more = rest + len;
	ret->only = strcmp(more, only_word) == 0;
	ret->name = NULL;
	if (strncmp(more, name_word, sizeof name_word - 1) == 0 &&
	    anchors_check_name(more + sizeof name_word - 1, NULL) == 0)
		ret->name = more + sizeof name_word - 1;
	*more = '\0';
	ret->pin_host = strcmp(rest, "-") == 0 ? NULL : rest;
}

/* Adds a stored certificate to the list that is named in the line before its block. */
static int take_stored(void *arg, const struct pem_block *b, struct err *e)
{
	struct reader *r = arg;
	char word[8] = "", rest[256 + sizeof only_word + sizeof name_word + ANCHORS_NAME_MAX] = "";
	const char *line_end = b->text > r->start ? b->text - 1 : r->start;
	const char *line =
		line_end > r->start ? memrchr(r->start, '\n', (size_t)(line_end - r->start)) : NULL;
	line = line ? line + 1 : r->start;
	const char *blank = memchr(line, ' ', (size_t)(line_end - line));
	struct err why = { .text = "the line before it does not say which list it belongs to" };
	(void)e; /* one unreadable block does not end the reading */
	struct cert *c = !b->damaged && blank ? cert_parse(b->der, b->len, &why) : NULL;
	if (!c && r->notice) /* the file's first line, with its digest, is not in the text */
		buf_addf(r->notice,
			 "%s/%s, line %zu: a certificate cannot be read and is left out (%s): upload it "
			 "again\n",
			 r->a->dir, file_name, b->line + 1, b->damaged ? b->damaged : why.text);
	if (c) {
		snprintf(word, sizeof word, "%.*s", (int)(blank - line), line);
		snprintf(rest, sizeof rest, "%.*s", (int)(line_end - blank - 1), blank + 1);
		struct anchor read = { .cert = c };
		read_line(rest, &read);
		struct anchor_list *l = strcmp(word, "now") == 0 ? &r->a->now : &r->a->before;
		if (l->n < ANCHORS_MAX)
			anchor_list_push(l, &read);
	}
	cert_free(c);
	return 0;
}

struct anchors *anchors_open(const char *dir, const struct anchors_checks *checks, struct buf *notice,
			     struct err *e)
{
	struct anchors *a = mem_new(sizeof *a);
	struct buf body;
	buf_init(&body, 4 * (size_t)ANCHORS_UPLOAD_MAX);
	a->dir = mem_dup(dir);
	a->checks = checks;
	a->generation = 1;
	if (notice)
		buf_reset(notice);
	struct reader r = { a, NULL, notice };
	int bad = dir &&
		  (file_folder(dir, 0700, e) < 0 || state_file_load(dir, file_name, &body, notice, e) < 0);
	r.start = buf_str(&body);
	if (!bad)
		pem_stored(r.start, body.len, take_stored, &r, NULL);
	buf_done(&body);
	if (!bad && crls_load(a, notice, e) == 0 && own_load(a, notice, e) == 0)
		return a;
	anchors_free(a);
	return NULL;
}

void anchors_free(struct anchors *a)
{
	if (!a)
		return;
	anchor_list_clear(&a->now);
	anchor_list_clear(&a->before);
	crls_done(a);
	own_done(a);
	free(a->dir);
	free(a);
}

struct anchors *anchors_copy(const struct anchors *a)
{
	struct anchors *copy = mem_new(sizeof *copy);
	copy->generation = 1;
	copy->checks = a->checks;
	anchor_list_copy(&copy->now, &a->now);
	for (size_t i = 0; i < a->crls.n; i++)
		copy->crls.at[copy->crls.n++] = crl_ref(a->crls.at[i]);
	return copy;
}

int anchors_restore(struct anchors *a, struct err *e)
{
	if (!a->before.n && a->now.n)
		return err_set(e, ERR_NOTFOUND, 0,
			       "before the last change there were no roots, and Restore never deletes "
			       "all of them: to do that, use certificate del root");
	if (!a->before.n)
		return err_set(e, ERR_NOTFOUND, 0, "there is no earlier list to bring back");
	struct anchor_list *next = mem_new(sizeof *next);
	anchor_list_copy(next, &a->before);
	int r = anchors_commit(a, next, e);
	free(next);
	return r;
}

static int has_fingerprint(const struct anchor *at, const char *fingerprint)
{
	struct cert_info info;
	describe_cert(at->cert, &info);
	return anchors_fingerprint_is(&info, fingerprint);
}

/* Returns the index of the certificate with this fingerprint; without a host, a root takes precedence over a
 * pin of the same certificate. Returns -1 if there is none, or more than one pin. */
static int find_one(const struct anchor_list *l, const char *fingerprint, const char *host, struct err *e)
{
	int found = -1;
	size_t pins = 0;
	for (size_t i = 0; i < l->n; i++) {
		const char *pin = l->at[i].pin_host;
		if (!has_fingerprint(&l->at[i], fingerprint) ||
		    (host && !(pin && strcasecmp(pin, host) == 0)))
			continue;
		if (!pin)
			return (int)i;
		pins++;
		found = (int)i;
	}
	if (found < 0)
		return err_set(e, ERR_NOTFOUND, 0, "there is no certificate with fingerprint %.100s%s%.253s",
			       fingerprint, host ? " pinned to " : "", host ? host : "");
	if (pins > 1)
		return err_set(e, ERR_INPUT, 0,
			       "this certificate is pinned to %zu hosts: say with Host which pin to delete",
			       pins);
	return found;
}

int anchors_delete(struct anchors *a, const char *fingerprint, const char *pin_host, struct err *e)
{
	int gone = find_one(&a->now, fingerprint, pin_host, e);
	if (gone < 0)
		return -1;
	struct anchor_list *next = mem_new(sizeof *next);
	for (size_t i = 0; i < a->now.n; i++)
		if ((int)i != gone)
			anchor_list_push(next, &a->now.at[i]);
	int r = anchors_commit(a, next, e);
	free(next);
	return r;
}

int anchors_clear(struct anchors *a, struct err *e)
{
	struct anchor_list *none = mem_new(sizeof *none);
	int r = a->now.n ? anchors_commit(a, none, e) : 0;
	free(none);
	return r;
}

int anchors_fingerprint_is(const struct cert_info *c, const char *text)
{
	return fingerprint_is(text, c->fingerprint, c->fingerprint_sha256);
}

size_t anchors_count(const struct anchors *a)
{
	return a->now.n;
}

const struct anchor *anchors_at(const struct anchors *a, size_t i)
{
	return &a->now.at[i];
}

int anchors_info(const struct anchors *a, size_t i, struct cert_info *ret)
{
	if (i >= a->now.n)
		return -1;
	describe_cert(a->now.at[i].cert, ret);
	if (a->now.at[i].pin_host)
		snprintf(ret->used_for, sizeof ret->used_for, "%s", a->now.at[i].pin_host);
	return 0;
}

void anchors_details(const struct anchors *a, size_t i, struct cert_details *ret)
{
	describe_details(a->now.at[i].cert, ret);
}

void anchors_print_pem(const struct anchors *a, struct buf *out)
{
	for (size_t i = 0; i < a->now.n; i++)
		pem_write(out, "CERTIFICATE", a->now.at[i].cert->der, a->now.at[i].cert->len);
}

uint64_t anchors_generation(const struct anchors *a)
{
	return a->generation;
}
