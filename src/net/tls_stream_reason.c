/* SPDX-License-Identifier: MIT */
/* tls_stream_reason: explains to people why a stream ended. */
#include "tls_stream_internal.h"

#include "trust/tls_reason.h"
#include "x509/codes.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

void tls_stream_who(const struct tls_stream *s, char *ret, size_t size)
{
	char address[DNS_ADDRESS_TEXT];
	if (!s->found.n) {
		snprintf(ret, size, "%s port %d", s->host, s->request.port);
		return;
	}
	dns_address_text(&s->found.addresses[s->at], address, sizeof address);
	snprintf(ret, size, "%s (%s) port %d", s->host, address, s->request.port);
}

static void explain_refusal(struct tls_stream *s, const struct verdict *v)
{
	const char *hint = v->n > 0 ? v->findings[0].hint : "";
	err_set(&s->err, ERR_TLS, v->code, "%s: certificate verification failed: %ld=%s%s%s", s->host,
		v->code, codes_symbol(v->code), *hint ? "; " : "", hint);
}

static const char *place(const struct tls_stream *s)
{
	return s->state == TLS_STREAM_OPEN ? "" : " during the TLS handshake";
}

/* Returns the meaning of OpenSSL's error; NULL: only OpenSSL's own text is known. */
static const char *meaning(const struct tls_stream *s, unsigned long error, int asked)
{
	int reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
	if (s->request.least == TLS_STREAM_1_3 &&
	    (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_WRONG_SSL_VERSION ||
	     reason == SSL_AD_REASON_OFFSET + SSL_AD_PROTOCOL_VERSION))
		return "does not speak TLS 1.3, which is needed there";
	return tls_reason(error, asked);
}

void tls_stream_explain(struct tls_stream *s, unsigned long error, int number)
{
	char who[256];
	const struct verdict *v = s->session ? verify_session_verdict(s->session) : NULL;
	int asked = s->session && verify_session_client_certificate_missing(s->session);
	unsigned long alert = s->session ? verify_session_error(s->session) : 0;
	const char *sentence = meaning(s, error ? error : alert, asked);
	const char *also = asked ? ": it had asked for a client certificate, and none was sent" : "";
	tls_stream_who(s, who, sizeof who);
	if (v && v->code && s->request.verify == TLS_STREAM_VERIFY_ON) {
		explain_refusal(s, v);
	} else if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
		   ERR_GET_REASON(error) == SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL) {
		err_set(&s->err, ERR_TLS, 0, "%s does not speak %s at this port (ALPN)", who, s->alpn);
	} else if (sentence && !tls_reason_is_end(error)) {
		err_set(&s->err, ERR_TLS, 0, "%s %s", who, sentence);
	} else if (error && !tls_reason_is_end(error)) {
		const char *words = ERR_reason_error_string(error);
		err_set(&s->err, ERR_TLS, 0, "%s and this device cannot agree on TLS: %s", who,
			words ? words : "OpenSSL gives no reason");
	} else if (number == ECONNRESET || number == EPIPE) {
		err_set(&s->err, asked ? ERR_TLS : ERR_NET, ECONNRESET, "%s reset the connection%s%s", who,
			place(s), also);
	} else if (number) {
		err_set(&s->err, ERR_NET, number, "%s: the connection broke: %s", who, strerror(number));
	} else {
		err_set(&s->err, asked ? ERR_TLS : ERR_NET, 0, "%s closed the connection%s%s", who, place(s),
			also);
	}
}
