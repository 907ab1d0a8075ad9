/* SPDX-License-Identifier: MIT */
/* rows_pki: the verb pki, with the words that the vendor's Meeting Server has for it, for the device's
 * waiting certificate requests and its own certificates. */
#include "agent/security.h"
#include "certstore/own.h"
#include "certstore/requests.h"
#include "command/verbs.h"
#include "pki/pki_print.h"
#include "command_rows.h"
#include "runs.h"
#include "trust/verify.h"
#include "x509/fingerprint.h"
#include "x509/keys.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PEM_MAX = 1 << 20 };

/* --- reading requests and certificates --- */

/* Returns the length of a name without .key, .csr or .crt, the endings of Meeting Server's files. */
static size_t stem_length(const char *word)
{
	static const char *const endings[] = { ".key", ".csr", ".crt" };
	size_t len = strlen(word);
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (len > 4 && strcasecmp(word + len - 4, endings[i]) == 0)
			return len - 4;
	return len;
}

/* Reads the request with this name, or the own certificate with this fingerprint. ret_pem gets its PEM, too
 * (NULL: not wanted). The caller calls contents_done in any case. */
static int find(const struct command *c, const char *word, struct contents *ret, struct buf *ret_pem,
		struct err *e)
{
	const struct anchors *a = agent_anchors(command_agent(c));
	struct requests_info r;
	struct own_info o;
	struct buf pem;
	size_t len = stem_length(word);
	buf_init(&pem, PEM_MAX);
	*ret = (struct contents){ .at = NULL };
	for (size_t i = 0; requests_info(a, i, &r) == 0 && !pem.len; i++)
		if (strlen(r.name) == len && strncasecmp(r.name, word, len) == 0)
			buf_adds(&pem, r.pem);
	for (size_t i = 0; own_info(a, i, &o) == 0 && !pem.len; i++)
		if (fingerprint_is(word, o.cert.fingerprint, o.cert.fingerprint_sha256))
			own_print_one(a, i, &pem);
	int failed = !pem.len ? err_set(e, ERR_NOTFOUND, 0,
					"there is no request %.64s, and no own certificate with this "
					"fingerprint: pki "
					"list shows what there is",
					word)
			      : contents_read(ret, &pem, NULL, e);
	if (!failed && ret_pem)
		buf_add(ret_pem, pem.data, pem.len);
	buf_done(&pem);
	return failed;
}

static const EVP_PKEY *key_of(const struct contents *c)
{
	const struct content *cert = contents_first(c, FORM_CERTIFICATE),
			     *csr = contents_first(c, FORM_REQUEST);
	return cert ? cert->cert->key : csr ? csr->csr->key : NULL;
}

/* --- the words --- */

static int list(struct command *c, const struct line_word *words, struct err *e)
{
	const struct anchors *a = agent_anchors(command_agent(c));
	struct requests_info r;
	struct own_info o;
	(void)words, (void)e;
	for (size_t i = 0; requests_info(a, i, &r) == 0; i++)
		buf_addf(&c->text,
			 "%s.key: a private key, %s%s\n%s.csr: a certificate signing request (CSR): %s\n",
			 r.name, r.key, r.encrypted ? ", encrypted" : "", r.name, r.subject);
	for (size_t i = 0; own_info(a, i, &o) == 0; i++)
		buf_addf(&c->text, "%s: a certificate and its private key%s: %s, valid until %s\n",
			 o.cert.fingerprint, o.encrypted ? ", encrypted" : "", o.cert.subject,
			 o.cert.not_after_text);
	if (!c->text.len)
		buf_adds(&c->text, "there is nothing: pki csr makes a key and a request\n");
	return 0;
}

static int inspect(struct command *c, const struct line_word *words, struct err *e)
{
	struct contents found;
	int failed = find(c, words[0].value, &found, NULL, e);
	if (!failed)
		print_contents(&found, words[0].value, agent_now(command_agent(c)), &c->text);
	contents_done(&found);
	return failed;
}

