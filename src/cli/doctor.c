/* SPDX-License-Identifier: MIT */
#include "doctor.h"

#include "screen.h"
#include "shell_words.h"
#include "wrap.h"

#include "base/mem.h"
#include "base/text.h"
#include "ctl/ctl_text.h"

#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { WORDS_MAX = 64, LINE_MAX_BYTES = 1 << 16, NAME_COLUMNS = 24, FOUND_INDENT = 6, STEP_INDENT = 2 };

/* --- the question --- */

static int is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

int doctor_line(char *const *words, size_t n, struct buf *line, enum doctor_detail *detail)
{
	buf_adds(line, "xCommand Diagnostics Services");
	for (size_t i = 0; i < n; i++) {
		struct buf value;
		if (strcmp(words[i], "-a") == 0 || strcmp(words[i], "--all") == 0) {
			*detail = DOCTOR_ALL_SERVICES;
			continue;
		}
		if (words[i][0] == '-') {
			fprintf(stderr, "sealpost: doctor %s: expected doctor [--all] [SERVICE|URL...]\n",
				words[i]);
			return -1;
		}
		buf_init(&value, LINE_MAX_BYTES);
		buf_adds(&value, words[i]);
		if (i + 1 < n && is_number(words[i + 1]))
			buf_addf(&value, " %s", words[++i]);
		buf_adds(line, strstr(words[i], "://") ? " Url: " : " Service: ");
		shell_words_add_quoted(buf_str(&value), value.len, line);
		buf_done(&value);
	}
	buf_addc(line, '\n');
	if (!line->full)
		return 0;
	fprintf(stderr, "sealpost: doctor: the line is longer than %d bytes\n", LINE_MAX_BYTES);
	return -1;
}

const char *doctor_words(const char *line)
{
	const char *at = line + strspn(line, " \t");
	size_t len = sizeof DOCTOR_WORD - 1;
	return strncasecmp(at, DOCTOR_WORD, len) == 0 && strchr(" \t\r\n", at[len]) ? at + len : NULL;
}

int doctor_typed_line(const char *words, struct buf *line, enum doctor_detail *detail)
{
	char *copy = mem_dup(words), *list[WORDS_MAX], *rest = NULL;
	size_t n = 0;
	for (char *w = strtok_r(copy, " \t\r\n", &rest); w && n < WORDS_MAX;
	     w = strtok_r(NULL, " \t\r\n", &rest))
		list[n++] = w;
	int r = doctor_line(list, n, line, detail);
	free(copy);
	return r;
}

/* --- the answer --- */

enum mark { MARK_PASS, MARK_FAIL, MARK_SKIP, MARK_WARN };

struct part { /* the answer as a whole, a service, or a step of it; texts point into the answer */
	const char *name, *outcome, *first, *found, *hint, *url, *ms;
};

/* Reads the lines of the answer one after another. */
struct reader {
	char *at;
	struct part whole, service, step;
	long service_number, step_number; /* 0: before the first one */
};

static enum mark mark_of(const char *outcome)
{
	return strcmp(outcome, "Pass") == 0   ? MARK_PASS
	       : strcmp(outcome, "Fail") == 0 ? MARK_FAIL
	       : strcmp(outcome, "Warn") == 0 ? MARK_WARN
					      : MARK_SKIP;
}

static void put_text(struct wrap *w, const char *text)
{
	struct buf shown;
	char one[TEXT_SHOWN];
	buf_init(&shown, LINE_MAX_BYTES);
	while (*text) {
		text += text_show(text, one);
		buf_adds(&shown, one);
	}
	wrap_write(w, buf_str(&shown), shown.len);
	buf_done(&shown);
}

