/* SPDX-License-Identifier: MIT */
/* The head of a request, from whoever connects: it is read the same however its bytes arrive; what it says
 * lies within the bytes; what the program makes of it (credentials, cookies, Host, Origin, a location) has
 * an end. */
#include "../../src/web/credentials.h"
#include "../../src/web/http_request.h"
#include "../../src/web/same_site.h"
#include "../../src/web/xml_api.h"

#include <assert.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_within(struct http_text t, const char *data, size_t len)
{
	assert(!t.at || (t.at >= data && t.at + t.len <= data + len));
}

/* A certificate for a name, a wildcard and two addresses; the caller frees it. */
static X509 *certificate(void)
{
	static const char names[] = "DNS:device.test,DNS:*.device.test,IP:192.0.2.7,IP:2001:db8::7";
	X509 *ret = X509_new();
	X509_EXTENSION *all = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	assert(ret && all && X509_add_ext(ret, all, -1));
	X509_EXTENSION_free(all);
	return ret;
}

static void use(const struct http_request *r, const char *data)
{
	static const char *const names[] = { "device.example", "fd00::1" };
	struct credentials c;
	struct http_text item = { NULL, 0 };
	char line[XML_API_LINE];
	require_within(r->method, data, r->head_len);
	require_within(r->target, data, r->head_len);
	require_within(r->path, data, r->head_len);
	require_within(r->query, data, r->head_len);
	for (size_t i = 0; i < r->n_headers; i++) {
		require_within(r->headers[i].name, data, r->head_len);
		require_within(r->headers[i].value, data, r->head_len);
		assert(r->headers[i].name.len);
	}
	assert(r->body_len <= HTTP_BODY_MAX && http_request_header(r, "host").len);
	if (credentials_from_basic(http_request_header(r, "Authorization"), &c))
		assert(c.name[0] && !strpbrk(c.name, ":\r\n"));
	if (credentials_from_subprotocol(http_request_header(r, "Sec-WebSocket-Protocol"), &c, &item))
		assert(item.at && c.name[0]);
	struct same_site site = { names, 2, certificate(), "192.0.2.1", 443 };
	same_site_host(r, &site);
	X509_free(site.certificate);
	same_site_origin(r);
	if (xml_api_get_line(http_text_parameter(r->query, "location"), line) == 0)
		assert(strlen(line) < sizeof line && !strpbrk(line, "\r\n|?\""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request r, again;
	size_t searched = 0, step;
	char *text = malloc(size ? size : 1); /* exactly as long: the sanitizer sees a read past its end */
	memcpy(text, data, size);
	enum http_result is = http_request_read(text, size, &searched, &r), then = HTTP_INCOMPLETE;
	searched = 0;
	for (size_t n = 0; n < size && then == HTTP_INCOMPLETE; n += step) {
		step = 1 + n % 7 < size - n ? 1 + n % 7 : size - n;
		then = http_request_read(text, n + step, &searched, &again);
	}
	assert(size == 0 || is == then);
	assert(is != HTTP_REFUSED || (r.status >= 400 && r.status == again.status && r.why));
	if (is == HTTP_READ) {
		assert(r.head_len <= size && r.head_len == again.head_len);
		use(&r, text);
	}
	free(text);
	return 0;
}
