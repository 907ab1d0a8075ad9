/* SPDX-License-Identifier: MIT */
/* editor: edits lines with libedit, without those parts of it that run programs or read files, and keeps the
 * history. */
#include "shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <wchar.h>

enum { HISTORY_MAX = 500 };

static char *prompt(EditLine *el)
{
	struct shell *s = NULL;
	el_get(el, EL_CLIENTDATA, &s);
	snprintf(s->prompt, sizeof s->prompt, "%s", s->in_body ? "| " : "sealpost> ");
	return s->prompt;
}

/* Called by libedit for the next character, which may be several bytes of UTF-8. */
static int get_char(EditLine *el, wchar_t *ret)
{
	struct shell *s = NULL;
	mbstate_t state = { 0 };
	unsigned char byte;
	el_get(el, EL_CLIENTDATA, &s);
	while (keys_next(s, &byte)) {
		char c = (char)byte;
		size_t took = mbrtowc(ret, &c, 1, &state);
		if (took == (size_t)-1)
			memset(&state, 0, sizeof state);
		else if (took != (size_t)-2)
			return 1;
	}
	return 0;
}

/* --- history --- */

static void open_history(struct shell *s)
{
	HistEvent ev;
	const char *home = getenv("HOME");
	s->history = history_init();
	history(s->history, &ev, H_SETSIZE, HISTORY_MAX);
	history(s->history, &ev, H_SETUNIQUE, 1);
	if (home && *home == '/')
		snprintf(s->history_path, sizeof s->history_path, "%s/.sealpost_history", home);
	if (*s->history_path)
		history(s->history, &ev, H_LOAD, s->history_path);
}

static void close_history(struct shell *s)
{
	HistEvent ev;
	mode_t before = umask(0077);
	if (*s->history_path)
		history(s->history, &ev, H_SAVE, s->history_path);
	umask(before);
	history_end(s->history);
}

void editor_remember(struct shell *s, const char *line)
{
	HistEvent ev;
	history(s->history, &ev, H_ENTER, line);
}

/* --- libedit --- */

/* The program may be a login shell, so no key may start another program or give access to files. libedit's
 * ed-command, which could bind every other function, is only on Meta-x and is removed here. vi's keys, which
 * include an editor on v, are never chosen, since neither ~/.editrc nor EDITRC is read (el_source is not
 * called). */
static void bind_keys(EditLine *el)
{
	el_set(el, EL_EDITOR, "emacs");
	el_set(el, EL_BIND, "-r", "^[x", NULL);
	el_set(el, EL_BIND, "-r", "^[X", NULL);
	el_set(el, EL_ADDFN, "sealpost-complete", "Completes the word", completion_on_tab);
	el_set(el, EL_BIND, "^I", "sealpost-complete", NULL);
	el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
}

void editor_open(struct shell *s)
{
	open_history(s);
	s->el = el_init("sealpost", stdin, stdout, stderr);
	el_set(s->el, EL_CLIENTDATA, s);
	el_set(s->el, EL_PROMPT, prompt);
	el_set(s->el, EL_SIGNAL, 0); /* keys_next handles signals */
	el_set(s->el, EL_HIST, history, s->history);
	el_set(s->el, EL_GETCFN, get_char);
	/* keys_next has to see CR and LF unchanged */
	el_set(s->el, EL_SETTY, "-d", "-icrnl", "-inlcr", NULL);
	bind_keys(s->el);
	/* By default libedit lets the terminal's driver read lines between its own lines and while it prints
	 * its prompt. Bytes typed at that time would be echoed twice, and Ctrl-D would become a NUL. */
	el_set(s->el, EL_PREP_TERM, 1);
}

void editor_close(struct shell *s)
{
	el_end(s->el);
	close_history(s);
}

const char *editor_line(struct shell *s, size_t *len)
{
	int n = 0;
	s->is_editing = 1;
	const char *line = el_gets(s->el, &n);
	s->is_editing = 0;
	el_set(s->el, EL_PREP_TERM, 1);
	*len = n > 0 ? (size_t)n : 0;
	return line && n > 0 ? line : NULL;
}

void editor_release(struct shell *s)
{
	el_set(s->el, EL_PREP_TERM, 0);
}

void editor_resume(struct shell *s)
{
	el_set(s->el, EL_PREP_TERM, 1);
	el_resize(s->el);
	if (!s->is_editing)
		return;
	printf("%s%s", *s->screen.clear_line ? "\r" : "\n", s->screen.clear_line);
	el_set(s->el, EL_REFRESH);
}
