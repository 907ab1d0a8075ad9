/* SPDX-License-Identifier: MIT */
#include "wire_identity.h"

#include <string.h>

static void line(const char *name, const char *attributes, const char *value, unsigned indent, struct buf *b)
{
	buf_addf(b, "%*s<%s%s>", (int)(2 * indent), "", name, attributes);
	doc_escape_xml(value, b);
	buf_addf(b, "</%s>\n", name);
}

void identity_write(enum identity_form form, const struct wire_identity *who, unsigned indent, struct buf *b)
{
	int post_event = form == IDENTITY_POST_EVENT;
	char mac[sizeof who->mac_address];
	memcpy(mac, who->mac_address, sizeof mac);
	for (char *c = mac; form == IDENTITY_PHONEBOOK && *c; c++)
		*c = *c >= 'A' && *c <= 'F' ? (char)(*c - 'A' + 'a') : *c;
	buf_addf(b, "%*s<Identification>\n", (int)(2 * indent), "");
	line("SystemName", "", who->system_name, indent + 1, b);
	line("MACAddress", "", mac, indent + 1, b);
	line("IPAddress", "", who->ip_address, indent + 1, b);
	if (who->ip_address_v6[0])
		line("IPAddressV6", " type=\"Local\"", who->ip_address_v6, indent + 1, b);
	line("ProductType", "", post_event ? "TANDBERG Codec" : who->product_type, indent + 1, b);
	line("ProductID", "", who->product_id, indent + 1, b);
	line("SWVersion", "", who->software_version, indent + 1, b);
	if (post_event)
		line("HWBoard", "", who->hardware_board, indent + 1, b);
	line("SerialNumber", "", who->serial_number, indent + 1, b);
	buf_addf(b, "%*s</Identification>\n", (int)(2 * indent), "");
}
