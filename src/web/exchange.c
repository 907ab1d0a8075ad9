/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include "base/mem.h"
#include "base/monotonic.h"
#include "base/text.h"
#include "credentials.h"
#include "http_session.h"
#include "agent_login.h"
#include "same_site.h"
#include "websocket.h"
#include "xml_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum call { DOCUMENT, GETXML, PUTXML, SESSION_BEGIN, SESSION_END, OPEN_WEBSOCKET, PAGE };

struct route {
	const char *path, *method;
	enum call call;
	const char *line; /* of DOCUMENT: the line for the agent */
};
static const struct route routes[] = {
	{ "/status.xml", "GET", DOCUMENT, "xGetxml /Status" },
	{ "/configuration.xml", "GET", DOCUMENT, "xGetxml /Configuration" },
	{ "/command.xml", "GET", DOCUMENT, "xGetxml /Command" },
	{ "/valuespace.xml", "GET", DOCUMENT, "xGetxml /Valuespace" },
	{ "/getxml", "GET", GETXML, NULL },
	{ "/putxml", "POST", PUTXML, NULL },
	{ "/xmlapi/session/begin", "POST", SESSION_BEGIN, NULL },
	{ "/xmlapi/session/end", "POST", SESSION_END, NULL },
	{ "/ws", "GET", OPEN_WEBSOCKET, NULL },
	{ "/ws/", "GET", OPEN_WEBSOCKET, NULL },
};
static const struct route page_route = { NULL, "GET", PAGE, NULL };

/* A request to the agent for an exchange. It can outlive the exchange. */
struct pending {
	struct exchange *exchange; /* NULL: the exchange has ended, and the answer is ignored */
};

struct exchange {
	struct web_connection *connection;
	struct server *server;
	const struct route *route;
	struct credentials credentials; /* secret */
	struct http_text subprotocol;   /* the subprotocol that the answer has to repeat */
	struct event *turn;             /* armed while the request waits because of its rate */
	struct agent_login *login;
	struct agent_link *own;        /* the session of a request with name and password */
	char session[HTTP_SESSION_ID]; /* of a request with a cookie; "": there is none */
	struct pending *pending;
};

static const struct http_request *request(const struct exchange *x)
{
	return web_connection_request(x->connection);
}

/* --- answers --- */

static void refuse_with(struct exchange *x, int status, const char *why, const char *headers)
{
	char path[200];
	const struct http_text at = request(x)->path;
	snprintf(path, sizeof path, "%.*s", (int)(at.len < sizeof path ? at.len : sizeof path - 1), at.at);
	server_log_refusal(x->server, &(struct server_refusal){
					      .status = status,
					      .why = why,
					      .user = *x->credentials.name ? x->credentials.name : NULL,
					      .path = path,
					      .peer = web_connection_peer(x->connection) });
	char text[HTTP_ANSWER_REFUSAL];
	struct http_answer a = http_answer_refusal(status, why, text);
	a.headers = headers;
	web_connection_answer(x->connection, &a);
}

static void refuse(struct exchange *x, int status, const char *why)
{
	refuse_with(x, status, why, NULL);
}

static void challenge(struct exchange *x, const char *why)
{
	refuse_with(x, 401, why, "WWW-Authenticate: Basic realm=\"sealpost\", charset=\"UTF-8\"\r\n");
}

static void answer_xml(struct exchange *x, const struct buf *document)
{
	web_connection_answer(x->connection, &(struct http_answer){ .status = 200,
								    .type = "text/xml; charset=utf-8",
								    .body = buf_str(document),
								    .len = document->len });
}

static void answer_page(struct exchange *x)
{
	const struct web_page *p = web_pages_find(x->server->pages, request(x)->path);
	if (!p) {
		refuse(x, 404, "there is nothing at this path");
		return;
	}
	char headers[100];
	snprintf(headers, sizeof headers, "ETag: %s\r\n", p->tag);
	int is_known = http_request_lists(request(x), "If-None-Match", p->tag);
	web_connection_answer(x->connection, &(struct http_answer){ .status = is_known ? 304 : 200,
								    .type = p->type,
								    .body = p->data,
								    .len = p->len,
								    .headers = headers,
								    .has_tag = 1 });
}

/* --- the work, once it is known who sends the request --- */

static void on_answer(void *arg, const struct ctl_block *answer)
{
	struct pending *p = arg;
	struct exchange *x = p->exchange;
	free(p);
	if (!x)
		return;
	x->pending = NULL;
	struct buf document;
	buf_init(&document, AGENT_LINK_ANSWER_MAX);
	if (!answer)
		refuse(x, 503, "the agent has ended the session");
	else if (xml_api_document(answer, x->route->call == PUTXML ? XML_API_PUT : XML_API_GET, &document) <
		 0)
		refuse(x, 500, "the agent's answer is not understood");
	else
		answer_xml(x, &document);
	buf_wipe(&document);
}

