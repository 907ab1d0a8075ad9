/* SPDX-License-Identifier: MIT */
/* pki_batch: many chains, one JSON object on each line of input and of output. */
#ifndef PKI_PKI_BATCH_H
#define PKI_PKI_BATCH_H

#include "pki_options.h"

#include <stdio.h>

/* Verifies what each line of `in` asks for, and writes its verdict to `out`. Keys of an input line: roots,
 * chain, crls (PEM, or a file's name), name, time (text or number), profile, purpose, revocation,
 * no_common_name; each takes precedence over the option of that name in *defaults. id, of any type, is given
 * back. Returns the exit status: 0 if all were accepted, 1 if some were refused, 65 if some line could not be
 * understood (its answer has "error"). */
int batch_run(const struct options *defaults, FILE *in, FILE *out);

#endif
