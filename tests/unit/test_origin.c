/* SPDX-License-Identifier: MIT */
/* origin: the administrator's folder of files, and where each value comes from. */
#include "settings/origin.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"

struct world {
	char folder[FOLDER_MAX], own[96], admin[96], more[96];
	struct settings_db *db;
	struct buf told; /* complaints */
};

static void complain(void *arg, const struct settings_complaint *c)
{
	struct world *w = arg;
	const char *name = strrchr(c->file, '/') + 1;
	buf_addf(&w->told, "%s:%u:%u: %s\n", name, c->line, c->column, c->text);
}

static int make_world(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	folder_make(w->folder);
	snprintf(w->own, sizeof w->own, "%s/own.conf", w->folder);
	snprintf(w->admin, sizeof w->admin, "%s/admin.conf", w->folder);
	snprintf(w->more, sizeof w->more, "%s/admin.conf.d", w->folder);
	buf_init(&w->told, 1 << 16);
	w->db = settings_new(w->own);
	*state = w;
	return 0;
}

static int remove_world(void **state)
{
	struct world *w = *state;
	settings_free(w->db);
	folder_remove(w->folder);
	buf_done(&w->told);
	free(w);
	return 0;
}

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void write_more(const struct world *w, const char *name, const char *text)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", w->more, name);
	mkdir(w->more, 0700);
	write_text(path, text);
}

static int load(struct world *w, struct err *e)
{
	buf_reset(&w->told);
	return settings_load(w->db, w->admin, complain, w, e);
}

static void must_load(struct world *w)
{
	struct err e = { .text = "" };
	if (load(w, &e) < 0)
		fail_msg("%s\n%s", e.text, buf_str(&w->told));
}

static void put(struct world *w, const char *path, const char *value, enum settings_origin origin)
{
	struct settings_change *c = settings_begin(w->db);
	struct err e = { .text = "" };
	if (settings_change_put(c, &(struct settings_pair){ path, value, origin }, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(settings_commit(c, NULL, &e), 0);
}

/* "Terminal x, File b.conf:3 y, Default z": all values of a setting, the one in effect first. */
static const char *sources(const struct world *w, const char *path)
{
	static char text[600];
	struct settings_source all[SETTINGS_SOURCES_MAX];
	size_t n = settings_sources(w->db, path, all, NULL), len = 0;
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		const char *name = all[i].file ? strrchr(all[i].file, '/') + 1 : NULL;
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? ", " : "",
					settings_origin_word(all[i].origin));
		if (name)
			len += (size_t)snprintf(text + len, sizeof text - len, " %s:%u", name, all[i].line);
		len += (size_t)snprintf(text + len, sizeof text - len, " %s", all[i].value);
	}
	return text;
}

/* --- the folder --- */

static void files_are_read_in_the_order_of_their_names(void **state)
{
	struct world *w = *state;
	write_text(w->admin, "SystemUnit Name: main\nLogging Level: Error\n");
	write_more(w, "9-last.conf", "\nSystemUnit Name: last\n");
	write_more(w, "10-first.conf", "SystemUnit Name: first\nTime Zone: Europe/Oslo\n");
	write_more(w, "9-last.conf~", "what is this\n");
	write_more(w, "9-last.conf.dpkg-old", "what is this\n");
	write_more(w, ".9-hidden.conf", "what is this\n");
	write_more(w, ".conf", "what is this\n");
	must_load(w);
	assert_string_equal(buf_str(&w->told), "");
	assert_string_equal(sources(w, "SystemUnit Name"), "File 9-last.conf:2 last, Default ");
	assert_string_equal(sources(w, "Time Zone"), "File 10-first.conf:2 Europe/Oslo, Default Etc/UTC");
	assert_string_equal(sources(w, "Logging Level"), "File admin.conf:2 Error, Default Info");
	assert_string_equal(sources(w, "Logging Facility"), "Default daemon");
	/* The main file may be missing where there is a folder, even an empty one. */
	assert_int_equal(unlink(w->admin), 0);
	must_load(w);
	assert_string_equal(sources(w, "Logging Level"), "Default Info");
}

