/* SPDX-License-Identifier: MIT */
/* Security Certificates Services and CRL: own certificates, and revocation lists. */
#include "agent/security.h"
#include "certstore/crls.h"
#include "certstore/own.h"
#include "rows.h"

#include <string.h>

#define FINGERPRINT                                                                                          \
	{                                                                                                    \
		"Fingerprint", SCHEMA_STR(1, 128), NULL, "SHA-1 or SHA-256, with or without colons.",        \
			PARAM_REQUIRED, 0                                                                    \
	}
#define PASSPHRASE(help)                                                                                     \
	{                                                                                                    \
		"PrivateKeyPassword",                                                                        \
			{ .kind = SCHEMA_STRING, .min = 0, .max = 128, .flags = SCHEMA_SECRET }, "", help,   \
			0, 0                                                                                 \
	}
/* This agent does nothing of what codecs have other purposes for: 802.1X, SIP, an HTTPS server. */
#define PURPOSE                                                                                              \
	{                                                                                                    \
		"Purpose", SCHEMA_LIT("HttpClient"), NULL,                                                   \
			"HttpClient: shown to servers that ask for a certificate.", PARAM_REQUIRED, 0        \
	}

static const struct command_param add_params[] = {
	PASSPHRASE("The passphrase of an encrypted key; it stays encrypted on disk, and is asked for again "
		   "after a restart."),
	{ .name = NULL },
};
static const struct command_param activate_params[] = { FINGERPRINT, PURPOSE, { .name = NULL } };
static const struct command_param fingerprint_params[] = { FINGERPRINT, { .name = NULL } };
static const struct command_param unlock_params[] = { FINGERPRINT,
						      PASSPHRASE("Its passphrase."),
						      { .name = NULL } };
static const struct command_param show_params[] = {
	{ "Format", SCHEMA_LIT("PEM/Text"), "Text",
	  "PEM prints the certificates or lists themselves, never a key.", 0, 0 },
	{ .name = NULL },
};

static void add_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	struct security_own_request r = { c->body, c->body_len, command_arg(c, "PrivateKeyPassword") };
	if (!c->body_len) {
		command_parameter_error(c, "expected a certificate and its key as the body: PEM or PKCS#12");
		return;
	}
	security_own_put(command_agent(c), &r, command_result(c), &e);
	command_done(c, &e);
}

static void act_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	security_own_act(command_agent(c), c->row->arg, command_arg(c, "Fingerprint"), &e);
	command_done(c, &e);
}

static void unlock_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	security_own_unlock(command_agent(c), command_arg(c, "Fingerprint"),
			    command_arg(c, "PrivateKeyPassword"), &e);
	command_done(c, &e);
}

void rows_services_list(const struct agent *a, struct doc *result)
{
	struct own_info info;
	for (size_t i = 0; own_info(agent_anchors(a), i, &info) == 0; i++) {
		struct doc *d = doc_add(result, "Details", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		doc_add_value(d, "Key", DOC_LITERAL,
			      info.locked      ? "Locked"
			      : info.encrypted ? "Encrypted"
					       : "Plain");
		rows_security_details(d, &info.cert);
	}
	doc_add_value(result, "Format", DOC_LITERAL, "Text");
}

int rows_services_clear(struct agent *a, struct err *e)
{
	struct own_info info;
	while (own_info(agent_anchors(a), 0, &info) == 0)
		if (security_own_act(a, SECURITY_OWN_DELETE, info.cert.fingerprint, e) < 0)
			return -1;
	return 0;
}

static void show_run(struct command *c)
{
	if (command_arg_is(c, "Format", "PEM")) {
		rows_security_pem(c, own_print_pem);
		return;
	}
	rows_services_list(command_agent(c), command_result(c));
	command_done(c, NULL);
}

static void crl_add_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	if (!c->body_len) {
		command_parameter_error(c, "expected revocation lists as the body: PEM, DER or PKCS#7");
		return;
	}
	security_crl_put(command_agent(c), c->body, c->body_len, command_result(c), &e);
	command_done(c, &e);
}

static void crl_delete_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	security_crl_delete(command_agent(c), command_arg(c, "Fingerprint"), &e);
	command_done(c, &e);
}

static void crl_show_run(struct command *c)
{
	const struct anchors *a = agent_anchors(command_agent(c));
	struct crl_info info;
	if (command_arg_is(c, "Format", "PEM")) {
		rows_security_pem(c, crls_print_pem);
		return;
	}
	struct doc *result = command_result(c);
	for (size_t i = 0; crls_info(a, i, &info) == 0; i++) {
		struct doc *d = doc_add(result, "Details", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		doc_add_value(d, "Fingerprint", DOC_STRING, info.fingerprint);
		doc_add_value(d, "IssuerName", DOC_STRING, info.issuer);
		if (info.number[0])
			doc_add_value(d, "Number", DOC_STRING, info.number);
		doc_add_int(d, "Revoked", (int64_t)info.revoked);
		if (info.next_update)
			doc_add_value(d, "nextUpdate", DOC_STRING, info.next_update_text);
		doc_add_value(d, "thisUpdate", DOC_STRING, info.this_update_text);
	}
	doc_add_value(result, "Format", DOC_LITERAL, "Text");
	command_done(c, NULL);
}

const struct command_row rows_services[ROWS_SERVICES_N] = {
	{ "Security Certificates CRL Add",
	  "Adds revocation lists; a newer one takes the place of an older one of its issuer.", NULL,
	  ROLE_ADMIN, COMMAND_MULTILINE, crl_add_run, 0 },
	{ "Security Certificates CRL Delete", "Deletes one revocation list.", fingerprint_params, ROLE_ADMIN,
	  0, crl_delete_run, 0 },
	{ "Security Certificates CRL Show", "Shows the revocation lists.", show_params, ROLE_USER, 0,
	  crl_show_run, 0 },
	{ "Security Certificates Services Activate", "Lets an own certificate serve a purpose.",
	  activate_params, ROLE_ADMIN, 0, act_run, SECURITY_OWN_ACTIVATE },
	{ "Security Certificates Services Add",
	  "Adds an own certificate with its chain and key: PEM, or PKCS#12 (binary or base64).", add_params,
	  ROLE_ADMIN, COMMAND_MULTILINE, add_run, 0 },
	{ "Security Certificates Services Deactivate", "Ends that.", activate_params, ROLE_ADMIN, 0, act_run,
	  SECURITY_OWN_DEACTIVATE },
	{ "Security Certificates Services Delete", "Deletes an own certificate and its key.",
	  fingerprint_params, ROLE_ADMIN, 0, act_run, SECURITY_OWN_DELETE },
	{ "Security Certificates Services Show", "Shows the own certificates.", show_params, ROLE_USER, 0,
	  show_run, 0 },
	{ "Security Certificates Services Unlock", "Makes an encrypted key usable after a restart.",
	  unlock_params, ROLE_ADMIN, 0, unlock_run, 0 },
};
