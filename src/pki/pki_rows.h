/* SPDX-License-Identifier: MIT */
/* pki_rows: the commands of sealpost-pki as they are called once their command line was read. */
#ifndef PKI_PKI_ROWS_H
#define PKI_PKI_ROWS_H

#include "base/buf.h"
#include "pki_args.h"

/* Each carries out one command and appends to out what is to be printed. Returns the exit status; -1 with *e
 * filled when it failed. */
typedef int pki_row_run(const struct args *a, struct buf *out, struct err *e);

pki_row_run pki_list, pki_inspect, pki_match;           /* pki_look.c */
pki_row_run pki_csr, pki_selfsigned, pki_sign;          /* pki_make.c */
pki_row_run pki_cms_sign;                               /* pki_cms.c */
pki_row_run pki_unlock, pki_convert, pki_pkcs12_to_ssh; /* pki_change.c */

#endif
