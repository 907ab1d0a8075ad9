/* SPDX-License-Identifier: MIT */
/* control: the lab's control socket. A request is words, each ended by a NUL, then half a close; the answer
 * is "ok\n", "usage\n" (the words made no sense) or "error\n", then text. */
#ifndef LAB_CONTROL_H
#define LAB_CONTROL_H

#include "base/buf.h"
#include "base/err.h"

#include <event2/event.h>

enum { CONTROL_WORDS = 256, CONTROL_REQUEST_MAX = 4 << 20, CONTROL_ANSWER_MAX = 512 << 20 };
enum control_next {
	CONTROL_USAGE = -2,
	CONTROL_FAILED,
	CONTROL_DONE,
	CONTROL_STAY
}; /* STAY: the client wants to hear more */

/* Carries out an order; text goes to out, or says why not. */
typedef enum control_next control_order(void *arg, size_t n, char **words, struct buf *out);

struct control;
struct control *control_new(struct event_base *base, const char *path, control_order *order, void *arg,
			    struct err *e);
/* Removes the socket. */
void control_free(struct control *c);
/* To all who stayed. */
void control_tell(struct control *c, const struct buf *text);
int control_has_listeners(const struct control *c);

/* The client's side: sends words, copies the answer to standard output (why not: standard error). Returns the
 * exit status: 0, 64 if the words made no sense, 69 if no lab answers there, 1 if the order failed. */
int control_call(const char *path, size_t n, const char *const *words);

#endif
