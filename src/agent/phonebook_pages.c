#include "phonebook_pages.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void pages_done(struct pages *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->after[i]);
	free(p->after);
	phonebook_page_done(&p->found);
	*p = (struct pages){ .total = -1 };
}

const char *pages_after(const struct pages *p)
{
	return p->n ? p->after[p->n - 1] : NULL;
}

/* With what an allocation costs: a server may send many texts that are empty. */
static size_t text_size(const char *text)
{
	return strlen(text) + 32;
}

static size_t size_of(const struct phonebook_entry *entry)
{
	size_t size = sizeof *entry + text_size(entry->id) + text_size(entry->name) + text_size(entry->folder) +
		      text_size(entry->system_type);
	for (size_t i = 0; i < entry->n_routes; i++) {
		const struct phonebook_route *r = &entry->routes[i];
		size += sizeof *r + text_size(r->dial_string) + text_size(r->protocol) + text_size(r->call_type) +
			text_size(r->description) + text_size(r->system_type) + text_size(r->restriction);
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

int pages_end(const struct pages *p, struct phonebook_page *page, size_t asked)
{
	const char *after = pages_after(p), *last = phonebook_last_id(page);
	if (page->is_last || !page->n)
		return 1;
	if (!page->marks_last)
		return 0;
	/* Some mark the last entry of every page. Of a full page that proves nothing: the next is asked for, and who has no
	 * more may send the same again. */
	if (after && last && strcmp(last, after) == 0) {
		phonebook_page_done(page);
		return 1;
	}
	return page->n < asked;
}

/* Some count the entries of the page and not all. */
static void count(struct pages *p, int64_t total)
{
	int64_t seen = (int64_t)(p->skipped + p->found.n);
	if (total > p->total)
		p->total = total;
	if (p->total >= 0 && p->total < seen)
		p->total = seen;
}

int pages_gather(struct pages *p, const struct phonebook_request *r, struct phonebook_page *page, struct err *e)
{
	const char *after = pages_after(p);
	int more = 0;
	for (size_t i = 0; i < page->n && !more; i++) {
		struct phonebook_entry *entry = &page->entries[i];
		int again = i == 0 && after && strcmp(entry->id, after) == 0;	/* some repeat it, whatever was asked */
		if (again || (r->kind != PHONEBOOK_ANY && (r->kind == PHONEBOOK_FOLDERS) != entry->is_folder))
			continue;
		if (p->skipped < r->offset)
			p->skipped++;
		else if (p->found.n < r->limit)
			keep(p, entry);
		else
			more = 1;
	}
	count(p, page->total);
	if (p->bytes > PAGES_BYTES_MAX)
		return err_set(e, ERR_FULL, 0, "the phone book's answers are longer than %d bytes in all", PAGES_BYTES_MAX);
	return more;
}

int pages_turn(struct pages *p, const char *last, struct err *e)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->after[i], last) == 0)
			return err_set(e, ERR_PROTOCOL, 0, "the phone book's pages go in circles: \"%.60s\" comes again", last);
	if (p->n == PAGES_MAX)
		return err_set(e, ERR_FULL, 0, "the phone book has more than %d pages", PAGES_MAX);
	p->after = mem_resize(p->after, (p->n + 1) * sizeof *p->after);
	p->after[p->n++] = mem_dup(last);
	return 0;
}
