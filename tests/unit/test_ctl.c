/* SPDX-License-Identifier: MIT */
/* ctl: blocks out of bytes however they arrive, blocking and non-blocking connections, and the text of
 * lines and answers. */
#include "base/buf.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/ctl_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* --- the reader --- */

/* Puts bytes into a reader, in pieces of at most `piece`, and writes down what comes out: kind, status,
 * number, text. Parts of a block are joined with what follows them. */
static void read_all(const char *bytes, size_t len, size_t max, size_t piece, struct buf *seen)
{
	static const char *const kinds[] = { "answer", "pushed", "body", "ended", "part", "closed" };
	struct ctl_reader r;
	struct ctl_block b = { .kind = CTL_PUSHED };
	ctl_reader_init(&r, max);
	for (size_t at = 0; b.kind != CTL_CLOSED;) {
		size_t room = 0, n = len - at < piece ? len - at : piece;
		char *to = n ? ctl_reader_room(&r, &room) : NULL;
		assert_true(!n || (to && room >= 1024));
		if (to) {
			n = n < room ? n : room;
			memcpy(to, bytes + at, n);
			ctl_reader_received(&r, n);
			at += n;
		} else {
			ctl_reader_end(&r);
		}
		while (b.kind != CTL_CLOSED && ctl_reader_take(&r, &b)) {
			assert_int_equal(b.text[b.len], '\0');
			assert_true(b.len < max + 70000);
			buf_add(seen, b.text, b.len);
			if (b.kind != CTL_PART)
				buf_addf(seen, "[%s %d %lu%s]", kinds[b.kind], b.status, b.number,
					 b.is_secret ? " secret" : "");
		}
	}
	assert_int_equal(ctl_reader_take(&r, &b), 1);
	assert_int_equal(b.kind, CTL_CLOSED);
	assert_int_equal(b.len, 0);
	ctl_reader_done(&r);
}

static void blocks(void **state)
{
	(void)state;
	static const struct {
		const char *bytes, *seen;
	} cases[] = {
		{ "", "[closed 0 0]" },
		{ "\nOK\n\0360 1\n", "\nOK\n[answer 0 1][closed 0 0]" },
		{ "a\n\03664 12 secret\nb\n\036-\n\036>\n\036. 65\n",
		  "a\n[answer 64 12 secret]b\n[pushed 0 0][body 0 0][ended 65 0][closed 0 0]" },
		{ "said last", "said last[closed 0 0]" },
		{ "x\036", "x[closed 0 0]" },
		{ "x\03677 3", "x[closed 0 0]" },
		{ "\0360 1 secretly\n\0360 2 other\n", "[answer 0 1 secret][answer 0 2][closed 0 0]" },
		/* a number does not go on in the next line */
		{ "\0364\n12 secret\n\036.\n7\n\036- 1\n",
		  "[answer 4 0]12 secret\n[ended 0 0]7\n[pushed 0 0][closed 0 0]" },
		/* a mark of a later version ends a block, too; it is no answer */
		{ "news\n\036! 7\n\0360 4\n", "news\n[pushed 0 0][answer 0 4][closed 0 0]" },
		/* a status that no program can end with must not look like success */
		{ "\036256 1\n\03699999999999999999999 1\n", "[answer 76 1][answer 76 1][closed 0 0]" },
		{ "\036-1 1\n", "[pushed 0 0][closed 0 0]" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t piece = 1; piece < 9; piece++) {
			struct buf seen;
			buf_init(&seen, 4096);
			read_all(cases[i].bytes, strlen(cases[i].bytes), 1 << 20, piece, &seen);
			assert_string_equal(buf_str(&seen), cases[i].seen);
			buf_done(&seen);
		}
}

/* NUL bytes neither hide a mark nor the end of its line. */
static void nul_bytes(void **state)
{
	(void)state;
	static const char bytes[] = "a\0b\n\0360 \0 1\n\0362 9\n";
	struct ctl_reader r;
	struct ctl_block b;
	size_t room;
	ctl_reader_init(&r, 1000);
	memcpy(ctl_reader_room(&r, &room), bytes, sizeof bytes - 1);
	ctl_reader_received(&r, sizeof bytes - 1);
	assert_int_equal(ctl_reader_take(&r, &b), 1);
	assert_int_equal(b.kind, CTL_ANSWER);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.text, "a\0b\n", 5);
	assert_int_equal(ctl_reader_take(&r, &b), 1);
	assert_int_equal(b.status, 2);
	assert_int_equal(b.number, 9);
	assert_int_equal(ctl_reader_take(&r, &b), 0);
	ctl_reader_done(&r);
}

