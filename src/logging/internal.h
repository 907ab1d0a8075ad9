/* SPDX-License-Identifier: MIT */
/* internal: what the files of logging share. */
#ifndef LOGGING_INTERNAL_H
#define LOGGING_INTERNAL_H

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

/* A line that was written to the stream: it is acknowledged with this byte. */
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
	int is_own; /* the lines now are about the log server, and are not sent to it */

	struct buf pending[LOGGING_PENDING_MAX]; /* a ring of messages that are not stored yet */
	size_t first_pending, n_pending;
	int store_fails; /* the last try to store them failed */
	uint64_t lost;   /* that did not fit there, not yet counted in the store */

	int64_t written_up_to, acknowledged_up_to;  /* numbers of lines in the store */
	uint64_t written;                           /* bytes, to the present stream */
	struct logging_sent sent[LOGGING_SENT_MAX]; /* a ring: those that are not acknowledged */
	size_t first_sent, n_sent;

	unsigned failures;
	struct episode episode, not_stored;
	uint64_t n_acknowledged; /* lines since the start */
	char trouble[480];
};

/* logging.c: 1: a stored line is not acknowledged. */
int logging_waits(const struct logging *l);
/* Lines were acknowledged: they are deleted within some seconds. */
void logging_delete_soon(struct logging *l);

/* logging_stream.c: opens a stream if one is wanted; writes what it takes. */
void logging_connect(struct logging *l);
void logging_write(struct logging *l);
void logging_disconnect(struct logging *l);
/* The function of retry_timer. */
void logging_on_retry(void *logging);

#endif
