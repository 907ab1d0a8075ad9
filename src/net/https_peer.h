/* https_peer: what https, its peers and their calls share. */
#ifndef NET_HTTPS_PEER_H
#define NET_HTTPS_PEER_H

#include "https_answer.h"
#include "https_lane.h"
#include "net/https.h"

#include <curl/curl.h>

struct https {
	struct https_options o;
	uint64_t epoch;
	struct https_counts counts;
	struct https_peer *peers;
	struct https_peer *dead;	/* freed by their owners, perhaps in their own callbacks: buried a turn later */
	struct loop_timer *undertaker;
};

struct https_call {
	enum { CALL_NONE, CALL_REFUSED, CALL_RESOLVING, CALL_RUNNING } state;
	uint64_t number;		/* another one: this call ended while its owner was called back */
	int probe;
	int looked_up;			/* the addresses in use were asked for in this call */
	int began_anew;			/* on a new connection, the old one being stale */
	int wants_address;		/* libcurl must make a connection and has no address */
	const char *unable;		/* CALL_REFUSED: what was wanting, and what to do about it */
	const char *hint;
	struct dns_query *query;
	struct err err;			/* why it fails, when we know better than libcurl */
	int64_t started_ms;
	void (*done)(void *arg, const struct https_reply *reply);
	void *arg;
};

struct https_peer {
	struct https *https;
	struct https_peer *next;
	char *service;
	struct https_url url;
	int enforce;
	struct verify_policy policy;
	int connect_ms, stall_ms, total_ms;
	CURL *easy;
	CURLU *parsed;
	char detail[CURL_ERROR_SIZE];
	struct curl_slist *headers, *resolve;
	char addresses[160];		/* those in resolve, for messages */
	struct curl_slist extra[HTTPS_HEADERS_MAX + 1];
	struct https_lane lane;
	struct https_answer answer;
	uint64_t epoch, generation;	/* the trust epoch that the lane's connections belong to */
	struct loop_timer *timer;	/* refusals and deadlines of the call */
	struct https_call call;
};

/* https_setup: the peer's handle, prepared once; 0 or -1. */
int https_setup(struct https_peer *p, const struct https_peer_options *o, struct err *e);
/* Makes the handle connect to these addresses; NULL: to none that it knows, so that it asks. */
void https_setup_addresses(struct https_peer *p, const struct dns_answer *a);
/* No control characters, and a name before the colon. */
int https_setup_check_header(const char *line, struct err *e);

/* https_call: a timer of the peer is due; its lane did something. */
void https_call_timed(void *peer);
void https_call_turned(void *peer);

/* https_gate: 1 if date, anchors and host allow an attempt; else the call's err, unable and hint say what is wanting. */
int https_gate_allows(struct https_peer *p);
/* Closes connections of an ended epoch, so that nothing is sent on them. */
void https_gate_leave_old_epoch(struct https_peer *p);
/* Called by libcurl when a TLS handshake begins, before a name must be looked up, before a request is sent. */
CURLcode https_gate_shakes_hands(CURL *easy, void *ssl_ctx, void *peer);
int https_gate_wants_address(void *resolver, void *reserved, void *peer);
int https_gate_sends(void *peer, char *remote, char *local, int remote_port, int local_port);

#endif
