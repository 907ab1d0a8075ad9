/* SPDX-License-Identifier: MIT */
/* dns, against a small server of our own on loopback that answers by the first label of the name:
 *   both   2001:db8::1, ::2 (60 s) and 192.0.2.1, .2, .3 (40, 30 and 40 s)      v4     192.0.2.1 only
 *   mute6  192.0.2.1, and no reply for IPv6                          empty  the name exists, no address
 *   six    four for IPv6 alone                                       half   no such name for IPv6, no address
 *   for IPv4 many   16 of each                                                five   four for IPv6 and
 *   192.0.2.1 fail6, deny6, refuse6, baffle6  192.0.2.1, and for IPv6 SERVFAIL, NXDOMAIN, REFUSED, a bare
 *   FORMERR alias  CNAME both.test.                                          zero   192.0.2.1 for 0 s other
 *   no such name                                 blocked  0.0.0.0 and ::, blocked4 0.0.0.0 only */
#include "net/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <ares.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum mode {
	NORMAL,
	SILENT,
	SERVFAIL,
	DENY,
	DENY_IN_DOMAIN,
	FAIL_IN_DOMAIN,
	ERROR,
	BARE_ERROR,
	TOO_LONG,
	OTHER_QUESTION
};
/* FAIL_IN_DOMAIN: `rcode` for names below wrong. DENY_IN_DOMAIN: SERVFAIL for names without a dot. ERROR:
 * `rcode`; BARE_ERROR: that in a header alone. */

struct server {
	struct loop_watch *watch;
	int fd, port;
	enum mode mode;
	int rcode;
	unsigned questions, with_edns;
	char first[256], last[256]; /* names that were asked for; first: since it was emptied */
	unsigned ids[8];            /* of the last questions */
};

struct world {
	struct loop *loop;
	struct server server;
	struct dns *dns;
	char address[32];
	char folder[32], resolv_conf[64];
};

/* What a query said. */
struct heard {
	int calls, has_answer;
	struct dns_answer answer;
	struct err err;
};

/* --- the server --- */

static size_t put_rr(unsigned char *p, unsigned type, unsigned ttl, const void *data, size_t len)
{
	const unsigned char head[] = { 0xc0,
				       12,
				       0,
				       (unsigned char)type,
				       0,
				       1,
				       0,
				       0,
				       (unsigned char)(ttl >> 8),
				       (unsigned char)ttl,
				       0,
				       (unsigned char)len };
	memcpy(p, head, sizeof head);
	memcpy(p + sizeof head, data, len);
	return sizeof head + len;
}

static size_t answer_question(const char *label, unsigned type, unsigned char *p, int *n)
{
	size_t len = 0;
	unsigned char v4[4] = { 192, 0, 2, 0 }, v6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	static const unsigned char both_test[] = "\4both\4test";
	if (strncmp(label, "blocked", 7) == 0) {
		static const unsigned char nowhere[16];
		if (type == 28 && label[7])
			return 0;
		++*n;
		return put_rr(p, type, 60, nowhere, type == 28 ? 16 : 4);
	}
	int is_both = strcmp(label, "both") == 0, is_zero = strcmp(label, "zero") == 0;
	int is_v4 = strcmp(label, "v4") == 0 || strchr(label, '6');
	if (strcmp(label, "alias") == 0) {
		len += put_rr(p, 5, 20, both_test, sizeof both_test);
		++*n;
		/* The addresses belong to the alias's target: its name stands in the CNAME's data. */
		unsigned char target[2] = { 0xc0, 0 };
		target[1] = (unsigned char)(12 + strlen("\5alias\4test") + 1 + 4 + 12);
		v4[3] = 9;
		size_t at = len;
		if (type == 1) {
			len += put_rr(p + len, 1, 600, v4, 4);
			memcpy(p + at, target, 2);
			++*n;
		}
		return len;
	}
	int is_many = strcmp(label, "many") == 0, is_five = strcmp(label, "five") == 0,
	    is_six = strcmp(label, "six") == 0;
	int n_v4 = type != 1 ? 0 : is_many ? 16 : is_both ? 3 : is_v4 || is_zero || is_five;
	int n_v6 = type != 28 ? 0 : is_many ? 16 : is_five || is_six ? 4 : is_both ? 2 : 0;
	for (int i = 1; i <= n_v4; i++, ++*n) {
		v4[3] = (unsigned char)i;
		len += put_rr(p + len, 1, is_zero ? 0 : i == 2 ? 30 : 40, v4, 4);
	}
	for (int i = 1; i <= n_v6; i++, ++*n) {
		v6[15] = (unsigned char)i;
		len += put_rr(p + len, 28, 60, v6, 16);
	}
	return len;
}

static int exists(const char *label)
{
	static const char *const names[] = { "both",  "v4",    "mute6",   "empty",   "alias", "zero",
					     "fail6", "deny6", "refuse6", "baffle6", "many",  "five",
					     "six",   "half",  "blocked", "blocked4" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(label, names[i]) == 0)
			return 1;
	return 0;
}

/* What the names say that have trouble with IPv6. */
static int trouble(const char *label, unsigned type)
{
	static const struct {
		const char *label;
		int rcode;
	} all[] = {
		{ "fail6", 2 }, { "deny6", 3 }, { "refuse6", 5 }, { "baffle6", 1 }, { "half", 3 },
	};
	for (size_t i = 0; type == 28 && i < sizeof all / sizeof *all; i++)
		if (strcmp(label, all[i].label) == 0)
			return all[i].rcode;
	return 0;
}

