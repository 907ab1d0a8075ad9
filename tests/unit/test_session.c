/* SPDX-License-Identifier: MIT */
/* What a session survives: limits, hang-ups, readers that stop, many at once; the order of answers;
 * publications. */
#include "world_terminal.h"

#include "base/log.h"

#include <sysexits.h>

static int setup(void **state)
{
	*state = world_new();
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static const char document[] = "<Status><SystemUnit><Uptime>5</Uptime></SystemUnit></Status>";

static size_t put_publication(char *to, size_t size, const char *xml)
{
	return (size_t)snprintf(to, size, "{%zu}\nxPublish\n%s", strlen(xml) + 9, xml);
}

/* "xPublish" and this, then a document; the status. */
static int publish_with(struct world *w, int fd, const char *words)
{
	char text[400];
	size_t len = strlen(words) + 9 + strlen(document) + 1; /* world_ask ends it with a line end */
	snprintf(text, sizeof text, "{%zu}\nxPublish%s\n%s", len, words, document);
	world_ask(w, fd, text);
	return w->status;
}

static void publications_with_a_number(void **state)
{
#define ID       " 00112233445566778899aabbccddeeff"
#define OTHER_ID " 00112233445566778899aabbccddeefe"
	static const char *const wrong[] = {
		" x",
		" 7",
		ID,
		ID " ",
		ID " 0",
		ID " -1",
		ID " 1x",
		ID " 1 2",
		ID "0 1",
		ID " 9223372036854775808",
		ID "\t1",
		" 00112233445566778899AABBCCDDEEFF 1",
		" 0011223344556677 1",
		" 0011223344556677:8899aabbccddeeff 1",
		ID "  1",
	};
	struct world *w = *state;
	int fd = world_framed(w);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (publish_with(w, fd, wrong[i]) != EX_DATAERR)
			fail_msg("xPublish%s: %d", wrong[i], w->status);
	assert_int_equal(w->agent->publications, 0);
	assert_int_equal(publish_with(w, fd, ""), EX_OK);
	assert_int_equal(w->agent->numbered, 0);
	assert_int_equal(publish_with(w, fd, ID " 9223372036854775807"), EX_OK);
	assert_int_equal(w->agent->numbered, INT64_MAX);
	assert_int_equal(publish_with(w, fd, ID " 1"), EX_OK);
	assert_int_equal(w->agent->publications, 2);
	assert_int_equal(w->agent->again, 1);
	/* programs that publish in turn are told apart, and each stays the same one */
	uint64_t first[2];
	memcpy(first, w->agent->publisher, sizeof first);
	assert_int_equal(publish_with(w, fd, OTHER_ID " 1"), EX_OK);
	assert_memory_not_equal(w->agent->publisher, first, sizeof first);
	assert_int_equal(w->agent->again, 1);
	assert_int_equal(publish_with(w, fd, ID " 2"), EX_OK);
	assert_memory_equal(w->agent->publisher, first, sizeof first);
	close(fd);
}

/* A status of many lines, the bytes of which come in no other order than they are written. */
static void fill_status(struct world *w, int lines, size_t len)
{
	char *value = mem_new(len + 1);
	memset(value, 'v', len);
	for (int i = 1; i <= lines; i++) {
		struct doc *zone = doc_add(w->agent->status, "Zone", (uint32_t)i);
		zone->max_occurrence = DOC_UNBOUNDED;
		doc_add_value(zone, "Name", DOC_STRING, value);
	}
	free(value);
}

/* While one session is given a large answer, others have theirs: no turn of the loop writes more than a part
 * of it. */
static void a_large_answer_is_written_in_slices(void **state)
{
	struct world *w = *state;
	int fd = world_connect(w), other = world_framed(w), asked = 0;
	fill_status(w, 5000, 400);
	world_say(w, fd, "xStatus Zone\nxStatus SystemUnit Uptime\n");
	size_t got = 0;
	char last[40] = "", part[65536];
	for (int idle = 0; idle < 50;) {
		ssize_t n = recv(fd, part, sizeof part, 0);
		if (n > 0) {
			got += (size_t)n;
			size_t keep = (size_t)n < sizeof last - 1 ? (size_t)n : sizeof last - 1;
			memmove(last, last + keep, sizeof last - 1 - keep);
			memcpy(last + sizeof last - 1 - keep, part + n - keep, keep);
		}
		idle = n > 0 ? 0 : idle + 1;
		if (got && got < 1000000) {
			world_ask(w, other, "xStatus SystemUnit Uptime");
			assert_string_equal(w->text, "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n");
			asked++;
		}
		loop_run_for(w->loop, 1);
	}
	assert_true(asked > 3);
	assert_string_equal(strstr(last, "Uptime"), "Uptime: 42\n** end\n\nOK\n\n");
	size_t wanted = 2 * strlen("** end\n\nOK\n\n") + strlen("*s SystemUnit Uptime: 42\n");
	for (int i = 1; i <= 5000; i++)
		wanted += (size_t)snprintf(NULL, 0, "*s Zone %d Name: \"\"\n", i) + 400;
	assert_int_equal(got, wanted);
	close(fd);
	close(other);
}

/* What happens meanwhile is told behind the answer, not in it. */
static void nothing_is_pushed_into_an_answer(void **state)
{
	struct world *w = *state;
	int fd = world_connect(w);
	fill_status(w, 1500, 400);
	world_say(w, fd, "xFeedback Register /Event\nxStatus Zone\n");
	loop_run_for(w->loop, 1); /* the socket is full of its beginning */
	fake_change(w->agent, "Event", "Standby/Active", DOC_LITERAL, "On");
	world_read(w, fd, "*e Standby Active: On\n** end\n");
	const char *event = strstr(w->text, "*e "), *end = strstr(w->text, "*s Zone 1500 Name: ");
	assert_true(end && end < event);
	assert_memory_equal(event - strlen("** end\n\nOK\n\n"), "** end\n\nOK\n\n",
			    strlen("** end\n\nOK\n\n"));
	close(fd);
}

/* Who does not read keeps its part of the document in memory, and no more: with many of them the next one is
 * cut. */
static void what_is_not_read_is_bounded(void **state)
{
	struct world *w = *state;
	enum { READERS = 40 };
	int fds[READERS], other = world_framed(w);
	fill_status(w, 10, 256 << 10);
	for (int i = 0; i < READERS; i++) {
		fds[i] = world_connect(w);
		world_say(w, fds[i], "xStatus\n");
		loop_run_for(w->loop, 1);
	}
	int cut = 0;
	for (int i = 0; i < READERS; i++)
		cut += world_read(w, fds[i], NULL);
	assert_in_range(cut, READERS - 64 / 2,
			READERS - 64 / 4); /* 2.5 MiB of document, something of text in each; 64 MiB in all */
	world_ask(w, other, "xStatus SystemUnit Uptime");
	assert_string_equal(w->text, "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n");
	for (int i = 0; i < READERS; i++)
		close(fds[i]);
	close(other);
}

/* Whoever goes in the middle leaves nothing behind. */
static void a_client_goes_in_the_middle_of_an_answer(void **state)
{
	struct world *w = *state;
	static const char *const modes[] = { "terminal", "xml", "json" };
	fill_status(w, 5000, 400);
	for (size_t i = 0; i < 3; i++) {
		char line[80];
		int fd = world_connect(w);
		snprintf(line, sizeof line, "xPreferences outputmode %s\nxStatus\n", modes[i]);
		world_say(w, fd, line);
		loop_run_for(w->loop, 1);
		close(fd);
		loop_run_for(w->loop, 5);
	}
	int fd = world_framed(w);
	world_ask(w, fd, "xStatus SystemUnit Uptime");
	close(fd);
}

/* Lines behind bye are not read. That they were there does not mean that the input broke off, even if it has
 * ended before bye was run, as that of a long script has. */
static void lines_behind_bye(void **state)
{
	static const char *const ends[] = { "bye\nxStatus\nxSta", "xSta" };
	struct world *w = *state;
	for (size_t i = 0; i < 2; i++) {
		int fd = world_framed(w);
		char text[800] = "";
		for (int n = 0; n < 200; n++) /* more than one turn takes */
			memcpy(text + 3 * n, "#a\n", 4);
		snprintf(text + 600, 200, "%s", ends[i]);
		assert_int_equal(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
		shutdown(fd, SHUT_WR);
		world_read(w, fd, NULL);
		const char *mark = strstr(w->text, "\036.");
		assert_non_null(mark);
		assert_string_equal(mark, i ? "\036.65\n" : "\036.0\n");
		close(fd);
	}
}

static void line_ends(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	assert_answer(w, fd, "xStatus SystemUnit Uptime\r", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n",
		      EX_OK);
	assert_answer(w, fd, "", "", EX_OK);
	assert_answer(w, fd, "  # a remark", "", EX_OK);
	world_say(w, fd, "xStatus System");
	world_read(w, fd, NULL);
	assert_string_equal(w->text, "");
	assert_answer(w, fd, "Unit Uptime", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n", EX_OK);
	close(fd);
}

/* How many answers of the uptime the text holds. */
static size_t uptimes(const char *text)
{
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, "*s SystemUnit Uptime: 42\n")); at++)
		n++;
	return n;
}

