/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include "base/mem.h"
#include "command/command_set.h"
#include "command/hide_urls.h"
#include "command_audit.h"
#include "doc/doc_path.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct agent *command_agent(const struct command *c)
{
	return c->set->agent;
}

struct command *command_new(struct command_set *set, const struct command_caller *by)
{
	struct command *c = mem_new(sizeof *c);
	*c = (struct command){ .set = set, .by = *by };
	buf_init(&c->text, COMMAND_TEXT_MAX);
	return c;
}

void command_free(struct command *c)
{
	if (!c)
		return;
	if (!c->done && c->forget)
		c->forget(c);
	for (size_t i = 0; i < c->n_args; i++)
		mem_wipe(c->args[i].value);
	free(c->args);
	free(c->attempt);
	line_done(&c->line);
	if (c->secret)
		doc_wipe(c->doc);
	doc_free(c->doc);
	buf_done(&c->text);
	free(c);
}

static int status_of(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE: return EX_OK;
	case ERR_INPUT:
	case ERR_NOTFOUND:
	case ERR_EXISTS: return EX_DATAERR;
	case ERR_CONFIG: return EX_CONFIG;
	case ERR_IO: return EX_IOERR;
	case ERR_FULL: return EX_TEMPFAIL;
	case ERR_TOOLONG: return EX_CANTCREAT;
	case ERR_PROTOCOL: return EX_PROTOCOL;
	case ERR_DENIED: return EX_NOPERM;
	case ERR_DATE:
	case ERR_DNS:
	case ERR_NET:
	case ERR_TIMEOUT:
	case ERR_TLS:
	case ERR_HTTP: return EX_UNAVAILABLE;
	}
	return EX_SOFTWARE;
}

/* The name of the answer's root: the last two words of a command's path ("HttpFeedback Register" has
 * HttpFeedbackRegisterResult), or the name of a verb (certificate has CertificateResult). */
static void result_name(const struct command *c, char *ret, size_t size)
{
	if (!c->row) {
		const char *verb = c->verb ? c->verb->name : "";
		snprintf(ret, size, "%sResult", verb + (*verb == 'x'));
		ret[0] = (char)toupper((unsigned char)ret[0]);
		return;
	}
	if (c->row->flags & COMMAND_OLD_FORM) {
		snprintf(ret, size, "Result");
		return;
	}
	const char *last = strrchr(c->row->path, ' '), *from = c->row->path;
	for (const char *s = from; last && s < last; s++)
		if (*s == ' ')
			from = s + 1;
	size_t at = 0;
	for (const char *s = from; *s && at + 7 < size; s++)
		if (*s != ' ')
			ret[at++] = *s;
	snprintf(ret + at, size - at, "Result");
}

int command_hides_urls(const struct command *c)
{
	return c->by.hides_urls || !(c->by.roles & ROLE_ADMIN);
}

void command_finish(struct command *c, int status)
{
	c->status = status;
	c->done = 1;
	if (c->doc && command_hides_urls(c))
		hide_urls(c->doc);
	command_audit(c);
	c->by.done(c->by.arg);
}

struct doc *command_result(struct command *c)
{
	if (!c->doc) {
		char name[DOC_NAME_MAX];
		result_name(c, name, sizeof name);
		c->doc = doc_new(name);
		c->kind = ANSWER_RESULT;
		doc_set_attr(c->doc, "status", "OK");
	}
	return c->doc;
}

void command_done(struct command *c, const struct err *e)
{
	if (!e || e->kind == ERR_NONE) {
		if (c->row)
			command_result(c);
		command_finish(c, EX_OK);
		return;
	}
	char name[DOC_NAME_MAX];
	result_name(c, name, sizeof name);
	command_fail(c, &(struct command_failure){ status_of(e->kind), name, e->text, NULL, NULL });
}

void command_checked(struct command *c, const struct err *e)
{
	if (e->kind != ERR_NONE)
		command_done(c, e);
	else if (strcmp(doc_text(command_result(c), "Outcome", ""), "Fail") == 0)
		command_finish(c, COMMAND_FOUND_FAULT);
	else
		command_finish(c, EX_OK);
}

void command_work_done(void *arg, const struct err *e)
{
	((struct command *)arg)->work = NULL;
	command_done(arg, e);
}

void command_work_checked(void *arg, const struct err *e)
{
	((struct command *)arg)->work = NULL;
	command_checked(arg, e);
}

void command_fail(struct command *c, const struct command_failure *f)
{
	doc_free(c->doc);
	c->doc = doc_new(f->root);
	c->kind = ANSWER_FAILED;
	doc_set_attr(c->doc, "status", "Error");
	/* older systems answer with a Cause; here its number is the exit status */
	if (c->row && c->row->flags & COMMAND_OLD_FORM) {
		doc_add_int(c->doc, "Cause", f->status);
		doc_add_value(c->doc, "Description", DOC_STRING, f->reason);
	} else {
		doc_add_value(c->doc, "Reason", DOC_STRING, f->reason);
	}
	if (f->xpath)
		doc_add_value(c->doc, "XPath", DOC_STRING, f->xpath);
	if (f->hint)
		doc_add_value(c->doc, "Hint", DOC_STRING, f->hint);
	command_finish(c, f->status);
}

void command_refuse(struct command *c, int status, const char *reason)
{
	command_fail(c, &(struct command_failure){ status, "Result", reason, NULL, NULL });
}

void command_no_match(struct command *c, const char *root, const char *path, const char *hint)
{
	struct doc_path p;
	struct buf xpath;
	buf_init(&xpath, 2048);
	if (doc_path_parse(path, &p, NULL) == 0 && doc_path_under(&p, root) == 0)
		doc_path_print(&p, &xpath);
	else
		buf_addf(&xpath, "%s/%.400s", root, path);
	command_fail(c, &(struct command_failure){ EX_USAGE, root, "No match on address expression",
						   buf_str(&xpath), hint });
	buf_done(&xpath);
}

void command_denied(struct command *c)
{
	static const char
		admin[] = "this needs the administrator's role: root, or the group sealpost-admin",
		publisher[] = "only root, administrators, and programs of the device whose user is in the "
			      "group sealpost-publish publish; those who log in through SSH only as "
			      "administrators",
		remote_publisher[] = "nobody publishes from the network; a program on the device does, "
				     "with libsealpost or sealpost publish",
		web[] = "this is for sealpost-web alone, before somebody logs in",
		nobody[] = "nobody has logged in yet (xLogin)",
		remote[] = "this needs the role Admin, which an administrator gives with xCommand "
			   "UserManagement User Modify";
	unsigned access = c->row ? c->row->access : c->verb->access;
	const char *hint = access == ROLE_WEB                            ? web
			   : c->by.roles == ROLE_WEB                     ? nobody
			   : c->by.is_remote && access == ROLE_PUBLISHER ? remote_publisher
			   : c->by.is_remote                             ? remote
			   : access == ROLE_PUBLISHER                    ? publisher
									 : admin;
	command_fail(c, &(struct command_failure){ EX_NOPERM, "Result", "Access denied", NULL, hint });
}

void command_parameter_error(struct command *c, const char *reason)
{
	char name[DOC_NAME_MAX];
	result_name(c, name, sizeof name);
	command_fail(c, &(struct command_failure){ EX_DATAERR, name, reason, NULL, NULL });
	doc_set_attr(c->doc, "status", "ParameterError");
}
