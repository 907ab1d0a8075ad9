/* SPDX-License-Identifier: MIT */
/* What the agent does for the device's own HTTPS side: the file that starts sealpost-web, the certificate
 * that clients are shown, and what sealpost-web is told. */
#include "inbound/inbound.h"
#include "../../src/inbound/inbound_internal.h"

#include "base/file.h"
#include "base/mem.h"
#include "certstore/crls.h"
#include "certstore/own.h"
#include "crypto/state_file.h"
#include "factory.h"
#include "trust/fitness.h"
#include "x509/cert.h"
#include "x509/describe.h"
#include "x509/pem.h"

#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
	struct loop *loop;
	struct settings_db *settings;
	struct anchors *anchors;
	struct inbound *inbound;
	struct doc *d; /* what sealpost-web was told last */
	int64_t now;
	int told;
	char folder[64], marker[80];
};

static int64_t now(void *arg)
{
	return ((struct world *)arg)->now;
}

static void begin(struct world *w, const char *marker)
{
	w->inbound = inbound_new(&(struct inbound_options){ .loop = w->loop,
							    .settings = w->settings,
							    .anchors = w->anchors,
							    .state = w->folder,
							    .marker = marker,
							    .now = now,
							    .lowest_now = now,
							    .arg = w });
}

static int setup(void **state)
{
	struct world *w = mem_new(sizeof *w);
	struct err e;
	snprintf(w->folder, sizeof w->folder, "/tmp/test-inbound-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->marker, sizeof w->marker, "%s/https", w->folder);
	w->loop = loop_new_sim();
	loop_sim_advance(w->loop, 1000);
	w->settings = settings_new(NULL);
	w->anchors = anchors_open(NULL, fitness_checks(), NULL, &e);
	w->now = 1790000000;
	begin(w, w->marker);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char path[128];
	inbound_free(w->inbound);
	anchors_free(w->anchors);
	settings_free(w->settings);
	loop_free(w->loop);
	doc_free(w->d);
	unlink(w->marker);
	snprintf(path, sizeof path, "%s/https-self-signed", w->folder);
	unlink(path);
	assert_int_equal(rmdir(w->folder), 0);
	free(w);
	return 0;
}

static void set(struct world *w, const char *path, const char *value)
{
	struct err e;
	struct settings_change *c = settings_begin(w->settings);
	if (settings_change_set(c, path, value, &e) < 0 || settings_commit(c, NULL, &e) < 0)
		fail_msg("%s", e.text);
	inbound_update(w->inbound);
}

static const char *told(struct world *w, const char *name)
{
	doc_free(w->d);
	w->d = doc_new("WebResult");
	inbound_describe(w->inbound, w->d);
	return doc_text(w->d, name, "(none)");
}

static const char *status(struct world *w, const char *name)
{
	struct status_table t = { inbound_status_rows, w->inbound };
	char path[120];
	doc_free(w->d);
	w->d = doc_new("Status");
	status_read(&t, "", STATUS_ALL, w->d);
	snprintf(path, sizeof path, "NetworkServices/HTTPS/Server/%s", name);
	return doc_text(w->d, path, "(none)");
}

/* Its user has to see the file, whatever mask the agent runs with. */
static int is_there(const struct world *w)
{
	struct stat st;
	if (stat(w->marker, &st) < 0)
		return 0;
	assert_int_equal(st.st_mode & 0777, 0644);
	return 1;
}

static void the_file_says_whether_it_is_to_run(void **state)
{
	struct world *w = *state;
	assert_false(is_there(w));
	assert_string_equal(status(w, "Status"), "Off");
	mode_t mask = umask(077);
	set(w, "NetworkServices HTTPS Mode", "On");
	umask(mask);
	assert_true(is_there(w));
	assert_string_equal(status(w, "Status"), "NotRunning");
	set(w, "NetworkServices HTTPS Mode", "Off");
	assert_false(is_there(w));
	/* One that was left behind goes at the next start. */
	inbound_free(w->inbound);
	int fd = open(w->marker, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	begin(w, w->marker);
	assert_false(is_there(w));
	/* A link in its place leads to no other file. */
	char elsewhere[128];
	snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", w->folder);
	assert_int_equal(symlink(elsewhere, w->marker), 0);
	set(w, "NetworkServices HTTPS Mode", "On");
	assert_int_equal(access(elsewhere, F_OK), -1);
	set(w, "NetworkServices HTTPS Mode", "Off");
	assert_int_equal(access(w->marker, F_OK), -1);
	/* Without a user for it, nothing is begun. */
	inbound_free(w->inbound);
	begin(w, NULL);
	set(w, "NetworkServices HTTPS Mode", "On");
	assert_string_equal(status(w, "Status"), "NotAvailable");
	assert_string_equal(status(w, "Certificate/Fingerprint"), "(none)");
	assert_string_equal(told(w, "Mode"), "Off");
}

static void off_tells_nothing(void **state)
{
	struct world *w = *state;
	assert_string_equal(told(w, "Mode"), "Off");
	assert_string_equal(told(w, "Key"), "(none)");
	assert_string_equal(told(w, "Names"), "(none)");
	char path[128];
	snprintf(path, sizeof path, "%s/https-self-signed", w->folder);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_self_signed_one_is_made_and_kept(void **state)
{
	struct world *w = *state;
	set(w, "SystemUnit Name", "room-1");
	set(w, "Network 1 DNS Domain Name", "example.com");
	set(w, "NetworkServices HTTPS Mode", "On");
	assert_string_equal(told(w, "SelfSigned"), "True");
	char *key = mem_dup(told(w, "Key")), *cert = mem_dup(told(w, "Certificate"));
	assert_non_null(strstr(key, "BEGIN PRIVATE KEY"));
	assert_non_null(strstr(cert, "BEGIN CERTIFICATE"));
	assert_string_equal(status(w, "Certificate/SelfSigned"), "True");
	assert_string_equal(status(w, "Certificate/Subject"), "/CN=room-1.example.com");
	assert_string_equal(status(w, "Certificate/ValidUntil"), "Sep 18 14:13:20 2036 GMT");
	assert_string_equal(status(w, "Certificate/KeyLocked"), "False");
	assert_string_equal(told(w, "Date"), "1790000000");
	inbound_free(w->inbound);
	begin(w, w->marker);
	assert_string_equal(told(w, "Certificate"), cert);
	assert_string_equal(told(w, "Key"), key);
	/* For another name, or when it has ended, another one is made for the same key, and no sooner. */
	set(w, "SystemUnit Name", "room-2");
	assert_string_not_equal(told(w, "Certificate"), cert);
	assert_string_equal(told(w, "Key"), key);
	assert_string_equal(status(w, "Certificate/Subject"), "/CN=room-2.example.com");
	free(cert);
	cert = mem_dup(told(w, "Certificate"));
	set(w, "HttpFeedback Queue MaxCount", "777");
	w->now += (int64_t)3650 * 24 * 3600 - 1;
	inbound_update(w->inbound);
	assert_string_equal(told(w, "Certificate"), cert);
	w->now += 1;
	inbound_update(w->inbound);
	assert_string_not_equal(told(w, "Certificate"), cert);
	assert_string_equal(told(w, "Key"), key);
	/* A file of another form is replaced. */
	inbound_free(w->inbound);
	char path[128];
	struct err e;
	snprintf(path, sizeof path, "%s/https-self-signed", w->folder);
	assert_int_equal(file_replace(path, "room-2.example.com", 18, 0600, &e), 0);
	begin(w, w->marker);
	assert_string_equal(told(w, "SelfSigned"), "True");
	snprintf(path, sizeof path, "%s/https-self-signed.damaged", w->folder);
	unlink(path);
	/* One whose key cannot be read costs a new key, and the device is served all the same. */
	struct buf text;
	buf_init(&text, 10000);
	buf_addf(&text, "room-2.example.com 1\n%sno key\n", cert);
	inbound_free(w->inbound);
	assert_int_equal(state_file_save(w->folder, "https-self-signed", &text, &e), 0);
	buf_done(&text);
	begin(w, w->marker);
	assert_string_equal(told(w, "SelfSigned"), "True");
	assert_non_null(strstr(told(w, "Key"), "BEGIN PRIVATE KEY"));
	assert_string_not_equal(told(w, "Key"), key);
	free(key);
	free(cert);
}

static int note_names(void *arg, const struct pem_block *b, struct err *e)
{
	struct cert_details details;
	struct cert *c = cert_parse(b->der, b->len, e);
	assert_non_null(c);
	describe_details(c, &details);
	snprintf(arg, sizeof details.names, "%s", details.names);
	assert_false(c->ca); /* nobody who trusts it trusts what its key signs */
	cert_free(c);
	return 0;
}

static const char *names_shown(struct world *w, char ret[sizeof((struct cert_details *)0)->names])
{
	struct err e;
	const char *pem = told(w, "Certificate");
	assert_int_equal(pem_stored(pem, strlen(pem), note_names, ret, &e), 0);
	return ret;
}

static void the_self_signed_one_names_addresses(void **state)
{
	struct world *w = *state;
	char names[sizeof((struct cert_details *)0)->names];
	set(w, "SystemUnit Name", "room-1.example.com");
	set(w, "SystemUnit Identification IPAddress", "169.254.3.4"); /* which may be another one tomorrow */
	set(w, "NetworkServices HTTPS Mode", "On");
	assert_null(strstr(names_shown(w, names), "169.254."));
	static const char *const fleeting[] = { "", "0.0.0.0", "127.0.0.9", "::", "::1", "fe80::9" };
	char *so_far = mem_dup(told(w, "Certificate"));
	for (size_t i = 0; i < sizeof fleeting / sizeof *fleeting; i++) {
		set(w, "SystemUnit Identification IPAddress", fleeting[i]);
		assert_string_equal(told(w, "Certificate"), so_far);
	}
	free(so_far);
	set(w, "SystemUnit Identification IPAddress", "192.0.2.77");
	assert_non_null(strstr(names_shown(w, names), "room-1.example.com"));
	assert_non_null(strstr(names, "192.0.2.77"));
	assert_null(strstr(names, "127.0.0.1"));
	assert_null(strstr(names, "fe80:"));
	char *key = mem_dup(told(w, "Key")), *cert = mem_dup(told(w, "Certificate"));
	/* For another address there is another certificate, for the same key. */
	set(w, "SystemUnit Identification IPAddress", "2001:db8::7");
	assert_string_not_equal(told(w, "Certificate"), cert);
	assert_string_equal(told(w, "Key"), key);
	assert_non_null(strstr(names_shown(w, names), "2001:"));
	assert_null(strstr(names, "192.0.2.77"));
	free(cert);
	cert = mem_dup(told(w, "Certificate"));
	/* One that is gone costs nobody a new certificate, and a restart neither. */
	set(w, "SystemUnit Identification IPAddress", "");
	assert_string_equal(told(w, "Certificate"), cert);
	inbound_free(w->inbound);
	begin(w, w->marker);
	assert_string_equal(told(w, "Certificate"), cert);
	free(key);
	free(cert);
}

/* A device with very many addresses gets a certificate once, not at every change. */
static void as_many_addresses_as_it_can_have(void **state)
{
	struct world *w = *state;
	char addresses[SELF_SIGNED_ADDRESSES + 1] = "";
	struct err e;
	for (size_t i = 0, n = 0; i < 64; i++, n = strlen(addresses))
		snprintf(addresses + n, sizeof addresses - n,
			 i < 63 ? "100.100.%zu.100 " : "2001:db8:1::2:%zu", 100 + i);
	assert_int_equal(strlen(addresses), SELF_SIGNED_ADDRESSES);
	assert_int_equal(self_signed_provide(w->inbound, "room-1", addresses, &e), 0);
	char *cert = mem_dup(w->inbound->made.cert_pem);
	assert_int_equal(self_signed_provide(w->inbound, "room-1", addresses, &e), 0);
	assert_string_equal(w->inbound->made.cert_pem, cert);
	self_signed_free(&w->inbound->made); /* as after a restart */
	assert_int_equal(self_signed_provide(w->inbound, "room-1", addresses, &e), 0);
	assert_string_equal(w->inbound->made.cert_pem, cert);
	free(cert);
}

static void names_of_the_device(void **state)
{
	struct world *w = *state;
	set(w, "SystemUnit Name", "Room-1");
	set(w, "Network 1 DNS Domain Name", "example.com");
	set(w, "SystemUnit Identification IPAddress", "192.0.2.77");
	set(w, "NetworkServices HTTPS Mode", "On");
	char names[8192];
	snprintf(names, sizeof names, " %s ", told(w, "Names"));
	static const char *const wanted[] = { " room-1.example.com ", " room-1 ", " 192.0.2.77 ",
					      " localhost ", " 127.0.0.1 " };
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!strstr(names, wanted[i]))
			fail_msg("%s is not in %s", wanted[i], names);
	char own[256] = " ";
	assert_int_equal(gethostname(own + 1, sizeof own - 2), 0);
	for (char *c = own; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!strstr(names, own))
		fail_msg("%s is not in %s", own, names);
	/* What is no host name does not become one, or several. */
	static const char *const no_names[] = { "room evil.example", "*", "a/evil.example" };
	for (size_t i = 0; i < sizeof no_names / sizeof *no_names; i++) {
		set(w, "SystemUnit Name", no_names[i]);
		snprintf(names, sizeof names, " %s ", told(w, "Names"));
		if (strstr(names, "evil") || strpbrk(names, "*/"))
			fail_msg("%s leads to %s", no_names[i], names);
	}
}

static void on_told(void *arg)
{
	((struct world *)arg)->told++;
}

static void changes_are_told_once(void **state)
{
	struct world *w = *state;
	int64_t first = inbound_generation(w->inbound);
	assert_true(first > 0);
	inbound_wait(w->inbound, first, on_told, w);
	inbound_update(w->inbound);
	loop_run_for(w->loop, 2);
	assert_int_equal(w->told, 0);
	assert_string_equal(status(w, "Status"), "Off");
	set(w, "NetworkServices HTTPS Mode", "On");
	assert_int_equal(w->told, 0); /* never before the function that changed it has returned */
	loop_run_for(w->loop, 2);
	assert_int_equal(w->told, 1);
	static const char *const changes[][2] = {
		{ "NetworkServices HTTPS Server Port", "8443" },
		{ "NetworkServices HTTPS Server MinimumTLSVersion", "TLSv1.3" },
		{ "NetworkServices HTTPS Listen 2 Address", "::1" },
		{ "NetworkServices HTTPS Listen 1 Address", "127.0.0.1" },
		{ "NetworkServices HTTPS RateLimit Basic Rate", "5" },
		{ "NetworkServices HTTPS RateLimit Basic Queue", "31" },
		{ "NetworkServices HTTPS RateLimit Session Rate", "16" },
		{ "NetworkServices HTTPS RateLimit Session Queue", "91" },
		{ "NetworkServices HTTPS StrictTransportSecurity", "On" },
		{ "NetworkServices HTTPS VerifyClientCertificate", "On" },
		{ "Security Revocation Mode", "Soft" },
		{ "NetworkServices Websocket", "Off" },
		{ "Security Session InactivityTimeout", "7" },
	};
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		w->told = 0;
		inbound_wait(w->inbound, inbound_generation(w->inbound), on_told, w);
		assert_string_equal(status(w, "Status"), "Running");
		set(w, changes[i][0], changes[i][1]);
		loop_run_for(w->loop, 2);
		assert_int_equal(w->told, 1);
	}
	assert_string_equal(told(w, "Port"), "8443");
	assert_string_equal(told(w, "MinimumTLSVersion"), "TLSv1.3");
	assert_string_equal(told(w, "Addresses"), "127.0.0.1 ::1");
	assert_string_equal(told(w, "BasicRate"), "5");
	assert_string_equal(told(w, "BasicQueue"), "31");
	assert_string_equal(told(w, "SessionRate"), "16");
	assert_string_equal(told(w, "SessionQueue"), "91");
	assert_string_equal(told(w, "StrictTransportSecurity"), "On");
	assert_string_equal(told(w, "VerifyClientCertificate"), "On");
	assert_string_equal(told(w, "Roots"), "");
	assert_string_equal(told(w, "Websocket"), "Off");
	assert_string_equal(told(w, "InactivityTimeout"), "7");
	/* Somebody who knows an older state is answered at once; who has gone is not. */
	w->told = 0;
	inbound_wait(w->inbound, first, on_told, w);
	inbound_wait_cancel(inbound_wait(w->inbound, first, on_told, w));
	loop_run_for(w->loop, 2);
	assert_int_equal(w->told, 1);
	/* Whoever knows the state of an agent that has ended knows none of the next one. */
	first = inbound_generation(w->inbound);
	inbound_free(w->inbound);
	loop_sim_advance(w->loop, 1000);
	begin(w, w->marker);
	assert_true(inbound_generation(w->inbound) > first);
}

/* sealpost-web carries the date forward; it is told when that leads to another date. */
static void a_date_that_jumps(void **state)
{
	struct world *w = *state;
	set(w, "NetworkServices HTTPS Mode", "On");
	int64_t first = inbound_generation(w->inbound);
	loop_sim_advance(w->loop, 3600 * 1000);
	w->now += 3600 + 50;
	inbound_update(w->inbound);
	assert_int_equal(inbound_generation(w->inbound), first);
	w->now += 50;
	inbound_update(w->inbound);
	assert_int_equal(inbound_generation(w->inbound), first + 1);
	w->now -= 50;
	inbound_update(w->inbound);
	assert_int_equal(inbound_generation(w->inbound), first + 1);
	w->now = 0;
	inbound_update(w->inbound);
	assert_int_equal(inbound_generation(w->inbound), first + 2);
}

/* Adds enough entries that the list has more than 2 MiB of PEM. */
static void lengthen(X509_CRL *l)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, FACTORY_NOW - DAY);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	for (long i = 0; i < 80000; i++) {
		X509_REVOKED *e = X509_REVOKED_new();
		ASN1_INTEGER_set(serial, 1000000000 + i);
		X509_REVOKED_set_serialNumber(e, serial);
		X509_REVOKED_set_revocationDate(e, t);
		X509_CRL_add0_revoked(l, e);
	}
	ASN1_INTEGER_free(serial);
	ASN1_TIME_free(t);
}

