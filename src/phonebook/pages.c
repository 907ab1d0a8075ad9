/* SPDX-License-Identifier: MIT */
#include "pages.h"

#include "base/mem.h"
#include "base/episode.h"

#include <stdlib.h>
#include <string.h>

void pages_done(struct pages *p)
{
	free(p->after);
	free(p->seen);
	phonebook_page_done(&p->found);
	*p = (struct pages){ .total = -1 };
}

/* --- entries of earlier pages --- */

/* Returns a key that identifies the entry; a folder and a contact may have the same id, but not the same key.
 * 0: the entry has no id, and counts as different from all others. */
static uint64_t key_of(const struct phonebook_entry *entry)
{
	uint64_t key = (episode_key(entry->id) & ~(uint64_t)1) | (entry->is_folder != 0);
	return entry->id[0] ? key | (uint64_t)1 << 63 : 0;
}

static uint64_t *place_of(uint64_t *table, size_t room, uint64_t key)
{
	size_t i = (size_t)(key >> 1) & (room - 1);
	while (table[i] && table[i] != key)
		i = (i + 1) & (room - 1);
	return &table[i];
}

static int is_seen(const struct pages *p, uint64_t key)
{
	return key && p->seen_room && *place_of(p->seen, p->seen_room, key) == key;
}

static void see(struct pages *p, uint64_t key)
{
	if (!key || is_seen(p, key))
		return;
	if (2 * (p->n_seen + 1) > p->seen_room) {
		size_t room = p->seen_room ? 2 * p->seen_room : 256;
		uint64_t *table = mem_array(room, sizeof *table);
		for (size_t i = 0; i < p->seen_room; i++)
			if (p->seen[i])
				*place_of(table, room, p->seen[i]) = p->seen[i];
		free(p->seen);
		p->seen = table;
		p->seen_room = room;
	}
	*place_of(p->seen, p->seen_room, key) = key;
	p->n_seen++;
}

/* --- gathering --- */

/* Returns the memory that a text takes, including the allocator's overhead, since a server may send many
 * empty texts. */
static size_t text_size(const char *text)
{
	return strlen(text) + 32;
}

static size_t size_of(const struct phonebook_entry *entry)
{
	size_t size = sizeof *entry + text_size(entry->id) + text_size(entry->name) +
		      text_size(entry->folder) + text_size(entry->system_type);
	for (size_t i = 0; i < entry->n_routes; i++) {
		const struct phonebook_route *r = &entry->routes[i];
		size += sizeof *r + text_size(r->dial_string) + text_size(r->protocol) +
			text_size(r->call_type) + text_size(r->description) + text_size(r->system_type) +
			text_size(r->restriction);
	}
	return size;
}

static void keep(struct pages *p, struct phonebook_entry *entry)
{
	p->bytes += size_of(entry);
	if (p->found.n == p->room) {
		p->room = p->room ? p->room * 2 : 16;
		p->found.entries = mem_resize(p->found.entries, p->room * sizeof *entry);
	}
	p->found.entries[p->found.n++] = *entry;
	memset(entry, 0, sizeof *entry);
}

/* Some servers mark the last entry of every page, so on a full page the mark does not mean that there are no
 * more pages. */
int pages_end(const struct phonebook_page *page, size_t asked)
{
	return !page->left_out && (page->is_last || !page->n || (page->marks_last && page->n < asked));
}

/* Sets the number of all entries. Some servers send the number of entries of the page instead. */
static void count(struct pages *p, int64_t total)
{
	int64_t seen = (int64_t)(p->skipped + p->found.n);
	if (total > p->total)
		p->total = total;
	if (p->total >= 0 && p->total < seen)
		p->total = seen;
}

int pages_gather(struct pages *p, const struct phonebook_request *r, struct phonebook_page *page,
		 struct err *e)
{
	int more = 0;
	uint64_t *keys = mem_array(page->n, sizeof *keys);
	p->fresh = 0;
	p->left_out = page->left_out;
	for (size_t i = 0; i < page->n; i++) {
		struct phonebook_entry *entry = &page->entries[i];
		keys[i] = key_of(entry);
		if (is_seen(p, keys[i]))
			continue;
		p->fresh++;
		if (more || (r->kind != PHONEBOOK_ANY && (r->kind == PHONEBOOK_FOLDERS) != entry->is_folder))
			continue;
		if (p->skipped < r->offset)
			p->skipped++;
		else if (p->found.n < r->limit)
			keep(p, entry);
		else
			more = 1;
	}
	for (size_t i = 0; i < page->n; i++)
		see(p, keys[i]);
	free(keys);
	count(p, page->total);
	if (p->bytes > PAGES_BYTES_MAX)
		return err_set(e, ERR_FULL, 0, "the phone book's answers are longer than %d bytes together",
			       PAGES_BYTES_MAX);
	return more;
}

int pages_turn(struct pages *p, char *last, struct err *e)
{
	free(p->after);
	p->after = last;
	return ++p->n <= PAGES_MAX
		       ? 0
		       : err_set(e, ERR_FULL, 0, "the phone book has more than %d pages", PAGES_MAX);
}
