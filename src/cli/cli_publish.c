/* SPDX-License-Identifier: MIT */
/* cli_publish: the document on standard input, through libsealpost as codec software does it. */
#include "link.h"
#include "sealpost.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

static int status_of(int error)
{
	switch (error) {
	case 0: return EX_OK;
	case EMSGSIZE:
	case EINVAL: return EX_DATAERR;
	case EACCES: return EX_NOPERM;
	case ENOSPC: return EX_TEMPFAIL;
	case ETIMEDOUT: return EX_UNAVAILABLE;
	default: return EX_IOERR;
	}
}

/* What becomes of the connection: whoever waits sees for what. */
static void on_log(void *arg, int priority, const char *text)
{
	enum { WARNING = 4 };
	(void)arg;
	if (priority <= WARNING)
		fprintf(stderr, "sealpost: %s\n", text);
}

/* Waits until the agent has the document on disk. Returns 0, or -1 with errno. */
static int publish(struct sealpost *s, const struct buf *document, int timeout_s)
{
	sealpost_on_log(s, on_log, NULL);
	if (sealpost_publish(s, document->data, document->len, NULL, NULL) < 0)
		return -1;
	return sealpost_flush(s, timeout_s * 1000);
}

static int publish_document(struct sealpost *s, const struct buf *document, int timeout_s)
{
	if (publish(s, document, timeout_s) == 0)
		return EX_OK;
	int error = errno;
	if (error == ETIMEDOUT)
		fprintf(stderr,
			"sealpost: not known to be published: no answer within %d s: %s; the agent may take "
			"it "
			"yet\n",
			timeout_s, sealpost_error(s));
	else
		fprintf(stderr, "sealpost: not published: %s\n", sealpost_error(s));
	return status_of(error);
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
		fprintf(stderr, "sealpost: not published: %s\n", sealpost_error(NULL));
		status = EX_OSERR;
	} else {
		status = publish_document(s, &document, o->timeout_s);
	}
out:
	sealpost_free(s);
	buf_done(&document);
	return status;
}
