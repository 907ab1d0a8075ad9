/* SPDX-License-Identifier: MIT */
/* Configuration documents from a manager, as they come in its answers: what of them is to be set. */
#include "../../src/provisioning/push.h"

#include "base/mem.h"
#include "wire/manager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct settings_db *db;
static struct push *push;

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
	set("Provisioning ExternalManager Address", "here.test");
	set("Provisioning LoginName", "me");
	set("Provisioning Password", "hush");
	set("NetworkServices NTP Server 1 Key", "GuardedSecret");
	set("SystemUnit Name", "before");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	push_free(push);
	push = NULL;
	settings_free(db);
	return 0;
}

/* In an envelope, as the agent gets it. */
static void read_in(const char *space, const char *xml)
{
	struct manager_answer a;
	struct err e;
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_addf(&b, "<PostEventResult><Management><Configuration><Configuration%s>", space);
	buf_adds(&b, xml);
	buf_adds(&b, "</Configuration></Configuration></Management></PostEventResult>");
	if (manager_read_answer(b.data, b.len, &a, &e) < 0)
		fail_msg("%s", e.text);
	push_free(push);
	push = push_read(db, a.configuration);
	manager_answer_done(&a);
	buf_done(&b);
}

static void read_push(const char *xml)
{
	read_in("", xml);
}

static void assert_set(size_t i, const char *path, const char *value)
{
	assert_true(i < push->n);
	assert_string_equal(push->set[i].path, path);
	assert_string_equal(push->set[i].value, value);
}

static void assert_skipped(size_t unknown, size_t unsupported, size_t guarded)
{
	assert_int_equal(push->skipped[PUSH_UNKNOWN].n, unknown);
	assert_int_equal(push->skipped[PUSH_UNSUPPORTED].n, unsupported);
	assert_int_equal(push->skipped[PUSH_GUARDED].n, guarded);
}

static void all_three_namespaces(void **state)
{
	static const char *const spaces[] = {
		" internal=\"true\" xmlns=\"\"",
		" xmlns=\"http://www.tandberg.com/XML/CUIL/2.0\"",
		" xmlns=\"http://www.tandberg.no/XML/CUIL/1.0\"",
	};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		read_in(spaces[i], "<SystemUnit item=\"1\"><Name item=\"1\">after</Name></SystemUnit>");
		assert_int_equal(push->n, 1);
		assert_set(0, "SystemUnit Name", "after");
		assert_int_equal(push->bad.kind, ERR_NONE);
	}
}

static void items_stray_or_missing(void **state)
{
	(void)state;
	set("Provisioning ExternalManager Released", "NetworkServices NTP Server Address");
	/* None means the first; on what is no list a number means nothing; one that is not there is
	 * unknown. */
	read_push("<NetworkServices item=\"7\"><NTP><Server><Address>a.test</Address></Server>"
		  "<Server item=\"3\"><Address item=\"3\">c.test</Address></Server>"
		  "<Server item=\"4\"><Address>d.test</Address></Server></NTP></NetworkServices>");
	assert_int_equal(push->n, 2);
	assert_set(0, "NetworkServices NTP Server 1 Address", "a.test");
	assert_set(1, "NetworkServices NTP Server 3 Address", "c.test");
	assert_skipped(1, 0, 0);
	assert_string_equal(push->skipped[PUSH_UNKNOWN].names, "NetworkServices 7 NTP Server 4 Address");
}

static void items_that_are_no_numbers(void **state)
{
	(void)state;
	set("Provisioning ExternalManager Released", "NetworkServices NTP Server Address");
	/* Of a list no item has such a number; at what is no list it means nothing, as any other. */
	read_push("<NetworkServices item=\"\"><NTP><Server item=\"0\" maxOccurrence=\"unbounded\">"
		  "<Address>a.test</Address></Server><Server item=\"2\" maxOccurrence=\"0\">"
		  "<Address item=\"n\">b.test</Address></Server></NTP></NetworkServices>"
		  "<SystemUnit><Name item=\"0\">after</Name></SystemUnit>");
	assert_int_equal(push->bad.kind, ERR_NONE);
	assert_int_equal(push->n, 2);
	assert_set(0, "NetworkServices NTP Server 2 Address", "b.test");
	assert_set(1, "SystemUnit Name", "after");
	assert_skipped(1, 0, 0);
	assert_string_equal(push->skipped[PUSH_UNKNOWN].names,
			    "NetworkServices item=\"\" NTP Server item=\"0\" Address");
}

