/* SPDX-License-Identifier: MIT */
/* libsealpost: codec software publishes status and events to the sealpost agent with it, and asks the agent
 * for settings, for the server's phone book and for the state of the external manager.
 *
 * A handle reconnects by itself. It belongs to one thread at a time: where several use it, a lock of theirs
 * has to be held during each call. Two handles know nothing of each other. sealpost_wake alone may be called
 * from any thread, and from a signal handler. In a process that was forked a handle is refused with ECHILD:
 * make one there.
 *
 * A call blocks only where its comment says so; all others return at once. A blocking call goes on after a
 * signal; sealpost_wake ends it with EINTR. Functions that are called back are called from sealpost_process,
 * sealpost_wait, sealpost_flush, sealpost_setting and sealpost_free. They may use the handle, also free it,
 * which then happens when they have returned; what would wait or call back fails in them with EDEADLK. A C++
 * exception may leave them: it passes through the library, and the next call goes on with what is left.
 *
 * A call that fails returns -1 and sets errno, and sealpost_error gives a sentence. Where a comment lists
 * errors, ECHILD is a handle of the parent in a forked process, EDEADLK a call by a function that is called
 * back, ENOMEM a lack of memory. This is plain C that needs no other header, and can be used from C++.
 * Structures grow only at their end. */
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
/* How many bytes the post may have that the agent makes of a document for a server. It begins with who the
 * device is, which takes up to 4 KiB of them. */
#define SEALPOST_POST_MAX (256u << 10)
/* How many bytes of publications a handle keeps until the agent has answered them, and how many questions:
 * searches, manager queries and settings that are asked for. */
#define SEALPOST_PENDING_MAX   (4u << 20)
#define SEALPOST_QUESTIONS_MAX 64u
/* The longest answer to a question. */
#define SEALPOST_ANSWER_MAX (16u << 20)

struct sealpost;

/* --- the handle --- */

/* Returns the version of the library, as in "0.1.0". */
const char *sealpost_version(void);

/* Makes a handle, which is yours to free. It does not connect yet. socket_path is the agent's control
 * socket; when it is NULL, the environment variable SEALPOST_SOCKET names it, else it is the default
 * SEALPOST_SOCKET.
 *
 * NULL, and sealpost_error(NULL) says why:
 * - ENAMETOOLONG: the path has more than 107 bytes.
 * - EMFILE, ENFILE: there is no file descriptor left.
 * - ENOMEM: out of memory. */
struct sealpost *sealpost_new(const char *socket_path);

/* Closes the connection and frees the handle. Whatever waits is called back before: what the agent has
 * answered with its answer, everything else with ECANCELED; the agent may have accepted such a publication
 * all the same. NULL is allowed. In a function that is called back the handle is freed when that has
 * returned. In a forked process nothing is called back, and the parent's handle stays as it is. */
void sealpost_free(struct sealpost *s);

/* Returns the failure of the last call as a sentence, "" when that call succeeded. Within a function that is
 * called back with an error it is the agent's reason. It belongs to the handle and lasts until the next
 * call. With NULL it says why sealpost_new failed, as long as errno is what it was. */
const char *sealpost_error(const struct sealpost *s);

/* --- publishing --- */

