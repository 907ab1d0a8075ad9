/* SPDX-License-Identifier: MIT */
/* http_request: what is read, and above all what is refused; each also in single bytes. */
#include "../../src/web/http_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "Host: device.example\r\n"

/* Reads the bytes whole, and then as they would come one by one: both must say the same. */
static enum http_result read_it(const char *data, size_t len, struct http_request *ret)
{
	struct http_request whole;
	size_t searched = 0;
	enum http_result r = HTTP_INCOMPLETE, at_once = http_request_read(data, len, &searched, &whole);
	searched = 0;
	for (size_t n = 0; n <= len && r == HTTP_INCOMPLETE; n++)
		r = http_request_read(data, n, &searched, ret);
	assert_int_equal(r, at_once);
	assert_int_equal(ret->status, whole.status);
	assert_int_equal(ret->head_len, whole.head_len);
	*ret = whole;
	return r;
}

static void test_reads(void **state)
{
	static const char text[] =
		"POST /putxml?a=1 HTTP/1.1\r\n" HOST "content-length:12\r\nX-Empty:\r\n"
		"X-Blank:   a b  \r\nExpect: 100-Continue\r\nConnection: keep-alive\r\n\r\n<Command/>..";
	struct http_request r;
	(void)state;
	assert_int_equal(read_it(text, sizeof text - 1, &r), HTTP_READ);
	assert_true(http_text_is(r.method, "POST") && http_text_is(r.path, "/putxml") &&
		    http_text_is(r.query, "a=1"));
	assert_true(http_text_is(r.target, "/putxml?a=1"));
	assert_int_equal(r.head_len, sizeof text - 1 - 12);
	assert_int_equal(r.body_len, 12);
	assert_true(r.has_length && r.keeps_alive && r.expects_continue);
	assert_true(http_text_is(http_request_header(&r, "x-blank"), "a b"));
	assert_true(http_text_is(http_request_header(&r, "X-Empty"), ""));
	assert_null(http_request_header(&r, "Y").at);
}

static void test_closes(void **state)
{
	struct http_request r;
	(void)state;
	static const char text[] = "GET / HTTP/1.1\r\n" HOST "Connection: Upgrade, Close\r\n\r\n";
	assert_int_equal(read_it(text, sizeof text - 1, &r), HTTP_READ);
	assert_false(r.keeps_alive);
	assert_true(http_request_lists(&r, "connection", "upgrade"));
	assert_false(http_request_lists(&r, "connection", "upgr"));
	assert_null(r.query.at);
	static const char proxy[] = "GET / HTTP/1.1\r\n" HOST "Proxy-Connection: close\r\n\r\n";
	assert_int_equal(read_it(proxy, sizeof proxy - 1, &r), HTTP_READ);
	assert_false(r.keeps_alive);
}

