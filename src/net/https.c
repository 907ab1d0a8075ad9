/* SPDX-License-Identifier: MIT */
#include "net/https.h"

#include "base/mem.h"
#include "https_peer.h"

#include <stdlib.h>
#include <string.h>

static void bury(void *arg)
{
	struct https *h = arg;
	while (h->dead) {
		struct https_peer *p = h->dead;
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

/* What libcurl allocates: for each post in flight it takes UPLOAD_BUFFERSIZE, of which a post of 1 KB touches
 * a page. */
static void *take(size_t size)
{
	void *p = size == MEM_BLOCK ? mem_block() : NULL;
	return p ? p : malloc(size);
}

/* Asked for everything that libcurl frees. */
static int is_block(const void *p)
{
	static const char *space;
	if (!space)
		space = mem_blocks();
	return space && (uintptr_t)p - (uintptr_t)space < (size_t)MEM_BLOCKS * MEM_BLOCK;
}

static void give_back(void *p)
{
	if (is_block(p))
		mem_block_free(p);
	else
		free(p);
}

static void *resize(void *p, size_t size)
{
	if (!is_block(p))
		return realloc(p, size);
	void *fresh = malloc(size);
	if (fresh) {
		memcpy(fresh, p, size < MEM_BLOCK ? size : MEM_BLOCK);
		mem_block_free(p);
	}
	return fresh;
}

struct https *https_new(const struct https_options *o)
{
	struct https *h = mem_new(sizeof *h);
	/* libcurl would write the keys of all TLS connections to the file that this variable names. */
	unsetenv("SSLKEYLOGFILE");
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, take, give_back, resize, strdup, calloc) != CURLE_OK)
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

void https_counts(const struct https *h, struct https_counts *ret)
{
	*ret = h->counts;
}
