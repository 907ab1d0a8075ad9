/* SPDX-License-Identifier: MIT */
#include "schema/name.h"

#include "base/mem.h"
#include "schema/value.h"

#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Finds the host: it begins after the scheme, if there is one, and ends before the port or, in a URL, before
 * anything else that may follow. */
static const char *find_host(const char *text, size_t *len)
{
	const char *scheme = strstr(text, "://"), *host = scheme ? scheme + 3 : text;
	*len = strcspn(host, scheme ? ":/?#\\@" : ":");
	return host;
}

static int is_ascii(const char *text, size_t len)
{
	while (len && !(*text & 0x80))
		text++, len--;
	return !len;
}

/* Returns 1 if the converted host has only characters of a name. UTS 46 maps some characters to several,
 * which may contain a slash or a colon; these would change the URL. */
static int is_name(const char *ascii)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	return !ascii[strspn(ascii, allowed)];
}

int schema_name_ascii(const char *text, char *ret, size_t size, struct err *e)
{
	size_t len;
	const char *host = find_host(text, &len);
	char *name = mem_dup_n(host, len), *ascii = NULL, shown[SCHEMA_SHOWN];
	int rc = is_ascii(name, len) ? IDN2_OK
				     : idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_OK && ascii && !is_name(ascii))
		rc = IDN2_DISALLOWED;
	int written = snprintf(ret, size, "%.*s%s%s", (int)(host - text), text, ascii ? ascii : name,
			       host + len),
	    r = 0;
	if (rc != IDN2_OK)
		r = err_set(e, ERR_INPUT, 0, "\"%s\" is no host name (IDNA: %s)",
			    schema_value_shown(name, shown), idn2_strerror(rc));
	else if (written < 0 || (size_t)written >= size)
		r = err_set(e, ERR_INPUT, 0, "expected at most %zu bytes, got %d", size - 1, written);
	idn2_free(ascii);
	free(name);
	return r;
}

const char *schema_name_library_version(void)
{
	return idn2_check_version(NULL);
}
