/* SPDX-License-Identifier: MIT */
/* pki_change: the commands unlock, convert and pkcs12-to-ssh. */
#include "base/file.h"
#include "base/mem.h"
#include "pki_files.h"
#include "pki/pki_print.h"
#include "pki_rows.h"
#include "x509/pack.h"
#include "x509/pem.h"
#include "x509/private_key.h"
#include "x509/ssh_key.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

enum { OUTPUT_MAX = 32 << 20 };

/* --- unlock --- */

int pki_unlock(const struct args *a, struct buf *out, struct err *e)
{
	struct contents c;
	struct buf pem;
	const char *to = a->out ? a->out : a->words[0];
	int r = files_read(a, a->words[0], &c, e);
	struct content *key = r == 0 ? contents_first(&c, FORM_KEY) : NULL;
	buf_init(&pem, OUTPUT_MAX);
	if (r == 0 && !key)
		r = err_set(e, ERR_INPUT, 0, "there is no private key in %s", a->words[0]);
	else if (r == 0 && c.n > 1)
		r = err_set(e, ERR_INPUT, 0,
			    "%s holds more than a private key: sealpost-pki convert %s --to pem --out FILE "
			    "writes all of it, the key without a passphrase",
			    a->words[0], a->words[0]);
	char *text = r == 0 ? private_key_write(key->key, NULL) : NULL;
	if (text)
		buf_adds(&pem, text);
	else if (r == 0)
		r = err_set(e, ERR_INPUT, 0, "%s: the private key cannot be written", a->words[0]);
	if (r == 0 && !a->out)
		r = files_rewrite(to, &pem, e);
	else if (r == 0)
		r = files_write(a, &(struct files_output){ to, &pem }, 1, e);
	if (r == 0 && strcmp(to, "-") != 0)
		buf_addf(out, "%s: the private key, which is under no passphrase any more; keep it secret\n",
			 to);
	private_key_wipe(text);
	buf_wipe(&pem);
	contents_done(&c);
	return r;
}

/* --- convert --- */

/* The contents of all files together, in the order in which they are written. */
struct material {
	struct contents *files;
	size_t n_files;
	struct content **at;
	size_t n;
	struct cert **certs;
	struct crl **crls;
	size_t n_certs, n_crls, n_keys;
	struct content *key;
};

static int take(struct material *m, struct content *at, const char *path, struct err *e)
{
	if (at->wrong)
		return err_set(e, ERR_INPUT, 0, "%s, line %zu: %s", path, at->line, at->wrong);
	m->at[m->n++] = at;
	if (at->cert)
		m->certs[m->n_certs++] = at->cert;
	if (at->crl)
		m->crls[m->n_crls++] = at->crl;
	if (at->key) {
		m->key = at;
		m->n_keys++;
	}
	return 0;
}

static int gather(const struct args *a, struct material *m, struct err *e)
{
	size_t n = 0;
	m->files = mem_array(a->n, sizeof *m->files);
	for (; m->n_files < a->n; m->n_files++) {
		if (files_read(a, a->words[m->n_files], &m->files[m->n_files], e) < 0) {
			contents_done(&m->files[m->n_files]);
			return -1;
		}
		n += m->files[m->n_files].n;
	}
	m->at = mem_array(n + 1, sizeof *m->at);
	m->certs = mem_array(n + 1, sizeof *m->certs);
	m->crls = mem_array(n + 1, sizeof *m->crls);
	for (size_t f = 0; f < a->n; f++)
		for (size_t i = 0; i < m->files[f].n; i++)
			if (take(m, &m->files[f].at[i], a->words[f], e) < 0)
				return -1;
	return m->n ? 0 : err_set(e, ERR_INPUT, 0, "there is nothing in it to convert");
}

static void material_done(struct material *m)
{
	for (size_t i = 0; i < m->n_files; i++)
		contents_done(&m->files[i]);
	free(m->files);
	free(m->at);
	free(m->certs);
	free(m->crls);
}

static int key_pem(const EVP_PKEY *key, const char *passphrase, struct buf *out, struct err *e)
{
	char *pem = private_key_write(key, passphrase);
	if (!pem)
		return err_set(e, ERR_INPUT, 0, "the private key cannot be written");
	buf_adds(out, pem);
	private_key_wipe(pem);
	return 0;
}

/* Appends the key in PEM or DER, encrypted with the new passphrase if one is wanted. */
static int write_key(const struct args *a, const struct content *at, struct buf *out, struct err *e)
{
	char passphrase[SECRET_MAX] = "";
	int r = args_encrypts(a) ? files_new_passphrase(a, passphrase, e) : 0;
	if (r == 0)
		r = strcasecmp(a->to, "der") == 0 ? private_key_der(at->key, passphrase, out, e)
						  : key_pem(at->key, passphrase, out, e);
	explicit_bzero(passphrase, sizeof passphrase);
	return r;
}