/* A CR alone ends a line at once; an LF that follows it, whenever it comes, belongs to it. In bodies too, but
 * not in counted ones. */
static void carriage_returns(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	world_say(w, fd, "xStatus SystemUnit Uptime\r");
	world_read(w, fd, "\0360 2\n");
	world_say(w, fd, "\nxStatus SystemUnit Uptime\r\n\r\rxStatus SystemUnit Uptime\r");
	world_read(w, fd, "\0360 6\n");
	assert_int_equal(uptimes(w->text), 2);
	/* and a NUL, as Telnet's rules have it (RFC 854) */
	static const char nuls[] = "\0xStatus SystemUnit Uptime\r\0\r\0xStatus SystemUnit Uptime\r";
	assert_int_equal(write(fd, nuls, sizeof nuls - 1), sizeof nuls - 1);
	world_read(w, fd, "\0360 9\n");
	assert_int_equal(uptimes(w->text), 2);
	world_say(w, fd, "xCommand Security Certificates CA Add\rone\r\ntwo\r\rthree\n.\r");
	world_read(w, fd, "\0360 ");
	assert_string_equal(w->agent->uploaded, "one\ntwo\n\nthree\n");
	world_say(w, fd, "\nxCommand Security Certificates CA Add\r\n{6}\r\n\na\r\n\rb");
	world_read(w, fd, "\0360 ");
	assert_string_equal(w->agent->uploaded, "\na\r\n\rb");
	close(fd);
	fd = world_framed(w);
	world_say(w, fd, "xStatus SystemUnit Uptime\rxStatus SystemUnit Up"); /* the rest never comes */
	shutdown(fd, SHUT_WR);
	assert_int_equal(world_read(w, fd, NULL), 1);
	assert_int_equal(uptimes(w->text), 1);
	close(fd);
}

