/* SPDX-License-Identifier: MIT */
/* rows_services: the commands Security Certificates Services and CRL, about own certificates and revocation
 * lists. */
#include "agent/security.h"
#include "certstore/crls.h"
#include "certstore/own.h"
#include "diagnostics/certificate_details.h"
#include "diagnostics/client_preflight.h"
#include "command_rows.h"
#include "runs.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>

#define FINGERPRINT                                                                                          \
	{                                                                                                    \
		"Fingerprint", SCHEMA_STR(1, 128), NULL, "SHA-1 or SHA-256, with or without colons.",        \
			PARAM_REQUIRED, 0                                                                    \
	}
#define PASSWORD(name, help)                                                                                 \
	{                                                                                                    \
		name, { .kind = SCHEMA_STRING, .min = 0, .max = 128, .flags = SCHEMA_SECRET }, "", help, 0,  \
			0                                                                                    \
	}
#define PASSPHRASE(help) PASSWORD("PrivateKeyPassword", help)
/* The purposes of own certificates. Video codecs have further ones (802.1X, SIP), for which this agent has no
 * use. */
#define PURPOSES SCHEMA_LIT("HttpClient/HTTPS")
#define PURPOSE_HELP                                                                                         \
	"HttpClient: for servers that ask for a client certificate. HTTPS: for clients of the device's own " \
	"HTTPS side."

const struct command_param rows_services_add_params[] = {
	{ "DryRun", SCHEMA_LIT("False/True"), "False",
	  "True presents the certificate to every configured server that asks for one, shows whether it is "
	  "accepted, and changes nothing. With Purpose: HTTPS no server is contacted.",
	  0, 0 },
	PASSPHRASE("The passphrase of an encrypted key; it stays encrypted on disk, and is asked for again "
		   "after a restart."),
	{ "Purpose", PURPOSES, NULL, "Refuses a certificate that cannot be activated for this.", 0, 0 },
	{ .name = NULL },
};
static const struct command_param activate_params[] = {
	FINGERPRINT,
	{ "Purpose", PURPOSES, NULL, PURPOSE_HELP, PARAM_REQUIRED, 0 },
	PASSPHRASE("The passphrase of its key, if it has one."),
	{ .name = NULL },
};
static const struct command_param deactivate_params[] = {
	FINGERPRINT,
	{ "Purpose", PURPOSES, NULL, PURPOSE_HELP, PARAM_REQUIRED, 0 },
	{ .name = NULL },
};
static const struct command_param backup_params[] = {
	FINGERPRINT,
	PASSWORD("Password", "The password of the backup, 12 characters or more."),
	PASSPHRASE("The passphrase of its key, if it has one."),
	{ .name = NULL },
};
static const struct command_param fingerprint_params[] = { FINGERPRINT, { .name = NULL } };
static const struct command_param unlock_params[] = { FINGERPRINT,
						      PASSPHRASE("Its passphrase."),
						      { .name = NULL } };
static const struct command_param show_params[] = {
	{ "Format", SCHEMA_LIT("PEM/Text"), "Text",
	  "PEM prints the certificates or lists themselves, never a key.", 0, 0 },
	{ .name = NULL },
};

/* Returns the purpose in the command's parameters; 0: none. */
static enum own_purpose purpose_of(const struct command *c)
{
	const char *name = command_arg(c, "Purpose");
	return name ? own_purpose_named(name) : 0;
}

static void forget_tried(struct command *c)
{
	client_preflight_cancel(c->work);
}

static void try_out(struct command *c, const struct security_own_request *own)
{
	struct client_preflight_request r = {
		.own = *own, .result = command_result(c), .done = command_work_done, .arg = c
	};
	struct client_preflight *t;
	struct err e;
	if (client_preflight_start(command_agent(c), &r, &t, &e) < 0) {
		command_done(c, &e);
		return;
	}
	c->work = t;
	c->forget = forget_tried;
}

void rows_services_add(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	struct security_own_request r = { c->body, c->body_len, command_arg(c, "PrivateKeyPassword"),
					  purpose_of(c) };
	if (!c->body_len) {
		command_parameter_error(c, "expected a certificate and its key as the body: PEM or PKCS#12; "
					   "without a key it answers a request that was made here");
		return;
	}
	if (command_arg_is(c, "DryRun", "True")) {
		try_out(c, &r);
		return;
	}
	security_own_put(command_agent(c), &r, command_result(c), &e);
	command_done(c, &e);
}

static void activate_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	struct own_activation r = { command_arg(c, "Fingerprint"), purpose_of(c),
				    command_arg(c, "PrivateKeyPassword") };
	security_own_activate(command_agent(c), &r, command_result(c), &e);
	command_done(c, &e);
}

static void deactivate_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	security_own_deactivate(command_agent(c), command_arg(c, "Fingerprint"), purpose_of(c), &e);
	command_done(c, &e);
}

static void delete_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	security_own_delete(command_agent(c), command_arg(c, "Fingerprint"), &e);
	command_done(c, &e);
}

static void unlock_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	security_own_unlock(command_agent(c), command_arg(c, "Fingerprint"),
			    command_arg(c, "PrivateKeyPassword"), &e);
	command_done(c, &e);
}

/* Writes a private key out of the device; no other command does so. So it is refused unless an administrator
 * has typed it at the device: not in documents, which the manager and programs send, and not for people who
 * have logged in from the network. */
