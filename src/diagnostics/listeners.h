/* SPDX-License-Identifier: MIT */
/* listeners: finds plain-text management protocols that some program on this device offers. */
#ifndef DIAGNOSTICS_LISTENERS_H
#define DIAGNOSTICS_LISTENERS_H

#include <stddef.h>

/* FTP, HTTP, SNMP and Telnet on their own ports and on addresses that others can reach, as the kernel's
 * tables in this folder ("/proc/net") list them: "Telnet on port 23, ..." into ret, "" if there is none.
 * Returns their number. */
size_t listeners_plain(const char *proc_net, char *ret, size_t size);

#endif
