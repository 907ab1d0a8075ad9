/* SPDX-License-Identifier: MIT */
/* What an administrator uploads: roots, revocation lists, own certificates. The first byte chooses which and
 * how. */
#include "certstore/own.h"
#include "certstore/crls.h"
#include "certstore/anchors.h"
#include "trust/fitness.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, NULL);
	struct err e = { .kind = ERR_NONE };
	struct buf report;
	struct cert_info info;
	struct crl_info list;
	const char *text = (const char *)data + 1;
	size_t added = 0, len = size - 1;
	enum anchors_mode mode = (enum anchors_mode)(data[0] / 4 % 3);
	int failed;
	buf_init(&report, 1 << 20);
	if (data[0] % 4 == 3) {
		struct anchors_upload u = { .data = text,
					    .len = len,
					    .passphrase = data[0] & 64 ? "secret" : NULL };
		failed = own_put(a, &u, &report, NULL, &e);
		added = own_count(a);
	} else if (data[0] % 4 == 2) {
		failed = crls_put(a, &(struct anchors_upload){ .data = text, .len = len, .mode = mode },
				  &report, &added, &e);
	} else {
		struct anchors_upload u = { .data = text,
					    .len = len,
					    .mode = mode,
					    .now_unix = data[0] & 64 ? 1782907200 : 0,
					    .pin_host = data[0] & 128 ? "server.example" : NULL };
		failed = anchors_put(a, &u, &report, &added, &e);
	}
	/* all or nothing, and never without a word */
	if (failed ? e.kind == ERR_NONE || !e.text[0] || anchors_count(a) + crls_count(a) + own_count(a)
		   : anchors_count(a) + crls_count(a) + own_count(a) > added)
		abort();
	for (size_t i = 0; anchors_info(a, i, &info) == 0; i++)
		if (strlen(info.fingerprint) != 40 ||
		    anchors_delete(a, info.fingerprint_sha256, NULL, &e) < 0)
			abort();
	for (size_t i = 0; crls_info(a, i, &list) == 0; i++)
		if (strlen(list.fingerprint) != 40)
			abort();
	buf_done(&report);
	anchors_free(a);
	return 0;
}