/* The session was ended before the agent answered. */
static void on_given_up(void *arg)
{
	struct pending *p = arg;
	struct exchange *x = p->exchange;
	free(p);
	if (!x)
		return;
	x->pending = NULL;
	refuse(x, 503, "the session was ended");
}

static struct agent_link *link_of(struct exchange *x)
{
	if (x->own)
		return x->own;
	const struct http_session *h =
		*x->session ? http_session_find(x->server, http_request_header(request(x), "Cookie")) : NULL;
	return h ? h->link : NULL;
}

static void ask(struct exchange *x, const char *line, const char *body)
{
	size_t len = 0;
	struct agent_link *link = link_of(x);
	if (!link) {
		challenge(x, "the session has ended");
		return;
	}
	if (body)
		body = web_connection_body(x->connection, &len);
	x->pending = mem_new(sizeof *x->pending);
	x->pending->exchange = x;
	agent_link_ask(link, &(struct agent_link_request){ .line = line,
							   .body = body,
							   .body_len = len,
							   .fn = on_answer,
							   .given_up = on_given_up,
							   .arg = x->pending });
}

static void getxml(struct exchange *x)
{
	char line[XML_API_LINE];
	struct buf document;
	if (xml_api_get_line(http_text_parameter(request(x)->query, "location"), line) == 0) {
		ask(x, line, NULL);
		return;
	}
	buf_init(&document, 1 << 10);
	xml_api_bad_location(&document);
	answer_xml(x, &document);
	buf_done(&document);
}

static void putxml(struct exchange *x)
{
	struct http_text type = http_request_header(request(x), "Content-Type"), first = type;
	if (http_text_next(&type, ';', &first) && http_text_like(first, "application/x-www-form-urlencoded"))
		refuse(x, 415, "expected Content-Type: text/xml");
	else if (!request(x)->body_len)
		refuse(x, 400, "expected a document as the body");
	else if (web_connection_read_body(x->connection) < 0)
		refuse_with(x, 503, "too many large bodies are received at the same time",
			    "Retry-After: 5\r\n");
}

static void begin_session(struct exchange *x)
{
	struct agent_link *link = x->own;
	char headers[200];
	x->own = NULL;
	const struct http_session *h = http_session_new(x->server, link);
	snprintf(headers, sizeof headers,
		 "Set-Cookie: SecureSessionId=%s; Path=/; Secure; HttpOnly; SameSite=Strict\r\n", h->id);
	web_connection_answer(x->connection, &(struct http_answer){ .status = 204, .headers = headers });
	explicit_bzero(headers, sizeof headers);
}

static void end_session(struct exchange *x)
{
	struct http_session *h = http_session_find(x->server, http_request_header(request(x), "Cookie"));
	if (h)
		http_session_free(h);
	web_connection_answer(
		x->connection,
		&(struct http_answer){ .status = 204,
				       .headers = "Set-Cookie: SecureSessionId=; Path=/; Max-Age=0; Secure; "
						  "HttpOnly; SameSite=Strict\r\n" });
}

static void open_websocket(struct exchange *x)
{
	struct agent_link *link = x->own;
	x->own = NULL;
	websocket_begin(x->connection, link, x->subprotocol);
}

static void work(struct exchange *x)
{
	web_connection_logged_in(x->connection);
	switch (x->route->call) {
	case DOCUMENT: ask(x, x->route->line, NULL); break;
	case GETXML: getxml(x); break;
	case PUTXML: putxml(x); break;
	case SESSION_BEGIN: begin_session(x); break;
	case SESSION_END: end_session(x); break;
	case OPEN_WEBSOCKET: open_websocket(x); break;
	case PAGE: break; /* needs no log-in */
	}
}

/* Called when the body of a PUTXML has been read; the other calls have none. */
static void on_body(void *arg)
{
	struct exchange *x = arg;
	size_t len;
	ask(x, "xPutxml", web_connection_body(x->connection, &len));
}

/* --- who sends the request --- */

static void on_login(void *arg, enum agent_login_outcome o, struct agent_link *link)
{
	struct exchange *x = arg;
	x->login = NULL;
	x->own = link;
	switch (o) {
	case AGENT_LOGIN_OK: work(x); break;
	case AGENT_LOGIN_WRONG:
		/* as codecs answer: clients of /ws recognise wrong credentials by status 403 */
		if (x->route->call == OPEN_WEBSOCKET)
			refuse(x, 403, "name or password is wrong");
		else
			challenge(x, "name or password is wrong");
		break;
	case AGENT_LOGIN_FULL:
		refuse_with(x, 503, "there are too many sessions, or too many log-ins wait",
			    "Retry-After: 30\r\n");
		break;
	case AGENT_LOGIN_UNAVAILABLE: refuse(x, 503, "the agent does not answer"); break;
	}
}

