/* SPDX-License-Identifier: MIT */
/* `sealpost verify`: the situations through its front door, its options, batches, and a server by URL. */
#include "situations.h"

#include "pki/pki_verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <jansson.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char out[1 << 20];

/* Runs it with standard output (and error) caught in out; input NULL: none. */
static int run(const char *input, const char *const *words)
{
	char *argv[24] = { (char[]){ "verify" } };
	int argc = 1;
	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	FILE *caught = tmpfile();
	fflush(stdout);
	fflush(stderr);
	int saved[2] = { dup(1), dup(2) };
	dup2(fileno(caught), 1);
	dup2(fileno(caught), 2);
	char path[] = "/tmp/sealpost-judge-XXXXXX";
	if (input) {
		int fd = mkstemp(path);
		assert_int_equal(write(fd, input, strlen(input)), strlen(input));
		close(fd);
		assert_non_null(freopen(path, "r", stdin));
		unlink(path);
	}
	int status = pki_verify(argc, argv);
	fflush(stdout);
	fflush(stderr);
	dup2(saved[0], 1);
	dup2(saved[1], 2);
	close(saved[0]);
	close(saved[1]);
	rewind(caught);
	out[fread(out, 1, sizeof out - 1, caught)] = '\0';
	fclose(caught);
	return status;
}
#define RUN(input, ...) run(input, (const char *const[]){ __VA_ARGS__, NULL })

static json_t *answer(void)
{
	json_error_t e;
	json_t *o = json_loads(out, 0, &e);
	if (!o)
		fprintf(stderr, "%s in %s\n", e.text, out);
	assert_non_null(o);
	return o;
}

static long code_of(const json_t *o)
{
	return (long)json_integer_value(json_object_get(o, "code"));
}

static const char now[] = "2026-07-01T12:00:00Z";

static void test_situations(void **state)
{
	(void)state;
	static const char *const purposes[] = { "server", "client", "any" };
	int bad = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		struct world w;
		build(&w, r);
		for (int strict = 0; strict < 2; strict++) {
			long expected = strict ? r->strict : r->guide;
			const char *host = r->host ? r->host : "server.example";
			int status =
				RUN(NULL, "--roots", w.roots, "--chain", w.sent, "--time", now, "--json",
				    *host ? "--name" : "--json", *host ? host : "--json", "--profile",
				    strict ? "strict" : "guide", "--purpose", purposes[r->policy.purpose],
				    r->policy.no_common_name ? "--no-common-name" : NULL);
			json_t *o = answer();
			if (code_of(o) != expected || status != (expected != 0)) {
				fprintf(stderr, "%s: expected %ld, got %ld, exit %d\n", r->name, expected,
					code_of(o), status);
				bad++;
			}
			json_decref(o);
		}
		tear_down(&w);
	}
	assert_int_equal(bad, 0);
}

static void test_report(void **state)
{
	(void)state;
	struct world w;
	build(&w, &(struct row){ .leaf = { .to = -DAY } });
	assert_int_equal(
		RUN(NULL, "--roots", w.roots, "--chain", w.sent, "--name", "other.example", "--time", now),
		1);
	const char *head =
		"SSL: socklib_sslHandshake: VerifyResult=10=CERT_HAS_EXPIRED, NameCheck: NoMatch, "
		"service=verify, "
		"host=other.example, depth=0, subject=\"/CN=server.example\", also=62=HOSTNAME_MISMATCH";
	assert_memory_equal(out, head, strlen(head));
	assert_non_null(strstr(out, "Certificates sent:\n  0  /CN=server.example"));
	assert_non_null(strstr(out, "Chain built:\n  0  /CN=server.example (sent 0)\n  1  "
				    "/C=US/O=Example/CN=Intermediate (sent 1)\n"
				    "  2  /C=US/O=Example/CN=Root (root 0)\n"));
	assert_non_null(strstr(out, "refused 62 HOSTNAME_MISMATCH at depth 0"));
	assert_non_null(strstr(out, "wanted: other.example"));
	assert_non_null(strstr(out, "found:  DNS:server.example"));
	assert_non_null(strstr(out, "as asked"));
	assert_int_equal(RUN(NULL, "--roots", w.roots, "--chain", w.sent), 1);
	assert_non_null(strstr(out, "this computer's clock"));
	assert_int_equal(RUN(NULL, "--roots", "", "--chain", w.sent, "--time", "0"), 1);
	assert_non_null(strstr(out, "VerifyResult=50=APPLICATION_VERIFICATION"));
	tear_down(&w);
}

