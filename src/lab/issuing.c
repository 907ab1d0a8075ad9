/* SPDX-License-Identifier: MIT */
#include "issuing.h"

#include "base/text.h"
#include "ca_files.h"
#include "x509/contents.h"
#include "x509/issue.h"
#include "x509/names.h"
#include "x509/pem.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

enum { PEM_MAX = 1 << 16 };

/* Converts a host name or an IP address to an alternative name in openssl.cnf's syntax. Returns 0 if it is
 * neither. */
static int alternative_name(const char *name, char *ret, size_t size)
{
	unsigned char address[16];
	int is_address = text_address(name, address) > 0;
	if (!is_address && names_dns_form(name, strlen(name)) == DNS_BAD)
		return 0;
	snprintf(ret, size, "%s:%s", is_address ? "IP" : "DNS", name);
	return 1;
}

static int write_pair(const struct lab *lab, const char *name, X509 *x, EVP_PKEY *key, struct err *e)
{
	char path[PATH_MAX];
	BIO *pem = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL);
	snprintf(path, sizeof path, "%s/%s.key", lab->folder, name);
	if (ca_files_write(path, pem, 0600, e) < 0)
		return -1;
	pem = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(pem, x);
	PEM_write_bio_X509(pem, lab->ca.intermediate);
	snprintf(path, sizeof path, "%s/%s.crt", lab->folder, name);
	return ca_files_write(path, pem, 0644, e);
}

int issuing_cert(struct lab *lab, const char *name, struct buf *out, struct err *e)
{
	char alternative[300];
	if (!alternative_name(name, alternative, sizeof alternative))
		return err_set(e, ERR_INPUT, 0,
			       "cert: expected a host's name or an address, as in: cert web." LAB_DOMAIN);
	struct ca_recipe r = ca_server(&lab->ca);
	r.name = name;
	r.key = ca_key_new(CA_EC);
	ca_extend(&r, "subjectAltName", alternative);
	ca_extend(&r, "extendedKeyUsage", "serverAuth,clientAuth");
	X509 *x = ca_make(&r);
	int failed = write_pair(lab, name, x, r.key, e);
	X509_free(x);
	EVP_PKEY_free(r.key);
	if (failed)
		return -1;
	buf_addf(out, "%s/%s.crt: the certificate for %s and the intermediate\n%s/%s.key: its key\n",
		 lab->folder, name, name, lab->folder, name);
	return 0;
}

static struct cert *sign(const struct lab *lab, const struct csr *csr, struct err *e)
{
	struct cert *ca = cert_of(lab->ca.intermediate, e);
	struct issue_order o = { .csr = csr,
				 .ca = ca,
				 .ca_key = lab->ca.intermediate_key,
				 .from = lab->ca.now - CA_DAY,
				 .until = lab->ca.now + 90 * CA_DAY };
	struct cert *c = ca ? issue_cert(&o, e) : NULL;
	cert_free(ca);
	return c;
}

int issuing_sign(struct lab *lab, const char *pem, struct buf *out, struct err *e)
{
	struct buf data;
	struct contents c;
	buf_init(&data, PEM_MAX);
	int r = buf_adds(&data, pem) < 0
			? err_set(e, ERR_FULL, 0, "sign: the request is longer than %d bytes", PEM_MAX)
			: contents_read(&c, &data, NULL, e);
	if (data.full)
		c = (struct contents){ .at = NULL };
	struct content *request = r == 0 ? contents_first(&c, FORM_REQUEST) : NULL;
	if (r == 0 && !request)
		r = err_set(e, ERR_INPUT, 0,
			    "sign: expected a file with a certificate signing request in PEM");
	struct cert *signed_cert = r == 0 ? sign(lab, request->csr, e) : NULL;
	if (signed_cert) {
		struct cert *above = cert_of(lab->ca.intermediate, e);
		pem_write(out, "CERTIFICATE", signed_cert->der, signed_cert->len);
		if (above)
			pem_write(out, "CERTIFICATE", above->der, above->len);
		cert_free(above);
	}
	r = signed_cert ? 0 : -1;
	cert_free(signed_cert);
	contents_done(&c);
	buf_done(&data);
	return r;
}

int issuing_rotate(struct lab *lab, const char *step, struct buf *out, struct err *e)
{
	int r;
	if (strcmp(step, "begin") == 0)
		r = ca_rotate_begin(&lab->ca, lab->folder, e);
	else if (strcmp(step, "switch") == 0)
		r = ca_rotate_switch(&lab->ca, lab->folder, e);
	else if (strcmp(step, "end") == 0)
		r = ca_rotate_end(&lab->ca, lab->folder, e);
	else
		r = err_set(e, ERR_INPUT, 0, "rotate: expected begin, switch or end");
	if (r < 0)
		return -1;
	buf_addf(out, "root.pem holds %s: upload it to every agent\n",
		 lab->ca.other ? "both roots" : "the new root alone");
	/* Makes the server's certificate again, and accepts client certificates below both roots. */
	struct httpd_state s;
	httpd_get(lab->httpd, &s);
	return httpd_set_tls(lab->httpd, s.tls, e);
}
