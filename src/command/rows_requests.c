/* SPDX-License-Identifier: MIT */
/* rows_requests: the commands Security Certificates CSR, and Services SelfSigned Create: certificates whose
 * keys are made on the device. */
#include "agent/security.h"
#include "base/mem.h"
#include "crypto/keygen.h"
#include "loop/job.h"
#include "command_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUBJECT_N = 7, ALT_MAX = 253, DAYS_MAX = 3650 };

#define NAMES                                                                                                \
	{                                                                                                    \
		"CommonName",                                                                                \
		SCHEMA_STR(0, 64),                                                                           \
		"",                                                                                          \
		"Default: SystemUnit Name followed by the DNS domain.",                                      \
		0,                                                                                           \
		0                                                                                            \
	},                                                                                                   \
		{ "Country", SCHEMA_STR(0, 2), "", "Two letters.", 0, 0 },                                   \
		{ "Email", SCHEMA_STR(0, 128), "", "A mail address in the subject.", 0, 0 },                 \
		{ "Key", SCHEMA_LIT(KEYGEN_NAMES),                                                           \
		  NULL,  "The kind of key that is made; P-256 if it is not given.",                          \
		  0,     0 },                                                                                \
		{ "Locality", SCHEMA_STR(0, 128), "", "City.", 0, 0 },                                       \
		{ "Organization", SCHEMA_STR(0, 64), "", "Company.", 0, 0 },                                 \
		{ "OrganizationalUnit", SCHEMA_STR(0, 64), "", "Department.", 0, 0 },                        \
		{ "State", SCHEMA_STR(0, 128), "", "State or province.", 0, 0 },                             \
	{                                                                                                    \
		"SubjectAltName", SCHEMA_STR(1, 2048), NULL,                                                 \
			"Host names and addresses of the device, separated by commas, or as repeated "       \
			"parameters. The common name is added automatically.",                               \
			0, REQUEST_ALT_NAMES_MAX                                                             \
	}
#define NAME                                                                                                 \
	{                                                                                                    \
		"Name", SCHEMA_STR(1, REQUESTS_NAME_MAX), NULL,                                              \
			"The request's own name: letters, digits and hyphens.", PARAM_REQUIRED, 0            \
	}

static const struct command_param create_params[] = {
	NAME,
	NAMES,
	{ "Fingerprint", SCHEMA_STR(1, 128), NULL,
	  "For a renewal: the fingerprint of an own certificate. The request uses its key, and its names if "
	  "none are given.",
	  0, 0 },
	{ "PrivateKeyPassword",
	  { .kind = SCHEMA_STRING, .min = 0, .max = 128, .flags = SCHEMA_SECRET },
	  "",
	  "With Fingerprint: the passphrase of its key, if it has one.",
	  0,
	  0 },
	{ .name = NULL },
};
static const struct command_param name_params[] = { NAME, { .name = NULL } };
static const struct command_param show_params[] = {
	{ "Name", SCHEMA_STR(1, REQUESTS_NAME_MAX), NULL, "The request's name; without it all are shown.", 0,
	  0 },
	{ .name = NULL },
};
static const struct command_param self_signed_params[] = {
	NAMES,
	{ "Days", SCHEMA_INT(1, DAYS_MAX), "365", "The number of days for which it is valid.", 0, 0 },
	{ .name = NULL },
};

/* --- names --- */

/* The names from the parameters, in the form that a request needs. All texts belong to the command, except
 * host and alt. */
struct names {
	char host[256];
	char alt[REQUEST_ALT_NAMES_MAX][ALT_MAX + 1];
	const char *alt_at[REQUEST_ALT_NAMES_MAX];
	struct request_attribute subject[SUBJECT_N];
	struct request_names request;
};

static void add_attribute(struct names *n, const char *name, const char *value)
{
	if (value && *value)
		n->subject[n->request.n_subject++] = (struct request_attribute){ name, value };
}

/* Splits the value at its commas, and adds the parts. */
static int add_alt_names(struct names *n, const char *value, struct err *e)
{
	for (const char *p = value; *p; p += *p == ',') {
		p += strspn(p, " ");
		size_t len = strcspn(p, ","), kept = len;
		while (kept && p[kept - 1] == ' ')
			kept--;
		if (n->request.n_alt_names == REQUEST_ALT_NAMES_MAX || kept > ALT_MAX)
			return err_set(e, ERR_INPUT, 0,
				       "SubjectAltName: expected at most %d names of at most %d characters",
				       REQUEST_ALT_NAMES_MAX, ALT_MAX);
		size_t i = n->request.n_alt_names++;
		snprintf(n->alt[i], sizeof n->alt[i], "%.*s", (int)kept, p);
		n->alt_at[i] = n->alt[i];
		p += len;
	}
	return 0;
}

