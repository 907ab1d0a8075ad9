/* SPDX-License-Identifier: MIT */
#include "rpc_request.h"

#include "base/buf.h"
#include "base/mem.h"
#include "ctl/ctl_text.h"

#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VALUES_MAX = 64 };

static int fail(struct rpc_fault *f, enum rpc_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(struct rpc_fault *f, enum rpc_code code, const char *fmt, ...)
{
	va_list ap;
	f->code = code;
	va_start(ap, fmt);
	vsnprintf(f->message, sizeof f->message, fmt, ap);
	va_end(ap);
	return -1;
}

static int is_name(const char *s)
{
	size_t n = 0;
	for (; s[n]; n++)
		if (!((s[n] >= '0' && s[n] <= '9') || ((s[n] | 0x20) >= 'a' && (s[n] | 0x20) <= 'z') ||
		      s[n] == '_'))
			return 0;
	return n > 0 && n <= RPC_NAME_MAX;
}

/* --- paths --- */

static int read_path(const json_t *list, const char *what, struct rpc_request *r, struct rpc_fault *f)
{
	size_t n = json_array_size(list);
	if (!json_is_array(list) || !n || n > RPC_PATH_MAX)
		return fail(f, RPC_INVALID_PARAMS, "%s: expected a list of 1 to %d names and numbers", what,
			    RPC_PATH_MAX);
	for (size_t i = 0; i < n; i++) {
		const json_t *at = json_array_get(list, i);
		struct rpc_step *step = &r->path[i];
		const char *name = json_string_value(at);
		if (name && (is_name(name) || strcmp(name, "*") == 0 || strcmp(name, "**") == 0))
			snprintf(step->name, sizeof step->name, "%s", name);
		else if (json_is_integer(at) && i > 0 && json_integer_value(at) > 0 &&
			 json_integer_value(at) <= INT32_MAX)
			step->item = json_integer_value(at);
		else
			return fail(f, RPC_INVALID_PARAMS, "%s: element %zu is neither a name nor a number",
				    what, i + 1);
	}
	r->n_path = n;
	return 0;
}

/* Writes the path as an expression: /Status/HttpFeedback[2]//Count. */
static void add_expression(const struct rpc_request *r, struct buf *out)
{
	int is_any_depth = 0;
	for (size_t i = 0; i < r->n_path; i++) {
		const struct rpc_step *s = &r->path[i];
		if (strcmp(s->name, "**") == 0) {
			is_any_depth = 1;
		} else if (!s->name[0]) {
			buf_addf(out, "[%lld]", (long long)s->item);
		} else {
			buf_addf(out, "%s%s", is_any_depth ? "//" : "/", s->name);
			is_any_depth = 0;
		}
	}
	if (!out->len)
		buf_addc(out, '/');
}

/* Writes the path as words, beginning with its second element: HttpFeedback 2 URL. */
static void add_words(const struct rpc_request *r, struct buf *out)
{
	for (size_t i = 1; i < r->n_path; i++)
		if (r->path[i].name[0])
			buf_addf(out, " %s", r->path[i].name);
		else
			buf_addf(out, " %lld", (long long)r->path[i].item);
}

static int begins_with(const struct rpc_request *r, const char *root)
{
	return strcasecmp(r->path[0].name, root) == 0;
}

/* --- values --- */

/* Writes the number with as few digits as are necessary to read the same number back: 0.1, not
 * 0.10000000000000001. */
static void print_real(double value, char *ret, size_t size)
{
	for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
		snprintf(ret, size, "%.*g", digits, value);
		if (strtod(ret, NULL) == value)
			return;
	}
}

static int add_value(const json_t *v, const char *name, struct buf *out, struct rpc_fault *f)
{
	char number[64];
	const char *text = json_string_value(v);
	if (json_is_integer(v))
		snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v)), text = number;
	else if (json_is_real(v))
		print_real(json_real_value(v), number, sizeof number), text = number;
	else if (json_is_boolean(v))
		text = json_is_true(v) ? "True" : "False";
	if (!text)
		return fail(f, RPC_INVALID_PARAMS, "%s: expected a text or a number", name);
	size_t len = strlen(text), size = len < RPC_LINE_MAX ? ctl_text_quote(text, len, NULL, 0) + 1 : 0;
	char *to = size && size < RPC_LINE_MAX ? buf_room(out, size) : NULL;
	if (!to)
		return fail(f, RPC_INVALID_PARAMS, "%s: the value is too long", name);
	buf_took(out, ctl_text_quote(text, len, to, size));
	return 0;
}

