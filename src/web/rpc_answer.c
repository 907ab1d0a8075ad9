/* SPDX-License-Identifier: MIT */
#include "rpc_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

static int append(const char *data, size_t len, void *out)
{
	return buf_add(out, data, len);
}

static void write_json(json_t *message, struct buf *out)
{
	size_t before = out->len;
	if (json_dump_callback(message, append, out, JSON_COMPACT | JSON_ENCODE_ANY) < 0 || out->full)
		out->len = before;
	json_decref(message);
}

static json_t *copy_of(const json_t *id)
{
	return id ? json_deep_copy(id) : json_null();
}

static void write_result(const json_t *id, json_t *result, struct buf *out)
{
	json_t *m = json_object();
	json_object_set_new(m, "jsonrpc", json_string("2.0"));
	json_object_set_new(m, "id", copy_of(id));
	json_object_set_new(m, "result", result);
	write_json(m, out);
}

static void write_error(const struct rpc_request *r, const struct rpc_fault *f, json_t *data, struct buf *out)
{
	json_t *m = json_object(), *e = json_object(), *message = json_string(f->message);
	json_object_set_new(m, "jsonrpc", json_string("2.0"));
	json_object_set_new(m, "id", copy_of(r->id));
	json_object_set_new(m, "error", e);
	json_object_set_new(e, "code", json_integer(f->code));
	/* a sentence that was cut within a character is not valid UTF-8 */
	json_object_set_new(e, "message", message ? message : json_string("Error"));
	if (data)
		json_object_set_new(e, "data", data);
	write_json(m, out);
}

void rpc_answer_fault(const struct rpc_request *r, const struct rpc_fault *f, struct buf *out)
{
	if (!r->is_notification)
		write_error(r, f, NULL, out);
}

/* --- finding a value in an answer --- */

static json_t *member(json_t *object, const char *name)
{
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
		if (strcasecmp(json_object_iter_key(i), name) == 0)
			return json_object_iter_value(i);
	return NULL;
}

/* Returns the only member that begins with this name: the agent accepts unique beginnings of names, and its
 * answer has the whole name. */
static json_t *only_member(json_t *object, const char *beginning)
{
	json_t *found = NULL;
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
		if (strncasecmp(json_object_iter_key(i), beginning, strlen(beginning)) == 0) {
			if (found)
				return NULL;
			found = json_object_iter_value(i);
		}
	return found;
}

static json_t *item(const json_t *list, json_int_t id)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *value = json_array_get(list, i);
		const json_t *is = json_object_get(value, "id");
		const char *text = json_string_value(is); /* in descriptions the id is a text */
		if ((text ? strtoll(text, NULL, 10) : json_integer_value(is)) == id)
			return value;
	}
	return NULL;
}

/* Follows the path of the request down to its first wildcard. Returns NULL if there is nothing at the
 * path. */
static json_t *at_path(json_t *at, const struct rpc_request *r)
{
	for (size_t i = 0; at && i < r->n_path && r->path[i].name[0] != '*'; i++) {
		const struct rpc_step *s = &r->path[i];
		json_t *next = NULL;
		if (!s->name[0])
			next = json_is_array(at) ? item(at, s->item) : s->item == 1 ? at : NULL;
		else if (!(next = member(at, s->name)))
			next = only_member(at, s->name);
		at = next;
	}
	/* A leaf that has attributes, or is in a list, is an object with the member Value. */
	json_t *value = json_object_get(at, "Value");
	if (value && json_object_size(at) == (json_object_get(at, "id") ? 2 : 1))
		return value;
	return at;
}

/* The description of status values has another name than the path. */
static json_t *at_description(json_t *all, const struct rpc_request *r)
{
	struct rpc_request below = *r;
	if (strcasecmp(r->path[0].name, "Status") == 0 && member(all, "StatusSchema"))
		snprintf(below.path[0].name, sizeof below.path[0].name, "StatusSchema");
	return at_path(all, &below);
}

/* --- errors --- */

struct refusal {
	const char *reason, *xpath;
	const json_t *status, *cause;
};

/* Searches for the reason at any depth: of a result, a document, or a setting. */
static void find_reason(json_t *in, struct refusal *ret)
{
	json_t *reason = member(in, "Reason");
	if (!reason)
		reason = member(in, "Description");
	if (json_is_string(reason)) {
		*ret = (struct refusal){ json_string_value(reason), json_string_value(member(in, "XPath")),
					 member(in, "status"), member(in, "Cause") };
		return;
	}
	for (void *i = json_object_iter(in); i && !ret->reason; i = json_object_iter_next(in, i)) {
		json_t *value = json_object_iter_value(i);
		/* a setting may be an item of a list */
		find_reason(json_is_array(value) ? json_array_get(value, 0) : value, ret);
	}
}

