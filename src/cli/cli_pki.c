/* SPDX-License-Identifier: MIT */
/* cli_pki: runs sealpost-pki for `sealpost verify` and `sealpost pki`, so that this program, which sshd
 * starts for everybody who logs in, loads no TLS library. */
#include "cli/cli.h"

#include "pki_path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const char name[] = "sealpost-pki";

int pki_path(char ret[PATH_MAX])
{
	char own[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", own, sizeof own - 1);
	if (len < 0)
		return -1;
	own[len] = '\0';
	char *slash = strrchr(own, '/');
	if (slash)
		slash[1] = '\0';
	if (snprintf(ret, PATH_MAX, "%s%s", own, name) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int cli_pki(char *const *words, size_t n)
{
	char path[PATH_MAX];
	char argv0[sizeof name];                   /* a copy, since the type of execv's argv is not const */
	char **argv = calloc(n + 2, sizeof *argv); /* ends in NULL */
	int code = argv ? 0 : ENOMEM;
	if (!code && pki_path(path) < 0)
		code = errno;
	if (code) {
		fprintf(stderr,
			"sealpost: the place of this program, beside which %s stands, cannot be found: %s\n",
			name, strerror(code));
		free(argv);
		return EX_UNAVAILABLE;
	}
	memcpy(argv0, name, sizeof name);
	argv[0] = argv0;
	memcpy(argv + 1, words, n * sizeof *argv);
	execv(path, argv);
	if (errno == ENOENT)
		fprintf(stderr, "sealpost: `sealpost %s` needs the program %s, which is not installed\n",
			n && strcmp(words[0], "verify") == 0 ? "verify" : "pki", path);
	else
		fprintf(stderr, "sealpost: %s could not be started: %s\n", path, strerror(errno));
	free(argv);
	return EX_UNAVAILABLE;
}
