/* SPDX-License-Identifier: MIT */
/* cli_bundle: `sealpost bundle`: writes the answers of the agent that support needs as an archive to standard
 * output. Each member is an answer, or a refusal. */
#include "cli/cli.h"

#include "link.h"
#include "report.h"
#include "tar.h"

#include "base/redact.h"
#include "ctl/ctl_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "sealpost-bundle/"

enum {
	MEMBER_MAX = 64 << 20,
	SLOTS = 4,
	PAGE = 100,   /* posts in one answer */
	PAGES = 100,  /* maximum number of answers for a queue */
	BODIES = 500, /* maximum number of bodies of a queue */
};

struct bundle {
	struct report_source source;
	int64_t at;
	int has_bodies;
	int is_cut; /* 1: a member was cut at its maximum length */
};

/* A kind of list of posts, and the command that shows one of them. */
struct kind {
	const char *name, *command;
};
static const struct kind kinds[] = { { "queue", "Queue" }, { "dead-letters", "DeadLetters" } };

static void add(struct bundle *b, const char *name, const struct buf *text)
{
	b->is_cut |= text->full;
	tar_add(stdout, name, buf_str(text), text->len, b->at);
}

/* Adds the answer to a line as a member; possible secrets in URLs become ***. */
static void add_answer(struct bundle *b, const char *name, const char *line)
{
	struct buf answer, open;
	buf_init(&answer, MEMBER_MAX);
	buf_init(&open, MEMBER_MAX);
	report_ask(&b->source, line, &answer);
	redact_text(buf_str(&answer), &open);
	open.full |= answer.full;
	add(b, name, &open);
	buf_done(&answer);
	buf_done(&open);
}

static void add_report(struct bundle *b, const char *name, enum page_form form)
{
	struct buf text;
	buf_init(&text, MEMBER_MAX);
	report_write(&b->source, form, &text);
	add(b, name, &text);
	buf_done(&text);
}

/* --- queues --- */

static void add_body(struct bundle *b, const struct kind *k, int slot, const char *sequence)
{
	char name[TAR_NAME_MAX + 1], line[200];
	struct buf answer;
	snprintf(name, sizeof name, FOLDER "bodies/%s-%d-%.20s.txt", k->name, slot, sequence);
	snprintf(line, sizeof line, "xCommand HttpFeedback %s Show FeedbackSlot: %d Sequence: %.20s",
		 k->command, slot, sequence);
	buf_init(&answer, MEMBER_MAX);
	/* the post may have been delivered meanwhile, so a refusal does not count */
	int before = b->source.status;
	if (report_ask(&b->source, line, &answer) == 0)
		add(b, name, &answer);
	else
		b->source.status = before;
	buf_done(&answer);
}

/* One list of posts, which is read in pages. */
struct posts {
	const struct kind *kind;
	int slot;
	long long last; /* sequence of the last post that was listed */
	size_t n;       /* posts listed so far */
};

/* Counts the posts in the answer, and adds the bodies of the first ones of the list if bodies are wanted. */
static void each_post(struct bundle *b, struct posts *l, const char *answer)
{
	char mark[64], *copy = strdup(answer), *at = copy;
	struct ctl_text_line line;
	snprintf(mark, sizeof mark, "*r %sListResult ", l->kind->command);
	while (copy && ctl_text_next_line(&at, mark, &line)) {
		const char *field = strrchr(line.path, ' ');
		if (!field || strcmp(field, " Sequence") != 0)
			continue;
		l->last = strtoll(line.value, NULL, 10);
		if (++l->n <= BODIES && b->has_bodies)
			add_body(b, l->kind, l->slot, line.value);
	}
	free(copy);
}

/* Adds a member with the list of the slot's posts, if there are any. */
static void add_posts(struct bundle *b, const struct kind *k, int slot)
{
	char name[TAR_NAME_MAX + 1], line[200];
	struct posts list = { .kind = k, .slot = slot };
	struct buf all;
	int before = b->source.status, status = 0;
	buf_init(&all, MEMBER_MAX);
	for (size_t page = 0; page < PAGES && list.n == page * PAGE && !status; page++) {
		struct buf answer;
		snprintf(line, sizeof line,
			 "xCommand HttpFeedback %s List FeedbackSlot: %d From: %lld Limit: %d", k->command,
			 slot, list.last + 1, PAGE);
		buf_init(&answer, MEMBER_MAX);
		status = report_ask(&b->source, line, &answer);
		if (!status)
			each_post(b, &list, buf_str(&answer));
		buf_adds(&all, buf_str(&answer));
		buf_done(&answer);
	}
	if (status == EX_DATAERR) /* no server is registered in this slot */
		b->source.status = before;
	snprintf(name, sizeof name, FOLDER "%s-%d.txt", k->name, slot);
	if (list.n)
		add(b, name, &all);
	buf_done(&all);
}

/* --- the archive --- */

static void write_all(struct bundle *b)
{
	static const struct {
		const char *name, *line;
	} answers[] = {
		{ FOLDER "log.txt", "xCommand Logging Show Lines: 500" },
		{ FOLDER "audit.txt", "xCommand Security Audit Show Lines: 1000" },
		{ FOLDER "status.txt", "xStatus" },
		{ FOLDER "storage.txt", "xCommand SystemUnit Storage Show" },
	};
	add_report(b, FOLDER "report.txt", PAGE_TEXT);
	add_report(b, FOLDER "report.html", PAGE_HTML);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		add_answer(b, answers[i].name, answers[i].line);
	for (int slot = 1; slot <= SLOTS; slot++)
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
			add_posts(b, &kinds[i], slot);
	tar_end(stdout);
}

static int bundle(const struct cli_options *o, int has_bodies)
{
	struct cli_options plain = *o;
	struct ctl c;
	struct bundle b = { .source = { .ctl = &c }, .at = (int64_t)time(NULL), .has_bodies = has_bodies };
	plain.json = plain.stop_on_error = 0;
	plain.hides_urls = 1;
	int status = link_open(&plain, &c, NULL);
	if (status)
		return status;
	write_all(&b);
	ctl_close(&c);
	if (b.source.status)
		fprintf(stderr, "sealpost: bundle: %s\n",
			b.source.is_lost ? "the agent closed the connection, and the rest is missing"
					 : "the agent refused a part of it, and that part says so");
	if (b.is_cut)
		fprintf(stderr, "sealpost: bundle: a file in it would be longer than %d bytes, and is cut\n",
			MEMBER_MAX);
	return b.source.status ? b.source.status : b.is_cut ? EX_DATAERR : EX_OK;
}

int cli_bundle(const struct cli_options *o, char *const *words, size_t n)
{
	int has_bodies = n == 1 && strcmp(words[0], "--bodies") == 0;
	if (n && !has_bodies) {
		fprintf(stderr, "sealpost: bundle: expected [--bodies]\n");
		return EX_USAGE;
	}
	if (isatty(STDOUT_FILENO)) {
		fprintf(stderr,
			"sealpost: bundle: it is an archive, and standard output a terminal; send it to "
			"a file, as in: sealpost bundle > bundle.tar\n");
		return EX_USAGE;
	}
	return bundle(o, has_bodies);
}
