/* SPDX-License-Identifier: MIT */
/* https: creates and frees struct https; posts are in https_call.c. */
#include "net/https.h"

#include "base/mem.h"
#include "https_internal.h"

#include <stdlib.h>

static void cleanup(void *arg)
{
	struct https *h = arg;
	while (h->freed) {
		struct https_endpoint *p = h->freed;
		h->freed = p->next;
		https_transfer_detach_sessions(&p->transfer, &h->old_sessions);
		https_endpoint_destroy(p);
	}
	https_sessions_free(&h->old_sessions);
}

struct https *https_new(const struct https_options *o)
{
	struct https *h = mem_new(sizeof *h);
	/* otherwise libcurl would write the keys of all TLS connections to the file named in this variable */
	unsetenv("SSLKEYLOGFILE");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	h->o = *o;
	h->cleanup = loop_timer_new(o->loop, cleanup, h);
	return h;
}

void https_free(struct https *h)
{
	if (!h)
		return;
	loop_timer_free(h->cleanup);
	cleanup(h);
	free(h);
	curl_global_cleanup();
}

void https_new_epoch(struct https *h)
{
	for (struct https_endpoint *p = h->endpoints; p; p = p->next)
		https_pool_close(&p->pool);
}

void https_ask_anew(struct https *h)
{
	for (struct https_endpoint *p = h->endpoints; p; p = p->next)
		if (p->pool.addresses_until_ms)
			p->pool.addresses_until_ms = 1; /* expired, so that they are removed from libcurl */
	dns_ask_anew(h->o.dns);
}

void https_end_lost(struct https *h)
{
	for (struct https_endpoint *p = h->endpoints; p; p = p->next) {
		if (!https_connection_all_lost(&p->pool.sockets))
			continue;
		if (p->pool.transfer)
			https_call_lose(p);
		https_pool_close(&p->pool);
	}
}

const char *https_library_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
