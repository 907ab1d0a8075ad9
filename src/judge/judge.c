#include "judge/judge.h"

#include "base/mem.h"
#include "batch.h"
#include "material.h"
#include "report.h"

#include <stdlib.h>
#include <sysexits.h>

static int fail(int status, const char *text)
{
	fprintf(stderr, "sealpost verify: %s\n", text);
	return status;
}

static int status_of(const struct err *e)
{
	switch (e->kind) {
	case ERR_NOTFOUND:
	case ERR_IO: return EX_NOINPUT;
	case ERR_INPUT:
	case ERR_FULL: return EX_DATAERR;
	default: return EX_UNAVAILABLE;
	}
}

static int print_report(const struct report *r, int json)
{
	if (json) {
		json_t *o = report_json(r);
		json_dumpf(o, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
		json_decref(o);
	} else {
		report_text(r, stdout);
	}
	if (fflush(stdout) != 0)
		return fail(EX_IOERR, "cannot write the verdict");
	return r->verdict->code ? 1 : 0;
}

static int judge_files(const struct options *o, const struct question *q)
{
	struct err e;
	struct material *m = material_new();
	const struct anchors *anchors = material_anchors(m, o->roots, o->crls, &e);
	struct verify_chain *chain = anchors ? material_chain(o->chain, &e) : NULL;
	int status;
	if (chain) {
		struct verify_request r = { .anchors = anchors, .policy = q->policy, .host = q->name, .at_unix = q->at_unix };
		struct verdict *v = mem_new(sizeof *v);
		verify_chain_judge(&r, chain, v);
		status = print_report(&(struct report){ .verdict = v, .chain = chain, .anchors = anchors, .question = q }, o->json);
		free(v);
	} else {
		status = fail(status_of(&e), e.text);
	}
	verify_chain_free(chain);
	material_free(m);
	return status;
}

int judge_main(int argc, char **argv)
{
	struct options o;
	struct question q;
	struct err e;
	if (options_read(argc, argv, &o, &e) < 0 || options_question(&o, &q, &e) < 0) {
		fail(EX_USAGE, e.text);
		fputs(options_usage, stderr);
		return EX_USAGE;
	}
	if (o.help) {
		fputs(options_usage, stdout);
		return EX_OK;
	}
	if (o.batch)
		return batch_run(&o, stdin, stdout);
	if (!o.roots || !o.chain) {
		fail(EX_USAGE, "expected --roots, and --chain or --url");
		fputs(options_usage, stderr);
		return EX_USAGE;
	}
	return judge_files(&o, &q);
}
