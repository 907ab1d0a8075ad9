/* SPDX-License-Identifier: MIT */
#include "x509/codes.h"

#include <openssl/x509_vfy.h>
#include <stddef.h>

/* tests/lint/codes.py compares this table with the installed OpenSSL header. */
struct row {
	const char *symbol, *sentence, *hint;
};

#define ROW(name, sentence, hint) [X509_V_ERR_##name] = { #name, sentence, hint }

/* Hints that several rows share. */
#define REISSUE   "have the certificate issued anew without this fault"
#define OWN_FAULT "this is a fault of sealpost or of its memory: report it with the log"
#define NOT_USED  "sealpost does not ask for this check: report it with the log"
#define NEW_CRL   "upload a fresh revocation list of this issuer"
#define CHANGED                                                                                              \
	"the certificate was damaged or altered, or its issuer has a new key: compare fingerprints with "    \
	"the issuer"

static const struct row rows[] = {
	[X509_V_OK] = { "OK", "every check passed", "" },
	ROW(UNSPECIFIED, "the search for a chain gave up",
	    "let the server send its own chain only, without spare certificates"),
	ROW(UNABLE_TO_GET_ISSUER_CERT, "the issuer of an uploaded certificate is not loaded",
	    "upload the root above it: an intermediate alone is no anchor"),
	ROW(UNABLE_TO_GET_CRL, "there is no revocation list for the certificate",
	    "upload the revocation list of its issuer"),
	ROW(UNABLE_TO_DECRYPT_CERT_SIGNATURE, "the certificate's signature cannot be read", REISSUE),
	ROW(UNABLE_TO_DECRYPT_CRL_SIGNATURE, "the revocation list's signature cannot be read", NEW_CRL),
	ROW(UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, "the certificate's public key cannot be read", REISSUE),
	ROW(CERT_SIGNATURE_FAILURE, "the certificate's signature is wrong", CHANGED),
	ROW(CRL_SIGNATURE_FAILURE, "the revocation list's signature is wrong", NEW_CRL),
	ROW(CERT_NOT_YET_VALID, "the certificate is not yet valid",
	    "compare the date with the server's; else wait, or have it issued anew"),
	ROW(CERT_HAS_EXPIRED, "the certificate has expired", "have it renewed by its issuer and installed"),
	ROW(CRL_NOT_YET_VALID, "the revocation list is not yet valid", "compare the date with the issuer's"),
	ROW(CRL_HAS_EXPIRED, "the revocation list is out of date", NEW_CRL),
	ROW(ERROR_IN_CERT_NOT_BEFORE_FIELD, "the beginning of validity is written wrongly", REISSUE),
	ROW(ERROR_IN_CERT_NOT_AFTER_FIELD, "the end of validity is written wrongly", REISSUE),
	ROW(ERROR_IN_CRL_LAST_UPDATE_FIELD, "the revocation list's date of issue is written wrongly",
	    NEW_CRL),
	ROW(ERROR_IN_CRL_NEXT_UPDATE_FIELD, "the revocation list's next date is missing or written wrongly",
	    NEW_CRL),
	ROW(OUT_OF_MEM, "there was not enough memory to verify the certificate", OWN_FAULT),
	ROW(DEPTH_ZERO_SELF_SIGNED_CERT, "the server's certificate is signed by itself only",
	    "have it issued by a CA whose root is uploaded; or compare its fingerprint and upload it, pinned "
	    "to this host (CA Add with Pin)"),
	ROW(SELF_SIGNED_CERT_IN_CHAIN, "the chain ends in a root that is not loaded",
	    "if you trust this root, upload it after comparing its fingerprint with the CA's"),
	ROW(UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "the issuer was neither sent nor is it loaded",
	    "let the server send its intermediates, or upload the root that issued it"),
	ROW(UNABLE_TO_VERIFY_LEAF_SIGNATURE,
	    "the server sent one certificate and nothing is loaded to verify it with",
	    "let the server send its intermediates, or upload the root that issued it"),
	ROW(CERT_CHAIN_TOO_LONG, "the chain is too long", "let the server send its own chain only"),
	ROW(CERT_REVOKED, "the certificate is revoked",
	    "do not trust this server until it has a new certificate"),
	ROW(NO_ISSUER_PUBLIC_KEY, "the issuer's certificate has no usable key", REISSUE),
	ROW(PATH_LENGTH_EXCEEDED, "there are more CAs below this one than it permits",
	    "have the lower CA issued within the limit"),
	ROW(INVALID_PURPOSE, "the certificate is not made for this use",
	    "have it issued with extended key usage serverAuth and key usage digitalSignature"),
	ROW(CERT_UNTRUSTED, "the root is loaded, but it is not allowed for this service",
	    "allow it in xConfiguration Security Trust Service, or have the server use another authority"),
	ROW(CERT_REJECTED, "the certificate is rejected for this use", REISSUE),
	ROW(SUBJECT_ISSUER_MISMATCH, "issuer and subject names do not join",
	    "let the server send the CA that issued its certificate"),
	ROW(AKID_SKID_MISMATCH, "the key identifiers of certificate and issuer differ",
	    "the issuer has a new key: upload or send the CA certificate with the identifier wanted"),
	ROW(AKID_ISSUER_SERIAL_MISMATCH,
	    "issuer and serial number named by the certificate are not its issuer's",
	    "let the server send the very CA certificate that issued its own"),
	ROW(KEYUSAGE_NO_CERTSIGN, "the issuer's key may not sign certificates",
	    "have the CA issued with key usage keyCertSign"),
	ROW(UNABLE_TO_GET_CRL_ISSUER, "the signer of the revocation list is not known", NEW_CRL),
	ROW(UNHANDLED_CRITICAL_EXTENSION, "a critical extension is not understood", REISSUE),
	ROW(KEYUSAGE_NO_CRL_SIGN, "the issuer's key may not sign revocation lists",
	    "have the CA issued with key usage cRLSign"),
	ROW(UNHANDLED_CRITICAL_CRL_EXTENSION, "a critical extension of the revocation list is not understood",
	    "upload a full, direct revocation list"),
	ROW(INVALID_NON_CA, "a server's certificate is marked as a CA's", REISSUE),
	ROW(PROXY_PATH_LENGTH_EXCEEDED, "there are more proxy certificates than permitted", NOT_USED),
	ROW(KEYUSAGE_NO_DIGITAL_SIGNATURE, "the key may not make digital signatures",
	    "have it issued with key usage digitalSignature"),
	ROW(PROXY_CERTIFICATES_NOT_ALLOWED, "proxy certificates are not accepted",
	    "use a certificate that a CA issued"),
	ROW(INVALID_EXTENSION, "an extension is broken, repeated or contradicts another", REISSUE),
	ROW(INVALID_POLICY_EXTENSION, "a policy extension is broken or contradicts another", REISSUE),
	ROW(NO_EXPLICIT_POLICY, "a CA demands a certificate policy that the chain does not carry",
	    "have the certificate issued under a policy of its CA"),
	ROW(DIFFERENT_CRL_SCOPE, "the revocation list does not cover the certificate",
	    "upload the full, direct list of this issuer"),
	ROW(UNSUPPORTED_EXTENSION_FEATURE, "an extension uses a form that is not supported", REISSUE),
	ROW(UNNESTED_RESOURCE, "address resources go beyond those of the issuer", NOT_USED),
	ROW(PERMITTED_VIOLATION, "a name lies outside what a CA above may issue",
	    "have it issued by a CA that may issue this name"),
	ROW(EXCLUDED_VIOLATION, "a name is one that a CA above must not issue",
	    "have it issued by a CA that may issue this name"),
	ROW(SUBTREE_MINMAX, "name constraints carry a minimum or maximum",
	    "have the CA issued without them (RFC 5280, 4.2.1.10)"),
	ROW(APPLICATION_VERIFICATION,
	    "it cannot be verified, or it breaks a rule that has no number of its own", ""),
	ROW(UNSUPPORTED_CONSTRAINT_TYPE,
	    "a name is of a kind that cannot be compared with a CA's constraints", REISSUE),
	ROW(UNSUPPORTED_CONSTRAINT_SYNTAX, "a name constraint is written wrongly", "have the CA issued anew"),
	ROW(UNSUPPORTED_NAME_SYNTAX, "a name is written wrongly", REISSUE),
	ROW(CRL_PATH_VALIDATION_ERROR, "the signer of the revocation list does not pass verification",
	    NEW_CRL),
	ROW(PATH_LOOP, "the chain runs in a circle", "let the server send its own chain only"),
	ROW(SUITE_B_INVALID_VERSION, "Suite B: the version is wrong", NOT_USED),
	ROW(SUITE_B_INVALID_ALGORITHM, "Suite B: the key algorithm is wrong", NOT_USED),
	ROW(SUITE_B_INVALID_CURVE, "Suite B: the curve is wrong", NOT_USED),
	ROW(SUITE_B_INVALID_SIGNATURE_ALGORITHM, "Suite B: the signature algorithm is wrong", NOT_USED),
	ROW(SUITE_B_LOS_NOT_ALLOWED, "Suite B: the curve is not allowed at this level", NOT_USED),
	ROW(SUITE_B_CANNOT_SIGN_P_384_WITH_P_256, "Suite B: P-256 may not sign P-384", NOT_USED),
	ROW(HOSTNAME_MISMATCH, "the certificate is not for this host name",
	    "use a name that it carries, or have it issued with this one"),
	ROW(EMAIL_MISMATCH, "the certificate is not for this mail address", NOT_USED),
	ROW(IP_ADDRESS_MISMATCH, "the certificate is not for this address",
	    "enter the server by its host name, or have the address put in as an alternative name"),
	ROW(DANE_NO_MATCH, "no TLSA record matches", NOT_USED),
	ROW(EE_KEY_TOO_SMALL, "the certificate's key is too weak",
	    "have it issued for RSA of 2048 bits or more, or for P-256"),
	ROW(CA_KEY_TOO_SMALL, "a CA's key is too weak",
	    "use a CA with RSA of 2048 bits or more, or with P-256"),
	ROW(CA_MD_TOO_WEAK, "a signature uses a digest that is too weak",
	    "have it signed with SHA-256 or better"),
	ROW(INVALID_CALL, "the verification was called wrongly", OWN_FAULT),
	ROW(STORE_LOOKUP, "the list of roots could not be searched", OWN_FAULT),
	ROW(NO_VALID_SCTS, "there is no valid certificate timestamp", NOT_USED),
	ROW(PROXY_SUBJECT_NAME_VIOLATION, "a proxy's subject is wrong", NOT_USED),
	ROW(OCSP_VERIFY_NEEDED, "the certificate demands a stapled OCSP answer and none was sent",
	    "switch OCSP stapling on at the server"),
	ROW(OCSP_VERIFY_FAILED, "the stapled OCSP answer is not valid",
	    "see the server's stapling: its answer is stale or not its CA's"),
	ROW(OCSP_CERT_UNKNOWN, "the OCSP responder does not know the certificate", "ask its issuer why"),
	ROW(UNSUPPORTED_SIGNATURE_ALGORITHM, "the signature algorithm is not supported",
	    "have it signed with SHA-256 and RSA or ECDSA"),
	ROW(SIGNATURE_ALGORITHM_MISMATCH, "the signature algorithm does not fit the issuer's key", REISSUE),
	ROW(SIGNATURE_ALGORITHM_INCONSISTENCY, "the two places that name the signature algorithm differ",
	    REISSUE),
	ROW(INVALID_CA, "a certificate in the chain is no CA",
	    "let a real CA sign: basic constraints with CA true"),
	ROW(PATHLEN_INVALID_FOR_NON_CA, "a path length stands in a certificate that is no CA", REISSUE),
	ROW(PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, "a path length stands beside a key usage without keyCertSign",
	    REISSUE),
	ROW(KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA,
	    "key usage keyCertSign stands in a certificate that is no CA", REISSUE),
	ROW(ISSUER_NAME_EMPTY, "the issuer has no name", REISSUE),
	ROW(SUBJECT_NAME_EMPTY, "the subject has no name", REISSUE),
	ROW(MISSING_AUTHORITY_KEY_IDENTIFIER, "the authority key identifier is missing", REISSUE),
	ROW(MISSING_SUBJECT_KEY_IDENTIFIER, "the subject key identifier is missing", REISSUE),
	ROW(EMPTY_SUBJECT_ALT_NAME, "the list of alternative names is empty", REISSUE),
	ROW(EMPTY_SUBJECT_SAN_NOT_CRITICAL, "without a subject the alternative names must be critical",
	    REISSUE),
	ROW(CA_BCONS_NOT_CRITICAL, "the basic constraints of a CA are not critical", REISSUE),
	ROW(AUTHORITY_KEY_IDENTIFIER_CRITICAL, "the authority key identifier is critical", REISSUE),
	ROW(SUBJECT_KEY_IDENTIFIER_CRITICAL, "the subject key identifier is critical", REISSUE),
	ROW(CA_CERT_MISSING_KEY_USAGE, "a CA has no key usage", REISSUE),
	ROW(EXTENSIONS_REQUIRE_VERSION_3, "only version 3 certificates may have extensions", REISSUE),
	ROW(EC_KEY_EXPLICIT_PARAMS, "the key spells out its curve instead of naming it",
	    "have it issued for a named curve"),
};

static const struct row *row_of(long code)
{
	if (code < 0 || (size_t)code >= sizeof rows / sizeof *rows || !rows[code].symbol)
		return NULL;
	return &rows[code];
}

const char *codes_symbol(long code)
{
	const struct row *r = row_of(code);
	return r ? r->symbol : "UNKNOWN";
}

const char *codes_sentence(long code)
{
	const struct row *r = row_of(code);
	return r ? r->sentence : "OpenSSL gave a number that is not in its header";
}

const char *codes_hint(long code)
{
	const struct row *r = row_of(code);
	return r ? r->hint : "";
}
