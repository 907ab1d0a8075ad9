/* SPDX-License-Identifier: MIT */
#include "net/nts_ke.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct nts_ke {
	struct tls_stream *stream;
	char host[DNS_NAME_MAX];
	int port;
	struct buf in;
	struct nts_ke_result result;
	struct verify_chain *chain;
	void (*fn)(void *arg, const struct nts_ke_result *result, const struct err *e);
	void *arg;
};

void nts_ke_cancel(struct nts_ke *k)
{
	if (!k)
		return;
	tls_stream_free(k->stream);
	verify_chain_free(k->chain);
	buf_wipe(&k->in);
	explicit_bzero(k, sizeof *k); /* keys */
	free(k);
}

static void fail(struct nts_ke *k, const struct err *e)
{
	struct err copy = *e;
	k->fn(k->arg, NULL, &copy);
	nts_ke_cancel(k);
}

/* Derives both keys (RFC 8915, 5.1), for NTPv4 and the offered algorithm. */
static int derive(struct nts_ke *k)
{
	struct {
		unsigned char *key;
		unsigned char direction;
	} const keys[] = { { k->result.association.c2s, 0 }, { k->result.association.s2c, 1 } };
	for (size_t i = 0; i < 2; i++) {
		const unsigned char context[] = { 0, 0, 0, 15, keys[i].direction };
		const struct tls_stream_export x = { "EXPORTER-network-time-security", context,
						     sizeof context };
		if (tls_stream_export(k->stream, &x, keys[i].key, NTS_KEY) < 0)
			return -1;
	}
	return 0;
}

static void on_opened(void *arg)
{
	struct nts_ke *k = arg;
	unsigned char hello[NTS_HELLO_MAX];
	size_t len = nts_hello(hello);
	k->chain = verify_chain_copy(tls_stream_chain(k->stream));
	k->result.address = *tls_stream_address(k->stream);
	tls_stream_write(k->stream, hello, len); /* a stream that was just opened accepts it */
}

static void on_received(void *arg, const void *data, size_t len)
{
	struct nts_ke *k = arg;
	struct err e;
	size_t room = k->in.max - k->in.len;
	buf_add(&k->in, data, len < room ? len : room);
	int r = nts_read_offer((const unsigned char *)buf_str(&k->in), k->in.len, &k->result.offer, &e);
	if (r == 0)
		return;
	if (r > 0 && derive(k) < 0)
		r = err_set(&e, ERR_TLS, 0, "TLS gives no keys for NTS");
	if (r < 0) {
		err_prefix(&e, "%s port %d", k->host, k->port);
		fail(k, &e);
		return;
	}
	k->result.association.cookies = k->result.offer.cookies;
	k->result.chain = k->chain;
	const struct err none = { .kind = ERR_NONE };
	k->fn(k->arg, &k->result, &none);
	nts_ke_cancel(k);
}

static void on_ended(void *arg, const struct err *e)
{
	struct nts_ke *k = arg;
	struct err early;
	if (e->kind == ERR_NONE) {
		err_set(&early, ERR_PROTOCOL, 0,
			"%s port %d ended the connection before it had sent all of its answer", k->host,
			k->port);
		e = &early;
	}
	fail(k, e);
}

struct tls_stream_request nts_ke_stream(const struct nts_ke_request *r)
{
	return (struct tls_stream_request){ .service = r->service,
					    .host = r->host,
					    .port = r->port,
					    .verify = TLS_STREAM_VERIFY_ON,
					    .date_rule = TLS_STREAM_DATE_FROM_THIS_SERVER,
					    .least = TLS_STREAM_1_3,
					    .alpn = "ntske/1",
					    .policy = r->policy,
					    .connect_ms = r->timeout_ms,
					    .total_ms = r->timeout_ms };
}

struct nts_ke *nts_ke_start(const struct tls_stream_world *w, const struct nts_ke_request *r,
			    void (*fn)(void *arg, const struct nts_ke_result *result, const struct err *e),
			    void *arg)
{
	static const struct tls_stream_events events = { .opened = on_opened,
							 .received = on_received,
							 .ended = on_ended };
	struct nts_ke *k = mem_new(sizeof *k);
	k->fn = fn;
	k->arg = arg;
	k->port = r->port;
	snprintf(k->host, sizeof k->host, "%s", r->host);
	buf_init(&k->in, NTS_MESSAGE_MAX);
	const struct tls_stream_request to = nts_ke_stream(r);
	k->stream = tls_stream_open(w, &to, &events, k);
	return k;
}