static void put_mark(struct wrap *w, const struct doctor_look *look, enum mark mark)
{
	static const char *const words[] = { "ok   ", "FAIL ", "skip ", "warn " },
				 *const symbols[] = { "✓", "✗", "–", "!" },
				 *const colours[] = { "\033[32m", "\033[31m", "\033[2m", "\033[33m" };
	const char *text = look->marks == DOCTOR_SYMBOLS ? symbols[mark] : words[mark];
	fprintf(w->out, "%s%s%s ", look->has_colours ? colours[mark] : "", text,
		look->has_colours ? "\033[0m" : "");
	w->at += look->marks == DOCTOR_SYMBOLS ? 2 : strlen(text) + 1;
}

/* Writes the name in its own column if text follows. */
static void put_name(struct wrap *w, const char *name, const char *text)
{
	size_t end = w->at + NAME_COLUMNS;
	put_text(w, name);
	if (!text || !*text)
		return;
	if (end < w->at + 2)
		end = w->at + 2;
	for (; w->at < end; w->at++)
		fputc(' ', w->out);
}

/* Writes the part of the text that fits into the line; all of it if lines have no limit. */
static void put_rest(struct wrap *w, const char *text)
{
	struct wrap rest = { .out = w->out, .at = w->at };
	size_t room = w->columns > w->at + 1 ? w->columns - w->at - 1 : 0, n = strlen(text);
	if (!w->columns || n <= room) {
		put_text(&rest, text);
		return;
	}
	char *cut = mem_dup_n(text, room > 3 ? room - 3 : 0);
	for (n = strlen(cut); n && ((unsigned char)cut[n - 1] & 0xc0) == 0x80;) /* cuts whole characters */
		cut[--n] = '\0';
	if (n && (unsigned char)cut[n - 1] >= 0xc0)
		cut[n - 1] = '\0';
	put_text(&rest, cut);
	fputs("...", w->out);
	free(cut);
}

static void put_part(const struct part *p, size_t indent, const struct doctor_look *look, FILE *out)
{
	const char *text = p->found ? p->found : p->url ? p->url : "";
	struct wrap w = { .out = out, .columns = look->columns, .at = indent };
	fprintf(out, "%*s", (int)indent, "");
	put_mark(&w, look, mark_of(p->outcome));
	put_name(&w, p->name, text);
	put_rest(&w, text);
	wrap_end(&w);
}

/* --- reading --- */

static void take_field(struct part *p, const char *name, const char *value)
{
	struct {
		const char *name;
		const char **to;
	} fields[] = { { "Name", &p->name },          { "Check", &p->name },
		       { "Outcome", &p->outcome },    { "FirstFailure", &p->first },
		       { "FirstWarning", &p->first }, { "Found", &p->found },
		       { "Hint", &p->hint },          { "Url", &p->url },
		       { "Milliseconds", &p->ms } };
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(fields[i].name, name) == 0)
			*fields[i].to = value;
}

static const struct part no_part = { .name = "", .outcome = "" };

/* Calls fn(arg, reader) at the end of each service's own lines (step_number 0) and of each step. */
static void read_answer(char *text, void (*fn)(void *arg, const struct reader *r), void *arg,
			struct reader *r)
{
	struct ctl_text_line line;
	*r = (struct reader){ .at = text, .whole = no_part, .service = no_part, .step = no_part };
	while (ctl_text_next_line(&r->at, "*r DiagnosticsServicesResult ", &line)) {
		char *name = line.path;
		long service = strncmp(name, "Service ", 8) == 0 ? strtol(name + 8, &name, 10) : 0, step = 0;
		name += strspn(name, " ");
		if (service && strncmp(name, "Step ", 5) == 0) {
			step = strtol(name + 5, &name, 10);
			name += strspn(name, " ");
		}
		if (service != r->service_number || step != r->step_number) {
			if (r->service_number)
				fn(arg, r);
			if (service != r->service_number)
				r->service = no_part;
			r->step = no_part;
			r->service_number = service;
			r->step_number = step;
		}
		take_field(step ? &r->step : service ? &r->service : &r->whole, name, line.value);
	}
	if (r->service_number)
		fn(arg, r);
}

struct view {
	const struct doctor_look *look;
	FILE *out;
	size_t services, bad;
	/* the first of the steps that were skipped for one reason and are not shown yet */
	struct part skipped;
	const char *last_skipped;
	size_t skips;
};

