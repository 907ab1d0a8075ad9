/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include "base/mem.h"
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {                          /* a command of the document */
	const struct command_row *row; /* NULL: the command is refused, and answer says why */
	struct doc *params;            /* owned; NULL after the command was run */
	struct doc *answer;            /* owned; NULL while there is none */
};

struct batch {
	struct batch_options options;
	struct loop_timer *next;  /* armed when an answer can be taken, or a command can be run */
	struct loop_timer *limit; /* armed until all commands have been answered */
	/* the last item is the answer to all commands past BATCH_COMMANDS_MAX */
	struct item items[BATCH_COMMANDS_MAX + 1];
	size_t n;                /* number of items */
	size_t at;               /* index of the first item without an answer: it runs, or is run next */
	struct command *running; /* the command of items[at]; NULL: it has not begun */
	size_t refused;          /* number of items that are not run */
	size_t answered_bytes;   /* size of the answers so far, compared with BATCH_ANSWERS_MAX */
	int status, restarts;
};

static struct doc *refusal(const char *name, const char *reason)
{
	struct doc *d = doc_new(name);
	doc_set_attr(d, "status", "Error");
	doc_add_value(d, "Reason", DOC_STRING, reason);
	return d;
}

static struct doc *refuse(struct batch *b, const char *name, const char *reason)
{
	struct doc *d = refusal(name, reason);
	b->items[b->n++].answer = d;
	b->refused++;
	b->status = b->status ? b->status : EX_DATAERR;
	return d;
}

/* Refuses all commands past BATCH_COMMANDS_MAX: they share one answer and count as one refused command. */
static void refuse_rest(struct batch *b)
{
	char reason[80];
	if (b->n > BATCH_COMMANDS_MAX)
		return;
	snprintf(reason, sizeof reason, "there are more than %d commands: the rest of them were not run",
		 BATCH_COMMANDS_MAX);
	refuse(b, "Result", reason);
}

static void refuse_unknown(struct batch *b, const struct doc *d)
{
	struct doc *answer = refuse(b, "Result", "Unknown command");
	if (!b->options.names_paths)
		return;
	struct buf path;
	buf_init(&path, 2048);
	doc_path_of(d, &path);
	doc_add_value(answer, "XPath", DOC_STRING, buf_str(&path));
	buf_done(&path);
}

/* Adds the command at d to the commands to be run, unless the guard refuses it. */
static void add_command(struct batch *b, const struct command_row *row, const struct doc *d)
{
	struct err e;
	/* The answer is named as in command.c, by the last two words of the command. No word in the tree
	 * reaches these limits; they guarantee that the name fits into DOC_NAME_MAX. */
	enum { FIRST_MAX = 32, SECOND_MAX = 24 };
	char name[DOC_NAME_MAX];
	snprintf(name, sizeof name, "%.*s%.*sResult", FIRST_MAX, d->parent ? d->parent->name : "", SECOND_MAX,
		 d->name);
	if (!b->options.guard || b->options.guard(b->options.arg, row, d, &e) == 0)
		b->items[b->n++] = (struct item){ .row = row, .params = doc_copy(d) };
	else if (e.kind == ERR_NOTFOUND)
		refuse_unknown(b, d);
	else
		refuse(b, name, e.text);
}

/* Finds the commands below d, in order. tree has the words that a command may have at this place. */
static void walk(struct batch *b, const struct doc *tree, const struct doc *d)
{
	for (const struct doc *c = d->first; c; c = c->next) {
		const struct doc *at = doc_child(tree, c->name, 0);
		if (at && at->first)
			walk(b, at, c);
		else if (b->n >= BATCH_COMMANDS_MAX)
			refuse_rest(b);
		else if (at)
			add_command(b, tree_command((size_t)tree_row(at)), c);
		else
			refuse_unknown(b, c);
	}
}

/* Wipes the parameters, which may be secrets, and frees them. */
static void forget_params(struct item *i)
{
	doc_wipe(i->params);
	doc_free(i->params);
	i->params = NULL;
}

