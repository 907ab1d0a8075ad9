/* SPDX-License-Identifier: MIT */
/* sealpost-lab: a private world on loopback in which an agent can be tried: all servers to which it connects,
 * right or wrong. */
#include "lab/lab_complete.h"
#include "lab/lab_control.h"
#include "lab/fleet.h"
#include "lab/folder.h"
#include "lab/lab.h"
#include "lab/orders.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/num.h"
#include "base/secret.h"
#include "base/version.h"
#include "date/date.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { OFFER_MAX = 1 << 20, FAULTS_MAX = 1 << 20 };

static void usage(FILE *to)
{
	fputs("usage: sealpost-lab [--dir DIR] start [--date DATE] [--show] [--https-port N] [--http-port "
	      "N]\n"
	      "                    [--dns-port N] [--ntp-port N] [--ntp2-port N] [--ntp3-port N]\n"
	      "       sealpost-lab [--dir DIR] ORDER [WORD...]    to a lab that runs\n"
	      "       sealpost-lab [--dir DIR] fleet N [option...]  many devices for a server of yours; see "
	      "fleet --help\n"
	      "       sealpost-lab -V [-v]                       the version; with -v, its build and "
	      "libraries, too\n"
	      "DIR is ~/.local/state/sealpost-lab, unless it is given here or in the environment as "
	      "SEALPOST_LAB. Orders:\n",
	      to);
	for (const struct orders_row *r = orders_rows(); r->name; r++)
		fprintf(to, "  %-7s %-37s %s\n", r->name, r->usage, r->help);
}

static int fail(int status, const struct err *e)
{
	fprintf(stderr, "sealpost-lab: %s\n", e->text);
	return status;
}

static int port_option(const char *text, int *ret, struct err *e)
{
	int64_t port;
	if (num_parse(text, 0, 65535, &port, e) < 0)
		return -1;
	*ret = (int)port;
	return 0;
}

static int start(struct lab_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, 'd' },        { "date", required_argument, NULL, 't' },
		{ "time", required_argument, NULL, 't' },       { "show", no_argument, NULL, 's' },
		{ "https-port", required_argument, NULL, 'h' }, { "port", required_argument, NULL, 'h' },
		{ "http-port", required_argument, NULL, 'p' },  { "dns-port", required_argument, NULL, 'n' },
		{ "ntp-port", required_argument, NULL, '1' },   { "ntp2-port", required_argument, NULL, '2' },
		{ "ntp3-port", required_argument, NULL, '3' },  { NULL, 0, NULL, 0 },
	};
	struct err e;
	int bad = 0, which = 0;
	char name[] = "sealpost-lab start"; /* getopt prints it */
	argv[0] = name;
	optind = 0;
	for (int c; !bad && (c = getopt_long(argc, argv, "", options, &which)) != -1;) {
		switch (c) {
		case 'd': o->folder = optarg; break;
		case 's': o->show = 1; break;
		case 't': bad = date_parse(optarg, &o->date, &e) < 0; break;
		case 'h': bad = port_option(optarg, &o->https_port, &e) < 0; break;
		case 'p': bad = port_option(optarg, &o->http_port, &e) < 0; break;
		case 'n': bad = port_option(optarg, &o->dns_port, &e) < 0; break;
		case '1':
		case '2':
		case '3': bad = port_option(optarg, &o->ntp_port[c - '1'], &e) < 0; break;
		default: return fail(EX_USAGE, &(struct err){ .text = "see: sealpost-lab --help" });
		}
		if (bad)
			err_prefix(&e, "start --%s", options[which].name);
	}
	if (!bad && optind < argc)
		bad = err_set(&e, ERR_INPUT, 0, "start: \"%.40s\" is no option of it", argv[optind]) < 0;
	if (bad)
		return fail(EX_USAGE, &e);
	return lab_run(o, &e) < 0 ? fail(EXIT_FAILURE, &e) : EXIT_SUCCESS;
}

