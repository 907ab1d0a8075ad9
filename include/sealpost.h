/* SPDX-License-Identifier: MIT */
/* libsealpost: codec software publishes status and events to the sealpost agent with it, and asks the agent
 * for settings, for the server's phone book and for the state of the external manager.
 *
 * A handle reconnects by itself. Only one thread may use it at a time: if several threads share a handle,
 * the program must hold a lock during each call. Handles are independent of each other. Only sealpost_wake
 * may be called from any thread, and from a signal handler. In a forked process, calls with a handle of the
 * parent fail with ECHILD: make a new handle there.
 *
 * A call blocks only where its comment says so; all others return at once. A blocking call continues after a
 * signal; sealpost_wake ends it with EINTR. Callbacks are called only from sealpost_process, sealpost_wait,
 * sealpost_flush, sealpost_setting and sealpost_free. A callback may use the handle. It may also free it;
 * the handle is then freed when the callback has returned. Functions that wait or run callbacks fail in a
 * callback with EDEADLK. A C++ exception may leave a callback: it passes through the library, and the next
 * call continues with the remaining callbacks.
 *
 * A call that fails returns -1 and sets errno, and sealpost_error returns a sentence. In all lists of
 * errors, ECHILD means a handle of the parent in a forked process, EDEADLK a call in a callback, ENOMEM that
 * memory is exhausted. The header is plain C, needs no other header, and can be used from C++. Structures
 * grow only at their end. */
#ifndef SEALPOST_H
#define SEALPOST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* The version of this header; sealpost_version is that of the library which is loaded. */
#define SEALPOST_VERSION_MAJOR 0
#define SEALPOST_VERSION_MINOR 1
#define SEALPOST_VERSION_PATCH 0
#define SEALPOST_VERSION       "0.1.0"

/* The default path of the agent's control socket. */
#define SEALPOST_SOCKET "/run/sealpost/control"

/* The limits of a document: its bytes, the bytes of one element's text or of one attribute, the number of
 * elements, and how deep they may be nested. */
#define SEALPOST_DOCUMENT_MAX (1u << 20)
#define SEALPOST_TEXT_MAX     (256u << 10)
#define SEALPOST_ELEMENTS_MAX 20000u
#define SEALPOST_DEPTH_MAX    32u
/* The limit, in bytes, of the post to a server that the agent makes from a document. The post begins with
 * the identification of the device, which takes up to 4 KiB. */
#define SEALPOST_POST_MAX (256u << 10)
/* How many bytes of publications a handle keeps until the agent has answered them, and how many questions
 * (searches, manager queries and setting queries). */
#define SEALPOST_PENDING_MAX   (4u << 20)
#define SEALPOST_QUESTIONS_MAX 64u
/* The longest answer to a question. */
#define SEALPOST_ANSWER_MAX (16u << 20)

struct sealpost;

/* --- the handle --- */

/* Returns the version of the library, as in "0.1.0". */
const char *sealpost_version(void);

/* Makes a handle, which the caller has to free. It does not connect yet. socket_path is the path of the
 * agent's control socket. NULL: the value of the environment variable SEALPOST_SOCKET, or, if that is not
 * set, the default SEALPOST_SOCKET.
 *
 * Returns NULL on failure, and sealpost_error(NULL) says why:
 * - ENAMETOOLONG: the path has more than 107 bytes.
 * - EMFILE, ENFILE: there is no file descriptor left.
 * - ENOMEM: out of memory. */
struct sealpost *sealpost_new(const char *socket_path);

/* Closes the connection and frees the handle. Before that, it calls all waiting callbacks: with the agent's
 * answer if there is one, otherwise with ECANCELED. The agent may have accepted a publication with ECANCELED
 * all the same. NULL is allowed. If it is called in a callback, the handle is freed when the callback has
 * returned. In a forked process no callback is called, and the parent's handle stays as it is. */
void sealpost_free(struct sealpost *s);

/* Returns the failure of the last call as a sentence, "" if that call succeeded. In a callback with an error
 * it is the agent's reason. The text belongs to the handle and is valid until the next call. With NULL it
 * returns the reason why sealpost_new failed, as long as errno has not changed since. */
const char *sealpost_error(const struct sealpost *s);

/* --- publishing --- */

