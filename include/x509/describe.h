/* SPDX-License-Identifier: MIT */
/* describe: what an administrator wants to know of a certificate or of a revocation list, as plain data that
 * needs no OpenSSL header. */
#ifndef X509_DESCRIBE_H
#define X509_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

struct cert;
struct crl;

struct cert_info {
	char fingerprint[41]; /* SHA-1, lower-case hex, no colons: the name by which it is addressed */
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
	/* own certificates: purposes activated; roots: the host that it is pinned to; else "" */
	char used_for[256];
};

struct crl_info {
	char fingerprint[41], fingerprint_sha256[65];
	char issuer[512];
	char number[64];                  /* upper-case hex; "" if it has none */
	size_t revoked;                   /* certificates on it */
	int64_t this_update, next_update; /* Unix seconds; next_update 0: not given */
	char this_update_text[40], next_update_text[40];
};

/* What a certificate may be used for, in the words of RFC 5280. */
struct cert_details {
	char names[1024];            /* as names_list writes them */
	char key_usage[256];         /* "digitalSignature, keyEncipherment"; "": any */
	char extended_usage[512];    /* "serverAuth, clientAuth", numbers of what has no name; "": any */
	char basic[64];              /* "CA:TRUE, pathlen:0"; "": it has no basic constraints */
	char name_constraints[1024]; /* "permitted DNS:example.com; excluded ..."; "": none */
};

/* Fills ret; used_for stays empty. */
void describe_cert(const struct cert *c, struct cert_info *ret);
void describe_details(const struct cert *c, struct cert_details *ret);
void describe_crl(const struct crl *l, struct crl_info *ret);
/* Any bytes as printable ASCII, cut to size: what is not printable becomes \xNN. */
void describe_bytes(const void *data, size_t len, char *ret, size_t size);

#endif
