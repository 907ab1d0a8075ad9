/* SPDX-License-Identifier: MIT */
/* world: struct lab with the parts of a running lab, for lab.c, which makes them, and orders.c, which changes
 * them. */
#ifndef LAB_WORLD_H
#define LAB_WORLD_H

#include "ca.h"
#include "lab_control.h"
#include "devices.h"
#include "dnsd.h"
#include "httpd.h"
#include "manage.h"
#include "ntpd.h"
#include "plain_http.h"
#include "posts.h"
#include "site.h"
#include "visit.h"

#include <event2/event.h>
#include <limits.h>

struct lab {
	struct lab_options o;
	char folder[PATH_MAX]; /* absolute */
	struct event_base *base;
	struct lab_clock clock;
	struct ca ca;
	struct dnsd *dnsd;
	struct ntpd *ntpd[LAB_NTP_SERVERS];
	struct posts *posts;
	struct devices *devices;
	struct manage *manage;
	struct httpd *httpd;
	struct plain_http *plain_http;
	struct visit *visits; /* the calls to devices that are under way */
	struct control *control;
	struct event *tick; /* checks for devices whose event is overdue */
	int tail_json;      /* 1: `tail` prints JSON; the last client that gave this order decides */
};

/* Sets the simulated date, and makes new certificates and revocation lists for it. */
int lab_set_date(struct lab *lab, int64_t unix_s, struct err *e);

#endif
