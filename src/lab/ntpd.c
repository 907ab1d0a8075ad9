/* SPDX-License-Identifier: MIT */
#include "ntpd.h"

#include "base/mem.h"
#include "base/num.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKET = 48, MAC_MAX = 4 + 32, DIGEST_CUT = 20, ERA_OFFSET_S = 4 };
/* In NTPv4 packets, longer digests are cut to DIGEST_CUT bytes (RFC 7822, 7.5); NTPv3 clients send them in
 * full. */
enum { MODE_CLIENT = 3, MODE_SERVER = 4 };
/* Offsets in the packet, RFC 4330 section 4. */
enum {
	AT_STRATUM = 1,
	AT_POLL = 2,
	AT_PRECISION = 3,
	AT_DELAY = 4,
	AT_DISPERSION = 8,
	AT_REFERENCE = 12,
	AT_UPDATED = 16,
	AT_ORIGINATE = 24,
	AT_RECEIVE = 32,
	AT_TRANSMIT = 40
};
static const int64_t ntp_epoch = 2208988800; /* seconds from 1900 to 1970 */

struct answer {
	unsigned char data[PACKET + MAC_MAX];
	size_t len;
};

struct ntp_fault {
	struct fault fault;
	/* Change the finished packet before and after the MAC is added; may be NULL. They return -1 if no
	 * answer is to be sent. */
	int (*before)(struct answer *a);
	int (*after)(struct answer *a);
};

struct ntpd {
	int fd, port;
	struct event *readable;
	const struct lab_clock *clock;
	const struct ntp_fault *mode;
	int64_t wrong_s;
	unsigned long requests;
};

static const struct key {
	uint32_t id;
	const char *digest, *secret;
} keys[] = {
	{ NTPD_SHA1_ID, "SHA1", NTPD_SHA1_SECRET },
	{ NTPD_SHA256_ID, "SHA256", NTPD_SHA256_SECRET },
};

/* --- kinds of answers --- */

static int silent(struct answer *a)
{
	(void)a;
	return -1;
}

static int unsynchronised(struct answer *a)
{
	a->data[0] |= 3 << 6;
	return 0;
}

static int stratum_16(struct answer *a)
{
	a->data[AT_STRATUM] = 16;
	return 0;
}

static int kiss(struct answer *a, const char *code)
{
	unsynchronised(a);
	a->data[AT_STRATUM] = 0;
	memcpy(a->data + AT_REFERENCE, code, 4);
	return 0;
}

static int rate(struct answer *a)
{
	return kiss(a, "RATE");
}

static int deny(struct answer *a)
{
	return kiss(a, "DENY");
}

static int rstr(struct answer *a)
{
	return kiss(a, "RSTR");
}

static int init(struct answer *a)
{
	return kiss(a, "INIT");
}

static int step(struct answer *a)
{
	return kiss(a, "STEP");
}

static int unknown_kiss(struct answer *a)
{
	return kiss(a, "XLAB");
}

static int wrong_originate(struct answer *a)
{
	a->data[AT_ORIGINATE + 7] ^= 1;
	return 0;
}

static int no_transmit(struct answer *a)
{
	memset(a->data + AT_TRANSMIT, 0, 8);
	return 0;
}

static int wrong_mode(struct answer *a)
{
	a->data[0] = (unsigned char)((a->data[0] & ~7) | MODE_CLIENT);
	return 0;
}

static int far_away(struct answer *a)
{
	a->data[AT_DISPERSION + 1] = 10; /* seconds */
	return 0;
}

static int cut_short(struct answer *a)
{
	a->len = PACKET / 2;
	return 0;
}

static int bad_mac(struct answer *a)
{
	if (a->len > PACKET)
		a->data[a->len - 1] ^= 1;
	return 0;
}

static int no_mac(struct answer *a)
{
	a->len = PACKET;
	return 0;
}

#define ROW(name, usage, help, code, before, after)                                                          \
	{                                                                                                    \
		{ name, usage, help, code, 0 }, before, after                                                \
	}
