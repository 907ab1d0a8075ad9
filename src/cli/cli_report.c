/* SPDX-License-Identifier: MIT */
/* cli_report: `sealpost report`, and the typed lines `report` and `bundle`. */
#include "cli/cli.h"

#include "link.h"
#include "pki_path.h"
#include "report.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { REPORT_MAX = 64 << 20 };

struct wish {
	enum page_form form;
	char *key, *cert, *signature; /* paths of files; NULL: the report is not signed */
};

/* --- signing --- */

/* Returns a descriptor from which the text can be read; -1 with errno. */
static int as_file(const struct buf *text)
{
	int fd = memfd_create("report", MFD_CLOEXEC);
	size_t at = 0;
	while (fd >= 0 && at < text->len) {
		ssize_t n = write(fd, text->data + at, text->len - at);
		if (n < 0 && errno != EINTR) {
			close(fd);
			return -1;
		}
		at += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Runs sealpost-pki with these words. Its output goes to standard error, since standard output has the
 * report. Returns its exit status. */
static int run_pki(char *const *argv, int input)
{
	char path[PATH_MAX];
	posix_spawn_file_actions_t actions;
	pid_t child;
	int end = 0, code = pki_path(path) < 0 ? errno : 0;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (!code)
		code = posix_spawn(&child, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (code) {
		fprintf(stderr, "sealpost: report --sign: sealpost-pki could not be started: %s\n",
			strerror(code));
		return EX_UNAVAILABLE;
	}
	while (waitpid(child, &end, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(end) ? WEXITSTATUS(end) : EX_SOFTWARE;
}

static int sign(const struct wish *w, const struct buf *text)
{
	char program[] = "sealpost-pki", command[] = "cms-sign", input[] = "-", out[] = "--out";
	char *argv[] = { program, command, input, w->key, w->cert, out, w->signature, NULL };
	int fd = as_file(text);
	if (fd < 0) {
		perror("sealpost: report --sign");
		return EX_OSERR;
	}
	int status = run_pki(argv, fd);
	close(fd);
	return status;
}

/* --- the report --- */

static int report(const struct cli_options *o, const struct wish *w)
{
	struct cli_options plain = *o;
	struct ctl c;
	struct report_source s = { .ctl = &c };
	struct buf text;
	plain.json = plain.stop_on_error = 0;
	plain.hides_urls = 1;
	int status = link_open(&plain, &c, NULL);
	if (status)
		return status;
	buf_init(&text, REPORT_MAX);
	report_write(&s, w->form, &text);
	ctl_close(&c);
	if (s.status)
		fprintf(stderr, "sealpost: report: %s\n",
			s.is_lost ? "the agent closed the connection, and the rest is missing"
				  : "the agent refused a part of it, which the report calls missing");
	if (text.full) {
		fprintf(stderr, "sealpost: report: it is longer than %d bytes\n", REPORT_MAX);
		s.status = EX_DATAERR;
	} else if (w->key) {
		status = sign(w, &text);
	}
	if (!status && !text.full)
		fwrite(buf_str(&text), 1, text.len, stdout);
	buf_done(&text);
	return status ? status : s.status;
}

int cli_report(const struct cli_options *o, char *const *words, size_t n)
{
	struct wish w = { .form = PAGE_TEXT };
	size_t i = 0;
	for (; i < n; i++) {
		if (strcmp(words[i], "--html") == 0) {
			w.form = PAGE_HTML;
		} else if (strcmp(words[i], "--sign") == 0 && n - i > 3 && !w.key) {
			w.key = words[++i];
			w.cert = words[++i];
			w.signature = words[++i];
		} else {
			break;
		}
	}
	if (i == n)
		return report(o, &w);
	fprintf(stderr, "sealpost: report: expected [--html] [--sign KEY CERT SIGNATURE]\n");
	return EX_USAGE;
}

/* --- typed lines --- */

/* Runs a typed line, which has these words. */
static int run_typed(const struct cli_options *o, char *const *words, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(words[i], "--sign") == 0) {
			fprintf(stderr,
				"sealpost: report --sign: a typed line reads and writes no files; sign "
				"where the key is, with sealpost-pki cms-sign\n");
			return EX_USAGE;
		}
	return strcasecmp(words[0], "report") == 0 ? cli_report(o, words + 1, n - 1)
						   : cli_bundle(o, words + 1, n - 1);
}

int cli_report_typed(const struct cli_options *o, const char *line, int *ret_status)
{
	static const char blanks[] = " \t\r\n";
	char *copy = mem_dup(line), **words = mem_array(strlen(line) / 2 + 1, sizeof *words), *rest = NULL;
	size_t n = 0;
	for (char *w = strtok_r(copy, blanks, &rest); w; w = strtok_r(NULL, blanks, &rest))
		words[n++] = w;
	int is_ours = n && (strcasecmp(words[0], "report") == 0 || strcasecmp(words[0], "bundle") == 0);
	if (is_ours)
		*ret_status = run_typed(o, words, n);
	free(words);
	free(copy);
	return is_ours;
}
