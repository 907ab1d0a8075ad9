/* SPDX-License-Identifier: MIT */
/* chains_above: makes chains with differences in the certificates above the server's own: CAs, order,
 * roots. */
#include "chains.h"

#include "site.h"

enum { LONG_CHAIN = 4, HUGE_CHAIN = 160 };

static void send_leaf(struct ca_chain *c, const struct ca_recipe *leaf)
{
	EVP_PKEY_up_ref(leaf->key);
	c->key = leaf->key;
	ca_send(c, ca_make(leaf));
}

/* Makes a correct server certificate below a CA that is made from this recipe; both are sent. Returns the
 * CA's certificate (borrowed). */
static X509 *below(const struct ca *ca, struct ca_chain *c, const struct ca_recipe *authority)
{
	X509 *above = ca_make(authority);
	struct ca_recipe leaf = ca_server(ca);
	leaf.issuer = above;
	leaf.issuer_key = authority->key;
	send_leaf(c, &leaf);
	ca_send(c, above);
	return above;
}

static void below_with(const struct ca *ca, struct ca_chain *c, const char *extension, const char *value)
{
	struct ca_recipe authority = ca_authority(ca, "sealpost lab odd intermediate");
	ca_extend(&authority, extension, value);
	below(ca, c, &authority);
}

/* Makes a root that is uploaded nowhere. */
static X509 *stranger(const struct ca *ca, const char *name, EVP_PKEY *key)
{
	struct ca_recipe r = ca_authority(ca, name);
	r.key = key;
	r.issuer = NULL;
	ca_extend(&r, "authorityKeyIdentifier", NULL);
	return ca_make(&r);
}

/* --- unusual but correct --- */

void chain_direct(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.issuer = ca->root;
	leaf.issuer_key = ca->root_key;
	send_leaf(c, &leaf);
}

void chain_sends_root(const struct ca *ca, struct ca_chain *c)
{
	chain_good(ca, c);
	ca_send(c, X509_dup(ca->root));
}

void chain_wrong_order(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	send_leaf(c, &leaf);
	ca_send(c, X509_dup(ca->root));
	ca_send(c, X509_dup(ca->intermediate));
}

void chain_extra(const struct ca *ca, struct ca_chain *c)
{
	chain_good(ca, c);
	EVP_PKEY *key = ca_key_new(CA_EC);
	ca_send(c, stranger(ca, "sealpost lab bystander", key));
	EVP_PKEY_free(key);
}

void chain_long(const struct ca *ca, struct ca_chain *c)
{
	static const char *const names[LONG_CHAIN] = { "sealpost lab first", "sealpost lab second",
						       "sealpost lab third", "sealpost lab fourth" };
	X509 *authorities[LONG_CHAIN];
	for (int i = 0; i < LONG_CHAIN; i++) {
		struct ca_recipe r = ca_authority(ca, names[i]);
		if (i > 0) {
			r.issuer = authorities[i - 1];
			r.issuer_key = ca->intermediate_key;
		}
		authorities[i] = ca_make(&r);
	}
	struct ca_recipe leaf = ca_server(ca);
	leaf.issuer = authorities[LONG_CHAIN - 1];
	send_leaf(c, &leaf);
	for (int i = LONG_CHAIN; i-- > 0;)
		ca_send(c, authorities[i]);
}

/* The intermediate is sent twice, with the same name and key: first signed by an unknown root, then by the
 * lab's root. */
void chain_cross_signed(const struct ca *ca, struct ca_chain *c)
{
	EVP_PKEY *key = ca_key_new(CA_EC);
	X509 *other_root = stranger(ca, "sealpost lab other root", key);
	struct ca_recipe cross = ca_authority(ca, "sealpost lab intermediate");
	cross.issuer = other_root;
	cross.issuer_key = key;
	struct ca_recipe leaf = ca_server(ca);
	send_leaf(c, &leaf);
	ca_send(c, ca_make(&cross));
	ca_send(c, X509_dup(ca->intermediate));
	X509_free(other_root);
	EVP_PKEY_free(key);
}

/* --- missing or unknown --- */

void chain_missing_intermediate(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	send_leaf(c, &leaf);
}

static void below_stranger(const struct ca *ca, struct ca_chain *c, int sent)
{
	EVP_PKEY *key = ca_key_new(CA_EC);
	X509 *root = stranger(ca, "sealpost lab other root", key);
	struct ca_recipe authority = ca_authority(ca, "sealpost lab other intermediate");
	authority.issuer = root;
	authority.issuer_key = key;
	below(ca, c, &authority);
	if (sent)
		ca_send(c, root);
	else
		X509_free(root);
	EVP_PKEY_free(key);
}