static int to_pem(const struct args *a, const struct material *m, struct buf *out, struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct content *at = m->at[i];
		if (at->cert)
			pem_write(out, "CERTIFICATE", at->cert->der, at->cert->len);
		else if (at->crl)
			pem_write(out, "X509 CRL", at->crl->der, at->crl->len);
		else if (at->csr)
			pem_write(out, "CERTIFICATE REQUEST", at->csr->der, at->csr->len);
		else if (write_key(a, at, out, e) < 0)
			return -1;
	}
	return 0;
}

static int to_der(const struct args *a, const struct material *m, struct buf *out, struct err *e)
{
	const struct content *at = m->at[0];
	if (m->n > 1)
		return err_set(
			e, ERR_INPUT, 0,
			"DER holds one certificate or key, and these are %zu: use --to p7b for certificates, "
			"--to p12 with a key",
			m->n);
	if (at->cert)
		return buf_add(out, at->cert->der, at->cert->len);
	if (at->crl)
		return buf_add(out, at->crl->der, at->crl->len);
	if (at->csr)
		return buf_add(out, at->csr->der, at->csr->len);
	return write_key(a, at, out, e);
}

static int to_p7b(const struct args *a, const struct material *m, struct buf *out, struct err *e)
{
	struct pack p = { .certs = m->certs, .n_certs = m->n_certs, .crls = m->crls, .n_crls = m->n_crls };
	(void)a;
	if (!p.n_certs && !p.n_crls)
		return err_set(e, ERR_INPUT, 0,
			       "PKCS#7 holds certificates and revocation lists, and there are none");
	return pack_pkcs7(&p, out, e);
}

/* Moves the certificate that belongs to the key to the beginning, where PKCS#12 needs it. */
static int put_own_first(const struct material *m, struct err *e)
{
	for (size_t i = 0; i < m->n_certs; i++) {
		if (!private_key_is_of(m->key->key, m->certs[i]))
			continue;
		struct cert *own = m->certs[i];
		memmove(&m->certs[1], &m->certs[0], i * sizeof *m->certs);
		m->certs[0] = own;
		return 0;
	}
	return err_set(e, ERR_INPUT, 0, "the private key belongs to none of the certificates");
}

static int to_p12(const struct args *a, const struct material *m, struct buf *out, struct err *e)
{
	char passphrase[SECRET_MAX] = "";
	if (m->n_keys > 1)
		return err_set(e, ERR_INPUT, 0, "PKCS#12 is for one private key, and there are %zu",
			       m->n_keys);
	if (!m->n_certs)
		return err_set(e, ERR_INPUT, 0, "PKCS#12 is for a certificate, and there is none");
	if (m->key && put_own_first(m, e) < 0)
		return -1;
	int r = files_new_passphrase(a, passphrase, e);
	struct pack p = { .certs = m->certs,
			  .n_certs = m->n_certs,
			  .key = m->key ? m->key->key : NULL,
			  .passphrase = passphrase,
			  .name = a->name };
	if (r == 0)
		r = pack_pkcs12(&p, out, e);
	explicit_bzero(passphrase, sizeof passphrase);
	return r;
}

/* The kinds of contents. */
enum { CERTS = 1, LISTS = 2, REQUESTS = 4, KEYS = 8 };

static const struct target {
	const char *word, *ending;
	unsigned holds; /* the kinds for which the format has a place */
	int (*write)(const struct args *a, const struct material *m, struct buf *out, struct err *e);
} targets[] = {
	{ "pem", ".pem", CERTS | LISTS | REQUESTS | KEYS, to_pem },
	{ "der", ".der", CERTS | LISTS | REQUESTS | KEYS, to_der },
	{ "p7b", ".p7b", CERTS | LISTS, to_p7b },
	{ "p12", ".p12", CERTS | KEYS, to_p12 },
};

static const struct target *target_named(const char *word)
{
	for (size_t i = 0; word && i < sizeof targets / sizeof *targets; i++)
		if (strcasecmp(word, targets[i].word) == 0)
			return &targets[i];
	return NULL;
}

/* Appends how many contents of these kinds there are: "2 certificates, the private key". */
static void count(const struct material *m, unsigned kinds, struct buf *out)
{
	const struct {
		unsigned kind;
		size_t n;
		const char *what;
	} parts[] = {
		{ CERTS, m->n_certs, "certificate" },
		{ LISTS, m->n_crls, "revocation list" },
		{ REQUESTS, m->n - m->n_certs - m->n_crls - m->n_keys, "certificate request" },
		{ KEYS, m->n_keys, "private key" },
	};
	const char *comma = "";
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].n || !(parts[i].kind & kinds))
			continue;
		if (parts[i].kind == KEYS && parts[i].n == 1)
			buf_addf(out, "%sthe private key", comma);
		else
			buf_addf(out, "%s%zu %s%s", comma, parts[i].n, parts[i].what,
				 parts[i].n == 1 ? "" : "s");
		comma = ", ";
	}
}