/* A block of any length comes, in parts that end with a line, and what follows it is not disturbed; only
 * so much is ever kept. */
static void long_blocks_come_in_parts(void **state)
{
	(void)state;
	enum { MAX = 4096, LINES = 40000 };
	struct buf bytes, seen;
	struct ctl_reader r;
	struct ctl_block b;
	size_t parts = 0, room;
	buf_init(&bytes, 8 << 20);
	for (int i = 0; i < LINES; i++)
		buf_addf(&bytes, "line %d\n", i);
	size_t text = bytes.len;
	buf_adds(&bytes, "\0360 1\nnext\n\03665 2\n");
	for (size_t piece = 1000; piece < 200000; piece = piece * 3 + 1) {
		buf_init(&seen, 8 << 20);
		read_all(bytes.data, bytes.len, MAX, piece, &seen);
		assert_memory_equal(seen.data, bytes.data, text);
		assert_string_equal(seen.data + text, "[answer 0 1]next\n[answer 65 2][closed 0 0]");
		buf_done(&seen);
	}
	ctl_reader_init(&r, MAX);
	for (size_t at = 0; at < text; parts++) {
		char *to = ctl_reader_room(&r, &room);
		assert_non_null(to);
		size_t n = text - at < room ? text - at : room;
		memcpy(to, bytes.data + at, n);
		ctl_reader_received(&r, n);
		at += n;
		while (ctl_reader_take(&r, &b)) {
			assert_int_equal(b.kind, CTL_PART);
			assert_int_equal(b.text[b.len - 1], '\n');
		}
		assert_true(r.size < MAX + (256 << 10));
	}
	assert_true(parts > 2);
	ctl_reader_done(&r);
	buf_done(&bytes);
}

/* CPU seconds in which an answer of `len` bytes is read that comes in pieces of 4 KiB. */
static double seconds_to_read(size_t len)
{
	struct ctl_reader r;
	struct ctl_block b;
	size_t room;
	clock_t begun = clock();
	ctl_reader_init(&r, 64 << 20);
	for (size_t at = 0; at < len;) {
		char *to = ctl_reader_room(&r, &room);
		assert_non_null(to);
		size_t n = room < 4096 ? room : 4096;
		memset(to, 'x', n);
		at += n;
		if (at >= len)
			memcpy(to + n - 5, "\0360 1\n", 5);
		ctl_reader_received(&r, n);
		assert_int_equal(ctl_reader_take(&r, &b), at >= len);
	}
	assert_int_equal(b.kind, CTL_ANSWER);
	assert_true(b.len >= len - 4096);
	ctl_reader_done(&r);
	return (double)(clock() - begun) / CLOCKS_PER_SEC;
}

/* What was searched for its end is not searched again with each piece that comes: an answer of 16 times the
 * length takes some 16 times as long, where it would take 256 times as long. */
static void long_answers_take_time_by_their_length(void **state)
{
	(void)state;
	double best = 1e9;
	for (int i = 0; i < 3; i++) {
		double one = 0;
		for (int k = 0; k < 16; k++)
			one += seconds_to_read(2 << 20);
		double ratio = seconds_to_read(32 << 20) / one;
		best = ratio < best ? ratio : best;
	}
	if (best > 4)
		fail_msg("16 times the bytes take %.1f times as long", best * 16);
}

