/* SPDX-License-Identifier: MIT */
/* chains_leaf: makes chains with differences in the server's own certificate. */
#include "chains.h"

#include "site.h"

/* Makes a server certificate from this recipe, signed by the lab's intermediate. */
static void serve(const struct ca *ca, struct ca_chain *c, const struct ca_recipe *leaf)
{
	EVP_PKEY_up_ref(leaf->key);
	c->key = leaf->key;
	ca_send(c, ca_make(leaf));
	ca_send(c, X509_dup(ca->intermediate));
}

/* Makes a correct server certificate, with this extension replaced. */
static void serve_with(const struct ca *ca, struct ca_chain *c, const char *extension, const char *value)
{
	struct ca_recipe leaf = ca_server(ca);
	ca_extend(&leaf, extension, value);
	serve(ca, c, &leaf);
}

static void serve_key(const struct ca *ca, struct ca_chain *c, enum ca_key kind)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.key = ca_key_new(kind);
	if (kind != CA_ED25519)
		ca_extend(&leaf, "keyUsage", "critical,digitalSignature,keyEncipherment");
	serve(ca, c, &leaf);
	EVP_PKEY_free(leaf.key);
}

void chain_good(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	serve(ca, c, &leaf);
}

void chain_good_rsa(const struct ca *ca, struct ca_chain *c)
{
	serve_key(ca, c, CA_RSA);
}

void chain_good_ed25519(const struct ca *ca, struct ca_chain *c)
{
	serve_key(ca, c, CA_ED25519);
}

void chain_wildcard(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "subjectAltName", "DNS:*." LAB_DOMAIN);
}

void chain_cn_only(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "subjectAltName", NULL);
}

/* --- dates --- */

void chain_expired(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.from = ca->now - 91 * CA_DAY;
	leaf.until = ca->now - CA_DAY;
	serve(ca, c, &leaf);
}

void chain_not_yet_valid(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.from = ca->now + CA_DAY;
	serve(ca, c, &leaf);
}

/* --- names --- */

void chain_wrong_name(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.name = "other." LAB_DOMAIN;
	ca_extend(&leaf, "subjectAltName", "DNS:other." LAB_DOMAIN);
	serve(ca, c, &leaf);
}

void chain_wildcard_deep(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "subjectAltName", "DNS:*.rooms." LAB_DOMAIN);
}

void chain_wildcard_partial(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "subjectAltName", "DNS:m*." LAB_DOMAIN ",DNS:p*." LAB_DOMAIN ",DNS:f*." LAB_DOMAIN);
}

void chain_no_san(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.name = "Management Server";
	ca_extend(&leaf, "subjectAltName", NULL);
	serve(ca, c, &leaf);
}

void chain_cn_beside_san(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "subjectAltName", "DNS:other." LAB_DOMAIN);
}

void chain_address_only(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.name = "127.0.0.1";
	ca_extend(&leaf, "subjectAltName", "IP:127.0.0.1,IP:::1");
	serve(ca, c, &leaf);
}

void chain_nul_in_name(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.name = "other." LAB_DOMAIN;
	/* one dNSName: manager.sealpost.test NUL .evil.test */
	ca_extend(&leaf, "subjectAltName",
		  "DER:30:22:82:20:"
		  "6d:61:6e:61:67:65:72:2e:73:65:61:6c:70:6f:73:74:2e:74:65:73:74:00:2e:65:76:69:6c:2e:74:65:"
		  "73:74");
	serve(ca, c, &leaf);
}

/* --- purposes --- */

void chain_wrong_purpose(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "extendedKeyUsage", "clientAuth");
}

void chain_any_purpose(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "extendedKeyUsage", "anyExtendedKeyUsage");
}

void chain_wrong_key_usage(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "keyUsage", "critical,nonRepudiation");
}

void chain_netscape_client(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	ca_extend(&leaf, "extendedKeyUsage", NULL);
	ca_extend(&leaf, "nsCertType", "client");
	serve(ca, c, &leaf);
}

/* --- strength, signature, form --- */

void chain_weak_key(const struct ca *ca, struct ca_chain *c)
{
	serve_key(ca, c, CA_RSA_1024);
}

void chain_sha1(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.digest = "SHA1";
	serve(ca, c, &leaf);
}

void chain_bad_signature(const struct ca *ca, struct ca_chain *c)
{
	chain_good(ca, c);
	sk_X509_unshift(c->sent, ca_spoil(sk_X509_shift(c->sent)));
}

void chain_unknown_critical(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "1.3.6.1.4.1.55555.1", "critical,DER:05:00");
}

void chain_broken_extension(const struct ca *ca, struct ca_chain *c)
{
	serve_with(ca, c, "keyUsage", "critical,DER:04:01:05");
}

void chain_repeated_extension(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	struct ca_extension *end = leaf.extensions;
	while (end->name)
		end++;
	*end = leaf.extensions[0];
	serve(ca, c, &leaf);
}

void chain_revoked(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.serial = CA_SERIAL_REVOKED;
	serve(ca, c, &leaf);
}

void chain_self_signed(const struct ca *ca, struct ca_chain *c)
{
	struct ca_recipe leaf = ca_server(ca);
	leaf.issuer = NULL;
	ca_extend(&leaf, "authorityKeyIdentifier", NULL);
	EVP_PKEY_up_ref(leaf.key);
	c->key = leaf.key;
	ca_send(c, ca_make(&leaf));
}
