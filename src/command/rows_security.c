/* SPDX-License-Identifier: MIT */
/* rows_security: the commands Security Certificates CA, about the roots with which servers' certificates are
 * verified (wire-formats.md 5.1), and the verb "certificate" of the older system MXP. */
#include "agent/security.h"
#include "certstore/own.h"
#include "diagnostics/certificate_details.h"
#include "diagnostics/confirmation.h"
#include "diagnostics/inspect.h"
#include "diagnostics/preflight.h"
#include "command_rows.h"
#include "date/date.h"
#include "command/verbs.h"
#include "runs.h"

#include <string.h>

#define DRY_RUN                                                                                              \
	{                                                                                                    \
		"DryRun", SCHEMA_LIT("False/True"), "False",                                                 \
			"True shows for every configured server the result of verification after the "       \
			"change, and changes nothing.",                                                      \
			0, 0                                                                                 \
	}
#define STRICT                                                                                               \
	{                                                                                                    \
		"Strict", SCHEMA_LIT("False/True"), "False",                                                 \
			"True adds nothing unless every certificate can serve.", 0, 0                        \
	}
#define PREFLIGHT_PARAMS                                                                                     \
	DRY_RUN,                                                                                             \
	{                                                                                                    \
		"Force", SCHEMA_LIT("False/True"), "False",                                                  \
			"True makes the change even if a server's certificate is then no longer trusted.",   \
			0, 0                                                                                 \
	}

#define GIVE_BACK                                                                                            \
	{                                                                                                    \
		"GiveBack", SCHEMA_LIT("False/True"), "False",                                               \
			"With ConfirmWithin, only at the device's own terminal: True permits the window "    \
			"although the upload removes or renames roots, or has a host trusted by its pins "   \
			"alone, which would be undone.",                                                     \
			0, 0                                                                                 \
	}

static const struct command_param add_params[] = {
	ROWS_CONFIRM_PARAMS,
	GIVE_BACK,
	PREFLIGHT_PARAMS,
	{ "Host", SCHEMA_STR(0, 253), "", "With Pin: the host for which this certificate is trusted.", 0, 0 },
	{ "Name", SCHEMA_STR(0, ANCHORS_NAME_MAX), "",
	  "A name for the roots of this upload, also for those that are loaded already; Security Trust "
	  "Service refers to roots by it.",
	  0, 0 },
	{ "Only", SCHEMA_LIT("False/True"), "False",
	  "With Pin: True trusts Host only by its pins, not by any root.", 0, 0 },
	{ "Pin", SCHEMA_LIT("False/True"), "False",
	  "True makes a server's or intermediate certificate a trust anchor for Host only.", 0, 0 },
	STRICT,
	{ .name = NULL },
};

static const struct command_param upload_params[] = {
	ROWS_CONFIRM_PARAMS, GIVE_BACK, PREFLIGHT_PARAMS, STRICT, { .name = NULL },
};

static const struct command_param delete_params[] = {
	{ "Fingerprint", SCHEMA_STR(1, 128), NULL,
	  "SHA-1 or SHA-256, with or without colons, or as openssl prints it.", PARAM_REQUIRED, 0 },
	{ "Host", SCHEMA_STR(0, 253), "",
	  "Deletes the pin to this host; without it the root is deleted and its pins stay.", 0, 0 },
	PREFLIGHT_PARAMS,
	{ .name = NULL },
};

static const struct command_param show_params[] = {
	{ "Format", SCHEMA_LIT("PEM/Text"), "Text", "PEM prints the certificates themselves.", 0, 0 },
	{ .name = NULL },
};

static const struct command_param verify_params[] = {
	{ "Url", SCHEMA_STR(1, 2048), NULL, "An https URL.", PARAM_REQUIRED, 0 },
	{ "At", SCHEMA_STR(0, 32), "", "Verify as of this day: YYYY-MM-DDTHH:MM:SSZ, or Unix seconds.", 0,
	  0 },
	{ "Format", SCHEMA_LIT("PEM/Text"), "Text", "PEM adds the certificates that the server sent.", 0, 0 },
	{ "Service", SCHEMA_LIT(SETTINGS_TRUST_NAMES), "None",
	  "Trust the roots that Security Trust Service allows for this service; None: all roots.", 0, 0 },
	{ .name = NULL },
};

static const struct command_param fetch_params[] = {
	{ "Url", SCHEMA_STR(1, 2048), NULL, "An https URL, with a host name or an address.", PARAM_REQUIRED,
	  0 },
	{ .name = NULL },
};

static void forget_preflight(struct command *c)
{
	preflight_cancel(c->work);
}

static void change(struct command *c, struct preflight_request *r)
{
	struct err e;
	struct preflight *t;
	struct confirmation_request confirm;
	int waits = r->what != PREFLIGHT_DELETE && rows_enforce_confirm(c, &confirm);
	r->confirm = waits ? &confirm : NULL;
	r->dry_run = command_arg_is(c, "DryRun", "True");
	r->force = command_arg_is(c, "Force", "True");
	if (preflight_start(command_agent(c), r, command_result(c), command_work_done, c, &t, &e) < 0) {
		command_done(c, &e);
		return;
	}
	c->work = t;
	c->forget = forget_preflight;
}