/* What cannot be read among the roots takes no part, and is told on each way. */
static void test_left_out(void **state)
{
	(void)state;
	struct world w;
	char roots[16384];
	build(&w, &(struct row){ .shape = USUAL });
	snprintf(roots, sizeof roots,
		 "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n%s"
		 "-----BEGIN CERTIFICATE-----\nMI*B\n-----END CERTIFICATE-----\n",
		 w.roots);
	assert_int_equal(
		RUN(NULL, "--roots", roots, "--chain", w.sent, "--name", "server.example", "--time", now), 0);
	assert_non_null(strstr(out, "sealpost-pki verify: roots: line 1: a certificate request (CSR)"));
	assert_non_null(strstr(out, "the character * is not base64; left out\n"));
	json_t *line = json_pack("{s:s, s:s, s:s, s:s}", "roots", roots, "chain", w.sent, "name",
				 "server.example", "time", now);
	char *text = json_dumps(line, JSON_COMPACT), twice[65536];
	snprintf(twice, sizeof twice, "%s\n%s\n", text, text); /* the second time from what is kept */
	assert_int_equal(RUN(twice, "--batch"), 0);
	char *end = strchr(out, '\n');
	assert_non_null(end);
	*end = '\0';
	json_t *first = json_loads(out, 0, NULL), *second = json_loads(end + 1, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(first, "left_out")), 2);
	assert_int_equal(json_array_size(json_object_get(second, "left_out")), 2);
	json_decref(first);
	json_decref(second);
	json_decref(line);
	free(text);
	/* nothing is said where there is nothing to say */
	assert_int_equal(
		RUN(NULL, "--roots", w.roots, "--chain", w.sent, "--name", "server.example", "--time", now),
		0);
	assert_null(strstr(out, "left out"));
	tear_down(&w);
}

