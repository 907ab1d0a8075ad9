/* SPDX-License-Identifier: MIT */
#include "wire/wire_phonebook.h"

#include "base/mem.h"
#include "base/num.h"
#include "wire_identity.h"
#include "soap.h"
#include "wire/xml.h"

#include <stdlib.h>
#include <string.h>

#define NAMESPACE "http://www.tandberg.net/2004/06/PhoneBookSearch/"

/* --- requests --- */

static void element(const char *name, const char *value, unsigned indent, struct buf *b)
{
	if (!value || !*value) {
		buf_addf(b, "%*s<%s/>\n", (int)(2 * indent), "", name);
		return;
	}
	buf_addf(b, "%*s<%s>", (int)(2 * indent), "", name);
	doc_escape_xml(value, b);
	buf_addf(b, "</%s>\n", name);
}

void phonebook_write_search(const struct wire_identity *who, const struct phonebook_query *q, struct buf *b)
{
	soap_begin(NAMESPACE, b);
	buf_adds(b, "<Search>\n");
	identity_write(IDENTITY_PHONEBOOK, who, 1, b);
	element("CaseSensitiveSearch", "false", 1, b);
	element("SearchPath", q->folder, 1, b);
	element("SearchString", q->text, 1, b);
	element("SearchType", "Free", 1, b);
	if (q->starts_with)
		element("StartsWith", q->starts_with, 1, b);
	element("Scope", q->scope == PHONEBOOK_SINGLE_LEVEL ? "SingleLevel" : "SubTree", 1, b);
	if (q->after)
		element("StartFromId", q->after, 1, b);
	buf_addf(b, "  <MaxResult>%u</MaxResult>\n", q->max);
	element("RangeInclusive", "false", 1, b);
	buf_adds(b, "</Search>");
	soap_end(b);
}

void phonebook_write_list(const struct wire_identity *who, struct buf *b)
{
	soap_begin(NAMESPACE, b);
	buf_adds(b, "<GetPhonebooks>\n  <SystemIdentifier>\n");
	element("MACAddress", who->mac_address, 2, b);
	element("SystemName", who->system_name, 2, b);
	element("SerialNumber", who->serial_number, 2, b);
	element("IPAddress", who->ip_address, 2, b);
	element("SWVersion", who->software_version, 2, b);
	buf_adds(b, "  </SystemIdentifier>\n  <Routing>None</Routing>\n</GetPhonebooks>");
	soap_end(b);
}

/* --- answers --- */

/* Returns a copy of the element's text without blanks at its ends, cut between two characters if it is too
 * long. */
static char *text_of(const struct doc *d, const char *name)
{
	const char *text = doc_text(d, name, "");
	text += strspn(text, " \t\r\n");
	size_t len = strlen(text);
	if (len > PHONEBOOK_TEXT_MAX)
		for (len = PHONEBOOK_TEXT_MAX; len && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
			;
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	return mem_dup_n(text, len);
}

static int64_t number_of(const struct doc *d, const char *name)
{
	char text[24];
	int64_t n = -1;
	if (xml_text(d, name, text, sizeof text) == 0)
		num_parse(text, 0, INT32_MAX, &n, NULL);
	return n;
}

static size_t count(const struct doc *d, const char *name, size_t max)
{
	size_t n = 0;
	for (const struct doc *c = d->first; c && n < max; c = c->next)
		n += !strcmp(c->name, name);
	return n;
}

static void read_routes(const struct doc *entry, struct phonebook_entry *ret, size_t *left_out)
{
	size_t max = count(entry, "Route", PHONEBOOK_ROUTES_MAX);
	ret->routes = max ? mem_array(max, sizeof *ret->routes) : NULL;
	for (const struct doc *c = entry->first; c; c = c->next) {
		if (strcmp(c->name, "Route"))
			continue;
		if (ret->n_routes == max) {
			++*left_out;
			continue;
		}
		ret->routes[ret->n_routes++] = (struct phonebook_route){
			.dial_string = text_of(c, "DialString"),
			.protocol = text_of(c, "Protocol"),
			.call_type = text_of(c, "CallType"),
			.description = text_of(c, "Description"),
			.system_type = text_of(c, "SystemType"),
			.restriction = text_of(c, "Restrict"),
		};
	}
}

static int is_entry(const struct doc *d)
{
	return !strcmp(d->name, "Catalog") || !strcmp(d->name, "Entry");
}

/* Reads catalogs and entries in document order. The entries of a catalog follow it and have its id as their
 * folder. */
static void read_entries(const struct doc *around, const char *folder, struct phonebook_page *p)
{
	for (const struct doc *c = around->first; c; c = c->next) {
		if (!is_entry(c))
			continue;
		if (p->n == PHONEBOOK_ENTRIES_MAX) {
			p->left_out++;
			continue;
		}
		struct phonebook_entry *entry = &p->entries[p->n++];
		*entry = (struct phonebook_entry){
			.is_folder = !strcmp(c->name, "Catalog"),
			.id = text_of(c, "Id"),
			.name = text_of(c, "Name"),
			.folder = mem_dup(folder),
			.system_type = text_of(c, "SystemType"),
			.entries = -1,
		};
		if (!entry->is_folder) {
			read_routes(c, entry, &p->routes_left_out);
			continue;
		}
		entry->entries = number_of(c, "NoOfEntries");
		read_entries(c, entry->id, p);
	}
}

static size_t count_all(const struct doc *d)
{
	size_t n = 0;
	for (const struct doc *c = d->first; c; c = c->next)
		n += is_entry(c) ? 1 + count_all(c) : 0;
	return n;
}

int phonebook_read_page(const char *text, size_t len, struct phonebook_page *ret, struct err *e)
{
	static const char *const names[] = { "SearchResult", "GetPhonebooksResult", "SearchResponse",
					     "GetPhonebooksResponse", NULL };
	struct doc *whole;
	memset(ret, 0, sizeof *ret);
	const struct doc *result = soap_read("the phone book", text, len, names, &whole, e);
	if (!result)
		return -1;
	size_t n = count_all(result);
	ret->entries = mem_array(n < PHONEBOOK_ENTRIES_MAX ? n : PHONEBOOK_ENTRIES_MAX, sizeof *ret->entries);
	read_entries(result, "", ret);
	const struct doc *last = NULL;
	for (const struct doc *c = result->first; c; c = c->next)
		last = is_entry(c) ? c : last;
	ret->is_last = soap_is_true(result, "IsLast");
	ret->marks_last = last && soap_is_true(last, "IsLast");
	ret->total = number_of(result, "NoOfEntries");
	char exists[8];
	ret->folder_missing = xml_text(result, "FolderExists", exists, sizeof exists) == 0 && exists[0] &&
			      !soap_is_true(result, "FolderExists");
	doc_free(whole);
	return 0;
}

void phonebook_page_done(struct phonebook_page *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct phonebook_entry *entry = &p->entries[i];
		for (size_t j = 0; j < entry->n_routes; j++) {
			struct phonebook_route *r = &entry->routes[j];
			free(r->dial_string);
			free(r->protocol);
			free(r->call_type);
			free(r->description);
			free(r->system_type);
			free(r->restriction);
		}
		free(entry->routes);
		free(entry->id);
		free(entry->name);
		free(entry->folder);
		free(entry->system_type);
	}
	free(p->entries);
	memset(p, 0, sizeof *p);
}

const char *phonebook_last_id(const struct phonebook_page *p)
{
	return p->n && p->entries[p->n - 1].id[0] ? p->entries[p->n - 1].id : NULL;
}
