/* SPDX-License-Identifier: MIT */
/* publish_limits: limits the size of the published status, so that no program of the device can fill the
 * agent's memory. */
#include "agent_internal.h"

enum {
	NODES_MAX = 50000,
	BYTES_MAX = 4 << 20, /* bytes of all names, values and attributes together */
	/* the limits of one user who is not root */
	NODES_UID = NODES_MAX / 2,
	BYTES_UID = BYTES_MAX / 2,
};

static void add(struct doc_size *to, const struct doc_size *more)
{
	to->nodes += more->nodes;
	to->bytes += more->bytes;
}

static int fits(const struct doc_size *have, const struct doc_size *more, size_t nodes, size_t bytes)
{
	return have->nodes + more->nodes <= nodes && have->bytes + more->bytes <= bytes;
}

/* Adds the size of d and all nodes below to *all, and the size of those that this user published to *own. */
static void measure(const struct doc *d, uid_t uid, struct doc_size *all, struct doc_size *own)
{
	struct doc_size one = doc_size_of_node(d);
	add(all, &one);
	if (d->owner == uid)
		add(own, &one);
	for (const struct doc *c = d->first; c; c = c->next)
		measure(c, uid, all, own);
}

static void set_owner(struct doc *d, uid_t uid)
{
	d->owner = uid;
	for (struct doc *c = d->first; c; c = c->next)
		set_owner(c, uid);
}

static const char way_out[] = "nothing of this document was taken. Publish what does not exist any more with "
			      "ghost=\"True\", which removes it";

int publish_limits(struct agent *a, struct doc *news, uid_t uid, struct err *e)
{
	struct doc_size all = { 0, 0 }, own = { 0, 0 }, more = doc_merge_growth(a->status, news);
	set_owner(news, uid);
	if (uid == AGENT_ITSELF || (!more.nodes && !more.bytes))
		return 0;
	/* As long as the whole status is smaller than one user's limit, nobody can have exceeded a limit.
	 * Until then a->status_size is enough: it is at least the real size, since removed nodes are not
	 * subtracted. */
	if (!fits(&a->status_size, &more, NODES_UID, BYTES_UID)) {
		measure(a->status, uid, &all, &own);
		a->status_size = all;
		if (uid && !fits(&own, &more, NODES_UID, BYTES_UID))
			return err_set(e, ERR_FULL, 0,
				       "uid %ld has published as much status as one user may: %d nodes or %d "
				       "bytes of names and values; %s",
				       (long)uid, NODES_UID, BYTES_UID, way_out);
		if (!fits(&all, &more, NODES_MAX, BYTES_MAX))
			return err_set(e, ERR_FULL, 0,
				       "the published status is full: it may have %d nodes and %d bytes of "
				       "names and values; %s",
				       NODES_MAX, BYTES_MAX, way_out);
	}
	add(&a->status_size, &more);
	return 0;
}
