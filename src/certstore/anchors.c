/* SPDX-License-Identifier: MIT */
#include "certstore/anchors.h"

#include "base/file.h"
#include "base/mem.h"
#include "crypto/state_file.h"
#include "internal.h"
#include "x509/crl.h"
#include "x509/describe.h"
#include "x509/fingerprint.h"
#include "x509/names.h"
#include "x509/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char file_name[] = "anchors";

/* One line says which list a certificate belongs to and to what host it is pinned; its block follows. */
static void list_write(const struct anchor_list *l, const char *word, struct buf *out)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_addf(out, "%s %s\n", word, l->at[i].pin_host ? l->at[i].pin_host : "-");
		pem_write(out, "CERTIFICATE", l->at[i].cert->der, l->at[i].cert->len);
	}
}

/* Writes and takes over the list next, which is empty afterwards; the present list becomes the one before. */
static int commit(struct anchors *a, struct anchor_list *next, struct err *e)
{
	struct buf body;
	buf_init(&body, 4 * (size_t)ANCHORS_UPLOAD_MAX);
	list_write(next, "now", &body);
	list_write(&a->now, "before", &body);
	int r = state_file_save(a->dir, file_name, &body, e);
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

/* While the stored roots are read. */
struct reader {
	struct anchors *a;
	const char *start;  /* of the text, to look back to the line before a block */
	struct buf *notice; /* gets a line for each block that cannot be read; NULL: nobody reads it */
};

/* Adds a stored certificate to the list that the line before its block names. */
static int take_stored(void *arg, const struct pem_block *b, struct err *e)
{
	struct reader *r = arg;
	char word[8] = "", host[256] = "";
	const char *line_end = b->text > r->start ? b->text - 1 : r->start;
	const char *line =
		line_end > r->start ? memrchr(r->start, '\n', (size_t)(line_end - r->start)) : NULL;
	line = line ? line + 1 : r->start;
	const char *blank = memchr(line, ' ', (size_t)(line_end - line));
	struct err why = { .text = "the line before it does not say which list it belongs to" };
	(void)e; /* one block that cannot be read does not end the reading */
	struct cert *c = !b->damaged && blank ? cert_parse(b->der, b->len, &why) : NULL;
	if (!c && r->notice) /* the file's first line, with its digest, is not in the text */
		buf_addf(r->notice,
			 "%s/%s, line %zu: a certificate cannot be read and is left out (%s): upload it "
			 "again\n",
			 r->a->dir, file_name, b->line + 1, b->damaged ? b->damaged : why.text);
	if (c) {
		snprintf(word, sizeof word, "%.*s", (int)(blank - line), line);
		snprintf(host, sizeof host, "%.*s", (int)(line_end - blank - 1), blank + 1);
		struct anchor_list *l = strcmp(word, "now") == 0 ? &r->a->now : &r->a->before;
		if (l->n < ANCHORS_MAX)
			anchor_list_push(l, c, strcmp(host, "-") == 0 ? NULL : host);
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

struct upload {
	const struct anchors_upload *u;
	const struct anchors_checks *checks;
	struct anchor_list *next;
	struct buf *report;            /* NULL: nobody reads it */
	size_t found, added, left_out; /* certificates in the upload, and what became of them */
	size_t kept;                   /* those that were in the store already */
	struct buf reasons;            /* of what was left out, one after the other */
	size_t wrong;                  /* things for which the whole upload is refused */
	struct buf faults;             /* what is wrong with them, one after the other */
};

/* Reports something that can never serve and is therefore not taken; the rest of the upload is. */
static void leave_out(struct upload *up, const struct pem_block *b, const char *subject, const char *why)
{
	if (up->report)
		buf_addf(up->report, "line %zu: %s%s%s; left out\n", b->line, subject, *subject ? ": " : "",
			 why);
	buf_addf(&up->reasons, "%sline %zu: %s%s%s", up->left_out ? "; " : "", b->line, subject,
		 *subject ? ": " : "", why);
	up->left_out++;
}

static void tell(struct upload *up, struct cert *c, const char *what, const struct pem_block *b)
{
	struct cert_info info;
	if (!up->report || up->u->mode == ANCHORS_AS_IS)
		return;
	describe_cert(c, &info);
	buf_addf(up->report, "%s, SHA-256 %s, %s %d bits, valid to %s: %s%s%s%s\n", info.subject,
		 info.fingerprint_sha256, info.key_algorithm, info.key_bits, info.not_after_text, what,
		 b->origin ? ", " : "", b->origin ? b->origin : "",
		 c->ca && !c->self_issued && !up->u->pin_host
			 ? "; it is an intermediate: it only helps to build chains up to its root, which "
			   "must be uploaded, too"
			 : "");
}

static int place(struct upload *up, struct cert *c, const struct buf *hosts, const struct pem_block *b,
		 struct err *e)
{
	struct buf what;
	if (anchor_list_has(up->next, c, up->u->pin_host)) {
		up->kept++;
		tell(up, c, "already there", b);
		return 0;
	}
	if (up->next->n == ANCHORS_MAX)
		return err_set(e, ERR_FULL, 0, "line %zu: there can be at most %d certificates", b->line,
			       ANCHORS_MAX);
	anchor_list_push(up->next, c, up->u->pin_host);
	up->added++;
	buf_init(&what, 2048);
	buf_adds(&what, "added");
	if (hosts->len)
		buf_addf(&what,
			 ", trusted only as the server %s: it cannot be a CA, what it signed is not trusted; "
			 "profile Strict asks "
			 "for a pin",
			 buf_str(hosts));
	tell(up, c, buf_str(&what), b);
	buf_done(&what);
	return 0;
}

/* Adds a certificate that could be decoded, if the store's checks have nothing against it. */
static int take_cert(struct upload *up, struct cert *c, const struct pem_block *b, struct err *e)
{
	const struct anchors_upload *u = up->u;
	struct buf why, hosts;
	char subject[200];
	int r = 0;
	buf_init(&why, 1200);
	buf_init(&hosts, 1024);
	int fit = u->mode == ANCHORS_AS_IS ? 0
		  : u->pin_host            ? up->checks->pin(c, u->pin_host, u->now_unix, &why)
					   : up->checks->root(c, u->now_unix, &why, &hosts);
	cert_subject(c, subject, sizeof subject);
	if (fit < 0)
		leave_out(up, b, subject, buf_str(&why));
	else
		r = place(up, c, &hosts, b, e);
	buf_done(&why);
	buf_done(&hosts);
	return r;
}

/* Notes something for which the whole upload is refused. The rest is looked at all the same, so that
 * everything that is wrong is told at once. */
static void refuse(struct upload *up, const struct pem_block *b, const char *what, const char *why)
{
	if (up->report)
		buf_addf(up->report, "line %zu: %s%s\n", b->line, what, why);
	buf_addf(&up->faults, "%sline %zu: %s%s", up->wrong ? "; " : "", b->line, what, why);
	up->wrong++;
}

/* Something that is not a certificate: a fault, unless it is a revocation list out of PKCS#7 or the mode is
 * AS_IS. */
static void take_other(struct upload *up, const struct pem_block *b)
{
	if (up->u->mode == ANCHORS_AS_IS || (b->form == FORM_CRL && b->origin))
		leave_out(up, b, "", b->damaged ? b->damaged : b->what);
	else if (b->form == FORM_KEY || b->form == FORM_OPENSSH_KEY)
		refuse(up, b,
		       "there is a private key in it: upload certificates only, and keep the key secret", "");
	else
		refuse(up, b, b->damaged ? "" : "expected a certificate, found ",
		       b->damaged ? b->damaged : b->what);
}

static int take_uploaded(void *arg, const struct pem_block *b, struct err *e)
{
	struct upload *up = arg;
	struct err why;
	if (b->form == FORM_PARAMETERS)
		return 0;
	up->found++;
	if (b->form != FORM_CERTIFICATE) {
		take_other(up, b);
		return 0;
	}
	struct cert *c = b->damaged ? NULL : cert_parse(b->der, b->len, &why);
	int r = 0;
	if (c)
		r = take_cert(up, c, b, e);
	else if (up->u->mode == ANCHORS_AS_IS)
		leave_out(up, b, "", b->damaged ? b->damaged : why.text);
	else
		refuse(up, b, "", b->damaged ? b->damaged : why.text);
	cert_free(c);
	return r;
}

/* 0 if there is something to keep; else -1 and why not. */
static int check_upload(const struct upload *up, struct err *e)
{
	if (!up->found)
		return err_set(e, ERR_INPUT, 0,
			       "there is no certificate in it: expected PEM (-----BEGIN CERTIFICATE-----), "
			       "DER or PKCS#7");
	if (up->wrong)
		return err_set(e, ERR_INPUT, 0, "%s", buf_str(&up->faults));
	if (up->u->strict && up->left_out)
		return err_set(e, ERR_INPUT, 0,
			       "nothing is taken, since Strict is True and %zu of %zu cannot serve: %s",
			       up->left_out, up->found, buf_str(&up->reasons));
	if (up->added || up->kept || up->u->mode == ANCHORS_AS_IS)
		return 0;
	return err_set(e, ERR_INPUT, 0, "%s", buf_str(&up->reasons));
}

int anchors_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, size_t *ret_added,
		struct err *e)
{
	if (u->len > ANCHORS_UPLOAD_MAX)
		return err_set(e, ERR_FULL, 0, "expected at most %d bytes of certificates",
			       ANCHORS_UPLOAD_MAX);
	if (u->pin_host && names_dns_form(u->pin_host, strlen(u->pin_host)) != DNS_GOOD &&
	    names_dns_form(u->pin_host, strlen(u->pin_host)) != DNS_LOOSE)
		return err_set(e, ERR_INPUT, 0,
			       "a certificate can be pinned to a host name only, not to %.60s", u->pin_host);
	struct anchor_list *next = mem_new(sizeof *next);
	struct upload up = { .u = u, .checks = a->checks, .next = next, .report = report };
	buf_init(&up.reasons, 8192);
	buf_init(&up.faults, 8192);
	if (u->mode != ANCHORS_REPLACE)
		anchor_list_copy(next, &a->now);
	int r = pem_each(u->data, u->len, take_uploaded, &up, e);
	if (r == 0)
		r = check_upload(&up, e);
	if (r == 0 && up.added && report && !u->now_unix && u->mode != ANCHORS_AS_IS)
		buf_adds(report, "the date is not known, so it was not checked whether these certificates "
				 "have expired\n");
	if (r == 0 && (up.added || u->mode == ANCHORS_REPLACE))
		r = commit(a, next, e);
	anchor_list_clear(next);
	free(next);
	buf_done(&up.reasons);
	buf_done(&up.faults);
	if (r == 0 && ret_added)
		*ret_added = up.added;
	return r;
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
	int r = commit(a, next, e);
	free(next);
	return r;
}

static int has_fingerprint(const struct anchor *at, const char *fingerprint)
{
	struct cert_info info;
	describe_cert(at->cert, &info);
	return anchors_fingerprint_is(&info, fingerprint);
}

/* Which of the list is meant: without a host the root before any pin of the same certificate. -1: none, or
 * more than one pin. */
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
			anchor_list_push(next, a->now.at[i].cert, a->now.at[i].pin_host);
	int r = commit(a, next, e);
	free(next);
	return r;
}

int anchors_clear(struct anchors *a, struct err *e)
{
	struct anchor_list *none = mem_new(sizeof *none);
	int r = a->now.n ? commit(a, none, e) : 0;
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
