/* SPDX-License-Identifier: MIT */
/* web_settings: what the agent gives sealpost-web by the verb xWeb: key, certificate, settings. */
#ifndef WEB_WEB_SETTINGS_H
#define WEB_WEB_SETTINGS_H

#include "base/err.h"
#include "rate.h"

#include <stddef.h>
#include <stdint.h>

enum { WEB_ADDRESSES_MAX = 16, WEB_NAMES_MAX = 64, WEB_NAME_MAX = 256 };

struct web_settings {
	int64_t generation;      /* the state of the agent's settings that this is */
	int is_on;               /* 0: the program is to end itself */
	char *certificate, *key; /* PEM, owned; NULL: there is none. The key is secret. */
	char *roots;             /* PEM, owned: what clients' certificates are verified with */
	int port;
	char addresses[WEB_ADDRESSES_MAX][64];   /* on which it listens */
	size_t n_addresses;                      /* 0: on all */
	char names[WEB_NAMES_MAX][WEB_NAME_MAX]; /* by which the device is reached */
	size_t n_names;
	int tls_1_3_only, verifies_clients, strict_transport, websocket, self_signed;
	int64_t date; /* the trusted date when this was sent, Unix seconds; 0: it is not known */
	struct rate_limit basic, session;
};

/* Reads the agent's answer to xWeb Get in output mode "typed". ERR_PROTOCOL: it is something else. Call
 * web_settings_done in any case. */
int web_settings_read(const char *answer, size_t len, struct web_settings *ret, struct err *e);
/* Wipes and frees. */
void web_settings_done(struct web_settings *s);

/* Writes a digest of all by which connections were begun: certificate, versions of TLS, whose certificates
 * are trusted, whether WebSocket is allowed. Where it has changed, they may not go on. */
enum { WEB_SETTINGS_DIGEST = 65 };
void web_settings_digest(const struct web_settings *s, char ret[WEB_SETTINGS_DIGEST]);

/* Returns 1 if both listen at the same addresses, which cannot be changed any more. */
int web_settings_same_place(const struct web_settings *a, const struct web_settings *b);

#endif
