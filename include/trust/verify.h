/* SPDX-License-Identifier: MIT */
/* verify: verifies a certificate chain for a host on a date, collects every check that failed, and gives each
 * the number that OpenSSL has for it (X509_V_ERR_..., see x509/codes). A chain comes from a file
 * (verify_chain) or from a TLS handshake (verify_session). */
#ifndef TRUST_VERIFY_H
#define TRUST_VERIFY_H

#include "base/buf.h"
#include "base/err.h"
#include "certstore/anchors.h"
#include "trust/allowed.h"

#include <stddef.h>
#include <stdint.h>

/* GUIDE: the requirements of the deployment guides of codecs and servers. STRICT: all of RFC 5280 and of the
 * CA/Browser Forum's requirements. */
enum verify_profile { VERIFY_GUIDE, VERIFY_STRICT };
/* OFF: revocation lists are not used. SOFT: a certificate is refused when a list names it. HARD: a
 * certificate is refused, too, when no valid list covers it. */
enum verify_revocation { VERIFY_REVOCATION_OFF, VERIFY_REVOCATION_SOFT, VERIFY_REVOCATION_HARD };
/* What the certificate is used for. ANY: key usages are not checked. */
enum verify_purpose { VERIFY_SERVER, VERIFY_CLIENT, VERIFY_ANY };
enum verify_name { VERIFY_NAME_UNCHECKED, VERIFY_NAME_MATCH, VERIFY_NAME_NO_MATCH };

struct verify_policy { /* all zero: the default of the settings */
	enum verify_profile profile;
	enum verify_purpose purpose;
	enum verify_revocation revocation;
	int no_common_name; /* 1: the common name is never taken for a host name */
	struct allowed_roots allowed;
};

enum { VERIFY_FINDINGS_MAX = 32, VERIFY_PATH_MAX = 16 };

/* The code of a server that was refused before any handshake (no date, no root, no name to verify):
 * X509_V_ERR_APPLICATION_VERIFICATION, which also stands for every fault that has no number of its own. */
enum { VERIFY_REFUSED_BEFORE_HANDSHAKE = 50 };
/* The code of a chain to a root that is loaded, and that the service may not trust (trust/allowed.h):
 * X509_V_ERR_CERT_UNTRUSTED, which stands for nothing else here. */
enum { VERIFY_ROOT_NOT_ALLOWED = 27 };

struct verify_finding {               /* one check that failed, or a note */
	long code;                    /* X509_V_ERR_...; 50 for a fault that has no number */
	int depth;                    /* 0 is the server's own certificate; -1: the chain as a whole */
	int note;                     /* 1: for information, not a reason to refuse */
	char subject[256];            /* subject of the certificate, in one-line form */
	char wanted[256], found[256]; /* may be empty */
	char hint[320];               /* what to do about it; may be empty */
};

struct verdict {               /* plain data */
	long code;             /* 0: the certificate is trusted; otherwise the code of the first finding */
	long disagreed;        /* OpenSSL's refusal of what our own verifier accepted; 0: there is none */
	enum verify_name name; /* whether the certificate is for the host */
	size_t n;
	/* n findings: refusals first, and of these the most important first */
	struct verify_finding findings[VERIFY_FINDINGS_MAX];
	/* subject of the server's certificate, or of the certificate that the first finding is about */
	char subject[256];
	/* the date for which the chain was verified, Unix seconds, or, with a floor, the moment (struct
	 * verify_request); 0: none was known */
	int64_t judged_at;
	/* notBefore and notAfter of the certificate in the path that expires first, whatever revocation lists
	 * say; Unix seconds, 0 if refused */
	int64_t certificate_from, certificate_until;
	/* the latest begin of validity in the path that was found, even if it is refused; 0: there is none */
	int64_t path_from;
	/* until when this verdict holds: certificate_until, or with Revocation Mode Hard the earliest
	 * nextUpdate of the revocation lists relied upon, if that is earlier; Unix seconds, 0 if refused */
	int64_t valid_until;
	size_t sent;  /* certificates that the server sent */
	size_t built; /* certificates in the path that was found, even if it is not complete */
	/* for each: its number N among the sent certificates, or -1 - N, where N is its number among the
	 * anchors */
	int path[VERIFY_PATH_MAX];
};

/* The kinds of checks, for people: each of OpenSSL's numbers belongs to one kind. */
enum verify_check {
	VERIFY_CHECK_CHAIN, /* the chain is complete, up to an uploaded root */
	VERIFY_CHECK_SIGNATURES,
	VERIFY_CHECK_DATES,
	VERIFY_CHECK_NAME,
	VERIFY_CHECK_PURPOSE,  /* the certificates are made for this use, and their issuers may issue them */
	VERIFY_CHECK_STRENGTH, /* keys and digests */
	VERIFY_CHECK_FORM,     /* extensions and fields */
	VERIFY_CHECK_REVOCATION,
	VERIFY_CHECKS,
};
/* Returns the kind to which the number belongs. */
enum verify_check verify_check_of(long code);
/* Returns the name of a kind: "Chain". Static. */
const char *verify_check_name(enum verify_check check);

/* Certificates as a server sends them: its own first, then its issuers in any order. */
struct verify_chain;

/* Fills v with a refusal without certificates: code 50, one finding with this reason ("the date is not
 * known") and hint (may be NULL). */
void verdict_unable(struct verdict *v, const char *reason, const char *hint);
/* The connection of a verdict. */
struct verdict_context {
	const char *service, *host, *address; /* address NULL: there was no connection */
	int port;
	int enforced; /* 0: verification is Off, so the verdict did not end the connection */
	/* the certificates that the server sent, borrowed; NULL: none were received, or they are not known
	 * here */
	const struct verify_chain *chain;
};
/* Appends the line for the log: "SSL: socklib_sslHandshake: VerifyResult=10=CERT_HAS_EXPIRED, NameCheck:
 * Match, service=..., host=..., address=..., port=..., depth=..., subject=..., also=..., hint=...". enforced
 * 0 adds that verification is Off and that On would have refused (or accepted). */
