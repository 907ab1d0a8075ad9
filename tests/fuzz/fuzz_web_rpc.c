/* SPDX-License-Identifier: MIT */
/* A client's message over WebSocket, and what the agent answers to it (behind the first NUL): the line for
 * the agent is one line, whatever the message; the answer is one JSON text, whatever the agent says. */
#include "../../src/web/rpc_answer.h"
#include "../../src/web/web_settings.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 1 << 20 };

static void require_json(struct buf *out)
{
	json_error_t e;
	json_t *all = out->len ? json_loadb(out->data, out->len, 0, &e) : NULL;
	assert(!out->len || json_is_object(all));
	json_decref(all);
	buf_reset(out);
}

static void check_line(const char *line)
{
	static const char *const verbs[] = { "xStatus ", "xConfiguration ", "xCommand ", "xDocument ",
					     "xFeedback Register " };
	int n = 0, in_quotes = 0;
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		n += strncmp(line, verbs[i], strlen(verbs[i])) == 0;
	assert(n == 1 && strlen(line) <= RPC_LINE_MAX);
	for (const char *c = line; *c; c++) {
		assert(*c != '\n' && *c != '\r');
		if (*c == '\\' && in_quotes)
			c++;
		else if (*c == '"')
			in_quotes = !in_quotes;
		else
			/* what has a meaning in a line stands between quotes only */
			assert(in_quotes || !strchr("|?#{};", *c));
	}
	assert(!in_quotes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end = size ? memchr(text, '\0', size) : NULL;
	size_t len = end ? (size_t)(end - text) : size, rest = end ? size - len - 1 : 0;
	char *answer = malloc(rest + 1);
	struct rpc_request r;
	struct rpc_fault f;
	struct buf out;
	memcpy(answer, end ? end + 1 : "", rest);
	answer[rest] = '\0';
	const struct ctl_block b = { .text = answer,
				     .len = rest,
				     .status = rest % 3 ? 0 : 60 + (int)(rest % 20) };
	buf_init(&out, OUT_MAX);
	if (rpc_request_read(text, len, &r, &f) == 0) {
		if (r.line)
			check_line(r.line);
		assert((r.method == RPC_UNSUBSCRIBE) == !r.line);
		rpc_answer_write(&r, &b, 3, &out);
		assert(!r.is_notification || !out.len);
	} else {
		rpc_answer_fault(&r, &f, &out);
		assert(r.is_notification == !out.len);
	}
	require_json(&out);
	rpc_answer_event(answer, rest, &out);
	require_json(&out);
	rpc_answer_current(&b, 5, &out);
	require_json(&out);
	rpc_request_done(&r);

	struct web_settings s;
	struct err e;
	if (web_settings_read(answer, rest, &s, &e) == 0)
		assert(s.port >= 0 && s.port < 65536 && s.n_names <= WEB_NAMES_MAX &&
		       s.n_addresses <= WEB_ADDRESSES_MAX);
	web_settings_done(&s);
	buf_done(&out);
	free(answer);
	return 0;
}
