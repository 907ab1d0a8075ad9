/* SPDX-License-Identifier: MIT */
/* pki_cms: the command cms-sign. */
#include "base/file.h"
#include "base/mem.h"
#include "pki_files.h"
#include "pki_rows.h"
#include "x509/cms.h"
#include "x509/private_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DATA_MAX = 256 << 20, SIGNATURE_MAX = 16 << 20, CHUNK = 1 << 16 };

/* Reads the file; "-": standard input. */
static int read_data(const char *path, struct buf *ret, struct err *e)
{
	ssize_t n = 1;
	if (strcmp(path, "-") != 0)
		return file_read(path, ret, e);
	while (n != 0) {
		char *room = buf_room(ret, CHUNK);
		if (!room)
			return err_set(e, ERR_FULL, 0, "standard input is longer than %d bytes", DATA_MAX);
		n = read(STDIN_FILENO, room, CHUNK);
		if (n < 0 && errno != EINTR)
			return err_set(e, ERR_IO, errno, "standard input: %s", strerror(errno));
		buf_took(ret, n > 0 ? (size_t)n : 0);
	}
	return 0;
}

static int sign(const struct args *a, const struct cms_order *o, struct buf *out, struct err *e)
{
	struct buf pem;
	char path[PATH_MAX];
	int is_input = strcmp(a->words[0], "-") == 0;
	buf_init(&pem, SIGNATURE_MAX);
	snprintf(path, sizeof path, "%s%s", is_input ? "-" : a->words[0], is_input ? "" : ".p7s");
	const char *to = a->out ? a->out : path;
	int r = cms_sign(o, &pem, e);
	if (r == 0)
		r = files_write(a, &(struct files_output){ to, &pem }, 1, e);
	if (r == 0 && strcmp(to, "-") != 0)
		buf_addf(out,
			 "%s: the signature; openssl cms -verify -binary -inform PEM -in %s -content FILE "
			 "-CAfile ROOT -purpose any verifies it\n",
			 to, to);
	buf_done(&pem);
	return r;
}

/* Fills the order from the files: the key, and the certificates in their order. */
static int fill(const struct args *a, struct contents *key, struct contents *certs, struct cms_order *o,
		struct err *e)
{
	struct content *k;
	struct cert **list;
	if (files_read(a, a->words[1], key, e) < 0 || files_read(a, a->words[2], certs, e) < 0)
		return -1;
	k = contents_first(key, FORM_KEY);
	if (!k)
		return err_set(e, ERR_INPUT, 0, "there is no private key in %s", a->words[1]);
	if (cms_check_key(k->key, e) < 0)
		return err_prefix(e, "%s", a->words[1]);
	o->certs = list = mem_array(certs->n + 1, sizeof *list);
	for (size_t i = 0; i < certs->n; i++)
		if (certs->at[i].cert)
			list[o->n_certs++] = certs->at[i].cert;
	if (!o->n_certs)
		return err_set(e, ERR_INPUT, 0, "there is no certificate in %s", a->words[2]);
	if (!private_key_is_of(k->key, list[0]))
		return err_set(e, ERR_INPUT, 0, "the first certificate in %s is not that of the key in %s",
			       a->words[2], a->words[1]);
	o->key = k->key;
	return 0;
}

int pki_cms_sign(const struct args *a, struct buf *out, struct err *e)
{
	struct contents key = { .at = NULL }, certs = { .at = NULL };
	struct buf data;
	struct cms_order o = { .data = &data };
	buf_init(&data, DATA_MAX);
	int r = fill(a, &key, &certs, &o, e);
	if (r == 0)
		r = read_data(a->words[0], &data, e);
	if (r == 0)
		r = sign(a, &o, out, e);
	free((void *)(uintptr_t)o.certs);
	contents_done(&key);
	contents_done(&certs);
	buf_done(&data);
	return r;
}