void verdict_line(const struct verdict *v, const struct verdict_context *c, struct buf *out);
/* Appends a second line if the two verifiers disagree, which says what each of them found; nothing if they
 * agree. */
void verdict_disagreement(const struct verdict *v, const struct verdict_context *c, struct buf *out);

/* Reads a chain from a file: PEM with any text between, DER or PKCS#7. The caller frees it with
 * verify_chain_free. Returns NULL with ERR_NOTFOUND if the file has no certificate. If it has a certificate
 * that cannot be decoded, verify_chain_judge refuses the chain. */
struct verify_chain *verify_chain_new(const char *data, size_t len, struct err *e);
void verify_chain_free(struct verify_chain *c);
/* Describes the i-th certificate as plain data. Returns 0; -1 after the last one. */
int verify_chain_info(const struct verify_chain *c, size_t i, struct cert_info *ret);
/* Writes further details of the i-th certificate to *ret; i must be valid. */
void verify_chain_details(const struct verify_chain *c, size_t i, struct cert_details *ret);
/* Prints all certificates as PEM, in their order. */
void verify_chain_print_pem(const struct verify_chain *c, struct buf *out);
/* Returns a copy, which the caller frees with verify_chain_free. */
struct verify_chain *verify_chain_copy(const struct verify_chain *c);
/* The conditions for which a chain is verified. */
struct verify_request {
	const struct anchors *anchors; /* borrowed, by a session as long as it lives */
	struct verify_policy policy;
	const char *host; /* the name that the certificate must be for; NULL or "": any */
	int64_t at_unix;  /* the trusted date, Unix seconds; 0: it is not known, so the chain is refused */
	/* For a server that gives the date, while at_unix is 0: a moment that has certainly passed. The chain
	 * must then be valid at one moment: this one, or the latest begin of validity in the path if that is
	 * later. Lists and staples may be dated after that moment. 0: while the date is unknown, the chain is
	 * refused. */
	int64_t floor_unix;
	int enforce; /* for sessions; 0: the handshake continues whatever the verdict is */
};
/* Verifies c and fills v. Opens no connection and stores nothing. */
void verify_chain_judge(const struct verify_request *r, const struct verify_chain *c, struct verdict *v);
/* Returns the first date (in Unix seconds), from r->at_unix on, on which the chain will be refused because of
 * dates; v is the verdict on that date. Returns 0 if no such date is found; v is the last good verdict
 * then. */
int64_t verify_chain_forecast(const struct verify_request *r, const struct verify_chain *c,
			      struct verdict *v);

/* The verification in one TLS handshake. The SSL_CTX to which it is attached has a reference, too, until it
 * is freed. */
struct verify_session;
/* The caller frees it with verify_session_free. r is copied; r->anchors is borrowed. */
struct verify_session *verify_session_new(const struct verify_request *r);
/* Adds a reference to the session and returns it; each reference needs its own verify_session_free. */
struct verify_session *verify_session_ref(struct verify_session *s);
void verify_session_free(struct verify_session *s);
/* Prepares an SSL_CTX (opaque): TLS 1.2 at least, security level 2, this verification in place of OpenSSL's
 * own, the active own certificate, buffers that the connection keeps. After the verdict OpenSSL keeps only
 * the server's own certificate of the chain. ERR_TLS. */
int verify_session_attach(struct verify_session *s, void *ssl_ctx, struct err *e);
/* Returns the session that is attached to the context of this SSL (opaque); NULL: none is. */
struct verify_session *verify_session_of(const void *ssl);
/* Returns the host for which the session was made. Borrowed. */
const char *verify_session_host(const struct verify_session *s);
/* Return the verdict's code and valid_until; -1 and 0 if there is no verdict (TLS failed before the
 * certificates were received, or none were sent). */
long verify_session_code(const struct verify_session *s);
int64_t verify_session_valid_until(const struct verify_session *s);
/* Returns 1 if the server asked for a client certificate in the handshake, and none was sent. */
int verify_session_client_certificate_missing(const struct verify_session *s);
/* Returns 1 if the server asked for a client certificate in the handshake, whether or not one was sent. */
int verify_session_client_certificate_requested(const struct verify_session *s);
/* Returns what ended TLS on the session's connection, for tls_reason: OpenSSL's packed error, which may be an
 * alert of the server; 0: OpenSSL reported no error. */
unsigned long verify_session_error(const struct verify_session *s);
/* Return the verdict itself (about 35 KB) and the certificates that the server sent. NULL before there is a
 * verdict, and after verify_session_free_verdict. Borrowed. */
const struct verdict *verify_session_verdict(const struct verify_session *s);
const struct verify_chain *verify_session_chain(const struct verify_session *s);
/* To be called when the handshake is over and the findings are no longer needed: frees the verdict and the
 * chain, and keeps only code and valid_until. */
void verify_session_free_verdict(struct verify_session *s);
/* Makes a TLS handshake on a connected, non-blocking socket, which remains the caller's, only for the
 * verdict: blocks for at most timeout_ms and sends no application data. Returns 0 if the handshake was
 * finished (with enforce, this means that the verdict was good) and the server did not object to it
 * afterwards; -1 with ERR_TLS and the verdict's code or 0, or with ERR_TIMEOUT. e->text is a predicate, to be
 * printed after "the server ". */
int verify_session_handshake(struct verify_session *s, int fd, int timeout_ms, struct err *e);

#endif
