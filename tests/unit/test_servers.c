/* SPDX-License-Identifier: MIT */
/* The list of all servers that the agent is configured to talk to. */
#include "../../src/agent/agent_internal.h"
#include "../../src/agent/apply.h"

#include "base/mem.h"
#include "delivery/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static int64_t no_date(void *arg)
{
	(void)arg;
	return 0;
}

static int disk_fails;

static int commit(void *arg, struct err *e)
{
	struct agent *a = arg;
	if (!disk_fails)
		return store_commit(a->store, e);
	store_rollback(a->store);
	return err_set(e, ERR_IO, 0, "played");
}

static void ignore(void *arg, int slot)
{
	(void)arg, (void)slot;
}

static int setup(void **state)
{
	struct agent *a = mem_new(sizeof *a);
	struct store_options o = { .path = NULL };
	struct err e;
	if (store_open(&o, &a->store, NULL, &e) < 0)
		fail_msg("%s", e.text);
	a->settings = settings_new(NULL);
	a->loop = loop_new_sim();
	a->delivery = delivery_new(&(struct delivery_options){ .loop = a->loop,
							       .store = a->store,
							       .settings = a->settings,
							       .now = no_date,
							       .commit = commit,
							       .changed = ignore,
							       .arg = a });
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct agent *a = *state;
	delivery_free(a->delivery);
	store_close(a->store);
	settings_free(a->settings);
	loop_free(a->loop);
	free(a);
	return 0;
}

static void set(struct agent *a, const char *path, const char *value)
{
	struct settings_change *c = settings_begin(a->settings);
	struct err e;
	if (settings_change_set(c, path, value, &e) < 0 || settings_commit(c, NULL, &e) < 0)
		fail_msg("%s", e.text);
}

static void register_slot(struct agent *a, int slot, const char *url)
{
	struct registrations_request r = {
		.slot = slot, .url = url, .n = 1, .expressions = (const char *const[]){ "/Event" }
	};
	struct err e;
	int got;
	assert_int_equal(registrations_add(a->delivery, &r, &got, &e), 0);
}

/* "service url verify", a line each. */
static const char *listed(struct agent *a)
{
	static char text[2000];
	struct servers *servers = agent_servers(a);
	text[0] = '\0';
	assert_in_range(servers->n, 0, SERVERS_MAX);
	for (size_t i = 0; i < servers->n; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s %s %d\n", servers->at[i].name,
			 servers->at[i].url, servers->at[i].verify);
	servers_free(servers);
	return text;
}

static void nobody_is_configured(void **state)
{
	assert_string_equal(listed(*state), "");
}

static void all_are_listed(void **state)
{
	struct agent *a = *state;
	for (int slot = 1; slot <= STORE_SLOTS; slot++)
		register_slot(a, slot, slot == 1 ? "https://one.example.com/x" : "https://f.example.com/");
	set(a, "Provisioning ExternalManager Address", "tms.example.com");
	set(a, "Provisioning ExternalManager AlternateAddress", "tms2.example.com:8443");
	set(a, "Provisioning ExternalManager Path", "/tms/manage.asmx");
	set(a, "Phonebook Server 1 URL", "https://phones.example.com/p");
	set(a, "Phonebook Server 1 Type", "TMS");
	assert_string_equal(listed(a), "HttpFeedback 1 https://one.example.com/x 1\n"
				       "HttpFeedback 2 https://f.example.com/ 1\n"
				       "HttpFeedback 3 https://f.example.com/ 1\n"
				       "HttpFeedback 4 https://f.example.com/ 1\n"
				       "ExternalManager https://tms.example.com/tms/manage.asmx 1\n"
				       "ExternalManager https://tms2.example.com:8443/tms/manage.asmx 1\n"
				       "Phonebook https://phones.example.com/p 1\n");
}

