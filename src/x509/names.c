/* SPDX-License-Identifier: MIT */
#include "x509/names.h"

#include "base/text.h"
#include "x509/describe.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <libpsl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_ldh(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '-';
}

/* Returns the form of a label: 2 in the preferred syntax, 1 with underscores, 0 if it is no label. */
static int label_form(const char *s, size_t len)
{
	int form = 2;
	if (len == 0 || len > 63)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '_')
			form = 1;
		else if (!is_ldh(s[i]))
			return 0;
	}
	return s[0] == '-' || s[len - 1] == '-' ? 0 : form;
}

static int all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return 0;
	return len > 0;
}

static enum dns_form labels_form(const char *s, size_t len, size_t *ret_labels)
{
	enum dns_form form = DNS_GOOD;
	size_t labels = 0, start = 0;
	if (len == 0 || len > 253)
		return DNS_BAD;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && s[i] != '.')
			continue;
		int label = label_form(s + start, i - start);
		/* no top-level domain is a number */
		if (!label || (i == len && all_digits(s + start, i - start)))
			return DNS_BAD;
		if (label == 1)
			form = DNS_LOOSE;
		labels++;
		start = i + 1;
	}
	*ret_labels = labels;
	return form;
}

static int is_public_suffix(const char *s, size_t len)
{
	char lower[254];
	for (size_t i = 0; i < len; i++)
		lower[i] = (char)tolower((unsigned char)s[i]);
	lower[len] = '\0';
	const psl_ctx_t *list = psl_builtin();
	return list && psl_is_public_suffix2(list, lower, PSL_TYPE_ICANN);
}

enum dns_form names_dns_form(const char *s, size_t len)
{
	size_t labels = 0;
	if (len < 2 || s[0] != '*' || s[1] != '.')
		return labels_form(s, len, &labels);
	enum dns_form base = labels_form(s + 2, len - 2, &labels);
	return base == DNS_BAD || labels < 2 || is_public_suffix(s + 2, len - 2) ? DNS_BAD : DNS_WILDCARD;
}

int names_address_text(const ASN1_STRING *s, char *ret, size_t size)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(s);
	int len = ASN1_STRING_length(s), one = len == 8 || len == 32 ? len / 2 : len;
	char address[INET6_ADDRSTRLEN], mask[INET6_ADDRSTRLEN];
	if (one != 4 && one != 16)
		return -1;
	inet_ntop(one == 4 ? AF_INET : AF_INET6, bytes, address, sizeof address);
	inet_ntop(one == 4 ? AF_INET : AF_INET6, bytes + len - one, mask, sizeof mask);
	snprintf(ret, size, "%s%s%s", address, len == one ? "" : "/", len == one ? "" : mask);
	return 0;
}

const char *names_at_sign(const char *s, size_t len)
{
	const char *at = memrchr(s, '@', len);
	size_t box = at ? (size_t)(at - s) : 0;
	int quoted = box > 2 && s[0] == '"' && s[box - 1] == '"';
	if (box == 0 || memchr(s, '\0', len) || (!quoted && (memchr(s, '@', box) || memchr(s, ' ', box))))
		return NULL;
	enum dns_form host = names_dns_form(at + 1, len - box - 1);
	return host == DNS_GOOD || host == DNS_LOOSE ? at : NULL;
}

int names_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && strncasecmp(a, b, a_len) == 0 && !memchr(a, '\0', a_len);
}

const ASN1_STRING *names_common_name(const struct cert *c)
{
	const X509_NAME *subject = X509_get_subject_name(c->x);
	int last = -1;
	for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;)
		last = i;
	return last < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last));
}

int names_utf8(const ASN1_STRING *s, char *ret, size_t size)
{
	unsigned char *text = NULL;
	int len = ASN1_STRING_to_UTF8(&text, s);
	int good = len >= 0 && (size_t)len < size && !memchr(text, '\0', (size_t)len);
	if (good) {
		memcpy(ret, text, (size_t)len);
		ret[len] = '\0';
	}
	OPENSSL_free(text);
	return good ? len : -1;
}

int names_dns_matches(const char *presented, size_t len, const char *host)
{
	enum dns_form form = names_dns_form(presented, len);
	if (form == DNS_BAD)
		return 0;
	if (form != DNS_WILDCARD)
		return names_equal(presented, len, host, strlen(host));
	const char *dot = strchr(host, '.');
	return dot && dot > host && names_equal(presented + 1, len - 1, dot, strlen(dot));
}

