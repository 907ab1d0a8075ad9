/* SPDX-License-Identifier: MIT */
#include "trust/fitness.h"

#include "base/mem.h"
#include "checks.h"
#include "host_name.h"
#include "revocation.h"
#include "x509/codes.h"
#include "x509/names.h"

#include <stdlib.h>
#include <string.h>

static int is_of_dates(long code)
{
	return code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID ||
	       code == X509_V_ERR_CRL_HAS_EXPIRED || code == X509_V_ERR_CRL_NOT_YET_VALID;
}

/* Appends the verdict's refusals as phrases, and the hint of the first one. Returns -1 if there are any. If
 * the date is not known (now is 0), refusals because of dates are ignored. */
static int add_refusals(const struct verdict *v, int64_t now, struct buf *why)
{
	const char *hint = NULL;
	for (size_t i = 0; i < v->n; i++) {
		const struct verify_finding *f = &v->findings[i];
		if (f->note || (!now && is_of_dates(f->code)))
			continue;
		buf_addf(why, "%s%s%s%s (%ld=%s)", hint ? "; " : "", codes_sentence(f->code),
			 f->found[0] ? ": " : "", f->found, f->code, codes_symbol(f->code));
		hint = hint ? hint : f->hint;
	}
	if (hint && *hint)
		buf_addf(why, "; %s", hint);
	return hint ? -1 : 0;
}

struct question {
	enum role role;
	const char *host;          /* NULL: the names are not compared with a host */
	const struct cert *issuer; /* NULL: the signature's algorithm is not looked at */
	struct rules rules;
};

static int ask(const struct cert *c, const struct question *q, struct buf *why)
{
	struct verdict *v = mem_new(sizeof *v);
	struct findings to = { .v = v, .profile = VERIFY_GUIDE };
	struct check_at at = { &to, c, 0 };
	check_cert(&at, q->role, &q->rules);
	if (q->issuer)
		check_signature_algorithm(&at, q->issuer);
	if (q->role == ROLE_LEAF && q->host)
		host_name_check(&at, &q->rules, q->host);
	findings_to_verdict(&to);
	int r = add_refusals(v, q->rules.now, why);
	free(v);
	return r;
}

static void add_host(struct buf *hosts, const char *name, size_t len)
{
	if (names_dns_form(name, len) != DNS_BAD)
		buf_addf(hosts, "%s%.*s", hosts->len ? ", " : "", (int)len, name);
}

/* Appends the names of the servers that verification would accept with this certificate. */
static void list_hosts(const struct cert *c, struct buf *hosts)
{
	const GENERAL_NAMES *names = c->ext[EXT_ALT_NAMES];
	const ASN1_STRING *common = names_common_name(c);
	char text[256];
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		if (n->type == GEN_DNS)
			add_host(hosts, (const char *)ASN1_STRING_get0_data(n->d.dNSName),
				 (size_t)ASN1_STRING_length(n->d.dNSName));
	}
	if (!cert_has(c, EXT_ALT_NAMES) && common && names_utf8(common, text, sizeof text) >= 0)
		add_host(hosts, text, strlen(text));
}

/* Returns why a self-signed certificate that is not a CA's cannot be trusted as a server's own; NULL: it
 * can. */
static const char *no_server(const struct cert *c, const struct buf *hosts)
{
	int certifies = cert_has(c, EXT_KEY_USAGE) && (c->key_usage & KU_KEY_CERT_SIGN);
	if (X509_get_version(c->x) != 2)
		return hosts->len ? NULL
				  : "it is of version 1, which cannot say that it is a CA, and names no host "
				    "that could be trusted by it: have the CA issued as version 3";
	if (!cert_has(c, EXT_BASIC) && (certifies || !hosts->len))
		return "it has no basic constraints, which must say CA:TRUE in a root: make it anew with "
		       "them (sealpost-pki selfsigned NAME CN:... --ca), or pin it to its host";
	if (certifies && !(c->key_usage & (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT)))
		return "its basic constraints say CA:FALSE, and must say CA:TRUE in a root: make it anew "
		       "with them (sealpost-pki selfsigned NAME CN:... --ca)";
	return hosts->len ? NULL
			  : "it is not a CA's and names no host that could be trusted by it: upload the root "
			    "that issued your "
			    "servers' certificates";
}

/* Returns 0 if the certificate can be trusted as a server's own, though not as an issuer; otherwise -1, and
 * the reasons in why. */
static int fit_as_server(struct cert *c, int64_t now, struct buf *why, struct buf *hosts)
{
	struct question q = { .role = ROLE_LEAF, .rules = { .now = now } };
	struct buf names;
	buf_init(&names, 1024);
	list_hosts(c, &names);
	const char *no = no_server(c, &names);
	int r = no ? buf_adds(why, no), -1 : ask(c, &q, why);
	if (r == 0 && hosts)
		buf_add(hosts, buf_str(&names), names.len);
	buf_done(&names);
	return r;
}

