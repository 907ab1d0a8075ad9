/* SPDX-License-Identifier: MIT */
/* policy_form: checks the form of one certificate's policy extensions (RFC 5280, 4.2.1.4, 4.2.1.5, 4.2.1.11).
 * Private to trust. */
#ifndef TRUST_POLICY_FORM_H
#define TRUST_POLICY_FORM_H

#include "findings.h"

/* Checks the policy extensions of at->cert. */
void policy_form_check(const struct check_at *at);

/* Returns 1 if the list names no policy, or one of them twice. */
int policy_form_is_wrong(const CERTIFICATEPOLICIES *list);

#endif
