/* SPDX-License-Identifier: MIT */
/* Private keys in PEM and DER, open and encrypted. The first byte says whether there is a passphrase. The
 * target is built with few iterations at most (PBE_ITERATIONS_MAX), so that no input takes long. */
#include "base/buf.h"
#include "x509/keys.h"
#include "x509/private_key.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *pem, const char *passphrase)
{
	struct err e = { .kind = ERR_NONE };
	EVP_PKEY *key = private_key_read(pem, passphrase, &e);
	private_key_is_modern(pem);
	if (!key && (e.kind == ERR_NONE || !e.text[0]))
		abort();
	/* what was read is written so that it is read again */
	char *written = key ? private_key_write(key, NULL) : NULL;
	EVP_PKEY *again = written ? private_key_read(written, NULL, &e) : NULL;
	if (written && (!again || !keys_same(key, again)))
		abort();
	if (key)
		keys_check(key, &e);
	private_key_wipe(written);
	private_key_free(again);
	private_key_free(key);
}

static int see(void *arg, const struct pem_block *b, struct err *e)
{
	const char *passphrase = arg;
	(void)e;
	if (b->form == FORM_KEY && !b->damaged) {
		char *pem = private_key_text(b);
		check(pem, passphrase);
		private_key_wipe(pem);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char passphrase[] = "secret";
	struct err e;
	if (size < 2)
		return 0;
	pem_each((const char *)data + 1, size - 1, see, data[0] & 1 ? passphrase : NULL, &e);
	return 0;
}
