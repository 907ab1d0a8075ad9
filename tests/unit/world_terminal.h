/* SPDX-License-Identifier: MIT */
/* A terminal on a socket in a folder of its own, with a fake agent behind it, and what a client does to
 * it. */
#ifndef WORLD_TERMINAL_H
#define WORLD_TERMINAL_H

#include "fake_agent.h"
#include "control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	struct loop *loop;
	struct agent *agent;
	struct control *control;
	char folder[64], path[96];
	char text[1 << 20]; /* what the last answer was */
	int status;         /* and its status */
};

static struct world *world_new(void)
{
	struct world *w = mem_new(sizeof *w);
	struct err e;
	snprintf(w->folder, sizeof w->folder, "/tmp/test-terminal-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof w->path, "%s/control", w->folder);
	w->loop = loop_new_sim();
	w->agent = fake_agent_new(w->loop);
	if (control_new(&(struct control_options){ .agent = w->agent, .path = w->path }, &w->control, &e) < 0)
		fail_msg("%s", e.text);
	return w;
}

static void world_free(struct world *w)
{
	control_free(w->control);
	assert_int_equal(access(w->path, F_OK), -1);
	fake_agent_free(w->agent);
	loop_free(w->loop);
	rmdir(w->folder);
	free(w);
}

/* A client's connection, not blocking. */
static inline int world_connect(struct world *w)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	memcpy(to.sun_path, w->path, strlen(w->path));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	loop_run_for(w->loop, 1);
	return fd;
}

static inline void world_send(struct world *w, int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
		assert_true(n > 0 || errno == EAGAIN);
		if (n > 0)
			text += n, len -= (size_t)n;
		loop_run_for(w->loop, n > 0 ? 0 : 1);
	}
}

static inline void world_say(struct world *w, int fd, const char *text)
{
	world_send(w, fd, text, strlen(text));
}

/* Reads until `until` has come (or, NULL, until nothing more comes), into w->text. Returns 1 at the end of
 * the connection. */
static inline int world_read(struct world *w, int fd, const char *until)
{
	size_t len = 0;
	w->text[0] = '\0';
	for (int idle = 0; idle < (until ? 2000 : 5);) {
		if (!until && len == sizeof w->text - 1)
			len = 0; /* more than anyone looks at */
		ssize_t n = recv(fd, w->text + len, sizeof w->text - 1 - len, 0);
		if (n == 0)
			return 1;
		len += n > 0 ? (size_t)n : 0;
		w->text[len] = '\0';
		if (n > 0 && until && strstr(w->text, until))
			return 0;
		idle = n > 0 ? 0 : idle + 1;
		loop_run_for(w->loop, n > 0 ? 0 : 1);
	}
	if (until)
		fail_msg("expected \"%s\" in \"%s\"", until, w->text);
	return 0;
}

/* Says it (with framing on) and reads the answer, the framing line cut off. */
static inline const char *world_ask(struct world *w, int fd, const char *line)
{
	world_send(w, fd, line, strlen(line));
	world_send(w, fd, "\n", 1);
	for (size_t len = 0;;) {
		ssize_t n = recv(fd, w->text + len, sizeof w->text - 1 - len, 0);
		assert_true(n > 0 || (n < 0 && errno == EAGAIN));
		len += n > 0 ? (size_t)n : 0;
		w->text[len] = '\0';
		char *mark = strrchr(w->text, '\036');
		if (mark && mark[1] >= '0' && mark[1] <= '9' && strchr(mark, '\n')) {
			w->status = (int)strtol(mark + 1, NULL, 10);
			*mark = '\0';
			return w->text;
		}
		loop_run_for(w->loop, 1);
	}
}

static inline int world_framed(struct world *w)
{
	int fd = world_connect(w);
	world_ask(w, fd, "xPreferences framing on");
	return fd;
}

#define assert_answer(w, fd, line, wanted, wanted_status)                                                    \
	do {                                                                                                 \
		assert_string_equal(world_ask(w, fd, line), wanted);                                         \
		assert_int_equal((w)->status, wanted_status);                                                \
	} while (0)
#define assert_says(w, fd, line, part)                                                                       \
	do {                                                                                                 \
		if (!strstr(world_ask(w, fd, line), part))                                                   \
			fail_msg("%s: expected \"%s\" in \"%s\"", line, part, (w)->text);                    \
	} while (0)

#endif
