/* SPDX-License-Identifier: MIT */
/* What sealpost-web makes of a request before the agent is asked: credentials, Host and Origin, rates,
 * locations, settings, messages of JSON-RPC and their answers. */
#include "../../src/web/credentials.h"
#include "../../src/web/listener.h"
#include "../../src/web/rate.h"
#include "../../src/web/rpc_answer.h"
#include "../../src/web/same_site.h"
#include "../../src/web/server.h"
#include "../../src/web/web_settings.h"
#include "../../src/web/xml_api.h"
#include "base/log.h"
#include "base/mem.h"
#include "factory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct http_text text(const char *s)
{
	return (struct http_text){ s, strlen(s) };
}

/* Reads a name and a password of so many characters. */
static int long_ones(size_t name, size_t password, struct credentials *ret)
{
	unsigned char plain[2000];
	char value[3000] = "Basic ";
	memset(plain, 'x', name + 1 + password);
	plain[name] = ':';
	EVP_EncodeBlock((unsigned char *)value + 6, plain, (int)(name + 1 + password));
	return credentials_from_basic(text(value), ret);
}

static void test_credentials(void **state)
{
	struct credentials c;
	struct http_text item;
	(void)state;
	assert_int_equal(credentials_from_basic(text("Basic YWRtaW46w6Q6Yg=="), &c), 1);
	assert_string_equal(c.name, "admin");
	assert_string_equal(c.password, "\303\244:b");
	assert_int_equal(credentials_from_basic(text("basic YWRtaW46"), &c), 1);
	assert_string_equal(c.password, "");
	/* ISO 8859-1, which some clients send */
	assert_int_equal(credentials_from_basic(text("Basic YWRtaW465Pw="), &c), 1);
	assert_string_equal(c.password, "\303\244\303\274");
	static const char *const bad[] = { "Basic",
					   "Basic ",
					   "Bearer YWRtaW46",
					   "Basic YWRtaW4=" /* no colon */,
					   "Basic OmE=" /* no name */,

					   "Basic YQpiOmE=" /* LF */,
					   "Basic YTpiHw==" /* the last control character below the blank */,
					   "Basic YTpifw==" /* DEL */,
					   "Basic YToA" /* NUL */,
					   "Basic !!!!" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(credentials_from_basic(text(bad[i]), &c), 0);
		assert_string_equal(c.name, "");
	}
	/* as long as they may be, and one more */
	for (size_t more = 0; more < 2; more++) {
		assert_int_equal(long_ones(sizeof c.name - 1 + more, 5, &c), !more);
		assert_int_equal(long_ones(5, sizeof c.password - 1 + more, &c), !more);
	}
	/* longer than the space in which it is decoded */
	assert_int_equal(long_ones(5, 1900, &c), 0);
	static char protocol[3000] = "auth-";
	memset(protocol + 5, 'Y', sizeof protocol - 6);
	assert_int_equal(credentials_from_subprotocol(text(protocol), &c, &item), 0);
	/* "admin:??>" has both letters that URLs cannot have */
	assert_int_equal(credentials_from_subprotocol(text("chat, auth-YWRtaW46Pz8-"), &c, &item), 1);
	assert_string_equal(c.password, "?\?>");
	assert_true(http_text_is(item, "auth-YWRtaW46Pz8-"));
	assert_int_equal(credentials_from_subprotocol(text("auth-YWRtaW46w7_Dvw"), &c, &item), 1);
	assert_string_equal(c.password, "\303\277\303\277");
	static const struct credentials none;
	credentials_wipe(&c);
	assert_memory_equal(&c, &none, sizeof c);
	assert_int_equal(credentials_from_subprotocol(text("auth-, chat"), &c, &item), 0);
}

static int site(const char *headers, const struct same_site *s)
{
	static char head[2000];
	struct http_request r;
	size_t searched = 0;
	snprintf(head, sizeof head, "POST /putxml HTTP/1.1\r\n%s\r\n", headers);
	assert_int_equal(http_request_read(head, strlen(head), &searched, &r), HTTP_READ);
	return s ? same_site_host(&r, s) : same_site_origin(&r);
}

static void test_same_site(void **state)
{
	static const char *const names[] = { "codec.example", "fd00::7" };
	const struct same_site s = { names, 2, NULL, "192.0.2.1", 443 },
			       other = { names, 2, NULL, "127.0.0.1", 8443 },
			       six = { names, 2, NULL, "::1", 443 };
	static const char *const ours[] = { "codec.example", "CODEC.example.", "codec.example:443",
					    "192.0.2.1",     "192.0.2.1:443",  "[fd00::7]",
					    "[fd00::7]:443" };
	static const char *const strange[] = { "evil.example",   "codec.example:8443", "192.0.2.2",
					       "[fd00::8]",      "localhost",          "codec.example.evil",
					       "codec.example:", "xcodec.example",     "[fd00::7",
					       "fd00::7:443",    "[codec.example]",    "xfd00::7]" };
	char line[200];
	(void)state;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		snprintf(line, sizeof line, "Host: %s\r\n", ours[i]);
		assert_true(site(line, &s));
	}
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		snprintf(line, sizeof line, "Host: %s\r\n", strange[i]);
		assert_false(site(line, &s));
	}
	assert_true(site("Host: localhost:8443\r\n", &other));
	assert_true(site("Host: localhost\r\n", &six));
	assert_true(site("Host: a\r\n", NULL));
	assert_true(site("Host: a\r\nOrigin: https://A\r\nSec-Fetch-Site: same-origin\r\n", NULL));
	assert_true(site("Host: a:8443\r\nOrigin: https://a:8443\r\nSec-Fetch-Site: none\r\n", NULL));
	static const char *const elsewhere[] = { "Origin: https://b\r\n",
						 "Origin: null\r\n",
						 "Origin: http://a\r\n",
						 "Origin: http://xa\r\n",
						 "Origin: https://a:1\r\n",
						 "Origin: https://a.b\r\n",
						 "Origin:\r\n",
						 "Origin: https://\r\n",
						 "Sec-Fetch-Site: cross-site\r\n",
						 "Sec-Fetch-Site: same-site\r\n",
						 "Sec-Fetch-Site:\r\n",
						 "Origin: https://a\r\nSec-Fetch-Site: cross-site\r\n" };
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
		snprintf(line, sizeof line, "Host: a\r\n%s", elsewhere[i]);
		assert_false(site(line, NULL));
	}
}

