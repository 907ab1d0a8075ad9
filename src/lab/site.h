/* SPDX-License-Identifier: MIT */
/* site: the names of the lab's hosts, the paths of the management server, the simulated date, and functions
 * for ports on loopback, which all parts of the lab share. */
#ifndef LAB_SITE_H
#define LAB_SITE_H

#include "base/err.h"

#include <stdint.h>

#define LAB_DOMAIN    "sealpost.test"
#define LAB_MANAGER   "manager." LAB_DOMAIN
#define LAB_PHONEBOOK "phonebook." LAB_DOMAIN
#define LAB_FEEDBACK  "feedback." LAB_DOMAIN

enum { LAB_NTP_SERVERS = 3, LAB_PORT_FIRST = 20000, LAB_PORT_LAST = 31999 };

/* The lab's simulated date: the system's date plus an offset. */
struct lab_clock {
	int64_t ahead_us;
};
int64_t site_now_us(const struct lab_clock *c);

#define MANAGE_PATH           "/tms/public/external/management/SystemManagementService.asmx"
#define MANAGE_DOCUMENT_PATH  "/tms/public/feedback/postdocument.aspx"
#define MANAGE_FEEDBACK_PATH  "/tms/public/feedback/code.aspx"
#define MANAGE_PHONEBOOK_PATH "/tms/public/external/phonebook/phonebookservice.asmx"

/* Returns a free port of this type (SOCK_STREAM, SOCK_DGRAM) on loopback; 0 if there is none. It is below the
 * range from which the kernel takes the ports of clients: a client that connects to a closed port in that
 * range may be connected to itself. */
int site_free_port(int type);
/* Returns a bound, non-blocking UDP socket on 127.0.0.1; port 0: any free one. Returns -1 with *e on
 * failure. */
int site_udp(int port, int *ret_port, struct err *e);

/* The options with which a lab is started. */
struct lab_options {
	const char *folder;
	int dns_port, https_port, http_port, ntp_port[LAB_NTP_SERVERS]; /* 0: any free one */
	int64_t date; /* Unix seconds; 0: the system's date */
	int show;     /* 1: each post is printed on standard output when it is received */
};

#endif
