/* SPDX-License-Identifier: MIT */
/* fleet_args: reads the options of `sealpost-lab fleet`. */
#ifndef LAB_FLEET_ARGS_H
#define LAB_FLEET_ARGS_H

#include "base/err.h"
#include "crypto/hmac.h"

#include <limits.h>

enum { FLEET_MAX = 100000, FLEET_ADDRESS = 64, FLEET_HOST = 254, FLEET_PATH = 2049 };

struct fleet_url {
	char host[FLEET_HOST]; /* "": there is none */
	int port;
	char path[FLEET_PATH]; /* with query, begins with a slash */
};

struct fleet_options {
	int devices;
	struct fleet_url manager, feedback;
	char roots[PATH_MAX];        /* file with trusted certificates; "": none was given */
	char address[FLEET_ADDRESS]; /* IP address of both servers; "": the host names are resolved */
	int port;                    /* port at that address */
	int seconds, ramp_s;         /* duration of the run; time within which the devices start */
	int beat_s;                  /* seconds between two events; 0: as the server says */
	int every_s;                 /* average seconds between two posts of feedback */
	int faults_percent;          /* percentage of posts to which a fault is applied */
	int has_key;
	struct hmac_key key; /* secret: to be wiped */
	int json;
};

/* Reads the words that follow `fleet`. folder: a lab's folder, whose servers are used if the words name none.
 * Fails with ERR_INPUT; the error says which word is wrong. The caller wipes ret->key afterwards. */
int fleet_args(int argc, char **argv, const char *folder, struct fleet_options *ret, struct err *e);
/* Returns 1 if events and posts of feedback go to the same server. */
int fleet_args_is_one_server(const struct fleet_options *o);
/* Prints the usage. */
void fleet_usage(void);

#endif
