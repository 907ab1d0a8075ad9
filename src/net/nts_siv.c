/* SPDX-License-Identifier: MIT */
/* nts_siv: OpenSSL 3.0's AES-128-SIV computes no tag if there is no text to encrypt, as in every request of
 * NTS. In this case the tag is S2V of the texts, which is computed here with OpenSSL's CMAC. */
#include "nts_siv.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

enum { BLOCK = NTS_SIV_TAG, HALF_KEY = NTS_SIV_KEY / 2 };

/* --- S2V --- */

/* Computes the CMAC of a text. If `mask` is not NULL, the last block is combined with it by exclusive or; the
 * text must then have at least one block. */
static int cmac(EVP_MAC_CTX *c, struct nts_siv_text text, const unsigned char *mask, unsigned char ret[BLOCK])
{
	unsigned char last[BLOCK];
	size_t len = 0, first = mask ? text.len - BLOCK : text.len;
	if (!EVP_MAC_init(c, NULL, 0, NULL) || (first && !EVP_MAC_update(c, text.data, first)))
		return -1;
	for (size_t i = 0; mask && i < BLOCK; i++)
		last[i] = ((const unsigned char *)text.data)[first + i] ^ mask[i];
	if (mask && !EVP_MAC_update(c, last, BLOCK))
		return -1;
	return EVP_MAC_final(c, ret, &len, BLOCK) && len == BLOCK ? 0 : -1;
}

/* Multiplies by x in the field of RFC 5297, 2.3. */
static void doubled(unsigned char block[BLOCK])
{
	unsigned carry = 0;
	for (int i = BLOCK; i-- > 0;) {
		unsigned both = (unsigned)block[i] << 1 | carry;
		block[i] = (unsigned char)both;
		carry = both >> 8;
	}
	block[BLOCK - 1] ^= carry ? 0x87 : 0;
}

static int combine(EVP_MAC_CTX *c, const struct nts_siv_open_texts *texts, unsigned char tag[BLOCK])
{
	static const unsigned char zero[BLOCK] = { 0 };
	unsigned char d[BLOCK], one[BLOCK];
	const struct nts_siv_text *last = &texts->at[texts->n - 1];
	if (cmac(c, (struct nts_siv_text){ zero, BLOCK }, NULL, d) < 0)
		return -1;
	for (size_t i = 0; i + 1 < texts->n; i++) {
		doubled(d);
		if (cmac(c, texts->at[i], NULL, one) < 0)
			return -1;
		for (size_t k = 0; k < BLOCK; k++)
			d[k] ^= one[k];
	}
	if (last->len >= BLOCK)
		return cmac(c, *last, d, tag);
	doubled(d);
	for (size_t i = 0; i < last->len; i++)
		d[i] ^= ((const unsigned char *)last->data)[i];
	d[last->len] ^= 0x80;
	return cmac(c, (struct nts_siv_text){ d, BLOCK }, NULL, tag);
}

int nts_siv_s2v(const unsigned char key[HALF_KEY], const struct nts_siv_open_texts *texts,
		unsigned char tag[BLOCK])
{
	char cipher[] = "AES-128-CBC";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
				OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "CMAC", NULL);
	EVP_MAC_CTX *c = mac ? EVP_MAC_CTX_new(mac) : NULL;
	int r = c && EVP_MAC_init(c, key, HALF_KEY, params) ? combine(c, texts, tag) : -1;
	EVP_MAC_CTX_free(c);
	EVP_MAC_free(mac);
	ERR_clear_error();
	return r;
}

/* Computes the tag if nothing is encrypted. */
static int tag_of_nothing(const unsigned char *key, const struct nts_siv_open_texts *open,
			  unsigned char tag[BLOCK])
{
	enum { TEXTS_MAX = 8 };
	struct nts_siv_text all[TEXTS_MAX + 1];
	if (open->n > TEXTS_MAX)
		return -1;
	memcpy(all, open->at, open->n * sizeof *all);
	all[open->n] = (struct nts_siv_text){ "", 0 };
	return nts_siv_s2v(key, &(struct nts_siv_open_texts){ all, open->n + 1 }, tag);
}

/* --- OpenSSL's cipher --- */

struct cipher {
	EVP_CIPHER *kind;
	EVP_CIPHER_CTX *ctx;
};

/* Sets the key and, for opening, the tag, and passes the texts that are not encrypted. */
static int begin(struct cipher *c, const unsigned char *key, const struct nts_siv_open_texts *open, void *tag)
{
	int len, good;
	c->kind = EVP_CIPHER_fetch(NULL, "AES-128-SIV", NULL);
	c->ctx = c->kind ? EVP_CIPHER_CTX_new() : NULL;
	good = c->ctx && EVP_CipherInit_ex2(c->ctx, c->kind, key, NULL, tag == NULL, NULL) &&
	       (!tag || EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, NTS_SIV_TAG, tag) > 0);
	for (size_t i = 0; good && i < open->n; i++)
		good = EVP_CipherUpdate(c->ctx, NULL, &len, open->at[i].data, (int)open->at[i].len) > 0;
	return good;
}

static void end(struct cipher *c)
{
	EVP_CIPHER_CTX_free(c->ctx);
	EVP_CIPHER_free(c->kind);
	ERR_clear_error();
}

int nts_siv_seal(const unsigned char key[NTS_SIV_KEY], const struct nts_siv_open_texts *open,
		 struct nts_siv_text plain, unsigned char *ret)
{
	struct cipher c;
	int len = 0;
	if (!plain.len)
		return tag_of_nothing(key, open, ret);
	int good = begin(&c, key, open, NULL) &&
		   EVP_EncryptUpdate(c.ctx, ret + NTS_SIV_TAG, &len, plain.data, (int)plain.len) > 0 &&
		   len == (int)plain.len && EVP_EncryptFinal_ex(c.ctx, ret + NTS_SIV_TAG + len, &len) > 0 &&
		   EVP_CIPHER_CTX_ctrl(c.ctx, EVP_CTRL_AEAD_GET_TAG, NTS_SIV_TAG, ret) > 0;
	end(&c);
	return good ? 0 : -1;
}

int nts_siv_open(const unsigned char key[NTS_SIV_KEY], const struct nts_siv_open_texts *open,
		 struct nts_siv_text sealed, unsigned char *ret)
{
	struct cipher c;
	unsigned char tag[NTS_SIV_TAG], wanted[NTS_SIV_TAG];
	int len = 0, text_len = (int)sealed.len - NTS_SIV_TAG;
	if (sealed.len < NTS_SIV_TAG)
		return -1;
	memcpy(tag, sealed.data, NTS_SIV_TAG);
	if (!text_len)
		return tag_of_nothing(key, open, wanted) == 0 && CRYPTO_memcmp(tag, wanted, sizeof tag) == 0
			       ? 0
			       : -1;
	const unsigned char *text = (const unsigned char *)sealed.data + NTS_SIV_TAG;
	int good = begin(&c, key, open, tag) && EVP_DecryptUpdate(c.ctx, ret, &len, text, text_len) > 0 &&
		   len == text_len && EVP_DecryptFinal_ex(c.ctx, ret + len, &len) > 0;
	end(&c);
	return good ? 0 : -1;
}
