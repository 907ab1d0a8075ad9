/* SPDX-License-Identifier: MIT */
#include "websocket.h"

#include "base/mem.h"
#include "base/monotonic.h"
#include "frames.h"
#include "rpc_answer.h"
#include "rpc_request.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SUBSCRIPTIONS_MAX = 50, /* as many as a session of the agent may have expressions */
	WAITING_MAX = 64,       /* requests without an answer of the agent */
	/* If more bytes than this wait to be sent to the client or to the agent, nothing is read from the
	 * client. In the first case nothing is read from the agent either. */
	UNSENT_PAUSE = 256 << 10,
	/* A message longer than this counts in the limits of bodies. Shorter ones are always received, so
	 * that no client loses its connection because of another one. */
	LONG_MESSAGE = 64 << 10,
	MESSAGE_MS = 60 * 1000, /* time for a message, as for a body */
	STUCK_MS = 10 * 1000,   /* a client that receives nothing for this time has stopped reading */
	LINGER_S = 30,          /* time for the client to read the rest, up to the close frame */
	PING_MS = 30 * 1000,
	SILENT_MS = 90 * 1000,  /* a client that has not answered pings for this time is gone */
	CLOSE_S = 5,            /* time for the client's close frame */
	MESSAGE_MAX = 12 << 20, /* maximum length of an agent's answer as JSON */
};

/* A message of the client that has been passed to the agent. */
struct task {
	struct websocket *socket;
	struct rpc_request request;
	int64_t subscription; /* of RPC_SUBSCRIBE and RPC_UNSUBSCRIBE */
	int is_current;       /* 1: the request for the current value of a new subscription */
};

struct websocket {
	struct web_connection *connection;
	struct agent_link *link;
	struct frames *frames;
	char *expressions[SUBSCRIPTIONS_MAX]; /* of subscriptions; NULL: unused */
	int64_t ids[SUBSCRIPTIONS_MAX];
	int64_t last_id;
	int64_t received_ms, pinged_ms;
	size_t receiving; /* bytes of the message that is being received; 0: none */
	int64_t begun_ms; /* when it was begun, or reading was resumed within it */
	/* 1: nothing is read from the client, because too many requests or bytes wait for the agent, or too
	 * many bytes for the client. In the last case nothing is read from the agent either. */
	int is_paused;
	int is_closing;
};

/* --- handshake --- */

/* Returns 1 if the key is the base64 of 16 bytes. */
static int is_key(struct http_text key)
{
	if (key.len != 24 || key.at[22] != '=' || key.at[23] != '=')
		return 0;
	for (size_t i = 0; i < 22; i++)
		if (!((key.at[i] >= '0' && key.at[i] <= '9') ||
		      ((key.at[i] | 0x20) >= 'a' && (key.at[i] | 0x20) <= 'z') || key.at[i] == '+' ||
		      key.at[i] == '/'))
			return 0;
	return 1;
}

int websocket_refusal(const struct http_request *r)
{
	if (!http_request_lists(r, "Upgrade", "websocket") ||
	    !http_request_lists(r, "Connection", "upgrade") ||
	    !http_text_is(http_request_header(r, "Sec-WebSocket-Version"), "13"))
		return 426;
	return is_key(http_request_header(r, "Sec-WebSocket-Key")) ? 0 : 400;
}

static void write_accept(struct http_text key, char ret[32])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[24 + sizeof guid];
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	memcpy(text, key.at, 24);
	memcpy(text + 24, guid, sizeof guid - 1);
	EVP_Digest(text, 24 + sizeof guid - 1, digest, &len, EVP_sha1(), NULL);
	EVP_EncodeBlock((unsigned char *)ret, digest, (int)len);
}

/* --- messages --- */

static void send_text(struct websocket *w, struct buf *message)
{
	if (message->len && !w->is_closing)
		frames_send_text(w->frames, message->data, message->len);
	buf_done(message);
}

static void close_with(struct websocket *w, enum frames_code code, const char *why, int linger_s)
{
	if (w->is_closing)
		return;
	frames_close(w->frames, code, why);
	w->is_closing = 1;
	web_connection_resume(w->connection);
	web_connection_close(w->connection, linger_s);
}

/* Returns 1 if the client has not read much of the output. */
static int has_much_unsent(const struct websocket *w)
{
	return web_connection_unsent(w->connection) > UNSENT_PAUSE;
}

/* Counts what is kept of the client's messages until the agent has received them. */
static int hold(struct websocket *w)
{
	return web_connection_hold(w->connection, w->receiving + agent_link_unsent(w->link));
}

/* Pauses or resumes reading from the client and from the agent, depending on how much waits for each of
 * them. */