static size_t bytes_of(const struct doc *d)
{
	size_t sum = doc_size_of_node(d).bytes;
	for (const struct doc *c = d->first; c; c = c->next)
		sum += bytes_of(c);
	return sum;
}

/* The command of items[at] is complete: its document becomes the answer. */
static void take_answer(struct batch *b)
{
	struct command *c = b->running;
	struct doc *answer = c->doc;
	c->doc = NULL;
	b->running = NULL;
	b->answered_bytes += answer ? bytes_of(answer) : 0;
	if (!answer || b->answered_bytes > BATCH_ANSWERS_MAX) {
		char reason[80];
		snprintf(reason, sizeof reason, "the answers of these commands take more than %d MiB",
			 BATCH_ANSWERS_MAX >> 20);
		doc_free(answer);
		answer = refusal("Result", reason);
	}
	if (c->status && !b->status)
		b->status = c->status;
	b->restarts |= c->restarts;
	b->items[b->at++].answer = answer;
	command_free(c);
}

static void free_batch(struct batch *b)
{
	command_free(b->running);
	for (size_t i = 0; i < b->n; i++) {
		forget_params(&b->items[i]);
		doc_free(b->items[i].answer);
	}
	loop_timer_free(b->next);
	loop_timer_free(b->limit);
	free(b);
}

void batch_cancel(struct batch *b)
{
	if (b)
		free_batch(b);
}

/* Ends the batch and passes its answers to done. A command without an answer, because the time limit has
 * passed or the agent ends, gets an error as its answer; a command that had not begun counts as refused. */
static void finish(struct batch *b)
{
	struct batch_options o = b->options;
	struct batch_results r = { .answers = doc_new("Command"), .restarts = b->restarts };
	if (b->running && b->running->done)
		take_answer(b);
	for (size_t i = 0; i < b->n; i++) {
		struct doc *answer = b->items[i].answer;
		if (!answer) {
			int is_begun = i == b->at && b->running;
			answer =
				refusal("Result",
					is_begun ? "the command was not answered in time, or the agent ended "
						   "before its answer"
						 : "the command was not run, because the commands before it "
						   "took all the time, or the agent ended");
			b->refused += !is_begun;
			b->status = b->status ? b->status : EX_TEMPFAIL;
		}
		doc_adopt(r.answers, answer);
		b->items[i].answer = NULL;
	}
	r.status = b->status;
	r.refused = b->refused;
	free_batch(b);
	o.done(o.arg, &r);
}

void batch_stop(struct batch *b)
{
	finish(b);
}

static void on_done(void *arg)
{
	struct batch *b = arg;
	loop_timer_in(b->next, 0);
}

static void begin_command(struct batch *b)
{
	struct item *i = &b->items[b->at];
	struct command_caller by = b->options.by;
	by.mode = OUTPUT_XML;
	by.done = on_done;
	by.arg = b;
	b->running = command_new(b->options.set, &by);
	command_run_document(b->running, i->row, i->params);
	forget_params(i);
}

/* Takes the answer of the running command, and begins the next commands until one is not answered at once. */
static void on_next(void *arg)
{
	struct batch *b = arg;
	for (;;) {
		if (b->running && !b->running->done)
			return;
		if (b->running)
			take_answer(b);
		while (b->at < b->n && b->items[b->at].answer)
			b->at++;
		if (b->at == b->n)
			break;
		begin_command(b);
	}
	finish(b);
}

static void on_limit(void *arg)
{
	finish(arg);
}

struct batch *batch_new(const struct batch_options *o, const struct doc *command)
{
	struct loop *loop = agent_loop(o->set->agent);
	struct batch *b = mem_new(sizeof *b);
	*b = (struct batch){ .options = *o };
	b->next = loop_timer_new(loop, on_next, b);
	b->limit = loop_timer_new(loop, on_limit, b);
	walk(b, o->set->commands, command);
	loop_timer_in(b->next, 0);
	loop_timer_in(b->limit, BATCH_LIMIT_MS);
	return b;
}
