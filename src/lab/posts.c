/* SPDX-License-Identifier: MIT */
#include "posts.h"

#include "base/json.h"
#include "base/text.h"
#include "base/mem.h"
#include "base/num.h"
#include "doc/doc.h"
#include "json_pretty.h"
#include "date/date.h"
#include "wire/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct posts {
	struct post *first, **end;
	uint64_t last_number;
	size_t kept, bytes;
	void (*fn)(void *arg, const struct post *post);
	void *arg;
};

struct posts *posts_new(void)
{
	struct posts *p = mem_new(sizeof *p);
	p->end = &p->first;
	return p;
}

static void drop_first(struct posts *p)
{
	struct post *post = p->first;
	p->first = post->next;
	if (!p->first)
		p->end = &p->first;
	p->kept--;
	p->bytes -= post->len;
	free(post->path);
	free(post->headers);
	free(post->body);
	free(post);
}

void posts_free(struct posts *p)
{
	while (p && p->first)
		drop_first(p);
	free(p);
}

void posts_add(struct posts *p, struct post *post)
{
	post->number = ++p->last_number;
	post->next = NULL;
	*p->end = post;
	p->end = &post->next;
	p->kept++;
	p->bytes += post->len;
	while (p->kept > POSTS_MAX || (p->bytes > POSTS_BYTES_MAX && p->kept > 1))
		drop_first(p);
	if (p->fn)
		p->fn(p->arg, post);
}

const struct post *posts_after(const struct posts *p, uint64_t after)
{
	const struct post *post = p->first;
	while (post && post->number <= after)
		post = post->next;
	return post;
}

uint64_t posts_count(const struct posts *p)
{
	return p->last_number;
}

void posts_set_listener(struct posts *p, void (*fn)(void *arg, const struct post *post), void *arg)
{
	p->fn = fn;
	p->arg = arg;
}

/* --- printing --- */

static void headers_json(const char *headers, struct buf *out)
{
	const char *comma = "";
	json_write_bare_member(", ", "headers", "{", out);
	for (const char *line = headers; *line;) {
		size_t len = strcspn(line, "\n"), name = strcspn(line, ":");
		buf_adds(out, comma);
		json_write_string(line, name, out);
		buf_adds(out, ": ");
		json_write_string(line + name + 2, len - name - 2, out);
		comma = ", ";
		line += len + 1;
	}
	buf_addc(out, '}');
}

void posts_print_json(const struct post *post, struct buf *out)
{
	char at[32];
	date_format(post->at_us / 1000000, at, sizeof at);
	buf_addf(out, "{\"number\": %llu, \"time\": %lld.%06lld, \"connection\": %llu, \"status\": %d",
		 (unsigned long long)post->number, (long long)(post->at_us / 1000000),
		 (long long)(post->at_us % 1000000), (unsigned long long)post->connection, post->status);
	json_write_member(", ", "at", at, out);
	json_write_member(", ", "service", post->service, out);
	json_write_member(", ", "tls", post->tls, out);
	json_write_member(", ", "host", post->host, out);
	json_write_member(", ", "client", post->client, out);
	json_write_member(", ", "method", post->method, out);
	json_write_member(", ", "path", post->path, out);
	headers_json(post->headers, out);
	json_write_bare_member(", ", "body", "", out);
	json_write_string(post->body, post->len, out);
	if (!text_is_utf8(post->body, post->len)) {
		char *hex = mem_array(2 * post->len + 1, 1);
		num_hex((const unsigned char *)post->body, post->len, hex);
		json_write_member(", ", "body_hex", hex, out);
		free(hex);
	}
	buf_adds(out, "}\n");
}

static void body_pretty(const struct post *post, struct buf *out)
{
	struct doc *d = NULL;
	if (post->len && (post->body[0] == '{' || post->body[0] == '[')) {
		json_pretty(out, post->body, post->len);
	} else if (post->len && xml_parse(post->body, post->len, NULL, &d, NULL) == 0) {
		doc_print_xml(d, 0, out);
		doc_free(d);
	} else {
		buf_add(out, post->body, post->len);
	}
	if (out->len && out->data[out->len - 1] != '\n')
		buf_addc(out, '\n');
}

void posts_print_pretty(const struct post *post, struct buf *out)
{
	char at[32], status[32];
	date_format(post->at_us / 1000000, at, sizeof at);
	snprintf(status, sizeof status, post->status ? "answered %d" : "not answered", post->status);
	buf_addf(out, "--- %llu  %s  %s %s  (%s, %s, connection %llu, %s)\n",
		 (unsigned long long)post->number, at, post->method, post->path, post->service, post->tls,
		 (unsigned long long)post->connection, status);
	body_pretty(post, out);
}
