/* SPDX-License-Identifier: MIT */
/* clang-format off */
/* shell: a session at a terminal, with a person or a program. Its files are:
 *
 * - cli_shell.c: sends lines to the agent, and its answers to the screen
 * - cli_keys.c: the bytes of the terminal, and signals
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
	char prompt[16];             /* the text before the input line */
	int signals;                 /* a signalfd, see src/cli/cli_keys.c */
	struct screen screen;
	int after_cr;   /* the last byte was a CR: a following LF belongs to it */
	int is_quiet;   /* 1: after "echo off": only answers are written */
	int is_editing; /* libedit shows a line that is being typed */
	int gives_up;   /* Ctrl-C was typed during an answer, and the agent was asked to end the command */
	int is_interrupted; /* Ctrl-C was typed: the line or body that is being typed is dropped */
	int in_body;        /* lines belong to a body, until one with only "." */
	char *held;         /* the line to which the body belongs */
	int is_closed;      /* 1: the session ends */
	int is_lost;        /* 1: the agent closed the connection without a "bye" of the user */
};

/* --- shell --- */

/* Sends the line of len bytes (with its LF), shows feedback and log lines that arrive meanwhile, and waits
 * for the answer, which is borrowed. Returns -1 if the session ends. */
int cli_shell_ask(struct shell *s, const char *line, size_t len, struct ctl_block *ret);
/* Shows the feedback and log lines that have been received. */
void cli_shell_show_pushed(struct shell *s);

/* --- keys --- */

/* Blocks the signals that a terminal sends, so that they can be read from s->signals. Returns 0 or -1. */
int keys_open(struct shell *s);
/* Waits for the next typed byte; of a CRLF only the CR is returned. Meanwhile feedback and log lines are
 * shown and signals are handled. Returns 1; 0 if the session has ended (is_closed) or Ctrl-C was typed
 * (is_interrupted). */
int keys_next(struct shell *s, unsigned char *ret);
/* Handles a pending signal, if any: ends, interrupts, stops, or redraws. */
void keys_take_signal(struct shell *s);

/* --- editor --- */

void editor_open(struct shell *s);
/* Saves the history and restores the terminal's mode. */
void editor_close(struct shell *s);
/* Returns a line with its LF, borrowed; NULL without a line, because of is_closed, is_interrupted, or
 * Ctrl-D. */
const char *editor_line(struct shell *s, size_t *len);
/* Adds the line to the history. */
void editor_remember(struct shell *s, const char *line);
/* editor_release restores the terminal's mode for other programs. editor_resume sets the editor's mode again
 * and redraws the input line. */
void editor_release(struct shell *s);
void editor_resume(struct shell *s);

/* --- completion --- */

/* The function that libedit calls on Tab. */
unsigned char completion_on_tab(EditLine *el, int ch);

#endif