/* They have a port of their own, and no URL. */
static void so_are_those_that_speak_no_https(void **state)
{
	struct agent *a = *state;
	set(a, "Logging External Server Address", "logs.example.com");
	set(a, "NetworkServices NTP Server 1 Address", "a.example.com");
	set(a, "NetworkServices NTP Server 2 Address", "b.example.com:1123");
	set(a, "NetworkServices NTP Server 2 NTS", "On");
	set(a, "NetworkServices NTP Server 3 Address", "192.0.2.1");
	set(a, "NetworkServices NTP Server 3 NTS", "On");
	set(a, "NetworkServices NTP Server 3 NTSPort", "4461");
	assert_string_equal(listed(a), "NTS 2 b.example.com:4460 1\nNTS 3 192.0.2.1:4461 1\n");
	set(a, "Logging External Mode", "On");
	assert_string_equal(listed(a), "Logging logs.example.com:6514 1\nNTS 2 b.example.com:4460 1\n"
				       "NTS 3 192.0.2.1:4461 1\n");
	struct servers *servers = agent_servers(a);
	assert_int_equal(servers->n, 3);
	assert_string_equal(servers->at[1].host, "b.example.com");
	assert_int_equal(servers->at[1].port, 4460);
	assert_int_equal(servers->at[1].is_address, 0);
	assert_int_equal(servers->at[2].number, 3);
	assert_int_equal(servers->at[2].is_address, 1);
	servers_free(servers);
	set(a, "NetworkServices HTTPS VerifyServerCertificate", "Off"); /* NTS is always verified */
	set(a, "NetworkServices NTP Server 3 NTS", "Off");
	assert_string_equal(listed(a), "Logging logs.example.com:6514 0\nNTS 2 b.example.com:4460 1\n");
	set(a, "NetworkServices NTP Mode", "Off");
	assert_string_equal(listed(a), "Logging logs.example.com:6514 0\n");
}

/* What a server of keys must speak, and the rule for its date, go with its endpoint. */
static void streams_are_opened_as_the_service_wants(void **state)
{
	struct agent *a = *state;
	struct service_endpoint e;
	set(a, "Security Verification Profile", "Strict");
	set(a, "Logging External Server Address", "logs.example.com");
	set(a, "Logging External Mode", "On");
	set(a, "NetworkServices NTP Server 2 Address", "b.example.com");
	set(a, "NetworkServices NTP Server 2 NTS", "On");
	service_endpoint(settings_get(a->settings),
			 &(struct service_request){ .service = SERVICE_NTS, .number = 2 }, &e);
	struct tls_stream_request r = service_stream(&e);
	assert_string_equal(r.service, "NTS 2");
	assert_string_equal(r.host, "b.example.com");
	assert_string_equal(r.alpn, "ntske/1");
	assert_int_equal(r.least, TLS_STREAM_1_3);
	assert_int_equal(r.date_rule, TLS_STREAM_DATE_FROM_THIS_SERVER);
	assert_int_equal(r.verify, TLS_STREAM_VERIFY_ON);
	assert_int_equal(r.policy.profile, VERIFY_STRICT);
	for (int verify = 1; verify >= 0; verify--) {
		set(a, "Logging External TlsVerify", verify ? "On" : "Off");
		service_endpoint(settings_get(a->settings),
				 &(struct service_request){ .service = SERVICE_LOGGING }, &e);
		r = service_stream(&e);
		assert_int_equal(r.verify, verify ? TLS_STREAM_VERIFY_ON : TLS_STREAM_VERIFY_OFF);
		assert_int_equal(r.policy.profile, VERIFY_STRICT);
		assert_int_equal(r.date_rule, TLS_STREAM_DATE_KNOWN);
		assert_null(r.alpn);
	}
}

