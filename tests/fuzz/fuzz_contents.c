/* SPDX-License-Identifier: MIT */
/* What sealpost-pki reads and shows: any file. The first byte says whether there is a passphrase. The
 * target is built with few iterations at most (PBE_ITERATIONS_MAX). */
#include "x509/asn1_dump.h"
#include "x509/contents.h"
#include "x509/details.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct content *at, struct buf *text)
{
	if (!at->cert && !at->crl && !at->csr && !at->key && (!at->wrong || !at->wrong[0]))
		abort();
	if (at->cert) {
		details_cert(at->cert, 1782907200, text);
		asn1_dump(at->cert->der, at->cert->len, text);
	}
	if (at->crl) {
		details_crl(at->crl, text);
		asn1_dump(at->crl->der, at->crl->len, text);
	}
	if (at->csr)
		asn1_dump(at->csr->der, at->csr->len, text);
	if (at->key)
		details_key(at->key, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct contents c;
	struct buf file, text;
	struct err e = { .kind = ERR_NONE };
	if (!size)
		return 0;
	buf_init(&file, size);
	buf_init(&text, 16 << 20);
	buf_add(&file, data + 1, size - 1);
	if (contents_read(&c, &file, data[0] & 1 ? "secret" : NULL, &e) < 0 && !e.text[0])
		abort();
	for (size_t i = 0; i < c.n; i++)
		show(&c.at[i], &text);
	asn1_dump(data + 1, size - 1, &text);
	for (const char *p = buf_str(&text); *p; p++)
		if (*p != '\n' && (*p < ' ' || *p > '~'))
			abort();
	contents_done(&c);
	buf_done(&file);
	buf_done(&text);
	return 0;
}
