#include "wire/feedback.h"

#include "identity.h"

#include <string.h>

void feedback_write_identity(const struct wire_identity *who, unsigned indent, struct buf *b)
{
	identity_write(IDENTITY_DOCUMENT, who, indent, b);
}

static void number_all(struct doc *d)
{
	for (struct doc *c = d->first; c; c = c->next) {
		c->item = c->item ? c->item : 1;
		number_all(c);
	}
}

static void write_xml(const struct wire_identity *who, const struct doc *change, struct buf *b)
{
	struct doc *numbered = NULL;
	if (!strcmp(change->name, "Event")) {
		numbered = doc_copy(change);
		number_all(numbered);
		change = numbered;
	}
	buf_addf(b, "<%s>\n", change->name);
	feedback_write_identity(who, 1, b);
	for (const struct doc *c = change->first; c; c = c->next)
		doc_print_xml(c, 1, b);
	buf_addf(b, "</%s>\n", change->name);
	doc_free(numbered);
}

static void json_member(const char *comma, const char *name, const char *value, struct buf *b)
{
	buf_addf(b, "%s\"%s\":{\"Value\":\"", comma, name);
	doc_escape_json(value, b);
	buf_adds(b, "\"}");
}

static void write_json(const struct wire_identity *who, const struct doc *change, struct buf *b)
{
	buf_addf(b, "{\"%s\":{\"Identification\":{", change->name);
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
	/* doc prints {"Status":{...}}: its members follow ours. */
	struct buf rest;
	buf_init(&rest, b->max);
	doc_print_json(change, &rest);
	size_t head = strlen(change->name) + 5;		/* {"Status":{ */
	if (rest.full)
		b->full = 1;
	else if (rest.len > head + 2) {
		buf_addc(b, ',');
		buf_add(b, rest.data + head, rest.len - head);
	} else {
		buf_adds(b, "}}");
	}
	buf_done(&rest);
}

void feedback_write(enum wire_format format, const struct wire_identity *who, const struct doc *change, struct buf *b)
{
	if (format == WIRE_JSON)
		write_json(who, change, b);
	else
		write_xml(who, change, b);
}

const char *feedback_content_type(enum wire_format format)
{
	return format == WIRE_JSON ? "application/json" : "text/xml; charset=utf-8";
}
