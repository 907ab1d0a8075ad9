/* SPDX-License-Identifier: MIT */
/* client: the handle of libsealpost: its creation and end, its descriptor, and the calls of the program's
 * functions. */
#include "client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = sizeof((struct sockaddr_un *)0)->sun_path - 1 };

long long client_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int client_fail(struct sealpost *s, int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(s->error, sizeof s->error, fmt, ap);
	va_end(ap);
	errno = code;
	return -1;
}

const char *sealpost_version(void)
{
	return SEALPOST_VERSION;
}

/* --- the process to which a handle belongs --- */

/* Returns a page that the kernel clears in a forked process, which works whatever the process ids are. Older
 * kernels do not support this (NULL); then only the process id is compared. */
static unsigned char *new_mark(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, size, MADV_WIPEONFORK) < 0) {
		munmap(page, size);
		return NULL;
	}
	*page = 1;
	return page;
}

int client_is_ours(const struct sealpost *s)
{
	return s->pid == getpid() && (!s->mark || *s->mark);
}

int client_begin(struct sealpost *s)
{
	if (!client_is_ours(s))
		return client_fail(
			s, ECHILD,
			"the handle belongs to the process %ld, from which this one was forked: make "
			"one here",
			(long)s->pid);
	if (s->is_freed)
		return client_fail(s, ECANCELED, "the handle is being freed");
	if (!s->is_calling)
		s->error[0] = '\0';
	return 0;
}

int client_enter(struct sealpost *s)
{
	if (client_begin(s) < 0)
		return -1;
	if (s->is_inside)
		return client_fail(
			s, EDEADLK,
			"a function that the library calls back may not wait or have it call back");
	s->is_inside = 1;
	return 0;
}

/* --- life --- */

static int open_descriptors(struct sealpost *s)
{
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	s->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->epoll < 0 || s->timer < 0 || s->wake < 0)
		return -1;
	struct epoll_event timer = { .events = EPOLLIN, .data.ptr = &s->timer },
			   wake = { .events = EPOLLIN, .data.ptr = &s->wake };
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->timer, &timer) < 0 ||
			       epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->wake, &wake) < 0
		       ? -1
		       : 0;
}