static void test_names_in_the_certificate(void **state)
{
	struct recipe many = { .subject = "/CN=cn.example" };
	static char names[4000] =
		"subjectAltName=IP:192.0.2.7,IP:fd00::7,DNS:*.rooms.example,DNS:w*.part.example";
	char line[200];
	(void)state;
	for (size_t i = 0, n = strlen(names); i < 100; i++, n = strlen(names))
		snprintf(names + n, sizeof names - n, ",DNS:room-%zu.example", i);
	many.add[0] = names;
	struct made leaf = factory_make(&many, NULL, factory_leaf);
	const struct same_site s = { .certificate = leaf.x, .local = "192.0.2.1", .port = 443 };
	static const char *const ours[] = { "room-0.example", "ROOM-99.example.:443", "a.rooms.example",
					    "192.0.2.7:443",  "[fd00:0::7]",          "192.0.2.1" };
	static const char *const strange[] = {
		"room-100.example", "cn.example", "a.b.rooms.example", ".rooms.example",   ".example",
		"192.0.2.8",        "[fd00::8]",  "room-0.example:1",  "[room-0.example]", "wx.part.example",
	};
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
		snprintf(line, sizeof line, "Host: %s\r\n", ours[i]);
		if (!site(line, &s))
			fail_msg("%s is refused", ours[i]);
	}
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		snprintf(line, sizeof line, "Host: %s\r\n", strange[i]);
		if (site(line, &s))
			fail_msg("%s is accepted", strange[i]);
	}
	factory_free(&leaf);
}

static void key_of(const char *address, unsigned char key[16], const char *shown)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct server_peer p;
	int is_six = inet_pton(AF_INET6, address, &six.sin6_addr) == 1;
	inet_pton(AF_INET, address, &four.sin_addr);
	listener_describe(-1, is_six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four, &p);
	assert_string_equal(p.text, shown ? shown : address);
	memcpy(key, p.key, sizeof p.key);
}

/* By what clients are counted: an address of IPv4, a network of 64 bits of IPv6. */
static void test_peers(void **state)
{
	static const struct {
		const char *one, *other;
		int is_same;
	} pairs[] = {
		{ "192.0.2.1", "192.0.2.1", 1 },
		{ "192.0.2.1", "192.0.2.2", 0 },
		{ "2001:db8::1", "2001:db8::ffff:0:0:2", 1 },
		{ "2001:db8::1", "2001:db8:0:1::1", 0 },
		{ "0.0.0.0", "::", 0 },
	};
	unsigned char one[16], other[16];
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		key_of(pairs[i].one, one, NULL);
		key_of(pairs[i].other, other, NULL);
		assert_int_equal(memcmp(one, other, sizeof one) == 0, pairs[i].is_same);
	}
	/* one of IPv4 that came to a socket of IPv6 */
	key_of("::ffff:192.0.2.1", one, "192.0.2.1");
	key_of("192.0.2.1", other, NULL);
	assert_memory_equal(one, other, sizeof one);
}

static void test_rate(void **state)
{
	struct rate r = { 0 };
	const struct rate_limit l = { 1, 30 };
	(void)state;
	assert_int_equal(rate_take(&r, &l, 5000), 0);
	for (int i = 1; i <= 30; i++)
		assert_int_equal(rate_take(&r, &l, 5000), 1000 * i);
	assert_int_equal(rate_take(&r, &l, 5000), -1);
	assert_int_equal(rate_take(&r, &l, 6000), 30000); /* one was answered meanwhile */
	assert_int_equal(rate_take(&r, &l, 6000), -1);
	assert_int_equal(rate_take(&r, &l, 90000), 0);
	assert_int_equal(rate_take(&r, &(struct rate_limit){ 0, 0 }, 90000), 0);
	/* As many as can be set: there still is a limit. */
	struct rate quick = { 0 };
	assert_int_equal(rate_take(&quick, &(struct rate_limit){ 10000, 0 }, 5000), 0);
	assert_int_equal(rate_take(&quick, &(struct rate_limit){ 10000, 0 }, 5000), -1);
	/* Nobody waits so long that the connection would be ended before the answer. */
	const struct rate_limit patient = { 1, 1000 };
	struct rate slow = { 0 };
	for (int i = 0; i <= 120; i++)
		assert_int_equal(rate_take(&slow, &patient, 5000), 1000 * i);
	assert_int_equal(rate_take(&slow, &patient, 5000), -1);
}

