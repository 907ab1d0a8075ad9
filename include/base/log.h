/* SPDX-License-Identifier: MIT */
/* log: writes log lines to syslog's socket, in RFC 3164's local form. No other file knows syslog, and no
 * other file has mutable state at file scope. Layers from 2' on call it; lower layers return errors.
 *
 * It never blocks: when syslog's socket or standard error does not take a line, the line is counted, and the
 * next one that goes through there is preceded by "N log lines were lost". Invisible characters are escaped
 * as text_show does (base/text.h), so that text from outside cannot forge a line. The caller puts text from
 * outside in quotes. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"
#include "base/log_kind.h"

#include <stddef.h>
#include <stdint.h>

/* RFC 5424 section 6.2.1. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

struct log_options {
	const char *name;   /* program name in the line, copied */
	const char *socket; /* syslog's socket, datagram or stream; NULL: /dev/log */
	/* the journal's socket, which gets the lines in its native protocol; lines that cannot be sent there
	 * go to syslog. NULL: there is none */
	const char *journal;
	/* 1: writes to standard error as well; if syslog does not listen, lines are written there in any
	 * case */
	int to_stderr;
};

/* Opens the log. Before that, lines go to standard error only. May be called again. If the socket does not
 * exist, each line tries it again. */
void log_open(const struct log_options *o);
void log_close(void);

/* log_set_level: lines that are less important than level are not written. log_set_facility: takes syslog's
 * name ("daemon", "local0"); returns -1 if it is unknown. log_set_audit_facility: the same for audit lines
 * alone; "Same": they have the facility of all others. */
void log_set_level(enum log_level level);
int log_set_facility(const char *name);
int log_set_audit_facility(const char *name);

/* Returns 1 if the last line was written to standard error, too. */
int log_was_on_stderr(void);

/* Calls fn(arg, level, line) for each line after it has been written, from now on. fn NULL ends that. fn must
 * not log. */
void log_set_tap(void (*fn)(void *arg, enum log_level level, const char *line), void *arg);

/* Writes one line of at most about 2,000 bytes (longer ones are cut and end in "..."). */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Writes each line of the text as a line of its own, with "WHO: " before it. */
void log_lines(enum log_level level, const char *who, const char *text);

/* The subject of a line, for programs that read the log. All texts are borrowed for the call; NULL: there is
 * none. */
struct log_about {
	enum log_kind kind;
	const char *service; /* "HttpFeedback 1" */
	const char *host;    /* the server */
	const char *result;  /* of verification: "20=UNABLE_TO_GET_ISSUER_CERT_LOCALLY" */
};
/* As log_line, for a line whose kind is known. Audit lines are written whatever the level is. */
void log_about(const struct log_about *about, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A line that has been written; borrowed for the call. */
struct log_record {
	int facility; /* syslog's number */
	enum log_level level;
	const struct log_about *about;
	const char *text;
};
/* Calls fn(arg, record) for each line after it has been written, from now on, so that it can be sent
 * elsewhere. fn NULL ends that. fn must not log. */
void log_set_forward(void (*fn)(void *arg, const struct log_record *r), void *arg);

/* The last lines that were written, in memory. */
enum { LOG_KEPT_MAX = 500 };
struct log_kept {
	int64_t at; /* when it was written, by the system's clock, in Unix seconds */
	enum log_level level;
	enum log_kind kind;
	char *text;
};
/* Returns one of the last lines: back 0 is the newest, 1 the one before; NULL: there are no more. Borrowed
 * until the next line is written. */
const struct log_kept *log_kept_at(size_t back);

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
