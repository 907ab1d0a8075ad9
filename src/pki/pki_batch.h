/* SPDX-License-Identifier: MIT */
/* batch: many chains, one JSON object a line. Private to pki. */
#ifndef PKI_BATCH_H
#define PKI_BATCH_H

#include "pki_options.h"

#include <stdio.h>

/* Keys of an input line: roots, chain, crls (PEM, or a file's name), name, time (text or number), profile,
 * purpose, revocation, no_common_name; each wins over the option of that name. id, of any kind, is given
 * back. Exit status: 0 all accepted, 1 some refused, 65 some line could not be judged (its answer has
 * "error"). */
int batch_run(const struct options *defaults, FILE *in, FILE *out);

#endif
