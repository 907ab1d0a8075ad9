/* SPDX-License-Identifier: MIT */
#include "tlsfault.h"

#include <openssl/ssl.h>

/* CHAIN defines a row for which OpenSSL's own verification gives the same code; ODD one for which it gives
 * another. */
#define CHAIN(name, help, code, maker)                                                                       \
	{                                                                                                    \
		{ name, NULL, help, code, code }, maker, SERVE_TLS, 0, NULL, 0                               \
	}
#define ODD(name, help, code, openssl, maker)                                                                \
	{                                                                                                    \
		{ name, NULL, help, code, openssl }, maker, SERVE_TLS, 0, NULL, 0                            \
	}
#define MUTE(name, help, serve)                                                                              \
	{                                                                                                    \
		{ name, NULL, help, FAULT_NO_VERDICT, FAULT_NO_VERDICT }, chain_good, serve, 0, NULL, 0      \
	}
#define CRL " (once crl.pem is loaded)"

static const struct tls_fault rows[] = {
	CHAIN("good", "all is well: server below an intermediate below the lab's root", 0, chain_good),
	CHAIN("good-rsa", "all is well: the server has an RSA key of 2048 bits", 0, chain_good_rsa),
	CHAIN("good-ed25519", "all is well: the server has an Ed25519 key", 0, chain_good_ed25519),
	CHAIN("direct", "all is well: the root itself signed the server's certificate", 0, chain_direct),
	CHAIN("sends-root", "all is well: the root is sent too", 0, chain_sends_root),
	CHAIN("wrong-order", "all is well: the certificates are sent in the wrong order", 0,
	      chain_wrong_order),
	CHAIN("extra", "all is well: a certificate that has nothing to do with it is sent too", 0,
	      chain_extra),
	CHAIN("long", "all is well: four intermediates", 0, chain_long),
	CHAIN("wildcard", "all is well: the name is *.sealpost.test", 0, chain_wildcard),
	CHAIN("cn-only", "no alternative name, the common name is the host's", 0, chain_cn_only),
	ODD("cross-signed", "the intermediate is sent twice: signed by an unknown root, and by ours", 0, 20,
	    chain_cross_signed),

	CHAIN("expired", "the server's certificate ended yesterday", 10, chain_expired),
	CHAIN("not-yet-valid", "the server's certificate begins tomorrow", 9, chain_not_yet_valid),
	CHAIN("wrong-name", "the certificate is for other.sealpost.test", 62, chain_wrong_name),
	CHAIN("wildcard-deep", "the name is *.rooms.sealpost.test", 62, chain_wildcard_deep),
	ODD("wildcard-partial", "the name is m*.sealpost.test", 62, 0, chain_wildcard_partial),
	CHAIN("no-san", "no alternative name, and the common name is no host name", 62, chain_no_san),
	CHAIN("cn-beside-san", "the common name is right, the alternative name, which counts, is not", 62,
	      chain_cn_beside_san),
	CHAIN("address-only", "the certificate is for the address, not for the name", 62, chain_address_only),
	ODD("nul-in-name", "a NUL hides the second half of the name", 53, 62, chain_nul_in_name),
	CHAIN("self-signed", "the server signed its own certificate, and nobody uploaded it", 18,
	      chain_self_signed),
	CHAIN("wrong-purpose", "extended key usage: clientAuth only", 26, chain_wrong_purpose),
	CHAIN("any-purpose", "extended key usage: anyExtendedKeyUsage only", 26, chain_any_purpose),
	CHAIN("wrong-key-usage", "key usage: nonRepudiation only", 26, chain_wrong_key_usage),
	CHAIN("netscape-client", "Netscape certificate type: client only", 26, chain_netscape_client),
	CHAIN("weak-key", "the server has a 1024-bit RSA key", 66, chain_weak_key),
	CHAIN("sha1", "the server's certificate is signed with SHA-1", 68, chain_sha1),
	CHAIN("bad-signature", "one bit of the signature was changed", 7, chain_bad_signature),
	CHAIN("unknown-critical-extension", "a critical extension that nobody knows", 34,
	      chain_unknown_critical),
	ODD("broken-extension", "the key usage is not DER", 41, 20, chain_broken_extension),
	ODD("repeated-extension", "the basic constraints stand there twice", 41, 20,
	    chain_repeated_extension),
	CHAIN("revoked", "the server's certificate is revoked" CRL, 23, chain_revoked),

	CHAIN("missing-intermediate", "the server does not send its intermediate", 20,
	      chain_missing_intermediate),
	CHAIN("unknown-issuer", "a root that nobody uploaded signed it", 20, chain_unknown_issuer),
	CHAIN("unknown-root-sent", "a root that nobody uploaded signed it, and is sent too", 19,
	      chain_unknown_root_sent),
	CHAIN("impostor", "says that our root signed it, but another key did", 7, chain_impostor),
	CHAIN("expired-intermediate", "the intermediate ended yesterday", 10, chain_expired_authority),
	CHAIN("future-intermediate", "the intermediate begins tomorrow", 9, chain_future_authority),
	CHAIN("ca-false", "the intermediate is not an authority (CA:FALSE)", 79, chain_ca_false),
	CHAIN("v1-intermediate", "the intermediate is an X.509 version 1 certificate", 79,
	      chain_authority_v1),
	ODD("no-certsign", "the intermediate may not sign certificates", 32, 79, chain_no_certsign),
	CHAIN("path-length", "an intermediate below one that may have none", 25, chain_path_length),
	CHAIN("name-constraint", "the intermediate may sign for elsewhere.test only", 47,
	      chain_name_permitted),
	CHAIN("name-excluded", "the intermediate may not sign for sealpost.test", 48, chain_name_excluded),
	CHAIN("intermediate-purpose", "the intermediate's extended key usage: clientAuth only", 26,
	      chain_authority_purpose),
	CHAIN("intermediate-weak-key", "the intermediate has a 1024-bit RSA key", 67,
	      chain_authority_weak_key),
	CHAIN("intermediate-sha1", "the intermediate is signed with SHA-1", 68, chain_authority_sha1),
	CHAIN("intermediate-bad-signature", "one bit of the intermediate's signature was changed", 7,
	      chain_authority_bad_signature),
	CHAIN("intermediate-critical-extension", "a critical extension that nobody knows in the intermediate",
	      34, chain_authority_critical),
	CHAIN("intermediate-revoked", "the intermediate is revoked" CRL, 23, chain_authority_revoked),

	{ { "huge-chain", NULL, "sends more than 100 KiB of certificates", FAULT_NO_VERDICT,
	    FAULT_NO_VERDICT },
	  chain_huge,
	  SERVE_TLS,
	  0,
	  NULL,
	  0 },
	{ { "tls1.0", NULL, "speaks nothing newer than TLS 1.0", FAULT_NO_VERDICT, FAULT_NO_VERDICT },
	  chain_good,
	  SERVE_TLS,
	  TLS1_VERSION,
	  NULL,
	  0 },
	{ { "tls1.1", NULL, "speaks nothing newer than TLS 1.1", FAULT_NO_VERDICT, FAULT_NO_VERDICT },
	  chain_good,
	  SERVE_TLS,
	  TLS1_1_VERSION,
	  NULL,
	  0 },
	{ { "tls1.2", NULL, "all is well: speaks TLS 1.2 only", 0, 0 },
	  chain_good,
	  SERVE_TLS,
	  TLS1_2_VERSION,
	  NULL,
	  0 },
	{ { "no-shared-cipher", NULL, "TLS 1.2 with a cipher that encrypts nothing", FAULT_NO_VERDICT,
	    FAULT_NO_VERDICT },
	  chain_good,
	  SERVE_TLS,
	  TLS1_2_VERSION,
	  "NULL-SHA256:@SECLEVEL=0",
	  0 },
	{ { "ask-client", NULL,
	    "demands a client certificate of the lab's root, and refuses any other with the alert for it",
	    FAULT_NO_VERDICT, 0 },
	  chain_good,
	  SERVE_TLS,
	  0,
	  NULL,
	  1 },
	MUTE("plain-http", "speaks HTTP without TLS on the port", SERVE_PLAIN),
	MUTE("close", "closes the connection in the middle of the handshake", SERVE_CLOSE),
	MUTE("reset", "resets the connection in the middle of the handshake", SERVE_RESET),
	MUTE("hang", "takes the connection and never answers the handshake", SERVE_HANG),
	MUTE("garbage", "answers the handshake with bytes that are not TLS", SERVE_GARBAGE),
};

static const struct fault_table table = { "tls", rows, sizeof *rows, sizeof rows / sizeof *rows };

const struct fault_table *tlsfault_table(void)
{
	return &table;
}
