/* SPDX-License-Identifier: MIT */
/* https_internal: the structs of https, its endpoints and their calls, and the functions that their files
 * share. */
#ifndef NET_HTTPS_INTERNAL_H
#define NET_HTTPS_INTERNAL_H

#include "https_answer.h"
#include "https_pool.h"
#include "https_reason.h"
#include "https_transfer.h"
#include "net/https.h"

#include <curl/curl.h>

struct https {
	struct https_options o;
	struct https_endpoint *endpoints;
	/* Endpoints that their owners have freed, perhaps within their callbacks. Their memory, and the
	 * sessions of earlier calls, are freed in the next turn of the loop, since a callback may still read
	 * a verdict. */
	struct https_endpoint *freed;
	struct https_session *old_sessions;
	struct loop_timer *cleanup;
};

/* The states of a call; https_call.c shows how one state follows another. */
enum https_state {
	HTTPS_IDLE,         /* there is no call */
	HTTPS_REFUSED,      /* the check before a call has refused it; it ends in the loop's next turn */
	HTTPS_RESOLVING,    /* the host's addresses are being looked up in DNS */
	HTTPS_TRYING,       /* libcurl has the request, for the kept connection or a new one */
	HTTPS_ADDRESSLESS,  /* as TRYING, but libcurl has no address for a new one */
	HTTPS_CONNECTING,   /* libcurl has the request, and addresses that were just looked up */
	HTTPS_SENT_ON_KEPT, /* the request was sent on the kept connection, which may be closed */
	HTTPS_SENT,         /* the request was sent on a new connection */
	/* a probe's handshake is complete, and the server's reaction to the client certificate is awaited */
	HTTPS_LISTENING,
};

struct https_call {
	enum https_state state;
	/* different for each call, to see whether this call ended while its owner was called back */
	uint64_t number;
	int is_probe; /* 1: the call ends with the handshake */
	int is_lost;  /* 1: the device has lost the network through which the call's connection goes */
	int listens;  /* 1: the call ends when the server has reacted to the client certificate */
	int64_t listen_until_ms; /* HTTPS_LISTENING: loop time at which waiting ends */
	int status;              /* HTTP status of the answer to HEAD / in HTTPS_LISTENING; 0: none */
	const char *why_not;     /* HTTPS_REFUSED: what is missing, and what to do about it */
	const char *hint;
	struct dns_query *query; /* HTTPS_RESOLVING: the query under way */
	struct err err;          /* why the call fails, if there is a better reason than libcurl's */
	int64_t started_ms;
	/* during the handshake or the exchange: when a byte was last seen to move, and the number of bytes
	 * that the other side had not acknowledged then */
	int64_t moved_ms;
	int unsent;
	struct https_late late; /* the time limit that was exceeded */
	void (*done)(void *arg, const struct https_reply *reply);
	void *arg;
};

struct https_endpoint {
	struct https *https;
	struct https_endpoint *next; /* the next endpoint in the list of open ones, or of freed ones */
	char *service;
	struct https_url url;
	int enforce; /* 1: a certificate that is not trusted ends the call */
	struct verify_policy policy;
	int connect_ms, stall_ms, answer_ms, rest_ms, total_ms;
	CURLU *parsed; /* the URL, for libcurl */
	struct curl_slist *headers;
	struct curl_slist extra[HTTPS_HEADERS_MAX + 1]; /* headers of the post under way */
	char *extra_text;                               /* their lines */
	size_t post_len;                                /* bytes of its body */
	CURL *easy;
	char detail[CURL_ERROR_SIZE]; /* libcurl's text for an error */
	struct dns_answer found;      /* the addresses that connections are made to, in order; n 0: none */
	struct curl_slist *resolve;   /* the same addresses for libcurl */
	struct https_pool pool;
	/* the generation of the anchors with which the pool's connections were verified */
	uint64_t generation;
	struct https_transfer transfer;
	struct https_answer answer;
	struct loop_timer *timer; /* refusals and deadlines of the call */
	struct https_call call;
};

/* https_endpoint: frees the memory of an endpoint that its owner has freed. */
void https_endpoint_destroy(struct https_endpoint *p);

/* https_setup: prepares the libcurl handle, once for each endpoint. Returns 0; -1 with ERR_INPUT or
 * ERR_CONFIG. */
int https_setup(struct https_endpoint *p, const struct https_endpoint_options *o, struct err *e);
void https_setup_append(struct curl_slist **list, const char *text);
/* Returns 0; -1 with ERR_INPUT if the line contains control characters, or has no name before the colon. */
int https_setup_check_header(const char *line, struct err *e);

/* https_addresses: makes the handle connect to these addresses, in this order. */
void https_addresses_use(struct https_endpoint *p, const struct dns_answer *a);
/* Removes all addresses from the handle; libcurl then calls https_precheck_on_address_wanted when it needs
 * one. */
void https_addresses_forget(struct https_endpoint *p);
/* Writes the address of the connection in use, or else the addresses that are tried; for messages. */
void https_addresses_text(const struct https_endpoint *p, char *ret, size_t size);
/* Returns 1 if the host has several addresses, by the last answer of DNS. */
int https_addresses_has_several(const struct https_endpoint *p);
/* Records that the address in use works. To be called when the server has answered. */
void https_addresses_worked(struct https_endpoint *p);
/* Records that the address in use does not work, so that the next call tries the others first. To be called
 * when the call failed, at any step, or the server answered with an error of its own. Unless the request was
 * sent, DNS is asked again before the next call.
 * Returns 1 if the host has an address that is not known to fail. */
int https_addresses_failed(struct https_endpoint *p);

/* https_deadline: to be called when a call begins, when it begins to connect, when its handshake begins, and
 * when its request was sent. Each sets the time limits of the step that begins. */
void https_deadline_begin(struct https_endpoint *p);
void https_deadline_connecting(struct https_endpoint *p);
void https_deadline_handshake(struct https_endpoint *p);
void https_deadline_sent(struct https_endpoint *p);
/* To be called when the timer is due. Returns 1 if a limit was exceeded, and which; 0: the timer is armed for
 * the next check. */
int https_deadline_passed(struct https_endpoint *p, struct https_late *ret);

/* https_call: ends the call that is under way, if there is one, in the next turn of the loop, because the
 * device has lost the network through which its connection goes. */
void https_call_lose(struct https_endpoint *p);
/* To be called when the endpoint's timer is due, and when its transfer has a verdict to report or has
 * ended. */
void https_call_on_timer(void *endpoint);
void https_call_on_transfer(void *endpoint);

/* https_precheck: checks the conditions for looking up a name, opening a socket, or sending a byte. Returns 1
 * if date, anchors and host allow a call; 0: the call's err, why_not and hint say what is missing. */
int https_precheck_allows(struct https_endpoint *p);
/* Closes outdated connections: those that were verified with other anchors, or whose verdict has expired.
 * Nothing more is sent on them. */
void https_precheck_close_outdated_connections(struct https_endpoint *p);
/* libcurl calls these: when a TLS handshake begins, when it needs an address, and before a request is
 * sent. */
CURLcode https_precheck_on_handshake(CURL *easy, void *ssl_ctx, void *endpoint);
int https_precheck_on_address_wanted(void *resolver, void *reserved, void *endpoint);
int https_precheck_on_request(void *endpoint, char *remote, char *local, int remote_port, int local_port);

#endif
