/* SPDX-License-Identifier: MIT */
#include "site.h"

#include "base/random.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t site_now_us(const struct lab_clock *c)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 + c->ahead_us;
}

/* --- ports --- */

static int bind_loopback(int fd, int port)
{
	const struct sockaddr_in at = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return bind(fd, (const struct sockaddr *)&at, sizeof at);
}

int site_free_port(int type)
{
	unsigned start = random_bits();
	for (unsigned i = 0; i < LAB_PORT_LAST - LAB_PORT_FIRST; i++) {
		int port = LAB_PORT_FIRST + (int)((start + i) % (LAB_PORT_LAST - LAB_PORT_FIRST));
		int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
		int taken = bind_loopback(fd, port);
		close(fd);
		if (!taken)
			return port;
	}
	return 0;
}

int site_udp(int port, int *ret_port, struct err *e)
{
	*ret_port = port ? port : site_free_port(SOCK_DGRAM);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind_loopback(fd, *ret_port) < 0) {
		err_errno(e, "cannot use UDP port %d of 127.0.0.1", *ret_port);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}