/* The request has waited as long as its rate requires. */
static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct exchange *x = arg;
	(void)fd;
	(void)what;
	if (*x->session) {
		work(x);
		return;
	}
	x->login = agent_login_begin(
		&(struct agent_login_request){ .server = x->server,
					       .credentials = &x->credentials,
					       .address = web_connection_peer(x->connection)->text,
					       .mode = x->route->call == OPEN_WEBSOCKET ? "typed" : "xml",
					       .done = on_login,
					       .arg = x });
	explicit_bzero(x->credentials.password, sizeof x->credentials.password);
}

static void wait_for_turn(struct exchange *x, struct rate *r, const struct rate_limit *l)
{
	int64_t wait_ms = rate_take(r, l, monotonic_ms());
	if (wait_ms < 0) {
		refuse_with(x, 503, "too many requests wait", "Retry-After: 5\r\n");
		return;
	}
	x->turn = evtimer_new(x->server->base, on_turn, x);
	event_add(x->turn, &(struct timeval){ wait_ms / 1000, wait_ms % 1000 * 1000 });
}

static void authenticate(struct exchange *x)
{
	const struct http_request *r = request(x);
	struct http_text cookie = http_request_header(r, "Cookie"),
			 basic = http_request_header(r, "Authorization"),
			 offered = http_request_header(r, "Sec-WebSocket-Protocol"), item;
	int is_websocket = x->route->call == OPEN_WEBSOCKET, has = 0;
	int takes_cookie = !is_websocket && x->route->call != SESSION_BEGIN;
	struct http_session *h = takes_cookie ? http_session_find(x->server, cookie) : NULL;
	if (h) {
		memcpy(x->session, h->id, sizeof x->session);
		wait_for_turn(x, &h->rate, &x->server->settings.session);
		return;
	}
	if (is_websocket && offered.at) {
		has = credentials_from_subprotocol(offered, &x->credentials, &item);
		x->subprotocol = has ? item : (struct http_text){ NULL, 0 };
	}
	if (!has)
		has = credentials_from_basic(basic, &x->credentials);
	if (has)
		wait_for_turn(x, server_rate_of(x->server, web_connection_peer(x->connection)),
			      &x->server->settings.basic);
	else
		challenge(x, basic.at || offered.at          ? "name and password are not understood"
			     : !takes_cookie                 ? "expected name and password"
			     : http_session_is_named(cookie) ? "the session has ended"
							     : "nobody has logged in");
}

/* --- the request --- */

static const struct route *find_route(struct http_text path)
{
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
		if (http_text_is(path, routes[i].path))
			return &routes[i];
	return &page_route;
}

static int is_for_this_device(const struct exchange *x)
{
	const char *names[WEB_NAMES_MAX];
	const struct web_settings *s = &x->server->settings;
	for (size_t i = 0; i < s->n_names; i++)
		names[i] = s->names[i];
	return same_site_host(request(x),
			      &(struct same_site){ .names = names,
						   .n = s->n_names,
						   .certificate = tls_certificate(x->server->tls),
						   .local = web_connection_peer(x->connection)->local,
						   .port = s->port });
}

static void *new (struct web_connection *c)
{
	struct exchange *x = mem_new(sizeof *x);
	*x = (struct exchange){ .connection = c, .server = web_connection_server(c) };
	x->route = find_route(web_connection_request(c)->path);
	return x;
}

static void begin(void *arg)
{
	struct exchange *x = arg;
	const struct http_request *r = request(x);
	enum call call = x->route->call;
	int is_head_of_page = call == PAGE && http_text_is(r->method, "HEAD");
	int changes = call == OPEN_WEBSOCKET || http_text_is(r->method, "POST"), status;
	if (!is_for_this_device(x))
		refuse(x, 421, "Host is no name or address of this device");
	else if (changes && !same_site_origin(r))
		refuse(x, 403, "the request comes from another site's page");
	else if (!http_text_is(r->method, x->route->method) && !is_head_of_page)
		refuse_with(x, 405, "this method has no meaning here",
			    call == PUTXML || call == SESSION_BEGIN || call == SESSION_END
				    ? "Allow: POST\r\n"
				    : "Allow: GET\r\n");
	else if (call == PAGE)
		answer_page(x);
	else if (call == OPEN_WEBSOCKET && !x->server->settings.websocket)
		refuse(x, 404, "NetworkServices Websocket is Off");
	else if (call == OPEN_WEBSOCKET && (status = websocket_refusal(r)))
		refuse_with(x, status, "expected a WebSocket handshake",
			    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
	else
		authenticate(x);
}

static void forget(void *arg)
{
	struct exchange *x = arg;
	if (x->pending)
		x->pending->exchange = NULL;
	agent_login_cancel(x->login);
	agent_link_free(x->own);
	if (x->turn)
		event_free(x->turn);
	credentials_wipe(&x->credentials);
	explicit_bzero(x->session, sizeof x->session);
	free(x);
}

const struct web_connection_work exchange_work = { new, begin, on_body, forget };
