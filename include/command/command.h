/* SPDX-License-Identifier: MIT */
/* command: one thing that somebody asked the agent for, the rows that say what can be asked for, and the
 * answer.
 *
 * A command does not know whether a session, the external manager or a document asked for it: struct
 * command_caller says what it may do and is told when the answer is complete. One row is parser, abbreviation
 * matcher, help, completion and documentation. A row's function fills the answer and ends it (command_done
 * and the functions beside it) exactly once, at once or later. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "agent/agent.h"
#include "base/buf.h"
#include "base/err.h"
#include "command/line.h"
#include "doc/doc.h"
#include "schema/value.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sysexits.h>

/* Bytes: the longest body that a command takes, and the longest answer that is built as text. */
enum { COMMAND_BODY_MAX = 4 << 20, COMMAND_TEXT_MAX = 4 << 20 };

/* What a caller may do (docs/terminal.md); a caller may have several roles. */
enum { ROLE_USER = 1, ROLE_PUBLISHER = 2, ROLE_ADMIN = 4 };

enum { PARAM_REQUIRED = 1 };
struct command_param { /* constant data; a list ends at name NULL */
	const char *name;
	struct schema_value value;
	const char *fallback; /* the default; NULL: none */
	const char *help;
	unsigned flags;
	unsigned many; /* how often it may be given; 0: once */
};

enum {
	COMMAND_MULTILINE = 1,  /* a body follows, ended by a line with only "." or given by {length} */
	COMMAND_OLD_FORM = 2,   /* answers end in *r/end, as systems before TC6 do (wire-formats.md 4.3) */
	COMMAND_OLDER_NAME = 4, /* an older system's spelling: understood and documented, not listed by ? */
};

struct command;

struct command_row {      /* constant data */
	const char *path; /* "HttpFeedback Register" */
	const char *help; /* one sentence */
	const struct command_param *params;
	unsigned access; /* the role that it needs */
	unsigned flags;
	void (*run)(struct command *c);
	int arg; /* for run, where several rows share one function: its own meaning */
};

/* The first word of a line. */
enum {
	VERB_HIDDEN = 1,    /* for programs: only by its whole name, not listed */
	VERB_PIPELINED = 2, /* several may be under way at once */
	VERB_TAKES_BODY = 4,
};
struct verb { /* constant data; a table ends at name NULL */
	const char *name;
	const char *usage;   /* how it is used, a line each */
	const char *phrases; /* for completion, where no rows say it: "list root|list cert" */
	unsigned access;
	unsigned flags;
	void (*run)(struct command *c);
	void (*help)(struct command *c); /* for ? and ??; NULL: prints usage */
};

/* How answers are written: as terminal lines, as XML, as JSON whose values are objects of strings, or as JSON
 * with typed values, as codecs give it over WebSocket (docs/terminal.md). */
enum output_mode { OUTPUT_TERMINAL, OUTPUT_XML, OUTPUT_JSON, OUTPUT_TYPED };

/* What the answer holds, and where the output mode makes a difference, which. */
enum answer_kind {
	ANSWER_OK,     /* nothing to say */
	ANSWER_TREE,   /* doc is a Status, Configuration or Event document to show */
	ANSWER_RESULT, /* doc is the result of a command; text is shown behind it at the terminal */
	/* doc is Result, Status, Configuration or ...Result with Reason, XPath, Hint; text is shown before it
	 */
	ANSWER_FAILED,
	ANSWER_UNSET, /* doc is a Configuration document whose one leaf was not set; text says why */
	ANSWER_TEXT,  /* text is lines */
	ANSWER_MODE,  /* the output mode has changed: OK, but nothing at all in JSON (xPreferences) */
	ANSWER_LIST,  /* text is lines in every output mode, and ends as documents do (xFeedback List) */
	ANSWER_JSON,  /* doc, or text, the members of an object, as JSON in every output mode (xDocument) */
	ANSWER_DOCUMENT, /* doc in XML in every output mode but Typed (xGetxml) */
	ANSWER_BATCH,    /* the same without numbers on all elements (xPutxml) */
	ANSWER_BARE,     /* OK alone (xPublish) */
	ANSWER_SILENT,   /* nothing at all: an empty line, a comment */
};

struct command_arg {
	const struct command_param *param;
	uint32_t index; /* of Expression[2]:; 0 if none was given */
	char *value;    /* canonical */
};

