/* SPDX-License-Identifier: MIT */
/* visit: calls of the management server to a device over HTTPS: the orders `add` and `enforce`. These orders
 * are answered later, when the device has answered. */
#ifndef LAB_VISIT_H
#define LAB_VISIT_H

#include "base/buf.h"
#include "base/err.h"
#include "lab_control.h"

#include <stddef.h>

struct lab;

/* Carries out: add NAME [--at ADDRESS[:PORT]] [--user NAME] [--password-file PASSWORD] [--root PEM]. The
 * words have the contents of the files that the command line names. Adds the device. If the server knows the
 * device's address, from these words or an earlier call, it reads the device's identity and opens or closes
 * tickets. */
enum control_next visit_add(struct lab *lab, size_t n, char **words, struct buf *out);
/* Carries out: enforce NAME. Sends the settings of the secure-only mode to the device by putxml, and reads
 * the device's settings. */
enum control_next visit_enforce(struct lab *lab, size_t n, char **words, struct buf *out);
/* Ends all calls that are under way; their orders are not answered. */
void visit_end_all(struct lab *lab);

#endif
