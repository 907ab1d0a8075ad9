/* SPDX-License-Identifier: MIT */
/* command: one request to the agent with its answer, and the table rows that describe all commands.
 *
 * A command does not know whether a session, the external manager or a document asked for it: struct
 * command_caller has the caller's rights, and its done is called when the answer is complete. Parsing,
 * abbreviations, help, completion and documentation of a command all come from its one row. A row's function
 * fills the answer and finishes the command (command_done and the functions beside it) exactly once, at once
 * or later. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "agent/agent.h"
#include "audit/audit.h"
#include "base/buf.h"
#include "base/err.h"
#include "command/line.h"
#include "doc/doc.h"
#include "schema/value.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sysexits.h>

/* The longest body that a command accepts, and the longest answer that is built as text, in bytes. */
enum { COMMAND_BODY_MAX = 4 << 20, COMMAND_TEXT_MAX = 4 << 20 };

/* The status of a command that was carried out and found a fault. The answer is a result like any other, with
 * OK; a program that runs a single command exits with this status. sysexits.h does not use this number. */
enum { COMMAND_FOUND_FAULT = 1 };

/* Roles of a caller (docs/terminal.md); a caller may have several. ROLE_WEB is the role of sealpost-web until
 * somebody logs in through it: with it the caller may only ask for sealpost-web's settings and log somebody
 * in. */
enum { ROLE_USER = 1, ROLE_PUBLISHER = 2, ROLE_ADMIN = 4, ROLE_WEB = 8 };

enum { PARAM_REQUIRED = 1 };
struct command_param { /* constant data; a list ends at name NULL */
	const char *name;
	struct schema_value value;
	const char *default_text; /* the default value; NULL: there is none */
	const char *help;
	unsigned flags;
	unsigned many; /* how many times the parameter may be given; 0 means once */
};

enum {
	/* a body follows: it ends at a line with only ".", or has the length that {N} announced */
	COMMAND_MULTILINE = 1,
	/* its answers end in *r/end, as on codecs with software before TC6 (wire-formats.md 4.3) */
	COMMAND_OLD_FORM = 2,
	/* the name of a command on an older system: understood and documented, but not listed by ? */
	COMMAND_OLDER_NAME = 4,
	/* an audit line is written when it was carried out, and when it was refused */
	COMMAND_AUDITED = 8,
	/* an audit line is written when it was refused; its changes get audit lines anyway (audit/audit.h) */
	COMMAND_AUDITED_REFUSAL = 16,
};

struct command;

struct command_row {      /* constant data */
	const char *path; /* "HttpFeedback Register" */
	const char *help; /* one sentence */
	const struct command_param *params;
	unsigned access; /* the role that the caller needs */
	unsigned flags;
	void (*run)(struct command *c);
	int arg; /* where several rows share one run: it reads c->row->arg, and gives it its meaning */
};

/* The first word of a line. */
enum {
	VERB_HIDDEN = 1,    /* for programs: it must be typed in full, and help does not list it */
	VERB_PIPELINED = 2, /* several commands of this verb may run at the same time */
	VERB_TAKES_BODY = 4,
};
struct verb { /* constant data; a table ends at name NULL */
	const char *name;
	const char *usage; /* how the verb is used: one or more lines of text */
	/* what can follow, for completion of a verb that has no rows: "list root|list cert" */
	const char *phrases;
	unsigned access;
	unsigned flags;
	void (*run)(struct command *c);
	void (*help)(struct command *c); /* called for ? and ??; NULL: usage is printed */
};

/* The form of answers: terminal lines, XML, JSON whose values are objects of strings, or JSON with typed
 * values, as video codecs send it over WebSocket (docs/terminal.md). */
enum output_mode { OUTPUT_TERMINAL, OUTPUT_XML, OUTPUT_JSON, OUTPUT_TYPED };

/* The contents of an answer, and its form in each output mode. */
enum answer_kind {
	ANSWER_OK,     /* the command succeeded: in XML and JSON modes, a document without contents */
	ANSWER_TREE,   /* doc is a Status, Configuration or Event document to show */
	ANSWER_RESULT, /* doc is the result of a command; in terminal mode, text is printed after it */
	/* doc's root is Result, Status, Configuration or ...Result, and holds Reason, XPath, Hint; in
	 * terminal mode, text is printed before it */
	ANSWER_FAILED,
	/* doc is a Configuration document with the one setting that was not changed; text says why */
	ANSWER_UNCHANGED,
	/* text is lines; in other modes than terminal mode, doc comes after them if there is one */
	ANSWER_TEXT,
	/* the output mode has been changed (xPreferences): the answer is OK; in JSON mode there is none */
	ANSWER_MODE,
	/* text is lines in every output mode, and the answer ends as a document's does (xFeedback List) */
	ANSWER_LIST,
	/* doc, or text (the members of a JSON object), is printed as JSON in every output mode (xDocument) */
	ANSWER_JSON,
	ANSWER_DOCUMENT, /* doc is printed as XML in every output mode but Typed (xGetxml) */
	ANSWER_BATCH,    /* as ANSWER_DOCUMENT, but elements have no item numbers (xPutxml) */
	ANSWER_BARE,     /* in every output mode a line OK, without a document (xPublish) */
	ANSWER_SILENT,   /* there is no answer: to an empty line or a comment */
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
	/* the origin of the settings that the command changes: SETTINGS_FROM_MANAGER for a command of the
	 * manager, any other value for one from the terminal */
	enum settings_origin origin;
	/* 1: a person who has logged in from the network, to whom no command gives a private key */
	int is_remote;
	/* 1: parts of URLs that may be secret are hidden, although the caller is an administrator, since
	 * the answers are for others */
	int hides_urls;
	struct audit_who who;  /* for the audit */
	enum output_mode mode; /* that the caller reads; only few commands look at it */
	/* The answer is complete. It may be called while the command's function is still running, which
	 * may still add to the answer: the callee reads and frees the command later, in another turn of
	 * the loop. */
	void (*done)(void *arg);
	void *arg;
};

