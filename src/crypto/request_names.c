/* SPDX-License-Identifier: MIT */
#include "request_names.h"

#include "base/text.h"

#include <openssl/err.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 253, LABEL_MAX = 63, SHOWN = 100 };

/* The attributes that a subject may have, and the maximum of characters of each (RFC 5280, appendix A). */
static const struct kind {
	const char *name, *other_name;
	int nid;
	long max;
} kinds[] = {
	{ "CN", "commonName", NID_commonName, 64 },
	{ "OU", "organizationalUnitName", NID_organizationalUnitName, 64 },
	{ "O", "organizationName", NID_organizationName, 64 },
	{ "L", "localityName", NID_localityName, 128 },
	{ "ST", "stateOrProvinceName", NID_stateOrProvinceName, 128 },
	{ "C", "countryName", NID_countryName, 2 },
	{ "emailAddress", "E", NID_pkcs9_emailAddress, 128 },
	{ "serialNumber", "serial", NID_serialNumber, 64 },
};

static const struct kind *kind_named(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcasecmp(name, kinds[i].name) == 0 || strcasecmp(name, kinds[i].other_name) == 0)
			return &kinds[i];
	return NULL;
}

static int has_hidden(const char *s)
{
	uint32_t point;
	for (size_t n; (n = text_utf8(s, &point)) > 0; s += n)
		if (text_is_hidden(point))
			return 1;
	return 0;
}

static int is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int is_ascii(const char *s)
{
	for (; *s; s++)
		if (*s < 0x20 || *s > 0x7e)
			return 0;
	return 1;
}

static int check_attribute(const struct request_attribute *a, struct err *e)
{
	char shown[SHOWN];
	const struct kind *k = kind_named(a->name);
	if (!k)
		return err_set(e, ERR_INPUT, 0,
			       "%s is no attribute of a subject: expected CN, OU, O, L, ST, C, emailAddress "
			       "or serialNumber",
			       text_quoted(a->name, shown, sizeof shown));
	long length = text_length(a->value);
	if (length < 0)
		return err_set(e, ERR_INPUT, 0, "%s: the value is not text in UTF-8", k->name);
	if (length == 0)
		return err_set(e, ERR_INPUT, 0, "%s: the value is empty", k->name);
	if (length > k->max)
		return err_set(e, ERR_INPUT, 0, "%s: the value has %ld characters, at most %ld can be in it",
			       k->name, length, k->max);
	if (has_hidden(a->value))
		return err_set(e, ERR_INPUT, 0, "%s: %s has control or invisible characters in it", k->name,
			       text_quoted(a->value, shown, sizeof shown));
	if (k->nid == NID_countryName && !(length == 2 && is_letter(a->value[0]) && is_letter(a->value[1])))
		return err_set(e, ERR_INPUT, 0, "C: %s is no country's code of two letters, such as NO",
			       text_quoted(a->value, shown, sizeof shown));
	if ((k->nid == NID_pkcs9_emailAddress || k->nid == NID_serialNumber) && !is_ascii(a->value))
		return err_set(e, ERR_INPUT, 0, "%s: %s has characters other than ASCII in it", k->name,
			       text_quoted(a->value, shown, sizeof shown));
	return 0;
}

/* Returns 1 if it is a host name, or one below "*.": letters, digits and hyphens; the last label must not be
 * a number, since that would be a mistyped address. */
static int is_host(const char *s)
{
	size_t len = strlen(s), labels = 0;
	int is_wildcard = strncmp(s, "*.", 2) == 0, is_number = 0;
	if (len > HOST_MAX)
		return 0;
	for (const char *p = is_wildcard ? s + 2 : s;; p++) {
		size_t n = 0;
		is_number = 1;
		for (const char *label = p; is_letter(*p) || is_digit(*p) || (*p == '-' && p > label);
		     p++, n++)
			is_number &= is_digit(*p);
		if (n == 0 || n > LABEL_MAX || p[-1] == '-')
			return 0;
		labels++;
		if (!*p)
			break;
		if (*p != '.')
			return 0;
	}
	return !is_number && (!is_wildcard || labels >= 2);
}

static int is_name(const char *s)
{
	unsigned char address[16];
	return is_host(s) || text_address(s, address) > 0;
}

static const char *common_name(const struct request_names *r)
{
	for (size_t i = 0; i < r->n_subject; i++) {
		const struct kind *k = kind_named(r->subject[i].name);
		if (k && k->nid == NID_commonName)
			return r->subject[i].value;
	}
	return NULL;
}