/* While the date is unknown, only a server that it is learned from is verified by the floor. */
static void what_a_server_is_verified_with_now(void **state)
{
	(void)state;
	struct service_endpoint nts = { .service = SERVICE_NTS, .host = "a.test" },
				logs = { .service = SERVICE_LOGGING, .host = "a.test" };
	struct date *d = date_new(1700000000);
	assert_int_equal(service_verify_request(&nts, NULL, d, 0).floor_unix, 1700000000);
	assert_int_equal(service_verify_request(&logs, NULL, d, 0).floor_unix, 0);
	assert_int_equal(service_verify_request(&logs, NULL, d, 0).at_unix, 0);
	struct date_sample s = { .unix_us = 1800000000 * (int64_t)1000000 };
	assert_int_equal(date_offer(d, &s, 1, NULL), 0);
	assert_int_equal(service_verify_request(&nts, NULL, d, 5000).floor_unix, 0);
	assert_int_equal(service_verify_request(&nts, NULL, d, 5000).at_unix, 1800000005);
	assert_string_equal(service_verify_request(&logs, NULL, d, 5000).host, "a.test");
	date_free(d);
	d = date_new(0);
	assert_int_equal(service_verify_request(&nts, NULL, d, 0).floor_unix, 1);
	date_free(d);
}

static void who_is_off_is_left_out(void **state)
{
	struct agent *a = *state;
	set(a, "Phonebook Server 1 Type", "TMS");
	assert_string_equal(listed(a), "");
	set(a, "Provisioning ExternalManager Address", "tms.example.com");
	set(a, "Phonebook Server 1 URL", "https://phones.example.com/p");
	set(a, "Provisioning Mode", "Off");
	assert_string_equal(listed(a), "Phonebook https://phones.example.com/p 1\n");
	set(a, "Phonebook Server 1 Type", "Off");
	assert_string_equal(listed(a), "");
}

static void each_has_its_own_switch(void **state)
{
	struct agent *a = *state;
	register_slot(a, 2, "https://f.example.com/");
	set(a, "Provisioning ExternalManager Address", "tms.example.com");
	set(a, "Provisioning ExternalManager Path", "tms");
	set(a, "Phonebook Server 1 URL", "https://phones.example.com/p");
	set(a, "Phonebook Server 1 Type", "TMS");
	set(a, "HttpFeedback TlsVerify", "Off");
	assert_string_equal(
		listed(a),
		"HttpFeedback 2 https://f.example.com/ 0\nExternalManager https://tms.example.com/tms 1\n"
		"Phonebook https://phones.example.com/p 1\n");
	set(a, "HttpFeedback TlsVerify", "On");
	set(a, "Phonebook Server 1 TlsVerify", "Off");
	set(a, "Provisioning TlsVerify", "Off");
	assert_string_equal(
		listed(a),
		"HttpFeedback 2 https://f.example.com/ 1\nExternalManager https://tms.example.com/tms 0\n"
		"Phonebook https://phones.example.com/p 0\n");
}

static void the_policy_is_that_of_the_settings(void **state)
{
	struct agent *a = *state;
	struct verify_policy p = service_policy(settings_get(a->settings), SERVICE_MANAGER, 0);
	assert_int_equal(p.profile, VERIFY_GUIDE);
	assert_int_equal(p.no_common_name, 0);
	set(a, "Security Verification Profile", "Strict");
	set(a, "Security Verification CommonName", "Off");
	set(a, "Security Revocation Mode", "Hard");
	p = service_policy(settings_get(a->settings), SERVICE_MANAGER, 0);
	assert_int_equal(p.profile, VERIFY_STRICT);
	assert_int_equal(p.revocation, VERIFY_REVOCATION_HARD);
	assert_int_equal(p.no_common_name, 1);
}

/* The list that limits the service's roots; "all" if none does. */
static const char *list_of(const struct agent *a, enum service which, int slot)
{
	static struct service_endpoint e;
	service_endpoint(
		settings_get(a->settings),
		&(struct service_request){ .service = which, .number = which == SERVICE_NTS ? 1 : slot }, &e);
	struct verify_policy p = service_policy(settings_get(a->settings), which, slot);
	assert_memory_equal(&e.policy, &p, sizeof p);
	return e.policy.allowed.settings ? e.policy.allowed.list : "all";
}

