/* SPDX-License-Identifier: MIT */
/* sntp_mac: the keyed digest at the end of an NTP packet. */
#ifndef NET_SNTP_MAC_H
#define NET_SNTP_MAC_H

#include "net/sntp.h"

enum { SNTP_DIGEST_MAX = 32 };

/* Writes digest(secret, data) to out, and returns its full length. */
size_t sntp_mac(const struct sntp_key *key, const void *data, size_t len, unsigned char out[SNTP_DIGEST_MAX]);
/* Returns 1 if both are equal; the time that this takes does not depend on the contents. */
int sntp_mac_is_equal(const unsigned char *a, const unsigned char *b, size_t len);

#endif