/* Who receives without taking what is complete is told so, and loses nothing. */
static void blocks_that_are_not_taken(void **state)
{
	(void)state;
	struct ctl_reader r;
	struct ctl_block b;
	size_t room, n = 0, taken = 0;
	char *to;
	ctl_reader_init(&r, 1000);
	while ((to = ctl_reader_room(&r, &room))) {
		assert_true(++n < 1000);
		memcpy(to, "a\n\0360 1\n", 7);
		ctl_reader_received(&r, 7);
		if (room > 8000) { /* and more that ends nothing */
			memset(to + 7, 'b', 8000);
			ctl_reader_received(&r, 8000);
		}
	}
	assert_int_equal(errno, ENOBUFS);
	while (ctl_reader_take(&r, &b))
		taken += b.kind == CTL_ANSWER;
	assert_int_equal(taken, n);
	assert_non_null(ctl_reader_room(&r, &room));
	ctl_reader_done(&r);
}

/* A mark whose line does not end is not of this protocol: nothing that follows is read. */
static void marks_without_end(void **state)
{
	(void)state;
	struct ctl_reader r;
	struct ctl_block b;
	size_t room;
	ctl_reader_init(&r, 1000);
	char *to = ctl_reader_room(&r, &room);
	memset(to, '0', 300);
	memcpy(to, "text\036", 5);
	ctl_reader_received(&r, 300);
	assert_int_equal(ctl_reader_take(&r, &b), 1);
	assert_int_equal(b.kind, CTL_CLOSED);
	assert_string_equal(b.text, "text");
	assert_null(ctl_reader_room(&r, &room));
	assert_int_equal(errno, EPIPE);
	assert_int_equal(ctl_reader_take(&r, &b), 1);
	assert_int_equal(b.kind, CTL_CLOSED);
	ctl_reader_done(&r);
	/* The same when the end of the line came at once, but far behind the mark. */
	for (size_t digits = 126; digits < 130; digits++)
		for (size_t piece = 1; piece < 400; piece += 199) {
			struct buf bytes, seen;
			buf_init(&bytes, 1000);
			buf_init(&seen, 1000);
			buf_adds(&bytes, "text\036");
			for (size_t i = 0; i < digits; i++)
				buf_addc(&bytes, '0');
			buf_adds(&bytes, "\n\0361 1\n");
			read_all(bytes.data, bytes.len, 1000, piece, &seen);
			assert_string_equal(buf_str(&seen),
					    digits < 128 ? "text[answer 0 0][answer 1 1][closed 0 0]"
							 : "text[closed 0 0]");
			buf_done(&bytes);
			buf_done(&seen);
		}
}

/* --- connections --- */

static struct sockaddr_un address = { .sun_family = AF_UNIX };

