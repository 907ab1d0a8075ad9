/* SPDX-License-Identifier: MIT */
/* pki_options: the options of `sealpost-pki verify`, from the command line or from one line of a batch. */
#ifndef PKI_PKI_OPTIONS_H
#define PKI_PKI_OPTIONS_H

#include "base/err.h"
#include "trust/verify.h"

#include <stdint.h>

struct options {                          /* texts are borrowed */
	const char *roots, *chain, *crls; /* the name of a file, or PEM itself */
	const char *name, *time, *url, *connect;
	const char *profile, *purpose, *revocation;
	int no_common_name, json, batch, help;
	const char *words[3]; /* CERT BUNDLE [CA] */
	size_t n_words;
};

/* The options in the form that verification uses: a policy, a name and a time. */
struct question {
	struct verify_policy policy;
	const char *name; /* NULL: the name is not checked */
	char ascii[300];  /* the name from --name, in ASCII form */
	int64_t at_unix;
	int from_system_clock; /* 1: no time was given, so the system's clock was read */
};

/* Reads a command line, whose texts are borrowed. Fails with ERR_INPUT, which says which option is wrong. */
int options_read(int argc, char **argv, struct options *ret, struct err *e);
/* Converts the options into a question. Fails with ERR_INPUT; the error says which option is wrong. */
int options_question(const struct options *o, struct question *ret, struct err *e);
extern const char options_usage[];

#endif
