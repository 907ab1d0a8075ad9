/* SPDX-License-Identifier: MIT */
/* settings_names: finds the setting for a typed path, and has the names of settings on older systems. */
#include "rows.h"

#include "base/text.h"
#include "doc/doc_path.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NTP_SERVER "NetworkServices NTP Server[1..3] "
#define VERIFY     "NetworkServices HTTPS VerifyServerCertificate"

/* A name that occurs twice sets both settings: older systems have one setting for verifying the manager and
 * the servers of feedback. */
static const struct settings_alias aliases[] = {
	{ "Administration HTTP Mode", "NetworkServices HTTP Mode", "VCS" },
	{ "Administration HTTPS Mode", "NetworkServices HTTPS Mode", "VCS" },
	{ "Administration SSH Mode", "NetworkServices SSH Mode", "VCS" },
	{ "Administration Telnet Mode", "NetworkServices Telnet Mode", "VCS" },
	{ "CorporateDirectory Address", "Phonebook Server[1] Address", "MXP" },
	{ "CorporateDirectory Mode", "Phonebook Server[1] Type", "MXP" },
	{ "CorporateDirectory Path", "Phonebook Server[1] Path", "MXP" },
	{ "CorporateDirectory Protocol", "Phonebook Server[1] Protocol", "MXP" },
	{ "ExternalManager Address", "Provisioning ExternalManager Address", "MXP, MPS, VCS" },
	{ "ExternalManager Path", "Provisioning ExternalManager Path", "MXP, MPS, VCS" },
	{ "ExternalManager Protocol", "Provisioning ExternalManager Protocol", "MXP, MPS, VCS" },
	{ "ExternalManager Server Certificate Verification Mode", "Provisioning TlsVerify", "VCS" },
	{ "ExternalManager Server Certificate Verification Mode", "HttpFeedback TlsVerify", "VCS" },
	{ "ExternalManager Server Certificate Verify Mode", "Provisioning TlsVerify", "MPS, VCS" },
	{ "ExternalManager Server Certificate Verify Mode", "HttpFeedback TlsVerify", "MPS, VCS" },
	{ "ExternalService Protocol", "Provisioning ExternalServices Protocol", "MXP" },
	{ "ExternalServices Address", "Provisioning ExternalServices Address", "MXP" },
	{ "ExternalServices Mode", "Provisioning ExternalServices Mode", "MXP" },
	{ "ExternalServices Path", "Provisioning ExternalServices Path", "MXP" },
	{ "ExternalServices Protocol", "Provisioning ExternalServices Protocol", "MXP" },
	{ "FTP Mode", "NetworkServices FTP Mode", "MXP" },
	{ "HTTP Mode", "NetworkServices HTTP Mode", "MXP, MPS" },
	{ "HTTPS Mode", "NetworkServices HTTPS Mode", "MXP, MPS" },
	{ "HTTPS VerifyServerCertificate", VERIFY, "MXP, MPS" },
	{ "HTTPS VerifyServerCertificates", VERIFY, "MPS" },
	{ "IP Address", "Network[1] IPv4 Address", "MXP, MPS" },
	{ "IP Assignment", "Network[1] IPv4 Assignment", "MXP, MPS" },
	{ "IP DNS Domain Name", "Network[1] DNS Domain Name", "MXP, MPS, VCS" },
	{ "IP DNS Server[1..3] Address", "Network[1] DNS Server[1..3] Address", "MXP, MPS, VCS" },
	{ "IP Gateway", "Network[1] IPv4 Gateway", "MXP, MPS, VCS" },
	{ "IP SubnetMask", "Network[1] IPv4 SubnetMask", "MXP, MPS" },
	{ "NTP Address", NTP_SERVER "Address", "MXP, MPS, VCS" },
	{ "NTP Mode", "NetworkServices NTP Mode", "MXP, MPS" },
	{ "NetworkServices HTTPS VerifyServerCertificates", VERIFY, "TC" },
	{ "NetworkServices NTP Address", NTP_SERVER "Address", "TC" },
	{ "SNMP Mode", "NetworkServices SNMP Mode", "MXP, MPS, VCS" },
	{ "SSH Mode", "NetworkServices SSH Mode", "MXP, MPS" },
	{ "StrictPassword", "SystemUnit StrictPassword", "MXP" },
	{ "Telnet Mode", "NetworkServices Telnet Mode", "MXP, MPS" },
	{ "TelnetChallenge Mode", "NetworkServices Telnet Mode", "MXP" },
};

const struct settings_alias *settings_aliases(size_t *ret_n)
{
	*ret_n = sizeof aliases / sizeof *aliases;
	return aliases;
}

/* A search in a list of paths (in the form of the rows' paths). In each step, one typed word is compared with
 * the next word of each remaining path, and paths whose word does not fit are removed. */
