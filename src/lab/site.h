/* SPDX-License-Identifier: MIT */
/* site: what all parts of the lab have in common: the names of its hosts, the paths of the management server,
 * the date that it plays, and ports on loopback. */
#ifndef LAB_SITE_H
#define LAB_SITE_H

#include "base/err.h"

#include <stdint.h>

#define LAB_DOMAIN    "sealpost.test"
#define LAB_MANAGER   "manager." LAB_DOMAIN
#define LAB_PHONEBOOK "phonebook." LAB_DOMAIN
#define LAB_FEEDBACK  "feedback." LAB_DOMAIN

enum { LAB_NTP_SERVERS = 3, LAB_PORT_FIRST = 20000, LAB_PORT_LAST = 31999 };

/* The date that the lab plays: the system's, or that much ahead of it. */
struct lab_clock {
	int64_t ahead_us;
};
int64_t site_now_us(const struct lab_clock *c);

#define MANAGE_PATH           "/tms/public/external/management/SystemManagementService.asmx"
#define MANAGE_DOCUMENT_PATH  "/tms/public/feedback/postdocument.aspx"
#define MANAGE_FEEDBACK_PATH  "/tms/public/feedback/code.aspx"
#define MANAGE_PHONEBOOK_PATH "/tms/public/external/phonebook/phonebookservice.asmx"

/* A free port of that type (SOCK_STREAM, SOCK_DGRAM) on loopback, below those that the kernel hands out: a
 * client that connects to a closed port of its own range can meet itself. 0 if there is none. */
int site_free_port(int type);
/* A bound, non-blocking UDP socket on 127.0.0.1; port 0: any free one. -1 with e. */
int site_udp(int port, int *ret_port, struct err *e);

/* What somebody who starts a lab decides. */
struct lab_options {
	const char *folder;
	int dns_port, https_port, ntp_port[LAB_NTP_SERVERS]; /* 0: any free one */
	int64_t date;                                        /* Unix seconds; 0: the system's date */
	int show;                                            /* print posts on standard output as they come */
};

#endif