/* Each service has its own list, and those that the manager names are trusted as the manager is. */
static void each_service_has_its_roots(void **state)
{
	static const struct {
		const char *name;
		enum service which;
		int slot;
	} rows[] = {
		{ "ExternalManager", SERVICE_MANAGER, 0 },
		{ "ExternalManager", SERVICE_DOCUMENTS, 0 },
		{ "Phonebook", SERVICE_PHONEBOOK, 0 },
		{ "HttpFeedback1", SERVICE_FEEDBACK, 1 },
		{ "HttpFeedback2", SERVICE_FEEDBACK, 2 },
		{ "HttpFeedback3", SERVICE_FEEDBACK, 3 },
		{ "HttpFeedback4", SERVICE_FEEDBACK, 4 },
		{ "Logging", SERVICE_LOGGING, 0 },
		{ "NTS", SERVICE_NTS, 0 },
		{ "None", SERVICE_ANY, 0 },
	};
	enum { N = sizeof rows / sizeof *rows };
	struct agent *a = *state;
	set(a, "Security Trust Service 8 Roots", "one, two");
	for (size_t i = 0; i < N; i++) {
		set(a, "Security Trust Service 8 Name", rows[i].name);
		for (size_t k = 0; k < N; k++) {
			int is_meant = rows[i].which && strcmp(rows[i].name, rows[k].name) == 0;
			assert_string_equal(list_of(a, rows[k].which, rows[k].slot),
					    is_meant ? "one,two," : "all");
		}
	}
	set(a, "Security Trust Service 8 Name", "HttpFeedback");
	for (size_t k = 0; k < N; k++)
		assert_string_equal(list_of(a, rows[k].which, rows[k].slot),
				    rows[k].which == SERVICE_FEEDBACK ? "one,two," : "all");
	/* both hold for the slot */
	set(a, "Security Trust Service 1 Name", "HttpFeedback2");
	set(a, "Security Trust Service 1 Roots", "two, three");
	assert_string_equal(list_of(a, SERVICE_FEEDBACK, 1), "one,two,");
	assert_string_equal(list_of(a, SERVICE_FEEDBACK, 2), "two,");
	struct verify_policy p = service_policy(settings_get(a->settings), SERVICE_FEEDBACK, 2);
	assert_string_equal(p.allowed.service, "HttpFeedback 2");
	assert_int_equal(p.allowed.settings, 1 | 1 << 7);
	struct allowed_roots item = service_allowed(settings_get(a->settings), 1);
	assert_string_equal(item.service, "HttpFeedback2");
	assert_string_equal(item.list, "two,three,");
	assert_int_equal(service_allowed(settings_get(a->settings), 2).settings, 0);
	set(a, "Security Trust Service 1 Roots", "");
	assert_string_equal(list_of(a, SERVICE_FEEDBACK, 2), "one,two,");
	set(a, "Security Trust Service 8 Roots", "Pins");
	assert_string_equal(list_of(a, SERVICE_FEEDBACK, 2), "");
}

/* By origin: host, in any case, and port. */
static void who_logs_in_where(void **state)
{
	static const struct {
		const char *manager, *url;
		int same;
	} rows[] = {
		{ "tms.example.com", "https://tms.example.com/tms/phone.asmx", 1 },
		{ "tms.example.com:443", "https://TMS.example.com/", 1 },
		{ "tms.example.com", "https://tms.example.com:443/", 1 },
		{ "tms.example.com", "https://tms.example.com:8443/", 0 },
		{ "tms.example.com:8443", "https://tms.example.com/", 0 },
		{ "tms.example.com:8443", "https://tms.example.com:8443/", 1 },
		{ "tms.example.com", "https://tms.example.com.evil.test/", 0 },
		{ "tms.example.com", "https://evil-tms.example.com/", 0 },
		{ "tms.example.com", "https://example.com/", 0 },
		{ "", "https://tms.example.com/", 0 },
		{ "tms.example.com", "http://tms.example.com/", 0 },
		{ "tms.example.com", "", 0 },
	};
	struct agent *a = *state;
	for (int named = 0; named < 2; named++) {
		set(a, "Provisioning LoginName", named ? "me" : "");
		set(a, "Provisioning Password", "hush");
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			set(a, "Provisioning ExternalManager Address", rows[i].manager);
			struct settings s = *settings_get(a->settings);
			struct service_endpoint e;
			snprintf(s.phonebook.url, sizeof s.phonebook.url, "%s", rows[i].url);
			s.phonebook.type = SETTINGS_PHONEBOOK_TMS;
			service_endpoint(&s, &(struct service_request){ .service = SERVICE_PHONEBOOK }, &e);
			if ((e.user[0] != '\0') != (named && rows[i].same) ||
			    (e.password[0] != '\0') != (e.user[0] != '\0'))
				fail_msg("manager %s, URL %s", rows[i].manager, rows[i].url);
			if (e.user[0])
				assert_string_equal(e.password, "hush");
		}
	}
}