enum { NAMES_MAX = 256 };
struct names {
	const char *(*path)(size_t i);
	size_t n;
	int whole; /* 1: typed words must be complete; 0: the unique beginning of a word is enough */
	/* the rest of each path after the words that fit; NULL: the path does not fit */
	const char *rest[NAMES_MAX];
	size_t step; /* number of typed words that fit */
};
_Static_assert((int)NAMES_MAX >= (int)ROWS_MAX && NAMES_MAX >= sizeof aliases / sizeof *aliases,
	       "more paths than places");

static const char *row_path(size_t i)
{
	size_t n;
	return settings_rows(&n)[i].path;
}

static const char *alias_path(size_t i)
{
	return aliases[i].path;
}

static int same(const struct rows_word *a, const struct rows_word *b)
{
	return a->len == b->len && !strncmp(a->name, b->name, a->len);
}

/* Returns 1 if the next word of path i, which is written to *w, begins with the typed word or, if exact is 1,
 * is equal to it. */
static int fits(const struct names *s, size_t i, const char *typed, int exact, struct rows_word *w)
{
	size_t len = strlen(typed);
	return s->rest[i] && rows_word(s->rest[i], w) && !strncasecmp(w->name, typed, len) &&
	       (exact ? w->len == len : w->len >= len);
}

/* Returns the number of different next words that fit; *ret is the last of them. */
static size_t count_fits(const struct names *s, const char *typed, int exact, struct rows_word *ret)
{
	size_t distinct = 0;
	struct rows_word w;
	for (size_t i = 0; i < s->n; i++)
		if (fits(s, i, typed, exact, &w) && (!distinct || !same(ret, &w))) {
			*ret = w;
			distinct++;
		}
	return distinct;
}

/* Lists the different words that can come next: "NTP, SNMP, SSH". */
static void list_words(const struct names *s, const char *typed, char *ret, size_t size)
{
	struct rows_word w, last = { "", 0, 0, 0 };
	size_t len = 0;
	*ret = '\0';
	for (size_t i = 0; i < s->n && len < size; i++) {
		if (!fits(s, i, typed, 0, &w) || same(&w, &last))
			continue;
		len += (size_t)snprintf(ret + len, size - len, "%s%.*s", len ? ", " : "", (int)w.len, w.name);
		last = w;
	}
}

/* Writes the words that fit so far, for an error: " in NetworkServices NTP"; "" at the first word. */
static void path_so_far(const struct names *s, char *ret, size_t size)
{
	size_t i = 0;
	struct rows_word w;
	while (i < s->n && !s->rest[i])
		i++;
	*ret = '\0';
	if (!s->step || i == s->n)
		return;
	const char *path = s->path(i), *at = path;
	for (size_t k = 0; k < s->step; k++)
		at = rows_word(at, &w);
	snprintf(ret, size, " in %.*s", (int)(w.name + w.len - path), path);
}

/* Returns the only path that fits so far and has the typed word at a later place, since
 * "VerifyServerCertificate" alone is enough to identify a setting. NULL if there is none, or if several paths
 * have the word ("Mode"). */
static const char *farther_down(const struct names *s, const char *typed)
{
	const char *found = NULL;
	struct rows_word w;
	for (size_t i = 0; i < s->n; i++)
		for (const char *at = s->rest[i]; at && (at = rows_word(at, &w));)
			if (w.len == strlen(typed) && !strncasecmp(w.name, typed, w.len)) {
				if (found)
					return NULL;
				found = s->path(i);
			}
	return found;
}

/* Sets the error for a word that does not fit any path, with the most similar word. Returns -1. */
static int unknown(const struct names *s, const char *typed, struct err *e)
{
	char place[ROWS_PATH], name[DOC_NAME_MAX];
	struct rows_word w;
	struct text_nearest near = text_nearest_to(typed);
	path_so_far(s, place, sizeof place);
	for (size_t i = 0; i < s->n; i++) {
		if (!s->rest[i] || !rows_word(s->rest[i], &w))
			continue;
		snprintf(name, sizeof name, "%.*s", (int)w.len, w.name);
		text_nearest_see(&near, name);
	}
	if (!*near.best && count_fits(s, typed, 0, &w) == 1)
		snprintf(near.best, sizeof near.best, "%.*s", (int)w.len, w.name);
	const char *other = *near.best ? near.best : farther_down(s, typed);
	return err_set(e, ERR_NOTFOUND, 0, "there is no \"%s\"%s%s%s%s", typed, place,
		       other ? "; did you mean " : "", other ? other : "", other ? "?" : "");
}

/* Makes one step: keeps the paths whose next word is the typed one. Returns 0; -1 if no path is left, or the
 * word is ambiguous. */