static void put(struct command *c, enum preflight_change what, const char *pin_host)
{
	struct preflight_request r = {
		.what = what,
		.text = c->body,
		.len = c->body_len,
		.pin_host = pin_host,
		.pin_only = pin_host && command_arg_is(c, "Only", "True"),
		.name = what == PREFLIGHT_ADD ? command_arg(c, "Name") : NULL,
		.strict = command_arg_is(c, "Strict", "True"),
	};
	if (!c->body_len)
		command_parameter_error(c, "expected certificates as the body: PEM, DER or PKCS#7");
	else
		change(c, &r);
}

static void add_run(struct command *c)
{
	const char *host = command_arg(c, "Host");
	int pin = command_arg_is(c, "Pin", "True");
	if (pin && !*host)
		command_parameter_error(c, "Host is missing: a certificate is pinned to one host");
	else if (!pin && *host)
		command_parameter_error(c, "Host goes with Pin: True only");
	else if (!pin && command_arg_is(c, "Only", "True"))
		command_parameter_error(c, "Only goes with Pin: True only");
	else
		put(c, PREFLIGHT_ADD, pin ? host : NULL);
}

static void upload_run(struct command *c)
{
	put(c, PREFLIGHT_REPLACE, NULL);
}

static void delete_run(struct command *c)
{
	const char *host = command_arg(c, "Host");
	struct preflight_request r = { .what = PREFLIGHT_DELETE,
				       .fingerprint = command_arg(c, "Fingerprint"),
				       .pin_host = *host ? host : NULL };
	change(c, &r);
}

static void restore_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	if (security_ca_restore(command_agent(c), &e) == 0)
		config_warn(c);
	command_done(c, &e);
}

static void forget_inspection(struct command *c)
{
	inspect_cancel(c->work);
}

void rows_security_put_pem(struct command *c)
{
	if (!c->text.len || c->by.mode == OUTPUT_TERMINAL)
		return;
	doc_add_value(command_result(c), "PEM", DOC_STRING, buf_str(&c->text));
	buf_reset(&c->text);
}

static void inspected(void *arg, const struct err *e)
{
	rows_security_put_pem(arg);
	command_work_done(arg, e);
}

static void verified(void *arg, const struct err *e)
{
	rows_security_put_pem(arg);
	command_work_checked(arg, e);
}

static void inspect(struct command *c, struct inspect_request *r)
{
	struct inspection *i;
	struct err e;
	r->url = command_arg(c, "Url");
	r->result = command_result(c);
	r->done = r->fetches ? inspected : verified;
	r->arg = c;
	if (inspect_server(command_agent(c), r, &i, &e) < 0) {
		command_done(c, &e);
		return;
	}
	c->work = i;
	c->forget = forget_inspection;
}

static void verify_run(struct command *c)
{
	static const struct schema_value services = SCHEMA_LIT(SETTINGS_TRUST_NAMES);
	const char *at = command_arg(c, "At"), *service = command_arg(c, "Service");
	struct inspect_request r = { .trusts_as = (enum settings_trust_service)schema_value_literal(&services,
												    service),
				     .pem = command_arg_is(c, "Format", "PEM") ? &c->text : NULL };
	struct err e;
	int failed = *at && date_parse(at, &r.at_unix, &e) < 0;
	if (r.at_unix < 0)
		failed = err_set(&e, ERR_INPUT, 0, "expected a day in 1970 or later");
	if (failed) {
		err_prefix(&e, "At");
		command_parameter_error(c, e.text);
	} else {
		if (*at && r.at_unix == 0) /* 0 would mean the trusted date */
			r.at_unix = 1;
		inspect(c, &r);
	}
}

static void fetch_run(struct command *c)
{
	inspect(c, &(struct inspect_request){ .fetches = 1, .pem = &c->text });
}

