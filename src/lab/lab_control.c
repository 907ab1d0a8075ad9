/* SPDX-License-Identifier: MIT */
#include "lab_control.h"

#include "base/mem.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

struct caller {
	struct caller *next;
	struct control *control;
	struct bufferevent *stream;
	uint64_t number;
	int answered, stays, waits; /* waits: the order is answered later */
	int is_told_of_end;
};

struct control {
	struct evconnlistener *listener;
	struct caller *callers;
	control_order *order;
	uint64_t last; /* number of the latest client */
	uint64_t now;  /* number of the client whose order is being carried out */
	void *arg;
	char *path;
};

static int address(const char *path, struct sockaddr_un *ret, struct err *e)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((size_t)snprintf(ret->sun_path, sizeof ret->sun_path, "%s", path) >= sizeof ret->sun_path)
		return err_set(e, ERR_INPUT, 0,
			       "%s: too long for a socket's path, which has at most %zu bytes", path,
			       sizeof ret->sun_path - 1);
	return 0;
}

static void leave(struct caller *c)
{
	struct caller **at = &c->control->callers;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	bufferevent_free(c->stream);
	free(c);
}

static void written(struct bufferevent *b, void *arg)
{
	(void)b;
	struct caller *c = arg;
	if (c->answered && !c->stays && !c->waits)
		leave(c);
}

static void answer(struct caller *c, enum control_next next, const char *text, size_t len)
{
	struct evbuffer *to = bufferevent_get_output(c->stream);
	evbuffer_add_printf(to, "%s",
			    next == CONTROL_USAGE    ? "usage\n"
			    : next == CONTROL_FAILED ? "error\n"
						     : "ok\n");
	evbuffer_add(to, text, len);
}

uint64_t control_caller(const struct control *c)
{
	return c->now;
}

void control_answer(struct control *c, uint64_t caller, enum control_next next, const char *text)
{
	for (struct caller *one = c->callers; one; one = one->next)
		if (one->number == caller && one->waits) {
			one->waits = 0;
			answer(one, next, text, strlen(text));
			return;
		}
}

static void carry_out(struct caller *c)
{
	struct evbuffer *in = bufferevent_get_input(c->stream);
	size_t len = evbuffer_get_length(in), n = 0;
	char *request = mem_new(len + 1), *words[CONTROL_WORDS];
	evbuffer_remove(in, request, len);
	for (char *at = request; at < request + len && n < CONTROL_WORDS; at += strlen(at) + 1)
		words[n++] = at;
	struct buf out;
	buf_init(&out, CONTROL_ANSWER_MAX);
	c->answered = 1;
	c->control->now = c->number;
	enum control_next next = c->control->order(c->control->arg, n, words, &out);
	c->stays = next == CONTROL_STAY;
	c->is_told_of_end = next == CONTROL_ENDS;
	c->waits = next == CONTROL_LATER || c->is_told_of_end;
	if (!c->waits)
		answer(c, next, buf_str(&out), out.len);
	buf_done(&out);
	explicit_bzero(request, len); /* the words may contain a password */
	free(request);
}

static void ended(struct bufferevent *b, short what, void *arg)
{
	(void)b;
	struct caller *c = arg;
	size_t len = evbuffer_get_length(bufferevent_get_input(c->stream));
	if (!(what & BEV_EVENT_EOF) || c->answered || len >= CONTROL_REQUEST_MAX)
		leave(c);
	else
		carry_out(c);
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int size,
		      void *arg)
{
	(void)from, (void)size;
	struct control *control = arg;
	struct caller *c = mem_new(sizeof *c);
	*c = (struct caller){ .next = control->callers,
			      .control = control,
			      .number = ++control->last,
			      .stream = bufferevent_socket_new(evconnlistener_get_base(l), fd,
							       BEV_OPT_CLOSE_ON_FREE) };
	control->callers = c;
	bufferevent_setcb(c->stream, NULL, written, ended, c);
	bufferevent_setwatermark(c->stream, EV_READ, 0, CONTROL_REQUEST_MAX);
	bufferevent_enable(c->stream, EV_READ | EV_WRITE);
}