static int add_parameter(const char *name, const json_t *v, struct buf *out, struct rpc_fault *f)
{
	size_t n = json_is_array(v) ? json_array_size(v) : 1;
	if (!is_name(name))
		return fail(f, RPC_INVALID_PARAMS,
			    "the name of a parameter has other characters than letters and digits");
	if (n > VALUES_MAX)
		return fail(f, RPC_INVALID_PARAMS, "%s: more than %d values", name, VALUES_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, " %s: ", name);
		if (add_value(json_is_array(v) ? json_array_get(v, i) : v, name, out, f) < 0)
			return -1;
	}
	return 0;
}

/* --- methods --- */

static int read_command(const char *method, json_t *params, struct rpc_request *r, struct rpc_fault *f,
			struct buf *line)
{
	char name[RPC_NAME_MAX + 1];
	buf_adds(line, "xCommand");
	for (const char *at = method; at; at = strchr(at, '/')) {
		at += *at == '/';
		size_t len = strcspn(at, "/");
		snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : 0), at);
		if (!is_name(name))
			return fail(f, RPC_METHOD_NOT_FOUND, "Method not found");
		buf_addf(line, " %s", name);
	}
	for (void *i = json_object_iter(params); i; i = json_object_iter_next(params, i)) {
		const char *key = json_object_iter_key(i);
		json_t *value = json_object_iter_value(i);
		int is_body = strcmp(key, "body") == 0;
		if (is_body && !json_is_string(value))
			return fail(f, RPC_INVALID_PARAMS, "body: expected a text");
		if (is_body)
			r->body = mem_dup(json_string_value(value));
		else if (add_parameter(key, value, line, f) < 0)
			return -1;
	}
	return 0;
}

static int read_get(json_t *params, struct rpc_request *r, struct rpc_fault *f, struct buf *line)
{
	const char *what = r->method == RPC_QUERY ? "Query" : "Path";
	if (read_path(json_object_get(params, what), what, r, f) < 0)
		return -1;
	int is_status = begins_with(r, "Status");
	if (!is_status && !begins_with(r, "Configuration"))
		return fail(f, RPC_METHOD_NOT_FOUND,
			    "%s: expected one that begins with Status or Configuration", what);
	struct buf path;
	buf_init(&path, line->max);
	add_expression(r, &path);
	buf_addf(line, "%s %s", is_status ? "xStatus" : "xConfiguration", buf_str(&path));
	buf_done(&path);
	return 0;
}

static int read_set(json_t *params, struct rpc_request *r, struct rpc_fault *f, struct buf *line)
{
	if (read_path(json_object_get(params, "Path"), "Path", r, f) < 0)
		return -1;
	if (!begins_with(r, "Configuration") || r->n_path < 2)
		return fail(f, RPC_METHOD_NOT_FOUND, "Path: expected one that begins with Configuration");
	for (size_t i = 1; i < r->n_path; i++)
		if (r->path[i].name[0] == '*')
			return fail(f, RPC_INVALID_PARAMS, "Path: one setting is set at a time");
	buf_adds(line, "xConfiguration");
	add_words(r, line);
	buf_adds(line, ": ");
	return add_value(json_object_get(params, "Value"), "Value", line, f);
}

static int read_doc(json_t *params, struct rpc_request *r, struct rpc_fault *f, struct buf *line)
{
	const char *type = json_string_value(json_object_get(params, "Type"));
	if (read_path(json_object_get(params, "Path"), "Path", r, f) < 0)
		return -1;
	buf_adds(line, "xDocument Path: \"");
	for (size_t i = 0; i < r->n_path; i++) {
		const struct rpc_step *s = &r->path[i];
		if (s->name[0] == '*')
			return fail(f, RPC_INVALID_PARAMS, "Path: one place is described at a time");
		if (s->name[0])
			buf_addf(line, "%s%s", i ? "/" : "", s->name);
		else
			buf_addf(line, "/%lld", (long long)s->item);
	}
	buf_adds(line, type && strcasecmp(type, "Schema") == 0 ? "\" Schema: True" : "\"");
	return 0;
}

