/* SPDX-License-Identifier: MIT */
/* crls: the revocation lists in the certificate store. */
#include "certstore/crls.h"

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

static const char file_name[] = "crls";

static int save(const struct crl_list *l, const char *dir, struct err *e)
{
	struct buf body;
	buf_init(&body, 8 * (size_t)ANCHORS_UPLOAD_MAX);
	for (size_t i = 0; i < l->n; i++)
		pem_write(&body, "X509 CRL", l->at[i]->der, l->at[i]->len);
	int r = state_file_save(dir, file_name, &body, e);
	buf_done(&body);
	return r;
}

/* One upload of revocation lists. roots: the store, with the certificates that verify lists. next: all lists
 * after the upload; until it replaces those of the store, it borrows the lists that stay. fresh: the uploaded
 * lists that were added, each with its own reference. */
struct upload {
	const struct anchors_upload *u;
	const struct anchors *roots;
	struct crl_list next, fresh;
	struct buf *report; /* NULL: there is no report */
	size_t found;
};

/* Returns 1 if both lists cover the same certificates: they have the same issuer, the same kind and the same
 * distribution point. */
static int same_scope(const struct crl *a, const struct crl *b)
{
	if (!crl_issued_by_name(a, X509_CRL_get_issuer(b->x)) || a->delta != b->delta)
		return 0;
	int i = X509_CRL_get_ext_by_NID(a->x, NID_issuing_distribution_point, -1);
	int k = X509_CRL_get_ext_by_NID(b->x, NID_issuing_distribution_point, -1);
	if (i < 0 || k < 0)
		return i < 0 && k < 0;
	return ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(X509_CRL_get_ext(a->x, i)),
				     X509_EXTENSION_get_data(X509_CRL_get_ext(b->x, k))) == 0;
}

/* Returns the loaded certificate whose key signed the list; NULL if there is none. */
static const struct cert *signer(const struct anchors *roots, struct crl *l)
{
	for (size_t i = 0; i < anchors_count(roots); i++) {
		struct cert *c = anchors_at(roots, i)->cert;
		if (crl_issued_by_name(l, X509_get_subject_name(c->x)) && crl_signed_by(l, c))
			return c;
	}
	return NULL;
}

/* Returns 1 if the same key signed both lists, as loaded certificates show. A CA that has a new key under its
 * old name issues a list with each key, and each of them names certificates that the other does not. A list
 * that no loaded certificate verifies may be forged, whatever key it names, so it never counts as one of the
 * same key. */
static int same_signer(const struct anchors *roots, struct crl *a, struct crl *b)
{
	const struct cert *one = signer(roots, a), *other = one ? signer(roots, b) : NULL;
	return one && other && cert_same_name_and_key(one, other);
}

static void report(struct upload *up, struct crl *l, const char *what)
{
	struct crl_info info;
	struct buf why;
	if (!up->report || up->u->mode == ANCHORS_AS_IS)
		return;
	buf_init(&why, 1200);
	describe_crl(l, &info);
	buf_addf(up->report, "revocation list of %s, %zu certificates, next one %s: %s", info.issuer,
		 info.revoked, info.next_update ? info.next_update_text : "not announced", what);
	if (!signer(up->roots, l))
		buf_adds(up->report,
			 "; no loaded certificate verifies its signature, so it takes no other list's place: "
			 "load its issuer's certificate, too (CA Add), or delete lists that it is to replace "
			 "(CRL Delete)");
	if (up->roots->checks->list(l, up->u->now_unix, &why) < 0)
		buf_addf(up->report,
			 "; what it names is refused, but Revocation Mode Hard does not rely on it for the "
			 "others: %s",
			 buf_str(&why));
	buf_adds(up->report, "\n");
	buf_done(&why);
}

/* Adds one uploaded list to up->next, in the place of older ones. Returns 1 if it was added, 0 if it was
 * there already, -1 if it is refused. */