static void close_descriptor(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void drop_all(struct client_queue *q)
{
	while (q->first)
		client_item_free(client_queue_take(q));
}

/* Frees everything without calling functions back. Descriptors that a forked process shares are closed, and
 * not changed. */
static void release(struct sealpost *s)
{
	int code = errno;
	ctl_close(&s->main.ctl);
	ctl_close(&s->asks.ctl);
	close_descriptor(s->epoll);
	close_descriptor(s->timer);
	close_descriptor(s->wake);
	drop_all(&s->main.queue);
	drop_all(&s->asks.queue);
	drop_all(&s->done);
	client_watch_free_all(s);
	if (s->mark)
		munmap(s->mark, (size_t)sysconf(_SC_PAGESIZE));
	free(s->path);
	free(s);
	errno = code;
}

struct sealpost *sealpost_new(const char *socket_path)
{
	const char *path = socket_path ? socket_path : getenv("SEALPOST_SOCKET");
	path = path && *path ? path : SEALPOST_SOCKET;
	if (strlen(path) > PATH_MAX_BYTES) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	struct sealpost *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	client_link_init(&s->main);
	client_link_init(&s->asks);
	client_queue_init(&s->done);
	s->asks.is_serial = 1;
	s->watches_end = &s->watches;
	s->armed_ms = -1;
	s->pid = getpid();
	s->mark = new_mark();
	s->path = strdup(path);
	if (open_descriptors(s) < 0 || !s->path || client_publish_random_name(s->random.id) < 0) {
		release(s);
		return NULL;
	}
	return s;
}

static void finish_all(struct sealpost *s, struct client_queue *q)
{
	static const char freed[] = "the handle was freed";
	while (q->first) {
		struct client_item *i = client_queue_take(q);
		if (i->kind == CLIENT_PUBLICATION)
			client_publish_answered(s, i, ECANCELED, freed);
		else if (i->kind == CLIENT_QUESTION)
			client_item_done(s, i, ECANCELED, freed);
		else
			client_item_free(i);
	}
}

static void call_back_all(struct sealpost *s);

static void release_at_end(struct sealpost **s)
{
	release(*s);
}

/* After an exception of a function that was called back, everything that still waits is dropped without a
 * call. */
static void close_handle(struct sealpost *s)
{
	struct sealpost *freed __attribute__((cleanup(release_at_end))) = s;
	freed->is_inside = freed->is_freed = 1;
	client_link_close(s, &s->main);
	client_link_close(s, &s->asks);
	s->on_connection = NULL;
	s->on_log = NULL;
	finish_all(s, &s->main.queue);
	finish_all(s, &s->asks.queue);
	s->main.unsent = s->asks.unsent = NULL;
	call_back_all(s);
}

void sealpost_free(struct sealpost *s)
{
	if (!s)
		return;
	if (!client_is_ours(s))
		release(s);
	else if (s->is_inside)
		s->is_freed = 1;
	else
		close_handle(s);
}

void client_leave(struct sealpost **handle)
{
	struct sealpost *s = *handle;
	int code = errno, was_thrown = s->is_calling;
	s->is_inside = s->is_calling = 0;
	if (!s->is_freed) {
		client_arm(s);
	} else if (was_thrown) { /* no further function may be called while an exception passes through */
		client_link_close(s, &s->main);
		client_link_close(s, &s->asks);
		release(s);
	} else {
		close_handle(s);
	}
	errno = code;
}

static const char *why_not_made(int code)
{
	switch (code) {
	case ENAMETOOLONG: return "the path of the agent's socket is too long: expected at most 107 bytes";
	case EMFILE:
	case ENFILE: return "there is no file descriptor left";
	default: return "out of memory";
	}
}

const char *sealpost_error(const struct sealpost *s)
{
	return s ? s->error : why_not_made(errno);
}

/* --- calling back --- */

static void free_called(struct client_item **i)
{
	client_item_free(*i);
}

static void call_back(struct sealpost *s, struct client_item *i)
{
	struct client_item *called __attribute__((cleanup(free_called))) = i;
	snprintf(s->error, sizeof s->error, "%s", client_item_reason(called));
	s->is_calling = 1; /* it stays 1 if the function throws an exception */
	called->deliver(s, called);
	s->is_calling = 0;
	s->error[0] = '\0';
}

static void call_back_all(struct sealpost *s)
{
	while (s->done.first)
		call_back(s, client_queue_take(&s->done));
}

/* --- the descriptor --- */

static void drain(int fd)
{
	uint64_t count;
	while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
		;
}

static void note_ready(struct sealpost *s)
{
	struct epoll_event ready[4];
	int n = epoll_wait(s->epoll, ready, 4, 0);
	for (int i = 0; i < n; i++) {
		void *what = ready[i].data.ptr;
		if (what == &s->timer) {
			drain(s->timer);
			s->armed_ms = -1;
		} else if (what == &s->wake) {
			drain(s->wake);
			s->is_woken = 1;
		} else {
			struct client_link *l = what;
			l->is_readable |= (ready[i].events & ~(unsigned)EPOLLOUT) != 0;
			if (ready[i].events & EPOLLOUT)
				client_link_watch(s, l, 0);
		}
	}
}

static void run_link(struct sealpost *s, struct client_link *l)
{
	if (client_link_open(s, l) < 0 || l->ctl.fd < 0 || client_exchange_send(s, l) < 0)
		return;
	if (l->is_readable && client_exchange_receive(s, l) == 0)
		client_exchange_send(s, l);
}

void client_run(struct sealpost *s)
{
	note_ready(s);
	client_ask_expire(s);
	run_link(s, &s->main);
	run_link(s, &s->asks);
	/* Calls only those that are there now. Items that a callback adds are called in the next turn, so
	 * that a program that always publishes again does not stay here for ever. */
	for (size_t n = s->done.n; n && s->done.first && !s->is_freed; n--)
		call_back(s, client_queue_take(&s->done));
	if (s->is_freed)
		return;
	if (s->main.ctl.fd >= 0)
		client_exchange_send(s, &s->main);
	if (s->asks.ctl.fd >= 0)
		client_exchange_send(s, &s->asks);
}

static long long sooner(long long a, long long b)
{
	return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

void client_arm(struct sealpost *s)
{
	long long due = s->done.first ? 0 : client_ask_due_ms(s);
	due = sooner(due, client_link_due_ms(s, &s->main));
	due = sooner(due, client_link_due_ms(s, &s->asks));
	if (due == s->armed_ms)
		return;
	s->armed_ms = due;
	/* all zero would disarm the timer, so "at once" is a nanosecond after the machine's start */
	struct itimerspec at = { .it_value = { 0, 0 } };
	if (due >= 0) {
		at.it_value.tv_sec = due / 1000;
		at.it_value.tv_nsec = due ? due % 1000 * 1000000 : 1;
	}
	timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

void client_rouse(struct sealpost *s)
{
	if (!s->is_inside)
		client_arm(s);
}

int sealpost_fd(const struct sealpost *s)
{
	return client_is_ours(s) ? s->epoll : -1;
}

void sealpost_wake(const struct sealpost *s)
{
	static const uint64_t one = 1;
	int code = errno;
	if (client_is_ours(s))
		while (write(s->wake, &one, sizeof one) < 0 && errno == EINTR)
			;
	errno = code;
}

int sealpost_process(struct sealpost *s)
{
	if (client_enter(s) < 0)
		return -1;
	struct sealpost *inside __attribute__((cleanup(client_leave))) = s;
	client_run(inside);
	s->is_woken = 0;
	if (s->is_freed)
		return 0;
	const struct client_link *down = client_link_is_down(s, &s->main)   ? &s->main
					 : client_link_is_down(s, &s->asks) ? &s->asks
									    : NULL;
	return down ? client_fail(s, down->error, "%s", down->reason) : 0;
}

int sealpost_count(const struct sealpost *s, struct sealpost_counters *ret, size_t size)
{
	struct sealpost_counters all = s->count;
	if (!client_is_ours(s)) {
		errno = ECHILD;
		return -1;
	}
	all.questions = client_ask_count(s);
	memset(ret, 0, size);
	memcpy(ret, &all, size < sizeof all ? size : sizeof all);
	return 0;
}
