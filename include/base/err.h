/* SPDX-License-Identifier: MIT */
/* err: the error value that failing functions fill in. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* The kind of a failure. Code that decides what to do next (try again, give up, report to the user) uses the
 * kind, and never the text. */
enum err_kind {
	ERR_NONE,
	ERR_INPUT,   /* input of a person or a program that cannot be understood */
	ERR_CONFIG,  /* a setting is missing, or forbids what was asked for */
	ERR_IO,      /* file or socket; code is errno */
	ERR_DATE,    /* the trusted date is not known */
	ERR_DNS,     /* no address for a name; code is c-ares' status */
	ERR_NET,     /* no connection; code is errno, or 0 */
	ERR_TIMEOUT, /* a deadline passed */
	/* certificate verification failed; code is OpenSSL's X509_V_ERR number, 0 if TLS itself failed */
	ERR_TLS,
	ERR_HTTP,     /* an answer other than 2xx; code is the status */
	ERR_PROTOCOL, /* an answer that violates its protocol */
	ERR_FULL,     /* a limit was reached */
	ERR_TOOLONG,  /* it is longer than one of its kind may ever be */
	ERR_NOTFOUND, /* no such thing */
	ERR_EXISTS,   /* it is there already */
	ERR_DENIED,   /* not allowed for this user or this device */
};

/* A struct err is usually on the caller's stack, and owns nothing. */
struct err {
	enum err_kind kind;
	long code;      /* depends on the kind, see above */
	char text[480]; /* a sentence without final full stop or newline */
};

/* Fills *e (which may be NULL) and returns -1, so that a failure is one line:
 * return err_set(e, ERR_INPUT, 0, "%s: expected a number", where); */
int err_set(struct err *e, enum err_kind kind, long code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* As err_set with ERR_IO and errno as code; ": <strerror>" is appended to the text. */
int err_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the text already in *e; returns -1. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Returns one lower-case word for a kind ("tls", "dns"), for log lines. Static. */
const char *err_kind_name(enum err_kind kind);

#endif
