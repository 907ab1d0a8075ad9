/* SPDX-License-Identifier: MIT */
/* frames: the server's side of the frames of a WebSocket connection (RFC 6455), which wslay reads and writes.
 * It uses no sockets: the caller passes received bytes in, and gets bytes to be sent. */
#ifndef WEB_FRAMES_H
#define WEB_FRAMES_H

#include <stddef.h>

struct frames;

enum {
	FRAMES_MESSAGE_MAX = 5 << 20, /* bytes of a message: room for a body of 4 MiB as JSON text */
	/* maximum number of frames in a message: wslay allocates memory for each frame, so a message of very
	 * many tiny frames would cost far more than its bytes */
	FRAMES_PER_MESSAGE_MAX = 1024,
};

/* Status codes of RFC 6455 section 7.4.1, and one of sealpost. */
enum frames_code {
	FRAMES_NORMAL = 1000,
	FRAMES_GOING_AWAY = 1001,
	FRAMES_PROTOCOL_ERROR = 1002,
	FRAMES_UNSUPPORTED = 1003,
	FRAMES_POLICY = 1008,
	FRAMES_TRY_AGAIN = 1013,
	FRAMES_SESSION_ENDED = 4001, /* the person has to log in again */
};

struct frames_handlers {
	void (*send)(void *arg, const void *data, size_t len); /* bytes for the client */
	/* Called when a frame begins, before its bytes are received. len: bytes of its message, up to the end
	 * of this frame. Returns 0; -1 if the message is not to be received: the client gets a close frame
	 * with FRAMES_TRY_AGAIN. */
	int (*on_begun)(void *arg, size_t len);
	void (*on_text)(void *arg, const char *text, size_t len); /* a whole message; not ended by a NUL */
	void *arg;
};

/* Returns the version of wslay's header with which this was compiled; the library does not report its own. */
const char *frames_library(void);

/* Never returns NULL. */
struct frames *frames_new(const struct frames_handlers *h);
/* NULL is allowed. Must not be called from a handler. */
void frames_free(struct frames *f);

/* Reads received bytes. Pings are answered; a fault leads to a close frame with the code of the RFC for it.
 * Returns 0 while the connection is open; -1 when it is over, since a close frame was received or sent: the
 * caller closes it when all bytes are sent, and whatever the client still sends is ignored. */
int frames_receive(struct frames *f, const void *data, size_t len);
/* Sends a text message, or a ping. Nothing is sent after a close frame. */
void frames_send_text(struct frames *f, const char *text, size_t len);
void frames_ping(struct frames *f);
/* Sends a close frame, unless one was sent. why: a short sentence of at most 120 bytes. The client answers
 * with a close frame, after which frames_receive returns -1. */
void frames_close(struct frames *f, enum frames_code code, const char *why);

#endif
