/* SPDX-License-Identifier: MIT */
/* pki_make: the commands csr, selfsigned and sign. */
#include "base/text.h"
#include "crypto/keygen.h"
#include "pki/pki_attributes.h"
#include "pki_files.h"
#include "pki_rows.h"
#include "x509/describe.h"
#include "x509/issue.h"
#include "x509/keys.h"
#include "x509/names.h"
#include "x509/pem.h"
#include "x509/private_key.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <time.h>

/* The validity of certificates begins an hour ago, since the clocks of their readers may be slow. */
enum { HOUR = 3600, DAY = 86400, YEAR_DAYS = 365, TEXT_MAX = 2048 };

/* The common part of csr and selfsigned: a name, attributes, and a key. */
struct making {
	const struct args *a;
	struct attributes attributes;
	struct contents from;          /* from --from: its names are used */
	struct buf key, key_file, pem; /* the decrypted key, the key as it is written, and the result */
	char key_path[PATH_MAX], path[PATH_MAX];
};

static void making_done(struct making *m)
{
	attributes_done(&m->attributes);
	contents_done(&m->from);
	buf_wipe(&m->key);
	buf_wipe(&m->key_file);
	buf_done(&m->pem);
}

/* Makes the paths of the output files: the rule of the vendor's Meeting Server appends endings to NAME. */
static int take_name(struct making *m, const char *ending, struct err *e)
{
	const char *name = m->a->words[0], *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	if (strchr(base, ':'))
		return err_set(e, ERR_INPUT, 0,
			       "expected the name of the files first, as in: %s www CN:www.example.com",
			       m->a->command);
	if (!*base || strlen(name) + strlen(ending) >= PATH_MAX)
		return err_set(e, ERR_INPUT, 0, "%s is no name for files", name);
	snprintf(m->key_path, sizeof m->key_path, "%s.key", name);
	snprintf(m->path, sizeof m->path, "%s%s", name, ending);
	return 0;
}

/* Reads an existing key, which is used unchanged and not written again. */
static int take_old_key(struct making *m, struct err *e)
{
	struct contents c;
	int r = files_read(m->a, m->a->key, &c, e);
	struct content *at = r == 0 ? contents_first(&c, FORM_KEY) : NULL;
	if (r == 0 && !at)
		r = err_set(e, ERR_INPUT, 0, "there is no private key in %s", m->a->key);
	if (r == 0 && keys_check(at->key, e) < 0)
		r = err_prefix(e, "%s", m->a->key);
	char *pem = r == 0 ? private_key_write(at->key, NULL) : NULL;
	if (r == 0 && !pem)
		r = err_set(e, ERR_INPUT, 0, "%s: the private key cannot be used", m->a->key);
	if (pem)
		buf_adds(&m->key, pem);
	private_key_wipe(pem);
	contents_done(&c);
	return r;
}

static int make_key(struct making *m, struct err *e)
{
	int kind = m->a->key_type ? keygen_named(m->a->key_type) : KEYGEN_P256;
	if (kind < 0)
		return err_set(e, ERR_INPUT, 0, "--key-type: expected one of " KEYGEN_NAMES ", not %.40s",
			       m->a->key_type);
	if (keygen_make((enum keygen_kind)kind, NULL, &m->key, e) < 0)
		return -1;
	if (!args_encrypts(m->a))
		return buf_add(&m->key_file, m->key.data, m->key.len);
	char passphrase[SECRET_MAX] = "";
	int r = files_new_passphrase(m->a, passphrase, e);
	EVP_PKEY *key = r == 0 ? private_key_read(buf_str(&m->key), NULL, e) : NULL;
	char *pem = key ? private_key_write(key, passphrase) : NULL;
	explicit_bzero(passphrase, sizeof passphrase);
	private_key_free(key);
	if (pem)
		buf_adds(&m->key_file, pem);
	else if (r == 0)
		r = err_set(e, ERR_INPUT, 0, "the private key cannot be encrypted");
	private_key_wipe(pem);
	return r;
}