/* Publishes an XML document of len bytes, whose root is Status, Event or Configuration. The document is
 * copied, and the call returns at once, also while there is no connection. on_durable(arg, 0) is called back
 * when the agent has on disk what it has to deliver of the document, on_durable(arg, error) when the agent
 * refused it, and sealpost_error then is the agent's reason. on_durable may be NULL. Before the document is
 * sent, only the limits are checked that are listed at -1 below; whether the agent accepts it, on_durable
 * reports.
 *
 * Errors of on_durable:
 * - EINVAL: it is no such document.
 * - EMSGSIZE: no post to a server can be made of it, since that would be longer than SEALPOST_POST_MAX.
 * - EACCES: this user may not publish.
 * - ENOSPC: the agent's disk, or the status that it keeps, is full.
 * - EIO: the agent's disk failed.
 * - ECANCELED: the handle was freed.
 *
 * Until the agent has answered, the handle keeps the document, and sends it again after a reconnect with the
 * same sequence number, so the agent accepts it only once. The agent answers in the order in which documents
 * were published. The agent does not keep Status over a restart: publish it anew in the function of
 * sealpost_on_connection. Where a Status is refused, the values that were published before stay.
 *
 * -1:
 * - EMSGSIZE: the document exceeds SEALPOST_DOCUMENT_MAX, SEALPOST_TEXT_MAX, SEALPOST_ELEMENTS_MAX or
 *   SEALPOST_DEPTH_MAX, or is an Event that would be longer than SEALPOST_POST_MAX as a post.
 * - EAGAIN: more than SEALPOST_PENDING_MAX bytes wait to be acknowledged.
 * - EINVAL: it is empty.
 * - ENOMEM, ECHILD. */
int sealpost_publish(struct sealpost *s, const char *xml, size_t len,
		     void (*on_durable)(void *arg, int error), void *arg);

/* Gives the publisher a name, under which its events and configurations are counted across restarts of the
 * program: the agent accepts each number of a name only once. name: 1 to 255 bytes, different for each
 * program of this user. first: the number of the next event or configuration, from 1 on; each further one has
 * the next number, also one that the agent refuses later; a call of sealpost_publish that fails uses none.
 * Status has no number, since it does no harm to publish it again. Anything whose root element is not Status
 * has a number, even if it is not XML. A handle that is not identified has a random name, and begins with 1.
 *
 * A program with a journal of events identifies itself at its start, with the number of the oldest entry of
 * which it does not know that it was acknowledged, and publishes from that entry on. One name belongs to one
 * handle at a time. The agent remembers 64 runs of consecutive accepted numbers, and at most four of one
 * name. For example, numbers 1 to 9 of which 4 was refused are two runs, 1-3 and 5-9. A further run replaces
 * the one that was extended the longest time ago, whose numbers would then be accepted again.
 *
 * -1:
 * - EINVAL: the name is empty or too long, or first is 0.
 * - EBUSY: publications wait to be acknowledged, also of Status.
 * - ECHILD. */
int sealpost_identify(struct sealpost *s, const char *name, unsigned long long first);

/* Returns the number of the last document that sealpost_publish has accepted, 0 when there was none. After
 * sealpost_identify it is that of the last document but Status, `first` - 1 at the beginning: the next one
 * has sealpost_number + 1. */
unsigned long long sealpost_number(const struct sealpost *s);

/* Returns how many publications the agent has not yet answered. */
size_t sealpost_pending(const struct sealpost *s);

/* --- the program's loop --- */

/* Returns the descriptor to wait for: when it is readable, sealpost_process has to be called. It is the same
 * for the handle's life, and there is nothing else to wait for: it also becomes readable when a timer of the
 * library is due. It works with poll, select and epoll (level- or edge-triggered), and with every loop that
 * uses these. It belongs to the handle: do not read or close it. -1 in a forked process. */
int sealpost_fd(const struct sealpost *s);

/* Connects if need be, sends and receives as far as that goes without waiting, and calls back. A program may
 * ignore what it returns: without a connection it is -1, and the descriptor becomes readable when it is time
 * to try again.
 *
 * -1:
 * - ENOENT, ECONNREFUSED, EACCES ...: there is no connection just now, and it will be tried again.
 * - EDEADLK: it was called by a function that is called back.
 * - ECHILD. */
int sealpost_process(struct sealpost *s);

/* Makes the descriptor readable, and ends a blocking call with EINTR. It may be called from any thread, and
 * from a signal handler, as long as the handle is not freed. It is kept until the next call of
 * sealpost_process or of a blocking function. */
void sealpost_wake(const struct sealpost *s);

/* Blocks until something happens, for timeout_ms milliseconds at most (-1: no limit), and does what
 * sealpost_process does. A program without a loop of its own calls it until it has been called back.
 *
 * -1:
 * - ETIMEDOUT: nothing happened.
 * - EINTR: sealpost_wake was called.
 * - EDEADLK, ECHILD. */
