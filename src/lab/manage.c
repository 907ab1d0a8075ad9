/* SPDX-License-Identifier: MIT */
#include "manage.h"

#include "base/mem.h"
#include "message.h"
#include "phones.h"
#include "wire/xml.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEARTBEAT_S = 420 };
#define NAMESPACE "http://www.tandberg.net/2004/11/SystemManagementService/"

/* The members of Management that can be offered, in the order in which they are sent (docs/wire-formats.md,
 * PostEventResponse). */
static const char *const members[] = {
	"Directory", "Configuration", "Command", "Calendar", "FilesToDownload", "Software", "DocumentsToPost",
};
enum { MEMBERS = sizeof members / sizeof *members };

struct manage {
	unsigned heartbeat_s;
	char *offers[MEMBERS]; /* NULL: nothing is offered */
	struct devices *devices;
	struct enforce settings;
};

struct manage *manage_new(struct devices *devices)
{
	struct manage *m = mem_new(sizeof *m);
	m->heartbeat_s = HEARTBEAT_S;
	m->devices = devices;
	return m;
}

void manage_set_port(struct manage *m, int port)
{
	m->settings.port = port;
}

void manage_set_level(struct manage *m, enum enforce_level level)
{
	m->settings.level = level;
	devices_recheck(m->devices);
}

enum enforce_level manage_level(const struct manage *m)
{
	return m->settings.level;
}

unsigned manage_heartbeat(const struct manage *m)
{
	return m->heartbeat_s;
}

void manage_free(struct manage *m)
{
	for (int i = 0; m && i < MEMBERS; i++)
		free(m->offers[i]);
	free(m);
}

void manage_set_heartbeat(struct manage *m, unsigned seconds)
{
	m->heartbeat_s = seconds;
}

int manage_offer(struct manage *m, const char *element, const char *xml, struct err *e)
{
	for (int i = 0; i < MEMBERS; i++) {
		if (strcasecmp(element, members[i]) != 0)
			continue;
		free(m->offers[i]);
		m->offers[i] = mem_dup(xml);
		return 0;
	}
	return err_set(e, ERR_INPUT, 0,
		       "offer: \"%.40s\": expected configuration, command, documents, directory, calendar, "
		       "filestodownload or software",
		       element);
}

/* --- external manager --- */

/* Writes the enforced settings for an added device, until the device has them. */
static void enforce(const struct manage *m, const char *member, struct buf *out)
{
	if (strcmp(member, "Configuration") == 0)
		enforce_configuration(&m->settings, out);
	else if (strcmp(member, "Command") == 0)
		enforce_command(&m->settings, out);
	else if (strcmp(member, "DocumentsToPost") == 0)
		enforce_documents(&m->settings, out);
}

static void answer_event(struct manage *m, struct device *device, struct reply *r)
{
	int enforces = device && device->added && device->state != DEVICE_VERIFIED &&
		       m->settings.level != ENFORCE_NOTHING;
	message_soap_begin(r);
	buf_adds(&r->body, "<PostEventResponse xmlns=\"" NAMESPACE "\">\n<PostEventResult>\n<Management>\n");
	for (int i = 0; i < MEMBERS; i++) {
		buf_addf(&r->body, "<%s>%s", members[i], m->offers[i] ? m->offers[i] : "");
		if (enforces)
			enforce(m, members[i], &r->body);
		buf_addf(&r->body, "</%s>\n", members[i]);
	}
	if (enforces)
		devices_pushed(device);
	buf_addf(&r->body,
		 "</Management>\n<HeartBeatInterval>%u</HeartBeatInterval>\n</PostEventResult>\n"
		 "</PostEventResponse>\n",
		 m->heartbeat_s);
	message_soap_end(r);
}

static void manager(struct manage *m, const struct doc *d, const char *source, struct reply *r)
{
	const struct doc *event = message_operation(d);
	if (!event || strcmp(event->name, "PostEvent") != 0)
		message_soap_fault(r, 500, "expected a PostEvent");
	else if (!doc_text(event, "Event", NULL))
		message_soap_fault(r, 500, "PostEvent without Event");
	else if (!doc_text(event, "Identification/MACAddress", NULL))
		message_soap_fault(r, 403, "invalid identification: expected a MACAddress");
	else
		answer_event(m,
			     devices_event(m->devices, doc_child(event, "Identification", 0),
					   doc_text(event, "Event", ""), source),
			     r);
}

void manage_answered(struct manage *m, const char *service)
{
	for (int i = 0; i < MEMBERS && strcmp(service, "manager") == 0; i++) {
		free(m->offers[i]);
		m->offers[i] = NULL;
	}
}

/* --- choosing the service that answers --- */

static int is_path(const char *path, const char *wanted)
{
	size_t len = strlen(wanted);
	return strncasecmp(path, wanted, len) == 0 && (path[len] == '\0' || path[len] == '?');
}

static void receive(struct manage *m, const struct manage_request *q, struct reply *r)
{
	int posted = strcmp(q->method, "POST") == 0;
	struct doc *d = NULL;
	r->status = posted ? 200 : 405;
	r->type = "text/xml; charset=utf-8";
	buf_adds(&r->body, posted ? "<OK />\n" : "<Error message=\"expected POST\" />\n");
	if (!posted || !is_path(q->path, MANAGE_DOCUMENT_PATH) ||
	    xml_parse(q->body, q->len, NULL, &d, NULL) < 0)
		return;
	const struct doc *configuration = doc_child(d, "Configuration", 0);
	if (configuration && strcmp(d->name, "PostedDocument") == 0)
		devices_posted(m->devices, doc_text(d, "Identification/SystemName", ""), configuration,
			       &m->settings);
	doc_free(d);
}

const char *manage_answer(struct manage *m, const struct manage_request *q, struct reply *r)
{
	int is_manager = is_path(q->path, MANAGE_PATH),
	    is_phonebook = is_path(q->path, MANAGE_PHONEBOOK_PATH);
	const char *service = is_manager ? "manager" : is_phonebook ? "phonebook" : "feedback";
	if ((!is_manager && !is_phonebook) || strcmp(q->method, "POST") != 0) {
		receive(m, q, r);
		return service;
	}
	struct doc *d = NULL;
	struct err e;
	if (xml_parse(q->body, q->len, NULL, &d, &e) < 0)
		message_soap_fault(r, 400, e.text);
	else if (is_manager)
		manager(m, d, q->source, r);
	else
		phones_answer(d, r);
	doc_free(d);
	return service;
}