static void on_question(void *arg, unsigned ready)
{
	(void)ready;
	struct server *s = arg;
	unsigned char q[512], r[2048];
	struct sockaddr_storage from;
	socklen_t from_len = sizeof from;
	ssize_t len = recvfrom(s->fd, q, sizeof q, 0, (struct sockaddr *)&from, &from_len);
	if (len < 17)
		return;
	size_t at = 12, name_len = 0;
	char label[64] = "";
	while (at < (size_t)len && q[at]) {
		if (!label[0])
			memcpy(label, q + at + 1, q[at]);
		memcpy(s->last + name_len, q + at + 1, q[at]);
		name_len += q[at];
		s->last[name_len++] = '.';
		at += q[at] + 1U;
	}
	s->last[name_len ? name_len - 1 : 0] = '\0';
	if (!s->first[0])
		memcpy(s->first, s->last, sizeof s->first);
	unsigned type = q[at + 2];
	at += 5;
	s->ids[s->questions++ % 8] = (unsigned)q[0] << 8 | q[1];
	s->with_edns += q[10] || q[11];
	/* Names of one label live in no zone. */
	int is_known = exists(label) && strchr(s->last, '.') && !strstr(s->last, "wrong");
	if (s->mode == SILENT || (strcmp(label, "mute6") == 0 && type == 28))
		return;
	memcpy(r, q, at);
	memset(r + 6, 0, 6);
	r[2] = 0x81;
	int fails = s->mode == SERVFAIL || (s->mode == DENY_IN_DOMAIN && !strchr(s->last, '.'));
	int denies = s->mode == DENY || s->mode == DENY_IN_DOMAIN || !is_known;
	int is_wrong = s->mode == FAIL_IN_DOMAIN && strstr(s->last, "wrong");
	int rcode = s->mode == ERROR || s->mode == BARE_ERROR || is_wrong ? s->rcode
		    : fails                                               ? 2
		    : denies                                              ? 3
									  : trouble(label, type);
	r[3] = (unsigned char)(0x80 | rcode);
	int n = 0;
	size_t out = at;
	if (s->mode == TOO_LONG)
		r[2] |= 2;
	if (s->mode == OTHER_QUESTION) {
		r[3] = 0x85; /* REFUSED, but what was asked is something else */
		r[13] ^= 1;
	}
	if (s->mode == BARE_ERROR || trouble(label, type) == 1) {
		out = 12;
		memset(r + 4, 0, 8);
	}
	if ((s->mode == NORMAL || s->mode == FAIL_IN_DOMAIN) && is_known && !rcode)
		out += answer_question(label, type, r + at, &n);
	if (out > 12)
		r[7] = (unsigned char)n;
	sendto(s->fd, r, out, 0, (struct sockaddr *)&from, from_len);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	w->loop = loop_new_sim();
	w->server.fd = socket(AF_INET, SOCK_DGRAM, 0);
	bind(w->server.fd, (struct sockaddr *)&at, sizeof at);
	getsockname(w->server.fd, (struct sockaddr *)&at, &len);
	w->server.watch = loop_watch(w->loop, w->server.fd, LOOP_READ, on_question, &w->server);
	snprintf(w->address, sizeof w->address, "127.0.0.1:%d", ntohs(at.sin_port));
	snprintf(w->folder, sizeof w->folder, "/tmp/sealpost.XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->resolv_conf, sizeof w->resolv_conf, "%s/resolv.conf", w->folder);
	w->dns = dns_new(w->loop);
	struct err e;
	assert_int_equal(dns_configure(w->dns,
				       &(struct dns_options){ .servers = { w->address }, .domain = "test" },
				       &e),
			 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	dns_free(w->dns);
	loop_watch_free(w->server.watch);
	close(w->server.fd);
	loop_free(w->loop);
	unlink(w->resolv_conf);
	rmdir(w->folder);
	free(w);
	return 0;
}

/* --- asking --- */

static void on_answer(void *arg, const struct dns_answer *answer, const struct err *e)
{
	struct heard *h = arg;
	h->calls++;
	h->has_answer = answer != NULL;
	if (answer)
		h->answer = *answer;
	h->err = *e;
}

/* Runs in real time until the answer came; the clock stands. */
static void wait_for(struct world *w, struct heard *h)
{
	for (int i = 0; i < 400 && !h->calls; i++)
		loop_run_for(w->loop, 5);
}

static struct heard ask(struct world *w, const char *name)
{
	struct heard h = { .calls = 0 };
	dns_resolve(w->dns, name, on_answer, &h);
	assert_int_equal(h.calls, 0);
	wait_for(w, &h);
	assert_int_equal(h.calls, 1);
	return h;
}

static void expect_addresses(const struct dns_answer *a, const char *expected)
{
	char all[1024] = "", one[DNS_ADDRESS_TEXT];
	for (size_t i = 0; i < a->n; i++) {
		dns_address_text(&a->addresses[i], one, sizeof one);
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "", one);
	}
	assert_string_equal(all, expected);
}

/* --- tests --- */

static void families_are_interleaved_and_the_shorter_time_counts(void **state)
{
	struct heard h = ask(*state, "Both.Test");
	assert_true(h.has_answer);
	expect_addresses(&h.answer, "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 192.0.2.3");
	assert_int_equal(h.answer.ttl_s, 30);
	assert_int_equal(h.answer.stale, 0);
	assert_string_equal(h.answer.name, "both.test");
	assert_int_equal(h.err.kind, ERR_NONE);
}

static void the_longer_family_stands_last_and_all_is_bounded(void **state)
{
	struct world *w = *state;
	struct heard h = ask(w, "six.test");
	assert_int_equal(h.answer.n, 4);
	assert_int_equal(h.answer.ttl_s, 60);
	h = ask(w, "five.test");
	expect_addresses(&h.answer, "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3 2001:db8::4");
	h = ask(w, "many.test");
	assert_int_equal(h.answer.n, DNS_ADDRESSES_MAX);
	for (size_t i = 0; i < h.answer.n; i++)
		assert_int_equal(h.answer.addresses[i].family, i % 2 ? AF_INET : AF_INET6);
	assert_int_equal(h.answer.addresses[15].bytes[3], 8);
}

/* A name that gets too long with the domain is asked for as it is. */
static void a_domain_is_appended_as_long_as_the_name_may_be(void **state)
{
	struct world *w = *state;
	char name[64], domain[256], full[512];
	memset(name, 'x', 63);
	name[63] = '\0';
	for (size_t len = 188; len <= 191; len++) {
		memset(domain, 'y', len);
		for (size_t i = 47; i < len - 1; i += 48)
			domain[i] = '.';
		domain[len] = '\0';
		assert_int_equal(
			dns_configure(w->dns,
				      &(struct dns_options){ .servers = { w->address }, .domain = domain },
				      NULL),
			0);
		w->server.first[0] = '\0';
		ask(w, name);
		snprintf(full, sizeof full, "%s.%s", name, domain);
		assert_string_equal(w->server.first, len <= 189 ? full : name);
	}
}

static void the_cache_lives_as_long_as_it_may(void **state)
{
	struct world *w = *state;
	struct dns_answer a;
	assert_int_equal(dns_cached(w->dns, "both.test", &a), -1);
	ask(w, "both.test");
	unsigned questions = w->server.questions;
	loop_sim_advance(w->loop, 20000);
	assert_int_equal(ask(w, "BOTH.test.").answer.ttl_s, 10);
	assert_int_equal(w->server.questions, questions);
	assert_int_equal(dns_cached(w->dns, "both.test", &a), 0);
	assert_int_equal(a.n, 5);
	loop_sim_advance(w->loop, 10000);
	assert_int_equal(dns_cached(w->dns, "both.test", &a), -1);
	assert_int_equal(ask(w, "both.test").answer.ttl_s, 30);
	assert_int_equal(w->server.questions, questions + 2);
	ask(w, "zero.test"); /* 0 seconds: asked for each time */
	questions = w->server.questions;
	assert_int_equal(ask(w, "zero.test").answer.stale, 0);
	assert_int_equal(w->server.questions, questions + 2);
}

static void the_cache_is_bounded(void **state)
{
	struct world *w = *state;
	struct dns_answer a;
	char name[32];
	ask(w, "v4.first.test");
	ask(w, "v4.used.test");
	for (int i = 0; i < DNS_CACHE_MAX - 1; i++) {
		snprintf(name, sizeof name, "v4.n%d.test", i);
		ask(w, name);
		assert_int_equal(dns_cached(w->dns, "v4.used.test", &a), 0);
	}
	assert_int_equal(dns_cached(w->dns, "v4.first.test", &a), -1);
	assert_int_equal(dns_cached(w->dns, "v4.n0.test", &a), 0);
	ask(w, "v4.more.test");
	assert_int_equal(dns_cached(w->dns, "v4.used.test", &a), 0);
	assert_int_equal(dns_cached(w->dns, "v4.n1.test", &a), -1);
}

static void a_name_without_a_dot_gets_the_domain(void **state)
{
	struct world *w = *state;
	struct heard h = ask(w, "v4");
	assert_true(h.has_answer);
	assert_string_equal(h.answer.name, "v4.test");
	assert_false(ask(w, "v4.").has_answer); /* a final dot: as it is */
	assert_string_equal(w->server.last, "v4");
	unsigned questions = w->server.questions;
	assert_true(ask(w, "v4").has_answer); /* the two do not share a place in the cache */
	assert_int_equal(w->server.questions, questions);
	questions = w->server.questions;
	h = ask(w, "other");
	assert_false(h.has_answer);
	assert_string_equal(w->server.last, "other"); /* after other.test as it is */
	assert_int_equal(w->server.questions, questions + 4);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void the_systems_search_list_is_read_again_when_it_changes(void **state)
{
	struct world *w = *state;
	struct dns_options o = { .servers = { w->address }, .resolv_conf = w->resolv_conf };
	write_file(w->resolv_conf, "nameserver 192.0.2.99\nsearch wrong.example test\n");
	assert_int_equal(dns_configure(w->dns, &o, NULL), 0);
	assert_string_equal(ask(w, "v4").answer.name, "v4.test");
	struct heard held = { .calls = 0 };
	w->server.mode = SILENT;
	dns_resolve(w->dns, "both", on_answer, &held);
	loop_run_for(w->loop, 10);
	w->server.mode = NORMAL;
	write_file(w->resolv_conf, "search example\n");
	assert_string_equal(ask(w, "zero").answer.name, "zero.example");
	wait_for(w, &held); /* what was under way began again */
	assert_string_equal(held.answer.name, "both.example");
}

static void count_change(void *arg)
{
	++*(int *)arg;
}

/* Lets the kernel say what happened, and the wait pass until the file is read again. */
static void let_it_be_noticed(struct world *w)
{
	loop_run_for(w->loop, 20);
	loop_sim_advance(w->loop, 100);
	loop_run_for(w->loop, 20);
}

/* What the servers of one network say holds in that network. */
static void other_servers_of_the_system_empty_the_cache(void **state)
{
	struct world *w = *state;
	struct dns_options o = { .resolv_conf = w->resolv_conf, .domain = "test" };
	struct dns_answer a;
	char text[64], fresh[80], server[DNS_SERVER_TEXT_MAX];
	int changes = 0;
	snprintf(text, sizeof text, "nameserver %s\n", w->address);
	write_file(w->resolv_conf, text);
	assert_int_equal(dns_configure(w->dns, &o, NULL), 0);
	dns_on_change(w->dns, count_change, &changes);
	assert_true(ask(w, "v4.test").has_answer);
	assert_int_equal(dns_cached(w->dns, "v4.test", &a), 0);
	/* Written again as it was: nothing is different. */
	write_file(w->resolv_conf, text);
	let_it_be_noticed(w);
	assert_int_equal(changes, 0);
	assert_int_equal(dns_cached(w->dns, "v4.test", &a), 0);
	/* Replaced, as resolvconf and NetworkManager do it. Nobody has to ask for that to be noticed. */
	snprintf(fresh, sizeof fresh, "%s.new", w->resolv_conf);
	write_file(fresh, "nameserver 127.0.0.77\n");
	assert_int_equal(rename(fresh, w->resolv_conf), 0);
	let_it_be_noticed(w);
	assert_int_equal(changes, 1);
	assert_int_equal(dns_cached(w->dns, "v4.test", &a), -1);
	assert_int_equal(dns_last(w->dns, "v4.test", &a), -1);
	assert_int_equal(dns_server(w->dns, 0, server), 0);
	assert_string_equal(server, "127.0.0.77");
	assert_int_equal(dns_server(w->dns, 1, server), -1);
	/* A link to another file, as systemd-resolved has it; then to another one still. */
	char one[80], two[80];
	snprintf(one, sizeof one, "%s.1", w->resolv_conf);
	snprintf(two, sizeof two, "%s.2", w->resolv_conf);
	write_file(one, "nameserver 127.0.0.78\n");
	write_file(two, text);
	unlink(w->resolv_conf);
	assert_int_equal(symlink(one, w->resolv_conf), 0);
	let_it_be_noticed(w);
	assert_int_equal(dns_server(w->dns, 0, server), 0);
	assert_string_equal(server, "127.0.0.78");
	write_file(one, "nameserver 127.0.0.79\n");
	let_it_be_noticed(w);
	assert_int_equal(dns_server(w->dns, 0, server), 0);
	assert_string_equal(server, "127.0.0.79");
	assert_int_equal(symlink(two, fresh), 0);
	assert_int_equal(rename(fresh, w->resolv_conf), 0);
	let_it_be_noticed(w);
	assert_int_equal(changes, 4);
	assert_true(ask(w, "v4.test").has_answer);
	unlink(one);
	unlink(two);
}

/* Who names no server asks none: 127.0.0.1 least of all. */
static void no_server_is_said(void **state)
{
	struct world *w = *state;
	struct dns_options o = { .resolv_conf = w->resolv_conf };
	char expected[200];
	static const char *const texts[] = { NULL, "", "# nameserver 127.0.0.1\nsearch test\n",
					     "nameserver\nnameserver \nnameserver one.test\n"
					     "nameserver10.0.0.1\n nameserver 10.0.0.1\n" };
	snprintf(
		expected, sizeof expected,
		"v4.test: no name server is known: neither %s nor the setting Network 1 DNS Server 1 Address "
		"names one",
		w->resolv_conf);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (texts[i])
			write_file(w->resolv_conf, texts[i]);
		assert_int_equal(dns_configure(w->dns, &o, NULL), 0);
		struct heard h = ask(w, "v4.test");
		assert_false(h.has_answer);
		assert_int_equal(h.err.kind, ERR_DNS);
		assert_string_equal(h.err.text, expected);
	}
}

static void servers_are_read_as_glibc_reads_them(void **state)
{
	struct world *w = *state;
	struct dns_options o = { .resolv_conf = w->resolv_conf };
	char server[DNS_SERVER_TEXT_MAX];
	static const char *const expected[] = { "10.0.0.1", "fe80::53%eth0", "2001:db8::1" };
	write_file(w->resolv_conf, "nameserver\t10.0.0.1 # the first\noptions rotate\nnameserver fe80::1%\n"
				   "nameserver 2001:db8::1%eth0\nnameserver  fe80::53%eth0\r\n"
				   "nameserver 2001:db8::1;\nnameserver 10.0.0.4\n");
	assert_int_equal(dns_configure(w->dns, &o, NULL), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(dns_server(w->dns, i, server), 0);
		assert_string_equal(server, expected[i]);
	}
	assert_int_equal(dns_server(w->dns, 3, server), -1);
}

/* Stale answers serve where the servers fail; who asks anew gets fresh ones where they do not. */
static void asked_anew_the_cache_is_passed_over(void **state)
{
	struct world *w = *state;
	struct dns_answer a;
	ask(w, "v4.test");
	unsigned questions = w->server.questions;
	dns_ask_anew(w->dns);
	assert_int_equal(dns_cached(w->dns, "v4.test", &a), -1);
	assert_int_equal(dns_last(w->dns, "v4.test", &a), 0);
	assert_true(ask(w, "v4.test").has_answer);
	assert_int_equal(w->server.questions, questions + 2);
	dns_ask_anew(w->dns);
	w->server.mode = SERVFAIL;
	assert_int_equal(ask(w, "v4.test").answer.stale, 1);
	dns_flush(w->dns);
	assert_false(ask(w, "v4.test").has_answer);
	/* What is under way begins again, from another socket. */
	struct heard h = { .calls = 0 };
	w->server.mode = SILENT;
	dns_resolve(w->dns, "v4.test", on_answer, &h);
	loop_run_for(w->loop, 20);
	w->server.mode = NORMAL;
	dns_ask_anew(w->dns);
	wait_for(w, &h);
	assert_true(h.has_answer);
}

/* A search list may be long: six of its domains are tried, then the name as it is. */
static void the_search_list_is_bounded(void **state)
{
	struct world *w = *state;
	struct dns_options o = { .servers = { w->address }, .resolv_conf = w->resolv_conf };
	write_file(
		w->resolv_conf,
		"search w1.wrong w2.wrong w3.wrong w4.wrong w5.wrong w6.wrong w7.wrong w8.wrong w9.wrong\n");
	assert_int_equal(dns_configure(w->dns, &o, NULL), 0);
	assert_false(ask(w, "v4").has_answer);
	assert_int_equal(w->server.questions, 7 * 2);
	assert_string_equal(w->server.last, "v4");
	write_file(w->resolv_conf, "search w1.wrong w2.wrong w3.wrong w4.wrong w5.wrong test\n");
	assert_string_equal(ask(w, "v4").answer.name, "v4.test");
}

/* Servers that refuse, or fail, for one domain of the list may have the name in another one. */
static void a_domain_that_fails_does_not_end_the_search(void **state)
{
	struct world *w = *state;
	struct dns_options o = { .servers = { w->address }, .resolv_conf = w->resolv_conf };
	w->server.mode = FAIL_IN_DOMAIN;
	for (w->server.rcode = 2; w->server.rcode <= 5; w->server.rcode += 3) {
		write_file(w->resolv_conf, "search a.wrong test\n");
		assert_int_equal(dns_configure(w->dns, &o, NULL), 0);
		assert_string_equal(ask(w, "v4").answer.name, "v4.test");
		struct heard h = ask(w, "other"); /* nothing found: the failure is the reason */
		assert_false(h.has_answer);
		assert_int_equal(h.err.code, w->server.rcode == 5 ? ARES_EREFUSED : ARES_ESERVFAIL);
		assert_string_equal(w->server.last, "other");
	}
}

static void an_alias_is_followed_and_limits_the_time(void **state)
{
	struct heard h = ask(*state, "alias.test");
	assert_true(h.has_answer);
	expect_addresses(&h.answer, "192.0.2.9");
	assert_string_equal(h.answer.name, "both.test");
	assert_int_equal(h.answer.ttl_s, 20);
}

static void no_name_and_no_address_are_told_apart(void **state)
{
	struct heard h = ask(*state, "other.test");
	assert_false(h.has_answer);
	assert_int_equal(h.err.kind, ERR_DNS);
	assert_string_equal(h.err.text, "other.test: the DNS servers say that there is no such name");
	h = ask(*state, "empty.test");
	assert_false(h.has_answer);
	assert_string_equal(h.err.text, "empty.test: the DNS servers know the name, but no address for it");
	h = ask(*state, "half.test");
	assert_string_equal(h.err.text, "half.test: the DNS servers know the name, but no address for it");
}

/* 0.0.0.0 and :: would lead to this device itself. */
static void a_name_that_a_filter_forbids(void **state)
{
	struct heard h = ask(*state, "blocked.test");
	assert_false(h.has_answer);
	assert_non_null(strstr(h.err.text, "a filter (block list) forbids this name"));
	h = ask(*state, "blocked4.test");
	assert_false(h.has_answer);
	assert_non_null(strstr(h.err.text, "a filter (block list) forbids this name"));
}

static void a_family_that_never_answers_costs_a_quarter_of_a_second(void **state)
{
	struct world *w = *state;
	struct heard h = { .calls = 0 };
	dns_resolve(w->dns, "mute6.test", on_answer, &h);
	loop_run_for(w->loop, 50);
	loop_sim_advance(w->loop, 249);
	assert_int_equal(h.calls, 0);
	loop_sim_advance(w->loop, 1);
	loop_run_for(w->loop, 5);
	assert_int_equal(h.calls, 1);
	expect_addresses(&h.answer, "192.0.2.1");
}

static void the_last_good_addresses_serve_when_servers_fail_but_not_when_they_deny(void **state)
{
	struct world *w = *state;
	ask(w, "v4.test");
	loop_sim_advance(w->loop, 41000);
	w->server.mode = SERVFAIL;
	struct heard h = ask(w, "v4.test");
	assert_true(h.has_answer);
	assert_int_equal(h.answer.stale, 1);
	assert_int_equal(h.answer.ttl_s, 0);
	assert_int_equal(h.err.kind, ERR_DNS); /* why it is stale */
	expect_addresses(&h.answer, "192.0.2.1");
	h = ask(w, "both.test"); /* nothing good known */
	assert_false(h.has_answer);
	assert_int_equal(h.err.kind, ERR_DNS);

	w->server.mode = SILENT;
	h = (struct heard){ .calls = 0 };
	dns_resolve(w->dns, "v4.test", on_answer, &h);
	loop_sim_advance(w->loop, 9999);
	assert_int_equal(h.calls, 0);
	loop_sim_advance(w->loop, 1);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.answer.stale, 1);

	w->server.mode = DENY;
	h = ask(w, "v4.test");
	assert_false(h.has_answer);
	w->server.mode = SERVFAIL;
	assert_false(ask(w, "v4.test").has_answer); /* forgotten for good */

	w->server.mode = NORMAL;
	assert_string_equal(ask(w, "v4").answer.name, "v4.test");
	loop_sim_advance(w->loop, 41000);
	w->server.mode = DENY_IN_DOMAIN;
	assert_false(ask(w, "v4").has_answer); /* the name that had the address was denied */
}

