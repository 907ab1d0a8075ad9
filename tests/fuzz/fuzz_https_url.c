/* SPDX-License-Identifier: MIT */
/* URLs as an administrator, or a manager's answer, may give them: what is accepted is sane and reads back the
 * same. */
#include "net/https.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct https_url u, again;
	struct err e;
	char *text = strndup((const char *)data, size), back[sizeof u.host + sizeof u.path + 32];
	if (https_url_parse(text, &u, &e) == 0) {
		const char *six = strchr(u.host, ':');
		assert(u.host[0] && !strpbrk(u.host, "/@[]%? \\"));
		assert(u.port > 0 && u.port < 65536 && u.path[0] == '/');
		assert(strncasecmp(text, "https://", 8) == 0);
		snprintf(back, sizeof back, six ? "https://[%s]:%d%s" : "https://%s:%d%s", u.host, u.port,
			 u.path);
		assert(https_url_parse(back, &again, &e) == 0);
		assert(strcmp(u.host, again.host) == 0 && strcmp(u.path, again.path) == 0);
		assert(u.port == again.port && u.is_address == again.is_address);
	} else {
		assert(e.kind == ERR_INPUT && e.text[0]);
	}
	free(text);
	return 0;
}
