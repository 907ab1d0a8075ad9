/* SPDX-License-Identifier: MIT */
#include "agent_internal.h"

#include "base/log.h"
#include "clock/clock_status.h"
#include "delivery/delivery_status.h"
#include "logging/logging_status.h"
#include "provisioning/provisioning_status.h"
#include "published.h"
#include "status/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define COUNT STATUS_ANY_NUMBER

static int uptime(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct agent *a = arg;
	(void)item;
	return status_count(ret, (uint64_t)(loop_now_ms(a->loop) - a->started_ms) / 1000);
}

static const struct status_row rows[] = {
	{ "SystemUnit Uptime", STATUS_SECONDS, COUNT, "Seconds since the agent started.", uptime, 0 },
	{ .path = NULL },
};

static const struct status_row *const tables[] = { rows,
						   identity_status_rows,
						   verdicts_status_rows,
						   trust_lists_status_rows,
						   clock_status_rows,
						   delivery_status_rows,
						   provisioning_status_rows,
						   accounts_status_rows,
						   inbound_status_rows,
						   logging_status_rows };

const struct status_row *agent_status_row(size_t i)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct status_row *row = tables[t]; row->path; row++)
			if (i-- == 0)
				return row;
	return NULL;
}

void agent_add_status(struct agent *a, const struct status_table *t)
{
	if (a->n_tables < AGENT_STATUS_TABLES)
		a->tables[a->n_tables++] = *t;
}

void agent_remove_status(struct agent *a, const void *arg)
{
	size_t kept = 0;
	for (size_t i = 0; i < a->n_tables; i++)
		if (a->tables[i].arg != arg)
			a->tables[kept++] = a->tables[i];
	a->n_tables = kept;
}

void agent_metrics(const struct agent *a, struct buf *ret)
{
	metrics_write(a->tables, a->n_tables, ret);
}

/* Reads the agent's own leaves. */
static struct doc *read_all(struct agent *a, const char *prefix, enum status_which which)
{
	struct doc *d = doc_new("Status");
	for (size_t i = 0; i < a->n_tables; i++)
		status_read(&a->tables[i], prefix, which, d);
	return d;
}

static void put(struct doc *d, const char *path, enum doc_type type, const char *value)
{
	doc_set_value(doc_make(d, path), type, value);
}

void agent_status_init(struct agent *a)
{
	void *const args[] = {
		a,           a,          a,         a->trust_lists, a->clock, a->delivery, a->provisioning,
		a->accounts, a->inbound, a->logging
	};
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		agent_add_status(a, &(struct status_table){ tables[t], args[t] });
	a->status = doc_new("Status");
	a->published = published_new();
	struct doc *own = read_all(a, "", STATUS_PUBLISHED);
	doc_free(doc_merge(a->status, own));
	doc_free(own);
}

struct doc *agent_configuration(struct agent *a)
{
	struct doc *d = doc_copy(settings_doc(a->settings));
	const struct identity_network *n = &agent_identity_whole(a)->network;
	put(d, "Network[1]/IPv4/Address", DOC_STRING, n->address);
	put(d, "Network[1]/IPv4/Assignment", DOC_LITERAL, n->is_permanent ? "Static" : "DHCP");
	put(d, "Network[1]/IPv4/Gateway", DOC_STRING, n->gateway);
	put(d, "Network[1]/IPv4/SubnetMask", DOC_STRING, n->subnet_mask);
	return d;
}

/* Adds leaves that change all the time to a copy of the published status. They are read only when the status
 * is asked for. */
static struct doc *with_live(struct agent *a, struct doc *all)
{
	struct doc *live = read_all(a, "", STATUS_ALL), *old;
	while ((old = doc_child(all, "HttpFeedback", 0))) {
		doc_detach(old);
		doc_free(old);
	}
	doc_free(doc_merge(all, live));
	doc_free(live);
	return all;
}

struct doc *agent_status(struct agent *a)
{
	return with_live(a, doc_copy(a->status));
}

static void ignore(void *arg, const struct doc *d)
{
	(void)arg, (void)d;
}