/* Gateways drop questions with EDNS, or answer FORMERR: as glibc, we ask without. */
static void questions_are_plain(void **state)
{
	struct world *w = *state;
	ask(w, "both.test");
	assert_int_equal(w->server.questions, 2);
	assert_int_equal(w->server.with_edns, 0);
}

/* Who forges an answer has to guess the number of the question. */
static void questions_have_random_numbers(void **state)
{
	struct world *w = *state;
	int near = 0;
	for (int i = 0; i < 4; i++) {
		ask(w, "both.test");
		dns_flush(w->dns);
	}
	assert_int_equal(w->server.questions, 8);
	for (int i = 1; i < 8; i++)
		near += abs((int)w->server.ids[i] - (int)w->server.ids[i - 1]) <= 8;
	assert_in_range(near, 0, 3);
}

static void trouble_with_one_family_leaves_the_other(void **state)
{
	static const char *const names[] = { "fail6.test", "deny6.test", "refuse6.test", "baffle6.test" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct heard h = ask(*state, names[i]);
		assert_true(h.has_answer);
		expect_addresses(&h.answer, "192.0.2.1");
	}
}

static void errors_are_told_in_their_own_words(void **state)
{
	struct world *w = *state;
	static const struct {
		int rcode;
		const char *words;
	} all[] = {
		{ 1, "does not understand the question (FORMERR)" },
		{ 2, "failed to find an answer (SERVFAIL): the servers that it "
		     "asks do not answer, or "
		     "DNSSEC fails" },
		{ 4, "does not answer questions of this kind (NOTIMP)" },
		{ 5, "refuses to answer (REFUSED): it does not serve this "
		     "device, or has no server to "
		     "ask itself" },
		{ 9, "answered with error 9" },
	};
	char wanted[300];
	for (int bare = 0; bare < 2; bare++)
		for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
			w->server.mode = bare ? BARE_ERROR : ERROR;
			w->server.rcode = all[i].rcode;
			struct heard h = ask(w, "v4.test");
			assert_false(h.has_answer);
			assert_int_equal(h.err.kind, ERR_DNS);
			snprintf(wanted, sizeof wanted, "v4.test: DNS server %s %s", w->address,
				 all[i].words);
			assert_string_equal(h.err.text, wanted);
			assert_int_equal(h.err.code, all[i].rcode == 5 ? ARES_EREFUSED : ARES_ESERVFAIL);
		}
	w->server.rcode = 3; /* a header alone denies nothing: no name stands in it */
	struct heard h = { .calls = 0 };
	dns_resolve(w->dns, "v4.test", on_answer, &h);
	loop_run_for(w->loop, 20);
	assert_int_equal(h.calls, 0);
	loop_sim_advance(w->loop, 10000);
	assert_string_equal(h.err.text, "v4.test: no DNS server answered within 10000 ms");
}

