/* SPDX-License-Identifier: MIT */
#include "fleet_args.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "site.h"

#include <event2/http.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HTTPS_PORT = 443, SECRET_MAX = 4096, ENV_MAX = 1 << 16, DAY_S = 86400 };

void fleet_usage(void)
{
	puts("usage: sealpost-lab [--dir DIR] fleet N [option...]\n"
	     "N small devices send events and feedback to a management server, and tell what it made of "
	     "them.\n"
	     "Without URLs the servers are those of the lab that runs in DIR.\n"
	     "  --manager URL           where events go: Boot, then Beat\n"
	     "  --feedback URL          where posts of feedback go\n"
	     "  --roots FILE            the certificates that are trusted, PEM: roots, or a server's own\n"
	     "  --connect ADDRESS:PORT  where the servers are, if their names are not to be resolved\n"
	     "  --seconds N             how long it goes on (60)\n"
	     "  --ramp N                in how many seconds the devices start, one after another (N / 100, "
	     "at least 1)\n"
	     "  --beat N                seconds between two events of a device (as the server says)\n"
	     "  --every N               seconds between two posts of a device, on the average (10)\n"
	     "  --faults PERCENT        of the posts, with which something goes wrong on the way (0)\n"
	     "  --secret-file FILE      the key (whsec_...) with which posts are signed; some faults then "
	     "are wrong\n"
	     "                          signatures\n"
	     "  --json                  the report as JSON\n"
	     "Exit status: 0; 1 if the server did something that it must not do; 64, 69.");
}

static int read_url(const char *text, struct fleet_url *ret, struct err *e)
{
	struct evhttp_uri *uri = evhttp_uri_parse(text);
	const char *scheme = uri ? evhttp_uri_get_scheme(uri) : NULL,
		   *host = uri ? evhttp_uri_get_host(uri) : NULL;
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL,
		   *query = uri ? evhttp_uri_get_query(uri) : NULL;
	int port = uri ? evhttp_uri_get_port(uri) : -1, n = 0, m = 0;
	int is_good =
		scheme && strcmp(scheme, "https") == 0 && host && *host && !evhttp_uri_get_userinfo(uri);
	if (is_good) {
		n = snprintf(ret->host, sizeof ret->host, "%s", host);
		m = snprintf(ret->path, sizeof ret->path, "%s%s%s", path && *path ? path : "/",
			     query ? "?" : "", query ? query : "");
		ret->port = port > 0 ? port : HTTPS_PORT;
		is_good = (size_t)n < sizeof ret->host && (size_t)m < sizeof ret->path;
	}
	if (uri)
		evhttp_uri_free(uri);
	return is_good ? 0 : err_set(e, ERR_INPUT, 0, "\"%.100s\": expected https://host[:port]/path", text);
}

static int read_number(const char *text, int64_t max, int *ret, struct err *e)
{
	int64_t n;
	if (num_parse(text, 0, max, &n, e) < 0)
		return -1;
	*ret = (int)n;
	return 0;
}

/* Reads "192.0.2.1:443" or "[::1]:443". */
static int read_place(const char *text, struct fleet_options *ret, struct err *e)
{
	const char *colon = strrchr(text, ':'), *from = text;
	size_t len = colon ? (size_t)(colon - text) : 0;
	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		from++;
		len -= 2;
	}
	if (!len || len >= sizeof ret->address || read_number(colon + 1, 65535, &ret->port, e) < 0)
		return err_set(e, ERR_INPUT, 0, "--connect %.80s: expected ADDRESS:PORT", text);
	snprintf(ret->address, sizeof ret->address, "%.*s", (int)len, from);
	return 0;
}

static int read_secret(const char *path, struct fleet_options *ret, struct err *e)
{
	struct buf text;
	buf_init(&text, SECRET_MAX);
	int r = file_read(path, &text, e);
	if (r == 0) {
		char *key = buf_take(&text);
		key[strcspn(key, "\r\n")] = '\0';
		r = hmac_key_parse(key, &ret->key, e) < 0 ? err_prefix(e, "%s", path) : 0;
		mem_wipe(key);
	}
	buf_done(&text);
	ret->has_key = r == 0;
	return r;
}

