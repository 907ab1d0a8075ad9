/* SPDX-License-Identifier: MIT */
/* Whatever document is handed to xPutxml, and to the commands of the manager: all of it is answered, an
 * answer for each command, on a fake agent. The bytes are the document. */
#include "../unit/fake_agent.h"

#include "../../src/command/batch.h"
#include "base/text.h"
#include "command/command_set.h"
#include "phonebook/phonebook.h"
#include "wire/xml.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world {
	struct loop *loop;
	struct agent *agent;
	struct command_set *set;
} world;

static const struct wire_identity *identity(void *arg)
{
	return arg;
}

static void require(int truth, const char *what)
{
	if (!truth) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

/* The agent is a fake, but for its phone book, which no server is set for. */
static void begin(void)
{
	static struct wire_identity nobody;
	if (world.loop)
		return;
	world.loop = loop_new_sim();
	world.agent = fake_agent_new(world.loop);
	world.agent->phonebook = phonebook_new(
		&(struct phonebook_options){ .loop = world.loop, .identity = identity, .arg = &nobody });
	world.set = command_set_new(&(struct command_set_options){ .agent = world.agent });
}

/* An answer is an element with a status, a reason or both, and can be printed and read again. */
static void check_answers(const struct doc *answers)
{
	struct buf b;
	struct doc *again;
	struct err e;
	buf_init(&b, 64 << 20);
	doc_print_xml(answers, 0, &b);
	require(xml_parse(buf_str(&b), b.len,
			  &(struct xml_limits){ .bytes = 64 << 20, .value = 16 << 20, .nodes = 1000000 },
			  &again, &e) == 0,
		e.text);
	doc_free(again);
	buf_done(&b);
}

static void turn_until(const int *done)
{
	for (int turns = 0; !*done; turns++) {
		loop_run_for(world.loop, 0);
		require(turns < 100000, "the commands are never answered");
	}
}

static void on_answer(void *arg)
{
	*(int *)arg = 1;
}

static void put(const char *text, size_t size)
{
	static const char line[] = "xPutxml";
	int done = 0;
	struct err e;
	struct command_caller by = { .roles = ROLE_USER | ROLE_PUBLISHER | ROLE_ADMIN,
				     .done = on_answer,
				     .arg = &done };
	struct command *c = command_new(world.set, &by);
	require(line_parse(line, sizeof line - 1, &c->line, &e) == 0, "the line is not understood");
	c->body = text;
	c->body_len = size;
	verb_run(c);
	c->body = NULL;
	turn_until(&done);
	require(c->done && c->doc, "no answer");
	require(c->kind == ANSWER_BATCH ? c->doc->first != NULL : c->status != 0, "an answer without a word");
	check_answers(c->doc);
	command_free(c);
}

struct ran {
	int done;
	size_t n;
};

static void on_ran(void *arg, struct doc *results, size_t refused)
{
	struct ran *r = arg;
	r->done = 1;
	for (const struct doc *d = results->first; d; d = d->next) {
		r->n++;
		require(doc_attr(d, "status") != NULL, "a result without a status");
	}
	require(refused <= r->n, "more commands are refused than answered");
	check_answers(results);
	doc_free(results);
}

/* As the manager's: nothing of what is guarded reaches the agent. */
static void run_for_manager(const struct doc *command)
{
	struct ran r = { 0, 0 };
	world.agent->uploaded[0] = '\0';
	world.agent->run(world.agent->run_arg, command, on_ran, &r);
	require(!r.done, "answered before the call has returned");
	turn_until(&r.done);
	require(r.n <= BATCH_COMMANDS_MAX + 1, "too many results");
	require(strncmp(world.agent->uploaded, "deleted", 7) != 0 &&
			strncmp(world.agent->uploaded, "own", 3) != 0,
		"what is guarded was run");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct doc *d;
	begin();
	char *text = mem_new(size + 1);
	memcpy(text, data, size);
	put(text, size);
	if (xml_parse(text, size, NULL, &d, NULL) == 0) {
		if (strcmp(d->name, "Command") == 0)
			run_for_manager(d);
		doc_free(d);
	}
	free(text);
	return 0;
}
