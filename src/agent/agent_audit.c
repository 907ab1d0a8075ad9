/* SPDX-License-Identifier: MIT */
/* agent_audit: creates the audit, and lists the present audited items. To audit a further kind of item, add
 * its name to audit/audit_items.h, a function here that adds its items, and a line to the table `readers`. */
#include "agent_internal.h"

#include "accounts/accounts.h"
#include "base/redact.h"
#include "base/text.h"
#include "certstore/crls.h"
#include "certstore/own.h"
#include "certstore/requests.h"
#include "crypto/sha256.h"
#include "x509/codes.h"

#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = 8 << 10 };

/* --- the present items --- */

/* Appends the text as it is displayed, without the part of an address that may be secret. Returns 1 if
 * something is left out. */
static int show(const char *text, struct buf *out)
{
	char shown[VALUE_MAX];
	int hides = redact_url(text, shown, sizeof shown);
	text_escape(shown, out);
	return hides;
}

static void add_setting(void *arg, const struct settings_item *s)
{
	struct audit_items *l = arg;
	struct buf value;
	char shown[VALUE_MAX];
	if (strcmp(s->value, s->row->default_text) == 0)
		return;
	int hides = settings_show(s->row, s->value, shown, sizeof shown);
	buf_init(&value, VALUE_MAX);
	text_escape(shown, &value);
	struct audit_item *i = audit_items_add(l, AUDIT_SETTING, s->path, buf_str(&value));
	if (hides)
		audit_items_mark(l, i, s->value);
	buf_done(&value);
}

static void add_settings(struct audit_items *l, const struct agent *a)
{
	settings_each(a->settings, add_setting, l);
}

static void add_anchors(struct audit_items *l, const struct agent *a, enum audit_kind kind)
{
	struct cert_info info;
	struct buf key, value;
	buf_init(&key, 512);
	buf_init(&value, VALUE_MAX);
	for (size_t i = 0; i < anchors_count(a->anchors); i++) {
		const struct anchor *at = anchors_at(a->anchors, i);
		if ((at->pin_host != NULL) != (kind == AUDIT_PIN) || anchors_info(a->anchors, i, &info) < 0)
			continue;
		buf_reset(&key);
		buf_reset(&value);
		buf_addf(&key, "%s%s%s", info.fingerprint_sha256, at->pin_host ? " " : "",
			 at->pin_host ? at->pin_host : "");
		text_quote(info.subject, &value);
		if (at->pin_host)
			buf_addf(&value, " for %s%s", at->pin_host, at->only ? ", by its pins alone" : "");
		if (at->name)
			buf_addf(&value, " with the name \"%s\"", at->name);
		audit_items_add(l, kind, buf_str(&key), buf_str(&value));
	}
	buf_done(&key);
	buf_done(&value);
}

static void add_roots(struct audit_items *l, const struct agent *a)
{
	add_anchors(l, a, AUDIT_ROOT);
}

static void add_pins(struct audit_items *l, const struct agent *a)
{
	add_anchors(l, a, AUDIT_PIN);
}

static void add_lists(struct audit_items *l, const struct agent *a)
{
	struct crl_info info;
	for (size_t i = 0; crls_info(a->anchors, i, &info) == 0; i++) {
		struct buf value;
		buf_init(&value, VALUE_MAX);
		buf_adds(&value, "of ");
		text_quote(info.issuer, &value);
		if (info.number[0])
			buf_addf(&value, " with the number %s", info.number);
		audit_items_add(l, AUDIT_LIST, info.fingerprint_sha256, buf_str(&value));
		buf_done(&value);
	}
}

static void add_own(struct audit_items *l, const struct agent *a)
{
	struct own_info info;
	for (size_t i = 0; own_info(a->anchors, i, &info) == 0; i++) {
		struct buf value;
		buf_init(&value, VALUE_MAX);
		text_quote(info.cert.subject, &value);
		buf_addf(&value, info.cert.used_for[0] ? " that serves %s" : " that serves nothing",
			 info.cert.used_for);
		audit_items_add(l, AUDIT_OWN, info.cert.fingerprint_sha256, buf_str(&value));
		buf_done(&value);
	}
}