/* Reads the servers of the lab that runs in the folder from its lab.env. */
static int take_lab(const char *folder, struct fleet_options *ret, struct err *e)
{
	char path[PATH_MAX];
	struct buf env;
	snprintf(path, sizeof path, "%s/lab.env", folder);
	snprintf(ret->roots, sizeof ret->roots, "%s/root.pem", folder);
	buf_init(&env, ENV_MAX);
	const char *line = file_read(path, &env, e) == 0 ? strstr(buf_str(&env), "LAB_HTTPS_PORT=") : NULL;
	int64_t port = 0;
	char number[8] = "";
	if (line) {
		line += strlen("LAB_HTTPS_PORT=");
		snprintf(number, sizeof number, "%.*s", (int)strspn(line, "0123456789"), line);
	}
	buf_done(&env);
	if (num_parse(number, 1, 65535, &port, NULL) < 0)
		return err_set(e, ERR_INPUT, 0, "no lab runs in %s; expected --manager URL or --feedback URL",
			       folder);
	snprintf(ret->manager.host, sizeof ret->manager.host, LAB_MANAGER);
	snprintf(ret->manager.path, sizeof ret->manager.path, MANAGE_PATH);
	snprintf(ret->feedback.host, sizeof ret->feedback.host, LAB_MANAGER);
	snprintf(ret->feedback.path, sizeof ret->feedback.path, "/feedback");
	snprintf(ret->address, sizeof ret->address, "127.0.0.1");
	ret->port = ret->manager.port = ret->feedback.port = (int)port;
	return 0;
}

static int read_option(int c, struct fleet_options *ret, struct err *e)
{
	switch (c) {
	case 'm': return read_url(optarg, &ret->manager, e);
	case 'f': return read_url(optarg, &ret->feedback, e);
	case 'r': snprintf(ret->roots, sizeof ret->roots, "%s", optarg); return 0;
	case 'c': return read_place(optarg, ret, e);
	case 's': return read_number(optarg, DAY_S, &ret->seconds, e);
	case 'p': return read_number(optarg, DAY_S, &ret->ramp_s, e);
	case 'b': return read_number(optarg, DAY_S, &ret->beat_s, e);
	case 'e': return read_number(optarg, DAY_S, &ret->every_s, e);
	case 'x': return read_number(optarg, 100, &ret->faults_percent, e);
	case 'k': return read_secret(optarg, ret, e);
	case 'j': ret->json = 1; return 0;
	default: return err_set(e, ERR_INPUT, 0, "see: sealpost-lab fleet --help");
	}
}

int fleet_args(int argc, char **argv, const char *folder, struct fleet_options *ret, struct err *e)
{
	static const struct option options[] = {
		{ "manager", required_argument, NULL, 'm' }, { "feedback", required_argument, NULL, 'f' },
		{ "roots", required_argument, NULL, 'r' },   { "connect", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 's' }, { "ramp", required_argument, NULL, 'p' },
		{ "beat", required_argument, NULL, 'b' },    { "every", required_argument, NULL, 'e' },
		{ "faults", required_argument, NULL, 'x' },  { "secret-file", required_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },          { NULL, 0, NULL, 0 },
	};
	*ret = (struct fleet_options){ .seconds = 60, .ramp_s = -1, .every_s = 10 };
	char name[] = "sealpost-lab fleet"; /* getopt prints it */
	argv[0] = name;
	optind = 0;
	for (int c, i; (c = getopt_long(argc, argv, "", options, &i)) != -1;)
		if (read_option(c, ret, e) < 0)
			return c == '?' ? -1 : err_prefix(e, "fleet --%s", options[i].name);
	if (optind != argc - 1 || read_number(argv[optind], FLEET_MAX, &ret->devices, e) < 0 || !ret->devices)
		return err_set(e, ERR_INPUT, 0, "fleet: expected the number of devices, 1 to %d", FLEET_MAX);
	if (ret->ramp_s < 0)
		ret->ramp_s = ret->devices / 100 ? ret->devices / 100 : 1;
	if (!ret->every_s || !ret->seconds)
		return err_set(e, ERR_INPUT, 0,
			       "fleet: expected at least one second for --every and --seconds");
	if (!ret->manager.host[0] && !ret->feedback.host[0])
		return take_lab(folder, ret, e);
	if (!ret->roots[0])
		return err_set(e, ERR_INPUT, 0,
			       "fleet: expected --roots FILE, the certificates that are trusted");
	return 0;
}

int fleet_args_is_one_server(const struct fleet_options *o)
{
	return o->manager.port == o->feedback.port && strcmp(o->manager.host, o->feedback.host) == 0;
}
