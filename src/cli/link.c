/* SPDX-License-Identifier: MIT */
#include "link.h"

#include "ctl/ctl_text.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

enum { BLOCK_MAX = 16 << 20, CHUNK = 65536 };

static int complain_of_socket(const char *path, int code)
{
	switch (code) {
	case EACCES:
	case EPERM:
		fprintf(stderr,
			"sealpost: %s: this user may not open it; members of the group sealpost may\n", path);
		return EX_NOPERM;
	case ENOENT:
	case ECONNREFUSED:
		fprintf(stderr, "sealpost: %s: no agent answers there; does sealpostd run?\n", path);
		return EX_UNAVAILABLE;
	case ENAMETOOLONG:
		fprintf(stderr, "sealpost: %s: expected at most %zu characters\n", path,
			sizeof(struct sockaddr_un) - offsetof(struct sockaddr_un, sun_path) - 1);
		return EX_USAGE;
	default: fprintf(stderr, "sealpost: %s: %s\n", path, strerror(code)); return EX_UNAVAILABLE;
	}
}

/* Sends n lines at once; each of them must be answered with success. Returns 0, or an exit status. */
static int set_up(struct ctl *c, const char *path, const char *lines, unsigned long n)
{
	struct ctl_block b = { .kind = CTL_CLOSED };
	char reason[LINK_REASON_MAX];
	if (ctl_send(c, lines, strlen(lines)) == 0)
		while (n && (ctl_next(c, &b), b.kind != CTL_CLOSED) && !b.status)
			n -= b.kind == CTL_ANSWER;
	if (!n)
		return EX_OK;
	ctl_text_reason(b.kind == CTL_ANSWER ? b.text : "", reason, sizeof reason);
	if (b.kind == CTL_ANSWER)
		fprintf(stderr,
			"sealpost: %s: the agent refuses the lines with which this program begins a session: "
			"%s\n",
			path, reason);
	else
		fprintf(stderr, "sealpost: %s: the agent accepts no more sessions\n", path);
	return EX_UNAVAILABLE;
}

int link_open(const struct cli_options *o, struct ctl *ret, unsigned long *ret_lines)
{
	char lines[256];
	unsigned long n =
		1 + (o->is_login != 0) + (o->json != 0) + (o->stop_on_error != 0) + (o->hides_urls != 0);
	snprintf(lines, sizeof lines, "%s%s%s%s%s", CTL_GREETING,
		 o->is_login ? "xPreferences publish off\n" : "",
		 o->json ? "xPreferences outputmode json\n" : "",
		 o->stop_on_error ? "xPreferences stoponerror on\n" : "",
		 o->hides_urls ? "xPreferences hideurls on\n" : "");
	if (ret_lines)
		*ret_lines = n;
	ctl_init(ret, BLOCK_MAX);
	if (ctl_connect(ret, o->socket, 0) < 0)
		return complain_of_socket(o->socket, errno);
	int status = set_up(ret, o->socket, lines, n);
	if (status)
		ctl_close(ret);
	return status;
}

int link_ask(const struct cli_options *o, const struct link_question *q, struct link_answer *ret)
{
	struct ctl c;
	struct ctl_block b;
	struct buf text;
	int status = link_open(o, &c, NULL);
	*ret = (struct link_answer){ .text = NULL };
	if (status)
		return status;
	buf_init(&text, LINK_ANSWER_MAX);
	int lost = ctl_send(&c, q->line->data, q->line->len) < 0;
	do {
		ctl_next(&c, &b);
		if (b.kind == CTL_BODY_WANTED)
			lost |= ctl_send_body(&c, buf_str(q->body), q->body->len) < 0;
		else if (b.kind == CTL_PART || b.kind == CTL_ANSWER)
			buf_add(&text, b.text, b.len);
	} while (b.kind == CTL_PUSHED || b.kind == CTL_PART || b.kind == CTL_BODY_WANTED);
	if (lost || b.kind != CTL_ANSWER) {
		fprintf(stderr, "sealpost: %s: the agent closed the connection\n", q->name);
		status = EX_UNAVAILABLE;
		buf_wipe(&text);
	} else {
		ret->status = b.status;
		ret->len = text.len;
		ret->text = buf_take(&text);
	}
	ctl_close(&c);
	return status;
}

/* Cuts the text at its first line, from byte `from` on, that has only a full stop, and returns 1; 0 if there
 * is none. After a NUL no line counts: a binary file may have such a line by chance. */
static int cut_at_full_stop(struct buf *in, size_t from)
{
	while (from && in->data[from - 1] != '\n')
		from--;
	for (char *line = in->data + from, *end = in->data + in->len, *next; line < end; line = next) {
		char *feed = memchr(line, '\n', (size_t)(end - line));
		next = feed ? feed + 1 : end;
		size_t len = (size_t)(next - line) - (feed != NULL);
		if (feed && len && line[len - 1] == '\r')
			len--;
		if (!feed || len != 1 || *line != '.' || memchr(in->data, 0, (size_t)(line - in->data)))
			continue;
		in->len = (size_t)(line - in->data);
		in->data[in->len] = '\0';
		return 1;
	}
	return 0;
}

int link_read_input(struct buf *in, enum link_input how)
{
	buf_init(in, LINK_BODY_MAX + CHUNK);
	for (;;) {
		char *room = buf_room(in, CHUNK);
		ssize_t n = room ? read(STDIN_FILENO, room, CHUNK) : -1;
		if (!room) {
			fprintf(stderr, "sealpost: standard input is longer than %d bytes\n", LINK_BODY_MAX);
			return EX_DATAERR;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fprintf(stderr, "sealpost: standard input: %s\n", strerror(errno));
			return EX_NOINPUT;
		}
		if (n == 0)
			return EX_OK;
		buf_took(in, (size_t)n);
		if (how == LINK_INPUT_TYPED && cut_at_full_stop(in, in->len - (size_t)n))
			return EX_OK;
	}
}

int link_show_refusal(const char *name, const char *text, int status)
{
	char reason[LINK_REASON_MAX];
	ctl_text_reason(text, reason, sizeof reason);
	fprintf(stderr, "sealpost: %s: %s\n", name, *reason ? reason : text);
	return status;
}

void link_add_answer(struct buf *out, const char *text, size_t len)
{
	const char *end = text + len;
	for (const char *line = text; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t n = next ? (size_t)(next - line) : (size_t)(end - line);
		int is_frame = n == 0 || (n == 2 && memcmp(line, "OK", 2) == 0) ||
			       (n == 5 && memcmp(line, "ERROR", 5) == 0) ||
			       (n == 6 && memcmp(line, "** end", 6) == 0);
		if (!is_frame && buf_add(out, line, n) == 0)
			buf_addc(out, '\n');
		line += n + 1;
	}
}