static void backup_run(struct command *c)
{
	struct own_backup r = { command_arg(c, "Fingerprint"), command_arg(c, "PrivateKeyPassword"),
				command_arg(c, "Password") };
	struct err e = { .kind = ERR_NONE };
	struct buf der;
	if (!c->verb || c->by.is_remote) {
		command_refuse(c, EX_NOPERM, "a backup is given at the device's own terminal only");
		return;
	}
	buf_init(&der, ANCHORS_OWN_UPLOAD_MAX);
	if (security_own_backup(command_agent(c), &r, &der, &e) == 0) {
		pem_write(&c->text, "PKCS12", (const unsigned char *)der.data, der.len);
		rows_security_text(c);
	} else {
		command_done(c, &e);
	}
	buf_done(&der);
}

/* Adds what only own certificates have: the chain, and the purposes for which they are not fit. */
static void put_service(const struct anchors *a, size_t i, const struct own_info *info, struct doc *d)
{
	struct cert_info above;
	struct buf why;
	uint32_t unfit = 0;
	char text[700];
	for (size_t k = 0; own_chain_info(a, i, k, &above) == 0; k++) {
		struct doc *c = doc_add(d, "Chain", (uint32_t)k + 1);
		c->max_occurrence = DOC_UNBOUNDED;
		snprintf(text, sizeof text, "%s, valid to %s", above.subject, above.not_after_text);
		doc_set_value(c, DOC_STRING, text);
	}
	for (unsigned p = 1; p < OWN_PURPOSES; p <<= 1) {
		buf_init(&why, 600);
		if (own_is_fit(a, i, (enum own_purpose)p, &why) < 0) {
			struct doc *u = doc_add(d, "NotUsableFor", ++unfit);
			u->max_occurrence = DOC_UNBOUNDED;
			snprintf(text, sizeof text, "%s: %s", own_purpose_name((enum own_purpose)p),
				 buf_str(&why));
			doc_set_value(u, DOC_STRING, text);
		}
		buf_done(&why);
	}
	if (info->self_signed)
		doc_add_value(d, "SelfSigned", DOC_LITERAL, "True");
}

void rows_services_list(const struct agent *a, struct doc *result)
{
	struct own_info info;
	struct cert_details more;
	for (size_t i = 0; own_info(agent_anchors(a), i, &info) == 0; i++) {
		struct doc *d = doc_add(result, "Details", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		doc_add_value(d, "Key", DOC_LITERAL,
			      info.locked      ? "Locked"
			      : info.encrypted ? "Encrypted"
					       : "Plain");
		own_details(agent_anchors(a), i, &more);
		certificate_details_put(d, &info.cert, &more, agent_now(a));
		put_service(agent_anchors(a), i, &info, d);
	}
	doc_add_value(result, "Format", DOC_LITERAL, "Text");
}

int rows_services_clear(struct agent *a, struct err *e)
{
	struct own_info info;
	while (own_info(agent_anchors(a), 0, &info) == 0)
		if (security_own_delete(a, info.cert.fingerprint, e) < 0)
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
	uint64_t before = anchors_generation(agent_anchors(command_agent(c)));
	security_crl_put(command_agent(c), c->body, c->body_len, command_result(c), &e);
	if (anchors_generation(agent_anchors(command_agent(c))) != before)
		config_warn(c);
	command_done(c, &e);
}

static void crl_delete_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	if (security_crl_delete(command_agent(c), command_arg(c, "Fingerprint"), &e) == 0)
		config_warn(c);
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
		doc_add_text(d, "Number", info.number);
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
	  "Adds revocation lists; a newer list replaces an older one of the same issuer and key, if a loaded "
	  "certificate verifies both.",
	  NULL, ROLE_ADMIN, COMMAND_MULTILINE | COMMAND_AUDITED_REFUSAL, crl_add_run, 0 },
	{ "Security Certificates CRL Delete", "Deletes one revocation list.", fingerprint_params, ROLE_ADMIN,
	  COMMAND_AUDITED_REFUSAL, crl_delete_run, 0 },
	{ "Security Certificates CRL Show", "Shows the revocation lists.", show_params, ROLE_USER, 0,
	  crl_show_run, 0 },
	{ "Security Certificates Services Activate",
	  "Uses an own certificate for a purpose; it replaces the one in use.", activate_params, ROLE_ADMIN,
	  COMMAND_AUDITED_REFUSAL, activate_run, 0 },
	{ "Security Certificates Services Add",
	  "Adds an own certificate with its chain and key: PEM, or PKCS#12 (binary or base64). Without a key "
	  "it is the CA's answer to a request (CSR Create), or renews a certificate whose key is here.",
	  rows_services_add_params, ROLE_ADMIN, COMMAND_MULTILINE | COMMAND_AUDITED_REFUSAL,
	  rows_services_add, 0 },
	{ "Security Certificates Services Backup",
	  "Shows an own certificate with chain and key as PKCS#12 under AES-256; Services Add reads it back.",
	  backup_params, ROLE_ADMIN, COMMAND_AUDITED, backup_run, 0 },
	{ "Security Certificates Services Deactivate", "Ends the use of an own certificate for a purpose.",
	  deactivate_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, deactivate_run, 0 },
	{ "Security Certificates Services Delete", "Deletes an own certificate and its key.",
	  fingerprint_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, delete_run, 0 },
	{ "Security Certificates Services Show",
	  "Shows the own certificates: names, uses, chain, days left, what they serve and cannot serve.",
	  show_params, ROLE_USER, 0, show_run, 0 },
	{ "Security Certificates Services Unlock", "Makes an encrypted key usable after a restart.",
	  unlock_params, ROLE_ADMIN, COMMAND_AUDITED, unlock_run, 0 },
};