struct control *control_new(struct event_base *base, const char *path, control_order *order, void *arg,
			    struct err *e)
{
	struct sockaddr_un sa;
	if (address(path, &sa, e) < 0)
		return NULL;
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int alive = connect(probe, (const struct sockaddr *)&sa, sizeof sa) == 0;
	close(probe);
	if (alive) {
		err_set(e, ERR_EXISTS, 0, "%s: a lab runs there already", path);
		return NULL;
	}
	unlink(path);
	struct control *c = mem_new(sizeof *c);
	*c = (struct control){ .order = order, .arg = arg, .path = mem_dup(path) };
	mode_t old = umask(0077);
	c->listener = evconnlistener_new_bind(base, on_accept, c, LEV_OPT_CLOSE_ON_FREE, 16,
					      (struct sockaddr *)&sa, sizeof sa);
	umask(old);
	if (!c->listener) {
		err_errno(e, "%s: cannot listen", path);
		free(c->path);
		free(c);
		return NULL;
	}
	return c;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	evconnlistener_free(c->listener);
	unlink(c->path);
	while (c->callers) {
		if (c->callers->is_told_of_end)
			(void)send(bufferevent_getfd(c->callers->stream), "ok\n", 3, MSG_NOSIGNAL);
		leave(c->callers);
	}
	free(c->path);
	free(c);
}

void control_tell(struct control *c, const struct buf *text)
{
	for (struct caller *caller = c->callers; caller; caller = caller->next)
		if (caller->stays)
			bufferevent_write(caller->stream, buf_str(text), text->len);
}

int control_has_listeners(const struct control *c)
{
	for (const struct caller *caller = c->callers; caller; caller = caller->next)
		if (caller->stays)
			return 1;
	return 0;
}

/* --- the client's side --- */

static int send_words(int fd, size_t n, const char *const *words)
{
	for (size_t i = 0; i < n; i++) {
		size_t left = strlen(words[i]) + 1;
		for (const char *at = words[i]; left;) {
			ssize_t sent = send(fd, at, left, MSG_NOSIGNAL);
			if (sent < 0)
				return -1;
			at += sent;
			left -= (size_t)sent;
		}
	}
	return shutdown(fd, SHUT_WR);
}

static int copy_answer(int fd)
{
	char word[8] = "", chunk[16384];
	size_t len = 0;
	while (len < sizeof word - 1 && !strchr(word, '\n')) {
		if (read(fd, word + len, 1) != 1)
			return -1;
		len++;
	}
	int ok = strcmp(word, "ok\n") == 0;
	FILE *to = ok ? stdout : stderr;
	if (!ok)
		fputs("sealpost-lab: ", to);
	for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0;) {
		fwrite(chunk, 1, (size_t)n, to);
		fflush(to);
	}
	return ok ? EX_OK : strcmp(word, "usage\n") == 0 ? EX_USAGE : EXIT_FAILURE;
}

int control_call(const char *path, size_t n, const char *const *words)
{
	struct sockaddr_un sa;
	struct err e;
	if (address(path, &sa, &e) < 0) {
		fprintf(stderr, "sealpost-lab: %s\n", e.text);
		return EX_USAGE;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (const struct sockaddr *)&sa, sizeof sa) < 0) {
		fprintf(stderr, "sealpost-lab: no lab runs in this folder: %s: %s\n", path, strerror(errno));
		close(fd);
		return EX_UNAVAILABLE;
	}
	int r = send_words(fd, n, words) < 0 ? -1 : copy_answer(fd);
	if (r < 0)
		fprintf(stderr, "sealpost-lab: the lab ended the connection without an answer\n");
	close(fd);
	return r < 0 ? EX_UNAVAILABLE : r;
}
