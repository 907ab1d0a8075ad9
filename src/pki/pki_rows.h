/* SPDX-License-Identifier: MIT */
/* pki_rows: the functions of sealpost-pki's commands, which are called after the command line was read. */
#ifndef PKI_PKI_ROWS_H
#define PKI_PKI_ROWS_H

#include "base/buf.h"
#include "pki_args.h"

/* Runs one command and appends its output to out. Returns the exit status; -1 with *e if it failed. */
typedef int pki_row_run(const struct args *a, struct buf *out, struct err *e);

pki_row_run pki_list, pki_inspect, pki_match;           /* pki_look.c */
pki_row_run pki_csr, pki_selfsigned, pki_sign;          /* pki_make.c */
pki_row_run pki_cms_sign;                               /* pki_cms.c */
pki_row_run pki_unlock, pki_convert, pki_pkcs12_to_ssh; /* pki_change.c */

#endif