/* The global switch is for who has none of its own, and for servers that a person names. */
static void each_service_has_its_rules(void **state)
{
	static const struct {
		enum service which;
		const char *path;
	} rows[] = {
		{ SERVICE_ANY, "NetworkServices HTTPS VerifyServerCertificate" },
		{ SERVICE_MANAGER, "Provisioning TlsVerify" },
		{ SERVICE_DOCUMENTS, "Provisioning TlsVerify" },
		{ SERVICE_PHONEBOOK, "Phonebook Server 1 TlsVerify" },
		{ SERVICE_FEEDBACK, "HttpFeedback TlsVerify" },
		{ SERVICE_LOGGING, "Logging External TlsVerify" },
	};
	struct agent *a = *state;
	struct service_endpoint e;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		set(a, rows[i].path, "Off");
		assert_string_equal(service_verify_setting(rows[i].which), rows[i].path);
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
			service_endpoint(settings_get(a->settings),
					 &(struct service_request){ .service = rows[k].which, .number = 1 },
					 &e);
			assert_int_equal(e.verify, i && strcmp(rows[k].path, rows[i].path) != 0);
		}
		set(a, rows[i].path, "On");
	}
}

/* The name in the log leads back to the service, whose setting says whether its server is verified. */
static void services_are_found_by_name(void **state)
{
	struct agent *a = *state;
	struct service_endpoint e;
	for (enum service which = SERVICE_MANAGER; which <= SERVICE_NTS; which++) {
		service_endpoint(settings_get(a->settings),
				 &(struct service_request){ .service = which, .number = 3 }, &e);
		assert_int_equal(service_named(e.name), which);
		if (which == SERVICE_FEEDBACK)
			assert_string_equal(e.name, "HttpFeedback 3");
	}
	assert_string_equal(e.name, "NTS 3");
	assert_int_equal(service_named("Logging"), SERVICE_LOGGING);
	assert_int_equal(service_named("Diagnostics"), SERVICE_ANY);
	assert_int_equal(service_named("Phonebooks"), SERVICE_ANY);
	assert_int_equal(service_named(""), SERVICE_ANY);
}

/* Only the manager, and who it names, is logged in to; equal endpoints are equal as memory. */
static void endpoints_are_plain_data(void **state)
{
	struct agent *a = *state;
	struct service_endpoint e, again;
	struct service_request r = { .service = SERVICE_MANAGER };
	set(a, "Provisioning LoginName", "me");
	set(a, "Provisioning Password", "hush");
	set(a, "Provisioning ExternalManager Address", "tms.example.com");
	set(a, "Provisioning ExternalManager Path", "/a/b");
	service_endpoint(settings_get(a->settings), &r, &e);
	memset(&again, 'x', sizeof again);
	service_endpoint(settings_get(a->settings), &r, &again);
	assert_memory_equal(&e, &again, sizeof e);
	assert_string_equal(e.url, "https://tms.example.com/a/b");
	assert_string_equal(e.user, "me");
	r = (struct service_request){
		.service = SERVICE_MANAGER, .address = "n.test", .path = "c", .user = ""
	};
	service_endpoint(settings_get(a->settings), &r, &e);
	assert_string_equal(e.url, "https://n.test/c");
	assert_string_equal(e.user, "");
	assert_string_equal(e.password, "");
	for (enum service which = SERVICE_ANY; which <= SERVICE_FEEDBACK; which++) {
		r = (struct service_request){ .service = which,
					      .url = "https://tms.example.com/",
					      .number = 1 };
		service_endpoint(settings_get(a->settings), &r, &e);
		assert_string_equal(e.password, which == SERVICE_MANAGER ? "hush" : "");
	}
}

