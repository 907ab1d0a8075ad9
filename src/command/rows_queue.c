/* SPDX-License-Identifier: MIT */
/* rows_queue: the commands HttpFeedback Queue, DeadLetters and Test, with which an administrator inspects
 * waiting posts and dead letters, deletes them, or sends them again. */
#include "delivery/queue.h"
#include "delivery/testpost.h"
#include "command_rows.h"

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
						   SEQUENCE(PARAM_REQUIRED, "The post's sequence."),
						   { .name = NULL } };
static const struct command_param some_params[] = {
	SLOT,
	SEQUENCE(0, "The post's sequence; if it is left out, all posts of the slot."),
	{ .name = NULL },
};

static int slot_of(const struct command *c)
{
	return (int)command_arg_number(c, "FeedbackSlot");
}

/* Makes the request that lists waiting posts or dead letters (depending on the row) of the given slot. */
static struct queue_request request(const struct command *c)
{
	return (struct queue_request){ .slot = slot_of(c),
				       .which = c->row->arg,
				       .sequence = command_arg_number(c, "Sequence"),
				       .max = command_arg_number(c, "Limit") };
}

static void list_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	struct queue_request r = request(c);
	r.sequence = command_arg_number(c, "From");
	queue_list(agent_delivery(command_agent(c)), &r, command_result(c), &e);
	command_done(c, &e);
}

static void show_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	struct queue_request r = request(c);
	queue_show(agent_delivery(command_agent(c)), &r, command_result(c), &e);
	command_done(c, &e);
}

static void replay_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	struct queue_request r = request(c);
	queue_replay(agent_delivery(command_agent(c)), &r, command_result(c), &e);
	command_done(c, &e);
}

static void purge_run(struct command *c)
{
	struct err e = { .kind = ERR_NONE };
	struct queue_request r = request(c);
	queue_purge(agent_delivery(command_agent(c)), &r, &e);
	command_done(c, &e);
}

static void forget_test(struct command *c)
{
	testpost_cancel(c->work);
}

static void test_run(struct command *c)
{
	struct testpost_request r = {
		.slot = slot_of(c), .result = command_result(c), .done = command_work_done, .arg = c
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

const struct command_row rows_queue[ROWS_QUEUE_N] = {
	{ "HttpFeedback DeadLetters List", "Lists posts that their server has refused permanently.",
	  list_params, ROLE_ADMIN, 0, list_run, QUEUE_DEAD },
	{ "HttpFeedback DeadLetters Purge", "Deletes one dead letter, or all of the slot.", some_params,
	  ROLE_ADMIN, COMMAND_AUDITED, purge_run, QUEUE_DEAD },
	{ "HttpFeedback DeadLetters Replay",
	  "Puts one dead letter, or all, back into the queue, with its id and its old place.", some_params,
	  ROLE_ADMIN, COMMAND_AUDITED, replay_run, QUEUE_DEAD },
	{ "HttpFeedback DeadLetters Show", "Shows one dead letter with its body.", one_params, ROLE_ADMIN, 0,
	  show_run, QUEUE_DEAD },
	{ "HttpFeedback Queue List", "Lists posts that wait for delivery.", list_params, ROLE_ADMIN, 0,
	  list_run, QUEUE_WAITING },
	{ "HttpFeedback Queue Purge",
	  "Deletes one waiting post, or all of the slot; the server gets an event about the gap.",
	  some_params, ROLE_ADMIN, COMMAND_AUDITED, purge_run, QUEUE_WAITING },
	{ "HttpFeedback Queue Replay", "Sends the waiting posts at once, with their ids.", slot_params,
	  ROLE_ADMIN, COMMAND_AUDITED, replay_run, QUEUE_WAITING },
	{ "HttpFeedback Queue Show", "Shows one waiting post with its body.", one_params, ROLE_ADMIN, 0,
	  show_run, QUEUE_WAITING },
	{ "HttpFeedback Test",
	  "Sends a test event to the slot's server without using the queue, and shows verdict and answer.",
	  slot_params, ROLE_ADMIN, COMMAND_AUDITED, test_run, 0 },
};
