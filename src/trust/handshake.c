/* SPDX-License-Identifier: MIT */
/* handshake: makes a TLS handshake on a connected socket, only for its verdict. */
#include "trust/verify.h"

#include "base/monotonic.h"
#include "base/text.h"
#include "trust/tls_reason.h"
#include "x509/codes.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

/* How long a server may take to refuse a handshake that the client has finished. */
enum { AFTERWARDS_MS = 2000 };

/* Waits until the socket is ready for the wanted operation of SSL. Returns 0; -1 if the time is over. */
static int wait_for(SSL *ssl, int fd, int64_t until_ms)
{
	struct pollfd p = { .fd = fd, .events = SSL_want_write(ssl) ? POLLOUT : POLLIN };
	for (;;) {
		int64_t left = until_ms - monotonic_ms();
		if (left <= 0)
			return -1;
		int r = poll(&p, 1, (int)left);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -1;
	}
}

/* Fills *e with the reason why SSL_connect or SSL_read failed; the text follows the words "the server". */
static int failed(const struct verify_session *s, int why, struct err *e)
{
	unsigned long error = ERR_peek_last_error();
	int asked = verify_session_client_certificate_missing(s);
	const char *sentence = tls_reason(error, asked), *words = ERR_reason_error_string(error);
	if (sentence)
		return err_set(e, ERR_TLS, 0, "%s", sentence);
	if (why == SSL_ERROR_SSL)
		return err_set(e, ERR_TLS, 0, "and this computer cannot agree on TLS: %s",
			       words ? words : "OpenSSL gives no reason");
	return err_set(e, ERR_TLS, 0, "%s the connection during the TLS handshake%s",
		       errno == ECONNRESET ? "reset" : "closed",
		       asked ? ": it had asked for a client certificate, and none was sent" : "");
}

static int shake(struct verify_session *s, SSL *ssl, int fd, int64_t until_ms, struct err *e)
{
	int r;
	for (errno = 0; (r = SSL_connect(ssl)) != 1; errno = 0) {
		int why = SSL_get_error(ssl, r);
		const struct verdict *v = verify_session_verdict(s);
		if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
			if (wait_for(ssl, fd, until_ms) == 0)
				continue;
			return err_set(e, ERR_TIMEOUT, 0, "did not finish the TLS handshake in time");
		}
		if (v && v->code)
			return err_set(e, ERR_TLS, v->code, "has a certificate that failed verification: %s",
				       codes_sentence(v->code));
		return failed(s, why, e);
	}
	return 0;
}

/* Waits for an objection of the server. In TLS 1.3 the client completes the handshake first; a refusal by the
 * server, for example because the client sent no certificate, comes afterwards. So the connection is ended,
 * and the server's answer awaited: a server without an objection closes the connection, too, or does not
 * answer. */
static int await_objection(struct verify_session *s, SSL *ssl, int fd, int64_t until_ms, struct err *e)
{
	char scrap[1024];
	int r, why;
	SSL_shutdown(ssl);
	ERR_clear_error();
	for (;;) {
		errno = 0;
		r = SSL_read(ssl, scrap, sizeof scrap);
		why = SSL_get_error(ssl, r);
		int is_waiting = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
		if (r > 0 ? monotonic_ms() >= until_ms : !is_waiting || wait_for(ssl, fd, until_ms) < 0)
			break;
	}
	int is_alert = why == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_last_error()) >= SSL_AD_REASON_OFFSET;
	int is_reset = why == SSL_ERROR_SYSCALL && errno == ECONNRESET &&
		       verify_session_client_certificate_missing(s);
	return is_alert || is_reset ? failed(s, why, e) : 0;
}

/* Sets the server name indication, unless the host is an address or empty. */
static int name_server(SSL *ssl, const char *host)
{
	unsigned char address[16];
	char name[TLSEXT_MAXLEN_host_name + 1]; /* a copy, since OpenSSL's macro takes no const text */
	if (!host || !host[0] || text_address(host, address))
		return 1;
	return (size_t)snprintf(name, sizeof name, "%s", host) < sizeof name &&
	       SSL_set_tlsext_host_name(ssl, name);
}

/* Makes the handshake with SIGPIPE blocked, since OpenSSL writes without MSG_NOSIGNAL, and a server that
 * closes early must not end the process. */
static int handshake_without_sigpipe(struct verify_session *s, SSL *ssl, int fd, int64_t until_ms,
				     struct err *e)
{
	sigset_t pipe, before;
	const struct timespec none = { 0, 0 };
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	int r = shake(s, ssl, fd, until_ms, e);
	int64_t end_ms = monotonic_ms() + AFTERWARDS_MS;
	if (r == 0 && SSL_version(ssl) >= TLS1_3_VERSION)
		r = await_objection(s, ssl, fd, end_ms < until_ms ? end_ms : until_ms, e);
	else if (r == 0)
		SSL_shutdown(ssl);
	while (!sigismember(&before, SIGPIPE) && sigtimedwait(&pipe, NULL, &none) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

int verify_session_handshake(struct verify_session *s, int fd, int timeout_ms, struct err *e)
{
	const char *host = verify_session_host(s);
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = NULL;
	int r = -1;
	if (!ctx) {
		err_set(e, ERR_TLS, 0, "cannot be reached: TLS cannot be set up on this computer");
		goto out;
	}
	if (verify_session_attach(s, ctx, e) < 0)
		goto out;
	ssl = SSL_new(ctx);
	if (!ssl || !SSL_set_fd(ssl, fd) || !name_server(ssl, host)) {
		err_set(e, ERR_TLS, 0, "cannot be reached: TLS cannot be set up on this computer");
		goto out;
	}
	r = handshake_without_sigpipe(s, ssl, fd, monotonic_ms() + timeout_ms, e);
out:
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return r;
}
