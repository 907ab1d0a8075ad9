/* SPDX-License-Identifier: MIT */
/* libsealpost: codec software publishes status and events to the sealpost agent with it, and asks the
 * agent for settings, for the server's phone book and for the state of the external manager.
 *
 * A handle has one connection to the agent's control socket, and reconnects by itself. It must not be used
 * by several threads at once. A call blocks only where its comment says so. All others return at once:
 * give sealpost_fd and sealpost_wants to your own poll loop, and call sealpost_process when the descriptor
 * is ready or when sealpost_timeout_ms has passed.
 *
 * A call that fails returns -1 and sets errno; sealpost_error then gives a sentence. This is plain C that
 * needs no other header, and can be used from C++. */
#ifndef SEALPOST_H
#define SEALPOST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define SEALPOST_SOCKET "/run/sealpost/control"

struct sealpost;

/* Makes a handle, which is yours to free. It does not connect yet. socket_path is the agent's control
 * socket; when it is NULL, the environment variable SEALPOST_SOCKET names it, else it is the default
 * above. NULL: out of memory. */
struct sealpost *sealpost_new(const char *socket_path);
/* Closes the connection and frees the handle. Publications that the agent has not acknowledged are given up
 * without a call of their `durable`; questions that wait are called back as failed. NULL is allowed. */
void sealpost_free(struct sealpost *s);
/* The last failure as a sentence, "" if there was none. It belongs to the handle and lasts until the next
 * call. */
const char *sealpost_error(const struct sealpost *s);

/* Publishes an XML document of len bytes, whose root is Status, Event or Configuration
 * (docs/wire-formats.md 6.3). The document is copied, and the call returns at once. durable(arg, 0) is
 * called from sealpost_process or sealpost_flush when the agent has the document on disk, durable(arg,
 * errno) when the agent refused it: EINVAL (it is no such document), ENOSPC, EACCES or EIO. Until then the
 * handle keeps the document, and sends it again after a reconnect under the number that it has, so that
 * the agent takes it once.
 *
 * durable may be NULL. It may publish, and must not free the handle. -1 with EMSGSIZE: the document has
 * more than SEALPOST_DOCUMENT_MAX bytes, which the agent would refuse. EAGAIN: more than
 * SEALPOST_PENDING_MAX bytes wait to be acknowledged; call sealpost_process, then try again. EINVAL: len
 * is 0. ENOMEM. */
#define SEALPOST_DOCUMENT_MAX (1u << 20)
#define SEALPOST_PENDING_MAX  (4u << 20)
int sealpost_publish(struct sealpost *s, const char *xml, size_t len, void (*durable)(void *arg, int error),
		     void *arg);
/* How many publications and questions the agent has not yet answered. */
size_t sealpost_pending(const struct sealpost *s);

/* For your poll loop: the descriptor to wait for, -1 while there is no connection. It changes with each
 * connection, so ask again before each wait. */
int sealpost_fd(const struct sealpost *s);
/* What to wait for on that descriptor: POLLIN, or POLLIN | POLLOUT. */
short sealpost_wants(const struct sealpost *s);
/* After how many milliseconds sealpost_process has to be called even if nothing is ready; -1: not at all. */
int sealpost_timeout_ms(const struct sealpost *s);
/* Connects if need be, sends and receives as far as that goes without waiting, and calls back. 0; -1:
 * there is no connection just now, and it will be tried again. */
int sealpost_process(struct sealpost *s);

/* Blocks until nothing is pending. -1 with ETIMEDOUT when that took longer than timeout_ms milliseconds
 * (-1: no limit). */
int sealpost_flush(struct sealpost *s, int timeout_ms);
/* Blocks until the agent has answered, for timeout_ms milliseconds at most (-1: no limit). Writes the
 * value of one setting, named as at the terminal ("SystemUnit Name"), as text that ends in NUL into value,
 * which has size bytes. -1 with ENOENT: there is no such setting; EINVAL: that is no path of one setting;
 * ERANGE: the value does not fit; ETIMEDOUT. */
int sealpost_setting(struct sealpost *s, const char *path, char *value, size_t size, int timeout_ms);

/* --- the server's phone book --- */

enum sealpost_outcome {
	SEALPOST_FOUND,
	SEALPOST_NO_MATCH,
	SEALPOST_UNREACHABLE, /* no connection to the server could be made */
	SEALPOST_TLS_FAILED,  /* certificate verification failed: verify_result is OpenSSL's number */
	SEALPOST_AUTH_FAILED, /* the server wants other credentials */
	SEALPOST_BAD_RESPONSE,
	SEALPOST_NOT_CONFIGURED,
	SEALPOST_FAILED /* the server was not asked: reason says why (too many questions, no memory, ...) */
};

/* What to look for. Texts may be NULL. When all is zero, the folders and contacts at the top are listed. */
struct sealpost_query {
	const char *text;       /* what the name has to contain */
	const char *folder;     /* id of the folder to look in */
	unsigned offset, limit; /* limit: at most 1000; 0 means 50 */
	int contacts_only, folders_only;
	int allow_stale; /* where the server cannot be asked, an earlier answer will do */
};

struct sealpost_number {
	const char *number, *protocol; /* "SIP:ada@example.org", "SIP"; protocol may be "" */
};
struct sealpost_entry {
	int is_folder;
	const char *id, *name;
	size_t n; /* how many numbers a contact has */
	const struct sealpost_number *numbers;
};

/* What was found. Everything in it is borrowed for the call. */
struct sealpost_found {
	enum sealpost_outcome outcome;
	long verify_result; /* of SEALPOST_TLS_FAILED, else 0 */
	const char *reason; /* a sentence about a failure, "" if there was none */
	size_t n;
	const struct sealpost_entry *entries;
	long total; /* how many there are in all; -1: the server does not say */
	long age_s; /* -1: a fresh answer; else an earlier one, this many seconds old: see outcome */
};

/* Searches the server's phone book. Returns at once; found(arg, f) is called once, from sealpost_process,
 * sealpost_flush or sealpost_free, within about six seconds while the agent is there. -1, and found is not
 * called: EINVAL (a text is too long or has a control character) or ENOMEM. */
int sealpost_search(struct sealpost *s, const struct sealpost_query *q,
		    void (*found)(void *arg, const struct sealpost_found *f), void *arg);

/* --- the external manager --- */

/* The state of the connection to the external manager. It is borrowed for the call; no text is NULL. */
struct sealpost_manager {
	/* AuthenticationFailed, ConfigError, Failed, Idle, NeedConfig, Provisioning or Provisioned; ""
	 * when the agent could not be asked */
	const char *status;
	const char *url;               /* the server in use */
	const char *reason;            /* why it is Idle, or what the last failure was */
	const char *last_event;        /* Boot, Register or Beat: the last one that a server has accepted */
	long next_beat_s, heartbeat_s; /* -1: none is due, not known */
};
/* Asks for it. Returns at once; on_manager(arg, m) is called once, as by sealpost_search. -1 with ENOMEM. */
int sealpost_manager(struct sealpost *s, void (*on_manager)(void *arg, const struct sealpost_manager *m),
		     void *arg);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
