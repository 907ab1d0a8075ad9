/* SPDX-License-Identifier: MIT */
/* rows_phonebook: the command Phonebook Search, which searches the server's phone book (wire-formats.md 2.3),
 * and its name on the older system MXP, CorpDirSearch. */
#include "phonebook/phonebook.h"
#include "base/num.h"
#include "command_rows.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct command_param search_params[] = {
	{ "AllowStale", SCHEMA_LIT("False/True"), "False",
	  "Whether a cached answer, marked Stale and with its age, may be given if there is no fresh one.", 0,
	  0 },
	{ "ContactMethodLimit", SCHEMA_INT(0, 10), "0", "How many ways to call a contact are shown; 0: all.",
	  0, 0 },
	{ "ContactType", SCHEMA_LIT("Any/Folder/Contact"), "Any",
	  "What is searched for. Folders without any text are the phone books.", 0, 0 },
	{ "FolderId", SCHEMA_STR(0, 255), "", "Where to search, or what to list; empty: the roots.", 0, 0 },
	{ "Limit", SCHEMA_INT(0, 65534), "50", "The most entries in the answer, up to 1000.", 0, 0 },
	{ "Offset", SCHEMA_INT(0, 65534), "0", "The number of entries to skip.", 0, 0 },
	{ "PhonebookId", SCHEMA_STR(0, 255), "", "The phone book: Phonebook Server 1 ID, where that is set.",
	  0, 0 },
	{ "PhonebookType", SCHEMA_LIT("Corporate/Local"), "Corporate",
	  "Corporate: the server's. This agent has no Local one.", 0, 0 },
	{ "Recursive", SCHEMA_LIT("False/True"), "True",
	  "False searches the folder itself, not those below it.", 0, 0 },
	{ "SearchField", SCHEMA_LIT("Name/Number"), "Name", "Kept for scripts: servers search names.", 0, 0 },
	{ "SearchFilter", SCHEMA_LIT("All/Rooms/People/Pmr"), "All",
	  "Kept for scripts: servers of this kind do not filter.", 0, 0 },
	{ "SearchString", SCHEMA_STR(0, 255), "", "Part of a name; empty: lists the folder.", 0, 0 },
	{ "Tag", SCHEMA_LIT("Untagged/Favorite"), "Untagged",
	  "Kept for scripts: only a Local phone book has favorites.", 0, 0 },
	{ .name = NULL },
};

static const struct command_param corporate_params[] = {
	{ "Path", SCHEMA_STR(0, 255), "", "The folder's ID; empty: the roots.", 0, 0 },
	{ "Query", SCHEMA_STR(0, 255), "", "Part of a name.", 0, 0 },
	{ "StartsWith", SCHEMA_STR(0, 255), "", "Beginning of a name.", 0, 0 },
	{ "Hits", SCHEMA_INT(1, 40), "40", "How many are wanted.", 0, 0 },
	{ "SubFolders", SCHEMA_LIT("Off/On"), "On", "Whether folders below are searched, too.", 0, 0 },
	{ .name = NULL },
};

static unsigned number(const struct command *c, const char *name)
{
	return (unsigned)command_arg_number(c, name);
}

static struct doc *item(struct doc *parent, const char *name, uint32_t i)
{
	struct doc *d = doc_add(parent, name, i);
	d->max_occurrence = DOC_UNBOUNDED;
	return d;
}

/* Adds a value that video codecs print without quotes, like words of a fixed set; other values get quotes. */
static void add_word(struct doc *d, const char *name, const char *word)
{
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	if (*word)
		doc_add_value(d, name, word[len] ? DOC_STRING : DOC_LITERAL, word);
}

/* --- Phonebook Search --- */

/* Adds a number with its protocol: "SIP:ada@example.org". Some servers send the number with its protocol,
 * some without. */
static void add_number(struct doc *d, const struct phonebook_route *r)
{
	char text[2 * PHONEBOOK_TEXT_MAX + 2];
	size_t len = strlen(r->protocol);
	int has = !len || (strncasecmp(r->dial_string, r->protocol, len) == 0 && r->dial_string[len] == ':');
	snprintf(text, sizeof text, "%s%s%s", has ? "" : r->protocol, has ? "" : ":", r->dial_string);
	doc_add_value(d, "Number", DOC_STRING, text);
}

