/* SPDX-License-Identifier: MIT */
#include "soap.h"

#include "base/text.h"
#include "wire/soap_fault.h"
#include "wire/xml.h"

#include <string.h>
#include <strings.h>

enum { NEAR_THE_TOP = 4 }; /* levels: Envelope, Body, the response, the result */

void soap_begin(const char *name_space, struct buf *b)
{
	buf_addf(b,
		 "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		 "<env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\"\n"
		 "          xmlns=\"%s\">\n"
		 "<env:Body xmlns=\"%s\">\n",
		 name_space, name_space);
}

void soap_end(struct buf *b)
{
	buf_adds(b, "</env:Body>\n</env:Envelope>\n");
}

static const struct doc *find(const struct doc *d, const char *name, int depth)
{
	if (!strcmp(d->name, name))
		return d;
	for (const struct doc *c = d->first; c && depth > 1; c = c->next) {
		const struct doc *found = find(c, name, depth - 1);
		if (found)
			return found;
	}
	return NULL;
}

/* Writes an error with the fault's code and text. SOAP 1.1 has faultcode and faultstring, SOAP 1.2 has
 * Code/Value and Reason/Text. */
static void describe_fault(const char *whose, const struct doc *fault, struct err *e)
{
	const char *code = doc_text(fault, "faultcode", NULL), *text = doc_text(fault, "faultstring", NULL);
	code = code ? code : doc_text(fault, "Code/Value", "without code");
	text = text ? text : doc_text(fault, "Reason/Text", "no text");
	text += strspn(text, " \t\r\n");
	char quoted_code[80], quoted_text[300];
	err_set(e, ERR_PROTOCOL, SOAP_FAULT, "%s answered with a SOAP fault: %s: %s", whose,
		text_quoted(code, quoted_code, sizeof quoted_code),
		text_quoted(text, quoted_text, sizeof quoted_text));
}

const struct doc *soap_read(const char *whose, const char *text, size_t len, const char *const *names,
			    struct doc **ret, struct err *e)
{
	const struct xml_limits limits = { .any_item = 1 };
	struct err why;
	*ret = NULL;
	if (len >= 2 && memcmp(text, "\x1f\x8b", 2) == 0) {
		err_set(e, ERR_PROTOCOL, 0,
			"%s answered with compressed data (gzip), for which it was not asked", whose);
		return NULL;
	}
	if (xml_parse(text, len, &limits, ret, &why) < 0) {
		err_set(e, ERR_PROTOCOL, 0, "%s answered with something that is no XML document: %s", whose,
			why.text);
		return NULL;
	}
	for (const char *const *name = names; *name; name++) {
		const struct doc *found = find(*ret, *name, NEAR_THE_TOP);
		if (found)
			return found;
	}
	const struct doc *fault = find(*ret, "Fault", 3);
	if (fault)
		describe_fault(whose, fault, e);
	else
		err_set(e, ERR_PROTOCOL, 0, "%s answered with something else: expected %s, found <%s>", whose,
			names[0], (*ret)->name);
	doc_free(*ret);
	*ret = NULL;
	return NULL;
}

int soap_is_true(const struct doc *d, const char *path)
{
	char text[8];
	return xml_text(d, path, text, sizeof text) == 0 && (!strcasecmp(text, "true") || !strcmp(text, "1"));
}
