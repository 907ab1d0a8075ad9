/* SPDX-License-Identifier: MIT */
/* client_search: libsealpost's questions to the agent: searches in the phone book, and the state of the
 * external manager. A question is a command as a person would type it; the answer has lines such as "*r
 * PhonebookSearchResult Contact 1 Name: "Ada"". */
#include "client.h"

#include "ctl/ctl_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024, ENTRIES_MAX = 1000, NUMBERS_MAX = 16 };

static long number_of(const char *text)
{
	return isdigit((unsigned char)*text) ? strtol(text, NULL, 10) : -1;
}

/* --- the phone book --- */

/* An entry, and pointers to its parts for the program, so that each struct can grow. */
struct gathered_entry {
	struct sealpost_entry entry;
	struct sealpost_number numbers[NUMBERS_MAX];
	const struct sealpost_number *shown[NUMBERS_MAX];
};

struct gathered {
	struct sealpost_found found;
	struct gathered_entry *entries;      /* ENTRIES_MAX of them */
	const struct sealpost_entry **shown; /* pointers to the entries */
};

static enum sealpost_outcome outcome_of(const char *cause)
{
	static const char *const names[] = {
		"Found", "NoMatch", "Unreachable", "TlsFailed", "AuthFailed", "BadResponse", "NotConfigured",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(cause, names[i]) == 0)
			return (enum sealpost_outcome)i;
	return SEALPOST_FAILED;
}

/* Returns "Name" of "Contact 12 Name"; NULL if the path does not begin with the word and a number. */
static const char *behind(const char *path, const char *word)
{
	size_t len = strlen(word);
	if (strncmp(path, word, len) != 0 || path[len] != ' ')
		return NULL;
	size_t digits = strspn(path + len + 1, "0123456789");
	return digits && path[len + 1 + digits] == ' ' ? path + len + 2 + digits : NULL;
}

/* Returns the entry of a line. Folders and contacts are counted separately; each begins with its own first
 * line. */
static struct gathered_entry *entry_of(struct gathered *g, int is_folder, const char *rest)
{
	int begins = strcmp(rest, is_folder ? "LocalId" : "Name") == 0;
	size_t n = g->found.n;
	if (begins && n < ENTRIES_MAX) {
		struct gathered_entry *e = &g->entries[n];
		e->entry = (struct sealpost_entry){
			.is_folder = is_folder, .id = "", .name = "", .numbers = e->shown
		};
		g->shown[n] = &e->entry;
		g->found.n++;
		return e;
	}
	struct gathered_entry *last = n ? &g->entries[n - 1] : NULL;
	return last && last->entry.is_folder == is_folder && !begins ? last : NULL;
}

static void take_entry_line(struct gathered *g, const struct ctl_text_line *l)
{
	const char *folder = behind(l->path, "Folder"), *rest = folder ? folder : behind(l->path, "Contact");
	struct gathered_entry *e = rest ? entry_of(g, folder != NULL, rest) : NULL;
	if (!e)
		return;
	const char *method = behind(rest, "ContactMethod");
	size_t n = e->entry.n;
	if (strcmp(rest, "Name") == 0) {
		e->entry.name = l->value;
	} else if (strcmp(rest, e->entry.is_folder ? "FolderId" : "ContactId") == 0) {
		e->entry.id = l->value;
	} else if (method && strcmp(method, "Number") == 0 && n < NUMBERS_MAX) {
		e->numbers[n] = (struct sealpost_number){ l->value, "" };
		e->shown[n] = &e->numbers[n];
		e->entry.n++;
	} else if (method && strcmp(method, "Protocol") == 0 && n) {
		e->numbers[n - 1].protocol = l->value;
	}
}

static void take_line(struct gathered *g, const struct ctl_text_line *l)
{
	struct sealpost_found *f = &g->found;
	const char *path = strncmp(l->path, "ResultInfo ", 11) == 0 ? l->path + 11 : l->path;
	if (strcmp(path, "Cause") == 0)
		f->outcome = outcome_of(l->value);
	else if (strcmp(path, "Reason") == 0)
		f->reason = l->value;
	else if (strcmp(path, "VerifyResult") == 0)
		f->verify_result = number_of(l->value);
	else if (strcmp(path, "TotalRows") == 0)
		f->total = number_of(l->value);
	else if (strcmp(path, "Age") == 0)
		f->age_s = number_of(l->value);
	else
		take_entry_line(g, l);
}

static void free_gathered(struct gathered *g)
{
	free(g->entries);
	free(g->shown);
}

