/* SPDX-License-Identifier: MIT */
/* https_transfer: one peer's handle under way in a lane, and the verdicts of the handshakes that are made for
 * it. */
#ifndef NET_HTTPS_TRANSFER_H
#define NET_HTTPS_TRANSFER_H

#include "https_lane.h"
#include "trust/verify.h"

struct https_transfer {
	CURL *easy;
	void (*turned)(void *arg); /* there is a verdict to be told, or this is the end */
	void *arg;
	struct https_lane *lane; /* under way in it; NULL: not */
	int finished;            /* it came to its end: */
	CURLcode result;
	int is_due;
	struct https_transfer *next_due;
	struct https_session *sessions; /* of handshakes begun since it started, newest first */
	int judges;                     /* the newest is that of the connection in use, or tried */
	long code;                      /* else that connection's; -1: nothing was judged */
};

/* Prepares a transfer whose handle, turned and arg are set. 0 or -1. */
int https_transfer_init(struct https_transfer *t);
/* Begins; `turned` comes later, never before this returned. */
void https_transfer_start(struct https_transfer *t, struct https_lane *lane);
/* Takes it out. If it had not finished, its connection is closed. Verdicts can still be read. */
void https_transfer_stop(struct https_transfer *t);
/* Moves the verdicts to the list: before it starts again, or is freed. */
void https_transfer_part(struct https_transfer *t, struct https_session **list);
void https_sessions_free(struct https_session **list);

/* A new connection is tried. */
void https_transfer_connects(struct https_transfer *t);
/* Takes the session of a handshake that begins. */
void https_transfer_keep(struct https_transfer *t, struct verify_session *s);
/* A request is about to be sent on the connection whose handshake s judged; NULL: nobody did. */
void https_transfer_sends(struct https_transfer *t, const struct verify_session *s);

/* A verdict that has not been returned here before, oldest first; NULL: no more. */
const struct verdict *https_transfer_news(struct https_transfer *t);
/* If the verdict has been told: only its code is wanted from now on. */
void https_transfer_settle(struct https_transfer *t);
/* The verdict of the handshake that was made, or tried, for this transfer, and what the server sent in it;
 * NULL: none was judged, or it is settled. */
const struct verdict *https_transfer_verdict(const struct https_transfer *t);
const struct verify_chain *https_transfer_chain(const struct https_transfer *t);
/* The code of the verdict on the connection in use, whoever made it; -1: none was judged. */
long https_transfer_code(const struct https_transfer *t);
/* The connection in use was made for this transfer. */
int https_transfer_is_fresh(const struct https_transfer *t);
/* A handshake began since it started. */
int https_transfer_shook_hands(const struct https_transfer *t);
/* The server asked for a client certificate in the handshake that was made, or tried, for this transfer, and
 * got none. */
int https_transfer_certificate_asked(const struct https_transfer *t);
/* When a byte last moved on its connection. */
int64_t https_transfer_moved_ms(const struct https_transfer *t);

#endif
