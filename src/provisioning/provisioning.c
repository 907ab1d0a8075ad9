/* SPDX-License-Identifier: MIT */
#include "provisioning/provisioning.h"

#include "provisioning_answer.h"
#include "base/mem.h"
#include "base/text.h"
#include "doc/doc_path.h"
#include "guard.h"
#include "provisioning_internal.h"
#include "push.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Finds the document that a location names: "/Status", "/Configuration", "/Valuespace", or a path in one of
 * them. */
static int find_document(const char *location, struct doc_path *ret_path, enum provisioning_document *ret,
			 struct err *e)
{
	static const char *const roots[] = { [PROVISIONING_STATUS] = "Status",
					     [PROVISIONING_CONFIGURATION] = "Configuration",
					     [PROVISIONING_VALUESPACE] = "Valuespace" };
	char quoted[200];
	text_quoted(location, quoted, sizeof quoted);
	if (doc_path_parse(location, ret_path, e) < 0)
		return err_prefix(e, "%s", quoted);
	for (int i = 0; i < 3 && ret_path->n; i++)
		if (strcasecmp(ret_path->steps[0].name, roots[i]) == 0) {
			*ret = (enum provisioning_document)i;
			return 0;
		}
	return err_set(e, ERR_NOTFOUND, 0,
		       "%s: there is no such document: expected /Status, /Configuration or /Valuespace",
		       quoted);
}

/* Writes the results in an element whose name is the last part of the location, as in all these documents. */
static void build_results(struct provisioning *p, const struct documents_request *r, struct buf *b)
{
	struct doc *root = doc_new(r->location + 1);
	for (const struct doc *c = r->results->first; c; c = c->next)
		doc_adopt(root, doc_copy(c));
	manager_write_document(p->o.identity(p->o.arg), r->location, root, b);
	doc_free(root);
}

static int build(void *arg, const struct documents_request *r, struct buf *b, struct err *e)
{
	struct provisioning *p = arg;
	struct doc_path path;
	enum provisioning_document which = PROVISIONING_STATUS;
	if (r->results) {
		build_results(p, r, b);
		return 0;
	}
	if (find_document(r->location, &path, &which, e) < 0)
		return -1;
	if (!b->max) /* the caller only wants to know whether there is such a document */
		return 0;
	const struct doc_path *const paths[] = { &path };
	struct doc *all = p->o.document(p->o.arg, which);
	struct doc *part = path.n > 1 ? doc_select(all, paths, 1) : doc_copy(all);
	if (!part)
		part = doc_new(all->name);
	if (which == PROVISIONING_CONFIGURATION)
		settings_refer(part);
	manager_write_document(p->o.identity(p->o.arg), r->location, part, b);
	doc_free(part);
	doc_free(all);
	return 0;
}

static void results_returned(void *arg, struct doc *results)
{
	struct provisioning *p = arg;
	heartbeat_add_results(p->heartbeat, results);
	results_keep(p);
}

static const struct wire_identity *identity(void *arg)
{
	struct provisioning *p = arg;
	return p->o.identity(p->o.arg);
}

static void heartbeat_changed(void *arg)
{
	struct provisioning *p = arg;
	struct heartbeat_status s;
	heartbeat_status(p->heartbeat, &s);
	if (s.state == HEARTBEAT_IDLE) {
		documents_forget(p->documents);
		results_keep(p);
	}
	p->o.changed(p->o.arg);
}

static void answered(void *arg, const struct manager_answer *answer)
{
	apply_answer(arg, answer);
}

static void moved(void *arg, const struct heartbeat_place *to)
{
	apply_move(arg, to);
}

struct provisioning *provisioning_new(const struct provisioning_options *o)
{
	struct provisioning *p = mem_new(sizeof *p);
	p->o = *o;
	p->commands.wait = loop_timer_new(o->loop, commands_run_held, p);
	p->heartbeat = heartbeat_new(&(struct heartbeat_options){ .loop = o->loop,
								  .https = o->https,
								  .identity = identity,
								  .changed = heartbeat_changed,
								  .answered = answered,
								  .moved = moved,
								  .arg = p });
	p->documents = documents_new(&(struct documents_options){
		.loop = o->loop, .https = o->https, .build = build, .returned = results_returned, .arg = p });
	results_recall(p);
	return p;
}

