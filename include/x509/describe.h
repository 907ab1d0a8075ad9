/* SPDX-License-Identifier: MIT */
/* describe: describes a certificate or a revocation list for an administrator, as plain data that needs no
 * OpenSSL header. */
#ifndef X509_DESCRIBE_H
#define X509_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

struct cert;
struct crl;

struct cert_info {
	char fingerprint[41]; /* SHA-1, lower-case hex, no colons: commands name the certificate by it */
	char fingerprint_sha256[65];
	char subject[512], issuer[512]; /* OpenSSL's one-line form, /C=US/O=... */
	char serial[128];               /* upper-case hex */
	char hash_algorithm[64];        /* sha256WithRSAEncryption */
	char key_algorithm[64];         /* rsaEncryption */
	int key_bits;
	int version; /* 1 or 3 */
	int is_ca;
	int64_t not_before, not_after;                /* Unix seconds */
	char not_before_text[40], not_after_text[40]; /* "Aug 08 03:04:26 2023 GMT" */
	/* of own certificates: the purposes for which it is active; of roots: the host to which it is pinned;
	 * otherwise "" */
	char used_for[256];
};

struct crl_info {
	char fingerprint[41], fingerprint_sha256[65];
	char issuer[512];
	char number[64];                  /* upper-case hex; "": none */
	size_t revoked;                   /* number of certificates on it */
	int64_t this_update, next_update; /* Unix seconds; next_update 0: none */
	char this_update_text[40], next_update_text[40];
};

/* The permitted uses of a certificate, in the words of RFC 5280. */
struct cert_details {
	char names[1024];    /* in the form of names_list */
	char key_usage[256]; /* "digitalSignature, keyEncipherment"; "": any */
	/* "serverAuth, clientAuth", and object identifiers without a name as numbers; "": any */
	char extended_usage[512];
	char basic[64];              /* "CA:TRUE, pathlen:0"; "": it has no basic constraints */
	char name_constraints[1024]; /* "permitted DNS:example.com; excluded ..."; "": none */
};

/* Fills ret; used_for stays empty. */
void describe_cert(const struct cert *c, struct cert_info *ret);
void describe_details(const struct cert *c, struct cert_details *ret);
void describe_crl(const struct crl *l, struct crl_info *ret);
/* Writes any bytes as printable ASCII, cut to size: bytes that are not printable become \xNN. */
void describe_bytes(const void *data, size_t len, char *ret, size_t size);

#endif
