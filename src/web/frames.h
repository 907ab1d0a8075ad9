/* SPDX-License-Identifier: MIT */
/* frames: the frames of a WebSocket connection (RFC 6455), server's side, read and written by wslay. It
 * uses no sockets: received bytes are put in, and bytes to be sent come out. */
#ifndef WEB_FRAMES_H
#define WEB_FRAMES_H

#include <stddef.h>

struct frames;

enum {
	FRAMES_MESSAGE_MAX = 5 << 20, /* bytes of a message: room for a body of 4 MiB as JSON text */
	/* wslay allocates for each frame, so that a message of very many tiny ones would cost far more than
	 * its bytes. */
	FRAMES_PER_MESSAGE_MAX = 1024,
};

/* Status codes of RFC 6455 section 7.4.1, and one of our own. */
enum frames_code {
	FRAMES_NORMAL = 1000,
	FRAMES_GOING_AWAY = 1001,
	FRAMES_UNSUPPORTED = 1003,
	FRAMES_POLICY = 1008,
	FRAMES_TOO_BIG = 1009,
	FRAMES_INTERNAL = 1011,
	FRAMES_SESSION_ENDED = 4001, /* the person has to log in again */
};

struct frames_handlers {
	void (*send)(void *arg, const void *data, size_t len);    /* bytes for the client */
	void (*on_text)(void *arg, const char *text, size_t len); /* a whole message; not ended by a NUL */
	void *arg;
};

/* The version of wslay's header by which this was compiled; the library does not say its own. */
const char *frames_library(void);

/* Never returns NULL. */
struct frames *frames_new(const struct frames_handlers *h);
/* NULL is fine. Must not be called from a handler. */
void frames_free(struct frames *f);

/* Reads bytes that were received; pings are answered, faults lead to a close frame with the code that the
 * RFC has for them. Returns 0 while the connection goes on; -1 once it is over: what was sent is to be
 * written, and then the connection closed. */
int frames_receive(struct frames *f, const void *data, size_t len);
/* Sends a text message, or a ping. Nothing is sent after a close frame. */
void frames_send_text(struct frames *f, const char *text, size_t len);
void frames_ping(struct frames *f);
/* Sends a close frame, unless one was sent. why: a short sentence, at most 120 bytes. The client answers
 * with one of its own, after which frames_receive returns -1. */
void frames_close(struct frames *f, enum frames_code code, const char *why);

#endif