/* Reads the file for `offer` or `sign`, which send its contents. */
static int read_offer(const char *path, struct buf *xml, struct err *e)
{
	if (strcmp(path, "-") != 0)
		return file_read(path, xml, e);
	char chunk[4096];
	for (size_t n; (n = fread(chunk, 1, sizeof chunk, stdin)) > 0;)
		if (buf_add(xml, chunk, n) < 0)
			return err_set(e, ERR_FULL, 0, "standard input: longer than the %zu bytes allowed",
				       xml->max);
	return 0;
}

/* Returns the index of the word that names a file whose contents are sent in its place; 0: none. */
static size_t file_of(size_t n, char **words)
{
	if (n >= 3 && strcmp(words[0], "offer") == 0 && strcmp(words[1], "documents") != 0)
		return 2;
	return n == 2 && strcmp(words[0], "sign") == 0 ? 1 : 0;
}

/* The words of `add`, which sends the contents of the files of --password-file and --root. A password is
 * asked for if the device's address is given and no file. */
enum { ADD_WORDS = 16 };
struct add_words {
	const char *words[ADD_WORDS];
	size_t n;
	char password[SECRET_MAX];
	char *root; /* owned */
};

static int fill_add(size_t n, char **words, struct add_words *ret, struct err *e)
{
	struct buf root;
	int has_password = 0, has_place = 0, r = 0;
	buf_init(&root, OFFER_MAX);
	for (size_t i = 0; i < n && i < ADD_WORDS - 2 && r == 0; i++) {
		const char *before = i ? words[i - 1] : "";
		ret->words[ret->n] = words[i];
		if (strcmp(before, "--password-file") == 0) {
			r = secret_from_file(words[i], "password", ret->password, e);
			ret->words[ret->n] = ret->password;
			has_password = 1;
		} else if (strcmp(before, "--root") == 0 && !ret->root) {
			r = file_read(words[i], &root, e);
			ret->words[ret->n] = ret->root = buf_take(&root);
		}
		has_place |= strcmp(before, "--at") == 0;
		ret->n++;
	}
	if (r == 0 && has_place && !has_password) {
		r = secret_ask("The password at the device (--password-file)", ret->password, e);
		ret->words[ret->n++] = "--password-file";
		ret->words[ret->n++] = ret->password;
	}
	if (r == 0 && (has_place || has_password) && !ret->password[0])
		r = err_set(e, ERR_INPUT, 0, "the password at the device is empty");
	buf_done(&root);
	return r;
}

static int add(const char *socket, size_t n, char **words)
{
	struct add_words a = { .n = 0 };
	struct err e;
	int r = fill_add(n, words, &a, &e);
	r = r < 0 ? fail(EX_USAGE, &e) : control_call(socket, a.n, a.words);
	explicit_bzero(a.password, sizeof a.password);
	free(a.root);
	return r;
}

static int order(const char *folder, size_t n, char **words)
{
	struct err e;
	struct buf xml;
	char path[PATH_MAX];
	char *offer = NULL;
	snprintf(path, sizeof path, "%s/lab.sock", folder);
	if (orders_check(n, words, &e) < 0)
		return fail(EX_USAGE, &e);
	if (n > 2 && strcmp(words[0], "add") == 0)
		return add(path, n, words);
	buf_init(&xml, OFFER_MAX);
	size_t file = file_of(n, words);
	if (file) {
		if (read_offer(words[file], &xml, &e) < 0) {
			buf_done(&xml);
			return fail(EXIT_FAILURE, &e);
		}
		words[file] = offer = buf_take(&xml);
	}
	int r = control_call(path, n, (const char *const *)words);
	free(offer);
	return r;
}

static int print_version(int is_verbose)
{
	struct version_library libraries[LAB_LIBRARIES];
	lab_libraries(libraries);
	version_print(&(struct version_about){ VERSION_ABOUT("sealpost-lab", libraries), .date_floor = -1,
					       .is_brief = !is_verbose },
		      stdout);
	return EXIT_SUCCESS;
}

