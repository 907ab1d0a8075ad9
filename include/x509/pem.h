/* SPDX-License-Identifier: MIT */
/* pem: finds certificates, revocation lists and keys in an upload: PEM within any text, DER, PKCS#7. */
#ifndef X509_PEM_H
#define X509_PEM_H

#include "base/buf.h"
#include "base/err.h"
#include "x509/forms.h"

#include <stddef.h>

struct pem_block { /* borrowed for the callback */
	enum form form;
	const char *origin; /* NULL: PEM; otherwise "converted from DER", "taken out of PKCS#7" */
	size_t line;        /* line of its BEGIN, from 1; if it is damaged, line of the fault */
	const char *text;   /* PEM with BEGIN and END; otherwise the upload */
	size_t text_len;
	/* NULL for keys and parameters in PEM, which may be encrypted, and for damaged blocks */
	const unsigned char *der;
	size_t len;
	const char *damaged; /* what is wrong with the block, as a phrase; NULL: it is not damaged */
	/* the phrase of form_advice, or another one for a form without a name; never NULL */
	const char *what;
};

/* Longer PKCS#7 is not decoded: ERR_FULL. */
enum { PEM_PKCS7_MAX = 1 << 20 };

typedef int pem_take(void *arg, const struct pem_block *b, struct err *e);

/* Calls fn for each block in order, with arg and e. fn returns 0 to continue, or -1 with *e, which ends the
 * reading and is returned. Returns 0 also if there is no block. PKCS#7 is taken apart: fn is called for the
 * certificates and lists in it. */
int pem_each(const char *data, size_t len, pem_take *fn, void *arg, struct err *e);
/* As pem_each, for text that the agent has written itself, which needs no repair: the blocks point into
 * data. */
int pem_stored(const char *data, size_t len, pem_take *fn, void *arg, struct err *e);
/* Writes one PEM block with this label ("CERTIFICATE"). */
void pem_write(struct buf *out, const char *label, const unsigned char *der, size_t len);

#endif
