/* SPDX-License-Identifier: MIT */
/* client.h: what the files of libsealpost share. The library uses `ctl` and no other component.
 *
 *   client           makes and frees the handle; its descriptor and its callbacks
 *   client_item      an item to be sent, its answer, and queues of items
 *   client_publish   numbers publications, and notes which of them the agent has accepted
 *   client_limits    checks the size of an XML document before it is sent
 *   client_exchange  sends queues over a link, and gives each answer to its item
 *   client_link      makes a link's connection, makes it again when it is lost, and reports both
 *   client_wait      the calls that block
 *   client_ask       sends questions, and cancels them
 *   client_search    the questions about the phone book and the external manager
 *   client_watch     reports settings when they change
 *
 * A handle has two links. Publications and watched settings share one; questions, which may take seconds,
 * have the other, so that they hold up no publication. All four descriptors of a handle (two connections, a
 * timer, the one that sealpost_wake writes to) are in one epoll instance, which is the descriptor for the
 * program.
 *
 * No function of the program is called while a link's state is being changed. Items to be reported go into
 * the queue `done`; each is removed from it before its function is called. So a C++ exception in that
 * function leaves nothing half done. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "ctl/ctl.h"
#include "sealpost.h"

#include <stddef.h>
#include <sys/types.h>

enum {
	CLIENT_RETRY_FIRST_MS = 50,
	CLIENT_RETRY_MAX_MS = 5000,
	CLIENT_BLOCK_MAX = 64 << 10, /* maximum number of bytes of a block that ctl returns at once */
	CLIENT_REASON_MAX = 512,
	CLIENT_WATCHES_MAX = 50,
	CLIENT_QUESTION_MS = 10000
};
/* Priorities of lines for the program's log, from syslog.h. */
enum { CLIENT_LOG_WARNING = 4, CLIENT_LOG_NOTICE = 5 };

enum client_kind {
	CLIENT_GREETING, /* the first line of a connection */
	CLIENT_WATCH, /* registers a watched setting, or asks for its value; made again for each connection */
	CLIENT_PUBLICATION, /* kept until the agent has answered it */
	CLIENT_QUESTION,    /* kept until the agent has answered it, too */
	CLIENT_NOTICE       /* nothing is sent: it is only reported to the program */
};

/* An item that is sent to the agent, or reported to the program. */
struct client_item {
	struct client_item *next;
	enum client_kind kind;
	char *data;
	size_t len;
	int sent_times; /* number of times that it was sent completely */
	/* calls the program's function; NULL: none is called. The item is freed afterwards */
	void (*deliver)(struct sealpost *s, struct client_item *i);
	void (*fn)(void); /* the program's function; `deliver` casts it to its real type */
	void *arg;
	struct client_watch *watch; /* of a query of watched settings: who gets the answer; else NULL */
	int id;                     /* of a question: with it the program cancels the question */
	long long deadline_ms;      /* of a question, by client_now_ms; -1: none */
	/* The answer: */
	int error;  /* 0 or an errno */
	char *text; /* of a question: the answer; of a notice: data for `deliver`. Owned, may be NULL */
	size_t text_len, text_size;
	char *reason; /* a sentence about the error; NULL: none. Owned */
};

struct client_queue {
	struct client_item *first, **end;
	size_t n, bytes;
};

struct client_link {
	struct ctl ctl;
	struct client_queue queue;
	struct client_item *unsent; /* the first item that was not sent completely on this connection */
	size_t sent;                /* number of its bytes that were sent */
	int is_serial;              /* 1: one question is asked at a time */
	int is_served;              /* the agent has answered the greeting */
	int wants_room;             /* 1: epoll reports when more can be sent */
	int is_readable;            /* 1: epoll has reported that it is readable */
	long long retry_at_ms;      /* when to connect again, by client_now_ms */
	int retry_ms;
	int error;    /* why the last connection ended, or was not made; 0: there is a connection */
	int reported; /* the error that was last reported to the program */
	char reason[CLIENT_REASON_MAX];
};

