/* SPDX-License-Identifier: MIT */
/* peer: describes the process at the other end of a connection, for the audit. */
#ifndef CONTROL_PEER_H
#define CONTROL_PEER_H

#include "audit/audit.h"

#include <sys/socket.h>

enum { PEER_NAME = 64 };
/* Writes the name that /etc/passwd gives this user, or "". Directories on the network are not asked, since
 * the agent must not wait for them. */
void peer_name(uid_t uid, char ret[PEER_NAME]);
/* Describes the connected process for the audit: its user (name: from peer_name), its roles, and its own name
 * if /proc shows it. */
void peer_describe(const struct ucred *peer, unsigned roles, const char *name, struct audit_who *ret);
/* To be called when a person has logged in: from now on the process acts for that person. */
void peer_become(struct audit_who *who, const char *name, const char *address, unsigned roles);

#endif
