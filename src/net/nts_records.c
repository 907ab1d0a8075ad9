/* SPDX-License-Identifier: MIT */
/* nts_records: the records of NTS-KE (RFC 8915, section 4). A message may contain anything; nothing here
 * reads beyond the given length. */
#include "base/num.h"
#include "dns_impl.h"
#include "net/nts.h"

#include <stdio.h>
#include <string.h>

enum {
	RECORD_HEAD = 4,
	CRITICAL = 0x8000,
	END_OF_MESSAGE = 0,
	NEXT_PROTOCOL = 1,
	ERROR = 2,
	WARNING = 3,
	AEAD_ALGORITHM = 4,
	NEW_COOKIE = 5,
	NTP_SERVER = 6,
	NTP_PORT = 7,
	PROTOCOL_NTP_4 = 0,
	AES_SIV_CMAC_256 = 15,
};

size_t nts_hello(unsigned char ret[NTS_HELLO_MAX])
{
	static const unsigned char hello[] = {
		0x80, NEXT_PROTOCOL,  0, 2, 0, PROTOCOL_NTP_4,   /* */
		0x80, AEAD_ALGORITHM, 0, 2, 0, AES_SIV_CMAC_256, /* */
		0x80, END_OF_MESSAGE, 0, 0,
	};
	memcpy(ret, hello, sizeof hello);
	return sizeof hello;
}

/* The contents of a message that have been read so far. */
struct message {
	struct nts_offer *offer;
	unsigned n_protocols, n_algorithms; /* numbers of such records */
	int offers_ntp, offers_siv;
	unsigned long_cookies;
};

static const char *error_name(unsigned code)
{
	static const char *const names[] = { "it does not understand a record", "it calls our request bad",
					     "it has an internal error" };
	return code < sizeof names / sizeof *names ? names[code] : "it gives no reason that is known here";
}

static void take_cookie(struct message *m, const unsigned char *body, size_t len)
{
	struct nts_cookies *to = &m->offer->cookies;
	if (!len || len > NTS_COOKIE_MAX) {
		m->long_cookies++;
		return;
	}
	if (to->n == NTS_COOKIES)
		return;
	to->at[to->n].len = len;
	memcpy(to->at[to->n++].bytes, body, len);
}

static int take_server(struct message *m, const unsigned char *body, size_t len, struct err *e)
{
	char text[DNS_NAME_MAX];
	int is_absolute;
	if (len && len < sizeof text && !memchr(body, '\0', len)) {
		memcpy(text, body, len);
		text[len] = '\0';
		if (dns_is_address(text, NULL)) {
			snprintf(m->offer->server, sizeof m->offer->server, "%s", text);
			return 0;
		}
		if (dns_normalise(text, m->offer->server, &is_absolute, NULL) == 0)
			return 0;
	}
	return err_set(e, ERR_PROTOCOL, 0,
		       "the NTP server that it names is neither a host name nor an address");
}

/* Returns 1 if the body, a list of 16-bit numbers, has exactly this number. */
static int is_alone(const unsigned char *body, size_t len, unsigned number)
{
	return len == 2 && num_get16(body) == number;
}

static int take_record(struct message *m, unsigned type, const unsigned char *body, size_t len, struct err *e)
{
	switch (type & ~(unsigned)CRITICAL) {
	case NEXT_PROTOCOL:
		m->n_protocols++;
		m->offers_ntp = is_alone(body, len, PROTOCOL_NTP_4);
		return 0;
	case AEAD_ALGORITHM:
		m->n_algorithms++;
		m->offers_siv = is_alone(body, len, AES_SIV_CMAC_256);
		return 0;
	case ERROR:
		if (len != 2)
			return err_set(e, ERR_PROTOCOL, 0, "a damaged error record");
		return err_set(e, ERR_DENIED, (long)num_get16(body),
			       "the server refuses to establish keys: %s (error %u)",
			       error_name(num_get16(body)), num_get16(body));
	case WARNING:
		return err_set(e, ERR_PROTOCOL, 0, "the server warns of something that is not known here");
	case NEW_COOKIE: take_cookie(m, body, len); return 0;
	case NTP_SERVER: return take_server(m, body, len, e);
	case NTP_PORT:
		if (len != 2 || !num_get16(body))
			return err_set(e, ERR_PROTOCOL, 0, "a damaged record of the NTP port");
		m->offer->port = (int)num_get16(body);
		return 0;
	default: break;
	}
	if (type & CRITICAL)
		return err_set(e, ERR_PROTOCOL, 0, "a critical record of type %u, which is not known here",
			       type & ~(unsigned)CRITICAL);
	return 0;
}

/* Checks, at the end of the message, that it is complete. */
static int check_whole(const struct message *m, struct err *e)
{
	if (m->n_protocols != 1 || !m->offers_ntp)
		return err_set(e, ERR_PROTOCOL, 0, "the server does not offer NTPv4 with NTS");
	if (m->n_algorithms != 1 || !m->offers_siv)
		return err_set(e, ERR_PROTOCOL, 0, "the server does not offer AEAD_AES_SIV_CMAC_256");
	if (!m->offer->cookies.n)
		return err_set(e, ERR_PROTOCOL, 0,
			       m->long_cookies ? "its cookies are longer than %d bytes"
					       : "it sent no cookie (of at most %d bytes)",
			       NTS_COOKIE_MAX);
	return 1;
}

int nts_read_offer(const unsigned char *data, size_t len, struct nts_offer *ret, struct err *e)
{
	struct message m = { .offer = ret };
	size_t at = 0;
	*ret = (struct nts_offer){ .port = 0 };
	while (len - at >= RECORD_HEAD) {
		unsigned type = num_get16(data + at);
		size_t body = num_get16(data + at + 2);
		if (body > len - at - RECORD_HEAD)
			break;
		if (type == (CRITICAL | END_OF_MESSAGE) && !body)
			return check_whole(&m, e);
		if ((type & ~(unsigned)CRITICAL) == END_OF_MESSAGE)
			return err_set(e, ERR_PROTOCOL, 0, "a damaged end of the message");
		if (take_record(&m, type, data + at + RECORD_HEAD, body, e) < 0)
			return -1;
		at += RECORD_HEAD + body;
	}
	return len < NTS_MESSAGE_MAX
		       ? 0
		       : err_set(e, ERR_PROTOCOL, 0, "the message is longer than %d bytes", NTS_MESSAGE_MAX);
}