/* Publishes an XML document of len bytes, whose root is Status, Event or Configuration. The document is
 * copied, and the call returns at once, even while there is no connection. The callback on_durable(arg, 0)
 * is called when everything that the agent has to deliver of the document is on its disk. on_durable(arg,
 * error) is called when the agent refused the document; then sealpost_error returns the agent's reason.
 * on_durable may be NULL. The call itself checks only what is listed below as a reason to return -1;
 * on_durable reports whether the agent accepts the document.
 *
 * Errors of on_durable:
 * - EINVAL: it is not a document of these kinds.
 * - EMSGSIZE: a post to a server with it would be longer than SEALPOST_POST_MAX.
 * - EACCES: this user may not publish.
 * - ENOSPC: the agent's disk, or the status that it keeps, is full.
 * - EIO: the agent's disk failed.
 * - ECANCELED: the handle was freed.
 *
 * Until the agent has answered, the handle keeps the document, and sends it again after a reconnect with the
 * same sequence number, so the agent accepts it only once. The agent answers in the order in which documents
 * were published. The agent does not keep Status over a restart: publish it again in the callback of
 * sealpost_on_connection. If a Status is refused, the previously published values stay.
 *
 * Returns -1 on failure, with errno:
 * - EMSGSIZE: the document exceeds SEALPOST_DOCUMENT_MAX, SEALPOST_TEXT_MAX, SEALPOST_ELEMENTS_MAX or
 *   SEALPOST_DEPTH_MAX, or is an Event that would be longer than SEALPOST_POST_MAX as a post.
 * - EAGAIN: more than SEALPOST_PENDING_MAX bytes wait to be acknowledged.
 * - EINVAL: the document is empty.
 * - ENOMEM, ECHILD. */
int sealpost_publish(struct sealpost *s, const char *xml, size_t len,
		     void (*on_durable)(void *arg, int error), void *arg);

/* Gives the publisher a name. Under this name its events and configurations are numbered across restarts of
 * the program; the agent accepts each number of a name only once. name: 1 to 255 bytes, different for each
 * program of this user. first: the number of the next event or configuration, at least 1. Each further one
 * has the next number, even if the agent refuses it later. A call of sealpost_publish that fails uses no
 * number. Status is not numbered under this name, because it does no harm to publish it again. Anything
 * whose root element is not Status has a number, even if it is not XML. A handle without a call of this
 * function has a random name, and begins with 1.
 *
 * A program with a journal of events calls this at its start, with the number of the oldest entry that may
 * not have been acknowledged, and publishes from that entry on. Only one handle may use a name at a time.
 * The agent remembers 64 runs of consecutive accepted numbers, and at most four of one name. For example, if
 * 4 of the numbers 1 to 9 was refused, there are two runs, 1-3 and 5-9. A further run replaces the run that
 * was extended the longest time ago; numbers of the latter would then be accepted again.
 *
 * Returns -1 on failure, with errno:
 * - EINVAL: the name is empty or too long, or first is 0.
 * - EBUSY: publications, also of Status, wait for their acknowledgement.
 * - ECHILD. */
int sealpost_identify(struct sealpost *s, const char *name, unsigned long long first);

/* Returns the number of the last document that sealpost_publish has accepted, 0 if there was none. After
 * sealpost_identify it is the number of the last document that is no Status, at first `first` - 1. The next
 * one gets sealpost_number + 1. */
unsigned long long sealpost_number(const struct sealpost *s);

/* Returns the number of publications that the agent has not answered yet. */
size_t sealpost_pending(const struct sealpost *s);

/* --- the program's loop --- */

/* Returns the descriptor to wait for: when it is readable, call sealpost_process. The descriptor stays the
 * same for the life of the handle. It also becomes readable when a timer of the library is due, so the
 * program needs to wait for nothing else. It works with poll, select and epoll (level- or edge-triggered),
 * and with every loop that uses these. It belongs to the handle: do not read or close it. -1 in a forked
 * process. */
int sealpost_fd(const struct sealpost *s);

/* Connects if necessary, sends and receives without waiting, and calls the callbacks. A program may ignore
 * the return value: without a connection it is -1, and the descriptor becomes readable when it is time to
 * try again.
 *
 * Returns -1 on failure, with errno:
 * - ENOENT, ECONNREFUSED, EACCES ...: there is no connection now; the library tries again later.
 * - EDEADLK: it was called in a callback.
 * - ECHILD. */
int sealpost_process(struct sealpost *s);

/* Makes the descriptor readable, and ends a blocking call with EINTR. It may be called from any thread, and
 * from a signal handler, as long as the handle is not freed. The effect lasts until the next call of
 * sealpost_process or of a blocking function. */
void sealpost_wake(const struct sealpost *s);

/* Blocks until something happens, for timeout_ms milliseconds at most (-1: no limit), and does what
 * sealpost_process does. A program without an event loop calls it until its callback was called.
 *
 * Returns -1 on failure, with errno:
 * - ETIMEDOUT: nothing happened.
 * - EINTR: sealpost_wake was called.
 * - EDEADLK, ECHILD. */
int sealpost_wait(struct sealpost *s, int timeout_ms);

