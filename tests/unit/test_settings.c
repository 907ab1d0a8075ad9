/* SPDX-License-Identifier: MIT */
/* settings: every row, names, files and changes. */
#include "settings/settings.h"

#include "base/file.h"
#include "doc/doc_path.h"
#include "wire/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURES "fixtures/settings/"

struct place {
	char folder[64], own[96], admin[96];
};

static int make_folder(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	snprintf(p->folder, sizeof p->folder, "/tmp/settings.XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->own, sizeof p->own, "%s/own.conf", p->folder);
	snprintf(p->admin, sizeof p->admin, "%s/admin.conf", p->folder);
	*state = p;
	return 0;
}

static int remove_folder(void **state)
{
	struct place *p = *state;
	DIR *d = opendir(p->folder);
	for (struct dirent *f; (f = readdir(d));)
		unlinkat(dirfd(d), f->d_name, 0);
	closedir(d);
	rmdir(p->folder);
	free(p);
	return 0;
}

static void write_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static void write_text(const char *path, const char *text)
{
	write_file(path, text, strlen(text));
}

/* --- rows --- */

/* Order of paths word by word, as a document's. */
static int path_order(const char *a, const char *b)
{
	for (;; a += *a == ' ', b += *b == ' ') {
		size_t n = strcspn(a, " ["), m = strcspn(b, " [");
		int order = strncmp(a, b, n < m ? n : m);
		if (order || n != m)
			return order ? order : n < m ? -1 : 1;
		a += strcspn(a, " ");
		b += strcspn(b, " ");
		if (!*a || !*b)
			return (*a != 0) - (*b != 0);
	}
}

/* The path of a row as one would type it: without the bounds of lists. */
static const char *typed(const char *path, char ret[200])
{
	size_t len = 0;
	for (; *path; path++) {
		if (*path == '[')
			path = strchr(path, ']') + 1;
		if (*path)
			ret[len++] = *path;
	}
	ret[len] = '\0';
	return ret;
}

static void rows_are_well_made(void **state)
{
	(void)state;
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	for (size_t i = 0; i < n; i++) {
		const struct settings_row *r = &rows[i];
		struct err e = { .text = "" };
		char text[4096];
		if (i && path_order(rows[i - 1].path, r->path) >= 0)
			fail_msg("%s must not stand before %s", rows[i - 1].path, r->path);
		assert_int_equal(schema_value_parse(&r->value, r->default_text, text, sizeof text, &e), 0);
		assert_string_equal(text, r->default_text);
		assert_true(strlen(r->help) > 20 && r->help[strlen(r->help) - 1] == '.');
		assert_true(!r->refusal || r->refusal[strlen(r->refusal) - 1] != '.');
		assert_true(!r->accepts || r->refusal);
		assert_true(r->offset + r->size <= sizeof(struct settings));
		/* What a field is fits what the row's values are: a literal may be kept as its place or as
		 * its text. */
		if (r->field == SETTINGS_STORED)
			assert_int_equal(r->size, 0);
		else if (r->value.kind == SCHEMA_INTEGER)
			assert_int_equal(r->field, SETTINGS_NUMBER);
		else if (r->value.kind == SCHEMA_STRING)
			assert_int_equal(r->field, SETTINGS_TEXT_FIELD);
		else
			assert_int_not_equal(r->field, SETTINGS_NUMBER);
		if (r->value.kind == SCHEMA_INTEGER)
			assert_int_equal(r->size, sizeof(int64_t));
		if (r->value.kind == SCHEMA_STRING && r->size && r->value.check != schema_check_text)
			assert_true((int64_t)r->size > r->value.max);
		if (r->inherits)
			assert_non_null(settings_lookup(r->inherits, NULL, 0, NULL));
	}
}

static void every_row_is_set_and_read(void **state)
{
	(void)state;
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	struct settings_db *db = settings_new(NULL);
	for (size_t i = 0; i < n; i++) {
		char canonical[200], again[200], literal[64];
		struct err e = { .text = "" };
		assert_ptr_equal(settings_lookup(typed(rows[i].path, again), canonical, sizeof canonical, &e),
				 &rows[i]);
		assert_ptr_equal(settings_lookup(canonical, again, sizeof again, &e), &rows[i]);
		assert_string_equal(canonical, again);
		assert_string_equal(settings_value(db, canonical), rows[i].default_text);

		struct settings_change *c = settings_begin(db);
		if (settings_change_set(c, canonical, rows[i].default_text, &e))
			fail_msg("%s", e.text);
		for (size_t k = 0; rows[i].value.kind == SCHEMA_LITERAL &&
				   !schema_value_literal_at(&rows[i].value, k, literal, sizeof literal);
		     k++) {
			int fits = !rows[i].refusal || !strcmp(literal, rows[i].default_text) ||
				   (rows[i].accepts && strstr(rows[i].accepts, literal) &&
				    strcmp(literal, "HTTP+HTTPS"));
			assert_int_equal(settings_change_set(c, canonical, literal, &e), fits ? 0 : -1);
			if (!fits)
				assert_non_null(strstr(e.text, rows[i].refusal));
		}
		settings_abandon(c);
	}
	const struct doc *d = settings_doc(db);
	struct buf b;
	buf_init(&b, 1 << 20);
	doc_print_terminal(d, "*c xConfiguration", 0, &b);
	assert_non_null(strstr(buf_str(&b), "*c xConfiguration Network 1 DNS Server 3 Address: \"\"\n"));
	assert_non_null(
		strstr(buf_str(&b), "*c xConfiguration NetworkServices HTTPS VerifyServerCertificate: On\n"));
	assert_non_null(strstr(buf_str(&b), "*c xConfiguration Phonebook Server 1 Type: Off\n"));
	assert_int_equal(doc_get(d, "NetworkServices/NTP/Server[2]")->max_occurrence, 3);
	buf_done(&b);
	settings_free(db);
}

/* Each leaf refers to a space that the other document has, and is in it. */
static int refers(const struct doc *d, const struct doc *spaces)
{
	int n = 0;
	for (const struct doc *c = d->first; c; c = c->next)
		n += refers(c, spaces);
	if (d->first)
		return n;
	const char *where = doc_attr(d, "valueSpaceRef");
	assert_non_null(where);
	assert_memory_equal(where, "/Valuespace/", 12);
	const struct doc *space = doc_child(spaces, where + 12, 0);
	assert_non_null(space);
	const char *type = doc_attr(space, "type");
	int is_in = strcmp(type, "Literal") != 0;
	for (const struct doc *v = space->first; v; v = v->next)
		is_in |= strcmp(v->value, d->value) == 0;
	assert_true(is_in);
	return 1;
}

static void documents_refer_to_value_spaces(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	struct doc *d = doc_copy(settings_doc(db)), *spaces = settings_valuespace();
	settings_refer(d);
	assert_string_equal(doc_attr(doc_get(d, "SystemUnit/Name"), "valueSpaceRef"), "/Valuespace/STR_0_50");
	assert_true(refers(d, spaces) > 60);
	assert_string_equal(doc_text(spaces, "STR_0_50/MaxLength", ""), "50");
	assert_string_equal(doc_text(spaces, "TTPAR_OffOn/Value[2]", ""), "On");
	for (const struct doc *c = spaces->first; c; c = c->next)
		assert_ptr_equal(doc_child(spaces, c->name, 0), c);
	struct buf b;
	struct doc *read;
	struct err e;
	buf_init(&b, 1 << 20);
	doc_print_xml(spaces, 0, &b);
	if (xml_parse(buf_str(&b), b.len, NULL, &read, &e) < 0)
		fail_msg("%s", e.text);
	assert_null(doc_diff(spaces, read));
	buf_done(&b);
	doc_free(read);
	doc_free(d);
	doc_free(spaces);
	settings_free(db);
}

static void set(struct settings_db *db, const char *path, const char *value)
{
	struct err e = { .text = "" };
	struct settings_change *c = settings_begin(db);
	if (settings_change_set(c, path, value, &e) || settings_commit(c, NULL, &e))
		fail_msg("%s: %s", path, e.text);
}

static void values_reach_their_fields(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	const struct settings *s = settings_get(db);
	assert_int_equal(s->verify_server_certificate, SETTINGS_ON);
	assert_int_equal(s->ntp.mode, SETTINGS_NTP_AUTO);
	assert_int_equal(s->logging.level, SETTINGS_LOG_INFO);
	assert_string_equal(s->logging.facility, "daemon");
	assert_string_equal(s->provisioning.path,
			    "tms/public/external/management/SystemManagementService.asmx");
	assert_int_equal(s->feedback.max_age_s, 604800);
	assert_int_equal(s->verification.profile, SETTINGS_PROFILE_GUIDE);
	assert_int_equal(s->verification.revocation, SETTINGS_REVOCATION_OFF);
	assert_int_equal(s->verification.common_name, SETTINGS_ON);

	set(db, "NetworkServices NTP Server 3 Address", "ntp.example.com:1123");
	set(db, "NetworkServices NTP Server 2 KeyAlgorithm", "sha256");
	set(db, "NetworkServices NTP Server 2 Key", "HEX:00112233");
	set(db, "NetworkServices NTP Server 2 KeyId", "7");
	set(db, "Network 1 DNS Server 2 Address", "127.0.0.1:5353");
	set(db, "HttpFeedback Queue MaxBytes", "4294967296");
	set(db, "Provisioning Mode", "tms");
	set(db, "Phonebook Server Type", "TMS");
	set(db, "Security Revocation Mode", "hard");
	set(db, "Logging Level", "e");
	assert_string_equal(s->ntp.server[2].address, "ntp.example.com:1123");
	assert_string_equal(s->ntp.server[0].address, "");
	assert_int_equal(s->ntp.server[1].algorithm, SETTINGS_KEY_SHA256);
	assert_string_equal(s->ntp.server[1].key, "HEX:00112233");
	assert_string_equal(s->ntp.server[1].key_id, "7");
	assert_string_equal(s->dns.server[1], "127.0.0.1:5353");
	assert_int_equal(s->feedback.max_bytes, 4294967296);
	assert_int_equal(s->provisioning.mode, SETTINGS_PROVISIONING_TMS);
	assert_int_equal(s->phonebook.type, SETTINGS_PHONEBOOK_TMS);
	assert_int_equal(s->verification.revocation, SETTINGS_REVOCATION_HARD);
	assert_int_equal(s->logging.level, SETTINGS_LOG_ERROR);

	const struct doc *d = settings_doc(db);
	assert_string_equal(doc_text(d, "NetworkServices/NTP/Server[2]/Key", NULL), "***");
	assert_string_equal(doc_text(d, "NetworkServices/NTP/Server[1]/Key", NULL), "");
	assert_string_equal(settings_value(db, "NetworkServices NTP Server 2 Key"), "HEX:00112233");
	settings_free(db);
}

static void tls_verify_follows_the_global_setting_until_it_is_set(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	const struct settings *s = settings_get(db);
	set(db, "NetworkServices HTTPS VerifyServerCertificate", "Off");
	assert_int_equal(s->provisioning.tls_verify + s->phonebook.tls_verify + s->feedback.tls_verify, 0);
	set(db, "Provisioning TlsVerify", "On");
	assert_int_equal(s->provisioning.tls_verify, 1);
	assert_int_equal(s->feedback.tls_verify, 0);

	struct settings_change *c = settings_begin(db);
	struct doc *changed = NULL;
	struct err e;
	assert_int_equal(settings_change_set(c, "https verifyservercertificate", "on", &e), 0);
	assert_int_equal(settings_commit(c, &changed, &e), 0);
	assert_string_equal(doc_text(changed, "HttpFeedback/TlsVerify", NULL), "On"); /* it goes along */
	assert_null(doc_get(changed, "Provisioning"));
	assert_int_equal(doc_count(changed), 12);
	doc_free(changed);

	c = settings_begin(db);
	assert_int_equal(settings_change_unset(c, "NetworkServices HTTPS VerifyServerCertificate", &e), 0);
	assert_int_equal(settings_commit(c, &changed, &e), 0);
	assert_null(changed);
	settings_free(db);
}

static void note_row(void *arg, const struct settings_row *row)
{
	char *names = arg;
	size_t at = strlen(names);
	snprintf(names + at, 1000 - at, "%s\n", row->path);
}

/* What is different between two snapshots: items, secrets, and what inherits another row's value. */
static void rows_are_compared_by_the_value_that_holds(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	struct settings before = *settings_get(db);
	char names[1000] = "";
	settings_compare(&before, settings_get(db), note_row, names);
	assert_string_equal(names, "");
	set(db, "NetworkServices NTP Server 3 Address", "c.example.com");
	set(db, "HttpFeedback Slot 4 Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
	settings_compare(&before, settings_get(db), note_row, names);
	assert_string_equal(names,
			    "HttpFeedback Slot[1..4] Secret\nNetworkServices NTP Server[1..3] Address\n");
	before = *settings_get(db);
	names[0] = '\0';
	set(db, "HttpFeedback Slot 4 Secret", "whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
	set(db, "HttpFeedback TlsVerify", "On");
	settings_compare(&before, settings_get(db), note_row, names);
	assert_string_equal(names, "HttpFeedback Slot[1..4] Secret\n");
	before = *settings_get(db);
	names[0] = '\0';
	set(db, "NetworkServices HTTPS VerifyServerCertificate", "Off");
	settings_compare(&before, settings_get(db), note_row, names);
	assert_string_equal(names, "Logging External TlsVerify\n"
				   "NetworkServices HTTPS VerifyServerCertificate\n"
				   "Phonebook Server[1] TlsVerify\nProvisioning TlsVerify\n");
	settings_free(db);
}

static void the_idle_address_of_the_guide_is_none(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	set(db, "Phonebook Server 1 URL", "127.0.0.1");
	set(db, "Provisioning ExternalManager Address", "127.0.0.1");
	set(db, "Provisioning ExternalManager AlternateAddress", "127.0.0.1");
	assert_string_equal(settings_get(db)->phonebook.url, "");
	assert_string_equal(settings_get(db)->provisioning.alternate_address, "");
	assert_string_equal(settings_get(db)->provisioning.address, "");
	assert_string_equal(settings_value(db, "Phonebook Server 1 URL"), "127.0.0.1");
	set(db, "Provisioning ExternalManager Address", "127.0.0.1:8443");
	assert_string_equal(settings_get(db)->provisioning.address, "127.0.0.1:8443");
	settings_free(db);
}

/* --- names --- */

static void expect_name(const char *typed, const char *wanted)
{
	char canonical[200] = "";
	struct err e = { .text = "" };
	if (!settings_lookup(typed, canonical, sizeof canonical, &e))
		fail_msg("%s: %s", typed, e.text);
	assert_string_equal(canonical, wanted);
}

static void names_are_understood(void **state)
{
	(void)state;
	expect_name("systemunit name", "SystemUnit Name");
	expect_name("xconfig sys name", "SystemUnit Name");
	expect_name("xConfiguration SystemUnit/Name", "SystemUnit Name");
	expect_name("/Configuration/SystemUnit/Name", "SystemUnit Name");
	expect_name("SystemUnit[1] Name[1]", "SystemUnit Name");
	expect_name("Network 1 DNS Server 2 Address", "Network 1 DNS Server 2 Address");
	expect_name("Network[1]/DNS/Server[2]/Address", "Network 1 DNS Server 2 Address");
	expect_name("network dns server address", "Network 1 DNS Server 1 Address");
	expect_name("networks ntp serv 3 keya", "NetworkServices NTP Server 3 KeyAlgorithm");
	expect_name("networkservices http mode", "NetworkServices HTTP Mode");
	expect_name("phonebook server url", "Phonebook Server 1 URL");
	expect_name("ip dns server 3 address", "Network 1 DNS Server 3 Address");
	expect_name("ntp address", "NetworkServices NTP Server 1 Address");
	expect_name("http mode", "NetworkServices HTTP Mode");
	expect_name("httpf tls", "HttpFeedback TlsVerify");
	expect_name("admin telnet mode", "NetworkServices Telnet Mode");
}

static void lost_names_are_explained(void **state)
{
	(void)state;
	static const struct {
		const char *typed;
		enum err_kind kind;
		long column;
		const char *wanted;
	} bad[] = {
		{ "SystemUnit Nmae", ERR_NOTFOUND, 12,
		  "there is no \"Nmae\" in SystemUnit; did you mean Name?" },
		{ "xConfiguration SystmUnit Name", ERR_NOTFOUND, 16,
		  "there is no \"SystmUnit\"; did you mean SystemUnit?" },
		{ "VerifyServerCertificate", ERR_NOTFOUND, 1,
		  "there is no \"VerifyServerCertificate\"; did you mean "
		  "NetworkServices HTTPS VerifyServerCertificate?" },
		{ "Network 1 DNS Server 4 Address", ERR_INPUT, 15,
		  "there is no Server 4: the last one is 3" },
		{ "Network 2 DNS Domain Name", ERR_INPUT, 1, "there is no Network 2: the last one is 1" },
		{ "SystemUnit 2 Name", ERR_INPUT, 1, "SystemUnit is no list: expected no number" },
		{ "net ntp mode", ERR_INPUT, 1, "\"net\" is ambiguous: it may be Network, NetworkServices" },
		{ "Security", ERR_INPUT, 9,
		  "expected one more name in Security: Revocation, Session, Trust, Verification" },
		{ "SystemUnit Name First", ERR_NOTFOUND, 17, "there is no \"First\" in SystemUnit Name" },
		{ "ip dns servr 1 address", ERR_NOTFOUND, 8,
		  "there is no \"servr\" in IP DNS; did you mean Server?" },
		{ "//name", ERR_INPUT, 3, "expected the name of one setting" },
		{ "NetworkServices * Mode", ERR_INPUT, 17, "expected the name of one setting" },
		{ "xConfiguration", ERR_INPUT, 15, "expected the name of one setting" },
		{ "", ERR_INPUT, 1, "expected the name of one setting" },
		{ "System&Unit", ERR_INPUT, 7, "column 7: expected \"/\", \"[\" or a blank" },
		{ "Quux", ERR_NOTFOUND, 1, "there is no \"Quux\"" },
		/* What several branches have, or a word that only looks a little alike, was not meant. */
		{ "Mode", ERR_NOTFOUND, 1, "there is no \"Mode\"" },
		{ "SystemUnit Mode", ERR_NOTFOUND, 12, "there is no \"Mode\" in SystemUnit" },
		{ "SystemUnit VerifyServerCertificate", ERR_NOTFOUND, 12,
		  "there is no \"VerifyServerCertificate\" in SystemUnit" },
		{ "NetworkServices VerifyServerCertificate", ERR_NOTFOUND, 17,
		  "there is no \"VerifyServerCertificate\" in "
		  "NetworkServices; did you mean NetworkServices HTTPS VerifyServerCertificate?" },
		{ "NetworkServices SIP Mode", ERR_NOTFOUND, 17, "there is no \"SIP\" in NetworkServices" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = { .text = "" };
		assert_null(settings_lookup(bad[i].typed, NULL, 0, &e));
		assert_string_equal(e.text, bad[i].wanted);
		assert_int_equal(e.kind, bad[i].kind);
		assert_int_equal(e.code, bad[i].column);
	}
	assert_null(settings_lookup("Quux", NULL, 0, NULL));
}

static void aliases_lead_to_rows(void **state)
{
	(void)state;
	size_t n;
	const struct settings_alias *a = settings_aliases(&n);
	for (size_t i = 0; i < n; i++) {
		char path[200];
		struct err e = { .text = "" };
		const struct settings_row *row = settings_lookup(typed(a[i].path, path), NULL, 0, &e);
		if (!row)
			fail_msg("%s: %s", a[i].path, e.text);
		int is_second = i && strcmp(a[i - 1].path, a[i].path) == 0;
		assert_string_equal(row->path, a[is_second ? i - 1 : i].row);
		assert_true(!i || is_second || path_order(a[i - 1].path, a[i].path) < 0);
	}
}

/* MPS and VCS have one switch for the manager and for feedback; it is no switch of the phone book. */
static void one_name_for_two_settings(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	set(db, "ExternalManager Server Certificate Verify Mode", "Off");
	assert_false(settings_get(db)->provisioning.tls_verify);
	assert_false(settings_get(db)->feedback.tls_verify);
	assert_true(settings_get(db)->phonebook.tls_verify);
	set(db, "Provisioning TlsVerify", "On");
	assert_false(settings_get(db)->feedback.tls_verify);
	set(db, "externalmanager server cert verification mode", "on");
	assert_true(settings_get(db)->feedback.tls_verify);
	settings_free(db);
	/* In a file, too. */
	char path[] = "/tmp/test-settings-XXXXXX";
	static const char text[] = "xconfigure externalmanager server certificate verify mode: off\n";
	struct err e;
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, text, sizeof text - 1) == sizeof text - 1);
	close(fd);
	db = settings_new(NULL);
	assert_int_equal(settings_load(db, path, NULL, NULL, &e), 0);
	assert_false(settings_get(db)->provisioning.tls_verify);
	assert_false(settings_get(db)->feedback.tls_verify);
	unlink(path);
	settings_free(db);
}

/* MXP says in two settings, in any order, what codecs say in a URL. */
static void a_phone_book_by_address_and_path(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	assert_string_equal(settings_get(db)->phonebook.url, "");
	set(db, "corporatedirectory path", "/books/one.asmx");
	assert_string_equal(settings_get(db)->phonebook.url, "");
	set(db, "corporatedirectory address", "tms.example.com:8443");
	assert_string_equal(settings_get(db)->phonebook.url, "https://tms.example.com:8443/books/one.asmx");
	set(db, "corporatedirectory mode", "on");
	assert_int_equal(settings_get(db)->phonebook.type, SETTINGS_PHONEBOOK_TMS);
	set(db, "Phonebook Server 1 URL", "https://other.example.com/");
	assert_string_equal(settings_get(db)->phonebook.url, "https://other.example.com/");
	set(db, "Phonebook Server 1 URL", "127.0.0.1");
	assert_string_equal(settings_get(db)->phonebook.url, "");
	set(db, "Phonebook Server 1 URL", "");
	set(db, "corporatedirectory address", "127.0.0.1");
	assert_string_equal(settings_get(db)->phonebook.url, "");
	/* The longest that both may be. */
	char longest[190];
	memset(longest, 'a', 180);
	longest[180] = '\0';
	set(db, "corporatedirectory path", longest);
	set(db, "corporatedirectory address",
	    "a123456789.b123456789.c123456789.d123456789.e12345678.test:65535");
	assert_int_equal(strlen(settings_get(db)->phonebook.url), 8 + 64 + 1 + 180);
	set(db, "externalservices address", "127.0.0.1");
	set(db, "externalservices path", "x/y");
	settings_free(db);
}

/* --- changes --- */

static void expect_refusal(struct settings_db *db, const char *path, const char *value, const char *wanted)
{
	struct settings_change *c = settings_begin(db);
	struct err e = { .text = "" };
	assert_int_equal(settings_change_set(c, path, value, &e), -1);
	assert_string_equal(e.text, wanted);
	assert_int_equal(settings_commit(c, NULL, &e), 0); /* nothing of it */
}

static void wrong_values_are_refused_with_the_reason(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	struct doc *before = doc_copy(settings_doc(db));
	expect_refusal(db, "networkservices telnet mode", "on",
		       "NetworkServices Telnet Mode: On is refused: this agent listens on no network socket, "
		       "and Telnet is not secure");
	expect_refusal(db, "networkservices http mode", "HTTP+HTTPS",
		       "NetworkServices HTTP Mode: HTTP+HTTPS is refused: this agent listens on no network "
		       "socket, and sends nothing "
		       "over plain HTTP");
	expect_refusal(db, "networkservices https server minimumtlsversion", "TLSv1.1",
		       "NetworkServices HTTPS Server MinimumTLSVersion: expected <TLSv1.2/TLSv1.3>, got "
		       "\"TLSv1.1\"; did you mean TLSv1.2?");
	expect_refusal(db, "provisioning externalmanager protocol", "http",
		       "Provisioning ExternalManager Protocol: HTTP is refused: this agent speaks HTTPS "
		       "only: write HTTPS");
	expect_refusal(db, "phonebook server 1 url", "http://tms.example.com/tms/x.asmx",
		       "Phonebook Server 1 URL: http is not spoken here, HTTPS only: write "
		       "https://tms.example.com/tms/x.asmx");
	expect_refusal(db, "systemunit password", "superstrongpasswordhere",
		       "SystemUnit Password: a value is refused: a setting would keep it readable; typed at "
		       "the terminal it is kept as a "
		       "hash, as xCommand SystemUnit AdminPassword Set does");
	expect_refusal(db, "NetworkServices NTP Server 1 Key", "two words",
		       "NetworkServices NTP Server 1 Key: expected visible ASCII characters without blanks, "
		       "or HEX: and digits");
	expect_refusal(db, "NetworkServices NTP Server 1 Key", "HEX:0",
		       "NetworkServices NTP Server 1 Key: expected pairs of hexadecimal digits behind HEX:, "
		       "at most 1024 bytes");
	expect_refusal(db, "NetworkServices NTP Server 1 KeyId", "0",
		       "NetworkServices NTP Server 1 KeyId: expected a whole number from 1 to 4294967295");
	expect_refusal(db, "Network 1 DNS Server 1 Address", "dns.example.com",
		       "Network 1 DNS Server 1 Address: expected an IP address, got \"dns.example.com\"");
	expect_refusal(db, "externalmanager address", "https://tms.example.com",
		       "Provisioning ExternalManager Address: expected the server's host name only: HTTPS is "
		       "a matter of course, and the "
		       "path is a setting of its own (Path)");
	expect_refusal(db, "Provisioning ExternalManager Path", "a b",
		       "Provisioning ExternalManager Path: expected the path of a URL, without server, "
		       "blanks and fragment");
	expect_refusal(
		db, "SystemUnit Identification MACAddress", "00:50:60:02:EF",
		"SystemUnit Identification MACAddress: expected a MAC address such as 00:50:60:02:EF:17");
	expect_refusal(db, "SystemUnit Name", "a\nb",
		       "SystemUnit Name: expected text without control characters");
	expect_refusal(db, "HttpFeedback Queue MaxCount", "0",
		       "HttpFeedback Queue MaxCount: expected <1..1000000>, got \"0\"");
	assert_true(doc_equal(before, settings_doc(db)));
	doc_free(before);
	settings_free(db);
}

static void a_full_text_fits_its_field(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	char text[300] = "";
	for (int i = 0; i < 50; i++)
		memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 5);
	set(db, "SystemUnit Name", text);
	assert_string_equal(settings_get(db)->system_name, text);
	for (int i = 50; i < 64; i++)
		memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 5);
	expect_refusal(db, "Phonebook Server 1 ID", text,
		       "Phonebook Server 1 ID: expected at most 255 bytes, got 256");
	settings_free(db);
}