static const struct ntp_fault rows[] = {
	ROW("good", NULL, "the lab's date, stratum 2", 0, NULL, NULL),
	ROW("silent", NULL, "never answers", 50, silent, NULL),
	ROW("wrong", "SECONDS", "the lab's date plus this many seconds (may be negative)", FAULT_NOT_TLS,
	    NULL, NULL),
	ROW("unsynchronised", NULL, "says that its own clock is not set (leap indicator 3)", 50,
	    unsynchronised, NULL),
	ROW("stratum16", NULL, "says that it has no source (stratum 16)", 50, stratum_16, NULL),
	ROW("rate", NULL, "kiss-o'-death RATE: it is asked too often", 50, rate, NULL),
	ROW("deny", NULL, "kiss-o'-death DENY: refuses to serve", 50, deny, NULL),
	ROW("rstr", NULL, "kiss-o'-death RSTR: refuses by its access list", 50, rstr, NULL),
	ROW("init", NULL, "kiss code INIT: it was just started and has no time yet", 50, init, NULL),
	ROW("step", NULL, "kiss code STEP: its clock was just set", 50, step, NULL),
	ROW("unknown-kiss", NULL, "a kiss code that nobody knows", 50, unknown_kiss, NULL),
	ROW("wrong-originate", NULL, "answers a question that was not asked, as a forger would", 50,
	    wrong_originate, NULL),
	ROW("no-transmit", NULL, "leaves the transmit time empty", 50, no_transmit, NULL),
	ROW("wrong-mode", NULL, "answers as if it were a client (mode 3)", 50, wrong_mode, NULL),
	ROW("far", NULL, "its own distance from true time is ten seconds", 50, far_away, NULL),
	ROW("short", NULL, "sends half a packet", 50, NULL, cut_short),
	ROW("bad-mac", NULL, "changes a bit of the MAC (when a key is used)", 50, NULL, bad_mac),
	ROW("no-mac", NULL, "leaves the MAC out (when a key is used)", 50, NULL, no_mac),
};
static const struct fault_table table = { "ntp", rows, sizeof *rows, sizeof rows / sizeof *rows };

/* --- the server --- */

static void put_number(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void put_time(unsigned char *at, int64_t unix_us)
{
	/* NTP's 32-bit seconds begin again at 0 in 2036, as this number does. */
	put_number(at, (uint32_t)(unix_us / 1000000 + ntp_epoch));
	put_number(at + ERA_OFFSET_S, (uint32_t)(((uint64_t)(unix_us % 1000000) << 32) / 1000000));
}

static unsigned digest(const struct key *k, const unsigned char packet[PACKET],
		       unsigned char out[EVP_MAX_MD_SIZE])
{
	unsigned len = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_get_digestbyname(k->digest), NULL) ||
	    !EVP_DigestUpdate(ctx, k->secret, strlen(k->secret)) || !EVP_DigestUpdate(ctx, packet, PACKET) ||
	    !EVP_DigestFinal_ex(ctx, out, &len))
		len = 0;
	EVP_MD_CTX_free(ctx);
	return len;
}

/* Finds the key with which the request was signed, and the length of its digest; *ret is NULL if it was not
 * signed. Returns -1 if the signature is wrong. */
static int find_key(const unsigned char *in, size_t len, const struct key **ret, size_t *ret_len)
{
	*ret = NULL;
	*ret_len = len - PACKET - 4;
	if (len == PACKET)
		return 0;
	for (size_t i = 0; i < sizeof keys / sizeof *keys && len > PACKET + 4; i++) {
		unsigned char id[4], mac[EVP_MAX_MD_SIZE];
		put_number(id, keys[i].id);
		unsigned n = digest(&keys[i], in, mac);
		int is_whole = *ret_len == n || (*ret_len == DIGEST_CUT && n > DIGEST_CUT);
		if (memcmp(in + PACKET, id, 4) == 0 && is_whole &&
		    memcmp(in + PACKET + 4, mac, *ret_len) == 0) {
			*ret = &keys[i];
			return 0;
		}
	}
	return -1;
}