static struct server_peer peer_of(size_t i)
{
	struct server_peer p = { .key = { 4 } };
	memcpy(p.key + 1, &i, sizeof i);
	snprintf(p.text, sizeof p.text, "192.0.2.1");
	return p;
}

/* Somebody who has used up his rate does not get another one because of the many addresses that came after
 * his, as long as the rates of others were used up before. */
static void test_rates_of_addresses(void **state)
{
	struct server *s = mem_new(sizeof *s);
	(void)state;
	for (size_t i = 0; i < SERVER_RATES + 10; i++) {
		struct server_peer p = peer_of(i);
		server_rate_of(s, &p)->next_ms = 1000 + (int64_t)i;
	}
	for (size_t i = 10; i < SERVER_RATES + 10; i++) {
		struct server_peer p = peer_of(i);
		assert_int_equal(server_rate_of(s, &p)->next_ms, 1000 + (int64_t)i);
	}
	struct server_peer first = peer_of(0);
	assert_int_equal(server_rate_of(s, &first)->next_ms, 0);
	free(s);
}

static void hear(void *arg, enum log_level level, const char *line)
{
	char *heard = arg;
	size_t len = strlen(heard);
	(void)level;
	snprintf(heard + len, 2000 - len, "%s\n", line);
}

/* What a client has written cannot pass for a line of the log, and many refusals do not flood it. */
static void test_log_of_refusals(void **state)
{
	struct server *s = mem_new(sizeof *s);
	struct server_peer p = peer_of(0);
	static char heard[2000];
	const struct server_refusal r = { 401, "why", "a\nb \033[2J", "/x\n(1 refused", &p };
	(void)state;
	log_set_tap(hear, heard);
	for (int i = 0; i < 3; i++)
		server_log_refusal(s, &r);
	assert_string_equal(heard,
			    "web: a request from 192.0.2.1 by \"a\\nb \\u001b[2J\" for \"/x\\n(1 refused\" "
			    "was refused with 401: why (1 refused since the last such line)\n");
	heard[0] = '\0';
	s->requests_refused_ms -= 11 * 1000;
	server_log_refusal(s, &(struct server_refusal){ .status = 400, .why = "no", .peer = &p });
	assert_string_equal(heard,
			    "web: a request from 192.0.2.1 for \"\" was refused with 400: no (3 refused "
			    "since the last such line)\n");
	heard[0] = '\0';
	for (int i = 0; i < 3; i++)
		server_log_closed(s, &p);
	assert_non_null(strstr(heard, "(1 closed since the last such line)"));
	assert_null(strstr(strchr(heard, '\n') + 1, "closed"));
	log_set_tap(NULL, NULL);
	free(s);
}

