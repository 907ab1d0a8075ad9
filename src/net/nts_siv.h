/* SPDX-License-Identifier: MIT */
/* nts_siv: AEAD_AES_SIV_CMAC_256 (RFC 5297): encrypts and authenticates with AES-128 and a key of 32 bytes.
 * Private to net. */
#ifndef NET_NTS_SIV_H
#define NET_NTS_SIV_H

#include <stddef.h>

enum { NTS_SIV_KEY = 32, NTS_SIV_TAG = 16 };

struct nts_siv_text {
	const void *data;
	size_t len;
};
/* The texts that are authenticated and not encrypted. If there is a nonce, it is the last one. */
struct nts_siv_open_texts {
	const struct nts_siv_text *at;
	size_t n;
};
/* Writes the tag (the synthetic IV), followed by the encrypted text: NTS_SIV_TAG + plain.len bytes. Returns
 * 0; -1 if OpenSSL lacks the cipher. */
int nts_siv_seal(const unsigned char key[NTS_SIV_KEY], const struct nts_siv_open_texts *open,
		 struct nts_siv_text plain, unsigned char *ret);
/* Decrypts: writes sealed.len - NTS_SIV_TAG bytes. Returns 0; -1 if the text was not sealed with this key and
 * these texts: ret must not be used. */
int nts_siv_open(const unsigned char key[NTS_SIV_KEY], const struct nts_siv_open_texts *open,
		 struct nts_siv_text sealed, unsigned char *ret);
/* S2V of RFC 5297, 2.4: computes the tag of the texts, the last of which is the one to be encrypted. The key
 * is the first half of the AEAD key. */
int nts_siv_s2v(const unsigned char key[NTS_SIV_KEY / 2], const struct nts_siv_open_texts *texts,
		unsigned char tag[NTS_SIV_TAG]);

#endif
