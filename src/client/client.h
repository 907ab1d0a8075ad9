/* SPDX-License-Identifier: MIT */
/* What the files of libsealpost share. The library uses `ctl` and no other component.
 *
 *   client          the handle: its life, its queue, publications, the caller's poll loop
 *   client_exchange the connection: the queue is sent, answers are given to those who wait for them
 *   client_wait     the calls that wait
 *   client_search   questions to the agent: the phone book, the external manager */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "ctl/ctl.h"
#include "sealpost.h"

#include <stddef.h>

enum { CLIENT_RETRY_FIRST_MS = 50, CLIENT_RETRY_MAX_MS = 5000, CLIENT_ANSWER_MAX = 1 << 20 };

/* Something that is sent to the agent, and kept until the agent has answered it. */
struct client_item {
	struct client_item *next;
	char *data;
	size_t len;
	/* One of these is called when the answer has come: of a publication, of a question. error is 0 or
	 * an errno. */
	void (*durable)(void *arg, int error);
	void (*answer)(void *arg, const char *text, int error);
	void *arg;
};

struct sealpost {
	char *path;
	struct ctl ctl;
	char greeting[sizeof CTL_GREETING];
	size_t greeting_sent; /* bytes of it, on this connection */
	int is_greeted;       /* the agent has answered it */
	int is_cut;           /* parts of the answer that is being received were too long to be kept */
	char publisher[33];   /* 32 random hexadecimal digits; "": there were none to be had */
	unsigned long long published; /* the number of the publication that was queued last */
	struct client_item *first, **end;
	struct client_item *unsent; /* the first one that is not sent whole on this connection */
	size_t sent;                /* bytes of it that are */
	size_t bytes, n_items;
	long long retry_at_ms; /* when to connect again, by client_now_ms */
	int retry_ms;
	char error[512];
};

/* Milliseconds of the monotonic clock. */
long long client_now_ms(void);
/* Sets errno and the sentence that sealpost_error gives. Returns -1. */
int client_fail(struct sealpost *s, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Puts a copy of *what at the end of the queue, which owns what->data from then on. -1 with ENOMEM: it is
 * still the caller's. */
int client_queue(struct sealpost *s, const struct client_item *what);
/* Takes the oldest item out of the queue; it is freed by client_free_item. */
struct client_item *client_take_first(struct sealpost *s);
void client_free_item(struct client_item *i);

/* Is there something that the agent has not been sent? */
int client_exchange_wants_to_send(const struct sealpost *s);
/* Connects if need be and the time has come, sends and receives as far as that goes without waiting, and
 * calls back. 0; -1: there is no connection just now. */
int client_exchange_run(struct sealpost *s);

#endif