static void test_locations(void **state)
{
	char line[XML_API_LINE];
	(void)state;
	assert_int_equal(xml_api_get_line(text("%2FStatus%2FAudio"), line), 0);
	assert_string_equal(line, "xGetxml /Status/Audio");
	assert_int_equal(xml_api_get_line(text("//Call[@item=%223%22]"), line), 0);
	assert_string_equal(line, "xGetxml //Call[@item='3']");
	static const char *const bad[] = {
		"", "/a%0axCommand+Boot", "/a+|+resultId=%22x%22", "/Status?", "%7Fa", "/a;b", "%c3%a4"
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(xml_api_get_line(text(bad[i]), line), -1);
	assert_int_equal(xml_api_get_line((struct http_text){ NULL, 0 }, line), -1);
	/* as long as it may be, and one more */
	static char longest[XML_API_LINE];
	size_t most = sizeof longest - sizeof "xGetxml ";
	memset(longest, 'a', most + 1);
	assert_int_equal(xml_api_get_line(text(longest), line), -1);
	longest[most] = '\0';
	assert_int_equal(xml_api_get_line(text(longest), line), 0);
}

static void expect_document(int status, const char *answer, enum xml_api_call call, const char *wanted)
{
	struct buf out;
	const struct ctl_block b = { .text = answer, .len = strlen(answer), .status = status };
	buf_init(&out, 1000);
	int r = xml_api_document(&b, call, &out);
	assert_int_equal(r, wanted ? 0 : -1);
	if (wanted)
		assert_string_equal(buf_str(&out), wanted);
	buf_done(&out);
}

static void test_documents(void **state)
{
	(void)state;
	expect_document(0, "<XmlDoc resultId=\"\">\n<EmptyResult/>\n</XmlDoc>\n", XML_API_GET,
			"<?xml version=\"1.0\"?>\n<EmptyResult/>\n");
	expect_document(65,
			"<XmlDoc resultId=\"\">\n<Result status=\"Error\">\n  <Reason>a &lt; "
			"b</Reason>\n</Result>\n</XmlDoc>\n",
			XML_API_GET,
			"<?xml version=\"1.0\"?>\n<Fault>\n  <XPathError>a &lt; b</XPathError>\n</Fault>\n");
	expect_document(65,
			"<XmlDoc resultId=\"\">\n<Command>\n  <DialResult "
			"status=\"Error\"/>\n</Command>\n</XmlDoc>\n",
			XML_API_PUT,
			"<?xml version=\"1.0\"?>\n<Command>\n  <DialResult status=\"Error\"/>\n</Command>\n");
	expect_document(0, "\nOK\n\n", XML_API_GET, NULL);
	expect_document(0, "<XmlDoc resultId=\"\">\n", XML_API_GET, NULL);
	/* one that does not fit is not handed out in part */
	static const char answer[] = "<XmlDoc resultId=\"\">\n<EmptyResult/>\n</XmlDoc>\n";
	struct buf little;
	buf_init(&little, 30);
	assert_int_equal(xml_api_document(&(struct ctl_block){ .text = answer, .len = sizeof answer - 1 },
					  XML_API_GET, &little),
			 -1);
	buf_done(&little);
}

static void test_settings(void **state)
{
	static const char answer[] = "{\n\"CommandResponse\":{\"WebResult\":{\"status\":\"OK\","
				     "\"Generation\":17,\"Mode\":\"On\",\"Port\":8443,"
				     "\"Addresses\":\"127.0.0.1 ::1\",\"Names\":\"a.example "
				     "b\",\"Certificate\":\"c\",\"Key\":\"k\",\"SelfSigned\":\"True\","
				     "\"MinimumTLSVersion\":\"TLSv1.3\",\"VerifyClientCertificate\":\"Off\","
				     "\"StrictTransportSecurity\":\"On\","
				     "\"Websocket\":\"On\",\"BasicRate\":5,\"BasicQueue\":6,\"SessionRate\":"
				     "7,\"SessionQueue\":8,\"Date\":1700000000}}\n}\n";
	struct web_settings s, t;
	struct err e;
	(void)state;
	assert_int_equal(web_settings_read(answer, sizeof answer - 1, &s, &e), 0);
	assert_true(s.is_on && s.tls_1_3_only && !s.verifies_clients && s.strict_transport && s.websocket &&
		    s.self_signed);
	assert_int_equal(s.generation, 17);
	assert_int_equal(s.port, 8443);
	assert_int_equal(s.date, 1700000000);
	assert_int_equal(s.n_addresses, 2);
	assert_string_equal(s.addresses[1], "::1");
	assert_int_equal(s.n_names, 2);
	assert_string_equal(s.names[0], "a.example");
	assert_string_equal(s.key, "k");
	assert_true(s.basic.per_second == 5 && s.basic.queue == 6 && s.session.per_second == 7 &&
		    s.session.queue == 8);
	assert_int_equal(s.revocation, WEB_REVOCATION_OFF);
	t = s;
	assert_true(web_settings_same_place(&s, &t));
	t.port = 443;
	assert_false(web_settings_same_place(&s, &t));
	t = s;
	t.n_addresses = 1;
	assert_false(web_settings_same_place(&s, &t));
	t = s;
	t.addresses[1][0] = '1';
	assert_false(web_settings_same_place(&s, &t));
	web_settings_done(&s);
	assert_int_equal(web_settings_read("{}", 2, &s, &e), -1);
	assert_int_equal(web_settings_read("\nOK\n", 4, &s, &e), -1);
}

static void read_settings(const char *members, struct web_settings *ret)
{
	char answer[2000];
	struct err e;
	int len = snprintf(answer, sizeof answer,
			   "{\"CommandResponse\":{\"WebResult\":{\"Generation\":1%s}}}", members);
	assert_int_equal(web_settings_read(answer, (size_t)len, ret, &e), 0);
}

/* What decides which clients are accepted; and each change of it ends the connections that were begun
 * before. */
static void test_settings_for_clients(void **state)
{
#define CLIENTS        ",\"Certificate\":\"c\",\"VerifyClientCertificate\":\"On\""
#define VERIFIED(mode) CLIENTS ",\"Roots\":\"r\",\"RevocationLists\":\"l\",\"RevocationMode\":\"" mode "\""
	static const char *const different[] = {
		VERIFIED("Hard"),
		VERIFIED("Soft"),
		VERIFIED("Off"),
		VERIFIED("Hard") ",\"MinimumTLSVersion\":\"TLSv1.3\"",
		VERIFIED("Hard") ",\"Websocket\":\"On\"",
		CLIENTS ",\"Roots\":\"other\",\"RevocationLists\":\"l\",\"RevocationMode\":\"Hard\"",
		CLIENTS ",\"Roots\":\"r\",\"RevocationLists\":\"other\",\"RevocationMode\":\"Hard\"",
		",\"Certificate\":\"other\"",
		",\"Certificate\":\"c\"",
	};
	enum { N = sizeof different / sizeof *different };
	char digests[N][WEB_SETTINGS_DIGEST];
	struct web_settings s;
	(void)state;
	for (size_t i = 0; i < N; i++) {
		read_settings(different[i], &s);
		web_settings_digest(&s, digests[i]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(digests[i], digests[k]);
		web_settings_done(&s);
	}
	read_settings(VERIFIED("Hard"), &s);
	assert_true(s.verifies_clients);
	assert_string_equal(s.roots, "r");
	assert_string_equal(s.lists, "l");
	assert_int_equal(s.revocation, WEB_REVOCATION_HARD);
	web_settings_done(&s);
	read_settings(VERIFIED("Soft"), &s);
	assert_int_equal(s.revocation, WEB_REVOCATION_SOFT);
	web_settings_done(&s);
	/* What an older agent does not tell, and what cannot be, leaves the limits. */
	read_settings(",\"SessionRate\":-1,\"Names\":\"a  b\"", &s);
	assert_true(s.basic.per_second == 1 && s.basic.queue == 30 && s.session.per_second == 15 &&
		    s.session.queue == 90);
	assert_int_equal(s.n_names, 2);
	web_settings_done(&s);
	/* a name that is too long is left out, not cut to another one */
	char long_name[WEB_NAME_MAX + 40] = ",\"Names\":\"";
	size_t at = strlen(long_name);
	memset(long_name + at, 'a', WEB_NAME_MAX);
	snprintf(long_name + at + WEB_NAME_MAX, 10, " b\"");
	read_settings(long_name, &s);
	assert_int_equal(s.n_names, 1);
	assert_string_equal(s.names[0], "b");
	web_settings_done(&s);
}

/* --- JSON-RPC --- */

static void expect_line(const char *message, const char *line)
{
	struct rpc_request r;
	struct rpc_fault f;
	if (rpc_request_read(message, strlen(message), &r, &f) < 0)
		fail_msg("%s: %s", message, f.message);
	if (!r.line || strcmp(r.line, line) != 0)
		fail_msg("%s: expected %s, got %s", message, line, r.line ? r.line : "nothing");
	rpc_request_done(&r);
}

static void expect_fault(const char *message, int code)
{
	struct rpc_request r;
	struct rpc_fault f = { .code = RPC_COMMAND_FAILED };
	if (rpc_request_read(message, strlen(message), &r, &f) == 0 || (int)f.code != code)
		fail_msg("%s: expected %d, got %d", message, code, f.code);
	rpc_request_done(&r);
}

#define CALL(method, params)   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}"
#define NOTIFY(method, params) "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params "}"

static void test_rpc_lines(void **state)
{
	(void)state;
	expect_line(CALL("xGet", "{\"Path\":[\"Status\",\"Audio\",\"Volume\"]}"),
		    "xStatus /Status/Audio/Volume");
	expect_line(CALL("xGet", "{\"Path\":[\"Configuration\",\"SIP\",\"Proxy\",1,\"Address\"]}"),
		    "xConfiguration /Configuration/SIP/Proxy[1]/Address");
	expect_line(CALL("xQuery", "{\"Query\":[\"Status\",\"**\",\"DisplayName\"]}"),
		    "xStatus /Status//DisplayName");
	expect_line(CALL("xQuery", "{\"Query\":[\"Status\",\"Call\",\"*\",\"**\"]}"),
		    "xStatus /Status/Call/*");
	expect_line(
		CALL("xSet",
		     "{\"Path\":[\"Configuration\",\"SystemUnit\",\"Name\"],\"Value\":\"a \\\"b\\\" \\n\"}"),
		"xConfiguration SystemUnit Name: \"a \\\"b\\\" \\n\"");
	expect_line(CALL("xSet", "{\"Path\":[\"Configuration\",\"SIP\",\"Proxy\",2,\"Port\"],\"Value\":7}"),
		    "xConfiguration SIP Proxy 2 Port: \"7\"");
	expect_line(
		CALL("xCommand/Video/Selfview/Set", "{\"Mode\":\"On\",\"N\":-5,\"B\":true,\"L\":[\"a\",2]}"),
		"xCommand Video Selfview Set Mode: \"On\" N: \"-5\" B: \"True\" L: \"a\" L: \"2\"");
	expect_line(CALL("xCommand/A", "{\"B\":[0.1,-2.50,100000.0,1e300,0.30000000000000004]}"),
		    "xCommand A B: \"0.1\" B: \"-2.5\" B: \"100000\" B: \"1e+300\" B: "
		    "\"0.30000000000000004\"");
	expect_line("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"xCommand/Standby/Reset\"}",
		    "xCommand Standby Reset");
	expect_line(CALL("xCommand/Standby/Reset", "[]"), "xCommand Standby Reset");
	expect_line(CALL("xCommand/Standby/Reset", "null"), "xCommand Standby Reset");
	expect_line(CALL("xDoc", "{\"Path\":[\"Command\",\"Dial\"],\"Type\":\"Schema\"}"),
		    "xDocument Path: \"Command/Dial\" Schema: True");
	expect_line(CALL("xDoc", "{\"Path\":[\"Status\",\"Call\",2,\"A\"],\"Type\":\"Text\"}"),
		    "xDocument Path: \"Status/Call/2/A\"");
	expect_line(CALL("xFeedback/Subscribe", "{\"Query\":[\"Status\",\"Call\",3]}"),
		    "xFeedback Register /Status/Call[3]");
	expect_line(CALL("xFeedback/Subscribe", "{\"Query\":[\"**\"]}"), "xFeedback Register /");
	expect_line(CALL("xFeedback/Subscribe", "{\"Query\":[\"*\",\"Name\"]}"),
		    "xFeedback Register /*/Name");
	expect_line(CALL("xFeedback/Subscribe", "{\"Query\":[\"event\"]}"), "xFeedback Register /event");
}

static void test_rpc_faults(void **state)
{
	(void)state;
	expect_fault("{", -32700);
	expect_fault("{\"a\":1,\"a\":2}", -32700);
	expect_fault("\377", -32700);
	expect_fault("[]", -32600);
	expect_fault("[" CALL("xGet", "{}") "]", -32600);
	expect_fault("{}", -32600);
	expect_fault("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"xGet\"}", -32600);
	expect_fault("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"xGet\"}", -32600);
	expect_fault(CALL("xNothing", "{}"), -32601);
	expect_fault(CALL("xCommand/", "{}"), -32601);
	expect_fault(CALL("xCommand/A\\nxCommand Boot", "{}"), -32601);
	expect_fault(CALL("xGet", "[]"), -32602);
	expect_fault(CALL("xCommand/A", "[1]"), -32602);
	expect_fault(CALL("xCommand/A", "5"), -32602);
	expect_fault(CALL("xGet", "{\"Path\":[]}"), -32602);
	expect_fault(CALL("xGet", "{\"Path\":[\"Status\",\"a b\"]}"), -32602);
	expect_fault(CALL("xGet", "{\"Path\":[\"Status\",-1]}"), -32602);
	expect_fault(CALL("xGet", "{\"Path\":[\"Status\",0]}"), -32602);
	expect_fault(CALL("xGet", "{\"Path\":[1,\"Status\"]}"), -32602);
	expect_fault(CALL("xGet", "{\"Path\":[\"Event\"]}"), -32601);
	expect_fault(CALL("xSet", "{\"Path\":[\"Configuration\",\"*\"],\"Value\":1}"), -32602);
	expect_fault(CALL("xSet", "{\"Path\":[\"Configuration\",\"A\"]}"), -32602);
	expect_fault(CALL("xCommand/A", "{\"B | resultId\":\"x\"}"), -32602);
	expect_fault(CALL("xCommand/A", "{\"B\":{\"C\":1}}"), -32602);
	expect_fault(CALL("xCommand/A", "{\"body\":5}"), -32602);
	expect_fault(CALL("xFeedback/Subscribe", "{\"Query\":[\"Nonsense\",\"Foo\"]}"), -32601);
	expect_fault(CALL("xFeedback/Subscribe", "{\"Query\":[\"Command\"]}"), -32601);
	expect_fault(CALL("xFeedback/Unsubscribe", "{\"Id\":\"1\"}"), -32602);
	expect_fault(CALL("xGet", "{\"Path\":[\"Status\",4294967297]}"), -32602);
	expect_fault(CALL("xSet", "{\"Path\":[\"Status\",\"A\"],\"Value\":1}"), -32601);
	expect_fault(CALL("xSet", "{\"Path\":[\"Configuration\"],\"Value\":1}"), -32601);
	expect_fault(CALL("xDoc", "{\"Path\":[\"Command\",\"**\"]}"), -32602);
	/* a value that no line has room for */
	static char long_value[RPC_LINE_MAX + 200];
	int n = snprintf(long_value, sizeof long_value,
			 "{\"jsonrpc\":\"2.0\",\"method\":\"xCommand/A\",\"params\":{\"B\":\"");
	memset(long_value + n, 'x', RPC_LINE_MAX);
	snprintf(long_value + n + RPC_LINE_MAX, 10, "\"}}");
	expect_fault(long_value, -32602);
	/* values that have room each, and not together: no command is run with a part of them */
	n = snprintf(long_value, sizeof long_value,
		     "{\"jsonrpc\":\"2.0\",\"method\":\"xCommand/A\",\"params\":{");
	for (int i = 0; i < 5; i++) {
		n += snprintf(long_value + n, sizeof long_value - (size_t)n, "%s\"B%d\":\"", i ? "," : "", i);
		memset(long_value + n, 'x', RPC_LINE_MAX / 5 - 5);
		n += RPC_LINE_MAX / 5 - 5;
		long_value[n++] = '"';
	}
	snprintf(long_value + n, sizeof long_value - (size_t)n, "}}");
	expect_fault(long_value, -32602);
	static char long_method[RPC_LINE_MAX + 200] = "{\"jsonrpc\":\"2.0\",\"method\":\"xCommand";
	char *end = strchr(long_method, '\0');
	for (; end < long_method + RPC_LINE_MAX + 100; end += 2)
		memcpy(end, "/A", 2);
	memcpy(end, "\"}", 3);
	expect_fault(long_method, -32602);
}

/* Longer names, paths and lists of values are refused and not cut to something else. */
static void test_rpc_limits(void **state)
{
	char name[RPC_NAME_MAX + 2], message[4000];
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		memset(name, 'A', sizeof name);
		name[RPC_NAME_MAX + more] = '\0';
		static const char *const forms[][2] = {
			{ CALL("xGet", "{\"Path\":[\"Status\",\"%s\"]}"), "-32602" },
			{ CALL("xCommand/%s", "{}"), "-32601" },
			{ CALL("xCommand/A", "{\"%s\":1}"), "-32602" },
		};
		for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
			struct rpc_request r;
			struct rpc_fault f;
			const char *end = strstr(forms[i][0], "%s");
			snprintf(message, sizeof message, "%.*s%s%s", (int)(end - forms[i][0]), forms[i][0],
				 name, end + 2);
			if (more) {
				expect_fault(message, (int)strtol(forms[i][1], NULL, 10));
				continue;
			}
			assert_int_equal(rpc_request_read(message, strlen(message), &r, &f), 0);
			rpc_request_done(&r);
		}
	}
	enum { VALUES = 64 };
	for (int more = 0; more < 2; more++) {
		static const struct {
			const char *before, *after;
			int n;
		} lists[] = {
			{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"xGet\",\"params\":{\"Path\":["
			  "\"Status\"",
			  "]}}", RPC_PATH_MAX - 1 },
			{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"xCommand/A\",\"params\":{\"B\":[\"x\"",
			  "]}}", VALUES - 1 }
		};
		for (size_t i = 0; i < 2; i++) {
			struct rpc_request r;
			struct rpc_fault f;
			int n = snprintf(message, sizeof message, "%s", lists[i].before);
			for (int k = 0; k < lists[i].n + more; k++)
				n += snprintf(message + n, sizeof message - (size_t)n, ",\"a\"");
			snprintf(message + n, sizeof message - (size_t)n, "%s", lists[i].after);
			assert_int_equal(rpc_request_read(message, strlen(message), &r, &f), more ? -1 : 0);
			rpc_request_done(&r);
		}
	}
}