static void test_usage(void **state)
{
	(void)state;
	struct world w;
	build(&w, &(struct row){ .shape = USUAL });
	assert_int_equal(RUN(NULL, "--help"), 0);
	assert_non_null(strstr(out, "usage:"));
	static const struct {
		const char *words[6];
		int status;
		const char *text;
	} cases[] = {
		{ { "--roots" }, 64, "needs a value" },
		{ { "--frobnicate" }, 64, "unknown option" },
		{ { "surplus" }, 64, "expected CERT BUNDLE" },
		{ { "--roots", "r" }, 64, "--chain and --url" },
		{ { "--chain", "c" }, 64, "--roots" },
		{ { "--roots", "r", "--chain", "c", "--profile=lax" }, 64, "guide or strict" },
		{ { "--roots", "r", "--chain", "c", "--purpose=mail" }, 64, "server, client or any" },
		{ { "--roots", "r", "--chain", "c", "--revocation=no" }, 64, "off, soft or hard" },
		{ { "--roots", "r", "--chain", "c", "--time=noon" }, 64, "date" },
		{ { "--roots", "r", "--url", "https://a.example/", "--name=b" }, 64, "do not go together" },
		{ { "--roots", "r", "--chain", "c", "--connect=1.2.3.4:5" }, 64, "goes with --url" },
		{ { "--batch", "--url", "https://a.example/" }, 64, "do not go together" },
		{ { "--roots", "r", "--url", "http://a.example/" }, 64, "https://a.example/" },
		{ { "--roots", "/nonexistent", "--chain", "c" }, 66, "no such file" },
		{ { "--roots", "/", "--chain", "c" }, 65, "regular file" },
		{ { "--roots", "/etc/hostname", "--chain", "c" }, 65, "no certificate" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int status = run(NULL, cases[i].words);
		if (status != cases[i].status || !strstr(out, cases[i].text))
			fprintf(stderr, "%s: %d %s\n", cases[i].words[0], status, out);
		assert_int_equal(status, cases[i].status);
		assert_non_null(strstr(out, cases[i].text));
	}
	assert_int_equal(RUN(NULL, "--roots", w.roots, "--chain", "/etc/hostname"), 65);
	assert_int_equal(RUN(NULL, "--roots", w.roots, "--chain", "/nonexistent"), 66);
	assert_int_equal(RUN(NULL, "--roots", w.roots, "--chain", w.sent, "--crls", "/etc/hostname"), 65);
	assert_int_equal(RUN(NULL, "--roots", w.roots, "--url", "https://a.example/", "--connect", "name:1"),
			 64);
	assert_int_equal(
		RUN(NULL, "--roots", w.roots, "--url", "https://a.example/", "--connect", "127.0.0.1:1"), 69);
	assert_non_null(strstr(out, "127.0.0.1 port 1"));
	tear_down(&w);
}

static void add_text(char *to, const char *text)
{
	memcpy(to + strlen(to), text, strlen(text) + 1);
}

static void add_line(char *to, const json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	add_text(to, text);
	add_text(to, "\n");
	free(text);
}

static void test_batch(void **state)
{
	(void)state;
	static char lines[1 << 18];
	struct world good, bad;
	build(&good, &(struct row){ .shape = USUAL });
	build(&bad, &(struct row){ .leaf = { .add = { "extendedKeyUsage=clientAuth" } } });
	char lists[8192] = "", file[] = "/tmp/sealpost-judge-XXXXXX";
	factory_list_pem(&(struct list_recipe){ .issuer = &good.root }, lists, sizeof lists);
	factory_list_pem(&(struct list_recipe){ .issuer = &good.inter, .revoked = { &good.leaf } }, lists,
			 sizeof lists);
	int fd = mkstemp(file);
	assert_int_equal(write(fd, good.roots, strlen(good.roots)), strlen(good.roots));
	close(fd);
	lines[0] = '\0';
	json_t *all[] = {
		json_pack("{s:i, s:s, s:s, s:s, s:I}", "id", 1, "roots", good.roots, "chain", good.sent,
			  "name", "server.example", "time", (json_int_t)FACTORY_NOW),
		json_pack("{s:s, s:s, s:s}", "id", "two", "chain", good.sent, "name", "other.example"),
		json_pack("{s:s, s:s}", "chain", bad.sent, "name", "server.example"),
		json_pack("{s:s, s:s, s:s}", "chain", bad.sent, "purpose", "client", "profile", "strict"),
		json_pack("{s:s, s:s}", "chain", good.sent, "crls", lists),
		json_pack("{s:s, s:s, s:s}", "chain", good.sent, "crls", lists, "revocation", "off"),
		json_pack("{s:s, s:s, s:b, s:n}", "chain", good.sent, "name", "", "no_common_name", 1,
			  "crls"),
		json_pack("{s:s, s:s}", "roots", "", "chain", good.sent),
	};
	for (size_t i = 0; i < 8; i++) {
		add_line(lines, all[i]);
		json_decref(all[i]);
	}
	add_text(lines, "\n");
	assert_int_equal(RUN(lines, "--batch", "--roots", file, "--time", now), 1);
	static const long expected[] = { 0, 62, 26, 0, 23, 0, 0, 50 };
	char *p = out, *save = NULL;
	for (size_t i = 0; i < 8; i++) {
		char *line = strtok_r(i ? NULL : p, "\n", &save);
		assert_non_null(line);
		json_t *o = json_loads(line, 0, NULL);
		assert_int_equal(code_of(o), expected[i]);
		assert_int_equal(json_is_true(json_object_get(o, "accepted")), expected[i] == 0);
		if (i == 0)
			assert_int_equal(json_integer_value(json_object_get(o, "id")), 1);
		if (i == 1)
			assert_string_equal(json_string_value(json_object_get(o, "id")), "two");
		json_decref(o);
	}
	assert_null(strtok_r(NULL, "\n", &save));
	/* lines that cannot be judged say so and do not stop the others */
	lines[0] = '\0';
	add_text(lines, "nonsense\n[]\n{\"id\":7,\"chain\":3}\n{}\n{\"chain\":\"/"
			"nonexistent\"}\n{\"chain\":\"x\",\"profile\":\"lax\"}\n");
	json_t *last = json_pack("{s:s, s:s}", "chain", good.sent, "name", "server.example");
	add_line(lines, last);
	json_decref(last);
	assert_int_equal(RUN(lines, "--batch", "--roots", file, "--time", now), 65);
	p = out;
	for (size_t i = 0; i < 7; i++) {
		json_t *o = json_loads(strtok_r(i ? NULL : p, "\n", &save), 0, NULL);
		assert_int_equal(json_object_get(o, "error") != NULL, i < 6);
		if (i == 2)
			assert_int_equal(json_integer_value(json_object_get(o, "id")), 7);
		json_decref(o);
	}
	/* more sets of roots than are kept */
	lines[0] = '\0';
	for (int i = 0; i < 40; i++) {
		char *roots = malloc(strlen(good.roots) + 32);
		snprintf(roots, strlen(good.roots) + 32, "root %d\n%s", i % 20, good.roots);
		json_t *o = json_pack("{s:s, s:s}", "chain", good.sent, "roots", roots);
		add_line(lines, o);
		json_decref(o);
		free(roots);
	}
	assert_int_equal(RUN(lines, "--batch", "--time", now), 0);
	unlink(file);
	tear_down(&good);
	tear_down(&bad);
}

enum manner {
	PLAIN,
	GOOD,
	WANTS_CERTIFICATE_12,
	WANTS_CERTIFICATE_13,
	WEAK_GROUP,
	ALERT
}; /* ALERT + 40: that alert */

static int accept_any(int ok, X509_STORE_CTX *x)
{
	(void)ok, (void)x;
	return 1;
}

static SSL_CTX *server_context(struct world *w, enum manner manner)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(ctx, w->leaf.x);
	SSL_CTX_use_PrivateKey(ctx, w->leaf.key);
	SSL_CTX_add1_chain_cert(ctx, w->inter.x);
	if (manner == WANTS_CERTIFICATE_12 || manner == WANTS_CERTIFICATE_13)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
	if (manner == WANTS_CERTIFICATE_12 || manner == WEAK_GROUP)
		SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	if (manner == WEAK_GROUP) {
		EVP_PKEY *group = NULL;
		EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "DHX", NULL);
		OSSL_PARAM p[2] = { OSSL_PARAM_construct_utf8_string("group", (char[]){ "dh_1024_160" }, 0),
				    OSSL_PARAM_END };
		assert_int_equal(EVP_PKEY_paramgen_init(c), 1);
		assert_int_equal(EVP_PKEY_CTX_set_params(c, p), 1);
		assert_int_equal(EVP_PKEY_generate(c, &group), 1);
		EVP_PKEY_CTX_free(c);
		assert_int_equal(SSL_CTX_set_cipher_list(ctx, "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"), 1);
		assert_int_equal(SSL_CTX_set0_tmp_dh_pkey(ctx, group), 1);
	}
	return ctx;
}