static void an_error_about_another_question_is_none(void **state)
{
	struct world *w = *state;
	w->server.mode = OTHER_QUESTION;
	struct heard h = { .calls = 0 };
	dns_resolve(w->dns, "v4.test", on_answer, &h);
	loop_run_for(w->loop, 20);
	assert_int_equal(h.calls, 0);
	loop_sim_advance(w->loop, 10000);
	assert_string_equal(h.err.text, "v4.test: no DNS server answered within 10000 ms");
}

/* A UDP socket that takes questions and never answers. */
static int silent_server(char address[32])
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bind(fd, (struct sockaddr *)&at, sizeof at);
	getsockname(fd, (struct sockaddr *)&at, &len);
	snprintf(address, 32, "127.0.0.1:%d", ntohs(at.sin_port));
	return fd;
}

static struct heard ask_and_let_time_pass(struct world *w, const char *name);

static void a_server_that_refuses_says_more_than_one_that_is_silent(void **state)
{
	struct world *w = *state;
	struct err e;
	char silent[32];
	int fd = silent_server(silent);
	w->server.mode = ERROR;
	w->server.rcode = 5;
	assert_int_equal(
		dns_configure(w->dns, &(struct dns_options){ .servers = { w->address, silent } }, &e), 0);
	struct heard h = ask_and_let_time_pass(w, "v4.test");
	assert_non_null(strstr(h.err.text, "REFUSED"));
	assert_int_equal(h.err.kind, ERR_DNS);
	close(fd);
}

