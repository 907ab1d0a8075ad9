/* SPDX-License-Identifier: MIT */
/* anchors_edit: adds and deletes single roots and pins, in one change. */
#include "certstore_internal.h"

#include "base/mem.h"
#include "x509/pem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int is_meant(const struct anchor *at, const struct anchors_edit *edit)
{
	struct cert_info info;
	if (!at->pin_host != !edit->pin_host || (at->pin_host && strcmp(at->pin_host, edit->pin_host) != 0))
		return 0;
	describe_cert(at->cert, &info);
	return anchors_fingerprint_is(&info, edit->fingerprint);
}

static int take_block(void *arg, const struct pem_block *b, struct err *e)
{
	struct cert **ret = arg;
	if (!*ret && !b->damaged && b->form == FORM_CERTIFICATE)
		*ret = cert_parse(b->der, b->len, e);
	return *ret ? 0 : -1;
}

static int add(struct anchor_list *to, const struct anchors_edit *edit, struct err *e)
{
	struct cert *c = NULL;
	if (to->n == ANCHORS_MAX)
		return err_set(e, ERR_FULL, 0, "there can be at most %d certificates", ANCHORS_MAX);
	err_set(e, ERR_INPUT, 0, "a certificate cannot be read");
	if (pem_stored(edit->pem, strlen(edit->pem), take_block, &c, e) < 0 || !c)
		return -1;
	anchor_list_push(to, &(struct anchor){ .cert = c,
					       .pin_host = (char *)(uintptr_t)edit->pin_host,
					       .only = edit->only,
					       .name = (char *)(uintptr_t)edit->name });
	cert_free(c);
	return 0;
}

int anchors_edit(struct anchors *a, const struct anchors_edit *edits, size_t n, struct err *e)
{
	struct anchor_list *next = mem_new(sizeof *next);
	int r = 0;
	for (size_t i = 0; i < a->now.n; i++) {
		int goes = 0;
		for (size_t k = 0; k < n && !goes; k++)
			goes = is_meant(&a->now.at[i], &edits[k]);
		if (!goes)
			anchor_list_push(next, &a->now.at[i]);
	}
	for (size_t k = 0; k < n && r == 0; k++)
		if (edits[k].pem)
			r = add(next, &edits[k], e);
	if (r == 0)
		r = anchors_commit(a, next, e);
	anchor_list_clear(next);
	free(next);
	return r;
}
