/* SPDX-License-Identifier: MIT */
/* A settings file: whatever is in it, it is read, and what is good comes back the same after saving. */
#include "settings/origin.h"
#include "settings/plan.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
	if (!truth)
		abort();
}

static void see(void *arg, const struct settings_complaint *c)
{
	require(c->file && c->text[0] && (c->line || !c->column));
	++*(unsigned *)arg;
}

static void read_it(const char *path)
{
	struct settings_db *db = settings_new(NULL);
	struct err e = { .text = "" };
	unsigned complaints = 0;
	int r = settings_load(db, path, see, &complaints, &e);
	/* Of a good file, too, something may be told: names in lists that stand for nothing. */
	require(complaints <= SETTINGS_COMPLAINTS_MAX && (!r || (complaints > 0 && e.text[0])));
	require(settings_doc(db)->first != NULL);
	/* Whatever was read is a value that could be set, too. */
	struct settings_change *c = settings_begin(db);
	require(!settings_change_set(c, "SystemUnit Name", settings_get(db)->system_name, NULL));
	require(!settings_change_set(c, "NetworkServices NTP Server 1 Key",
				     settings_get(db)->ntp.server[0].key, NULL));
	require(!settings_commit(c, NULL, NULL));
	settings_free(db);
}

/* As the agent's own: good lines hold, whatever stands beside them, unless the checksum is wrong (it cannot
 * be set aside here). */
static void read_own(const char *path)
{
	struct settings_db *db = settings_new(path);
	struct err e = { .text = "" };
	unsigned complaints = 0;
	int r = settings_load(db, NULL, see, &complaints, &e);
	require(complaints <= SETTINGS_COMPLAINTS_MAX + 1 && (!r || e.text[0]));
	/* What is kept and not understood is taken out line by line, with the settings that lines are
	 * about. */
	struct settings_change *c = settings_begin(db);
	require(!settings_change_set(c, "SystemUnit Name", "x", NULL));
	require(!settings_change_unset(c, "Logging Level", NULL));
	require(!settings_change_unset(c, "NetworkServices NTP Server 2 Key", NULL));
	settings_abandon(c);
	settings_free(db);
}

/* As the body of Configuration Apply: what it plans can be set, and then nothing differs any more. */
static void plan_it(const uint8_t *data, size_t size)
{
	struct settings_db *db = settings_new(NULL);
	unsigned complaints = 0;
	char *text = calloc(size + 1, 1);
	require(text != NULL);
	memcpy(text, data, size);
	struct settings_plan_request r = {
		.text = text, .len = size, .shown = settings_doc(db), .complain = see, .arg = &complaints
	};
	struct settings_plan *p = settings_plan_new(db, &r);
	require(complaints <= SETTINGS_COMPLAINTS_MAX && (!p->mistakes || complaints > 0));
	if (!p->mistakes) {
		struct settings_change *c = settings_begin(db);
		for (size_t i = 0; i < p->n; i++) {
			struct settings_pair one = { p->items[i].path, p->items[i].value,
						     SETTINGS_FROM_MANAGER };
			require(!p->items[i].differs || !settings_change_put(c, &one, NULL));
		}
		require(!settings_commit(c, NULL, NULL));
		settings_plan_free(p);
		r.shown = settings_doc(db);
		p = settings_plan_new(db, &r);
		require(!p->mistakes && !p->differ);
	}
	settings_plan_free(p);
	settings_free(db);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("settings", MFD_CLOEXEC);
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	read_it(path);
	read_own(path);
	close(fd);
	plan_it(data, size);
	return 0;
}
