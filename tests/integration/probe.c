/* SPDX-License-Identifier: MIT */
/* probe: asks real servers through the project's own dns and sntp, and prints what they say, one line each.
 *   probe dns SERVER DOMAIN TIMEOUT_MS NAME...
 *   probe sntp ADDRESS:PORT TIMEOUT_MS [sha1|sha256 ID KEY] */
#include "base/num.h"
#include "net/dns.h"
#include "net/sntp.h"

#include <inttypes.h>
#include <stdio.h>
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

int main(int argc, char **argv)
{
	if (argc >= 6 && strcmp(argv[1], "dns") == 0)
		return probe_dns(argv + 2);
	if ((argc == 4 || argc == 7) && strcmp(argv[1], "sntp") == 0)
		return probe_sntp(argv + 2);
	fprintf(stderr, "usage: probe dns SERVER DOMAIN TIMEOUT_MS NAME...\n"
			"       probe sntp ADDRESS:PORT TIMEOUT_MS [sha1|sha256 ID KEY]\n");
	return 64;
}
