/* SPDX-License-Identifier: MIT */
/* phonebook: searches the phone book of a server. Many searches run at once, each with its own deadline.
 * An answer is never made up: the outcomes distinguish that nothing was found, that the server cannot be
 * reached, that its certificate is not trusted, that it refuses the login, and that its answer cannot be
 * read. */
#ifndef PHONEBOOK_PHONEBOOK_H
#define PHONEBOOK_PHONEBOOK_H

#include "base/err.h"
#include "loop/loop.h"
#include "net/https.h"
#include "settings/settings.h"
#include "wire/phonebook.h"

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
/* Cancels searches that are under way, without calling done, and frees all. NULL is allowed. */
void phonebook_free(struct phonebook *p);
/* Reads the server from the settings. If it is another server, or is verified in another way, remembered
 * answers are forgotten. written is the URL as it is written in the settings, since the snapshot has "" for
 * 127.0.0.1. */
void phonebook_configure(struct phonebook *p, const struct settings *s, const char *written);

enum phonebook_kind { PHONEBOOK_ANY, PHONEBOOK_FOLDERS, PHONEBOOK_CONTACTS };

struct phonebook_request {
	const char *text;        /* text anywhere in the name; NULL or "": all entries */
	const char *starts_with; /* the beginning of the name */
	const char *folder;      /* id of the folder; NULL or "": the top folders */
	enum phonebook_kind kind;
	unsigned offset, limit; /* limit 0: PHONEBOOK_LIMIT */
	/* only entries of the folder itself, and not of folders below it (always so without any text) */
	int list_only;
	int may_be_old; /* a remembered answer may be given if the server does not answer */
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
/* "Found", "NoMatch", "Unreachable", "TlsFailed", "AuthFailed", "BadResponse", "NotConfigured" */
const char *phonebook_outcome_name(enum phonebook_outcome o);

struct phonebook_result { /* borrowed for the callback */
	enum phonebook_outcome outcome;
	/* the reason if the outcome is a failure; with TLS_FAILED, code is OpenSSL's number */
	struct err err;
	size_t n;
	const struct phonebook_entry *entries;
	int64_t total; /* entries in all, as the server says; -1: it does not say */
	int is_last;   /* there are no further entries */
	/* Age of a remembered answer; outcome and err then say why there is no fresh one. -1: the answer is
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
