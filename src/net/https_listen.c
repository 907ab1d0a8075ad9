/* SPDX-License-Identifier: MIT */
#include "https_listen.h"

#include "base/num.h"

#include <stdio.h>
#include <string.h>

enum { LISTEN_MS = 2000, STATUS_AT = 9, STATUS_LEN = 3 };

void https_listen_begin(struct https_endpoint *p)
{
	char request[DNS_NAME_MAX + 80];
	size_t sent;
	int len = snprintf(request, sizeof request,
			   "HEAD / HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n\r\n", p->url.host,
			   p->url.port);
	p->call.state = HTTPS_LISTENING;
	p->call.listen_until_ms = loop_now_ms(p->https->o.loop) + LISTEN_MS;
	/* if the server has closed the connection already, its reason is read later */
	(void)curl_easy_send(p->easy, request, (size_t)len, &sent);
}

/* Returns the status of "HTTP/1.1 400 ..."; 0: it is no such line. */
static int status_of(const char *line, size_t len)
{
	char text[STATUS_LEN + 1];
	int64_t status = 0;
	if (len < STATUS_AT + STATUS_LEN || memcmp(line, "HTTP/1.", 7) != 0)
		return 0;
	snprintf(text, sizeof text, "%.*s", STATUS_LEN, line + STATUS_AT);
	return num_parse(text, 100, 999, &status, NULL) == 0 ? (int)status : 0;
}

int https_listen_is_over(struct https_endpoint *p, CURLcode *result)
{
	char line[256];
	size_t n = 0;
	CURLcode r = curl_easy_recv(p->easy, line, sizeof line, &n);
	int64_t left = p->call.listen_until_ms - loop_now_ms(p->https->o.loop);
	if (r == CURLE_AGAIN && left > 0)
		return 0;
	p->call.status = r == CURLE_OK ? status_of(line, n) : 0;
	*result = r == CURLE_AGAIN ? CURLE_OK : r;
	return 1;
}
