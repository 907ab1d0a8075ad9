/* SPDX-License-Identifier: MIT */
#include "pki_batch.h"

#include "base/mem.h"
#include "pki_material.h"
#include "pki_report.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { LINE_MAX_BYTES = 16 << 20 };

static int read_text(const json_t *line, const char *key, const char **to, struct err *e)
{
	const json_t *v = json_object_get(line, key);
	if (!v || json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return err_set(e, ERR_INPUT, 0, "%s: expected a text", key);
	*to = json_string_value(v);
	return 0;
}

/* Reads the time, which may be a number; a number is written to `number` as text. */
static int read_time(const json_t *line, char number[32], const char **to, struct err *e)
{
	const json_t *v = json_object_get(line, "time");
	if (!json_is_integer(v))
		return read_text(line, "time", to, e);
	snprintf(number, 32, "%lld", (long long)json_integer_value(v));
	*to = number;
	return 0;
}

static int read_line(const json_t *line, struct options *o, char number[32], struct err *e)
{
	if (!json_is_object(line))
		return err_set(e, ERR_INPUT, 0, "expected a JSON object");
	if (read_text(line, "roots", &o->roots, e) < 0 || read_text(line, "chain", &o->chain, e) < 0 ||
	    read_text(line, "crls", &o->crls, e) < 0 || read_text(line, "name", &o->name, e) < 0 ||
	    read_text(line, "profile", &o->profile, e) < 0 ||
	    read_text(line, "purpose", &o->purpose, e) < 0 ||
	    read_text(line, "revocation", &o->revocation, e) < 0 || read_time(line, number, &o->time, e) < 0)
		return -1;
	if (json_is_true(json_object_get(line, "no_common_name")))
		o->no_common_name = 1;
	if (o->crls && !o->crls[0])
		o->crls = NULL;
	if (!o->roots || !o->chain)
		return err_set(e, ERR_INPUT, 0, "expected roots and chain");
	return 0;
}

/* Returns the answer to one line of input; NULL if there is nothing in the line that can be verified. */
static json_t *verify_line(const json_t *line, const struct options *defaults, struct material *m,
			   struct verdict *v, struct err *e)
{
	struct options o = *defaults;
	struct question q;
	char number[32];
	if (read_line(line, &o, number, e) < 0 || options_question(&o, &q, e) < 0)
		return NULL;
	const struct anchors *anchors = material_anchors(m, o.roots, o.crls, e);
	struct verify_chain *chain = anchors ? material_chain(o.chain, e) : NULL;
	if (!chain)
		return NULL;
	struct verify_request r = {
		.anchors = anchors, .policy = q.policy, .host = q.name, .at_unix = q.at_unix
	};
	verify_chain_judge(&r, chain, v);
	json_t *answer = report_json(
		&(struct report){ .verdict = v, .question = &q, .left_out = material_left_out(m) });
	verify_chain_free(chain);
	return answer;
}

static int write_answer(json_t *answer, const json_t *line, FILE *out)
{
	json_t *id = json_object_get(line, "id");
	if (id)
		json_object_set(answer, "id", id);
	int bad = json_dumpf(answer, out, JSON_COMPACT) < 0 || fputc('\n', out) == EOF;
	json_decref(answer);
	return bad ? -1 : 0;
}

/* Returns the output for one line of input; line is NULL if it could not be read, and *e says why. *status is
 * the exit status, the worst of all lines. */
static json_t *answer_line(json_t *line, const struct options *defaults, struct material *m, struct err *e,
			   int *status)
{
	struct verdict *v = mem_new(sizeof *v);
	json_t *answer = line ? verify_line(line, defaults, m, v, e) : NULL;
	if (!answer) {
		answer = json_pack("{s:s}", "error", e->text);
		*status = EX_DATAERR;
	} else if (v->code && *status == EX_OK) {
		*status = 1;
	}
	free(v);
	return answer;
}

static json_t *parse_line(const char *text, size_t len, struct err *e)
{
	json_error_t why;
	json_t *line = len <= LINE_MAX_BYTES ? json_loadb(text, len, 0, &why) : NULL;
	if (len > LINE_MAX_BYTES)
		err_set(e, ERR_FULL, 0, "the line is longer than %d bytes", LINE_MAX_BYTES);
	else if (!line)
		err_set(e, ERR_INPUT, 0, "this is not JSON: %s", why.text);
	return line;
}

int batch_run(const struct options *defaults, FILE *in, FILE *out)
{
	struct material *m = material_new();
	char *text = NULL;
	size_t cap = 0;
	ssize_t len;
	int status = EX_OK;
	while (status != EX_IOERR && (len = getline(&text, &cap, in)) >= 0) {
		struct err e;
		if (strspn(text, " \t\r\n") == (size_t)len)
			continue;
		json_t *line = parse_line(text, (size_t)len, &e);
		json_t *answer = answer_line(line, defaults, m, &e, &status);
		if (write_answer(answer, line, out) < 0)
			status = EX_IOERR;
		json_decref(line);
	}
	free(text);
	material_free(m);
	return fflush(out) == 0 ? status : EX_IOERR;
}
