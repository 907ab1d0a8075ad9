/* documents: posts documents that a manager asked for to the addresses that it named, one after the other (wire-formats.md 1.5). */
#ifndef AGENT_DOCUMENTS_H
#define AGENT_DOCUMENTS_H

#include "base/buf.h"
#include "loop/loop.h"
#include "net/https.h"

#include <stdint.h>

enum { DOCUMENTS_WAITING_MAX = 16 };

struct documents;

struct documents_options {
	struct loop *loop;
	struct https *https;		/* borrowed */
	/* Appends the whole PostedDocument; ERR_NOTFOUND: there is no such document. */
	int (*build)(void *arg, const char *location, struct buf *b, struct err *e);
	void *arg;
};

struct documents *documents_new(const struct documents_options *o);
void documents_free(struct documents *d);
/* For what is posted from now on. */
void documents_configure(struct documents *d, int verify, const struct verify_policy *policy);
/* ERR_INPUT: the URL is no https URL; ERR_NOTFOUND: there is no such document; ERR_FULL. The same again, while it still waits,
 * is asked once. */
int documents_ask(struct documents *d, const char *location, const char *url, struct err *e);
/* From now on none is begun; one that is on its way goes on. */
void documents_hold(struct documents *d);
void documents_release(struct documents *d);
/* Forgets what waits. */
void documents_forget(struct documents *d);

struct documents_counts { uint64_t posted, failed; size_t waiting; };
void documents_counts(const struct documents *d, struct documents_counts *ret);

#endif