static void changes_are_kept_and_go_back(void **state)
{
	struct place *p = *state;
	struct err e = { .text = "" };
	write_text(p->admin, "SystemUnit Name: from-file\nProvisioning LoginName: file-user\n");
	struct settings_db *db = settings_new(p->own);
	assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), 0);
	assert_string_equal(settings_get(db)->system_name, "from-file");

	struct settings_change *c = settings_begin(db);
	assert_int_equal(settings_change_set(c, "systemunit name", "quote \" back \\ end ", &e), 0);
	assert_int_equal(settings_change_set(c, "Provisioning Password", "s3cret: #1", &e), 0);
	assert_int_equal(settings_change_set(c, "NetworkServices NTP Mode", "on", &e), 0);
	assert_int_equal(settings_change_set(c, "Provisioning LoginName", "", &e), 0);
	assert_string_equal(settings_get(db)->system_name, "from-file"); /* not yet */
	struct doc *changed = NULL;
	assert_int_equal(settings_commit(c, &changed, &e), 0);
	assert_string_equal(doc_text(changed, "Provisioning/Password", NULL), "***");
	assert_string_equal(doc_text(changed, "NetworkServices/NTP/Mode", NULL), "Manual");
	assert_string_equal(doc_text(changed, "Provisioning/LoginName", NULL), "");
	doc_free(changed);
	settings_free(db);
	struct stat st;
	assert_int_equal(stat(p->own, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	db = settings_new(p->own); /* after a restart */
	assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), 0);
	assert_string_equal(settings_get(db)->system_name, "quote \" back \\ end ");
	assert_string_equal(settings_get(db)->provisioning.password, "s3cret: #1");
	assert_string_equal(settings_get(db)->provisioning.login_name, "");
	c = settings_begin(db);
	assert_int_equal(settings_change_unset(c, "systemunit name", &e), 0);
	assert_int_equal(settings_change_unset(c, "quux", &e), -1);
	assert_int_equal(settings_commit(c, NULL, &e), 0);
	assert_string_equal(settings_get(db)->system_name, "from-file");
	settings_free(db);
}

