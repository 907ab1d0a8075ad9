/* SPDX-License-Identifier: MIT */
#include "wire/post.h"

#include "base/json.h"
#include "wire_identity.h"

#include <string.h>

static void json_member(const char *comma, const char *name, const char *value, struct buf *b)
{
	buf_addf(b, "%s\"%s\":{\"Value\":\"", comma, name);
	json_write_escaped(value, b);
	buf_adds(b, "\"}");
}

static void json_identity(const struct wire_identity *who, struct buf *b)
{
	buf_adds(b, "\"Identification\":{");
	json_member("", "SystemName", who->system_name, b);
	json_member(",", "MACAddress", who->mac_address, b);
	json_member(",", "IPAddress", who->ip_address, b);
	if (who->ip_address_v6[0])
		json_member(",", "IPAddressV6", who->ip_address_v6, b);
	json_member(",", "ProductType", who->product_type, b);
	json_member(",", "ProductID", who->product_id, b);
	json_member(",", "SWVersion", who->software_version, b);
	json_member(",", "SerialNumber", who->serial_number, b);
	buf_addc(b, '}');
}

void post_head(enum wire_format format, const struct wire_identity *who, struct buf *b)
{
	if (format == WIRE_JSON)
		json_identity(who, b);
	else
		identity_write(IDENTITY_DOCUMENT, who, 1, b);
}

static void write_xml(const struct buf *head, const struct doc *change, struct buf *b)
{
	int is_event = !strcmp(change->name, "Event");
	buf_addc(b, '<');
	buf_adds(b, change->name);
	buf_adds(b, ">\n");
	buf_add(b, buf_str(head), head->len);
	for (const struct doc *c = change->first; c; c = c->next)
		(is_event ? doc_print_xml_numbered : doc_print_xml)(c, 1, b);
	buf_adds(b, "</");
	buf_adds(b, change->name);
	buf_adds(b, ">\n");
}

static void write_json(const struct buf *head, const struct doc *change, struct buf *b)
{
	buf_addf(b, "{\"%s\":{", change->name);
	buf_add(b, buf_str(head), head->len);
	/* doc prints {"Status":{...}}; its inner members are appended after the Identification. */
	struct buf rest;
	buf_init(&rest, b->max);
	doc_print_json(change, &rest);
	size_t begin = strlen(change->name) + 5; /* {"Status":{ */
	if (rest.full)
		b->full = 1;
	else if (rest.len > begin + 2) {
		buf_addc(b, ',');
		buf_add(b, rest.data + begin, rest.len - begin);
	} else {
		buf_adds(b, "}}");
	}
	buf_done(&rest);
}

void post_body(enum wire_format format, const struct buf *head, const struct doc *change, struct buf *b)
{
	if (format == WIRE_JSON)
		write_json(head, change, b);
	else
		write_xml(head, change, b);
}

void post_write(enum wire_format format, const struct wire_identity *who, const struct doc *change,
		struct buf *b)
{
	struct buf head;
	buf_init(&head, b->max);
	post_head(format, who, &head);
	post_body(format, &head, change, b);
	if (head.full)
		b->full = 1;
	buf_done(&head);
}
