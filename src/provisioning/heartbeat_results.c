/* SPDX-License-Identifier: MIT */
/* heartbeat_results: the results of the manager's commands that wait for the next event (heartbeat.h). */
#include "heartbeat_internal.h"

#include "base/log.h"

static int is_too_long(const struct doc *results, size_t max)
{
	struct buf b;
	buf_init(&b, max);
	doc_print_xml(results, 0, &b);
	int full = b.full;
	buf_done(&b);
	return full;
}

/* Adds one result. If it is too long beside the others, adds an error in its place, so that the manager gets
 * to know that its command was run. */
static void add_one(struct heartbeat *h, struct doc *one)
{
	doc_adopt(h->results, one);
	if (!is_too_long(h->results, HEARTBEAT_RESULTS_MAX))
		return;
	if (episode_failed(&h->too_long, 1, 1, loop_now_ms(h->o.loop)))
		log_warning("manager: the results of its commands are longer than %d bytes: of the longest, "
			    "only the error is sent",
			    HEARTBEAT_RESULTS_MAX);
	struct doc *error = doc_new(one->name);
	doc_set_attr(error, "status", "Error");
	doc_add_value(error, "Reason", DOC_STRING,
		      "the command was run, but its result is too long to be sent");
	doc_detach(one);
	doc_free(one);
	doc_adopt(h->results, error);
	if (is_too_long(h->results, HEARTBEAT_KEPT_MAX)) {
		doc_detach(error);
		doc_free(error);
	}
}

void heartbeat_add_results(struct heartbeat *h, struct doc *results)
{
	if (!results)
		return;
	if (!h->results)
		h->results = doc_new("Command");
	while (results->first) {
		struct doc *one = results->first;
		doc_detach(one);
		add_one(h, one);
	}
	doc_free(results);
	h->post_has_results = 0; /* the post that is under way was written without these results */
}

void heartbeat_copy_results(const struct heartbeat *h, struct doc *into)
{
	for (const struct doc *one = h->results ? h->results->first : NULL; one; one = one->next)
		doc_adopt(into, doc_copy(one));
}