static void what_cannot_be_saved_does_not_hold(void **state)
{
	struct place *p = *state;
	char nowhere[160];
	struct err e = { .text = "" };
	snprintf(nowhere, sizeof nowhere, "%s/no/own.conf", p->folder);
	struct settings_db *db = settings_new(nowhere);
	struct settings_change *c = settings_begin(db);
	struct doc *changed = NULL;
	assert_int_equal(settings_change_set(c, "SystemUnit Name", "x", &e), 0);
	assert_int_equal(settings_commit(c, &changed, &e), -1);
	assert_int_equal(e.kind, ERR_IO);
	assert_null(changed);
	assert_string_equal(settings_get(db)->system_name, "");
	c = settings_begin(db); /* nothing to save: nothing to fail */
	assert_int_equal(settings_commit(c, &changed, &e), 0);
	settings_abandon(NULL);
	settings_free(db);
	settings_free(NULL);
}

/* --- files --- */

struct told {
	char text[200 * 200];
	unsigned n;
};

static void tell(void *arg, const struct settings_complaint *c)
{
	struct told *t = arg;
	size_t len = strlen(t->text);
	t->n++;
	snprintf(t->text + len, sizeof t->text - len, "%u:%u: %s\n", c->line, c->column, c->text);
}

/* Each bad file of the fixtures has its complaints beside it; a good one has none. */
static void fixtures_are_judged_as_expected(void **state)
{
	(void)state;
	DIR *d = opendir(FIXTURES);
	unsigned good = 0, bad = 0;
	assert_non_null(d);
	for (struct dirent *f; (f = readdir(d));) {
		char path[300], wanted_path[310];
		struct told t = { .n = 0 };
		struct err e = { .text = "" };
		size_t len = strlen(f->d_name);
		if (len < 5 || strcmp(f->d_name + len - 5, ".conf"))
			continue;
		snprintf(path, sizeof path, FIXTURES "%s", f->d_name);
		snprintf(wanted_path, sizeof wanted_path, "%.*s.expected", (int)(strlen(path) - 5), path);
		struct buf wanted;
		buf_init(&wanted, 1 << 20);
		int is_bad = file_read(wanted_path, &wanted, NULL) == 0;
		int r = settings_check(path, tell, &t, &e);
		if (strcmp(t.text, buf_str(&wanted)))
			fail_msg("%s:\n%s", path, t.text);
		assert_int_equal(r, is_bad ? -1 : 0);
		assert_int_equal(is_bad, t.n > 0);
		if (is_bad)
			assert_int_equal(e.kind, ERR_CONFIG);
		good += !is_bad;
		bad += is_bad;
		buf_done(&wanted);
	}
	closedir(d);
	assert_true(good >= 4 && bad >= 4);
}

