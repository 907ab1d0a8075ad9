/* SPDX-License-Identifier: MIT */
/* client_search: what libsealpost asks the agent: the server's phone book, and how the external manager
 * is. The questions are commands as a person would type them; the answers are lines "*r
 * PhonebookSearchResult Contact 1 Name: "Ada"". */
#include "client.h"

#include "ctl/ctl_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024, ENTRIES_MAX = 1000, NUMBERS_MAX = 16 };

/* A question that waits for its answer: one of the functions is called. */
struct asked {
	void (*found)(void *arg, const struct sealpost_found *f);
	void (*on_manager)(void *arg, const struct sealpost_manager *m);
	void *arg;
};

static long number_of(const char *text)
{
	return isdigit((unsigned char)*text) ? strtol(text, NULL, 10) : -1;
}

/* Puts the question into the queue, with a copy of *what, which `answer` gets as arg and frees. */
static int ask(struct sealpost *s, const char *command,
	       void (*answer)(void *arg, const char *text, int error), const struct asked *what)
{
	struct asked *q = malloc(sizeof *q);
	struct client_item i = {
		.len = strlen(command), .data = strdup(command), .answer = answer, .arg = q
	};
	if (!q || !i.data || client_queue(s, &i) < 0) {
		free(q);
		free(i.data);
		return client_fail(s, ENOMEM, "out of memory");
	}
	*q = *what;
	return 0;
}

/* --- the phone book --- */

struct gathered {
	struct sealpost_found found;
	struct sealpost_entry *entries;
	struct sealpost_number *numbers; /* NUMBERS_MAX for each entry */
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

/* "Name" of "Contact 12 Name"; NULL if the path does not begin with the word and a number. */
static const char *behind(const char *path, const char *word)
{
	size_t len = strlen(word);
	if (strncmp(path, word, len) != 0 || path[len] != ' ')
		return NULL;
	size_t digits = strspn(path + len + 1, "0123456789");
	return digits && path[len + 1 + digits] == ' ' ? path + len + 2 + digits : NULL;
}

/* Folders and contacts are counted apart; each begins with a first line of its own. */
static struct sealpost_entry *entry_of(struct gathered *g, int is_folder, const char *rest)
{
	int begins = strcmp(rest, is_folder ? "LocalId" : "Name") == 0;
	if (begins && g->found.n < ENTRIES_MAX) {
		g->entries[g->found.n] =
			(struct sealpost_entry){ .is_folder = is_folder,
						 .id = "",
						 .name = "",
						 .numbers = &g->numbers[g->found.n * NUMBERS_MAX] };
		g->found.n++;
	}
	return g->found.n ? &g->entries[g->found.n - 1] : NULL;
}

static void take_entry_line(struct gathered *g, const struct ctl_text_line *l)
{
	const char *folder = behind(l->path, "Folder"), *rest = folder ? folder : behind(l->path, "Contact");
	struct sealpost_entry *e = rest ? entry_of(g, folder != NULL, rest) : NULL;
	if (!e)
		return;
	struct sealpost_number *numbers = &g->numbers[(g->found.n - 1) * NUMBERS_MAX];
	const char *method = behind(rest, "ContactMethod");
	if (strcmp(rest, "Name") == 0)
		e->name = l->value;
	else if (strcmp(rest, e->is_folder ? "FolderId" : "ContactId") == 0)
		e->id = l->value;
	else if (method && strcmp(method, "Number") == 0 && e->n < NUMBERS_MAX)
		numbers[e->n++] = (struct sealpost_number){ l->value, "" };
	else if (method && strcmp(method, "Protocol") == 0 && e->n)
		numbers[e->n - 1].protocol = l->value;
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

static void on_found_answer(void *arg, const char *text, int error)
{
	struct asked *q = arg;
	struct gathered g = { .found = { .outcome = error ? SEALPOST_FAILED : SEALPOST_FOUND,
					 .reason = "",
					 .total = -1,
					 .age_s = -1 } };
	struct ctl_text_line l;
	char *copy = strdup(text), *at = copy;
	g.entries = calloc(ENTRIES_MAX, sizeof *g.entries);
	g.numbers = calloc((size_t)ENTRIES_MAX * NUMBERS_MAX, sizeof *g.numbers);
	if (!copy || !g.entries || !g.numbers) {
		g.found.outcome = SEALPOST_FAILED;
		g.found.reason = "out of memory";
	} else {
		if (error == ECANCELED)
			g.found.reason = "the handle was freed";
		else if (error == EMSGSIZE)
			g.found.reason = "the answer is too long";
		while (ctl_text_next_line(&at, "*r PhonebookSearchResult ", &l))
			take_line(&g, &l);
	}
	g.found.entries = g.entries;
	q->found(q->arg, &g.found);
	free(copy);
	free(g.entries);
	free(g.numbers);
	free(q);
}

/* The text between quotes, in `to`. -1 when it is too long or has a control character. */
static int quote(const char *text, char to[TEXT_MAX])
{
	for (const char *c = text ? text : ""; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return -1;
	return ctl_text_quote(text ? text : "", text ? strlen(text) : 0, to, TEXT_MAX) < TEXT_MAX ? 0 : -1;
}

int sealpost_search(struct sealpost *s, const struct sealpost_query *q,
		    void (*found)(void *arg, const struct sealpost_found *f), void *arg)
{
	char text[TEXT_MAX], folder[TEXT_MAX], command[2 * TEXT_MAX + 300];
	const char *kind = q->contacts_only ? "Contact" : q->folders_only ? "Folder" : "Any";
	if (quote(q->text, text) < 0 || quote(q->folder, folder) < 0)
		return client_fail(s, EINVAL,
				   "expected a text of at most %d bytes without control characters",
				   TEXT_MAX / 2 - 2);
	snprintf(command, sizeof command,
		 "xCommand Phonebook Search SearchString: %s FolderId: %s ContactType: %s Offset: %u "
		 "Limit: %u AllowStale: %s\n",
		 text, folder, kind, q->offset, q->limit ? q->limit : 50, q->allow_stale ? "True" : "False");
	return ask(s, command, on_found_answer, &(struct asked){ .found = found, .arg = arg });
}

/* --- the external manager --- */

static void on_manager_answer(void *arg, const char *text, int error)
{
	struct asked *q = arg;
	struct sealpost_manager m = { "", "", "", "", -1, -1 };
	struct ctl_text_line l;
	char *copy = strdup(text), *at = copy;
	while (copy && !error && ctl_text_next_line(&at, "*s Provisioning ", &l)) {
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
	q->on_manager(q->arg, &m);
	free(copy);
	free(q);
}

int sealpost_manager(struct sealpost *s, void (*on_manager)(void *arg, const struct sealpost_manager *m),
		     void *arg)
{
	return ask(s, "xStatus Provisioning\n", on_manager_answer,
		   &(struct asked){ .on_manager = on_manager, .arg = arg });
}
