/* SPDX-License-Identifier: MIT */
/* syslog_message: writes a log line as RFC 5424 has it. Private to logging. */
#ifndef LOGGING_SYSLOG_MESSAGE_H
#define LOGGING_SYSLOG_MESSAGE_H

#include "base/buf.h"
#include "base/log.h"

#include <stdint.h>

enum { SYSLOG_MESSAGE_MAX = 8192 };

struct syslog_message {
	int facility, severity;
	int64_t unix_ms;       /* the trusted date; 0: it is not known */
	const char *host_name; /* "": not known */
	const char *app_name;
	long process;
	const struct log_about *about; /* makes the structured data */
	const char *text;
};
/* Appends the message with its length before it (RFC 5425, 4.3.1); what does not fit is cut from the text. */
void syslog_message_print(const struct syslog_message *m, struct buf *ret);

#endif