static void body_given_up(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	world_say(w, fd, "xCommand Security Certificates CA Add\nAAA\n\030\n");
	world_read(w, fd, "\03665 ");
	assert_non_null(
		strstr(w->text, "the command was cancelled while its body was typed: it was not run"));
	assert_string_equal(w->agent->uploaded, "");
	assert_answer(w, fd, "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n",
		      EX_OK);
	close(fd);
}

/* What file copies and management tools hand to a login shell: a program's path, which is no verb. */
static void paths(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	static const char *const lines[] = { "/bin/sh -c 'echo ~ && sleep 0'",
					     "/usr/lib/openssh/sftp-server",
					     "/",
					     "/ ?",
					     "  /bin/sh ??",
					     "//" };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		assert_says(w, fd, lines[i], "*r Result Reason: \"Unknown command\"\n*r Result XPath: \"/");
		assert_int_equal(w->status, EX_USAGE);
		assert_non_null(strstr(w->text, "** end\n\nERROR\n"));
	}
	assert_says(w, fd, "/bin/sh -c id", "XPath: \"/bin/sh\"\n");
	assert_says(w, fd, "xConfiguration//Name", "*c xConfiguration SystemUnit Name");
	assert_says(w, fd, "?", "User Commands");
	close(fd);
}

static void without_framing(void **state)
{
	struct world *w = *state;
	int fd = world_connect(w);
	world_say(w, fd, "\n# nothing\nxStatus SystemUnit Uptime\nbye\nxStatus\n");
	assert_int_equal(world_read(w, fd, NULL), 1);
	assert_string_equal(w->text, "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n\nOK\n\n");
	close(fd);
}

