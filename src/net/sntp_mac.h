/* SPDX-License-Identifier: MIT */
/* sntp_mac: the keyed digest under an NTP packet. */
#ifndef NET_SNTP_MAC_H
#define NET_SNTP_MAC_H

#include "net/sntp.h"

enum { SNTP_DIGEST_MAX = 32 };

/* digest(secret, data) into out; returns its full length. */
size_t sntp_mac(const struct sntp_key *key, const void *data, size_t len, unsigned char out[SNTP_DIGEST_MAX]);
/* 1 if equal; takes as long whether or not. */
int sntp_mac_is_equal(const unsigned char *a, const unsigned char *b, size_t len);

#endif
