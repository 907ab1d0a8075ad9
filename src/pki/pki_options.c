/* SPDX-License-Identifier: MIT */
#include "pki_options.h"

#include "net/dns.h"
#include "schema/name.h"
#include "date/date.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char options_usage[] =
	"usage: sealpost verify --roots FILE --chain FILE [options]       judges a chain from files\n"
	"       sealpost verify --roots FILE --url https://NAME[:PORT]/   judges a server; sends no request\n"
	"       sealpost verify --batch [options]                         one JSON object a line in, one a "
	"line out\n"
	"\n"
	"  --roots FILE        trusted roots, PEM\n"
	"  --chain FILE        the server's certificate first, then what it sent, in any order, PEM\n"
	"  --name NAME         host name or address that the certificate must be for\n"
	"  --time TIME         judge on this day: Unix seconds or YYYY-MM-DDTHH:MM:SSZ (else the system "
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

int options_read(int argc, char **argv, struct options *ret, struct err *e)
{
	enum {
		ROOTS = 1,
		CHAIN,
		NAME,
		TIME,
		CRLS,
		PROFILE,
		PURPOSE,
		REVOCATION,
		URL,
		CONNECT,
		NO_CN,
		JSON,
		BATCH,
		HELP
	};
	static const struct option table[] = {
		{ "roots", required_argument, NULL, ROOTS },
		{ "chain", required_argument, NULL, CHAIN },
		{ "name", required_argument, NULL, NAME },
		{ "time", required_argument, NULL, TIME },
		{ "crls", required_argument, NULL, CRLS },
		{ "profile", required_argument, NULL, PROFILE },
		{ "purpose", required_argument, NULL, PURPOSE },
		{ "revocation", required_argument, NULL, REVOCATION },
		{ "url", required_argument, NULL, URL },
		{ "connect", required_argument, NULL, CONNECT },
		{ "no-common-name", no_argument, NULL, NO_CN },
		{ "json", no_argument, NULL, JSON },
		{ "batch", no_argument, NULL, BATCH },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	memset(ret, 0, sizeof *ret);
	optind = 0;
	opterr = 0;
	for (int at = 1, which; (which = getopt_long(argc, argv, ":", table, NULL)) != -1; at = optind) {
		switch (which) {
		case ROOTS: ret->roots = optarg; break;
		case CHAIN: ret->chain = optarg; break;
		case NAME: ret->name = optarg; break;
		case TIME: ret->time = optarg; break;
		case CRLS: ret->crls = optarg; break;
		case PROFILE: ret->profile = optarg; break;
		case PURPOSE: ret->purpose = optarg; break;
		case REVOCATION: ret->revocation = optarg; break;
		case URL: ret->url = optarg; break;
		case CONNECT: ret->connect = optarg; break;
		case NO_CN: ret->no_common_name = 1; break;
		case JSON: ret->json = 1; break;
		case BATCH: ret->batch = 1; break;
		case HELP: ret->help = 1; break;
		case ':': return err_set(e, ERR_INPUT, 0, "%s needs a value", argv[at]);
		default: return err_set(e, ERR_INPUT, 0, "unknown option %s", argv[at]);
		}
	}
	if (optind < argc)
		return err_set(e, ERR_INPUT, 0, "unexpected argument %s", argv[optind]);
	return 0;
}

/* The word's place in a list that ends at NULL; an absent word is the first. */
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

/* A host's name, or an address as it stands or as URLs write it, "[2001:db8::7]". */
static int take_name(const char *text, char *ret, size_t size, struct err *e)
{
	size_t len = strlen(text);
	struct dns_address a;
	if (text[0] != '[')
		return schema_ascii(text, ret, size, e);
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
	if (choose("profile", o->profile, profiles, &profile, e) < 0 ||
	    choose("purpose", o->purpose, purposes, &purpose, e) < 0 ||
	    choose("revocation", o->revocation, modes, &mode, e) < 0)
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
		return err_prefix(e, "time");
	if (ret->at_unix == 0) /* which would say that no day is known */
		ret->at_unix = 1;
	return 0;
}