static void long_line(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	enum { LEN = 10 << 20 };
	char *text = mem_new(LEN);
	memset(text, 'x', LEN - 1);
	assert_says(w, fd, text, "the line is longer than 65536 bytes");
	assert_int_equal(w->status, EX_DATAERR);
	assert_answer(w, fd, "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n",
		      EX_OK);
	/* The longest that is allowed. */
	memcpy(text, "xStatus ", 8);
	text[CONTROL_LINE_MAX] = '\0';
	assert_says(w, fd, text, "xxxx");
	assert_null(strstr(w->text, "longer than 65536"));
	text[CONTROL_LINE_MAX] = 'x';
	text[CONTROL_LINE_MAX + 1] = '\0';
	assert_says(w, fd, text, "longer than 65536");
	free(text);
	close(fd);
}

static void long_body(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	enum { LEN = 5 << 20 };
	char *text = mem_new(LEN + 8);
	for (size_t i = 0; i < LEN; i++)
		text[i] = i % 64 == 63 ? '\n' : 'A';
	memcpy(text + LEN, "\n.", 3);
	world_say(w, fd, "xCommand Security Certificates CA Add\n");
	world_read(w, fd, "\036>\n");
	assert_says(w, fd, text, "the body is longer than 4194304 bytes");
	assert_int_equal(w->status, EX_DATAERR);
	world_say(w, fd, "{9000000}\n");
	world_read(w, fd, "\036");
	assert_non_null(strstr(w->text, "the body is longer"));
	for (size_t sent = 0; sent < 9000000; sent += 1000000)
		world_send(w, fd, text, 1000000);
	assert_answer(w, fd, "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n",
		      EX_OK);
	assert_string_equal(w->agent->uploaded, "");
	free(text);
	close(fd);
}

static void body_by_count(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	static const char body[] = "A\n.\nB",
			  line[] = "xCommand Security Certificates CA Upload | resultId=\"7\"";
	char text[200];
	/* As jsxapi sends it: the count includes the command's line and the line feed behind the body. */
	snprintf(text, sizeof text, "{%zu} \n%s\n%s\n", strlen(line) + strlen(body) + 2, line, body);
	world_say(w, fd, text);
	world_read(w, fd, "\0360 ");
	assert_non_null(strstr(w->text, "CAUploadResult (status=OK)"));
	assert_non_null(strstr(w->text, "** resultId: \"7\""));
	assert_string_equal(w->agent->uploaded, body);
	assert_int_equal(w->agent->upload_mode, PREFLIGHT_REPLACE);
	/* The body alone is counted, behind its line. */
	world_say(w, fd, "xCommand Security Certificates CA Add\n{3}\n.\nC");
	world_read(w, fd, "\0360 ");
	assert_string_equal(w->agent->uploaded, ".\nC");
	world_say(w, fd, "{13}\nxStatus\nhello");
	world_read(w, fd, "\03664 ");
	assert_non_null(strstr(w->text, "takes no body"));
	close(fd);
}

