/* SPDX-License-Identifier: MIT */
#include "orders.h"

#include "base/json.h"
#include "base/num.h"
#include "base/text.h"
#include "date/date.h"
#include "dnsanswer.h"
#include "issuing.h"
#include "message.h"
#include "set_part.h"
#include "trust/verify.h"
#include "world.h"
#include "x509/codes.h"

#include <stdio.h>
#include <string.h>

static enum control_next refuse(struct buf *out, const struct err *e)
{
	buf_addf(out, "%s\n", e->text);
	return e->kind == ERR_INPUT ? CONTROL_USAGE : CONTROL_FAILED;
}

static enum control_next result(int r, struct buf *out, const struct err *e)
{
	return r < 0 ? refuse(out, e) : CONTROL_DONE;
}

static int has(size_t n, char **words, const char *option)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(words[i], option) == 0)
			return 1;
	return 0;
}

static const char *value_of(size_t n, char **words, const char *option)
{
	for (size_t i = 1; i + 1 < n; i++)
		if (strcmp(words[i], option) == 0)
			return words[i + 1];
	return NULL;
}

/* --- set and reset --- */

static enum control_next order_set(struct lab *lab, size_t n, char **words, struct buf *out)
{
	struct err e;
	return result(set_part(lab, n, words, out, &e), out, &e);
}

static enum control_next order_reset(struct lab *lab, size_t n, char **words, struct buf *out)
{
	(void)n, (void)words;
	struct err e;
	faulty_init(httpd_faulty(lab->httpd));
	int bad = httpd_set_tls(lab->httpd, "good", &e) < 0 || httpd_listen(lab->httpd, 1, &e) < 0 ||
		  dnsd_set(lab->dnsd, "good", &e) < 0;
	for (int i = 0; i < LAB_NTP_SERVERS && !bad; i++)
		bad = ntpd_set(lab->ntpd[i], "good", NULL, &e) < 0;
	return result(bad ? -1 : 0, out, &e);
}

/* --- offer --- */

enum { OFFER_MAX = 2 << 20 };

static int offer(struct lab *lab, size_t n, char **words, struct buf *xml, struct err *e)
{
	int is_documents = strcmp(words[1], "documents") == 0;
	if (is_documents) {
		message_documents((const char *const *)words + 2, n - 2, xml);
		return manage_offer(lab->manage, "DocumentsToPost", buf_str(xml), e);
	}
	buf_adds(xml, words[2]);
	if (n > 3 && strcmp(words[1], "command") == 0)
		message_feedback(words[3], n > 4 ? words[4] : NULL, n > 5 ? words[5] : NULL, xml);
	return manage_offer(lab->manage, words[1], buf_str(xml), e);
}

static enum control_next order_offer(struct lab *lab, size_t n, char **words, struct buf *out)
{
	struct err e;
	struct buf xml;
	if (n < 3) {
		err_set(&e, ERR_INPUT, 0,
			"offer: expected the name of an element and its XML, as in: offer configuration "
			"FILE");
		return refuse(out, &e);
	}
	buf_init(&xml, OFFER_MAX);
	int r = offer(lab, n, words, &xml, &e);
	buf_done(&xml);
	return result(r, out, &e);
}

/* --- devices and tickets --- */

static enum control_next order_add(struct lab *lab, size_t n, char **words, struct buf *out)
{
	return visit_add(lab, n, words, out);
}

static enum control_next order_enforce(struct lab *lab, size_t n, char **words, struct buf *out)
{
	return visit_enforce(lab, n, words, out);
}

static enum control_next order_devices(struct lab *lab, size_t n, char **words, struct buf *out)
{
	devices_print(lab->devices, has(n, words, "--json"), out);
	return CONTROL_DONE;
}

static enum control_next order_tickets(struct lab *lab, size_t n, char **words, struct buf *out)
{
	devices_print_tickets(lab->devices, has(n, words, "--json"), out);
	return CONTROL_DONE;
}

