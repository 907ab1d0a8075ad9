/* SPDX-License-Identifier: MIT */
#include "host_name.h"

#include "base/text.h"
#include "x509/describe.h"
#include "x509/names.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static void check_dns_name(const struct check_at *at, const char *s, size_t len)
{
	char found[160] = "DNS:";
	char text[80];
	unsigned char address[16];
	describe_bytes(s, len, found + 4, sizeof found - 4);
	enum dns_form form = names_dns_form(s, len);
	snprintf(text, sizeof text, "%.*s", (int)(len < 79 ? len : 79), s);
	if (names_has_control(s, len))
		FAILED(at, .code = X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, .found = found,
		       .wanted = "a name without control characters");
	else if (text_address(text, address))
		FAILED(at, .code = X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, .weight = STRICT, .found = found,
		       .wanted = "addresses as iPAddress, not as dNSName");
	else if (form == DNS_BAD || form == DNS_LOOSE)
		FAILED(at, .code = X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, .weight = STRICT, .found = found,
		       .wanted = "letters, digits and hyphens, * only as the whole leftmost label and not "
				 "directly below a public suffix");
}

static void check_one_name(const struct check_at *at, const GENERAL_NAME *n)
{
	if (n->type == GEN_DNS) {
		check_dns_name(at, (const char *)ASN1_STRING_get0_data(n->d.dNSName),
			       (size_t)ASN1_STRING_length(n->d.dNSName));
	} else if (n->type == GEN_IPADD) {
		int len = ASN1_STRING_length(n->d.iPAddress);
		if (len != 4 && len != 16)
			FAILED(at, .code = X509_V_ERR_INVALID_EXTENSION,
			       .found = "an iPAddress that is not 4 or 16 bytes long");
	} else if (n->type == GEN_EMAIL || n->type == GEN_URI) {
		const char *s = (const char *)ASN1_STRING_get0_data(n->d.ia5);
		size_t len = (size_t)ASN1_STRING_length(n->d.ia5);
		if (names_has_control(s, len))
			FAILED(at, .code = X509_V_ERR_UNSUPPORTED_NAME_SYNTAX,
			       .found = "a name with control characters");
		else if (n->type == GEN_EMAIL && !names_at_sign(s, len))
			FAILED(at, .code = X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, .weight = STRICT,
			       .found = "an rfc822Name that is no mail address");
	}
}

static int reads_like_a_host(const char *s, size_t len)
{
	char text[64];
	unsigned char address[16];
	struct in_addr number; /* many programs accept 0xC0000207 and the like as an address, too */
	snprintf(text, sizeof text, "%.*s", (int)(len < 63 ? len : 63), s);
	if (text_address(text, address) || inet_aton(text, &number))
		return 1;
	return memchr(s, '.', len) && !memchr(s, ' ', len) && !memchr(s, '@', len);
}

/* CA/Browser Forum, 7.1.4.3: a common name that could be taken for a host must repeat an alternative name
 * letter by letter. */
static void check_common_name_repeats(const struct check_at *at, const char *cn, size_t len)
{
	const GENERAL_NAMES *names = at->cert->ext[EXT_ALT_NAMES];
	char address[NAMES_ADDRESS_TEXT], found[300];
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		const char *text = NULL;
		size_t text_len = 0;
		if (n->type == GEN_DNS) {
			text = (const char *)ASN1_STRING_get0_data(n->d.dNSName);
			text_len = (size_t)ASN1_STRING_length(n->d.dNSName);
		} else if (n->type == GEN_IPADD) {
			if (names_address_text(n->d.iPAddress, address, sizeof address) == 0)
				text = address, text_len = strlen(address);
		}
		if (text && text_len == len && memcmp(text, cn, len) == 0)
			return;
	}
	describe_bytes(cn, len, found, sizeof found);
	FAILED(at, .code = X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, .weight = STRICT, .found = found,
	       .wanted = "a common name that is one of the alternative names, or none");
}

/* Returns 1 if the certificate is accepted for the host because of its common name. Only profile Guide
 * permits this, unless the policy has no_common_name (from the setting Security Verification CommonName: Off,
 * or an option), and only if the certificate has no alternative names (RFC 6125, 6.4.4). If the
 * common name matches, a finding is added in either case; beside alternative names it is not looked at. */
static int common_name_matches(const struct check_at *at, const struct rules *r, const struct names_host *h)
{
	const ASN1_STRING *cn = names_common_name(at->cert);
	char text[256];
	if (cert_has(at->cert, EXT_ALT_NAMES) || !cn || h->address_len || h->impossible)
		return 0;
	int len = names_utf8(cn, text, sizeof text);
	if (len < 0 || !names_dns_matches(text, (size_t)len, h->text))
		return 0;
	struct failed f = { .code = X509_V_ERR_HOSTNAME_MISMATCH,
			    .wanted = "the host among the alternative names",
			    .found = "the host as common name only",
			    .hint = "have the certificate issued with the host as an alternative name" };
	f.weight = r->policy.no_common_name ? REFUSE : STRICT;
	findings_add(at, &f);
	return r->policy.profile != VERIFY_STRICT && !r->policy.no_common_name;
}

