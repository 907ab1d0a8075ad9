#include "dnsd.h"

#include "base/mem.h"
#include "lab.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PACKET = 512, HEADER = 12, NAME = 256, SLOW_S = 3 };
enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28 };
enum { RCODE_SERVFAIL = 2, RCODE_NXDOMAIN = 3, RCODE_REFUSED = 5 };
enum { FLAG_RESPONSE = 0x80, FLAG_AUTHORITY = 0x04, FLAG_TRUNCATED = 0x02, FLAG_RECURSION = 0x80 };

struct reply {
	unsigned char data[PACKET];
	size_t len;
	struct sockaddr_in to;
};

struct question {
	char name[NAME];
	int type;
};

struct dns_fault {
	struct fault fault;
	/* Adds answers to r, which holds header and question. 0: send it, -1: keep silent. */
	int (*answer)(const struct dnsd *d, const struct question *q, struct reply *r);
	unsigned delay_s;
};

struct dnsd {
	int fd, port;
	struct event *readable;
	struct event_base *base;
	const struct dns_fault *mode;
	unsigned ttl_s;
	unsigned long questions;
	struct later *later;	/* answers that wait */
};

struct later {
	struct later *next;
	struct dnsd *dnsd;
	struct event *timer;
	struct reply reply;
};

/* --- writing ----------------------------------------------------------------------------------------------------- */

static void put(struct reply *r, const void *data, size_t len)
{
	if (len <= PACKET - r->len) {
		memcpy(r->data + r->len, data, len);
		r->len += len;
	}
}

static void put_number(struct reply *r, uint32_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--) {
		unsigned char byte = (unsigned char)(value >> (8 * i));
		put(r, &byte, 1);
	}
}

static void put_name(struct reply *r, const char *name)
{
	while (*name) {
		size_t len = strcspn(name, ".");
		put_number(r, (uint32_t)len, 1);
		put(r, name, len);
		name += len + (name[len] == '.');
	}
	put_number(r, 0, 1);
}

/* owner NULL: the name asked for. */
static void put_record(const struct dnsd *d, struct reply *r, const char *owner, int type, const void *data, size_t len)
{
	if (owner)
		put_name(r, owner);
	else
		put_number(r, 0xc000 | HEADER, 2);
	put_number(r, (uint32_t)type, 2);
	put_number(r, 1, 2);
	put_number(r, d->ttl_s, 4);
	put_number(r, (uint32_t)len, 2);
	put(r, data, len);
	r->data[7]++;
}

static void put_v4(const struct dnsd *d, struct reply *r, const char *owner, unsigned last)
{
	put_record(d, r, owner, TYPE_A, (unsigned char[]){ 127, 0, 0, (unsigned char)last }, 4);
}

static void put_v6(const struct dnsd *d, struct reply *r)
{
	put_record(d, r, NULL, TYPE_AAAA, &in6addr_loopback, sizeof in6addr_loopback);
}

static int code(struct reply *r, int rcode)
{
	r->data[3] = (unsigned char)((r->data[3] & 0xf0) | rcode);
	return 0;
}

/* --- ways to answer ---------------------------------------------------------------------------------------------- */

static int good(const struct dnsd *d, const struct question *q, struct reply *r)
{
	if (q->type == TYPE_A)
		put_v4(d, r, NULL, 1);
	return 0;
}

static int ipv6(const struct dnsd *d, const struct question *q, struct reply *r)
{
	if (q->type == TYPE_AAAA)
		put_v6(d, r);
	return good(d, q, r);
}

static int ipv6_only(const struct dnsd *d, const struct question *q, struct reply *r)
{
	if (q->type == TYPE_AAAA)
		put_v6(d, r);
	return 0;
}

static int cname(const struct dnsd *d, const struct question *q, struct reply *r)
{
	static const char target[] = "\6server\10sealpost\4test";
	put_record(d, r, NULL, TYPE_CNAME, target, sizeof target);
	if (q->type == TYPE_A)
		put_v4(d, r, "server." LAB_DOMAIN, 1);
	return 0;
}