/* Blocks until the agent has answered all publications, for timeout_ms milliseconds at most (-1: no limit).
 * It does not wait for searches and manager queries.
 *
 * Returns -1 on failure, with errno:
 * - EINVAL, EMSGSIZE, ENOSPC, EIO: the agent refused a publication while this call waited. For publications
 *   without on_durable, refusals since the last call count, too. sealpost_error returns the reason; if
 *   several were refused, that of the first one. All publications were answered.
 * - EACCES: this user may not publish, or may not open the socket. The latter is reported at once.
 * - ETIMEDOUT: not all were answered.
 * - EINTR: sealpost_wake was called.
 * - EDEADLK, ECHILD. */
int sealpost_flush(struct sealpost *s, int timeout_ms);

/* --- the connection --- */

enum sealpost_state {
	SEALPOST_CONNECTED, /* the agent serves this handle */
	SEALPOST_LOST,      /* the connection has ended */
	SEALPOST_REFUSED    /* no connection can be made; reported once until the reason changes */
};

/* A change of the connection. Everything in it is borrowed for the call. */
struct sealpost_connection {
	enum sealpost_state state;
	int error;          /* an errno, 0 when connected */
	const char *reason; /* a sentence, "" when connected */
};

/* Sets the callback for changes of the connection. The handle then stays connected, even while there is
 * nothing to publish. The agent keeps no Status over its restart: at SEALPOST_CONNECTED publish all Status
 * again, also after the first connection; the agent passes on only what differs. changed NULL: removes the
 * callback.
 *
 * Returns -1 with ECHILD in a forked process. */
int sealpost_on_connection(struct sealpost *s,
			   void (*changed)(void *arg, const struct sealpost_connection *c), void *arg);

/* Sets the callback that gets a line for the program's log when something happens to the connection.
 * priority is one of syslog's: LOG_NOTICE (5) or LOG_WARNING (4). line NULL: removes the callback.
 *
 * Returns -1 with ECHILD in a forked process. */
int sealpost_on_log(struct sealpost *s, void (*line)(void *arg, int priority, const char *text), void *arg);

/* Numbers since the handle was made. */
struct sealpost_counters {
	unsigned long long sent;         /* publications that were sent whole, each once */
	unsigned long long sent_again;   /* that were sent once more after a reconnect */
	unsigned long long acknowledged; /* that the agent has on disk */
	unsigned long long refused;      /* that the agent refused */
	unsigned long long connections;  /* that were made: one more than reconnects */
	unsigned long long waiting;      /* publications that the agent has not answered */
	unsigned long long waiting_bytes;
	unsigned long long questions; /* searches, manager queries and settings that are not answered */
};

/* Writes the numbers of the handle to *ret, which has size bytes: sizeof (struct sealpost_counters). Numbers
 * that the library does not have are 0.
 *
 * Returns -1 with ECHILD in a forked process. */
int sealpost_count(const struct sealpost *s, struct sealpost_counters *ret, size_t size);

/* --- settings --- */

/* Blocks until the agent has answered, for timeout_ms milliseconds at most (-1: no limit). Writes the
 * value of one setting as text that ends in NUL into value, which has size bytes. path is the setting's name
 * as at the terminal, "SystemUnit Name", where it may be abbreviated.
 *
 * Returns -1 on failure, with errno:
 * - ENOENT: there is no such setting.
 * - EINVAL: path does not name one setting.
 * - ERANGE: the value does not fit.
 * - EACCES: this user may not open the socket.
 * - EAGAIN: SEALPOST_QUESTIONS_MAX questions wait.
 * - ETIMEDOUT: the agent has not answered; the question is cancelled.
 * - EINTR: sealpost_wake was called.
 * - EDEADLK, ECHILD, ENOMEM. */
int sealpost_setting(struct sealpost *s, const char *path, char *value, size_t size, int timeout_ms);

/* Adds a callback for settings. At each new connection it gets all settings that path names, then each
 * setting that is changed. path: the first words of settings' names as the terminal shows them, "SystemUnit"
 * or "Network 1 DNS", with one blank between two words; NULL: all settings. Words may not be abbreviated.
 * Both texts are borrowed for the call; secrets are "***". The callback cannot be removed before the handle
 * is freed.
 *
 * Only the agent knows which settings there are. If no setting's name begins with these words, the callback
 * is not called, and that of sealpost_on_log gets a line at each connection.
 *
 * Returns -1 on failure, with errno:
 * - EINVAL: path cannot be the beginning of a name: it has brackets, or blanks at an end or side by side.
 * - EAGAIN: there are 50 such callbacks already.
 * - ENOMEM, ECHILD. */
int sealpost_watch(struct sealpost *s, const char *path,
		   void (*changed)(void *arg, const char *path, const char *value), void *arg);

/* --- the server's phone book --- */

