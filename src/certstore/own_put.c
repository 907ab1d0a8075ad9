/* SPDX-License-Identifier: MIT */
/* own_put: adds an own certificate, with its key or for a key that is in the store already. */
#include "certstore/own.h"

#include "base/mem.h"
#include "base/text.h"
#include "own_file.h"
#include "own_find.h"
#include "x509/asn1_time.h"
#include "x509/private_key.h"
#include "x509/bundle.h"

#include <openssl/err.h>
#include <string.h>

/* The upload that is being added. */
struct upload {
	const struct anchors *a;
	const struct anchors_upload *u;
	struct bundle bundle;
	struct own *own;               /* the new entry; NULL until the certificate is known to be fit */
	const struct waiting *request; /* the request that the certificate answers; NULL: none */
	const struct own *renewed;     /* an own certificate in the store with the same key; NULL: none */
};

/* Returns 1 if the certificate c is in the chain that is kept with o. */
static int is_kept(const struct own *o, const struct cert *c)
{
	for (size_t i = 0; i < o->n_chain; i++)
		if (cert_same(o->chain[i], c))
			return 1;
	return cert_same(o->cert, c);
}

static void report_fitness(const struct upload *up, struct buf *report)
{
	struct buf why;
	buf_init(&why, 1000);
	if (up->a->checks->purpose(up->own->cert, OWN_HTTP_CLIENT, &why) < 0)
		buf_addf(report,
			 "; servers would refuse it as a client's certificate, so it cannot be activated for "
			 "HttpClient: %s",
			 buf_str(&why));
	buf_reset(&why);
	if (up->a->checks->purpose(up->own->cert, OWN_HTTPS, &why) < 0)
		buf_addf(report,
			 "; clients would refuse it as a server's certificate, so it cannot be activated for "
			 "HTTPS: %s",
			 buf_str(&why));
	buf_done(&why);
}

/* Reports each certificate of the upload: its purposes, or that it is left out. */
static void report_added(const struct upload *up, struct buf *report)
{
	struct own *o = up->own;
	char subject[256], renewed[256];
	cert_subject(o->cert, subject, sizeof subject);
	buf_addf(report, "%s: added", subject);
	if (cert_self_signed(o->cert))
		buf_adds(report, ", self-signed: others trust it only where they keep this very certificate");
	if (up->request)
		buf_addf(report, "; its private key is that of request %s, which it takes the place of",
			 up->request->name);
	else if (up->renewed) {
		cert_subject(up->renewed->cert, renewed, sizeof renewed);
		buf_addf(report, "; its private key is that of the own certificate %s, which stays", renewed);
	}
	if (up->u->now_unix && up->u->now_unix < o->cert->not_before) {
		char day[40];
		asn1_time_text(o->cert->not_before, day, sizeof day);
		buf_addf(report, "; it is not valid before %s", day);
	}
	report_fitness(up, report);
	buf_adds(report, "\n");
	for (size_t i = 0; i < up->bundle.n; i++) {
		const struct cert *c = up->bundle.certs[i];
		cert_subject(c, subject, sizeof subject);
		if (!is_kept(o, c))
			buf_addf(report, "%s: left out, %s\n", subject,
				 c->self_issued ? "a root, which servers have themselves"
						: "no CA above the own certificate");
	}
}

/* --- the key --- */

static int belongs(const EVP_PKEY *key, const struct cert *c)
{
	return key && c->key && EVP_PKEY_eq(key, c->key) == 1;
}

/* Finds the key in the store that belongs to the certificate. Returns 1 if there is one. */
static int is_for_key_here(struct upload *up, const struct cert *c)
{
	const struct own_list *l = &up->a->own;
	for (size_t i = 0; i < l->n_waiting && !up->request; i++)
		if (belongs(X509_REQ_get0_pubkey(l->waiting[i]->request), c))
			up->request = l->waiting[i];
	for (size_t i = 0; i < l->n && !up->request && !up->renewed; i++)
		if (belongs(l->at[i]->cert->key, c))
			up->renewed = l->at[i];
	return up->request || up->renewed;
}

/* Sets the error that no key belongs to the upload, with the names of the waiting requests. */
static int no_key_here(const struct upload *up, struct err *e)
{
	const struct own_list *l = &up->a->own;
	struct buf names;
	buf_init(&names, 300);
	for (size_t i = 0; i < l->n_waiting; i++)
		buf_addf(&names, "%s%s", i ? ", " : "", l->waiting[i]->name);
	err_set(e, ERR_NOTFOUND, 0,
		"there is no private key in it, and it belongs to no key here: requests that wait for their "
		"certificate: %s; upload it with its key, or make a request by CSR Create",
		l->n_waiting ? buf_str(&names) : "none");
	buf_done(&names);
	return -1;
}

/* Finds the certificate of the upload whose key is in the store, and takes the key's text. */
static int use_key_here(struct upload *up, size_t *ret_mine, struct err *e)
{
	for (size_t i = 0; i < up->bundle.n; i++) {
		if (!is_for_key_here(up, up->bundle.certs[i]))
			continue;
		*ret_mine = i;
		up->bundle.key_pem = own_file_key(up->a, up->request ? NULL : up->renewed, up->request, e);
		return up->bundle.key_pem ? 0 : -1;
	}
	ERR_clear_error();
	return no_key_here(up, e);
}

