/* SPDX-License-Identifier: MIT */
/* probe: asks real servers through our own dns, sntp and nts_ke, and prints what they say, one line each.
 *   probe dns SERVER DOMAIN TIMEOUT_MS NAME...
 *   probe sntp ADDRESS:PORT TIMEOUT_MS [sha1|sha256 ID KEY]
 *   probe nts DNS_SERVER HOST PORT ROOTS_FILE COUNT TIMEOUT_MS: COUNT questions, with keys from HOST
 *   probe syslog DNS_SERVER HOST PORT ROOTS_FILE STORE FIRST LAST: sends numbered log lines to HOST */
#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "logging/logging.h"
#include "logging/logging_status.h"
#include "net/dns.h"
#include "net/nts_ke.h"
#include "net/sntp.h"
#include "trust/fitness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int fail(const char *what, const struct err *e)
{
	fprintf(stderr, "%s: %s\n", what, e->text);
	return 64;
}

static void on_resolved(void *arg, const struct dns_answer *answer, const struct err *e)
{
	if (answer)
		printf("ok %s %" PRIu32 " %s", answer->name, answer->ttl_s,
		       answer->stale ? "stale" : "fresh");
	else
		printf("%s %s", err_kind_name(e->kind), e->text);
	for (size_t i = 0; answer && i < answer->n; i++) {
		char text[DNS_ADDRESS_TEXT];
		dns_address_text(&answer->addresses[i], text, sizeof text);
		printf(" %s", text);
	}
	putchar('\n');
	loop_stop(arg);
}

static int probe_dns(char **argv)
{
	struct err e;
	int64_t timeout_ms;
	if (num_parse(argv[2], 0, 60000, &timeout_ms, &e) < 0)
		return fail(argv[2], &e);
	struct loop *l = loop_new();
	struct dns *d = dns_new(l);
	struct dns_options o = { .servers = { argv[0] }, .domain = argv[1], .timeout_ms = (int)timeout_ms };
	if (dns_configure(d, &o, &e) < 0)
		return fail(argv[0], &e);
	for (argv += 3; *argv; argv++) {
		dns_resolve(d, *argv, on_resolved, l);
		loop_run(l);
	}
	dns_free(d);
	loop_free(l);
	return 0;
}

static void on_sample(void *arg, const struct sntp_answer *answer, const struct err *e)
{
	if (answer && answer->kiss == SNTP_KISS_NONE)
		printf("ok %" PRId64 " %" PRId64 " %d\n", answer->sample.unix_us, answer->sample.distance_us,
		       answer->stratum);
	else
		printf("%s %s\n", err_kind_name(e->kind), e->text);
	loop_stop(arg);
}

static int probe_sntp(char **argv)
{
	struct err e;
	int64_t timeout_ms;
	char host[DNS_NAME_MAX];
	struct sntp_request r = { .port = 0 };
	struct sntp_key key;
	if (dns_split_port(argv[0], 0, host, &r.port, &e) < 0 ||
	    num_parse(argv[1], 0, 60000, &timeout_ms, &e) < 0)
		return fail(argv[0], &e);
	r.timeout_ms = (int)timeout_ms;
	if (!dns_is_address(host, &r.address))
		return fail(host, &(struct err){ .text = "no address" });
	if (argv[2]) {
		enum sntp_algorithm algorithm =
			strcmp(argv[2], "sha1") == 0 ? SNTP_KEY_SHA1 : SNTP_KEY_SHA256;
		if (sntp_key_parse(argv[4], algorithm, argv[3], &key, &e) < 0)
			return fail("key", &e);
		r.key = &key;
	}
	struct loop *l = loop_new();
	sntp_query(l, &r, on_sample, l);
	loop_run(l);
	loop_free(l);
	return 0;
}

/* --- NTS --- */

struct nts_probe {
	struct tls_stream_world world;
	struct nts_ke_request request;
	struct nts_ke *ke;
	struct nts_association association;
	struct nts_offer offer;
	struct dns_address address;
	int64_t left, timeout_ms; /* questions to ask */
	unsigned good, establishments;
	size_t least; /* cookies that were there after an answer */
};

static void nts_next(struct nts_probe *p);

