/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char path[64];
static int server = -1;

static int listen_here(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	unlink(path);
	server = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	return bind(server, (struct sockaddr *)&at, sizeof at);
}

static int setup(void **state)
{
	(void)state;
	snprintf(path, sizeof path, "/tmp/sealpost-log-%ld", (long)getpid());
	if (listen_here() < 0)
		return -1;
	struct log_options o = { .name = "sealpostd", .socket = path };
	log_open(&o);
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_set_tap(NULL, NULL);
	log_close();
	close(server);
	unlink(path);
	return 0;
}

static const char *received(void)
{
	static char packet[4096];
	ssize_t n = recv(server, packet, sizeof packet - 1, 0);
	packet[n > 0 ? n : 0] = '\0';
	return packet;
}

static void writes_rfc3164(void **state)
{
	(void)state;
	char expected[64];
	log_warning("one %s", "line");
	const char *got = received();
	assert_memory_equal(got, "<28>", 4); /* daemon is 3, warning is 4 */
	snprintf(expected, sizeof expected, " sealpostd[%ld]: one line", (long)getpid());
	assert_string_equal(got + 4 + 15, expected);
	log_debug("not made");
	assert_string_equal(received(), "");
	assert_int_equal(log_set_facility("LOCAL3"), 0);
	log_error("x");
	assert_memory_equal(received(), "<155>", 5);
	assert_int_equal(log_set_facility("nonsense"), -1);
	log_set_facility("daemon");
}

static void nobody_forges_a_line(void **state)
{
	(void)state;
	log_info("a\nb\r\x1b[31m \xc3\xa9 \xff\xc3 \xed\xa0\x80 \x7f \xc2\x85 \u202e\u200b");
	const char *text = strstr(received(), "]: ") + 3;
	assert_string_equal(
		text,
		"a\\nb\\r\\u001b[31m \xc3\xa9 \\xff\\xc3 \\xed\\xa0\\x80 \\u007f \\u0085 \\u202e\\u200b");
	char longer[5000];
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	log_info("%s", longer);
	const char *got = received();
	assert_in_range(strlen(got), 1900, 2200);
	assert_string_equal(got + strlen(got) - 3, "...");
}

static void tells_what_was_lost(void **state)
{
	(void)state;
	unsigned long sent = 5000, lost;
	for (unsigned long i = 0; i < sent; i++)
		log_info("flood %lu", i);
	for (lost = sent; received()[0]; lost--)
		;
	assert_in_range(lost, 1, sent - 1);
	log_info("after");
	char expected[64];
	snprintf(expected, sizeof expected, "]: %lu log lines were lost", lost);
	assert_non_null(strstr(received(), expected));
	assert_non_null(strstr(received(), "]: after"));
}

static void finds_a_restarted_daemon(void **state)
{
	(void)state;
	close(server);
	log_info("into the void");
	assert_int_equal(listen_here(), 0);
	log_info("found");
	const char *got = received();
	if (strstr(got, "were lost"))
		got = received();
	assert_non_null(strstr(got, "]: found"));
}

static void tapped(void *arg, enum log_level level, const char *line)
{
	snprintf(arg, 64, "%d %s", (int)level, line);
}

static void the_tap_sees_the_line(void **state)
{
	(void)state;
	char seen[64] = "";
	log_set_tap(tapped, seen);
	log_notice("hello");
	assert_string_equal(seen, "5 hello");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_rfc3164, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_forges_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_what_was_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_a_restarted_daemon, setup, teardown),
		cmocka_unit_test_setup_teardown(the_tap_sees_the_line, setup, teardown),
	};
	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
