/* SPDX-License-Identifier: MIT */
/* same_site: refuses requests that a browser sends on behalf of another site's page. */
#ifndef WEB_SAME_SITE_H
#define WEB_SAME_SITE_H

#include "http_request.h"

#include <openssl/x509.h>

/* Returns 1 if the request's Host is one of the names or addresses, or one for which the certificate is
 * valid, or `local`, the address at which the connection arrived ("192.0.2.1", "2001:db8::1"; for a loopback
 * address also "localhost"). If Host has a port, it must be `port`. names may be NULL if n is 0. */
struct same_site {
	const char *const *names;
	size_t n;
	X509 *certificate; /* the device's own, borrowed; NULL: there is none */
	const char *local;
	int port;
};
int same_site_host(const struct http_request *r, const struct same_site *s);

/* Returns 0 if Origin or Sec-Fetch-Site shows that the request comes from another site than the one in Host,
 * otherwise 1. Clients other than browsers send neither header. */
int same_site_origin(const struct http_request *r);

#endif