static int find_mine(struct upload *up, size_t *ret_mine, struct err *e)
{
	size_t i = 0;
	while (i < up->bundle.n && X509_check_private_key(up->bundle.certs[i]->x, up->bundle.key) != 1)
		i++;
	ERR_clear_error();
	*ret_mine = i;
	return i < up->bundle.n ? 0
				: err_set(e, ERR_INPUT, 0, "the private key belongs to another certificate");
}

/* --- adding --- */

static int check(const struct upload *up, struct cert *c, struct err *e)
{
	int64_t now = up->u->now_unix;
	struct buf why;
	buf_init(&why, 1000);
	int fit = up->a->checks->own(c, now && now < c->not_before ? c->not_before : now, &why);
	if (fit < 0)
		err_set(e, ERR_INPUT, 0, "this certificate cannot be used: %s", buf_str(&why));
	else if (up->u->purpose && (fit = up->a->checks->purpose(c, up->u->purpose, &why)) < 0)
		err_set(e, ERR_INPUT, 0, "this certificate cannot be used for %s: %s",
			own_purpose_name(up->u->purpose), buf_str(&why));
	buf_done(&why);
	return fit;
}

/* Reads the upload, finds the device's own certificate in it and checks it. The result is up->own. */
static int prepare(struct upload *up, struct err *e)
{
	const struct anchors_upload *u = up->u;
	struct err why;
	size_t mine;
	if (u->len > ANCHORS_OWN_UPLOAD_MAX)
		return err_set(e, ERR_FULL, 0, "expected at most %d bytes of certificate and key",
			       ANCHORS_OWN_UPLOAD_MAX);
	int r = bundle_read(&up->bundle, u->data, u->len, u->passphrase, &why);
	int has_no_key = r < 0 && why.kind == ERR_NOTFOUND && up->bundle.n;
	if (r < 0 && !has_no_key)
		return err_set(e, why.kind == ERR_NOTFOUND ? ERR_INPUT : why.kind, why.code, "%s", why.text);
	r = has_no_key ? use_key_here(up, &mine, e) : find_mine(up, &mine, e);
	if (r < 0 || check(up, up->bundle.certs[mine], e) < 0)
		return -1;
	struct own *o = mem_new(sizeof *o);
	o->cert = cert_ref(up->bundle.certs[mine]);
	own_file_set_chain(o, &up->bundle);
	o->encrypted = private_key_is_encrypted(up->bundle.key_pem);
	o->key_pem = up->bundle.key_pem;
	up->bundle.key_pem = NULL;
	up->own = o;
	return 0;
}

/* Removes the request from the list; the caller frees it. */
static void take_out(struct own_list *l, const struct waiting *w)
{
	for (size_t i = 0; i < l->n_waiting; i++)
		if (l->waiting[i] == w) {
			memmove(&l->waiting[i], &l->waiting[i + 1],
				(l->n_waiting - i - 1) * sizeof l->waiting[0]);
			l->n_waiting--;
			return;
		}
}

static int keep(struct anchors *a, struct upload *up, struct err *e)
{
	struct own_list next = a->own;
	struct waiting *answered = NULL;
	for (size_t i = 0; i < a->own.n; i++)
		if (cert_same(a->own.at[i]->cert, up->own->cert))
			return err_set(e, ERR_EXISTS, 0, "this certificate is there already");
	if (a->own.n == ANCHORS_OWN_MAX)
		return err_set(e, ERR_FULL, 0, "there can be at most %d own certificates", ANCHORS_OWN_MAX);
	for (size_t i = 0; i < next.n_waiting; i++)
		if (next.waiting[i] == up->request)
			answered = next.waiting[i];
	take_out(&next, answered);
	next.at[next.n++] = up->own;
	if (own_file_save(a, &next, e) < 0)
		return -1;
	a->own = next;
	a->generation++;
	up->own = NULL;
	own_file_free_waiting(answered);
	return 0;
}

int own_put(struct anchors *a, const struct anchors_upload *u, struct buf *report, char ret_fingerprint[41],
	    struct err *e)
{
	struct upload up = { .a = a, .u = u };
	struct cert_info info;
	int r = prepare(&up, e);
	if (r == 0) {
		if (report)
			report_added(&up, report);
		describe_cert(up.own->cert, &info);
		r = keep(a, &up, e);
	}
	if (r == 0 && ret_fingerprint)
		memcpy(ret_fingerprint, info.fingerprint, sizeof info.fingerprint);
	own_file_free_own(up.own);
	bundle_done(&up.bundle);
	return r;
}

/* --- trying an upload --- */

int own_preview(const struct anchors *a, const struct anchors_upload *u, struct buf *report,
		struct anchors **ret, struct err *e)
{
	struct anchors_upload active = *u;
	if (!active.purpose)
		active.purpose = OWN_HTTP_CLIENT;
	struct upload up = { .a = a, .u = &active };
	EVP_PKEY *key = NULL;
	int r = prepare(&up, e);
	if (r == 0) {
		report_added(&up, report);
		key = private_key_read(up.own->key_pem, u->passphrase, e);
	}
	if (key) {
		struct anchors *copy = anchors_copy(a);
		up.own->key = key;
		up.own->active = active.purpose;
		copy->own.at[copy->own.n++] = up.own;
		up.own = NULL;
		*ret = copy;
	}
	own_file_free_own(up.own);
	bundle_done(&up.bundle);
	return key ? 0 : -1;
}