static void expect_told(const struct place *p, const char *text, size_t len, const char *wanted)
{
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	write_file(p->admin, text, len);
	assert_int_equal(settings_check(p->admin, tell, &t, &e), *wanted ? -1 : 0);
	assert_string_equal(t.text, wanted);
}

static void odd_bytes_get_their_own_complaint(void **state)
{
	struct place *p = *state;
#define TOLD(text, wanted) expect_told(p, text, sizeof text - 1, wanted)
	TOLD("", "");
	TOLD("\xef\xbb\xbfSystemUnit Name: x\r\n\r\n# y\r\n", "");
	TOLD("SystemUnit Name: a\0b\n", "1:19: a NUL byte: expected text\n");
	TOLD("SystemUnit Name: \xc3\xa9\xff\n", "1:19: byte 0xff: expected UTF-8\n");
	TOLD("SystemUnit Name: a\x1b[2J\n",
	     "1:19: control character U+001B: expected text (in quotes it is written \\x1b)\n");
	TOLD("SystemUnit Name: a\rb",
	     "1:19: control character U+000D: expected text (in quotes it is written \\x0d)\n");
	TOLD("\xff\xfeS\0", "0:0: a file in UTF-16: expected UTF-8\n");
	char *big = malloc(10 << 20);
	memset(big, 'a', 10 << 20);
	memcpy(big, "SystemUnit Name: ", 17);
	big[(10 << 20) - 10] = '\n';
	memcpy(big + (10 << 20) - 9, "Quux: 1\n ", 9);
	expect_told(p, big, 10 << 20,
		    "1:0: a line of 10485750 bytes: expected at most 16384\n2:1: there is no \"Quux\"\n");
	free(big);

	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	assert_int_equal(settings_check("/nonexistent/x", tell, &t, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	assert_int_equal(settings_check(p->folder, tell, &t, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(t.n, 0);
}

static void complaints_end_at_a_hundred(void **state)
{
	struct place *p = *state;
	char text[2000] = "";
	for (int i = 0; i < 200; i++)
		memcpy(text + 7 * i, "Quux:1\n", 8);
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	write_text(p->admin, text);
	assert_int_equal(settings_check(p->admin, tell, &t, &e), -1);
	assert_int_equal(t.n, SETTINGS_COMPLAINTS_MAX);
	assert_non_null(strstr(e.text, "more than 100 mistakes"));
}

/* A dump used as a file: three asterisks are told and set nothing; the rest of the file holds. */
static void a_mask_in_a_file_is_no_secret(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	struct settings_db *db = settings_new(NULL);
	write_text(p->admin, "*c xConfiguration Provisioning Password: \"first\"\nProvisioning Password: "
			     "\"***\"\nSystemUnit "
			     "Name: \"***\"\n");
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), 0);
	assert_string_equal(t.text,
			    "2:24: *** stands for a secret that is not shown: this line has no effect\n");
	assert_string_equal(settings_value(db, "Provisioning Password"), "first");
	assert_string_equal(settings_value(db, "SystemUnit Name"), "***");
	settings_free(db);
}

/* Lines that were copied from a guide have the quotes that it prints. */
static void typographic_quotes_are_quotes(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	struct settings_db *db = settings_new(NULL);
	write_text(p->admin, "SystemUnit Name: \xe2\x80\x9c Room #7 \xe2\x80\x9d \n"
			     "NetworkServices NTP Server 1 Address: \xe2\x80\x9dntp.example.com\xe2\x80\x9d\n"
			     "NetworkServices NTP Server 2 Address: \xe2\x80\x9c\xe2\x80\x9d\n"
			     "Provisioning LoginName: \xe2\x80\x9c"
			     "a\n");
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), 0);
	assert_int_equal(t.n, 0);
	assert_string_equal(settings_value(db, "SystemUnit Name"), " Room #7 ");
	assert_string_equal(settings_value(db, "NetworkServices NTP Server 1 Address"), "ntp.example.com");
	assert_string_equal(settings_value(db, "NetworkServices NTP Server 2 Address"), "");
	assert_string_equal(settings_value(db, "Provisioning LoginName"), "\xe2\x80\x9c"
									  "a");
	settings_free(db);
}

