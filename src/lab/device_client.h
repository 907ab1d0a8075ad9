/* SPDX-License-Identifier: MIT */
/* device_client: the management server as a client of a device: one HTTPS request, on a connection of its
 * own, by which the device's certificate is verified. */
#ifndef LAB_DEVICE_CLIENT_H
#define LAB_DEVICE_CLIENT_H

#include "base/err.h"
#include "ca.h"
#include "site.h"

#include <event2/event.h>
#include <stddef.h>

enum { DEVICE_HOST = 64, DEVICE_ADDRESS = 64, DEVICE_USER = 65 };

/* Where a device is, how it is verified, and who logs in there. */
struct device_access {
	char address[DEVICE_ADDRESS]; /* of IP, as text; "": the server does not call this device */
	int port;
	char user[DEVICE_USER];
	char *password; /* owned, secret */
	char *roots;    /* owned: trusted certificates in PEM; NULL: the lab's own root */
};
/* Frees and wipes what it holds, and leaves it empty. */
void device_access_done(struct device_access *a);

enum device_reach {
	DEVICE_ANSWERED,
	DEVICE_NO_HTTPS,    /* no connection, no handshake, or no answer of HTTP */
	DEVICE_NOT_TRUSTED, /* its certificate is not trusted, or is for another name */
};
struct device_answer { /* borrowed for the call */
	enum device_reach reach;
	int status;       /* of HTTP, where it answered */
	char reason[256]; /* why it did not answer, or is not trusted */
	const char *body; /* ends at a NUL */
	size_t len;
};
typedef void device_done(void *arg, const struct device_answer *a);

struct device_request { /* all borrowed: what is pointed to for the call, base, clock and ca until done */
	struct event_base *base;
	const struct lab_clock *clock; /* the date at which the certificate is verified */
	const struct ca *ca;
	const struct device_access *access;
	const char *host; /* the device's host name; without a dot, one with the lab's domain is as good */
	const char *path;
	const char *body; /* NULL: GET */
	device_done *done;
	void *arg;
};

struct device_client;
/* Sends the request, and calls done once, never before this has returned; the client is gone then. ERR_INPUT:
 * the roots of the access are no certificates. */
struct device_client *device_client_send(const struct device_request *r, struct err *e);
/* done will not be called. NULL is allowed. */
void device_client_cancel(struct device_client *c);

#endif
