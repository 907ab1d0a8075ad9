/* SPDX-License-Identifier: MIT */
/* libsealpost: with it codec software publishes status and events to the sealpost agent, and reads settings
 * from it.
 *
 * One handle, one connection to the agent's control socket; not for several threads at once. Nothing blocks
 * unless its name says so: give sealpost_fd and sealpost_wants to your own poll loop and call
 * sealpost_process when it is ready. Errors are 0 or -1 with errno; sealpost_error gives a sentence. Plain C,
 * no other header needed, usable from C++. */
#ifndef SEALPOST_H
#define SEALPOST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define SEALPOST_SOCKET "/run/sealpost/control"

struct sealpost;

/* Does not connect yet. socket_path NULL: the environment's SEALPOST_SOCKET, else the default above. NULL: no
 * memory. */
struct sealpost *sealpost_new(const char *socket_path);
void sealpost_free(struct sealpost *s);
/* The last failure as a sentence; "" if there was none. Borrowed. */
const char *sealpost_error(const struct sealpost *s);

/* Hands an XML document (root Status, Event or Configuration; wire-formats.md 6.3) to the agent. Returns at
 * once: durable(arg, 0) is called from sealpost_process or _flush when the agent has it on disk, durable(arg,
 * errno) when it refused it (EINVAL: not such a document; ENOSPC, EACCES, EIO). Until then it is kept here
 * and sent again after a reconnect, under the number that it has; the agent takes it once. durable may be
 * NULL, may publish, and may not free the handle. -1 with EMSGSIZE for a document of more than
 * SEALPOST_DOCUMENT_MAX bytes, which the agent would refuse, and with EAGAIN when more than
 * SEALPOST_PENDING_MAX bytes wait: process, then try again. */
#define SEALPOST_DOCUMENT_MAX (1u << 20)
#define SEALPOST_PENDING_MAX  (4u << 20)
int sealpost_publish(struct sealpost *s, const char *xml, size_t len, void (*durable)(void *arg, int error),
		     void *arg);
/* How many publications are not yet durable. */
size_t sealpost_pending(const struct sealpost *s);

/* For a poll loop: descriptor (-1: none now, call process again after sealpost_timeout_ms) and what to wait
 * for: a sum of POLLIN and POLLOUT. */
int sealpost_fd(const struct sealpost *s);
short sealpost_wants(const struct sealpost *s);
int sealpost_timeout_ms(const struct sealpost *s);
/* Reads, writes, reconnects as far as it goes without waiting, calls back. -1: not connected just now (it
 * goes on trying). */
int sealpost_process(struct sealpost *s);

/* Blocking: until nothing is pending or timeout_ms passed (-1: no limit). -1 with ETIMEDOUT then. */
int sealpost_flush(struct sealpost *s, int timeout_ms);
/* Blocking: one setting's value ("SystemUnit Name") as text into value. ENOENT: no such setting; ERANGE: does
 * not fit. */
int sealpost_setting(struct sealpost *s, const char *path, char *value, size_t size, int timeout_ms);

/* --- the server's phone book --- */

enum sealpost_outcome {
	SEALPOST_FOUND,
	SEALPOST_NO_MATCH,
	SEALPOST_UNREACHABLE, /* the server */
	SEALPOST_TLS_FAILED,  /* the server was not believed: verify_result is OpenSSL's number */
	SEALPOST_AUTH_FAILED,
	SEALPOST_BAD_RESPONSE,
	SEALPOST_NOT_CONFIGURED,
	SEALPOST_FAILED /* nobody was asked: reason says why (the handle was freed, too many at once, ...) */
};

struct sealpost_query {         /* texts may be NULL; all zero: the roots */
	const char *text;       /* anywhere in the name */
	const char *folder;     /* id of a folder */
	unsigned offset, limit; /* limit 0: 50; at most 1000 */
	int contacts_only, folders_only;
	int allow_stale; /* a remembered answer will do when no fresh one is to be had */
};

struct sealpost_number {
	const char *number, *protocol; /* "SIP:ada@example.org", "SIP"; protocol may be "" */
};
struct sealpost_entry {
	int is_folder;
	const char *id, *name;
	size_t n; /* ways to call a contact */
	const struct sealpost_number *numbers;
};

struct sealpost_found { /* borrowed for the call */
	enum sealpost_outcome outcome;
	long verify_result; /* of SEALPOST_TLS_FAILED, else 0 */
	const char *reason; /* a sentence about a failure; "" if there is none */
	size_t n;
	const struct sealpost_entry *entries;
	long total; /* how many there are in all; -1: the server does not say */
	long age_s; /* -1: fresh; else seconds of age of a remembered answer, and outcome says why */
};

/* Returns at once; found(arg, f) is called once, from sealpost_process, _flush or _free, within about six
 * seconds while the agent is there. -1 with EINVAL (a text with a control character, or too long) or ENOMEM:
 * found is not called. */
int sealpost_search(struct sealpost *s, const struct sealpost_query *q,
		    void (*found)(void *arg, const struct sealpost_found *f), void *arg);

/* --- the external manager --- */

struct sealpost_manager { /* borrowed for the call; texts are never NULL */
	/* AuthenticationFailed, ConfigError, Failed, Idle, NeedConfig, Provisioning, Provisioned; "": the
	 * agent could not be asked */
	const char *status;
	const char *url;               /* the server in use */
	const char *reason;            /* why it is Idle, or what the last failure was */
	const char *last_event;        /* Boot, Register, Beat: the last one that a server took */
	long next_beat_s, heartbeat_s; /* -1: none is due, not known */
};
/* As sealpost_search. */
int sealpost_manager(struct sealpost *s, void (*told)(void *arg, const struct sealpost_manager *m),
		     void *arg);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