static void what_is_skipped_is_counted_and_named(void **state)
{
	(void)state;
	read_push(
		"<SystemUnit><Name>before</Name></SystemUnit><Audio><DefaultVolume>80</DefaultVolume></Audio>"
		"<NetworkServices><Telnet><Mode>On</Mode></Telnet><NTP><Server><KeyId>9</KeyId></Server></"
		"NTP></NetworkServices>"
		"<Security><Revocation><Mode>Soft</Mode></Revocation></"
		"Security><Provisioning><TlsVerify>Off</TlsVerify></Provisioning>");
	assert_int_equal(push->n, 1);
	assert_set(0, "Security Revocation Mode", "Soft");
	assert_int_equal(push->same, 1);
	assert_skipped(1, 1, 2);
	assert_string_equal(push->skipped[PUSH_UNKNOWN].names, "Audio DefaultVolume");
	assert_string_equal(push->skipped[PUSH_UNSUPPORTED].names, "NetworkServices Telnet Mode");
	assert_string_equal(push->skipped[PUSH_GUARDED].names,
			    "NetworkServices NTP Server 1 KeyId, Provisioning TlsVerify");
}

/* Some servers indent texts as well; blanks in one line belong to the text. */
static void texts_on_lines_of_their_own(void **state)
{
	(void)state;
	read_push("<SystemUnit><Name>\n      of two words\n    </Name></SystemUnit>");
	assert_set(0, "SystemUnit Name", "of two words");
	read_push("<SystemUnit><Name> wide </Name></SystemUnit>");
	assert_set(0, "SystemUnit Name", " wide ");
	read_push("<SystemUnit><Name>of\ntwo lines</Name></SystemUnit>");
	assert_int_equal(push->bad.kind, ERR_INPUT);
}

static void one_value_that_cannot_be(void **state)
{
	(void)state;
	read_push("<SystemUnit><Name>after</Name></SystemUnit><Phonebook><Server><URL>http://plain.test/</"
		  "URL></Server></Phonebook>"
		  "<NetworkServices><NTP><Mode>Sometimes</Mode></NTP></NetworkServices>");
	assert_int_equal(push->bad.kind, ERR_INPUT);
	assert_non_null(strstr(push->bad.text, "https://plain.test/")); /* the first one is told */
	/* As much too long as a server likes. */
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_adds(&b, "<SystemUnit><Name>");
	for (int i = 0; i < 50000; i++)
		buf_adds(&b, "long ");
	buf_adds(&b, "</Name></SystemUnit>");
	read_push(buf_str(&b));
	assert_int_equal(push->bad.kind, ERR_INPUT);
	assert_int_equal(push->n, 0);
	buf_done(&b);
}

static void the_last_word_holds(void **state)
{
	(void)state;
	read_push("<SystemUnit><Name>one</Name><Name>two</Name></SystemUnit><Provisioning><Mode>Off</"
		  "Mode><Mode>TMS</Mode></Provisioning>"
		  "<SystemUnit><Name>three</Name></SystemUnit>");
	assert_int_equal(push->n, 2);
	assert_set(0, "SystemUnit Name", "three");
	assert_set(1, "Provisioning Mode", "TMS");
	read_push("<SystemUnit><Name>one</Name><Name>before</Name></SystemUnit>"); /* as it was, after all */
	assert_set(0, "SystemUnit Name", "before");
	read_push("<Provisioning><ExternalManager><Address>there.test</Address><Address>here.test</Address></"
		  "ExternalManager>"
		  "<LoginName>you</LoginName><LoginName>me</LoginName></Provisioning>");
	assert_false(push_changes_address(push));
	assert_int_equal(push->n, 0);
}

static void secrets(void **state)
{
	(void)state;
	/* A document that came from here comes back; what is known already is not set again. */
	read_push("<Provisioning><Password>***</Password></"
		  "Provisioning><NetworkServices><NTP><Server><Key>***</Key></Server></NTP>"
		  "</NetworkServices>");
	assert_int_equal(push->same, 2);
	read_push("<Provisioning><Password>hush</Password></Provisioning>");
	assert_int_equal(push->same, 1);
	assert_int_equal(push->n, 0);
	/* The password that an administrator gave is not the manager's to replace where it is. */
	read_push("<Provisioning><Password>another</Password></Provisioning>");
	assert_int_equal(push->n, 0);
	assert_skipped(0, 0, 1);
	assert_string_equal(push->skipped[PUSH_GUARDED].names, "Provisioning Password");
	set("Provisioning ExternalManager Released", "Provisioning Password");
	read_push("<Provisioning><Password>another</Password></Provisioning>");
	assert_set(0, "Provisioning Password", "another");
	/* Nobody finds out what a guarded one is by guessing. */
	for (int right = 0; right < 2; right++) {
		read_push(right ? "<NetworkServices><NTP><Server><Key>GuardedSecret</Key></Server></NTP></"
				  "NetworkServices>"
				: "<NetworkServices><NTP><Server><Key>guess</Key></Server></NTP></"
				  "NetworkServices>");
		assert_int_equal(push->same, 0);
		assert_skipped(0, 0, 1);
	}
}