static void revocation_lists_for_clients(void **state)
{
	enum { SIZE = 4 << 20 };
	struct world *w = *state;
	struct recipe root = { .subject = "/CN=R", .key = "P-256:r" };
	struct made ca = factory_make(&root, NULL, factory_ca);
	char *list = mem_new(SIZE);
	struct anchors_upload u = { .data = list, .mode = ANCHORS_AS_IS };
	int64_t before;
	set(w, "NetworkServices HTTPS Mode", "On");
	assert_string_equal(told(w, "RevocationLists"), "(none)");
	set(w, "NetworkServices HTTPS VerifyClientCertificate", "On");
	factory_list_pem(&(struct list_recipe){ .issuer = &ca }, list, SIZE);
	u.len = strlen(list);
	assert_int_equal(crls_put(w->anchors, &u, NULL, NULL, NULL), 0);
	assert_string_equal(told(w, "RevocationMode"), "Off");
	assert_string_equal(told(w, "RevocationLists"), "");
	set(w, "Security Revocation Mode", "Soft");
	assert_string_equal(told(w, "RevocationMode"), "Soft");
	assert_string_equal(told(w, "RevocationLists"), list);
	before = inbound_generation(w->inbound);
	list[0] = '\0';
	factory_list_pem(&(struct list_recipe){ .issuer = &ca, .also = lengthen }, list, SIZE);
	u.len = strlen(list);
	assert_int_equal(crls_put(w->anchors, &u, NULL, NULL, NULL), 0);
	inbound_update(w->inbound);
	assert_true(inbound_generation(w->inbound) > before);
	/* a list that is too long to be handed over does not let revoked certificates pass */
	assert_string_equal(told(w, "RevocationMode"), "Hard");
	assert_string_equal(told(w, "RevocationLists"), "");
	free(list);
	factory_free(&ca);
}

