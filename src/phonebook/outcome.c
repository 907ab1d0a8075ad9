/* SPDX-License-Identifier: MIT */
#include "outcome.h"

#include "service/failure.h"
#include "wire/soap_fault.h"

const char *phonebook_outcome_name(enum phonebook_outcome o)
{
	static const char *const names[] = {
		"Found", "NoMatch", "Unreachable", "TlsFailed", "AuthFailed", "BadResponse", "NotConfigured",
	};
	return names[o];
}

static enum phonebook_outcome no_answer(const struct err *e)
{
	switch (e->kind) {
	case ERR_TLS:
	case ERR_DATE:
	case ERR_CONFIG: return PHONEBOOK_TLS_FAILED;
	case ERR_PROTOCOL:
	case ERR_TOOLONG:
	case ERR_FULL: return PHONEBOOK_BAD_RESPONSE;
	default: return PHONEBOOK_UNREACHABLE;
	}
}

static enum phonebook_outcome refusal(const struct https_reply *r, struct err *e)
{
	struct phonebook_page none;
	struct err fault;
	const char *meaning = failure_meaning(SERVICE_PHONEBOOK, r->status);
	err_set(e, ERR_HTTP, r->status, "the phone book answered HTTP %d%s%s", r->status,
		*meaning ? ": " : "", meaning);
	if (r->status == 401 || r->status == 403 || r->status == 407)
		return PHONEBOOK_AUTH_FAILED;
	/* the answers of a gateway that cannot reach its server, and of a server that is out of service */
	if (r->status >= 502 && r->status <= 504)
		return PHONEBOOK_UNREACHABLE;
	if (r->len && phonebook_read_page(r->body, r->len, &none, &fault) == 0)
		phonebook_page_done(&none);
	else if (r->len && fault.code == SOAP_FAULT)
		*e = fault; /* the SOAP fault is more precise than the HTTP status */
	return PHONEBOOK_BAD_RESPONSE;
}

enum phonebook_outcome outcome_classify(const struct https_reply *r, struct phonebook_page *ret,
					struct err *e)
{
	if (r->err.kind != ERR_NONE) {
		*e = r->err;
		return no_answer(e);
	}
	if (r->status < 200 || r->status > 299)
		return refusal(r, e);
	if (r->body_err.kind != ERR_NONE) {
		*e = r->body_err;
		return no_answer(e);
	}
	return phonebook_read_page(r->body, r->len, ret, e) == 0 ? PHONEBOOK_FOUND : PHONEBOOK_BAD_RESPONSE;
}
