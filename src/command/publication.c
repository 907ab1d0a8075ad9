/* SPDX-License-Identifier: MIT */
/* publication: the verb xPublish, with which codec software publishes a document. It is answered when the
 * posts that the document causes are on disk. Many publications may be under way at the same time. */
#include "base/num.h"
#include "command/command_set.h"
#include "command/verbs.h"
#include "crypto/sha256.h"
#include "runs.h"
#include "wire/xml.h"

#include <stdio.h>
#include <string.h>

static void durable(void *arg, const struct err *e)
{
	struct command *c = arg;
	c->kind = ANSWER_BARE;
	command_done(c, e);
}

static void forget(struct command *c)
{
	agent_publish_forget(command_agent(c), c);
}

/* Identifies the publisher by its user and the id that it gives, so that nobody can use up the numbers of
 * another user's program. */
static void put_publisher(struct command_set *set, const char *id, uid_t uid, uint64_t ret[2])
{
	char text[COMMAND_SET_PUBLISHER], digest[SHA256_HEX];
	int len = snprintf(text, sizeof text, "%lu %s", (unsigned long)uid, id);
	if (strcmp(text, set->publisher_text) != 0) {
		sha256_hex(text, (size_t)len, digest);
		digest[2 * sizeof set->publisher] = '\0';
		num_unhex(digest, (unsigned char *)set->publisher, sizeof set->publisher);
		stpcpy(set->publisher_text, text);
	}
	memcpy(ret, set->publisher, sizeof set->publisher);
}

/* Reads the publisher from the line: nothing, or "<32 hexadecimal digits> <number>". */
static int who(struct command *c, struct agent_publication *ret, struct err *e)
{
	enum { DIGITS = 2 * sizeof ret->publisher };
	char *text = c->line.rest;
	if (!*text)
		return 0;
	if (strspn(text, "0123456789abcdef") != DIGITS || text[DIGITS] != ' ')
		return err_set(e, ERR_INPUT, 0,
			       "expected xPublish, or xPublish, %d hexadecimal digits, a blank, and a number",
			       DIGITS);
	text[DIGITS] = '\0';
	put_publisher(c->set, text, c->by.uid, ret->publisher);
	return num_parse(text + DIGITS + 1, 1, INT64_MAX, &ret->number, e);
}

void publication_run(struct command *c)
{
	struct agent_publication p = { .uid = c->by.uid, .done = durable, .arg = c };
	struct err e;
	c->forget = forget;
	if (!c->body_len)
		command_parameter_error(c, "expected a document in XML as the body");
	else if (who(c, &p, &e) < 0 ||
		 xml_read(c->set->reader, c->body, c->body_len, NULL, &p.change, &e) < 0 ||
		 agent_publish(command_agent(c), &p, &e) < 0)
		command_done(c, &e);
}