static void balance(struct websocket *w)
{
	int waits = has_much_unsent(w) || agent_link_waiting(w->link) >= WAITING_MAX ||
		    agent_link_unsent(w->link) > UNSENT_PAUSE;
	if (w->is_closing)
		return;
	hold(w);
	if (has_much_unsent(w))
		agent_link_pause(w->link);
	else
		agent_link_resume(w->link);
	if (waits && !w->is_paused)
		web_connection_pause(w->connection);
	else if (!waits && w->is_paused) {
		w->begun_ms = monotonic_ms();
		web_connection_resume(w->connection);
	}
	w->is_paused = waits;
}

static void answer_fault(struct websocket *w, const struct rpc_request *r, const struct rpc_fault *f)
{
	struct buf message;
	buf_init(&message, MESSAGE_MAX);
	rpc_answer_fault(r, f, &message);
	send_text(w, &message);
}

static char **slot_of(struct websocket *w, int64_t id)
{
	for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++)
		if (w->expressions[i] && w->ids[i] == id)
			return &w->expressions[i];
	return NULL;
}

static void forget_subscription(struct websocket *w, int64_t id)
{
	char **at = slot_of(w, id);
	if (!at)
		return;
	free(*at);
	*at = NULL;
}

static void free_task(void *arg)
{
	struct task *t = arg;
	rpc_request_done(&t->request);
	free(t);
}

static void on_answer(void *arg, const struct ctl_block *answer);

static void ask(struct task *t, const char *line)
{
	agent_link_ask(t->socket->link, &(struct agent_link_request){
						.line = line,
						.body = t->request.body,
						.body_len = t->request.body ? strlen(t->request.body) : 0,
						.fn = on_answer,
						.given_up = free_task,
						.arg = t });
	rpc_request_sent(&t->request); /* the session has copies */
}

/* Asks for the current value for a new subscription; the answer becomes an event like any other. */
static void ask_current(struct websocket *w, const char *verb, const struct task *of)
{
	char line[RPC_PATH_MAX * (RPC_NAME_MAX + 2) + 32];
	snprintf(line, sizeof line, "%s %s", verb, of->request.expression);
	struct task *t = mem_new(sizeof *t);
	*t = (struct task){ .socket = w, .subscription = of->subscription, .is_current = 1 };
	ask(t, line);
}

static void after_subscribe(struct websocket *w, const struct task *t, int is_good)
{
	const char *root = t->request.path[0].name;
	if (!is_good)
		forget_subscription(w, t->subscription);
	if (!is_good || !t->request.notifies_current)
		return;
	if (strcasecmp(root, "Status") == 0 || root[0] == '*')
		ask_current(w, "xStatus", t);
	if (strcasecmp(root, "Configuration") == 0 || root[0] == '*')
		ask_current(w, "xConfiguration", t);
}

static void on_answer(void *arg, const struct ctl_block *answer)
{
	struct task *t = arg;
	struct websocket *w = t->socket;
	struct buf message;
	int is_good = answer && answer->status == 0;
	buf_init(&message, MESSAGE_MAX);
	if (t->is_current)
		rpc_answer_current(answer, t->subscription, &message);
	else
		rpc_answer_write(&t->request, answer, t->subscription, &message);
	send_text(w, &message);
	if (answer && t->request.method == RPC_SUBSCRIBE && !t->is_current)
		after_subscribe(w, t, is_good);
	free_task(t);
	if (answer)
		balance(w);
}

static void on_pushed(void *arg, const struct ctl_block *b)
{
	struct websocket *w = arg;
	struct buf message;
	buf_init(&message, MESSAGE_MAX);
	rpc_answer_event(b->text, b->len, &message);
	send_text(w, &message);
	balance(w);
}

static void on_link_closed(void *arg, enum agent_link_end why)
{
	struct websocket *w = arg;
	/* The agent also ends a session whose output is not read. */
	if (has_much_unsent(w))
		close_with(w, FRAMES_POLICY, "the client does not read", LINGER_S);
	else if (why == AGENT_LINK_DISMISSED)
		close_with(w, FRAMES_SESSION_ENDED, "the agent has ended the session", CLOSE_S);
	else
		close_with(w, FRAMES_GOING_AWAY, "the connection to the agent was lost", CLOSE_S);
}

static int subscribe(struct websocket *w, struct task *t)
{
	size_t i = 0;
	while (i < SUBSCRIPTIONS_MAX && w->expressions[i])
		i++;
	if (i == SUBSCRIPTIONS_MAX) {
		answer_fault(w, &t->request,
			     &(struct rpc_fault){ RPC_TOO_MANY_SUBSCRIPTIONS,
						  "a connection may have 50 subscriptions" });
		return -1;
	}
	t->subscription = w->ids[i] = ++w->last_id;
	w->expressions[i] = mem_dup(t->request.expression);
	return 0;
}

