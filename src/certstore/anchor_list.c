/* SPDX-License-Identifier: MIT */
/* anchor_list: a list of roots and pins. */
#include "base/mem.h"
#include "crypto/sha256.h"
#include "certstore_internal.h"
#include "x509/fingerprint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void anchor_list_clear(struct anchor_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		cert_free(l->at[i].cert);
		free(l->at[i].pin_host);
		free(l->at[i].name);
	}
	l->n = 0;
}

void anchor_list_push(struct anchor_list *l, const struct anchor *a)
{
	struct anchor *to = &l->at[l->n++];
	/* the result is kept in the certificate, so that no verification has to compute it */
	cert_self_signed(a->cert);
	*to = *a;
	cert_ref(a->cert);
	to->pin_host = mem_dup(a->pin_host);
	to->name = mem_dup(a->name);
	if (!to->sha256[0])
		sha256_hex(a->cert->der, a->cert->len, to->sha256);
}

void anchor_list_copy(struct anchor_list *to, const struct anchor_list *from)
{
	for (size_t i = 0; i < from->n; i++)
		anchor_list_push(to, &from->at[i]);
}

struct anchor *anchor_list_find(struct anchor_list *l, const struct cert *c, const char *pin_host)
{
	for (size_t i = 0; i < l->n; i++)
		if (cert_same(l->at[i].cert, c) && !l->at[i].pin_host == !pin_host &&
		    (!pin_host || strcmp(pin_host, l->at[i].pin_host) == 0))
			return &l->at[i];
	return NULL;
}

/* Letters, digits and what may stand between them. */
static int has_form(const char *name)
{
	static const char alphanumeric[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *s = name;
	do {
		size_t len = strspn(s, alphanumeric);
		if (!len)
			return 0;
		s += len;
	} while (*s && strchr(" ._-", *s++));
	return !*s && strchr(alphanumeric, s[-1]) != NULL;
}

static int is_digest(const char *name)
{
	size_t len = strlen(name);
	return strspn(name, "0123456789abcdefABCDEF") == len &&
	       (len == FINGERPRINT_SHA1 - 1 || len == FINGERPRINT_SHA256 - 1);
}

int anchors_check_name(const char *name, struct err *e)
{
	if (strlen(name) > ANCHORS_NAME_MAX || !has_form(name))
		return err_set(e, ERR_INPUT, 0,
			       "\"%.80s\": expected a name of at most %d characters: letters and digits, and "
			       "between them a dot, a hyphen, an underscore or a blank",
			       name, ANCHORS_NAME_MAX);
	if (is_digest(name) || strcasecmp(name, "Pins") == 0)
		return err_set(e, ERR_INPUT, 0,
			       "\"%.80s\" cannot be the name of a root: in a list of roots it means %s", name,
			       is_digest(name) ? "a fingerprint" : "that none is trusted");
	return 0;
}

int anchors_name_is(const struct anchor *root, const char *name)
{
	return root->name && strcasecmp(root->name, name) == 0;
}

int anchors_is_root(const struct anchor *a)
{
	return !a->pin_host && (a->cert->self_signed > 0 ||
				(a->cert->self_issued && cert_issuer_hint(a->cert, a->cert) >= 0));
}