static enum rpc_code code_of(const struct rpc_request *r, int status, const struct refusal *why)
{
	const char *said = json_string_value(why->status);
	if (status == EX_NOPERM)
		return RPC_PERMISSION_DENIED;
	if (status == EX_USAGE)
		return RPC_METHOD_NOT_FOUND;
	if (r->method == RPC_SUBSCRIBE && status == EX_TEMPFAIL)
		return RPC_TOO_MANY_SUBSCRIPTIONS;
	if (r->method == RPC_COMMAND && (!said || strcmp(said, "ParameterError") != 0))
		return RPC_COMMAND_FAILED;
	return RPC_INVALID_PARAMS;
}

static void write_refusal(const struct rpc_request *r, int status, json_t *all, struct buf *out)
{
	struct refusal why = { .reason = NULL };
	struct rpc_fault f;
	json_t *data = NULL;
	find_reason(all, &why);
	f.code = code_of(r, status, &why);
	snprintf(f.message, sizeof f.message, "%s", why.reason ? why.reason : "The agent has refused it");
	if (why.xpath || why.cause) {
		data = json_object();
		if (why.xpath)
			json_object_set_new(data, "xpath", json_string(why.xpath));
		if (why.cause)
			json_object_set_new(data, "Cause", json_deep_copy(why.cause));
	}
	write_error(r, &f, data, out);
}

/* --- results --- */

/* Returns the command's result without the object that names it. */
static json_t *command_result(const json_t *all)
{
	json_t *response = json_object_get(all, "CommandResponse");
	void *first = json_object_iter(response);
	json_t *result = first ? json_object_iter_value(first) : NULL;
	return json_is_object(result) ? json_incref(result) : json_pack("{s:s}", "status", "OK");
}

static json_t *result_of(const struct rpc_request *r, json_t *all, int64_t subscription)
{
	json_object_del(all, "ResultId");
	switch (r->method) {
	case RPC_GET: return json_incref(at_path(all, r));
	case RPC_QUERY: return json_incref(all);
	case RPC_DOC: return json_incref(at_description(all, r));
	case RPC_COMMAND: return command_result(all);
	case RPC_SUBSCRIBE: return json_pack("{s:I}", "Id", (json_int_t)subscription);
	case RPC_SET:
	case RPC_UNSUBSCRIBE: break;
	}
	return json_true();
}

/* Returns 1 if the command was carried out. A check that finds a fault has status 1, and its result describes
 * the fault. */
static int is_carried_out(const struct rpc_request *r, int status)
{
	return r->method == RPC_COMMAND && status == 1;
}

void rpc_answer_write(const struct rpc_request *r, const struct ctl_block *answer, int64_t subscription,
		      struct buf *out)
{
	json_error_t ignored;
	if (r->is_notification)
		return;
	if (!answer) {
		rpc_answer_fault(r, &(struct rpc_fault){ RPC_NOT_READY, "The agent does not answer" }, out);
		return;
	}
	json_t *all = json_loadb(answer->text, answer->len, 0, &ignored);
	if (answer->status != EX_OK && !is_carried_out(r, answer->status)) {
		write_refusal(r, answer->status, all, out);
	} else if (!all) {
		rpc_answer_fault(
			r, &(struct rpc_fault){ RPC_INTERNAL_ERROR, "The agent's answer is no JSON" }, out);
	} else {
		json_t *result = result_of(r, all, subscription);
		if (result)
			write_result(r->id, result, out);
		else
			rpc_answer_fault(
				r,
				&(struct rpc_fault){ RPC_METHOD_NOT_FOUND, "No match on address expression" },
				out);
	}
	json_decref(all);
}

/* --- events --- */

static void write_event(json_t *params, int64_t subscription, struct buf *out)
{
	json_t *m = json_object();
	json_object_set_new(params, "Id", json_integer(subscription));
	json_object_set_new(m, "jsonrpc", json_string("2.0"));
	json_object_set_new(m, "method", json_string("xFeedback/Event"));
	json_object_set_new(m, "params", params);
	write_json(m, out);
}

int64_t rpc_answer_event(const char *pushed, size_t len, struct buf *out)
{
	json_error_t ignored;
	json_t *all = json_loadb(pushed, len, 0, &ignored);
	const char *tag = json_string_value(json_object_get(all, "ResultId"));
	int64_t subscription = tag ? strtoll(tag, NULL, 10) : 0;
	if (subscription <= 0) {
		json_decref(all);
		return 0;
	}
	json_object_del(all, "ResultId");
	write_event(all, subscription, out);
	return subscription;
}

void rpc_answer_current(const struct ctl_block *answer, int64_t subscription, struct buf *out)
{
	json_error_t ignored;
	json_t *all =
		answer && answer->status == EX_OK ? json_loadb(answer->text, answer->len, 0, &ignored) : NULL;
	if (json_object_size(all) > 0)
		write_event(json_incref(all), subscription, out);
	json_decref(all);
}
