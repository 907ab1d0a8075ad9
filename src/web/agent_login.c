/* SPDX-License-Identifier: MIT */
#include "agent_login.h"

#include "base/buf.h"
#include "base/mem.h"
#include "ctl/ctl_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { LINE_MAX_LOGIN = 16 << 10 };

struct agent_login {
	struct agent_login_request r;
	struct agent_link *link; /* NULL: the agent could not be reached */
	/* reports an outcome that is known already, after agent_login_begin has returned */
	struct event *later;
};

static void finish(struct agent_login *l, enum agent_login_outcome o)
{
	struct agent_link *link = l->link;
	l->link = NULL;
	if (link)
		agent_link_handle(link, &(struct agent_link_handlers){ .arg = NULL });
	if (o != AGENT_LOGIN_OK) {
		agent_link_free(link);
		link = NULL;
	}
	struct agent_login_request r = l->r;
	agent_login_cancel(l);
	r.done(r.arg, o, link);
}

static void on_answer(void *arg, const struct ctl_block *answer)
{
	struct agent_login *l = arg;
	if (!answer)
		finish(l, AGENT_LOGIN_UNAVAILABLE);
	else if (answer->status == EX_OK)
		finish(l, AGENT_LOGIN_OK);
	else
		finish(l, answer->status == EX_TEMPFAIL ? AGENT_LOGIN_FULL : AGENT_LOGIN_WRONG);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, AGENT_LOGIN_UNAVAILABLE);
}

static void add_quoted(struct buf *line, const char *name, const char *value)
{
	buf_addf(line, " %s: ", name);
	size_t size = ctl_text_quote(value, strlen(value), NULL, 0) + 1;
	char *to = buf_room(line, size);
	if (to)
		buf_took(line, ctl_text_quote(value, strlen(value), to, size));
}

struct agent_login *agent_login_begin(const struct agent_login_request *r)
{
	struct agent_login *l = mem_new(sizeof *l);
	struct err ignored;
	char mode[64];
	l->r = *r;
	if (agent_link_new(r->server->base, r->server->agent, &l->link, &ignored) < 0) {
		l->later = evtimer_new(r->server->base, on_later, l);
		event_add(l->later, &(struct timeval){ 0, 0 });
		return l;
	}
	struct buf line;
	buf_init(&line, LINE_MAX_LOGIN);
	buf_adds(&line, "xLogin");
	add_quoted(&line, "Name", r->credentials->name);
	add_quoted(&line, "Passphrase", r->credentials->password);
	add_quoted(&line, "Address", r->address);
	snprintf(mode, sizeof mode, "xPreferences outputmode %s", r->mode);
	agent_link_ask(l->link,
		       &(struct agent_link_request){ .line = buf_str(&line), .fn = on_answer, .arg = l });
	agent_link_ask(l->link, &(struct agent_link_request){ .line = mode });
	buf_wipe(&line);
	return l;
}

void agent_login_cancel(struct agent_login *l)
{
	if (!l)
		return;
	agent_link_free(l->link);
	if (l->later)
		event_free(l->later);
	free(l);
}
