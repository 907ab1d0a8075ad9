/* SPDX-License-Identifier: MIT */
#include "pki/pki_verify.h"

#include "base/mem.h"
#include "pki_batch.h"
#include "pki_files.h"
#include "pki_material.h"
#include "pki_report.h"
#include "pki_server.h"
#include "x509/pem.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static int fail(int status, const char *text)
{
	fprintf(stderr, "sealpost-pki verify: %s\n", text);
	return status;
}

static int status_of(const struct err *e)
{
	switch (e->kind) {
	case ERR_NOTFOUND:
	case ERR_IO: return EX_NOINPUT;
	case ERR_INPUT:
	case ERR_TOOLONG:
	case ERR_FULL: return EX_DATAERR;
	default: return EX_UNAVAILABLE;
	}
}

static int print_report(const struct report *r, int json)
{
	if (json) {
		json_t *o = report_json(r);
		json_dumpf(o, stdout, JSON_INDENT(2));
		fputc('\n', stdout);
		json_decref(o);
	} else {
		report_text(r, stdout);
	}
	if (fflush(stdout) != 0)
		return fail(EX_IOERR, "cannot write the verdict");
	return r->verdict->code ? 1 : 0;
}

/* Reads the roots and revocation lists. Parts that cannot be read are reported on standard error and not
 * used. */
static const struct anchors *take_anchors(struct material *m, const struct options *o, struct err *e)
{
	const struct anchors *anchors = material_anchors(m, o->roots, o->crls, e);
	const char *line = anchors ? material_left_out(m) : "";
	for (; *line; line += strcspn(line, "\n"), line += *line == '\n')
		fprintf(stderr, "sealpost-pki verify: %.*s\n", (int)strcspn(line, "\n"), line);
	return anchors;
}

static int verify_files(const struct options *o, const struct question *q)
{
	struct err e;
	struct material *m = material_new();
	const struct anchors *anchors = take_anchors(m, o, &e);
	struct verify_chain *chain = anchors ? material_chain(o->chain, &e) : NULL;
	int status;
	if (chain) {
		struct verify_request r = {
			.anchors = anchors, .policy = q->policy, .host = q->name, .at_unix = q->at_unix
		};
		struct verdict *v = mem_new(sizeof *v);
		verify_chain_judge(&r, chain, v);
		status = print_report(
			&(struct report){ .verdict = v, .chain = chain, .anchors = anchors, .question = q },
			o->json);
		free(v);
	} else {
		status = fail(status_of(&e), e.text);
	}
	verify_chain_free(chain);
	material_free(m);
	return status;
}

enum { HANDSHAKE_MS = 15000 };

static int verify_connected(const struct options *o, struct question *q, const struct https_url *url,
			    const struct anchors *anchors)
{
	struct err e;
	struct server server;
	int status;
	if (server_connect(url, o->connect, &server, &e) < 0)
		return fail(e.kind == ERR_CONFIG ? EX_USAGE : EX_UNAVAILABLE, e.text);
	struct verify_request r = {
		.anchors = anchors, .policy = q->policy, .host = q->name, .at_unix = q->at_unix, .enforce = 1
	};
	struct verify_session *s = verify_session_new(&r);
	int handshake = verify_session_handshake(s, server.fd, HANDSHAKE_MS, &e);
	const struct verdict *v = verify_session_verdict(s);
	int is_refused = v && v->code; /* if the certificates were refused, the report says why */
	char failure[1024] = "";
	if (handshake < 0 && !is_refused)
		snprintf(failure, sizeof failure, "%s (%s) port %d %s", url->host, server.address,
			 server.port, e.text);
	struct report report = { .verdict = v,
				 .chain = verify_session_chain(s),
				 .anchors = anchors,
				 .question = q,
				 .failure = failure,
				 .client_certificate_missing = verify_session_client_certificate_missing(s),
				 .address = server.address,
				 .port = server.port };
	if (*failure)
		fail(EX_UNAVAILABLE, failure);
	status = v ? print_report(&report, o->json) : EX_UNAVAILABLE;
	if (*failure && status == EX_OK)
		status = EX_UNAVAILABLE;
	verify_session_free(s);
	close(server.fd);
	return status;
}

