/* SPDX-License-Identifier: MIT */
/* situations: what a server may show, right and wrong, each with the code that both profiles must give it. */
#ifndef TESTS_SITUATIONS_H
#define TESTS_SITUATIONS_H

#include "factory.h"
#include "trust/verify.h"

/* Root, intermediate and server, each as its recipe says; zero is the good one. */
enum shape {
	USUAL,
	NO_INTERMEDIATE_SENT,
	ROOT_SENT,
	NO_ROOT_LOADED,
	ROOT_SENT_NOT_LOADED,
	INTERMEDIATE_LOADED,
	SELF_SIGNED,
	SELF_SIGNED_LOADED,
	LEAF_LOADED,
	UNDER_ROOT,
	OTHER_ROOT_SAME_NAME
};

struct row {
	const char *name;
	struct recipe root, inter, leaf;
	enum shape shape;
	const char *host; /* NULL: server.example */
	struct verify_policy policy;
	long guide, strict;
	enum verify_name named;
	int strict_named; /* 1 + the name check of the strict profile, where it differs */
	const char *says; /* what the finding of this code must say as found or hint; NULL: not asked */
	int no_handshake; /* OpenSSL's server will not use such a key or certificate */
};
#define MATCH      VERIFY_NAME_MATCH
#define NOMATCH    VERIFY_NAME_NO_MATCH
#define UNCHECKED  VERIFY_NAME_UNCHECKED
#define BOTH(code) .guide = (code), .strict = (code)
#define SAN(names) .add = { "subjectAltName=" names }
#define NO_CN      .subject = "/O=Example"

static void add_authority_key(X509 *x, AUTHORITY_KEYID *a)
{
	assert(X509_add1_ext_i2d(x, NID_authority_key_identifier, a, 0, 0) == 1);
	AUTHORITY_KEYID_free(a);
}

/* Authority key identifiers as CAs write them wrongly. */
static inline void also_own_key_identifier(X509 *x)
{
	AUTHORITY_KEYID *a = AUTHORITY_KEYID_new();
	a->keyid = X509_get_ext_d2i(x, NID_subject_key_identifier, NULL, NULL);
	add_authority_key(x, a);
}

/* Takes name and serial. */
static void also_issuer_and_serial(X509 *x, X509_NAME *name, ASN1_INTEGER *serial)
{
	AUTHORITY_KEYID *a = AUTHORITY_KEYID_new();
	GENERAL_NAME *n = GENERAL_NAME_new();
	GENERAL_NAME_set0_value(n, GEN_DIRNAME, name);
	a->issuer = sk_GENERAL_NAME_new_null();
	sk_GENERAL_NAME_push(a->issuer, n);
	a->serial = serial;
	add_authority_key(x, a);
}

static ASN1_INTEGER *number_one(void)
{
	ASN1_INTEGER *one = ASN1_INTEGER_new();
	ASN1_INTEGER_set(one, 1);
	return one;
}

static inline void also_own_subject(X509 *x)
{
	also_issuer_and_serial(x, X509_NAME_dup(X509_get_subject_name(x)), number_one());
}

static inline void also_issuers_subject(X509 *x)
{
	also_issuer_and_serial(x, X509_NAME_dup(X509_get_issuer_name(x)), number_one());
}

static inline void also_own_serial_number(X509 *x)
{
	also_issuer_and_serial(x, factory_name("/C=US/O=Example/CN=Root"),
			       ASN1_INTEGER_dup(X509_get0_serialNumber(x)));
}

