/* SPDX-License-Identifier: MIT */
/* Plain services in the kernel's tables, and on which addresses they count. */
#include "../../src/diagnostics/listeners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD                                                                                                 \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define REST " 00000000:00000000 00:00000000 00000000     0        0 1 1 0000000000000000 100 0 0 10 0\n"

/* What is found in one table of these lines. */
static const char *found(const char *table, const char *lines)
{
	static char text[200];
	char folder[] = "/tmp/test-listeners-XXXXXX", path[64];
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/%s", folder, table);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, HEAD "%s", lines);
	fclose(f);
	size_t n = listeners_plain(folder, text, sizeof text);
	assert_int_equal(n == 0, text[0] == '\0');
	unlink(path);
	rmdir(folder);
	return text;
}

static void tables(void **state)
{
	(void)state;
	static const struct {
		const char *table, *lines, *wanted;
	} cases[] = {
		{ "tcp", "", "" },
		{ "tcp", "   0: 00000000:0017 00000000:0000 0A" REST, "Telnet on port 23" },
		{ "tcp",
		  "   0: 0A00000A:0050 00000000:0000 0A" REST "   1: 00000000:0015 00000000:0000 0A" REST,
		  "FTP on port 21, HTTP on port 80" },
		{ "tcp", "   0: 0100007F:0050 00000000:0000 0A" REST, "" }, /* loopback */
		{ "tcp", "   0: 00000000:0050 0200000A:C001 01" REST, "" }, /* a connection, no listener */
		{ "tcp", "   0: 00000000:01BB 00000000:0000 0A" REST, "" }, /* 443 */
		{ "tcp", "   0: 00000000:00A1 00000000:0000 0A" REST, "" }, /* SNMP is UDP */
		{ "tcp6",
		  "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A" REST,
		  "HTTP on port 80" },
		{ "tcp6",
		  "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A" REST,
		  "" },
		{ "tcp6",
		  "   0: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A" REST,
		  "" },
		{ "udp", "  12: 00000000:00A1 00000000:0000 07" REST, "SNMP on port 161" },
		{ "udp", "  12: 00000000:0050 00000000:0000 07" REST, "" },
		{ "udp6",
		  "  12: 00000000000000000000000000000000:00A1 00000000000000000000000000000000:0000 07" REST,
		  "SNMP on port 161" },
		{ "tcp",
		  "garbage\n:::\n   0: 000000000000000000000000000000000000000000000000:0050 0 0A\n  0:\n\n",
		  "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(found(cases[i].table, cases[i].lines), cases[i].wanted);
	assert_string_equal(found("nothing", ""), "");
}

static void the_real_ones(void **state)
{
	(void)state;
	char text[200];
	listeners_plain("/proc/net", text, sizeof text);
	assert_true(strlen(text) < sizeof text);
	listeners_plain("/proc/net", text, 1);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(tables), cmocka_unit_test(the_real_ones) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
