/* SPDX-License-Identifier: MIT */
#include "pki_files.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- passphrases --- */

int files_new_passphrase(const struct args *a, char ret[SECRET_MAX], struct err *e)
{
	char again[SECRET_MAX] = "";
	int r;
	if (a->new_passphrase_file) {
		r = secret_from_file(a->new_passphrase_file, "passphrase", ret, e);
	} else {
		r = secret_ask("A passphrase for what is written (--new-passphrase-file)", ret, e);
		if (r == 0)
			r = secret_ask("The same again", again, e);
		if (r == 0 && strcmp(ret, again) != 0)
			r = err_set(e, ERR_INPUT, 0, "the two passphrases differ");
		explicit_bzero(again, sizeof again);
	}
	if (r == 0 && !ret[0])
		r = err_set(e, ERR_INPUT, 0, "the new passphrase is empty");
	return r;
}

/* --- reading --- */

static int open_locked(const struct args *a, const struct buf *data, struct contents *ret, struct err *e)
{
	char passphrase[SECRET_MAX] = "";
	int r = a->passphrase_file ? secret_from_file(a->passphrase_file, "passphrase", passphrase, e)
				   : secret_ask("Its passphrase (--passphrase-file)", passphrase, e);
	if (r == 0) {
		contents_done(ret);
		r = contents_read(ret, data, passphrase, e);
	}
	if (r == 0 && ret->denied)
		r = err_set(e, ERR_DENIED, 0, "it does not open with this passphrase");
	else if (r == 0 && ret->locked)
		r = err_set(e, ERR_DENIED, 0, "it does not open with an empty passphrase");
	explicit_bzero(passphrase, sizeof passphrase);
	return r;
}

static int read_whole(const struct args *a, const char *path, struct contents *ret, struct err *e)
{
	struct buf data;
	buf_init(&data, FILES_READ_MAX);
	*ret = (struct contents){ .at = NULL };
	int r = file_read(path, &data, e);
	if (r == 0) {
		r = contents_read(ret, &data, NULL, e);
		if (r == 0 && ret->locked)
			r = open_locked(a, &data, ret, e);
		if (r < 0)
			err_prefix(e, "%s", path);
	}
	buf_wipe(&data);
	return r;
}

int files_read(const struct args *a, const char *path, struct contents *ret, struct err *e)
{
	return read_whole(a, path, ret, e);
}

int files_peek(const char *path, struct contents *ret, struct err *e)
{
	struct buf data;
	buf_init(&data, FILES_READ_MAX);
	*ret = (struct contents){ .at = NULL };
	int r = file_read(path, &data, e);
	if (r == 0 && contents_read(ret, &data, NULL, e) < 0)
		r = err_prefix(e, "%s", path);
	buf_wipe(&data);
	return r;
}

int files_look(const struct args *a, const char *path, struct contents *ret, struct err *e)
{
	return a->passphrase_file || isatty(STDIN_FILENO) ? read_whole(a, path, ret, e)
							  : files_peek(path, ret, e);
}

int files_find(const char *word, const char *const *endings, char ret[PATH_MAX], struct err *e)
{
	snprintf(ret, PATH_MAX, "%s", word);
	if (access(ret, F_OK) == 0)
		return 0;
	for (const char *const *ending = endings; *ending; ending++) {
		snprintf(ret, PATH_MAX, "%s%s", word, *ending);
		if (access(ret, F_OK) == 0)
			return 0;
	}
	return err_set(e, ERR_NOTFOUND, ENOENT, "there is no file %s, and none %s%s", word, word, endings[0]);
}

void files_with_ending(const char *path, const char *ending, char ret[PATH_MAX])
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
	size_t len = dot && dot > name ? (size_t)(dot - path) : strlen(path);
	if (len + strlen(ending) >= PATH_MAX)
		len = PATH_MAX - 1 - strlen(ending);
	memcpy(ret, path, len);
	memcpy(ret + len, ending, strlen(ending) + 1);
}

/* --- writing --- */

static int write_out(const struct buf *data, struct err *e)
{
	fwrite(buf_str(data), 1, data->len, stdout);
	return fflush(stdout) == 0 ? 0 : err_errno(e, "standard output");
}

/* Writes a new file. It gets its name when all of it is written, and never replaces another file. On a file
 * system without hard links, such as FAT on USB sticks, an empty file reserves the name first. */
static int write_new(const char *path, const struct buf *data, struct err *e)
{
	char draft[PATH_MAX];
	if (snprintf(draft, sizeof draft, "%s.%ld.new", path, (long)getpid()) >= (int)sizeof draft)
		return err_set(e, ERR_INPUT, 0, "%s: the path is too long", path);
	if (file_replace(draft, buf_str(data), data->len, 0600, e) < 0) {
		int why = (int)e->code;
		return err_set(e, e->kind, why, "%s: cannot write it: %s", path,
			       why == ENOENT ? "its folder does not exist" : strerror(why));
	}
	int named = link(draft, path) == 0;
	int fd = named || errno == EEXIST ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = named || fd >= 0 ? 0 : err_errno(e, "%s: cannot write it", path);
	if (fd >= 0) {
		close(fd);
		r = file_replace(path, buf_str(data), data->len, 0600, e);
		if (r < 0)
			unlink(path);
	}
	file_remove(draft, NULL);
	return r;
}

int files_write(const struct args *a, const struct files_output *outputs, size_t n, struct err *e)
{
	int force = args_has(a, ARGS_FORCE), r = 0;
	for (size_t i = 0; i < n && !force; i++)
		if (strcmp(outputs[i].path, "-") != 0 && access(outputs[i].path, F_OK) == 0)
			return err_set(e, ERR_EXISTS, EEXIST, "%s exists: --force overwrites it",
				       outputs[i].path);
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct files_output *o = &outputs[i];
		if (strcmp(o->path, "-") == 0)
			r = write_out(o->data, e);
		else
			r = force ? file_replace(o->path, buf_str(o->data), o->data->len, 0600, e)
				  : write_new(o->path, o->data, e);
	}
	return r;
}

int files_rewrite(const char *path, const struct buf *data, struct err *e)
{
	char target[PATH_MAX];
	struct stat old;
	if (!realpath(path, target) || stat(target, &old) < 0)
		return err_errno(e, "%s: cannot replace it", path);
	if (file_replace(target, buf_str(data), data->len, 0600, e) < 0)
		return -1;
	/* first the owner, so that no other group can ever read the file */
	if (chown(target, old.st_uid, old.st_gid) < 0 || chmod(target, old.st_mode & 07777) < 0)
		return err_errno(e, "%s: it is replaced, but owner and mode cannot be kept", path);
	return 0;
}
