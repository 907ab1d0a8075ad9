/* SPDX-License-Identifier: MIT */
/* XML from outside: no crash, no memory beyond the limits, and what was read can be printed and read
 * again. */
#include "wire/xml.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct doc *d, *again;
	struct err e;
	struct buf printed;
	if (xml_parse((const char *)data, size, NULL, &d, &e) < 0)
		return 0;
	buf_init(&printed, 64 << 20);
	doc_print_xml(d, 0, &printed);
	struct xml_limits wide = { .bytes = 64 << 20, .value = 1 << 20 };
	if (xml_parse(buf_str(&printed), printed.len, &wide, &again, &e) < 0)
		abort();
	if (doc_count(d) != doc_count(again))
		abort();
	doc_free(again);
	doc_free(d);
	buf_done(&printed);
	return 0;
}
