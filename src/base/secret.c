/* SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Reads one line from fd, without its line end. It reads byte by byte, so that no later byte is consumed. */
static int read_line(int fd, char ret[SECRET_MAX])
{
	size_t n = 0;
	char c;
	for (ssize_t r; (r = read(fd, &c, 1)) != 0 && c != '\n';) {
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 || n + 1 == SECRET_MAX)
			return -1;
		ret[n++] = c;
	}
	if (n && ret[n - 1] == '\r')
		n--;
	ret[n] = '\0';
	return 0;
}

int secret_from_file(const char *path, const char *what, char ret[SECRET_MAX], struct err *e)
{
	int is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "%s: cannot open the %s's file", path, what);
	int r = read_line(fd, ret);
	if (!is_stdin)
		close(fd);
	return r < 0 ? err_set(e, ERR_INPUT, 0, "%s: expected a %s of less than %d bytes", path, what,
			       SECRET_MAX)
		     : 0;
}

int secret_ask(const char *prompt, char ret[SECRET_MAX], struct err *e)
{
	struct termios shown, hidden;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || tcgetattr(fd, &shown) < 0) {
		if (fd >= 0)
			close(fd);
		return err_set(
			e, ERR_DENIED, 0,
			"%s is wanted, and there is no terminal to ask at: name the file that holds it",
			prompt);
	}
	hidden = shown;
	hidden.c_lflag &= (tcflag_t)~ECHO;
	tcsetattr(fd, TCSAFLUSH, &hidden);
	dprintf(fd, "%s: ", prompt);
	int r = read_line(fd, ret);
	tcsetattr(fd, TCSAFLUSH, &shown);
	dprintf(fd, "\n");
	close(fd);
	return r < 0 ? err_set(e, ERR_INPUT, 0, "%s: expected less than %d bytes", prompt, SECRET_MAX) : 0;
}