static void report_written(const struct args *a, const struct material *m, const char *to, struct buf *out)
{
	const struct target *t = target_named(a->to);
	int under = t->write == to_p12 || args_encrypts(a);
	buf_addf(out, "%s: ", to);
	count(m, t->holds, out);
	if (m->key && (t->holds & KEYS))
		buf_addf(out, " under %s", under ? "the new passphrase" : "no passphrase: keep it secret");
	buf_adds(out, "\n");
}

/* Names on standard error what the format has no place for. Standard output may be the converted file. */
static void report_left_out(const struct args *a, const struct material *m)
{
	struct buf text;
	buf_init(&text, 256);
	count(m, ~target_named(a->to)->holds, &text);
	if (text.len)
		fprintf(stderr,
			"sealpost-pki convert: --to %s has no place for this, which is left out: %s\n", a->to,
			buf_str(&text));
	buf_done(&text);
}

int pki_convert(const struct args *a, struct buf *out, struct err *e)
{
	const struct target *t = target_named(a->to);
	struct material m = { .n = 0 };
	struct buf data;
	char path[PATH_MAX];
	if (!t)
		return err_set(e, ERR_CONFIG, 0, "expected --to pem, der, p7b or p12");
	files_with_ending(a->words[0], t->ending, path);
	const char *to = a->out ? a->out : path;
	if (!a->out && strcmp(path, a->words[0]) == 0)
		return err_set(e, ERR_CONFIG, 0, "%s would be written over itself: name another with --out",
			       path);
	buf_init(&data, OUTPUT_MAX);
	int r = gather(a, &m, e);
	if (r == 0)
		r = t->write(a, &m, &data, e);
	if (r == 0)
		r = files_write(a, &(struct files_output){ to, &data }, 1, e);
	if (r == 0)
		report_left_out(a, &m);
	if (r == 0 && strcmp(to, "-") != 0)
		report_written(a, &m, to, out);
	buf_wipe(&data);
	material_done(&m);
	return r;
}

/* --- pkcs12-to-ssh --- */

/* Appends the public key of the first certificate, or of the private key if there is no certificate. */
static int ssh_line(const struct contents *c, const char *user, struct buf *out, struct err *e)
{
	struct content *cert = contents_first(c, FORM_CERTIFICATE), *key = contents_first(c, FORM_KEY);
	const EVP_PKEY *public = key ? key->key : cert ? cert->cert->key : NULL;
	return public ? ssh_key_write(public, user, out, e)
		      : err_set(e, ERR_INPUT, 0, "there is no key and no certificate in it");
}

/* Keeps the PKCS#12 file, which may have the only copy of the private key, under another name: by a hard link
 * or, where there are none, as a copy. */
static int keep_file(const struct args *a, const char *from, const char *kept, struct err *e)
{
	struct buf data;
	/* of a symbolic link, the file to which it leads is kept, since that one is replaced */
	if (linkat(AT_FDCWD, from, AT_FDCWD, kept, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	buf_init(&data, FILES_READ_MAX);
	int r = file_read(from, &data, e);
	if (r == 0)
		r = files_write(a, &(struct files_output){ kept, &data }, 1, e);
	buf_wipe(&data);
	return r;
}

int pki_pkcs12_to_ssh(const struct args *a, struct buf *out, struct err *e)
{
	char from[PATH_MAX], kept[PATH_MAX];
	struct contents c = { .at = NULL };
	struct buf line;
	const char *slash = strrchr(a->words[0], '/'), *user = slash ? slash + 1 : a->words[0];
	snprintf(from, sizeof from, "%s.pub", a->words[0]);
	snprintf(kept, sizeof kept, "%s.p12", a->words[0]);
	buf_init(&line, OUTPUT_MAX);
	int r = files_read(a, from, &c, e);
	if (r == 0 && !c.is_pkcs12)
		r = err_set(e, ERR_INPUT, 0, "%s: expected PKCS#12", from);
	if (r == 0 && ssh_line(&c, user, &line, e) < 0)
		r = err_prefix(e, "%s", from);
	if (r == 0 && a->out) {
		r = files_write(a, &(struct files_output){ a->out, &line }, 1, e);
	} else if (r == 0) {
		r = keep_file(a, from, kept, e);
		if (r == 0)
			r = files_rewrite(from, &line, e);
		if (r == 0)
			buf_addf(out, "%s: the public key for SSH; the PKCS#12 file is %s now\n", from, kept);
	}
	contents_done(&c);
	buf_done(&line);
	return r;
}
