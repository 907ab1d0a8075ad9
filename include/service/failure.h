/* SPDX-License-Identifier: MIT */
/* failure: explains answers that are no success, and which setting may be wrong, in the same way for all
 * services. */
#ifndef SERVICE_FAILURE_H
#define SERVICE_FAILURE_H

#include "net/https.h"
#include "service/service.h"

#include <stddef.h>

/* Returns the meaning of an HTTP status from a server of this service, without a full stop; "" if there is
 * none. Static. */
const char *failure_meaning(enum service which, int status);
/* Returns what to do about it; "" for a success. Static. */
const char *failure_cure(int status);
/* Writes why the post was not accepted: the error, or "the server answered HTTP 404: there is nothing at this
 * path (...)". */
void failure_describe(enum service which, const struct https_reply *r, char *ret, size_t size);
/* Returns 1 if the answer says that the server does not accept the device's client certificate, or misses
 * one. nginx says so with HTTP 400 and a page of its own, whatever the post is. */
int failure_is_client_certificate(const struct https_reply *r);
/* Returns 1 if the answer is an HTML page, such as a log-in page or that of a captive portal. */
int failure_is_page(const struct https_reply *r);

#endif
