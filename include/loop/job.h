/* SPDX-License-Identifier: MIT */
/* job: long work that does not use the loop, done in a separate thread. */
#ifndef LOOP_JOB_H
#define LOOP_JOB_H

#include "loop/loop.h"

#include <stdatomic.h>

struct job;

struct job_options {
	struct loop *loop;
	/* Runs in the thread. It checks *stop regularly, and returns soon after that is set. Data that it
	 * uses through arg must not be touched by others until done is called or job_cancel has returned. */
	void (*work)(void *arg, const atomic_int *stop);
	void (*done)(void *arg); /* called once by the loop, never before job_start has returned */
	void *arg;
};
/* Begins the work. If no thread can be created, the work is done before this returns. The job frees itself
 * when it has called done. */
struct job *job_start(const struct job_options *o);
/* Stops the work and waits until it has ended; done is not called. NULL is allowed. */
void job_cancel(struct job *j);

#endif
