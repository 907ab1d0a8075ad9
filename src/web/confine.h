/* SPDX-License-Identifier: MIT */
/* confine: permanently gives up the rights that this process does not need once it listens, so that an
 * attacker who takes it over gains little. */
#ifndef WEB_CONFINE_H
#define WEB_CONFINE_H

#include "base/err.h"

/* Gives up all capabilities, and the right to get any. From then on the kernel refuses sockets of any family
 * except AF_UNIX, and io_uring, which could create some. If the kernel supports it (Landlock of Linux 6.7),
 * it also refuses TCP connections from existing sockets. Fails with ERR_IO if the kernel cannot do it. */
int confine_process(struct err *e);

#endif
