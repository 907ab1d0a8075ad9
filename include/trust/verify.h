/* SPDX-License-Identifier: MIT */
/* verify: judges a certificate chain for a host on a day, collects every failed check, and gives each its
 * OpenSSL code. */
#ifndef TRUST_VERIFY_H
#define TRUST_VERIFY_H

#include "base/buf.h"
#include "base/err.h"
#include "certstore/anchors.h"

#include <stddef.h>
#include <stdint.h>

enum verify_profile { VERIFY_GUIDE, VERIFY_STRICT };
enum verify_revocation { VERIFY_REVOCATION_OFF, VERIFY_REVOCATION_SOFT, VERIFY_REVOCATION_HARD };
enum verify_purpose { VERIFY_SERVER, VERIFY_CLIENT, VERIFY_ANY };
enum verify_name { VERIFY_NAME_UNCHECKED, VERIFY_NAME_MATCH, VERIFY_NAME_NO_MATCH };

struct verify_policy { /* all zero: the device's default */
	enum verify_profile profile;
	enum verify_purpose purpose;
	enum verify_revocation revocation;
	int no_common_name; /* never take the common name for a name */
};

enum { VERIFY_FINDINGS_MAX = 32, VERIFY_PATH_MAX = 16 };

/* The code of a server that was refused before any handshake (no date, no root, no name to verify):
 * X509_V_ERR_APPLICATION_VERIFICATION, which also stands for every fault that has no number of its own. */
enum { VERIFY_REFUSED_BEFORE_HANDSHAKE = 50 };

struct verify_finding {               /* one check that failed, or a note */
	long code;                    /* X509_V_ERR_...; 50 for what has none */
	int depth;                    /* 0 is the server's own certificate; -1: the chain as a whole */
	int note;                     /* told, but no reason to refuse */
	char subject[256];            /* of the certificate concerned, one-line form */
	char wanted[256], found[256]; /* may be empty */
	char hint[320];               /* what to do about it; may be empty */
};

struct verdict {        /* plain data */
	long code;      /* 0: believed; else that of the finding that comes first */
	long disagreed; /* OpenSSL's refusal of what our own verifier accepted; 0: there is none */
	enum verify_name name;
	size_t n;
	struct verify_finding
		findings[VERIFY_FINDINGS_MAX]; /* refusals first, the most telling first of all */
	char subject[256];                     /* of the server's certificate, or of the first finding's */
	int64_t judged_at;                     /* the day it was judged on, Unix seconds; 0: none was known */
	/* the beginning of what ends first: its lifetime ends at valid_until; 0 as that */
	int64_t valid_from;
	/* the first end of validity in the chain built (with Hard, of the revocation lists relied upon, too);
	 * 0 if refused */
	int64_t valid_until;
	size_t sent;  /* certificates that the server sent */
	size_t built; /* certificates in the chain built, as far as it went */
	/* each: its number among those sent, or -1 - its number among the anchors */
	int path[VERIFY_PATH_MAX];
};

/* What a person would call the check that gives this number: a verdict's findings, sorted. */
enum verify_check {
	VERIFY_CHECK_CHAIN, /* complete, up to an uploaded root */
	VERIFY_CHECK_SIGNATURES,
	VERIFY_CHECK_DATES,
	VERIFY_CHECK_NAME,
	VERIFY_CHECK_PURPOSE,  /* made for this use, by those who may issue */
	VERIFY_CHECK_STRENGTH, /* keys and digests */
	VERIFY_CHECK_FORM,     /* extensions and fields */
	VERIFY_CHECK_REVOCATION,
	VERIFY_CHECKS,
};
enum verify_check verify_check_of(long code);
const char *verify_check_name(enum verify_check check); /* "Chain". Static */
/* A verdict without certificates: code 50, one finding with this reason and hint ("the date is not
 * known"). */
