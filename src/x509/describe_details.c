/* SPDX-License-Identifier: MIT */
/* describe_details: describes the permitted uses of a certificate. */
#include "x509/cert.h"
#include "x509/describe.h"
#include "x509/names.h"

#include <stdio.h>
#include <string.h>

static const struct {
	unsigned bit;
	const char *name;
} usages[] = {
	{ KU_DIGITAL_SIGNATURE, "digitalSignature" },
	{ KU_NON_REPUDIATION, "nonRepudiation" },
	{ KU_KEY_ENCIPHERMENT, "keyEncipherment" },
	{ KU_DATA_ENCIPHERMENT, "dataEncipherment" },
	{ KU_KEY_AGREEMENT, "keyAgreement" },
	{ KU_KEY_CERT_SIGN, "keyCertSign" },
	{ KU_CRL_SIGN, "cRLSign" },
	{ KU_ENCIPHER_ONLY, "encipherOnly" },
	{ KU_DECIPHER_ONLY, "decipherOnly" },
};

/* Appends one word to a comma-separated list, cut to size. */
static void append(char *ret, size_t size, const char *word)
{
	size_t used = strlen(ret);
	snprintf(ret + used, size - used, "%s%s", used ? ", " : "", word);
}

static void put_key_usage(const struct cert *c, struct cert_details *ret)
{
	for (size_t i = 0; i < sizeof usages / sizeof *usages; i++)
		if (cert_has(c, EXT_KEY_USAGE) && c->key_usage & usages[i].bit)
			append(ret->key_usage, sizeof ret->key_usage, usages[i].name);
}

static void put_extended_usage(const struct cert *c, struct cert_details *ret)
{
	const EXTENDED_KEY_USAGE *list = c->ext[EXT_EXTENDED_USAGE];
	char number[80];
	for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
		const ASN1_OBJECT *o = sk_ASN1_OBJECT_value(list, i);
		int nid = OBJ_obj2nid(o);
		if (nid == NID_undef && OBJ_obj2txt(number, sizeof number, o, 1) <= 0)
			snprintf(number, sizeof number, "an unreadable identifier");
		append(ret->extended_usage, sizeof ret->extended_usage,
		       nid == NID_undef ? number : OBJ_nid2sn(nid));
	}
}

static void put_basic(const struct cert *c, struct cert_details *ret)
{
	if (!cert_has(c, EXT_BASIC))
		return;
	append(ret->basic, sizeof ret->basic, c->ca ? "CA:TRUE" : "CA:FALSE");
	if (c->path_len >= 0) {
		char length[32];
		snprintf(length, sizeof length, "pathlen:%ld", c->path_len);
		append(ret->basic, sizeof ret->basic, length);
	}
}

static void put_subtrees(const char *what, const STACK_OF(GENERAL_SUBTREE) * list, char *ret, size_t size)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	size_t used = strlen(ret);
	for (int i = 0; names && i < sk_GENERAL_SUBTREE_num(list); i++)
		sk_GENERAL_NAME_push(names, sk_GENERAL_SUBTREE_value(list, i)->base);
	if (sk_GENERAL_NAME_num(names) > 0) {
		used += (size_t)snprintf(ret + used, size - used, "%s%s ", used ? "; " : "", what);
		if (used < size)
			names_list_of(names, ret + used, size - used);
	}
	sk_GENERAL_NAME_free(names);
}

void describe_details(const struct cert *c, struct cert_details *ret)
{
	const NAME_CONSTRAINTS *nc = c->ext[EXT_NAME_CONSTRAINTS];
	memset(ret, 0, sizeof *ret);
	names_list(c, ret->names, sizeof ret->names);
	put_key_usage(c, ret);
	put_extended_usage(c, ret);
	put_basic(c, ret);
	if (nc) {
		put_subtrees("permitted", nc->permittedSubtrees, ret->name_constraints,
			     sizeof ret->name_constraints);
		put_subtrees("excluded", nc->excludedSubtrees, ret->name_constraints,
			     sizeof ret->name_constraints);
	}
}
