/* SPDX-License-Identifier: MIT */
/* Posts of 1 KB, one after the other on one kept-alive TLS 1.3 connection, by net/https and by a bare
 * libcurl-multi sender, against the same server in the same run. Prints medians and ratios.
 *
 * The bare sender is what a good programmer writes in an hour: curl_multi_perform and curl_multi_poll, one
 * easy handle kept for all posts, verification by libcurl. */
#include "net/https.h"
#include "trust/fitness.h"

#include "../unit/dns_responder.h"
#include "../unit/tls_server.h"

#include <curl/curl.h>
#include <sys/resource.h>

enum { ROUNDS = 21, POSTS = 1500, WARM = 50, BODY = 1024, HEADERS = 4 };

struct result {
	double rate;   /* posts a second */
	double cpu_us; /* processor time of this process for a post */
};

struct clocks {
	double wall, cpu;
};

static const char *const headers[HEADERS] = {
	"Content-Type: text/xml",
	"webhook-id: 0123456789abcdef",
	"webhook-timestamp: 1790000000",
	"X-Sequence: 12345",
};

static struct clocks now(void)
{
	struct timespec t;
	struct rusage u;
	clock_gettime(CLOCK_MONOTONIC, &t);
	getrusage(RUSAGE_SELF, &u);
	return (struct clocks){
		(double)t.tv_sec + (double)t.tv_nsec / 1e9,
		(double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
			(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6,
	};
}

static struct result since(struct clocks from)
{
	struct clocks to = now();
	return (struct result){ POSTS / (to.wall - from.wall), (to.cpu - from.cpu) * 1e6 / POSTS };
}

static void die(const char *what)
{
	fprintf(stderr, "https_post: %s\n", what);
	exit(1);
}

/* --- the bare sender --- */

struct bare {
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers, *resolve;
	size_t got;
};

static size_t bare_body(char *data, size_t size, size_t n, void *arg)
{
	struct bare *b = arg;
	(void)data;
	b->got += size * n;
	return size * n;
}

static void bare_init(struct bare *b, int port, const char *ca_file)
{
	char url[64], resolve[64];
	snprintf(url, sizeof url, "https://good.test:%d/feedback", port);
	snprintf(resolve, sizeof resolve, "good.test:%d:127.0.0.1", port);
	*b = (struct bare){ .multi = curl_multi_init(), .easy = curl_easy_init() };
	for (size_t i = 0; i < HEADERS; i++)
		b->headers = curl_slist_append(b->headers, headers[i]);
	b->resolve = curl_slist_append(NULL, resolve);
	curl_easy_setopt(b->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(b->easy, CURLOPT_URL, url);
	curl_easy_setopt(b->easy, CURLOPT_RESOLVE, b->resolve);
	curl_easy_setopt(b->easy, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(b->easy, CURLOPT_HTTPHEADER, b->headers);
	curl_easy_setopt(b->easy, CURLOPT_WRITEFUNCTION, bare_body);
	curl_easy_setopt(b->easy, CURLOPT_WRITEDATA, b);
}

static void bare_post(struct bare *b, const char *body)
{
	int running, left;
	CURLMsg *m;
	curl_easy_setopt(b->easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(b->easy, CURLOPT_POSTFIELDSIZE, (long)BODY);
	curl_multi_add_handle(b->multi, b->easy);
	for (;;) {
		curl_multi_perform(b->multi, &running);
		m = curl_multi_info_read(b->multi, &left);
		if (m)
			break;
		curl_multi_poll(b->multi, NULL, 0, 1000, NULL);
	}
	long status;
	curl_easy_getinfo(b->easy, CURLINFO_RESPONSE_CODE, &status);
	if (m->data.result != CURLE_OK || status != 200)
		die(curl_easy_strerror(m->data.result));
	curl_multi_remove_handle(b->multi, b->easy);
}

static struct result bare_round(struct bare *b, const char *body)
{
	for (int i = 0; i < WARM; i++)
		bare_post(b, body);
	struct clocks from = now();
	for (int i = 0; i < POSTS; i++)
		bare_post(b, body);
	return since(from);
}

static void bare_done(struct bare *b)
{
	curl_multi_cleanup(b->multi);
	curl_easy_cleanup(b->easy);
	curl_slist_free_all(b->headers);
	curl_slist_free_all(b->resolve);
}

/* --- ours --- */

struct ours {
	struct loop *loop;
	struct https_endpoint *peer;
	const char *body;
	int left;
};

static void next(struct ours *o);

static void answered(void *arg, const struct https_reply *r)
{
	struct ours *o = arg;
	if (r->err.kind != ERR_NONE || r->status != 200)
		die(r->err.text);
	next(o);
}

static void next(struct ours *o)
{
	struct err e;
	if (o->left-- == 0)
		loop_stop(o->loop);
	else if (https_post(o->peer, o->body, BODY, headers + 1, HEADERS - 1, answered, o, &e) != 0)
		die(e.text);
}

static void judged(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	(void)arg;
	(void)c;
	if (v->code != 0)
		die("refused");
}

static struct result our_round(struct ours *o, const char *body)
{
	o->body = body;
	o->left = WARM;
	next(o);
	loop_run(o->loop);
	struct clocks from = now();
	o->left = POSTS;
	next(o);
	loop_run(o->loop);
	return since(from);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Of the figures themselves, and of their ratios within each round: what else the machine does disturbs both
 * alike. */
static void report(const char *what, const double *ours, const double *bare, const char *goal)
{
	double o[ROUNDS], b[ROUNDS], ratio[ROUNDS];
	for (size_t i = 0; i < ROUNDS; i++) {
		o[i] = ours[i];
		b[i] = bare[i];
		ratio[i] = ours[i] / bare[i];
	}
	qsort(o, ROUNDS, sizeof *o, ascending);
	qsort(b, ROUNDS, sizeof *b, ascending);
	qsort(ratio, ROUNDS, sizeof *ratio, ascending);
	printf("https_post: %s: %.1f, bare libcurl-multi %.1f, ratio %.2f (goal: %s)\n", what, o[ROUNDS / 2],
	       b[ROUNDS / 2], ratio[ROUNDS / 2], goal);
}

static void compare(struct ours *o, const struct tls_server *s, const char *ca_file)
{
	double rate[2][ROUNDS], cpu[2][ROUNDS];
	struct bare b;
	char body[BODY + 1];
	memset(body, 'e', BODY);
	body[BODY] = '\0';
	bare_init(&b, s->port, ca_file);
	for (int i = 0; i < ROUNDS; i++) {
		struct result bare = bare_round(&b, body), ours = our_round(o, body);
		rate[0][i] = ours.rate;
		rate[1][i] = bare.rate;
		cpu[0][i] = ours.cpu_us;
		cpu[1][i] = bare.cpu_us;
	}
	bare_done(&b);
	report("posts/s", rate[0], rate[1], "at least 0.90");
	report("us CPU a post", cpu[0], cpu[1], "at most 1.15");
	printf("https_post: %d TLS handshake for %d posts\n", s->stats->handshakes - 1,
	       ROUNDS * (POSTS + WARM));
}

int main(void)
{
	struct err e;
	struct tls_cert root = tls_cert(&(struct tls_cert_recipe){ .name = "Bench Root", .ca = 1 });
	struct tls_cert leaf = tls_cert(
		&(struct tls_cert_recipe){ .name = "good.test", .san = "DNS:good.test", .issuer = &root });
	struct tls_server s = { .manner = TLS_GOOD, .cert = &leaf };
	struct dns_record records[] = { { .name = "good.test", .addresses = { "127.0.0.1" }, .ttl_s = 300 },
					{ 0 } };
	struct ours o = { .loop = loop_new() };
	struct dns_responder names;
	struct dns *dns = dns_new(o.loop);
	struct date *date = date_new(0);
	struct date_sample sample = { .unix_us = (int64_t)time(NULL) * 1000000,
				      .mono_ms = loop_now_ms(o.loop) };
	struct anchors *anchors = anchors_open(NULL, fitness_checks(), NULL, &e);
	char *pem = tls_cert_pem(&root), ca_file[] = "/tmp/sealpost-bench-XXXXXX", server[32], url[64];
	int fd = mkstemp(ca_file);

	dns_responder_start(&names, o.loop, records);
	snprintf(server, sizeof server, "127.0.0.1:%d", names.port);
	tls_server_start(&s);
	snprintf(url, sizeof url, "https://good.test:%d/feedback", s.port);
	if (fd < 0 || write(fd, pem, strlen(pem)) < 0 || date_offer(date, &sample, 1, &e) != 0 ||
	    dns_configure(dns, &(struct dns_options){ .servers = { server } }, &e) != 0 ||
	    anchors_put(anchors, &(struct anchors_upload){ .data = pem, .len = strlen(pem) }, NULL, NULL,
			&e) != 0)
		die("cannot be set up");
	struct https *https = https_new(&(struct https_options){
		.loop = o.loop, .dns = dns, .date = date, .anchors = anchors, .on_verdict = judged });
	if (https_endpoint_new(https,
			       &(struct https_endpoint_options){
				       .service = "bench", .url = url, .headers = { headers[0] } },
			       &o.peer, &e) != 0)
		die(e.text);
	compare(&o, &s, ca_file);

	https_endpoint_free(o.peer);
	https_free(https);
	anchors_free(anchors);
	date_free(date);
	dns_free(dns);
	dns_responder_stop(&names);
	loop_free(o.loop);
	tls_server_stop(&s);
	tls_cert_done(&leaf);
	tls_cert_done(&root);
	free(pem);
	close(fd);
	unlink(ca_file);
	return 0;
}