static void on_nts_sample(void *arg, const struct sntp_answer *answer, const struct err *e)
{
	struct nts_probe *p = arg;
	p->left--;
	if (answer && answer->kiss == SNTP_KISS_NONE) {
		p->good++;
		p->least = p->association.cookies.n < p->least ? p->association.cookies.n : p->least;
	} else {
		printf("%s %s\n", err_kind_name(e->kind), e->text);
	}
	if (answer && answer->kiss == SNTP_KISS_NTS_NAK)
		p->association.cookies.n = 0;
	nts_next(p);
}

static void on_keys(void *arg, const struct nts_ke_result *r, const struct err *e)
{
	struct nts_probe *p = arg;
	p->ke = NULL;
	if (!r) {
		printf("%s %s\n", err_kind_name(e->kind), e->text);
		loop_stop(p->world.loop);
		return;
	}
	p->association = r->association;
	p->offer = r->offer;
	p->address = r->address;
	dns_is_address(p->offer.server, &p->address);
	p->establishments++;
	nts_next(p);
}

static void nts_next(struct nts_probe *p)
{
	struct sntp_request r = { .address = p->address,
				  .port = p->offer.port,
				  .nts = &p->association,
				  .timeout_ms = (int)p->timeout_ms };
	if (p->left <= 0) {
		loop_stop(p->world.loop);
	} else if (!p->association.cookies.n) {
		p->ke = nts_ke_start(&p->world, &p->request, on_keys, p);
	} else {
		fflush(stdout);
		sntp_query(p->world.loop, &r, on_nts_sample, p);
	}
}

static void print_verdict(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	(void)arg;
	if (v->code)
		printf("verdict %ld %s\n", v->code, c->service);
}

static int load_roots(struct anchors *a, const char *path, struct err *e)
{
	struct buf pem;
	buf_init(&pem, 1 << 20);
	int r = file_read(path, &pem, e);
	if (r == 0)
		r = anchors_put(a,
				&(struct anchors_upload){
					.data = buf_str(&pem), .len = pem.len, .mode = ANCHORS_ADD },
				NULL, NULL, e);
	buf_done(&pem);
	return r;
}

static int probe_nts(char **argv)
{
	struct err e;
	int64_t port;
	struct nts_probe p = { .least = NTS_COOKIES };
	if (num_parse(argv[2], 1, 65535, &port, &e) < 0 || num_parse(argv[4], 1, 1000000, &p.left, &e) < 0 ||
	    num_parse(argv[5], 1, 60000, &p.timeout_ms, &e) < 0)
		return fail("a number", &e);
	struct anchors *anchors = anchors_open(NULL, fitness_checks(), NULL, &e);
	p.world = (struct tls_stream_world){
		.loop = loop_new(), .date = date_new(0), .anchors = anchors, .on_verdict = print_verdict
	};
	p.world.dns = dns_new(p.world.loop);
	p.request = (struct nts_ke_request){
		.service = "NTS", .host = argv[1], .port = (int)port, .timeout_ms = 10000
	};
	if (dns_configure(p.world.dns, &(struct dns_options){ .servers = { argv[0] } }, &e) < 0 ||
	    load_roots(anchors, argv[3], &e) < 0)
		return fail(argv[3], &e);
	nts_next(&p);
	loop_run(p.world.loop);
	printf("ok %u %u %zu\n", p.good, p.establishments, p.least);
	dns_free(p.world.dns);
	date_free(p.world.date);
	anchors_free(anchors);
	loop_free(p.world.loop);
	return 0;
}

/* --- lines for a log server --- */

enum { LINES_A_TURN = 50, LINES_EVERY_MS = 5 };

struct syslog_probe {
	struct loop *loop;
	struct store *store;
	struct logging *logging;
	struct loop_timer *timer;
	int64_t next, last;
};

static int commit_lines(void *arg, struct err *e)
{
	return store_commit(((struct syslog_probe *)arg)->store, e);
}

static void no_host_name(void *arg, char *ret, size_t size)
{
	(void)arg;
	snprintf(ret, size, "probed.test");
}

