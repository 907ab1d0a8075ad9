/* SPDX-License-Identifier: MIT */
/* What the external manager may not touch. */
#include "../../src/provisioning/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static struct settings_db *db;

static void set(const char *path, const char *value)
{
	struct settings_change *c = settings_begin(db);
	struct err e;
	if (settings_change_set(c, path, value, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(settings_commit(c, NULL, &e), 0);
}

static int setup(void **state)
{
	(void)state;
	db = settings_new(NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	settings_free(db);
	return 0;
}

static int setting(const char *path, const char *before, const char *after)
{
	struct err e;
	int r = guard_setting(settings_get(db), path, before, after, &e);
	if (r < 0) {
		assert_int_equal(e.kind, ERR_DENIED);
		assert_non_null(strstr(e.text, path));
	}
	return r;
}

/* "HttpFeedback Register FeedbackSlot=3": a command and its parameters. */
static int command(const char *line)
{
	char text[200], *save, *path;
	struct err e;
	struct doc *params = doc_new("Command");
	snprintf(text, sizeof text, "%s", line);
	path = strtok_r(text, ";", &save);
	for (char *p; (p = strtok_r(NULL, ";", &save));) {
		char *value = strchr(p, '=');
		*value++ = '\0';
		doc_add_value(params, p, DOC_STRING, value);
	}
	int r = guard_command(settings_get(db), path, params, &e);
	doc_free(params);
	return r;
}

static const struct settings_command commands[] = {
	{ "Diagnostics Connection", NULL },
	{ "Diagnostics Services", NULL },
	{ "HttpFeedback DeadLetters Purge", NULL },
	{ "HttpFeedback Deregister", NULL },
	{ "HttpFeedback Queue Purge", NULL },
	{ "HttpFeedback Queue Replay", NULL },
	{ "HttpFeedback Register", NULL },
	{ "Security Certificates CA Add", NULL },
	{ "Security Certificates Services Delete", NULL },
	{ "SystemUnit AdminPassword Set", NULL },
	{ "SystemUnit Boot", NULL },
	{ "Boot", "SystemUnit Boot" },
	{ "Time Floor Reset", NULL },
	{ NULL, NULL },
};

static void out_of_the_box(void **state)
{
	(void)state;
	/* Weaker, stronger, as before. */
	assert_int_equal(setting("Provisioning TlsVerify", "On", "Off"), -1);
	assert_int_equal(setting("Provisioning TlsVerify", "Off", "On"), 0);
	assert_int_equal(setting("HttpFeedback TlsVerify", "On", "Off"), -1);
	assert_int_equal(setting("Phonebook Server 1 TlsVerify", "On", "Off"), -1);
	assert_int_equal(setting("NetworkServices HTTPS VerifyServerCertificate", "On", "Off"), -1);
	assert_int_equal(setting("Security Revocation Mode", "Hard", "Soft"), -1);
	assert_int_equal(setting("Security Revocation Mode", "Soft", "Off"), -1);
	assert_int_equal(setting("Security Revocation Mode", "Soft", "Hard"), 0);
	assert_int_equal(setting("Security Verification CommonName", "Off", "On"), -1);
	assert_int_equal(setting("Security Verification CommonName", "On", "Off"), 0);
	assert_int_equal(setting("Security Verification Profile", "Strict", "Guide"), -1);
	/* What the date comes from, what is logged, what is dropped, passwords and secrets. */
	static const char *const kept[] = {
		"NetworkServices NTP Mode",
		"NetworkServices NTP Server 1 Address",
		"NetworkServices NTP Server 2 Key",
		"NetworkServices NTP Server 3 KeyAlgorithm",
		"NetworkServices NTP Server 3 KeyId",
		"Logging Level",
		"Logging Facility",
		"HttpFeedback Queue MaxAge",
		"HttpFeedback Queue MaxBytes",
		"HttpFeedback Queue MaxCount",
		"HttpFeedback Slot 1 Secret",
		"HttpFeedback Slot 4 Secret",
		"Provisioning Password",
		"SystemUnit Password",
		"SystemUnit StrictPassword",
		"NetworkServices HTTPS Listen 4 Address",
		"NetworkServices HTTPS Mode",
		"NetworkServices HTTPS RateLimit Basic Rate",
		"NetworkServices HTTPS RateLimit Session Queue",
		"NetworkServices HTTPS Server MinimumTLSVersion",
		"NetworkServices HTTPS Server Port",
		"NetworkServices HTTPS StrictTransportSecurity",
		"NetworkServices HTTPS VerifyClientCertificate",
		"NetworkServices Websocket",
		"Security Session FailedLoginsLockoutTime",
		"Security Session MaxFailedLogins",
		"Security Session MaxSessionsPerUser",
		"Security Session MaxTotalSessions",
		"Provisioning ExternalManager Guarded",
		"Provisioning ExternalManager MayWeaken",
		"Provisioning ExternalManager Released",
	};
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (setting(kept[i], "a", "b") == 0)
			fail_msg("the manager may set %s", kept[i]);
	static const char *const free[] = {
		"SystemUnit Name",
		"HttpFeedback Order",
		"Network 1 DNS Server 1 Address",
		"Phonebook Server 1 URL",
		"Provisioning ExternalManager Address",
		"Provisioning ExternalManager Path",
		"Provisioning LoginName",
		"Provisioning Mode",
		"Time Zone",
	};
	for (size_t i = 0; i < sizeof free / sizeof *free; i++)
		assert_int_equal(setting(free[i], "a", "b"), 0);
	static const char *const never[] = {
		"Security Certificates CA Add",
		"Security Certificates Services Delete",
		"Security Certificates Fetch",
		"SystemUnit AdminPassword Set",
		"Security Session Terminate",
		"UserManagement User Add",
		"UserManagement User Modify",
		"UserManagement User Passphrase Set",
		"Time Floor Reset",
		"HttpFeedback Queue Purge",
		"HttpFeedback DeadLetters Purge",
	};
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		assert_int_equal(command(never[i]), -1);
	assert_int_equal(command("SystemUnit Boot"), 0);
	assert_int_equal(command("HttpFeedback Queue Replay"), 0);
	assert_int_equal(command("HttpFeedback Register;ServerUrl=https://x/"), 0);
}

/* An address that it names is nobody's service. */
static void parameters(void **state)
{
	(void)state;
	assert_int_equal(command("Diagnostics Connection;Service=Phonebook"), 0);
	assert_int_equal(command("Diagnostics Connection;Service=HttpFeedback;FeedbackSlot=2"), 0);
	assert_int_equal(command("Diagnostics Connection;Url=https://inside.test:8443/"), -1);
	assert_int_equal(command("Diagnostics Connection;U=https://inside.test:8443/"), -1);
	assert_int_equal(command("Diagnostics Connection;Service=Phonebook;url=https://inside.test/"), -1);
	assert_int_equal(command("Diagnostics Services"), 0);
	assert_int_equal(command("Diagnostics Services;Service=Phonebook"), 0);
	assert_int_equal(command("Diagnostics Services;Url=https://inside.test/"), -1);
}

static void what_the_administrator_says(void **state)
{
	(void)state;
	set("Provisioning ExternalManager Guarded",
	    "systemunit name,  Network 1 DNS Server 2 ,xcommand SystemUnit, Phonebook Server");
	assert_int_equal(setting("SystemUnit Name", "a", "b"), -1);
	assert_int_equal(setting("SystemUnit Identification SerialNumber", "a", "b"), 0);
	assert_int_equal(setting("Network 1 DNS Server 2 Address", "", "x"), -1);
	assert_int_equal(setting("Network 1 DNS Server 1 Address", "", "x"), 0);
	assert_int_equal(setting("Phonebook Server 1 URL", "", "https://x/"), -1);
	assert_int_equal(command("SystemUnit Boot"), -1);
	/* It only adds. */
	assert_int_equal(command("Security Certificates CA Add"), -1);
	assert_int_equal(setting("NetworkServices NTP Server 1 Key", "", "x"), -1);
	/* A setting's name guards no command. */
	set("Provisioning ExternalManager Guarded", "SystemUnit");
	assert_int_equal(command("SystemUnit Boot"), 0);
	assert_int_equal(setting("SystemUnit Name", "a", "b"), -1);
	set("Provisioning ExternalManager Guarded", "xCommand");
	assert_int_equal(command("SystemUnit Boot"), -1);
	assert_int_equal(setting("SystemUnit Name", "a", "b"), 0);
	set("Provisioning ExternalManager Guarded", "");
	assert_int_equal(setting("Provisioning ExternalManager Guarded", "", "x"), -1);
	assert_int_equal(setting("Provisioning TlsVerify", "On", "Off"), -1);
	set("Provisioning ExternalManager MayWeaken", "On");
	assert_int_equal(setting("Provisioning TlsVerify", "On", "Off"), 0);
	assert_int_equal(setting("Provisioning ExternalManager MayWeaken", "On", "Off"), -1);
}

static void what_is_released(void **state)
{
	(void)state;
	set("Provisioning ExternalManager Released",
	    "NetworkServices NTP Server Address, xCommand Time Floor, "
	    "HttpFeedback Slot 3 Secret, Provisioning Password");
	assert_int_equal(setting("NetworkServices NTP Server 2 Address", "", "x"), 0);
	assert_int_equal(setting("NetworkServices NTP Server 2 Key", "", "x"), -1);
	assert_int_equal(setting("NetworkServices NTP Mode", "", "x"), -1);
	assert_int_equal(setting("HttpFeedback Slot 3 Secret", "", "x"), 0);
	assert_int_equal(setting("HttpFeedback Slot 1 Secret", "", "x"), -1);
	assert_int_equal(setting("Provisioning Password", "", "x"), 0);
	assert_int_equal(command("Time Floor Reset"), 0);
	assert_int_equal(command("Security Certificates CA Add"), -1);
	/* It may still make nothing weaker. */
	set("Provisioning ExternalManager Released", "Logging, NetworkServices NTP");
	assert_int_equal(setting("Logging External Mode", "On", "Off"), 0);
	assert_int_equal(setting("Logging External TlsVerify", "On", "Off"), -1);
	assert_int_equal(setting("Logging External TlsVerify", "Off", "On"), 0);
	for (int i = 1; i <= 3; i++) {
		char path[48];
		snprintf(path, sizeof path, "NetworkServices NTP Server %d NTS", i);
		assert_int_equal(setting(path, "On", "Off"), -1);
		assert_int_equal(setting(path, "Off", "On"), 0);
	}
	set("Provisioning ExternalManager Released",
	    "NetworkServices NTP Server Address, xCommand Time Floor, HttpFeedback Slot 3 Secret");
	/* What the administrator guards by name stays guarded, and what may never be released, too. */
	set("Provisioning ExternalManager Guarded", "NetworkServices NTP Server 2, xCommand Time");
	assert_int_equal(setting("NetworkServices NTP Server 2 Address", "", "x"), -1);
	assert_int_equal(setting("NetworkServices NTP Server 1 Address", "", "x"), 0);
	assert_int_equal(command("Time Floor Reset"), -1);
	assert_int_equal(setting("Provisioning ExternalManager Released", "", "x"), -1);
	set("Provisioning ExternalManager Released", "xCommand Security");
	assert_int_equal(command("Security Certificates CSR Create"), 0);
	assert_int_equal(command("Security Certificates Services Backup"), -1);
}

/* Released lists of roots: a first limit and a narrower one are stronger, anything else is weaker. */
static void lists_of_roots(void **state)
{
	(void)state;
	static const char name[] = "Security Trust Service 8 Name",
			  roots[] = "Security Trust Service 8 Roots";
	assert_int_equal(setting(name, "None", "Phonebook"), -1); /* not released */
	set("Provisioning ExternalManager Released", "Security Trust");
	assert_int_equal(setting(roots, "", "lab, site"), 0);
	set(roots, "lab, site");
	assert_int_equal(setting(roots, "lab, site", ""), 0); /* while it limits no service */
	assert_int_equal(setting(name, "None", "Phonebook"), 0);
	set(name, "Phonebook");
	assert_int_equal(setting(name, "Phonebook", "Phonebook"), 0);
	assert_int_equal(setting(name, "Phonebook", "None"), -1);
	assert_int_equal(setting(name, "Phonebook", "Logging"), -1);
	assert_int_equal(setting(roots, "lab, site", "SITE ,lab"), 0);
	assert_int_equal(setting(roots, "lab, site", "site"), 0);
	assert_int_equal(setting(roots, "lab, site", "Pins"), 0);
	assert_int_equal(setting(roots, "lab, site", ""), -1);
	assert_int_equal(setting(roots, "lab, site", " "), -1);
	assert_int_equal(setting(roots, "lab, site", "lab, site, evil"), -1);
	assert_int_equal(setting(roots, "lab, site", "evil"), -1);
	assert_int_equal(setting("Security Trust Service 1 Roots", "", "evil"), 0); /* another list */
	set(roots, "");
	assert_int_equal(setting(roots, "", "evil"), 0);
	assert_int_equal(setting(name, "Phonebook", "None"), 0);
	set(roots, "Pins");
	assert_int_equal(setting(roots, "Pins", "lab"), -1);
	assert_int_equal(setting(name, "Phonebook", "None"), -1);
	set("Provisioning ExternalManager MayWeaken", "On");
	assert_int_equal(setting(roots, "Pins", ""), 0);
	assert_int_equal(setting(name, "Phonebook", "None"), 0);
}

static void expect_reason(const char *path, const char *words)
{
	struct err e;
	assert_int_equal(guard_setting(settings_get(db), path, "a", "b", &e), -1);
	if (!strstr(e.text, words))
		fail_msg("%s: expected \"%s\"", e.text, words);
}

/* Each names what keeps it, and what lifts that. */
static void reasons(void **state)
{
	(void)state;
	expect_reason("Logging Level",
		      "by default the manager may not use it; an administrator can allow it in Provisioning "
		      "ExternalManager Released");
	expect_reason("Provisioning ExternalManager Guarded", "may not change which settings it may change");
	set("Provisioning ExternalManager Guarded", "Logging");
	expect_reason("Logging Level", "Provisioning ExternalManager Guarded names it");
}

static void expect_list(const char *value, const char *wanted)
{
	set("Provisioning ExternalManager Guarded", value);
	assert_string_equal(settings_get(db)->provisioning.guarded, wanted);
}

static void expect_refusal(const char *setting, const char *value, const char *words)
{
	char path[80];
	struct settings_change *c = settings_begin(db);
	struct err e = { .text = "" };
	snprintf(path, sizeof path, "Provisioning ExternalManager %s", setting);
	assert_int_equal(settings_change_set(c, path, value, &e), -1);
	settings_abandon(c);
	if (!strstr(e.text, words))
		fail_msg("%s: expected \"%s\"", e.text, words);
}

static void names_in_lists(void **state)
{
	(void)state;
	expect_list("xConfiguration SystemUnit Name", "SystemUnit Name");
	expect_list("NTP Address", "NetworkServices NTP Server Address");
	expect_list("xconfiguration ntp", "NetworkServices NTP Server Address, NetworkServices NTP Mode");
	expect_list("networkservices/ntp/server[2]", "NetworkServices NTP Server 2");
	expect_list("xCommand boot, ,", "xCommand SystemUnit Boot");
	expect_list("xcommand HTTPFEEDBACK queue", "xCommand HttpFeedback Queue");
	expect_refusal("Guarded", "SystemUnit Name, Audio", "there is no \"Audio\"");
	expect_refusal("Guarded", "SystemUnit Nam", "did you mean Name?");
	expect_refusal("Guarded", "System", "did you mean SystemUnit?");
	expect_refusal("Guarded", "xCommand SystemUnit Bot", "did you mean Boot?");
	expect_refusal("Guarded", "xCommand Audio", "there is no \"Audio\"");
	expect_refusal("Guarded", "NetworkServices NTP Server 4", "the last one is 3");
	expect_refusal("Guarded", "xConfiguration", "expected the name of a setting");
	expect_refusal("Released", "SystemUnit Name", "expected something that is guarded by default");
	expect_refusal("Released", "NetworkServices", "expected something that is guarded by default");
	expect_refusal("Released", "xCommand", "expected something that is guarded by default");
	expect_refusal("Released", "Provisioning ExternalManager MayWeaken",
		       "expected something that is guarded by default");
}

int main(void)
{
	settings_know_commands(commands);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(out_of_the_box, setup, teardown),
		cmocka_unit_test_setup_teardown(parameters, setup, teardown),
		cmocka_unit_test_setup_teardown(what_the_administrator_says, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_released, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_of_roots, setup, teardown),
		cmocka_unit_test_setup_teardown(reasons, setup, teardown),
		cmocka_unit_test_setup_teardown(names_in_lists, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