/* Returns a hint if this alternative name seems to be meant for the host; otherwise NULL. */
static const char *name_near_miss(const GENERAL_NAME *n, const struct names_host *h)
{
	char name[300];
	if (n->type != GEN_DNS && n->type != GEN_URI)
		return NULL;
	snprintf(name, sizeof name, "%.*s", ASN1_STRING_length(n->d.ia5),
		 (const char *)ASN1_STRING_get0_data(n->d.ia5));
	size_t len = strlen(name), host_len = strlen(h->text);
	const char *domain = strncmp(name, "*.", 2) == 0 ? name + 2 : NULL;
	size_t domain_len = domain ? len - 2 : 0;
	if (n->type == GEN_DNS && h->address_len && names_equal(name, len, h->text, host_len))
		return "the address stands in it as a DNS name: have it issued with the address as an IP "
		       "address (iPAddress)";
	if (domain && domain_len && host_len >= domain_len &&
	    names_equal(domain, domain_len, h->text + host_len - domain_len, domain_len) &&
	    (host_len == domain_len || h->text[host_len - domain_len - 1] == '.'))
		return "its wildcard stands for exactly one label, below a domain that is no public suffix: "
		       "have it issued with the host itself, too";
	if (strcasestr(name, h->text) && (n->type == GEN_URI || names_dns_form(name, len) == DNS_BAD))
		return "a name in it holds the host and more (a scheme, a port, a path, a final dot): have "
		       "it issued with the host alone, as a DNS name";
	return NULL;
}

static int can_name_hosts(const GENERAL_NAMES *names)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		if (sk_GENERAL_NAME_value(names, i)->type == GEN_DNS ||
		    sk_GENERAL_NAME_value(names, i)->type == GEN_IPADD)
			return 1;
	return 0;
}

/* Returns a hint if the certificate seems to be made for the host, although none of its alternative names is
 * the host, or if it names no host at all; otherwise NULL. */
static const char *near_miss(const struct cert *c, const char *common_name, size_t len,
			     const struct names_host *h)
{
	const GENERAL_NAMES *names = c->ext[EXT_ALT_NAMES];
	const char *hint = NULL;
	for (int i = 0; !hint && i < sk_GENERAL_NAME_num(names); i++)
		hint = name_near_miss(sk_GENERAL_NAME_value(names, i), h);
	if (hint)
		return hint;
	if (h->address_len && names_equal(common_name, len, h->text, strlen(h->text)))
		return "the common name is the address, but does not count: have it issued with the address "
		       "as an alternative name";
	if (!h->address_len && names && names_dns_matches(common_name, len, h->text))
		return "the common name is the host, but does not count beside alternative names: have it "
		       "issued with the host as one";
	if (names ? !can_name_hosts(names) : !len)
		return "no host is named in it: have it issued with the host as an alternative name";
	return NULL;
}

enum verify_name host_name_check(const struct check_at *at, const struct rules *r, const char *host)
{
	const struct cert *c = at->cert;
	const GENERAL_NAMES *names = c->ext[EXT_ALT_NAMES];
	const ASN1_STRING *cn = names_common_name(c);
	char text[256] = "";
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		check_one_name(at, sk_GENERAL_NAME_value(names, i));
	int cn_len = cn ? names_utf8(cn, text, sizeof text) : 0;
	if (cn_len < 0 || (cn_len > 0 && names_has_control(text, (size_t)cn_len)))
		FAILED(at, .code = X509_V_ERR_UNSUPPORTED_NAME_SYNTAX,
		       .found = "a common name with control characters");
	else if (names && cn_len > 0 && r->policy.purpose == VERIFY_SERVER &&
		 reads_like_a_host(text, (size_t)cn_len))
		check_common_name_repeats(at, text, (size_t)cn_len);
	if (!host || !host[0])
		return VERIFY_NAME_UNCHECKED;

	struct names_host h;
	names_host(host, &h);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		if (names_host_matches(sk_GENERAL_NAME_value(names, i), &h))
			return VERIFY_NAME_MATCH;
	size_t before = at->to->refusals;
	if (common_name_matches(at, r, &h))
		return VERIFY_NAME_MATCH;
	if (at->to->refusals == before) {
		char found[256];
		names_list(c, found, sizeof found);
		FAILED(at,
		       .code = h.address_len ? X509_V_ERR_IP_ADDRESS_MISMATCH : X509_V_ERR_HOSTNAME_MISMATCH,
		       .wanted = h.text, .found = found,
		       .hint = near_miss(c, text, cn_len > 0 ? (size_t)cn_len : 0, &h));
	}
	return VERIFY_NAME_NO_MATCH;
}

int host_name_only_by_wildcard(const struct cert *c, const char *host)
{
	const GENERAL_NAMES *names = c->ext[EXT_ALT_NAMES];
	const ASN1_STRING *cn = names ? NULL : names_common_name(c);
	char text[256];
	int wildcards = 0, len = cn ? names_utf8(cn, text, sizeof text) : -1;
	struct names_host h;
	names_host(host, &h);
	if (len > 0 && names_dns_matches(text, (size_t)len, h.text))
		return text[0] == '*';
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		if (!names_host_matches(n, &h))
			continue;
		if (n->type != GEN_DNS || ASN1_STRING_get0_data(n->d.dNSName)[0] != '*')
			return 0;
		wildcards++;
	}
	return wildcards > 0;
}
