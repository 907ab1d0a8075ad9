/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include "base/buf.h"
#include "base/journal.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static struct {
	char name[32];
	char socket[108], journal[108];
	int fd, journal_fd;
	int to_stderr;
	int last_on_stderr;           /* the last line was written to standard error */
	int facility, audit_facility; /* audit_facility -1: as facility */
	enum log_level level;
	unsigned long lost_unreported;
	/* lines that could not be written to standard error, and have not been reported yet */
	unsigned long stderr_lost;
	int is_stream; /* syslog's socket is a stream: a NUL ends each line */
	/* the rest of the last line, which the stream has not accepted yet */
	char tail[LINE_MAX_BYTES + 128];
	size_t tail_len;
	void (*tap)(void *, enum log_level, const char *);
	void *tap_arg;
	void (*forward)(void *, const struct log_record *);
	void *forward_arg;
	struct log_kept kept[LOG_KEPT_MAX]; /* a ring */
	size_t n_kept;                      /* number of lines that were written so far */
} state = { .name = "sealpost",
	    .fd = -1,
	    .journal_fd = -1,
	    .to_stderr = 1,
	    .facility = 3,
	    .audit_facility = -1,
	    .level = LOG_LEVEL_INFO };

static const char *const facilities[24] = {
	"kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
	"uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
	"local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7",
};

void log_open(const struct log_options *o)
{
	log_close();
	snprintf(state.name, sizeof state.name, "%s", o->name);
	snprintf(state.socket, sizeof state.socket, "%s", o->socket ? o->socket : "/dev/log");
	snprintf(state.journal, sizeof state.journal, "%s", o->journal ? o->journal : "");
	state.to_stderr = o->to_stderr;
	state.lost_unreported = 0;
}

void log_close(void)
{
	if (state.fd >= 0)
		close(state.fd);
	if (state.journal_fd >= 0)
		close(state.journal_fd);
	state.fd = state.journal_fd = -1;
	state.journal[0] = '\0';
	state.tail_len = 0;
	state.stderr_lost = 0;
	state.socket[0] = '\0';
	state.to_stderr = 1;
}

void log_set_level(enum log_level level)
{
	state.level = level;
}

static int facility_named(const char *name)
{
	for (int i = 0; i < 24; i++)
		if (strcasecmp(facilities[i], name) == 0)
			return i;
	return -1;
}

int log_set_facility(const char *name)
{
	int facility = facility_named(name);
	if (facility < 0)
		return -1;
	state.facility = facility;
	return 0;
}

int log_set_audit_facility(const char *name)
{
	int facility = facility_named(name);
	if (facility < 0 && strcmp(name, "Same") != 0)
		return -1;
	state.audit_facility = facility;
	return 0;
}

int log_was_on_stderr(void)
{
	return state.last_on_stderr;
}

void log_set_tap(void (*fn)(void *, enum log_level, const char *), void *arg)
{
	state.tap = fn;
	state.tap_arg = arg;
}

void log_set_forward(void (*fn)(void *, const struct log_record *), void *arg)
{
	state.forward = fn;
	state.forward_arg = arg;
}

/* Copies text with invisible characters escaped; cuts it with "..." if it does not fit. */
static void clean(const char *text, char *out, size_t size)
{
	char shown[TEXT_SHOWN];
	size_t at = 0;
	for (size_t n; *text; text += n) {
		n = text_show(text, shown);
		size_t len = strlen(shown);
		if (at + len + 4 > size) {
			memcpy(out + at, "...", 3);
			at += 3;
			break;
		}
		memcpy(out + at, shown, len);
		at += len;
	}
	out[at] = '\0';
}

static int connected(void)
{
	if (state.fd >= 0)
		return 1;
	if (!state.socket[0])
		return 0;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	memcpy(to.sun_path, state.socket, sizeof state.socket);
	to.sun_path[sizeof to.sun_path - 1] = '\0';
	state.tail_len = 0;
	for (int stream = 0; stream < 2; stream++) {
		int kind = stream ? SOCK_STREAM : SOCK_DGRAM;
		int fd = socket(AF_UNIX, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
			state.fd = fd;
			state.is_stream = stream;
			return 1;
		}
		int is_other_kind = errno == EPROTOTYPE;
		if (fd >= 0)
			close(fd);
		if (!is_other_kind)
			break;
	}
	return 0;
}

