/* SPDX-License-Identifier: MIT */
/* fleet_args: how a fleet is wanted, from the command line. */
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
	char roots[PATH_MAX];        /* file of the certificates that are trusted; "": none was given */
	char address[FLEET_ADDRESS]; /* where both servers are; "": the hosts' names are resolved */
	int port;                    /* of that address */
	int seconds, ramp_s;         /* how long it runs; in which time the devices start */
	int beat_s;                  /* between two events; 0: as the server says */
	int every_s;                 /* between two posts of feedback, on the average */
	int faults_percent;          /* of the posts, with which something goes wrong on the way */
	int has_key;
	struct hmac_key key; /* secret: wipe it */
	int json;
};

/* Reads the words behind `fleet`. folder is that of a lab, whose servers are used if the words name none.
 * ERR_INPUT says which word is wrong. Wipe ret->key afterwards. */
int fleet_args(int argc, char **argv, const char *folder, struct fleet_options *ret, struct err *e);
/* Do events and posts of feedback go to the same server? */
int fleet_args_is_one_server(const struct fleet_options *o);
/* Prints what fleet_args reads. */
void fleet_usage(void);

#endif
