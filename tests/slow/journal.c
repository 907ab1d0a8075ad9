/* SPDX-License-Identifier: MIT */
/* journal FILE RATE STOP [anonymous]: a publisher with a journal, which may be killed at any moment. FILE
 * holds two numbers, of the last event that was acknowledged and of the last one that may have been
 * published. When it starts it goes on behind the first, under the same name, or without a name. It publishes
 * RATE events a second, each with its number as its mark, until the file STOP exists; then it waits until all
 * are acknowledged. */
#include "sealpost.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct publisher {
	struct sealpost *s;
	int journal;
	struct {
		long long acknowledged, published;
	} known;
};

static void write_journal(const struct publisher *p)
{
	if (pwrite(p->journal, &p->known, sizeof p->known, 0) != (ssize_t)sizeof p->known)
		exit(3);
}

static void on_durable(void *arg, int error)
{
	struct publisher *p = arg;
	if (error) {
		fprintf(stderr, "event %lld: %s\n", p->known.acknowledged + 1, sealpost_error(p->s));
		exit(2);
	}
	p->known.acknowledged++;
	write_journal(p);
}

static long long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void publish(struct publisher *p)
{
	char event[100];
	int n = snprintf(event, sizeof event, "<Event><Test><Mark>%lld</Mark></Test></Event>",
			 p->known.published + 1);
	if (sealpost_publish(p->s, event, (size_t)n, on_durable, p) == 0) {
		p->known.published++; /* nothing is sent before the next call of the library */
		write_journal(p);
	} else if (errno != EAGAIN) {
		exit(4);
	}
}

int main(int argc, char **argv)
{
	struct publisher p = { .s = sealpost_new(NULL) };
	if (argc < 4 || !p.s || (p.journal = open(argv[1], O_RDWR | O_CREAT, 0600)) < 0)
		return 64;
	if (read(p.journal, &p.known, sizeof p.known) < 0)
		return 74;
	p.known.published = p.known.acknowledged;
	if (argc == 4 && sealpost_identify(p.s, "journal", (unsigned long long)p.known.acknowledged + 1) < 0)
		return 70;
	long long begun = now_ms(), published = 0, rate = strtol(argv[2], NULL, 10);
	while (access(argv[3], F_OK) < 0) {
		for (; published < (now_ms() - begun) * rate / 1000; published++)
			publish(&p);
		sealpost_wait(p.s, 5);
	}
	while (sealpost_pending(p.s) && (sealpost_flush(p.s, 30000) == 0 || errno == ETIMEDOUT))
		;
	printf("%lld\n", p.known.acknowledged);
	return 0;
}