static int is_one_of(const char *word, const char *brief, const char *whole)
{
	return strcmp(word, brief) == 0 || strcmp(word, whole) == 0;
}

static int complete(size_t n, char **words)
{
	struct buf out;
	buf_init(&out, FAULTS_MAX);
	complete_words(n, words, &out);
	fputs(buf_str(&out), stdout);
	buf_done(&out);
	return EXIT_SUCCESS;
}

static int faults(size_t n, char **words)
{
	struct buf out;
	int json = n == 1 && strcmp(words[0], "--json") == 0;
	if (n && !json) {
		struct err e;
		err_set(&e, ERR_INPUT, 0, "faults %.40s: expected nothing behind it but --json", words[0]);
		return fail(EX_USAGE, &e);
	}
	buf_init(&out, FAULTS_MAX);
	orders_print_faults(json, &out);
	fputs(buf_str(&out), stdout);
	buf_done(&out);
	return EXIT_SUCCESS;
}

static int fleet(const char *folder, int argc, char **argv)
{
	struct fleet_options o;
	struct err e;
	if (argc > 1 && is_one_of(argv[1], "-h", "--help")) {
		fleet_usage();
		return EXIT_SUCCESS;
	}
	int r = fleet_args(argc, argv, folder, &o, &e) < 0 ? EX_USAGE : 0;
	if (!r) {
		r = fleet_run(&o, &e);
		r = r < 0 ? e.kind == ERR_INPUT ? EX_USAGE : EX_UNAVAILABLE : r;
	}
	explicit_bzero(&o.key, sizeof o.key);
	return r >= EX__BASE ? fail(r, &e) : r;
}

/* Sets the folder to the given one, or else to the default one. For `start`, missing folders above the
 * default one are made. */
static int choose_folder(const char **folder, int starts, char space[PATH_MAX], struct err *e)
{
	if (*folder)
		return 0;
	*folder = space;
	if (folder_default(space, PATH_MAX, e) < 0)
		return -1;
	return starts ? folder_make_parents(space, e) : 0;
}

int main(int argc, char **argv)
{
	const char *folder = getenv("SEALPOST_LAB");
	char space[PATH_MAX];
	struct err e;
	int at = 1;
	static const char dir[] = "--dir";
	if (folder && !*folder)
		folder = NULL;
	if (argc > 1 && strncmp(argv[1], "--dir=", sizeof dir) == 0) {
		folder = argv[1] + sizeof dir;
		at = 2;
	} else if (argc > 1 && strcmp(argv[1], dir) == 0) {
		folder = argc > 2 ? argv[2] : "";
		at = 3;
	}
	if (folder && !*folder) {
		err_set(&e, ERR_INPUT, 0, "--dir: expected the lab's folder");
		return fail(EX_USAGE, &e);
	}
	if (at < argc && is_one_of(argv[at], "-h", "--help")) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	if (at < argc && is_one_of(argv[at], "-V", "--version"))
		return print_version(at + 1 < argc && is_one_of(argv[at + 1], "-v", "--verbose"));
	if (at >= argc) {
		usage(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[at], "faults") == 0)
		return faults((size_t)(argc - at - 1), argv + at + 1);
	if (strcmp(argv[at], "complete") == 0)
		return complete((size_t)(argc - at - 1), argv + at + 1);
	int starts = strcmp(argv[at], "start") == 0;
	if (choose_folder(&folder, starts, space, &e) < 0)
		return fail(EX_USAGE, &e);
	if (strcmp(argv[at], "fleet") == 0)
		return fleet(folder, argc - at, argv + at);
	if (starts)
		return start(&(struct lab_options){ .folder = folder }, argc - at, argv + at);
	return order(folder, (size_t)(argc - at), argv + at);
}
