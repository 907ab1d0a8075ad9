/* SPDX-License-Identifier: MIT */
/* threads N: a handle in each of two threads, and one that two threads use under a mutex, which the third
 * wakes. Each publishes N events and asks N settings. For ThreadSanitizer, helgrind and memcheck. */
#include "sealpost.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shared {
	struct sealpost *s;
	pthread_mutex_t lock;
	long wanted, acknowledged, failed;
};

static void on_durable(void *arg, int error)
{
	struct shared *h = arg;
	h->acknowledged++;
	h->failed += error != 0;
}

static void publish(struct shared *h)
{
	static const char event[] = "<Event><Test><Mark>thread</Mark></Test></Event>";
	if (sealpost_publish(h->s, event, strlen(event), on_durable, h) < 0)
		h->failed++;
}

static void *alone(void *arg)
{
	struct shared *h = arg;
	char value[100];
	h->s = sealpost_new(NULL);
	for (long i = 0; i < h->wanted; i++) {
		publish(h);
		if (sealpost_setting(h->s, "SystemUnit Name", value, sizeof value, 20000) < 0)
			h->failed++;
	}
	if (sealpost_flush(h->s, 20000) < 0)
		h->failed++;
	sealpost_free(h->s);
	return NULL;
}

/* Holds the lock for each call, and waits outside of it for nothing but its turn. */
static void *together(void *arg)
{
	struct shared *h = arg;
	for (long i = 0; i < h->wanted; i++) {
		pthread_mutex_lock(&h->lock);
		publish(h);
		sealpost_process(h->s);
		pthread_mutex_unlock(&h->lock);
	}
	return NULL;
}

/* Blocks with the lock held, for a moment or until it is woken. */
static void *blocks(void *arg)
{
	struct shared *h = arg;
	for (long all = 0; all < 2 * h->wanted;) {
		pthread_mutex_lock(&h->lock);
		if (sealpost_wait(h->s, 2) < 0 && errno != EINTR && errno != ETIMEDOUT)
			h->failed++;
		all = h->acknowledged;
		pthread_mutex_unlock(&h->lock);
	}
	return NULL;
}

static void *wakes(void *arg)
{
	struct shared *h = arg;
	for (long i = 0; i < 20 * h->wanted; i++)
		sealpost_wake(h->s);
	return NULL;
}

int main(int argc, char **argv)
{
	long n = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	struct shared own[2] = { { .wanted = n }, { .wanted = n } };
	struct shared one = { .s = sealpost_new(NULL), .wanted = n, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t threads[6];
	pthread_create(&threads[0], NULL, alone, &own[0]);
	pthread_create(&threads[1], NULL, alone, &own[1]);
	pthread_create(&threads[2], NULL, together, &one);
	pthread_create(&threads[3], NULL, together, &one);
	pthread_create(&threads[4], NULL, wakes, &one);
	pthread_create(&threads[5], NULL, blocks, &one);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	sealpost_free(one.s);
	printf("%ld %ld %ld acknowledged, %ld failed\n", own[0].acknowledged, own[1].acknowledged,
	       one.acknowledged, own[0].failed + own[1].failed + one.failed);
	return 0;
}