/* A packet that is lost is sent again after a second, of the computer's own clock, by which c-ares goes. */
static void lost_packets_are_sent_again(void **state)
{
	struct world *w = *state;
	struct heard h = { .calls = 0 };
	w->server.mode = SILENT;
	dns_resolve(w->dns, "v4.test", on_answer, &h);
	for (int i = 0; i < 100 && w->server.questions < 2; i++)
		loop_run_for(w->loop, 5);
	assert_int_equal(w->server.questions, 2);
	w->server.mode = NORMAL;
	usleep(1050000);
	loop_sim_advance(w->loop, 1050);
	wait_for(w, &h);
	assert_true(h.has_answer);
	assert_int_equal(w->server.questions, 4);
}

/* No error of one server keeps the next from being asked. */
static void the_next_server_is_asked_after_any_error(void **state)
{
	struct world *w = *state, *second;
	struct err e;
	assert_int_equal(set_up((void **)&second), 0);
	w->server.mode = ERROR;
	loop_watch_free(second->server.watch);
	second->server.watch =
		loop_watch(w->loop, second->server.fd, LOOP_READ, on_question, &second->server);
	for (int rcode = 1; rcode < 12; rcode++) {
		if (rcode == 3)
			continue;
		w->server.rcode = rcode;
		assert_int_equal(
			dns_configure(w->dns,
				      &(struct dns_options){ .servers = { w->address, second->address } },
				      &e),
			0);
		struct heard h = ask(w, "v4.test");
		assert_true(h.has_answer);
	}
	second->server.mode = DENY; /* what that one says counts, not what the first could not */
	w->server.rcode = 5;
	struct heard h = ask(w, "both.test");
	assert_string_equal(h.err.text, "both.test: the DNS servers say that there is no such name");
	tear_down((void **)&second);
}

