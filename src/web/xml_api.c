/* SPDX-License-Identifier: MIT */
#include "xml_api.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static const char declaration[] = "<?xml version=\"1.0\"?>\n";

int xml_api_get_line(struct http_text location, char ret[XML_API_LINE])
{
	static const char verb[] = "xGetxml ";
	char *path = ret + sizeof verb - 1;
	memcpy(ret, verb, sizeof verb);
	if (!location.len || http_text_decode(location, path, XML_API_LINE - (sizeof verb - 1)) < 0)
		return -1;
	for (char *c = path; *c; c++) {
		if (*c == '"')
			/* XPath allows both quotes; a double one has another meaning in the agent's lines */
			*c = '\'';
		if (!((*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') ||
		      strchr("_/*[]@=' .-", *c)))
			return -1;
	}
	return 0;
}

void xml_api_bad_location(struct buf *out)
{
	buf_adds(out, declaration);
	buf_adds(out, "<Fault>\n  <XPathError>location: expected a path such as "
		      "/Status/Audio</XPathError>\n</Fault>\n");
}

/* Returns the reason of a refusal, which is already escaped as XML. */
static struct http_text reason_in(struct http_text document)
{
	static const char before[] = "<Reason", after[] = "</Reason>";
	struct http_text none = { NULL, 0 };
	const char *at = memmem(document.at, document.len, before, sizeof before - 1);
	const char *end =
		at ? memmem(at, document.len - (size_t)(at - document.at), after, sizeof after - 1) : NULL;
	const char *text = end ? memchr(at, '>', (size_t)(end - at)) : NULL;
	return text ? (struct http_text){ text + 1, (size_t)(end - text - 1) } : none;
}

static void add_fault(struct http_text document, enum xml_api_call call, struct buf *out)
{
	struct http_text reason = reason_in(document);
	const char *name = call == XML_API_GET ? "XPathError" : "Reason";
	buf_addf(out, "<Fault>\n  <%s>", name);
	buf_add(out, reason.at ? reason.at : "", reason.len);
	buf_addf(out, "</%s>\n</Fault>\n", name);
}

int xml_api_document(const struct ctl_block *answer, enum xml_api_call call, struct buf *out)
{
	static const char open[] = "<XmlDoc resultId=\"\">\n", close[] = "</XmlDoc>\n";
	struct http_text inner = { answer->text + sizeof open - 1,
				   answer->len - (sizeof open + sizeof close - 2) };
	if (answer->len < sizeof open + sizeof close - 2 ||
	    memcmp(answer->text, open, sizeof open - 1) != 0 ||
	    memcmp(answer->text + answer->len - (sizeof close - 1), close, sizeof close - 1) != 0)
		return -1;
	buf_adds(out, declaration);
	/* A request that was refused as a whole has a <Result>; results of single commands and settings are
	 * inside their document. */
	if (answer->status != EX_OK && inner.len > 7 && memcmp(inner.at, "<Result", 7) == 0)
		add_fault(inner, call, out);
	else
		buf_add(out, inner.at, inner.len);
	return out->full ? -1 : 0;
}