enum sealpost_outcome {
	SEALPOST_FOUND,
	SEALPOST_NO_MATCH,
	SEALPOST_UNREACHABLE, /* no connection to the server could be made */
	SEALPOST_TLS_FAILED,  /* certificate verification failed: verify_result is OpenSSL's number */
	SEALPOST_AUTH_FAILED, /* the server demands other credentials */
	SEALPOST_BAD_RESPONSE,
	SEALPOST_NOT_CONFIGURED,
	SEALPOST_FAILED /* the server was not asked: reason says why (no agent, too many questions, ...) */
};

/* A search. Texts may be NULL. If all members except size are zero, the folders and contacts at the top are
 * listed. Begin with `struct sealpost_query q = SEALPOST_QUERY`. */
struct sealpost_query {
	size_t size;            /* of this structure */
	const char *text;       /* text that the name must contain */
	const char *folder;     /* id of the folder to search in */
	unsigned offset, limit; /* limit: at most 1000; 0 means 50 */
	int contacts_only, folders_only;
	int allow_stale; /* if the server cannot be asked, an earlier answer is acceptable */
	int timeout_ms;  /* after this time the search ends with ETIMEDOUT; 0 means 10000, -1 no limit */
};
#define SEALPOST_QUERY                                                                                       \
	{                                                                                                    \
		sizeof(struct sealpost_query), 0, 0, 0, 0, 0, 0, 0, 0                                        \
	}

struct sealpost_number {
	const char *number, *protocol; /* "SIP:ada@example.org", "SIP"; protocol may be "" */
};
struct sealpost_entry {
	int is_folder;
	const char *id, *name;
	size_t n; /* number of numbers of a contact */
	const struct sealpost_number *const *numbers;
};

/* The result of a search. Everything in it is borrowed for the call. */
struct sealpost_found {
	enum sealpost_outcome outcome;
	int error;          /* of SEALPOST_FAILED, an errno: ETIMEDOUT, EMSGSIZE, ECANCELED ...; else 0 */
	long verify_result; /* of SEALPOST_TLS_FAILED, else 0 */
	const char *reason; /* a sentence about a failure, "" if there was none */
	size_t n;
	const struct sealpost_entry *const *entries;
	long total; /* how many there are in all; -1: not known */
	/* -1: a fresh answer; else an earlier answer, this many seconds old, and outcome then says why the
	 * server could not be asked */
	long age_s;
};

/* Searches the server's phone book. Returns at once; the callback found(arg, f) is called once, within the
 * query's timeout_ms, from sealpost_process, sealpost_wait, sealpost_flush, sealpost_setting or
 * sealpost_free. Searches and manager queries have a connection of their own and are sent one after another,
 * so no publication waits for them.
 *
 * Returns a number above 0, with which sealpost_cancel cancels the question. -1, and found is not called:
 * - EINVAL: a text is too long or has a control character, or the structure's size is wrong.
 * - EAGAIN: SEALPOST_QUESTIONS_MAX questions wait.
 * - ENOMEM, ECHILD. */
int sealpost_search(struct sealpost *s, const struct sealpost_query *q,
		    void (*found)(void *arg, const struct sealpost_found *f), void *arg);

/* Cancels a question: its callback is not called any more.
 *
 * Returns -1 on failure, with errno:
 * - ENOENT: there is no such question, or it was already answered.
 * - ECHILD. */
int sealpost_cancel(struct sealpost *s, int question);

/* --- the external manager --- */

/* The state of the connection to the external manager. It is borrowed for the call; no text is NULL. */
struct sealpost_manager {
	int error; /* why the agent could not be asked, an errno; 0: it was */
	/* AuthenticationFailed, ConfigError, Failed, Idle, NeedConfig, Provisioning or Provisioned; ""
	 * if the agent could not be asked */
	const char *status;
	const char *url;        /* the server in use */
	const char *reason;     /* why status is Idle, or what the last failure was */
	const char *last_event; /* Boot, Register or Beat: the last one that a server has accepted */
	long next_beat_s;       /* seconds until the next heartbeat; -1: none is due */
	long heartbeat_s;       /* seconds between two heartbeats; -1: not known */
};

/* Asks for the state of the connection to the external manager. Returns at once; the callback answered(arg,
 * m) is called once, within timeout_ms milliseconds (0 means 10000), from sealpost_process, sealpost_wait,
 * sealpost_flush, sealpost_setting or sealpost_free. If there is no answer in that time, m->error is
 * ETIMEDOUT.
 *
 * Returns a number above 0, with which sealpost_cancel cancels the query. -1, and answered is not called:
 * - EAGAIN: SEALPOST_QUESTIONS_MAX questions wait.
 * - ENOMEM, ECHILD. */
int sealpost_ask_manager(struct sealpost *s, int timeout_ms,
			 void (*answered)(void *arg, const struct sealpost_manager *m), void *arg);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
