/* SPDX-License-Identifier: MIT */
#include "phones.h"

#include "base/num.h"
#include "message.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAMESPACE "http://www.tandberg.net/2004/06/PhoneBookSearch/"

enum { ROOT = 0, DESKS = 6, DESK_COUNT = 250, HITS_DEFAULT = 50, HITS_MAX = 1000 };

/* Folders are numbered from 1 and have ids such as c_1; a parent comes before its children. */
static const struct folder {
	int id, parent;
	const char *name;
} folders[] = {
	{ 1, ROOT, "Meeting rooms" },   { 2, ROOT, "People" },
	{ 3, ROOT, "Zoo & <Friends>" }, { 4, 1, "Oslo" },
	{ 5, 1, "Tōkyō 東京" },         { DESKS, ROOT, "Desks" },
	{ 7, ROOT, "Nobody yet" },
};

static const struct contact {
	int id, folder;
	const char *name, *system, *sip, *h323; /* h323 NULL: the contact has no second number */
} contacts[] = {
	{ 101, 4, "Fjord", "Cisco TelePresence SX80", "fjord@sealpost.test", "fjord" },
	{ 102, 4, "Skjærgård", "Cisco TelePresence MX700", "skjaergaard@sealpost.test", "skjaergaard" },
	{ 103, 4, "Auditorium (left)", "Cisco TelePresence SX80", "aud-left@sealpost.test", NULL },
	{ 104, 4, "Auditorium (right)", "Cisco TelePresence SX80", "aud-right@sealpost.test", NULL },
	{ 105, 5, "会議室 一", "Cisco Webex Room Kit", "kaigi1@sealpost.test", NULL },
	{ 106, 5, "会議室 二", "Cisco Webex Room Kit", "kaigi2@sealpost.test", NULL },
	{ 201, 2, "Ada Lovelace", "Cisco Webex DX80", "ada@sealpost.test", NULL },
	{ 202, 2, "Bjørn Ødegård", "Cisco Webex DX80", "bjorn@sealpost.test", NULL },
	{ 203, 2, "Łukasz Żółć", "Cisco Webex DX80", "lukasz@sealpost.test", NULL },
	{ 204, 2, "Seán \"Shay\" O'Brien", "Polycom HDX 8000 HD", "shay@sealpost.test", "shay" },
	{ 205, 2, "Грейс Хоппер", "Cisco Webex DX80", "grace@sealpost.test", NULL },
	{ 301, 3, "Tom & Jerry <cartoon>", "Cisco Webex Room Kit", "tom&jerry@sealpost.test", NULL },
	{ 302, 3, "Elephant 🐘", "Cisco Webex Room Kit", "elephant@sealpost.test", NULL },
};

struct search {
	int path; /* number of the folder */
	int subtree, inclusive, exact, beginning;
	char text[256], after[64];
	int64_t hits;
};

/* A search. It is made twice, in the same order of hits: to count the hits, and then to write them. */
struct found {
	const struct search *s;
	struct buf *out; /* NULL: hits are only counted */
	int64_t total, first, written, left;
	int begun; /* 1: the entry after which the page begins has been passed */
};

static const struct folder *folder_get(int id)
{
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (folders[i].id == id)
			return &folders[i];
	return NULL;
}

static int is_within(const struct search *s, int folder)
{
	if (folder == s->path)
		return 1;
	const struct folder *f = s->subtree ? folder_get(folder) : NULL;
	return f && is_within(s, f->parent);
}

static int matches(const struct search *s, const char *name)
{
	size_t len = strlen(s->text);
	if (s->beginning)
		return (s->exact ? strncmp : strncasecmp)(name, s->text, len) == 0;
	return (s->exact ? strstr(name, s->text) : strcasestr(name, s->text)) != NULL;
}

/* Counts a hit. Returns 1 if it is to be written. */
static int hit(struct found *f, const char *id)
{
	f->total++;
	int here = strcmp(f->s->after, id) == 0;
	if (!f->begun && !(f->begun = here))
		return 0;
	if (here && !f->s->inclusive)
		return 0;
	f->left++;
	if (!f->out || f->written == f->s->hits)
		return 0;
	f->written++;
	return 1;
}

static void leaf(struct buf *out, const char *name, const char *text)
{
	buf_addf(out, "<%s>", name);
	doc_escape_xml(text, out);
	buf_addf(out, "</%s>", name);
}

static int children(int id)
{
	int n = id == DESKS ? DESK_COUNT : 0;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		n += folders[i].parent == id;
	for (size_t i = 0; i < sizeof contacts / sizeof *contacts; i++)
		n += contacts[i].folder == id;
	return n;
}

static void add_folder(struct found *f, const struct folder *folder)
{
	char id[16];
	snprintf(id, sizeof id, "c_%d", folder->id);
	if (!hit(f, id))
		return;
	buf_adds(f->out, "<Catalog>");
	leaf(f->out, "Name", folder->name);
	leaf(f->out, "Id", id);
	buf_addf(f->out, "<IsFirst>%s</IsFirst><IsLast>%s</IsLast><NoOfEntries>%d</NoOfEntries></Catalog>\n",
		 f->total == 1 ? "true" : "false", f->total == f->first ? "true" : "false",
		 children(folder->id));
}