/* It may be meant so, and the file holds; but whoever has it checked is told. */
static void a_comment_behind_a_value_is_noted(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	struct settings_db *db = settings_new(NULL);
	write_text(p->admin, "SystemUnit Name: Room#4\nSystemUnit Name: \"Room # 4\" # quoted\n"
			     "SystemUnit Name: Room # 4\nTime Zone: # none\n");
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), 0);
	assert_int_equal(t.n, 2);
	assert_non_null(strstr(t.text, "3:18: the # is part of the value"));
	assert_non_null(strstr(t.text, "4:12: the # is part of the value"));
	assert_string_equal(settings_value(db, "SystemUnit Name"), "Room # 4");
	assert_int_equal(settings_check(p->admin, tell, &t, &e), -1);
	assert_non_null(strstr(e.text, "2 mistakes"));
	settings_free(db);
}

static void a_bad_file_changes_nothing(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	struct settings_db *db = settings_new(NULL);
	write_text(p->admin, "SystemUnit Name: one\n");
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), 0);
	write_text(p->admin, "SystemUnit Name: two\nLogging Level: Loud\n");
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), -1);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(
		t.text, "2:16: Logging Level: expected <Error/Warning/Notice/Info/Debug>, got \"Loud\"\n");
	assert_string_equal(settings_get(db)->system_name, "one");
	write_text(p->admin, "# nothing any more\n");
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), 0);
	assert_string_equal(settings_get(db)->system_name, "");
	assert_int_equal(settings_load(db, "/nonexistent/x", tell, &t, &e), -1);
	assert_int_equal(e.kind, ERR_NOTFOUND);
	settings_free(db);
}