static int dead_first(const struct dnsd *d, const struct question *q, struct reply *r)
{
	if (q->type == TYPE_A) {
		put_v4(d, r, NULL, 9);
		put_v4(d, r, NULL, 1);
	}
	return 0;
}

static int wrong_address(const struct dnsd *d, const struct question *q, struct reply *r)
{
	if (q->type == TYPE_A)
		put_v4(d, r, NULL, 9);
	return 0;
}

static int nxdomain(const struct dnsd *d, const struct question *q, struct reply *r)
{
	(void)d, (void)q;
	return code(r, RCODE_NXDOMAIN);
}

static int servfail(const struct dnsd *d, const struct question *q, struct reply *r)
{
	(void)d, (void)q;
	return code(r, RCODE_SERVFAIL);
}

static int refused(const struct dnsd *d, const struct question *q, struct reply *r)
{
	(void)d, (void)q;
	return code(r, RCODE_REFUSED);
}

static int empty(const struct dnsd *d, const struct question *q, struct reply *r)
{
	(void)d, (void)q, (void)r;
	return 0;
}

static int silent(const struct dnsd *d, const struct question *q, struct reply *r)
{
	(void)d, (void)q, (void)r;
	return -1;
}

static int wrong_id(const struct dnsd *d, const struct question *q, struct reply *r)
{
	r->data[0] ^= 0x55;
	return good(d, q, r);
}

static int truncated(const struct dnsd *d, const struct question *q, struct reply *r)
{
	(void)d, (void)q;
	r->data[2] |= FLAG_TRUNCATED;
	return 0;
}

static int garbage(const struct dnsd *d, const struct question *q, struct reply *r)
{
	(void)d, (void)q;
	r->data[7] = 200;	/* so many answers, and then none */
	put(r, "\300\377\300\377", 4);
	return 0;
}

#define ROW(name, help, answer, delay) { { name, NULL, help, FAULT_NOT_TLS, 0 }, answer, delay }
static const struct dns_fault rows[] = {
	ROW("good", "every name below sealpost.test is 127.0.0.1", good, 0),
	ROW("ipv6", "127.0.0.1 and ::1", ipv6, 0),
	ROW("ipv6-only", "::1 only", ipv6_only, 0),
	ROW("cname", "an alias of server.sealpost.test, 127.0.0.1", cname, 0),
	ROW("dead-first", "127.0.0.9, where nobody listens, and 127.0.0.1", dead_first, 0),
	ROW("wrong-address", "127.0.0.9, where nobody listens", wrong_address, 0),
	ROW("nxdomain", "there is no such name", nxdomain, 0),
	ROW("servfail", "the server failed", servfail, 0),
	ROW("refused", "the server refuses to answer", refused, 0),
	ROW("empty", "the name exists, but has no address", empty, 0),
	ROW("silent", "never answers", silent, 0),
	ROW("slow", "answers after three seconds", good, SLOW_S),
	ROW("wrong-id", "answers with another query's number, as a forger who guesses", wrong_id, 0),
	ROW("truncated", "says that the answer is too long for UDP, and does not answer on TCP", truncated, 0),
	ROW("garbage", "promises 200 answers and sends a broken one", garbage, 0),
};
static const struct fault_table table = { "dns", rows, sizeof *rows, sizeof rows / sizeof *rows };

/* --- the server -------------------------------------------------------------------------------------------------- */

