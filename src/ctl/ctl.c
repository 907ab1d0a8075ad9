/* SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void ctl_init(struct ctl *c, size_t block_max)
{
	c->fd = -1;
	ctl_reader_init(&c->reader, block_max);
}

int ctl_connect(struct ctl *c, const char *path, int flags)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	ctl_close(c);
	if (strlen(path) >= sizeof to.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(to.sun_path, path, strlen(path));
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0)
		return 0;
	int code = errno;
	ctl_close(c);
	errno = code;
	return -1;
}

void ctl_close(struct ctl *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	ctl_reader_done(&c->reader);
}

int ctl_send(struct ctl *c, const void *data, size_t len)
{
	const char *at = data;
	while (len) {
		ssize_t n = send(c->fd, at, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int ctl_send_body(struct ctl *c, const void *data, size_t len)
{
	char head[32];
	int head_len = snprintf(head, sizeof head, "{%zu}\n", len);
	return ctl_send(c, head, (size_t)head_len) < 0 ? -1 : ctl_send(c, data, len);
}

void ctl_end(struct ctl *c)
{
	shutdown(c->fd, SHUT_WR);
}

int ctl_fill(struct ctl *c)
{
	size_t len = 0;
	char *to = ctl_reader_room(&c->reader, &len);
	ssize_t n = -1;
	if (to)
		do
			n = recv(c->fd, to, len, 0);
		while (n < 0 && errno == EINTR);
	if (n > 0) {
		ctl_reader_received(&c->reader, (size_t)n);
		return 1;
	}
	if (n < 0 && to && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n == 0)
		errno = 0;
	ctl_reader_end(&c->reader);
	return -1;
}

int ctl_take(struct ctl *c, struct ctl_block *ret)
{
	return ctl_reader_take(&c->reader, ret);
}

void ctl_next(struct ctl *c, struct ctl_block *ret)
{
	while (!ctl_take(c, ret))
		ctl_fill(c);
}
