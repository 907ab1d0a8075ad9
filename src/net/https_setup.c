/* SPDX-License-Identifier: MIT */
/* https_setup: sets libcurl's options, once for each endpoint. */
#include "base/mem.h"
#include "https_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	CURLoption option;
	long value;
} numbers[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	{ CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	/* so that https_answer.c sees answers that are not HTTP, and refuses them */
	{ CURLOPT_HTTP09_ALLOWED, 1 },
	{ CURLOPT_HTTPAUTH, CURLAUTH_BASIC },
	{ CURLOPT_PATH_AS_IS, 1 },
	{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
	{ CURLOPT_POST, 1 },
	{ CURLOPT_TCP_NODELAY, 1 },
	{ CURLOPT_TCP_KEEPALIVE, 1 },
	{ CURLOPT_TCP_KEEPIDLE, 60 },
	{ CURLOPT_TCP_KEEPINTVL, 20 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_SSL_SESSIONID_CACHE, 0 }, /* a session of one trust epoch must not be resumed in another */
	{ CURLOPT_CA_CACHE_TIMEOUT, 0 },    /* libcurl's own store of roots must not be used */
	{ CURLOPT_SSL_OPTIONS, 0 },
	/* the minimum that libcurl accepts; each post under way has one such buffer */
	{ CURLOPT_UPLOAD_BUFFERSIZE, 16 << 10 },
	{ CURLOPT_BUFFERSIZE, 1 << 10 }, /* answers are short; a window holds a hundred of them */
};

static const struct {
	CURLoption option;
	const char *value;
} texts[] = {
	{ CURLOPT_PROTOCOLS_STR, "https" },
	{ CURLOPT_REDIR_PROTOCOLS_STR, "https" },
	{ CURLOPT_DEFAULT_PROTOCOL, "https" },
	{ CURLOPT_PROXY, "" }, /* no proxy, whatever the environment says */
	{ CURLOPT_NOPROXY, "*" },
	{ CURLOPT_CAINFO, NULL },
	{ CURLOPT_CAPATH, NULL }, /* Debian's libcurl has a default for it */
	{ CURLOPT_ACCEPT_ENCODING, NULL },
	{ CURLOPT_COOKIEFILE, NULL },
};

static int set_constants(struct https_endpoint *p)
{
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (curl_easy_setopt(p->easy, numbers[i].option, numbers[i].value) != CURLE_OK)
			return -1;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (curl_easy_setopt(p->easy, texts[i].option, texts[i].value) != CURLE_OK)
			return -1;
	return 0;
}

static int set_functions(struct https_endpoint *p)
{
	p->transfer.easy = p->easy;
	p->transfer.notified = https_call_on_transfer;
	p->transfer.arg = p;
	if (https_transfer_init(&p->transfer) != 0 ||
	    curl_easy_setopt(p->easy, CURLOPT_ERRORBUFFER, p->detail) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_SSL_CTX_FUNCTION, https_precheck_on_handshake) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_SSL_CTX_DATA, p) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_RESOLVER_START_FUNCTION, https_precheck_on_address_wanted) !=
		    CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_RESOLVER_START_DATA, p) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_PREREQFUNCTION, https_precheck_on_request) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_PREREQDATA, p) != CURLE_OK)
		return -1;
	return https_answer_adopt(&p->answer, p->easy);
}

/* Sets the options. If verification is on, libcurl's own checks are on, too. */
static int set_options(struct https_endpoint *p, const struct https_endpoint_options *o)
{
	if (curl_easy_setopt(p->easy, CURLOPT_CURLU, p->parsed) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_SSL_VERIFYPEER, (long)p->enforce) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_SSL_VERIFYHOST, p->enforce ? 2L : 0L) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, p->headers) != CURLE_OK)
		return -1;
	if (!o->user || !*o->user)
		return 0;
	if (curl_easy_setopt(p->easy, CURLOPT_USERNAME, o->user) != CURLE_OK ||
	    curl_easy_setopt(p->easy, CURLOPT_PASSWORD, o->password ? o->password : "") != CURLE_OK)
		return -1;
	return 0;
}

void https_setup_append(struct curl_slist **list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*list, text);
	if (!longer)
		abort();
	*list = longer;
}

int https_setup_check_header(const char *line, struct err *e)
{
	const char *s = line;
	while (*s > ' ' && *s < 0x7f && *s != ':')
		s++;
	if (s == line || *s != ':')
		return err_set(e, ERR_INPUT, 0, "\"%.80s\" is no header: expected Name: value", line);
	while ((unsigned char)*s >= ' ' && *s != 0x7f)
		s++;
	if (*s)
		return err_set(e, ERR_INPUT, 0, "header %.80s holds a control character: expected none",
			       line);
	return 0;
}

/* Parses the URL once, so that libcurl need not parse it for each post. */
static int parse_url(struct https_endpoint *p)
{
	const struct https_url *u = &p->url;
	char text[sizeof u->host + sizeof u->path + 32];
	int brackets = u->is_address && strchr(u->host, ':');
	snprintf(text, sizeof text, "https://%s%s%s:%d%s", brackets ? "[" : "", u->host, brackets ? "]" : "",
		 u->port, u->path);
	p->parsed = curl_url();
	if (!p->parsed)
		abort();
	return curl_url_set(p->parsed, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK ? 0 : -1;
}

int https_setup(struct https_endpoint *p, const struct https_endpoint_options *o, struct err *e)
{
	if (https_url_parse(o->url, &p->url, e) != 0)
		return -1;
	for (size_t i = 0; i < HTTPS_HEADERS_MAX && o->headers[i]; i++) {
		if (https_setup_check_header(o->headers[i], e) != 0)
			return -1;
		https_setup_append(&p->headers, o->headers[i]);
	}
	p->easy = curl_easy_init();
	if (!p->easy)
		abort();
	if (parse_url(p) == 0 && set_constants(p) == 0 && set_functions(p) == 0 && set_options(p, o) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, 0,
		       "this libcurl (%s) lacks an option: expected 7.88 or newer with OpenSSL",
		       curl_version());
}