/* A name by which the agent recognises publications, and the last number that was used with it. */
struct client_publisher {
	char id[33]; /* 32 hexadecimal digits */
	unsigned long long number;
};

struct client_watch {
	struct client_watch *next;
	char *path; /* "": all settings */
	void (*changed)(void *arg, const char *path, const char *value);
	void *arg;
	int is_known; /* the agent has sent a value of it, so such settings exist */
};

struct sealpost {
	char *path;
	int epoll, timer, wake; /* descriptors that live as long as the handle */
	pid_t pid;              /* the process that made the handle */
	/* a page that the kernel clears in a forked process; NULL: the kernel does not support that */
	unsigned char *mark;
	long long armed_ms;       /* when the timer expires; -1: it is not armed */
	struct client_link main;  /* publications and watched settings */
	struct client_link asks;  /* questions */
	struct client_queue done; /* items whose functions are to be called */
	int is_inside;            /* 1: a call that calls functions of the program is under way */
	int is_calling;           /* the program's function is being called */
	int is_freed;             /* 1: sealpost_free was called during that call */
	int is_woken;             /* sealpost_wake was called */
	int is_wanted;            /* 1: the main link has to be connected even if nothing waits */
	/* for everything that is published, or, with `named`, for Status alone */
	struct client_publisher random;
	struct client_publisher named; /* from sealpost_identify; id "": it was not called */
	int last_id;                   /* of the last question */
	struct sealpost_counters count;
	int is_flushing; /* 1: sealpost_flush waits */
	int refused; /* why the first publication since the last flush was refused, an errno; 0: none was */
	char refused_reason[CLIENT_REASON_MAX];
	struct client_watch *watches, **watches_end;
	size_t n_watches;
	void (*on_connection)(void *arg, const struct sealpost_connection *c);
	void *connection_arg;
	void (*on_log)(void *arg, int priority, const char *text);
	void *log_arg;
	char error[CLIENT_REASON_MAX];
};

/* --- client.c --- */