/* Who runs the command, and whom to call when its answer is complete. */
struct command_caller {
	unsigned roles;
	uid_t uid;
	enum output_mode mode; /* that the caller reads; few commands answer differently by it */
	/* The answer is complete. It may be called while the command's function is still running, which may
	 * still add to the answer: the callee reads and frees the command later, in another turn of the loop.
	 */
	void (*done)(void *arg);
	void *arg;
};

struct command_set;

struct command {
	struct command_set *set;
	struct command_caller by;
	const struct verb *verb;       /* NULL: it came as a document */
	const struct command_row *row; /* of an xCommand, once it is known */
	struct line line;
	const char *body; /* multi-line body, followed by a NUL; borrowed, valid until run returns */
	size_t body_len;
	struct command_arg *args; /* checked, in the order of the line */
	size_t n_args;

	/* The caller has gone: ends the work that run has begun, after which the command is not ended any
	 * more. NULL: there is none. */
	void (*forget)(struct command *c);
	void *work; /* what run has begun and forget ends; its own */

	int done;
	int status; /* sysexits */
	int secret; /* the line held a secret: it belongs in no history */
	int boots;  /* whoever delivers the answer starts the agent anew afterwards */
	enum answer_kind kind;
	struct doc *doc;
	struct buf text;
};

/* A command without any words yet. Yours to command_free. */
struct command *command_new(struct command_set *set, const struct command_caller *by);
/* Ends its work if it has not been answered, wipes its values, frees it. NULL is fine. */
void command_free(struct command *c);
struct agent *command_agent(const struct command *c);

/* A parameter's value, its default, or NULL; by name as the row has it. Borrowed. */
const char *command_arg(const struct command *c, const char *name);
/* The same of a number, 0 if it was not given and has no default. */
int64_t command_arg_number(const struct command *c, const char *name);
/* Has the parameter this value, or the default that is this value? */
int command_arg_is(const struct command *c, const char *name, const char *value);
/* All values of a repeated parameter: at most max of them into list; returns their number. */
size_t command_arg_all(const struct command *c, const char *name, const char **list, size_t max);
/* The result node, to be filled: made at the first call. */
struct doc *command_result(struct command *c);

/* The end: kind, doc and text stand. */
void command_finish(struct command *c, int status);
/* The end. e NULL or of ERR_NONE: OK. Else the answer is an error with e->text as its Reason and a status by
 * kind. */
void command_done(struct command *c, const struct err *e);
/* The end: an error in the words of wire-formats.md 4.2. root: "Result", "Status", "Configuration", or a
 * result's name; xpath and hint may be NULL. */
struct command_failure {
	int status;
	const char *root, *reason, *xpath, *hint;
};
void command_fail(struct command *c, const struct command_failure *f);
/* The end: there is no command of that path; words are as command_place used them. */
void command_not_found(struct command *c, const struct line_word *words, size_t used, const struct err *e);
/* The end: an error with this sentence and nothing else. */
void command_refuse(struct command *c, int status, const char *reason);
/* The end: the path selects nothing in the document of that root. */
void command_no_match(struct command *c, const char *root, const char *path, const char *hint);
/* The end: the caller's roles do not allow it. */
void command_denied(struct command *c);
/* The end: a missing or illegal parameter of a command. */
void command_parameter_error(struct command *c, const char *reason);

/* xCommand: finds the row of the parsed line, checks the parameters, runs. */
void command_run(struct command *c);
/* The same for a command that came as a document: params has a child for each parameter, and one named body.
 * Names of parameters and their values are checked as a line's are. The document is borrowed until the call
 * returns. */
void command_run_document(struct command *c, const struct command_row *row, const struct doc *params);
/* Walks the words down a tree of commands as far as they are its path: *used of them. NULL: *e says why, the
 * last one used is the word that is not understood. */
const struct doc *command_place(const struct doc *tree, const struct line_word *words, size_t n, size_t *used,
				struct err *e);
/* The parameter of that name, or of a unique beginning, in any case. */
const struct command_param *command_param(const struct command_row *row, const char *name);
/* Does the line (a copy: it is cut up) ask for a command that takes a body? The body is read before anything
 * is checked. */
int command_wants_body(const struct command_set *set, struct line *l);

#endif
