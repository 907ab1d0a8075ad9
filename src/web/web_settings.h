/* SPDX-License-Identifier: MIT */
/* web_settings: the settings, key and certificate that sealpost-web gets from the agent by the verb xWeb. */
#ifndef WEB_WEB_SETTINGS_H
#define WEB_WEB_SETTINGS_H

#include "base/err.h"
#include "rate.h"

#include <stddef.h>
#include <stdint.h>

/* How clients' certificates are looked up in revocation lists. Soft: one that a list names is refused. Hard:
 * also one for which no list is valid. */
enum web_revocation { WEB_REVOCATION_OFF, WEB_REVOCATION_SOFT, WEB_REVOCATION_HARD };

enum { WEB_ADDRESSES_MAX = 16, WEB_NAMES_MAX = 64, WEB_NAME_MAX = 256 };

struct web_settings {
	int64_t generation;      /* number of the state of the agent's settings from which these are */
	int is_on;               /* 0: the program has to end */
	char *certificate, *key; /* PEM, owned; NULL: there is none. The key is secret. */
	char *roots;             /* PEM, owned: the roots with which clients' certificates are verified */
	char *lists;             /* PEM, owned: revocation lists for clients' certificates */
	enum web_revocation revocation;
	int port;
	char addresses[WEB_ADDRESSES_MAX][64];   /* addresses on which it listens */
	size_t n_addresses;                      /* 0: it listens on all addresses */
	char names[WEB_NAMES_MAX][WEB_NAME_MAX]; /* names of the device */
	size_t n_names;
	int tls_1_3_only, verifies_clients, strict_transport, websocket, self_signed;
	int64_t date; /* the trusted date when the agent sent this, in Unix seconds; 0: not known */
	struct rate_limit basic, session;
};

/* Reads the agent's answer to xWeb Get in output mode "typed". Fails with ERR_PROTOCOL if it is something
 * else. The caller calls web_settings_done in any case. */
int web_settings_read(const char *answer, size_t len, struct web_settings *ret, struct err *e);
/* Frees certificate, key, roots and lists, and wipes the key. All other settings stay valid. */
void web_settings_done(struct web_settings *s);

/* Writes a digest of all settings on which open connections depend: certificate, versions of TLS, the roots
 * and revocation lists for clients' certificates, whether WebSocket is allowed. If the digest has changed,
 * open connections must end. */
enum { WEB_SETTINGS_DIGEST = 65 };
void web_settings_digest(const struct web_settings *s, char ret[WEB_SETTINGS_DIGEST]);

/* Returns 1 if both have the same addresses and port to listen on. These cannot be changed while the program
 * runs. */
int web_settings_same_place(const struct web_settings *a, const struct web_settings *b);

#endif
