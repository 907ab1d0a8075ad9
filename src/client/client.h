/* SPDX-License-Identifier: MIT */
/* libsealpost's inside. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>

#include "sealpost.h"

struct item { /* something to be said to the agent, until it is answered */
	struct item *next;
	char *data;
	size_t len;
	void (*durable)(void *arg, int error);
	void (*answer)(void *arg, const char *text, int error); /* of a question; instead of durable */
	void *arg;
};

struct sealpost {
	char *path;
	int fd;                       /* -1: not connected */
	char publisher[33];           /* random hexadecimal digits, "": there are none */
	unsigned long long published; /* the number of the publication queued last */
	struct item *first, **end;    /* in order */
	struct item *unsent;          /* the first one that is not yet sent whole */
	size_t sent;                  /* bytes of it that are */
	size_t bytes, n_items;
	size_t hello_sent;
	int hello_answered;
	char *answer; /* what was read and not yet understood, NUL at the end */
	size_t answer_len, answer_size;
	long long retry_at_ms;
	int retry_ms;
	char error[512];
};

long long client_now_ms(void);
/* Sets errno and the sentence; -1. */
int client_fail(struct sealpost *s, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A copy of what is put at the end of the queue; data is handed over unless it fails. */
int client_queue(struct sealpost *s, const struct item *what);

/* Undoes the terminal's escapes between from and end; returns how many bytes the value has, which may be more
 * than size. */
size_t client_unescape(const char *from, const char *end, char *value, size_t size);

#endif
