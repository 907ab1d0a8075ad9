/* SPDX-License-Identifier: MIT */
/* pki_verify: the command `sealpost-pki verify`: verifies certificates from files, from a server, or many
 * chains that a program sends, with the same checks as the agent's, but without an agent. */
#ifndef PKI_PKI_VERIFY_H
#define PKI_PKI_VERIFY_H

/* argv[0] is "verify"; its options follow. Reads files and standard input, writes to standard output and
 * standard error. Returns the exit status: 0 if the certificates are accepted, 1 if they are refused,
 * otherwise a number of sysexits.h that says why nothing could be verified. */
int pki_verify(int argc, char **argv);

#endif
