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

int pages_gather(struct pages *p, const struct phonebook_request *r, struct phonebook_page *page, struct err *e)
{
	const char *after = pages_after(p);
	for (size_t i = 0; i < page->n; i++) {
		struct phonebook_entry *entry = &page->entries[i];
		int again = i == 0 && after && strcmp(entry->id, after) == 0;	/* some repeat it, whatever was asked */
		if (again || (r->kind != PHONEBOOK_ANY && (r->kind == PHONEBOOK_FOLDERS) != entry->is_folder))
			continue;
		if (p->skipped < r->offset)
			p->skipped++;
		else if (p->found.n == r->limit)
			return 1;
		else
			keep(p, entry);
	}
	if (p->bytes > PAGES_BYTES_MAX)
		return err_set(e, ERR_FULL, 0, "the phone book's answers are longer than %d bytes in all", PAGES_BYTES_MAX);
	return 0;
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
