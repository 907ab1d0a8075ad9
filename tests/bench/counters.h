/* SPDX-License-Identifier: MIT */
/* Counters that a bench program shows in a small mapped file, for tests/bench/run to read while it runs. */
#ifndef BENCH_COUNTERS_H
#define BENCH_COUNTERS_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct counters {
	uint64_t posts, bytes, handshakes,
		disorder;           /* disorder: posts whose sequence was not higher than all before */
	uint64_t first_ns, last_ns; /* CLOCK_MONOTONIC, of the first and the latest post */
};

static inline struct counters *counters_map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(struct counters)) < 0) {
		perror(path);
		exit(1);
	}
	void *p = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	return p;
}

static inline int int_of(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

static inline uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

#endif
