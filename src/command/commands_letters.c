/* SPDX-License-Identifier: MIT */
/* HttpFeedback Queue, DeadLetters and Test: the outbox in a person's hand. */
#include "base/num.h"
#include "commands.h"
#include "delivery/queue.h"
#include "delivery/testpost.h"

#define SLOT                                                                                                 \
	{                                                                                                    \
		"FeedbackSlot", SCHEMA_INT(1, 4), NULL, "The slot.", PARAM_REQUIRED, 0                       \
	}
#define SEQUENCE(flags, help)                                                                                \
	{                                                                                                    \
		"Sequence", SCHEMA_INT(1, INT64_MAX), NULL, help, flags, 0                                   \
	}

static const struct command_param slot_params[] = { SLOT, { .name = NULL } };
static const struct command_param list_params[] = {
	SLOT,
	{ "From", SCHEMA_INT(1, INT64_MAX), "1", "The first sequence to be shown.", 0, 0 },
	{ "Limit", SCHEMA_INT(1, 100), "20", "How many to show.", 0, 0 },
	{ .name = NULL },
};
static const struct command_param one_params[] = { SLOT,
						   SEQUENCE(PARAM_REQUIRED, "Its sequence."),
						   { .name = NULL } };
static const struct command_param some_params[] = {
	SLOT,
	SEQUENCE(0, "Its sequence; left out: all of the slot."),
	{ .name = NULL },
};

static int64_t number(const struct command *c, const char *name)
{
	const char *text = command_arg(c, name);
	int64_t n = 0;
	if (text)
		num_parse(text, 0, INT64_MAX, &n, NULL);
	return n;
}

static int slot_of(const struct command *c)
{
	return (int)number(c, "FeedbackSlot");
}

static struct queue_request request(const struct command *c, enum queue_which which)
{
	return (struct queue_request){ .slot = slot_of(c),
				       .which = which,
				       .sequence = number(c, "Sequence"),
				       .max = number(c, "Limit") };
}

static void list(struct command *c, enum queue_which which)
{
	struct err e = { .kind = ERR_NONE };
	struct queue_request r = request(c, which);
	r.sequence = number(c, "From");
	queue_list(agent_delivery(command_agent(c)), &r, command_result(c), &e);
	command_done(c, &e);
}

static void show(struct command *c, enum queue_which which)
{
	struct err e = { .kind = ERR_NONE };
	struct queue_request r = request(c, which);
	queue_show(agent_delivery(command_agent(c)), &r, command_result(c), &e);
	command_done(c, &e);
}

static void replay(struct command *c, enum queue_which which)
{
	struct err e = { .kind = ERR_NONE };
	struct queue_request r = request(c, which);
	queue_replay(agent_delivery(command_agent(c)), &r, command_result(c), &e);
	command_done(c, &e);
}

static void purge(struct command *c, enum queue_which which)
{
	struct err e = { .kind = ERR_NONE };
	struct queue_request r = request(c, which);
	queue_purge(agent_delivery(command_agent(c)), &r, &e);
	command_done(c, &e);
}

static void queue_list_run(struct command *c)
{
	list(c, QUEUE_WAITING);
}

static void queue_show_run(struct command *c)
{
	show(c, QUEUE_WAITING);
}

static void queue_replay_run(struct command *c)
{
	replay(c, QUEUE_WAITING);
}

static void queue_purge_run(struct command *c)
{
	purge(c, QUEUE_WAITING);
}

static void dead_list_run(struct command *c)
{
	list(c, QUEUE_DEAD);
}

static void dead_show_run(struct command *c)
{
	show(c, QUEUE_DEAD);
}

static void dead_replay_run(struct command *c)
{
	replay(c, QUEUE_DEAD);
}

static void dead_purge_run(struct command *c)
{
	purge(c, QUEUE_DEAD);
}

static void test_ended(void *arg, const struct err *e)
{
	struct command *c = arg;
	c->work = NULL;
	command_done(c, e);
}

static void forget_test(struct command *c)
{
	testpost_cancel(c->work);
}

static void test_run(struct command *c)
{
	struct testpost_request r = {
		.slot = slot_of(c), .result = command_result(c), .done = test_ended, .arg = c
	};
	struct testpost *t;
	struct err e;
	if (testpost_send(agent_delivery(command_agent(c)), &r, &t, &e) < 0) {
		command_done(c, &e);
		return;
	}
	c->work = t;
	c->forget = forget_test;
}

const struct command_row commands_letters[COMMANDS_LETTERS_N] = {
	{ "HttpFeedback DeadLetters List", "Lists posts that their server will never take.", list_params,
	  ROLE_ADMIN, 0, dead_list_run },
	{ "HttpFeedback DeadLetters Purge", "Deletes one dead letter, or all of the slot.", some_params,
	  ROLE_ADMIN, 0, dead_purge_run },
	{ "HttpFeedback DeadLetters Replay",
	  "Puts one dead letter, or all, back into the queue, with its id and its old place.", some_params,
	  ROLE_ADMIN, 0, dead_replay_run },
	{ "HttpFeedback DeadLetters Show", "Shows one dead letter with its body.", one_params, ROLE_ADMIN, 0,
	  dead_show_run },
	{ "HttpFeedback Queue List", "Lists posts that wait for delivery.", list_params, ROLE_ADMIN, 0,
	  queue_list_run },
	{ "HttpFeedback Queue Purge",
	  "Deletes one post that waits, or all of the slot; the server is told of the gap.", some_params,
	  ROLE_ADMIN, 0, queue_purge_run },
	{ "HttpFeedback Queue Replay", "Tries what waits at once, with the ids that it has.", slot_params,
	  ROLE_ADMIN, 0, queue_replay_run },
	{ "HttpFeedback Queue Show", "Shows one post that waits with its body.", one_params, ROLE_ADMIN, 0,
	  queue_show_run },
	{ "HttpFeedback Test",
	  "Sends the slot's server a test event past the queue and shows verdict and answer.", slot_params,
	  ROLE_ADMIN, 0, test_run },
};
