/* SPDX-License-Identifier: MIT */
/* openssl_verify: OpenSSL's X509_verify_cert as a second verifier of a path that sealpost's own verifier has
 * accepted. Private to trust. */
#ifndef TRUST_OPENSSL_VERIFY_H
#define TRUST_OPENSSL_VERIFY_H

#include "findings.h"
#include "search.h"

/* Calls X509_verify_cert for s->path, which has passed every check of our own verifier: with the path's lower
 * certificates as untrusted, its root as the only trusted one, and the host, purpose and date of s->rules. It
 * can only refuse: then a refusal with OpenSSL's code is added to `to`, and its verdict's `disagreed` is that
 * code. */
void openssl_verify(const struct search *s, struct findings *to);

#endif