/* Fills n from the parameters; if they have no names and needs_name is set, from the device's own names. */
static int read_names(const struct command *c, struct names *n, int needs_name, struct err *e)
{
	static const char *const params[] = {
		"OrganizationalUnit", "Organization", "Locality", "State", "Country", "Email"
	};
	static const char *const attributes[] = { "OU", "O", "L", "ST", "C", "emailAddress" };
	const char *alt[REQUEST_ALT_NAMES_MAX];
	size_t n_alt = command_arg_all(c, "SubjectAltName", alt, REQUEST_ALT_NAMES_MAX);
	n->request.subject = n->subject;
	n->request.alt_names = n->alt_at;
	add_attribute(n, "CN", command_arg(c, "CommonName"));
	for (size_t i = 0; i < n_alt; i++)
		if (add_alt_names(n, alt[i], e) < 0)
			return -1;
	int has_others = 0;
	for (size_t i = 0; i < sizeof params / sizeof *params; i++)
		has_others |= *command_arg(c, params[i]) != '\0';
	if (!n->request.n_subject && (needs_name || has_others || n->request.n_alt_names)) {
		if (agent_host_name(command_agent(c), n->host, sizeof n->host, e) < 0)
			return err_prefix(e, "CommonName is needed");
		add_attribute(n, "CN", n->host);
	}
	for (size_t i = 0; i < sizeof params / sizeof *params; i++)
		add_attribute(n, attributes[i], command_arg(c, params[i]));
	return n->request.n_subject || n->request.n_alt_names ? request_check(&n->request, e) : 0;
}

/* --- keys --- */

/* A key that is being made for the command. */
struct making {
	struct command *command;
	enum keygen_kind kind;
	void (*use)(struct command *c, const char *key_pem);
	struct job *job;
	struct buf pem;
	struct err why;
	int failed;
};

static void make_key(void *arg, const atomic_int *stop)
{
	struct making *m = arg;
	m->failed = keygen_make(m->kind, stop, &m->pem, &m->why);
}

static void free_making(struct making *m)
{
	buf_wipe(&m->pem);
	free(m);
}

static void key_made(void *arg)
{
	struct making *m = arg;
	struct command *c = m->command;
	c->work = NULL;
	if (m->failed)
		command_done(c, &m->why);
	else
		m->use(c, buf_str(&m->pem));
	free_making(m);
}

static void forget_making(struct command *c)
{
	struct making *m = c->work;
	if (!m)
		return;
	job_cancel(m->job);
	free_making(m);
}

/* Makes a key of the kind that the command asks for, and calls use with it later, since making an RSA key
 * takes time. */
static void with_new_key(struct command *c, void (*use)(struct command *c, const char *key_pem))
{
	struct making *m = mem_new(sizeof *m);
	const char *kind = command_arg(c, "Key");
	m->command = c;
	m->kind = kind ? (enum keygen_kind)keygen_named(kind) : KEYGEN_P256;
	m->use = use;
	buf_init(&m->pem, KEYGEN_PEM_MAX);
	c->work = m;
	c->forget = forget_making;
	m->job = job_start(&(struct job_options){ agent_loop(command_agent(c)), make_key, key_made, m });
}

/* --- CSR --- */

/* Finishes the command; the answer is the request with this name, or all requests, as PEM. */
static void answer_pem(struct command *c, const char *name)
{
	struct requests_info info;
	const struct anchors *a = agent_anchors(command_agent(c));
	for (size_t i = 0; requests_info(a, i, &info) == 0; i++)
		if (!name || strcmp(info.name, name) == 0)
			buf_adds(&c->text, info.pem);
	rows_security_text(c);
}

static void create(struct command *c, const char *key_pem)
{
	struct names n = { .request = { .n_subject = 0 } };
	struct err e = { .kind = ERR_NONE };
	struct requests_order o = { .name = command_arg(c, "Name"),
				    .key_pem = key_pem,
				    .renews = command_arg(c, "Fingerprint"),
				    .passphrase = command_arg(c, "PrivateKeyPassword") };
	int failed = read_names(c, &n, !o.renews, &e);
	o.request = n.request;
	if (!failed)
		failed = security_request_create(command_agent(c), &o, &e);
	if (!failed)
		answer_pem(c, o.name);
	else
		command_done(c, &e);
}

static void create_run(struct command *c)
{
	struct names n = { .request = { .n_subject = 0 } };
	struct err e = { .kind = ERR_NONE };
	const char *renews = command_arg(c, "Fingerprint");
	if (renews && command_arg(c, "Key"))
		command_parameter_error(c, "Key goes without Fingerprint: a renewal has the old key");
	else if (requests_check_name(agent_anchors(command_agent(c)), command_arg(c, "Name"), &e) < 0)
		command_done(c, &e);
	else if (read_names(c, &n, !renews, &e) < 0)
		command_parameter_error(c, e.text);
	else if (renews)
		create(c, NULL);
	else
		with_new_key(c, create);
}

