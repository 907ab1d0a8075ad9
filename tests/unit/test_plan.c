/* SPDX-License-Identifier: MIT */
/* plan: what a file of settings would change. */
#include "settings/plan.h"

#include "wire/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void complain(void *arg, const struct settings_complaint *c)
{
	assert_string_equal(c->file, "");
	buf_addf(arg, "%u:%u: %s\n", c->line, c->column, c->text);
}

/* "Path = value *" for each setting, a line each, * where it is to be set; or the mistakes. */
static const char *plan_of(const struct settings_db *db, const char *text, const struct doc *document)
{
	static char ret[4000];
	struct buf out;
	buf_init(&out, sizeof ret);
	struct settings_plan *p =
		settings_plan_new(db, &(struct settings_plan_request){ text, strlen(text), document,
								       settings_doc(db), complain, &out });
	if (p->mistakes)
		buf_addf(&out, "%d mistakes", p->mistakes);
	size_t differ = 0;
	for (size_t i = 0; i < p->n && !p->mistakes; i++) {
		buf_addf(&out, "%s = %s%s (%u)\n", p->items[i].path, p->items[i].value,
			 p->items[i].differs ? " *" : "", p->items[i].line);
		differ += p->items[i].differs ? 1 : 0;
	}
	assert_true(p->mistakes || differ == p->differ);
	settings_plan_free(p);
	snprintf(ret, sizeof ret, "%s", buf_str(&out));
	buf_done(&out);
	return ret;
}

static const char *plan(const struct settings_db *db, const char *text)
{
	return plan_of(db, text, NULL);
}

/* The same of a Configuration document. */
static const char *plan_document(const struct settings_db *db, const char *xml)
{
	struct doc *d;
	assert_int_equal(xml_parse(xml, strlen(xml), NULL, &d, NULL), 0);
	const char *said = plan_of(db, "", d);
	doc_free(d);
	return said;
}

static void set(struct settings_db *db, const char *path, const char *value)
{
	struct settings_change *c = settings_begin(db);
	assert_int_equal(settings_change_set(c, path, value, NULL), 0);
	assert_int_equal(settings_commit(c, NULL, NULL), 0);
}

static void what_differs_is_to_be_set(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	set(db, "SystemUnit Name", "x");
	set(db, "NetworkServices NTP Server 2 Key", "hush");
	assert_string_equal(plan(db, "# nothing\n\n"), "");
	assert_string_equal(plan(db, "system name: y\nlogg lev: info\nSystemUnit Name: x\n"),
			    "Logging Level = Info (2)\nSystemUnit Name = x (3)\n");
	assert_string_equal(plan(db, "*c xConfiguration SystemUnit Name: \"z\"\n"),
			    "SystemUnit Name = z * (1)\n");
	/* *** leaves a secret as it is. */
	assert_string_equal(plan(db, "NetworkServices NTP Server 2 Key: \"***\"\n"), "");
	assert_string_equal(plan(db, "NetworkServices NTP Server 2 Key: other\n"),
			    "NetworkServices NTP Server 2 Key = other * (1)\n");
	settings_free(db);
}

static void an_inherited_value_is_set(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	static const char file[] =
		"NetworkServices HTTPS VerifyServerCertificate: Off\nProvisioning TlsVerify: On\n";
	assert_string_equal(plan(db, file), "NetworkServices HTTPS VerifyServerCertificate = Off * (1)\n"
					    "Provisioning TlsVerify = On * (2)\n");
	set(db, "Provisioning TlsVerify", "On");
	set(db, "NetworkServices HTTPS VerifyServerCertificate", "Off");
	assert_string_equal(plan(db, file), "NetworkServices HTTPS VerifyServerCertificate = Off (1)\n"
					    "Provisioning TlsVerify = On (2)\n");
	settings_free(db);
}

static void mistakes_are_all_told(void **state)
{
	(void)state;
	struct settings_db *db = settings_new(NULL);
	const char *said = plan(db, "SystemUnit Name: good\nLogging Level: Loud\n\nQuantum: On\n"
				    "Provisioning ExternalManager Guarded: No Such\n");
	assert_non_null(strstr(said, "2:16: Logging Level: expected"));
	assert_non_null(strstr(said, "4:1: "));
	assert_non_null(strstr(said, "5:"));
	assert_non_null(strstr(said, "3 mistakes"));
	assert_non_null(strstr(plan(db, "SystemUnit Name: \xff\n"), "1 mistakes"));
	/* What only the operating system sets: as it is shown, or not at all. */
	assert_string_equal(plan(db, "Network 1 IPv4 Gateway: \"\"\n"), "");
	assert_non_null(strstr(plan(db, "Network 1 IPv4 Gateway: 192.0.2.1\n"), "is refused"));
	settings_free(db);
}

/* A name of older systems stands for two settings, in each form. */
static void a_name_for_two(void **state)
{
	static const char both[] =
		"HttpFeedback TlsVerify = Off * (%d)\nProvisioning TlsVerify = Off * (%d)\n";
	struct settings_db *db = settings_new(NULL);
	char wanted[200];
	(void)state;
	snprintf(wanted, sizeof wanted, both, 1, 1);
	assert_string_equal(plan(db, "ExternalManager Server Certificate Verify Mode: Off\n"), wanted);
	snprintf(wanted, sizeof wanted, both, 0, 0);
	assert_string_equal(plan_document(db, "<Configuration><ExternalManager><Server><Certificate>"
					      "<Verify><Mode>Off</Mode></Verify></Certificate></Server>"
					      "</ExternalManager></Configuration>"),
			    wanted);
	settings_free(db);
}

static void a_document(void **state)
{
	struct settings_db *db = settings_new(NULL);
	(void)state;
	set(db, "SystemUnit Name", "x");
	assert_string_equal(
		plan_document(db,
			      "<Configuration><SystemUnit><Name>x</Name></SystemUnit><NetworkServices><NTP>"
			      "<Server item=\"2\"><Address>b.test</Address><Key>***</Key></Server></NTP>"
			      "</NetworkServices><Network><IPv4><Gateway/></IPv4></Network></Configuration>"),
		"NetworkServices NTP Server 2 Address = b.test * (0)\nSystemUnit Name = x (0)\n");
	const char *said = plan_document(db, "<Configuration><Logging><Level>Loud</Level></Logging>"
					     "<Quantum>On</Quantum></Configuration>");
	assert_non_null(strstr(said, "0:0: Logging Level: expected"));
	assert_non_null(strstr(said, "there is no \"Quantum\""));
	assert_non_null(strstr(said, "2 mistakes"));
	settings_free(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_differs_is_to_be_set),
		cmocka_unit_test(an_inherited_value_is_set),
		cmocka_unit_test(mistakes_are_all_told),
		cmocka_unit_test(a_name_for_two),
		cmocka_unit_test(a_document),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