static int place(struct upload *up, struct crl *l, size_t line, struct err *e)
{
	struct crl_list next = { .n = 0 };
	int replaces = 0;
	for (size_t i = 0; i < up->next.n; i++) {
		struct crl *o = up->next.at[i];
		if (o->len == l->len && memcmp(o->der, l->der, l->len) == 0) {
			report(up, l, "already there");
			return 0;
		}
		if (up->u->mode == ANCHORS_AS_IS || !same_scope(o, l) || !same_signer(up->roots, o, l)) {
			next.at[next.n++] = o;
			continue;
		}
		if (l->this_update < o->this_update)
			return err_set(e, ERR_EXISTS, 0,
				       "line %zu: a newer revocation list of this issuer is loaded", line);
		if (!replaces++)
			next.at[next.n++] = l;
	}
	if (!replaces && next.n == ANCHORS_CRLS_MAX)
		return err_set(
			e, ERR_FULL, 0,
			"line %zu: there can be at most %d revocation lists: delete those that are no "
			"longer needed (CRL Delete), or load their issuers' certificates, so that newer "
			"lists replace older ones",
			line, ANCHORS_CRLS_MAX);
	if (!replaces)
		next.at[next.n++] = l;
	report(up, l, replaces ? "takes the place of an older one" : "added");
	up->next = next;
	return 1;
}

static int take_list(struct upload *up, struct crl *l, const struct pem_block *b, struct err *e)
{
	if (up->u->mode != ANCHORS_AS_IS && (l->delta || (l->scope && l->scope->indirectCRL > 0)))
		return err_set(
			e, ERR_INPUT, 0,
			"line %zu: delta and indirect revocation lists are not supported: upload the full, "
			"direct list of the issuer",
			b->line);
	if (up->fresh.n == ANCHORS_CRLS_MAX)
		return err_set(e, ERR_FULL, 0, "line %zu: too many revocation lists", b->line);
	int r = place(up, l, b->line, e);
	if (r == 1)
		up->fresh.at[up->fresh.n++] = crl_ref(l);
	return r < 0 ? -1 : 0;
}

static int take(void *arg, const struct pem_block *b, struct err *e)
{
	struct upload *up = arg;
	struct err why;
	int lenient = up->u->mode == ANCHORS_AS_IS, r = 0;
	if (b->form == FORM_PARAMETERS ||
	    (b->form == FORM_CERTIFICATE && b->origin && strstr(b->origin, "PKCS#7")))
		return 0; /* a PKCS#7 file may contain the issuer's certificates, too */
	up->found++;
	if (b->form != FORM_CRL || b->damaged)
		err_set(&why, ERR_INPUT, 0, "%s%s",
			b->damaged ? "" : "expected a revocation list (-----BEGIN X509 CRL-----), found ",
			b->damaged ? b->damaged : b->what);
	struct crl *l = b->form == FORM_CRL && !b->damaged ? crl_parse(b->der, b->len, &why) : NULL;
	if (l)
		r = take_list(up, l, b, lenient ? &why : e);
	if ((!l || r < 0) && lenient && up->report)
		buf_addf(up->report, "line %zu: %s; left out\n", b->line, why.text);
	else if (!l)
		r = err_set(e, ERR_INPUT, 0, "line %zu: %s", b->line, why.text);
	crl_free(l);
	return lenient ? 0 : r;
}

static int among(const struct crl_list *list, const struct crl *l)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->at[i] == l)
			return 1;
	return 0;
}

/* Frees the members of `old` that are not in `kept`. */
static void drop(const struct crl_list *old, const struct crl_list *kept)
{
	for (size_t i = 0; i < old->n; i++)
		if (!among(kept, old->at[i]))
			crl_free(old->at[i]);
}

