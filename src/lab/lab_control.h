/* SPDX-License-Identifier: MIT */
/* lab_control: the lab's control socket. A request consists of words, each ended by a NUL; then the client
 * shuts down its sending side. The answer is "ok\n", "usage\n" (the words were not understood) or "error\n",
 * followed by text. */
#ifndef LAB_LAB_CONTROL_H
#define LAB_LAB_CONTROL_H

#include "base/buf.h"
#include "base/err.h"

#include <event2/event.h>
#include <stdint.h>

enum { CONTROL_WORDS = 256, CONTROL_REQUEST_MAX = 4 << 20, CONTROL_ANSWER_MAX = 512 << 20 };
enum control_next {
	CONTROL_USAGE = -2,
	CONTROL_FAILED,
	CONTROL_DONE,
	CONTROL_STAY,  /* the client gets further text until it disconnects */
	CONTROL_LATER, /* control_answer answers the order later */
	CONTROL_ENDS   /* control_free answers the order, after it has removed the socket */
};

/* Carries out an order. out gets the text of the answer, or the reason why it failed. */
typedef enum control_next control_order(void *arg, size_t n, char **words, struct buf *out);

struct control;
struct control *control_new(struct event_base *base, const char *path, control_order *order, void *arg,
			    struct err *e);
/* Removes the socket. Then it answers the orders that have returned CONTROL_ENDS. */
void control_free(struct control *c);
/* Returns the number of the client whose order is being carried out. Each client has a number of its own. */
uint64_t control_caller(const struct control *c);
/* Answers an order that has returned CONTROL_LATER. Does nothing if the client has disconnected. */
void control_answer(struct control *c, uint64_t caller, enum control_next next, const char *text);
/* Sends text to all clients that stay connected. */
void control_tell(struct control *c, const struct buf *text);
int control_has_listeners(const struct control *c);

/* The client's side: sends the words and copies the answer to standard output, or an error to standard error.
 * Returns the exit status: 0, 64 if the words were not understood, 69 if no lab answers, 1 if the order
 * failed. */
int control_call(const char *path, size_t n, const char *const *words);

#endif
