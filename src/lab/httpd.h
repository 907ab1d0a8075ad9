/* SPDX-License-Identifier: MIT */
/* httpd: the HTTPS port of the management server: handshake, requests, and how both can go wrong. */
#ifndef LAB_HTTPD_H
#define LAB_HTTPD_H

#include "ca.h"
#include "faulty.h"
#include "site.h"
#include "manage.h"
#include "posts.h"
#include "tlsfault.h"

#include <event2/event.h>

struct httpd;

struct httpd_options { /* everything is borrowed */
	struct event_base *base;
	const struct lab_clock *clock;
	const struct ca *ca;
	struct posts *posts;
	struct manage *manage;
	int port; /* 0: any free one */
	/* A client ended its handshake with this alert, by its number in RFC 8446 6.2. */
	void (*alerted)(void *arg, const char *source, const char *alert, int number);
	void *arg;
};
struct httpd *httpd_new(const struct httpd_options *o, struct err *e);
void httpd_free(struct httpd *h);
int httpd_port(const struct httpd *h);

/* Both close all connections: what comes next begins with a new handshake. */
int httpd_set_tls(struct httpd *h, const char *name, struct err *e);
int httpd_listen(struct httpd *h, int on, struct err *e);
/* The fault of later answers; to be set with faulty_set. */
struct faulty *httpd_faulty(struct httpd *h);

struct httpd_state {
	const char *tls; /* name of the fault */
	int listening, ipv6;
	uint64_t connections, handshakes; /* ever: taken; completed */
	char alert[80]; /* the last that a client sent: "certificate expired"; "" for none */
};
void httpd_get(const struct httpd *h, struct httpd_state *ret);

#endif