static int match(struct command *c, const struct line_word *words, struct err *e)
{
	struct contents key, cert = { .at = NULL };
	int failed =
		find(c, words[0].value, &key, NULL, e) < 0 || find(c, words[1].value, &cert, NULL, e) < 0;
	if (!failed && !keys_same(key_of(&key), key_of(&cert)))
		failed = err_set(e, ERR_INPUT, 0,
				 "key and certificate do not match: the key belongs to another certificate");
	else if (!failed)
		buf_adds(&c->text, "Key and certificate pair match\n");
	contents_done(&key);
	contents_done(&cert);
	return failed ? -1 : 0;
}

/* Answers whether an own certificate leads to an uploaded root. */
static int verify(struct command *c, const struct line_word *words, struct err *e)
{
	struct contents found;
	struct buf pem;
	buf_init(&pem, PEM_MAX);
	int failed = find(c, words[0].value, &found, &pem, e);
	struct verify_chain *chain = failed ? NULL : verify_chain_new(buf_str(&pem), pem.len, e);
	if (chain) {
		struct verdict *v = calloc(1, sizeof *v);
		struct verify_request r = { .anchors = agent_anchors(command_agent(c)),
					    .policy.purpose = VERIFY_ANY,
					    .at_unix = agent_now(command_agent(c)) };
		struct verdict_context context = { .service = "pki", .enforced = 1 };
		verify_chain_judge(&r, chain, v);
		if (v->code) {
			verdict_line(v, &context, &c->text);
			failed = err_set(e, ERR_INPUT, 0, "%.400s", buf_str(&c->text));
		} else {
			buf_addf(&c->text, "it leads to an uploaded root\n");
		}
		free(v);
	} else {
		failed = -1;
	}
	verify_chain_free(chain);
	contents_done(&found);
	buf_done(&pem);
	return failed;
}

/* Runs pki csr and pki selfsigned as the commands CSR Create and SelfSigned Create. */
static void create(struct command *c, const char *path, const struct line_word *words, size_t n)
{
	static const char *const names[][2] = {
		{ "CN", "CommonName" },      { "OU", "OrganizationalUnit" },
		{ "O", "Organization" },     { "L", "Locality" },
		{ "ST", "State" },           { "C", "Country" },
		{ "emailAddress", "Email" }, { "subjectAltName", "SubjectAltName" }
	};
	const struct command_row *row = rows_requests;
	struct doc *params = doc_new("Parameters");
	while (strcmp(row->path, path) != 0)
		row++;
	if (row == rows_requests) /* CSR Create, whose parameter Name is the first word */
		doc_add_value(params, "Name", DOC_STRING, words[0].value);
	for (size_t i = 1; i < n; i++) {
		const char *name = words[i].name ? words[i].name : words[i].value;
		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			if (strcasecmp(name, names[k][0]) == 0)
				name = names[k][1];
		doc_add_value(params, name, DOC_STRING, words[i].value);
	}
	command_run_document(c, row, params);
	doc_free(params);
}

void rows_pki_run(struct command *c)
{
	static const struct {
		const char *name;
		int (*run)(struct command *c, const struct line_word *words, struct err *e);
		size_t n;
	} acts[] = {
		{ "list", list, 0 }, { "inspect", inspect, 1 }, { "match", match, 2 }, { "verify", verify, 1 }
	};
	struct line_word words[LINE_WORDS_MAX];
	struct err e = { .kind = ERR_NONE };
	size_t n = 0;
	if (line_words(&c->line, words, &n, &e) < 0) {
		command_refuse(c, EX_DATAERR, e.text);
		return;
	}
	const char *act = n && !words[0].name ? words[0].value : "";
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		if (strcasecmp(act, acts[i].name) != 0 || n - 1 != acts[i].n)
			continue;
		int failed = acts[i].run(c, words + 1, &e);
		c->kind = failed ? c->kind : ANSWER_TEXT;
		command_done(c, failed ? &e : NULL);
		return;
	}
	if (strcasecmp(act, "csr") == 0 && n > 1 && !words[1].name)
		create(c, "Security Certificates CSR Create", words + 1, n - 1);
	else if (strcasecmp(act, "selfsigned") == 0 && n > 1 && !words[1].name)
		create(c, "Security Certificates Services SelfSigned Create", words + 1, n - 1);
	else
		verb_misused(c);
}
