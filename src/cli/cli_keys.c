/* SPDX-License-Identifier: MIT */
/* cli_keys: reads bytes from the terminal, and handles the signals that keys send. Signals are read from a
 * descriptor like bytes, so they never interrupt a system call. */
#include "shell.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

int keys_open(struct shell *s)
{
	static const int taken[] = { SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH };
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		sigaddset(&set, taken[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? -1 : 0;
}

/* Stops the process after Ctrl-Z until it is continued. The kernel does not stop a login shell, since nobody
 * could continue it. */
static void stop(struct shell *s)
{
	const struct timespec now = { 0, 0 };
	sigset_t tstp, cont;
	sigemptyset(&tstp);
	sigaddset(&tstp, SIGTSTP);
	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	editor_release(s);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &tstp, NULL); /* the process stops here */
	sigprocmask(SIG_BLOCK, &tstp, NULL);
	sigtimedwait(&cont, NULL, &now); /* receives SIGCONT, so that the line is drawn only once */
	editor_resume(s);
}

void keys_take_signal(struct shell *s)
{
	struct signalfd_siginfo which;
	if (read(s->signals, &which, sizeof which) != sizeof which)
		return;
	switch (which.ssi_signo) {
	case SIGINT: s->is_interrupted = 1; break;
	case SIGTSTP: stop(s); break;
	case SIGCONT: editor_resume(s); break;
	case SIGWINCH: el_resize(s->el); break;
	default: s->is_closed = 1;
	}
}

int keys_next(struct shell *s, unsigned char *ret)
{
	while (!s->is_closed && !s->is_interrupted) {
		struct pollfd p[] = { { .fd = s->signals, .events = POLLIN },
				      { .fd = s->ctl.fd, .events = POLLIN },
				      { .fd = STDIN_FILENO, .events = POLLIN } };
		if (poll(p, 3, -1) < 0)
			continue;
		if (p[0].revents) {
			keys_take_signal(s);
		} else if (p[1].revents) {
			ctl_fill(&s->ctl);
			cli_shell_show_pushed(s);
		} else if (p[2].revents) {
			ssize_t n = read(STDIN_FILENO, ret, 1);
			if (n < 0 && (errno == EINTR || errno == EAGAIN))
				continue;
			int is_second = s->after_cr && *ret == '\n';
			s->after_cr = n == 1 && *ret == '\r';
			if (n < 1)
				s->is_closed = 1; /* the terminal has been closed */
			else if (!is_second)
				return 1;
		}
	}
	return 0;
}