/* What is answered to a message that has this fault. */
static void expect_answer_to_fault(const char *message, const char *wanted)
{
	struct rpc_request r;
	struct rpc_fault f;
	struct buf out;
	assert_int_equal(rpc_request_read(message, strlen(message), &r, &f), -1);
	snprintf(f.message, sizeof f.message, "m");
	buf_init(&out, 1000);
	rpc_answer_fault(&r, &f, &out);
	assert_string_equal(buf_str(&out), wanted);
	buf_done(&out);
	rpc_request_done(&r);
}

/* Nobody waits for the answer to a notification. A message that is no request at all is answered, with null
 * as the id. */
static void test_notifications(void **state)
{
	static const char null[] =
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":%d,\"message\":\"m\"}}";
	static const struct {
		const char *message;
		int code;
	} answered[] = { { "{", -32700 },
			 { "[]", -32600 },
			 { "{}", -32600 },
			 { "{\"method\":\"xGet\"}", -32600 },
			 { "{\"jsonrpc\":\"2.0\",\"method\":1}", -32600 },
			 { "{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"xGet\"}", -32600 },
			 { "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"xNothing\"}", -32601 } };
	static const char *const silent[] = { NOTIFY("xNothing", "{}"),
					      NOTIFY("xGet", "5"),
					      NOTIFY("xGet", "{\"Path\":[]}"),
					      NOTIFY("xCommand/A b", "{}"),
					      NOTIFY("xCommand/A", "{\"body\":5}"),
					      NOTIFY("xFeedback/Unsubscribe", "{}") };
	char wanted[200];
	(void)state;
	for (size_t i = 0; i < sizeof answered / sizeof *answered; i++) {
		snprintf(wanted, sizeof wanted, null, answered[i].code);
		expect_answer_to_fault(answered[i].message, wanted);
	}
	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
		expect_answer_to_fault(silent[i], "");
}

