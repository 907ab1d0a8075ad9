/* SPDX-License-Identifier: MIT */
#include "confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#error "confine.c: the number by which seccomp knows this processor (linux/audit.h) has to be added"
#endif

/* Landlock's rights to bind a TCP port and to connect by TCP, and the version of its interface that has them
 * first; older headers do not have these names. */
enum { LANDLOCK_BIND = 1, LANDLOCK_CONNECT = 2, LANDLOCK_NET_SINCE = 4 };
struct ruleset {
	uint64_t files, net;
};

/* Allows socket() for AF_UNIX alone, and no io_uring, whose rings could open sockets without that call. The
 * filter is short enough to be written in the kernel's own form, without a library. */
static int filter(struct err *e)
{
#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, name))
#define REFUSE      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define ALLOW       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter rules[] = {
		FIELD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		FIELD(nr),
#ifdef __x86_64__
		/* system calls of the x32 interface */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 4, 0),
#else
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x7fffffff, 4, 0),
#endif
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 3),
		FIELD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
		REFUSE,
		ALLOW,
	};
#undef FIELD
#undef REFUSE
#undef ALLOW
	const struct sock_fprog program = { sizeof rules / sizeof *rules, rules };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return err_errno(e, "the kernel takes no filter of system calls (seccomp)");
	return 0;
}

/* An existing TCP socket could be disconnected and connected to another address. Kernels without this
 * restriction permit that; the filter then only prevents new sockets. */
static void restrict_connections(void)
{
	const struct ruleset r = { 0, LANDLOCK_BIND | LANDLOCK_CONNECT };
	if (syscall(__NR_landlock_create_ruleset, NULL, 0, 1) < LANDLOCK_NET_SINCE)
		return;
	int fd = (int)syscall(__NR_landlock_create_ruleset, &r, sizeof r, 0);
	if (fd < 0)
		return;
	(void)!syscall(__NR_landlock_restrict_self, fd, 0);
	close(fd);
}

static int drop_capabilities(struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(__NR_capset, &head, none) < 0)
		return err_errno(e, "capabilities cannot be given up");
	return 0;
}

int confine_process(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(e, "the kernel cannot forbid new privileges");
	restrict_connections();
	return drop_capabilities(e) < 0 ? -1 : filter(e);
}