/* --- certificates --- */

static enum control_next order_cert(struct lab *lab, size_t n, char **words, struct buf *out)
{
	struct err e;
	return result(issuing_cert(lab, n == 2 ? words[1] : "", out, &e), out, &e);
}

static enum control_next order_sign(struct lab *lab, size_t n, char **words, struct buf *out)
{
	struct err e;
	return result(issuing_sign(lab, n == 2 ? words[1] : "", out, &e), out, &e);
}

static enum control_next order_rotate(struct lab *lab, size_t n, char **words, struct buf *out)
{
	struct err e;
	return result(issuing_rotate(lab, n == 2 ? words[1] : "", out, &e), out, &e);
}

/* --- posts --- */

static enum control_next order_posts(struct lab *lab, size_t n, char **words, struct buf *out)
{
	const char *since = value_of(n, words, "--since"), *service = value_of(n, words, "--service");
	int64_t after = 0;
	struct err e;
	if (since && num_parse(since, 0, INT64_MAX, &after, &e) < 0) {
		err_prefix(&e, "posts: --since");
		return refuse(out, &e);
	}
	for (const struct post *p = posts_after(lab->posts, (uint64_t)after); p; p = p->next) {
		if (service && strcmp(p->service, service) != 0)
			continue;
		if (has(n, words, "--json"))
			posts_print_json(p, out);
		else
			posts_print_pretty(p, out);
	}
	return CONTROL_DONE;
}

static enum control_next order_tail(struct lab *lab, size_t n, char **words, struct buf *out)
{
	(void)out;
	lab->tail_json = has(n, words, "--json");
	return CONTROL_STAY;
}

/* --- status --- */

static void status_json(const struct lab *lab, const struct httpd_state *s, const char *date, struct buf *out)
{
	char requests[80];
	json_write_member("{", "date", date, out);
	json_write_member(", ", "tls", s->tls, out);
	json_write_member(", ", "http", faulty_mode(httpd_faulty(lab->httpd)), out);
	json_write_member(", ", "dns", dnsd_mode(lab->dnsd), out);
	json_write_bare_member(", ", "ntp", "[", out);
	for (size_t i = 0; i < sizeof lab->ntpd / sizeof *lab->ntpd; i++) {
		const char *mode = ntpd_mode(lab->ntpd[i]);
		buf_adds(out, i ? ", " : "");
		json_write_string(mode, strlen(mode), out);
	}
	buf_adds(out, "]");
	json_write_bare_member(", ", "listening", s->listening ? "true" : "false", out);
	json_write_bare_member(", ", "ipv6", s->ipv6 ? "true" : "false", out);
	json_write_number_member(", ", "connections", (int64_t)s->connections, out);
	json_write_number_member(", ", "handshakes", (int64_t)s->handshakes, out);
	json_write_member(", ", "alert", s->alert, out);
	json_write_number_member(", ", "posts", (int64_t)posts_count(lab->posts), out);
	json_write_member(", ", "secure_only", enforce_name(manage_level(lab->manage)), out);
	json_write_number_member(", ", "devices", (int64_t)devices_count(lab->devices), out);
	json_write_number_member(", ", "tickets", (int64_t)devices_open_tickets(lab->devices), out);
	json_write_number_member(", ", "dns_questions", (int64_t)dnsd_questions(lab->dnsd), out);
	snprintf(requests, sizeof requests, "[%lu, %lu, %lu]", ntpd_requests(lab->ntpd[0]),
		 ntpd_requests(lab->ntpd[1]), ntpd_requests(lab->ntpd[2]));
	json_write_bare_member(", ", "ntp_requests", requests, out);
	buf_adds(out, "}\n");
}