static void empty_body(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	world_say(w, fd, "xCommand Security Certificates CA Add\n.\n");
	world_read(w, fd, "\03665 ");
	assert_non_null(strstr(w->text, "CAAddResult (status=ParameterError)"));
	/* The body of a line that is wrong is not taken for commands. */
	world_say(w, fd, "xCommand Security Certificates CA Add Foo: 1\nbye\n.\n");
	world_read(w, fd, "\03665 ");
	assert_non_null(strstr(w->text, "there is no parameter Foo"));
	assert_answer(w, fd, "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n",
		      EX_OK);
	close(fd);
}

static void hang_ups(void **state)
{
	struct world *w = *state;
	static const char *const half[] = { "",
					    "xConf",
					    "xConfiguration SystemUnit Name: gone",
					    "xCommand Security Certificates CA Add\nAAA\n",
					    "{100}\nxCommand Sec",
					    "{3}" };
	for (size_t i = 0; i < sizeof half / sizeof *half; i++) {
		int fd = world_connect(w);
		world_say(w, fd, half[i]);
		close(fd);
		loop_run_for(w->loop, 2);
	}
	assert_int_equal(w->agent->configured, 0);
	assert_string_equal(w->agent->uploaded, "");
	/* Half closed: what was asked is answered still. */
	int fd = world_connect(w);
	world_say(w, fd, "xStatus SystemUnit Uptime\nxStatus Sys");
	shutdown(fd, SHUT_WR);
	assert_int_equal(world_read(w, fd, NULL), 1);
	assert_string_equal(w->text, "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n");
	close(fd);
	/* Whoever sends a script is told that its end is missing. */
	for (size_t i = 0; i < sizeof half / sizeof *half; i++) {
		fd = world_framed(w);
		world_say(w, fd, half[i]);
		shutdown(fd, SHUT_WR);
		assert_int_equal(world_read(w, fd, NULL), 1);
		const char *last = strrchr(w->text, '\036');
		assert_non_null(last);
		assert_string_equal(last, i ? "\036.65\n" : "\036.0\n");
		close(fd);
	}
	assert_int_equal(w->agent->configured, 0);
	assert_string_equal(w->agent->uploaded, "");
}

static void publications(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	char text[4000];
	size_t len = 0;
	w->agent->holds = 1;
	for (int i = 0; i < 10; i++)
		len += put_publication(text + len, sizeof text - len, document);
	len += (size_t)snprintf(text + len, sizeof text - len, "xConfiguration SystemUnit Name: later\n");
	len += put_publication(text + len, sizeof text - len, "<Wrong/>");
	len += put_publication(text + len, sizeof text - len, "<Status><broken");
	world_send(w, fd, text, len);
	world_read(w, fd, NULL);
	/* All ten are under way; what is no publication waits for them. */
	assert_string_equal(w->text, "");
	assert_int_equal(w->agent->publications, 10);
	assert_int_equal(w->agent->configured, 0);
	fake_commit(w->agent);
	world_read(w, fd, NULL);
	assert_int_equal(w->agent->configured, 1);
	char *at = w->text;
	for (int i = 0; i < 10; i++) {
		char wanted[32];
		snprintf(wanted, sizeof wanted, "OK\n\0360 %d\n", 2 + i * 2 + 1);
		assert_int_equal(strncmp(at, wanted, strlen(wanted)), 0);
		at += strlen(wanted);
	}
	static const char next[] = "** end\n\nOK\n\n\0360 ";
	assert_int_equal(strncmp(at, next, strlen(next)), 0);
	assert_non_null(strstr(at, "*r PublishResult Reason: \"wrong root\""));
	assert_non_null(strstr(at, "\03665 "));
	close(fd);
}

