/* SPDX-License-Identifier: MIT */
/* control: listens on the control socket, finds out which user connects, and owns the sessions. */
#include "control/control.h"

#include "base/log.h"
#include "base/mem.h"
#include "limits.h"
#include "control_internal.h"
#include "peer.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	DESCRIPTORS_MS = 10 * 1000,
	GROUPS_MAX = 256,
	BACKLOG = 64,
	RESTART_MS = 1000,
	/* number of closed sessions that are logged one by one */
	CLOSED_LOGGED = 3,
};

static const char admin_group[] = "sealpost-admin", publish_group[] = "sealpost-publish";

/* --- roles --- */

/* Finds a group's number by its name. Returns -1 if there is no such group, and leaves *ret unchanged. */
static int group_number(const char *name, gid_t *ret)
{
	struct group g, *found = NULL;
	char text[16384];
	if (getgrnam_r(name, &g, text, sizeof text, &found) != 0 || !found)
		return -1;
	*ret = found->gr_gid;
	return 0;
}

static int is_in_group(int fd, const struct ucred *peer, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof groups;
	if (group == (gid_t)-1)
		return 0;
	if (peer->gid == group)
		return 1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return 0;
	for (size_t i = 0; i < len / sizeof *groups; i++)
		if (groups[i] == group)
			return 1;
	return 0;
}

/* Returns 1 if this is the user of sealpost-web. It is looked up for each connection, since sealpost-web may
 * be installed or removed while the agent runs, and another user may get its number: `name` is its present
 * user's. */
static int is_web(struct control *t, uid_t uid, const char *name)
{
	int is = t->web_name && *name && strcmp(name, t->web_name) == 0;
	if (is)
		t->web = uid;
	else if (uid == t->web)
		t->web = (uid_t)-1;
	return is;
}

/* Returns the roles of the connected process, and the name of its user. The kernel gives its user and groups.
 * Root, the agent's own user and members of the administrators' group may do everything. The user of
 * sealpost-web may only log a person in and ask for its settings; in a lab it is the agent's own user, which
 * may do everything anyway. All others who can open the socket may read, and may publish if they are members
 * of the publishers' group or if the system has no such group. */
static unsigned roles_of(struct control *t, int fd, struct ucred *ret, char name[PEER_NAME])
{
	socklen_t len = sizeof *ret;
	*ret = (struct ucred){ .uid = (uid_t)-1 };
	*name = '\0';
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ret, &len) < 0)
		return ROLE_USER;
	peer_name(ret->uid, name);
	unsigned web = is_web(t, ret->uid, name) ? ROLE_WEB : 0;
	int is_own = ret->uid == 0 || ret->uid == geteuid();
	if (is_own || (!web && is_in_group(fd, ret, t->admins)))
		return ROLE_USER | ROLE_PUBLISHER | ROLE_ADMIN | web;
	if (web)
		return web;
	int publishes = t->publishers == (gid_t)-1 || is_in_group(fd, ret, t->publishers);
	return ROLE_USER | (publishes ? ROLE_PUBLISHER : 0);
}

/* --- sessions --- */

static void log_closed(struct control *t, const struct session *s)
{
	char more[EPISODE_TEXT];
	uint64_t happened = episode_happened(&t->closings, episode_key(s->why) + s->uid, CLOSED_LOGGED,
					     loop_now_ms(t->loop));
	if (happened)
		log_notice("control: a session of uid %ld was closed: %s%s", (long)s->uid, s->why,
			   episode_text(happened, more));
}

static void on_free_dropped(void *arg)
{
	struct control *t = arg;
	for (struct session **at = &t->sessions; *at;) {
		struct session *s = *at;
		if (!s->dead) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		if (s->why)
			log_closed(t, s);
		if (s == t->restart_for && t->restart_for)
			loop_timer_in(t->restart, 0);
		session_free(s);
	}
}