void chain_unknown_issuer(const struct ca *ca, struct ca_chain *c)
{
	below_stranger(ca, c, 0);
}

void chain_unknown_root_sent(const struct ca *ca, struct ca_chain *c)
{
	below_stranger(ca, c, 1);
}

/* The certificate names the lab's root as its issuer, but was signed by another key, and has no key
 * identifiers that would show this. */
void chain_impostor(const struct ca *ca, struct ca_chain *c)
{
	/* the same kind of key as the root's, so that the kind does not show the difference */
	EVP_PKEY *key = ca_key_new(CA_RSA);
	struct ca_recipe leaf = ca_server(ca);
	ca_extend(&leaf, "authorityKeyIdentifier", NULL);
	leaf.issuer = ca->root;
	leaf.issuer_key = key;
	send_leaf(c, &leaf);
	EVP_PKEY_free(key);
}

/* --- faulty CAs --- */

void chain_expired_authority(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe r = ca_authority(ca, "sealpost lab old intermediate");
	r.from = ca->now - 365 * CA_DAY;
	r.until = ca->now - CA_DAY;
	below(ca, c, &r);
}

void chain_future_authority(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe r = ca_authority(ca, "sealpost lab next intermediate");
	r.from = ca->now + CA_DAY;
	below(ca, c, &r);
}

void chain_ca_false(const struct ca *ca, struct ca_chain *c)
{
	below_with(ca, c, "basicConstraints", "critical,CA:FALSE");
}

void chain_no_certsign(const struct ca *ca, struct ca_chain *c)
{
	below_with(ca, c, "keyUsage", "critical,digitalSignature,cRLSign");
}

void chain_name_permitted(const struct ca *ca, struct ca_chain *c)
{
	below_with(ca, c, "nameConstraints", "critical,permitted;DNS:elsewhere.test");
}

void chain_name_excluded(const struct ca *ca, struct ca_chain *c)
{
	below_with(ca, c, "nameConstraints", "critical,excluded;DNS:" LAB_DOMAIN);
}

void chain_authority_purpose(const struct ca *ca, struct ca_chain *c)
{
	below_with(ca, c, "extendedKeyUsage", "clientAuth");
}

void chain_authority_critical(const struct ca *ca, struct ca_chain *c)
{
	below_with(ca, c, "1.3.6.1.4.1.55555.1", "critical,DER:05:00");
}

/* The upper CA may not have another CA below it, but has one. */
void chain_path_length(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe upper = ca_authority(ca, "sealpost lab upper intermediate");
	ca_extend(&upper, "basicConstraints", "critical,CA:TRUE,pathlen:0");
	X509 *above = ca_make(&upper);
	struct ca_recipe lower = ca_authority(ca, "sealpost lab lower intermediate");
	lower.issuer = above;
	lower.issuer_key = upper.key;
	below(ca, c, &lower);
	ca_send(c, above);
}

void chain_authority_weak_key(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe r = ca_authority(ca, "sealpost lab weak intermediate");
	r.key = ca_key_new(CA_RSA_1024);
	below(ca, c, &r);
	EVP_PKEY_free(r.key);
}

void chain_authority_sha1(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe r = ca_authority(ca, "sealpost lab SHA-1 intermediate");
	r.digest = "SHA1";
	below(ca, c, &r);
}

void chain_authority_bad_signature(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe r = ca_authority(ca, "sealpost lab altered intermediate");
	below(ca, c, &r);
	sk_X509_push(c->sent, ca_spoil(sk_X509_pop(c->sent)));
}

void chain_authority_v1(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe r = ca_authority(ca, "sealpost lab version 1 intermediate");
	r.version_1 = 1;
	struct ca_recipe leaf = ca_server(ca);
	X509 *above = ca_make(&r);
	leaf.issuer = above;
	ca_extend(&leaf, "authorityKeyIdentifier", NULL);
	send_leaf(c, &leaf);
	ca_send(c, above);
}

/* This intermediate has the same name and key as the correct one, so that the revocation list for server
 * certificates applies. */
void chain_authority_revoked(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe r = ca_authority(ca, "sealpost lab intermediate");
	r.serial = CA_SERIAL_REVOKED_AUTHORITY;
	below(ca, c, &r);
}

/* Makes more than the 100 KiB of certificates that OpenSSL's client accepts. */
void chain_huge(const struct ca *ca, struct ca_chain *c)
{
	chain_good(ca, c);
	for (int i = 0; i < HUGE_CHAIN; i++)
		ca_send(c, X509_dup(ca->intermediate));
}
