/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind_of(mode_t mode)
{
	return S_ISREG(mode)    ? "a file"
	       : S_ISDIR(mode)  ? "a folder"
	       : S_ISFIFO(mode) ? "a FIFO"
	       : S_ISSOCK(mode) ? "a socket"
	       : S_ISLNK(mode)  ? "a link to a file that is not there"
				: "a device";
}

static int no_file(const char *path, mode_t mode, struct err *e)
{
	return err_set(e, ERR_INPUT, 0, "%s: expected a regular file, and this is %s", path, kind_of(mode));
}

int file_is_regular(const char *path, struct err *e)
{
	struct stat st;
	/* stat follows links, so only a dangling link counts as a link */
	if (stat(path, &st) < 0 && (errno != ENOENT || lstat(path, &st) < 0))
		return 0; /* path does not exist, or opening it will give the error */
	return S_ISREG(st.st_mode) ? 0 : no_file(path, st.st_mode, e);
}

/* Reads directly into b, which does not grow meanwhile if the file has as many bytes as `size`. So no copies
 * are left behind; the file may contain a private key. */
static int read_all(int fd, size_t size, struct buf *b)
{
	enum { STEP = 16384 };
	size_t got = 0;
	for (;;) {
		size_t left = b->max - b->len, want = got <= size ? size + 1 - got : STEP;
		char beyond;
		if (want > left)
			want = left;
		void *to = want ? buf_room(b, want) : &beyond;
		if (!to)
			return -1;
		ssize_t n = read(fd, to, want ? want : 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 0;
		if (!want) {
			b->full = 1;
			return -1;
		}
		buf_took(b, (size_t)n);
		got += (size_t)n;
	}
}

int file_read(const char *path, struct buf *b, struct err *e)
{
	if (file_is_regular(path, e) < 0)
		return -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOTFOUND, ENOENT, "%s: no such file", path);
	if (fd < 0)
		return err_errno(e, "%s: cannot open", path);
	int r = -1;
	struct stat st;
	if (fstat(fd, &st) < 0) {
		err_errno(e, "%s: cannot read its attributes", path);
		goto out;
	}
	if (!S_ISREG(st.st_mode)) { /* the file was replaced since the check above */
		no_file(path, st.st_mode, e);
		goto out;
	}
	r = read_all(fd, (size_t)st.st_size, b);
	if (r < 0 && b->full)
		err_set(e, ERR_FULL, 0, "%s: longer than the %zu bytes allowed", path, b->max);
	else if (r < 0)
		err_errno(e, "%s: cannot read", path);
out:
	close(fd);
	return r;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int sync_folder_of(const char *path, struct err *e)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int len = slash ? (int)(slash - path) : 1;
	snprintf(folder, sizeof folder, "%.*s", len ? len : 1, slash ? path : ".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "%s: cannot open", folder);
	int r = fsync(fd) < 0 ? err_errno(e, "%s: cannot sync", folder) : 0;
	close(fd);
	return r;
}

/* Fails because the file or folder at path cannot be made; errno says why. */
static int cannot_make(const char *path, struct err *e)
{
	return errno == ENOENT
		       ? err_set(e, ERR_IO, ENOENT,
				 "%s: cannot be made, because the folder above it does not exist", path)
		       : err_errno(e, "%s: cannot be made", path);
}

int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	char temp[PATH_MAX];
	if ((size_t)snprintf(temp, sizeof temp, "%s.new", path) >= sizeof temp)
		return err_set(e, ERR_INPUT, 0, "%.100s...: path too long", path);
	/* A file that a crash left is removed first. Anything else with that name is neither followed nor
	 * opened. */
	int fd = unlink(temp) < 0 && errno != ENOENT
			 ? -1
			 : open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0) /* errors name the file that the caller knows, unless the other one is in the way */
		return cannot_make(errno == EISDIR ? temp : path, e);
	int bad = fchmod(fd, mode) < 0 || write_all(fd, data, len) < 0 || fsync(fd) < 0;
	if (bad)
		err_errno(e, "%s: cannot write", path);
	if (close(fd) < 0 && !bad)
		bad = 1, err_errno(e, "%s: cannot write", path);
	if (!bad && rename(temp, path) < 0)
		bad = 1, err_errno(e, "%s: cannot replace", path);
	if (bad) {
		unlink(temp);
		return -1;
	}
	return sync_folder_of(path, e);
}

