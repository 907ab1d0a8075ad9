/* SPDX-License-Identifier: MIT */
/* pki_look: the commands list, inspect and match. */
#include "base/file.h"
#include "pki_files.h"
#include "pki/pki_print.h"
#include "pki_rows.h"
#include "x509/describe.h"
#include "x509/keys.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

/* --- list --- */

/* Writes the owner of a listed certificate or key, and the end of its validity, for the text after its
 * name. */
static void whose(const struct content *at, char *ret, size_t size)
{
	char name[300] = "";
	struct cert_info i;
	struct crl_info l;
	ret[0] = '\0';
	if (at->cert) {
		describe_cert(at->cert, &i);
		snprintf(ret, size, "%s, valid until %s%s", i.subject, i.not_after_text,
			 i.not_after < time(NULL) ? " (expired)" : "");
	} else if (at->crl) {
		describe_crl(at->crl, &l);
		snprintf(ret, size, "%s, next list %s", l.issuer, l.next_update_text);
	} else if (at->csr) {
		csr_subject(at->csr, name, sizeof name);
		snprintf(ret, size, "%s", name);
	} else if (at->wrong && at->form != FORM_PKCS12 && !(at->form == FORM_KEY && at->encrypted)) {
		snprintf(ret, size, "%s", at->wrong);
	}
}

/* Lists the contents of a file. Returns 0 if there is nothing to list. */
static int list_file(const char *folder, const char *name, struct buf *out)
{
	struct contents c;
	struct err why;
	char path[PATH_MAX], of[700], shown[128];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	describe_bytes(name, strlen(name), shown, sizeof shown);
	if (file_is_regular(path, &why) < 0) /* folders are not counted */
		return 1;
	int listed = files_peek(path, &c, &why) == 0;
	for (size_t i = 0; listed && i < c.n; i++) {
		whose(&c.at[i], of, sizeof of);
		buf_addf(out, "%-24s %s%s%s\n", i ? "" : shown, print_kind(&c.at[i]), *of ? ": " : "", of);
	}
	contents_done(&c);
	return listed;
}

int pki_list(const struct args *a, struct buf *out, struct err *e)
{
	const char *folder = a->n ? a->words[0] : ".";
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort);
	size_t others = 0;
	if (n < 0)
		return err_errno(e, "%s: cannot list the folder", folder);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' && !list_file(folder, names[i]->d_name, out))
			others++;
		free(names[i]);
	}
	free(names);
	if (others)
		buf_addf(out, "%zu other file%s\n", others, others == 1 ? "" : "s");
	return EX_OK;
}

/* --- inspect --- */

int pki_inspect(const struct args *a, struct buf *out, struct err *e)
{
	int status = EX_OK;
	for (size_t i = 0; i < a->n; i++) {
		struct contents c;
		struct err why;
		if (files_look(a, a->words[i], &c, &why) < 0) {
			if (a->n == 1) {
				contents_done(&c);
				*e = why;
				return -1;
			}
			buf_addf(out, "%s\n", why.text);
			status = EX_DATAERR;
		} else if (args_has(a, ARGS_ASN1)) {
			print_asn1(&c, a->words[i], out);
		} else {
			print_contents(&c, a->words[i], time(NULL), out);
		}
		contents_done(&c);
	}
	return status;
}

/* --- match --- */

static const EVP_PKEY *public_key_of(const struct contents *c)
{
	const struct content *at = contents_first(c, FORM_CERTIFICATE);
	if (at)
		return at->cert->key;
	at = contents_first(c, FORM_REQUEST);
	return at ? at->csr->key : NULL;
}

int pki_match(const struct args *a, struct buf *out, struct err *e)
{
	struct contents key, cert = { .at = NULL };
	int r = files_read(a, a->words[0], &key, e);
	if (r == 0)
		r = files_read(a, a->words[1], &cert, e);
	/* the two files may be given in the other order */
	struct content *private = r == 0 ? contents_first(&key, FORM_KEY) : NULL;
	const EVP_PKEY *public = r == 0 ? public_key_of(&cert) : NULL;
	if (r == 0 && !private && contents_first(&cert, FORM_KEY)) {
		private = contents_first(&cert, FORM_KEY);
		public = public_key_of(&key);
	}
	if (r == 0 && !private)
		r = err_set(e, ERR_INPUT, 0, "there is no private key in %s", a->words[0]);
	else if (r == 0 && !public)
		r = err_set(e, ERR_INPUT, 0, "there is no certificate and no request in %s", a->words[1]);
	int status = r;
	if (r == 0) {
		int same = keys_same(private->key, public);
		buf_adds(out,
			 same ? "Key and certificate pair match\n"
			      : "Key and certificate do not match: the key belongs to another certificate\n");
		status = same ? EX_OK : 1;
	}
	contents_done(&key);
	contents_done(&cert);
	return status;
}