static void status_text(const struct lab *lab, const struct httpd_state *s, const char *date, struct buf *out)
{
	buf_addf(out, "lab    %s\ndate   %s\nhttps  127.0.0.1:%d%s, %s; tls %s, http %s\n", lab->folder, date,
		 httpd_port(lab->httpd), s->ipv6 ? " and [::1]" : "",
		 s->listening ? "listening" : "not listening (outage)", s->tls,
		 faulty_mode(httpd_faulty(lab->httpd)));
	buf_addf(out, "       %llu connections, %llu handshakes, %llu posts",
		 (unsigned long long)s->connections, (unsigned long long)s->handshakes,
		 (unsigned long long)posts_count(lab->posts));
	buf_addf(out, s->alert[0] ? ", last alert from a client: %s\n" : "\n", s->alert);
	buf_addf(out, "http   127.0.0.1:%d, everything is answered 403; %llu requests\n",
		 plain_http_port(lab->plain_http), (unsigned long long)plain_http_refused(lab->plain_http));
	buf_addf(out, "manage secure-only %s; %zu devices, %zu open tickets\n",
		 enforce_name(manage_level(lab->manage)), devices_count(lab->devices),
		 devices_open_tickets(lab->devices));
	buf_addf(out, "dns    127.0.0.1:%d, %s; %lu questions\n", dnsd_port(lab->dnsd), dnsd_mode(lab->dnsd),
		 dnsd_questions(lab->dnsd));
	for (int i = 0; i < LAB_NTP_SERVERS; i++)
		buf_addf(out, "ntp%d   127.0.0.1:%d, %s; %lu requests\n", i + 1, ntpd_port(lab->ntpd[i]),
			 ntpd_mode(lab->ntpd[i]), ntpd_requests(lab->ntpd[i]));
}

static enum control_next order_status(struct lab *lab, size_t n, char **words, struct buf *out)
{
	struct httpd_state s;
	httpd_get(lab->httpd, &s);
	char date[32];
	date_format(site_now_us(&lab->clock) / 1000000, date, sizeof date);
	(has(n, words, "--json") ? status_json : status_text)(lab, &s, date, out);
	return CONTROL_DONE;
}

static enum control_next order_stop(struct lab *lab, size_t n, char **words, struct buf *out)
{
	(void)n, (void)words, (void)out;
	event_base_loopexit(lab->base, &(struct timeval){ .tv_usec = 100 * 1000 });
	return CONTROL_ENDS; /* so another lab can be started as soon as the client has its answer */
}

/* --- faults --- */

static void print_fault(const char *part, const struct fault *f, int json, struct buf *out)
{
	if (json) {
		json_write_member("{", "part", part, out);
		json_write_member(", ", "name", f->name, out);
		json_write_number_member(", ", "code", f->code, out);
		json_write_member(", ", "symbol", f->code < 0 ? "" : codes_symbol(f->code), out);
		json_write_number_member(", ", "openssl", f->openssl, out);
		json_write_member(", ", "help", f->help, out);
		buf_addc(out, '}');
		return;
	}
	char name[64], code[48] = "";
	snprintf(name, sizeof name, "%s%s%s", f->name, f->usage ? " " : "", f->usage ? f->usage : "");
	if (f->code >= 0)
		snprintf(code, sizeof code, "%d=%s", f->code, codes_symbol(f->code));
	else if (f->code == FAULT_NO_VERDICT)
		snprintf(code, sizeof code, "no verdict: TLS itself fails");
	buf_addf(out, "%-4s %-34s %-40s %s\n", part, name, code, f->help);
}

void orders_print_faults(int json, struct buf *out)
{
	const struct fault_table *const tables[] = { tlsfault_table(), faulty_table(), dnsanswer_table(),
						     ntpd_table() };
	const char *comma = "";
	buf_adds(out, json ? "[" : "");
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
		for (size_t i = 0; i < tables[t]->n; i++) {
			buf_adds(out, json ? comma : "");
			print_fault(tables[t]->part, fault_at(tables[t], i), json, out);
			comma = ",\n";
		}
	}
	buf_adds(out, json ? "]\n" : "");
}

