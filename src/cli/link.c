/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

enum { BLOCK_MAX = 16 << 20 };

static const char hello[] = "xPreferences framing on\n";

static int refused(const char *path, struct err *e)
{
	if (errno == EACCES || errno == EPERM)
		return err_set(e, ERR_DENIED, errno,
			       "%s: this user may not open it; members of the group sealpost may", path);
	if (errno == ENOENT || errno == ECONNREFUSED)
		return err_set(e, ERR_NET, errno, "%s: no agent answers there; does sealpostd run?", path);
	return err_set(e, ERR_NET, errno, "%s: %s", path, strerror(errno));
}

int link_open(struct link *l, const char *path, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct link_block b;
	*l = (struct link){ .fd = -1 };
	buf_init(&l->in, BLOCK_MAX);
	if (strlen(path) >= sizeof to.sun_path)
		return err_set(e, ERR_INPUT, 0, "%s: expected at most %zu characters", path,
			       sizeof to.sun_path - 1);
	memcpy(to.sun_path, path, strlen(path));
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&to, sizeof to) < 0) {
		refused(path, e);
		link_close(l);
		return -1;
	}
	if (link_send(l, hello, sizeof hello - 1, e) < 0)
		return -1;
	link_next(l, &b);
	if (b.kind == LINK_ANSWER)
		return 0;
	err_set(e, ERR_NET, 0, "%s: the agent takes no more sessions", path);
	link_close(l);
	return -1;
}

void link_close(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	buf_done(&l->in);
}

int link_send(struct link *l, const void *data, size_t len, struct err *e)
{
	const char *at = data;
	while (len) {
		ssize_t n = send(l->fd, at, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, "the agent closed the connection");
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

void link_end(struct link *l)
{
	shutdown(l->fd, SHUT_WR);
}

/* The line that ends a block: what stands behind its mark. */
static void read_mark(const char *mark, struct link_block *ret)
{
	char *end;
	if (*mark == '-') {
		ret->kind = LINK_PUSHED;
	} else if (*mark == '>') {
		ret->kind = LINK_BODY_WANTED;
	} else if (*mark == '.') {
		ret->kind = LINK_PARTED;
		ret->status = (int)strtol(mark + 1, &end, 10);
	} else {
		ret->kind = LINK_ANSWER;
		ret->status = (int)strtol(mark, &end, 10);
		ret->number = strtoul(end, &end, 10);
		ret->is_secret = strncmp(end, " secret", 7) == 0;
	}
}

int link_take(struct link *l, struct link_block *ret)
{
	*ret = (struct link_block){ .kind = LINK_CLOSED };
	buf_drop(&l->in, l->taken);
	l->seen -= l->taken < l->seen ? l->taken : l->seen;
	l->taken = 0;
	const char *mark =
		l->in.len > l->seen ? memchr(l->in.data + l->seen, '\036', l->in.len - l->seen) : NULL;
	const char *end = mark ? strchr(mark, '\n') : NULL;
	l->seen = mark ? (size_t)(mark - l->in.data) : l->in.len;
	if (end) {
		ret->len = (size_t)(mark - l->in.data);
		l->taken = (size_t)(end - l->in.data) + 1;
		read_mark(mark + 1, ret);
		l->in.data[ret->len] = '\0'; /* where the mark stood: the block is a text of its own */
	} else if (l->eof) {
		ret->len = l->taken = l->in.len;
	} else {
		return 0;
	}
	ret->text = buf_str(&l->in);
	return 1;
}

void link_fill(struct link *l)
{
	char chunk[65536];
	ssize_t n;
	do
		n = recv(l->fd, chunk, sizeof chunk, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0 || buf_add(&l->in, chunk, (size_t)n) < 0)
		l->eof = 1;
}

void link_next(struct link *l, struct link_block *ret)
{
	while (!link_take(l, ret))
		link_fill(l);
}
