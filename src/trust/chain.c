/* SPDX-License-Identifier: MIT */
#include "chain.h"

#include "base/mem.h"
#include "x509/describe.h"
#include "x509/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note_damaged(struct verify_chain *c, const struct pem_block *b, const char *why)
{
	if (!c->damaged[0])
		snprintf(c->damaged, sizeof c->damaged, "line %zu: %s", b->line, why);
}

struct reading {
	struct verify_chain *chain;
	char other[160]; /* what else the file holds, such as a private key; "": nothing */
	int unordered;   /* 1: the file was PKCS#7, in which certificates have no order */
};

static int take_one(void *arg, const struct pem_block *b, struct err *e)
{
	struct reading *r = arg;
	struct verify_chain *c = r->chain;
	struct err why;
	(void)e;
	if (b->form == FORM_KEY || b->form == FORM_OPENSSH_KEY || b->form == FORM_PARAMETERS ||
	    b->form == FORM_CRL || c->n > SENT_MAX) {
		snprintf(r->other, sizeof r->other, "%s", b->what);
		return 0; /* not part of a chain; servers' files often have their key, too */
	}
	if (b->damaged || b->form != FORM_CERTIFICATE) {
		note_damaged(c, b, b->damaged ? b->damaged : b->what);
		return 0;
	}
	struct cert *one = cert_parse(b->der, b->len, &why);
	if (one)
		c->at[c->n++] = one;
	else
		note_damaged(c, b, why.text);
	r->unordered |= b->origin && strstr(b->origin, "PKCS#7");
	return 0;
}

static int issued_another(const struct verify_chain *c, size_t number)
{
	for (size_t i = 0; i < c->n; i++)
		if (i != number && cert_names_join(c->at[i], c->at[number]))
			return 1;
	return 0;
}

/* Moves the server's own certificate to the front: the one that has issued none of the others. */
static void put_server_first(struct verify_chain *c)
{
	size_t i = 0;
	while (i < c->n && issued_another(c, i))
		i++;
	if (i == c->n)
		return;
	struct cert *first = c->at[0];
	c->at[0] = c->at[i];
	c->at[i] = first;
}

struct verify_chain *verify_chain_new(const char *data, size_t len, struct err *e)
{
	struct reading r = { .chain = mem_new(sizeof *r.chain) };
	pem_each(data, len, take_one, &r, e);
	if (r.unordered)
		put_server_first(r.chain);
	if (r.chain->n || r.chain->damaged[0])
		return r.chain;
	verify_chain_free(r.chain);
	err_set(e, ERR_NOTFOUND, 0, "there is no certificate in it: expected PEM, DER or PKCS#7%s%s",
		r.other[0] ? ", found " : "", r.other);
	return NULL;
}

void verify_chain_free(struct verify_chain *c)
{
	for (size_t i = 0; c && i < c->n; i++)
		cert_free(c->at[i]);
	free(c);
}

int verify_chain_info(const struct verify_chain *c, size_t i, struct cert_info *ret)
{
	if (i >= c->n)
		return -1;
	describe_cert(c->at[i], ret);
	return 0;
}

void verify_chain_details(const struct verify_chain *c, size_t i, struct cert_details *ret)
{
	describe_details(c->at[i], ret);
}

void verify_chain_print_pem(const struct verify_chain *c, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++)
		pem_write(out, "CERTIFICATE", c->at[i]->der, c->at[i]->len);
}

struct verify_chain *verify_chain_copy(const struct verify_chain *c)
{
	struct verify_chain *copy = (struct verify_chain *)mem_dup_n(c, sizeof *c);
	for (size_t i = 0; i < c->n; i++)
		cert_ref(c->at[i]);
	return copy;
}