int sealpost_wait(struct sealpost *s, int timeout_ms);

/* Blocks until the agent has answered all publications, for timeout_ms milliseconds at most (-1: no limit).
 * It does not wait for searches and manager queries.
 *
 * -1:
 * - EINVAL, EMSGSIZE, ENOSPC, EIO: the agent refused a publication while this call waited, or, of those
 *   without a function on_durable, since the last call; sealpost_error has its reason. If several were
 *   refused, it is that of the first one. All were answered.
 * - EACCES: this user may not publish, or not open the socket. The latter is reported at once.
 * - ETIMEDOUT: not all were answered.
 * - EINTR: sealpost_wake was called.
 * - EDEADLK, ECHILD. */
int sealpost_flush(struct sealpost *s, int timeout_ms);

/* --- what becomes of the connection --- */

enum sealpost_state {
	SEALPOST_CONNECTED, /* the agent serves this handle */
	SEALPOST_LOST,      /* the connection has ended */
	SEALPOST_REFUSED    /* no connection can be made; reported once until the reason changes */
};

/* How the connection has changed. Everything in it is borrowed for the call. */
struct sealpost_connection {
	enum sealpost_state state;
	int error;          /* an errno, 0 when connected */
	const char *reason; /* a sentence, "" when connected */
};

/* From now on calls back when the connection changes. The handle then stays connected, even while there is
 * nothing to be published. The agent keeps no Status over its restart: with SEALPOST_CONNECTED all Status is
 * to be published anew, also after a first connection; the agent passes on only what differs. changed NULL:
 * no more.
 *
 * -1 with ECHILD. */
int sealpost_on_connection(struct sealpost *s,
			   void (*changed)(void *arg, const struct sealpost_connection *c), void *arg);

/* From now on calls back with a line for the program's log when something happens to the connection.
 * priority is one of syslog's: LOG_NOTICE (5) or LOG_WARNING (4). line NULL: no more.
 *
 * -1 with ECHILD. */
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

/* Writes the numbers of the handle to *ret, which has size bytes: sizeof (struct sealpost_counters). Where
 * the library knows fewer of them than the program, those are 0.
 *
 * -1 with ECHILD. */
int sealpost_count(const struct sealpost *s, struct sealpost_counters *ret, size_t size);

/* --- settings --- */

/* Blocks until the agent has answered, for timeout_ms milliseconds at most (-1: no limit). Writes the
 * value of one setting, named as at the terminal ("SystemUnit Name"), as text that ends in NUL into value,
 * which has size bytes.
 *
 * -1:
 * - ENOENT: there is no such setting.
 * - EINVAL: that is no path of one setting.
 * - ERANGE: the value does not fit.
 * - EACCES: this user may not open the socket.
 * - EAGAIN: SEALPOST_QUESTIONS_MAX questions wait.
 * - ETIMEDOUT: the agent has not answered; the question is withdrawn.
 * - EINTR: sealpost_wake was called.
 * - EDEADLK, ECHILD, ENOMEM. */
int sealpost_setting(struct sealpost *s, const char *path, char *value, size_t size, int timeout_ms);

/* From now on calls back with settings: with all that path names at each new connection, then with each that
 * is changed. path: the beginning of settings' names as the terminal shows them, "SystemUnit" or "Network 1
 * DNS"; NULL: all settings. The text of both is borrowed for the call; secrets are "***". It cannot be ended
 * before the handle is freed.
 *
 * -1:
 * - EINVAL: path is none.
 * - EAGAIN: there are 50 already.
 * - ENOMEM, ECHILD. */
int sealpost_watch(struct sealpost *s, const char *path,
		   void (*changed)(void *arg, const char *path, const char *value), void *arg);

/* --- the server's phone book --- */

