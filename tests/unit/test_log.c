/* SPDX-License-Identifier: MIT */
#include "base/journal.h"
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <fcntl.h>
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

/* Everything that is there to read, its NULs as line feeds. */
static size_t drained(int fd, char *into, size_t size)
{
	size_t len = 0;
	for (ssize_t n; len + 1 < size && (n = read(fd, into + len, size - 1 - len)) > 0; len += (size_t)n)
		;
	for (size_t i = 0; i < len; i++)
		if (!into[i])
			into[i] = '\n';
	into[len] = '\0';
	return len;
}

/* Some systems' /dev/log is a stream: records end in a NUL. Whatever it takes, no record is torn, and
 * what was lost is told. */
static void a_stream_is_written_in_whole_records(void **state)
{
	(void)state;
	static char text[4 << 20];
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
	close(server);
	unlink(path);
	server = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(server, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(server, 1), 0);
	log_info("first");
	int fd = accept4(server, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fd >= 0);
	for (int i = 0; i < 5000; i++)
		log_info("%d: %0900d", i, i);
	size_t len = drained(fd, text, sizeof text / 2);
	log_info("after");
	drained(fd, text + len, sizeof text / 2);
	close(fd);
	int whole = 0, told = 0, after = 0;
	for (char *save, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *said = strstr(line, "]: ");
		assert_non_null(said);
		assert_true(strncmp(line, "<30>", 4) == 0 || strncmp(line, "<28>", 4) == 0);
		if (strstr(said, " log lines were lost"))
			told = (int)strtol(said + 3, NULL, 10);
		else if (strcmp(said + 3, "after") == 0)
			after++;
		else if (strcmp(said + 3, "first") != 0)
			whole += strlen(said + 3) > 900;
	}
	assert_int_equal(after, 1);
	assert_int_equal(whole + told, 5000);
	assert_in_range(told, 1, 4999);
}

/* Nobody reads the pipe that standard error is: the agent goes on, and who reads later is told what is
 * missing. */
static void standard_error_never_holds_up(void **state)
{
	(void)state;
	static char text[1 << 20];
	int ends[2], kept = dup(STDERR_FILENO), lost = 0;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	struct log_options o = { .name = "sealpostd", .socket = path, .to_stderr = 1 };
	log_open(&o);
	for (int i = 0; i < 2000; i++)
		log_info("%d: %0400d", i, i);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	size_t len = drained(ends[0], text, sizeof text);
	size_t lines = 0;
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	log_info("after");
	drained(ends[0], text, sizeof text);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[0]);
	close(ends[1]);
	assert_non_null(strstr(text, " log lines were lost\n"));
	lost = (int)strtol(text + strlen("sealpostd: "), NULL, 10);
	assert_int_equal((int)lines + lost, 2000);
	assert_non_null(strstr(text, "\nsealpostd: after\n"));
}

static void without_a_syslog_lines_go_to_standard_error(void **state)
{
	(void)state;
	char text[400];
	int ends[2], kept = dup(STDERR_FILENO);
	close(server);
	unlink(path);
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	log_info("into the void");
	dup2(kept, STDERR_FILENO);
	close(kept);
	drained(ends[0], text, sizeof text);
	close(ends[0]);
	close(ends[1]);
	assert_string_equal(text, "sealpostd: into the void\n");
	server = -1;
}

/* The journal reads nothing for a while, and syslog has nobody: the journal is told how many lines are
 * missing. */
static void the_journal_is_told_what_was_lost(void **state)
{
	(void)state;
	struct log_options o = { .name = "sealpostd", .socket = "/nowhere/at/all", .journal = path };
	int kept = dup(STDERR_FILENO), nothing = open("/dev/null", O_WRONLY), told = 0, whole = 0;
	log_open(&o);
	dup2(nothing, STDERR_FILENO); /* where lines go that nobody else takes */
	for (int i = 0; i < 2000; i++)
		log_info("%d: %0400d", i, i);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(nothing);
	for (const char *got; *(got = received());)
		whole++;
	log_info("after");
	for (const char *got; *(got = received());) {
		const char *lost = strstr(got, " log lines were lost");
		if (lost)
			told = (int)strtol(got + strlen("MESSAGE="), NULL, 10);
		else
			assert_non_null(strstr(got, "MESSAGE=after\n"));
	}
	assert_in_range(whole, 1, 1999);
	assert_int_equal(whole + told, 2000);
}

/* What others chose may stand in a value, and makes no further field. */
static void a_line_end_makes_no_field_of_the_journal(void **state)
{
	(void)state;
	const struct journal_field fields[] = { { "MESSAGE", "one\nPRIORITY=0" },
						{ "SEALPOST_HOST", NULL },
						{ "PRIORITY", "6" } };
	struct buf out;
	buf_init(&out, 1000);
	journal_write(fields, sizeof fields / sizeof *fields, &out);
	assert_string_equal(buf_str(&out), "MESSAGE=one PRIORITY=0\nPRIORITY=6\n");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_end_makes_no_field_of_the_journal),
		cmocka_unit_test_setup_teardown(the_journal_is_told_what_was_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_rfc3164, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_forges_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_what_was_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_a_restarted_daemon, setup, teardown),
		cmocka_unit_test_setup_teardown(the_tap_sees_the_line, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stream_is_written_in_whole_records, setup, teardown),
		cmocka_unit_test_setup_teardown(standard_error_never_holds_up, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_syslog_lines_go_to_standard_error, setup, teardown),
	};
	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