int crls_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, size_t *ret_added,
	     struct err *e)
{
	if (u->len > ANCHORS_UPLOAD_MAX)
		return err_set(e, ERR_FULL, 0, "expected at most %d bytes of revocation lists",
			       ANCHORS_UPLOAD_MAX);
	struct upload up = { .u = u, .roots = a, .report = report };
	if (u->mode != ANCHORS_REPLACE)
		up.next = a->crls;
	int r = pem_each(u->data, u->len, take, &up, e);
	if (r == 0 && !up.found)
		r = err_set(e, ERR_INPUT, 0,
			    "there is no revocation list in it: expected PEM (-----BEGIN X509 CRL-----), DER "
			    "or PKCS#7");
	if (r == 0)
		r = save(&up.next, a->dir, e);
	if (r < 0) {
		drop(&up.fresh, &a->crls);
		return -1;
	}
	struct crl_list old = a->crls;
	a->crls = up.next;
	drop(&old, &a->crls);
	drop(&up.fresh, &a->crls); /* frees lists that another list of the same upload has replaced */
	if (up.fresh.n || u->mode == ANCHORS_REPLACE)
		a->generation++;
	if (ret_added)
		*ret_added = up.fresh.n;
	return 0;
}

int crls_delete(struct anchors *a, const char *fingerprint, struct err *e)
{
	struct crl_list next = { .n = 0 };
	for (size_t i = 0; i < a->crls.n; i++) {
		struct crl_info info;
		describe_crl(a->crls.at[i], &info);
		if (!fingerprint_is(fingerprint, info.fingerprint, info.fingerprint_sha256))
			next.at[next.n++] = a->crls.at[i];
	}
	if (next.n == a->crls.n)
		return err_set(e, ERR_NOTFOUND, 0, "there is no revocation list with fingerprint %.100s",
			       fingerprint);
	if (save(&next, a->dir, e) < 0)
		return -1;
	struct crl_list old = a->crls;
	a->crls = next;
	drop(&old, &next);
	a->generation++;
	return 0;
}

size_t crls_count(const struct anchors *a)
{
	return a->crls.n;
}

struct crl *crls_at(const struct anchors *a, size_t i)
{
	return a->crls.at[i];
}

int crls_info(const struct anchors *a, size_t i, struct crl_info *ret)
{
	if (i >= a->crls.n)
		return -1;
	describe_crl(a->crls.at[i], ret);
	return 0;
}

void crls_print_pem(const struct anchors *a, struct buf *out)
{
	for (size_t i = 0; i < a->crls.n; i++)
		pem_write(out, "X509 CRL", a->crls.at[i]->der, a->crls.at[i]->len);
}

/* The state while the stored lists are read. */
struct reader {
	struct upload up;
	const char *dir;
	struct buf *notice; /* gets a line for each block that cannot be read; may be NULL */
};

static int take_stored(void *arg, const struct pem_block *b, struct err *e)
{
	struct reader *r = arg;
	struct err why;
	(void)e; /* one unreadable block does not end the reading */
	err_set(&why, ERR_INPUT, 0, "%s", b->damaged ? b->damaged : b->what);
	struct crl *l = b->form == FORM_CRL && !b->damaged ? crl_parse(b->der, b->len, &why) : NULL;
	/* the file's first line, with its digest, is not in the text */
	if ((!l || take_list(&r->up, l, b, &why) < 0) && r->notice)
		buf_addf(r->notice,
			 "%s/%s, line %zu: a revocation list cannot be read and is left out (%s): upload it "
			 "again\n",
			 r->dir, file_name, b->line + 1, why.text);
	crl_free(l);
	return 0;
}

int crls_load(struct anchors *a, struct buf *notice, struct err *e)
{
	struct buf body;
	buf_init(&body, 8 * (size_t)ANCHORS_UPLOAD_MAX);
	int r = state_file_load(a->dir, file_name, &body, notice, e);
	if (r == 0 && body.len) {
		struct anchors_upload u = { .mode = ANCHORS_AS_IS };
		struct reader reader = { .up.u = &u, .dir = a->dir, .notice = notice };
		pem_stored(buf_str(&body), body.len, take_stored, &reader, NULL);
		a->crls = reader.up.next;
	}
	buf_done(&body);
	return r;
}

void crls_done(struct anchors *a)
{
	static const struct crl_list none;
	drop(&a->crls, &none);
	a->crls.n = 0;
}