enum sealpost_outcome {
	SEALPOST_FOUND,
	SEALPOST_NO_MATCH,
	SEALPOST_UNREACHABLE, /* no connection to the server could be made */
	SEALPOST_TLS_FAILED,  /* certificate verification failed: verify_result is OpenSSL's number */
	SEALPOST_AUTH_FAILED, /* the server wants other credentials */
	SEALPOST_BAD_RESPONSE,
	SEALPOST_NOT_CONFIGURED,
	SEALPOST_FAILED /* the server was not asked: reason says why (no agent, too many questions, ...) */
};

/* What to look for. Texts may be NULL. When all but size is zero, the folders and contacts at the top are
 * listed. Begin with `struct sealpost_query q = SEALPOST_QUERY`. */
struct sealpost_query {
	size_t size;            /* of this structure */
	const char *text;       /* what the name has to contain */
	const char *folder;     /* id of the folder to look in */
	unsigned offset, limit; /* limit: at most 1000; 0 means 50 */
	int contacts_only, folders_only;
	int allow_stale; /* where the server cannot be asked, an earlier answer will do */
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
	size_t n; /* how many numbers a contact has */
	const struct sealpost_number *const *numbers;
};

/* What was found. Everything in it is borrowed for the call. */
struct sealpost_found {
	enum sealpost_outcome outcome;
	int error;          /* of SEALPOST_FAILED, an errno: ETIMEDOUT, EMSGSIZE, ECANCELED ...; else 0 */
	long verify_result; /* of SEALPOST_TLS_FAILED, else 0 */
	const char *reason; /* a sentence about a failure, "" if there was none */
	size_t n;
	const struct sealpost_entry *const *entries;
	long total; /* how many there are in all; -1: the server does not say */
	/* -1: a fresh answer; else an earlier answer, this many seconds old, and outcome then says why the
	 * server could not be asked */
	long age_s;
};

/* Searches the server's phone book. Returns at once; found(arg, f) is called back once, within the query's
 * timeout_ms, from sealpost_process, sealpost_wait, sealpost_flush, sealpost_setting or sealpost_free.
 * Searches and manager queries have a connection of their own, are sent one after another, and hold up no
 * publication.
 *
 * Returns a number above 0, by which sealpost_cancel withdraws the question. -1, and found is not called:
 * - EINVAL: a text is too long or has a control character, or the structure's size is wrong.
 * - EAGAIN: SEALPOST_QUESTIONS_MAX questions wait.
 * - ENOMEM, ECHILD. */
int sealpost_search(struct sealpost *s, const struct sealpost_query *q,
		    void (*found)(void *arg, const struct sealpost_found *f), void *arg);

/* Withdraws a question: its function is not called any more.
 *
 * -1:
 * - ENOENT: there is no such question, or it was answered.
 * - ECHILD. */
int sealpost_cancel(struct sealpost *s, int question);

/* --- the external manager --- */

/* The state of the connection to the external manager. It is borrowed for the call; no text is NULL. */
struct sealpost_manager {
	int error; /* why the agent could not be asked, an errno; 0: it was */
	/* AuthenticationFailed, ConfigError, Failed, Idle, NeedConfig, Provisioning or Provisioned; ""
	 * when the agent could not be asked */
	const char *status;
	const char *url;        /* the server in use */
	const char *reason;     /* why it is Idle, or what the last failure was */
	const char *last_event; /* Boot, Register or Beat: the last one that a server has accepted */
	long next_beat_s;       /* seconds until the next heartbeat; -1: none is due */
	long heartbeat_s;       /* seconds between two heartbeats; -1: not known */
};

/* Asks for the state of the connection to the external manager. Returns at once; answered(arg, m) is called
 * back once, within timeout_ms milliseconds (0 means 10000), from sealpost_process, sealpost_wait,
 * sealpost_flush, sealpost_setting or sealpost_free. If there is no answer in that time, m->error is
 * ETIMEDOUT.
 *
 * Returns a number above 0, by which sealpost_cancel withdraws the query. -1, and answered is not called:
 * - EAGAIN: SEALPOST_QUESTIONS_MAX questions wait.
 * - ENOMEM, ECHILD. */
int sealpost_ask_manager(struct sealpost *s, int timeout_ms,
			 void (*answered)(void *arg, const struct sealpost_manager *m), void *arg);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