/* So many may be under way, and the rest follows when they are durable. */
static void publications_ceiling(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	enum { N = 1500, UNDER_WAY = 1024 };
	static char text[N * 100];
	size_t len = 0;
	w->agent->holds = 1;
	for (int i = 0; i < N; i++)
		len += put_publication(text + len, sizeof text - len, document);
	world_send(w, fd, text, len);
	for (int i = 0; i < 20; i++)
		loop_run_for(w->loop, 1);
	assert_int_equal(w->agent->publications, UNDER_WAY);
	w->agent->holds = 0;
	fake_commit(w->agent);
	world_read(w, fd, NULL);
	assert_int_equal(w->agent->publications, N);
	size_t answers = 0;
	for (char *at = w->text; (at = strstr(at, "OK\n\0360 ")); at++)
		answers++;
	assert_int_equal(answers, N);
	close(fd);
}

static void publisher_goes(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	char text[200];
	w->agent->holds = 1;
	world_send(w, fd, text, put_publication(text, sizeof text, document));
	assert_int_equal(w->agent->n_waiters, 1);
	close(fd);
	loop_run_for(w->loop, 2);
	fd = world_framed(w); /* the first one is swept by now, and not called back */
	fake_commit(w->agent);
	assert_answer(w, fd, "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n",
		      EX_OK);
	close(fd);
}

