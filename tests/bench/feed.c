/* SPDX-License-Identifier: MIT */
/* feed SOCKET EVENTS BYTES SLOTS: publishes so many events through libsealpost, each with a filler of BYTES,
 * in turn named Bench1 to Bench<SLOTS>, and prints when the first was handed over and when the last was
 * acknowledged (CLOCK_MONOTONIC, nanoseconds). feed -l: writes lines of BYTES instead and awaits a byte in
 * answer to each (bare). feed -s: awaits none (syslog-ng). */
#include "counters.h"

#include "sealpost.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { IN_FLIGHT = 512 };

struct feed {
	struct sealpost *agent;
	uint64_t published, durable, failed;
};

static void durable(void *arg, int error)
{
	struct feed *f = arg;
	f->durable++;
	f->failed += error != 0;
}

static void step(struct sealpost *s)
{
	sealpost_process(s);
	if (!sealpost_pending(s)) /* the last answer has come */
		return;
	struct pollfd p = { .fd = sealpost_fd(s), .events = POLLIN };
	poll(&p, 1, -1);
	sealpost_process(s);
}

static int feed_documents(const char *path, uint64_t events, size_t bytes, unsigned slots)
{
	struct feed f = { .agent = sealpost_new(path) };
	char filler[2048] = "", text[4096];
	memset(filler, 'x', bytes < sizeof filler ? bytes : sizeof filler - 1);
	uint64_t from = now_ns();
	while (f.durable < events) {
		for (; f.published < events && f.published - f.durable < IN_FLIGHT; f.published++) {
			int n = snprintf(text, sizeof text,
					 "<Event><Bench%u><Widget><WidgetId>bench</WidgetId><Value>%" PRIu64
					 "</Value><Type>%s</Type></Widget></Bench%u></Event>",
					 (unsigned)(f.published % slots) + 1, f.published, filler,
					 (unsigned)(f.published % slots) + 1);
			if (sealpost_publish(f.agent, text, (size_t)n, durable, &f) < 0)
				break;
		}
		step(f.agent);
	}
	printf("%" PRIu64 " %" PRIu64 "\n", from, now_ns());
	if (f.failed)
		fprintf(stderr, "feed: %" PRIu64 " events were refused: %s\n", f.failed,
			sealpost_error(f.agent));
	sealpost_free(f.agent);
	return f.failed != 0;
}

static int feed_lines(const char *path, uint64_t events, size_t bytes, int acknowledged)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char line[4096], answers[IN_FLIGHT];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
		perror(path);
		return 1;
	}
	memset(line, 'x', sizeof line);
	line[bytes - 1] = '\n';
	uint64_t from = now_ns(), in_flight = 0;
	for (uint64_t sent = 0; sent < events || in_flight;) {
		int full = in_flight >= IN_FLIGHT || sent == events;
		ssize_t n = acknowledged ? recv(fd, answers, sizeof answers, full ? 0 : MSG_DONTWAIT) : 0;
		in_flight -= n > 0 ? (uint64_t)n : 0;
		if (full)
			continue;
		if (send(fd, line, bytes, MSG_NOSIGNAL) != (ssize_t)bytes) {
			perror("send");
			return 1;
		}
		sent++;
		in_flight += (uint64_t)acknowledged;
	}
	printf("%" PRIu64 " %" PRIu64 "\n", from, now_ns());
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	int plain = argc > 1 && argv[1][0] == '-', acknowledged = plain && strcmp(argv[1], "-l") == 0;
	argv += plain;
	if (argc - plain != 5)
		return 64;
	uint64_t events = strtoull(argv[2], NULL, 10);
	size_t bytes = strtoull(argv[3], NULL, 10);
	unsigned slots = (unsigned)strtoul(argv[4], NULL, 10);
	if (bytes < 2 || bytes > 2000 || !slots)
		return 64;
	return plain ? feed_lines(argv[1], events, bytes, acknowledged)
		     : feed_documents(argv[1], events, bytes, slots);
}
