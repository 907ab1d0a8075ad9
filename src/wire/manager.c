/* SPDX-License-Identifier: MIT */
#include "wire/manager.h"

#include "base/num.h"
#include "wire_identity.h"
#include "soap.h"
#include "wire/xml.h"

#include <string.h>

#define NAMESPACE "http://www.tandberg.net/2004/11/SystemManagementService/"

const char *manager_event_name(enum manager_event event)
{
	static const char *const names[] = { "Register", "Boot", "Beat" };
	return names[event];
}

void manager_write_event_with(enum manager_event event, const struct wire_identity *who,
			      const struct doc *results, struct buf *b)
{
	soap_begin(NAMESPACE, b);
	buf_adds(b, "<PostEvent>\n");
	identity_write(IDENTITY_POST_EVENT, who, 1, b);
	buf_addf(b, "<Event>%s</Event>\n", manager_event_name(event));
	if (results)
		doc_print_xml(results, 0, b);
	buf_adds(b, "</PostEvent>");
	soap_end(b);
}

void manager_write_event(enum manager_event event, const struct wire_identity *who, struct buf *b)
{
	manager_write_event_with(event, who, NULL, b);
}

void manager_write_document(const struct wire_identity *who, const char *location, const struct doc *root,
			    struct buf *b)
{
	struct doc *copy = doc_copy(root);
	if (!doc_attr(copy, "product"))
		doc_set_attr(copy, "product", who->product_type);
	if (!doc_attr(copy, "version"))
		doc_set_attr(copy, "version", who->software_version);
	buf_adds(b, "<PostedDocument>\n");
	identity_write(IDENTITY_DOCUMENT, who, 1, b);
	buf_adds(b, "  <Location>");
	doc_escape_xml(location, b);
	buf_adds(b, "</Location>\n");
	doc_print_xml(copy, 1, b);
	buf_adds(b, "</PostedDocument>\n");
	doc_free(copy);
}

/* --- the answer --- */

/* Adds copies of from's children to *into, which begins as NULL. */
static void gather(const struct doc *from, const char *name, struct doc **into)
{
	for (const struct doc *c = from->first; c; c = c->next) {
		if (!*into)
			*into = doc_new(name);
		doc_adopt(*into, doc_copy(c));
	}
}

/* Collects the children of <Configuration><Configuration>...: the tree is in one or several inner elements of
 * the same name. Some servers leave out the inner element, which means the same. */
static void gather_inner(const struct doc *outer, struct doc **into)
{
	if (!doc_child(outer, outer->name, 0)) {
		gather(outer, outer->name, into);
		return;
	}
	for (const struct doc *c = outer->first; c; c = c->next)
		if (!strcmp(c->name, outer->name))
			gather(c, outer->name, into);
}

static void read_document(const struct doc *wanted, struct manager_answer *a)
{
	struct manager_document *d = &a->documents[a->n_documents];
	if (a->n_documents == MANAGER_DOCUMENTS_MAX ||
	    xml_text(wanted, "Location", d->location, sizeof d->location) < 0 ||
	    xml_text(wanted, "URL", d->url, sizeof d->url) < 0 || !d->location[0] || !d->url[0])
		a->documents_left_out++;
	else
		a->n_documents++;
}

static size_t count(const struct doc *d, const char *name)
{
	size_t n = 0;
	for (const struct doc *c = d->first; c; c = c->next)
		n += !strcmp(c->name, name) ? 1 : count(c, name);
	return n;
}

static void read_software(const struct doc *software, struct manager_answer *a)
{
	if (xml_text(software, "Package/URL", a->software_url, sizeof a->software_url) < 0)
		xml_text(software, "FileURL", a->software_url, sizeof a->software_url);
	xml_text(software, "Feedback/URL", a->software_feedback_url, sizeof a->software_feedback_url);
}

/* Copies an optional text. Returns 0, and "" in ret, if there is none. */
static int optional_text(const struct doc *d, const char *name, char *ret, size_t size)
{
	*ret = '\0';
	return doc_child(d, name, 0) ? xml_text(d, name, ret, size) : 0;
}

static void read_feedback(const struct doc *feedback, struct manager_answer *a)
{
	struct manager_feedback *f = &a->results_to;
	a->results_to_unread = xml_text(feedback, "URL", f->url, sizeof f->url) < 0 || !f->url[0] ||
			       optional_text(feedback, "Username", f->user, sizeof f->user) < 0 ||
			       optional_text(feedback, "Password", f->password, sizeof f->password) < 0;
	if (a->results_to_unread)
		explicit_bzero(f, sizeof *f);
}

static void read_command(const struct doc *outer, struct manager_answer *a)
{
	const struct doc *feedback = doc_child(outer, "Feedback", 0);
	gather_inner(outer, &a->command);
	if (!feedback)
		return;
	read_feedback(feedback, a);
	/* If the server leaves out the inner Command, Feedback was collected together with the commands. */
	struct doc *taken = a->command ? doc_child(a->command, "Feedback", 0) : NULL;
	if (taken)
		doc_detach(taken);
	doc_free(taken);
}

static void read_management(const struct doc *management, struct manager_answer *a)
{
	for (const struct doc *c = management->first; c; c = c->next) {
		if (!strcmp(c->name, "Configuration"))
			gather_inner(c, &a->configuration);
		else if (!strcmp(c->name, "Command"))
			read_command(c, a);
		else if (!strcmp(c->name, "Software") || !strcmp(c->name, "SoftwareUpgrade"))
			read_software(c, a);
		else if (!strcmp(c->name, "FilesToDownload"))
			a->files += count(c, "FileToDownload");
		else if (!strcmp(c->name, "Calendar"))
			a->bookings += count(c, "Booking");
		else if (!strcmp(c->name, "DocumentsToPost"))
			for (const struct doc *d = c->first; d; d = d->next)
				if (!strcmp(d->name, "DocumentToPost"))
					read_document(d, a);
	}
}

int manager_read_answer(const char *text, size_t len, struct manager_answer *ret, struct err *e)
{
	static const char *const names[] = { "PostEventResult", "PostEventResponse", NULL };
	struct doc *whole;
	memset(ret, 0, sizeof *ret);
	const struct doc *result = soap_read("the manager", text, len, names, &whole, e);
	if (!result)
		return -1;
	char seconds[16];
	int64_t heartbeat = 0;
	if (xml_text(result, "HeartBeatInterval", seconds, sizeof seconds) == 0)
		num_parse(seconds, 0, INT32_MAX, &heartbeat, NULL);
	ret->heartbeat_s = (int32_t)heartbeat;
	for (const struct doc *c = result->first; c; c = c->next)
		if (!strcmp(c->name, "Management"))
			read_management(c, ret);
	doc_free(whole);
	return 0;
}

void manager_answer_done(struct manager_answer *a)
{
	doc_free(a->configuration);
	doc_free(a->command);
	explicit_bzero(a, sizeof *a);
}
