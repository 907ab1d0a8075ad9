/* SPDX-License-Identifier: MIT */
#include "enforce.h"

#include "site.h"
#include "message.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = { "off", "level3", "level4" };

static const struct {
	const char *path, *level_3, *level_4;
} settings[] = {
	{ "NetworkServices/HTTP/Mode", "Off", "Off" },
	{ "NetworkServices/HTTPS/Mode", "On", "On" },
	{ "NetworkServices/HTTPS/VerifyServerCertificate", "Off", "On" },
	{ "NetworkServices/SNMP/Mode", "Off", "Off" },
	{ "NetworkServices/Telnet/Mode", "Off", "Off" },
	{ "Provisioning/ExternalManager/Protocol", "HTTPS", "HTTPS" },
	{ "Phonebook/Server/Protocol", "HTTPS", "HTTPS" },
};
enum { SETTINGS = sizeof settings / sizeof *settings };

int enforce_parse(const char *text, enum enforce_level *ret, struct err *e)
{
	for (int i = ENFORCE_NOTHING; i <= ENFORCE_LEVEL_4; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum enforce_level)i;
			return 0;
		}
	return err_set(e, ERR_INPUT, 0, "set secure-only: expected off, level3 or level4");
}

const char *enforce_name(enum enforce_level level)
{
	return names[level];
}

static const char *wanted(const struct enforce *s, int i)
{
	return s->level == ENFORCE_LEVEL_4 ? settings[i].level_4 : settings[i].level_3;
}

static struct doc *document(const struct enforce *s)
{
	struct doc *d = doc_new("Configuration");
	for (int i = 0; i < SETTINGS; i++)
		doc_set_value(doc_make(d, settings[i].path), DOC_STRING, wanted(s, i));
	char url[300];
	snprintf(url, sizeof url, "https://" LAB_PHONEBOOK ":%d" MANAGE_PHONEBOOK_PATH, s->port);
	doc_set_value(doc_make(d, "Phonebook/Server/URL"), DOC_STRING, url);
	return d;
}

void enforce_configuration(const struct enforce *s, struct buf *out)
{
	struct doc *d = document(s);
	doc_set_attr(d, "internal", "true");
	doc_set_attr(d, "xmlns", "");
	doc_print_xml(d, 0, out);
	doc_free(d);
}

void enforce_settings(const struct enforce *s, struct buf *out)
{
	struct doc *d = document(s);
	doc_print_xml(d, 0, out);
	doc_free(d);
}

void enforce_command(const struct enforce *s, struct buf *out)
{
	buf_addf(out,
		 "<Command xmlns=\"\"><HttpFeedback><Register command=\"True\"><FeedbackSlot>3</FeedbackSlot>"
		 "<ServerUrl>https://" LAB_FEEDBACK ":%d" MANAGE_FEEDBACK_PATH "</ServerUrl>"
		 "<Expression item=\"1\">/Event/CallDisconnect</Expression><Expression "
		 "item=\"2\">/Status/Call/Status</Expression>"
		 "</Register></HttpFeedback></Command>",
		 s->port);
}

void enforce_documents(const struct enforce *s, struct buf *out)
{
	char url[300];
	const char *const pair[] = { "/Configuration", url };
	snprintf(url, sizeof url, "https://" LAB_MANAGER ":%d" MANAGE_DOCUMENT_PATH, s->port);
	message_documents(pair, 2, out);
}

int enforce_compare(const struct enforce *s, const struct doc *configuration, char *ret, size_t size)
{
	for (int i = 0; i < SETTINGS; i++) {
		const char *has = doc_text(configuration, settings[i].path, "");
		if (strcmp(has, wanted(s, i)) != 0) {
			snprintf(ret, size, "%s is \"%.60s\", not \"%s\"", settings[i].path, has,
				 wanted(s, i));
			return -1;
		}
	}
	return 0;
}
