/* SPDX-License-Identifier: MIT */
/* value: what one value may be, and how that is explained and completed (wire-formats.md 4.1). */
#ifndef SCHEMA_VALUE_H
#define SCHEMA_VALUE_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum schema_kind { SCHEMA_STRING, SCHEMA_INTEGER, SCHEMA_LITERAL };
enum {
	SCHEMA_SECRET = 1, /* never printed (*** instead), never logged */
	SCHEMA_HOST = 2,   /* names a host, alone or in a URL: its canonical form is ASCII (schema/name.h) */
};

/* One row's value space; constant data. */
struct schema_value {
	enum schema_kind kind;
	int64_t min, max;     /* characters of UTF-8 for strings, values for integers */
	const char *literals; /* "Off/On": canonical spellings, in the order of help */
	/* NULL, or "On=Manual/Yes=Manual": older spellings, taken in whole for what they mean */
	const char *also;
	unsigned flags;
	/* A further check of a value that is not empty, after kind and range passed ("a host name or an
	 * address", "an https URL"); may be NULL. -1 with a sentence in *e that says what was expected. */
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

/* Judges text and writes its canonical form (literals in their own case, numbers without leading zeros, hosts
 * in A-labels) to ret (size bytes). Literals match in any case, whole or by a unique beginning. ERR_INPUT:
 * "expected <Off/On>, got \"maybe\"", with the nearest literal where one is near; a secret is not
 * repeated. */
int schema_value_parse(const struct schema_value *v, const char *text, char *ret, size_t size, struct err *e);
/* "<Off/On>", "<0..65535>", "<S: 0, 64>". */
void schema_value_explain(const struct schema_value *v, struct buf *out);
/* A name for all values that it may have, as codecs' documents give it: "STR_0_64", "INT_0_100",
 * "TTPAR_OffOn" (of many literals as many as fit). Fit for an XML element. */
enum { SCHEMA_NAME = 64 };
void schema_value_name(const struct schema_value *v, char ret[SCHEMA_NAME]);
/* Position of a canonical literal in the list, -1 if it is none: makes enums of literals. */
int schema_value_literal(const struct schema_value *v, const char *text);
/* The i-th literal into ret; 0, or -1 past the end: walks them for completion. */
int schema_value_literal_at(const struct schema_value *v, size_t i, char *ret, size_t size);

/* Checks that rows share. Host: a host name or an IP address; host_port: the same, optionally ":port" (an
 * IPv6 address then in brackets); address, address_port: the address must be a number, in the latter a
 * link-local one also with its interface, "fe80::53%eth0". https_url: an http one
 * is refused with the https form shown. text: UTF-8 without control characters. */
int schema_check_host(const char *text, struct err *e);
int schema_check_host_port(const char *text, struct err *e);
int schema_check_address(const char *text, struct err *e);
int schema_check_address_port(const char *text, struct err *e);
int schema_check_https_url(const char *text, struct err *e);
int schema_check_text(const char *text, struct err *e);

/* Text as an error message may repeat it: written as text_show does (base/text.h), and cut after 40
 * characters. */
enum { SCHEMA_SHOWN_CHARACTERS = 40, SCHEMA_SHOWN = SCHEMA_SHOWN_CHARACTERS * 12 + 4 };
const char *schema_value_shown(const char *text, char ret[SCHEMA_SHOWN]);

#endif
