/* SPDX-License-Identifier: MIT */
#include "wire/xml.h"

#include <string.h>

int xml_text(const struct doc *d, const char *path, char *ret, size_t size)
{
	const struct doc *leaf = doc_get(d, path);
	if (!leaf || leaf->first)
		return -1;
	const char *text = leaf->value ? leaf->value : "";
	text += strspn(text, " \t\r\n");
	size_t len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (len >= size)
		return -1;
	memcpy(ret, text, len);
	ret[len] = '\0';
	return 0;
}