static void read_whole(const char *path, struct buf *b)
{
	struct err e;
	buf_init(b, 1 << 20);
	if (file_read(path, b, &e) < 0)
		fail_msg("%s", e.text);
}

/* Only a wrong checksum says that a file is not as it was written. */
static void a_damaged_own_file_is_set_aside(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	char aside[120];
	struct buf b;
	snprintf(aside, sizeof aside, "%s.damaged", p->own);
	write_text(p->admin, "SystemUnit Name: admin\n");
	struct settings_db *db = settings_new(p->own);
	set(db, "SystemUnit Name", "terminal");
	set(db, "Time Zone", "Europe/Oslo");
	read_whole(p->own, &b);
	char *at = strstr(b.data, "Oslo");
	*at = 'o';
	write_file(p->own, b.data, b.len);
	settings_free(db);
	db = settings_new(p->own);
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), 0);
	assert_int_equal(t.n, 2);
	assert_non_null(strstr(t.text, "its checksum is wrong"));
	assert_non_null(strstr(t.text, "own.conf.damaged"));
	assert_string_equal(settings_get(db)->system_name, "admin");
	assert_int_equal(access(p->own, F_OK), -1);
	char *last = settings_damaged(db), command[200];
	assert_string_equal(last, aside);
	free(last);
	snprintf(command, sizeof command, "sealpost apply %s", aside);
	assert_non_null(strstr(t.text, command));
	struct buf kept;
	read_whole(aside, &kept);
	assert_int_equal(kept.len, b.len);
	buf_done(&kept);
	/* As it was, or cut: with the line of the checksum gone it was edited, and holds. */
	for (int cut = 0; cut < 2; cut++) {
		*at = 'O';
		write_file(p->own, b.data, b.len - (size_t)cut);
		settings_free(db);
		db = settings_new(p->own);
		assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), 0);
		assert_string_equal(settings_get(db)->system_name, cut ? "admin" : "terminal");
	}
	/* The second one that was damaged stands beside the first one. */
	last = settings_damaged(db);
	assert_string_equal(last + strlen(last) - 10, ".damaged-2");
	assert_int_equal(unlink(last), 0);
	free(last);
	last = settings_damaged(db);
	assert_string_equal(last, aside);
	free(last);
	assert_int_equal(unlink(aside), 0);
	assert_null(settings_damaged(db));
	const char *line = strstr(b.data, "xConfiguration");
	*at = 'o';
	write_file(p->own, line, b.len - (size_t)(line - b.data));
	assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), 0);
	assert_string_equal(settings_get(db)->system_name, "terminal");
	assert_string_equal(settings_value(db, "Time Zone"), "Europe/oslo");
	buf_done(&b);
	settings_free(db);
}

