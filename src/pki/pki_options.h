/* SPDX-License-Identifier: MIT */
/* options: what is to be judged, from the command line or one line of a batch. Private to pki. */
#ifndef PKI_OPTIONS_H
#define PKI_OPTIONS_H

#include "base/err.h"
#include "trust/verify.h"

#include <stdint.h>

struct options {                          /* texts are borrowed */
	const char *roots, *chain, *crls; /* a file's name, or PEM itself */
	const char *name, *time, *url, *connect;
	const char *profile, *purpose, *revocation;
	int no_common_name, json, batch, help;
};

/* The words turned into a policy and a day. */
struct question {
	struct verify_policy policy;
	const char *name; /* NULL: of any */
	char ascii[300];  /* where --name lies */
	int64_t at_unix;
	int from_system_clock;
};

/* ERR_INPUT says which option is wrong. */
int options_read(int argc, char **argv, struct options *ret, struct err *e);
int options_question(const struct options *o, struct question *ret, struct err *e);
extern const char options_usage[];

#endif
