/* SPDX-License-Identifier: MIT */
/* cli_publish: the document on standard input, through libsealpost as codec software does it. */
#include "link.h"
#include "sealpost.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

enum { WAIT_MS = 30000 };

static void on_durable(void *arg, int error)
{
	int *result = arg;
	*result = error;
}

static int status_of(int error)
{
	switch (error) {
	case 0: return EX_OK;
	case EINVAL: return EX_DATAERR;
	case EACCES: return EX_NOPERM;
	case ENOSPC: return EX_TEMPFAIL;
	default: return EX_IOERR;
	}
}

/* Waits until the agent has the document on disk. Returns the exit status. */
static int publish(struct sealpost *s, const struct buf *document)
{
	int error = -1;
	if (sealpost_publish(s, document->data, document->len, on_durable, &error) < 0)
		return EX_DATAERR;
	return sealpost_flush(s, WAIT_MS) < 0 ? EX_UNAVAILABLE : status_of(error);
}

int cli_publish(const struct cli_options *o)
{
	struct buf document;
	int status = link_read_input(&document);
	struct sealpost *s = status ? NULL : sealpost_new(o->socket);
	if (status)
		goto out;
	if (!document.len) {
		fprintf(stderr,
			"sealpost: not published: expected a document on standard input, which is empty\n");
		status = EX_NOINPUT;
	} else if (!s) {
		fprintf(stderr, "sealpost: not published: out of memory\n");
		status = EX_OSERR;
	} else if ((status = publish(s, &document))) {
		fprintf(stderr, "sealpost: not published: %s\n", sealpost_error(s));
	}
out:
	sealpost_free(s);
	buf_done(&document);
	return status;
}