static int fit_as_root(struct cert *c, int64_t now, struct buf *why, struct buf *hosts)
{
	int names_itself = c->self_issued && cert_issuer_hint(c, c) >= 0;
	if (names_itself && !cert_self_signed(c)) {
		buf_adds(why, "it is damaged: its own signature is wrong; save it again from the CA");
		return -1;
	}
	if (X509_get_version(c->x) == 2 && c->ca) {
		struct question q = { .role = names_itself ? ROLE_ROOT : ROLE_CA, .rules = { .now = now } };
		int r = ask(c, &q, why);
		if (r == 0 || !names_itself)
			return r;
		/* It cannot be a CA, but perhaps it is a server's own certificate, since openssl req -x509
		 * marks all certificates that it makes as a CA's. */
		struct buf ignored;
		buf_init(&ignored, why->max);
		r = fit_as_server(c, now, &ignored, hosts);
		buf_done(&ignored);
		return r;
	}
	if (names_itself)
		return fit_as_server(c, now, why, hosts);
	buf_adds(why, X509_get_version(c->x) == 2
			      ? "it is not a CA's: upload the root that issued it, or pin it to its host"
			      : "it is of version 1, which cannot say that it is a CA: have it issued as "
				"version 3, or pin it to its host");
	return -1;
}

static int fit_as_pin(struct cert *c, const char *host, int64_t now, struct buf *why)
{
	struct question server = { .role = ROLE_LEAF, .host = host, .rules = { .now = now } };
	struct question above = { .role = ROLE_CA, .rules = { .now = now } };
	struct buf ignored;
	buf_init(&ignored, why->max);
	int fit_above = c->ca && ask(c, &above, &ignored) == 0;
	buf_done(&ignored);
	return fit_above ? 0 : ask(c, &server, why);
}

int fitness_for(const struct cert *c, enum verify_purpose purpose, int64_t now_unix, struct buf *why)
{
	struct question q = { .role = ROLE_LEAF, .rules = { .policy.purpose = purpose, .now = now_unix } };
	return ask(c, &q, why);
}

static int fit_as_own(struct cert *c, int64_t now, struct buf *why)
{
	static const struct cert unknown = { .key = NULL };
	struct question q = { .role = ROLE_LEAF,
			      .issuer = cert_self_signed(c) ? NULL : &unknown,
			      .rules = { .policy.purpose = VERIFY_ANY, .now = now } };
	return ask(c, &q, why);
}

static int names_a_host(const struct cert *c)
{
	const GENERAL_NAMES *names = c->ext[EXT_ALT_NAMES];
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type = sk_GENERAL_NAME_value(names, i)->type;
		if (type == GEN_DNS || type == GEN_IPADD)
			return 1;
	}
	return 0;
}

static int fit_for_purpose(struct cert *c, enum own_purpose p, struct buf *why)
{
	struct verdict *v = mem_new(sizeof *v);
	struct findings to = { .v = v, .profile = VERIFY_GUIDE };
	struct rules rules = { .policy.purpose = p == OWN_HTTPS ? VERIFY_SERVER : VERIFY_CLIENT };
	check_usage(&(struct check_at){ &to, c, 0 }, ROLE_LEAF, &rules);
	int refused = 0;
	for (size_t i = 0; i < v->n; i++) {
		const struct verify_finding *f = &v->findings[i];
		if (!f->note)
			buf_addf(why, "%swanted %s, found %s", refused++ ? "; " : "",
				 f->wanted[0] ? f->wanted : codes_sentence(f->code),
				 f->found[0] ? f->found : "another");
	}
	free(v);
	if (p == OWN_HTTPS && !names_a_host(c))
		buf_addf(why, "%swanted the device's name or address in subjectAltName, found none",
			 refused++ ? "; " : "");
	return refused ? -1 : 0;
}

static int fit_as_list(struct crl *l, int64_t now, struct buf *why)
{
	struct verdict *v = mem_new(sizeof *v);
	struct findings to = { .v = v, .profile = VERIFY_GUIDE };
	revocation_check_list(&(struct check_at){ &to, NULL, -1 }, l, &(struct rules){ .now = now }, REFUSE);
	findings_to_verdict(&to);
	int r = add_refusals(v, now, why);
	free(v);
	return r;
}

const struct anchors_checks *fitness_checks(void)
{
	static const struct anchors_checks checks = {
		.root = fit_as_root,
		.pin = fit_as_pin,
		.own = fit_as_own,
		.purpose = fit_for_purpose,
		.list = fit_as_list,
	};
	return &checks;
}
