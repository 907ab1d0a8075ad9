/* SPDX-License-Identifier: MIT */
#include "pki_options.h"

#include "net/dns.h"
#include "schema/name.h"
#include "date/date.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char options_usage[] =
	"usage: sealpost-pki verify CERT BUNDLE [CA] [options]       whether a chain leads to the CA; "
	"without one, to a\n"
	"                                                            root in the bundle; for any purpose\n"
	"       sealpost-pki verify --roots FILE --chain FILE [options]       verifies a chain from files\n"
	"       sealpost-pki verify --roots FILE --url https://NAME[:PORT]/   verifies a server; sends no "
	"request\n"
	"       sealpost-pki verify --batch [options]                         one JSON object a line in, one "
	"a line out\n"
	"\n"
	"  --roots FILE        trusted roots, PEM\n"
	"  --chain FILE        the server's certificate first, then what it sent, in any order, PEM\n"
	"  --name NAME         host name or address that the certificate must be for\n"
	"  --time TIME         verify at this time: Unix seconds or YYYY-MM-DDTHH:MM:SSZ (else the system "
	"clock's)\n"
	"  --crls FILE         revocation lists, PEM; with them --revocation hard is the default\n"
	"  --profile WORD      guide (default) or strict\n"
	"  --purpose WORD      server (default), client or any\n"
	"  --revocation WORD   off (default), soft or hard\n"
	"  --no-common-name    never take the common name for a host name\n"
	"  --connect ADDR:PORT with --url: connect there instead of resolving the name\n"
	"  --json              print JSON\n"
	"\n"
	"Exit status: 0 accepted, 1 refused, 64 usage, 65 not certificates, 66 no such file, 69 no "
	"connection, or the\n"
	"TLS handshake failed for another reason than the certificates.\n";

/* All options, and the member of struct options that gets the value: a text, or 1 for an option without a
 * value. */
static const struct row {
	const char *name;
	int has_value;
	size_t place;
} rows[] = {
	{ "roots", required_argument, offsetof(struct options, roots) },
	{ "chain", required_argument, offsetof(struct options, chain) },
	{ "name", required_argument, offsetof(struct options, name) },
	{ "time", required_argument, offsetof(struct options, time) },
	{ "crls", required_argument, offsetof(struct options, crls) },
	{ "profile", required_argument, offsetof(struct options, profile) },
	{ "purpose", required_argument, offsetof(struct options, purpose) },
	{ "revocation", required_argument, offsetof(struct options, revocation) },
	{ "url", required_argument, offsetof(struct options, url) },
	{ "connect", required_argument, offsetof(struct options, connect) },
	{ "no-common-name", no_argument, offsetof(struct options, no_common_name) },
	{ "json", no_argument, offsetof(struct options, json) },
	{ "batch", no_argument, offsetof(struct options, batch) },
	{ "help", no_argument, offsetof(struct options, help) },
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static void set(struct options *o, const struct row *row, const char *value)
{
	char *place = (char *)o + row->place;
	const int yes = 1;
	if (row->has_value)
		memcpy(place, &value, sizeof value);
	else
		memcpy(place, &yes, sizeof yes);
}

int options_read(int argc, char **argv, struct options *ret, struct err *e)
{
	enum { FIRST = 256 }; /* above every character */
	struct option table[N_ROWS + 1] = { { .name = NULL } };
	for (int i = 0; i < N_ROWS; i++)
		table[i] = (struct option){ rows[i].name, rows[i].has_value, NULL, FIRST + i };
	memset(ret, 0, sizeof *ret);
	optind = 0;
	opterr = 0;
	for (int at = 1, which; (which = getopt_long(argc, argv, ":", table, NULL)) != -1; at = optind) {
		if (which == ':')
			return err_set(e, ERR_INPUT, 0, "%s needs a value", argv[optind - 1]);
		if (which < FIRST)
			return err_set(e, ERR_INPUT, 0, "unknown option %s", argv[at]);
		set(ret, &rows[which - FIRST], optarg);
	}
	for (; optind < argc; optind++) {
		if (ret->n_words == sizeof ret->words / sizeof *ret->words)
			return err_set(e, ERR_INPUT, 0, "unexpected argument %s", argv[optind]);
		ret->words[ret->n_words++] = argv[optind];
	}
	if (ret->name && !*ret->name) /* from a script's variable that is not set: nothing would be checked */
		return err_set(e, ERR_INPUT, 0,
			       "--name is empty: give a host name or an address, or leave the option out");
	return 0;
}

/* Finds the index of the word in a list that ends in NULL; 0 if no word was given. */
static int choose(const char *option, const char *word, const char *const *words, int *ret, struct err *e)
{
	*ret = 0;
	if (!word)
		return 0;
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0) {
			*ret = i;
			return 0;
		}
	return err_set(e, ERR_INPUT, 0, "%s: expected %s%s%s%s%s, not %.60s", option, words[0],
		       words[2] ? ", " : " or ", words[1], words[2] ? " or " : "", words[2] ? words[2] : "",
		       word);
}

/* Reads a host name, or an IP address, which may be in brackets: "[2001:db8::7]". */
static int take_name(const char *text, char *ret, size_t size, struct err *e)
{
	size_t len = strlen(text);
	struct dns_address a;
	if (strpbrk(text, "/@ ") || (text[0] != '[' && strchr(text, ':') && !dns_is_address(text, &a)))
		return err_set(
			e, ERR_INPUT, 0,
			"%.60s is more than a host: give its name or address alone, without scheme, port "
			"and path",
			text);
	if (text[0] != '[')
		return schema_name_ascii(text, ret, size, e);
	snprintf(ret, size, "%.*s", (int)(len > 2 && len < size && text[len - 1] == ']' ? len - 2 : 0),
		 text + 1);
	if (!strchr(ret, ':') || !dns_is_address(ret, &a))
		return err_set(e, ERR_INPUT, 0, "%.60s is no IPv6 address in brackets", text);
	return 0;
}

int options_question(const struct options *o, struct question *ret, struct err *e)
{
	static const char *const profiles[] = { "guide", "strict", NULL },
				 *const purposes[] = { "server", "client", "any", NULL },
				 *const modes[] = { "off", "soft", "hard", NULL };
	int profile, purpose, mode;
	memset(ret, 0, sizeof *ret);
	if (choose("--profile", o->profile, profiles, &profile, e) < 0 ||
	    choose("--purpose", o->purpose, purposes, &purpose, e) < 0 ||
	    choose("--revocation", o->revocation, modes, &mode, e) < 0)
		return -1;
	ret->policy.profile = (enum verify_profile)profile;
	ret->policy.purpose = (enum verify_purpose)purpose;
	ret->policy.revocation =
		o->crls && !o->revocation ? VERIFY_REVOCATION_HARD : (enum verify_revocation)mode;
	ret->policy.no_common_name = o->no_common_name;
	if (o->name && take_name(o->name, ret->ascii, sizeof ret->ascii, e) < 0)
		return err_prefix(e, "--name");
	ret->name = o->name ? ret->ascii : NULL;
	if (!o->time) {
		ret->at_unix = time(NULL);
		ret->from_system_clock = 1;
		return 0;
	}
	if (date_parse(o->time, &ret->at_unix, e) < 0)
		return err_prefix(e, "--time");
	if (ret->at_unix == 0) /* 0 would mean that the time is not known */
		ret->at_unix = 1;
	return 0;
}
