/* SPDX-License-Identifier: MIT */
/* Certificate requests in DER: reading, showing, and whether a CA should sign. */
#include "base/buf.h"
#include "x509/csr.h"
#include "x509/details.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *arg, const char *name, const char *value, struct err *e)
{
	(void)e;
	*(size_t *)arg += strlen(name) + strlen(value);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { .kind = ERR_NONE };
	struct buf text;
	size_t taken = 0;
	struct csr *c = csr_parse(data, size, &e);
	if (!c) {
		if (e.kind == ERR_NONE || !e.text[0])
			abort();
		return 0;
	}
	buf_init(&text, 4 << 20);
	details_csr(c, &text);
	for (const char *p = buf_str(&text); *p; p++)
		if (*p != '\n' && (*p < ' ' || *p > '~'))
			abort();
	e = (struct err){ .kind = ERR_NONE };
	if (csr_check(c, &e) < 0 && !e.text[0])
		abort();
	csr_each_name(c, &(struct names_taker){ &taken, take, take }, &e);
	buf_done(&text);
	csr_free(c);
	return 0;
}
