/* SPDX-License-Identifier: MIT */
#include "trust/allowed.h"

#include "x509/fingerprint.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ENTRY_MAX = 128 }; /* a fingerprint with colons has 95 characters */
static const char pins[] = "Pins", hexadecimal[] = "0123456789abcdefABCDEF";

/* Copies the first entry of a list without the blanks around it, cut where it is too long. Returns the
 * rest of the list behind its comma; NULL: there is no entry. */
static const char *next_entry(const char *list, char ret[ENTRY_MAX])
{
	if (!*list)
		return NULL;
	const char *end = list + strcspn(list, ","), *to = end;
	while (list < to && *list == ' ')
		list++;
	while (to > list && to[-1] == ' ')
		to--;
	size_t len = to - list < ENTRY_MAX ? (size_t)(to - list) : ENTRY_MAX - 1;
	memcpy(ret, list, len);
	ret[len] = '\0';
	return end + (*end == ',');
}

/* Makes an entry that is a fingerprint SHA-256 lower-case digits without colons. Returns 1 if it is one. */
static int read_fingerprint(char entry[ENTRY_MAX])
{
	char bare[FINGERPRINT_SHA256] = "";
	size_t n = 0;
	for (const char *s = entry; *s; s++) {
		/* a colon stands behind two digits, and before another two */
		if (*s == ':' && s != entry && (s - entry) % 3 == 2 && s[1])
			continue;
		if (!strchr(hexadecimal, *s) || n == sizeof bare - 1)
			return 0;
		bare[n++] = *s >= 'A' && *s <= 'F' ? (char)(*s - 'A' + 'a') : *s;
	}
	if (n != sizeof bare - 1)
		return 0;
	memcpy(entry, bare, sizeof bare);
	return 1;
}

static int check_entry(char entry[ENTRY_MAX], struct err *e)
{
	if (read_fingerprint(entry))
		return 0;
	if (strchr(entry, ':') ||
	    (strlen(entry) == FINGERPRINT_SHA1 - 1 && strspn(entry, hexadecimal) == FINGERPRINT_SHA1 - 1))
		return err_set(
			e, ERR_INPUT, 0,
			"\"%.100s\": expected the SHA-256 fingerprint of a root, 64 hexadecimal digits with "
			"or without colons, as xCommand Security Certificates CA Show has it",
			entry);
	return anchors_check_name(entry, e);
}

/* Checks the n-th entry, which follows those before it. */
static int check_next(const char before[][ENTRY_MAX], size_t n, char entry[ENTRY_MAX], struct err *e)
{
	if (n == ALLOWED_ENTRIES)
		return err_set(e, ERR_INPUT, 0,
			       "expected at most %d entries; give several roots the same name with CA Add, "
			       "which is one entry",
			       ALLOWED_ENTRIES);
	if (strcasecmp(entry, pins) == 0)
		return 0;
	if (check_entry(entry, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(before[i], entry) == 0)
			return err_set(e, ERR_INPUT, 0, "\"%.100s\" is in the list twice", entry);
	return 0;
}

int allowed_check_list(const char *list, struct err *e)
{
	char entry[ENTRY_MAX], before[ALLOWED_ENTRIES][ENTRY_MAX];
	size_t n = 0, none = 0;
	for (const char *s = list; (s = next_entry(s, entry)); n++) {
		if (!*entry)
			return err_set(
				e, ERR_INPUT, 0,
				"expected fingerprints and names of roots with commas between, or Pins; "
				"there is a comma with nothing beside it");
		none += strcasecmp(entry, pins) == 0;
		if (check_next(before, n, entry, e) < 0)
			return -1;
		memcpy(before[n], entry, sizeof entry);
	}
	if (*list && list[strlen(list) - 1] == ',')
		return err_set(e, ERR_INPUT, 0, "expected no comma at the end of the list");
	if (none && n > 1)
		return err_set(
			e, ERR_INPUT, 0,
			"Pins stands alone, since it means no root; pins count for their hosts beside any "
			"list");
	return 0;
}

/* Returns 1 if the list has the entry, a fingerprint without colons or a name. */
static int has_entry(const char *list, const char *wanted)
{
	char entry[ENTRY_MAX];
	while ((list = next_entry(list, entry))) {
		read_fingerprint(entry);
		if (strcasecmp(entry, wanted) == 0)
			return 1;
	}
	return 0;
}

static int is_empty(const char *list)
{
	return !list[strspn(list, " ")];
}

int allowed_narrows(const char *before, const char *after)
{
	char entry[ENTRY_MAX];
	if (is_empty(before) || is_empty(after))
		return is_empty(before);
	while ((after = next_entry(after, entry))) {
		read_fingerprint(entry);
		if (strcasecmp(entry, pins) != 0 && !has_entry(before, entry))
			return 0;
	}
	return 1;
}

void allowed_limit(struct allowed_roots *a, unsigned n, const char *list)
{
	char entry[ENTRY_MAX], both[ALLOWED_LIST] = "";
	const char *from = a->settings ? a->list : list;
	size_t len = 0;
	if (is_empty(list))
		return;
	while ((from = next_entry(from, entry))) {
		read_fingerprint(entry);
		if (strcasecmp(entry, pins) == 0 || (a->settings && !has_entry(list, entry)) ||
		    len + strlen(entry) + 1 >= sizeof both)
			continue;
		len += (size_t)snprintf(both + len, sizeof both - len, "%s,", entry);
	}
	memcpy(a->list, both, sizeof both);
	a->settings |= 1u << (n - 1);
}

static int has_root(const char *list, const struct anchor *root)
{
	char entry[ENTRY_MAX];
	while ((list = next_entry(list, entry)))
		if (anchors_name_is(root, entry) || strcmp(entry, root->sha256) == 0)
			return 1;
	return 0;
}

int allowed_has(const struct allowed_roots *a, const struct anchor *anchor)
{
	return !a->settings || anchor->pin_host || has_root(a->list, anchor);
}

size_t allowed_loaded(const struct allowed_roots *a, const struct anchors *anchors, struct buf *missing)
{
	char entry[ENTRY_MAX];
	size_t n = 0;
	for (size_t i = 0; i < anchors_count(anchors); i++)
		n += anchors_is_root(anchors_at(anchors, i)) && allowed_has(a, anchors_at(anchors, i));
	for (const char *s = a->list; missing && (s = next_entry(s, entry));) {
		int is_there = 0;
		for (size_t i = 0; i < anchors_count(anchors) && !is_there; i++)
			is_there = anchors_is_root(anchors_at(anchors, i)) &&
				   has_root(entry, anchors_at(anchors, i));
		if (!is_there)
			buf_addf(missing, "%s%s", missing->len ? ", " : "", entry);
	}
	return n;
}

int allowed_is_nobody(const struct allowed_roots *a, const struct anchors *anchors, const char *host)
{
	if (!a->settings || allowed_loaded(a, anchors, NULL))
		return 0;
	for (size_t i = 0; i < anchors_count(anchors); i++) {
		const char *pin = anchors_at(anchors, i)->pin_host;
		if (pin && strcasecmp(pin, host) == 0)
			return 0;
	}
	return 1;
}

void allowed_settings(const struct allowed_roots *a, char *ret, size_t size)
{
	size_t len = (size_t)snprintf(ret, size, "Security Trust Service");
	for (unsigned bit = 0, n = 0; bit < sizeof a->settings * 8 && len < size; bit++)
		if (a->settings & 1u << bit)
			len += (size_t)snprintf(ret + len, size - len, "%s %u", n++ ? " and" : "", bit + 1);
}
