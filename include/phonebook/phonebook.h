/* SPDX-License-Identifier: MIT */
/* phonebook: searches the phone book of a server. Many searches can run at the same time, each with its own
 * deadline. The outcomes distinguish whether nothing was found, the server cannot be reached, its certificate
 * is not trusted, it refuses the login, or its answer cannot be read. */
#ifndef PHONEBOOK_PHONEBOOK_H
#define PHONEBOOK_PHONEBOOK_H

#include "base/err.h"
#include "loop/loop.h"
#include "net/https.h"
#include "settings/settings.h"
#include "wire/wire_phonebook.h"

#include <stddef.h>
#include <stdint.h>

enum {
	PHONEBOOK_LIMIT = 50,
	PHONEBOOK_LIMIT_MAX = 1000,
	PHONEBOOK_OFFSET_MAX = 65534,
	PHONEBOOK_DEADLINE_MS = 5000,
	PHONEBOOK_SEARCHES_MAX = 64
};

struct phonebook;

struct phonebook_options {
	struct loop *loop;
	struct https *https; /* borrowed */
	const struct wire_identity *(*identity)(void *arg);
	void *arg;
};
struct phonebook *phonebook_new(const struct phonebook_options *o);
/* Cancels searches that are under way, without calling done, and frees everything. NULL is allowed. */
void phonebook_free(struct phonebook *p);
/* Reads the server from the settings. If it is another server, or is verified in another way, cached answers
 * are dropped. written: the URL as it is in the settings, since struct settings has "" for 127.0.0.1. */
void phonebook_configure(struct phonebook *p, const struct settings *s, const char *written);

enum phonebook_kind { PHONEBOOK_ANY, PHONEBOOK_FOLDERS, PHONEBOOK_CONTACTS };

struct phonebook_request {
	const char *text;        /* text anywhere in the name; NULL or "": all entries */
	const char *starts_with; /* the beginning of the name */
	const char *folder;      /* id of the folder; NULL or "": the top folders */
	enum phonebook_kind kind;
	unsigned offset, limit; /* limit 0: PHONEBOOK_LIMIT */
	/* 1: only entries of the folder itself, not of folders below it; without a text this is always so */
	int list_only;
	int may_be_old; /* 1: a cached answer may be given if the server does not answer */
};

enum phonebook_outcome {
	PHONEBOOK_FOUND,
	PHONEBOOK_NO_MATCH,
	PHONEBOOK_UNREACHABLE,
	PHONEBOOK_TLS_FAILED,
	PHONEBOOK_AUTH_FAILED,
	PHONEBOOK_BAD_RESPONSE,
	PHONEBOOK_NOT_CONFIGURED,
};
/* Returns "Found", "NoMatch", "Unreachable", "TlsFailed", "AuthFailed", "BadResponse" or "NotConfigured". */
const char *phonebook_outcome_name(enum phonebook_outcome o);

struct phonebook_result { /* borrowed for the callback */
	enum phonebook_outcome outcome;
	/* the reason if the outcome is a failure; with TLS_FAILED, code is OpenSSL's number */
	struct err err;
	size_t n;
	const struct phonebook_entry *entries;
	int64_t total; /* number of all entries according to the server; -1: not given */
	int is_last;   /* 1: there are no further entries */
	/* Age of a cached answer; outcome and err then say why there is no fresh one. -1: the answer is
	 * fresh. */
	int64_t age_s;
};

struct phonebook_search;
/* Searches, and calls done(arg, result) once, before the deadline, but not before phonebook_search has
 * returned and not after phonebook_cancel. Fails with ERR_FULL if too many searches are under way, or with
 * ERR_INPUT if a text is too long or the limit is not possible. */
int phonebook_search(struct phonebook *p, const struct phonebook_request *r,
		     void (*done)(void *arg, const struct phonebook_result *result), void *arg,
		     struct phonebook_search **ret, struct err *e);
/* Ends a search: done will not be called. NULL is allowed. */
void phonebook_cancel(struct phonebook_search *s);

#endif
