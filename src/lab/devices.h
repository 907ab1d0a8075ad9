/* SPDX-License-Identifier: MIT */
/* devices: what the management server knows about each device, by its host name, and the tickets that it
 * opens about devices. */
#ifndef LAB_DEVICES_H
#define LAB_DEVICES_H

#include "base/buf.h"
#include "doc/doc.h"
#include "device_client.h"
#include "enforce.h"
#include "site.h"

#include <stdint.h>

enum { DEVICES_MAX = 20000, TICKETS_MAX = 1000 };

enum device_state {
	DEVICE_WAITING,    /* it was added and has not sent an event yet */
	DEVICE_REGISTERED, /* it has sent an event */
	DEVICE_ENFORCING,  /* its settings were sent to it, and it was asked for its present settings */
	DEVICE_VERIFIED,   /* it has the settings that were sent */
	DEVICE_DIFFERS,    /* it has other settings */
};

struct device {
	struct device *next, *in_bucket; /* the next of all, and of those in the same bucket */
	char name[64], mac[32], address[64], source[64], software[64], event[16];
	int added;
	enum device_state state;
	char differs[200];           /* the setting that differs */
	struct device_access access; /* how the server calls it; owned */
	int64_t seen_us;             /* when its last event was received; 0: none was */
};

struct devices;
/* say(arg, line) prints a line on the console; clock is borrowed. */
struct devices *devices_new(const struct lab_clock *clock, void (*say)(void *arg, const char *line),
			    void *arg);
void devices_free(struct devices *d);

/* Adds a device by its host name, as an administrator does: from now on the server sends it settings. access:
 * how the server calls it; its texts are moved to the device, and it is left empty. NULL: unchanged. */
void devices_add(struct devices *d, const char *name, struct device_access *access);
/* Returns how the server calls the device with this name; NULL if it does not call it. */
const struct device_access *devices_access(struct devices *d, const char *name);

/* The outcome of a call to a device. */
enum device_trouble {
	DEVICE_TROUBLE_NONE,
	DEVICE_TROUBLE_NO_HTTPS,
	DEVICE_TROUBLE_CERTIFICATE,
	DEVICE_TROUBLE_LOGIN,
};
/* Opens the ticket of this trouble, and closes the tickets of other calls to the device. A device whose HTTPS
 * is known to be off has a ticket that says so, and none for not answering. */
void devices_called(struct devices *d, const char *name, enum device_trouble trouble, const char *detail);
/* Returns the ticket's kind: "No HTTPS response". */
const char *devices_trouble_name(enum device_trouble trouble);
struct device_identity { /* borrowed for the call */
	const char *software, *address;
};
/* To be called when a device has reported its identity over HTTPS. */
void devices_identified(struct devices *d, const char *name, const struct device_identity *who);
/* To be called when an event was received. Closes the device's tickets and returns the device; NULL if there
 * are too many devices. source: the client's IP address. */
struct device *devices_event(struct devices *d, const struct doc *identification, const char *event,
			     const char *source);
/* To be called when the settings were sent to the device. */
void devices_pushed(struct device *device);
/* To be called when the Configuration of the device with this name was received: compares it with the
 * settings. */
void devices_posted(struct devices *d, const char *name, const struct doc *configuration,
		    const struct enforce *settings);
/* To be called when other settings are enforced from now on: all devices are checked again. */
void devices_recheck(struct devices *d);

/* To be called when a client at the IP address source has ended a handshake with this alert. validation: 1 if
 * the alert means that the client did not trust the certificate. */
void devices_alert(struct devices *d, const char *source, const char *alert, int validation);
/* Opens a ticket for each device whose next event is overdue. To be called periodically. */
void devices_check(struct devices *d, unsigned heartbeat_s);

size_t devices_count(const struct devices *d);
size_t devices_open_tickets(const struct devices *d);
void devices_print(const struct devices *d, int json, struct buf *out);
void devices_print_tickets(const struct devices *d, int json, struct buf *out);

#endif
