/* publish: xPublish, how codec software hands over documents. Answered when the agent has them on disk; many may be under way. */
#include "parts.h"
#include "session.h"
#include "verbs.h"
#include "wire/xml.h"

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

void publish_run(struct command *c)
{
	struct doc *d;
	struct err e;
	c->forget = forget;
	if (!c->body_len)
		command_parameter_error(c, "expected a document in XML as the body");
	else if (xml_read(c->session->terminal->reader, c->body, c->body_len, NULL, &d, &e) < 0 ||
		 agent_publish(command_agent(c), d, durable, c, &e) < 0)
		command_done(c, &e);
}
