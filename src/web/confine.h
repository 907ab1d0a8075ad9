/* SPDX-License-Identifier: MIT */
/* confine: gives up for good what this process does not need once it listens, so that whoever takes it over
 * gains little. */
#ifndef WEB_CONFINE_H
#define WEB_CONFINE_H

#include "base/err.h"

/* Gives up all capabilities, and the right to get any; from then on the kernel refuses sockets of any other
 * family than AF_UNIX, and io_uring, which could make some. Where the kernel can (Landlock of Linux
 * 6.7), it also refuses TCP connections to others on sockets that exist. ERR_IO: the kernel cannot do it. */
int confine_process(struct err *e);

#endif
