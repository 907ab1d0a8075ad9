/* SPDX-License-Identifier: MIT */
#include "runner.h"

#include "base/mem.h"
#include "tree.h"
#include "wire/xml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { COMMANDS_MAX = 64, ANSWERS_MAX = 4 << 20, LIMIT_MS = 60 * 1000, PATH_MAX_LEN = 200 };

static const char preamble[] = "xPreferences outputmode xml\nxPreferences framing on\n";

struct runner {
	struct control *control;
	struct loop_timer
		*timer; /* armed while commands run: they take too long; or, none was sent: all is done */
	struct loop_watch *watch;
	int fd; /* our end of the session, -1: nothing runs */
	struct buf out, in;
	size_t out_at;
	int greeted;        /* the preamble's answer has come */
	size_t n, answered; /* commands; answers to those that were sent */
	struct doc *results[COMMANDS_MAX +
			    1]; /* NULL: sent, and not answered yet; the last one says that there were more */
	agent_ran *done;
	void *done_arg;
};

/* --- what is sent --- */

static void quote(const char *text, struct buf *b)
{
	buf_addc(b, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_addc(b, '\\');
		if (*text == '\n')
			buf_adds(b, "\\n");
		else if (*text == '\r')
			buf_adds(b, "\\r");
		else if (*text == '\t')
			buf_adds(b, "\\t");
		else
			buf_addc(b, *text);
	}
	buf_addc(b, '"');
}

static int is_body(const struct command_row *row, const struct doc *param)
{
	return row->flags & COMMAND_MULTILINE && strcasecmp(param->name, "body") == 0;
}

/* "xCommand HttpFeedback Register FeedbackSlot: "3" ...", and the body, counted. */
static void send_command(struct runner *r, const struct command_row *row, const struct doc *d)
{
	const char *body = NULL;
	struct buf line;
	buf_init(&line, CONTROL_LINE_MAX);
	buf_addf(&line, "xCommand %s", row->path);
	for (const struct doc *p = d->first; p; p = p->next) {
		if (is_body(row, p)) {
			body = p->value ? p->value : "";
			continue;
		}
		buf_addf(&line, " %s%s", p->name, p->item ? "" : ": ");
		if (p->item)
			buf_addf(&line, "[%u]: ", p->item);
		quote(p->value ? p->value : "", &line);
	}
	buf_addc(&line, '\n');
	if (body)
		buf_addf(&r->out, "{%zu}\n", line.len + strlen(body));
	buf_adds(&r->out, line.full ? "xCommand too long\n" : buf_str(&line));
	if (body)
		buf_adds(&r->out, body);
	explicit_bzero(line.data, line.len);
	buf_done(&line);
}

static void refuse(struct runner *r, const char *name, const char *reason)
{
	struct doc *d = doc_new(name);
	doc_set_attr(d, "status", "Error");
	doc_add_value(d, "Reason", DOC_STRING, reason);
	r->results[r->n++] = d;
}

static int is_too_many(struct runner *r)
{
	if (r->n == COMMANDS_MAX)
		refuse(r, "Result", "more than 64 commands: the rest is not run");
	return r->n > COMMANDS_MAX;
}

static void take(struct runner *r, const struct command_row *row, const struct doc *d)
{
	struct err e;
	char name[DOC_NAME_MAX];
	snprintf(name, sizeof name, "%.32s%.24sResult", d->parent ? d->parent->name : "", d->name);
	if (row->flags & COMMAND_OLDER_NAME)
		refuse(r, "Result", "Unknown command"); /* its guard has another name */
	else if (agent_manager_may_run(r->control->agent, row->path, d, &e) < 0)
		refuse(r, name, e.text);
	else
		r->n++, send_command(r, row, d);
}

/* Names as they are, in the tree of all commands: nothing that is abbreviated, so nothing slips past a
 * guard. */
static void walk(struct runner *r, const struct doc *tree, const struct doc *d)
{
	for (const struct doc *c = d->first; c; c = c->next) {
		const struct doc *at = doc_child(tree, c->name, 0);
		if (at && at->first)
			walk(r, at, c);
		else if (is_too_many(r))
			return;
		else if (at)
			take(r, tree_command((size_t)tree_row(at)), c);
		else
			refuse(r, "Result", "Unknown command");
	}
}

/* --- what comes back --- */

