/* SPDX-License-Identifier: MIT */
/* cli_publish: publishes the document on standard input, through libsealpost, as codec software does. */
#include "base/num.h"
#include "base/random.h"
#include "link.h"
#include "sealpost.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
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

/* The number of a publication consists of a random name, '-', and 1. */
enum { NAME = 32, NUMBER = NAME + 3 };

static void new_number(char ret[NUMBER])
{
	unsigned char id[NAME / 2];
	random_fill(id, sizeof id);
	num_hex(id, sizeof id, ret);
	memcpy(ret + NAME, "-1", sizeof "-1");
}

static int is_number(const char *text)
{
	return strlen(text) == NUMBER - 1 && strspn(text, "0123456789abcdef") == NAME &&
	       strcmp(text + NAME, "-1") == 0;
}

/* Shows the messages of libsealpost about the connection, so that the user sees what is being waited for. */
static void on_log(void *arg, int priority, const char *text)
{
	enum { WARNING = 4 };
	(void)arg;
	if (priority <= WARNING)
		fprintf(stderr, "sealpost: %s\n", text);
}

/* Waits until the agent has the document on disk. Returns 0, or -1 with errno. */
static int publish(struct sealpost *s, const struct buf *document, const char *number, int timeout_s)
{
	char name[NAME + 1];
	snprintf(name, sizeof name, "%s", number);
	sealpost_on_log(s, on_log, NULL);
	if (sealpost_identify(s, name, 1) < 0)
		return -1;
	if (sealpost_publish(s, document->data, document->len, NULL, NULL) < 0)
		return -1;
	return sealpost_flush(s, timeout_s * 1000);
}

static int publish_document(struct sealpost *s, const struct buf *document, const char *number, int timeout_s)
{
	if (publish(s, document, number, timeout_s) == 0)
		return EX_OK;
	int error = errno;
	if (error == ETIMEDOUT)
		fprintf(stderr,
			"sealpost: not known to be published: no answer within %d s: %s; the agent may have "
			"taken it, or take it yet. Published again under its number it is taken once: "
			"sealpost publish %s\n",
			timeout_s, sealpost_error(s), number);
	else
		fprintf(stderr, "sealpost: not published: %s\n", sealpost_error(s));
	return status_of(error);
}

int cli_publish(const struct cli_options *o, const char *number)
{
	char fresh[NUMBER];
	struct buf document;
	if (number && !is_number(number)) {
		fprintf(stderr,
			"sealpost: publish %s: the document comes on standard input: sealpost publish < "
			"FILE\n",
			number);
		return EX_USAGE;
	}
	int status = link_read_input(&document, LINK_INPUT_WHOLE);
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
		new_number(fresh);
		status = publish_document(s, &document, number ? number : fresh, o->timeout_s);
	}
out:
	sealpost_free(s);
	buf_done(&document);
	return status;
}