void names_host(const char *host, struct names_host *ret)
{
	size_t len = strlen(host);
	memset(ret, 0, sizeof *ret);
	if (len > 1 && host[len - 1] == '.')
		len--;
	if (len < sizeof ret->text)
		memcpy(ret->text, host, len);
	ret->address_len = text_address(ret->text, ret->address);
	enum dns_form form = names_dns_form(ret->text, strlen(ret->text));
	ret->impossible = !ret->address_len && form != DNS_GOOD && form != DNS_LOOSE;
}

int names_has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return 1;
	return 0;
}

int names_host_matches(const GENERAL_NAME *n, const struct names_host *h)
{
	if (n->type == GEN_DNS && !h->address_len && !h->impossible)
		return names_dns_matches((const char *)ASN1_STRING_get0_data(n->d.dNSName),
					 (size_t)ASN1_STRING_length(n->d.dNSName), h->text);
	return n->type == GEN_IPADD && h->address_len &&
	       (size_t)ASN1_STRING_length(n->d.iPAddress) == h->address_len &&
	       memcmp(ASN1_STRING_get0_data(n->d.iPAddress), h->address, h->address_len) == 0;
}

/* Writes one name in the form "DNS:a.example". */
static void name_text(const GENERAL_NAME *n, char *ret, size_t size)
{
	char one[300];
	const char *kind = n->type == GEN_DNS     ? "DNS"
			   : n->type == GEN_URI   ? "URI"
			   : n->type == GEN_EMAIL ? "email"
						  : NULL;
	if (n->type == GEN_IPADD) {
		if (names_address_text(n->d.iPAddress, one, sizeof one) < 0)
			snprintf(one, sizeof one, "malformed IP address");
		kind = "IP";
	} else if (kind) {
		describe_bytes(ASN1_STRING_get0_data(n->d.ia5), (size_t)ASN1_STRING_length(n->d.ia5), one,
			       sizeof one);
	} else if (n->type == GEN_DIRNAME) {
		kind = "DN";
		X509_NAME_oneline(n->d.directoryName, one, sizeof one);
	}
	snprintf(ret, size, "%s%s%s", kind ? kind : "", kind ? ":" : "a name of another type",
		 kind ? one : "");
}

void names_list_of(const GENERAL_NAMES *names, char *ret, size_t size)
{
	size_t used = 0;
	ret[0] = '\0';
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && used + 1 < size; i++) {
		char one[310];
		name_text(sk_GENERAL_NAME_value(names, i), one, sizeof one);
		used += (size_t)snprintf(ret + used, size - used, "%s%s", used ? ", " : "", one);
	}
}

void names_list(const struct cert *c, char *ret, size_t size)
{
	const ASN1_STRING *cn = names_common_name(c);
	char one[300];
	names_list_of(c->ext[EXT_ALT_NAMES], ret, size);
	if (c->ext[EXT_ALT_NAMES] || !cn)
		return;
	describe_bytes(ASN1_STRING_get0_data(cn), (size_t)ASN1_STRING_length(cn), one, sizeof one);
	snprintf(ret, size, "CN:%s", one);
}

int names_each(const X509_NAME *subject, const GENERAL_NAMES *alt, const struct names_taker *t, struct err *e)
{
	char value[1024], address[NAMES_ADDRESS_TEXT];
	for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, i);
		const char *name = OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)));
		if (names_utf8(X509_NAME_ENTRY_get_data(entry), value, sizeof value) < 0)
			return err_set(e, ERR_INPUT, 0, "%s in the subject is no text", name);
		if (t->attribute(t->arg, name, value, e) < 0)
			return -1;
	}
	for (int i = 0; i < sk_GENERAL_NAME_num(alt); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(alt, i);
		int r = 0;
		if (n->type == GEN_DNS && names_utf8(n->d.dNSName, value, sizeof value) >= 0)
			r = t->host(t->arg, "DNS", value, e);
		else if (n->type == GEN_IPADD &&
			 names_address_text(n->d.iPAddress, address, sizeof address) == 0)
			r = t->host(t->arg, "IP", address, e);
		if (r < 0)
			return -1;
	}
	return 0;
}

int names_of_cert(const struct cert *c, const struct names_taker *t, struct err *e)
{
	return names_each(X509_get_subject_name(c->x), c->ext[EXT_ALT_NAMES], t, e);
}

const char *names_library_version(void)
{
	return psl_get_version();
}