static void a_server_may_have_an_ipv6_address(void **state)
{
	struct world *w = *state;
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof at;
	struct server six = { .fd = socket(AF_INET6, SOCK_DGRAM, 0) };
	char address[32];
	assert_int_equal(bind(six.fd, (struct sockaddr *)&at, sizeof at), 0);
	getsockname(six.fd, (struct sockaddr *)&at, &len);
	six.watch = loop_watch(w->loop, six.fd, LOOP_READ, on_question, &six);
	snprintf(address, sizeof address, "[::1]:%d", ntohs(at.sin6_port));
	assert_int_equal(dns_configure(w->dns, &(struct dns_options){ .servers = { address } }, NULL), 0);
	assert_true(ask(w, "v4.test").has_answer);
	char shown[DNS_SERVER_TEXT_MAX];
	assert_int_equal(dns_server(w->dns, 0, shown), 0);
	assert_string_equal(shown, address);
	six.mode = SERVFAIL;
	struct heard h = ask(w, "both.test");
	assert_non_null(strstr(h.err.text, address));
	assert_non_null(strstr(h.err.text, " failed to find an answer (SERVFAIL)"));
	assert_int_equal(w->server.questions, 0);
	loop_watch_free(six.watch);
	close(six.fd);
}

static void an_answer_too_long_for_udp_is_asked_for_over_tcp(void **state)
{
	struct world *w = *state;
	w->server.mode = TOO_LONG; /* and there is no TCP */
	struct heard h = ask_and_let_time_pass(w, "v4.test");
	assert_false(h.has_answer);
	assert_non_null(strstr(h.err.text, w->address)); /* with the port */
	assert_non_null(
		strstr(h.err.text, " has an answer that is too long for UDP, and gives none over TCP"));
}

static void silence_ends_in_time(void **state)
{
	struct world *w = *state;
	struct err e;
	struct dns_options o = { .servers = { w->address }, .domain = "test", .timeout_ms = 700 };
	assert_int_equal(dns_configure(w->dns, &o, &e), 0);
	w->server.mode = SILENT;
	struct heard h = { .calls = 0 };
	dns_resolve(w->dns, "v4", on_answer, &h);
	loop_sim_advance(w->loop, 699);
	assert_int_equal(h.calls, 0);
	loop_sim_advance(w->loop, 1);
	assert_int_equal(h.calls, 1);
	assert_false(h.has_answer);
	assert_int_equal(h.err.kind, ERR_TIMEOUT);
	assert_string_equal(h.err.text, "v4: no DNS server answered within 700 ms");
}