static int verify_server(const struct options *o, struct question *q)
{
	struct err e;
	struct https_url url;
	if (https_url_parse(o->url, &url, &e) < 0)
		return fail(EX_USAGE, e.text);
	q->name = url.host;
	struct material *m = material_new();
	const struct anchors *anchors = take_anchors(m, o, &e);
	int status = anchors ? verify_connected(o, q, &url, anchors) : fail(status_of(&e), e.text);
	material_free(m);
	return status;
}

/* --- CERT BUNDLE [CA] --- */

enum { TEXT_MAX = 16 << 20 };

/* Appends the certificates of a file as PEM; with roots_only only those that are signed by their own key. */
static int add_certificates(const char *path, int roots_only, struct buf *to, struct err *e)
{
	struct contents c;
	int r = files_peek(path, &c, e);
	for (size_t i = 0; r == 0 && i < c.n; i++) {
		struct cert *cert = c.at[i].cert;
		if (cert && (!roots_only || cert_self_signed(cert)))
			pem_write(to, "CERTIFICATE", cert->der, cert->len);
	}
	if (r == 0 && !contents_first(&c, FORM_CERTIFICATE))
		r = err_set(e, ERR_INPUT, 0, "%s: there is no certificate in it", path);
	contents_done(&c);
	return r;
}

static int verify_words(struct options *o, const struct question *q)
{
	struct err e;
	struct buf chain, roots;
	const char *bundle = o->words[1], *ca = o->n_words == 3 ? o->words[2] : NULL;
	buf_init(&chain, TEXT_MAX);
	buf_init(&roots, TEXT_MAX);
	int status, r = add_certificates(o->words[0], 0, &chain, &e);
	if (r == 0)
		r = add_certificates(bundle, 0, &chain, &e);
	if (r == 0)
		r = add_certificates(ca ? ca : bundle, !ca, &roots, &e);
	if (r == 0 && !roots.len)
		r = err_set(&e, ERR_INPUT, 0,
			    "%s holds no root (a certificate that is signed by its own key): name "
			    "the CA's file, too",
			    bundle);
	o->chain = buf_str(&chain);
	o->roots = buf_str(&roots);
	status = r == 0 ? verify_files(o, q) : fail(status_of(&e), e.text);
	buf_done(&chain);
	buf_done(&roots);
	return status;
}

/* Returns a phrase about options that are missing or cannot be combined; NULL: there are none. */
static const char *wrong_options(const struct options *o)
{
	if (o->n_words && (o->batch || o->roots || o->chain || o->url || o->connect))
		return "CERT BUNDLE [CA] go together with none of --roots, --chain, --url and --batch";
	if (o->n_words)
		return o->n_words == 1 ? "expected CERT BUNDLE [CA]" : NULL;
	if (o->batch)
		return o->url ? "--batch and --url do not go together" : NULL;
	if (!o->roots || !o->chain == !o->url)
		return "expected --roots, and one of --chain and --url";
	if (o->url && o->name)
		return "--name and --url do not go together: the URL has the name";
	return !o->url && o->connect ? "--connect goes with --url" : NULL;
}

int pki_verify(int argc, char **argv)
{
	struct options o;
	struct question q;
	struct err e;
	int misread = options_read(argc, argv, &o, &e);
	if (misread == 0 && o.n_words && !o.purpose)
		o.purpose = "any";
	if (misread < 0 || options_question(&o, &q, &e) < 0) {
		fail(EX_USAGE, e.text);
		fputs(options_usage, stderr);
		return EX_USAGE;
	}
	if (o.help) {
		fputs(options_usage, stdout);
		return EX_OK;
	}
	if (wrong_options(&o)) {
		fail(EX_USAGE, wrong_options(&o));
		fputs(options_usage, stderr);
		return EX_USAGE;
	}
	if (o.n_words)
		return verify_words(&o, &q);
	if (o.batch)
		return batch_run(&o, stdin, stdout);
	return o.url ? verify_server(&o, &q) : verify_files(&o, &q);
}
