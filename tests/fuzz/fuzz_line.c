/* SPDX-License-Identifier: MIT */
/* Whatever is said to the terminal: a session lives through it, and what it answers is clean text. The first
 * byte chooses the output mode and whether the session is an administrator's; what remains are the bytes that
 * a client sends. */
#include "../unit/fake_agent.h"

#include "phonebook/phonebook.h"
#include "base/text.h"
#include "control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world {
	struct loop *loop;
	struct agent *agent;
	struct control *control;
} world;

static const struct wire_identity *identity(void *arg)
{
	return arg;
}

static void require(int truth, const char *what)
{
	if (!truth) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

/* The agent is a fake, but for its phone book, which no server is set for. */
static void begin(void)
{
	static struct wire_identity nobody;
	char path[64];
	struct err e;
	if (world.loop)
		return;
	snprintf(path, sizeof path, "/tmp/fuzz-line-%ld", (long)getpid());
	world.loop = loop_new();
	world.agent = fake_agent_new(world.loop);
	world.agent->phonebook = phonebook_new(
		&(struct phonebook_options){ .loop = world.loop, .identity = identity, .arg = &nobody });
	require(control_new(&(struct control_options){ .agent = world.agent, .path = path }, &world.control,
			    &e) == 0,
		e.text);
	unlink(path);
}

/* Every line that is answered is UTF-8 without anything that would steer the reader's terminal. */
static void check_clean(const char *text, size_t len)
{
	for (size_t at = 0, n; at < len; at += n) {
		uint32_t point = 0;
		n = text_utf8(text + at, &point);
		require(n > 0, "the answer is not UTF-8");
		require(!text_is_control(point) || point == '\n' || point == '\t' ||
				(point == 036 && (at == 0 || text[at - 1] == '\n')),
			"a control character in the answer");
	}
}

static void drain(int fd, struct buf *out)
{
	for (;;) {
		char *room = buf_room(out, 65536);
		ssize_t n = room ? recv(fd, room, 65536, MSG_DONTWAIT) : -1;
		if (n <= 0)
			return;
		buf_took(out, (size_t)n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const preambles[] = {
		"xPreferences framing on\n",
		"xPreferences outputmode json\n",
		"xPreferences outputmode xml\n",
		"xFeedback Register /Status\nxFeedback Register /Configuration\n",
		"echo on\n",
	};
	int fds[2];
	struct buf out;
	if (size == 0)
		return 0;
	begin();
	buf_init(&out, 64 << 20);
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0,
		"no socket pair");
	control_adopt(world.control, fds[0]);
	const char *preamble = preambles[data[0] % (sizeof preambles / sizeof *preambles)];
	require(send(fds[1], preamble, strlen(preamble), MSG_NOSIGNAL) > 0, "the preamble was not sent");
	for (size_t at = 1; at < size;) {
		ssize_t n = send(fds[1], data + at, size - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno != EAGAIN)
			break;
		at += n > 0 ? (size_t)n : 0;
		loop_run_for(world.loop, 0);
		drain(fds[1], &out);
	}
	shutdown(fds[1], SHUT_WR);
	/* It ends by itself: everything whole is answered, what is half is dropped. */
	for (int turns = 0; turns < 100000; turns++) {
		char c;
		loop_run_for(world.loop, 0);
		drain(fds[1], &out);
		ssize_t n = recv(fds[1], &c, 1, MSG_PEEK | MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		require(turns < 99999, "the session does not end");
	}
	check_clean(buf_str(&out), out.len);
	buf_done(&out);
	close(fds[1]);
	loop_run_for(world.loop, 0);
	return 0;
}