/* Returns the milliseconds of the monotonic clock. */
long long client_now_ms(void);
/* Sets errno, and the sentence that sealpost_error returns. Returns -1. */
int client_fail(struct sealpost *s, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Returns 1 if the handle belongs to this process, and not to its parent. */
int client_is_ours(const struct sealpost *s);
/* Begins a call: clears the last failure. Returns -1 with ECHILD. */
int client_begin(struct sealpost *s);
/* As client_begin, for a call that calls functions of the program. Also returns -1 with EDEADLK. client_leave
 * must be called when the call ends, even by an exception: it is the cleanup function of a variable that
 * points to the handle. */
int client_enter(struct sealpost *s);
void client_leave(struct sealpost **s);
/* Does everything that can be done without waiting, and calls the program's functions. */
void client_run(struct sealpost *s);
/* Sets the timer to the time when something has to be done even if nothing is received. */
void client_arm(struct sealpost *s);
/* As client_arm, unless a call is under way, which arms the timer at its end. */
void client_rouse(struct sealpost *s);

/* --- client_item.c --- */

void client_queue_init(struct client_queue *q);
/* Returns a new item, whose data is a copy of two pieces; NULL: out of memory. */
struct client_item *client_item_new(enum client_kind kind, const char *head, size_t head_len,
				    const char *body, size_t body_len);
void client_item_free(struct client_item *i);
void client_queue_add(struct client_queue *q, struct client_item *i);
/* Inserts after `before`; NULL: at the front. */
void client_queue_insert(struct client_queue *q, struct client_item *before, struct client_item *i);
struct client_item *client_queue_take(struct client_queue *q);
void client_queue_remove(struct client_queue *q, struct client_item *i);
/* Appends to the answer, with a NUL after it. Returns -1 with EMSGSIZE if it would be longer than max, or
 * with ENOMEM. */
int client_item_add_text(struct client_item *i, const char *text, size_t len, size_t max);
void client_item_forget_text(struct client_item *i);
/* Returns the reason; "" if there is none. */
const char *client_item_reason(const struct client_item *i);
/* Finishes the item: its function is called soon. */
void client_item_done(struct sealpost *s, struct client_item *i, int error, const char *reason);

/* --- client_link.c --- */

void client_link_init(struct client_link *l);
/* Closes the connection. Everything that was not answered is sent again on the next one. */
void client_link_close(struct sealpost *s, struct client_link *l);
/* Connects if that is wanted and the time for it has come. Returns 0, also if nothing is wanted; -1 if there
 * is no connection now, and l->error says why. */
int client_link_open(struct sealpost *s, struct client_link *l);
/* To be called when the connection is lost, or could not be made: closes it, and sets the time of the next
 * attempt. Returns -1. */
int client_link_lose(struct sealpost *s, struct client_link *l, int error, const char *why);
/* To be called when the agent has answered the greeting. */
void client_link_served(struct sealpost *s, struct client_link *l);
/* Returns 1 if a connection is wanted and an attempt has failed. */
int client_link_is_down(const struct sealpost *s, const struct client_link *l);
/* Returns when the link has to be checked even if nothing is received; -1: never. */
long long client_link_due_ms(const struct sealpost *s, const struct client_link *l);
/* Makes epoll report when the link can be written to, or stop reporting that. */
void client_link_watch(struct sealpost *s, struct client_link *l, int wants_room);
/* Queues a line for the program's log. */
void client_link_log(struct sealpost *s, int priority, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* --- client_exchange.c --- */

/* Sends as much as the link accepts. Returns -1 if it is lost. */
int client_exchange_send(struct sealpost *s, struct client_link *l);
/* Receives the available bytes, and finishes the items that they answer. Returns -1 if the link is lost. */
int client_exchange_receive(struct sealpost *s, struct client_link *l);
/* Returns 1 if something can be sent now. */
int client_exchange_has_work(const struct client_link *l);

/* --- client_limits.c --- */

/* Returns which limit the document exceeds, as a sentence; NULL: none. *ret_is_status: whether it is a
 * Status. */
const char *client_limits_check(const char *xml, size_t len, int *ret_is_status);

/* --- client_publish.c --- */

/* To be called when the answer to a publication has been received. */
void client_publish_answered(struct sealpost *s, struct client_item *i, int error, const char *reason);
/* Writes 32 random digits as the name of a publisher without one. Returns -1 if there are no random
 * numbers. */
int client_publish_random_name(char ret[33]);

/* --- client_ask.c --- */

/* Asks the line `command`. what: its deliver, fn, arg and deadline_ms are used. Returns the question's id, or
 * -1. */
int client_ask(struct sealpost *s, const char *command, const struct client_item *what);
/* Withdraws the question: its function is not called. Returns -1 if it does not wait. */
int client_ask_withdraw(struct sealpost *s, int id);
/* Ends the questions whose deadline has passed. */
void client_ask_expire(struct sealpost *s);
/* Returns the number of waiting questions. */
size_t client_ask_count(const struct sealpost *s);
/* Returns the next deadline, by client_now_ms; -1: there is none. */
long long client_ask_due_ms(const struct sealpost *s);
/* Returns the deadline of a question with this timeout (-1: none, 0: the default). */
long long client_ask_deadline(int timeout_ms);

/* --- client_watch.c --- */

/* Returns 1 if it is a path of settings without characters that could end a line or begin a value. */
int client_watch_is_path(const char *path);
/* Queues, after the greeting, the items that register the watched settings on a new connection. */
void client_watch_begin(struct sealpost *s, struct client_link *l);
/* To be called with received lines of settings: watched ones become notices, for the watch `only`, or for all
 * watches if that is NULL. Changes the text. */
void client_watch_take(struct sealpost *s, struct client_watch *only, char *text);
/* To be called when the item has been answered and its lines were taken. If there are no such settings, the
 * program's log gets a line. */
void client_watch_answered(struct sealpost *s, const struct client_item *i, const struct ctl_block *answer);
void client_watch_free_all(struct sealpost *s);

#endif
