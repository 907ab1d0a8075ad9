/* SPDX-License-Identifier: MIT */
/* connection_certificates: adds a verdict to a diagnosis, as one step for each check. */
#include "connection_internal.h"

#include "x509/codes.h"

#include <stdio.h>
#include <string.h>

static void describe(const struct verify_finding *f, char *ret, size_t size)
{
	snprintf(ret, size, "%ld=%s: %s%s%s%s%s%s%s", f->code, codes_symbol(f->code), codes_sentence(f->code),
		 *f->subject ? "; subject " : "", f->subject, *f->wanted ? "; wanted " : "", f->wanted,
		 *f->found ? "; found " : "", f->found);
}

/* Writes what is shown for a check that passed, and returns its outcome. */
static enum connection_outcome describe_passed(const struct connection_certificates *c,
					       const struct verdict *v, enum verify_check check, char *ret,
					       size_t size)
{
	char until[32];
	ret[0] = '\0';
	switch (check) {
	case VERIFY_CHECK_CHAIN:
		snprintf(ret, size, "%zu sent, %zu in the chain up to an uploaded root", v->sent, v->built);
		break;
	case VERIFY_CHECK_DATES:
		date_format(v->valid_until, until, sizeof until);
		if (v->valid_until)
			snprintf(ret, size, "the first end in the chain is %s", until);
		break;
	case VERIFY_CHECK_NAME:
		snprintf(ret, size, "it is %s's", c->host);
		return v->name == VERIFY_NAME_UNCHECKED ? CONNECTION_SKIP : CONNECTION_PASS;
	case VERIFY_CHECK_REVOCATION:
		if (c->policy.revocation == VERIFY_REVOCATION_OFF) {
			snprintf(ret, size, "the setting is Off");
			return CONNECTION_SKIP;
		}
		break;
	default: break;
	}
	return CONNECTION_PASS;
}

void connection_certificates_put(struct connection_report *r, const struct connection_certificates *c,
				 const struct verdict *v)
{
	char name[64], found[CONNECTION_FOUND_MAX];
	int is_broken = 0, is_first = !r->first_failure;
	for (enum verify_check k = 0; k < VERIFY_CHECKS; k++) {
		unsigned failed = 0;
		snprintf(name, sizeof name, "Certificate %s", verify_check_name(k));
		for (size_t i = 0; i < v->n; i++) {
			const struct verify_finding *f = &v->findings[i];
			if (f->note || verify_check_of(f->code) != k)
				continue;
			describe(f, found, sizeof found);
			connection_report_step(
				r, &(struct connection_step){ name, CONNECTION_FAIL, found, f->hint, 0 });
			if (is_first && i == 0) /* the code of the whole verdict belongs to this finding */
				connection_report_set_first(r);
			failed++;
		}
		is_broken |= k == VERIFY_CHECK_CHAIN && failed;
		if (!failed && is_broken && k == VERIFY_CHECK_SIGNATURES)
			connection_report_skip(r, name, "the chain is not complete");
		else if (!failed) {
			enum connection_outcome outcome = describe_passed(c, v, k, found, sizeof found);
			connection_report_step(r, &(struct connection_step){ name, outcome, found, NULL, 0 });
		}
	}
}