/* As ask, but the clock goes on. */
static struct heard ask_and_let_time_pass(struct world *w, const char *name)
{
	struct heard h = { .calls = 0 };
	dns_resolve(w->dns, name, on_answer, &h);
	for (int i = 0; i < 220 && !h.calls; i++) {
		loop_run_for(w->loop, 5);
		loop_sim_advance(w->loop, 50);
	}
	assert_int_equal(h.calls, 1);
	return h;
}

static void the_second_server_serves_when_the_first_is_closed(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(dns_configure(w->dns,
				       &(struct dns_options){ .servers = { "127.0.0.1:1", "", w->address } },
				       &e),
			 0);
	assert_true(ask_and_let_time_pass(w, "v4.test").has_answer);
	assert_int_equal(dns_configure(w->dns, &(struct dns_options){ .servers = { "127.0.0.1:1" } }, &e), 0);
	int64_t begin_ms = loop_now_ms(w->loop);
	struct heard h = ask_and_let_time_pass(w, "v4.test");
	assert_int_equal(h.err.kind, ERR_DNS);
	assert_true(loop_now_ms(w->loop) - begin_ms < 4000); /* refused: no need to wait to the end */
}

static int questions_at(int fd)
{
	char question[512];
	int n = 0;
	while (recv(fd, question, sizeof question, MSG_DONTWAIT) > 0)
		n++;
	return n;
}

/* As ask, for a first server that does not answer: c-ares goes by the computer's own clock. */
static struct heard ask_with_patience(struct world *w, const char *name)
{
	struct heard h = { .calls = 0 };
	dns_resolve(w->dns, name, on_answer, &h);
	loop_run_for(w->loop, 20);
	usleep(1050000);
	loop_sim_advance(w->loop, 1050);
	wait_for(w, &h);
	return h;
}

/* It costs a second each time, but only until that is known. */
static void a_silent_server_is_asked_last_for_some_time(void **state)
{
	struct world *w = *state;
	struct err e;
	char silent[32];
	int fd = silent_server(silent);
	struct dns_options o = { .servers = { silent, w->address } };
	assert_int_equal(dns_configure(w->dns, &o, &e), 0);
	for (int i = 0; i < 2; i++) { /* of two families each */
		dns_flush(w->dns);
		assert_true(ask_with_patience(w, "both.test").has_answer);
		assert_true(questions_at(fd) > 0);
	}
	for (int i = 0; i < 5; i++) {
		dns_flush(w->dns);
		assert_true(ask(w, "both.test").has_answer);
		assert_int_equal(questions_at(fd), 0);
	}
	loop_sim_advance(w->loop, 130 * 1000);
	assert_true(ask_with_patience(w, "both.test").has_answer);
	assert_true(questions_at(fd) > 0);
	dns_flush(w->dns);
	assert_true(ask(w, "both.test").has_answer); /* once is enough now */
	assert_int_equal(questions_at(fd), 0);
	dns_ask_anew(w->dns); /* in another network it may answer */
	assert_true(ask_with_patience(w, "both.test").has_answer);
	assert_true(questions_at(fd) > 0);
	close(fd);
}

static void cancelled_queries_say_nothing(void **state)
{
	struct world *w = *state;
	struct heard h = { .calls = 0 };
	dns_cancel(dns_resolve(w->dns, "v4.test", on_answer, &h));
	dns_cancel(dns_resolve(w->dns, "192.0.2.7", on_answer, &h));
	struct dns_query *q = dns_resolve(w->dns, "both.test", on_answer, &h);
	dns_resolve(w->dns, "both.test", on_answer, &h);
	dns_cancel(q);
	wait_for(w, &h);
	assert_int_equal(h.calls, 1);
	loop_run_for(w->loop, 20);
	w->server.mode = SILENT;
	dns_cancel(
		dns_resolve(w->dns, "mute6.test", on_answer, &h)); /* still under way in c-ares at the end */
	dns_cancel(NULL);
	loop_sim_advance(w->loop, 10);
	assert_int_equal(h.calls, 1);
}

static void new_servers_take_over_what_is_under_way(void **state)
{
	struct world *w = *state;
	struct err e;
	struct heard h = { .calls = 0 };
	char silent[32];
	int fd = silent_server(silent);
	assert_int_equal(dns_configure(w->dns, &(struct dns_options){ .servers = { silent } }, &e), 0);
	dns_resolve(w->dns, "v4.test", on_answer, &h);
	loop_run_for(w->loop, 10);
	close(fd);
	assert_int_equal(dns_configure(w->dns, &(struct dns_options){ .servers = { w->address } }, &e), 0);
	wait_for(w, &h);
	assert_int_equal(h.calls, 1);
	assert_true(h.has_answer);
	struct dns_answer a;
	assert_int_equal(dns_cached(w->dns, "v4.test", &a), 0);
	assert_int_equal(dns_configure(w->dns, &(struct dns_options){ .servers = { w->address } }, &e), 0);
	assert_int_equal(dns_cached(w->dns, "v4.test", &a), -1);
}