static enum control_next order_faults(struct lab *lab, size_t n, char **words, struct buf *out)
{
	(void)lab;
	orders_print_faults(has(n, words, "--json"), out);
	return CONTROL_DONE;
}

/* --- all of them --- */

static const struct orders_row rows[] = {
	{ "set", "PART VALUE...",
	  "tls, http, dns, ntp, ntp2, ntp3: a fault (see faults); listen on|off; date DATE|now; ttl; "
	  "heartbeat; secure-only off|level3|level4",
	  order_set },
	{ "reset", "",
	  "ends every fault of tls, http, dns and ntp, and listens again; date, ttl, heartbeat and "
	  "secure-only stay as they are",
	  order_reset },
	{ "offer", "WHAT FILE",
	  "gives it to the next PostEvent: configuration, command, ... (FILE: XML, - for standard input)",
	  order_offer },
	{ "add", "NAME [--at ADDRESS:PORT --user NAME --password-file FILE --root FILE]",
	  "adds a device by its host name; the server sends it the settings of the secure-only mode that was "
	  "set; with its address, it calls the device over HTTPS, verifies its certificate and reads its "
	  "identity",
	  order_add },
	{ "enforce", "NAME", "sends one device these settings now, over HTTPS, and compares its settings",
	  order_enforce },
	{ "cert", "NAME",
	  "makes a certificate of the lab's root for a server of your own, in the lab's folder", order_cert },
	{ "sign", "CSR",
	  "signs a certificate request (a file, - for standard input), and prints the certificate",
	  order_sign },
	{ "rotate", "begin|switch|end",
	  "replaces the root: both are valid; servers are below the new one; the old one is gone",
	  order_rotate },
	{ "devices", "[--json]", "what is known of each device", order_devices },
	{ "tickets", "[--json]", "what the server complains of, the latest first", order_tickets },
	{ "posts", "[--since N] [--service NAME] [--json]", "what has arrived", order_posts },
	{ "tail", "[--json]", "what arrives from now on", order_tail },
	{ "status", "[--json]", "ports, faults, counters", order_status },
	{ "faults", "[--json]", "all faults, with the code that sealpost must report", order_faults },
	{ "stop", "", "ends the lab", order_stop },
	{ NULL, NULL, NULL, NULL },
};

const struct orders_row *orders_rows(void)
{
	return rows;
}

static const struct orders_row *find(const char *name, struct err *e)
{
	struct text_nearest near = text_nearest_to(name);
	for (const struct orders_row *r = rows; r->name; r++) {
		if (strcmp(r->name, name) == 0)
			return r;
		text_nearest_see(&near, r->name);
	}
	text_nearest_see(&near, "start");
	text_nearest_see(&near, "fleet");
	err_set(e, ERR_INPUT, 0, "no order is called \"%.40s\"%s; see: sealpost-lab --help", name, near.hint);
	return NULL;
}

/* Refuses words that an order which only shows something does not know. */
static int check_options(const struct orders_row *row, size_t n, char **words, struct err *e)
{
	for (size_t i = 1; i < n; i++) {
		int has_value = strcmp(words[i], "--since") == 0 || strcmp(words[i], "--service") == 0;
		if (row->carry_out == order_posts && has_value)
			i++;
		else if (strcmp(words[i], "--json") != 0)
			return err_set(e, ERR_INPUT, 0, "%s %.80s: expected %s", row->name, words[i],
				       row->usage);
	}
	return 0;
}

int orders_check(size_t n, char **words, struct err *e)
{
	const struct orders_row *row = find(n ? words[0] : "", e);
	if (!row)
		return -1;
	if (strstr(row->usage, "[--json]"))
		return check_options(row, n, words, e);
	return row->carry_out == order_set ? set_part_check(n, words, e) : 0;
}

enum control_next orders_carry_out(void *arg, size_t n, char **words, struct buf *out)
{
	struct err e;
	const struct orders_row *row = find(n ? words[0] : "", &e);
	return row ? row->carry_out(arg, n, words, out) : refuse(out, &e);
}
