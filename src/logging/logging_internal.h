/* SPDX-License-Identifier: MIT */
/* logging_internal: what the files of logging share. */
#ifndef LOGGING_LOGGING_INTERNAL_H
#define LOGGING_LOGGING_INTERNAL_H

#include "base/episode.h"
#include "logging/logging.h"
#include "service/service.h"
#include "syslog_message.h"

enum { LOGGING_PENDING_MAX = 1000, LOGGING_SENT_MAX = 256 };
#define LOGGING_DROPPED "syslog_dropped" /* the store's name of how many lines were dropped */

/*   OFF --configured--> IDLE --a line is stored--> CONNECTING --the stream is open--> OPEN
 *                         ^                         |      ^                          | |
 *                         |                 failed  |      | the pause is over        | |
 *                         |                         v      |                          | |
 *                         |                        WAITING <---failed, lines wait-----+ |
 *                         +------------the server closed it, and no line waits---------+ */
enum logging_state {
	LOGGING_OFF,
	LOGGING_IDLE,
	LOGGING_WAITING,
	LOGGING_CONNECTING,
	LOGGING_OPEN,
};

/* A line that was written to the stream: it is acknowledged when the bytes up to `end` are. */
struct logging_sent {
	int64_t n;
	uint64_t end;
};

struct logging {
	struct logging_options o;
	enum logging_state state;
	struct service_endpoint server; /* OFF: none */
	uint64_t max_count;
	struct tls_stream *stream;
	struct loop_timer *store_timer, *retry_timer;
	int is_own; /* 1: the lines that are logged now are about the log server and are not sent to it */

	struct buf pending[LOGGING_PENDING_MAX]; /* a ring of messages that are not stored yet */
	size_t first_pending, n_pending;
	int store_fails; /* 1: the last attempt to store them failed */
	uint64_t lost;   /* lines that did not fit into pending and are not yet counted in the store */

	int64_t written_up_to, acknowledged_up_to;  /* numbers of lines in the store */
	uint64_t written;                           /* bytes written to the present stream */
	struct logging_sent sent[LOGGING_SENT_MAX]; /* a ring of lines that are not acknowledged yet */
	size_t first_sent, n_sent;

	unsigned failures;
	struct episode episode, not_stored, not_read;
	uint64_t n_acknowledged; /* lines acknowledged since the start */
	char trouble[480];
};

/* logging.c: returns 1 if there are stored lines that are not acknowledged. */
int logging_waits(const struct logging *l);
/* To be called when lines were acknowledged: deletes them within some seconds. */
void logging_delete_soon(struct logging *l);
/* To be called when the store could not be read: logs it, and has it tried again within some seconds. */
void logging_not_read(struct logging *l, const struct err *e);

/* logging_stream.c. logging_connect opens a stream if there are lines to send; logging_write writes as many
 * lines as the stream takes. */
void logging_connect(struct logging *l);
void logging_write(struct logging *l);
void logging_disconnect(struct logging *l);
/* The function of retry_timer. */
void logging_on_retry(void *logging);

#endif