static void expect_answer(const char *message, int status, const char *agent, const char *wanted)
{
	struct rpc_request r;
	struct rpc_fault f;
	struct buf out;
	const struct ctl_block b = { .text = agent, .len = strlen(agent), .status = status };
	assert_int_equal(rpc_request_read(message, strlen(message), &r, &f), 0);
	buf_init(&out, 10000);
	rpc_answer_write(&r, &b, 4, &out);
	if (strcmp(buf_str(&out), wanted) != 0)
		fail_msg("%s: expected %s, got %s", message, wanted, buf_str(&out));
	buf_done(&out);
	rpc_request_done(&r);
}

#define RESULT(r) "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" r "}"
#define ERROR(e)  "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{" e "}}"

static void test_rpc_answers(void **state)
{
	static const char get[] = CALL("xGet", "{\"Path\":[\"status\",\"Audio\",\"Volume\"]}"),
			  one[] = CALL("xGet", "{\"Path\":[\"Status\",\"Call\",7]}"),
			  set[] = CALL("xSet", "{\"Path\":[\"Configuration\",\"A\"],\"Value\":1}"),
			  command[] = CALL("xCommand/A", "{}");
	(void)state;
	expect_answer(get, 0, "{\"Status\":{\"Audio\":{\"Volume\":75}}}", RESULT("75"));
	expect_answer(get, 0, "{\"Status\":{\"Audio\":{\"VolumeMute\":\"Off\"}}}",
		      RESULT("\"Off\"")); /* an abbreviation */
	expect_answer(get, 0, "{\"Status\":{\"Audio\":{\"VolumeA\":1,\"VolumeB\":2}}}",
		      ERROR("\"code\":-32601,\"message\":\"No match on address expression\""));
	expect_answer(one, 0, "{\"Status\":{\"Call\":{\"A\":1}}}", /* no list, so there is no seventh */
		      ERROR("\"code\":-32601,\"message\":\"No match on address expression\""));
	expect_answer(get, 0, "{\"Status\":{\"Audio\":{\"Volume\":{\"Value\":\"x\"}}}}", RESULT("\"x\""));
	expect_answer(CALL("xDoc", "{\"Path\":[\"Status\",\"Call\",7]}"), 0,
		      "{\"StatusSchema\":{\"Call\":[{\"id\":\"6\",\"A\":1},{\"id\":\"7\",\"A\":2}]}}",
		      RESULT("{\"id\":\"7\",\"A\":2}"));
	expect_answer(get, 0, "{\"Status\":{}}",
		      ERROR("\"code\":-32601,\"message\":\"No match on address expression\""));
	expect_answer(one, 0, "{\"Status\":{\"Call\":[{\"id\":7,\"A\":1}]}}", RESULT("{\"id\":7,\"A\":1}"));
	expect_answer(one, 0, "{\"Status\":{\"Call\":[{\"id\":7,\"Value\":\"x\"}]}}", RESULT("\"x\""));
	expect_answer(get, 64,
		      "{\"Status\":{\"status\":\"Error\",\"Reason\":\"No match on address "
		      "expression\",\"XPath\":\"Status/Nope\"}}",
		      ERROR("\"code\":-32601,\"message\":\"No match on address "
			    "expression\",\"data\":{\"xpath\":\"Status/Nope\"}"));
	expect_answer(set, 0, "{}", RESULT("true"));
	expect_answer(set, 65,
		      "{\"Configuration\":{\"A\":[{\"id\":1,\"B\":{\"error\":\"True\",\"reason\":\"too "
		      "big\",\"Value\":\"Illegal value\"}}]}}",
		      ERROR("\"code\":-32602,\"message\":\"too big\""));
	expect_answer(
		command, 0,
		"{\"CommandResponse\":{\"AResult\":{\"status\":\"OK\",\"CallId\":2}},\"ResultId\":\"x\"}",
		RESULT("{\"status\":\"OK\",\"CallId\":2}"));
	expect_answer(command, 0, "{\n}\n", RESULT("{\"status\":\"OK\"}"));
	expect_answer(
		command, 69,
		"{\"CommandResponse\":{\"AResult\":{\"status\":\"Error\",\"Reason\":\"no\",\"Cause\":21}}}",
		ERROR("\"code\":1,\"message\":\"no\",\"data\":{\"Cause\":21}"));
	expect_answer(command, 65,
		      "{\"CommandResponse\":{\"AResult\":{\"status\":\"ParameterError\",\"Reason\":\"no\"}}}",
		      ERROR("\"code\":-32602,\"message\":\"no\""));
	expect_answer(
		command, 77,
		"{\"CommandResponse\":{\"Result\":{\"status\":\"Error\",\"Reason\":\"Access denied\"}}}",
		ERROR("\"code\":-31999,\"message\":\"Access denied\""));
	expect_answer(command, 0, "OK\n",
		      ERROR("\"code\":-32603,\"message\":\"The agent's answer is no JSON\""));
	expect_answer(CALL("xFeedback/Subscribe", "{\"Query\":[\"Status\"]}"), 0,
		      "{\n\"ResultId\":\"4\"\n}\n", RESULT("{\"Id\":4}"));
	expect_answer(CALL("xFeedback/Subscribe", "{\"Query\":[\"Status\"]}"), 75,
		      "{\"FeedbackResult\":{\"status\":\"Error\",\"Reason\":\"full\"}}",
		      ERROR("\"code\":-31998,\"message\":\"full\""));
	/* a check that was carried out and has found a fault */
	expect_answer(command, 1,
		      "{\"CommandResponse\":{\"AResult\":{\"status\":\"OK\",\"Outcome\":\"Fail\"}}}",
		      RESULT("{\"status\":\"OK\",\"Outcome\":\"Fail\"}"));
	expect_answer(NOTIFY("xCommand/A", "{}"), 0, "{}", "");
	expect_answer(NOTIFY("xCommand/A", "{}"), 77, "{}", "");
}

