/* SPDX-License-Identifier: MIT */
/* ntpd: an SNTP server (RFC 4330), with symmetric keys as in chrony and ntpd: a MAC is the digest of key and
 * packet. */
#ifndef LAB_NTPD_H
#define LAB_NTPD_H

#include "base/err.h"
#include "fault.h"
#include "site.h"

#include <event2/event.h>

/* The keys that the lab knows: number, algorithm and secret. */
#define NTPD_SHA1_ID       1
#define NTPD_SHA1_SECRET   "lab-key-one"
#define NTPD_SHA256_ID     2
#define NTPD_SHA256_SECRET "lab-key-two"

struct ntpd;

/* clock is borrowed. */
struct ntpd *ntpd_new(struct event_base *base, const struct lab_clock *clock, int port, struct err *e);
void ntpd_free(struct ntpd *n);
int ntpd_port(const struct ntpd *n);
const struct fault_table *ntpd_table(void);
/* argument: NULL, or the seconds of the fault "wrong". */
int ntpd_set(struct ntpd *n, const char *name, const char *argument, struct err *e);
const char *ntpd_mode(const struct ntpd *n);
unsigned long ntpd_requests(const struct ntpd *n);

#endif