/* What was refused before any handshake has a code, too; what failed for another reason has none. */
static void a_reply_tells_its_verdict(void **state)
{
	(void)state;
	static const struct {
		enum err_kind kind;
		long code, wanted;
	} rows[] = {
		{ ERR_NONE, 0, 0 },
		{ ERR_TLS, 10, 10 },
		{ ERR_TLS, -1, VERIFY_REFUSED_BEFORE_HANDSHAKE },
		{ ERR_DATE, -1, VERIFY_REFUSED_BEFORE_HANDSHAKE },
		{ ERR_NONE, -1, -1 },
		{ ERR_DNS, -1, -1 },
		{ ERR_TIMEOUT, -1, -1 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct https_reply r = { .err.kind = rows[i].kind, .verify_code = rows[i].code };
		assert_int_equal(service_verdict(&r), rows[i].wanted);
	}
}

/* Whoever is told that a registration, or its end, is on disk finds it so after a restart. */
static void what_cannot_be_stored_has_not_happened(void **state)
{
	static const char *const expressions[] = { "/Event" };
	struct agent *a = *state;
	struct registrations_request r = {
		.slot = 2, .url = "https://two.example.com/", .n = 1, .expressions = expressions
	};
	struct queue_request all = { .slot = 1, .which = QUEUE_WAITING };
	struct err e;
	int64_t sequence;
	int slot;
	register_slot(a, 1, "https://one.example.com/");
	assert_int_equal(store_post_add(a->store, 1, 0, 0, "x", 1, &sequence, &e), 0);
	assert_int_equal(store_commit(a->store, &e), 0);
	disk_fails = 1;
	assert_int_equal(registrations_add(a->delivery, &r, &slot, &e), -1);
	assert_null(registrations_get(a->delivery, 2));
	assert_int_equal(registrations_remove(a->delivery, 1, &e), -1);
	assert_non_null(registrations_get(a->delivery, 1));
	assert_int_equal(queue_purge(a->delivery, &all, &e), -1);
	disk_fails = 0;
	assert_int_equal(queue_purge(a->delivery, &all, &e), 0);
	assert_int_equal(registrations_add(a->delivery, &r, &slot, &e), 0);
}

/* --- which parts hear of a change --- */

static const struct endpoint_of { /* a service, and the part of the agent that has its connections */
	enum service service;
	int number;
	const char *alternate;
	unsigned part;
} endpoints[] = {
	{ SERVICE_MANAGER, 0, "", SERVICES },     { SERVICE_MANAGER, 0, "spare", SERVICES },
	{ SERVICE_DOCUMENTS, 0, "", SERVICES },   { SERVICE_PHONEBOOK, 0, "", SERVICES },
	{ SERVICE_FEEDBACK, 1, "", DELIVERY },    { SERVICE_FEEDBACK, STORE_SLOTS, "", DELIVERY },
	{ SERVICE_LOGGING, 0, "", LOGGING },      { SERVICE_NTS, 1, "", CLOCK },
	{ SERVICE_NTS, SERVERS_TIME, "", CLOCK },
};

static void endpoint_by(const struct settings *s, const struct endpoint_of *of, struct service_endpoint *ret)
{
	struct service_request r = { .service = of->service, .number = of->number };
	if (*of->alternate)
		r.address = s->provisioning.alternate_address;
	if (of->service == SERVICE_FEEDBACK)
		r.url = "https://f.example.com/";
	service_endpoint(s, &r, ret);
	if (!service_is_https(of->service))
		ret->answer_ms = 0; /* nothing is answered to them */
}

/* The parts that have to hear of a change of the settings from a to b, since they connect by others. */
static unsigned parts_between(const struct settings *a, const struct settings *b)
{
	unsigned parts = 0;
	for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
		struct service_endpoint x, y;
		endpoint_by(a, &endpoints[i], &x);
		endpoint_by(b, &endpoints[i], &y);
		int is_judged_otherwise =
			x.verify != y.verify || memcmp(&x.policy, &y.policy, sizeof x.policy) != 0;
		if (memcmp(&x, &y, sizeof x) != 0)
			parts |= endpoints[i].part;
		if (is_judged_otherwise && service_is_https(endpoints[i].service))
			parts |= TRUST;
		if (is_judged_otherwise || strcmp(x.url, y.url) != 0)
			parts |= CUTS_OFF;
	}
	return parts;
}

