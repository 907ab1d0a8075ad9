/* SPDX-License-Identifier: MIT */
/* value: describes the values that a setting or parameter may have, checks them, and explains them in help
 * and completion (wire-formats.md 4.1). */
#ifndef SCHEMA_VALUE_H
#define SCHEMA_VALUE_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum schema_kind { SCHEMA_STRING, SCHEMA_INTEGER, SCHEMA_LITERAL };
enum {
	SCHEMA_SECRET = 1, /* a secret: printed as ***, and never logged */
	SCHEMA_HOST = 2,   /* a host name, alone or in a URL: its canonical form is ASCII (schema/name.h) */
	SCHEMA_PATH = 4,   /* the path of a URL; it may contain a token, as URLs may (base/redact.h) */
};

/* The values that a row allows; constant data. */
struct schema_value {
	enum schema_kind kind;
	int64_t min, max; /* limits of the length of strings in characters, or of integers */
	/* "Off/On": the allowed words in their canonical spelling, in the order of help */
	const char *literals;
	/* NULL, or "On=Manual/Yes=Manual": older words, which must be complete, and the words that replace
	 * them */
	const char *also;
	unsigned flags;
	/* A further check of a value that is not empty, called after kind and range have been checked; may be
	 * NULL. Fails with a sentence in *e that says what was expected ("a host name or an address"). */
	int (*check)(const char *text, struct err *e);
};

#define SCHEMA_STR(lo, hi)                                                                                   \
	{                                                                                                    \
		.kind = SCHEMA_STRING, .min = (lo), .max = (hi)                                              \
	}
#define SCHEMA_INT(lo, hi)                                                                                   \
	{                                                                                                    \
		.kind = SCHEMA_INTEGER, .min = (lo), .max = (hi)                                             \
	}
#define SCHEMA_LIT(names)                                                                                    \
	{                                                                                                    \
		.kind = SCHEMA_LITERAL, .literals = (names)                                                  \
	}

/* Checks text and writes its canonical form to ret (size bytes): literals as the row spells them, numbers
 * without leading zeros, hosts in A-labels. Literals may be in upper or lower case, and abbreviated to a
 * unique beginning. Fails with ERR_INPUT: "expected <Off/On>, got \"maybe\"", with the most similar literal
 * if there is one; a secret is not repeated. */
int schema_value_parse(const struct schema_value *v, const char *text, char *ret, size_t size, struct err *e);
/* Appends the allowed values as help shows them: "<Off/On>", "<0..65535>", "<S: 0, 64>". */
void schema_value_explain(const struct schema_value *v, struct buf *out);
/* Writes a name for the set of allowed values, as the documents of video codecs have it: "STR_0_64",
 * "INT_0_100", "TTPAR_OffOn" (with as many literals as fit). It can be the name of an XML element. */
enum { SCHEMA_NAME = 64 };
void schema_value_name(const struct schema_value *v, char ret[SCHEMA_NAME]);
/* Returns the index of a canonical literal in the list, which is used as enum value; -1: it is not in the
 * list. */
int schema_value_literal(const struct schema_value *v, const char *text);
/* Copies the i-th literal into ret, for completion. Returns 0, or -1 after the last one. */
int schema_value_literal_at(const struct schema_value *v, size_t i, char *ret, size_t size);

/* Checks that several rows use. host: a host name or an IP address; host_port: the same, optionally followed
 * by ":port" (an IPv6 address is then in brackets); address, address_port: only an IP address, in the latter
 * a link-local one also with its interface, "fe80::53%eth0"; https_url: for an http URL the error shows the
 * https form; text: UTF-8 without control characters. */
int schema_check_host(const char *text, struct err *e);
int schema_check_host_port(const char *text, struct err *e);
int schema_check_address(const char *text, struct err *e);
int schema_check_address_port(const char *text, struct err *e);
int schema_check_https_url(const char *text, struct err *e);
int schema_check_text(const char *text, struct err *e);

/* Returns text in a form for error messages: escaped as text_show does (base/text.h), and cut after 40
 * characters. */
enum { SCHEMA_SHOWN_CHARACTERS = 40, SCHEMA_SHOWN = SCHEMA_SHOWN_CHARACTERS * 12 + 4 };
const char *schema_value_shown(const char *text, char ret[SCHEMA_SHOWN]);

#endif
