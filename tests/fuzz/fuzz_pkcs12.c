/* SPDX-License-Identifier: MIT */
/* What an administrator uploads as an own certificate: PKCS#12 of any make, keys under a passphrase. The
 * first byte says whether there is one. The target is built with few iterations at most (PBE_ITERATIONS_MAX),
 * so that no input takes long. */
#include "certstore/own.h"
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
	struct anchors_upload u = { .data = (const char *)data + 1,
				    .len = size - 1,
				    .passphrase = data[0] & 1 ? "secret" : NULL };
	struct err e = { .kind = ERR_NONE };
	struct own_info info;
	struct buf report, pem;
	char fingerprint[41] = "";
	buf_init(&report, 1 << 20);
	buf_init(&pem, 1 << 20);
	int failed = own_put(a, &u, &report, fingerprint, &e);
	/* refused with a sentence and nothing kept; or one certificate, its key open, and no key where
	 * certificates are shown */
	if (failed ? e.kind == ERR_NONE || !e.text[0] || own_count(a)
		   : own_count(a) != 1 || strlen(fingerprint) != 40)
		abort();
	if (!failed && (own_info(a, 0, &info) < 0 || info.locked != info.encrypted || !report.len))
		abort();
	own_print_pem(a, &pem);
	if (strstr(buf_str(&pem), "KEY"))
		abort();
	struct own_activation r = { fingerprint, OWN_HTTP_CLIENT, u.passphrase };
	if (!failed && own_activate(a, &r, NULL, &e) < 0 && e.kind != ERR_INPUT)
		abort();
	if (!failed && own_delete(a, fingerprint, &e) < 0)
		abort();
	buf_done(&pem);
	buf_done(&report);
	anchors_free(a);
	return 0;
}
