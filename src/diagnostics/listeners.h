/* SPDX-License-Identifier: MIT */
/* listeners: finds unencrypted management protocols that programs on this device offer. */
#ifndef DIAGNOSTICS_LISTENERS_H
#define DIAGNOSTICS_LISTENERS_H

#include <stddef.h>

/* Searches the kernel's socket tables in the folder proc_net ("/proc/net") for programs that listen on the
 * standard ports of FTP, HTTP, SNMP and Telnet at an address that other machines can reach. Writes "Telnet on
 * port 23, ..." to ret, or "" if there is none, and returns their number. */
size_t listeners_plain(const char *proc_net, char *ret, size_t size);

#endif
