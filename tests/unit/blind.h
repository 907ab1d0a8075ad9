/* SPDX-License-Identifier: MIT */
/* blind: our own verifier can be made to find nothing wrong, so that OpenSSL's is left alone. Every check of
 * ours reports its refusals through findings_add. A test that includes this has a findings_add of its own,
 * which drops them while `blind` is set. */
#ifndef TESTS_UNIT_BLIND_H
#define TESTS_UNIT_BLIND_H

#define findings_add findings_add_really
#include "../../src/trust/findings.c"
#undef findings_add

static int blind;

void findings_add(const struct check_at *at, const struct failed *what);
void findings_add(const struct check_at *at, const struct failed *what)
{
	if (!blind || (what->found && strstr(what->found, "X509_verify_cert")))
		findings_add_really(at, what);
}

#endif
