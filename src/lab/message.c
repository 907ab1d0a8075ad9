/* SPDX-License-Identifier: MIT */
#include "message.h"

#include <string.h>

static void element(const char *name, const char *text, struct buf *out)
{
	buf_addf(out, "<%s>", name);
	doc_escape_xml(text, out);
	buf_addf(out, "</%s>", name);
}

void message_documents(const char *const *pairs, size_t n, struct buf *out)
{
	for (size_t i = 0; i + 1 < n; i += 2) {
		buf_adds(out, "<DocumentToPost>");
		element("Location", pairs[i], out);
		element("URL", pairs[i + 1], out);
		buf_adds(out, "</DocumentToPost>");
	}
}

void message_feedback(const char *url, const char *user, const char *password, struct buf *out)
{
	buf_adds(out, "<Feedback>");
	element("URL", url, out);
	if (user)
		element("Username", user, out);
	if (password)
		element("Password", password, out);
	buf_adds(out, "</Feedback>");
}

void message_soap_begin(struct reply *r)
{
	r->status = 200;
	r->type = "text/xml; charset=utf-8";
	buf_adds(&r->body, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
			   "<soap:Envelope xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
			   "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "
			   "xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\n<soap:Body>\n");
}

void message_soap_end(struct reply *r)
{
	buf_adds(&r->body, "</soap:Body>\n</soap:Envelope>\n");
}

void message_soap_fault(struct reply *r, int status, const char *text)
{
	buf_reset(&r->body);
	message_soap_begin(r);
	r->status = status;
	buf_adds(&r->body, "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>");
	doc_escape_xml(text, &r->body);
	buf_adds(&r->body, "</faultstring></soap:Fault>\n");
	message_soap_end(r);
}

const struct doc *message_operation(const struct doc *d)
{
	const struct doc *body = strcmp(d->name, "Envelope") == 0 ? doc_child(d, "Body", 0) : NULL;
	return body ? body->first : NULL;
}
