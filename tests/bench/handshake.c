/* SPDX-License-Identifier: MIT */
/* What a full TLS handshake costs a client that verifies with both verifiers, beside libcurl's own handshake
 * with OpenSSL's verification: processor time of this process, against the same server in the same run. The
 * server sends an intermediate. usage: handshake [connections] */
#include "trust/fitness.h"
#include "trust/verify.h"

#include "../unit/tls_server.h"

#include <curl/curl.h>
#include <sys/resource.h>

enum { ROUNDS = 11 };

struct client {
	CURL *easy;
	CURLM *multi;
	struct curl_slist *resolve;
	const struct anchors *anchors; /* NULL: libcurl verifies by itself */
};

static void die(const char *what)
{
	fprintf(stderr, "handshake: %s\n", what);
	exit(1);
}

static double cpu_us(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* As net/https does it for each connection: libcurl's SSL_CTX gets a session of ours. */
static CURLcode on_context(CURL *easy, void *ssl_ctx, void *arg)
{
	struct client *c = arg;
	struct err e;
	struct verify_request r = {
		.anchors = c->anchors, .host = "good.test", .at_unix = time(NULL), .enforce = 1
	};
	struct verify_session *s = verify_session_new(&r);
	int failed = verify_session_attach(s, ssl_ctx, &e);
	(void)easy;
	verify_session_free(s); /* the SSL_CTX holds it */
	return failed ? CURLE_ABORTED_BY_CALLBACK : CURLE_OK;
}

static void client_init(struct client *c, int port, const char *ca_file, const struct anchors *anchors)
{
	char url[64], resolve[64];
	snprintf(url, sizeof url, "https://good.test:%d/", port);
	snprintf(resolve, sizeof resolve, "good.test:%d:127.0.0.1", port);
	*c = (struct client){ .easy = curl_easy_init(), .multi = curl_multi_init(), .anchors = anchors };
	c->resolve = curl_slist_append(NULL, resolve);
	curl_easy_setopt(c->easy, CURLOPT_URL, url);
	curl_easy_setopt(c->easy, CURLOPT_RESOLVE, c->resolve);
	curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(c->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(c->easy, CURLOPT_CAINFO, anchors ? NULL : ca_file);
	if (!anchors)
		return;
	curl_easy_setopt(c->easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c->easy, CURLOPT_SSL_VERIFYHOST, 0L); /* the session verifies the name */
	curl_easy_setopt(c->easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt(c->easy, CURLOPT_SSL_CTX_DATA, c);
}

static void client_done(struct client *c)
{
	curl_multi_cleanup(c->multi);
	curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->resolve);
}

/* Processor time of one connection, in microseconds. */
static double client_round(struct client *c, int n)
{
	double from = cpu_us();
	for (int i = 0; i < n; i++) {
		int running, left;
		CURLMsg *m;
		curl_multi_add_handle(c->multi, c->easy);
		while (curl_multi_perform(c->multi, &running), !(m = curl_multi_info_read(c->multi, &left)))
			curl_multi_poll(c->multi, NULL, 0, 1000, NULL);
		if (m->data.result != CURLE_OK)
			die(curl_easy_strerror(m->data.result));
		curl_multi_remove_handle(c->multi, c->easy);
	}
	return (cpu_us() - from) / n;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 200;
	struct err e;
	struct tls_cert root = tls_cert(&(struct tls_cert_recipe){ .name = "Bench Root", .ca = 1 });
	struct tls_cert inter =
		tls_cert(&(struct tls_cert_recipe){ .name = "Bench CA", .ca = 1, .issuer = &root });
	struct tls_cert leaf = tls_cert(
		&(struct tls_cert_recipe){ .name = "good.test", .san = "DNS:good.test", .issuer = &inter });
	struct tls_server s = { .manner = TLS_GOOD, .cert = &leaf, .intermediate = &inter };
	struct anchors *anchors = anchors_open(NULL, fitness_checks(), NULL, &e);
	char *pem = tls_cert_pem(&root), ca_file[] = "/tmp/sealpost-bench-XXXXXX";
	int fd = mkstemp(ca_file);
	struct client bare, ours;
	double ratios[ROUNDS], bare_us[ROUNDS], ours_us[ROUNDS];

	tls_server_start(&s);
	if (fd < 0 || write(fd, pem, strlen(pem)) < 0 ||
	    anchors_put(anchors, &(struct anchors_upload){ .data = pem, .len = strlen(pem) }, NULL, NULL,
			&e) != 0)
		die("cannot be set up");
	client_init(&bare, s.port, ca_file, NULL);
	client_init(&ours, s.port, ca_file, anchors);
	client_round(&bare, 10);
	client_round(&ours, 10);
	for (int i = 0; i < ROUNDS; i++) {
		bare_us[i] = client_round(&bare, n);
		ours_us[i] = client_round(&ours, n);
		ratios[i] = ours_us[i] / bare_us[i];
	}
	qsort(ratios, ROUNDS, sizeof *ratios, by_size);
	qsort(bare_us, ROUNDS, sizeof *bare_us, by_size);
	qsort(ours_us, ROUNDS, sizeof *ours_us, by_size);
	printf("full handshake, both verifiers: %.0f us CPU; libcurl's own with OpenSSL's verification: %.0f "
	       "us; "
	       "ratio %.2f, %.2f to %.2f (wanted at most 1.30)\n",
	       ours_us[ROUNDS / 2], bare_us[ROUNDS / 2], ratios[ROUNDS / 2], ratios[0], ratios[ROUNDS - 1]);

	client_done(&bare);
	client_done(&ours);
	anchors_free(anchors);
	tls_server_stop(&s);
	tls_cert_done(&leaf);
	tls_cert_done(&inter);
	tls_cert_done(&root);
	free(pem);
	close(fd);
	unlink(ca_file);
	return ratios[ROUNDS / 2] <= 1.3 ? 0 : 1;
}
