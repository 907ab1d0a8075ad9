/* SPDX-License-Identifier: MIT */
/* devices: what the management server knows of each system, by its host name, and the tickets that it opens
 * about them. */
#ifndef LAB_DEVICES_H
#define LAB_DEVICES_H

#include "base/buf.h"
#include "doc/doc.h"
#include "enforce.h"
#include "site.h"

#include <stdint.h>

enum { DEVICES_MAX = 5000, TICKETS_MAX = 1000 };

enum device_state {
	DEVICE_WAITING,    /* added, and not heard of yet */
	DEVICE_REGISTERED, /* heard of */
	DEVICE_ENFORCING,  /* it was sent its settings, and asked for what it has now */
	DEVICE_VERIFIED,   /* it has them */
	DEVICE_DIFFERS,    /* it has not */
};

struct device {
	struct device *next;
	char name[64], mac[32], address[64], source[64], software[64], event[16];
	int added;
	enum device_state state;
	char differs[200]; /* which setting, when it differs */
	int64_t seen_us;   /* 0: never */
};

struct devices;
/* say(arg, line): the console; clock is borrowed. */
struct devices *devices_new(const struct lab_clock *clock, void (*say)(void *arg, const char *line),
			    void *arg);
void devices_free(struct devices *d);

/* An administrator adds a system by its host name: from now on it is sent settings. */
void devices_add(struct devices *d, const char *name);
/* An event came; NULL when there are too many. Closes its tickets. source: where it came from. */
struct device *devices_event(struct devices *d, const struct doc *identification, const char *event,
			     const char *source);
/* It was sent its settings. */
void devices_pushed(struct device *device);
/* The Configuration that a device of this name posted; NULL settings: nothing is enforced. */
void devices_posted(struct devices *d, const char *name, const struct doc *configuration,
		    const struct enforce *settings);
/* Other settings are enforced: everyone is looked at anew. */
void devices_look_anew(struct devices *d);

/* A client at source ended a handshake with this alert; validation: it did not trust the certificate. */
void devices_alert(struct devices *d, const char *source, const char *alert, int validation);
/* Opens a ticket for each device that should have been heard of by now. Call now and then. */
void devices_check(struct devices *d, unsigned heartbeat_s);

size_t devices_count(const struct devices *d);
size_t devices_open_tickets(const struct devices *d);
void devices_print(const struct devices *d, int json, struct buf *out);
void devices_print_tickets(const struct devices *d, int json, struct buf *out);

#endif
