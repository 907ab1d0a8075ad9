/* SPDX-License-Identifier: MIT */
/* tls_reason: explains OpenSSL's errors in a TLS connection to people, in the log, in Diagnostics Connection
 * and in sealpost verify --url. */
#ifndef TRUST_TLS_REASON_H
#define TRUST_TLS_REASON_H

/* Returns the sentence that follows the server's name: "asks for a client certificate, and none was sent".
 * error is what ERR_get_error returns; client_certificate_missing 1: the server asked for a client
 * certificate and got none, which is then the likely reason for some alerts. Static; NULL if the table has no
 * sentence. */
const char *tls_reason(unsigned long error, int client_certificate_missing);
/* Returns 1 if the error only means that the other side closed the connection. */
int tls_reason_is_end(unsigned long error);

#endif