/* Shows the steps that were skipped; several with the same reason become one line, unless all steps are to be
 * shown. */
static void show_skipped(struct view *v)
{
	char names[160];
	if (v->skips > 1) {
		snprintf(names, sizeof names, "%s%s%s", v->skipped.name, v->skips == 2 ? ", " : " to ",
			 v->last_skipped);
		v->skipped.name = names;
	}
	if (v->skips)
		put_part(&v->skipped, STEP_INDENT, v->look, v->out);
	v->skips = 0;
}

static void show_step(struct view *v, const struct part *step)
{
	int is_skipped =
		v->look->detail == DOCTOR_BAD_SERVICES && mark_of(step->outcome) == MARK_SKIP && step->found;
	if (!is_skipped || (v->skips && strcmp(v->skipped.found, step->found) != 0))
		show_skipped(v);
	if (!is_skipped) {
		put_part(step, STEP_INDENT, v->look, v->out);
		return;
	}
	if (!v->skips++)
		v->skipped = *step;
	v->last_skipped = step->name;
}

static void count(void *arg, const struct reader *r)
{
	struct view *v = arg;
	if (r->step_number)
		return;
	v->services++;
	v->bad += strcmp(r->service.outcome, "Pass") != 0;
}

static void show_part(void *arg, const struct reader *r)
{
	struct view *v = arg;
	struct part p = r->service;
	int is_bad = strcmp(r->service.outcome, "Pass") != 0;
	if (r->step_number) {
		if (is_bad || v->look->detail == DOCTOR_ALL_SERVICES)
			show_step(v, &r->step);
		return;
	}
	show_skipped(v);
	if (p.url)
		p.found = NULL;
	else if (is_bad)
		p.found = p.first;
	put_part(&p, 0, v->look, v->out);
}

/* Shows the outcome, and everything about the first failure. */
static void show_verdict(const struct part *p, const struct view *v)
{
	struct wrap w = { .out = v->out, .columns = v->look->columns, .indent = FOUND_INDENT };
	char text[80];
	enum mark mark = mark_of(p->outcome);
	put_mark(&w, v->look, mark);
	put_text(&w, p->first ? p->first : "all is well");
	snprintf(text, sizeof text, " (%zu of %zu well)", v->services - v->bad, v->services);
	put_text(&w, text);
	wrap_end(&w);
	const char *const lines[] = { p->found, p->hint };
	for (size_t i = 0; i < 2; i++) {
		if (!lines[i])
			continue;
		w.at = FOUND_INDENT;
		fprintf(v->out, "%*s", FOUND_INDENT, "");
		put_text(&w, i == 0 ? "Found: " : "To do: ");
		put_text(&w, lines[i]);
		wrap_end(&w);
	}
	fputc('\n', v->out);
}

void doctor_show(const char *answer, size_t len, const struct doctor_look *look, FILE *out)
{
	struct view v = { .look = look, .out = out };
	struct reader counted, shown;
	/* The answer is read twice, since the outcome is shown before the services, and reading changes the
	 * text. */
	char *first = mem_dup_n(answer, len), *second = mem_dup_n(answer, len);
	read_answer(first, count, &v, &counted);
	show_verdict(&counted.whole, &v);
	read_answer(second, show_part, &v, &shown);
	show_skipped(&v);
	free(first);
	free(second);
}

struct doctor_look doctor_look_of_terminal(void)
{
	struct screen screen = { .has_colours = 0 };
	struct doctor_look look = { .columns = wrap_columns(STDOUT_FILENO) };
	if (!isatty(STDOUT_FILENO))
		return look;
	screen_open(&screen);
	look.has_colours = screen.has_colours;
	locale_t user = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	if (user) {
		look.marks =
			strcmp(nl_langinfo_l(CODESET, user), "UTF-8") == 0 ? DOCTOR_SYMBOLS : DOCTOR_WORDS;
		freelocale(user);
	}
	return look;
}
