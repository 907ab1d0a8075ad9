/* SPDX-License-Identifier: MIT */
/* shell.h: a session at a terminal, of a person or a program, with what its files share.
 *
 * - cli_shell.c: sends lines to the agent, and its answers to the screen
 * - keys.c: the bytes of the terminal, and signals
 * - editor.c: libedit, with editing and history
 * - completion.c: the Tab key, from the agent's own rows
 * - screen.c: what the terminal can do */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include "base/buf.h"
#include "ctl/ctl.h"
#include "screen.h"

#include <histedit.h>
#include <limits.h>

struct shell {
	const struct cli_options *o;
	struct ctl ctl;
	EditLine *el; /* keeps the terminal in its raw mode from editor_open to editor_close */
	History *history;
	char history_path[PATH_MAX]; /* "": no history is kept */
	char prompt[16];             /* the text before the line that is being typed */
	int signals;                 /* a signalfd, see src/cli/keys.c */
	struct screen screen;
	int after_cr;       /* the last byte was a CR: an LF that comes next belongs to it */
	int is_quiet;       /* after "echo off": nothing but answers is written */
	int is_editing;     /* libedit shows a line that is being typed */
	int gives_up;       /* Ctrl-C was typed while an answer was awaited, and the agent has been told */
	int is_interrupted; /* Ctrl-C was typed: the line or body that is being typed is dropped */
	int in_body;        /* lines belong to a body, until one with only "." */
	char *held;         /* the line that the body belongs to */
	int is_closed;      /* the session ends */
	int is_lost;        /* the agent went, the person did not say bye */
};

/* --- shell --- */

/* Sends the line of len bytes, LF included, waits for its answer, which is borrowed, and shows what is
 * pushed meanwhile. -1: the session ends. */
int cli_shell_ask(struct shell *s, const char *line, size_t len, struct ctl_block *ret);
/* Shows what the agent has pushed and what has been received of it. */
void cli_shell_show_pushed(struct shell *s);

/* --- keys --- */

/* Blocks the signals that a terminal sends, so that they can be read from s->signals. Returns 0 or -1. */
int keys_open(struct shell *s);
/* Waits for the next typed byte; of a CRLF only the CR is returned. Meanwhile feedback and log lines are
 * shown and signals are handled. Returns 1; 0 if the session has ended (is_closed) or Ctrl-C was typed
 * (is_interrupted). */
int keys_next(struct shell *s, unsigned char *ret);
/* Handles a signal that has come, if any: ends, interrupts, stops, or redraws. */
void keys_take_signal(struct shell *s);

/* --- editor --- */

void editor_open(struct shell *s);
/* Saves the history and restores the terminal's mode. */
void editor_close(struct shell *s);
/* Returns a line with its LF, borrowed; NULL if there is none, because of is_closed, is_interrupted, or
 * Ctrl-D. */
const char *editor_line(struct shell *s, size_t *len);
/* Adds the line to the history. */
void editor_remember(struct shell *s, const char *line);
/* Restores the terminal's mode for other programs; and takes the terminal again and redraws the line that is
 * being typed. */
void editor_release(struct shell *s);
void editor_resume(struct shell *s);

/* --- completion --- */

/* The function that libedit calls on Tab. */
unsigned char completion_on_tab(EditLine *el, int ch);

#endif