static void add_method(struct doc *contact, const struct phonebook_route *r, uint32_t i)
{
	struct doc *d = item(contact, "ContactMethod", i);
	char id[16];
	int64_t rate;
	snprintf(id, sizeof id, "%u", i);
	doc_add_value(d, "ContactMethodId", DOC_STRING, id);
	add_number(d, r);
	add_word(d, "Protocol", r->protocol);
	if (num_parse(r->call_type, 1, 100000000, &rate, NULL) == 0)
		doc_add_int(d, "CallRate", rate);
	else
		add_word(d, "CallType", r->call_type);
}

static void add_entries(struct doc *result, const struct phonebook_result *r, unsigned methods)
{
	uint32_t folders = 0, contacts = 0;
	for (size_t i = 0; i < r->n; i++) {
		const struct phonebook_entry *entry = &r->entries[i];
		struct doc *d = item(result, entry->is_folder ? "Folder" : "Contact",
				     entry->is_folder ? ++folders : ++contacts);
		if (entry->is_folder) {
			doc_add_value(d, "LocalId", DOC_STRING, entry->id);
			doc_add_value(d, "FolderId", DOC_STRING, entry->id);
		}
		doc_add_value(d, "Name", DOC_STRING, entry->name);
		if (entry->folder[0])
			doc_add_value(d, entry->is_folder ? "ParentFolderId" : "FolderId", DOC_STRING,
				      entry->folder);
		if (!entry->is_folder)
			doc_add_value(d, "ContactId", DOC_STRING, entry->id);
		for (size_t k = 0; k < entry->n_routes && (!methods || k < methods); k++)
			add_method(d, &entry->routes[k], (uint32_t)k + 1);
	}
}

/* Returns the requested limit, but at most the maximum; 0 stands for the default. */
static unsigned limit(const struct command *c)
{
	unsigned n = number(c, "Limit");
	return n > PHONEBOOK_LIMIT_MAX ? PHONEBOOK_LIMIT_MAX : n ? n : PHONEBOOK_LIMIT;
}

static void add_info(struct command *c, struct doc *result, const struct phonebook_result *r)
{
	struct doc *info = doc_add(result, "ResultInfo", 0);
	unsigned offset = number(c, "Offset");
	doc_add_int(info, "Offset", offset);
	doc_add_int(info, "Limit", limit(c));
	if (r->total >= 0 || r->is_last)
		doc_add_int(info, "TotalRows", r->total >= 0 ? r->total : (int64_t)(offset + r->n));
	if (r->age_s >= 0) {
		doc_add_value(info, "Stale", DOC_LITERAL, "True");
		doc_add_int(info, "Age", r->age_s);
	}
}

/* Adds the reason why nothing was found, or only a cached answer was used. It is a sibling of ResultInfo and
 * not in it, since clients expect exactly three leaves there. */
static void add_cause(struct doc *result, const struct phonebook_result *r)
{
	if (r->outcome == PHONEBOOK_FOUND)
		return;
	doc_add_value(result, "Cause", DOC_LITERAL, phonebook_outcome_name(r->outcome));
	if (r->outcome == PHONEBOOK_TLS_FAILED)
		doc_add_int(result, "VerifyResult", r->err.code);
	if (r->err.kind != ERR_NONE)
		doc_add_value(result, "Reason", DOC_STRING, r->err.text);
}

/* Finishes the command with an error. For programs it has a word of a fixed set that tells what failed. */
static void failed(struct command *c, const struct phonebook_result *r)
{
	command_done(c, &r->err);
	doc_add_value(c->doc, c->row->flags & COMMAND_OLD_FORM ? "Outcome" : "Cause", DOC_LITERAL,
		      phonebook_outcome_name(r->outcome));
	if (r->outcome == PHONEBOOK_TLS_FAILED)
		doc_add_int(c->doc, "VerifyResult", r->err.code);
}

static int is_answer(const struct phonebook_result *r)
{
	return r->outcome == PHONEBOOK_FOUND || r->outcome == PHONEBOOK_NO_MATCH || r->age_s >= 0;
}

static void searched(void *arg, const struct phonebook_result *r)
{
	struct command *c = arg;
	c->work = NULL;
	if (!is_answer(r)) {
		failed(c, r);
		return;
	}
	add_info(c, command_result(c), r);
	add_cause(command_result(c), r);
	add_entries(command_result(c), r, number(c, "ContactMethodLimit"));
	command_done(c, NULL);
}