/* No line waits any more, as the status says it. */
static int is_done(struct logging *l)
{
	struct buf value;
	const struct status_row *row = logging_status_rows;
	while (strcmp(row->path, "Logging External Queued") != 0)
		row++;
	buf_init(&value, 64);
	row->read(l, (const unsigned[STATUS_LISTS]){ 0 }, &value);
	int done = strcmp(buf_str(&value), "0") == 0;
	buf_done(&value);
	return done;
}

/* Writes the next lines; ends when all were taken by the server. */
static void write_lines(void *arg)
{
	struct syslog_probe *p = arg;
	for (int i = 0; i < LINES_A_TURN && p->next <= p->last; i++)
		log_notice("line %" PRId64 " of the probe", p->next++);
	if (p->next > p->last && is_done(p->logging))
		loop_stop(p->loop);
	loop_timer_in(p->timer, LINES_EVERY_MS);
}

static void ignore_verdict(void *arg, const struct verdict *v, const struct verdict_context *c)
{
	(void)arg, (void)v, (void)c;
}

static int probe_syslog(char **argv)
{
	struct err e;
	struct syslog_probe p = { .loop = loop_new() };
	struct settings *s = calloc(1, sizeof *s);
	s->logging.external.mode = s->logging.external.tls_verify = 1;
	s->logging.external.max_count = 1000000;
	snprintf(s->logging.external.address, sizeof s->logging.external.address, "%s", argv[1]);
	if (num_parse(argv[2], 1, 65535, &s->logging.external.port, &e) < 0 ||
	    num_parse(argv[5], 1, INT32_MAX, &p.next, &e) < 0 ||
	    num_parse(argv[6], 0, INT32_MAX, &p.last, &e) < 0)
		return fail("a number", &e);
	struct anchors *anchors = anchors_open(NULL, fitness_checks(), NULL, &e);
	struct dns *dns = dns_new(p.loop);
	struct date *date = date_new(0);
	struct date_sample now = { .unix_us = (int64_t)time(NULL) * 1000000, .mono_ms = loop_now_ms(p.loop) };
	if (dns_configure(dns, &(struct dns_options){ .servers = { argv[0] } }, &e) < 0 ||
	    load_roots(anchors, argv[3], &e) < 0 || date_offer(date, &now, 1, &e) < 0 ||
	    store_open(&(struct store_options){ .path = argv[4] }, &p.store, NULL, &e) < 0)
		return fail(argv[4], &e);
	log_open(&(struct log_options){ .name = "probe", .socket = "/nonexistent" });
	p.logging = logging_new(&(struct logging_options){ .world = { .loop = p.loop,
								      .dns = dns,
								      .date = date,
								      .anchors = anchors,
								      .on_verdict = ignore_verdict },
							   .store = p.store,
							   .app_name = "probe",
							   .host_name = no_host_name,
							   .commit = commit_lines,
							   .arg = &p });
	logging_configure(p.logging, s);
	p.timer = loop_timer_new(p.loop, write_lines, &p);
	loop_timer_in(p.timer, 0);
	loop_run(p.loop);
	loop_timer_free(p.timer);
	logging_free(p.logging);
	store_close(p.store);
	dns_free(dns);
	date_free(date);
	anchors_free(anchors);
	loop_free(p.loop);
	free(s);
	printf("done\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 9 && strcmp(argv[1], "syslog") == 0)
		return probe_syslog(argv + 2);
	if (argc == 8 && strcmp(argv[1], "nts") == 0)
		return probe_nts(argv + 2);
	if (argc >= 6 && strcmp(argv[1], "dns") == 0)
		return probe_dns(argv + 2);
	if ((argc == 4 || argc == 7) && strcmp(argv[1], "sntp") == 0)
		return probe_sntp(argv + 2);
	fprintf(stderr, "usage: probe dns SERVER DOMAIN TIMEOUT_MS NAME...\n"
			"       probe sntp ADDRESS:PORT TIMEOUT_MS [sha1|sha256 ID KEY]\n"
			"       probe nts DNS_SERVER HOST PORT ROOTS_FILE COUNT TIMEOUT_MS\n"
			"       probe syslog DNS_SERVER HOST PORT ROOTS_FILE STORE FIRST LAST\n");
	return 64;
}