static void test_rpc_events(void **state)
{
	static const char pushed[] = "{\n\"Status\":{\"Audio\":{\"Volume\":4}},\"ResultId\":\"9\"\n}\n";
	struct buf out;
	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(rpc_answer_event(pushed, sizeof pushed - 1, &out), 9);
	assert_string_equal(buf_str(&out),
			    "{\"jsonrpc\":\"2.0\",\"method\":\"xFeedback/"
			    "Event\",\"params\":{\"Status\":{\"Audio\":{\"Volume\":4}},\"Id\":9}}");
	buf_reset(&out);
	assert_int_equal(rpc_answer_event("{\"Log\":{}}", 10, &out), 0);
	assert_int_equal(rpc_answer_event("x", 1, &out), 0);
	assert_int_equal(out.len, 0);
	struct ctl_block current = { .text = "{\"Status\":{\"A\":1}}", .len = 18, .status = 77 };
	rpc_answer_current(&current, 3, &out);
	assert_int_equal(out.len, 0);
	current.status = 0;
	rpc_answer_current(&current, 3, &out);
	assert_string_equal(buf_str(&out), "{\"jsonrpc\":\"2.0\",\"method\":\"xFeedback/Event\",\"params\":{"
					   "\"Status\":{\"A\":1},\"Id\":3}}");
	/* a message that does not fit is not sent in part */
	struct buf little;
	buf_init(&little, 60);
	rpc_answer_current(&current, 3, &little);
	assert_int_equal(little.len, 0);
	buf_done(&little);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_same_site),
		cmocka_unit_test(test_names_in_the_certificate),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_rates_of_addresses),
		cmocka_unit_test(test_log_of_refusals),
		cmocka_unit_test(test_locations),
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_settings_for_clients),
		cmocka_unit_test(test_rpc_lines),
		cmocka_unit_test(test_rpc_faults),
		cmocka_unit_test(test_rpc_limits),
		cmocka_unit_test(test_notifications),
		cmocka_unit_test(test_rpc_answers),
		cmocka_unit_test(test_rpc_events),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