/* Each change of the roots is told, since clients are verified with them. A pin, which is trusted for one
 * host alone, lets no client in. */
static void roots_of_clients(void **state)
{
	struct world *w = *state;
	set(w, "NetworkServices HTTPS Mode", "On");
	set(w, "NetworkServices HTTPS VerifyClientCertificate", "On");
	char root[4096] = "", pin[4096] = "";
	struct made made = factory_make(&(struct recipe){ .subject = "/CN=Root" }, NULL, factory_ca);
	factory_pem(&made, root, sizeof root);
	factory_free(&made);
	made = factory_make(&(struct recipe){ .subject = "/CN=Pinned" }, NULL, factory_ca);
	factory_pem(&made, pin, sizeof pin);
	factory_free(&made);
	for (int i = 0; i < 3; i++) {
		struct anchors_upload u = { .data = i ? pin : root, .pin_host = i ? "server.example" : NULL };
		struct err e;
		u.len = strlen(u.data);
		w->told = 0;
		inbound_wait(w->inbound, inbound_generation(w->inbound), on_told, w);
		assert_int_equal(i < 2 ? anchors_put(w->anchors, &u, NULL, NULL, &e)
				       : anchors_clear(w->anchors, &e),
				 0);
		inbound_update(w->inbound);
		loop_run_for(w->loop, 2);
		assert_int_equal(w->told, 1);
		assert_string_equal(told(w, "Roots"), i < 2 ? root : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_file_says_whether_it_is_to_run, setup, teardown),
		cmocka_unit_test_setup_teardown(off_tells_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_self_signed_one_is_made_and_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(the_self_signed_one_names_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(as_many_addresses_as_it_can_have, setup, teardown),
		cmocka_unit_test_setup_teardown(names_of_the_device, setup, teardown),
		cmocka_unit_test_setup_teardown(changes_are_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_date_that_jumps, setup, teardown),
		cmocka_unit_test_setup_teardown(revocation_lists_for_clients, setup, teardown),
		cmocka_unit_test_setup_teardown(roots_of_clients, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
