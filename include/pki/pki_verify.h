/* SPDX-License-Identifier: MIT */
/* judge: the certificate judge's doors that need no agent: `sealpost verify` for files, for a server, for
 * many chains. */
#ifndef PKI_VERIFY_H
#define PKI_VERIFY_H

/* argv[0] is "verify" and its options follow. Reads files and standard input, writes standard output and
 * error. Returns the exit status: 0 accepted, 1 refused, else by sysexits.h why it could not judge. */
int pki_verify(int argc, char **argv);

#endif
