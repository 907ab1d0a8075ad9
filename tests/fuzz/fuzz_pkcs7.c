/* SPDX-License-Identifier: MIT */
/* PKCS#7 in DER, and in PEM under either label: what is taken out of it, and whether every form of it gives
 * the same. */
#include "base/buf.h"
#include "x509/pem.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t n, bytes, damaged;
};

static int see(void *arg, const struct pem_block *b, struct err *e)
{
	struct seen *s = arg;
	(void)e;
	s->n++;
	s->bytes += b->len;
	s->damaged += b->damaged != NULL;
	if (!b->what || (b->damaged && !b->damaged[0]))
		abort();
	return 0;
}

static struct seen read_all(const char *data, size_t len)
{
	struct seen s = { 0 };
	struct err e;
	if (pem_each(data, len, see, &s, &e) < 0)
		abort();
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf pem;
	if (size < 2 || data[0] != 0x30 || form_of_der(data, size) != FORM_PKCS7)
		return 0;
	struct seen der = read_all((const char *)data, size);
	buf_init(&pem, 4 << 20);
	pem_write(&pem, "PKCS7", data, size);
	struct seen own = read_all(buf_str(&pem), pem.len);
	buf_reset(&pem);
	pem_write(&pem, "CERTIFICATE", data, size);
	struct seen other = read_all(buf_str(&pem), pem.len);
	if (own.n != other.n || own.bytes != other.bytes || der.n != own.n || der.bytes != own.bytes)
		abort();
	buf_done(&pem);
	return 0;
}
