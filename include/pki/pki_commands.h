/* SPDX-License-Identifier: MIT */
/* pki_commands: the commands of sealpost-pki: certificates, keys and requests in files, without an agent. */
#ifndef PKI_PKI_COMMANDS_H
#define PKI_PKI_COMMANDS_H

#include "base/version.h"

#include <stdio.h>

/* Runs the command that argv[0] names, with the words and options after it. It uses files, standard output
 * and standard error, and asks for passphrases at the terminal. Returns the exit status of sysexits.h; 1 for
 * the answer "no" (for example, a key and a certificate do not match); or -1 if there is no such command. */
int pki_commands_run(int argc, char **argv);
/* Prints a line for each command. */
void pki_commands_print(FILE *to);

enum { PKI_LIBRARIES = 7 };
/* Fills the row of each library that sealpost-pki uses. */
void pki_libraries(struct version_library ret[PKI_LIBRARIES]);

#endif
