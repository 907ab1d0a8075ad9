/* SPDX-License-Identifier: MIT */
/* device_client: the management server as a client of a device: sends one HTTPS request on a connection of
 * its own, and verifies the device's certificate. */
#ifndef LAB_DEVICE_CLIENT_H
#define LAB_DEVICE_CLIENT_H

#include "base/err.h"
#include "ca.h"
#include "site.h"

#include <event2/event.h>
#include <stddef.h>

enum { DEVICE_HOST = 64, DEVICE_ADDRESS = 64, DEVICE_USER = 65 };

/* How the server reaches a device, verifies it and logs in. */
struct device_access {
	char address[DEVICE_ADDRESS]; /* an IP address as text; "": the server does not call this device */
	int port;
	char user[DEVICE_USER];
	char *password; /* owned, secret */
	char *roots;    /* owned: trusted certificates in PEM; NULL: the lab's own root */
};
/* Wipes and frees the contents, and leaves the struct empty. */
void device_access_done(struct device_access *a);

enum device_reach {
	DEVICE_ANSWERED,
	DEVICE_NO_HTTPS,    /* no connection, no handshake, or no HTTP answer */
	DEVICE_NOT_TRUSTED, /* its certificate is not trusted, or is for another name */
};
struct device_answer { /* borrowed for the call */
	enum device_reach reach;
	int status;       /* HTTP status; 0: there was no answer */
	char reason[256]; /* why there was no answer, or the certificate is not trusted */
	const char *body; /* ends at a NUL */
	size_t len;
};
typedef void device_done(void *arg, const struct device_answer *a);

struct device_request { /* all borrowed: texts for the call; base, clock and ca until done is called */
	struct event_base *base;
	const struct lab_clock *clock; /* the date for which the certificate is verified */
	const struct ca *ca;
	const struct device_access *access;
	/* the device's host name; a certificate for it with the lab's domain appended is accepted, too, if it
	 * has no dot */
	const char *host;
	const char *path;
	const char *body; /* NULL: GET */
	device_done *done;
	void *arg;
};

struct device_client;
/* Sends the request, and calls done once, never before this call has returned; the client is freed
 * afterwards. Fails with ERR_INPUT if access->roots has no certificates. */
struct device_client *device_client_send(const struct device_request *r, struct err *e);
/* Cancels the request: done will not be called. NULL is allowed. */
void device_client_cancel(struct device_client *c);

#endif
