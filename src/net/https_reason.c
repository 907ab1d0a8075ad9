/* SPDX-License-Identifier: MIT */
#include "https_reason.h"

#include "trust/tls_reason.h"
#include "x509/codes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Returns a remark for the error if the server had asked for a client certificate before it ended the
 * connection; otherwise "". */
static const char *asked_before(const struct https_failure *f)
{
	return f->client_certificate_missing ? ": it had asked for a client certificate, and none was sent"
					     : "";
}

static void refused(const struct https_failure *f, struct err *e)
{
	const struct verdict *v = f->refusal;
	const char *hint = v->n > 0 ? v->findings[0].hint : "";
	err_set(e, ERR_TLS, v->code, "%s: certificate verification failed: %ld=%s%s%s", f->host, v->code,
		codes_symbol(v->code), *hint ? "; " : "", hint);
}

/* Returns 1 if the server reset the connection. EPIPE means that, too: libcurl keeps the error of its last
 * call, which is the attempt to send TLS's close_notify after the reset. */
static int was_reset(const struct https_failure *f)
{
	return f->os_errno == ECONNRESET || f->os_errno == EPIPE;
}

static void tls_failed(const struct https_failure *f, const char *who, struct err *e)
{
	const char *sentence = tls_reason(f->tls_error, f->client_certificate_missing);
	/* The server has not objected to a certificate: a load balancer without a server behind it fails in
	 * this way. */
	enum err_kind kind = f->client_certificate_missing ? ERR_TLS : ERR_NET;
	if (sentence)
		err_set(e, tls_reason_is_end(f->tls_error) ? kind : ERR_TLS, 0, "%s %s", who, sentence);
	else if (f->result == CURLE_PEER_FAILED_VERIFICATION)
		err_set(e, ERR_TLS, 0, "%s: libcurl's own check of the certificate failed (%s)", who,
			f->detail);
	else if (was_reset(f))
		err_set(e, kind, ECONNRESET, "%s reset the connection during the TLS handshake%s", who,
			asked_before(f));
	else if (f->handshake_begun && !f->tls_error)
		err_set(e, kind, 0, "%s closed the connection during the TLS handshake%s", who,
			asked_before(f));
	else
		err_set(e, ERR_TLS, 0, "%s: no TLS connection (%s)", who, f->detail);
}

/* Returns 1 for an invalid chunk. libcurl returns CURLE_RECV_ERROR for a broken connection and for invalid
 * chunks; for the latter there is no error of the operating system or of OpenSSL. */
static int is_malformed(const struct https_failure *f)
{
	return f->result == CURLE_RECV_ERROR && !f->os_errno && !f->tls_error;
}

static void connection_lost(const struct https_failure *f, const char *who, struct err *e)
{
	const char *sentence = tls_reason(f->tls_error, f->client_certificate_missing);
	if (is_malformed(f))
		err_set(e, ERR_PROTOCOL, 0, "%s: no correct HTTP answer (%s)", who, f->detail);
	else if (sentence && !tls_reason_is_end(f->tls_error))
		err_set(e, ERR_TLS, 0, "%s %s", who, sentence);
	else if (was_reset(f))
		err_set(e, ERR_NET, ECONNRESET, "%s reset the connection before its answer was complete%s",
			who, asked_before(f));
	else
		err_set(e, ERR_NET, f->os_errno, "%s closed the connection before its answer was complete%s",
			who, asked_before(f));
}

static void not_read(const struct https_answer *a, const char *who, struct err *e)
{
	switch (a->fault) {
	case HTTPS_ANSWER_HEADERS_TOO_LONG:
		err_set(e, ERR_FULL, 0, "%s: the answer has more than %d bytes of headers", who,
			HTTPS_ANSWER_HEADERS_MAX);
		break;
	case HTTPS_ANSWER_IS_HTTP_2:
		err_set(e, ERR_PROTOCOL, 0, "%s speaks HTTP/2 only: HTTP/1.1 is needed here", who);
		break;
	case HTTPS_ANSWER_IS_NOT_HTTP:
		err_set(e, ERR_PROTOCOL, 0, "%s: no correct HTTP answer (it does not begin as one)", who);
		break;
	case HTTPS_ANSWER_FITS:
	case HTTPS_ANSWER_BODY_TOO_LONG:
		err_set(e, ERR_FULL, 0, "%s: the answer is longer than %zu bytes", who, a->body.max);
	}
}

static void too_late(const struct https_late *l, const char *who, struct err *e)
{
	static const struct {
		const char *what, *more;
	} texts[] = {
		[HTTPS_NOT_LATE] = { ": no complete answer within", "" },
		[HTTPS_LATE_HELLO] = { ": connected, but no answer to our hello within",
				       ": packet size? (large packets may be lost on the way: MTU; or the "
				       "server is stuck)" },
		[HTTPS_LATE_HANDSHAKE] = { ": the TLS handshake began, but was not complete within",
					   ": packet size? (large packets may be lost on the way: MTU)" },
		[HTTPS_LATE_POST] = { ": stalled, not a byte of the post was taken for",
				      ": packet size (MTU), or the server does not read" },
		[HTTPS_LATE_ANSWER] = { " has the post, but did not answer within", "" },
		[HTTPS_LATE_REST] = { ": no complete answer within", ", and 1 ms for each byte that came" },
		[HTTPS_LATE_SILENT] = { ": the answer did not end, and nothing more of it came within", "" },
		[HTTPS_LATE_ALL] = { ": no complete answer within", "" },
	};
	err_set(e, ERR_TIMEOUT, 0, "%s%s %d ms%s", who, texts[l->what].what, l->ms, texts[l->what].more);
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
	if (f->late.what != HTTPS_NOT_LATE) {
		too_late(&f->late, who, e);
		return;
	}
	switch (f->result) {
	case CURLE_OK: *e = (struct err){ .kind = ERR_NONE }; break;
	case CURLE_COULDNT_CONNECT:
		err_set(e, ERR_NET, f->os_errno, "%s: no connection: %s", who,
			f->os_errno ? strerror((int)f->os_errno) : "no address answered");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		err_set(e, ERR_TIMEOUT, 0, "%s: no connection within %d ms", who, f->connect_ms);
		break;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CLIENTCERT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_INVALIDCERTSTATUS: tls_failed(f, who, e); break;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING: connection_lost(f, who, e); break;
	case CURLE_WRITE_ERROR: not_read(f->answer, who, e); break;
	case CURLE_OUT_OF_MEMORY:
		/* libcurl also returns this for a header line or a chunk size beyond its own limits. */
		err_set(e, ERR_FULL, 0, "%s: the answer has a line that is too long", who);
		break;
	default:
		err_set(e, ERR_PROTOCOL, 0, "%s: no correct HTTP answer (%s)", who,
			*f->detail ? f->detail : curl_easy_strerror(f->result));
	}
}
