/* SPDX-License-Identifier: MIT */
/* results: keeps the results of the manager's commands in a file until a server has accepted them, so that
 * no restart of the agent loses them. */
#include "provisioning_internal.h"

#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "wire/xml.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static void path_of(const struct provisioning *p, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/results", p->o.state);
}

void results_note(struct doc *results, const char *why)
{
	struct doc *one = doc_add(results, "Result", 0);
	doc_set_attr(one, "status", "Error");
	doc_add_value(one, "Reason", DOC_STRING, why);
}

/* The version of the file's format, an attribute of its first element, for later versions. */
enum { FORMAT = 1 };

/* Prints all results that no server has accepted yet; nothing if there are none. */
static void print_unsent(const struct provisioning *p, struct buf *b)
{
	struct doc *all = doc_new("Command");
	char format[8];
	heartbeat_copy_results(p->heartbeat, all);
	documents_results(p->documents, all);
	if (p->commands.running)
		results_note(all, "the agent ended before these commands were answered");
	if (all->first) {
		snprintf(format, sizeof format, "%d", FORMAT);
		doc_set_attr(all, "format", format);
		doc_print_xml(all, 0, b);
	}
	doc_free(all);
	if (!b->full)
		return;
	buf_reset(b);
	all = doc_new("Command");
	results_note(all, "too long to be kept when the agent ended");
	doc_print_xml(all, 0, b);
	doc_free(all);
}

/* Makes b the file's content; if b is empty, removes the file. */
static int replace(struct provisioning *p, const char *path, const struct buf *b, struct err *e)
{
	if (p->results.is_newer && file_keep_newer(path, e) < 0)
		return -1;
	int r = b->len ? file_replace(path, b->data, b->len, 0600, e) : file_remove(path, e);
	if (r == 0)
		p->results.is_newer = 0;
	return r;
}

void results_keep(struct provisioning *p)
{
	char path[PATH_MAX];
	struct buf b;
	struct err e = { .kind = ERR_NONE };
	buf_init(&b, HEARTBEAT_KEPT_MAX);
	path_of(p, path);
	print_unsent(p, &b);
	uint64_t key = b.len ? episode_key(buf_str(&b)) : 0;
	if (key != p->results.key) {
		p->results.key = key;
		if (replace(p, path, &b, &e) < 0) {
			p->results.key = ~key; /* not the text's key, so that the next call tries again */
			if (episode_failed(&p->results.not_kept, 1, 1, loop_now_ms(p->o.loop)))
				log_warning("manager: results of its commands cannot be kept in a file, so a "
					    "restart would lose or repeat them: %s",
					    e.text);
		} else if (episode_ended(&p->results.not_kept, loop_now_ms(p->o.loop))) {
			log_notice("manager: results of its commands can be kept in a file again");
		}
	}
	buf_done(&b);
}

/* Logs that a newer version has written the file. `of`: the file's format; NULL: the file does not tell. */
static void log_newer(struct provisioning *p, const char *path, const char *of)
{
	int64_t number = 0;
	if (!of || num_parse(of, 0, INT64_MAX, &number, NULL) < 0 || number <= FORMAT)
		return;
	p->results.is_newer = 1;
	log_notice("manager: %s was written by a newer sealpost (format %" PRId64
		   "; this one knows %d): what this version knows of it is used; the first change keeps it "
		   "as %s.newer",
		   path, number, FORMAT, path);
}

void results_recall(struct provisioning *p)
{
	char path[PATH_MAX];
	struct buf b;
	struct doc *d = NULL;
	struct err e = { .kind = ERR_NONE };
	size_t n = 0;
	buf_init(&b, HEARTBEAT_KEPT_MAX);
	path_of(p, path);
	if (file_read(path, &b, &e) == 0 && xml_parse(buf_str(&b), b.len, NULL, &d, &e) == 0) {
		for (const struct doc *r = d->first; r; r = r->next)
			n++;
		log_notice("manager: %zu result%s of its commands from before the restart go with the next "
			   "event",
			   n, n == 1 ? "" : "s");
		p->results.key = episode_key(buf_str(&b));
		log_newer(p, path, doc_attr(d, "format"));
		heartbeat_add_results(p->heartbeat, d);
	} else if (e.kind != ERR_NOTFOUND) {
		log_warning("manager: results of its commands from before the restart are lost: %s", e.text);
		/* not the key of any text, so that results_keep replaces or removes the file */
		p->results.key = 1;
		results_keep(p);
	}
	buf_done(&b);
}
