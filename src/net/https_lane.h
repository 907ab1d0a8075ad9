/* https_lane: the connections of one peer in one trust epoch: a libcurl multi on our loop.
 *
 * Each peer has a lane of its own, because libcurl shares connections of a multi by host and port and knows nothing of
 * our verdicts. A lane makes its multi when a transfer starts and closes it, with all connections, when it is told
 * to, when the epoch ends or when the server hangs up an idle connection. libcurl is entered from the loop and from
 * https_lane_start only, and `turned` is called after it has returned. */
#ifndef NET_HTTPS_LANE_H
#define NET_HTTPS_LANE_H

#include "loop/loop.h"
#include "trust/verify.h"

#include <curl/curl.h>
#include <stdint.h>

struct https_lane {
	struct loop *loop;
	void (*turned)(void *arg);	/* libcurl did something: look for news and for the end */
	void *arg;
	CURLM *multi;			/* NULL: no connection */
	CURL *easy;			/* the transfer under way; NULL: none */
	int opened;			/* a socket was opened for the transfer under way */
	int finished;			/* the transfer came to its end: */
	CURLcode result;
	int telling;			/* `turned` is being called, and looks again when it has returned */
	struct loop_timer *timer;
	int64_t due_ms;			/* when libcurl wants to be entered again; -1: not at all */
	int64_t moved_ms;		/* when a socket was last ready */
	int64_t addresses_until_ms;	/* the multi knows the host's addresses, fresh until then; 0: it knows none */
	struct https_socket *sockets;
	struct https_session *sessions;	/* newest first */
};

void https_lane_init(struct https_lane *lane, struct loop *l, void (*turned)(void *arg), void *arg);
/* Closes everything, no more callbacks. Verdicts can be read until https_lane_forget frees them. */
void https_lane_done(struct https_lane *lane);
void https_lane_forget(struct https_lane *lane);
/* Makes this handle's sockets the lane's. Once for each handle. */
int https_lane_adopt(struct https_lane *lane, CURL *easy);

/* Begins a transfer; `turned` comes later, never before this returned. */
void https_lane_start(struct https_lane *lane, CURL *easy);
/* Takes the transfer out. If it had not finished, its connection is closed. */
void https_lane_stop(struct https_lane *lane);
/* Closes all connections; a transfer must have been stopped before. Verdicts can still be read. */
void https_lane_close(struct https_lane *lane);
/* A connection is open, as far as is known. */
int https_lane_is_open(const struct https_lane *lane);

/* Takes the session of a handshake that begins; it lives until its connection is closed and its verdict was told. */
void https_lane_keep(struct https_lane *lane, struct verify_session *s);
/* The newest session's handshake is over, a request is about to be sent. */
void https_lane_complete(struct https_lane *lane);
/* A verdict that has not been returned here before, oldest first; NULL: no more. */
const struct verdict *https_lane_news(struct https_lane *lane);
/* The verdict on the connection that the transfer used, or tried to make; NULL: none was judged. */
const struct verdict *https_lane_verdict(const struct https_lane *lane);
/* What the server sent in that handshake. Borrowed as the verdict is. */
const struct verify_chain *https_lane_chain(const struct https_lane *lane);
/* A handshake began since the transfer started. */
int https_lane_shook_hands(const struct https_lane *lane);

#endif