static int take_key(struct making *m, struct err *e)
{
	buf_init(&m->key, 2 * KEYGEN_PEM_MAX);
	buf_init(&m->key_file, 2 * KEYGEN_PEM_MAX);
	return m->a->key ? take_old_key(m, e) : make_key(m, e);
}

static int begin(struct making *m, const struct args *a, const char *ending, struct err *e)
{
	*m = (struct making){ .a = a };
	buf_init(&m->pem, REQUEST_PEM_MAX);
	if (take_name(m, ending, e) < 0 || attributes_read(a->words + 1, a->n - 1, &m->attributes, e) < 0)
		return -1;
	if (a->from && a->n > 1)
		return err_set(e, ERR_CONFIG, 0,
			       "--from and attributes do not go together: the names come from the file");
	if (a->from &&
	    (files_read(a, a->from, &m->from, e) < 0 || attributes_take(&m->from, &m->attributes, e) < 0))
		return err_prefix(e, "--from");
	return request_check(&m->attributes.request, e) < 0 ? -1 : take_key(m, e);
}

static int finish(struct making *m, const char *what, struct buf *out, struct err *e)
{
	const struct files_output outputs[] = { { m->path, &m->pem }, { m->key_path, &m->key_file } };
	if (files_write(m->a, outputs, m->a->key ? 1 : 2, e) < 0)
		return -1;
	if (m->a->key)
		buf_addf(out, "%s: %s for the key in %s\n", m->path, what, m->a->key);
	else
		buf_addf(out, "%s: the private key%s; keep it secret\n%s: %s\n", m->key_path,
			 args_encrypts(m->a) ? ", under its passphrase" : "", m->path, what);
	return EX_OK;
}

int pki_csr(const struct args *a, struct buf *out, struct err *e)
{
	struct making m;
	int r = begin(&m, a, ".csr", e);
	if (r == 0)
		r = request_make(&m.attributes.request, buf_str(&m.key), &m.pem, e);
	if (r == 0)
		r = finish(&m, "the certificate signing request, to be sent to the CA", out, e);
	making_done(&m);
	return r;
}

/* Returns 1 if the certificate names a host; otherwise it can only be a CA's. */
static int names_a_host(const struct request_names *r)
{
	for (size_t i = 0; i < r->n_subject; i++) {
		const char *value = r->subject[i].value;
		unsigned char address[16];
		if (strcasecmp(r->subject[i].name, "CN") == 0 &&
		    (text_address(value, address) ||
		     (strchr(value, '.') && names_dns_form(value, strlen(value)) != DNS_BAD)))
			return 1;
	}
	return r->n_alt_names > 0;
}

int pki_selfsigned(const struct args *a, struct buf *out, struct err *e)
{
	struct making m;
	long days;
	int r = begin(&m, a, ".crt", e);
	int is_ca = r == 0 && (args_has(a, ARGS_CA) || !names_a_host(&m.attributes.request));
	if (r == 0)
		r = args_days(a, is_ca ? 10 * YEAR_DAYS : YEAR_DAYS, &days, e);
	if (r == 0) {
		struct request_signing s = { .key_pem = buf_str(&m.key),
					     .role = is_ca ? REQUEST_CA : REQUEST_HOST,
					     .from = time(NULL) - HOUR,
					     .until = time(NULL) + (int64_t)days * DAY };
		r = request_self_sign(&m.attributes.request, &s, &m.pem, e);
	}
	if (r == 0)
		r = finish(&m,
			   is_ca ? "the certificate of a CA, signed by its own key; sealpost-pki sign signs "
				   "with it"
				 : "the certificate, signed by its own key: nobody trusts it who was not "
				   "given it",
			   out, e);
	making_done(&m);
	return r;
}

/* --- sign --- */

static int read_csr(const struct args *a, struct contents *c, char path[PATH_MAX], struct err *e)
{
	static const char *const endings[] = { ".csr", ".req", ".pem", NULL };
	if (files_find(a->words[0], endings, path, e) < 0 || files_read(a, path, c, e) < 0)
		return -1;
	if (contents_first(c, FORM_REQUEST))
		return 0;
	return err_set(e, ERR_INPUT, 0, "%s: expected a certificate signing request, found %s", path,
		       c->n && c->at[0].wrong ? c->at[0].wrong : "something else");
}

