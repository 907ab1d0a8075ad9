/* SPDX-License-Identifier: MIT */
/* phonebook: searches the phone book of a server. Many searches run at once, each with its own deadline.
 * An answer is never made up: the outcomes tell apart that nothing was found, that the server cannot be
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
/* Searches that are under way end without a call of done. NULL is fine. */
void phonebook_free(struct phonebook *p);
/* Takes the server from the settings. If it is another one, or verified in another way, remembered answers
 * are forgotten. written is the URL as the settings file has it, since the snapshot has "" for 127.0.0.1. */
void phonebook_configure(struct phonebook *p, const struct settings *s, const char *written);

enum phonebook_kind { PHONEBOOK_ANY, PHONEBOOK_FOLDERS, PHONEBOOK_CONTACTS };

struct phonebook_request {
	const char *text;        /* anywhere in the name; NULL or "": all */
	const char *starts_with; /* its beginning */
	const char *folder;      /* id; NULL or "": the roots */
	enum phonebook_kind kind;
	unsigned offset, limit; /* limit 0: PHONEBOOK_LIMIT */
	int list_only;  /* only what is in the folder itself, and not below it (always so without any text) */
	int may_be_old; /* take a remembered answer when no fresh one can be had */
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
	struct err err; /* why, if the outcome is a failure; code is OpenSSL's number with TLS_FAILED */
	size_t n;
	const struct phonebook_entry *entries;
	int64_t total; /* entries in all, as the server says; -1: it does not say */
	int is_last;   /* nothing follows these */
	/* Age of a remembered answer, whose outcome and err say why no fresh one came; -1: it is fresh. */
	int64_t age_s;
};

struct phonebook_search;
/* done(arg, result) once, not before phonebook_search returned, within the deadline, and not after
 * phonebook_cancel. ERR_FULL: too many at once; ERR_INPUT: a text that is too long, or no limit that can
 * be. */
int phonebook_search(struct phonebook *p, const struct phonebook_request *r,
		     void (*done)(void *arg, const struct phonebook_result *result), void *arg,
		     struct phonebook_search **ret, struct err *e);
/* NULL is fine. */
void phonebook_cancel(struct phonebook_search *s);

#endif
