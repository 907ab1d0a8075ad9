/* SPDX-License-Identifier: MIT */
#include "faulty.h"

#include "base/num.h"
#include "site.h"
#include "slow_server.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

struct http_fault {
	struct fault fault;
	/* changes the answer; NULL: it stays unchanged */
	void (*spoil)(const struct faulty *f, struct reply *r);
	slow_server_sender *send; /* sends the answer in a faulty way; NULL: it is sent normally */
};

static void add_header(struct reply *r, const char *name, const char *value)
{
	for (int i = 0; i < REPLY_HEADERS; i++) {
		if (r->header[i][0])
			continue;
		r->header[i][0] = name;
		r->header[i][1] = value;
		return;
	}
}

static void become(struct reply *r, int status, const char *type, const char *body)
{
	r->status = status;
	r->type = type;
	buf_reset(&r->body);
	buf_adds(&r->body, body);
}

/* --- wrong answers --- */

static void spoil_status(const struct faulty *f, struct reply *r)
{
	become(r, f->status, "text/html",
	       "<html><body><h1>The lab was told to answer this.</h1></body></html>\n");
	if (f->status == 401)
		add_header(r, "WWW-Authenticate", "Basic realm=\"sealpost lab\"");
	if (f->retry_after[0])
		add_header(r, "Retry-After", f->retry_after);
}

static void spoil_redirect(const struct faulty *f, struct reply *r)
{
	(void)f;
	become(r, 302, "text/html", "<html><body>Moved.</body></html>\n");
	add_header(r, "Location", "https://elsewhere." LAB_DOMAIN "/");
}

static void spoil_redirect_http(const struct faulty *f, struct reply *r)
{
	spoil_redirect(f, r);
	r->header[0][1] = "http://" LAB_MANAGER "/";
}

static void spoil_xml(const struct faulty *f, struct reply *r)
{
	(void)f;
	become(r, 200, "text/xml; charset=utf-8",
	       "<?xml version=\"1.0\"?>\n<Envelope><Body><PostEventResponse></Body>");
}