static void bad_settings_are_refused_and_change_nothing(void **state)
{
	struct world *w = *state;
	struct err e;
	assert_int_equal(
		dns_configure(w->dns, &(struct dns_options){ .servers = { w->address, "ns.test" } }, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.text, "DNS server 2: \"ns.test\" is no IPv4 or IPv6 address");
	assert_int_equal(dns_configure(w->dns, &(struct dns_options){ .servers = { "10.0.0.1:99999" } }, &e),
			 -1);
	assert_int_equal(dns_configure(w->dns, &(struct dns_options){ .domain = "no good" }, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_true(ask(w, "v4").has_answer);
}

static void literals_answer_themselves_and_nonsense_is_refused(void **state)
{
	struct world *w = *state;
	struct heard h = ask(w, "192.0.2.77");
	expect_addresses(&h.answer, "192.0.2.77");
	h = ask(w, "[2001:DB8::7]");
	expect_addresses(&h.answer, "2001:db8::7");
	assert_string_equal(h.answer.name, "2001:db8::7");
	char label[80], name[300];
	memset(label, 'a', 64);
	label[64] = '\0';
	memset(name, 'a', 254);
	name[254] = '\0';
	for (int i = 50; i < 254; i += 50)
		name[i] = '.';
	const char *const bad[] = { "",        ".",         "a..b",
				    ".a",      "a b",       "a\nb",
				    "-a.test", "a-.test",   "caf\xc3\xa9.test",
				    "127.1",   "1.2.3.4.5", "0x7f.1",
				    "a.0x7f",  "a.test..",  label,
				    name,      "a/b",       "a%00.test" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		h = ask(w, bad[i]);
		assert_false(h.has_answer);
		assert_int_equal(h.err.kind, ERR_INPUT);
	}
	assert_int_equal(w->server.questions, 0);
	name[253] = '\0';
	assert_int_equal(ask(w, name).err.kind, ERR_DNS); /* the longest name there may be */
	assert_int_equal(ask(w, "1a_b-c.3com").err.kind, ERR_DNS);
}

static void addresses_and_ports_are_read_strictly(void **state)
{
	(void)state;
	struct dns_address a;
	assert_true(dns_is_address("::1", &a));
	assert_int_equal(a.family, AF_INET6);
	assert_true(dns_is_address("[::1]", NULL));
	assert_true(dns_is_address("1.2.3.4", &a));
	assert_int_equal(a.family, AF_INET);
	const char *const no[] = { "",   "1.2.3",     "1.2.3.4.5",    "[1.2.3.4]", "[::1", "::1]",
				   "[]", "01.2.3.4.", "fe80::1%eth0", "name",      ":" };
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(dns_is_address(no[i], NULL));

	const struct {
		const char *text, *host;
		int port;
	} good[] = {
		{ "ntp.test", "ntp.test", 123 },
		{ "ntp.test:1", "ntp.test", 1 },
		{ "10.0.0.1:65535", "10.0.0.1", 65535 },
		{ "::1", "::1", 123 },
		{ "[::1]", "::1", 123 },
		{ "[::1]:99", "::1", 99 },
	};
	char host[DNS_NAME_MAX];
	int port;
	struct err e;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(dns_split_port(good[i].text, 123, host, &port, &e), 0);
		assert_string_equal(host, good[i].host);
		assert_int_equal(port, good[i].port);
	}
	const char *const bad[] = { "", ":1", "a:", "a:0", "a:65536", "a:x", "[::1]x", "[]:1", "[::1]:" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(dns_split_port(bad[i], 123, host, &port, &e), -1);
}

static void socket_addresses_carry_address_and_port(void **state)
{
	(void)state;
	struct dns_address a;
	struct sockaddr_storage to;
	socklen_t len;
	dns_is_address("192.0.2.5", &a);
	dns_sockaddr(&a, 443, &to, &len);
	struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
	assert_int_equal(len, sizeof *v4);
	assert_int_equal(ntohs(v4->sin_port), 443);
	assert_int_equal(ntohl(v4->sin_addr.s_addr), 0xc0000205);
	dns_is_address("2001:db8::5", &a);
	dns_sockaddr(&a, 8443, &to, &len);
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
	assert_int_equal(len, sizeof *v6);
	assert_int_equal(ntohs(v6->sin6_port), 8443);
	assert_int_equal(v6->sin6_addr.s6_addr[15], 5);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(families_are_interleaved_and_the_shorter_time_counts),
		WORLD_TEST(the_longer_family_stands_last_and_all_is_bounded),
		WORLD_TEST(a_domain_is_appended_as_long_as_the_name_may_be),
		WORLD_TEST(the_cache_lives_as_long_as_it_may),
		WORLD_TEST(the_cache_is_bounded),
		WORLD_TEST(a_name_without_a_dot_gets_the_domain),
		WORLD_TEST(the_systems_search_list_is_read_again_when_it_changes),
		WORLD_TEST(other_servers_of_the_system_empty_the_cache),
		WORLD_TEST(no_server_is_said),
		WORLD_TEST(servers_are_read_as_glibc_reads_them),
		WORLD_TEST(asked_anew_the_cache_is_passed_over),
		WORLD_TEST(the_search_list_is_bounded),
		WORLD_TEST(a_domain_that_fails_does_not_end_the_search),
		WORLD_TEST(a_name_that_a_filter_forbids),
		WORLD_TEST(an_alias_is_followed_and_limits_the_time),
		WORLD_TEST(no_name_and_no_address_are_told_apart),
		WORLD_TEST(a_family_that_never_answers_costs_a_quarter_of_a_second),
		WORLD_TEST(the_last_good_addresses_serve_when_servers_fail_but_not_when_they_deny),
		WORLD_TEST(questions_are_plain),
		WORLD_TEST(questions_have_random_numbers),
		WORLD_TEST(trouble_with_one_family_leaves_the_other),
		WORLD_TEST(errors_are_told_in_their_own_words),
		WORLD_TEST(an_error_about_another_question_is_none),
		WORLD_TEST(a_server_that_refuses_says_more_than_one_that_is_silent),
		WORLD_TEST(lost_packets_are_sent_again),
		WORLD_TEST(the_next_server_is_asked_after_any_error),
		WORLD_TEST(a_server_may_have_an_ipv6_address),
		WORLD_TEST(an_answer_too_long_for_udp_is_asked_for_over_tcp),
		WORLD_TEST(silence_ends_in_time),
		WORLD_TEST(the_second_server_serves_when_the_first_is_closed),
		WORLD_TEST(a_silent_server_is_asked_last_for_some_time),
		WORLD_TEST(cancelled_queries_say_nothing),
		WORLD_TEST(new_servers_take_over_what_is_under_way),
		WORLD_TEST(bad_settings_are_refused_and_change_nothing),
		WORLD_TEST(literals_answer_themselves_and_nonsense_is_refused),
		cmocka_unit_test(addresses_and_ports_are_read_strictly),
		cmocka_unit_test(socket_addresses_carry_address_and_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
