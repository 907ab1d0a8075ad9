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
	signal(sig, SIG_DFL);		/* not ours */
	raise(sig);
}

void *mapped_open(int fd, size_t size)
{
	/* SA_NODEFER: who jumps out of the handler need not set the mask back. */
	struct sigaction a = { .sa_handler = on_sigbus, .sa_flags = SA_NODEFER };
	void *p = sigaction(SIGBUS, &a, NULL) < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
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
