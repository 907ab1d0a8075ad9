/* SPDX-License-Identifier: MIT */
/* Lines of the file of audit lines, and addresses of which secrets are taken out. */
#include "audit/audit_kept.h"

#include "base/mem.h"
#include "base/redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_dup_n(data, size), shown[64], again[600], whole[600];
	struct audit_line l = { .text = NULL };
	if (audit_kept_parse(text, &l) == 0 && (!l.number || l.text < text || l.text > text + strlen(text)))
		abort();
	redact_url(text, shown, sizeof shown);
	/* What has been taken out stays out. */
	if (strlen(text) < 128) {
		redact_url(text, whole, sizeof whole);
		redact_url(whole, again, sizeof again);
		if (strcmp(whole, again) != 0)
			abort();
	}
	free(text);
	return 0;
}
