/* SPDX-License-Identifier: MIT */
#include "same_site.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* Removes the port from a Host, and returns it as text; at is NULL if there is none. */
static struct http_text take_port(struct http_text *host)
{
	struct http_text none = { NULL, 0 };
	size_t name = host->len;
	while (name && host->at[name - 1] != ':' && host->at[name - 1] != ']')
		name--;
	if (!name || host->at[name - 1] == ']')
		return none;
	struct http_text port = { host->at + name, host->len - name };
	host->len = name - 1;
	return port;
}

/* Removes the brackets of an IPv6 address, or the final dot of an absolute name. Returns 1 if there were
 * brackets. */
static int strip(struct http_text *host)
{
	int has_brackets = host->len > 2 && host->at[0] == '[' && host->at[host->len - 1] == ']';
	if (has_brackets)
		*host = (struct http_text){ host->at + 1, host->len - 2 };
	else if (host->len > 1 && host->at[host->len - 1] == '.')
		host->len--;
	return has_brackets;
}

static int is_name(struct http_text host, const char *name)
{
	int has_brackets = strip(&host);
	return has_brackets == (strchr(name, ':') != NULL) && http_text_like(host, name);
}

/* Returns 1 if the certificate is valid for this host name or address. */
static int is_certified(struct http_text host, X509 *certificate)
{
	char text[256];
	int has_brackets = strip(&host);
	/* OpenSSL takes a name that begins with a dot for all names below a domain */
	if (!certificate || !host.len || host.len >= sizeof text || host.at[0] == '.')
		return 0;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	return X509_check_ip_asc(certificate, text, 0) == 1 ||
	       (!has_brackets && X509_check_host(certificate, text, host.len,
						 X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1);
}

int same_site_host(const struct http_request *r, const struct same_site *s)
{
	struct http_text host = http_request_header(r, "Host"), port = take_port(&host);
	char wanted[16];
	snprintf(wanted, sizeof wanted, "%d", s->port);
	if (port.at && !http_text_is(port, wanted))
		return 0;
	for (size_t i = 0; i < s->n; i++)
		if (is_name(host, s->names[i]))
			return 1;
	if (is_certified(host, s->certificate))
		return 1;
	int is_loopback = strncmp(s->local, "127.", 4) == 0 || strcmp(s->local, "::1") == 0;
	return is_name(host, s->local) || (is_loopback && is_name(host, "localhost"));
}

int same_site_origin(const struct http_request *r)
{
	static const char scheme[] = "https://";
	struct http_text origin = http_request_header(r, "Origin"), host = http_request_header(r, "Host"),
			 from = http_request_header(r, "Sec-Fetch-Site");
	if (from.at && !http_text_is(from, "same-origin") && !http_text_is(from, "none"))
		return 0;
	if (!origin.at)
		return 1;
	size_t n = sizeof scheme - 1;
	if (origin.len <= n || memcmp(origin.at, scheme, n) != 0)
		return 0;
	char name[300];
	if (host.len >= sizeof name)
		return 0;
	memcpy(name, host.at, host.len);
	name[host.len] = '\0';
	return http_text_like((struct http_text){ origin.at + n, origin.len - n }, name);
}
