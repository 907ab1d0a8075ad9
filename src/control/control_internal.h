/* SPDX-License-Identifier: MIT */
/* control_internal: the sessions of the control socket, and what the files of this component share.
 *
 * A session is one connection. It cuts bytes into lines, runs lines as commands, writes the answers in the
 * order of the lines, and writes feedback and log lines between two answers.
 *
 * A line ends in LF, CRLF or CR alone. "{N}" on a line announces N bytes: a command's line and its body, or,
 * where a session waits for a body, the body alone. A body that is typed line by line ends in a line with
 * only "."; a line with only the byte CAN (0x18) cancels the command. A program may ask for framing
 * (xPreferences framing on). It adds lines that begin with SESSION_MARK, which docs/terminal.md, "For
 * programs", lists: at the end of an answer, at the end of a block of feedback or log lines, where the
 * session waits for a body, and at the end of the session. If a connection ends without the last of these,
 * some output is missing. */
#ifndef CONTROL_CONTROL_INTERNAL_H
#define CONTROL_CONTROL_INTERNAL_H

#include "base/buf.h"
#include "base/episode.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/command_set.h"
#include "control/control.h"
#include "doc/doc.h"
#include "doc/doc_path.h"
#include "loop/loop.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The byte 0x1e, with which the lines of framing begin (docs/terminal.md, "For programs"). */
#define SESSION_MARK "\036"

enum { SESSION_EXPRESSIONS_MAX = 50, SESSION_IN_FLIGHT_MAX = 1024 };

/* What the next bytes of input are. */
enum session_input {
	INPUT_LINE,         /* a line, or the rest of one */
	INPUT_BODY,         /* lines of a body, up to one with only "." */
	INPUT_COUNTED,      /* `counted` bytes: a command's line and its body */
	INPUT_COUNTED_BODY, /* `counted` bytes: the body of the line in `held` */
	INPUT_SKIP_LINE,    /* the rest of a line that is too long */
	INPUT_SKIP_BODY,    /* the rest of a body that is too long */
	INPUT_SKIP_COUNTED, /* `counted` bytes of a command that is too long */
};

/* A command that the session has begun; the answers are written in the order of the requests. */
struct request {
	struct request *next;
	struct command *command;
	unsigned long number; /* of the input line in which it began, from 1 */
};

struct session_expression {
	char *text;      /* the expression as it was typed, which List shows: status/audio */
	char *canonical; /* the expression as it was understood: Status/audio */
	/* in output mode "typed": the resultId of the line that registered the expression; NULL: there was
	 * none. The expression's changes are written with this resultId, in a block of their own. */
	char *tag;
	struct doc_path path;
};

struct session {
	struct session *next;
	struct control *control;
	int fd; /* the connection; -1 once the session is dropped */
	struct loop_watch *watch;
	/* armed when answers, commands or output can go on in the next turn of the loop */
	struct loop_timer *work;
	unsigned roles;
	uid_t uid; /* user id of the connected process */
	/* whom audit lines name: the connected process, or the person who has logged in on this connection */
	struct audit_who who;
	/* in a session of sealpost-web: the session of the person who has logged in; NULL: no one has */
	struct accounts_session *person;
	/* `out` has held an answer with secrets: it is wiped when it has been written */
	int has_secrets;

	/* Input. */
	enum session_input input;
	struct buf in;
	size_t in_at;   /* bytes of `in` that are consumed */
	size_t in_seen; /* bytes of `in` that have been searched for the end of a line */
	int after_cr;   /* a CR ended the last line: an LF that follows belongs to it */
	size_t counted;
	int64_t body_begun_ms; /* when the body that is not complete yet was announced */
	char *held;            /* the line whose body is not complete yet, owned; NULL: there is none */
	struct buf body;
	unsigned long number, held_number; /* number of the last input line; number of the line in `held` */
	int must_wait; /* no command is begun until all answers are complete, or the client has read them */
	int eof;       /* the client sends no more */

	/* Commands and their answers. */
	struct request *first, *last; /* requests without a complete answer, in order */
	size_t in_flight;             /* the number of these requests */
	int running;                  /* a command's function is being called */
	struct answer *answer; /* prints the answer to the first command; NULL: no answer is being written */
	size_t answer_size;    /* bytes of memory that its document takes */

	/* Output. */
	struct buf out;     /* bytes that are to be written */
	size_t out_at;      /* bytes of `out` that have been written */
	struct buf pushed;  /* feedback and log lines that wait for the end of the answer */
	int64_t stalled_ms; /* when the client stopped reading; -1: it reads */
	int64_t active_ms;  /* when its last input came, or its last answer was complete */

	int64_t turn_ends_ms; /* by monotonic_ms: when other sessions get their turn */