static void delete_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	security_request_delete(command_agent(c), command_arg(c, "Name"), &e);
	command_done(c, &e);
}

static void list_run(struct command *c)
{
	struct requests_info info;
	const struct anchors *a = agent_anchors(command_agent(c));
	for (size_t i = 0; requests_info(a, i, &info) == 0; i++) {
		struct doc *d = doc_add(command_result(c), "Request", (uint32_t)i + 1);
		d->max_occurrence = DOC_UNBOUNDED;
		doc_add_value(d, "Key", DOC_STRING, info.key);
		doc_add_value(d, "Name", DOC_STRING, info.name);
		doc_add_text(d, "Renews", info.renews);
		doc_add_text(d, "SubjectAltName", info.names);
		doc_add_value(d, "SubjectName", DOC_STRING, info.subject);
	}
	command_done(c, NULL);
}

static void show_run(struct command *c)
{
	struct requests_info info;
	const char *name = command_arg(c, "Name");
	const struct anchors *a = agent_anchors(command_agent(c));
	struct err e;
	size_t i = 0;
	while (name && requests_info(a, i, &info) == 0 && strcmp(info.name, name) != 0)
		i++;
	if (name && requests_info(a, i, &info) < 0) {
		err_set(&e, ERR_NOTFOUND, 0, "there is no request %s", name);
		command_done(c, &e);
	} else {
		answer_pem(c, name);
	}
}

/* --- self-signed --- */

static void self_sign(struct command *c, const char *key_pem)
{
	struct names n = { .request = { .n_subject = 0 } };
	struct err e = { .kind = ERR_NONE };
	if (read_names(c, &n, 1, &e) == 0) {
		struct security_self_signed r = { .request = n.request,
						  .key_pem = key_pem,
						  .days = (int)command_arg_number(c, "Days") };
		security_own_self_sign(command_agent(c), &r, command_result(c), &e);
	}
	command_done(c, &e);
}

static void self_signed_run(struct command *c)
{
	struct names n = { .request = { .n_subject = 0 } };
	struct err e = { .kind = ERR_NONE };
	if (read_names(c, &n, 1, &e) < 0)
		command_parameter_error(c, e.text);
	else
		with_new_key(c, self_sign);
}

#define CREATE "Makes a key and a certificate request for it, which waits for the CA's answer."
#define DELETE "Deletes a waiting request and its key."
#define LINK                                                                                                 \
	"Adds the certificate with which the CA answered a request. The agent finds the key, and deletes "   \
	"the request. Services Add does the same."
#define LIST "Lists the requests that wait for their certificate."
#define SHOW "Shows requests in PEM, for the CA."

const struct command_row rows_requests[ROWS_REQUESTS_N] = {
	{ "Security Certificates CSR Create", CREATE, create_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL,
	  create_run, 0 },
	{ "Security Certificates CSR Delete", DELETE, name_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL,
	  delete_run, 0 },
	{ "Security Certificates CSR Link", LINK, rows_services_add_params, ROLE_ADMIN,
	  COMMAND_MULTILINE | COMMAND_AUDITED_REFUSAL, rows_services_add, 0 },
	{ "Security Certificates CSR List", LIST, NULL, ROLE_USER, 0, list_run, 0 },
	{ "Security Certificates CSR Show", SHOW, show_params, ROLE_USER, 0, show_run, 0 },
	{ "Security Certificates Services CSR Create", CREATE, create_params, ROLE_ADMIN,
	  COMMAND_OLDER_NAME | COMMAND_AUDITED_REFUSAL, create_run, 0 },
	{ "Security Certificates Services CSR Delete", DELETE, name_params, ROLE_ADMIN,
	  COMMAND_OLDER_NAME | COMMAND_AUDITED_REFUSAL, delete_run, 0 },
	{ "Security Certificates Services CSR Link", LINK, rows_services_add_params, ROLE_ADMIN,
	  COMMAND_MULTILINE | COMMAND_OLDER_NAME | COMMAND_AUDITED_REFUSAL, rows_services_add, 0 },
	{ "Security Certificates Services CSR List", LIST, NULL, ROLE_USER, COMMAND_OLDER_NAME, list_run, 0 },
	{ "Security Certificates Services CSR Show", SHOW, show_params, ROLE_USER, COMMAND_OLDER_NAME,
	  show_run, 0 },
	{ "Security Certificates Services SelfSigned Create",
	  "Makes a key and a certificate that this key signs, for the first start of the HTTPS side and for "
	  "tests.",
	  self_signed_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, self_signed_run, 0 },
};