static void path_of_item(const char *row_path, unsigned item, struct buf *ret)
{
	buf_reset(ret);
	for (; *row_path; row_path++) {
		const char *end = *row_path == '[' ? strchr(row_path, ']') : NULL;
		if (end)
			buf_addf(ret, " %u", memchr(row_path, '.', (size_t)(end - row_path)) ? item : 1);
		else
			buf_addc(ret, *row_path);
		row_path = end ? end : row_path;
	}
}

static unsigned items(const struct settings_row *row)
{
	const char *dots = strstr(row->path, "..");
	return dots ? (unsigned)strtoul(dots + 2, NULL, 10) : 1;
}

/* Writes the i-th value to be tried; returns -1 after the last one. */
static int value_at(const struct settings_row *row, size_t i, char *ret, size_t size)
{
	static const char *const texts[] = { "x.example.com", "https://x.example.com/", "192.0.2.9", "two",
					     "" };
	if (row->value.kind == SCHEMA_LITERAL)
		return schema_value_literal_at(&row->value, i, ret, size);
	if (row->value.kind == SCHEMA_INTEGER)
		snprintf(ret, size, "%lld", (long long)(i ? row->value.max : row->value.min));
	else if (i < sizeof texts / sizeof *texts)
		snprintf(ret, size, "%s", texts[i]);
	return i < (row->value.kind == SCHEMA_INTEGER ? 2 : sizeof texts / sizeof *texts) ? 0 : -1;
}

static unsigned try_values(struct agent *a, const struct settings_row *row, unsigned item)
{
	const struct settings *now = settings_get(a->settings);
	struct settings then;
	struct err e;
	unsigned parts = 0;
	struct buf path;
	char text[200];
	buf_init(&path, 200);
	path_of_item(row->path, item, &path);
	for (size_t i = 0; value_at(row, i, text, sizeof text) == 0; i++)
		if (settings_preview(a->settings, &(struct settings_pair){ buf_str(&path), text, 0 }, 1,
				     &then, &e) == 0)
			parts |= parts_between(now, &then);
	buf_done(&path);
	return parts;
}

/* Whatever setting changes by what rules, or with whom, a service connects, the part of the agent that has
 * its connections is configured anew. */