void control_free_dropped(struct control *t)
{
	if (!loop_timer_armed(t->free_dropped))
		loop_timer_in(t->free_dropped, 0);
}

void control_check(struct control *t)
{
	int64_t inactivity_ms = settings_get(agent_settings(t->agent))->inactivity_min * 60 * 1000,
		now = loop_now_ms(t->loop);
	int64_t next = t->lacks_descriptors ? now + DESCRIPTORS_MS : INT64_MAX;
	for (struct session *s = t->sessions; s; s = s->next) {
		int64_t at = session_check(s, inactivity_ms);
		next = at < next ? at : next;
	}
	if (next == INT64_MAX)
		loop_timer_stop(t->check);
	else
		loop_timer_in(t->check, next - now);
}

static void on_check(void *arg)
{
	struct control *t = arg;
	if (t->lacks_descriptors) {
		t->lacks_descriptors = 0;
		loop_watch_set(t->watch, LOOP_READ);
	}
	control_check(t);
}

void control_adopt(struct control *t, int fd)
{
	struct ucred peer;
	char name[PEER_NAME];
	unsigned roles = roles_of(t, fd, &peer, name);
	const char *full = limits_admit(t, peer.uid);
	if (full) {
		char line[120];
		int len = snprintf(line, sizeof line, "\nERROR\nToo many sessions: %s\n", full);
		(void)!send(fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
		close(fd);
		limits_log_refusal(t, peer.uid, full);
		return;
	}
	struct session *s = session_new(t, fd, roles);
	s->uid = peer.uid;
	peer_describe(&peer, roles, name, &s->who);
	s->next = t->sessions;
	t->sessions = s;
	control_check(t);
}

static void on_connection(void *arg, unsigned ready)
{
	struct control *t = arg;
	(void)ready;
	int fd = accept4(t->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		episode_ended(&t->descriptors, loop_now_ms(t->loop));
		control_adopt(t, fd);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		int why = errno;
		if (episode_failed(&t->descriptors, (uint64_t)why, 1, loop_now_ms(t->loop)))
			log_error("control: no more sessions can be accepted for now: %s", strerror(why));
		loop_watch_set(t->watch, 0);
		t->lacks_descriptors = 1;
		control_check(t);
	}
}

/* --- changes --- */

static void on_change(void *arg, const struct doc *change)
{
	struct control *t = arg;
	command_set_on_change(t->commands, change);
	if (strcmp(change->name, "Configuration") == 0)
		control_check(t);
	for (struct session *s = t->sessions; s; s = s->next)
		if (s->n_expressions)
			session_on_change(s, change);
}

static void on_restart(void *arg)
{
	struct control *t = arg;
	agent_restart(t->agent);
	loop_watch_set(t->watch, LOOP_READ);
}

void control_restart(struct control *t, const struct session *s)
{
	t->restart_for = s;
	/* Clients that connect from now on wait for the new agent, and are not disconnected with this one. */
	loop_watch_set(t->watch, 0);
	loop_timer_in(t->restart, s ? RESTART_MS : 0);
}

/* --- the socket --- */

/* Returns 1 if another process listens on the socket. A socket left by a crash refuses connections. */
static int is_live(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return 0;
	int live = connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 || errno == EAGAIN;
	close(fd);
	return live;
}

/* Sets group and mode of the socket's file. A new file has the group of the process, so it is changed only if
 * another group is wanted. */
static int set_rights(const char *path, const char *group, struct err *e)
{
	gid_t gid;
	struct stat st;
	if (group && group_number(group, &gid) < 0)
		return err_set(e, ERR_CONFIG, 0, "group %s: no such group", group);
	if (group && (stat(path, &st) < 0 || st.st_gid != gid) && chown(path, (uid_t)-1, gid) < 0)
		return err_errno(e, "%s: cannot give it to group %s", path, group);
	if (chmod(path, 0660) < 0)
		return err_errno(e, "%s: cannot set its mode", path);
	return 0;
}

static int listen_on(struct control *t, const struct control_options *o, struct err *e)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;
	if (strlen(o->path) >= sizeof at.sun_path)
		return err_set(e, ERR_INPUT, 0, "%s: expected at most %zu characters", o->path,
			       sizeof at.sun_path - 1);
	memcpy(at.sun_path, o->path, strlen(o->path));
	if (lstat(o->path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return err_set(e, ERR_EXISTS, 0, "%s: this file exists and is not a socket", o->path);
		if (is_live(&at))
			return err_set(e, ERR_EXISTS, 0, "%s: another agent listens there", o->path);
		unlink(o->path);
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(e, "cannot make a socket");
	/* bind gives the file this mode on Linux, so nobody else can connect before group and mode are set */
	fchmod(fd, 0600);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) {
		if (errno == ENOENT)
			err_set(e, ERR_IO, ENOENT, "%s: cannot listen there: its folder does not exist",
				o->path);
		else
			err_errno(e, "%s: cannot listen there", o->path);
		close(fd);
		return -1;
	}
	t->path = mem_dup(o->path);
	t->fd = fd;
	if (listen(fd, BACKLOG) < 0)
		return err_errno(e, "%s: cannot listen there", o->path);
	return set_rights(o->path, o->group, e);
}

/* Takes over the socket that was kept from the previous control, unless its file is gone, since no client
 * could find it then. Otherwise makes a new socket. */
static int open_socket(struct control *t, const struct control_options *o, struct err *e)
{
	struct stat st;
	if (o->kept && *o->kept >= 0) {
		if (lstat(o->path, &st) == 0 && S_ISSOCK(st.st_mode)) {
			t->fd = *o->kept;
			return 0;
		}
		close(*o->kept);
		*o->kept = -1;
	}
	if (listen_on(t, o, e) < 0)
		return -1;
	if (o->kept)
		*o->kept = t->fd;
	return 0;
}

static void on_restart_requested(void *arg)
{
	control_restart(arg, NULL);
}

void control_print_markdown(struct buf *out)
{
	command_set_print_markdown(session_verbs, out);
}

int control_new(const struct control_options *o, struct control **ret, struct err *e)
{
	struct control *t = mem_new(sizeof *t);
	*t = (struct control){ .agent = o->agent,
			       .loop = agent_loop(o->agent),
			       .fd = -1,
			       .web = (uid_t)-1,
			       .web_name = o->web_user ? mem_dup(o->web_user) : NULL,
			       .admins = (gid_t)-1,
			       .publishers = (gid_t)-1 };
	group_number(admin_group, &t->admins);
	group_number(publish_group, &t->publishers);
	t->check = loop_timer_new(t->loop, on_check, t);
	t->free_dropped = loop_timer_new(t->loop, on_free_dropped, t);
	t->restart = loop_timer_new(t->loop, on_restart, t);
	t->commands = command_set_new(&(struct command_set_options){
		.agent = o->agent, .verbs = session_verbs, .restart = on_restart_requested, .arg = t });
	if (open_socket(t, o, e) < 0) {
		control_free(t);
		return -1;
	}
	t->is_kept = o->kept != NULL;
	t->watch = loop_watch(t->loop, t->fd, LOOP_READ, on_connection, t);
	t->listener = agent_listen(t->agent, on_change, t);
	*ret = t;
	return 0;
}

void control_free(struct control *t)
{
	if (!t)
		return;
	agent_unlisten(t->listener);
	while (t->sessions) {
		struct session *s = t->sessions;
		t->sessions = s->next;
		session_leave(s, "the agent ends or starts anew");
		session_free(s);
	}
	loop_watch_free(t->watch);
	if (t->fd >= 0 && !t->is_kept) {
		close(t->fd);
		unlink(t->path);
	}
	loop_timer_free(t->check);
	loop_timer_free(t->free_dropped);
	loop_timer_free(t->restart);
	command_set_free(t->commands);
	free(t->path);
	free(t->web_name);
	free(t);
}
