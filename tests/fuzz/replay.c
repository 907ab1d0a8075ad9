/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over every file of the folders (or files) named, in order of name: the seeds, in `make
 * check`. */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replay_file(const char *path)
{
	FILE *f = fopen(path, "rbe");
	if (!f) {
		perror(path);
		exit(1);
	}
	struct stat st;
	if (fstat(fileno(f), &st) < 0 || st.st_size > 64 << 20)
		exit(1);
	/* Exactly as long as the file: the sanitizer then sees a read past its end. */
	uint8_t *data = malloc(st.st_size ? (size_t)st.st_size : 1);
	size_t len = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 1;
}

static unsigned replay(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path);
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);
	unsigned done = 0;
	for (int i = 0; i < n; i++) {
		char file[PATH_MAX];
		if (names[i]->d_name[0] != '.' &&
		    snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name) < (int)sizeof file)
			done += replay_file(file);
		free(names[i]);
	}
	free(names);
	return done;
}

int main(int argc, char **argv)
{
	unsigned done = 0;
	for (int i = 1; i < argc; i++)
		done += replay(argv[i]);
	const char *name = strrchr(argv[0], '/');
	printf("replay %s: %u inputs passed\n", name ? name + 1 : argv[0], done);
	return done ? 0 : 1;
}
