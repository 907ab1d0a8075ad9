/* SPDX-License-Identifier: MIT */
/* pki_batch: verifies many chains: reads one JSON object from each line of input, and writes one for it. */
#ifndef PKI_PKI_BATCH_H
#define PKI_PKI_BATCH_H

#include "pki_options.h"

#include <stdio.h>

/* For each line of `in`, verifies the chain in it and writes a line with the verdict to `out`. Keys of an
 * input line: roots, chain, crls (PEM, or the name of a file), name, time (text or number), profile, purpose,
 * revocation, no_common_name; each takes precedence over the option of that name in *defaults. id, of any
 * type, is copied to the output. Returns the exit status: 0 if all were accepted, 1 if some were refused, 65
 * if some line could not be understood (its output has "error"). */
int batch_run(const struct options *defaults, FILE *in, FILE *out);

#endif