/* One connection at a time on a port of loopback, until it is killed. */
static pid_t serve(struct world *w, enum manner manner, int *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	*ret_port = ntohs(a.sin_port);
	pid_t child = fork();
	if (child) {
		close(fd);
		return child;
	}
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	SSL_CTX *ctx = server_context(w, manner);
	for (;;) {
		int c = accept(fd, NULL, NULL);
		char byte, scrap[512];
		if (manner >= ALERT) {
			unsigned char alert[] = { 21, 3, 3, 0, 2, 2, (unsigned char)(manner - ALERT) };
			if (read(c, scrap, sizeof scrap) <= 0 ||
			    write(c, alert, sizeof alert) != sizeof alert)
				_exit(3);
			shutdown(c, SHUT_WR);
			while (read(c, scrap, sizeof scrap) > 0)
				;
		} else if (manner != PLAIN) {
			SSL *ssl = SSL_new(ctx);
			SSL_set_fd(ssl, c);
			if (SSL_accept(ssl) == 1 && SSL_read(ssl, &byte, 1) > 0)
				_exit(1); /* a request came, and none should have */
			SSL_free(ssl);
			shutdown(c,
				 /* an alert must arrive before a reset, which unread bytes would cause */
				 SHUT_WR);
			while (read(c, scrap, sizeof scrap) > 0)
				;
		} else if (write(c, "HTTP/1.0 400 no\r\n\r\n", 19) != 19) {
			_exit(2);
		}
		close(c);
	}
}

