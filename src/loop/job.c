/* SPDX-License-Identifier: MIT */
#include "loop/job.h"

#include "base/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job {
	struct job_options o;
	atomic_int stop;
	int fd;                   /* the thread writes to it at its end */
	struct loop_watch *watch; /* of fd; NULL: there is no thread */
	struct loop_timer *timer; /* armed if there is no thread */
	pthread_t thread;
};

static void *run(void *arg)
{
	struct job *j = arg;
	j->o.work(j->o.arg, &j->stop);
	eventfd_write(j->fd, 1);
	return NULL;
}

static void done_with(struct job *j)
{
	if (j->watch)
		pthread_join(j->thread, NULL);
	loop_watch_free(j->watch);
	loop_timer_free(j->timer);
	if (j->fd >= 0)
		close(j->fd);
	free(j);
}

static void finish(void *arg)
{
	struct job *j = arg;
	struct job_options o = j->o;
	done_with(j);
	o.done(o.arg);
}

static void on_ready(void *arg, unsigned ready)
{
	(void)ready;
	finish(arg);
}

/* Starts the thread with all signals blocked, since the loop's thread handles them. */
static int start_thread(struct job *j)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&j->thread, NULL, run, j);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r == 0 ? 0 : -1;
}

struct job *job_start(const struct job_options *o)
{
	struct job *j = mem_new(sizeof *j);
	j->o = *o;
	j->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (j->fd >= 0 && start_thread(j) == 0) {
		j->watch = loop_watch(o->loop, j->fd, LOOP_READ, on_ready, j);
		return j;
	}
	j->timer = loop_timer_new(o->loop, finish, j);
	o->work(o->arg, &j->stop);
	loop_timer_in(j->timer, 0);
	return j;
}

void job_cancel(struct job *j)
{
	if (!j)
		return;
	atomic_store(&j->stop, 1);
	done_with(j);
}