static void what_a_setting_changes_is_heard_of(void **state)
{
	static const char *const begin[][2] = {
		{ "Provisioning ExternalManager Address", "tms.example.com" },
		{ "Provisioning ExternalManager AlternateAddress", "tms2.example.com" },
		{ "Provisioning LoginName", "me" },
		{ "Phonebook Server 1 Type", "TMS" },
		{ "Phonebook Server 1 URL", "https://tms.example.com/book" },
		{ "Logging External Server Address", "logs.example.com" },
		{ "Logging External Mode", "On" },
		{ "NetworkServices NTP Server 1 Address", "a.example.com" },
		{ "NetworkServices NTP Server 1 NTS", "On" },
		{ "NetworkServices NTP Server 3 Address", "b.example.com" },
		{ "NetworkServices NTP Server 3 NTS", "On" },
		{ "Security Trust Service 1 Roots", "one, two" },
		{ "Security Trust Service 8 Roots", "one, two" },
		{ "Security Trust Service 8 Name", "ExternalManager" },
	};
	struct agent *a = *state;
	size_t n, changing = 0, forgotten = 0;
	const struct settings_row *rows = settings_rows(&n);
	for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
		set(a, begin[i][0], begin[i][1]);
	for (size_t i = 0; i < n; i++) {
		unsigned parts = 0,
			 wanted = try_values(a, &rows[i], 1) | try_values(a, &rows[i], items(&rows[i]));
		changing += wanted != 0;
		if (!wanted || (apply_use(&rows[i], &parts) == 0 && (wanted & ~parts) == 0))
			continue;
		print_error("%s: uses[] in src/agent/apply.c lacks parts: %#x\n", rows[i].path,
			    wanted & ~parts);
		forgotten++;
	}
	assert_int_equal(forgotten, 0);
	assert_in_range(changing, 25, n);
}

/* What no server's endpoint shows. */
static void others_hear_of_what_is_theirs(void **state)
{
	static const struct {
		const char *path;
		unsigned parts;
	} rows[] = {
		{ "HttpFeedback Order", DELIVERY },
		{ "HttpFeedback Queue MaxBytes", STORE },
		{ "HttpFeedback Slot[1..4] Secret", DELIVERY },
		{ "HttpFeedback Window", DELIVERY },
		{ "Logging Audit Facility", LOGGING },
		{ "Logging External Queue MaxCount", LOGGING },
		{ "Logging Level", LOGGING },
		{ "Network[1] DNS Domain Name", NAMES | DELIVERY | CUTS_OFF },
		{ "Network[1] DNS Server[1..3] Address", NAMES | DELIVERY | CUTS_OFF },
		{ "NetworkServices HTTPS Listen[1..4] Address", WEB },
		{ "NetworkServices HTTPS Mode", WEB },
		{ "NetworkServices HTTPS Server MinimumTLSVersion", WEB },
		{ "NetworkServices NTP Mode", CLOCK | CUTS_OFF },
		{ "NetworkServices NTP Server[1..3] Key", CLOCK | CUTS_OFF },
		{ "NetworkServices Websocket", WEB },
		{ "Provisioning Mode", SERVICES | CUTS_OFF },
		{ "Security Revocation Mode", WEB },
		{ "Security Session InactivityTimeout", WEB },
		{ "SystemUnit Name", IDENTITY },
	};
	(void)state;
	size_t n;
	const struct settings_row *all = settings_rows(&n);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned parts = 0;
		size_t at = 0;
		while (at < n && strcmp(all[at].path, rows[i].path) != 0)
			at++;
		if (at == n || apply_use(&all[at], &parts) < 0 || (rows[i].parts & ~parts))
			fail_msg("%s: parts %#x", rows[i].path, parts);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_is_configured),
		TEST(all_are_listed),
		TEST(so_are_those_that_speak_no_https),
		TEST(streams_are_opened_as_the_service_wants),
		TEST(what_a_server_is_verified_with_now),
		TEST(who_is_off_is_left_out),
		TEST(each_has_its_own_switch),
		TEST(the_policy_is_that_of_the_settings),
		TEST(each_service_has_its_roots),
		TEST(who_logs_in_where),
		TEST(each_service_has_its_rules),
		TEST(services_are_found_by_name),
		TEST(endpoints_are_plain_data),
		TEST(a_reply_tells_its_verdict),
		TEST(what_cannot_be_stored_has_not_happened),
		TEST(what_a_setting_changes_is_heard_of),
		cmocka_unit_test(others_hear_of_what_is_theirs),
	};
	return cmocka_run_group_tests_name("servers", tests, NULL, NULL);
}