static void build(const struct ntpd *n, const unsigned char *in, struct answer *a)
{
	int64_t now = site_now_us(n->clock) + n->wrong_s * 1000000;
	*a = (struct answer){ .len = PACKET };
	a->data[0] = (unsigned char)((in[0] & 0x38) | MODE_SERVER);
	a->data[AT_STRATUM] = 2;
	a->data[AT_POLL] = in[AT_POLL];
	a->data[AT_PRECISION] = 0xec;                 /* 2^-20 s */
	put_number(a->data + AT_DELAY, 65536 / 1000); /* 1 ms */
	put_number(a->data + AT_DISPERSION, 65536 / 1000);
	memcpy(a->data + AT_REFERENCE, "\x7f\x7f\x01\x01", 4);
	put_time(a->data + AT_UPDATED, now - 8 * 1000000);
	memcpy(a->data + AT_ORIGINATE, in + AT_TRANSMIT, 8);
	put_time(a->data + AT_RECEIVE, now);
	put_time(a->data + AT_TRANSMIT, now);
}

static void sign(struct answer *a, const struct key *k, size_t len)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	digest(k, a->data, mac);
	put_number(a->data + PACKET, k->id);
	memcpy(a->data + PACKET + 4, mac, len);
	a->len += 4 + len;
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct ntpd *n = arg;
	unsigned char in[PACKET + MAC_MAX + 1];
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	ssize_t len = recvfrom(fd, in, sizeof in, 0, (struct sockaddr *)&from, &size);
	const struct key *key;
	size_t digest_len;
	if (len < PACKET || (in[0] & 7) != MODE_CLIENT || find_key(in, (size_t)len, &key, &digest_len) < 0)
		return;
	n->requests++;
	struct answer a;
	build(n, in, &a);
	if (n->mode->before && n->mode->before(&a) < 0)
		return;
	if (key)
		sign(&a, key, digest_len);
	if (n->mode->after)
		n->mode->after(&a);
	/* A packet that cannot be sent is lost, as on any network. */
	(void)!sendto(fd, a.data, a.len, 0, (struct sockaddr *)&from, size);
}

struct ntpd *ntpd_new(struct event_base *base, const struct lab_clock *clock, int port, struct err *e)
{
	struct ntpd *n = mem_new(sizeof *n);
	*n = (struct ntpd){ .clock = clock, .mode = rows };
	n->fd = site_udp(port, &n->port, e);
	if (n->fd < 0) {
		free(n);
		return NULL;
	}
	n->readable = event_new(base, n->fd, EV_READ | EV_PERSIST, readable, n);
	event_add(n->readable, NULL);
	return n;
}

void ntpd_free(struct ntpd *n)
{
	if (!n)
		return;
	event_free(n->readable);
	close(n->fd);
	free(n);
}

int ntpd_port(const struct ntpd *n)
{
	return n->port;
}

const struct fault_table *ntpd_table(void)
{
	return &table;
}

int ntpd_set(struct ntpd *n, const char *name, const char *argument, struct err *e)
{
	const struct fault *f = fault_find(&table, name, e);
	if (!f)
		return -1;
	int64_t wrong_s = 0;
	if (!f->usage && argument)
		return err_set(e, ERR_INPUT, 0, "ntp %s: takes no parameter", name);
	if (f->usage &&
	    (!argument || num_parse(argument + (*argument == '-'), 0, 10000000000, &wrong_s, NULL) < 0))
		return err_set(e, ERR_INPUT, 0, "ntp %s: expected a number of seconds", name);
	n->mode = (const struct ntp_fault *)(const void *)f;
	n->wrong_s = argument && *argument == '-' ? -wrong_s : wrong_s;
	return 0;
}

const char *ntpd_mode(const struct ntpd *n)
{
	return n->mode->fault.name;
}

unsigned long ntpd_requests(const struct ntpd *n)
{
	return n->requests;
}