static void spoil_bomb(const struct faulty *f, struct reply *r)
{
	(void)f;
	become(r, 200, "text/xml; charset=utf-8",
	       "<?xml version=\"1.0\"?>\n<!DOCTYPE b [\n<!ENTITY a0 \"boom\">\n");
	for (int i = 1; i < 10; i++)
		buf_addf(&r->body, "<!ENTITY a%d \"&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;&a%d;\">\n",
			 i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	buf_adds(&r->body, "]>\n<b>&a9;</b>\n");
}

static void spoil_soap_fault(const struct faulty *f, struct reply *r)
{
	(void)f;
	become(r, 500, "text/xml; charset=utf-8",
	       "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	       "<soap:Envelope "
	       "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>\n"
	       "<faultcode>soap:Server</faultcode><faultstring>The lab was told to "
	       "fail.</faultstring><detail/>\n"
	       "</soap:Fault></soap:Body></soap:Envelope>\n");
}

static void spoil_type(const struct faulty *f, struct reply *r)
{
	(void)f;
	become(r, 200, "text/html",
	       "<!DOCTYPE html>\n<html><body><form>Please log in to the network.</form></body></html>\n");
}

static void spoil_empty(const struct faulty *f, struct reply *r)
{
	(void)f;
	become(r, 200, "text/xml; charset=utf-8", "");
}

#define ROW(name, usage, help, spoil, send)                                                                  \
	{                                                                                                    \
		{ name, usage, help, FAULT_NOT_TLS, 0 }, spoil, send                                         \
	}
static const struct http_fault rows[] = {
	ROW("good", NULL, "answers as a management server should", NULL, NULL),
	ROW("status", "NUMBER [retry-after VALUE]",
	    "answers with this status (the number alone has the same effect)", spoil_status, NULL),
	ROW("slow", NULL, "sends one byte of its answer per second", NULL, slow_server_bytewise),
	ROW("late", NULL, "thinks for three seconds before it answers", NULL, slow_server_late),
	ROW("hang", NULL, "takes the request and never answers", NULL, slow_server_hang),
	ROW("reset", NULL, "takes the request and resets the connection", NULL, slow_server_reset),
	ROW("huge", NULL, "sends one gigabyte, if the client lets it", NULL, slow_server_huge),
	ROW("truncated", NULL, "promises a longer answer than it sends, and closes", NULL,
	    slow_server_truncated),
	ROW("redirect", NULL, "302 to another https address", spoil_redirect, NULL),
	ROW("redirect-http", NULL, "302 to a plain http address", spoil_redirect_http, NULL),
	ROW("bad-xml", NULL, "XML that is not well formed", spoil_xml, NULL),
	ROW("xml-bomb", NULL, "entities that would become four gigabytes", spoil_bomb, NULL),
	ROW("soap-fault", NULL, "500 with a SOAP fault", spoil_soap_fault, NULL),
	ROW("wrong-type", NULL, "200 with somebody's login page in HTML", spoil_type, NULL),
	ROW("empty", NULL, "200 with an empty body", spoil_empty, NULL),
};
static const struct fault_table table = { "http", rows, sizeof *rows, sizeof rows / sizeof *rows };

const struct fault_table *faulty_table(void)
{
	return &table;
}

void faulty_init(struct faulty *f)
{
	*f = (struct faulty){ .mode = rows, .left = -1 };
}

const char *faulty_mode(const struct faulty *f)
{
	return f->mode->fault.name;
}

/* --- orders --- */

static int set_option(struct faulty *f, const char *key, const char *value, struct err *e)
{
	int64_t number;
	if (strcmp(key, "retry-after") == 0) {
		snprintf(f->retry_after, sizeof f->retry_after, "%s", value);
	} else if (strcmp(key, "path") == 0) {
		snprintf(f->path, sizeof f->path, "%s", value);
	} else if (strcmp(key, "for") == 0) {
		if (num_parse(value, 1, 1000000000, &number, e) < 0)
			return err_prefix(e, "http: for");
		f->left = (long)number;
	} else {
		return err_set(e, ERR_INPUT, 0,
			       "http: \"%.40s\": expected retry-after VALUE, for COUNT (only that many "
			       "requests), or path BEGINNING (only paths that begin so)",
			       key);
	}
	return 0;
}

int faulty_set(struct faulty *f, size_t n, char *const *args, struct err *e)
{
	struct faulty wanted = { .left = -1 };
	int64_t status;
	size_t at = 1;
	const char *name = args[0], *number = name;
	if (strcmp(name, "status") == 0 && n > 1)
		number = args[at++];
	if (num_parse(number, 200, 599, &status, NULL) == 0) {
		wanted.status = (int)status;
		name = "status";
	} else if (strcmp(name, "status") == 0) {
		return err_set(e, ERR_INPUT, 0, "http status: expected a number from 200 to 599");
	}
	wanted.mode = (const struct http_fault *)(const void *)fault_find(&table, name, e);
	if (!wanted.mode)
		return -1;
	for (; at + 1 < n; at += 2)
		if (set_option(&wanted, args[at], args[at + 1], e) < 0)
			return -1;
	if (at < n)
		return err_set(e, ERR_INPUT, 0, "http: expected a value after \"%.40s\"", args[at]);
	*f = wanted;
	return 0;
}

static int applies(struct faulty *f, const struct evhttp_request *request)
{
	if (f->left == 0 || strncmp(evhttp_request_get_uri(request), f->path, strlen(f->path)) != 0)
		return 0;
	if (f->left > 0)
		f->left--;
	return 1;
}

static void send_plainly(struct evhttp_request *request, const struct reply *r)
{
	struct evbuffer *body = evbuffer_new();
	/* answers with these statuses never have a body: RFC 9110, 6.4.1 */
	if (r->status != 204 && r->status != 304)
		evbuffer_add(body, r->body.data, r->body.len);
	evhttp_send_reply(request, r->status, NULL, body);
	evbuffer_free(body);
}

int faulty_send(struct faulty *f, struct event_base *base, struct evhttp_request *request, struct reply *r)
{
	const struct http_fault *mode = applies(f, request) ? f->mode : rows;
	r->spoilt = mode->spoil || mode->send;
	if (mode->spoil)
		mode->spoil(f, r);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	if (r->status != 204 && r->status != 304)
		evhttp_add_header(headers, "Content-Type", r->type);
	for (int i = 0; i < REPLY_HEADERS && r->header[i][0]; i++)
		evhttp_add_header(headers, r->header[i][0], r->header[i][1]);
	if (mode->send)
		return mode->send(base, request, r);
	send_plainly(request, r);
	return r->status;
}
