/* SPDX-License-Identifier: MIT */
#include "trust/tls_reason.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* OpenSSL's reason for an alert of the server is 1000 plus the alert's number (RFC 8446, 6.2). */
enum { ALERT = SSL_AD_REASON_OFFSET, ALERTS_MAX = 256 };

#define NOT_TLS   "answered in something other than TLS: is it a plain HTTP server, or another service's port?"
#define TOO_OLD   "speaks only a TLS older than 1.2"
#define NONE_SENT "asks for a client certificate, and none was sent"
#define WRONG_HELLO                                                                                          \
	"sends a TLS handshake with a fault: look for a device between that changes it, or a fault in the "  \
	"server's TLS"
#define UNDECODABLE                                                                                          \
	"sends a certificate that cannot be decoded: have it issued anew, by another program or CA if the "  \
	"fault stays"
#define OTHER_SIDE                                                                                           \
	"did not understand the TLS handshake: look for a device between that changes it, or a fault in "    \
	"the server's TLS"

static const struct {
	int reason;
	const char *sentence;
	/* The sentence to use instead if the server asked for a client certificate and got none; NULL: the
	 * same sentence. */
	const char *asked;
} rows[] = {
	{ SSL_R_WRONG_VERSION_NUMBER, NOT_TLS, NULL },
	{ SSL_R_PACKET_LENGTH_TOO_LONG, NOT_TLS, NULL },
	{ SSL_R_HTTP_REQUEST, NOT_TLS, NULL },
	{ SSL_R_BAD_RECORD_TYPE, NOT_TLS, NULL },
	{ SSL_R_RECORD_LENGTH_MISMATCH, NOT_TLS, NULL },
	{ SSL_R_UNSUPPORTED_PROTOCOL, TOO_OLD, NULL },
	{ SSL_R_WRONG_SSL_VERSION, TOO_OLD, NULL },
	{ SSL_R_VERSION_TOO_LOW, TOO_OLD, NULL },
	{ SSL_R_UNEXPECTED_EOF_WHILE_READING, "closed the connection during the TLS handshake",
	  "closed the connection after it had asked for a client certificate, and none was sent" },
	{ SSL_R_DH_KEY_TOO_SMALL,
	  "uses Diffie-Hellman parameters that are too short: at least 2048 bits are needed", NULL },
	{ SSL_R_CA_KEY_TOO_SMALL, "has a certificate authority with a key that is too short", NULL },
	{ SSL_R_CA_MD_TOO_WEAK, "has a certificate signed with a digest that is too weak", NULL },
	{ SSL_R_EE_KEY_TOO_SMALL, "has a certificate with a key that is too short", NULL },
	{ SSL_R_WRONG_SIGNATURE_TYPE, "signs the TLS handshake with an algorithm that is not accepted here",
	  NULL },
	{ SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED,
	  "signs the TLS handshake with an algorithm that is too weak", NULL },
	{ SSL_R_BAD_SIGNATURE, "does not have the private key of the certificate that it shows", NULL },
	{ SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED, "knows no secure renegotiation (RFC 5746)", NULL },
	{ SSL_R_EXCESSIVE_MESSAGE_SIZE,
	  "sends more than 100 KiB of certificates, or of names of CAs: have it send only its own chain",
	  NULL },
	{ SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC,
	  "sent something that arrived damaged: look for a device between that changes it", NULL },
	{ ERR_R_ASN1_LIB, UNDECODABLE, NULL },
	{ ERR_R_X509_LIB, UNDECODABLE, NULL },
	{ SSL_R_BAD_ECPOINT, WRONG_HELLO, NULL },
	{ SSL_R_BAD_EXTENSION, WRONG_HELLO, NULL },
	{ SSL_R_BAD_KEY_SHARE, WRONG_HELLO, NULL },
	{ SSL_R_BAD_LENGTH, WRONG_HELLO, NULL },
	{ SSL_R_CERT_LENGTH_MISMATCH, WRONG_HELLO, NULL },
	{ SSL_R_LENGTH_MISMATCH, WRONG_HELLO, NULL },
	{ SSL_R_LENGTH_TOO_SHORT, WRONG_HELLO, NULL },
	{ SSL_R_UNEXPECTED_MESSAGE, WRONG_HELLO, NULL },
	{ SSL_R_UNEXPECTED_RECORD, WRONG_HELLO, NULL },
	{ SSL_R_UNKNOWN_CIPHER_RETURNED, WRONG_HELLO, NULL },
	{ SSL_R_UNSOLICITED_EXTENSION, WRONG_HELLO, NULL },
	{ SSL_R_WRONG_CIPHER_RETURNED, WRONG_HELLO, NULL },
	{ SSL_R_WRONG_CURVE, WRONG_HELLO, NULL },
	{ SSL_R_NO_RENEGOTIATION, "wants to renegotiate TLS, which is not done here", NULL },

	{ ALERT + SSL_AD_UNEXPECTED_MESSAGE, OTHER_SIDE, NONE_SENT },
	{ ALERT + SSL_AD_BAD_RECORD_MAC, OTHER_SIDE, NULL },
	{ ALERT + SSL_AD_RECORD_OVERFLOW, OTHER_SIDE, NULL },
	{ ALERT + SSL_AD_HANDSHAKE_FAILURE, "found no TLS version, cipher or signature in common with us",
	  NONE_SENT },
	{ ALERT + SSL_AD_NO_CERTIFICATE, "asks for a client certificate", NONE_SENT },
	{ ALERT + SSL_AD_BAD_CERTIFICATE, "does not accept our client certificate, or asks for one",
	  NONE_SENT },
	{ ALERT + SSL_AD_UNSUPPORTED_CERTIFICATE,
	  "does not accept this kind of client certificate, or asks for another", NONE_SENT },
	{ ALERT + SSL_AD_CERTIFICATE_REVOKED, "says that our client certificate is revoked", NONE_SENT },
	{ ALERT + SSL_AD_CERTIFICATE_EXPIRED, "says that our client certificate has expired", NONE_SENT },
	{ ALERT + SSL_AD_CERTIFICATE_UNKNOWN,
	  "does not accept our client certificate and does not say why: its log may", NONE_SENT },
	{ ALERT + SSL_AD_ILLEGAL_PARAMETER, OTHER_SIDE, NULL },
	{ ALERT + SSL_AD_UNKNOWN_CA, "does not know the issuer of our client certificate", NONE_SENT },
	{ ALERT + SSL_AD_ACCESS_DENIED, "denies us access", NONE_SENT },
	{ ALERT + SSL_AD_DECODE_ERROR, OTHER_SIDE, NULL },
	{ ALERT + SSL_AD_DECRYPT_ERROR, OTHER_SIDE, NULL },
	{ ALERT + SSL_AD_PROTOCOL_VERSION, "speaks no TLS version that is accepted here (1.2, 1.3)", NULL },
	{ ALERT + SSL_AD_INSUFFICIENT_SECURITY, "calls our ciphers insufficient", NULL },
	{ ALERT + SSL_AD_INTERNAL_ERROR, "had an internal error in TLS", NULL },
	{ ALERT + SSL_AD_INAPPROPRIATE_FALLBACK,
	  "says that something between forced an older TLS version upon this connection", NULL },
	{ ALERT + SSL_AD_USER_CANCELLED, "cancelled the TLS handshake", NULL },
	{ ALERT + SSL_AD_NO_RENEGOTIATION, "refuses to renegotiate TLS", NULL },
	{ ALERT + SSL_AD_MISSING_EXTENSION, OTHER_SIDE, NULL },
	{ ALERT + SSL_AD_UNSUPPORTED_EXTENSION, OTHER_SIDE, NULL },
	{ ALERT + SSL_AD_UNRECOGNIZED_NAME, "does not know this host name", NULL },
	{ ALERT + SSL_AD_UNKNOWN_PSK_IDENTITY, "wants a pre-shared key, which is not supported here", NULL },
	{ ALERT + SSL_AD_CERTIFICATE_REQUIRED, "asks for a client certificate", NONE_SENT },
	{ ALERT + SSL_AD_NO_APPLICATION_PROTOCOL,
	  "serves another protocol than HTTP/1.1 at this port (ALPN): if it speaks HTTP/2 only, have it "
	  "speak HTTP/1.1, too",
	  NULL },
};

const char *tls_reason(unsigned long error, int client_certificate_missing)
{
	int reason = ERR_GET_REASON(error);
	if (ERR_GET_LIB(error) == ERR_LIB_ASN1)
		return UNDECODABLE;
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return NULL;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].reason == reason)
			return client_certificate_missing && rows[i].asked ? rows[i].asked : rows[i].sentence;
	return reason >= ALERT && reason < ALERT + ALERTS_MAX
		       ? "ended the TLS handshake with an alert that has no meaning here"
		       : NULL;
}

int tls_reason_is_end(unsigned long error)
{
	return ERR_GET_LIB(error) == ERR_LIB_SSL &&
	       ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}
