/* SPDX-License-Identifier: MIT */
#include "web_settings.h"

#include "base/buf.h"
#include "base/mem.h"
#include "crypto/sha256.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGESTED_MAX = 8 << 20 };

static int64_t number(const json_t *in, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(in, name);
	return json_is_integer(v) && json_integer_value(v) >= 0 ? json_integer_value(v) : otherwise;
}

static int has_word(const json_t *in, const char *name, const char *word)
{
	const char *is = json_string_value(json_object_get(in, name));
	return is && strcmp(is, word) == 0;
}

static char *text(const json_t *in, const char *name)
{
	const char *is = json_string_value(json_object_get(in, name));
	return is && *is ? mem_dup(is) : NULL;
}

/* Copies the words of a text, which are separated by blanks, to fields of `size` bytes. Words that do not fit
 * are left out. Returns their number. */
static size_t words(const json_t *in, const char *name, char *to, size_t size, size_t max)
{
	const char *at = json_string_value(json_object_get(in, name));
	size_t n = 0;
	for (size_t len; at && n < max; at += len) {
		at += strspn(at, " ");
		len = strcspn(at, " ");
		if (!len)
			break;
		if (len < size)
			snprintf(to + size * n++, size, "%.*s", (int)len, at);
	}
	return n;
}

static void read_all(const json_t *in, struct web_settings *s)
{
	s->generation = number(in, "Generation", 0);
	s->is_on = has_word(in, "Mode", "On");
	s->date = number(in, "Date", 0);
	s->port = (int)(number(in, "Port", 443) & 0xffff);
	s->n_addresses = words(in, "Addresses", s->addresses[0], sizeof s->addresses[0], WEB_ADDRESSES_MAX);
	s->n_names = words(in, "Names", s->names[0], sizeof s->names[0], WEB_NAMES_MAX);
	s->certificate = text(in, "Certificate");
	s->key = text(in, "Key");
	s->roots = text(in, "Roots");
	s->lists = text(in, "RevocationLists");
	s->revocation = has_word(in, "RevocationMode", "Hard")   ? WEB_REVOCATION_HARD
			: has_word(in, "RevocationMode", "Soft") ? WEB_REVOCATION_SOFT
								 : WEB_REVOCATION_OFF;
	s->self_signed = has_word(in, "SelfSigned", "True");
	s->tls_1_3_only = has_word(in, "MinimumTLSVersion", "TLSv1.3");
	s->verifies_clients = has_word(in, "VerifyClientCertificate", "On");
	s->strict_transport = has_word(in, "StrictTransportSecurity", "On");
	s->websocket = has_word(in, "Websocket", "On");
	s->basic = (struct rate_limit){ number(in, "BasicRate", 1), number(in, "BasicQueue", 30) };
	s->session = (struct rate_limit){ number(in, "SessionRate", 15), number(in, "SessionQueue", 90) };
}

int web_settings_read(const char *answer, size_t len, struct web_settings *ret, struct err *e)
{
	json_error_t where;
	memset(ret, 0, sizeof *ret);
	json_t *all = json_loadb(answer, len, 0, &where);
	void *first = json_object_iter(json_object_get(all, "CommandResponse"));
	const json_t *result = first ? json_object_iter_value(first) : NULL;
	int is_good = json_is_integer(json_object_get(result, "Generation"));
	if (is_good)
		read_all(result, ret);
	json_decref(all);
	return is_good ? 0
		       : err_set(e, ERR_PROTOCOL, 0,
				 "the agent's answer to xWeb Get has no settings: expected a result with a "
				 "Generation");
}

void web_settings_done(struct web_settings *s)
{
	mem_wipe(s->key);
	free(s->certificate);
	free(s->roots);
	free(s->lists);
	s->key = s->certificate = s->roots = s->lists = NULL;
}

void web_settings_digest(const struct web_settings *s, char ret[WEB_SETTINGS_DIGEST])
{
	struct buf all;
	buf_init(&all, DIGESTED_MAX);
	buf_addf(&all, "%d %d %d\n", s->tls_1_3_only, s->verifies_clients, s->websocket);
	buf_adds(&all, s->certificate ? s->certificate : "");
	if (s->verifies_clients)
		buf_addf(&all, "%s%d%s", s->roots ? s->roots : "", s->revocation, s->lists ? s->lists : "");
	sha256_hex(buf_str(&all), all.len, ret);
	buf_done(&all);
}

int web_settings_same_place(const struct web_settings *a, const struct web_settings *b)
{
	if (a->port != b->port || a->n_addresses != b->n_addresses)
		return 0;
	for (size_t i = 0; i < a->n_addresses; i++)
		if (strcmp(a->addresses[i], b->addresses[i]) != 0)
			return 0;
	return 1;
}
