/* SPDX-License-Identifier: MIT */
#include "visit.h"

#include "base/mem.h"
#include "base/num.h"
#include "device_client.h"
#include "wire/xml.h"
#include "world.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HTTPS_PORT = 443, BODY_MAX = 64 << 10, PASSWORD_MAX = 1024, ROOTS_MAX = 1 << 20 };

/* The requests to a device, one after the other. */
enum step { READ_IDENTITY, PUT_CONFIGURATION, PUT_COMMAND, READ_CONFIGURATION };

struct visit {
	struct visit *next;
	struct lab *lab;
	uint64_t caller; /* the client of the control socket that gets the answer */
	char name[DEVICE_HOST];
	enum step step;
	struct enforce settings;
	struct device_client *client;
};

static const char *const paths[] = {
	[READ_IDENTITY] = "/getxml?location=/Status/SystemUnit",
	[PUT_CONFIGURATION] = "/putxml",
	[PUT_COMMAND] = "/putxml",
	[READ_CONFIGURATION] = "/getxml?location=/Configuration",
};

static void free_visit(struct visit *v)
{
	struct visit **at = &v->lab->visits;
	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	device_client_cancel(v->client);
	free(v);
}

void visit_end_all(struct lab *lab)
{
	while (lab->visits)
		free_visit(lab->visits);
}

/* Answers the order, and ends the visit. */
static void finish(struct visit *v, enum control_next next, const char *text)
{
	control_answer(v->lab->control, v->caller, next, text);
	free_visit(v);
}

/* The device could not be reached or did not answer: opens a ticket, and answers the order. */
static void fail(struct visit *v, enum device_trouble trouble, const char *why)
{
	char text[700];
	devices_called(v->lab->devices, v->name, trouble, why);
	snprintf(text, sizeof text, "%s: %s: %.400s\n", v->name, devices_trouble_name(trouble), why);
	finish(v, CONTROL_FAILED, text);
}

static int go_on(struct visit *v, struct err *e);

/* --- the device's answers --- */

static void take_identity(struct visit *v, const struct doc *d)
{
	char text[600];
	const struct device_identity who = {
		.software = doc_text(d, "SystemUnit/Software/Version", ""),
		.address = doc_text(d, "SystemUnit/Identification/IPAddress", ""),
	};
	const char *product = doc_text(d, "SystemUnit/ProductId", NULL);
	if (!product) {
		fail(v, DEVICE_TROUBLE_NO_HTTPS, "its getxml has no SystemUnit ProductId");
		return;
	}
	devices_identified(v->lab->devices, v->name, &who);
	devices_called(v->lab->devices, v->name, DEVICE_TROUBLE_NONE, "");
	snprintf(text, sizeof text,
		 "%s: %.80s, software %.60s, serial number %.60s; its certificate is good\n", v->name,
		 product, who.software, doc_text(d, "SystemUnit/Hardware/Module/SerialNumber", "not known"));
	finish(v, CONTROL_DONE, text);
}

static void take_configuration(struct visit *v, const struct doc *d)
{
	char text[500], differs[200];
	int bad = enforce_compare(&v->settings, d, differs, sizeof differs) < 0;
	devices_called(v->lab->devices, v->name, DEVICE_TROUBLE_NONE, "");
	devices_posted(v->lab->devices, v->name, d, &v->settings);
	snprintf(text, sizeof text, "%s: %s: %s\n", v->name, enforce_name(v->settings.level),
		 bad ? differs : "its settings are as they must be");
	finish(v, bad ? CONTROL_FAILED : CONTROL_DONE, text);
}

/* Writes the first reason in an answer to putxml, at any depth; returns 0 if there is none. */
static int reason_of(const struct doc *d, char *ret, size_t size)
{
	const char *own = doc_text(d, "Reason", NULL);
	if (own) {
		snprintf(ret, size, "putxml: %s", own);
		return 1;
	}
	for (const struct doc *c = d->first; c; c = c->next)
		if (reason_of(c, ret, size))
			return 1;
	return 0;
}

