/* SPDX-License-Identifier: MIT */
/* tls_reason: what an error of OpenSSL in a TLS connection means, in words for people. One table serves the
 * log, Diagnostics Connection and sealpost verify --url. */
#ifndef TRUST_TLS_REASON_H
#define TRUST_TLS_REASON_H

/* The sentence that follows the server's name: "asks for a client certificate, and none was sent". error is
 * what ERR_get_error returns; certificate_asked 1: the server asked for a client certificate and got none,
 * which explains alerts that say less. Static; NULL when the table has no sentence. */
const char *tls_reason(unsigned long error, int certificate_asked);
/* 1 if the error means no more than that the other side closed the connection. */
int tls_reason_is_end(unsigned long error);

#endif