/* Adds an item Details to the result for each uploaded root. */
static void list(const struct agent *a, struct doc *result)
{
	struct cert_info info;
	struct cert_details more;
	for (size_t i = 0; anchors_info(agent_anchors(a), i, &info) == 0; i++) {
		struct doc *d = doc_add(result, "Details", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		anchors_details(agent_anchors(a), i, &more);
		certificate_details_put(d, &info, &more, agent_now(a));
		if (anchors_at(agent_anchors(a), i)->name)
			doc_add_value(d, "Name", DOC_STRING, anchors_at(agent_anchors(a), i)->name);
		if (anchors_at(agent_anchors(a), i)->only)
			doc_add_value(d, "Only", DOC_LITERAL, "True");
	}
	doc_add_value(result, "Format", DOC_LITERAL, "Text");
}

void rows_security_text(struct command *c)
{
	if (c->by.mode == OUTPUT_TERMINAL) {
		c->kind = ANSWER_TEXT;
		command_finish(c, EX_OK);
		return;
	}
	doc_add_value(command_result(c), "Format", DOC_LITERAL, "PEM");
	doc_add_value(command_result(c), "PEM", DOC_STRING, buf_str(&c->text));
	command_done(c, NULL);
}

void rows_security_pem(struct command *c, void (*print)(const struct anchors *a, struct buf *out))
{
	print(agent_anchors(command_agent(c)), &c->text);
	rows_security_text(c);
}

static void show_run(struct command *c)
{
	if (command_arg_is(c, "Format", "PEM")) {
		rows_security_pem(c, anchors_print_pem);
		return;
	}
	list(command_agent(c), command_result(c));
	command_done(c, NULL);
}

const struct command_row rows_security[ROWS_SECURITY_N] = {
	{ "Security Certificates CA Add",
	  "Adds roots by which certificates of servers are verified: PEM, DER or PKCS#7. A certificate that "
	  "could never serve is left out, and the answer says so.",
	  add_params, ROLE_ADMIN, COMMAND_MULTILINE | COMMAND_AUDITED_REFUSAL, add_run, 0 },
	{ "Security Certificates CA Delete",
	  "Deletes one root, unless the certificate of a configured server is trusted through it.",
	  delete_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, delete_run, 0 },
	{ "Security Certificates CA Restore",
	  "Restores the list of roots from before the last change; a second Restore undoes the first. An "
	  "empty list is not restored.",
	  NULL, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, restore_run, 0 },
	{ "Security Certificates CA Show", "Shows the roots.", show_params, ROLE_USER, 0, show_run, 0 },
	{ "Security Certificates CA Upload",
	  "Replaces all roots by these, unless the certificate of a configured server would no longer be "
	  "trusted.",
	  upload_params, ROLE_ADMIN, COMMAND_MULTILINE | COMMAND_AUDITED_REFUSAL, upload_run, 0 },
	{ "Security Certificates Fetch",
	  "Shows the certificates that a server sends, as PEM, and all faults that they have, to find a "
	  "missing intermediate or a certificate to pin. It sends nothing, and adds nothing to the trusted "
	  "certificates.",
	  fetch_params, ROLE_ADMIN, 0, fetch_run, 0 },
	{ "Security Verify",
	  "Connects to a server, verifies its certificates, and shows when and why they will fail; sends "
	  "nothing.",
	  verify_params, ROLE_ADMIN, 0, verify_run, 0 },
};

/* --- certificate list|del root|cert --- */

enum { ROOTS = 1, OWN = 2 };

/* Describes the certificates and prints them as PEM, since the vendor's guides tell readers to copy them from
 * here into openssl. */
static void certificate_list(struct command *c, unsigned which)
{
	const struct agent *a = command_agent(c);
	struct doc *result = command_result(c);
	int both = which == (ROOTS | OWN);
	struct buf pem;
	buf_init(&pem, COMMAND_TEXT_MAX);
	if (which & ROOTS) {
		list(a, both ? doc_add(result, "Root", 0) : result);
		anchors_print_pem(agent_anchors(a), &pem);
	}
	if (which & OWN) {
		rows_services_list(a, both ? doc_add(result, "Cert", 0) : result);
		own_print_pem(agent_anchors(a), &pem);
	}
	if (c->by.mode == OUTPUT_TERMINAL)
		buf_adds(&c->text, buf_str(&pem));
	else if (pem.len)
		doc_add_value(result, "PEM", DOC_STRING, buf_str(&pem));
	buf_done(&pem);
	command_done(c, NULL);
}

static void certificate_delete(struct command *c, unsigned which)
{
	struct err e = { .kind = ERR_NONE };
	if (!(c->by.roles & ROLE_ADMIN)) {
		command_denied(c);
		return;
	}
	size_t roots = anchors_count(agent_anchors(command_agent(c)));
	if (which == OWN)
		rows_services_clear(command_agent(c), &e);
	else if (security_ca_clear(command_agent(c), &e) == 0 && roots)
		config_warn(c);
	command_done(c, &e);
}

void rows_security_run(struct command *c)
{
	static const char *const acts[] = { "list", "del", NULL }, *const kinds[] = { "root", "cert", NULL };
	char act[16], kind[16], more[2];
	verb_word(&c->line.rest, act, sizeof act);
	verb_word(&c->line.rest, kind, sizeof kind);
	verb_word(&c->line.rest, more, sizeof more);
	int what = verb_choice(act, acts), of = verb_choice(kind, kinds);
	/* the vendor's guide writes "certificate list" without root or cert */
	int lists_all = what == 0 && !*kind;
	if (what < 0 || (of < 0 && !lists_all) || *more)
		verb_misused(c);
	else if (what == 0)
		certificate_list(c, lists_all ? ROOTS | OWN : of == 0 ? ROOTS : OWN);
	else
		certificate_delete(c, of == 0 ? ROOTS : OWN);
}