static void take_put(struct visit *v, const struct doc *d)
{
	char text[500], reason[300];
	struct err e;
	if (reason_of(d, reason, sizeof reason)) {
		devices_called(v->lab->devices, v->name, DEVICE_TROUBLE_NONE, "");
		snprintf(text, sizeof text, "%s: %s\n", v->name, reason);
		finish(v, CONTROL_FAILED, text);
		return;
	}
	v->step++;
	if (go_on(v, &e) < 0) {
		snprintf(text, sizeof text, "%s\n", e.text);
		finish(v, CONTROL_FAILED, text);
	}
}

static void take_document(struct visit *v, const char *body, size_t len)
{
	struct doc *d = NULL;
	struct err e;
	if (xml_parse(body, len, NULL, &d, &e) < 0) {
		fail(v, DEVICE_TROUBLE_NO_HTTPS, e.text);
		return;
	}
	if (v->step == READ_IDENTITY)
		take_identity(v, d);
	else if (v->step == READ_CONFIGURATION)
		take_configuration(v, d);
	else
		take_put(v, d);
	doc_free(d);
}

static void on_answer(void *arg, const struct device_answer *a)
{
	struct visit *v = arg;
	char why[64];
	v->client = NULL;
	snprintf(why, sizeof why, "it answers %d", a->status);
	if (a->reach == DEVICE_NO_HTTPS)
		fail(v, DEVICE_TROUBLE_NO_HTTPS, a->reason);
	else if (a->reach == DEVICE_NOT_TRUSTED)
		fail(v, DEVICE_TROUBLE_CERTIFICATE, a->reason);
	else if (a->status == 401 || a->status == 403)
		fail(v, DEVICE_TROUBLE_LOGIN, why);
	else if (a->status != 200)
		fail(v, DEVICE_TROUBLE_NO_HTTPS, why);
	else
		take_document(v, a->body, a->len);
}

/* --- requests to the device --- */

/* Writes the body of the step's request; returns 0 if it has none. */
static int write_body(const struct visit *v, struct buf *out)
{
	if (v->step == PUT_CONFIGURATION)
		enforce_settings(&v->settings, out);
	else if (v->step == PUT_COMMAND)
		enforce_command(&v->settings, out);
	return out->len > 0;
}

/* Sends the step's request. */
static int go_on(struct visit *v, struct err *e)
{
	struct buf body;
	struct device_access none = { .port = 0 };
	const struct device_access *access = devices_access(v->lab->devices, v->name);
	buf_init(&body, BODY_MAX);
	const char *text = write_body(v, &body) ? buf_str(&body) : NULL;
	v->client = device_client_send(&(struct device_request){ .base = v->lab->base,
								 .clock = &v->lab->clock,
								 .ca = &v->lab->ca,
								 .access = access ? access : &none,
								 .host = v->name,
								 .path = paths[v->step],
								 .body = text,
								 .done = on_answer,
								 .arg = v },
				       e);
	buf_done(&body);
	return v->client ? 0 : -1;
}

static enum control_next begin(struct lab *lab, const char *name, enum step step, struct buf *out)
{
	struct err e;
	struct visit *v = mem_new(sizeof *v);
	*v = (struct visit){ .next = lab->visits,
			     .lab = lab,
			     .caller = control_caller(lab->control),
			     .step = step,
			     .settings = { .level = manage_level(lab->manage),
					   .port = httpd_port(lab->httpd) } };
	snprintf(v->name, sizeof v->name, "%s", name);
	lab->visits = v;
	if (go_on(v, &e) == 0)
		return CONTROL_LATER;
	free_visit(v);
	buf_addf(out, "%s\n", e.text);
	return CONTROL_USAGE;
}

/* --- the orders --- */

