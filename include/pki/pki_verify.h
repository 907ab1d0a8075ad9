/* SPDX-License-Identifier: MIT */
/* pki_verify: the command `sealpost-pki verify`: verifies certificates from files, from a server, or many
 * chains that a program sends, with the agent's own checks and without an agent. */
#ifndef PKI_PKI_VERIFY_H
#define PKI_PKI_VERIFY_H

/* argv[0] is "verify", and its options follow. Reads files and standard input, writes standard output and
 * standard error. Returns the exit status: 0 accepted, 1 refused, else by sysexits.h why nothing could be
 * verified. */
int pki_verify(int argc, char **argv);

#endif