static void deliver_found(struct sealpost *s, struct client_item *i)
{
	void (*found)(void *arg, const struct sealpost_found *f) =
		(void (*)(void *, const struct sealpost_found *))i->fn;
	struct gathered g __attribute__((cleanup(
		free_gathered))) = { .found = { .outcome = i->error ? SEALPOST_FAILED : SEALPOST_FOUND,
						.error = i->error,
						.reason = client_item_reason(i),
						.total = -1,
						.age_s = -1 } };
	struct ctl_text_line l;
	char *at = i->text;
	(void)s;
	g.entries = calloc(ENTRIES_MAX, sizeof *g.entries);
	g.shown = calloc(ENTRIES_MAX, sizeof(const struct sealpost_entry *));
	if (!g.entries || !g.shown) {
		g.found.outcome = SEALPOST_FAILED;
		g.found.error = ENOMEM;
		g.found.reason = "out of memory";
	} else if (at) { /* a search that failed has an outcome, too */
		while (ctl_text_next_line(&at, "*r PhonebookSearchResult ", &l))
			take_line(&g, &l);
		if (g.found.outcome != SEALPOST_FAILED)
			g.found.error = 0;
	}
	g.found.entries = g.shown;
	found(i->arg, &g.found);
}

/* Writes the text in quotes to `to`. Returns -1 if it is too long or has a control character. */
static int quote(const char *text, char to[TEXT_MAX])
{
	for (const char *c = text ? text : ""; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return -1;
	return ctl_text_quote(text ? text : "", text ? strlen(text) : 0, to, TEXT_MAX) < TEXT_MAX ? 0 : -1;
}

int sealpost_search(struct sealpost *s, const struct sealpost_query *query,
		    void (*found)(void *arg, const struct sealpost_found *f), void *arg)
{
	char text[TEXT_MAX], folder[TEXT_MAX], command[2 * TEXT_MAX + 300];
	struct sealpost_query q;
	if (client_begin(s) < 0)
		return -1;
	if (query->size < offsetof(struct sealpost_query, timeout_ms) + sizeof q.timeout_ms)
		return client_fail(s, EINVAL, "expected a query that begins with its size: SEALPOST_QUERY");
	memcpy(&q, query, sizeof q); /* members that a later version has added are not known here */
	const char *kind = q.contacts_only ? "Contact" : q.folders_only ? "Folder" : "Any";
	if (quote(q.text, text) < 0 || quote(q.folder, folder) < 0)
		return client_fail(s, EINVAL,
				   "expected a text of at most %d bytes without control characters",
				   TEXT_MAX / 2 - 2);
	snprintf(command, sizeof command,
		 "xCommand Phonebook Search SearchString: %s FolderId: %s ContactType: %s Offset: %u "
		 "Limit: %u AllowStale: %s\n",
		 text, folder, kind, q.offset, q.limit ? q.limit : 50, q.allow_stale ? "True" : "False");
	return client_ask(s, command,
			  &(struct client_item){ .deliver = deliver_found,
						 .fn = (void (*)(void))found,
						 .arg = arg,
						 .deadline_ms = client_ask_deadline(q.timeout_ms) });
}

/* --- the external manager --- */

static void deliver_manager(struct sealpost *s, struct client_item *i)
{
	void (*answered)(void *arg, const struct sealpost_manager *m) =
		(void (*)(void *, const struct sealpost_manager *))i->fn;
	struct sealpost_manager m = { i->error, "", "", client_item_reason(i), "", -1, -1 };
	struct ctl_text_line l;
	char *at = i->text;
	(void)s;
	while (at && !i->error && ctl_text_next_line(&at, "*s Provisioning ", &l)) {
		if (strcmp(l.path, "Status") == 0)
			m.status = l.value;
		else if (strcmp(l.path, "ExternalManager URL") == 0)
			m.url = l.value;
		else if ((strcmp(l.path, "Reason") == 0 || strcmp(l.path, "LastError") == 0) && *l.value)
			m.reason = l.value;
		else if (strcmp(l.path, "LastEvent") == 0)
			m.last_event = l.value;
		else if (strcmp(l.path, "NextBeat") == 0)
			m.next_beat_s = number_of(l.value);
		else if (strcmp(l.path, "HeartBeatInterval") == 0)
			m.heartbeat_s = number_of(l.value);
	}
	answered(i->arg, &m);
}

int sealpost_ask_manager(struct sealpost *s, int timeout_ms,
			 void (*answered)(void *arg, const struct sealpost_manager *m), void *arg)
{
	if (client_begin(s) < 0)
		return -1;
	return client_ask(s, "xStatus Provisioning\n",
			  &(struct client_item){ .deliver = deliver_manager,
						 .fn = (void (*)(void))answered,
						 .arg = arg,
						 .deadline_ms = client_ask_deadline(timeout_ms) });
}
