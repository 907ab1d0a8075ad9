/* SPDX-License-Identifier: MIT */
/* Roots, what a server sent, and revocation lists, divided by lines of "=====", judged on 2026-07-01. The
 * first byte chooses the policy. */
#include "certstore/crls.h"
#include "trust/fitness.h"
#include "trust/verify.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char divider[] = "=====\n";

static const char *part(const char **p, const char *end, size_t *ret_len)
{
	const char *start = *p,
		   *stop = start < end ? memmem(start, (size_t)(end - start), divider, sizeof divider - 1)
				       : NULL;
	*ret_len = (size_t)((stop ? stop : end) - start);
	*p = stop ? stop + sizeof divider - 1 : end;
	return start;
}

/* The last one is an anchor, or the server's own, self-signed, is the only one and was uploaded. */
static int ends_in_an_anchor(const struct verdict *v, const struct anchors *a, const struct verify_chain *c)
{
	struct cert_info own, uploaded;
	if (v->built > 1)
		return v->path[v->built - 1] < 0;
	if (v->built == 0 || verify_chain_info(c, 0, &own) < 0)
		return 0;
	for (size_t i = 0; anchors_info(a, i, &uploaded) == 0; i++)
		if (strcmp(own.fingerprint_sha256, uploaded.fingerprint_sha256) == 0)
			return 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	static struct verdict v;
	const char *p = (const char *)data + 1, *end = (const char *)data + size;
	size_t roots_len, sent_len, lists_len;
	const char *roots = part(&p, end, &roots_len), *sent = part(&p, end, &sent_len),
		   *lists = part(&p, end, &lists_len);
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, NULL);
	struct anchors_upload u = { .data = roots, .len = roots_len, .mode = ANCHORS_AS_IS };
	anchors_put(a, &u, NULL, NULL, NULL);
	crls_put(a, &(struct anchors_upload){ .data = lists, .len = lists_len, .mode = ANCHORS_AS_IS }, NULL,
		 NULL, NULL);
	struct verify_request r = { .anchors = a,
				    .host = data[0] & 1 ? "server.example" : NULL,
				    .at_unix = 1782907200 };
	r.policy.profile = data[0] & 2 ? VERIFY_STRICT : VERIFY_GUIDE;
	r.policy.revocation = (enum verify_revocation)(data[0] / 4 % 3);
	r.policy.purpose = (enum verify_purpose)(data[0] / 12 % 3);
	struct verify_chain *c = verify_chain_new(sent, sent_len, NULL);
	if (c) {
		struct verdict_context context = { .service = "fuzz", .host = r.host, .enforced = 1 };
		struct buf line;
		buf_init(&line, 1 << 16);
		verify_chain_judge(&r, c, &v);
		verdict_line(&v, &context, &line);
		/* one line; trusted means: no refusal, an anchor, a name that was found if one was asked
		 * for */
		if (memchr(line.data, '\n', line.len) || v.n > VERIFY_FINDINGS_MAX ||
		    (v.code && v.findings[0].code != v.code))
			abort();
		for (size_t i = 0; !v.code && i < v.n; i++)
			if (!v.findings[i].note)
				abort();
		if (!v.code && (!ends_in_an_anchor(&v, a, c) || (r.host && v.name != VERIFY_NAME_MATCH)))
			abort();
		buf_done(&line);
		verify_chain_free(c);
	}
	anchors_free(a);
	return 0;
}