static void end(struct runner *r)
{
	struct doc *all = doc_new("Command");
	loop_watch_free(r->watch);
	r->watch = NULL;
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	loop_timer_stop(r->timer);
	for (size_t i = 0; i < r->n; i++) {
		if (!r->results[i]) {
			r->results[i] = doc_new("Result");
			doc_set_attr(r->results[i], "status", "Error");
			doc_add_value(r->results[i], "Reason", DOC_STRING,
				      "it was not answered in time, or the agent ended");
		}
		doc_adopt(all, r->results[i]);
		r->results[i] = NULL;
	}
	r->n = 0;
	if (r->out.data)
		explicit_bzero(r->out.data, r->out.cap);
	buf_done(&r->out);
	buf_done(&r->in);
	agent_ran *done = r->done;
	r->done = NULL;
	if (done)
		done(r->done_arg, all);
	else
		doc_free(all);
}

static void answered(struct runner *r, const char *text)
{
	struct doc *d = NULL, *result;
	size_t i = 0;
	if (!r->greeted) {
		r->greeted = 1;
		return;
	}
	while (i < r->n && r->results[i])
		i++;
	if (i == r->n)
		return;
	if (xml_parse(text, strlen(text), NULL, &d, NULL) == 0 && d->first) {
		result = d->first;
		doc_detach(result);
	} else {
		result = doc_new("Result");
		doc_set_attr(result, "status", "Error");
	}
	doc_free(d);
	r->results[i] = result;
}

static int all_answered(const struct runner *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->results[i])
			return 0;
	return 1;
}

/* Answers end in a line of the byte 0x1e and a number. */
static void take_answers(struct runner *r)
{
	char *at = r->in.data, *mark;
	while (at && (mark = strchr(at, '\036'))) {
		char *line_end = strchr(mark, '\n');
		if (!line_end)
			break;
		*mark = '\0';
		if (mark[1] >= '0' && mark[1] <= '9')
			answered(r, at);
		at = line_end + 1;
	}
	if (at)
		buf_drop(&r->in, (size_t)(at - r->in.data));
}

static int receive(struct runner *r)
{
	for (;;) {
		char *room = buf_room(&r->in, 16384);
		ssize_t n = room ? recv(r->fd, room, 16384, MSG_DONTWAIT) : 0;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return -1;
		buf_took(&r->in, (size_t)n);
	}
}

static int transmit(struct runner *r)
{
	while (r->out_at < r->out.len) {
		ssize_t n = send(r->fd, r->out.data + r->out_at, r->out.len - r->out_at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return -1;
		r->out_at += (size_t)n;
	}
	loop_watch_set(r->watch, LOOP_READ);
	return 0;
}

static void ready(void *arg, unsigned events)
{
	struct runner *r = arg;
	int gone = (events & LOOP_WRITE && transmit(r) < 0) || (events & LOOP_READ && receive(r) < 0);
	take_answers(r);
	if (gone || all_answered(r))
		end(r);
}

static void timed(void *arg)
{
	end(arg);
}

/* --- the agent's wish --- */

static int open_session(struct runner *r)
{
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -1;
	control_adopt(r->control, fds[0]); /* the peer is this very process: an administrator */
	r->fd = fds[1];
	r->watch = loop_watch(r->control->loop, r->fd, LOOP_READ | LOOP_WRITE, ready, r);
	return 0;
}

static void run(void *arg, const struct doc *command, agent_ran *done, void *done_arg)
{
	struct runner *r = arg;
	r->done = done;
	r->done_arg = done_arg;
	r->n = 0;
	r->greeted = 0;
	r->out_at = 0;
	buf_init(&r->in, ANSWERS_MAX);
	buf_init(&r->out, ANSWERS_MAX);
	buf_adds(&r->out, preamble);
	walk(r, r->control->commands, command);
	int nothing = all_answered(r) || r->out.full || open_session(r) < 0;
	loop_timer_in(r->timer, nothing ? 0 : LIMIT_MS);
}

struct runner *runner_new(struct control *t)
{
	struct runner *r = mem_new(sizeof *r);
	*r = (struct runner){ .control = t, .fd = -1, .timer = loop_timer_new(t->loop, timed, r) };
	agent_set_runner(t->agent, run, r);
	return r;
}

void runner_free(struct runner *r)
{
	if (!r)
		return;
	end(r); /* what is done, and that the rest is not, is worth knowing after a restart */
	agent_set_runner(r->control->agent, NULL, NULL);
	loop_timer_free(r->timer);
	free(r);
}