static int read_subscribe(json_t *params, struct rpc_request *r, struct rpc_fault *f, struct buf *line)
{
	if (read_path(json_object_get(params, "Query"), "Query", r, f) < 0)
		return -1;
	if (!begins_with(r, "Status") && !begins_with(r, "Configuration") && !begins_with(r, "Event") &&
	    r->path[0].name[0] != '*')
		return fail(f, RPC_METHOD_NOT_FOUND,
			    "Query: expected one that begins with Status, Configuration or Event");
	r->notifies_current = json_is_true(json_object_get(params, "NotifyCurrentValue"));
	struct buf path;
	buf_init(&path, line->max);
	add_expression(r, &path);
	buf_addf(line, "xFeedback Register %s", buf_str(&path));
	r->expression = buf_take(&path);
	return 0;
}

static int read_unsubscribe(json_t *params, struct rpc_request *r, struct rpc_fault *f)
{
	const json_t *id = json_object_get(params, "Id");
	if (!json_is_integer(id))
		return fail(f, RPC_INVALID_PARAMS, "Id: expected the number of a subscription");
	r->subscription = json_integer_value(id);
	return 0;
}

static int read_method(const char *method, json_t *params, struct rpc_request *r, struct rpc_fault *f,
		       struct buf *line)
{
	static const struct {
		const char *name;
		enum rpc_method method;
	} methods[] = {
		{ "xGet", RPC_GET },
		{ "xQuery", RPC_QUERY },
		{ "xSet", RPC_SET },
		{ "xDoc", RPC_DOC },
		{ "xFeedback/Subscribe", RPC_SUBSCRIBE },
		{ "xFeedback/Unsubscribe", RPC_UNSUBSCRIBE },
	};
	static const char command[] = "xCommand/";
	if (strncasecmp(method, command, sizeof command - 1) == 0) {
		r->method = RPC_COMMAND;
		return read_command(method + sizeof command - 1, params, r, f, line);
	}
	size_t i = 0, n = sizeof methods / sizeof *methods;
	while (i < n && strcasecmp(method, methods[i].name) != 0)
		i++;
	if (i == n)
		return fail(f, RPC_METHOD_NOT_FOUND, "Method not found");
	r->method = methods[i].method;
	switch (r->method) {
	case RPC_SET: return read_set(params, r, f, line);
	case RPC_DOC: return read_doc(params, r, f, line);
	case RPC_SUBSCRIBE: return read_subscribe(params, r, f, line);
	case RPC_UNSUBSCRIBE: return read_unsubscribe(params, r, f);
	default: return read_get(params, r, f, line);
	}
}

static int read_message(const json_t *m, struct rpc_request *r, struct rpc_fault *f, struct buf *line)
{
	json_t *id = json_object_get(m, "id"), *params = json_object_get(m, "params");
	const char *version = json_string_value(json_object_get(m, "jsonrpc")),
		   *method = json_string_value(json_object_get(m, "method"));
	if (json_is_array(m))
		return fail(f, RPC_INVALID_REQUEST, "Invalid request: one message at a time");
	if (id && !json_is_string(id) && !json_is_number(id) && !json_is_null(id))
		return fail(f, RPC_INVALID_REQUEST, "Invalid request: id");
	r->id = json_incref(id);
	if (!version || strcmp(version, "2.0") != 0 || !method)
		return fail(f, RPC_INVALID_REQUEST, "Invalid request: jsonrpc, method");
	r->is_notification = !id;
	/* some languages write an object without members as [] */
	int is_empty = json_is_null(params) || (json_is_array(params) && !json_array_size(params));
	if (params && !json_is_object(params) && !is_empty)
		return fail(f, RPC_INVALID_PARAMS, "Invalid params: expected an object");
	return read_method(method, params, r, f, line);
}

int rpc_request_read(const char *text, size_t len, struct rpc_request *ret, struct rpc_fault *f)
{
	json_error_t where;
	struct buf line;
	memset(ret, 0, sizeof *ret);
	json_t *m = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	if (!m)
		return fail(f, RPC_PARSE_ERROR, "Parse error: %.150s", where.text);
	buf_init(&line, RPC_LINE_MAX);
	int status = read_message(m, ret, f, &line);
	if (status == 0 && line.full)
		status = fail(f, RPC_INVALID_PARAMS, "the parameters are too long");
	if (status == 0 && line.len)
		ret->line = buf_take(&line);
	buf_wipe(&line);
	json_decref(m);
	return status;
}

static void wipe(char **text)
{
	mem_wipe(*text);
	*text = NULL;
}

void rpc_request_sent(struct rpc_request *r)
{
	wipe(&r->line);
	wipe(&r->body);
}

void rpc_request_done(struct rpc_request *r)
{
	json_decref(r->id);
	rpc_request_sent(r);
	free(r->expression);
	r->expression = NULL;
	r->id = NULL;
}