	/* What the client has chosen. */
	enum output_mode mode;
	int echo, framing, stop_on_error, hides_urls, log;
	int publishes; /* the client has published, so it is software of the device and not a person */
	struct session_expression *expressions; /* room for SESSION_EXPRESSIONS_MAX; NULL: there are none */
	size_t n_expressions;

	/* Its end. */
	int closing;       /* no more input is taken; the session ends when all is answered and written */
	int is_broken_off; /* the input has ended within a line or a body */
	int end_is_marked; /* framing: the last mark is in `out` */
	int dead;          /* control frees it in the next turn of the loop */
	const char *why;   /* why the session was dropped, static; NULL: it ended normally */
};

struct control {
	struct agent *agent;
	struct loop *loop;
	char *path;  /* of the socket */
	int fd;      /* the listening socket */
	int is_kept; /* fd is handed on to the next control (control_options) */
	struct loop_watch *watch;
	/* armed when a session has to be checked, or the next connection may be accepted */
	struct loop_timer *check;
	/* the last connection could not be accepted, since the process had no file descriptor left */
	int lacks_descriptors;
	struct loop_timer *free_dropped; /* armed when there are dropped sessions */
	struct agent_listener *listener;
	/* the groups of administrators and of publishers; (gid_t)-1: the system has no such group */
	gid_t admins, publishers;
	uid_t web;      /* the user of sealpost-web; (uid_t)-1: it has not connected yet */
	char *web_name; /* that user's name; NULL: none was given */
	struct session *sessions;
	size_t n_log; /* number of sessions that follow the log */
	/* connections that were refused since the last log line about a refusal, and the one in that line */
	size_t refused;
	int64_t refused_ms; /* when that log line was written */
	/* decide how often it is logged that sessions are refused, that they are closed, that none can be
	 * accepted, and that they register expressions that name no document */
	struct episode refusals, closings, descriptors, strays;
	struct command_set *commands;
	struct loop_timer *restart;        /* armed when the agent is to be restarted */
	const struct session *restart_for; /* the session that asked for the restart; NULL: none did */
};

/* --- session.c --- */

/* Begins a session on fd, a connected, non-blocking stream socket, which the session closes. */
struct session *session_new(struct control *t, int fd, unsigned roles);
void session_free(struct session *s);
/* Ends the session at once: nothing more is read or written. It is freed in the next turn of the loop, and
 * `why` is logged then (static text; NULL: the session ended normally, and nothing is logged). */
void session_drop(struct session *s, const char *why);
/* As session_drop, but a client in terminal mode first gets a line that says why. */
void session_leave(struct session *s, const char *why);
/* As session_leave. If sealpost-web uses the session for a person, the last mark tells it that only that
 * person's session has ended, while the agent continues to run. */
void session_close(struct session *s, const char *why);
/* Writes a block of whole lines; if an answer is being written, the block follows after the answer. */
void session_push(struct session *s, const char *block, size_t len);
/* Writes the part of the change that the session's expressions select. */
void session_on_change(struct session *s, const struct doc *change);
/* Returns the session in which a command was typed. Only for commands of session_verbs, which cannot be run
 * without a session. */
struct session *session_from(const struct command *c);
/* Called when a command of the session (arg) is complete: its answer is written in the next turn of the loop,
 * or when the command's function has returned. */
void session_on_answer(void *arg);
/* Ends the session if its client does not read, if a body is not complete in time, or if nothing has been
 * typed for inactivity_ms (0: no limit). Returns the loop time of the next check; INT64_MAX: no check is
 * needed before the session's state changes. */
int64_t session_check(struct session *s, int64_t inactivity_ms);

/* --- control.c --- */

/* Checks all sessions, and arms the timer for the next check. */
void control_check(struct control *t);
/* Frees dropped sessions in the next turn of the loop. */
void control_free_dropped(struct control *t);
/* Restarts the agent when this session has ended, or after a second, so that its client can read the answer
 * first. s NULL: no session asked for the restart, and it happens at once. */
void control_restart(struct control *t, const struct session *s);

/* --- control_login.c --- */

void login_run(struct command *c);     /* xLogin */
void login_web_run(struct command *c); /* xWeb */
/* To be called before a session is freed. */
void login_end(struct session *s);

/* --- the verbs --- */

/* The verbs that need a session, as command_set_options takes them. */
extern const struct verb session_verbs[];
void subscriptions_run(struct command *c); /* xFeedback */
/* Removes all expressions of the session: no changes are written to it any more. */
void subscriptions_drop_all(struct session *s);
void syslog_run(struct command *c);
/* Begins to write log lines to the session (want 1), or ends it (0). */
void syslog_follow(struct control *t, struct session *s, int want);

#endif
