/* SPDX-License-Identifier: MIT */
/* settings_load: reads the administrator's files and the agent's own file, and writes the latter. */
#include "settings_db.h"

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAMAGED_MAX = 9 };

void settings_kept_copy(struct buf *to, const struct buf *from)
{
	buf_wipe(to);
	if (from->len)
		buf_add(to, from->data, from->len);
}

static void files_done(struct settings_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->path[i]);
	free(f->path);
	*f = (struct settings_files){ .n = 0 };
}

void settings_layers_done(struct settings_layers *l)
{
	rows_values_done(&l->file);
	rows_values_done(&l->own);
	files_done(&l->files);
}

/* --- the administrator's files --- */

/* Returns 1 for names that end in .conf and are not hidden. So files that editors and dpkg leave behind do
 * not count. */
static int is_settings_name(const struct dirent *d)
{
	size_t len = strlen(d->d_name), end = sizeof ".conf" - 1;
	return d->d_name[0] != '.' && len > end && strcmp(d->d_name + len - end, ".conf") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(struct settings_files *f, const char *folder, const char *name)
{
	struct buf path;
	buf_init(&path, 8192);
	buf_addf(&path, "%s%s%s", folder, *name ? "/" : "", name);
	f->path[f->n++] = mem_dup(buf_str(&path));
	buf_done(&path);
}

/* Lists the file and those of its folder, FILE.d, in order of their names. If the folder exists, the file
 * itself may be missing. */
static int list_files(const char *path, struct settings_files *f, struct err *e)
{
	struct dirent **names = NULL;
	struct buf folder;
	buf_init(&folder, 8192);
	buf_addf(&folder, "%s.d", path);
	int n = scandir(buf_str(&folder), &names, is_settings_name, by_name), why = errno, r = 0;
	int has_folder = n >= 0, is_there = !has_folder || access(path, F_OK) == 0;
	if (!has_folder && why != ENOENT && why != ENOTDIR) {
		errno = why;
		r = err_errno(e, "%s", buf_str(&folder));
	} else if (n > SETTINGS_FILES_MAX) {
		r = err_set(e, ERR_CONFIG, 0, "%s: %d files: expected at most %d", buf_str(&folder), n,
			    SETTINGS_FILES_MAX);
	}
	f->path = mem_array(has_folder ? (size_t)n + 1 : 1, sizeof *f->path);
	if (is_there)
		add_path(f, path, "");
	for (int i = 0; i < n; i++) {
		if (r == 0)
			add_path(f, buf_str(&folder), names[i]->d_name);
		free(names[i]);
	}
	free(names);
	buf_done(&folder);
	return r;
}

/* Appends to the sentence that this file has mistakes. */
static void add_mistakes(const char *path, int mistakes, struct buf *text)
{
	buf_addf(text, "%s%s: %s%d mistake%s", text->len ? "; " : "", path,
		 mistakes > SETTINGS_COMPLAINTS_MAX ? "more than " : "",
		 mistakes > SETTINGS_COMPLAINTS_MAX ? SETTINGS_COMPLAINTS_MAX : mistakes,
		 mistakes == 1 ? "" : "s");
}

/* What makes a file wrong. Notes are about unknown names in lists: they do not prevent loading, but are
 * reported when a person has a file checked. */
enum strictness { MISTAKES, MISTAKES_AND_NOTES };

/* Reads the administrator's files, and reports every mistake in any of them. */
static int load_files(const char *path, struct settings_layers *to, const struct file_reading *how,
		      enum strictness strict, struct err *e)
{
	struct buf text;
	buf_init(&text, 8192);
	int r = list_files(path, &to->files, e);
	for (size_t i = 0; r == 0 && i < to->files.n; i++) {
		struct file_reading one = *how;
		one.values = &to->file;
		one.file = (unsigned)i;
		r = file_load(to->files.path[i], &one, e);
		int mistakes = one.mistakes + (strict == MISTAKES_AND_NOTES ? one.notes : 0);
		if (r == 0 && mistakes)
			add_mistakes(to->files.path[i], mistakes, &text);
	}
	if (r == 0 && text.len)
		r = err_set(e, ERR_CONFIG, 0, "%s", buf_str(&text));
	buf_done(&text);
	return r;
}

int settings_check(const char *path, settings_complain *complain, void *arg, struct err *e)
{
	struct settings_layers *fresh = mem_new(sizeof *fresh);
	struct file_reading how = { .complain = complain, .arg = arg };
	int r = load_files(path, fresh, &how, MISTAKES_AND_NOTES, e);
	settings_layers_done(fresh);
	free(fresh);
	return r;
}

/* --- the agent's own file --- */

/* Writes the name under which the i-th damaged file is set aside: NAME.damaged, NAME.damaged-2 ... */
static void name_damaged(const char *path, int i, struct buf *ret)
{
	buf_reset(ret);
	buf_addf(ret, "%s.damaged", path);
	if (i > 1)
		buf_addf(ret, "-%d", i);
}

/* Renames the agent's own file, which is damaged, and reports that: a damaged file must not prevent the agent
 * from starting, and the next change must not overwrite what can still be read in it. Files that were set
 * aside before are kept, up to DAMAGED_MAX. */
static int set_aside(const char *path, settings_complain *complain, void *arg, struct err *e)
{
	struct buf to, text;
	buf_init(&to, 5000);
	buf_init(&text, 12000);
	for (int i = 1; i == 1 || (i <= DAMAGED_MAX && access(buf_str(&to), F_OK) == 0); i++)
		name_damaged(path, i, &to);
	int r = rename(path, buf_str(&to)) ? err_errno(e, "%s: cannot set it aside", path) : 0;
	buf_addf(&text,
		 "damaged and set aside as %s: what the terminal and the manager had set has no effect, "
		 "and only the administrator's file counts; look at it, and bring its settings back with: "
		 "sealpost apply %s",
		 buf_str(&to), buf_str(&to));
	if (!r && complain)
		complain(arg, &(struct settings_complaint){ .file = path, .text = buf_str(&text) });
	buf_done(&to);
	buf_done(&text);
	return r;
}

char *settings_damaged(const struct settings_db *db)
{
	struct buf name;
	char *found = NULL;
	buf_init(&name, 5000);
	for (int i = DAMAGED_MAX; db->own_path && i > 0 && !found; i--) {
		name_damaged(db->own_path, i, &name);
		if (access(buf_str(&name), F_OK) == 0)
			found = mem_dup(buf_str(&name));
	}
	buf_done(&name);
	return found;
}

/* Returns 1 if the agent's own file has something, or had it when it was last read or written. */
static int is_any(const struct rows_values *own, const struct buf *kept)
{
	return kept->len || rows_values_have(own, SETTINGS_FROM_TERMINAL) ||
	       rows_values_have(own, SETTINGS_FROM_MANAGER) || rows_values_have(own, SETTINGS_FROM_UNKNOWN);
}

/* Loads the agent's own file. A file that cannot be read (an I/O error) is an error, since the agent must not
 * start without the settings made at the terminal. At the start, a damaged file is renamed, and one that is
 * missing has no settings. On a reload both are errors, because the settings in memory are still good:
 * without them, certificates might be verified less strictly. */
static int load_own(const struct settings_db *db, struct file_reading *r, struct err *e)
{
	struct err why = { .kind = ERR_NONE };
	int unread = file_load(db->own_path, r, &why) < 0, is_known = is_any(&db->layers.own, &db->kept);
	int is_missing = unread && why.kind == ERR_NOTFOUND;
	if (unread && !is_missing && why.kind != ERR_FULL)
		return err_set(e, why.kind, why.code, "%s", why.text);
	int is_damaged = !is_missing && (unread || r->is_damaged);
	if (is_known && (is_missing || is_damaged || !is_any(r->values, r->kept)))
		return err_set(e, ERR_CONFIG, 0, "%s: %s; the next change of a setting writes it again",
			       db->own_path,
			       is_missing   ? "deleted or moved"
			       : is_damaged ? "damaged"
					    : "has no settings any more");
	if (!is_damaged)
		return 0;
	return set_aside(db->own_path, r->complain, r->arg, e);
}

int settings_save(const struct settings_change *c, struct err *e)
{
	struct buf b;
	if (!c->db->own_path)
		return 0;
	buf_init(&b, SETTINGS_FILE_MAX);
	file_print_own(&c->own, &c->kept, &b);
	int r = b.full ? err_set(e, ERR_FULL, 0, "%s: longer than %d bytes", c->db->own_path,
				 SETTINGS_FILE_MAX)
		       : 0;
	if (r == 0 && c->db->own_is_newer)
		r = file_keep_newer(c->db->own_path, e);
	if (r == 0)
		r = file_replace(c->db->own_path, buf_str(&b), b.len, 0600, e);
	if (r == 0)
		c->db->own_is_newer = 0;
	buf_wipe(&b);
	return r;
}

/* --- both --- */

int settings_load(struct settings_db *db, const char *path, settings_complain *complain, void *arg,
		  struct err *e)
{
	struct settings_layers *fresh = mem_new(sizeof *fresh);
	struct file_reading admin = { .complain = complain, .arg = arg };
	struct buf kept;
	buf_init(&kept, SETTINGS_FILE_MAX);
	struct file_reading own = { .values = &fresh->own, .kept = &kept, .complain = complain, .arg = arg };
	int r = path ? load_files(path, fresh, &admin, MISTAKES, e) : 0;
	if (r == 0 && db->own_path)
		r = load_own(db, &own, e);
	if (r == 0) {
		struct settings_layers before = db->layers;
		db->layers = *fresh;
		*fresh = before;
		settings_kept_copy(&db->kept, &kept);
		db->own_is_newer = own.is_newer;
		settings_refresh(db);
	}
	settings_layers_done(fresh);
	buf_wipe(&kept);
	free(fresh);
	return r;
}
