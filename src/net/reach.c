/* SPDX-License-Identifier: MIT */
#include "net/reach.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct reach {
	int fd;
	struct loop_watch *watch;
	struct loop_timer *timer;
	int timeout_ms;
	int failed; /* errno of a call that failed at once */
	void (*fn)(void *arg, const struct err *e);
	void *arg;
};

static void hang_up(struct reach *r)
{
	loop_watch_free(r->watch);
	r->watch = NULL;
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	loop_timer_stop(r->timer);
}

static void report(struct reach *r, enum err_kind kind, int number)
{
	struct err e = { .kind = ERR_NONE };
	hang_up(r);
	if (kind == ERR_TIMEOUT)
		err_set(&e, kind, 0, "no answer within %d ms", r->timeout_ms);
	else if (kind != ERR_NONE)
		err_set(&e, kind, number, "%s", strerror(number));
	r->fn(r->arg, &e);
}

static void ready(void *arg, unsigned events)
{
	struct reach *r = arg;
	int number = 0;
	socklen_t len = sizeof number;
	(void)events;
	if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &number, &len) < 0)
		number = errno;
	report(r, number ? ERR_NET : ERR_NONE, number);
}

static void timed(void *arg)
{
	struct reach *r = arg;
	report(r, r->failed ? ERR_NET : ERR_TIMEOUT, r->failed);
}

struct reach *reach_start(struct loop *l, const struct dns_address *address, int port, int timeout_ms,
			  void (*fn)(void *arg, const struct err *e), void *arg)
{
	struct reach *r = mem_new(sizeof *r);
	struct sockaddr_storage to;
	socklen_t len;
	*r = (struct reach){
		.timer = loop_timer_new(l, timed, r), .timeout_ms = timeout_ms, .fn = fn, .arg = arg
	};
	dns_sockaddr(address, port, &to, &len);
	r->fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd < 0 || (connect(r->fd, (struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS))
		r->failed = errno;
	else
		r->watch = loop_watch(l, r->fd, LOOP_WRITE, ready, r);
	loop_timer_in(r->timer, r->failed ? 0 : timeout_ms);
	return r;
}

void reach_free(struct reach *r)
{
	if (!r)
		return;
	hang_up(r);
	loop_timer_free(r->timer);
	free(r);
}
