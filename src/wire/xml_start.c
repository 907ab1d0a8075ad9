/* SPDX-License-Identifier: MIT */
#include "xml_start.h"

#include <string.h>

size_t xml_start(const char *text, size_t len)
{
	static const char declaration[] = "<?xml";
	size_t n = 0;
	while (n < len && text[n] && strchr(" \t\r\n", text[n]))
		n++;
	size_t left = len - n;
	int is_declaration =
		left >= sizeof declaration && memcmp(text + n, declaration, sizeof declaration - 1) == 0;
	return is_declaration || !left ? n : 0;
}