static int narrow(struct names *s, const struct doc_step *typed, struct err *e)
{
	char list[300];
	struct rows_word w;
	int exact = count_fits(s, typed->name, 1, &w) == 1;
	size_t distinct = exact ? 1 : s->whole ? 0 : count_fits(s, typed->name, 0, &w);
	if (!distinct)
		return unknown(s, typed->name, e);
	if (distinct > 1) {
		list_words(s, typed->name, list, sizeof list);
		return err_set(e, ERR_INPUT, 0, "\"%s\" is ambiguous: it may be %s", typed->name, list);
	}
	if (typed->item && (typed->item < (w.high ? w.low : 1) || typed->item > (w.high ? w.high : 1))) {
		if (!w.high)
			return err_set(e, ERR_INPUT, 0, "%.*s is no list: expected no number", (int)w.len,
				       w.name);
		return err_set(e, ERR_INPUT, 0, "there is no %.*s %" PRIu32 ": the last one is %u",
			       (int)w.len, w.name, typed->item, w.high);
	}
	struct rows_word each;
	for (size_t i = 0; i < s->n; i++) {
		const char *rest = s->rest[i] ? rows_word(s->rest[i], &each) : NULL;
		s->rest[i] = rest && same(&each, &w) ? rest : NULL;
	}
	s->step++;
	return 0;
}

/* Keeps the paths that begin with the typed words p->steps[from...]. Returns 0; -1 if there are none: s->step
 * is the number of words that fit. */
static int narrow_all(struct names *s, const struct doc_path *p, size_t from, struct err *e)
{
	for (size_t i = 0; i < s->n; i++)
		s->rest[i] = s->path(i);
	s->step = 0;
	for (size_t k = from; k < p->n; k++)
		if (narrow(s, &p->steps[k], e))
			return -1;
	return 0;
}

/* Returns the index of the path for the typed words, and sets *item to the typed item. Returns -1 if there is
 * no such path: s->step is the number of words that fit. */
static int search(struct names *s, const struct doc_path *p, size_t from, unsigned *item, struct err *e)
{
	*item = 1;
	if (narrow_all(s, p, from, e))
		return -1;
	for (size_t k = from; k < p->n; k++)
		if (p->steps[k].item > 1)
			*item = p->steps[k].item;
	for (size_t i = 0; i < s->n; i++)
		if (s->rest[i] && !*s->rest[i])
			return (int)i;
	char list[300], place[ROWS_PATH];
	list_words(s, "", list, sizeof list);
	path_so_far(s, place, sizeof place);
	return err_set(e, ERR_INPUT, 0, "expected one more name%s: %s", place, list);
}

/* Returns the column, counted from 1, in which the path's k-th name (counted from 0) begins. */
static long column_of(const char *path, size_t k)
{
	const char *s = path;
	for (;;) {
		s += strspn(s, " \t/");
		if (!*s || (!isdigit((unsigned char)*s) && !k--))
			break;
		s += strcspn(s, " \t/");
	}
	return s - path + 1;
}

/* Returns 1 if the word is "xConfiguration" or another spelling of it, which may precede a path. No setting
 * has such a name. */
static int is_verb(const char *word)
{
	return !strcasecmp(word, "Configuration") || !strcasecmp(word, "xConfigure") ||
	       (strlen(word) > 3 && !strncasecmp("xConfiguration", word, strlen(word)));
}

static const struct settings_row *row_of(size_t alias)
{
	size_t n;
	const struct settings_row *row = settings_rows(&n);
	while (strcmp(row->path, aliases[alias].row))
		row++;
	return row;
}

static int find(const char *path, int whole, struct rows_place *ret, struct err *e)
{
	struct doc_path p;
	if (doc_path_parse(path, &p, e))
		return -1;
	size_t n, from = p.n && is_verb(p.steps[0].name), searching = from;
	while (searching < p.n && !p.steps[searching].any_depth && p.steps[searching].name[0] != '*')
		searching++;
	if (searching < p.n || from == p.n)
		return err_set(e, ERR_INPUT, column_of(path, searching), "expected the name of one setting");
	const struct settings_row *all = settings_rows(&n);
	struct names rows = { .path = row_path, .n = n, .whole = whole };
	struct names older = { .path = alias_path, .n = sizeof aliases / sizeof *aliases, .whole = whole };
	struct err first, second;
	unsigned item;
	int i = search(&rows, &p, from, &item, &first);
	if (i >= 0) {
		*ret = (struct rows_place){ .row = &all[i], .item = item };
		return 0;
	}
	if (first.kind == ERR_NOTFOUND)
		i = search(&older, &p, from, &item, &second);
	if (i < 0) {
		/* the error is that of the list in which more words fit, since the user probably meant a name
		 * of that list */
		int by_alias = older.step > rows.step;
		const struct err *why = by_alias ? &second : &first;
		return err_set(e, why->kind, column_of(path, from + (by_alias ? older.step : rows.step)),
			       "%s", why->text);
	}
	size_t next = (size_t)i + 1;
	int is_twice = next < older.n && strcmp(aliases[next].path, aliases[i].path) == 0;
	*ret = (struct rows_place){ row_of((size_t)i), item, is_twice ? row_of(next) : NULL };
	return 0;
}