/* Returns the common name if it belongs to the alternative names, too, and is not among them; otherwise
 * NULL. */
static const char *joining(const struct request_names *r)
{
	const char *name = common_name(r);
	if (!name || !is_name(name) || (!r->n_alt_names && !strpbrk(name, ".:")))
		return NULL;
	for (size_t i = 0; i < r->n_alt_names; i++)
		if (strcasecmp(name, r->alt_names[i]) == 0)
			return NULL;
	return name;
}

/* Returns 1 if it can only be meant as a host name whose letters are not all ASCII: it has a dot, and
 * otherwise only letters, digits and hyphens. */
static int is_host_in_other_letters(const char *s)
{
	if (is_ascii(s) || !strchr(s, '.'))
		return 0;
	for (; *s; s++)
		if (!is_letter(*s) && !is_digit(*s) && !strchr("-.*", *s) && (unsigned char)*s < 0x80)
			return 0;
	return 1;
}

int request_names_check(const struct request_names *r, struct err *e)
{
	char shown[SHOWN];
	if (r->n_subject > REQUEST_SUBJECT_MAX)
		return err_set(e, ERR_FULL, 0, "a subject can have at most %d attributes",
			       REQUEST_SUBJECT_MAX);
	if (r->n_alt_names > REQUEST_ALT_NAMES_MAX)
		return err_set(e, ERR_FULL, 0, "there can be at most %d alternative names",
			       REQUEST_ALT_NAMES_MAX);
	if (!r->n_subject && !r->n_alt_names)
		return err_set(e, ERR_INPUT, 0, "neither a common name nor an alternative name is given");
	for (size_t i = 0; i < r->n_subject; i++)
		if (check_attribute(&r->subject[i], e) < 0)
			return -1;
	const char *name = common_name(r);
	if (name && !r->n_alt_names && is_host_in_other_letters(name))
		return err_set(
			e, ERR_INPUT, 0,
			"CN: %s is a host name with other letters than those of ASCII: give it in the form "
			"that begins with xn--, as the common name or in subjectAltName",
			text_quoted(name, shown, sizeof shown));
	for (size_t i = 0; i < r->n_alt_names; i++)
		if (!is_name(r->alt_names[i]))
			return err_set(e, ERR_INPUT, 0,
				       "subjectAltName: %s is neither a host name nor an address (names with "
				       "other letters: in their form that begins with xn--)",
				       text_quoted(r->alt_names[i], shown, sizeof shown));
	return 0;
}

static int add_alt(GENERAL_NAMES *to, const char *text)
{
	unsigned char address[16];
	int len = (int)text_address(text, address);
	GENERAL_NAME *n = GENERAL_NAME_new();
	ASN1_STRING *s = n ? ASN1_STRING_type_new(len ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING) : NULL;
	if (s && (len ? ASN1_STRING_set(s, address, len) : ASN1_STRING_set(s, text, -1)) == 1) {
		GENERAL_NAME_set0_value(n, len ? GEN_IPADD : GEN_DNS, s);
		if (sk_GENERAL_NAME_push(to, n) > 0)
			return 1;
	} else {
		ASN1_STRING_free(s);
	}
	GENERAL_NAME_free(n);
	return 0;
}

static int add_all(const struct request_names *r, X509_NAME *subject, GENERAL_NAMES *alt)
{
	const char *also = joining(r);
	if (also && !add_alt(alt, also))
		return 0;
	for (size_t i = 0; i < r->n_alt_names; i++)
		if (!add_alt(alt, r->alt_names[i]))
			return 0;
	for (size_t i = 0; i < r->n_subject; i++)
		if (!X509_NAME_add_entry_by_NID(subject, kind_named(r->subject[i].name)->nid, MBSTRING_UTF8,
						(const unsigned char *)r->subject[i].value, -1, -1, 0))
			return 0;
	return 1;
}

int request_names_encode(const struct request_names *r, X509_NAME **subject, GENERAL_NAMES **alt,
			 struct err *e)
{
	if (request_names_check(r, e) < 0)
		return -1;
	*subject = X509_NAME_new();
	*alt = GENERAL_NAMES_new();
	if (*subject && *alt && add_all(r, *subject, *alt))
		return 0;
	ERR_clear_error();
	X509_NAME_free(*subject);
	GENERAL_NAMES_free(*alt);
	*subject = NULL;
	*alt = NULL;
	return err_set(e, ERR_INPUT, 0, "the names cannot be encoded");
}