static void forget(struct command *c)
{
	phonebook_cancel(c->work);
}

static void begin(struct command *c, const struct phonebook_request *r,
		  void (*done)(void *arg, const struct phonebook_result *r))
{
	struct phonebook_search *s;
	struct err e;
	if (phonebook_search(agent_phonebook(command_agent(c)), r, done, c, &s, &e) < 0) {
		command_done(c, &e);
		return;
	}
	c->work = s;
	c->forget = forget;
}

/* Returns 0 if PhonebookId names the phone book. There is one server, whose ID an administrator may set; if
 * none is set, every PhonebookId is accepted. */
static int knows_book(const struct command *c, struct err *e)
{
	const char *id = command_arg(c, "PhonebookId"),
		   *own = settings_get(agent_settings(command_agent(c)))->phonebook.id;
	if (!*id || !*own || strcasecmp(id, own) == 0)
		return 0;
	return err_set(
		e, ERR_NOTFOUND, 0,
		"there is no phone book \"%.64s\": Phonebook Server 1 ID is \"%s\"; folders go by FolderId",
		id, own);
}

static void search_run(struct command *c)
{
	struct err e;
	if (knows_book(c, &e) < 0) {
		command_done(c, &e);
		return;
	}
	if (command_arg_is(c, "PhonebookType", "Local")) {
		err_set(&e, ERR_NOTFOUND, 0,
			"this agent has no local phone book: expected PhonebookType: Corporate");
		command_done(c, &e);
		return;
	}
	struct phonebook_request r = {
		.text = command_arg(c, "SearchString"),
		.folder = command_arg(c, "FolderId"),
		.kind = command_arg_is(c, "ContactType", "Folder")    ? PHONEBOOK_FOLDERS
			: command_arg_is(c, "ContactType", "Contact") ? PHONEBOOK_CONTACTS
								      : PHONEBOOK_ANY,
		.offset = number(c, "Offset"),
		.limit = limit(c),
		.list_only = command_arg_is(c, "Recursive", "False"),
		.may_be_old = command_arg_is(c, "AllowStale", "True"),
	};
	begin(c, &r, searched);
}

/* --- CorpDirSearch --- */

static void corporate_searched(void *arg, const struct phonebook_result *r)
{
	struct command *c = arg;
	c->work = NULL;
	if (!is_answer(r)) {
		failed(c, r);
		return;
	}
	struct doc *result = command_result(c);
	if (!r->n)
		doc_add_value(result, "Outcome", DOC_LITERAL, phonebook_outcome_name(r->outcome));
	for (size_t i = 0; i < r->n; i++) {
		const struct phonebook_entry *entry = &r->entries[i];
		struct doc *d = item(result, "Entity", (uint32_t)i + 1);
		doc_set_attr(d, "type", entry->is_folder ? "Catalog" : "Entry");
		doc_add_value(d, "Name", DOC_STRING, entry->name);
		doc_add_value(d, "Path", DOC_STRING, entry->folder);
		doc_add_value(d, "ID", DOC_STRING, entry->id);
		doc_add_value(d, "IsFirst", DOC_LITERAL, i == 0 ? "True" : "False");
		doc_add_value(d, "IsLast", DOC_LITERAL, i + 1 == r->n && r->is_last ? "True" : "False");
		for (size_t k = 0; k < entry->n_routes; k++)
			add_number(d, &entry->routes[k]);
	}
	command_done(c, NULL);
}

static void corporate_run(struct command *c)
{
	struct phonebook_request r = {
		.text = command_arg(c, "Query"),
		.starts_with = command_arg(c, "StartsWith"),
		.folder = command_arg(c, "Path"),
		.limit = number(c, "Hits"),
		.list_only = command_arg_is(c, "SubFolders", "Off"),
	};
	begin(c, &r, corporate_searched);
}

const struct command_row rows_phonebook[ROWS_PHONEBOOK_N] = {
	{ "Phonebook Search",
	  "Searches the server's phone book, or lists a folder of it. Cause says NoMatch, Unreachable, "
	  "TlsFailed (with "
	  "VerifyResult), AuthFailed, BadResponse or NotConfigured.",
	  search_params, ROLE_USER, 0, search_run, 0 },
	{ "CorpDirSearch", "What MXP calls Phonebook Search.", corporate_params, ROLE_USER,
	  COMMAND_OLD_FORM | COMMAND_OLDER_NAME, corporate_run, 0 },
};
