/* SPDX-License-Identifier: MIT */
/* visit: what the management server does at a device over HTTPS: the orders `add` and `enforce`. Their
 * answers come later, when the device has answered. */
#ifndef LAB_VISIT_H
#define LAB_VISIT_H

#include "base/buf.h"
#include "base/err.h"
#include "control.h"

#include <stddef.h>

struct lab;
struct visit; /* the lab's list of them: lab->visits */

/* add NAME [--at ADDRESS[:PORT]] [--user NAME] [--password-file PASSWORD] [--root PEM]: in place of the files
 * that the command line names, the words have what stands in them. Adds the device; where the server knows
 * its address, from these words or an earlier call, it reads its identity and opens or solves tickets. */
enum control_next visit_add(struct lab *lab, size_t n, char **words, struct buf *out);
/* enforce NAME: sends it the settings of the secure-only mode by putxml, and reads its settings. */
enum control_next visit_enforce(struct lab *lab, size_t n, char **words, struct buf *out);
/* Ends those that are under way; nobody gets an answer. */
void visit_end_all(struct lab *lab);

#endif
