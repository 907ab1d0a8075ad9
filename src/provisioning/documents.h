/* SPDX-License-Identifier: MIT */
/* documents: posts documents that the manager asked for, and results of its commands, to the URLs that it
 * named, one after the other (docs/wire-formats.md 1.5). Each is tried three times. */
#ifndef PROVISIONING_DOCUMENTS_H
#define PROVISIONING_DOCUMENTS_H

#include "base/buf.h"
#include "doc/doc.h"
#include "loop/loop.h"
#include "net/https.h"
#include "service/service.h"

#include <stdint.h>

enum { DOCUMENTS_WAITING_MAX = 16, DOCUMENTS_RESULTS_MAX = 1 << 20 /* bytes of results that wait */ };

struct documents;

struct documents_request {
	const char *location, *url;
	const char *user, *password; /* login at that server; NULL: none */
	/* the results to be posted; NULL: the document at `location` as it is when it is posted */
	struct doc *results;
};

struct documents_options {
	struct loop *loop;
	struct https *https; /* borrowed */
	/* Appends the whole PostedDocument, with the results if the request has any. Fails with ERR_NOTFOUND
	 * if there is no such document. */
	int (*build)(void *arg, const struct documents_request *r, struct buf *b, struct err *e);
	/* Called when results have been posted (results is NULL), or when they could not be posted: then they
	 * are returned, and the callee owns them. */
	void (*returned)(void *arg, struct doc *results);
	void *arg;
};

struct documents *documents_new(const struct documents_options *o);
void documents_free(struct documents *d);
/* Reads from the settings how the servers to which documents are posted are verified. This applies to all
 * documents that are posted from now on. */
void documents_configure(struct documents *d, const struct settings *s);
/* Queues a document to be posted. Fails with ERR_INPUT if the URL is no https URL; ERR_NOTFOUND if there is
 * no such document; ERR_FULL if too many wait. A document that already waits for the same URL is not posted
 * twice. If it returns 0, it owns r->results; otherwise they remain the caller's. */
int documents_ask(struct documents *d, const struct documents_request *r, struct err *e);
/* Begins no further post until documents_release is called; the post that is under way continues. */
void documents_hold(struct documents *d);
void documents_release(struct documents *d);
/* Adds copies of the results that are not posted yet to the document. */
void documents_results(const struct documents *d, struct doc *into);
/* Drops everything that waits, including results. To be called when there is no manager any more. */
void documents_forget(struct documents *d);

struct documents_counts {                        /* since documents_new */
	uint64_t posted, failed;                 /* documents; refused ones count as failed */
	uint64_t results_posted, results_failed; /* results of commands */
	size_t waiting;
};
void documents_counts(const struct documents *d, struct documents_counts *ret);

#endif