static const struct row rows[] = {
	/* --- accepted --- */
	{ "good", .named = MATCH },
	{ "good under the root", .shape = UNDER_ROOT, .named = MATCH },
	{ "the root is sent, too", .shape = ROOT_SENT, .named = MATCH },
	{ "RSA all over", .root = { .key = "RSA-2048:r" }, .inter = { .key = "RSA-2048:i" },
	  .leaf = { .key = "RSA-2048:l" }, .named = MATCH },
	{ "RSA-PSS keys", .root = { .key = "PSS-2048:r" }, .inter = { .key = "PSS-2048:i" },
	  .leaf = { .key = "PSS-2048:l" }, .named = MATCH },
	{ "Ed25519 root", .root = { .key = "ED25519:r" }, .named = MATCH },
	{ "P-384 with SHA-384", .inter = { .key = "P-384:i" }, .leaf = { .digest = "SHA384" },
	  .named = MATCH },
	{ "the host in capitals and with a dot", .host = "SERVER.Example.", .named = MATCH },
	{ "wildcard", .host = "a.hosts.example", .leaf = { SAN("DNS:*.hosts.example"), NO_CN },
	  .named = MATCH },
	{ "address", .host = "192.0.2.7", .leaf = { SAN("IP:192.0.2.7"), NO_CN }, .named = MATCH },
	{ "IPv6 address", .host = "2001:db8::7", .leaf = { SAN("IP:2001:db8:0::7"), NO_CN }, .named = MATCH },
	{ "the last second", .leaf = { .to = 1, .from_text = NULL }, .named = MATCH },
	{ "the very last second", .leaf = { .to_text = "260701120000Z" }, .named = MATCH },
	{ "the very first second", .leaf = { .from_text = "260701120000Z" }, .named = MATCH },
	{ "valid beyond 2050", .root = { .to_text = "20600101000000Z" }, .named = MATCH },
	{ "path length just enough", .root = { .add = { "basicConstraints=critical,CA:TRUE,pathlen:1" } },
	  .named = MATCH },
	{ "no name asked for", .host = "", .named = UNCHECKED },
	{ "name permitted", .inter = { .add = { "nameConstraints=critical,permitted;DNS:example" } },
	  .named = MATCH },
	{ "address permitted", .host = "192.0.2.7", .leaf = { SAN("IP:192.0.2.7"), NO_CN },
	  .inter = { .add = { "nameConstraints=critical,permitted;IP:192.0.2.0/255.255.255.0" } },
	  .named = MATCH },
	{ "known critical extensions", .inter = { .add = { "certificatePolicies=critical,1.2.3.4" } },
	  .named = MATCH },
	{ "client certificate for a client", .policy = { .purpose = VERIFY_CLIENT },
	  .leaf = { .add = { "extendedKeyUsage=clientAuth" } }, .named = MATCH },

	/* --- dates --- */
	{ "expired", .leaf = { .to = -DAY }, BOTH(10), .named = MATCH },
	{ "expired a second ago", .leaf = { .to_text = "260701115959Z" }, BOTH(10), .named = MATCH },
	{ "not yet valid", .leaf = { .from = DAY }, BOTH(9), .named = MATCH },
	{ "expired intermediate", .inter = { .to = -DAY }, BOTH(10), .named = MATCH },
	{ "expired root", .root = { .to = -DAY }, BOTH(10), .named = MATCH },
	{ "root not yet valid", .root = { .from = DAY }, BOTH(9), .named = MATCH },
	{ "expired and for another host", .host = "other.example", .leaf = { .to = -DAY }, BOTH(10),
	  .named = NOMATCH },
	{ "GeneralizedTime before 2050", .leaf = { .to_text = "20400101000000Z" }, .strict = 14,
	  .named = MATCH },
	{ "beginning with an offset", .leaf = { .from_text = "2601010000+0100" }, BOTH(13), .named = MATCH },
	{ "end without seconds", .leaf = { .to_text = "2701010000Z" }, BOTH(14), .named = MATCH },

	/* --- the chain --- */
	{ "no intermediate sent", .shape = NO_INTERMEDIATE_SENT, BOTH(20), .named = MATCH },
	{ "unknown issuer", .shape = NO_ROOT_LOADED, BOTH(20), .named = MATCH },
	{ "unknown root, sent", .shape = ROOT_SENT_NOT_LOADED, BOTH(19), .named = MATCH },
	{ "self-signed", .shape = SELF_SIGNED, BOTH(18), .named = MATCH },
	/* what was uploaded is trusted for the names that it carries, whichever of the guides' recipes made
	 * it */
	{ "self-signed and uploaded", .shape = SELF_SIGNED_LOADED, .strict = 18, .named = MATCH },
	{ "self-signed and uploaded: a CA", .leaf = { .add = { "basicConstraints=critical,CA:TRUE" } },
	  .shape = SELF_SIGNED_LOADED, .strict = 18, .named = MATCH },
	{ "self-signed and uploaded: version 1", .leaf = { .version = 1, .drop = "all" },
	  .shape = SELF_SIGNED_LOADED, .strict = 18, .named = MATCH, .strict_named = 1 + NOMATCH },
	{ "self-signed and uploaded, no name asked for", .host = "", .shape = SELF_SIGNED_LOADED, BOTH(18),
	  .named = UNCHECKED },
	{ "self-signed and uploaded, other name",
	  .leaf = { .subject = "/CN=other", .add = { "subjectAltName=DNS:other.example" } },
	  .shape = SELF_SIGNED_LOADED, .guide = 62, .strict = 18, .named = NOMATCH },
	{ "the server's certificate uploaded as if it were a root", .shape = LEAF_LOADED, BOTH(20),
	  .named = MATCH },
	{ "self-signed and uploaded, ended", .leaf = { .to = -DAY }, .shape = SELF_SIGNED_LOADED, .guide = 10,
	  .strict = 18, .named = MATCH },
	{ "intermediate loaded as a root", .shape = INTERMEDIATE_LOADED, BOTH(2), .named = MATCH },
	{ "intermediate loaded as a root, no key identifiers", .shape = INTERMEDIATE_LOADED,
	  .inter = { .drop = "authorityKeyIdentifier subjectKeyIdentifier" }, BOTH(2), .named = MATCH },
	{ "another root of the same name", .shape = OTHER_ROOT_SAME_NAME, BOTH(20), .named = MATCH },
	{ "another root of the same name, no key identifiers", .shape = OTHER_ROOT_SAME_NAME,
	  .inter = { .drop = "authorityKeyIdentifier" }, BOTH(7), .named = MATCH },
	{ "broken signature", .leaf = { .tamper = 1 }, BOTH(7), .named = MATCH },
	{ "broken signature of the intermediate", .inter = { .tamper = 1 }, BOTH(7), .named = MATCH },
	{ "broken signature of the root", .root = { .tamper = 1 }, BOTH(7), .named = MATCH },
	{ "the issuer's name is another", .leaf = { .issuer_name = "/CN=Nobody" }, BOTH(20), .named = MATCH },
	{ "two algorithms named", .leaf = { .other_algorithm = 1 }, BOTH(78), .named = MATCH },

	/* --- CAs --- */
	{ "intermediate is no CA", .inter = { .add = { "basicConstraints=critical,CA:FALSE" } }, BOTH(79),
	  .named = MATCH },
	{ "intermediate without basic constraints", .inter = { .drop = "basicConstraints" }, BOTH(79),
	  .named = MATCH },
	{ "root is no CA", .root = { .add = { "basicConstraints=critical,CA:FALSE" } }, BOTH(79),
	  .named = MATCH },
	{ "root without basic constraints", .root = { .drop = "basicConstraints" }, BOTH(79), .named = MATCH,
	  .says = "have the root made anew with basicConstraints=critical,CA:TRUE" },
	{ "version 1 root", .root = { .version = 1, .drop = "all" }, BOTH(79), .named = MATCH },
	{ "basic constraints not critical", .inter = { .add = { "basicConstraints=CA:TRUE" } }, .strict = 89,
	  .named = MATCH },
	{ "no key usage in a CA", .inter = { .drop = "keyUsage" }, .strict = 92, .named = MATCH },
	{ "CA may not sign certificates", .inter = { .add = { "keyUsage=critical,cRLSign" } }, BOTH(32),
	  .named = MATCH },
	{ "root may not sign certificates", .root = { .add = { "keyUsage=critical,digitalSignature" } },
	  BOTH(32), .named = MATCH },
	{ "path length exceeded", .root = { .add = { "basicConstraints=critical,CA:TRUE,pathlen:0" } },
	  BOTH(25), .named = MATCH },
	{ "CA for clients only", .inter = { .add = { "extendedKeyUsage=clientAuth" } }, BOTH(26),
	  .named = MATCH },
	{ "CA for any usage", .inter = { .add = { "extendedKeyUsage=anyExtendedKeyUsage" } },
	  .named = MATCH },
	{ "CA for clients and any usage",
	  .inter = { .add = { "extendedKeyUsage=clientAuth,anyExtendedKeyUsage" } }, .strict = 26,
	  .named = MATCH },
	{ "CA for servers", .inter = { .add = { "extendedKeyUsage=serverAuth" } }, .named = MATCH },
	{ "root for servers", .root = { .add = { "extendedKeyUsage=serverAuth" } }, .strict = 26,
	  .named = MATCH },
	{ "Netscape type without CA", .inter = { .add = { "nsCertType=server" } }, BOTH(26), .named = MATCH },
	{ "Netscape type with CA", .inter = { .add = { "nsCertType=sslCA" } }, .named = MATCH },
	{ "root for any usage", .root = { .add = { "extendedKeyUsage=anyExtendedKeyUsage" } }, .strict = 26,
	  .named = MATCH },
	{ "CA for any usage, and a client", .policy = { .purpose = VERIFY_CLIENT },
	  .inter = { .add = { "extendedKeyUsage=anyExtendedKeyUsage" } },
	  .leaf = { .add = { "extendedKeyUsage=clientAuth" } }, .named = MATCH },
	{ "CA for any usage, by Netscape type for mail only",
	  .inter = { .add = { "extendedKeyUsage=anyExtendedKeyUsage", "nsCertType=emailCA" } }, BOTH(26),
	  .named = MATCH },
	{ "CA for clients only, no purpose wanted", .inter = { .add = { "extendedKeyUsage=clientAuth" } },
	  .policy = { .purpose = VERIFY_ANY }, .named = MATCH },
	{ "CA for code only, no purpose wanted", .inter = { .add = { "extendedKeyUsage=codeSigning" } },
	  .policy = { .purpose = VERIFY_ANY }, .named = MATCH },
	{ "CA for clients, and a client", .policy = { .purpose = VERIFY_CLIENT },
	  .inter = { .add = { "extendedKeyUsage=clientAuth" } },
	  .leaf = { .add = { "extendedKeyUsage=clientAuth" } }, .named = MATCH },
	{ "CA for servers, and a client", .policy = { .purpose = VERIFY_CLIENT },
	  .inter = { .add = { "extendedKeyUsage=serverAuth" } },
	  .leaf = { .add = { "extendedKeyUsage=clientAuth" } }, BOTH(26), .named = MATCH },
	{ "a negative path length",
	  .inter = { .drop = "basicConstraints", .raw = { { "2.5.29.19", "30060101ff0201ff", 1 } } },
	  BOTH(41), .named = MATCH, .no_handshake = 1 },
	{ "a path length beyond all numbers",
	  .inter = { .drop = "basicConstraints",
		     .raw = { { "2.5.29.19", "300e0101ff0209010000000000000000", 1 } } },
	  BOTH(41), .named = MATCH },
	{ "an empty extended key usage in a CA", .inter = { .raw = { { "2.5.29.37", "3000", 0 } } }, BOTH(41),
	  .named = MATCH },
	{ "no subject key identifier in a CA", .inter = { .drop = "subjectKeyIdentifier" },
	  .leaf = { .drop = "authorityKeyIdentifier" }, .strict = 85, .named = MATCH },
	{ "no subject key identifier in the root",
	  .root = { .drop = "subjectKeyIdentifier authorityKeyIdentifier" },
	  .inter = { .drop = "authorityKeyIdentifier" }, .strict = 85, .named = MATCH },
	{ "no authority key identifier", .leaf = { .drop = "authorityKeyIdentifier" }, .strict = 85,
	  .named = MATCH },
	{ "key identifiers differ",
	  .leaf = { .drop = "authorityKeyIdentifier", .raw = { { "2.5.29.35", "30068004deadbeef", 0 } } },
	  BOTH(30), .named = MATCH },
	{ "its own key identifier as the authority's",
	  .leaf = { .drop = "authorityKeyIdentifier", .also = also_own_key_identifier }, BOTH(30),
	  .named = MATCH,
	  .says = "an authority key identifier that is the certificate's own subject key identifier" },
	{ "its own subject in the authority key identifier",
	  .leaf = { .drop = "authorityKeyIdentifier", .also = also_own_subject }, .guide = 31, .strict = 31,
	  .named = MATCH, .says = "an authority key identifier that names the certificate's own subject" },
	{ "its own serial number in the authority key identifier",
	  .leaf = { .drop = "authorityKeyIdentifier", .also = also_own_serial_number }, BOTH(31),
	  .named = MATCH, .says = "with the certificate's own serial number" },
	{ "the issuer's subject in the authority key identifier",
	  .leaf = { .drop = "authorityKeyIdentifier", .also = also_issuers_subject }, BOTH(31),
	  .named = MATCH, .says = "with the issuer's subject, where the issuer's own issuer" },
	{ "critical authority key identifier", .inter = { .drop = "authorityKeyIdentifier" },
	  .leaf = { .drop = "authorityKeyIdentifier", .raw = { { "2.5.29.35", "3000", 1 } } }, .guide = 34,
	  .strict = 90, .named = MATCH },

	/* --- the server's certificate --- */
	{ "for clients only", .leaf = { .add = { "extendedKeyUsage=clientAuth" } }, BOTH(26),
	  .named = MATCH },
	{ "no extended key usage", .leaf = { .drop = "extendedKeyUsage" }, .strict = 26, .named = MATCH },
	{ "any extended key usage", .leaf = { .add = { "extendedKeyUsage=anyExtendedKeyUsage" } }, BOTH(26),
	  .named = MATCH },
	{ "any and the right extended key usage",
	  .leaf = { .add = { "extendedKeyUsage=anyExtendedKeyUsage,serverAuth" } }, .strict = 26,
	  .named = MATCH },
	{ "critical extended key usage", .leaf = { .add = { "extendedKeyUsage=critical,serverAuth" } },
	  .strict = 50, .named = MATCH },
	{ "for servers and clients", .leaf = { .add = { "extendedKeyUsage=serverAuth,clientAuth" } },
	  .named = MATCH },
	{ "for servers and code", .leaf = { .add = { "extendedKeyUsage=serverAuth,codeSigning" } },
	  .strict = 26, .named = MATCH },
	{ "for servers and time stamps", .leaf = { .add = { "extendedKeyUsage=serverAuth,timeStamping" } },
	  .strict = 26, .named = MATCH },
	{ "for servers and mail", .leaf = { .add = { "extendedKeyUsage=serverAuth,emailProtection" } },
	  .strict = 26, .named = MATCH },
	{ "for servers and OCSP", .leaf = { .add = { "extendedKeyUsage=serverAuth,OCSPSigning" } },
	  .strict = 26, .named = MATCH },
	{ "no purpose wanted", .leaf = { .add = { "extendedKeyUsage=clientAuth" } },
	  .policy = { .purpose = VERIFY_ANY }, .named = MATCH },
	{ "server certificate for a client", .policy = { .purpose = VERIFY_CLIENT }, BOTH(26),
	  .named = MATCH },
	{ "key usage for nothing here", .leaf = { .add = { "keyUsage=critical,nonRepudiation" } }, BOTH(26),
	  .named = MATCH },
	{ "EC key with keyEncipherment only", .leaf = { .add = { "keyUsage=critical,keyEncipherment" } },
	  .strict = 26, .named = MATCH, .no_handshake = 1 },
	{ "key usage keyAgreement only", .leaf = { .add = { "keyUsage=critical,keyAgreement" } },
	  .named = MATCH, .no_handshake = 1 },
	{ "RSA key with keyEncipherment only",
	  .leaf = { .key = "RSA-2048:l", .add = { "keyUsage=critical,keyEncipherment" } }, .named = MATCH,
	  .no_handshake = 1 },
	{ "RSA key with keyAgreement only",
	  .leaf = { .key = "RSA-2048:l", .add = { "keyUsage=critical,keyAgreement" } }, .strict = 26,
	  .named = MATCH, .no_handshake = 1 },
	{ "a client's key with keyEncipherment only", .policy = { .purpose = VERIFY_CLIENT },
	  .leaf = { .key = "RSA-2048:l",
		    .add = { "extendedKeyUsage=clientAuth", "keyUsage=critical,keyEncipherment" } },
	  BOTH(26), .named = MATCH, .no_handshake = 1 },
	{ "for clients and code, and a client", .policy = { .purpose = VERIFY_CLIENT },
	  .leaf = { .add = { "extendedKeyUsage=clientAuth,codeSigning" } }, .named = MATCH },
	{ "for code, no purpose wanted", .leaf = { .add = { "extendedKeyUsage=codeSigning" } },
	  .policy = { .purpose = VERIFY_ANY }, .named = MATCH },
	{ "an empty extended key usage",
	  .leaf = { .drop = "extendedKeyUsage", .raw = { { "2.5.29.37", "3000", 0 } } }, BOTH(41),
	  .named = MATCH },
	{ "an empty extended key usage, no purpose wanted",
	  .leaf = { .drop = "extendedKeyUsage", .raw = { { "2.5.29.37", "3000", 0 } } },
	  .policy = { .purpose = VERIFY_ANY }, BOTH(41), .named = MATCH },
	{ "Netscape type with server", .leaf = { .add = { "nsCertType=server" } }, .named = MATCH },
	{ "Netscape type with client, and a client", .policy = { .purpose = VERIFY_CLIENT },
	  .leaf = { .add = { "extendedKeyUsage=clientAuth", "nsCertType=client" } }, .named = MATCH },
	{ "Netscape type with server, and a client", .policy = { .purpose = VERIFY_CLIENT },
	  .leaf = { .add = { "extendedKeyUsage=clientAuth", "nsCertType=server" } }, BOTH(26),
	  .named = MATCH },
	{ "a path length, but no CA", .leaf = { .add = { "basicConstraints=critical,CA:FALSE,pathlen:0" } },
	  .strict = 80, .named = MATCH },
	{ "a path length, but no CA, no purpose wanted",
	  .leaf = { .add = { "basicConstraints=critical,CA:FALSE,pathlen:0" } },
	  .policy = { .purpose = VERIFY_ANY }, .strict = 80, .named = MATCH },
	{ "a path length without keyCertSign",
	  .leaf = { .add = { "basicConstraints=critical,CA:TRUE,pathlen:0" } },
	  .policy = { .purpose = VERIFY_ANY }, .strict = 81, .named = MATCH },
	{ "a path length with keyCertSign", .policy = { .purpose = VERIFY_ANY },
	  .leaf = { .add = { "keyUsage=critical,keyCertSign",
			     "basicConstraints=critical,CA:TRUE,pathlen:0" } },
	  .named = MATCH, .no_handshake = 1 },
	{ "a path length without any key usage", .policy = { .purpose = VERIFY_ANY },
	  .leaf = { .drop = "keyUsage", .add = { "basicConstraints=critical,CA:TRUE,pathlen:0" } },
	  .strict = 81, .named = MATCH },
	{ "a CA without path length and keyCertSign", .policy = { .purpose = VERIFY_ANY },
	  .leaf = { .add = { "basicConstraints=critical,CA:TRUE" } }, .named = MATCH },
	{ "Netscape type without server", .leaf = { .add = { "nsCertType=client" } }, BOTH(26),
	  .named = MATCH },
	{ "a CA as the server",
	  .leaf = { .add = { "basicConstraints=critical,CA:TRUE",
			     "keyUsage=critical,digitalSignature,keyCertSign" } },
	  .strict = 37, .named = MATCH },
	{ "keyCertSign, but no CA", .leaf = { .add = { "keyUsage=critical,digitalSignature,keyCertSign" } },
	  .strict = 82, .named = MATCH },
	{ "version 1", .leaf = { .version = 1, .drop = "all" }, .strict = 26, .named = MATCH,
	  .strict_named = NOMATCH + 1 },
	{ "version 1 with extensions", .leaf = { .version = 1 }, BOTH(93), .named = MATCH },
	{ "version 4", .leaf = { .version = 4, .drop = "all" }, .guide = 50, .strict = 26, .named = MATCH,
	  .strict_named = NOMATCH + 1, .no_handshake = 1 },
	{ "CAs without names", .root = { .subject = "-" }, BOTH(83), .named = MATCH },
	{ "no names at all", .host = "", .leaf = { .subject = "-", .drop = "subjectAltName" }, .strict = 84,
	  .named = UNCHECKED },
	{ "critical subject key identifier", .inter = { .add = { "subjectKeyIdentifier=critical,hash" } },
	  .guide = 34, .strict = 91, .named = MATCH, .says = "critical subjectKeyIdentifier" },
	{ "critical names of the issuer", .leaf = { .add = { "issuerAltName=critical,DNS:ca.example" } },
	  BOTH(34), .named = MATCH, .says = "critical issuerAltName" },
	{ "critical TLS feature", .leaf = { .add = { "tlsfeature=critical,17" } }, BOTH(34), .named = MATCH,
	  .says = "critical tlsFeature" },
	{ "nameless, with a key for revocation lists",
	  .leaf = { .subject = "-",
		    .add = { "subjectAltName=critical,DNS:server.example",
			     "keyUsage=critical,digitalSignature,cRLSign" } },
	  .strict = 84, .named = MATCH },
	{ "issuer and serial number in the key identifier",
	  .leaf = { .add = { "authorityKeyIdentifier=keyid:always,issuer:always" } }, .named = MATCH },
	{ "another serial number in the key identifier",
	  .leaf = { .drop = "authorityKeyIdentifier", .raw = { { "2.5.29.35", "3003820163", 0 } } },
	  .guide = 31, .strict = 41, .named = MATCH },
	{ "critical authority information",
	  .leaf = { .add = { "authorityInfoAccess=critical,OCSP;URI:http://a/" } }, .guide = 34, .strict = 41,
	  .says = "critical authorityInfoAccess", .named = MATCH },
	{ "serial number 0", .leaf = { .serial = "0" }, .strict = 50, .named = MATCH },
	{ "negative serial number", .leaf = { .serial = "-5" }, .strict = 50, .named = MATCH },
	{ "serial number of 21 bytes", .leaf = { .serial = "7f0102030405060708090a0b0c0d0e0f101112131415" },
	  .strict = 50, .named = MATCH },
	{ "serial number of 20 bytes", .leaf = { .serial = "7f0102030405060708090a0b0c0d0e0f10111213" },
	  .named = MATCH },
	{ "unknown critical extension", .leaf = { .raw = { { "1.2.3.4.5", "0500", 1 } } }, BOTH(34),
	  .named = MATCH },
	{ "unknown critical extension in the root", .root = { .raw = { { "1.2.3.4.5", "0500", 1 } } },
	  BOTH(34), .named = MATCH },
	{ "unknown extension", .leaf = { .raw = { { "1.2.3.4.5", "0500", 0 } } }, .named = MATCH },
	{ "an extension twice", .leaf = { .raw = { { "2.5.29.37", "300a06082b06010505070301", 0 } } },
	  BOTH(41), .named = MATCH },
	{ "broken basic constraints",
	  .leaf = { .drop = "basicConstraints", .raw = { { "2.5.29.19", "0401", 1 } } }, BOTH(41),
	  .named = MATCH },
	{ "bytes after an extension's end",
	  .leaf = { .drop = "extendedKeyUsage",
		    .raw = { { "2.5.29.37", "300a06082b060105050703010500", 0 } } },
	  BOTH(41), .named = MATCH },
	{ "broken policies", .leaf = { .raw = { { "2.5.29.32", "0401", 0 } } }, BOTH(42), .named = MATCH },
	{ "unknown policy qualifier",
	  .inter = { .raw = { { "2.5.29.32",
				"3012"
				"3010"
				"06032a0304"
				"3009"
				"3007"
				"06032a0305"
				"0500",
				0 } } },
	  .named = MATCH },
	{ "unknown policy qualifier, critical",
	  .inter = { .raw = { { "2.5.29.32",
				"3012"
				"3010"
				"06032a0304"
				"3009"
				"3007"
				"06032a0305"
				"0500",
				1 } } },
	  BOTH(34), .named = MATCH },
	{ "broken authority information", .leaf = { .raw = { { "1.3.6.1.5.5.7.1.1", "0401", 0 } } }, BOTH(41),
	  .named = MATCH },

	/* --- keys and digests --- */
	{ "RSA 1024", .leaf = { .key = "RSA-1024:l" }, BOTH(66), .named = MATCH },
	{ "RSA with exponent 1", .leaf = { .key = "EXPONENT-1" }, BOTH(66), .named = MATCH,
	  .no_handshake = 1 },
	{ "RSA with an even exponent", .leaf = { .key = "EXPONENT-65536" }, BOTH(66), .named = MATCH,
	  .no_handshake = 1 },
	{ "RSA with exponent 3", .leaf = { .key = "EXPONENT-3" }, .named = MATCH, .no_handshake = 1 },
	{ "RSA 1024 in the intermediate", .inter = { .key = "RSA-1024:i" }, BOTH(67), .named = MATCH },
	{ "RSA 1024 in the root", .root = { .key = "RSA-1024:r" }, BOTH(67), .named = MATCH },
	{ "P-192", .leaf = { .key = "P-192:l" }, BOTH(66), .named = MATCH, .no_handshake = 1 },
	{ "secp256k1", .leaf = { .key = "secp256k1:l" }, .strict = 66, .named = MATCH, .no_handshake = 1 },
	{ "X25519", .leaf = { .key = "X25519:l" }, BOTH(66), .named = MATCH, .no_handshake = 1 },
	{ "explicit curve", .leaf = { .key = "EXPLICIT-P-256:l" }, BOTH(94), .named = MATCH,
	  .no_handshake = 1 },
	{ "RSA of 2052 bits", .leaf = { .key = "RSA-2052:l" }, .strict = 66, .named = MATCH },
	{ "DSA root", .root = { .key = "DSA-2048:r" }, .strict = 67, .named = MATCH },
	{ "SHA-1", .leaf = { .digest = "SHA1" }, BOTH(68), .named = MATCH },
	{ "SHA-1 in the intermediate", .inter = { .digest = "SHA1" }, BOTH(68), .named = MATCH },
	{ "SHA-1 in the root, which nobody relies upon", .root = { .digest = "SHA1" }, .named = MATCH },
	{ "MD5", .inter = { .key = "RSA-2048:i" }, .leaf = { .digest = "MD5" }, BOTH(68), .named = MATCH },
	{ "SHA-224", .leaf = { .digest = "SHA224" }, .strict = 68, .named = MATCH },

	/* --- two faults at once: the one that tells most comes first --- */
	{ "unknown issuer, expired", .shape = NO_ROOT_LOADED, .leaf = { .to = -DAY }, BOTH(20),
	  .named = MATCH },
	{ "broken signature, expired", .leaf = { .tamper = 1, .to = -DAY }, BOTH(7), .named = MATCH },
	{ "broken signature of the intermediate, unknown root", .shape = ROOT_SENT_NOT_LOADED,
	  .inter = { .tamper = 1 }, BOTH(7), .named = MATCH },
	{ "expired, for clients only", .leaf = { .to = -DAY, .add = { "extendedKeyUsage=clientAuth" } },
	  BOTH(10), .named = MATCH },
	{ "not yet valid, a weak key", .leaf = { .from = DAY, .key = "RSA-1024:l" }, BOTH(9),
	  .named = MATCH },
	{ "for clients only, another host", .host = "other.example",
	  .leaf = { .add = { "extendedKeyUsage=clientAuth" } }, BOTH(26), .named = NOMATCH },
	{ "unknown critical extension, another address", .host = "192.0.2.8",
	  .leaf = { SAN("IP:192.0.2.7"), NO_CN, .raw = { { "1.2.3.4.5", "0500", 1 } } }, BOTH(34),
	  .named = NOMATCH },
	{ "serial number 0, another host", .host = "other.example", .leaf = { .serial = "0" }, .guide = 62,
	  .strict = 50, .named = NOMATCH },
	{ "expired leaf and expired root", .leaf = { .to = -DAY }, .root = { .to = -DAY }, BOTH(10),
	  .named = MATCH },

	/* --- dates as they are written --- */
	{ "UTCTime of 1950", .leaf = { .from_text = "500101000000Z" }, .named = MATCH },
	{ "UTCTime of 2049", .leaf = { .to_text = "491231235959Z" }, .root = { .to_text = "491231235959Z" },
	  .named = MATCH },
	{ "GeneralizedTime of 2049", .leaf = { .to_text = "20491231235959Z" }, .strict = 14, .named = MATCH },
	{ "GeneralizedTime of 2050", .leaf = { .to_text = "20500101000000Z" }, .named = MATCH },
	{ "GeneralizedTime at the beginning", .leaf = { .from_text = "20260101000000Z" }, .strict = 13,
	  .named = MATCH },
	{ "GeneralizedTime in the intermediate", .inter = { .to_text = "20400101000000Z" }, .strict = 14,
	  .named = MATCH },
	{ "month 13", .leaf = { .to_text = "271301000000Z" }, BOTH(14), .named = MATCH },
	{ "month 0", .leaf = { .to_text = "270001000000Z" }, BOTH(14), .named = MATCH },
	{ "February 30", .leaf = { .to_text = "270230000000Z" }, BOTH(14), .named = MATCH },
	{ "February 29 in a leap year", .leaf = { .to_text = "280229000000Z" }, .named = MATCH },
	{ "February 29 in another", .leaf = { .to_text = "270229000000Z" }, BOTH(14), .named = MATCH },
	{ "day 0", .leaf = { .to_text = "270100000000Z" }, BOTH(14), .named = MATCH },
	{ "hour 24", .leaf = { .to_text = "270101240000Z" }, BOTH(14), .named = MATCH },
	{ "minute 60", .leaf = { .to_text = "270101006000Z" }, BOTH(14), .named = MATCH },
	{ "no Z", .leaf = { .to_text = "270101000000" }, BOTH(14), .named = MATCH },
	{ "an unreadable beginning in a CA", .inter = { .from_text = "2601010000Z" }, BOTH(13),
	  .named = MATCH },
	{ "an unreadable end in the root", .root = { .to_text = "2701010000Z" }, BOTH(14), .named = MATCH },
	{ "the intermediate's last second", .inter = { .to_text = "260701120000Z" }, .named = MATCH },
	{ "the intermediate, a second later", .inter = { .to_text = "260701115959Z" }, BOTH(10),
	  .named = MATCH },
	{ "the root's first second", .root = { .from_text = "260701120000Z" }, .named = MATCH },
	{ "the last second of one is the first of another", .leaf = { .to_text = "260701120000Z" },
	  .inter = { .from_text = "260701120000Z" }, .named = MATCH },
	{ "the only second of all of them",
	  .leaf = { .to_text = "260701120000Z", .from_text = "260701120000Z" },
	  .inter = { .to_text = "260701120000Z", .from_text = "260701120000Z" },
	  .root = { .to_text = "260701120000Z", .from_text = "260701120000Z" }, .named = MATCH },
	{ "the root, a second earlier", .root = { .from_text = "260701120001Z" }, BOTH(9), .named = MATCH },
	{ "the leaf, a second earlier", .leaf = { .from_text = "260701120001Z" }, BOTH(9), .named = MATCH },

	/* --- each extension that cannot be decoded --- */
	{ "broken key usage", .leaf = { .drop = "keyUsage", .raw = { { "2.5.29.15", "0401", 1 } } }, BOTH(41),
	  .named = MATCH, .no_handshake = 1 },
	{ "broken extended key usage",
	  .leaf = { .drop = "extendedKeyUsage", .raw = { { "2.5.29.37", "0401", 0 } } }, BOTH(41),
	  .named = MATCH, .no_handshake = 1 },
	{ "broken issuer's alternative names", .leaf = { .raw = { { "2.5.29.18", "0401", 0 } } }, BOTH(41),
	  .named = MATCH },
	{ "broken subject key identifier",
	  .leaf = { .drop = "subjectKeyIdentifier", .raw = { { "2.5.29.14", "0501", 0 } } }, BOTH(41),
	  .named = MATCH, .no_handshake = 1 },
	{ "broken authority key identifier",
	  .leaf = { .drop = "authorityKeyIdentifier", .raw = { { "2.5.29.35", "0401", 0 } } }, BOTH(41),
	  .named = MATCH, .no_handshake = 1 },
	{ "broken name constraints", .inter = { .raw = { { "2.5.29.30", "0401", 1 } } }, BOTH(41),
	  .named = MATCH, .no_handshake = 1 },
	{ "broken policy mappings", .inter = { .raw = { { "2.5.29.33", "0401", 0 } } }, BOTH(42),
	  .named = MATCH },
	{ "broken policy constraints", .inter = { .raw = { { "2.5.29.36", "0401", 1 } } }, BOTH(42),
	  .named = MATCH },
	{ "broken inhibitAnyPolicy", .inter = { .raw = { { "2.5.29.54", "0401", 1 } } }, BOTH(42),
	  .named = MATCH },
	{ "broken distribution points", .leaf = { .raw = { { "2.5.29.31", "0401", 0 } } }, BOTH(41),
	  .named = MATCH, .no_handshake = 1 },
	{ "broken TLS feature", .leaf = { .raw = { { "1.3.6.1.5.5.7.1.24", "0401", 0 } } }, BOTH(41),
	  .named = MATCH },
	{ "broken Netscape type", .leaf = { .raw = { { "2.16.840.1.113730.1.1", "0401", 0 } } }, BOTH(41),
	  .named = MATCH, .no_handshake = 1 },
	{ "a broken extension in the root", .root = { .raw = { { "2.5.29.18", "0401", 0 } } }, BOTH(41),
	  .named = MATCH },
	{ "an extension twice in a CA", .inter = { .raw = { { "2.5.29.15", "03020106", 1 } } }, BOTH(41),
	  .named = MATCH, .no_handshake = 1 },

	/* --- serial numbers and key identifiers --- */
	{ "serial number 0 in the root", .root = { .serial = "0" }, .named = MATCH },
	{ "serial number 0 in the intermediate", .inter = { .serial = "0" }, .strict = 50, .named = MATCH },
	{ "serial number of 20 bytes that needs a 21st",
	  .leaf = { .serial = "ff0102030405060708090a0b0c0d0e0f10111213" }, .strict = 50, .named = MATCH },
	{ "version 2", .leaf = { .version = 2, .drop = "all" }, .strict = 26, .named = MATCH,
	  .strict_named = NOMATCH + 1 },
	{ "version 1, no purpose wanted", .leaf = { .version = 1, .drop = "all" },
	  .policy = { .purpose = VERIFY_ANY }, .strict = 50, .named = MATCH, .strict_named = NOMATCH + 1 },
	{ "authority information", .leaf = { .add = { "authorityInfoAccess=OCSP;URI:http://a/" } },
	  .named = MATCH },
	{ "critical subject key identifier in the leaf",
	  .leaf = { .add = { "subjectKeyIdentifier=critical,hash" } }, .guide = 34, .strict = 91,
	  .named = MATCH },
	{ "an empty subject key identifier",
	  .inter = { .drop = "subjectKeyIdentifier", .raw = { { "2.5.29.14", "0400", 0 } } },
	  .leaf = { .drop = "authorityKeyIdentifier", .raw = { { "2.5.29.35", "30028000", 0 } } },
	  .strict = 86, .named = MATCH },
	{ "a root with issuer and serial number in its key identifier",
	  .root = { .add = { "authorityKeyIdentifier=keyid:always,issuer:always" } }, .strict = 30,
	  .named = MATCH },
	{ "a root with another authority key identifier",
	  .root = { .drop = "authorityKeyIdentifier", .raw = { { "2.5.29.35", "30068004deadbeef", 0 } } },
	  .guide = 2, .strict = 30, .says = "names another certificate as its issuer", .named = MATCH },
	{ "a root with an empty authority key identifier",
	  .root = { .drop = "authorityKeyIdentifier", .raw = { { "2.5.29.35", "3000", 0 } } }, .strict = 30,
	  .named = MATCH },
	{ "a root with an authority key identifier and none of its own",
	  .root = { .drop = "subjectKeyIdentifier authorityKeyIdentifier",
		    .raw = { { "2.5.29.35", "30068004deadbeef", 0 } } },
	  .strict = 30, .named = MATCH },
	{ "a root without authority key identifier", .root = { .drop = "authorityKeyIdentifier" },
	  .named = MATCH },
	{ "an intermediate without authority key identifier", .inter = { .drop = "authorityKeyIdentifier" },
	  .strict = 85, .named = MATCH },
	{ "a CA between without a name", .inter = { .subject = "-" }, BOTH(83), .named = MATCH },

	/* --- names --- */
	{ "another host", .host = "other.example", BOTH(62), .named = NOMATCH },
	{ "a host below", .host = "a.server.example", BOTH(62), .named = NOMATCH },
	{ "the domain above", .host = "example", BOTH(62), .named = NOMATCH },
	{ "another address", .host = "192.0.2.8", .leaf = { SAN("IP:192.0.2.7"), NO_CN }, BOTH(64),
	  .named = NOMATCH },
	{ "an address for a name", .host = "192.0.2.7", BOTH(64), .named = NOMATCH },
	{ "an address hidden in a DNS name", .host = "192.0.2.7", .leaf = { SAN("DNS:192.0.2.7"), NO_CN },
	  .guide = 64, .strict = 53, .named = NOMATCH },
	{ "common name only", .leaf = { .drop = "subjectAltName" }, .strict = 62, .named = MATCH,
	  .strict_named = NOMATCH + 1 },
	{ "common name only, switched off", .leaf = { .drop = "subjectAltName" },
	  .policy = { .no_common_name = 1 }, BOTH(62), .named = NOMATCH },
	{ "common name fits, alternative names do not", .leaf = { SAN("DNS:other.example") }, .guide = 62,
	  .strict = 53, .named = NOMATCH },
	{ "common name fits, alternative names are for mail", .leaf = { SAN("email:ops@example.test") },
	  .guide = 62, .strict = 53, .named = NOMATCH,
	  .says = "the common name is the host, but does not count beside alternative names" },
	{ "common name fits, mail addresses are told", .leaf = { SAN("email:ops@example.test") }, .guide = 62,
	  .strict = 53, .named = NOMATCH, .says = "email:ops@example.test" },
	{ "common name fits, alternative names are others",
	  .leaf = { SAN("URI:https://a.example/,otherName:1.2.3.4;UTF8:x") }, .guide = 62, .strict = 53,
	  .named = NOMATCH, .says = "URI:https://a.example/, a name of another type" },
	{ "wildcard as common name fits, alternative name is an address", .host = "a.hosts.example",
	  .leaf = { SAN("IP:192.0.2.7"), .subject = "/CN=*.hosts.example" }, .guide = 62, .strict = 53,
	  .named = NOMATCH, .says = "the common name is the host" },
	{ "address as a DNS name", .host = "192.0.2.7", .leaf = { SAN("DNS:192.0.2.7"), NO_CN }, .guide = 64,
	  .strict = 53, .named = NOMATCH, .says = "the address stands in it as a DNS name" },
	{ "common name is no alternative name", .leaf = { .subject = "/CN=mail.example" }, .strict = 53,
	  .named = MATCH },
	{ "common name is no host", .leaf = { .subject = "/CN=Some server" }, .named = MATCH },
	{ "address as common name, in hexadecimal", .host = "192.0.2.7",
	  .leaf = { SAN("IP:192.0.2.7"), .subject = "/CN=0xC0000207" }, .strict = 53, .named = MATCH },
	{ "address as common name", .host = "192.0.2.7",
	  .leaf = { .subject = "/CN=192.0.2.7", .drop = "subjectAltName" }, BOTH(64), .named = NOMATCH,
	  .says = "the common name is the address, but does not count" },
	{ "NUL in a name",
	  .leaf = { .drop = "subjectAltName",
		    .raw = { { "2.5.29.17",
			       "3016"
			       "8214"
			       "7365727665722e6578616d706c65002e6f726721",
			       0 } } },
	  BOTH(53), .named = NOMATCH },
	{ "wildcard over two labels", .host = "a.b.hosts.example",
	  .leaf = { SAN("DNS:*.hosts.example"), NO_CN }, BOTH(62), .named = NOMATCH },
	{ "wildcard and its own domain", .host = "hosts.example",
	  .leaf = { SAN("DNS:*.hosts.example"), NO_CN }, BOTH(62), .named = NOMATCH },
	{ "wildcard not in front", .host = "a.b.example", .leaf = { SAN("DNS:a.*.example"), NO_CN },
	  .guide = 62, .strict = 53, .named = NOMATCH },
	{ "wildcard in part of a label", .host = "server.hosts.example",
	  .leaf = { SAN("DNS:ser*.hosts.example"), NO_CN }, .guide = 62, .strict = 53, .named = NOMATCH },
	{ "wildcard alone over a top-level domain", .host = "server.example",
	  .leaf = { SAN("DNS:*.example"), NO_CN }, .guide = 62, .strict = 53, .named = NOMATCH },
	{ "wildcard over a public suffix", .host = "server.co.uk", .leaf = { SAN("DNS:*.co.uk"), NO_CN },
	  .guide = 62, .strict = 53, .named = NOMATCH },
	{ "wildcard as the host", .host = "*.hosts.example", .leaf = { SAN("DNS:*.hosts.example"), NO_CN },
	  BOTH(62), .named = NOMATCH },
	{ "underscore", .host = "a_b.example", .leaf = { SAN("DNS:a_b.example"), NO_CN }, .strict = 53,
	  .named = MATCH },
	{ "an underscore under a wildcard", .host = "a_b.hosts.example",
	  .leaf = { SAN("DNS:*.hosts.example"), NO_CN }, .named = MATCH },
	{ "a wildcard above an underscore", .host = "a.my_zone.example",
	  .leaf = { SAN("DNS:*.my_zone.example"), NO_CN }, .named = MATCH },
	{ "an underscore under a wildcard as common name", .host = "a_b.hosts.example",
	  .leaf = { .subject = "/CN=*.hosts.example", .drop = "subjectAltName" }, .strict = 62,
	  .named = MATCH, .strict_named = NOMATCH + 1 },
	{ "an underscore under another wildcard", .host = "a_b.hosts.example",
	  .leaf = { SAN("DNS:*.other.example"), NO_CN }, BOTH(62), .named = NOMATCH },
	{ "a final dot and a wildcard", .host = "a.hosts.example.",
	  .leaf = { SAN("DNS:*.hosts.example"), NO_CN }, .named = MATCH },
	{ "a final dot and a common name", .host = "server.example.", .leaf = { .drop = "subjectAltName" },
	  .strict = 62, .named = MATCH, .strict_named = NOMATCH + 1 },
	{ "a common name beside an address, not permitted", .host = "192.0.2.7",
	  .leaf = { SAN("IP:192.0.2.7"), .subject = "/CN=server.example" },
	  .inter = { .add = { "nameConstraints=critical,permitted;DNS:other" } }, .strict = 53,
	  .named = MATCH },
	{ "a common name beside an address, excluded", .host = "192.0.2.7",
	  .leaf = { SAN("IP:192.0.2.7"), .subject = "/CN=server.example" },
	  .inter = { .add = { "nameConstraints=critical,excluded;DNS:example" } }, .strict = 53,
	  .named = MATCH },
	{ "a common name not permitted, no name asked for", .host = "", .leaf = { SAN("IP:192.0.2.7") },
	  .inter = { .add = { "nameConstraints=critical,permitted;DNS:other" } }, .strict = 53,
	  .named = UNCHECKED },
	{ "no subject, names not critical", .leaf = { .subject = "-" }, .strict = 88, .named = MATCH },
	{ "no subject, names critical", .leaf = { .subject = "-", SAN("critical,DNS:server.example") },
	  .named = MATCH },
	{ "names critical beside a subject", .leaf = { SAN("critical,DNS:server.example") }, .strict = 50,
	  .named = MATCH },
	{ "empty alternative names", .host = "",
	  .leaf = { NO_CN, .drop = "subjectAltName", .raw = { { "2.5.29.17", "3000", 0 } } }, BOTH(87),
	  .named = UNCHECKED },
	{ "broken alternative names",
	  .leaf = { .drop = "subjectAltName", .raw = { { "2.5.29.17", "0403010203", 0 } } }, BOTH(41),
	  .named = NOMATCH },
	{ "address of 5 bytes",
	  .leaf = { .drop = "subjectAltName",
		    .raw = { { "2.5.29.17",
			       "3017"
			       "820e7365727665722e6578616d706c65"
			       "87050102030405",
			       0 } } },
	  BOTH(41), .named = MATCH },

	/* --- name constraints --- */
	{ "name not permitted", .inter = { .add = { "nameConstraints=critical,permitted;DNS:other" } },
	  BOTH(47), .named = MATCH },
	{ "name not permitted by the root",
	  .root = { .add = { "nameConstraints=critical,permitted;DNS:other" } }, BOTH(47), .named = MATCH },
	{ "name excluded", .inter = { .add = { "nameConstraints=critical,excluded;DNS:example" } }, BOTH(48),
	  .named = MATCH },
	{ "wildcard over an excluded name", .host = "a.hosts.example",
	  .leaf = { SAN("DNS:*.hosts.example"), NO_CN },
	  .inter = { .add = { "nameConstraints=critical,excluded;DNS:b.hosts.example" } }, BOTH(48),
	  .named = MATCH },
	{ "address not permitted", .host = "192.0.2.7", .leaf = { SAN("IP:192.0.2.7"), NO_CN },
	  .inter = { .add = { "nameConstraints=critical,permitted;IP:198.51.100.0/255.255.255.0" } },
	  BOTH(47), .named = MATCH },
	{ "address excluded", .host = "192.0.2.7", .leaf = { SAN("IP:192.0.2.7"), NO_CN },
	  .inter = { .add = { "nameConstraints=critical,excluded;IP:192.0.2.0/255.255.255.0" } }, BOTH(48),
	  .named = MATCH },
	{ "common name not permitted", .leaf = { .drop = "subjectAltName" },
	  .inter = { .add = { "nameConstraints=critical,permitted;DNS:other" } }, .guide = 47, .strict = 47,
	  .named = MATCH, .strict_named = NOMATCH + 1 },
	{ "mail address in the subject excluded",
	  .leaf = { .subject = "/CN=server.example/emailAddress=a@bad.example" },
	  .inter = { .add = { "nameConstraints=critical,excluded;email:bad.example" } }, BOTH(48),
	  .named = MATCH },
	{ "URI not permitted", .leaf = { SAN("DNS:server.example,URI:https://bad.example/x") },
	  .inter = { .add = { "nameConstraints=critical,permitted;URI:.good.example" } }, BOTH(47),
	  .named = MATCH },
	{ "subject not permitted",
	  .inter = { .raw = { { "2.5.29.30", "3016a0143012a410300e310c300a060355040a0c034f7267", 1 } } },
	  BOTH(47), .named = MATCH },
	{ "subject permitted", .leaf = { .subject = "/O= oRG/CN=server.example" },
	  .inter = { .raw = { { "2.5.29.30", "3016a0143012a410300e310c300a060355040a0c034f7267", 1 } } },
	  .named = MATCH },
	{ "mail host permitted", .leaf = { SAN("DNS:server.example,email:a@mail.example") },
	  .inter = { .add = { "nameConstraints=critical,permitted;email:mail.example" } }, .named = MATCH },
	{ "mail domain permitted", .leaf = { SAN("DNS:server.example,email:a@mail.example") },
	  .inter = { .add = { "nameConstraints=critical,permitted;email:.example" } }, .named = MATCH },
	{ "mailbox permitted", .leaf = { SAN("DNS:server.example,email:a@mail.example") },
	  .inter = { .add = { "nameConstraints=critical,permitted;email:a@MAIL.example" } }, .named = MATCH },
	{ "another mailbox permitted", .leaf = { SAN("DNS:server.example,email:a@mail.example") },
	  .inter = { .add = { "nameConstraints=critical,permitted;email:b@mail.example" } }, BOTH(47),
	  .named = MATCH },
	{ "mail domain excluded, host itself", .leaf = { SAN("DNS:server.example,email:a@mail.example") },
	  .inter = { .add = { "nameConstraints=critical,excluded;email:.mail.example" } }, BOTH(48),
	  .named = MATCH },
	{ "mail address without a host", .leaf = { SAN("DNS:server.example,email:nobody") },
	  .inter = { .add = { "nameConstraints=critical,excluded;email:mail.example" } }, BOTH(53),
	  .named = MATCH },
	{ "mail address with two @", .leaf = { SAN("DNS:server.example,email:a@b@mail.example") },
	  .strict = 53, .named = MATCH },
	{ "mail address with two @, constrained",
	  .leaf = { SAN("DNS:server.example,email:a@b@mail.example") },
	  .inter = { .add = { "nameConstraints=critical,permitted;email:mail.example" } }, BOTH(53),
	  .named = MATCH },
	{ "mail address with a quoted @",
	  .leaf = { .drop = "subjectAltName",
		    .raw = { { "2.5.29.17", /* "a@b"@c.example */
			       "3021"
			       "820e"
			       "7365727665722e6578616d706c65"
			       "810f"
			       "2261406222"
			       "40"
			       "632e6578616d706c65",
			       0 } } },
	  .named = MATCH },
	{ "mailbox with two @ as a constraint",
	  .inter = { .add = { "nameConstraints=critical,permitted;email:a@b@mail.example" } }, BOTH(52),
	  .named = MATCH },
	{ "mail address with an address", .leaf = { SAN("DNS:server.example,email:a@192.0.2.1") },
	  .inter = { .add = { "nameConstraints=critical,excluded;email:mail.example" } }, BOTH(53),
	  .named = MATCH },
	{ "every mail address excluded", .leaf = { SAN("DNS:server.example,email:a@mail.example") },
	  .inter = { .raw = { { "2.5.29.30", "3006a10430028100", 1 } } }, BOTH(48), .named = MATCH },
	{ "every DNS name excluded", .inter = { .raw = { { "2.5.29.30", "3006a10430028200", 1 } } }, BOTH(48),
	  .named = MATCH },
	{ "URI permitted, with user and port",
	  .leaf = { SAN("DNS:server.example,URI:https://u:p@x.good.example:8443/a?b@c") },
	  .inter = { .add = { "nameConstraints=critical,permitted;URI:.good.example" } }, .named = MATCH },
	{ "URI with a colon in its path, permitted",
	  .leaf = { SAN("DNS:server.example,URI:https://x.good.example/a:b") },
	  .inter = { .add = { "nameConstraints=critical,permitted;URI:.good.example" } }, .named = MATCH },
	{ "URI with a query, permitted", .leaf = { SAN("DNS:server.example,URI:https://x.good.example?a") },
	  .inter = { .add = { "nameConstraints=critical,permitted;URI:x.good.example" } }, .named = MATCH },
	{ "URI with a user like an excluded host",
	  .leaf = { SAN("DNS:server.example,URI:https://x.bad.example:p@x.good.example/") },
	  .inter = { .add = { "nameConstraints=critical,excluded;URI:.bad.example" } }, .named = MATCH },
	{ "URI host of the domain itself", .leaf = { SAN("DNS:server.example,URI:https://good.example/") },
	  .inter = { .add = { "nameConstraints=critical,permitted;URI:.good.example" } }, BOTH(47),
	  .named = MATCH },
	{ "URI without a host", .leaf = { SAN("DNS:server.example,URI:urn:a:b") },
	  .inter = { .add = { "nameConstraints=critical,excluded;URI:bad.example" } }, BOTH(53),
	  .named = MATCH },
	{ "URI with an address", .leaf = { SAN("DNS:server.example,URI:https://192.0.2.1/") },
	  .inter = { .add = { "nameConstraints=critical,excluded;URI:bad.example" } }, BOTH(53),
	  .named = MATCH },
	{ "other names constrained", .leaf = { SAN("DNS:server.example,otherName:1.2.3.4;UTF8:x") },
	  .inter = { .raw = { { "2.5.29.30", "3010a00e300ca00a06032a0304a0030c0178", 1 } } }, BOTH(51),
	  .named = MATCH },
	{ "constraint with a minimum",
	  .inter = { .raw = { { "2.5.29.30", "300ca10a30088203626164800101", 1 } } }, BOTH(49),
	  .named = MATCH },
	{ "IPv6 address, constraint for IPv4", .host = "2001:db8::7",
	  .leaf = { SAN("IP:2001:db8::7"), NO_CN },
	  .inter = { .add = { "nameConstraints=critical,permitted;IP:192.0.2.0/255.255.255.0" } }, BOTH(47),
	  .named = MATCH },
	{ "constraints not critical", .inter = { .add = { "nameConstraints=permitted;DNS:example" } },
	  .strict = 41, .named = MATCH },
	{ "constraint with a dot in front",
	  .inter = { .add = { "nameConstraints=critical,permitted;DNS:.example" } }, .strict = 52,
	  .named = MATCH },
	{ "address constraint with holes", .host = "192.0.2.7", .leaf = { SAN("IP:192.0.2.7"), NO_CN },
	  .inter = { .add = { "nameConstraints=critical,permitted;IP:192.0.2.0/255.0.255.0" } }, BOTH(52),
	  .named = MATCH },
	{ "address constraint of 4 bytes, and no address",
	  .inter = { .raw = { { "2.5.29.30", "300aa008300687040a000000", 1 } } }, BOTH(52), .named = MATCH },
	{ "wildcard as a constraint",
	  .inter = { .add = { "nameConstraints=critical,permitted;DNS:*.example" } }, BOTH(52),
	  .named = MATCH },
	{ "empty constraints", .inter = { .raw = { { "2.5.29.30", "3000", 1 } } }, BOTH(41), .named = MATCH },
	{ "constraints in a server's certificate",
	  .leaf = { .add = { "nameConstraints=critical,permitted;DNS:example" } }, .strict = 41,
	  .named = MATCH },

	/* --- policies --- */
	{ "policy demanded and missing",
	  .inter = { .add = { "policyConstraints=critical,requireExplicitPolicy:0" } }, BOTH(43),
	  .named = MATCH },
	{ "policy demanded and there",
	  .inter = { .add = { "policyConstraints=critical,requireExplicitPolicy:0",
			      "certificatePolicies=1.2.3.4" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.4" } }, .named = MATCH },
	{ "policy demanded by the root and missing",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0" } }, BOTH(43),
	  .named = MATCH },
	{ "policy demanded by the root and there",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0" } },
	  .inter = { .add = { "certificatePolicies=1.2.3.4" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.4" } }, .named = MATCH },
	{ "policy demanded by the root, but only further down",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:3" } }, .named = MATCH },
	{ "another policy than the root's",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0",
			     "certificatePolicies=1.2.3.5" } },
	  .inter = { .add = { "certificatePolicies=1.2.3.4" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.4" } }, BOTH(43), .named = MATCH },
	{ "the root's policy",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0",
			     "certificatePolicies=1.2.3.4" } },
	  .inter = { .add = { "certificatePolicies=1.2.3.4" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.4" } }, .named = MATCH },
	{ "any policy, which the root inhibits",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0",
			     "inhibitAnyPolicy=critical,0" } },
	  .inter = { .add = { "certificatePolicies=2.5.29.32.0" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.4" } }, BOTH(43), .named = MATCH },
	{ "policy demanded two CAs above, where none has one",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:1" } },
	  .inter = { .add = { "policyConstraints=critical,requireExplicitPolicy:5" } }, BOTH(43),
	  .named = MATCH },
	{ "policy demanded of more CAs than there are",
	  .inter = { .add = { "policyConstraints=critical,requireExplicitPolicy:2" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.4" } }, .named = MATCH },
	{ "policy constraints beside no policy and some bytes",
	  .inter = { .add = { "policyConstraints=critical,requireExplicitPolicy:0" },
		     .raw = { { "2.5.29.32", "3000300506032a0304", 0 } } },
	  BOTH(43), .named = MATCH },
	{ "policy constraints with a negative number",
	  .inter = { .raw = { { "2.5.29.36", "30038001ff", 1 } } }, BOTH(42), .named = MATCH },
	{ "empty policy constraints", .inter = { .raw = { { "2.5.29.36", "3000", 1 } } }, BOTH(42),
	  .named = MATCH },
	{ "a policy twice", .leaf = { .raw = { { "2.5.29.32", "300e300506032a0304300506032a0304", 0 } } },
	  BOTH(42), .named = MATCH },
	{ "policy constraints not critical",
	  .inter = { .add = { "policyConstraints=requireExplicitPolicy:3" } }, .strict = 42, .named = MATCH },
	{ "policies without any", .leaf = { .raw = { { "2.5.29.32", "3000", 0 } } }, BOTH(42),
	  .named = MATCH },
	{ "a mapping to anyPolicy", .inter = { .add = { "policyMappings=1.2.3.4:2.5.29.32.0" } }, BOTH(42),
	  .named = MATCH },
	{ "policy constraints with a negative number for mappings",
	  .inter = { .raw = { { "2.5.29.36", "30038101ff", 1 } } }, BOTH(42), .named = MATCH },
	{ "policy constraints for mappings alone", .inter = { .raw = { { "2.5.29.36", "3003810100", 1 } } },
	  .named = MATCH },
	{ "inhibitAnyPolicy not critical", .inter = { .add = { "inhibitAnyPolicy=5" } }, .strict = 42,
	  .named = MATCH },
	{ "inhibitAnyPolicy critical", .inter = { .add = { "inhibitAnyPolicy=critical,5" } },
	  .named = MATCH },
	{ "a mapped policy", .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0" } },
	  .inter = { .add = { "certificatePolicies=1.2.3.4", "policyMappings=1.2.3.4:1.2.3.5" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.5" } }, .named = MATCH },
	{ "a mapped policy, where the root inhibits mapping",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0,inhibitPolicyMapping:0" } },
	  .inter = { .add = { "certificatePolicies=1.2.3.4", "policyMappings=1.2.3.4:1.2.3.5" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.5" } }, BOTH(43), .named = MATCH },
	{ "a mapped policy, where the root inhibits mapping further down",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0,inhibitPolicyMapping:2" } },
	  .inter = { .add = { "certificatePolicies=1.2.3.4", "policyMappings=1.2.3.4:1.2.3.5" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.5" } }, .named = MATCH },
	{ "any policy, which the root inhibits one further down",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0",
			     "inhibitAnyPolicy=critical,1" } },
	  .inter = { .add = { "certificatePolicies=2.5.29.32.0" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.4" } }, BOTH(43), .named = MATCH },
	{ "any policy, which the root inhibits two further down",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:0",
			     "inhibitAnyPolicy=critical,2" } },
	  .inter = { .add = { "certificatePolicies=2.5.29.32.0" } },
	  .leaf = { .add = { "certificatePolicies=1.2.3.4" } }, .named = MATCH },
	{ "policy demanded by the root of the last one",
	  .root = { .add = { "policyConstraints=critical,requireExplicitPolicy:2" } }, BOTH(43),
	  .named = MATCH },
	{ "a mapping from anyPolicy", .inter = { .add = { "policyMappings=2.5.29.32.0:1.2.3.4" } }, BOTH(42),
	  .named = MATCH },
};

struct world {
	struct made root, inter, leaf, spare;
	char roots[8192], sent[8192];
	int root_loaded, inter_sent, root_sent, inter_loaded, leaf_loaded;
};

static void build(struct world *w, const struct row *r)
{
	struct recipe root = r->root, inter = r->inter, leaf = r->leaf;
	memset(w, 0, sizeof *w);
	root.subject = root.subject ? root.subject : "/C=US/O=Example/CN=Root";
	inter.subject = inter.subject ? inter.subject : "/C=US/O=Example/CN=Intermediate";
	leaf.subject = leaf.subject ? leaf.subject : "/CN=server.example";
	root.key = root.key ? root.key : "P-256:root";
	inter.key = inter.key ? inter.key : "P-256:inter";
	root.to = root.to ? root.to : 1000 * DAY;
	w->root = factory_make(&root, NULL, factory_ca);
	w->inter = factory_make(&inter, &w->root, factory_ca);
	int self = r->shape == SELF_SIGNED || r->shape == SELF_SIGNED_LOADED;
	w->leaf = factory_make(&leaf,
			       self                     ? NULL
			       : r->shape == UNDER_ROOT ? &w->root
							: &w->inter,
			       factory_leaf);
	if (r->shape == OTHER_ROOT_SAME_NAME) {
		root.key = "P-256:other";
		factory_free(&w->root);
		w->root = factory_make(&root, NULL, factory_ca);
	}
	factory_pem(&w->leaf, w->sent, sizeof w->sent);
	if (!self && r->shape != NO_INTERMEDIATE_SENT && r->shape != UNDER_ROOT &&
	    r->shape != INTERMEDIATE_LOADED)
		factory_pem(&w->inter, w->sent, sizeof w->sent);
	if (r->shape == ROOT_SENT || r->shape == ROOT_SENT_NOT_LOADED)
		factory_pem(&w->root, w->sent, sizeof w->sent);
	if (r->shape == NO_ROOT_LOADED || r->shape == ROOT_SENT_NOT_LOADED) {
		struct recipe other = { .subject = "/CN=Somebody else", .key = "P-256:else" };
		w->spare = factory_make(&other, NULL, factory_ca);
		factory_pem(&w->spare, w->roots, sizeof w->roots);
	} else if (r->shape == INTERMEDIATE_LOADED) {
		factory_pem(&w->inter, w->roots, sizeof w->roots);
	} else if (r->shape == SELF_SIGNED_LOADED || r->shape == LEAF_LOADED) {
		factory_pem(&w->leaf, w->roots, sizeof w->roots);
	} else {
		factory_pem(&w->root, w->roots, sizeof w->roots);
	}
}

static void tear_down(struct world *w)
{
	factory_free(&w->root);
	factory_free(&w->inter);
	factory_free(&w->leaf);
	factory_free(&w->spare);
}

#endif
