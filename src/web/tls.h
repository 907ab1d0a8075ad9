/* SPDX-License-Identifier: MIT */
/* tls: the server's side of TLS, by OpenSSL. */
#ifndef WEB_TLS_H
#define WEB_TLS_H

#include "base/err.h"
#include "web_settings.h"

#include <openssl/ssl.h>

struct tls_context;

/* Makes the common part of all connections: TLS 1.2 or 1.3, OpenSSL's security level 2, no renegotiation, no
 * resumption of sessions. Fails with ERR_CONFIG if the certificate or the key cannot be used. */
int tls_context_new(const struct web_settings *s, struct tls_context **ret, struct err *e);
/* NULL is allowed. Connections that were begun with it continue. */
void tls_context_free(struct tls_context *c);
/* Begins one connection, which the caller frees. Returns NULL if OpenSSL fails. */
SSL *tls_begin(const struct tls_context *c);
/* Returns the device's certificate, borrowed. NULL: c is NULL. */
X509 *tls_certificate(const struct tls_context *c);

#endif
