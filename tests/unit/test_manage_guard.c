/* What the external manager may not touch. */
#include "../../src/agent/manage_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
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
	int r = manage_guard_setting(settings_get(db), path, before, after, &e);
	if (r < 0) {
		assert_int_equal(e.kind, ERR_DENIED);
		assert_non_null(strstr(e.text, path));
	}
	return r;
}

static int command(const char *path)
{
	struct err e;
	return manage_guard_command(settings_get(db), path, &e);
}

static void out_of_the_box(void **state)
{
	(void)state;
	/* Weaker, stronger, as before. */
	assert_int_equal(setting("Provisioning TlsVerify", "On", "Off"), -1);
	assert_int_equal(setting("Provisioning TlsVerify", "Off", "On"), 0);
	assert_int_equal(setting("Security Revocation Mode", "Hard", "Soft"), -1);
	assert_int_equal(setting("Security Revocation Mode", "Soft", "Hard"), 0);
	assert_int_equal(setting("Security Verification CommonName", "Off", "On"), -1);
	assert_int_equal(setting("Security Verification Profile", "Strict", "Guide"), -1);
	/* Secrets of time, roots; and what lifts guards. */
	assert_int_equal(setting("NetworkServices NTP Server 2 Key", "", "x"), -1);
	assert_int_equal(setting("NetworkServices NTP Server 3 KeyAlgorithm", "SHA1", "None"), -1);
	assert_int_equal(setting("NetworkServices NTP Server 3 Address", "", "time.test"), 0);
	assert_int_equal(setting("Provisioning ExternalManager Guarded", "x", ""), -1);
	assert_int_equal(setting("Provisioning ExternalManager MayWeaken", "Off", "On"), -1);
	assert_int_equal(command("Security Certificates CA Add"), -1);
	assert_int_equal(command("Security Certificates Services Delete"), -1);
	assert_int_equal(command("SystemUnit AdminPassword Set"), -1);
	assert_int_equal(command("SystemUnit Boot"), 0);
	assert_int_equal(command("HttpFeedback Register"), 0);
}

static void what_the_administrator_says(void **state)
{
	(void)state;
	set("Provisioning ExternalManager Guarded",
	    "systemunit name,  NetworkServices NTP Server 2 ,xcommand SystemUnit, Phonebook Server");
	assert_int_equal(setting("SystemUnit Name", "a", "b"), -1);
	assert_int_equal(setting("SystemUnit Identification SerialNumber", "a", "b"), 0);
	assert_int_equal(setting("NetworkServices NTP Server 2 Address", "", "x"), -1);
	assert_int_equal(setting("NetworkServices NTP Server 1 Address", "", "x"), 0);
	assert_int_equal(setting("NetworkServices NTP Server 1 Key", "", "x"), 0);
	assert_int_equal(setting("Phonebook Server 1 URL", "", "https://x/"), -1);
	assert_int_equal(command("SystemUnit Boot"), -1);
	assert_int_equal(command("Security Certificates CA Add"), 0);
	/* A setting's name guards no command, and half a word guards nothing. */
	set("Provisioning ExternalManager Guarded", "Security, System");
	assert_int_equal(command("Security Certificates CA Add"), 0);
	assert_int_equal(setting("SystemUnit Name", "a", "b"), 0);
	assert_int_equal(setting("Security Revocation Mode", "Off", "Soft"), -1);
	/* Nothing guarded; these two are all the same. */
	set("Provisioning ExternalManager Guarded", "");
	assert_int_equal(setting("Provisioning ExternalManager Guarded", "", "x"), -1);
	assert_int_equal(setting("Provisioning TlsVerify", "On", "Off"), -1);
	set("Provisioning ExternalManager MayWeaken", "On");
	assert_int_equal(setting("Provisioning TlsVerify", "On", "Off"), 0);
	assert_int_equal(setting("Provisioning ExternalManager MayWeaken", "On", "Off"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(out_of_the_box, setup, teardown),
		cmocka_unit_test_setup_teardown(what_the_administrator_says, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