static void test_url(void **state)
{
	(void)state;
	struct world w;
	int port, plain_port;
	char connect[64];
	build(&w, &(struct row){ .shape = USUAL });
	pid_t server = serve(&w, GOOD, &port), plain = serve(&w, PLAIN, &plain_port);
	snprintf(connect, sizeof connect, "127.0.0.1:%d", port);
	assert_int_equal(RUN(NULL, "--roots", w.roots, "--url", "https://server.example/", "--connect",
			     connect, "--time", now),
			 0);
	assert_non_null(strstr(out, "VerifyResult=0=OK, NameCheck: Match, service=verify, "
				    "host=server.example, address=127.0.0.1"));
	assert_non_null(strstr(out, "1  /C=US/O=Example/CN=Intermediate (sent 1)"));
	assert_int_equal(RUN(NULL, "--json", "--roots", w.roots, "--url", "https://other.example/",
			     "--connect", connect, "--time", now),
			 1);
	json_t *o = answer();
	assert_int_equal(code_of(o), 62);
	json_decref(o);
	assert_int_equal(RUN(NULL, "--roots", w.roots, "--url", "https://server.example/", "--connect",
			     connect, "--time", "2036-07-01T12:00:00Z"),
			 1);
	snprintf(connect, sizeof connect, "https://127.0.0.1:%d/", port);
	assert_int_equal(RUN(NULL, "--roots", w.roots, "--url", connect, "--time", now), 1);
	assert_non_null(strstr(out, "VerifyResult=64=IP_ADDRESS_MISMATCH"));
	snprintf(connect, sizeof connect, "127.0.0.1:%d", plain_port);
	assert_int_equal(RUN(NULL, "--roots", w.roots, "--url", "https://server.example/", "--connect",
			     connect, "--time", now),
			 69);
	assert_non_null(strstr(out, "server.example (127.0.0.1) port "));
	assert_non_null(strstr(out, "answered in something other than TLS: is it a plain HTTP server"));
#define CONNECTED(to)                                                                                        \
	RUN(NULL, "--roots", w.roots, "--url", "https://server.example/", "--connect", to, "--time", now)
	assert_int_equal(CONNECTED("[::1"), 64);
	assert_int_equal(CONNECTED("[127.0.0.1]:1x"), 64);
	/* nobody listens there, but the address is understood */
	assert_int_equal(CONNECTED("[::1]:9"), 69);
	assert_non_null(strstr(out, "no connection to ::1 port 9"));
	int status;
	assert_int_equal(waitpid(server, &status, WNOHANG), 0); /* still there: no request has come */
	kill(server, SIGKILL);
	kill(plain, SIGKILL);
	waitpid(server, NULL, 0);
	waitpid(plain, NULL, 0);
	tear_down(&w);
}

