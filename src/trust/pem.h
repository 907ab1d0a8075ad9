/* pem: finds the PEM blocks in any text, CRLF or LF, or takes the whole as DER. Private to trust. */
#ifndef TRUST_PEM_H
#define TRUST_PEM_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

enum pem_kind { PEM_CERTIFICATE, PEM_CRL, PEM_KEY, PEM_OTHER };

struct pem_block {			/* borrowed for the callback */
	enum pem_kind kind;
	int from_der;			/* the input was no PEM */
	size_t line;			/* of its BEGIN, from 1 */
	const char *text;		/* with BEGIN and END */
	size_t text_len;
	const unsigned char *der;	/* for certificates and CRLs */
	size_t len;
	const char *damaged;		/* a sentence, and then der is NULL; else NULL */
};

/* fn for each block in order; it returns 0 to go on, or -1 with *e filled, which ends it. 0 also when there is none. */
int pem_each(const char *data, size_t len, int (*fn)(void *arg, const struct pem_block *b, struct err *e), void *arg,
	     struct err *e);
/* A block of certificates ("CERTIFICATE") or CRLs ("X509 CRL"). */
void pem_write(struct buf *out, const char *label, const unsigned char *der, size_t len);

#endif