int rows_find(const char *path, struct rows_place *ret, struct err *e)
{
	return find(path, 0, ret, e);
}

int rows_find_whole(const char *path, struct rows_place *ret, struct err *e)
{
	return find(path, 1, ret, e);
}

const struct settings_row *settings_lookup(const char *path, char *canonical, size_t size, struct err *e)
{
	struct rows_place at;
	if (rows_find(path, &at, e))
		return NULL;
	if (canonical)
		rows_canonical(&at, canonical, size);
	return at.row;
}

size_t rows_found(const struct rows_place *at, struct settings_found ret[SETTINGS_FOUND_MAX])
{
	const struct rows_place other = { .row = at->also, .item = at->item };
	ret[0].row = at->row;
	rows_canonical(at, ret[0].path, sizeof ret[0].path);
	if (!at->also)
		return 1;
	ret[1].row = at->also;
	rows_canonical(&other, ret[1].path, sizeof ret[1].path);
	return 2;
}

size_t settings_find(const char *path, struct settings_found ret[SETTINGS_FOUND_MAX], struct err *e)
{
	struct rows_place at;
	return rows_find(path, &at, e) < 0 ? 0 : rows_found(&at, ret);
}

/* --- entries of lists of names: each is the beginning of one name or of many --- */

static const struct settings_command *all_commands; /* one list for the whole process */

void settings_know_commands(const struct settings_command *all)
{
	all_commands = all;
}

static const char *command_path(size_t i)
{
	return all_commands[i].path;
}

/* Appends the first n words of a path without their ranges in brackets. items (may be NULL): for each word
 * the number to write after it; 0: none. */
static void add_words(const char *path, size_t n, const struct doc_step *items, struct buf *out)
{
	struct rows_word w;
	for (size_t k = 0; k < n && (path = rows_word(path, &w)); k++) {
		buf_addf(out, "%s%.*s", k ? " " : "", (int)w.len, w.name);
		if (items && items[k].item)
			buf_addf(out, " %" PRIu32, items[k].item);
	}
}

static int command_entry(const struct doc_path *p, struct buf *out, struct err *e)
{
	struct names commands = { .path = command_path, .whole = 1 };
	while (all_commands && commands.n < NAMES_MAX && all_commands[commands.n].path)
		commands.n++;
	buf_adds(out, "xCommand");
	if (p->n == 1)
		return 0;
	if (narrow_all(&commands, p, 1, e))
		return -1;
	size_t i = 0;
	while (!commands.rest[i])
		i++;
	buf_addc(out, ' ');
	int is_older = all_commands[i].means != NULL;
	add_words(is_older ? all_commands[i].means : command_path(i), is_older ? SIZE_MAX : commands.step,
		  NULL, out);
	return 0;
}

static int settings_entry(const struct doc_path *p, struct buf *out, struct err *e)
{
	size_t n, from = p->n && is_verb(p->steps[0].name), i = 0;
	const struct settings_row *all = settings_rows(&n);
	struct names rows = { .path = row_path, .n = n, .whole = 1 };
	struct names older = { .path = alias_path, .n = sizeof aliases / sizeof *aliases, .whole = 1 };
	if (from == p->n)
		return err_set(e, ERR_INPUT, 0, "expected the name of a setting behind xConfiguration");
	if (narrow_all(&rows, p, from, e) == 0) {
		while (!rows.rest[i])
			i++;
		add_words(all[i].path, rows.step, &p->steps[from], out);
		return 0;
	}
	struct err why;
	if (e->kind != ERR_NOTFOUND || narrow_all(&older, p, from, &why))
		return -1;
	size_t found = 0;
	for (i = 0; i < older.n; i++) {
		if (!older.rest[i])
			continue;
		buf_adds(out, found++ ? ", " : "");
		add_words(row_of(i)->path, SIZE_MAX, NULL, out);
	}
	return 0;
}

int rows_entry(const char *entry, struct buf *out, struct err *e)
{
	struct doc_path p;
	if (doc_path_parse(entry, &p, e))
		return -1;
	for (size_t i = 0; i < p.n; i++)
		if (p.steps[i].any_depth || p.steps[i].name[0] == '*')
			return err_set(e, ERR_INPUT, 0, "expected names without * and //");
	if (p.n && !strcasecmp(p.steps[0].name, "xCommand"))
		return command_entry(&p, out, e);
	return settings_entry(&p, out, e);
}