/* Reads "192.0.2.1", "192.0.2.1:8443" or "[2001:db8::1]:8443". */
static int read_place(const char *text, struct device_access *ret, struct err *e)
{
	unsigned char ip[sizeof(struct in6_addr)];
	char address[DEVICE_ADDRESS];
	int64_t port = HTTPS_PORT;
	size_t bracket = *text == '[', len = bracket ? strcspn(text + 1, "]") : strcspn(text, ":");
	const char *rest = text + bracket + len;
	rest += bracket && *rest == ']';
	snprintf(address, sizeof address, "%.*s", len < sizeof address ? (int)len : 0, text + bracket);
	if (inet_pton(bracket ? AF_INET6 : AF_INET, address, ip) != 1 || (*rest && *rest != ':') ||
	    (*rest && num_parse(rest + 1, 1, 65535, &port, NULL) < 0))
		return err_set(e, ERR_INPUT, 0,
			       "add: --at %.80s: expected an address, as 127.0.0.1:8443 or [::1]:8443", text);
	snprintf(ret->address, sizeof ret->address, "%s", address);
	ret->port = (int)port;
	return 0;
}

static int read_option(const char *option, char *value, struct device_access *ret, struct err *e)
{
	if (strcmp(option, "--at") == 0)
		return read_place(value, ret, e);
	if (strcmp(option, "--user") == 0) {
		if (!*value || strlen(value) >= sizeof ret->user || strchr(value, ':'))
			return err_set(e, ERR_INPUT, 0, "add: --user: expected a name of at most %zu bytes",
				       sizeof ret->user - 1);
		snprintf(ret->user, sizeof ret->user, "%s", value);
		return 0;
	}
	char **to = strcmp(option, "--password-file") == 0 ? &ret->password
		    : strcmp(option, "--root") == 0        ? &ret->roots
							   : NULL;
	if (!to || strlen(value) > (to == &ret->roots ? ROOTS_MAX : PASSWORD_MAX))
		return err_set(e, ERR_INPUT, 0,
			       to ? "add: %.40s: this file is too long"
				  : "add: \"%.40s\": expected --at, --user, --password-file or --root",
			       option);
	free(*to);
	*to = mem_dup(value);
	return 0;
}

static int read_access(size_t n, char **words, struct device_access *ret, struct err *e)
{
	*ret = (struct device_access){ .user = "admin" };
	if (n < 2 || !words[1][0] || strlen(words[1]) >= DEVICE_HOST || words[1][0] == '-')
		return err_set(e, ERR_INPUT, 0, "add: expected a device's host name, as in: add rm204-bld5");
	for (size_t i = 2; i < n; i += 2) {
		if (i + 1 == n)
			return err_set(e, ERR_INPUT, 0, "add: expected a value after \"%.40s\"", words[i]);
		if (read_option(words[i], words[i + 1], ret, e) < 0)
			return -1;
	}
	if (n > 2 && (!ret->address[0] || !ret->password))
		return err_set(e, ERR_INPUT, 0,
			       "add: expected --at ADDRESS:PORT and --password-file FILE beside the others");
	return 0;
}

enum control_next visit_add(struct lab *lab, size_t n, char **words, struct buf *out)
{
	struct device_access access;
	struct err e;
	if (read_access(n, words, &access, &e) < 0) {
		device_access_done(&access);
		buf_addf(out, "%s\n", e.text);
		return CONTROL_USAGE;
	}
	devices_add(lab->devices, words[1], n > 2 ? &access : NULL);
	device_access_done(&access);
	if (!devices_access(lab->devices, words[1]))
		return CONTROL_DONE;
	return begin(lab, words[1], READ_IDENTITY, out);
}

enum control_next visit_enforce(struct lab *lab, size_t n, char **words, struct buf *out)
{
	const char *why = NULL;
	if (n != 2)
		why = "enforce: expected a device's host name, as in: enforce rm204-bld5";
	else if (manage_level(lab->manage) == ENFORCE_NOTHING)
		why = "enforce: no settings are enforced; first: set secure-only level3";
	else if (!devices_access(lab->devices, words[1]))
		why = "enforce: expected a device that was added with its address: add NAME --at "
		      "ADDRESS:PORT --user NAME --password-file FILE";
	if (why) {
		buf_addf(out, "%s\n", why);
		return CONTROL_USAGE;
	}
	return begin(lab, words[1], PUT_CONFIGURATION, out);
}
