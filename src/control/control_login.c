/* SPDX-License-Identifier: MIT */
/* control_login: the verbs of sealpost-web. With xLogin a person logs in, and the session becomes that
 * person's; with xWeb sealpost-web asks for its settings, certificate and key. */
#include "accounts/accounts.h"
#include "base/mem.h"
#include "base/num.h"
#include "command/verbs.h"
#include "inbound/inbound.h"
#include "control_internal.h"
#include "peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- xLogin --- */

static int64_t idle_ms(void *arg)
{
	const struct session *s = arg;
	if (s->first || s->n_expressions || s->log)
		return -1;
	return loop_now_ms(s->control->loop) - s->active_ms;
}

/* A command that has begun is still answered. */
static void end_session(void *arg, const char *why)
{
	struct session *s = arg;
	if (s->first && !s->dead) {
		s->closing = 1;
		s->why = why;
	} else {
		session_close(s, why);
	}
}

void login_end(struct session *s)
{
	accounts_session_end(s->person);
	s->person = NULL;
}

static unsigned roles_of(unsigned account)
{
	return ROLE_USER | (account & ACCOUNTS_ROLE_ADMIN ? ROLE_ADMIN : 0);
}

/* The words of the xLogin line, which the command owns; address is the client's IP address. */
struct login_words {
	const char *name, *password, *address;
};

static int read_words(struct command *c, struct login_words *ret)
{
	struct line_word words[LINE_WORDS_MAX];
	size_t n;
	struct err e;
	*ret = (struct login_words){ .name = NULL };
	if (line_words(&c->line, words, &n, &e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const char **to = !words[i].name                                 ? NULL
				  : strcasecmp(words[i].name, "Name") == 0       ? &ret->name
				  : strcasecmp(words[i].name, "Passphrase") == 0 ? &ret->password
				  : strcasecmp(words[i].name, "Address") == 0    ? &ret->address
										 : NULL;
		if (!to || *to)
			return -1;
		*to = words[i].value;
	}
	unsigned char ip[sizeof(struct in6_addr)];
	if (!ret->name || !ret->password || !ret->address)
		return -1;
	return inet_pton(AF_INET, ret->address, ip) == 1 || inet_pton(AF_INET6, ret->address, ip) == 1 ? 0
												       : -1;
}

/* The state of a log-in that is under way. */
struct login_work {
	struct accounts_login *login;
	char address[INET6_ADDRSTRLEN];
};

static void on_login(void *arg, const struct accounts_outcome *o)
{
	struct command *c = arg;
	struct session *s = session_from(c);
	struct login_work *work = c->work;
	struct err e = o->e;
	const struct accounts_session_request r = { .name = o->name,
						    .address = work->address,
						    .roles = o->roles,
						    .idle_ms = idle_ms,
						    .end = end_session,
						    .arg = s };
	c->work = NULL;
	c->is_audited = 1; /* by accounts, with the name of the person */
	if (e.kind == ERR_NONE &&
	    accounts_session_begin(agent_accounts(command_agent(c)), &r, &s->person, &e) == 0) {
		s->roles = roles_of(o->roles);
		peer_become(&s->who, o->name, work->address, s->roles);
		doc_add_value(command_result(c), "Name", DOC_STRING, o->name);
		doc_add_value(command_result(c), "Roles", DOC_STRING,
			      o->roles & ACCOUNTS_ROLE_ADMIN ? "Admin User" : "User");
	}
	free(work);
	command_done(c, &e);
}

static void forget_login(struct command *c)
{
	struct login_work *work = c->work;
	accounts_log_in_cancel(work->login);
	free(work);
}

void login_run(struct command *c)
{
	struct login_words words;
	c->secret = 1;
	if (read_words(c, &words) < 0) {
		verb_misused(c);
		return;
	}
	if (session_from(c)->person) {
		command_refuse(c, EX_USAGE, "somebody has logged in already in this session");
		return;
	}
	struct login_work *work = mem_new(sizeof *work);
	snprintf(work->address, sizeof work->address, "%s", words.address);
	c->work = work;
	c->forget = forget_login;
	work->login = accounts_log_in(agent_accounts(command_agent(c)),
				      &(struct accounts_login_request){ .name = words.name,
									.password = words.password,
									.address = words.address,
									.done = on_login,
									.arg = c });
}

/* --- xWeb --- */

static void describe(struct command *c)
{
	inbound_describe(agent_inbound(command_agent(c)), command_result(c));
	command_done(c, NULL);
}

static void on_new_generation(void *arg)
{
	struct command *c = arg;
	c->work = NULL;
	describe(c);
}

static void forget_wait(struct command *c)
{
	inbound_wait_cancel(c->work);
}

void login_web_run(struct command *c)
{
	struct line_word words[LINE_WORDS_MAX];
	struct inbound *i = agent_inbound(command_agent(c));
	size_t n;
	int64_t known;
	struct err e;
	c->secret = 1; /* the answer contains the private key */
	if (line_words(&c->line, words, &n, &e) < 0 || n != 2 || words[0].name ||
	    strcasecmp(words[0].value, "Get") != 0 || !words[1].name ||
	    strcasecmp(words[1].name, "Generation") != 0 ||
	    num_parse(words[1].value, 0, INT64_MAX, &known, &e) < 0) {
		verb_misused(c);
		return;
	}
	if (known != inbound_generation(i)) {
		describe(c);
		return;
	}
	c->forget = forget_wait;
	c->work = inbound_wait(i, known, on_new_generation, c);
}
