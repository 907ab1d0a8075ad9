/* SPDX-License-Identifier: MIT */
/* log: one line per event, to syslog's socket, in RFC 3164's local form. The only file that knows syslog,
 * and the only one with mutable file-scope state. Called in layers 2' and up; lower layers return
 * errors.
 *
 * It never blocks: when syslog's socket or standard error does not take a line, the line is counted, and the
 * next one that goes through there is preceded by "N log lines were lost". What cannot be seen is written as
 * text_show does (base/text.h), so nobody outside can forge a line. Foreign text is quoted by who logs it. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

#include <stddef.h>

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
	int to_stderr; /* write to standard error as well; where no syslog listens, lines go there anyway */
};

/* Before it is called, lines go to standard error only. May be called again. A socket that is not there is
 * tried again at each line. */
void log_open(const struct log_options *o);
void log_close(void);

/* Lines above level are not made. Facility by its syslog name ("daemon", "local0"); -1 if unknown. */
void log_set_level(enum log_level level);
int log_set_facility(const char *name);

/* Someone who wants to see every line that is made: fn(arg, level, line) after it went out. NULL ends it.
 * fn must not log. */
void log_set_tap(void (*fn)(void *arg, enum log_level level, const char *line), void *arg);

/* One event, one line, at most about 2,000 bytes (longer ones are cut and end in "..."). */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