/* What is known of it is still good. */
static void a_reload_loses_no_own_settings(void **state)
{
	struct place *p = *state;
	struct err e = { .text = "" };
	struct buf b;
	write_text(p->admin, "SystemUnit Name: admin\n");
	struct settings_db *db = settings_new(p->own);
	/* before the first change there is no file */
	assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), 0);
	assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), 0);
	set(db, "Security Verification Profile", "Strict");
	read_whole(p->own, &b);
	write_text(p->admin, "SystemUnit Name: other\n");
	static const char *const why[] = { ": damaged;", ": deleted or moved;",
					   ": has no settings any more;" };
	for (int how = 0; how < 3; how++) {
		if (how == 0)
			write_file(p->own, b.data, b.len - 1);
		else if (how == 1)
			assert_int_equal(unlink(p->own), 0);
		else
			write_file(p->own, "", 0);
		assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), -1);
		assert_non_null(strstr(e.text, p->own));
		assert_non_null(strstr(e.text, why[how]));
		assert_string_equal(settings_value(db, "Security Verification Profile"), "Strict");
		assert_string_equal(settings_get(db)->system_name, "admin");
		assert_int_equal(access(p->own, F_OK), how == 1 ? -1 : 0);
	}
	/* a change writes all of it again */
	set(db, "Time Zone", "Europe/Oslo");
	assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), 0);
	assert_string_equal(settings_value(db, "Security Verification Profile"), "Strict");
	assert_string_equal(settings_get(db)->system_name, "other");
	buf_done(&b);
	settings_free(db);
}

/* A newer version's file holds as far as it is understood, and loses nothing. */
static void a_newer_own_file_is_told(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e;
	struct buf b;
	struct settings_db *db = settings_new(p->own);
	set(db, "SystemUnit Name", "terminal");
	read_whole(p->own, &b);
	char *digit = strstr(b.data, "format 1:");
	assert_non_null(digit);
	digit[strlen("format ")] = '2';
	write_file(p->own, b.data, b.len);
	assert_int_equal(settings_load(db, NULL, tell, &t, &e), 0);
	assert_int_equal(t.n, 1);
	assert_non_null(strstr(t.text, "a newer sealpost has written it (format 2; this one knows 1)"));
	assert_string_equal(settings_get(db)->system_name, "terminal");
	assert_int_equal(access(p->own, F_OK), 0);
	/* The first change keeps it; later changes are no reason to. */
	char newer[200];
	struct buf kept;
	snprintf(newer, sizeof newer, "%s.newer", p->own);
	assert_int_equal(access(newer, F_OK), -1);
	set(db, "SystemUnit Name", "changed");
	set(db, "SystemUnit Name", "changed again");
	read_whole(newer, &kept);
	assert_string_equal(buf_str(&kept), buf_str(&b));
	assert_int_equal(unlink(newer), 0);
	buf_done(&kept);
	buf_done(&b);
	settings_free(db);
}

static void an_own_file_that_is_no_text_is_set_aside(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	write_file(p->own, "\xff\xfeS\0y\0", 6);
	struct settings_db *db = settings_new(p->own);
	assert_int_equal(settings_load(db, NULL, tell, &t, &e), 0);
	assert_non_null(strstr(t.text, "UTF-16"));
	assert_non_null(strstr(t.text, "set aside"));
	assert_int_equal(access(p->own, F_OK), -1);
	write_text(p->own, "");
	assert_int_equal(settings_load(db, NULL, tell, &t, &e), 0);
	assert_int_equal(access(p->own, F_OK), 0);
	settings_free(db);
}

static void unset(struct settings_db *db, const char *path)
{
	struct settings_change *c = settings_begin(db);
	struct err e;
	assert_int_equal(settings_change_unset(c, path, &e), 0);
	assert_int_equal(settings_commit(c, NULL, &e), 0);
}

static int holds(const struct buf *b, const char *text)
{
	return memmem(b->data, b->len, text, strlen(text)) != NULL;
}

