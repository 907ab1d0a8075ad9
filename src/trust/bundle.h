/* bundle: an own certificate as it is uploaded: certificate, chain and key in PEM or PKCS#12. Private to trust. */
#ifndef TRUST_BUNDLE_H
#define TRUST_BUNDLE_H

#include "cert.h"

enum { BUNDLE_CHAIN_MAX = 8 };

struct bundle {
	struct cert *certs[BUNDLE_CHAIN_MAX + 1];
	size_t n;
	char *key_pem;			/* as it may lie on disk: under the passphrase that it came under */
	EVP_PKEY *key;
};

/* All of it, the key opened. -1 with a sentence about what is missing or wrong; call bundle_done in any case. */
int bundle_read(struct bundle *u, const char *data, size_t len, const char *passphrase, struct err *e);
/* Certificates and the key's text only. */
int bundle_blocks(struct bundle *u, const char *data, size_t len, struct err *e);
void bundle_done(struct bundle *u);
/* NULL: not with this passphrase. Never asks on a terminal. */
EVP_PKEY *bundle_key(const char *pem, const char *passphrase);
int bundle_is_encrypted(const char *pem);

#endif
