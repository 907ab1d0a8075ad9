/* SPDX-License-Identifier: MIT */
/* issuing: certificates that the lab's authority gives to others, and the replacement of its root. */
#ifndef LAB_ISSUING_H
#define LAB_ISSUING_H

#include "world.h"

/* Makes a key and a certificate for a server of this name, below the lab's intermediate, for 90 days:
 * NAME.key and NAME.crt (with the intermediate) in the lab's folder. Appends where they are. */
int issuing_cert(struct lab *lab, const char *name, struct buf *out, struct err *e);
/* Signs the request in this PEM text, and appends the certificate and the intermediate in PEM. */
int issuing_sign(struct lab *lab, const char *pem, struct buf *out, struct err *e);
/* "begin", "switch", "end": see ca.h. Appends what to do next. */
int issuing_rotate(struct lab *lab, const char *step, struct buf *out, struct err *e);

#endif