/* Reads header and the one question, and begins the reply with them. -1: nothing that deserves an answer. */
static int begin(const unsigned char *in, size_t len, struct question *q, struct reply *r)
{
	if (len < HEADER || in[2] & FLAG_RESPONSE || in[4] != 0 || in[5] != 1)
		return -1;
	size_t at = HEADER, out = 0;
	while (at < len && in[at]) {
		size_t label = in[at++];
		if (label > 63 || label > len - at || out + label + 2 > sizeof q->name)
			return -1;
		memcpy(q->name + out, in + at, label);
		at += label;
		out += label;
		q->name[out++] = '.';
	}
	if (len - at < 5)
		return -1;
	q->name[out ? out - 1 : 0] = '\0';
	q->type = in[at + 1] << 8 | in[at + 2];
	const unsigned char header[HEADER] = {
		in[0], in[1], (unsigned char)(FLAG_RESPONSE | FLAG_AUTHORITY | (in[2] & 0x79)), FLAG_RECURSION, 0, 1,
	};
	put(r, header, HEADER);
	put(r, in + HEADER, at + 5 - HEADER);
	return 0;
}

static int is_ours(const char *name)
{
	size_t len = strlen(name), domain = strlen(LAB_DOMAIN);
	return len > domain && name[len - domain - 1] == '.' && strcasecmp(name + len - domain, LAB_DOMAIN) == 0 &&
	       strncasecmp(name, "missing.", 8) != 0;
}

static void send_reply(const struct dnsd *d, const struct reply *r)
{
	/* What cannot be sent is lost, as on any network. */
	(void)!sendto(d->fd, r->data, r->len, 0, (const struct sockaddr *)&r->to, sizeof r->to);
}

static void drop(struct later *l)
{
	struct later **at = &l->dnsd->later;
	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	event_free(l->timer);
	free(l);
}

static void due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct later *l = arg;
	send_reply(l->dnsd, &l->reply);
	drop(l);
}

static void send_later(struct dnsd *d, const struct reply *r, unsigned delay_s)
{
	struct later *l = mem_new(sizeof *l);
	*l = (struct later){ .next = d->later, .dnsd = d, .reply = *r };
	l->timer = evtimer_new(d->base, due, l);
	evtimer_add(l->timer, &(struct timeval){ .tv_sec = delay_s });
	d->later = l;
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct dnsd *d = arg;
	unsigned char in[PACKET];
	struct reply r = { .len = 0 };
	struct question q;
	socklen_t size = sizeof r.to;
	ssize_t len = recvfrom(fd, in, sizeof in, 0, (struct sockaddr *)&r.to, &size);
	if (len < 0 || begin(in, (size_t)len, &q, &r) < 0)
		return;
	d->questions++;
	const struct dns_fault *mode = d->mode;
	if (!is_ours(q.name))
		code(&r, RCODE_NXDOMAIN);
	else if (mode->answer(d, &q, &r) < 0)
		return;
	if (mode->delay_s)
		send_later(d, &r, mode->delay_s);
	else
		send_reply(d, &r);
}

struct dnsd *dnsd_new(struct event_base *base, int port, struct err *e)
{
	struct dnsd *d = mem_new(sizeof *d);
	*d = (struct dnsd){ .base = base, .mode = rows, .ttl_s = 60 };
	d->fd = lab_udp(port, &d->port, e);
	if (d->fd < 0) {
		free(d);
		return NULL;
	}
	d->readable = event_new(base, d->fd, EV_READ | EV_PERSIST, readable, d);
	event_add(d->readable, NULL);
	return d;
}

void dnsd_free(struct dnsd *d)
{
	if (!d)
		return;
	while (d->later)
		drop(d->later);
	event_free(d->readable);
	close(d->fd);
	free(d);
}

int dnsd_port(const struct dnsd *d)
{
	return d->port;
}

const struct fault_table *dnsd_table(void)
{
	return &table;
}

int dnsd_set(struct dnsd *d, const char *name, struct err *e)
{
	const struct fault *f = fault_find(&table, name, e);
	if (!f)
		return -1;
	d->mode = (const struct dns_fault *)(const void *)f;
	return 0;
}

void dnsd_set_ttl(struct dnsd *d, unsigned seconds)
{
	d->ttl_s = seconds;
}

const char *dnsd_mode(const struct dnsd *d)
{
	return d->mode->fault.name;
}

unsigned long dnsd_questions(const struct dnsd *d)
{
	return d->questions;
}
