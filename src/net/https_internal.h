/* SPDX-License-Identifier: MIT */
/* What https, its peers and their calls share. */
#ifndef NET_HTTPS_INTERNAL_H
#define NET_HTTPS_INTERNAL_H

#include "https_answer.h"
#include "https_transfer.h"
#include "net/https.h"

#include <curl/curl.h>

struct https {
	struct https_options o;
	struct https_way *ways;
	struct https_endpoint
		*dead; /* freed by their owners, perhaps in their own callbacks: buried a turn later */
	struct https_session *loose; /* verdicts of earlier calls: the same */
	struct loop_timer *undertaker;
};

struct https_call {
	enum { CALL_NONE, CALL_REFUSED, CALL_RESOLVING, CALL_RUNNING } state;
	uint64_t number; /* another one: this call ended while its owner was called back */
	int probe;
	int looked_up;      /* the addresses in use were asked for in this call */
	int sent;           /* its request went out, if only to a connection that was stale */
	int turned_back;    /* it was about to go out on a second one that had rested */
	int began_anew;     /* on a new connection, the old one being stale */
	int wants_address;  /* libcurl must make a connection and has no address */
	int connecting;     /* its request was not sent yet */
	const char *unable; /* CALL_REFUSED: what was wanting, and what to do about it */
	const char *hint;
	struct dns_query *query;
	struct err err; /* why it fails, when we know better than libcurl */
	int64_t started_ms;
	void (*done)(void *arg, const struct https_reply *reply);
	void *arg;
};

struct https_way { /* to one server: what peers beside each other have in common */
	struct https *https;
	struct https_way *next;
	int refs;       /* peers, the dead ones until they are buried */
	int peers;      /* those that live */
	int connecting; /* calls that have no connection yet */
	char *service;
	struct https_url url;
	int enforce;
	struct verify_policy policy;
	CURLU *parsed;
	struct curl_slist *headers;
	char addresses[160];     /* those that connections are made to, for messages */
	struct https_lane *lane; /* in this trust epoch; NULL: no connection */
	uint64_t generation;     /* of the anchors that its connections were judged by */
};

struct https_endpoint {
	struct https_way *way;
	struct https_endpoint *next; /* of the dead */
	int connect_ms, stall_ms, total_ms;
	CURL *easy;
	char detail[CURL_ERROR_SIZE];
	struct curl_slist *resolve;
	struct curl_slist extra[HTTPS_HEADERS_MAX + 1];
	struct https_transfer transfer;
	struct https_answer answer;
	struct loop_timer *timer; /* refusals and deadlines of the call */
	struct https_call call;
};

/* https_way: prepared by the options, for its first peer to join. 0; -1: ERR_INPUT. */
int https_way_new(struct https *h, const struct https_endpoint_options *o, struct https_way **ret,
		  struct err *e);
/* A peer joins it, and leaves it: with the last one its connections are closed. */
void https_way_join(struct https_way *w);
void https_way_leave(struct https_way *w);
/* The peer is buried; the way with its last one. */
void https_way_unref(struct https_way *w);
/* The lane for the next call. */
struct https_lane *https_way_lane(struct https_way *w);
/* No connection that is open now is used for another call: each is closed when its call ends. */
void https_way_renew(struct https_way *w);
/* The peer's call has no connection and goes for one; it has one, its request is about to be sent, or it
 * wants none any more. */
void https_way_connects(struct https_endpoint *p);
void https_way_connected(struct https_endpoint *p);

/* https_setup: the way's URL and headers; the peer's handle, prepared once for its way. 0 or -1. */
int https_setup_way(struct https_way *w, const struct https_endpoint_options *o, struct err *e);
int https_setup(struct https_endpoint *p, const struct https_endpoint_options *o, struct err *e);
/* Makes the handle connect to these addresses; NULL: to none that it knows, so that it asks. */
void https_setup_addresses(struct https_endpoint *p, const struct dns_answer *a);
/* No control characters, and a name before the colon. */
int https_setup_check_header(const char *line, struct err *e);

/* https_call: a timer of the peer is due; its transfer has news, or came to its end. */
void https_call_timed(void *peer);
void https_call_turned(void *peer);

/* https_gate: 1 if date, anchors and host allow an attempt; else the call's err, unable and hint say what is
 * wanting. */
int https_gate_allows(struct https_endpoint *p);
/* Leaves connections that would be judged anew, so that nothing is sent on them. */
void https_gate_leave_old_epoch(struct https_way *w);
/* Called by libcurl when a TLS handshake begins, before a name must be looked up, before a request is
 * sent. */
CURLcode https_gate_shakes_hands(CURL *easy, void *ssl_ctx, void *peer);
int https_gate_wants_address(void *resolver, void *reserved, void *peer);
int https_gate_sends(void *peer, char *remote, char *local, int remote_port, int local_port);

#endif
