/* SPDX-License-Identifier: MIT */
/* session: one connection: bytes to lines, lines to commands, answers in order, pushes between them.
 *
 * Lines end in LF, CRLF or CR alone. "{N}" on a line says that the next N bytes are a command line and its
 * body; where a body is awaited, that they are the body. A body that is typed line by line ends in a line
 * with only "."; one with only the byte CAN (0x18) gives it and its command up. Programs may ask for framing
 * (xPreferences framing on): every answer then ends in a line of the byte 0x1e, the status by sysexits, a
 * blank and the number of the input line (and " secret" when it held a secret); pushed blocks end in 0x1e
 * '-'; 0x1e '>' says that a body is awaited; 0x1e '.' and a status end a session that was answered to its
 * end, 65 when the input broke off in the middle of a command. A connection that ends without it has lost
 * something. Framing adds these lines and changes nothing else. */
#ifndef SESSION_H
#define SESSION_H

#include "command/answer.h"
#include "base/buf.h"
#include "command/command.h"
#include "doc/doc.h"
#include "doc/path.h"
#include "loop/loop.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct control;

enum { SESSION_EXPRESSIONS_MAX = 50, SESSION_IN_FLIGHT_MAX = 1024 };

enum session_input {
	INPUT_LINE,         /* at the beginning of a line, or in it */
	INPUT_BODY,         /* lines up to one with only "." */
	INPUT_COUNTED,      /* `counted` bytes: a command's line and its body */
	INPUT_COUNTED_BODY, /* `counted` bytes: the body of the line that is held */
	INPUT_SKIP_LINE,    /* a line that was too long */
	INPUT_SKIP_BODY,    /* a body that was too long */
	INPUT_SKIP_COUNTED,
};

/* A command that the session has begun; the answers go out in the order of the requests. */
struct request {
	struct request *next;
	struct command *command;
	unsigned long number; /* of the input line that it began in, from 1 */
};

struct session_expression {
	char *text;      /* as it was typed and is listed: status/audio */
	char *canonical; /* what it means: Status/audio */
	struct doc_path path;
};

struct session {
	struct session *next;
	struct control *control;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *work; /* something is to be done in the next turn */
	unsigned roles;
	uid_t uid;
	pid_t pid; /* who connected */

	enum session_input input;
	struct buf in;
	size_t in_at, in_seen; /* consumed; searched for the end of the line */
	int after_cr;          /* a CR ended the last line: an LF that comes next belongs to it */
	size_t counted;
	int64_t body_begun_ms; /* of the body that is awaited */
	char *held;            /* the line whose body is awaited */
	struct buf body;
	unsigned long number, held_number;

	struct request *first, *last; /* begun and not yet answered, in order */
	struct answer
		*answer;    /* of the first, which is finished, as far as it is written; NULL: nothing is */
	size_t answer_size; /* memory that it takes while it is written */
	struct buf pushed;  /* blocks that wait for its end */
	size_t in_flight;
	int running; /* a command's function is on the stack */

	struct buf out;
	size_t out_at;
	int64_t stalled_ms; /* since when nothing could be written; -1: all is well */
	int64_t active_ms;  /* of its last input or answer */

	enum output_mode mode;
	int echo, framing, stop_on_error, log;
	int publishes; /* software of the device, not a person */
	int blocked;   /* the next line has to wait for answers or for the reader */
	int eof;
	int closing;     /* no more input is taken; ends when all is answered and written */
	int parted;      /* the last mark is written */
	int dead;        /* to be freed by control */
	const char *why; /* it was dropped; NULL: it ended by itself */
	struct session_expression
		*expressions; /* room for SESSION_EXPRESSIONS_MAX, NULL while there are none */
	size_t n_expressions;
};

/* subscriptions.c: the session is told of no changes any more. */
void subscriptions_drop_all(struct session *s);
/* Takes fd (a connected stream socket, not blocking). */
struct session *session_new(struct control *t, int fd, unsigned roles);
void session_free(struct session *s);
/* Cut at once: nothing more is read or written. The terminal frees it in the next turn and logs why (static
 * text, NULL for an end in order). */
void session_drop(struct session *s, const char *why);
/* The same, and who reads is told why in a line. */
void session_close(struct session *s, const char *why);

/* A whole block of lines, written between two answers. */
void session_push(struct session *s, const char *block, size_t len);
/* A change that some of its expressions may want. */
void session_on_change(struct session *s, const struct doc *change);
/* The session that this command, which one of control's verbs runs, came from. */
struct session *session_from(const struct command *c);
/* A command of the session (arg) is complete: answers go out in the next turn, or when the function that runs
 * has returned. */
void session_on_answer(void *arg);
/* Drops it if its client has stopped reading, closes it if nothing has come for inactivity_ms (0: for ever).
 * Returns when to look again, INT64_MAX: never, until something happens. */
int64_t session_check(struct session *s, int64_t inactivity_ms);

#endif
