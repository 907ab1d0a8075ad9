/* SPDX-License-Identifier: MIT */
/* A session at a terminal, of a person or a program, as its files share it.
 *
 *   cli_shell    lines to the agent, answers to the screen
 *   keys         bytes of the terminal, and signals
 *   editor       libedit: editing, history
 *   completion   Tab, from the agent's own rows
 *   screen       what the terminal can do */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include "base/buf.h"
#include "ctl/ctl.h"
#include "screen.h"

#include <histedit.h>
#include <limits.h>

struct shell {
	struct ctl ctl;
	EditLine *el; /* keeps the terminal in its raw mode from editor_open to editor_close */
	History *history;
	char history_path[PATH_MAX]; /* "" when it is not kept */
	char prompt[16];             /* what stands before the line that is typed */
	int signals;                 /* a signalfd, see keys.c */
	struct screen screen;
	int after_cr;       /* the last byte was a CR: an LF that comes next belongs to it */
	int is_quiet;       /* after "echo off": nothing but answers is written */
	int is_editing;     /* libedit shows a line that is being typed */
	int is_interrupted; /* by Ctrl-C: the line or body that is being typed is given up */
	int in_body;        /* lines go to a body until one with only "." */
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

/* Blocks the signals that a terminal sends, so that they come through s->signals. 0 or -1. */
int keys_open(struct shell *s);
/* The next byte that was typed; a CRLF comes as a CR alone. Meanwhile pushed blocks are shown and signals
 * carried out. 1; 0 when none comes because the session ended (is_closed) or the line is given up
 * (is_interrupted). */
int keys_next(struct shell *s, unsigned char *ret);
/* Carries out a signal that has come, if one has: ends, interrupts, stops, or redraws. */
void keys_take_signal(struct shell *s);

/* --- editor --- */

void editor_open(struct shell *s);
/* Saves the history; the terminal is as it was before. */
void editor_close(struct shell *s);
/* A line with its LF, borrowed; NULL when there is none: is_closed, is_interrupted, or the person's end of
 * input. */
const char *editor_line(struct shell *s, size_t *len);
/* The line is kept in the history. */
void editor_remember(struct shell *s, const char *line);
/* Gives the terminal back to whoever had it, and takes it again, drawing the line that is being typed
 * anew. */
void editor_release(struct shell *s);
void editor_resume(struct shell *s);

/* --- completion --- */

/* libedit's function for Tab. */
unsigned char completion_on_tab(EditLine *el, int ch);

#endif
