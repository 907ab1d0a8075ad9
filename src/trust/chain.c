#include "chain.h"

#include "base/mem.h"
#include "pem.h"

#include <stdio.h>
#include <stdlib.h>

static int take_one(void *arg, const struct pem_block *b, struct err *e)
{
	struct verify_chain *c = arg;
	struct err why;
	if (b->kind != PEM_CERTIFICATE || c->n > SENT_MAX)
		return 0;
	struct cert *one = b->damaged ? NULL : cert_parse(b->der, b->len, &why);
	if (one)
		c->at[c->n++] = one;
	else if (!c->damaged[0])
		snprintf(c->damaged, sizeof c->damaged, "line %zu: %s", b->line, b->damaged ? b->damaged : why.text);
	(void)e;
	return 0;
}

struct verify_chain *verify_chain_new(const char *data, size_t len, struct err *e)
{
	struct verify_chain *c = mem_new(sizeof *c);
	if (pem_each(data, len, take_one, c, e) == 0 && (c->n || c->damaged[0]))
		return c;
	verify_chain_free(c);
	err_set(e, ERR_NOTFOUND, 0, "there is no certificate in it: expected PEM or DER");
	return NULL;
}

void verify_chain_free(struct verify_chain *c)
{
	for (size_t i = 0; c && i < c->n; i++)
		cert_free(c->at[i]);
	free(c);
}

size_t verify_chain_count(const struct verify_chain *c)
{
	return c->n;
}

int verify_chain_info(const struct verify_chain *c, size_t i, struct cert_info *ret)
{
	if (i >= c->n)
		return -1;
	cert_describe(c->at[i], ret);
	return 0;
}
