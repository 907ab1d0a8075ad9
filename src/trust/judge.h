/* judge: the one judgement behind every door. Private to trust. */
#ifndef TRUST_JUDGE_H
#define TRUST_JUDGE_H

#include "cert.h"
#include "trust/verify.h"

/* sent[0] is the server's own; damaged: a sentence about a certificate that could not even be read, or NULL. */
struct judge_input {
	struct cert *const *sent;
	size_t n;
	const char *damaged;
};
void judge(const struct verify_request *r, const struct judge_input *in, struct verdict *v);

#endif