static void reader_stops(void **state)
{
	struct world *w = *state;
	int lazy = world_framed(w), fd = world_framed(w);
	char value[2000];
	memset(value, 'v', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	world_ask(w, lazy, "xFeedback Register /Status");
	for (int i = 0; i < 6000; i++)
		fake_change(w->agent, "Status", "SystemUnit/Software/Version", DOC_STRING, value);
	loop_run_for(w->loop, 2);
	assert_answer(w, fd, "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n",
		      EX_OK);
	/* What the kernel had taken comes, then the end. */
	while (world_read(w, lazy, NULL) == 0)
		assert_true(*w->text);
	close(lazy);
	/* It need not be much: a minute without reading is enough. */
	lazy = world_framed(w);
	world_ask(w, lazy, "xFeedback Register /Status");
	for (int i = 0; i < 1000; i++)
		fake_change(w->agent, "Status", "SystemUnit/Software/Version", DOC_STRING, value);
	loop_sim_advance(w->loop, 90000);
	for (int i = 0; i < 20 && world_read(w, lazy, NULL) == 0; i++)
		;
	assert_int_equal(world_read(w, lazy, NULL), 1);
	close(lazy);
	close(fd);
}

/* Someone who asks much and reads nothing is not served further, and loses nothing when he reads again. */
static void asks_without_reading(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	static const char line[] = "xConfiguration\n";
	size_t asked = 0, answered = 0;
	for (int idle = 0; idle < 20;) {
		ssize_t n = send(fd, line, sizeof line - 1, MSG_NOSIGNAL);
		assert_true(n == sizeof line - 1 || (n < 0 && errno == EAGAIN));
		asked += n > 0;
		idle = n > 0 ? 0 : idle + 1;
		if (n < 0)
			loop_run_for(w->loop, 1);
	}
	while (answered < asked) {
		assert_int_equal(world_read(w, fd, "\nOK\n"), 0);
		for (char *at = w->text; (at = strchr(at, '\036')); at++)
			answered++;
	}
	assert_int_equal(answered, asked);
	close(fd);
}

static void many_sessions(void **state)
{
	struct world *w = *state;
	int fds[CONTROL_SESSIONS_MAX];
	for (int i = 0; i < CONTROL_SESSIONS_MAX; i++)
		fds[i] = world_framed(w);
	int one_more = world_connect(w);
	assert_int_equal(world_read(w, one_more, NULL), 1);
	assert_non_null(strstr(w->text, "Too many sessions"));
	close(one_more);
	for (int i = 1; i < CONTROL_SESSIONS_MAX; i++)
		assert_answer(w, fds[i], "xStatus SystemUnit Uptime",
			      "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n", EX_OK);
	/* One that has been silent for long makes room. */
	loop_sim_advance(w->loop, 11 * 60 * 1000);
	one_more = world_framed(w);
	assert_answer(w, one_more, "xStatus SystemUnit Uptime", "*s SystemUnit Uptime: 42\n** end\n\nOK\n\n",
		      EX_OK);
	close(one_more);
	for (int i = 0; i < CONTROL_SESSIONS_MAX; i++)
		close(fds[i]);
	loop_run_for(w->loop, 2);
}

static int is_open(struct world *w, int fd)
{
	return world_read(w, fd, NULL) == 0;
}

static void inactivity(void **state)
{
	struct world *w = *state;
	static const char told[] =
		"\nConnection closed: no input came within Security Session InactivityTimeout\n";
	int fd = world_framed(w), listens = world_framed(w), program = world_framed(w),
	    publisher = world_framed(w);
	world_ask(w, program, "xPreferences outputmode json");
	world_ask(w, listens, "xFeedback Register /Status");
	char text[200];
	world_send(w, publisher, text,
		   put_publication(text, sizeof text, "<Status><Room><Light>On</Light></Room></Status>"));
	world_read(w, publisher, "\0360 ");
	world_read(w, listens, NULL);
	loop_sim_advance(w->loop, 100 * 60 * 1000);
	world_ask(w, fd, "xConfiguration Security Session InactivityTimeout: 3");
	assert_int_equal(w->status, EX_OK);
	/* It holds at once, also for those that were there before, and for who only listens: nobody sits
	 * there. Software stays. */
	assert_false(is_open(w, listens));
	assert_string_equal(w->text, told);
	assert_false(is_open(w, program));
	assert_string_equal(w->text, "");
	assert_true(is_open(w, publisher));
	/* Who waits for an answer is not idle. */
	int waits = world_framed(w);
	w->agent->holds = 1;
	world_send(w, waits, text,
		   put_publication(text, sizeof text, "<Status><Room><Light>Off</Light></Room></Status>"));
	loop_sim_advance(w->loop, 10 * 60 * 1000);
	assert_false(is_open(w, fd));
	assert_true(is_open(w, waits));
	w->agent->holds = 0;
	fake_commit(w->agent);
	close(fd);
	fd = world_framed(w);
	/* Input counts, what is pushed does not. */
	loop_sim_advance(w->loop, 2 * 60 * 1000);
	world_say(w, fd, "xFeed");
	loop_run_for(w->loop, 1);
	loop_sim_advance(w->loop, 2 * 60 * 1000);
	world_ask(w, fd, "back Register /Status");
	assert_int_equal(w->status, EX_OK);
	for (int i = 0; i < 2; i++) {
		loop_sim_advance(w->loop, 89 * 1000);
		fake_change(w->agent, "Status", "Room/Light", DOC_STRING, i ? "On" : "Off");
		assert_true(is_open(w, fd));
	}
	loop_sim_advance(w->loop, 3 * 1000);
	assert_false(is_open(w, fd));
	assert_string_equal(w->text, told);
	/* Off again: for ever. */
	close(fd);
	fd = world_framed(w);
	world_ask(w, fd, "xConfiguration Security Session InactivityTimeout: 0");
	loop_sim_advance(w->loop, 24 * 60 * 60 * 1000);
	assert_true(is_open(w, fd));
	close(fd);
	close(listens);
	close(program);
	close(publisher);
	close(waits);
}

static void stop_on_error(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w);
	world_ask(w, fd, "xPreferences stoponerror on");
	static const char script[] =
		"xConfiguration SystemUnit Name: a\nxWrong\nxConfiguration SystemUnit Name: b\n";
	world_say(w, fd, script);
	assert_int_equal(world_read(w, fd, NULL), 1);
	assert_non_null(strstr(w->text, "\0360 3\n"));
	assert_non_null(strstr(w->text, "\03664 4\n"));
	assert_null(strstr(w->text, "\0360 5\n"));
	assert_string_equal(settings_get(w->agent->settings)->system_name, "a");
	close(fd);
}

