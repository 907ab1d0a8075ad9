/* SPDX-License-Identifier: MIT */
/* check: checks of values that several rows use: host names, addresses, URLs. */
#include "schema/value.h"

#include "base/num.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 253, LABEL_MAX = 63, INTERFACE_SIZE = 16 /* of a name in the kernel, with its NUL */ };

static int is_address(const char *text)
{
	unsigned char number[16];
	return inet_pton(AF_INET, text, number) == 1 || inet_pton(AF_INET6, text, number) == 1;
}

/* Returns NULL if text is a host name: letters, digits, hyphens and underscores between dots, whose last
 * label is not a number, as in an incomplete address. Otherwise returns what was expected. */
static const char *no_host_name(const char *text)
{
	size_t len = strlen(text), label = 0, digits = 0;
	if (len > HOST_MAX)
		return "a host name of at most 253 characters";
	if (len && text[len - 1] == '.')
		len--; /* a final dot, of a fully qualified name */
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if ((unsigned char)c >= 0x80)
			return "a host name in its ASCII form (xn--...)";
		if (c == '.') {
			if (!label || text[i - 1] == '-')
				return "a host name or IP address";
			label = digits = 0;
			continue;
		}
		if ((!isalnum((unsigned char)c) && c != '-' && c != '_') || (c == '-' && !label))
			return "a host name or IP address";
		if (++label > LABEL_MAX)
			return "a host name with at most 63 characters between dots";
		digits += isdigit((unsigned char)c) != 0;
	}
	return label && digits != label && text[len - 1] != '-' ? NULL : "a host name or IP address";
}

static int refuse(const char *expected, const char *text, struct err *e)
{
	char shown[SCHEMA_SHOWN];
	return err_set(e, ERR_INPUT, 0, "expected %s, got \"%s\"", expected, schema_value_shown(text, shown));
}

static int check_host(const char *text, struct err *e)
{
	const char *expected = is_address(text) ? NULL : no_host_name(text);
	return expected ? refuse(expected, text, e) : 0;
}

int schema_check_host(const char *text, struct err *e)
{
	if (!is_address(text) && strpbrk(text, ":/[]@"))
		return refuse("a host name or IP address alone, without scheme, port, brackets and path",
			      text, e);
	return check_host(text, e);
}

int schema_check_address(const char *text, struct err *e)
{
	return is_address(text) ? 0 : refuse("an IP address", text, e);
}

/* Only a link-local address has an interface, after a %. */
static int check_server_address(const char *text, struct err *e)
{
	static const char expected[] =
		"an IP address, with an interface behind % only where it is link-local (fe80::53%eth0)";
	char bare[HOST_MAX + 2];
	struct in6_addr six;
	size_t len = strcspn(text, "%"), interface = text[len] ? strlen(text + len + 1) : 0;
	if (!text[len])
		return schema_check_address(text, e);
	snprintf(bare, sizeof bare, "%.*s", (int)len, text);
	if (inet_pton(AF_INET6, bare, &six) != 1 || !IN6_IS_ADDR_LINKLOCAL(&six) || interface < 1 ||
	    interface >= INTERFACE_SIZE || strpbrk(text + len + 1, "%/: "))
		return refuse(expected, text, e);
	return 0;
}

/* Splits "[::1]:53", "host:53" or either without a port. */
static int split_port(const char *text, char host[HOST_MAX + 2], const char **port)
{
	const char *end = text + strlen(text), *colon = strchr(text, ':');
	*port = NULL;
	if (*text == '[') {
		end = strchr(++text, ']');
		if (!end || colon > end || !colon || (end[1] && end[1] != ':'))
			return -1; /* brackets are for IPv6 addresses */
		*port = end[1] ? end + 2 : NULL;
	} else if (colon && !strchr(colon + 1, ':')) {
		end = colon;
		*port = colon + 1;
	}
	if (end - text > HOST_MAX)
		return -1;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	return 0;
}

static int check_with_port(const char *text, int (*check)(const char *host, struct err *e),
			   const char *expected, struct err *e)
{
	char host[HOST_MAX + 2];
	const char *port;
	int64_t number;
	if (strstr(text, "://") || split_port(text, host, &port))
		return refuse(expected, text, e);
	if (port && num_parse(port, 1, 65535, &number, NULL))
		return refuse("a port from 1 to 65535 behind the colon", text, e);
	return check(host, e);
}

int schema_check_host_port(const char *text, struct err *e)
{
	return check_with_port(text, check_host,
			       "a host name or IP address, or either with a port (name:123, [::1]:123)", e);
}

int schema_check_address_port(const char *text, struct err *e)
{
	return check_with_port(text, check_server_address,
			       "an IP address, or one with a port (192.0.2.1:53, [2001:db8::1]:53)", e);
}

int schema_check_text(const char *text, struct err *e)
{
	for (size_t n; *text; text += n) {
		uint32_t point = 0;
		if (!(n = text_utf8(text, &point)))
			return err_set(e, ERR_INPUT, 0, "expected UTF-8 text");
		if (text_is_control(point))
			return err_set(e, ERR_INPUT, 0, "expected text without control characters");
	}
	return 0;
}

static int is_visible(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return !*text;
}

/* Refuses a URL that is not https; the error shows what to write instead. */
static int refuse_scheme(const char *text, struct err *e)
{
	char shown[SCHEMA_SHOWN];
	int http = !strncasecmp(text, "http://", 7);
	if (!http && strstr(text, "://"))
		return refuse("an https URL (https://server/path)", text, e);
	/* The corrected URL is shown in full, so that it can be copied. */
	const char *rest = text + (http ? 7 : 0);
	if (!is_visible(rest) || strlen(rest) > 300)
		rest = schema_value_shown(rest, shown);
	return err_set(e, ERR_INPUT, 0,
		       http ? "http is not spoken here, HTTPS only: write https://%s"
			    : "expected an https URL: write https://%s",
		       rest);
}

int schema_check_https_url(const char *text, struct err *e)
{
	if (strncasecmp(text, "https://", 8))
		return refuse_scheme(text, e);
	const char *authority = text + 8;
	size_t len = strcspn(authority, "/?#");
	char server[HOST_MAX + 10];
	if (!len || len >= sizeof server)
		return refuse("a server's name behind https://", text, e);
	if (memchr(authority, '@', len))
		return err_set(e, ERR_INPUT, 0,
			       "expected an https URL without a user name or password in it");
	for (const char *s = authority; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || strchr("\"<>\\^`{|}", *s))
			return refuse("an https URL of ASCII characters without blanks (others as %20 and "
				      "the like)",
				      text, e);
	if (strchr(authority, '#'))
		return refuse("an https URL without a fragment (#)", text, e);
	memcpy(server, authority, len);
	server[len] = '\0';
	if (*server != '[' && strchr(server, ':') != strrchr(server, ':'))
		return refuse("an IPv6 address in brackets, https://[2001:db8::1]/", text, e);
	return schema_check_host_port(server, e);
}