/* The whole list of what lenient readers have taken. */
static void test_refusals(void **state)
{
#define GET "GET / HTTP/1.1\r\n" HOST
	static const struct {
		int status;
		const char *text;
		size_t len;
	} cases[] = {
#define CASE(status, text) { status, text, sizeof text - 1 }
		CASE(400, GET "Authorization: a\0b\r\n\r\n"),
		CASE(400, GET ": empty name\r\n\r\n"),
		CASE(400, GET "X: a\r\n folded\r\n\r\n"),
		CASE(400, GET "X: a\r\n\tfolded\r\n\r\n"),
		CASE(400, "GET / HTTP/1.1\r\n folded\r\n" HOST "\r\n"),
		CASE(400, "GET / HTTP/1.1\nHost: a\n\n"),
		CASE(400, GET "X: a\n\r\n"),
		CASE(400, GET "X: a\rY: b\r\n\r\n"),
		CASE(400, GET "X: a\r\r\n\r\n"),
		CASE(400, GET "\n"),
		CASE(400, "GET / HTTP/1.1\r\nX: no host\r\n\r\n"),
		CASE(400, GET HOST "\r\n"),
		CASE(400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
		CASE(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
		CASE(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
		CASE(400, GET "X : a\r\n\r\n"),
		CASE(400, GET "X\r\n\r\n"),
		CASE(400, GET "X: a\t\r\n\r\n"),
		CASE(400, GET "X:\ta\r\n\r\n"),
		CASE(400, GET "X Y: a\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-length: 1\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 01\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"),
		CASE(413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 4194305\r\n\r\n"),
		CASE(413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999999\r\n\r\n"),
		CASE(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"),
		CASE(501,
		     "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
		CASE(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n"),
		CASE(400, GET "Content-Length: 5\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nContent-Length: 5\r\n\r\n"),
		CASE(400, "POST / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nContent-Length: 0\r\n\r\n"),
		CASE(400, GET "X: a\177\r\n\r\n"),
		CASE(400, GET "Cookie: a\r\nCookie: b\r\n\r\n"),
		CASE(400, GET "Content-Type: a\r\nContent-Type: b\r\n\r\n"),
		CASE(400, GET "Origin: https://a\r\nOrigin: https://b\r\n\r\n"),
		CASE(400, GET "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n\r\n"),
		CASE(400, GET "Expect: 100-continue\r\nExpect: other\r\n\r\n"),
		CASE(400, GET "Upgrade: websocket\r\nUpgrade: h2c\r\n\r\n"),
		CASE(400, GET "Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: b\r\n\r\n"),
		CASE(400, GET "If-None-Match: a\r\nIf-None-Match: b\r\n\r\n"),
		CASE(400, GET "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8\r\n\r\n"),
		CASE(400, GET "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n\r\n"),
		CASE(400, GET "Authorization: a\r\nauthorization: b\r\n\r\n"),
		CASE(417, "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 200-ok\r\n\r\n"),
		CASE(400, "GET http://other/ HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET * HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET  / HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET / / HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET /\\a HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET /<a HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET /a> HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET /a|b HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET /a^`{} HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET /\303\244 HTTP/1.1\r\n" HOST "\r\n"),
		CASE(505, "GET / HTTP/1.0\r\n" HOST "\r\n"),
		CASE(505, "GET / HTTP/2.0\r\n" HOST "\r\n"),
		CASE(505, "GET / http/1.1\r\n" HOST "\r\n"),
		CASE(505, "GET / HTTP/1.1 \r\n" HOST "\r\n"),
		CASE(505, "GET /\r\n" HOST "\r\n"),
		CASE(505, "GET HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "get / HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "\r\nGET / HTTP/1.1\r\n" HOST "\r\n"),
		CASE(501, "DELETE / HTTP/1.1\r\n" HOST "\r\n"),
		CASE(501, "TRACE / HTTP/1.1\r\n" HOST "\r\n"),
		CASE(501, "PRI / HTTP/1.1\r\n" HOST "\r\n"),
		CASE(400, "\026\003\001\002\000\001\000\001\374\003\003"), /* TLS within TLS */
#undef CASE
	};
	struct http_request r;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum http_result is = read_it(cases[i].text, cases[i].len, &r);
		if (is != HTTP_REFUSED || r.status != cases[i].status)
			fail_msg("%s: expected %d, got %d %d %s", cases[i].text, cases[i].status, is,
				 r.status, r.why ? r.why : "");
	}
}

static void test_sizes(void **state)
{
	static char text[HTTP_HEAD_MAX + 100];
	struct http_request r;
	size_t searched = 0;
	(void)state;
	int n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST);
	memset(text + n, 'a', sizeof text - (size_t)n);
	assert_int_equal(http_request_read(text, HTTP_HEAD_MAX - 1, &searched, &r), HTTP_INCOMPLETE);
	assert_int_equal(http_request_read(text, HTTP_HEAD_MAX, &searched, &r), HTTP_REFUSED);
	assert_int_equal(r.status, 431);

	n = snprintf(text, sizeof text, "GET /");
	memset(text + n, 'a', HTTP_TARGET_MAX);
	snprintf(text + n + HTTP_TARGET_MAX, 100, " HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(read_it(text, strlen(text), &r), HTTP_REFUSED);
	assert_int_equal(r.status, 414);

	for (int len = 299; len <= 300; len++) {
		n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: ");
		memset(text + n, 'a', (size_t)len);
		snprintf(text + n + len, 10, "\r\n\r\n");
		assert_int_equal(read_it(text, strlen(text), &r), len < 300 ? HTTP_READ : HTTP_REFUSED);
	}
	static const char largest[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 4194304\r\n\r\n";
	assert_int_equal(read_it(largest, sizeof largest - 1, &r), HTTP_READ);

	for (int count = HTTP_HEADERS_MAX; count <= HTTP_HEADERS_MAX + 1; count++) {
		n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST);
		for (int i = 1; i < count; i++)
			n += snprintf(text + n, sizeof text - (size_t)n, "X%d: a\r\n", i);
		snprintf(text + n, sizeof text - (size_t)n, "\r\n");
		assert_int_equal(read_it(text, strlen(text), &r),
				 count == HTTP_HEADERS_MAX ? HTTP_READ : HTTP_REFUSED);
	}
	assert_int_equal(r.status, 431);
}

static void test_parameters(void **state)
{
	struct http_text query = { "a&location=%2FStatus%5B%40item%3d'2'%5D+x&location=b", 0 };
	char to[100];
	(void)state;
	query.len = strlen(query.at);
	assert_int_equal(http_text_decode(http_text_parameter(query, "Location"), to, sizeof to), 0);
	assert_string_equal(to, "/Status[@item='2'] x");
	assert_true(http_text_is(http_text_parameter(query, "a"), ""));
	assert_null(http_text_parameter(query, "b").at);
	static const char *const bad[] = { "%", "%2", "%zz", "%00", "%0a", "%7f", "a\nb" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(
			http_text_decode((struct http_text){ bad[i], strlen(bad[i]) }, to, sizeof to), -1);
	/* nothing behind the end of the text is read */
	assert_int_equal(http_text_decode((struct http_text){ "a%2F", 3 }, to, sizeof to), -1);
	assert_int_equal(http_text_decode((struct http_text){ "abc", 3 }, to, 3), -1);
	assert_int_equal(http_text_decode((struct http_text){ "abc", 3 }, to, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),      cmocka_unit_test(test_closes),
		cmocka_unit_test(test_refusals),   cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_parameters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
