/* SPDX-License-Identifier: MIT */
/* Whatever the agent answers to libsealpost, on the connection of the publications and on that of the
 * questions: each question is answered once, what it is answered can be read to its end, a publication is
 * called back exactly once, and settings that are told have a name and a value. The first byte says in what
 * pieces the rest arrives. */
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
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	require(bind(listening, (struct sockaddr *)&address, sizeof address) == 0 &&
			listen(listening, 16) == 0,
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
		const struct sealpost_entry *e = f->entries[i];
		bytes += read_all(e->id) + read_all(e->name);
		for (size_t k = 0; k < e->n; k++)
			bytes += read_all(e->numbers[k]->number) + read_all(e->numbers[k]->protocol);
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

static void on_setting(void *arg, const char *path, const char *value)
{
	(void)arg;
	require(read_all(path) + read_all(value) < 1 << 20, "a setting without an end");
}

static void on_connection(void *arg, const struct sealpost_connection *c)
{
	int *is_connected = arg;
	require(c->state == SEALPOST_REFUSED || *is_connected == (c->state == SEALPOST_LOST),
		"connected twice, or lost twice");
	require((c->error != 0) == (c->state != SEALPOST_CONNECTED) &&
			(read_all(c->reason) != 0) == (c->error != 0),
		"a reason that is none");
	*is_connected = c->state == SEALPOST_CONNECTED;
}

static void on_log(void *arg, int priority, const char *text)
{
	(void)arg;
	require(priority > 0 && priority < 8 && read_all(text) > 0, "a line that says nothing");
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
	for (size_t at = 0; at < size;) {
		ssize_t n = send(fd, data + at, size - at < piece ? size - at : piece,
				 MSG_NOSIGNAL | MSG_DONTWAIT);
		require(n > 0 || errno == EAGAIN || errno == EPIPE || errno == ECONNRESET,
			"the answer cannot be sent");
		if (n < 0 && errno != EAGAIN)
			return;
		at += n > 0 ? (size_t)n : 0;
		sealpost_process(s);
	}
}

static int next_connection(void)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	require(fd >= 0, "nobody connects");
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char event[] = "<Event><Test/></Event>";
	struct heard h = { 0, 0, 0 };
	int is_connected = 0;
	struct sealpost_query q = SEALPOST_QUERY;
	if (size == 0)
		return 0;
	begin();
	struct sealpost *s = sealpost_new(address.sun_path);
	sealpost_on_connection(s, on_connection, &is_connected);
	sealpost_on_log(s, on_log, NULL);
	if (data[0] & 1)
		sealpost_watch(s, data[0] & 2 ? "SystemUnit" : NULL, on_setting, NULL);
	sealpost_search(s, &q, on_found, &h);
	sealpost_ask_manager(s, 0, on_told, &h);
	for (int i = 0; i < 2; i++)
		sealpost_publish(s, event, sizeof event - 1, on_durable, &h);
	sealpost_process(s);
	int main_fd = next_connection(), asks_fd = next_connection();
	size_t piece = data[0] < 128 ? (size_t)data[0] + 1 : 65536,
	       least = size / 1024; /* a long one in no more than a thousand */
	piece = piece < least ? least : piece;
	answer(s, main_fd, data + 1, size - 1, piece);
	answer(s, asks_fd, data + 1, size - 1, piece);
	ask_setting(s);
	require(sealpost_pending(s) + (unsigned)h.durable >= 2 && strlen(sealpost_error(s)) < 4096,
		"something is forgotten");
	close(main_fd);
	close(asks_fd);
	for (int fd; (fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;)
		close(fd); /* those that it made anew */
	sealpost_free(s);
	require(h.found == 1 && h.told == 1, "a question was not answered exactly once");
	require(h.durable == 2, "a publication was not called back exactly once");
	return 0;
}