/* The certificate passes, and yet there is no TLS: that must not look like success. */
static void test_url_handshake_fails(void **state)
{
	(void)state;
	static const struct {
		enum manner manner;
		const char *words;
		int judged; /* the certificate came before the failure */
	} cases[] = {
		{ WANTS_CERTIFICATE_12, "asks for a client certificate, and none was sent", 1 },
		{ WANTS_CERTIFICATE_13, "asks for a client certificate, and none was sent", 1 },
		{ WEAK_GROUP, "Diffie-Hellman parameters that are too short", 1 },
		{ ALERT + 40, "found no TLS version, cipher or signature in common with us", 0 },
		{ ALERT + 43, "does not accept this kind of client certificate", 0 },
		{ ALERT + 46, "does not accept our client certificate and does not say why", 0 },
		{ ALERT + 112, "does not know this host name", 0 },
		{ ALERT + 116, "asks for a client certificate", 0 },
		{ ALERT + 120, "serves another protocol than HTTP/1.1", 0 },
		{ ALERT + 47, "did not understand the TLS handshake", 0 },
		{ ALERT + 99, "an alert that has no meaning here", 0 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world w;
		int port;
		char connect[64];
		build(&w, &(struct row){ .shape = USUAL, .leaf = { .key = "RSA-2048:l" } });
		pid_t server = serve(&w, cases[i].manner, &port);
		snprintf(connect, sizeof connect, "127.0.0.1:%d", port);
		assert_int_equal(CONNECTED(connect), 69);
		if (!strstr(out, cases[i].words))
			fail_msg("case %zu: %s", i, out);
		assert_null(strstr(out, "\nAccepted by"));
		assert_int_equal(strstr(out, "The certificates alone would be accepted") != NULL,
				 cases[i].judged);
		if (cases[i].judged) {
			assert_int_equal(RUN(NULL, "--json", "--roots", w.roots, "--url",
					     "https://server.example/", "--connect", connect, "--time", now),
					 69);
			char *begin = strchr(out, '{');
			memmove(out, begin,
				strlen(begin) + 1); /* standard error has its own line before it */
			json_t *o = answer();
			assert_int_equal(code_of(o), 0);
			assert_true(json_is_false(json_object_get(o, "accepted")));
			assert_non_null(
				strstr(json_string_value(json_object_get(o, "handshake")), cases[i].words));
			json_decref(o);
		}
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
		tear_down(&w);
	}
}

static void test_names_in_brackets(void **state)
{
	(void)state;
	struct world w;
	build(&w, &(struct row){ .leaf = { SAN("IP:2001:db8::7"), NO_CN } });
#define NAMED(name) RUN(NULL, "--roots", w.roots, "--chain", w.sent, "--time", now, "--name", name)
	assert_int_equal(NAMED("2001:db8::7"), 0);
	assert_int_equal(NAMED("[2001:db8::7]"), 0);
	assert_int_equal(NAMED("[2001:DB8:0::7]"), 0);
	assert_int_equal(NAMED("[2001:db8::8]"), 1);
	assert_non_null(strstr(out, "VerifyResult=64=IP_ADDRESS_MISMATCH"));
	static const char *const bad[] = { "[2001:db8::7",  "[]", "[", "[192.0.2.7]", "[server.example]",
					   "[2001:db8::7]x" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(NAMED(bad[i]), 64);
		assert_non_null(strstr(out, "is no IPv6 address in brackets"));
	}
	/* as from a script's variable that is not set; in a batch it stands for no name */
	assert_int_equal(NAMED(""), 64);
	assert_non_null(strstr(out, "--name is empty"));
	static const char *const more[] = { "https://server.example/", "server.example:443",
					    "me@server.example" };
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		assert_int_equal(NAMED(more[i]), 64);
		assert_non_null(strstr(out, "is more than a host: give its name or address alone"));
	}
	tear_down(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_situations),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_url_handshake_fails),
		cmocka_unit_test(test_names_in_brackets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