static void log_lines_are_shown(void **state)
{
	struct world *w = *state;
	int fd = world_framed(w), other = world_framed(w);
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent" });
	assert_answer(w, fd, "syslog on", "\nOK\n\n", EX_OK);
	world_ask(w, other, "syslog on");
	world_ask(w, other, "syslog off");
	log_notice("SSL: socklib_sslHandshake: VerifyResult=10=CERT_HAS_EXPIRED, NameCheck: Match");
	world_read(w, fd, "\036-\n");
	assert_string_equal(
		w->text,
		"SSL: socklib_sslHandshake: VerifyResult=10=CERT_HAS_EXPIRED, NameCheck: Match\n\036-\n");
	world_read(w, other, NULL);
	assert_string_equal(w->text, "");
	world_ask(w, fd, "xPreferences outputmode json");
	log_notice("a \"b\"");
	world_read(w, fd, "\036-\n");
	assert_string_equal(w->text, "{\n\"Log\":{\"Level\":{\"Value\":\"5\"},\"Message\":{\"Value\":\"a "
				     "\\\"b\\\"\"}}\n}\n\036-\n");
	close(fd); /* with the log on: the tap must end with the session */
	loop_run_for(w->loop, 2);
	log_notice("nobody hears this");
	close(other);
	log_close();
}

static void sockets(void **state)
{
	struct world *w = *state;
	struct control *second = NULL;
	struct control_options o = { .agent = w->agent, .path = w->path };
	struct err e;
	assert_int_equal(control_new(&o, &second, &e), -1);
	assert_int_equal(e.kind, ERR_EXISTS);
	assert_non_null(strstr(e.text, "another agent listens there"));
	o.group = "no such group";
	char path[128];
	snprintf(path, sizeof path, "%s/second", w->folder);
	o.path = path;
	assert_int_equal(control_new(&o, &second, &e), -1);
	assert_non_null(strstr(e.text, "no such group"));
	assert_int_equal(access(path, F_OK), -1);
	/* What a crash left behind is replaced, with the right mode. */
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	memcpy(at.sun_path, path, strlen(path));
	int left = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(left, (struct sockaddr *)&at, sizeof at), 0);
	close(left);
	o.group = NULL;
	assert_int_equal(control_new(&o, &second, &e), 0);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	control_free(second);
	/* A plain file is nobody's socket. */
	int fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(control_new(&o, &second, &e), -1);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	/* control_free of the second one has taken the only listener of the fake agent. */
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(publications_with_a_number),
		ROW(a_large_answer_is_written_in_slices),
		ROW(nothing_is_pushed_into_an_answer),
		ROW(what_is_not_read_is_bounded),
		ROW(a_client_goes_in_the_middle_of_an_answer),
		ROW(lines_behind_bye),
		ROW(line_ends),
		ROW(carriage_returns),
		ROW(body_given_up),
		ROW(paths),
		ROW(without_framing),
		ROW(long_line),
		ROW(long_body),
		ROW(body_by_count),
		ROW(empty_body),
		ROW(hang_ups),
		ROW(publications),
		ROW(publications_ceiling),
		ROW(publisher_goes),
		ROW(reader_stops),
		ROW(asks_without_reading),
		ROW(many_sessions),
		ROW(inactivity),
		ROW(stop_on_error),
		ROW(log_lines_are_shown),
		ROW(sockets),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent" });
	log_notice("no terminal listens any more");
	return failed;
}