/* As a newer agent wrote it: a setting and a value that this one does not know. */
static void a_newer_agents_lines_are_kept(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	struct buf b;
	write_text(p->admin, "SystemUnit Name: admin\n");
	write_file(p->own,
		   "xConfiguration Quantum Mode: On\nxConfiguration Logging Level: Whisper\n"
		   "xConfiguration NetworkServices NTP Server 2 KeyAlgorithm: SHA3\n"
		   "xConfiguration SystemUnit Name: \"terminal\"\na\0b: 1\n",
		   183);
	struct settings_db *db = settings_new(p->own);
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), 0);
	assert_non_null(strstr(t.text, "1:16: there is no \"Quantum\""));
	assert_non_null(strstr(t.text, "2:31: Logging Level: expected"));
	assert_non_null(strstr(t.text, "kept as they are"));
	assert_int_equal(t.n, 5);
	assert_string_equal(settings_get(db)->system_name, "terminal");
	assert_int_equal(settings_get(db)->logging.level, SETTINGS_LOG_INFO);
	/* Written back with the next change, and still there for whoever knows them; what is set since
	 * wins. */
	set(db, "Logging Level", "Debug");
	set(db, "NetworkServices NTP Server 1 KeyAlgorithm", "SHA1");
	read_whole(p->own, &b);
	assert_true(holds(&b, "\nxConfiguration Quantum Mode: On\n"));
	assert_true(holds(&b, "Server 2 KeyAlgorithm: SHA3\n"));
	assert_true(holds(&b, "xConfiguration Logging Level: Debug\n"));
	assert_false(holds(&b, "Whisper"));
	buf_done(&b);
	settings_free(db);
	db = settings_new(p->own);
	assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), 0);
	assert_string_equal(settings_get(db)->system_name, "terminal");
	assert_int_equal(settings_get(db)->logging.level, SETTINGS_LOG_DEBUG);
	/* Somebody who wants the default does not get the kept value later. */
	unset(db, "NetworkServices NTP Server 2 KeyAlgorithm");
	read_whole(p->own, &b);
	assert_false(holds(&b, "SHA3"));
	assert_true(holds(&b, "Quantum"));
	buf_done(&b);
	settings_free(db);
}

/* More bad lines than are told do not hide the good one behind them. */
static void all_good_lines_hold(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	struct buf b;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 300; i++)
		buf_adds(&b, "Quux: 1\n");
	buf_adds(&b, "SystemUnit Name: last\n");
	write_file(p->own, b.data, b.len);
	buf_done(&b);
	struct settings_db *db = settings_new(p->own);
	assert_int_equal(settings_load(db, NULL, tell, &t, &e), 0);
	assert_int_equal(t.n, SETTINGS_COMPLAINTS_MAX + 1);
	assert_string_equal(settings_get(db)->system_name, "last");
	settings_free(db);
}

/* A list is as good as its parts: names that stand for nothing are told and kept, in both files. */
static void names_of_a_newer_agent_are_kept(void **state)
{
	struct place *p = *state;
	struct told t = { .n = 0 };
	struct err e = { .text = "" };
	static const char line[] =
		"Provisioning ExternalManager Guarded: ntp address, Quantum Mode, SystemUnit Name\n";
	static const char wanted[] = "NetworkServices NTP Server Address, Quantum Mode, SystemUnit Name";
	write_text(p->admin, line);
	struct settings_db *db = settings_new(p->own);
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), 0);
	assert_string_equal(
		t.text,
		"1:39: \"Quantum Mode\" names nothing that is known; it is kept as it is and has no effect: "
		"there is no \"Quantum\"\n");
	assert_string_equal(settings_get(db)->provisioning.guarded, wanted);
	assert_int_equal(settings_check(p->admin, tell, &t, &e), -1); /* whoever asks is told */
	write_text(p->admin, "# none\n");
	write_text(p->own, line);
	assert_int_equal(settings_load(db, p->admin, tell, &t, &e), 0);
	assert_int_equal(t.n, 3);
	set(db, "SystemUnit Name", "x");
	settings_free(db);
	db = settings_new(p->own);
	assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), 0);
	assert_string_equal(settings_get(db)->provisioning.guarded, wanted);
	settings_free(db);
}

/* What cannot be read for now may be good: it is neither set aside nor begun without. */
static void an_own_file_that_cannot_be_read_stays(void **state)
{
	struct place *p = *state;
	struct err e = { .text = "" };
	char aside[120];
	snprintf(aside, sizeof aside, "%s.damaged", p->own);
	write_text(p->admin, "# none\n");
	assert_int_equal(symlink(p->own, p->own), 0); /* to itself: ELOOP */
	struct settings_db *db = settings_new(p->own);
	assert_int_equal(settings_load(db, p->admin, NULL, NULL, &e), -1);
	struct stat st;
	assert_int_equal(lstat(aside, &st), -1);
	assert_int_equal(lstat(p->own, &st), 0);
	settings_free(db);
	assert_int_equal(unlink(p->own), 0);
}

static void the_manual_tells_every_row(void **state)
{
	(void)state;
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	struct buf b;
	buf_init(&b, 1 << 20);
	settings_print_markdown(&b);
	assert_false(b.full);
	for (size_t i = 0; i < n; i++) {
		char title[300];
		snprintf(title, sizeof title, "\n### %s\n\n%s\n", rows[i].path, rows[i].help);
		assert_non_null(strstr(buf_str(&b), title));
	}
	buf_reset(&b);
	settings_print_man(&b);
	assert_false(b.full);
	for (size_t i = 0; i < n; i++) {
		char entry[300];
		snprintf(entry, sizeof entry, "\n.It Ic \"%s: <", rows[i].path);
		assert_non_null(strstr(buf_str(&b), entry));
	}
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_well_made),
		cmocka_unit_test(every_row_is_set_and_read),
		cmocka_unit_test(documents_refer_to_value_spaces),
		cmocka_unit_test(values_reach_their_fields),
		cmocka_unit_test(tls_verify_follows_the_global_setting_until_it_is_set),
		cmocka_unit_test(the_idle_address_of_the_guide_is_none),
		cmocka_unit_test(names_are_understood),
		cmocka_unit_test(lost_names_are_explained),
		cmocka_unit_test(aliases_lead_to_rows),
		cmocka_unit_test(one_name_for_two_settings),
		cmocka_unit_test(a_phone_book_by_address_and_path),
		cmocka_unit_test(wrong_values_are_refused_with_the_reason),
		cmocka_unit_test(a_full_text_fits_its_field),
		cmocka_unit_test_setup_teardown(changes_are_kept_and_go_back, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_cannot_be_saved_does_not_hold, make_folder,
						remove_folder),
		cmocka_unit_test(fixtures_are_judged_as_expected),
		cmocka_unit_test_setup_teardown(odd_bytes_get_their_own_complaint, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(complaints_end_at_a_hundred, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_mask_in_a_file_is_no_secret, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(typographic_quotes_are_quotes, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_comment_behind_a_value_is_noted, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_bad_file_changes_nothing, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_damaged_own_file_is_set_aside, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_reload_loses_no_own_settings, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_newer_own_file_is_told, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(an_own_file_that_is_no_text_is_set_aside, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_newer_agents_lines_are_kept, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(all_good_lines_hold, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(names_of_a_newer_agent_are_kept, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(an_own_file_that_cannot_be_read_stays, make_folder,
						remove_folder),
		cmocka_unit_test(rows_are_compared_by_the_value_that_holds),
		cmocka_unit_test(the_manual_tells_every_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