void verdict_unable(struct verdict *v, const char *reason, const char *hint);
/* The log's line: "SSL: socklib_sslHandshake: VerifyResult=10=CERT_HAS_EXPIRED, NameCheck: Match,
 * service=..., host=..., address=..., port=..., depth=..., subject=..., also=..., hint=...". enforced 0 adds
 * that verification is Off and that On would have refused (or accepted). */
struct verdict_context {
	const char *service, *host, *address; /* address NULL: never connected */
	int port;
	int enforced;
};
void verdict_line(const struct verdict *v, const struct verdict_context *c, struct buf *out);
/* Where the two verifiers disagree, a second line that says what each of them found; nothing where they
 * agree. */
void verdict_disagreement(const struct verdict *v, const struct verdict_context *c, struct buf *out);

/* A chain from a file: the server's certificate first, then what it sent, in any order. PEM with any text
 * between, or DER. NULL with ERR_NOTFOUND when there is no certificate in it. One that cannot be decoded
 * makes verify_chain_judge refuse. */
struct verify_chain;
struct verify_chain *verify_chain_new(const char *data, size_t len, struct err *e);
void verify_chain_free(struct verify_chain *c);
int verify_chain_info(const struct verify_chain *c, size_t i, struct cert_info *ret);
/* One handshake's judgement. The session borrows anchors; the SSL_CTX that it is attached to holds it until
 * it is freed itself. */
struct verify_session;
struct verify_request {
	const struct anchors *anchors;
	struct verify_policy policy;
	const char *host; /* name wanted; NULL or "": not checked */
	int64_t at_unix;  /* the trusted date */
	int enforce;      /* 0: judge, but let the handshake pass */
};
void verify_chain_judge(const struct verify_request *r, const struct verify_chain *c, struct verdict *v);
/* The first day, from r->at_unix on, on which the chain is refused, as far as dates decide; v is that day's
 * verdict. 0 when it is believed for as long as can be seen (and v is then the last good one). */
int64_t verify_chain_forecast(const struct verify_request *r, const struct verify_chain *c,
			      struct verdict *v);

struct verify_session *verify_session_new(const struct verify_request *r);
void verify_session_free(struct verify_session *s);
/* Prepares an SSL_CTX (opaque): TLS 1.2 at least, security level 2, our verdict in place of OpenSSL's own. Of
 * a judged chain OpenSSL keeps the server's certificate only. */
int verify_session_attach(struct verify_session *s, void *ssl_ctx, struct err *e);
/* The session that was attached to the context of this SSL (opaque); NULL: none. */
struct verify_session *verify_session_of(const void *ssl);
const char *verify_session_host(const struct verify_session *s);
/* The verdict's code and valid_until; -1 and 0 as long as no certificate was judged (TLS failed before, or
 * nothing was sent). */
long verify_session_code(const struct verify_session *s);
int64_t verify_session_valid_until(const struct verify_session *s);
/* 1: in the handshake the server asked for a client certificate, and none was sent. */
int verify_session_certificate_asked(const struct verify_session *s);
/* The verdict itself, some 35 KB, and what the server sent. NULL before it is judged, and once it is settled.
 * Borrowed. */
const struct verdict *verify_session_verdict(const struct verify_session *s);
const struct verify_chain *verify_session_chain(const struct verify_session *s);
/* The handshake is over and nobody will ask for the verdict's findings: only its code and valid_until are
 * kept. */
void verify_session_settle(struct verify_session *s);
/* A handshake on a connected socket, for those who want nothing but the verdict: blocks for at most
 * timeout_ms, sends no application data. 0: the handshake was finished (with enforce, so the verdict was
 * good) and the server did not object to it afterwards; -1: ERR_TLS with the verdict's code or 0,
 * ERR_TIMEOUT. The text of the error follows "the server". The socket does not block, and stays yours. */
int verify_session_handshake(struct verify_session *s, int fd, int timeout_ms, struct err *e);

#endif
