/* SPDX-License-Identifier: MIT */
/* anchors_put: adds an upload of roots and pins. */
#include "certstore/anchors.h"

#include "base/mem.h"
#include "certstore_internal.h"
#include "x509/describe.h"
#include "x509/names.h"
#include "x509/pem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct upload {
	const struct anchors_upload *u;
	const struct anchors_checks *checks;
	struct anchor_list *next, *now; /* the roots after the upload, and before it */
	struct buf *report;             /* NULL: no report is wanted */
	size_t found, added, left_out;  /* certificates in the upload: all, those added, those left out */
	size_t kept;                    /* certificates that were in the store already */
	struct buf reasons;             /* the reasons for those that were left out */
	size_t wrong;                   /* number of parts for which the whole upload is refused */
	struct buf faults;              /* the faults of these parts */
};

/* Reports a certificate that can never be used, and is therefore not added; the rest of the upload is
 * added. */
static void leave_out(struct upload *up, const struct pem_block *b, const char *subject, const char *why)
{
	if (up->report)
		buf_addf(up->report, "line %zu: %s%s%s; left out\n", b->line, subject, *subject ? ": " : "",
			 why);
	buf_addf(&up->reasons, "%sline %zu: %s%s%s", up->left_out ? "; " : "", b->line, subject,
		 *subject ? ": " : "", why);
	up->left_out++;
}

static void report(struct upload *up, struct cert *c, const char *what, const struct pem_block *b)
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

/* The name that the certificate has afterwards; NULL: none. */
static const char *name_of(const struct upload *up, struct cert *c)
{
	const struct anchor *now = anchor_list_find(up->now, c, up->u->pin_host);
	return up->u->name && *up->u->name ? up->u->name : now ? now->name : NULL;
}

/* Names a root that is there already. */
static void rename_root(struct upload *up, struct anchor *root, const char *name, const struct pem_block *b)
{
	char what[ANCHORS_NAME_MAX + 80];
	snprintf(what, sizeof what, "already there, and its name is now \"%s\"", name);
	free(root->name);
	root->name = mem_dup(name);
	up->added++;
	report(up, root->cert, what, b);
}

static int place(struct upload *up, struct cert *c, const struct buf *hosts, const struct pem_block *b,
		 struct err *e)
{
	struct buf what;
	struct anchor *there = anchor_list_find(up->next, c, up->u->pin_host);
	const char *name = name_of(up, c);
	if (there && name && (!there->name || strcmp(there->name, name) != 0)) {
		rename_root(up, there, name, b);
		return 0;
	}
	if (there && there->only == up->u->pin_only) {
		up->kept++;
		report(up, c, "already there", b);
		return 0;
	}
	if (there) {
		there->only = up->u->pin_only;
		up->added++;
		report(up, c,
		       there->only ? "pinned already, and now the host is trusted by its pins alone"
				   : "pinned already, and the host is no longer trusted by its pins alone",
		       b);
		return 0;
	}
	if (up->next->n == ANCHORS_MAX)
		return err_set(e, ERR_FULL, 0, "line %zu: there can be at most %d certificates", b->line,
			       ANCHORS_MAX);
	anchor_list_push(up->next, &(struct anchor){ .cert = c,
						     .pin_host = (char *)(uintptr_t)up->u->pin_host,
						     .only = up->u->pin_only,
						     .name = (char *)(uintptr_t)name });
	up->added++;
	buf_init(&what, 2048);
	buf_adds(&what, up->u->pin_only ? "added; the host is trusted by its pins alone" : "added");
	if (name)
		buf_addf(&what, ", its name is \"%s\"", name);
	if (hosts->len)
		buf_addf(&what,
			 ", trusted only as the server %s: it cannot be a CA, what it signed is not trusted; "
			 "profile Strict asks "
			 "for a pin",
			 buf_str(hosts));
	report(up, c, buf_str(&what), b);
	buf_done(&what);
	return 0;
}

/* Adds a decoded certificate, unless the store's checks object. */
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

/* Records a fault for which the whole upload is refused. The rest is still checked, so that all faults are
 * reported together. */
static void refuse(struct upload *up, const struct pem_block *b, const char *what, const char *why)
{
	if (up->report)
		buf_addf(up->report, "line %zu: %s%s\n", b->line, what, why);
	buf_addf(&up->faults, "%sline %zu: %s%s", up->wrong ? "; " : "", b->line, what, why);
	up->wrong++;
}

/* Handles something that is not a certificate. It is a fault, unless it is a revocation list from PKCS#7 or
 * the mode is AS_IS. */
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
	if (++up->found > ANCHORS_UPLOAD_COUNT)
		return err_set(
			e, ERR_FULL, 0,
			"more than %d certificates in one file: there can be at most %d roots, so upload "
			"those that the servers need",
			ANCHORS_UPLOAD_COUNT, ANCHORS_MAX);
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

/* Returns 0 if there is something to add; otherwise -1, and *e says why not. */
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
	if (u->name && *u->name && u->pin_host)
		return err_set(e, ERR_INPUT, 0,
			       "a pin has no name: it counts for its host, whatever list of roots there is");
	if (u->name && *u->name && anchors_check_name(u->name, e) < 0)
		return -1;
	struct anchor_list *next = mem_new(sizeof *next);
	struct upload up = { .u = u, .checks = a->checks, .next = next, .now = &a->now, .report = report };
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
		r = anchors_commit(a, next, e);
	anchor_list_clear(next);
	free(next);
	buf_done(&up.reasons);
	buf_done(&up.faults);
	if (r == 0 && ret_added)
		*ret_added = up.added;
	return r;
}
