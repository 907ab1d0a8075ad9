/* SPDX-License-Identifier: MIT */
#include "net/https.h"

#include "base/mem.h"
#include "https_internal.h"

#include <stdlib.h>

static void bury(void *arg)
{
	struct https *h = arg;
	while (h->dead) {
		struct https_endpoint *p = h->dead;
		h->dead = p->next;
		https_transfer_part(&p->transfer, &h->loose);
		https_answer_done(&p->answer);
		curl_easy_cleanup(p->easy);
		curl_slist_free_all(p->resolve);
		https_way_unref(p->way);
		free(p);
	}
	https_sessions_free(&h->loose);
}

struct https *https_new(const struct https_options *o)
{
	struct https *h = mem_new(sizeof *h);
	/* libcurl would write the keys of all TLS connections to the file that this variable names. */
	unsetenv("SSLKEYLOGFILE");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	h->o = *o;
	h->undertaker = loop_timer_new(o->loop, bury, h);
	return h;
}

void https_free(struct https *h)
{
	if (!h)
		return;
	loop_timer_free(h->undertaker);
	bury(h);
	free(h);
	curl_global_cleanup();
}

void https_new_epoch(struct https *h)
{
	for (struct https_way *w = h->ways; w; w = w->next)
		https_way_renew(w);
}
