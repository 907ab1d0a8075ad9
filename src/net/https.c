#include "net/https.h"

#include "base/mem.h"
#include "https_peer.h"

#include <stdlib.h>

static void bury(void *arg)
{
	struct https *h = arg;
	while (h->dead) {
		struct https_peer *p = h->dead;
		h->dead = p->next;
		https_lane_forget(&p->lane);
		https_answer_done(&p->answer);
		curl_easy_cleanup(p->easy);
		curl_url_cleanup(p->parsed);
		curl_slist_free_all(p->headers);
		curl_slist_free_all(p->resolve);
		free(p->service);
		free(p);
	}
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
	h->epoch++;
	for (struct https_peer *p = h->peers; p; p = p->next)
		if (p->call.state == CALL_NONE)
			https_lane_close(&p->lane);
}

uint64_t https_epoch(const struct https *h)
{
	return h->epoch;
}

void https_counts(const struct https *h, struct https_counts *ret)
{
	*ret = h->counts;
}
