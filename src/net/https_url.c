/* SPDX-License-Identifier: MIT */
/* https_url: parses https URLs, and refuses everything else with a reason. */
#include "base/num.h"
#include "net/https.h"
#include "schema/name.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { URL_MAX = 2304, LABEL_MAX = 63 };

/* Returns the length of the part between "//" and the next slash, which may contain a user name. */
static size_t authority_length(const char *after_slashes)
{
	return strcspn(after_slashes, "/?#\\");
}

static int refuse_http(const char *text, const char *authority, struct err *e)
{
	size_t n = authority_length(authority), host = n;
	if (n > 3 && memcmp(authority + n - 3, ":80", 3) == 0)
		host = n - 3;
	return err_set(e, ERR_INPUT, 0,
		       "%.200s is refused: only HTTPS is spoken here, write https://%.*s%.180s", text,
		       (int)host, authority, authority + n);
}

static int check_text(const char *text, struct err *e)
{
	size_t len = strlen(text);
	if (len == 0)
		return err_set(e, ERR_INPUT, 0, "the URL is empty: expected https://host/path");
	if (len > URL_MAX)
		return err_set(e, ERR_INPUT, 0, "the URL has %zu bytes: expected at most %d", len, URL_MAX);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c <= ' ' || c == 0x7f)
			return err_set(e, ERR_INPUT, 0, "the URL holds a %s at column %zu: expected none",
				       c == ' ' ? "blank" : "control character", i + 1);
	}
	const char *colon = strstr(text, "://");
	if (!colon)
		return err_set(e, ERR_INPUT, 0, "%.200s is no URL: expected https://host/path", text);
	const char *authority = colon + 3;
	if (authority_length(authority) == 0)
		return err_set(e, ERR_INPUT, 0, "%.200s has no host: expected https://host/path", text);
	/* checked before all other errors, so that no message contains a password */
	if (memchr(authority, '@', authority_length(authority)))
		return err_set(e, ERR_INPUT, 0,
			       "the URL holds a user name: expected https://host/path, "
			       "names and passwords have settings of their own");
	if (colon - text == 4 && strncasecmp(text, "http", 4) == 0)
		return refuse_http(text, authority, e);
	if (colon - text != 5 || strncasecmp(text, "https", 5) != 0)
		return err_set(e, ERR_INPUT, 0, "%.200s has the scheme \"%.*s\": expected https", text,
			       (int)(colon - text < 32 ? colon - text : 32), text);
	for (const char *s = authority + authority_length(authority); *s; s++)
		if (*s & 0x80)
			return err_set(e, ERR_INPUT, 0,
				       "the URL holds a character outside ASCII at column %td: "
				       "expected such as %%XX behind the host",
				       s - text + 1);
	return 0;
}

/* Returns 1 if the host consists of labels of letters, digits, '-' and '_', as in DNS and certificates. */
static int host_is_name(const char *host)
{
	size_t label = 0;
	for (const char *s = host; *s; s++) {
		if (*s == '.') {
			if (label == 0)
				return 0;
			label = 0;
		} else if ((!isalnum((unsigned char)*s) && *s != '-' && *s != '_') || ++label > LABEL_MAX) {
			return 0;
		}
	}
	/* no top-level domain is a number, so a host that ends in one is a short form of an address: "127.1"
	 * or "0x7f.1" */
	const char *last = label > 0 ? strrchr(host, '.') : NULL;
	last = last ? last + 1 : host;
	return label > 0 && last[strspn(last, "0123456789")] && strncmp(last, "0x", 2) != 0;
}

static int take_host(CURLU *u, struct https_url *ret, struct err *e)
{
	char *host = NULL, *zone = NULL;
	int result = -1;
	if (curl_url_get(u, CURLUPART_ZONEID, &zone, 0) == CURLUE_OK) {
		err_set(e, ERR_INPUT, 0, "the URL's address has a zone: expected a host name");
		goto out;
	}
	if (curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK || !*host) {
		err_set(e, ERR_INPUT, 0, "the URL has no host: expected https://host/path");
		goto out;
	}
	size_t len = strlen(host);
	const char *from = host;
	if (host[0] == '[' && host[len - 1] == ']') {
		from++;
		len -= 2;
	} else if (host[len - 1] == '.') {
		len--;
	}
	if (len == 0 || len >= sizeof ret->host) {
		err_set(e, ERR_INPUT, 0, "the URL's host has %zu bytes: expected 1 to %zu", len,
			sizeof ret->host - 1);
		goto out;
	}
	for (size_t i = 0; i < len; i++)
		ret->host[i] = (char)tolower((unsigned char)from[i]);
	ret->host[len] = '\0';
	ret->is_address = dns_is_address(ret->host, NULL);
	if (!ret->is_address && !host_is_name(ret->host)) {
		err_set(e, ERR_INPUT, 0, "\"%s\" is no host name: expected letters, digits, '-' and '.'",
			ret->host);
		goto out;
	}
	result = 0;
out:
	curl_free(host);
	curl_free(zone);
	return result;
}

static int take_port_and_path(CURLU *u, struct https_url *ret, struct err *e)
{
	char *port = NULL, *path = NULL, *query = NULL;
	int result = -1;
	int64_t number;
	if (curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
	    num_parse(port, 1, 65535, &number, NULL) != 0) {
		err_set(e, ERR_INPUT, 0, "the URL's port: expected a number from 1 to 65535");
		goto out;
	}
	ret->port = (int)number;
	curl_url_get(u, CURLUPART_QUERY, &query, 0);
	if (curl_url_get(u, CURLUPART_PATH, &path, 0) != CURLUE_OK) {
		err_set(e, ERR_INPUT, 0, "the URL's path cannot be read: expected https://host/path");
		goto out;
	}
	int len = snprintf(ret->path, sizeof ret->path, "%s%s%s", path, query ? "?" : "", query ? query : "");
	if (len < 0 || (size_t)len >= sizeof ret->path) {
		err_set(e, ERR_INPUT, 0, "the URL's path has %d bytes: expected at most %zu", len,
			sizeof ret->path - 1);
		goto out;
	}
	result = 0;
out:
	curl_free(port);
	curl_free(path);
	curl_free(query);
	return result;
}

int https_url_parse(const char *text, struct https_url *ret, struct err *e)
{
	char ascii[URL_MAX + 1];
	memset(ret, 0, sizeof *ret);
	if (check_text(text, e) != 0 || schema_name_ascii(text, ascii, sizeof ascii, e) != 0)
		return -1;
	CURLU *u = curl_url();
	if (!u)
		abort();
	int result = -1;
	CURLUcode rc = curl_url_set(u, CURLUPART_URL, ascii, CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
	if (rc != CURLUE_OK)
		err_set(e, ERR_INPUT, 0, "%.200s is no URL (%s): expected https://host/path", text,
			curl_url_strerror(rc));
	else if (take_host(u, ret, e) == 0 && take_port_and_path(u, ret, e) == 0)
		result = 0;
	curl_url_cleanup(u);
	return result;
}
