/* SPDX-License-Identifier: MIT */
/* Whatever the agent's socket answers to libsealpost: each question is answered once, what it is answered can
 * be read to its end, and a publication is acknowledged at most once. The first byte says in what pieces the
 * rest arrives. */
#include "sealpost.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int listening = -1;

struct heard {
	int found, told, durable;
};

static void require(int truth, const char *what)
{
	if (!truth) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static void remove_socket(void)
{
	unlink(address.sun_path);
}

static void begin(void)
{
	if (listening >= 0)
		return;
	snprintf(address.sun_path, sizeof address.sun_path, "/tmp/fuzz-client-%ld", (long)getpid());
	remove_socket();
	atexit(remove_socket);
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(bind(listening, (struct sockaddr *)&address, sizeof address) == 0 &&
			listen(listening, 4) == 0,
		"no socket");
}

static size_t read_all(const char *text)
{
	require(text != NULL, "a text is missing");
	return strlen(text);
}

static void on_found(void *arg, const struct sealpost_found *f)
{
	struct heard *h = arg;
	size_t bytes = read_all(f->reason);
	h->found++;
	for (size_t i = 0; i < f->n; i++) {
		bytes += read_all(f->entries[i].id) + read_all(f->entries[i].name);
		for (size_t k = 0; k < f->entries[i].n; k++)
			bytes += read_all(f->entries[i].numbers[k].number) +
				 read_all(f->entries[i].numbers[k].protocol);
	}
	require(f->total >= -1 && f->age_s >= -1 && f->outcome <= SEALPOST_FAILED && bytes < 64 << 20,
		"an answer without sense");
}

static void on_told(void *arg, const struct sealpost_manager *m)
{
	struct heard *h = arg;
	h->told++;
	read_all(m->status), read_all(m->url), read_all(m->reason), read_all(m->last_event);
	require(m->next_beat_s >= -1 && m->heartbeat_s >= -1, "a time before all time");
}

static void on_durable(void *arg, int error)
{
	struct heard *h = arg;
	require(error >= 0, "an error that is none");
	h->durable++;
}

/* Asks a setting, whose value may have come already; nothing is waited for. */
static void ask_setting(struct sealpost *s)
{
	char value[32];
	memset(value, '#', sizeof value);
	if (sealpost_setting(s, "SystemUnit Name", value, sizeof value, 0) == 0)
		require(memchr(value, '\0', sizeof value) != NULL, "a value without an end");
}

/* What the agent says, a piece at a time, as long as the library listens. */
static void answer(struct sealpost *s, int fd, const uint8_t *data, size_t size, size_t piece)
{
	int asked = 0;
	for (size_t at = 0; at < size && sealpost_fd(s) >= 0;) {
		ssize_t n = send(fd, data + at, size - at < piece ? size - at : piece,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		require(n > 0 || errno == EAGAIN || errno == EPIPE || errno == ECONNRESET,
			"the answer cannot be sent");
		if (n < 0 && errno != EAGAIN)
			return;
		at += n > 0 ? (size_t)n : 0;
		if (!asked++ && piece > 4096)
			ask_setting(s);
		sealpost_process(s);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char event[] = "<Event><Test/></Event>";
	struct heard h = { 0, 0, 0 };
	if (size == 0)
		return 0;
	begin();
	struct sealpost *s = sealpost_new(address.sun_path);
	sealpost_search(s, &(struct sealpost_query){ .text = "a" }, on_found, &h);
	sealpost_manager(s, on_told, &h);
	for (int i = 0; i < 2; i++)
		sealpost_publish(s, event, sizeof event - 1, on_durable, &h);
	sealpost_process(s);
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	require(fd >= 0, "nobody connects");
	size_t piece = data[0] < 128 ? (size_t)data[0] + 1 : 65536,
	       least = size / 1024; /* a long one in no more than a thousand */
	answer(s, fd, data + 1, size - 1, piece < least ? least : piece);
	if (sealpost_fd(s) >= 0)
		ask_setting(s);
	require(sealpost_pending(s) >= 2u - (unsigned)h.durable && strlen(sealpost_error(s)) < 4096,
		"something is forgotten");
	sealpost_free(s);
	require(h.found == 1 && h.told == 1 && h.durable <= 2, "a question was not answered exactly once");
	close(fd);
	return 0;
}
