/* SPDX-License-Identifier: MIT */
/* pem: finds certificates, revocation lists and keys in what was uploaded: PEM in any text, DER, PKCS#7. */
#ifndef X509_PEM_H
#define X509_PEM_H

#include "base/buf.h"
#include "base/err.h"
#include "x509/forms.h"

#include <stddef.h>

struct pem_block { /* borrowed for the callback */
	enum form form;
	const char *origin; /* NULL: PEM; else "converted from DER", "taken out of PKCS#7" */
	size_t line;        /* of its BEGIN, from 1; where it is damaged, of the fault */
	const char *text;   /* PEM with BEGIN and END; else what was uploaded */
	size_t text_len;
	/* NULL for keys and parameters in PEM, which may be encrypted, and for what is damaged */
	const unsigned char *der;
	size_t len;
	const char *damaged; /* what is wrong with the block, as a phrase; NULL: it is whole */
	const char *what;    /* form_advice's phrase, or one for a form that has none; never NULL */
};

/* PKCS#7 of more bytes is not decoded: ERR_FULL. */
enum { PEM_PKCS7_MAX = 1 << 20 };

typedef int pem_take(void *arg, const struct pem_block *b, struct err *e);

/* Calls fn for each block in order, with arg and e. fn returns 0 to go on, or -1 with *e filled, which ends
 * the reading and is returned. 0 also when there is no block. PKCS#7 is taken apart, and fn sees the
 * certificates and lists that are in it. */
int pem_each(const char *data, size_t len, pem_take *fn, void *arg, struct err *e);
/* The same for what the agent wrote itself, which needs no repair: the blocks point into data. */
int pem_stored(const char *data, size_t len, pem_take *fn, void *arg, struct err *e);
/* Writes one PEM block under this label ("CERTIFICATE"). */
void pem_write(struct buf *out, const char *label, const unsigned char *der, size_t len);

#endif