static void without_a_folder_the_file_is_needed(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(load(w, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(mkdir(w->more, 0700), 0);
	must_load(w);
}

static void a_mistake_in_any_file_stops_all(void **state)
{
	struct world *w = *state;
	struct err e;
	write_text(w->admin, "SystemUnit Name: main\n");
	must_load(w);
	write_text(w->admin, "SystemUnit Name: other\n");
	write_more(w, "a.conf", "Logging Level: Loud\n");
	write_more(w, "b.conf", "\nLoging Level: Error\nQuantum: On\n");
	assert_int_equal(load(w, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "a.conf: 1 mistake; "));
	assert_non_null(strstr(e.text, "b.conf: 2 mistakes"));
	assert_non_null(strstr(buf_str(&w->told), "a.conf:1:16: Logging Level: expected"));
	assert_non_null(strstr(buf_str(&w->told), "b.conf:2:1: there is no \"Loging\""));
	assert_string_equal(sources(w, "SystemUnit Name"), "File admin.conf:1 main, Default ");
	buf_reset(&w->told);
	assert_int_equal(settings_check(w->admin, complain, w, &e), -1);
	assert_non_null(strstr(buf_str(&w->told), "b.conf:3:1: "));
}

static void what_cannot_be_read_is_named(void **state)
{
	struct world *w = *state;
	struct err e;
	char path[200];
	write_text(w->admin, "");
	snprintf(path, sizeof path, "%s/x.conf", w->more);
	assert_int_equal(mkdir(w->more, 0700), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(load(w, &e), -1);
	assert_non_null(strstr(e.text, "/x.conf: expected a regular file, and this is a folder"));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(load(w, &e), -1);
	assert_non_null(strstr(
		e.text, "/x.conf: expected a regular file, and this is a link to a file that is not there"));
	assert_int_equal(unlink(path), 0);
	for (int i = 0; i <= SETTINGS_FILES_MAX; i++) {
		snprintf(path, sizeof path, "%03d.conf", i);
		write_more(w, path, "");
	}
	assert_int_equal(load(w, &e), -1);
	assert_non_null(strstr(e.text, "admin.conf.d: 101 files: expected at most 100"));
}

/* --- origins --- */

static void origins_are_kept_over_a_restart(void **state)
{
	struct world *w = *state;
	write_text(w->admin, "# of the site\nSystemUnit Name: file\nTime Zone: Europe/Oslo\n");
	must_load(w);
	put(w, "SystemUnit Name", "terminal", SETTINGS_FROM_TERMINAL);
	put(w, "Logging Level", "Debug", SETTINGS_FROM_MANAGER);
	put(w, "NetworkServices NTP Server 2 Key", "hush", SETTINGS_FROM_MANAGER);
	put(w, "Phonebook Server 1 ID", "x", SETTINGS_FROM_DEFAULT);
	for (int restart = 0; restart < 2; restart++) {
		assert_string_equal(sources(w, "SystemUnit Name"),
				    "Terminal terminal, File admin.conf:2 file, Default ");
		assert_string_equal(sources(w, "Logging Level"), "Manager Debug, Default Info");
		assert_string_equal(sources(w, "NetworkServices NTP Server 2 Key"), "Manager ***, Default ");
		assert_string_equal(sources(w, "Phonebook Server 1 ID"), "Unknown x, Default ");
		assert_string_equal(sources(w, "Time Zone"),
				    "File admin.conf:3 Europe/Oslo, Default Etc/UTC");
		settings_free(w->db);
		w->db = settings_new(w->own);
		must_load(w);
	}
	/* The same value of somebody else is a change. */
	put(w, "Logging Level", "Debug", SETTINGS_FROM_TERMINAL);
	assert_string_equal(sources(w, "Logging Level"), "Terminal Debug, Default Info");
}

static void other_versions_files_are_read(void **state)
{
	struct world *w = *state;
	write_text(w->admin, "");
	write_text(w->own, "xConfiguration SystemUnit Name: \"before\"\n# Set by the manager:\n"
			   "xConfiguration Logging Level: Debug\n# Set by a schedule:\n"
			   "xConfiguration Quantum Mode: On\nxConfiguration Time Zone: \"Europe/Oslo\"\n");
	must_load(w);
	assert_string_equal(sources(w, "SystemUnit Name"), "Unknown before, Default ");
	assert_string_equal(sources(w, "Logging Level"), "Manager Debug, Default Info");
	assert_string_equal(sources(w, "Time Zone"), "Unknown Europe/Oslo, Default Etc/UTC");
	put(w, "Logging Facility", "local0", SETTINGS_FROM_TERMINAL);
	struct buf b;
	struct err e;
	buf_init(&b, 1 << 16);
	assert_int_equal(file_read(w->own, &b, &e), 0);
	assert_non_null(strstr(buf_str(&b), "xConfiguration Quantum Mode: On\n"
					    "xConfiguration SystemUnit Name: \"before\"\n"
					    "xConfiguration Time Zone: \"Europe/Oslo\"\n"
					    "# Set at the terminal:\n"
					    "xConfiguration Logging Facility: local0\n"
					    "# Set by the manager:\n"
					    "xConfiguration Logging Level: Debug\n"));
	buf_done(&b);
}

static void an_inherited_value_is_a_default(void **state)
{
	struct world *w = *state;
	struct settings_source all[SETTINGS_SOURCES_MAX];
	write_text(w->admin, "NetworkServices HTTPS VerifyServerCertificate: Off\n");
	must_load(w);
	assert_int_equal(settings_sources(w->db, "Provisioning TlsVerify", all, NULL), 1);
	assert_string_equal(all[0].value, "Off");
	assert_string_equal(all[0].inherits, "NetworkServices HTTPS VerifyServerCertificate");
	put(w, "Provisioning TlsVerify", "On", SETTINGS_FROM_TERMINAL);
	assert_string_equal(sources(w, "Provisioning TlsVerify"), "Terminal On, Default Off");
	struct err e;
	assert_int_equal(settings_sources(w->db, "Provisioning TlsVerifi", all, &e), 0);
	assert_int_equal(e.kind, ERR_NOTFOUND);
}

static void what_is_special_differs_from_the_default(void **state)
{
	struct world *w = *state;
	write_text(w->admin, "SystemUnit Name: file\nLogging Level: Info\nTime Zone: Europe/Oslo\n");
	must_load(w);
	put(w, "Time Zone", "Etc/UTC", SETTINGS_FROM_TERMINAL);
	assert_true(settings_is_special(w->db, "SystemUnit Name"));
	assert_false(settings_is_special(w->db, "Logging Level")); /* the file says what the default is */
	assert_true(settings_is_special(w->db, "Time Zone")); /* the default, but it hides another value */
	assert_false(settings_is_special(w->db, "Logging Facility"));
	assert_false(settings_is_special(w->db, "No Such"));
}

/* --- what was held --- */

static void what_was_held_comes_back(void **state)
{
	struct world *w = *state;
	static const char *const paths[] = { "SystemUnit Name", "Logging Level",
					     "NetworkServices NTP Server 1 Key" };
	struct settings_pair held[3];
	char *values[3];
	struct err e;
	write_text(w->admin, "Logging Level: Error\n");
	must_load(w);
	put(w, "SystemUnit Name", "before", SETTINGS_FROM_MANAGER);
	put(w, "NetworkServices NTP Server 1 Key", "hush", SETTINGS_FROM_TERMINAL);
	for (int i = 0; i < 3; i++) {
		settings_held(w->db, paths[i], &held[i]);
		values[i] = held[i].value ? strdup(held[i].value) : NULL;
		held[i].value = values[i];
	}
	assert_null(held[1].value);
	assert_string_equal(held[2].value, "hush");
	for (int i = 0; i < 3; i++)
		put(w, paths[i], "Debug", SETTINGS_FROM_TERMINAL);
	struct settings_change *c = settings_begin(w->db);
	for (int i = 0; i < 3; i++)
		assert_int_equal(settings_change_put(c, &held[i], &e), 0);
	assert_int_equal(settings_commit(c, NULL, &e), 0);
	assert_string_equal(sources(w, paths[0]), "Manager before, Default ");
	assert_string_equal(sources(w, paths[1]), "File admin.conf:1 Error, Default Info");
	assert_string_equal(sources(w, paths[2]), "Terminal ***, Default ");
	assert_string_equal(settings_value(w->db, paths[2]), "hush");
	for (int i = 0; i < 3; i++)
		free(values[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, remove_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_read_in_the_order_of_their_names),
		TEST(without_a_folder_the_file_is_needed),
		TEST(a_mistake_in_any_file_stops_all),
		TEST(what_cannot_be_read_is_named),
		TEST(origins_are_kept_over_a_restart),
		TEST(other_versions_files_are_read),
		TEST(an_inherited_value_is_a_default),
		TEST(what_is_special_differs_from_the_default),
		TEST(what_was_held_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
