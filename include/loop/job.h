/* SPDX-License-Identifier: MIT */
/* job: work that takes long and touches nothing of the loop, done in a thread of its own meanwhile. */
#ifndef LOOP_JOB_H
#define LOOP_JOB_H

#include "loop/loop.h"

#include <stdatomic.h>

struct job;

struct job_options {
	struct loop *loop;
	/* Runs in the thread; it looks at *stop now and then, and returns soon once that is set. Of what arg
	 * points to, nobody else touches what it uses until done is called or job_cancel has returned. */
	void (*work)(void *arg, const atomic_int *stop);
	void (*done)(void *arg); /* called once in the loop, never before job_start has returned */
	void *arg;
};
/* Begins the work; where there can be no thread, it is done before this returns. The job frees itself when it
 * has called done. */
struct job *job_start(const struct job_options *o);
/* Stops the work and waits until it has ended; done is not called. NULL is fine. */
void job_cancel(struct job *j);

#endif
