/* SPDX-License-Identifier: MIT */
/* self_signed: makes the self-signed certificate that clients are shown as long as no uploaded certificate
 * can be used. It is stored, so that people who have checked it once get the same one after a restart. */
#include "inbound_internal.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "crypto/keygen.h"
#include "crypto/request.h"
#include "crypto/state_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FILE_MAX = REQUEST_PEM_MAX + KEYGEN_PEM_MAX + SELF_SIGNED_ADDRESSES + 512,
	MADE_NAMES_MAX = SELF_SIGNED_ADDRESSES + 300,
	DAY_S = 24 * 3600,
	VALID_DAYS = 3650
};
static const char file_name[] = "https-self-signed", end_of_cert[] = "-----END CERTIFICATE-----\n";

void self_signed_free(struct self_signed *m)
{
	free(m->cert_pem);
	mem_wipe(m->key_pem);
	*m = (struct self_signed){ .until = 0 };
}

/* Reads "host until address ...", certificate and key. Returns -1 if the text has another form. */
static int read_text(const char *text, struct self_signed *ret)
{
	char number[24];
	size_t host = strcspn(text, " \n"), line = strcspn(text, "\n");
	if (!host || host >= sizeof ret->host || host >= line)
		return -1;
	size_t until = strcspn(text + host + 1, " \n");
	const char *cert = text + line + (text[line] == '\n'), *end = strstr(cert, end_of_cert);
	if (until >= sizeof number || !end)
		return -1;
	snprintf(number, sizeof number, "%.*s", (int)until, text + host + 1);
	const char *addresses = text + host + 1 + until;
	addresses += *addresses == ' ';
	size_t len = (size_t)(text + line - addresses);
	if (len >= sizeof ret->addresses)
		return -1;
	snprintf(ret->addresses, sizeof ret->addresses, "%.*s", (int)len, addresses);
	if (num_parse(number, 0, INT64_MAX, &ret->until, NULL) < 0)
		return -1;
	snprintf(ret->host, sizeof ret->host, "%.*s", (int)host, text);
	end += sizeof end_of_cert - 1;
	ret->cert_pem = mem_dup_n(cert, (size_t)(end - cert));
	ret->key_pem = mem_dup(end);
	return 0;
}

static void load(struct inbound *i)
{
	struct buf text, notice;
	struct err e;
	buf_init(&text, FILE_MAX);
	buf_init(&notice, 1024);
	/* allocated at once: a buffer that is moved later would leave a copy of the key behind */
	buf_room(&text, FILE_MAX);
	if (state_file_load(i->state, file_name, &text, &notice, &e) < 0)
		log_warning("https: the self-signed certificate cannot be read: %s", e.text);
	log_lines(LOG_LEVEL_WARNING, "https", buf_str(&notice));
	if (text.len && read_text(buf_str(&text), &i->made) < 0)
		log_warning("https: the file of the self-signed certificate has an unknown form; another "
			    "certificate is made");
	buf_wipe(&text);
	buf_done(&notice);
}

static int save(const struct inbound *i, struct err *e)
{
	struct buf text;
	buf_init(&text, FILE_MAX);
	buf_room(&text, FILE_MAX);
	buf_addf(&text, "%s %" PRId64 "%s%s\n%s%s", i->made.host, i->made.until,
		 i->made.addresses[0] ? " " : "", i->made.addresses, i->made.cert_pem, i->made.key_pem);
	int r = state_file_save(i->state, file_name, &text, e);
	buf_wipe(&text);
	return r;
}

/* Writes the host name and the addresses to `space`, and pointers to them to ret; returns their number. */
static size_t split_names(const char *host, const char *addresses, char space[MADE_NAMES_MAX],
			  const char *ret[REQUEST_ALT_NAMES_MAX])
{
	size_t n = 0;
	snprintf(space, MADE_NAMES_MAX, "%s %s", host, addresses);
	for (char *rest = NULL, *at = strtok_r(space, " ", &rest); at && n < REQUEST_ALT_NAMES_MAX;
	     at = strtok_r(NULL, " ", &rest))
		ret[n++] = at;
	return n;
}

/* Makes a certificate for the key; if there is no key, makes one first. */
static int make_pair(const struct request_names *r, const struct request_signing *s, struct buf *pem,
		     struct buf *key, struct err *e)
{
	struct request_signing signing = *s;
	if (!key->len && keygen_make(KEYGEN_P256, NULL, key, e) < 0)
		return -1;
	signing.key_pem = buf_str(key);
	return request_self_sign(r, &signing, pem, e);
}

static int make(struct inbound *i, const char *host, const char *addresses, struct err *e)
{
	struct buf pem, key;
	char space[MADE_NAMES_MAX];
	const char *names[REQUEST_ALT_NAMES_MAX];
	const struct request_attribute subject[] = { { "CN", host } };
	struct request_names r = { .subject = subject, .n_subject = 1, .alt_names = names };
	r.n_alt_names = split_names(host, addresses, space, names);
	int64_t from = i->o.lowest_now(i->o.arg);
	struct request_signing s = { .role = REQUEST_HOST,
				     .from = from,
				     .until = from + (int64_t)VALID_DAYS * DAY_S };
	buf_init(&pem, REQUEST_PEM_MAX);
	buf_init(&key, KEYGEN_PEM_MAX);
	/* allocated at once: a buffer that is moved later would leave a copy of the key behind */
	buf_room(&key, KEYGEN_PEM_MAX);
	if (i->made.key_pem)
		buf_adds(&key, i->made.key_pem);
	int r_made = make_pair(&r, &s, &pem, &key, e);
	if (r_made < 0 && key.len) { /* the stored key cannot be read, since the file was changed */
		log_warning("https: the key of the self-signed certificate cannot be used (%s); another key "
			    "is made",
			    e->text);
		explicit_bzero(key.data, key.cap);
		buf_reset(&key);
		buf_reset(&pem);
		r_made = make_pair(&r, &s, &pem, &key, e);
	}
	if (r_made == 0) {
		self_signed_free(&i->made);
		snprintf(i->made.host, sizeof i->made.host, "%s", host);
		snprintf(i->made.addresses, sizeof i->made.addresses, "%s", addresses);
		i->made.until = s.until;
		i->made.cert_pem = mem_dup(buf_str(&pem));
		i->made.key_pem = mem_dup(buf_str(&key));
	}
	buf_done(&pem);
	buf_wipe(&key);
	return r_made;
}

/* Returns 1 if the certificate is for this host name, has all of the addresses and has not expired. It may
 * have further addresses, which the device had before and may get again. */
static int is_good(const struct self_signed *m, const char *host, const char *addresses, int64_t now)
{
	if (strcmp(m->host, host) != 0 || now >= m->until)
		return 0;
	for (const char *at = addresses; *at;) {
		size_t len = strcspn(at, " ");
		if (!device_names_has(m->addresses, at, len))
			return 0;
		at += len + (at[len] == ' ');
	}
	return 1;
}

int self_signed_provide(struct inbound *i, const char *host, const char *addresses, struct err *e)
{
	struct err saving;
	if (!i->made.host[0])
		load(i);
	if (is_good(&i->made, host, addresses, i->o.lowest_now(i->o.arg)))
		return 0;
	if (make(i, host, addresses, e) < 0)
		return -1;
	if (save(i, &saving) < 0)
		log_warning(
			"https: the self-signed certificate cannot be kept, and will be another one after "
			"a restart: %s",
			saving.text);
	return 0;
}
