/* Security Certificates: the roots by which servers are judged (wire-formats.md 5.1), and MXP's certificate word. */
#include "commands.h"
#include "parts.h"
#include "verbs.h"

#include <string.h>

static const struct command_param delete_params[] = {
	{ "Fingerprint", SCHEMA_STR(1, 128), NULL, "SHA-1 or SHA-256, with or without colons.", PARAM_REQUIRED, 0 },
	{ .name = NULL },
};

static const struct command_param show_params[] = {
	{ "Format", SCHEMA_LIT("PEM/Text"), "Text", "PEM prints the certificates themselves.", 0, 0 },
	{ .name = NULL },
};

static void put(struct command *c, enum anchors_mode mode)
{
	struct err e = { .kind = ERR_NONE };
	if (!c->body_len) {
		command_parameter_error(c, "expected certificates in PEM form as the body");
		return;
	}
	agent_ca_put(command_agent(c), mode, c->body, c->body_len, command_result(c), &e);
	command_done(c, &e);
}

static void add_run(struct command *c)
{
	put(c, ANCHORS_ADD);
}

static void upload_run(struct command *c)
{
	put(c, ANCHORS_REPLACE);
}

static void delete_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	agent_ca_delete(command_agent(c), command_arg(c, "Fingerprint"), &e);
	command_done(c, &e);
}

/* Names and their order as codecs have them (wire-formats.md 5.2). */
void commands_security_list(const struct agent *a, struct doc *result)
{
	struct cert_info info;
	for (size_t i = 0; anchors_info(agent_anchors(a), i, &info) == 0; i++) {
		struct doc *d = doc_add(result, "Details", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		doc_add_value(d, "Fingerprint", DOC_STRING, info.fingerprint);
		doc_add_value(d, "FingerprintSHA256", DOC_STRING, info.fingerprint_sha256);
		doc_add_value(d, "HashingAlgorithm", DOC_STRING, info.hash_algorithm);
		doc_add_value(d, "IssuerName", DOC_STRING, info.issuer);
		doc_add_int(d, "PublicKeySize", info.key_bits);
		doc_add_value(d, "SerialNumber", DOC_STRING, info.serial);
		doc_add_value(d, "SignatureAlgorithm", DOC_STRING, info.key_algorithm);
		doc_add_value(d, "SubjectName", DOC_STRING, info.subject);
		doc_add_int(d, "Version", info.version);
		doc_add_value(d, "notAfter", DOC_STRING, info.not_after_text);
		doc_add_value(d, "notBefore", DOC_STRING, info.not_before_text);
	}
	doc_add_value(result, "Format", DOC_LITERAL, "Text");
}

static void show_run(struct command *c)
{
	struct agent *a = command_agent(c);
	if (strcmp(command_arg(c, "Format"), "Text") == 0) {
		commands_security_list(a, command_result(c));
		command_done(c, NULL);
		return;
	}
	anchors_print_pem(agent_anchors(a), &c->text);
	if (c->session->mode == OUTPUT_TERMINAL) {
		c->kind = ANSWER_TEXT;
		command_finish(c, EX_OK);
	} else {
		doc_add_value(command_result(c), "Format", DOC_LITERAL, "PEM");
		doc_add_value(command_result(c), "PEM", DOC_STRING, buf_str(&c->text));
		command_done(c, NULL);
	}
}

const struct command_row commands_security[COMMANDS_SECURITY_N] = {
	{ "Security Certificates CA Add", "Adds roots to those that servers are judged by.",
	  NULL, ROLE_ADMIN, COMMAND_MULTILINE, add_run },
	{ "Security Certificates CA Delete", "Deletes one root.", delete_params, ROLE_ADMIN, 0, delete_run },
	{ "Security Certificates CA Show", "Shows the roots.", show_params, ROLE_USER, 0, show_run },
	{ "Security Certificates CA Upload", "Puts these roots in place of all that are there.",
	  NULL, ROLE_ADMIN, COMMAND_MULTILINE, upload_run },
};

/* --- certificate list|del root|cert --------------------------------------------------------------------------- */

static void delete_all(struct command *c)
{
	struct agent *a = command_agent(c);
	struct err e = { .kind = ERR_NONE };
	struct cert_info info;
	while (e.kind == ERR_NONE && anchors_info(agent_anchors(a), 0, &info) == 0)
		agent_ca_delete(a, info.fingerprint_sha256, &e);
	command_done(c, &e);
}

void certificate_run(struct command *c)
{
	static const char *const acts[] = { "list", "del", NULL }, *const kinds[] = { "root", "cert", NULL };
	char act[16], kind[16], more[2];
	verb_word(&c->line.rest, act, sizeof act);
	verb_word(&c->line.rest, kind, sizeof kind);
	verb_word(&c->line.rest, more, sizeof more);
	int what = verb_choice(act, acts), of = verb_choice(kind, kinds);
	struct err e = { .kind = ERR_NONE };
	if (what < 0 || of < 0 || *more) {
		verb_misused(c);
	} else if (what == 1 && !(c->session->roles & ROLE_ADMIN)) {
		command_denied(c);
	} else if (what == 1 && of == 0) {
		delete_all(c);
	} else if (what == 1) {
		err_set(&e, ERR_NOTFOUND, 0, "this agent has no certificate of its own");
		command_done(c, &e);
	} else {
		struct doc *result = command_result(c);
		if (of == 0)
			commands_security_list(command_agent(c), result);
		command_done(c, NULL);
	}
}
