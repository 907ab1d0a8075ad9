/* SPDX-License-Identifier: MIT */
/* heartbeat_results: the results of the manager's commands that wait for the next event (heartbeat.h). */
#include "heartbeat_internal.h"

#include "base/log.h"

void heartbeat_add_results(struct heartbeat *h, struct doc *results)
{
	struct buf b;
	if (!results)
		return;
	if (!h->results)
		h->results = doc_new("Command");
	while (results->first) {
		struct doc *one = results->first;
		doc_detach(one);
		doc_adopt(h->results, one);
	}
	doc_free(results);
	h->post_has_results = 0; /* the post that is under way was written without these results */
	buf_init(&b, HEARTBEAT_RESULTS_MAX);
	doc_print_xml(h->results, 0, &b);
	if (b.full) {
		if (episode_failed(&h->too_long, 1, 1, loop_now_ms(h->o.loop)))
			log_warning(
				"manager: the results of its commands are longer than %d bytes and are not "
				"sent",
				HEARTBEAT_RESULTS_MAX);
		doc_free(h->results);
		h->results = NULL;
	}
	buf_done(&b);
}

void heartbeat_copy_results(const struct heartbeat *h, struct doc *into)
{
	for (const struct doc *one = h->results ? h->results->first : NULL; one; one = one->next)
		doc_adopt(into, doc_copy(one));
}