/* Sends the rest of the previous line to a stream. Returns 0 if nothing of it is left, otherwise -1 with
 * errno. */
static int send_tail(void)
{
	if (!state.tail_len)
		return 0;
	ssize_t n = send(state.fd, state.tail, state.tail_len, MSG_NOSIGNAL);
	if (n < 0)
		return -1;
	state.tail_len -= (size_t)n;
	memmove(state.tail, state.tail + n, state.tail_len);
	errno = EAGAIN;
	return state.tail_len ? -1 : 0;
}

/* Sends a line. Returns 0, or -1 with errno. If a stream accepts only a part of it, the rest is sent before
 * the next line, so that lines stay whole. */
static int send_packet(const char *packet, size_t len)
{
	if (!state.is_stream)
		return send(state.fd, packet, len, MSG_NOSIGNAL) < 0 ? -1 : 0;
	if (send_tail() < 0)
		return -1;
	len++; /* on a stream, a NUL ends the line */
	ssize_t n = send(state.fd, packet, len, MSG_NOSIGNAL);
	if (n < 0)
		return -1;
	state.tail_len = len - (size_t)n;
	memcpy(state.tail, packet + n, state.tail_len);
	return 0;
}

/* A line that is about to be written. */
struct line {
	const struct log_about *about;
	enum log_level level;
	const char *text;
};

static int facility_of(const struct line *l)
{
	int is_apart = log_kind_is_audit(l->about->kind) && state.audit_facility >= 0;
	return is_apart ? state.audit_facility : state.facility;
}

static int send_datagram(const struct line *l)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm tm;
	localtime_r(&now, &tm);
	char packet[LINE_MAX_BYTES + 128];
	int len = snprintf(packet, sizeof packet, "<%d>%s %2d %02d:%02d:%02d %s[%ld]: %s",
			   facility_of(l) << 3 | (int)l->level, months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
			   tm.tm_min, tm.tm_sec, state.name, (long)getpid(), l->text);
	/* A restarted syslog daemon has a new socket, so a failed line is tried once more with a new
	 * connection. */
	for (int tries = 0; tries < 2 && connected(); tries++) {
		if (send_packet(packet, (size_t)len) == 0)
			return 0;
		if (errno == EAGAIN || errno == ENOBUFS)
			return -1;
		close(state.fd);
		state.fd = -1;
	}
	return -1;
}

/* Returns 1 if standard error accepts a line now. A pipe that is writable according to poll accepts PIPE_BUF
 * bytes, which is more than a line has. */
static int has_room(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	return poll(&p, 1, 0) == 1 && p.revents & POLLOUT;
}

/* Writes to standard error without waiting. If nothing reads it, lines are lost, and the next line that can
 * be written is preceded by their number. */
static void to_standard_error(const char *line)
{
	char text[LINE_MAX_BYTES + 128];
	if (state.stderr_lost && has_room()) {
		int n = snprintf(text, sizeof text, "%s: %lu log lines were lost\n", state.name,
				 state.stderr_lost);
		if (write(STDERR_FILENO, text, (size_t)n) == n)
			state.stderr_lost = 0;
	}
	int len = snprintf(text, sizeof text, "%s: %s\n", state.name, line);
	if (state.stderr_lost || !has_room() || write(STDERR_FILENO, text, (size_t)len) != len)
		state.stderr_lost++;
}