int file_remove(const char *path, struct err *e)
{
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : err_errno(e, "%s: cannot remove", path);
	return sync_folder_of(path, e);
}

int file_keep_newer(const char *path, struct err *e)
{
	char kept[PATH_MAX];
	if ((size_t)snprintf(kept, sizeof kept, "%s.newer", path) >= sizeof kept)
		return err_set(e, ERR_INPUT, 0, "%.100s...: path too long", path);
	unlink(kept);
	return link(path, kept) == 0 || errno == ENOENT
		       ? 0
		       : err_errno(e, "%s: a newer version wrote it, and it cannot be kept", path);
}

int file_folder(const char *path, mode_t mode, struct err *e)
{
	if (mkdir(path, mode) == 0)
		return 0;
	struct stat st;
	if (errno != EEXIST || stat(path, &st) < 0)
		return cannot_make(path, e);
	return S_ISDIR(st.st_mode) ? 0
				   : err_set(e, ERR_IO, ENOTDIR, "%s: expected a folder, and this is %s",
					     path, kind_of(st.st_mode));
}

int file_keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return -1;
	return 0;
}

/* --- files of other users --- */

struct foreign {
	size_t n;
	char first[PATH_MAX];
	uid_t owner; /* of the first */
};

static void look_at(const char *path, struct foreign *f, int levels)
{
	struct stat st;
	char below[PATH_MAX];
	if (lstat(path, &st) < 0 || S_ISLNK(st.st_mode))
		return;
	int is_folder = S_ISDIR(st.st_mode), wanted = R_OK | W_OK | (is_folder ? X_OK : 0);
	if (st.st_uid != geteuid() && faccessat(AT_FDCWD, path, wanted, AT_EACCESS) < 0 && errno == EACCES &&
	    !f->n++) {
		snprintf(f->first, sizeof f->first, "%s", path);
		f->owner = st.st_uid;
	}
	DIR *d = is_folder && levels ? opendir(path) : NULL;
	/* lost+found belongs to the file system that begins at the folder */
	for (const struct dirent *i; d && (i = readdir(d));)
		if (strcmp(i->d_name, ".") != 0 && strcmp(i->d_name, "..") != 0 &&
		    strcmp(i->d_name, "lost+found") != 0 &&
		    snprintf(below, sizeof below, "%s/%s", path, i->d_name) < (int)sizeof below)
			look_at(below, f, levels - 1);
	if (d)
		closedir(d);
}

static void name_user(uid_t uid, char ret[64])
{
	const struct passwd *user = getpwuid(uid);
	if (user)
		snprintf(ret, 64, "%s", user->pw_name);
	else
		snprintf(ret, 64, "%ju", (uintmax_t)uid);
}

void file_describe_foreign(const char *folder, struct buf *ret)
{
	enum { LEVELS = 2 };
	struct foreign f = { .n = 0 };
	char owner[64], self[64], more[40] = "";
	look_at(folder, &f, LEVELS);
	if (!f.n)
		return;
	name_user(f.owner, owner);
	name_user(geteuid(), self);
	if (f.n > 1)
		snprintf(more, sizeof more, " (and %zu more there)", f.n - 1);
	/* with a colon chown gives the user's group, too; it does not accept that for a number */
	buf_addf(ret, "%s%s belongs to %s, and the user %s may not use it: chown -R %s%s %s", f.first, more,
		 owner, self, self, getpwuid(geteuid()) ? ":" : "", folder);
}
