#include "https_reason.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL's reason numbers (SSL_R_..., 1000 and more: alerts that the server sent) as libcurl prints them. */
static const struct {
	unsigned long number;
	const char *sentence;
} tls_reasons[] = {
	{ 267, "answered in something other than TLS: is it a plain HTTP server?" },		/* WRONG_VERSION_NUMBER */
	{ 198, "answered in something other than TLS: is it a plain HTTP server?" },		/* PACKET_LENGTH_TOO_LONG */
	{ 258, "speaks only a TLS older than 1.2" },						/* UNSUPPORTED_PROTOCOL */
	{ 266, "speaks only a TLS older than 1.2" },						/* WRONG_SSL_VERSION */
	{ 396, "speaks only a TLS older than 1.2" },						/* VERSION_TOO_LOW */
	{ 1070, "speaks no TLS version that is accepted here (1.2, 1.3)" },			/* ALERT_PROTOCOL_VERSION */
	{ 294, "closed the connection during the TLS handshake" },				/* UNEXPECTED_EOF */
	{ 394, "uses Diffie-Hellman parameters that are too short" },				/* DH_KEY_TOO_SMALL */
	{ 397, "has a certificate authority with a key that is too short" },			/* CA_KEY_TOO_SMALL */
	{ 398, "has a certificate signed with a digest that is too weak" },			/* CA_MD_TOO_WEAK */
	{ 399, "has a certificate with a key that is too short" },				/* EE_KEY_TOO_SMALL */
	{ 338, "knows no secure renegotiation (RFC 5746)" },			/* UNSAFE_LEGACY_RENEGOTIATION_DISABLED */
	{ 1040, "found no TLS version, cipher or signature in common with us" },		/* ALERT_HANDSHAKE_FAILURE */
	{ 1071, "calls our ciphers insufficient" },						/* ALERT_INSUFFICIENT_SECURITY */
	{ 1112, "does not know this host name" },						/* UNRECOGNIZED_NAME */
	{ 1116, "asks for a client certificate" },						/* ALERT_CERTIFICATE_REQUIRED */
	{ 1042, "does not accept our client certificate, or asks for one" },			/* ALERT_BAD_CERTIFICATE */
	{ 1044, "says that our client certificate is revoked" },				/* ALERT_CERTIFICATE_REVOKED */
	{ 1045, "says that our client certificate has expired" },				/* ALERT_CERTIFICATE_EXPIRED */
	{ 1048, "does not know the issuer of our client certificate" },				/* ALERT_UNKNOWN_CA */
	{ 1049, "denies us access" },								/* ALERT_ACCESS_DENIED */
	{ 1080, "had an internal error in TLS" },						/* ALERT_INTERNAL_ERROR */
};

/* The sentence for "error:0A00010B:SSL routines::..." in libcurl's words; NULL if there is none. */
static const char *tls_sentence(const char *detail)
{
	const char *at = strstr(detail, "error:");
	if (!at)
		return NULL;
	unsigned long reason = strtoul(at + 6, NULL, 16) & 0x7fffff;
	for (size_t i = 0; i < sizeof tls_reasons / sizeof *tls_reasons; i++)
		if (tls_reasons[i].number == reason)
			return tls_reasons[i].sentence;
	return NULL;
}

static void refused(const struct https_failure *f, struct err *e)
{
	const struct verdict *v = f->refusal;
	const char *hint = v->n > 0 ? v->findings[0].hint : "";
	err_set(e, ERR_TLS, v->code, "%s was not believed: %ld=%s%s%s", f->host, v->code, verify_symbol(v->code),
		*hint ? "; " : "", hint);
}

static void tls_failed(const struct https_failure *f, const char *who, struct err *e)
{
	const char *sentence = tls_sentence(f->detail);
	if (sentence)
		err_set(e, ERR_TLS, 0, "%s %s", who, sentence);
	else if (f->result == CURLE_PEER_FAILED_VERIFICATION)
		err_set(e, ERR_TLS, 0, "%s: libcurl's own check of the certificate failed (%s)", who, f->detail);
	else if (f->os_errno == ECONNRESET || strstr(f->detail, "reset by peer"))
		err_set(e, ERR_TLS, 0, "%s reset the connection during the TLS handshake", who);
	else if (strstr(f->detail, "SYSCALL"))
		err_set(e, ERR_TLS, 0, "%s closed the connection during the TLS handshake", who);
	else
		err_set(e, ERR_TLS, 0, "%s: no TLS connection (%s)", who, f->detail);
}

static void connection_lost(const struct https_failure *f, const char *who, struct err *e)
{
	const char *sentence = tls_sentence(f->detail);
	if (strstr(f->detail, "chunk"))
		err_set(e, ERR_PROTOCOL, 0, "%s: no correct HTTP answer (%s)", who, f->detail);
	else if (sentence && strstr(sentence, "handshake") == NULL)
		err_set(e, ERR_TLS, 0, "%s %s", who, sentence);
	else if (f->os_errno == ECONNRESET || strstr(f->detail, "reset by peer"))
		err_set(e, ERR_NET, ECONNRESET, "%s reset the connection before its answer was complete", who);
	else
		err_set(e, ERR_NET, f->os_errno, "%s closed the connection before its answer was complete", who);
}

void https_reason(const struct https_failure *f, struct err *e)
{
	char who[480];
	if (*f->address)
		snprintf(who, sizeof who, "%s (%s) port %d", f->host, f->address, f->port);
	else
		snprintf(who, sizeof who, "%s port %d", f->host, f->port);
	if (f->refusal) {
		refused(f, e);
		return;
	}
	switch (f->result) {
	case CURLE_OK:
		*e = (struct err){ .kind = ERR_NONE };
		break;
	case CURLE_COULDNT_CONNECT:
		err_set(e, ERR_NET, f->os_errno, "%s: no connection: %s", who,
			f->os_errno ? strerror((int)f->os_errno) : "no address answered");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		err_set(e, ERR_TIMEOUT, 0, "%s: no %s within %d ms", who,
			f->shook_hands ? "TLS handshake" : "connection", f->connect_ms);
		break;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_INVALIDCERTSTATUS:
		tls_failed(f, who, e);
		break;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
		connection_lost(f, who, e);
		break;
	case CURLE_WRITE_ERROR:
		if (f->answer->size == HTTPS_ANSWER_HEADERS_TOO_LONG)
			err_set(e, ERR_FULL, 0, "%s: the answer has more than %d bytes of headers", who,
				HTTPS_ANSWER_HEADERS_MAX);
		else
			err_set(e, ERR_FULL, 0, "%s: the answer is longer than %zu bytes", who, f->answer->body.max);
		break;
	case CURLE_OUT_OF_MEMORY:
		/* libcurl says this, too, of a single header line or a chunk size beyond its own bounds. */
		err_set(e, ERR_FULL, 0, "%s: the answer has a line that is too long", who);
		break;
	default:
		err_set(e, ERR_PROTOCOL, 0, "%s: no correct HTTP answer (%s)", who,
			*f->detail ? f->detail : curl_easy_strerror(f->result));
	}
}
