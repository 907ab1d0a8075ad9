/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include "command/command.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

enum { ENTRIES_MAX = 10000 };

/* The file is read for each connection, which takes a fraction of a millisecond: so names that have changed
 * since the start count. */
void peer_name(uid_t uid, char ret[PEER_NAME])
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *p = NULL;
	int n = 0;
	*ret = '\0';
	while (f && n++ < ENTRIES_MAX && (p = fgetpwent(f)) && p->pw_uid != uid)
		;
	if (p && p->pw_uid == uid)
		snprintf(ret, PEER_NAME, "%s", p->pw_name);
	if (f)
		fclose(f);
}

static void read_process(pid_t pid, char *ret, size_t size)
{
	char path[40];
	snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(ret, (int)size, f))
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	fclose(f);
}

static const char *role_name(unsigned roles)
{
	return roles & ROLE_ADMIN ? "administrator" : roles & ROLE_PUBLISHER ? "publisher" : "reader";
}

void peer_describe(const struct ucred *peer, unsigned roles, const char *name, struct audit_who *ret)
{
	*ret = (struct audit_who){ .by = AUDIT_BY_PERSON, .uid = (long)(int)peer->uid, .pid = peer->pid };
	snprintf(ret->role, sizeof ret->role, "%s", role_name(roles));
	snprintf(ret->name, sizeof ret->name, "%s", name);
	if (peer->pid > 0)
		read_process(peer->pid, ret->process, sizeof ret->process);
}

void peer_become(struct audit_who *who, const char *name, const char *address, unsigned roles)
{
	*who = (struct audit_who){ .by = AUDIT_BY_PERSON, .uid = -1, .pid = who->pid };
	snprintf(who->name, sizeof who->name, "%s", name);
	snprintf(who->address, sizeof who->address, "%s", address);
	snprintf(who->role, sizeof who->role, "%s", role_name(roles));
	snprintf(who->process, sizeof who->process, "sealpost-web");
}