static void the_managers_own_place(void **state)
{
	(void)state;
	read_push("<Provisioning><Password>new</Password><ExternalManager><Address>there.test</"
		  "Address><Path>/x</Path>"
		  "</ExternalManager><LoginName>me</LoginName><Mode>TMS</Mode></Provisioning>");
	assert_true(push_changes_address(push));
	assert_string_equal(push->move[PUSH_ADDRESS], "there.test");
	assert_string_equal(push->move[PUSH_PATH], "/x");
	assert_null(push->move[PUSH_LOGIN]); /* as it is */
	assert_string_equal(push->move[PUSH_PASSWORD], "new");
	assert_int_equal(push->n, 1);
	assert_set(0, "Provisioning Mode", "TMS");
	/* One that cannot be spoils the push like any other. */
	read_push("<Provisioning><ExternalManager><Address>http://there.test/</Address></ExternalManager></"
		  "Provisioning>");
	assert_int_equal(push->bad.kind, ERR_INPUT);
	assert_false(push_changes_address(push));
	/* Guarded, it goes nowhere, and then the name is not kept for later. */
	set("Provisioning ExternalManager Guarded", "Provisioning ExternalManager Address");
	read_push("<Provisioning><ExternalManager><Address>there.test</Address></"
		  "ExternalManager><LoginName>you</LoginName>"
		  "</Provisioning>");
	assert_false(push_changes_address(push));
	assert_skipped(0, 0, 1);
	assert_set(0, "Provisioning LoginName", "you");
	/* Nor does a password that the administrator guards by name go along. */
	set("Provisioning ExternalManager Guarded", "Provisioning Password");
	read_push("<Provisioning><Password>new</Password><ExternalManager><Address>there.test</Address></"
		  "ExternalManager>"
		  "</Provisioning>");
	assert_true(push_changes_address(push));
	assert_null(push->move[PUSH_PASSWORD]);
	assert_skipped(0, 0, 1);
}

/* A name of older systems stands for two settings: both are set, and of each the guard is asked. */
static void a_name_for_two(void **state)
{
	static const char off[] = "<ExternalManager><Server><Certificate><Verify><Mode>Off</Mode></Verify>"
				  "</Certificate></Server></ExternalManager>";
	(void)state;
	read_push(off);
	assert_int_equal(push->n, 0);
	assert_skipped(0, 0, 2);
	assert_string_equal(push->skipped[PUSH_GUARDED].names,
			    "Provisioning TlsVerify, HttpFeedback TlsVerify");
	set("Provisioning ExternalManager MayWeaken", "On");
	set("Provisioning ExternalManager Guarded", "HttpFeedback");
	read_push(off);
	assert_int_equal(push->n, 1);
	assert_set(0, "Provisioning TlsVerify", "Off");
	set("Provisioning ExternalManager Guarded", "");
	read_push(off);
	assert_int_equal(push->n, 2);
	assert_set(1, "HttpFeedback TlsVerify", "Off");
}

static void repeat(struct buf *b, int n, const char *text)
{
	while (n-- > 0)
		buf_adds(b, text);
}

static void hostile_sizes(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	/* More unknown ones than names are kept; more than any device has. */
	repeat(&b, PUSH_VALUES_MAX, "<Nonsense>n</Nonsense>");
	read_push(buf_str(&b));
	assert_skipped(PUSH_VALUES_MAX, 0, 0);
	assert_int_equal(push->bad.kind, ERR_NONE);
	repeat(&b, 15000 - PUSH_VALUES_MAX, "<Nonsense>n</Nonsense>");
	read_push(buf_str(&b));
	assert_int_equal(push->bad.kind, ERR_FULL);
	assert_true(push->skipped[PUSH_UNKNOWN].cut);
	assert_true(strlen(push->skipped[PUSH_UNKNOWN].names) < PUSH_NAMES);
	/* The same one again and again is one. */
	buf_reset(&b);
	buf_adds(&b, "<SystemUnit>");
	repeat(&b, PUSH_VALUES_MAX, "<Name>n</Name>");
	buf_adds(&b, "</SystemUnit>");
	read_push(buf_str(&b));
	assert_int_equal(push->n, 1);
	assert_set(0, "SystemUnit Name", "n");
	/* A path that is longer than any. */
	buf_reset(&b);
	repeat(&b, 20, "<ANameOfSomeFiftyLettersThatNoSettingWouldEverHaveSir>");
	repeat(&b, 20, "</ANameOfSomeFiftyLettersThatNoSettingWouldEverHaveSir>");
	read_push(buf_str(&b));
	assert_int_equal(push->n, 0);
	assert_skipped(1, 0, 0);
	buf_done(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_three_namespaces),
		TEST(items_stray_or_missing),
		TEST(items_that_are_no_numbers),
		TEST(what_is_skipped_is_counted_and_named),
		TEST(texts_on_lines_of_their_own),
		TEST(one_value_that_cannot_be),
		TEST(the_last_word_holds),
		TEST(secrets),
		TEST(a_name_for_two),
		TEST(the_managers_own_place),
		TEST(hostile_sizes),
	};
	return cmocka_run_group_tests_name("push", tests, NULL, NULL);
}
