/* SPDX-License-Identifier: MIT */
/* dns_address: the functions of dns that need no servers: addresses, ports and names as text. */
#include "dns_impl.h"

#include "base/num.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

void dns_address_text(const struct dns_address *a, char *ret, size_t size)
{
	if (!inet_ntop(a->family, a->bytes, ret, (socklen_t)size) && size)
		ret[0] = '\0';
}

int dns_address_equal(const struct dns_address *a, const struct dns_address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == AF_INET6 ? 16 : 4) == 0;
}

int dns_is_address(const char *text, struct dns_address *ret)
{
	struct dns_address a = { .family = AF_INET };
	char bare[DNS_ADDRESS_TEXT];
	size_t len = strlen(text);
	if (text[0] == '[' && len > 2 && text[len - 1] == ']' && len - 2 < sizeof bare) {
		memcpy(bare, text + 1, len - 2);
		bare[len - 2] = '\0';
		a.family = AF_INET6;
		text = bare;
	} else if (strchr(text, ':')) {
		a.family = AF_INET6;
	}
	if (inet_pton(a.family, text, a.bytes) != 1)
		return 0;
	if (ret)
		*ret = a;
	return 1;
}

void dns_sockaddr(const struct dns_address *a, int port, struct sockaddr_storage *ret, socklen_t *ret_len)
{
	memset(ret, 0, sizeof *ret);
	if (a->family == AF_INET6) {
		struct sockaddr_in6 *to = (struct sockaddr_in6 *)ret;
		to->sin6_family = AF_INET6;
		to->sin6_port = htons((uint16_t)port);
		memcpy(&to->sin6_addr, a->bytes, sizeof to->sin6_addr);
		*ret_len = sizeof *to;
	} else {
		struct sockaddr_in *to = (struct sockaddr_in *)ret;
		to->sin_family = AF_INET;
		to->sin_port = htons((uint16_t)port);
		memcpy(&to->sin_addr, a->bytes, sizeof to->sin_addr);
		*ret_len = sizeof *to;
	}
}

int dns_split_port(const char *text, int default_port, char ret_host[DNS_NAME_MAX], int *ret_port,
		   struct err *e)
{
	const char *host = text, *end = text + strlen(text), *port = NULL;
	const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL, *colon = strchr(text, ':');
	if (bracket) {
		host = text + 1;
		end = bracket;
		if (bracket[1] && bracket[1] != ':')
			return err_set(e, ERR_INPUT, 0, "\"%.80s\": expected a port or nothing after ]",
				       text);
		port = bracket[1] ? bracket + 2 : NULL;
		/* more than one colon: an IPv6 address without brackets */
	} else if (colon && !strchr(colon + 1, ':')) {
		end = colon;
		port = colon + 1;
	}
	size_t len = (size_t)(end - host);
	if (!len || len >= DNS_NAME_MAX)
		return err_set(e, ERR_INPUT, 0, "\"%.80s\": expected a name or address of 1 to %d characters",
			       text, DNS_NAME_MAX - 1);
	int64_t number = default_port;
	if (port && num_parse(port, 1, 65535, &number, e) < 0)
		return err_prefix(e, "\"%.80s\": port", text);
	memcpy(ret_host, host, len);
	ret_host[len] = '\0';
	*ret_port = (int)number;
	return 0;
}

static int is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static int check_label(const char *label, size_t len)
{
	if (!len || len > 63 || label[0] == '-' || label[len - 1] == '-')
		return -1;
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(label[i]))
			return -1;
	return 0;
}

int dns_normalise(const char *text, char ret[DNS_NAME_MAX], int *ret_is_absolute, struct err *e)
{
	size_t len = strlen(text);
	*ret_is_absolute = len > 1 && text[len - 1] == '.';
	len -= (size_t)*ret_is_absolute;
	if (!len || len >= DNS_NAME_MAX)
		return err_set(e, ERR_INPUT, 0, "\"%.80s\" is no host name: expected 1 to %d characters",
			       text, DNS_NAME_MAX - 1);
	for (size_t i = 0; i < len; i++)
		ret[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]);
	ret[len] = '\0';
	const char *label = ret, *dot;
	while ((dot = strchr(label, '.')) && check_label(label, (size_t)(dot - label)) == 0)
		label = dot + 1;
	if (check_label(label, strlen(label)) < 0)
		return err_set(e, ERR_INPUT, 0,
			       "\"%.80s\" is no host name: expected labels of letters, digits, hyphens",
			       text);
	/* Some programs treat 127.1 and 0x7f.1 as addresses, others as names. */
	if (label[0] >= '0' && label[0] <= '9' &&
	    (label[strspn(label, "0123456789")] == '\0' || label[1] == 'x'))
		return err_set(e, ERR_INPUT, 0, "\"%.80s\" is no host name: its last label is a number",
			       text);
	return 0;
}
