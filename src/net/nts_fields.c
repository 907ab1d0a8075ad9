/* SPDX-License-Identifier: MIT */
/* nts_fields: the extension fields of a time packet with NTS (RFC 8915, section 5; RFC 7822). A packet may
 * contain anything: nothing here reads beyond the given length. */
#include "base/num.h"
#include "base/random.h"
#include "net/nts.h"
#include "nts_siv.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIELD_HEAD = 4,
	FIELD_MIN = 16, /* RFC 7822, of a field that is not encrypted */
	UNIQUE_IDENTIFIER = 0x0104,
	COOKIE = 0x0204,
	PLACEHOLDER = 0x0304,
	AUTHENTICATOR = 0x0404,
	NONCE = 16,
	AUTHENTICATOR_HEAD = FIELD_HEAD + 4,
	AUTHENTICATOR_LEN = AUTHENTICATOR_HEAD + NONCE + NTS_SIV_TAG,
};

static void put16(unsigned char *p, size_t v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* --- requests --- */

static size_t add_field(unsigned char *packet, size_t at, unsigned type, const struct nts_siv_text *body)
{
	size_t len = FIELD_HEAD + padded(body->len);
	memset(packet + at, 0, len);
	put16(packet + at, type);
	put16(packet + at + 2, len);
	if (body->data)
		memcpy(packet + at + FIELD_HEAD, body->data, body->len);
	return at + len;
}

static int take_oldest(struct nts_cookies *from, struct nts_cookie *ret)
{
	if (!from->n)
		return -1;
	*ret = from->at[0];
	memmove(&from->at[0], &from->at[1], --from->n * sizeof from->at[0]);
	return 0;
}

size_t nts_request(struct nts_association *a, unsigned char unique[NTS_UNIQUE], unsigned char *packet,
		   size_t len)
{
	struct nts_cookie cookie;
	unsigned char nonce[NONCE];
	if (take_oldest(&a->cookies, &cookie) < 0)
		return 0;
	random_fill(unique, NTS_UNIQUE);
	random_fill(nonce, sizeof nonce);
	len = add_field(packet, len, UNIQUE_IDENTIFIER, &(struct nts_siv_text){ unique, NTS_UNIQUE });
	len = add_field(packet, len, COOKIE, &(struct nts_siv_text){ cookie.bytes, cookie.len });
	size_t place = FIELD_HEAD + padded(cookie.len);
	/* The answer has one cookie for the sent one, and one for each placeholder. */
	for (size_t i = a->cookies.n + 1; i < NTS_COOKIES; i++) {
		if (len + place + AUTHENTICATOR_LEN > NTS_PACKET_MAX)
			break;
		len = add_field(packet, len, PLACEHOLDER, &(struct nts_siv_text){ NULL, cookie.len });
	}
	unsigned char *to = packet + len;
	const struct nts_siv_text open[] = { { packet, len }, { nonce, sizeof nonce } };
	put16(to, AUTHENTICATOR);
	put16(to + 2, AUTHENTICATOR_LEN);
	put16(to + 4, NONCE);
	put16(to + 6, NTS_SIV_TAG);
	memcpy(to + AUTHENTICATOR_HEAD, nonce, NONCE);
	if (nts_siv_seal(a->c2s, &(struct nts_siv_open_texts){ open, 2 }, (struct nts_siv_text){ "", 0 },
			 to + AUTHENTICATOR_HEAD + NONCE) < 0)
		abort(); /* OpenSSL has no CMAC with AES */
	return len + AUTHENTICATOR_LEN;
}

void nts_keep(struct nts_association *a, const struct nts_cookies *fresh)
{
	for (size_t i = 0; i < fresh->n && a->cookies.n < NTS_COOKIES; i++)
		a->cookies.at[a->cookies.n++] = fresh->at[i];
}

/* --- answers --- */

struct field {
	unsigned type;
	size_t at; /* offset of the whole field */
	const unsigned char *body;
	size_t len; /* length of the body */
};

/* Reads the field at *at, and moves *at past it. Returns 1; 0 at the end; -1 if the packet is damaged. */
static int next_field(const unsigned char *data, size_t len, size_t least, size_t *at, struct field *ret)
{
	if (*at == len)
		return 0;
	if (len - *at < FIELD_HEAD)
		return -1;
	size_t whole = num_get16(data + *at + 2);
	if (whole < least || whole % 4 || whole > len - *at)
		return -1;
	*ret = (struct field){ num_get16(data + *at), *at, data + *at + FIELD_HEAD, whole - FIELD_HEAD };
	*at += whole;
	return 1;
}

/* Finds the fields that an answer must have. Returns why the packet cannot be an answer; NULL: it can.
 * auth->body NULL: there is no authenticator. Fields after the authenticator are not authenticated, and not
 * read. */
static const char *find_fields(const unsigned char *packet, size_t len, size_t header, struct field *unique,
			       struct field *auth)
{
	struct field f;
	size_t at = header;
	int r = 0;
	unique->body = auth->body = NULL;
	while (!auth->body && (r = next_field(packet, len, FIELD_MIN, &at, &f)) > 0) {
		if (f.type == AUTHENTICATOR)
			*auth = f;
		if (f.type == UNIQUE_IDENTIFIER && unique->body)
			return "two unique identifiers in it";
		if (f.type == UNIQUE_IDENTIFIER)
			*unique = f;
	}
	return r < 0 ? "a damaged extension field" : NULL;
}

static int is_unique_identifier(const struct field *f, const struct nts_expected *x)
{
	return f->body && f->len == NTS_UNIQUE && memcmp(f->body, x->unique, NTS_UNIQUE) == 0;
}

int nts_is_for(const unsigned char *packet, size_t len, size_t header, const struct nts_expected *x)
{
	struct field unique, auth;
	return !find_fields(packet, len, header, &unique, &auth) && is_unique_identifier(&unique, x);
}

/* Reads the cookies in the decrypted fields. */
static void read_cookies(const unsigned char *plain, size_t len, struct nts_cookies *ret)
{
	struct field f;
	for (size_t at = 0; next_field(plain, len, FIELD_HEAD, &at, &f) > 0;) {
		if (f.type != COOKIE || !f.len || f.len > NTS_COOKIE_MAX || ret->n == NTS_COOKIES)
			continue;
		ret->at[ret->n].len = f.len;
		memcpy(ret->at[ret->n++].bytes, f.body, f.len);
	}
}

/* Decrypts the authenticator. Returns why it is wrong; NULL: it is right. */
static const char *open_field(const unsigned char *packet, const struct field *auth,
			      const struct nts_expected *x, struct nts_cookies *ret)
{
	unsigned char plain[NTS_ANSWER_MAX];
	if (auth->len < 4)
		return "a damaged authenticator";
	size_t nonce_len = num_get16(auth->body), sealed_len = num_get16(auth->body + 2);
	if (4 + padded(nonce_len) + padded(sealed_len) > auth->len || sealed_len < NTS_SIV_TAG ||
	    sealed_len > sizeof plain || !nonce_len)
		return "a damaged authenticator";
	const unsigned char *nonce = auth->body + 4, *sealed = nonce + padded(nonce_len);
	const struct nts_siv_text open[] = { { packet, auth->at }, { nonce, nonce_len } };
	if (nts_siv_open(x->association->s2c, &(struct nts_siv_open_texts){ open, 2 },
			 (struct nts_siv_text){ sealed, sealed_len }, plain) < 0)
		return "its authenticator is not what the server's key gives: it was changed on the way, or "
		       "is not from this server";
	read_cookies(plain, sealed_len - NTS_SIV_TAG, ret);
	explicit_bzero(plain, sizeof plain);
	return NULL;
}

int nts_answer(const unsigned char *packet, size_t len, size_t header, const struct nts_expected *x,
	       struct nts_cookies *ret, struct err *e)
{
	struct field unique, auth;
	ret->n = 0;
	const char *why = find_fields(packet, len, header, &unique, &auth);
	if (!why && !is_unique_identifier(&unique, x))
		why = unique.body ? "its unique identifier is not what was sent"
				  : "no unique identifier in it";
	if (!why && !auth.body)
		why = "it is not authenticated, though NTS is asked for";
	if (!why)
		why = open_field(packet, &auth, x, ret);
	return why ? err_set(e, ERR_PROTOCOL, 0, "%s", why) : 0;
}
