/* SPDX-License-Identifier: MIT */
/* world_https: a loop, names, a date, roots and a server in a child process, for tests of https. */
#ifndef TESTS_WORLD_HTTPS_H
#define TESTS_WORLD_HTTPS_H

#include "net/https.h"
#include "trust/fitness.h"

#include "dns_responder.h"
#include "tls_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <cmocka.h>

/* The certificates of all tests. */
struct certs {
	struct tls_cert root, stranger;
	struct tls_cert good, common_name, short_lived, expired, wrong_name, unknown, self, address;
	int64_t short_end;
};

struct world {
	struct certs *certs;
	struct loop *loop;
	struct dns_responder names;
	struct dns_record records[8];
	struct dns *dns;
	struct date *date;
	struct anchors *anchors;
	struct https *https;
	struct tls_server server;
	struct https_endpoint *peer;

	/* What was reported. */
	int judged;
	long code;
	int64_t judged_at;
	int enforced;
	char address[64], line[512];
	struct https_endpoint *free_when_judged;
	int done;
	int again; /* a callback began another post */
	struct https_reply reply;
	char body[1 << 12], content_type[128];
	long verdict_code; /* -1: the connection was not verified */
	void (*when_done)(struct world *w);
};

static void on_judged(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	struct world *w = arg;
	struct buf line;
	buf_init(&line, 8192);
	verdict_line(v, c, &line);
	snprintf(w->line, sizeof w->line, "%s", buf_str(&line));
	buf_done(&line);
	w->judged++;
	w->code = v->code;
	w->judged_at = v->judged_at;
	w->enforced = c->enforced;
	snprintf(w->address, sizeof w->address, "%s", c->address ? c->address : "none");
	if (w->free_when_judged) {
		https_endpoint_free(w->free_when_judged);
		w->free_when_judged = NULL;
		w->peer = NULL;
		loop_stop(w->loop);
	}
}

static void set_date(struct world *w, int64_t unix_s)
{
	struct date_sample s = { .unix_us = unix_s * 1000000,
				 .mono_ms = loop_now_ms(w->loop),
				 .distance_us = 1000 };
	struct err e;
	date_forget(w->date);
	if (date_offer(w->date, &s, 1, &e) != 0)
		fail_msg("%s", e.text);
}

static void add_anchor(struct world *w, const struct tls_cert *c)
{
	char *pem = tls_cert_pem(c);
	struct anchors_upload u = {
		.data = pem, .len = strlen(pem), .mode = ANCHORS_ADD, .now_unix = time(NULL)
	};
	struct err e;
	if (anchors_put(w->anchors, &u, NULL, NULL, &e) != 0)
		fail_msg("%s", e.text);
	free(pem);
}

static int setup(void **state)
{
	struct certs *certs = *state;
	struct world *w = calloc(1, sizeof *w);
	struct err e;
	w->certs = certs;
	w->loop = loop_new();
	w->records[0] =
		(struct dns_record){ .name = "good.test", .addresses = { "127.0.0.1" }, .ttl_s = 300 };
	dns_responder_start(&w->names, w->loop, w->records);
	w->dns = dns_new(w->loop);
	char server[32];
	snprintf(server, sizeof server, "127.0.0.1:%d", w->names.port);
	if (dns_configure(w->dns, &(struct dns_options){ .servers = { server }, .timeout_ms = 1500 }, &e) !=
	    0)
		fail_msg("%s", e.text);
	w->date = date_new(0);
	set_date(w, time(NULL));
	w->anchors = anchors_open(NULL, fitness_checks(), NULL, &e);
	add_anchor(w, &certs->root);
	w->https = https_new(&(struct https_options){ .loop = w->loop,
						      .dns = w->dns,
						      .date = w->date,
						      .anchors = w->anchors,
						      .on_verdict = on_judged,
						      .arg = w });
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	*state = w->certs;
	https_endpoint_free(w->peer);
	https_free(w->https);
	anchors_free(w->anchors);
	date_free(w->date);
	dns_free(w->dns);
	dns_responder_stop(&w->names);
	loop_free(w->loop);
	tls_server_stop(&w->server);
	free(w);
	return 0;
}

static void serve(struct world *w, enum tls_manner manner, const struct tls_cert *cert)
{
	tls_server_stop(&w->server);
	w->server.manner = manner;
	w->server.cert = cert ? cert : &w->certs->good;
	w->server.port = 0;
	tls_server_start(&w->server);
}

/* A peer of https://good.test:PORT/feedback, or of the given host. */
static inline struct https_endpoint_options options(struct world *w, const char *host)
{
	static char url[256];
	snprintf(url, sizeof url, "https://%s:%d/feedback?x=1", host ? host : "good.test", w->server.port);
	return (struct https_endpoint_options){
		.service = "Test 1", .url = url, .connect_ms = 3000, .answer_ms = 3000, .total_ms = 6000
	};
}

/* The server's process takes a moment to see that a connection is gone. */
static inline void wait_closed(struct world *w, int n)
{
	for (int i = 0; i < 200 && w->server.stats->closed < n; i++)
		loop_run_for(w->loop, 20);
	assert_int_equal(w->server.stats->closed, n);
}

static int make_certs(void **state)
{
	struct certs *c = calloc(1, sizeof *c);
	int64_t now = time(NULL);
	c->short_end = now + 5 * 86400;
	c->root = tls_cert(&(struct tls_cert_recipe){ .name = "Test Root", .ca = 1 });
	c->stranger = tls_cert(&(struct tls_cert_recipe){ .name = "Another Root", .ca = 1 });
	c->good = tls_cert(
		&(struct tls_cert_recipe){ .name = "good.test", .san = "DNS:good.test", .issuer = &c->root });
	c->common_name = tls_cert(&(struct tls_cert_recipe){ .name = "good.test", .issuer = &c->root });
	c->short_lived = tls_cert(&(struct tls_cert_recipe){
		.name = "good.test", .san = "DNS:good.test", .issuer = &c->root, .not_after = c->short_end });
	c->expired = tls_cert(&(struct tls_cert_recipe){ .name = "good.test",
							 .san = "DNS:good.test",
							 .issuer = &c->root,
							 .not_before = now - 9 * 86400,
							 .not_after = now - 86400 });
	c->wrong_name = tls_cert(
		&(struct tls_cert_recipe){ .name = "bad.test", .san = "DNS:bad.test", .issuer = &c->root });
	c->unknown = tls_cert(&(struct tls_cert_recipe){
		.name = "good.test", .san = "DNS:good.test", .issuer = &c->stranger });
	c->self = tls_cert(&(struct tls_cert_recipe){ .name = "good.test", .san = "DNS:good.test" });
	c->address = tls_cert(
		&(struct tls_cert_recipe){ .name = "address", .san = "IP:127.0.0.1", .issuer = &c->root });
	*state = c;
	return 0;
}

static int free_certs(void **state)
{
	struct certs *c = *state;
	struct tls_cert *all[] = { &c->root,    &c->stranger,   &c->good,    &c->common_name, &c->short_lived,
				   &c->expired, &c->wrong_name, &c->unknown, &c->self,        &c->address };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		tls_cert_done(all[i]);
	free(c);
	return 0;
}

#define in_world(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
