/* SPDX-License-Identifier: MIT */
/* xml_api: translates the calls of the XML API: makes the line for the agent, and the document from its
 * answer. */
#ifndef WEB_XML_API_H
#define WEB_XML_API_H

#include "base/buf.h"
#include "ctl/ctl_reader.h"
#include "http_request.h"

enum { XML_API_LINE = 4200 };

/* Writes the line for a getxml of this location: "xGetxml /Status/Audio". Returns -1 if the location, from
 * the query, has characters that cannot be in a path, or is too long. */
int xml_api_get_line(struct http_text location, char ret[XML_API_LINE]);

/* Writes the document that the agent's answer (in output mode "xml") is for a client: what it put between
 * <XmlDoc> and its end, or, if that is a refusal, a <Fault> with the reason. call: what the client asked
 * for. -1: the answer is neither. */
enum xml_api_call { XML_API_GET, XML_API_PUT };
int xml_api_document(const struct ctl_block *answer, enum xml_api_call call, struct buf *out);
/* Writes the document for a location that xml_api_get_line has refused. */
void xml_api_bad_location(struct buf *out);

#endif
