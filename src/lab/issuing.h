/* SPDX-License-Identifier: MIT */
/* issuing: issues certificates of the lab's authority to others, and replaces its root. */
#ifndef LAB_ISSUING_H
#define LAB_ISSUING_H

#include "world.h"

/* Makes a key and a certificate for a server of this name, below the lab's intermediate, valid for 90 days:
 * NAME.key and NAME.crt (with the intermediate) in the lab's folder. Appends the paths of these files. */
int issuing_cert(struct lab *lab, const char *name, struct buf *out, struct err *e);
/* Signs the certificate request in this PEM text, and appends the certificate and the intermediate as PEM. */
int issuing_sign(struct lab *lab, const char *pem, struct buf *out, struct err *e);
/* Makes a step ("begin", "switch", "end") of replacing the root; see ca.h. Appends what to do next. */
int issuing_rotate(struct lab *lab, const char *step, struct buf *out, struct err *e);

#endif
