/* SPDX-License-Identifier: MIT */
/* connection: diagnoses one connection step by step, as the service makes it. It opens no socket that the
 * service would not open. */
#include "connection_internal.h"

#include "agent/verdicts.h"
#include "diagnostics/certificate_details.h"

#include "base/mem.h"
#include "service/failure.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TCP_MS = 5000, BODY_MAX = 256 << 10 };

struct attempt { /* an attempt to connect to one address */
	struct connection_check *owner;
	struct reach *reach;
	char address[DNS_ADDRESS_TEXT];
};

struct connection_check {
	const struct agent_components *agent;
	struct dns *dns;
	struct connection_target target;
	struct connection_report report;
	struct buf *pem;         /* from the request */
	int certificate_missing; /* the server asked for a client certificate and got none */
	int may_connect;         /* the settings, the date and the roots allow to connect */
	int64_t began_ms;        /* when the current step began */
	struct dns_query *query;
	struct attempt attempts[DNS_ADDRESSES_MAX];
	size_t open, reached;
	struct https *https;
	struct https_endpoint *peer;
	struct probe *probe;      /* of a server that does not use HTTPS */
	struct loop_timer *timer; /* the next step begins when the callback that led to it has returned */
	void (*next)(struct connection_check *d);
	struct connection_post post;
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

static void put(struct connection_check *d, const struct connection_step *s)
{
	connection_report_step(&d->report, s);
}

static void skip(struct connection_check *d, const char *check, const char *why)
{
	connection_report_skip(&d->report, check, why);
}

static int64_t since(const struct connection_check *d)
{
	return loop_now_ms(d->agent->loop) - d->began_ms;
}

static void go_on(struct connection_check *d, void (*next)(struct connection_check *d))
{
	d->next = next;
	loop_timer_in(d->timer, 0);
}

static void step_on(void *arg)
{
	struct connection_check *d = arg;
	d->began_ms = loop_now_ms(d->agent->loop);
	d->next(d);
}

static void finish(struct connection_check *d)
{
	const struct err ok = { .kind = ERR_NONE };
	connection_report_finish(&d->report, d->target.is_set ? d->target.endpoint.url : NULL);
	void (*done)(void *, const struct err *) = d->done;
	void *arg = d->arg;
	connection_check_cancel(d);
	done(arg, &ok);
}

/* The stages of a diagnosis. end_at(d, stage, why) ends it: this stage and those after it are reported as
 * skipped. */
enum stage { STAGE_DNS, STAGE_TCP, STAGE_TLS, STAGE_CERTIFICATES, STAGE_HTTP, STAGE_APPLICATION, STAGES };

static void end_at(struct connection_check *d, enum stage first, const char *why)
{
	static const char *const names[STAGES] = { "DNS", "TCP", "TLS", NULL, "HTTP", "Application" };
	char name[64];
	enum stage last = service_is_https(d->target.endpoint.service) ? STAGES : STAGE_HTTP;
	for (enum stage s = first; s < last; s++) {
		if (names[s]) {
			skip(d, names[s], why);
			continue;
		}
		for (enum verify_check c = 0; c < VERIFY_CHECKS; c++) {
			snprintf(name, sizeof name, "Certificate %s", verify_check_name(c));
			skip(d, name, why);
		}
	}
	go_on(d, finish);
}

/* --- HTTP and what the answer means --- */

static const char certificate_hint[] =
	"if it demands a client certificate: xCommand Security Certificates CSR Create, or Services Add";

static const char path_hint[] = "another program may answer at this path: compare the path in the settings";
static const char parked_hint[] = "xCommand HttpFeedback Enable sends again, and what waits first";
static const char page_hint[] = "it may be a log-in page, a captive portal's, or another program's: compare "
				"the address in the settings";

/* Adds the step about what the answer means to the service. */
static void put_application(struct connection_check *d, const struct https_reply *r)
{
	char found[CONNECTION_FOUND_MAX];
	struct err e = { .kind = ERR_NONE };
	connection_answer(d->agent, &d->target, r, found, sizeof found, &e);
	if (e.kind != ERR_NONE)
		put(d, &(struct connection_step){ "Application", CONNECTION_FAIL, e.text,
						  e.kind == ERR_CONFIG ? parked_hint
						  : failure_is_page(r) ? page_hint
								       : path_hint,
						  0 });
	else if (failure_is_page(r))
		put(d, &(struct connection_step){ "Application", CONNECTION_WARN,
						  "the server took the post, and answered with an HTML page",
						  page_hint, 0 });
	else
		put(d, &(struct connection_step){ "Application", CONNECTION_PASS, found, "", 0 });
}

static void posted(void *arg, const struct https_reply *r)
{
	struct connection_check *d = arg;
	char found[CONNECTION_FOUND_MAX];
	if (r->err.kind != ERR_NONE) {
		put(d, &(struct connection_step){ "HTTP", CONNECTION_FAIL, r->err.text,
						  d->certificate_missing ? certificate_hint
									 : "look into the server's log",
						  r->elapsed_ms });
		end_at(d, STAGE_APPLICATION, "there is no answer");
		return;
	}
	int is_good = r->status >= 200 && r->status < 300;
	const char *meaning = failure_meaning(d->target.endpoint.service, r->status);
	if (!is_good)
		snprintf(found, sizeof found, "HTTP %d%s%s", r->status, *meaning ? ": " : "", meaning);
	else if (r->body_err.kind != ERR_NONE)
		snprintf(found, sizeof found, "status %d; %s", r->status, r->body_err.text);
	else
		snprintf(found, sizeof found, "status %d, %zu bytes", r->status, r->len);
	put(d, &(struct connection_step){ "HTTP", is_good ? CONNECTION_PASS : CONNECTION_FAIL, found,
					  failure_cure(r->status), r->elapsed_ms });
	if (!is_good) {
		end_at(d, STAGE_APPLICATION, "the server refused the post");
		return;
	}
	put_application(d, r);
	go_on(d, finish);
}

static void try_http(struct connection_check *d)
{
	const struct connection_post *p = &d->post;
	struct err e;
	buf_init(&d->post.body, BODY_MAX);
	if (connection_write(d->agent, &d->target, &d->post) < 0)
		end_at(d, STAGE_HTTP,
		       "a URL alone does not say what its server wants: name a Service to post to it");
	else if (https_post(d->peer, p->body.data, p->body.len, p->headers, p->n_headers, posted, d, &e) < 0)
		end_at(d, STAGE_HTTP, e.text);
}

/* --- TLS and certificates --- */

/* The result of a handshake. Borrowed. */
struct handshake {
	const struct err *err;
	const struct verdict *verdict;    /* NULL: the server sent no certificate */
	const struct verify_chain *chain; /* NULL: the server sent none */
	int is_certificate_missing;
	int64_t ms;
};

static void put_handshake(struct connection_check *d, const struct handshake *r)
{
	int failed = r->err->kind != ERR_NONE, refused = failed && r->verdict && r->verdict->code != 0;
	int is_bad = failed && !refused; /* if only the certificates were refused, TLS itself worked */
	const struct connection_certificates about = { d->target.endpoint.host, d->target.endpoint.policy };
	d->certificate_missing = r->is_certificate_missing;
	const char *asked =
		d->certificate_missing ? "the server asks for a client certificate, and none was sent" : "";
	const char *hint = d->certificate_missing ? certificate_hint
			   : is_bad               ? "look into the server's TLS settings and log"
						  : "";
	put(d, &(struct connection_step){ "TLS", is_bad ? CONNECTION_FAIL : CONNECTION_PASS,
					  is_bad ? r->err->text : asked, hint, r->ms });
	certificate_details_chain(d->report.parts, r->chain, agent_now(d->agent->agent), d->pem);
	if (r->verdict)
		connection_certificates_put(&d->report, &about, r->verdict);
	if (!failed)
		go_on(d, service_is_https(d->target.endpoint.service) ? try_http : finish);
	else if (r->verdict)
		end_at(d, STAGE_HTTP,
		       refused ? "nothing is sent to a server that is not trusted"
			       : "there is no connection");
	else
		end_at(d, STAGE_CERTIFICATES, "there is no connection");
}

static void shaken(void *arg, const struct https_reply *r)
{
	put_handshake(arg, &(struct handshake){ &r->err, r->verdict, r->chain, r->client_certificate_missing,
						r->elapsed_ms });
}

static void probed(void *arg, const struct probe_answer *p)
{
	put_handshake(arg, &(struct handshake){ &p->err, p->verdict, p->chain, p->client_certificate_missing,
						since(arg) });
}

/* Diagnoses a server that does not use HTTPS: only the handshake is made. */
static void try_stream(struct connection_check *d)
{
	const struct agent_components *a = d->agent;
	const struct probe_request r = { .loop = a->loop,
					 .dns = d->dns,
					 .date = a->date,
					 .anchors = a->anchors,
					 .endpoint = &d->target.endpoint,
					 .fetches = !d->target.endpoint.verify,
					 .logs = 1 };
	struct err e;
	if (probe_start(&r, probed, d, &d->probe, &e) < 0)
		end_at(d, STAGE_TLS, e.text);
}

static void try_tls(struct connection_check *d)
{
	const struct agent_components *a = d->agent;
	struct https_options o = { .loop = a->loop,
				   .dns = d->dns,
				   .date = a->date,
				   .anchors = a->anchors,
				   .on_verdict = verdicts_log };
	struct err e;
	d->https = https_new(&o);
	if (connection_open(d->https, &d->target, &d->peer, &e) < 0 ||
	    https_probe(d->peer, shaken, d, &e) < 0)
		end_at(d, STAGE_TLS, e.text);
}

/* --- DNS and TCP --- */

static void reached(void *arg, const struct err *e)
{
	struct attempt *at = arg;
	struct connection_check *d = at->owner;
	char name[80];
	int failed = e->kind != ERR_NONE;
	snprintf(name, sizeof name, "TCP %s port %d", at->address, d->target.endpoint.port);
	put(d, &(struct connection_step){
		       name, failed ? CONNECTION_FAIL : CONNECTION_PASS, failed ? e->text : "",
		       failed ? "look whether the server runs and what firewalls between let pass" : "",
		       since(d) });
	d->reached += !failed;
	if (--d->open)
		return;
	if (d->reached)
		go_on(d, service_is_https(d->target.endpoint.service) ? try_tls : try_stream);
	else
		end_at(d, STAGE_TLS, "no address answers");
}

static void try_tcp(struct connection_check *d, const struct dns_answer *a)
{
	d->began_ms = loop_now_ms(d->agent->loop);
	d->open = a->n;
	for (size_t i = 0; i < a->n; i++) {
		struct attempt *at = &d->attempts[i];
		at->owner = d;
		dns_address_text(&a->addresses[i], at->address, sizeof at->address);
		at->reach = reach_start(d->agent->loop, &a->addresses[i], d->target.endpoint.port, TCP_MS,
					reached, at);
	}
}

static void resolved(void *arg, const struct dns_answer *a, const struct err *e)
{
	struct connection_check *d = arg;
	char found[CONNECTION_FOUND_MAX], address[DNS_ADDRESS_TEXT];
	d->query = NULL;
	if (!a) {
		put(d, &(struct connection_step){
			       "DNS", CONNECTION_FAIL, e->text,
			       "compare the name, and the DNS servers in xConfiguration Network 1 DNS",
			       since(d) });
		end_at(d, STAGE_TCP, "there is no address");
		return;
	}
	size_t at = (size_t)snprintf(found, sizeof found, "%.253s is", a->name);
	for (size_t i = 0; i < a->n && at < sizeof found; i++) {
		dns_address_text(&a->addresses[i], address, sizeof address);
		at += (size_t)snprintf(found + at, sizeof found - at, "%s %s", i ? "," : "", address);
	}
	if (at < sizeof found)
		snprintf(found + at, sizeof found - at, "; good for %" PRIu32 " s", a->ttl_s);
	put(d, &(struct connection_step){
		       "DNS", a->stale ? CONNECTION_FAIL : CONNECTION_PASS, a->stale ? e->text : found,
		       a->stale ? "the last good addresses serve meanwhile: look at the DNS servers" : "",
		       since(d) });
	if (d->may_connect)
		try_tcp(d, a);
	else
		end_at(d, STAGE_TCP,
		       "with verification On, nothing is opened until the failures above are corrected");
}

/* --- what must hold before --- */

static void check_settings(struct connection_check *d)
{
	const struct connection_target *t = &d->target;
	char found[CONNECTION_FOUND_MAX];
	if (!t->is_set) {
		put(d, &(struct connection_step){ "Settings", CONNECTION_FAIL, t->trouble.text, t->hint, 0 });
	} else if (t->endpoint.verify && t->endpoint.is_address) {
		put(d, &(struct connection_step){
			       "Settings", CONNECTION_FAIL,
			       "the server is entered by its address: verification needs a name",
			       "enter it by the host name in its certificate", 0 });
		d->may_connect = 0;
	} else {
		snprintf(found, sizeof found, "%.900s, verification %s", t->endpoint.url,
			 t->endpoint.verify ? "On" : "Off");
		put(d, &(struct connection_step){
			       "Settings", t->endpoint.verify ? CONNECTION_PASS : CONNECTION_WARN, found,
			       t->endpoint.verify
				       ? ""
				       : "a server that fails a check below is talked to all the same",
			       0 });
	}
}

static void check_trust(struct connection_check *d)
{
	const struct agent_components *a = d->agent;
	char found[CONNECTION_FOUND_MAX], day[32];
	int64_t now = agent_now(a->agent);
	/* the date is obtained from this server, so it need not be known before */
	int is_learned = d->target.endpoint.service == SERVICE_NTS;
	enum connection_outcome lacking = d->target.endpoint.verify ? CONNECTION_FAIL : CONNECTION_SKIP;
	date_format(now, day, sizeof day);
	if (now)
		snprintf(found, sizeof found, "%s by %s", day, clock_server(a->clock));
	else if (is_learned)
		snprintf(found, sizeof found,
			 "the date is not known yet: the chain has to be valid at one moment, which has "
			 "passed");
	else
		snprintf(found, sizeof found, "the date is not known%s%s",
			 *clock_trouble(a->clock) ? ": " : "", clock_trouble(a->clock));
	put(d,
	    &(struct connection_step){
		    "Time",
		    now          ? CONNECTION_PASS
		    : is_learned ? CONNECTION_SKIP
				 : lacking,
		    found,
		    now || is_learned ? ""
				      : "check xConfiguration NetworkServices NTP and that a server answers",
		    0 });
	size_t n = connection_roots(a, &d->target, found, sizeof found);
	put(d, &(struct connection_step){
		       "Roots", n ? CONNECTION_PASS : lacking, found,
		       n ? ""
			 : "upload the root of the server's authority: "
			   "xCommand Security Certificates CA Add; which of them the service may "
			   "trust is in xConfiguration Security Trust Service",
		       0 });
	if (d->target.endpoint.verify && ((!now && !is_learned) || !n))
		d->may_connect = 0;
}

static void begin(struct connection_check *d)
{
	check_settings(d);
	check_trust(d);
	if (d->target.is_set)
		d->query = dns_resolve(d->dns, d->target.endpoint.host, resolved, d);
	else
		end_at(d, STAGE_DNS, "there is no server");
}

struct connection_check *connection_check(struct agent *agent, const struct connection_request *r,
					  struct doc *result, void (*done)(void *arg, const struct err *e),
					  void *arg)
{
	const struct agent_components *a = agent_components(agent);
	struct connection_check *d = mem_new(sizeof *d);
	*d = (struct connection_check){ .agent = a,
					.dns = r->dns ? r->dns : a->dns,
					.pem = r->pem,
					.done = done,
					.arg = arg,
					.may_connect = 1 };
	connection_report_init(&d->report, result);
	connection_target_take(a, r, &d->target);
	d->timer = loop_timer_new(a->loop, step_on, d);
	go_on(d, begin);
	return d;
}

void connection_check_cancel(struct connection_check *d)
{
	if (!d)
		return;
	if (d->query)
		dns_cancel(d->query);
	for (size_t i = 0; i < DNS_ADDRESSES_MAX; i++)
		reach_free(d->attempts[i].reach);
	probe_free(d->probe);
	https_endpoint_free(d->peer);
	https_free(d->https);
	loop_timer_free(d->timer);
	buf_done(&d->post.body);
	connection_report_done(&d->report);
	explicit_bzero(d, sizeof *d); /* a password */
	free(d);
}