struct doc *agent_status_at(struct agent *a, const struct doc_path *p, enum doc_words how, struct err *e)
{
	struct err other;
	struct doc *all = with_live(a, doc_path_sparse(a->status, p));
	if (!p->n)
		return all;
	struct doc *found = doc_path_subset(all, p, how, e);
	doc_free(all);
	/* The partial copy may lack the names that are similar to those of the path, so the error is taken
	 * from a search in the whole document. */
	if (!found && e->kind == ERR_NOTFOUND && doc_find(a->status, p, how, ignore, NULL, &other) < 0 &&
	    other.kind == ERR_NOTFOUND && other.code > e->code)
		*e = other;
	return found;
}

int agent_status_is_empty_list(struct agent *a, const struct doc_path *p, enum doc_words how)
{
	return published_is_empty_list(a->published, a->status, p, how);
}

int agent_host_name(const struct agent *a, char *ret, size_t size, struct err *e)
{
	return identity_host_name(settings_get(a->settings), ret, size, e);
}

void agent_set_product(struct agent *a, struct doc *root)
{
	const struct wire_identity *who = agent_identity(a);
	doc_set_attr(root, "product", who->product_type);
	doc_set_attr(root, "version", who->software_version);
	doc_set_attr(root, "apiVersion", "4");
}

void agent_status_changed(struct agent *a, const char *prefix)
{
	publish_own(a, read_all(a, prefix, STATUS_PUBLISHED));
}

void agent_status_slot_changed(struct agent *a, int slot)
{
	char path[40];
	snprintf(path, sizeof path, "HttpFeedback[%d]", slot);
	struct doc *news = doc_new("Status"), *place = doc_make(news, path);
	if (registrations_get(a->delivery, slot))
		put(place, "Status", DOC_LITERAL,
		    registrations_has_failed(a->delivery, slot) ? "Failed" : "OK");
	else
		place->ghost = 1;
	publish_own(a, news);
}

/* --- the build, and the store --- */

const char *agent_build(const struct agent *a)
{
	return a->build;
}

/* Number of files that are listed. There are more only if a store was found damaged again and again. */
enum {
	FILES_MAX = 100,
	FREE_MIN = 256 << 10, /* bytes; with less, settings and posts may not find room */
};

static void add_file(const struct agent *a, const char *name, struct doc *d, unsigned number)
{
	struct stat st;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", a->state, name);
	if (stat(path, &st) < 0)
		return;
	struct doc *file = doc_add(d, "File", number);
	file->max_occurrence = DOC_UNBOUNDED;
	doc_add_value(file, "Name", DOC_STRING, name);
	doc_add_int(file, "Bytes", (int64_t)st.st_size);
}

static int is_of_store(const struct dirent *at)
{
	return strncmp(at->d_name, "store.db", sizeof "store.db" - 1) == 0;
}

/* Returns the free bytes of the agent's file system; -1: they are not known. */
static int64_t free_bytes(const struct agent *a)
{
	struct statvfs vfs;
	return statvfs(a->state, &vfs) == 0 ? (int64_t)(vfs.f_bavail * vfs.f_frsize) : -1;
}

int agent_storage_trouble(const struct agent *a, char *ret, size_t size)
{
	const char *trouble = store_trouble(a->store);
	int64_t left = free_bytes(a);
	if (trouble)
		snprintf(ret, size, "%s", trouble);
	else if (left >= 0 && left < FREE_MIN)
		snprintf(ret, size, "%.400s: the disk is full: %" PRId64 " bytes are free", a->state, left);
	return trouble || (left >= 0 && left < FREE_MIN);
}

void agent_storage(const struct agent *a, struct doc *d)
{
	char trouble[1000];
	struct dirent **names = NULL;
	int n = scandir(a->state, &names, is_of_store, alphasort);
	int is_bad = agent_storage_trouble(a, trouble, sizeof trouble);
	int64_t left = free_bytes(a);
	doc_add_value(d, "State", DOC_LITERAL, is_bad ? "Trouble" : "Good");
	if (is_bad)
		doc_add_value(d, "Trouble", DOC_STRING, trouble);
	if (left >= 0)
		doc_add_int(d, "FreeBytes", left);
	doc_add_value(d, "Folder", DOC_STRING, a->state);
	for (int i = 0; i < n; i++) {
		if (i < FILES_MAX)
			add_file(a, names[i]->d_name, d, (unsigned)i + 1);
		free(names[i]);
	}
	free(names);
}
