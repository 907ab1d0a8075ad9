/* SPDX-License-Identifier: MIT */
/* manage_results: what the manager's commands came to lies on disk until it was told, so that no restart
 * loses it. */
#include "parts.h"

#include "base/file.h"
#include "base/log.h"
#include "wire/xml.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static void path_of(const struct agent *a, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/results", a->state);
}

void manage_note(struct doc *results, const char *why)
{
	struct doc *one = doc_add(results, "Result", 0);
	doc_set_attr(one, "status", "Error");
	doc_add_value(one, "Reason", DOC_STRING, why);
}

/* All that was not told yet, empty if there is nothing. */
static void write_down(const struct agent *a, struct buf *b)
{
	struct doc *all = doc_new("Command");
	heartbeat_untold(a->manager, all);
	documents_results(a->documents, all);
	if (a->manage.running)
		manage_note(all, "the agent ended before it was known what these commands came to");
	if (all->first)
		doc_print_xml(all, 0, b);
	doc_free(all);
	if (!b->full)
		return;
	buf_reset(b);
	all = doc_new("Command");
	manage_note(all, "too long to be kept when the agent ended");
	doc_print_xml(all, 0, b);
	doc_free(all);
}

void manage_keep_results(struct agent *a)
{
	char path[PATH_MAX];
	struct buf b;
	struct err e = { .kind = ERR_NONE };
	buf_init(&b, HEARTBEAT_RESULTS_MAX);
	path_of(a, path);
	write_down(a, &b);
	uint64_t key = b.len ? episode_key(buf_str(&b)) : 0;
	if (key != a->manage.kept) {
		a->manage.kept = key;
		if ((b.len ? file_replace(path, b.data, b.len, 0600, &e) : file_remove(path, &e)) < 0) {
			a->manage.kept = ~key; /* so that it is tried again */
			if (episode_failed(&a->manage.not_kept, 1, 1, loop_now_ms(a->loop)))
				log_warning(
					"manager: a restart would lose or repeat results of its commands: %s",
					e.text);
		} else if (episode_ended(&a->manage.not_kept)) {
			log_notice("manager: results of its commands are kept again");
		}
	}
	buf_done(&b);
}

void manage_recall_results(struct agent *a)
{
	char path[PATH_MAX];
	struct buf b;
	struct doc *d = NULL;
	struct err e = { .kind = ERR_NONE };
	size_t n = 0;
	buf_init(&b, HEARTBEAT_RESULTS_MAX);
	path_of(a, path);
	if (file_read(path, &b, &e) == 0 && xml_parse(buf_str(&b), b.len, NULL, &d, &e) == 0) {
		for (const struct doc *r = d->first; r; r = r->next)
			n++;
		log_notice("manager: %zu result%s of its commands from before the restart go with the next "
			   "event",
			   n, n == 1 ? "" : "s");
		a->manage.kept = episode_key(buf_str(&b));
		heartbeat_tell(a->manager, d);
	} else if (e.kind != ERR_NOTFOUND) {
		log_warning("manager: results of its commands from before the restart are lost: %s", e.text);
		a->manage.kept = 1; /* so that the file goes */
		manage_keep_results(a);
	}
	buf_done(&b);
}
