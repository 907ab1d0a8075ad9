/* SPDX-License-Identifier: MIT */
/* posts: all requests that the management server has received, with the status of each answer. */
#ifndef LAB_POSTS_H
#define LAB_POSTS_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* The oldest posts are dropped when there are more. */
enum { POSTS_MAX = 20000, POSTS_BYTES_MAX = 256 << 20 };

struct post {
	struct post *next;
	uint64_t number;     /* from 1 */
	int64_t at_us;       /* the lab's date */
	const char *service; /* "manager", "phonebook", "feedback"; constant */
	int status;          /* status of the answer; 0: no complete answer was sent */
	char method[16];
	char *path, *headers; /* headers: "Name: value" lines; posts_add takes ownership of all three */
	char *body;
	size_t len;
	char tls[16];        /* "TLSv1.3", "none" */
	char host[128];      /* the host name in the client's handshake (SNI) */
	char client[200];    /* subject of the client's certificate; "": it sent none */
	uint64_t connection; /* number of the connection, from 1 */
};

struct posts;
struct posts *posts_new(void);
void posts_free(struct posts *p);
/* Takes ownership of the post and its texts, gives it its number, and calls the listener. */
void posts_add(struct posts *p, struct post *post);
/* Returns the first post with a number above `after`; NULL if there is none. */
const struct post *posts_after(const struct posts *p, uint64_t after);
uint64_t posts_count(const struct posts *p);
/* Sets the function that is called for each new post; NULL: none. */
void posts_set_listener(struct posts *p, void (*fn)(void *arg, const struct post *post), void *arg);

/* Print a post: posts_print_json as one line of JSON, posts_print_pretty for people, with the body on
 * indented lines. */
void posts_print_json(const struct post *post, struct buf *out);
void posts_print_pretty(const struct post *post, struct buf *out);

#endif
