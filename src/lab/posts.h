/* SPDX-License-Identifier: MIT */
/* posts: every request that reached the management server, with what it was answered. */
#ifndef LAB_POSTS_H
#define LAB_POSTS_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* The oldest go when there are more. */
enum { POSTS_MAX = 20000, POSTS_BYTES_MAX = 256 << 20 };

struct post {
	struct post *next;
	uint64_t number;     /* from 1 */
	int64_t at_us;       /* the lab's date */
	const char *service; /* "manager", "phonebook", "feedback"; constant */
	int status;          /* what it was answered; 0: nothing, or not all of it */
	char method[16];
	char *path,
		*headers; /* headers: "Name: value" lines; all three: yours before posts_add, its own after */
	char *body;
	size_t len;
	char tls[16];        /* "TLSv1.3", "none" */
	char host[128];      /* the name that the client asked for in its handshake (SNI) */
	char client[200];    /* subject of the client's certificate; "": none */
	uint64_t connection; /* counts connections from 1 */
};

struct posts;
struct posts *posts_new(void);
void posts_free(struct posts *p);
/* Takes it (and what it points to), gives it its number, tells listeners. */
void posts_add(struct posts *p, struct post *post);
/* The first with a number above `after`; NULL if there is none. */
const struct post *posts_after(const struct posts *p, uint64_t after);
uint64_t posts_count(const struct posts *p);
/* One who wants to hear of each new one; NULL ends it. */
void posts_set_listener(struct posts *p, void (*fn)(void *arg, const struct post *post), void *arg);

/* One line of JSON; and for people, with the body on indented lines. */
void posts_print_json(const struct post *post, struct buf *out);
void posts_print_pretty(const struct post *post, struct buf *out);

#endif
