/* SPDX-License-Identifier: MIT */
/* syslog_message: writes a log line in the format of RFC 5424. Private to logging. */
#ifndef LOGGING_SYSLOG_MESSAGE_H
#define LOGGING_SYSLOG_MESSAGE_H

#include "base/buf.h"
#include "base/log.h"

#include <stdint.h>

enum { SYSLOG_MESSAGE_MAX = 8192 };

struct syslog_message {
	int facility, severity;
	int64_t now;           /* the trusted date in Unix seconds; 0: not known */
	const char *host_name; /* "": not known */
	const char *app_name;
	long process;
	const struct log_about *about; /* the structured data is made from this */
	const char *text;
};
/* Appends the message, preceded by its length (RFC 5425, 4.3.1). If it is too long, the text is cut. */
void syslog_message_print(const struct syslog_message *m, struct buf *ret);

#endif