static void add_requests(struct audit_items *l, const struct agent *a)
{
	struct requests_info info;
	for (size_t i = 0; requests_info(a->anchors, i, &info) == 0; i++) {
		struct buf value;
		char digest[SHA256_HEX];
		buf_init(&value, VALUE_MAX);
		buf_adds(&value, "for ");
		text_quote(info.subject, &value);
		sha256_hex(info.pem, strlen(info.pem), digest);
		buf_addf(&value, ", %s, SHA-256 of its PEM %s", info.key, digest);
		audit_items_add(l, AUDIT_REQUEST, info.name, buf_str(&value));
		buf_done(&value);
	}
}

static void add_users(struct audit_items *l, const struct agent *a)
{
	struct accounts_info info;
	for (size_t i = 0; accounts_at(a->accounts, i, &info) == 0; i++) {
		char value[80];
		int is_admin = (info.roles & ACCOUNTS_ROLE_ADMIN) != 0;
		if (strcmp(info.name, ACCOUNTS_ADMIN_NAME) == 0 && !info.has_password)
			continue; /* it always exists */
		snprintf(value, sizeof value, "%s, %s%s", is_admin ? "Admin" : "User",
			 info.has_password ? "password ***" : "no password",
			 info.is_inactive ? ", not active" : "");
		struct audit_item *item = audit_items_add(l, AUDIT_USER, info.name, value);
		if (info.has_password)
			audit_items_mark(l, item, info.password_digest);
	}
}

static void add_registrations(struct audit_items *l, const struct agent *a)
{
	for (int slot = 1; a->delivery && slot <= STORE_SLOTS; slot++) {
		const struct store_registration *r = registrations_get(a->delivery, slot);
		char key[12];
		struct buf value;
		if (!r)
			continue;
		buf_init(&value, VALUE_MAX);
		snprintf(key, sizeof key, "%d", slot);
		int hides = show(r->url, &value);
		buf_addf(&value, ", %s%s", r->json ? "JSON" : "XML", r->coalesce ? ", coalesced" : "");
		for (size_t i = 0; i < r->n; i++) {
			buf_adds(&value, i ? ", " : ", for ");
			text_escape(r->expressions[i], &value);
		}
		struct audit_item *i = audit_items_add(l, AUDIT_REGISTRATION, key, buf_str(&value));
		if (hides)
			audit_items_mark(l, i, r->url);
		buf_done(&value);
	}
}

static void read_items(void *arg, struct audit_items *l, unsigned kinds)
{
	static void (*const readers[AUDIT_KINDS])(struct audit_items *, const struct agent *) = {
		[AUDIT_SETTING] = add_settings, [AUDIT_ROOT] = add_roots,
		[AUDIT_PIN] = add_pins,         [AUDIT_LIST] = add_lists,
		[AUDIT_OWN] = add_own,          [AUDIT_REQUEST] = add_requests,
		[AUDIT_USER] = add_users,       [AUDIT_REGISTRATION] = add_registrations,
	};
	for (int k = 0; k < AUDIT_KINDS; k++)
		if (kinds & 1u << k)
			readers[k](l, arg);
}

/* Appends the manager's host and the last verdict on its certificate. */
static void add_manager(void *arg, struct buf *out)
{
	struct agent *a = arg;
	const struct verdicts_seen *s = NULL;
	for (unsigned i = 1; i <= VERDICTS_MAX && !s; i++) {
		s = verdicts_at(a, i);
		if (s && service_named(s->service) != SERVICE_MANAGER)
			s = NULL;
	}
	if (s)
		buf_addf(out, " %s (its certificate: %ld=%s, verification %s)", s->host, s->code,
			 codes_symbol(s->code), s->enforced ? "On" : "Off");
}

/* Registrations that are not known, since the store cannot be read, are not gone. */
void agent_registrations_changed(struct agent *a)
{
	if (!store_is_unreadable(a->store))
		audit_mark(a->audit, 1u << AUDIT_REGISTRATION);
}

void agent_users_changed(void *arg)
{
	audit_mark(((struct agent *)arg)->audit, 1u << AUDIT_USER);
}

void agent_keep_log_in(void *arg, enum log_kind kind, const char *line)
{
	struct agent *a = arg;
	audit_log_in(a->audit, kind, line);
}

void agent_audit_init(struct agent *a, struct buf *notice)
{
	a->audit = audit_new(&(struct audit_options){ .loop = a->loop,
						      .folder = a->state,
						      .now = agent_given_now,
						      .read = read_items,
						      .manager = add_manager,
						      .arg = a },
			     notice);
	audit_mark(a->audit, ~(1u << AUDIT_REGISTRATION));
	agent_registrations_changed(a);
}

struct audit *agent_audit(const struct agent *a)
{
	return a->audit;
}