/* Sends a line to the journal. Returns 0; -1 if there is no journal, or it does not accept the line. */
static int to_journal(const struct line *l)
{
	char priority[4], facility[4], pid[24];
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct buf packet;
	if (!state.journal[0])
		return -1;
	if (state.journal_fd < 0)
		state.journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	memcpy(to.sun_path, state.journal, sizeof to.sun_path);
	snprintf(priority, sizeof priority, "%d", (int)l->level);
	snprintf(facility, sizeof facility, "%d", facility_of(l));
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	const struct journal_field fields[] = {
		{ "MESSAGE", l->text },
		{ "PRIORITY", priority },
		{ "SYSLOG_FACILITY", facility },
		{ "SYSLOG_IDENTIFIER", state.name },
		{ "SYSLOG_PID", pid },
		{ "MESSAGE_ID", log_kind_id(l->about->kind) },
		{ "SEALPOST_SERVICE", l->about->service },
		{ "SEALPOST_HOST", l->about->host },
		{ "SEALPOST_VERIFY_RESULT", l->about->result },
	};
	buf_init(&packet, 2 * LINE_MAX_BYTES);
	journal_write(fields, sizeof fields / sizeof *fields, &packet);
	ssize_t n = sendto(state.journal_fd, packet.data, packet.len, MSG_NOSIGNAL, (struct sockaddr *)&to,
			   sizeof to);
	buf_done(&packet);
	return n < 0 ? -1 : 0;
}

/* Writes a line to the journal; to syslog if there is none, or it does not accept the line. Returns 0; -1:
 * neither accepts it. */
static int to_system_log(const struct line *l)
{
	return to_journal(l) == 0 || send_datagram(l) == 0 ? 0 : -1;
}

/* As to_system_log. Lines that were lost are reported before the next one that is accepted, by whichever of
 * the two accepts it. */
static int write_counted(const struct line *l)
{
	static const struct log_about nothing = { .kind = LOG_KIND_NONE };
	char text[64];
	snprintf(text, sizeof text, "%lu log lines were lost", state.lost_unreported);
	if (state.lost_unreported && to_system_log(&(struct line){ &nothing, LOG_LEVEL_WARNING, text }) == 0)
		state.lost_unreported = 0;
	int r = to_system_log(l);
	state.lost_unreported += r < 0 && state.socket[0];
	return r;
}

static void keep(const struct line *l)
{
	struct log_kept *k = &state.kept[state.n_kept++ % LOG_KEPT_MAX];
	free(k->text);
	*k = (struct log_kept){
		.at = time(NULL), .level = l->level, .kind = l->about->kind, .text = mem_dup(l->text)
	};
}

const struct log_kept *log_kept_at(size_t back)
{
	if (back >= state.n_kept || back >= LOG_KEPT_MAX)
		return NULL;
	return &state.kept[(state.n_kept - 1 - back) % LOG_KEPT_MAX];
}

static void write_line(const struct log_about *about, enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void write_line(const struct log_about *about, enum log_level level, const char *fmt, va_list ap)
{
	char raw[LINE_MAX_BYTES], text[LINE_MAX_BYTES];
	if (level > state.level && !log_kind_is_audit(about->kind))
		return;
	if (vsnprintf(raw, sizeof raw, fmt, ap) < 0)
		raw[0] = '\0';
	clean(raw, text, sizeof text);
	const struct line l = { about, level, text };
	int is_accepted = write_counted(&l) == 0;
	state.last_on_stderr = state.to_stderr || (!is_accepted && state.fd < 0);
	if (state.last_on_stderr)
		to_standard_error(text);
	keep(&l);
	if (state.tap)
		state.tap(state.tap_arg, level, text);
	if (state.forward)
		state.forward(state.forward_arg, &(struct log_record){ .facility = facility_of(&l),
								       .level = level,
								       .about = about,
								       .text = text });
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const struct log_about nothing = { .kind = LOG_KIND_NONE };
	va_list ap;
	va_start(ap, fmt);
	write_line(&nothing, level, fmt, ap);
	va_end(ap);
}

void log_lines(enum log_level level, const char *who, const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		log_line(level, "%s: %.*s", who, (int)strcspn(text, "\n"), text);
}

void log_about(const struct log_about *about, enum log_level level, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	write_line(about, level, fmt, ap);
	va_end(ap);
}