/* Asks the agent to register or deregister an expression, with the subscription's number, which the agent
 * repeats with each event. */
static void ask_about(struct websocket *w, struct task *t, const char *verb)
{
	char line[RPC_PATH_MAX * (RPC_NAME_MAX + 2) + 80];
	snprintf(line, sizeof line, "xFeedback %s %s | resultId=\"%lld\"", verb, *slot_of(w, t->subscription),
		 (long long)t->subscription);
	ask(t, line);
}

static void run(struct websocket *w, struct task *t)
{
	if (t->request.method == RPC_SUBSCRIBE) {
		if (subscribe(w, t) < 0)
			free_task(t);
		else
			ask_about(w, t, "Register");
	} else if (t->request.method == RPC_UNSUBSCRIBE) {
		t->subscription = t->request.subscription;
		if (!slot_of(w, t->subscription)) {
			answer_fault(w, &t->request,
				     &(struct rpc_fault){ RPC_INVALID_PARAMS,
							  "Id: there is no such subscription" });
			free_task(t);
			return;
		}
		ask_about(w, t, "Deregister");
		forget_subscription(w, t->subscription);
	} else {
		ask(t, t->request.line);
	}
}

static int on_begun(void *arg, size_t len)
{
	struct websocket *w = arg;
	if (!w->receiving)
		w->begun_ms = monotonic_ms();
	w->receiving = len;
	return len > LONG_MESSAGE ? hold(w) : 0;
}

static void on_text(void *arg, const char *text, size_t len)
{
	struct websocket *w = arg;
	struct rpc_fault f;
	struct task *t = mem_new(sizeof *t);
	w->receiving = 0;
	t->socket = w;
	if (rpc_request_read(text, len, &t->request, &f) == 0) {
		run(w, t);
		return;
	}
	answer_fault(w, &t->request, &f);
	free_task(t);
}

/* --- the connection --- */

static void on_send(void *arg, const void *data, size_t len)
{
	struct websocket *w = arg;
	web_connection_send(w->connection, data, len);
}

static void on_data(void *arg, const void *data, size_t len)
{
	struct websocket *w = arg;
	w->received_ms = monotonic_ms();
	if (frames_receive(w->frames, data, len) < 0 && !w->is_closing) {
		w->is_closing = 1;
		web_connection_close(w->connection, CLOSE_S);
	}
	balance(w);
}

static void on_drained(void *arg)
{
	balance(arg);
}

static void on_tick(void *arg)
{
	struct websocket *w = arg;
	int64_t now = monotonic_ms();
	if (web_connection_is_stuck(w->connection, STUCK_MS)) {
		close_with(w, FRAMES_POLICY, "the client does not read", LINGER_S);
	} else if (!w->is_paused && w->receiving && now - w->begun_ms >= MESSAGE_MS) {
		close_with(w, FRAMES_POLICY, "a message took longer than a minute", CLOSE_S);
	} else if (!w->is_paused && now - w->received_ms >= SILENT_MS) {
		close_with(w, FRAMES_GOING_AWAY, "the client answers no ping", 1);
	} else if (now - w->pinged_ms >= PING_MS) {
		frames_ping(w->frames);
		w->pinged_ms = now;
	}
}

static void on_end(void *arg, const char *why)
{
	close_with(arg, FRAMES_GOING_AWAY, why, CLOSE_S);
}

static void on_freed(void *arg)
{
	struct websocket *w = arg;
	agent_link_free(w->link);
	frames_free(w->frames);
	for (size_t i = 0; i < SUBSCRIPTIONS_MAX; i++)
		free(w->expressions[i]);
	free(w);
}

void websocket_begin(struct web_connection *c, struct agent_link *link, struct http_text item)
{
	struct websocket *w = mem_new(sizeof *w);
	int64_t now = monotonic_ms();
	char accept[32];
	struct buf headers;
	*w = (struct websocket){ .connection = c, .link = link, .received_ms = now, .pinged_ms = now };
	w->frames = frames_new(&(struct frames_handlers){ on_send, on_begun, on_text, w });
	agent_link_handle(link, &(struct agent_link_handlers){ on_pushed, on_drained, on_link_closed, w });
	write_accept(http_request_header(web_connection_request(c), "Sec-WebSocket-Key"), accept);
	buf_init(&headers, 4 << 10);
	buf_addf(&headers, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n",
		 accept);
	if (item.at)
		buf_addf(&headers, "Sec-WebSocket-Protocol: %.*s\r\n", (int)item.len, item.at);
	web_connection_upgrade(
		c, &(struct http_answer){ .status = 101, .headers = buf_str(&headers) },
		&(struct web_connection_handlers){ on_data, on_drained, on_tick, on_end, on_freed, w });
	buf_wipe(&headers);
}
