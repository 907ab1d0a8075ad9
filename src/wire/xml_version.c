/* SPDX-License-Identifier: MIT */
/* xml_version: the version of libxml2, which libxml2 reports as one number with two digits for each part. */
#include "wire/xml.h"

#include "base/num.h"

#include <libxml/globals.h>
#include <stdio.h>
#include <string.h>

void xml_library_version(char *ret, size_t size)
{
	char digits[16];
	int64_t n;
	snprintf(digits, sizeof digits, "%.*s", (int)strspn(xmlParserVersion, "0123456789"),
		 xmlParserVersion);
	if (num_parse(digits, 0, INT32_MAX, &n, NULL) < 0)
		snprintf(ret, size, "%s", xmlParserVersion);
	else
		snprintf(ret, size, "%d.%d.%d", (int)(n / 10000), (int)(n / 100 % 100), (int)(n % 100));
}
