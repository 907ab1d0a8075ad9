/* SPDX-License-Identifier: MIT */
/* httpd: the HTTPS server of the management server, with its faults in handshakes and answers. */
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
	/* Called when a client has ended its handshake with this alert; number is the alert's number in RFC
	 * 8446 6.2. */
	void (*alerted)(void *arg, const char *source, const char *alert, int number);
	void *arg;
};
struct httpd *httpd_new(const struct httpd_options *o, struct err *e);
void httpd_free(struct httpd *h);
int httpd_port(const struct httpd *h);

/* Both functions close all connections, so that the next request begins with a new handshake. */
int httpd_set_tls(struct httpd *h, const char *name, struct err *e);
int httpd_listen(struct httpd *h, int on, struct err *e);
/* Returns the fault of answers, which faulty_set changes. */
struct faulty *httpd_faulty(struct httpd *h);

struct httpd_state {
	const char *tls; /* name of the fault */
	int listening, ipv6;
	/* numbers of accepted connections and of completed handshakes since the start */
	uint64_t connections, handshakes;
	char alert[80]; /* the last alert that a client sent: "certificate expired"; "": none */
};
void httpd_get(const struct httpd *h, struct httpd_state *ret);

#endif
