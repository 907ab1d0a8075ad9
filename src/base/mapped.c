#include "base/mapped.h"

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

/* One for the process, as its signals are. */
static struct guard {
	sigjmp_buf back;
	volatile sig_atomic_t stands;	/* a write is under way */
	struct sigaction before;
} *guard(void)
{
	static struct guard g;
	return &g;
}

static void on_sigbus(int sig)
{
	struct guard *g = guard();
	if (g->stands)
		siglongjmp(g->back, 1);
	sigaction(sig, &g->before, NULL);	/* not ours: for whoever was asked before */
	raise(sig);
}

/* Anew for each file: somebody else may have asked for the signal meanwhile. */
static int install(struct guard *g)
{
	/* SA_NODEFER: who jumps out of the handler need not set the mask back. */
	struct sigaction ours = { .sa_handler = on_sigbus, .sa_flags = SA_NODEFER }, now;
	if (sigaction(SIGBUS, &ours, &now) < 0)
		return -1;
	if (now.sa_handler != on_sigbus)
		g->before = now;
	return 0;
}

void *mapped_open(int fd, size_t size)
{
	void *p = install(guard()) < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

void mapped_close(void *p, size_t size)
{
	if (p)
		munmap(p, size);
}

int mapped_write(void *to, const void *from, size_t len)
{
	struct guard *g = guard();
	if (sigsetjmp(g->back, 0)) {
		g->stands = 0;
		return -1;
	}
	g->stands = 1;
	atomic_signal_fence(memory_order_seq_cst);
	memcpy(to, from, len);
	atomic_signal_fence(memory_order_seq_cst);
	g->stands = 0;
	return 0;
}