struct command_set;

struct command {
	struct command_set *set;
	struct command_caller by;
	const struct verb *verb;       /* NULL: the command came as a document */
	const struct command_row *row; /* the row of an xCommand; NULL until it has been found */
	struct line line;
	const char *body; /* multi-line body, followed by a NUL; borrowed, valid until run returns */
	size_t body_len;
	struct command_arg *args; /* checked arguments, in the order of the line */
	size_t n_args;

	/* Called when the caller has gone: ends the work that run began, after which the command must not
	 * be finished any more. NULL: there is nothing to end. */
	void (*forget)(struct command *c);
	void *work; /* the work that run began and that forget ends; owned by these two functions */

	int done;
	int status; /* exit status, a number of sysexits.h */
	/* How an audit line about a refusal names the command, if it has no row: "setting Provisioning
	 * TlsVerify to \"Of\"". Owned; NULL: the refusal is audited only if a role is missing. */
	char *attempt;
	int is_audited; /* an audit line was written already */
	int secret;     /* the line held a secret, so the client must not keep it in its history */
	int restarts;   /* the agent is to be restarted once the answer has been delivered */
	enum answer_kind kind;
	struct doc *doc;
	struct buf text;
};

/* Returns a command without any words yet, for the caller to free with command_free. */
struct command *command_new(struct command_set *set, const struct command_caller *by);
/* Ends the command's work if it has not been answered, wipes its values and frees it. NULL is allowed. */
void command_free(struct command *c);
struct agent *command_agent(const struct command *c);
/* Returns 1 if the caller may not see the parts of URLs that may be secret. */
int command_hides_urls(const struct command *c);

/* Returns the value of the parameter with this name (as its row has it), or its default, or NULL.
 * Borrowed. */
const char *command_arg(const struct command *c, const char *name);
/* As command_arg, for a number; returns 0 if the parameter was not given and has no default. */
int64_t command_arg_number(const struct command *c, const char *name);
/* Returns 1 if the parameter (or, if it was not given, its default) has this value. */
int command_arg_is(const struct command *c, const char *name, const char *value);
/* Writes the values of a repeated parameter into list, at most max of them, and returns their number. */
size_t command_arg_all(const struct command *c, const char *name, const char **list, size_t max);
/* Returns the result's document, for the caller to fill; the first call makes it. */
struct doc *command_result(struct command *c);

/* Finishes the command: its kind, doc and text are complete. */
void command_finish(struct command *c, int status);
/* Finishes the command. If e is NULL or of kind ERR_NONE the answer is OK; otherwise it is an error with
 * e->text as its Reason and a status that follows from e->kind. */
void command_done(struct command *c, const struct err *e);
/* Finishes the command as command_done does; where e is no error, the status is COMMAND_FOUND_FAULT if the
 * leaf Outcome of the result is Fail. For commands that check something. */
void command_checked(struct command *c, const struct err *e);
/* The same when the command's work, which has called this, is over; arg is the command. */
void command_work_done(void *arg, const struct err *e);
void command_work_checked(void *arg, const struct err *e);
/* Finishes the command with an error as wire-formats.md 4.2 describes it. root: "Result", "Status",
 * "Configuration", or the name of a command's result; xpath and hint may be NULL. */
struct command_failure {
	int status;
	const char *root, *reason, *xpath, *hint;
};
void command_fail(struct command *c, const struct command_failure *f);
/* Finishes the command with an error: no command has this path; words and used are from command_place. */
void command_not_found(struct command *c, const struct line_word *words, size_t used, const struct err *e);
/* Finishes the command with an error that has only this sentence. */
void command_refuse(struct command *c, int status, const char *reason);
/* Finishes the command with an error: the path selects nothing in the document with this root. */
void command_no_match(struct command *c, const char *root, const char *path, const char *hint);
/* Finishes the command with an error: the caller's roles do not allow it. */
void command_denied(struct command *c);
/* Finishes the command with an error: a parameter is missing or has an illegal value. */
void command_parameter_error(struct command *c, const char *reason);

/* The verb xCommand: finds the row of the parsed line, checks the parameters, and calls the row's
 * function. */
void command_run(struct command *c);
/* As command_run, for a command that came as a document: params has a child for each parameter, and one named
 * body. Names of parameters and their values are checked as a line's are. The document is borrowed until
 * the call returns. */
void command_run_document(struct command *c, const struct command_row *row, const struct doc *params);
/* Follows the words down a tree of commands as long as they are part of a command's path, and returns the
 * node it comes to; *used is the number of words that it followed. Returns NULL if a word is not
 * understood: *e says why, and that word is the last of the *used ones. */
const struct doc *command_place(const struct doc *tree, const struct line_word *words, size_t n, size_t *used,
				struct err *e);
/* Returns the parameter with this name, or the only one whose name begins so; upper and lower case are the
 * same. */
const struct command_param *command_param(const struct command_row *row, const char *name);
/* Returns 1 if the line asks for a command that takes a body, since the body has to be read before anything
 * is checked. The line is changed, so it must be a copy. */
int command_wants_body(const struct command_set *set, struct line *l);

#endif