static int listening(void)
{
	snprintf(address.sun_path, sizeof address.sun_path, "/tmp/test-ctl-%ld", (long)getpid());
	unlink(address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

static void not_connected(void **state)
{
	(void)state;
	struct ctl c;
	char path[200];
	ctl_init(&c, 1000);
	assert_int_equal(ctl_connect(&c, "/nonexistent/socket", 0), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(c.fd, -1);
	memset(path, 'x', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_int_equal(ctl_connect(&c, path, 0), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	ctl_close(&c);
}

/* Without waiting: nothing there is no end, the end is told apart from an error, and a new connection
 * begins without what the old one left behind. */
static void non_blocking(void **state)
{
	(void)state;
	struct ctl c;
	struct ctl_block b;
	int door = listening();
	ctl_init(&c, 1000);
	assert_int_equal(ctl_connect(&c, address.sun_path, SOCK_NONBLOCK), 0);
	int agent = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(ctl_fill(&c), 0);
	assert_int_equal(ctl_take(&c, &b), 0);
	assert_int_equal(write(agent, "\0360 1\nhalf", 10 - 1), 9);
	assert_int_equal(ctl_fill(&c), 1);
	assert_int_equal(ctl_take(&c, &b), 1);
	assert_int_equal(b.kind, CTL_ANSWER);
	assert_int_equal(ctl_take(&c, &b), 0);
	close(agent);
	errno = 5;
	assert_int_equal(ctl_fill(&c), -1);
	assert_int_equal(errno, 0);
	assert_int_equal(ctl_take(&c, &b), 1);
	assert_int_equal(b.kind, CTL_CLOSED);
	assert_string_equal(b.text, "half");
	assert_int_equal(ctl_send(&c, "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(ctl_connect(&c, address.sun_path, SOCK_NONBLOCK), 0);
	agent = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	assert_int_equal(ctl_take(&c, &b), 0);
	assert_int_equal(write(agent, "new\n\0360 1\n", 9), 9);
	assert_int_equal(ctl_fill(&c), 1);
	assert_int_equal(ctl_take(&c, &b), 1);
	assert_string_equal(b.text, "new\n");
	close(agent);
	close(door);
	ctl_close(&c);
	unlink(address.sun_path);
}

/* The other end: reads to the end, answers with how much it was and the first line, and goes. */
static void serve(int door)
{
	char text[65536], first[64] = "";
	size_t all = 0;
	int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);
	for (ssize_t n; (n = read(fd, text, sizeof text)) > 0; all += (size_t)n)
		if (!all)
			snprintf(first, sizeof first, "%.*s", (int)strcspn(text, "\n"), text);
	dprintf(fd, "%s %zu\n\0360 1\n\036. 0\n", first, all);
	_exit(0);
}

/* A body of any length goes out whole, announced by its length, however slowly it is read. */
static void blocking(void **state)
{
	(void)state;
	enum { BODY = 3 << 20 };
	struct ctl c;
	struct ctl_block b;
	char wanted[64], *body = calloc(1, BODY);
	int door = listening();
	pid_t child = fork();
	if (child == 0)
		serve(door);
	ctl_init(&c, 1000);
	assert_int_equal(ctl_connect(&c, address.sun_path, 0), 0);
	assert_int_equal(ctl_send_body(&c, body, BODY), 0);
	ctl_end(&c);
	ctl_next(&c, &b);
	snprintf(wanted, sizeof wanted, "{%d} %d\n", BODY, BODY + 10);
	assert_string_equal(b.text, wanted);
	ctl_next(&c, &b);
	assert_int_equal(b.kind, CTL_ENDED);
	ctl_next(&c, &b);
	assert_int_equal(b.kind, CTL_CLOSED);
	ctl_close(&c);
	free(body);
	close(door);
	unlink(address.sun_path);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* --- text --- */

static void quoting(void **state)
{
	(void)state;
	static const struct {
		const char *value, *quoted;
	} cases[] = { { "", "\"\"" },
		      { "a b", "\"a b\"" },
		      { "a\"b\\c", "\"a\\\"b\\\\c\"" },
		      { "a\nb\rc\td", "\"a\\nb\\rc\td\"" },
		      { "\xc3\xa5\\", "\"\xc3\xa5\\\\\"" } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char to[64], back[64];
		size_t len = strlen(cases[i].quoted);
		assert_int_equal(ctl_text_quote(cases[i].value, strlen(cases[i].value), NULL, 0), len);
		assert_int_equal(ctl_text_quote(cases[i].value, strlen(cases[i].value), to, sizeof to), len);
		assert_string_equal(to, cases[i].quoted);
		ctl_text_unescape(to + 1, to + len - 1, back, sizeof back);
		assert_string_equal(back, cases[i].value);
		/* what does not fit is cut, and nothing is written behind the place */
		memset(to, '#', sizeof to);
		assert_int_equal(ctl_text_quote(cases[i].value, strlen(cases[i].value), to, 2), len);
		assert_memory_equal(to, "\"\0#", 3);
	}
}

/* What the agent writes between quotes is read back, and what nobody should write does no harm. */
static void quoted_values_are_read_back(void **state)
{
	(void)state;
	static const char *const values[] = { "",
					      "plain",
					      "say \"hi\" \\",
					      "a\nb\r\tc",
					      "\x1b[2J\x7f\xc2\x9b",
					      "\u202e\u200bé✓",
					      "\U000e0041\U0001f600",
					      "\xff\xc3",
					      "\\u202e" };
	char back[64];
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct buf b;
		buf_init(&b, 256);
		text_escape(values[i], &b);
		const char *text = buf_str(&b);
		assert_int_equal(ctl_text_unescape(text, text + b.len, back, sizeof back), strlen(values[i]));
		assert_string_equal(back, values[i]);
		assert_int_equal(ctl_text_unescape(text, text + b.len, back, 1), strlen(values[i]));
		buf_done(&b);
	}
	static const char *const odd[][2] = { { "\\", "\\" },
					      { "\\u12", "u12" },
					      { "\\x", "x" },
					      { "\\xg0", "xg0" },
					      { "\\ud83d", "\xed\xa0\xbd" },
					      { "\\ud83d\\n", "\xed\xa0\xbd\n" },
					      { "\\q", "q" } };
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		ctl_text_unescape(odd[i][0], odd[i][0] + strlen(odd[i][0]), back, sizeof back);
		assert_string_equal(back, odd[i][1]);
	}
}

static void lines_of_answers(void **state)
{
	(void)state;
	char text[] = "\nOK\n*r Other A: 1\n*r X (status=OK):\n*r X Name: \"A: \\\"b\\\"\\u202e\"\n*r X 2 "
		      "Count: 7\n*r X Empty: \"\"\n"
		      "*r X Odd: \"\n*r X Colon: a: b\n** end";
	static const char *const seen[][2] = { { "Name", "A: \"b\"\u202e" },
					       { "2 Count", "7" },
					       { "Empty", "" },
					       { "Odd", "\"" },
					       { "Colon", "a: b" } };
	struct ctl_text_line l;
	char *at = text;
	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
		assert_int_equal(ctl_text_next_line(&at, "*r X ", &l), 1);
		assert_string_equal(l.path, seen[i][0]);
		assert_string_equal(l.value, seen[i][1]);
	}
	assert_int_equal(ctl_text_next_line(&at, "*r X ", &l), 0);
	assert_int_equal(ctl_text_next_line(&at, "*r X ", &l), 0);
}

static void reasons(void **state)
{
	(void)state;
	static const char refused[] = "*r Result (status=Error):\n*r Result Reason: \"Unknown "
				      "\\\"x\\\"\"\n*r Result XPath: \"/x\"\n"
				      "*r Result Hint: \"y\"\n";
	char reason[1000];
	ctl_text_reason(refused, reason, sizeof reason);
	assert_string_equal(reason, "Unknown \"x\": /x; y");
	ctl_text_reason(refused, reason, 8);
	assert_string_equal(reason, "Unknown");
	ctl_text_reason("*r Result Description: \"older \\u001b\"\n", reason, sizeof reason);
	assert_string_equal(reason, "older \\u001b");
	ctl_text_reason("*r Result Reason: \"without an end\n", reason, sizeof reason);
	assert_string_equal(reason, "without an end");
	ctl_text_reason("** end\n\nOK\n", reason, sizeof reason);
	assert_string_equal(reason, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(long_blocks_come_in_parts),
		cmocka_unit_test(long_answers_take_time_by_their_length),
		cmocka_unit_test(blocks_that_are_not_taken),
		cmocka_unit_test(marks_without_end),
		cmocka_unit_test(not_connected),
		cmocka_unit_test(non_blocking),
		cmocka_unit_test(blocking),
		cmocka_unit_test(quoting),
		cmocka_unit_test(quoted_values_are_read_back),
		cmocka_unit_test(lines_of_answers),
		cmocka_unit_test(reasons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