static void add_route(struct buf *out, const struct contact *c, const char *protocol, const char *number,
		      const char *rate)
{
	buf_adds(out, "<Route>");
	leaf(out, "CallType", rate);
	leaf(out, "Protocol", protocol);
	leaf(out, "Restrict", "Norestrict");
	leaf(out, "DialString", number);
	buf_adds(out, "<Description>");
	doc_escape_xml(number, out);
	buf_addf(out, " (%s)</Description>", protocol);
	leaf(out, "SystemType", c->system);
	buf_adds(out, "</Route>");
}

static void add_contact(struct found *f, const struct contact *c)
{
	char id[16];
	snprintf(id, sizeof id, "e_%d", c->id);
	if (!is_within(f->s, c->folder) || !matches(f->s, c->name) || !hit(f, id))
		return;
	buf_adds(f->out, "<Entry>");
	leaf(f->out, "Name", c->name);
	leaf(f->out, "Id", id);
	add_route(f->out, c, "SIP", c->sip, "768");
	if (c->h323)
		add_route(f->out, c, "H323", c->h323, "Video");
	buf_addf(f->out, "<IsLast>%s</IsLast><IsFirst>%s</IsFirst><BaseDN />",
		 f->total == f->first ? "true" : "false", f->total == 1 ? "true" : "false");
	leaf(f->out, "SystemType", c->system);
	buf_adds(f->out, "</Entry>\n");
}

static void add_desks(struct found *f)
{
	for (int i = 1; i <= DESK_COUNT; i++) {
		char name[32], sip[64];
		snprintf(name, sizeof name, "Desk %03d", i);
		snprintf(sip, sizeof sip, "desk%d@sealpost.test", i);
		const struct contact desk = { 1000 + i, DESKS, name, "Cisco Webex DX80", sip, NULL };
		add_contact(f, &desk);
	}
}

/* Finds folders first, then contacts. Folders are found by a listing only, not by a search for a text. */
static void find(struct found *f)
{
	f->begun = f->s->after[0] == '\0';
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (folders[i].parent == f->s->path && matches(f->s, folders[i].name))
			add_folder(f, &folders[i]);
	/* A listing of the top level has only its folders, as management servers answer. */
	if (f->s->path == ROOT && !f->s->text[0] && f->s->after[0] != 'e')
		return;
	for (size_t i = 0; i < sizeof contacts / sizeof *contacts; i++)
		add_contact(f, &contacts[i]);
	add_desks(f);
}

/* --- answers --- */

static void write_result(const struct search *s, const char *operation, struct reply *r)
{
	const struct folder *at = folder_get(s->path);
	struct found count = { .s = s }, f = { .s = s, .out = &r->body };
	find(&count);
	f.first = count.total;
	message_soap_begin(r);
	buf_addf(&r->body, "<%sResponse xmlns=\"" NAMESPACE "\">\n<%sResult>\n", operation, operation);
	leaf(&r->body, "Name", at ? at->name : "");
	buf_addf(&r->body, "<Id>%s%.0d</Id>\n", s->path ? "c_" : "", s->path);
	find(&f);
	buf_addf(&r->body,
		 "<IsLast>%s</IsLast><IsFirst>%s</IsFirst><NoOfEntries>%lld</NoOfEntries>"
		 "<FolderExists>%s</FolderExists>\n</%sResult>\n</%sResponse>\n",
		 f.left == f.written ? "true" : "false", s->after[0] ? "false" : "true",
		 (long long)count.total, at || s->path == ROOT ? "true" : "false", operation, operation);
	message_soap_end(r);
}

static int is_true(const struct doc *d, const char *name)
{
	return strcasecmp(doc_text(d, name, "false"), "true") == 0;
}

static void search(const struct doc *d, struct reply *r)
{
	struct search s = {
		.subtree = strcasecmp(doc_text(d, "Scope", "SubTree"), "SubTree") == 0,
		.exact = is_true(d, "CaseSensitiveSearch"),
		.inclusive = is_true(d, "RangeInclusive"),
		.hits = HITS_DEFAULT,
		.beginning = strcasecmp(doc_text(d, "SearchType", "Free"), "StartsWith") == 0,
	};
	const char *path = doc_text(d, "SearchPath", ""), *starts = doc_text(d, "StartsWith", "");
	snprintf(s.text, sizeof s.text, "%s", *starts ? starts : doc_text(d, "SearchString", ""));
	snprintf(s.after, sizeof s.after, "%s", doc_text(d, "StartFromId", ""));
	s.beginning = s.beginning || *starts;
	int64_t id = ROOT;
	if (*path && (strncmp(path, "c_", 2) != 0 || num_parse(path + 2, 1, 1000000, &id, NULL) < 0))
		id = -1;
	s.path = (int)id;
	if (doc_text(d, "MaxResult", NULL) &&
	    num_parse(doc_text(d, "MaxResult", ""), 1, HITS_MAX, &s.hits, NULL) < 0)
		message_soap_fault(r, 500, "MaxResult: expected a number from 1 to 1000");
	else
		write_result(&s, "Search", r);
}

void phones_answer(const struct doc *d, struct reply *r)
{
	const struct doc *operation = message_operation(d);
	if (operation && strcmp(operation->name, "Search") == 0)
		search(operation, r);
	else if (operation && strcmp(operation->name, "GetPhonebooks") == 0)
		write_result(&(struct search){ .path = ROOT, .hits = HITS_MAX }, "GetPhonebooks", r);
	else
		message_soap_fault(r, 500, "expected Search or GetPhonebooks");
}