void provisioning_free(struct provisioning *p)
{
	if (!p)
		return;
	heartbeat_free(p->heartbeat);
	documents_free(p->documents);
	doc_free(p->commands.held);
	loop_timer_free(p->commands.wait);
	explicit_bzero(&p->commands.results_to, sizeof p->commands.results_to);
	free(p);
}

void provisioning_configure(struct provisioning *p)
{
	const struct settings *s = settings_get(p->o.settings);
	documents_configure(p->documents, s);
	heartbeat_configure(p->heartbeat, s,
			    settings_value(p->o.settings, "Provisioning ExternalManager Address"));
}

void provisioning_start(struct provisioning *p)
{
	heartbeat_start(p->heartbeat);
}

void provisioning_retry(struct provisioning *p)
{
	heartbeat_retry(p->heartbeat);
}

void provisioning_retry_unanswered(struct provisioning *p)
{
	heartbeat_retry_unanswered(p->heartbeat);
}

void provisioning_identity_changed(struct provisioning *p)
{
	heartbeat_identity_changed(p->heartbeat);
}

void provisioning_date_known(struct provisioning *p)
{
	commands_run_held(p);
}

int provisioning_register(struct provisioning *p, struct err *e)
{
	return heartbeat_now(p->heartbeat, e);
}

uint64_t provisioning_sent(const struct provisioning *p, uint64_t *ret_accepted)
{
	struct heartbeat_status s;
	heartbeat_status(p->heartbeat, &s);
	*ret_accepted = s.accepted;
	return s.sent;
}

int provisioning_take_answer(struct provisioning *p, const struct https_reply *r, char *found, size_t size,
			     struct err *e)
{
	struct manager_answer a;
	struct answer_failure why;
	struct heartbeat_status s;
	heartbeat_status(p->heartbeat, &s);
	if (s.state == HEARTBEAT_PROVISIONED && answer_is_nothing(r)) {
		snprintf(found, size, "nothing to be done (HTTP %d)", r->status);
		return 0;
	}
	if (answer_classify(r, &a, &why) < 0)
		return err_set(e, ERR_PROTOCOL, 0, "%s", why.reason);
	snprintf(found, size, "a PostEventResponse%s%s", a.configuration ? " with settings" : "",
		 a.command ? " with commands" : "");
	apply_answer(p, &a);
	manager_answer_done(&a);
	return 0;
}

/* Refuses the settings of the manager's address and login, which only a move changes. */
static int refuse_move(const char *path, struct err *e)
{
	for (int i = 0; i < PUSH_MOVE_COUNT; i++)
		if (strcmp(path, push_move_path(i)) == 0)
			return err_set(e, ERR_DENIED, 0,
				       "%s: the manager may change its own address and login by the settings "
				       "of its answers only, so that the device tries the new ones first",
				       path);
	return 0;
}

int provisioning_may_set(struct provisioning *p, const char *path, const char *value, struct err *e)
{
	const struct settings *s = settings_get(p->o.settings);
	if (refuse_move(path, e) == 0 &&
	    guard_setting(s, path, settings_value(p->o.settings, path), value, e) == 0)
		return 0;
	commands_log_refused(p, e->text);
	return -1;
}

/* Refuses too many restarts. A manager that answers each Boot with this command would restart the agent for
 * ever. */
static int refuse_boot(struct provisioning *p, const char *path, struct err *e)
{
	enum { AT_ONCE = 10, EACH_MS = 600000 };
	if (!p->o.boots || strcmp(path, "SystemUnit Boot") != 0 ||
	    retry_pace_ms(p->o.boots, EACH_MS, AT_ONCE, loop_now_ms(p->o.loop)) == 0)
		return 0;
	return err_set(e, ERR_DENIED, 0,
		       "xCommand %s: the manager has restarted this agent %d times in a row, and may do so "
		       "once in ten minutes now",
		       path, AT_ONCE);
}

int provisioning_may_run(struct provisioning *p, const char *path, const struct doc *params, struct err *e)
{
	if (guard_command(settings_get(p->o.settings), path, params, e) == 0 && refuse_boot(p, path, e) == 0)
		return 0;
	commands_log_refused(p, e->text);
	return -1;
}