/* Reads the CA's certificate, and its key, which may be in the same file. */
static int read_ca(const struct args *a, struct contents *ca, struct contents *key, struct err *e)
{
	static const char *const endings[] = { ".crt", ".cer", ".pem", NULL };
	char path[PATH_MAX], key_path[PATH_MAX];
	if (files_find(a->words[1], endings, path, e) < 0 || files_read(a, path, ca, e) < 0)
		return -1;
	if (!contents_first(ca, FORM_CERTIFICATE))
		return err_set(e, ERR_INPUT, 0, "%s: expected the certificate of the CA", path);
	if (!a->key && contents_first(ca, FORM_KEY))
		return 0;
	files_with_ending(path, ".key", key_path);
	if (files_read(a, a->key ? a->key : key_path, key, e) < 0)
		return e->kind == ERR_NOTFOUND && !a->key
			       ? err_prefix(e, "the CA's key is wanted (--key FILE, if it is elsewhere)")
			       : -1;
	return contents_first(key, FORM_KEY) ? 0
					     : err_set(e, ERR_INPUT, 0, "%s: expected the CA's private key",
						       a->key ? a->key : key_path);
}

static void show_order(const struct csr *csr, const struct cert *ca, struct buf *out)
{
	char subject[TEXT_MAX], names[TEXT_MAX], issuer[TEXT_MAX];
	csr_subject(csr, subject, sizeof subject);
	csr_names(csr, names, sizeof names);
	cert_subject(ca, issuer, sizeof issuer);
	buf_addf(out, "Subject: %s\nNames:   %s\nSigned by: %s\n", *subject ? subject : "(none)",
		 *names ? names : "(none: no server can use it, since clients read alternative names only)",
		 issuer);
}

static int sign(const struct args *a, const struct issue_order *o, const char *path, struct buf *out,
		struct err *e)
{
	struct buf pem;
	struct cert_info i;
	struct cert *c = issue_cert(o, e);
	if (!c)
		return -1;
	show_order(o->csr, o->ca, out);
	buf_init(&pem, REQUEST_PEM_MAX);
	pem_write(&pem, "CERTIFICATE", c->der, c->len);
	int r = files_write(a, &(struct files_output){ path, &pem }, 1, e);
	describe_cert(c, &i);
	if (r == 0 && strcmp(path, "-") != 0)
		buf_addf(out, "%s: the certificate, valid until %s\n", path, i.not_after_text);
	else if (r == 0)
		buf_reset(out); /* standard output has only the certificate */
	buf_done(&pem);
	cert_free(c);
	return r;
}

int pki_sign(const struct args *a, struct buf *out, struct err *e)
{
	struct contents csr = { .at = NULL }, ca = { .at = NULL }, key = { .at = NULL };
	char csr_path[PATH_MAX], path[PATH_MAX];
	long days;
	int r = args_days(a, YEAR_DAYS, &days, e);
	if (r == 0)
		r = read_csr(a, &csr, csr_path, e);
	if (r == 0)
		r = read_ca(a, &ca, &key, e);
	if (r == 0) {
		struct content *k =
			contents_first(a->key || !contents_first(&ca, FORM_KEY) ? &key : &ca, FORM_KEY);
		struct issue_order o = { .csr = contents_first(&csr, FORM_REQUEST)->csr,
					 .ca = contents_first(&ca, FORM_CERTIFICATE)->cert,
					 .ca_key = k->key,
					 .from = time(NULL) - HOUR,
					 .until = time(NULL) + (int64_t)days * DAY };
		files_with_ending(csr_path, ".crt", path);
		r = sign(a, &o, a->out ? a->out : path, out, e);
	}
	contents_done(&csr);
	contents_done(&ca);
	contents_done(&key);
	return r;
}
