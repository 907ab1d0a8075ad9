#include "https_lane.h"

#include "base/mem.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	GOODBYE_MS = 200,	/* between a TLS farewell and the end of the connection */
	ENDS_A_TURN = 16,	/* posts that end within one turn, at most */
};

struct https_socket {
	struct https_lane *lane;
	int fd;
	unsigned events;
	struct loop_watch *watch;
	struct https_socket *next;
};

struct https_session {
	struct verify_session *session;
	int complete;		/* the handshake is over: its verdict is the last word */
	int told;		/* its verdict was returned by https_lane_news */
	int closed;		/* its connection is gone, so that no SSL_CTX refers to it */
	int old;		/* belongs to an earlier transfer and is closed: says nothing about this one */
	int fresh;		/* made in this transfer */
	struct https_session *next;
};

/* Out of memory or a mistake of ours: libcurl's multi functions fail for nothing else. */
static void must(CURLMcode rc)
{
	if (rc != CURLM_OK)
		abort();
}

static struct https_socket *find(const struct https_lane *lane, int fd)
{
	struct https_socket *s = lane->sockets;
	while (s && s->fd != fd)
		s = s->next;
	return s;
}

static void drop(struct https_lane *lane, struct https_socket *s)
{
	struct https_socket **at = &lane->sockets;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	loop_watch_free(s->watch);
	free(s);
	if (!lane->sockets)
		for (struct https_session *session = lane->sessions; session; session = session->next)
			session->closed = 1;
}

/* Only from the loop: a verdict may be borrowed by a callback further up otherwise. */
static void sweep(struct https_lane *lane)
{
	for (struct https_session **at = &lane->sessions; *at;) {
		struct https_session *s = *at;
		if (s->closed && s->told && (s->old || s != lane->sessions)) {
			*at = s->next;
			verify_session_free(s->session);
			free(s);
		} else {
			at = &s->next;
		}
	}
}

/* libcurl's timer is set for every transfer and hardly ever comes due, so the loop's timer is left alone unless it
 * would be late; when it is early it looks at due_ms and sleeps on. */
static void arm(struct https_lane *lane)
{
	int64_t in = lane->finished ? 0 : lane->due_ms - loop_now_ms(lane->loop);
	if (!lane->finished && lane->due_ms < 0)
		return;
	if (in < 0)
		in = 0;
	int64_t left = loop_timer_left(lane->timer);
	if (left < 0 || left > in)
		loop_timer_in(lane->timer, in);
}

static void enter(struct https_lane *lane, curl_socket_t fd, int what)
{
	int running, left;
	CURLMsg *m;
	must(curl_multi_socket_action(lane->multi, fd, what, &running));
	while ((m = curl_multi_info_read(lane->multi, &left))) {
		if (m->msg != CURLMSG_DONE || m->easy_handle != lane->easy)
			continue;
		lane->finished = 1;
		lane->result = m->data.result;
	}
}

static int has_hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };
	return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* A post that is begun while its predecessor's end is told may itself be at its end already: told in the same turn, a few
 * times over, so that others have their turn, too. */
static void tell(struct https_lane *lane)
{
	if (!lane->finished)
		arm(lane);
	lane->telling = 1;
	lane->turned(lane->arg);
	for (int i = 1; i < ENDS_A_TURN && lane->finished; i++)
		lane->turned(lane->arg);
	lane->telling = 0;
	if (lane->finished)
		arm(lane);
}

static void on_ready(void *arg, unsigned ready)
{
	struct https_socket *s = arg;
	struct https_lane *lane = s->lane;
	sweep(lane);
	if (!lane->easy) {
		/* An idle connection: the server hung up, or said something: its farewell, or a TLS ticket that the next
		 * transfer reads. */
		if (has_hung_up(s->fd)) {
			https_lane_close(lane);
		} else {
			s->events = 0;
			loop_watch_set(s->watch, 0);
			loop_timer_in(lane->timer, GOODBYE_MS);
		}
		return;
	}
	lane->moved_ms = loop_now_ms(lane->loop);
	enter(lane, s->fd, (ready & LOOP_READ ? CURL_CSELECT_IN : 0) | (ready & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
	tell(lane);
}

static void on_time(void *arg)
{
	struct https_lane *lane = arg;
	sweep(lane);
	if (!lane->easy) {
		if (lane->sockets && has_hung_up(lane->sockets->fd))
			https_lane_close(lane);
		return;
	}
	if (!lane->finished) {
		if (lane->due_ms < 0 || lane->due_ms > loop_now_ms(lane->loop)) {
			arm(lane);
			return;
		}
		enter(lane, CURL_SOCKET_TIMEOUT, 0);
		/* When we come a fraction of a millisecond early, libcurl does nothing and does not call again either. */
		long in;
		must(curl_multi_timeout(lane->multi, &in));
		lane->due_ms = in < 0 ? -1 : loop_now_ms(lane->loop) + in + 1;
	}
	tell(lane);
}

/* --- called by libcurl: note what it wants, never call back into it ------------------------------------------- */

static int wants_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct https_lane *lane = arg;
	struct https_socket *s = find(lane, fd);
	(void)easy;
	(void)socket_arg;
	if (!s)
		return -1;
	/* libcurl 7.88 closes a socket that never got connected without asking closes_socket. */
	if (what == CURL_POLL_REMOVE && s->events == LOOP_WRITE && fcntl(fd, F_GETFD) < 0) {
		drop(lane, s);
		return 0;
	}
	unsigned events = 0;
	if (what == CURL_POLL_REMOVE)
		events = LOOP_READ;	/* the connection rests: hear of it when the server hangs up */
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= LOOP_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= LOOP_WRITE;
	if (!s->watch)
		s->watch = loop_watch(lane->loop, fd, events, on_ready, s);
	else if (s->events != events)
		loop_watch_set(s->watch, events);
	s->events = events;
	return 0;
}

static int wants_timer(CURLM *multi, long in, void *arg)
{
	struct https_lane *lane = arg;
	(void)multi;
	lane->due_ms = in < 0 ? -1 : loop_now_ms(lane->loop) + in + (in > 0);
	return 0;
}

/* Every socket of this room comes into being here. */
static curl_socket_t opens_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct https_lane *lane = arg;
	if (purpose != CURLSOCKTYPE_IPCXN || (a->family != AF_INET && a->family != AF_INET6))
		return CURL_SOCKET_BAD;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	struct https_socket *s = find(lane, fd);
	if (s)
		drop(lane, s);	/* the kernel gave its number anew: closed, see wants_socket */
	s = mem_new(sizeof *s);
	*s = (struct https_socket){ .lane = lane, .fd = fd, .next = lane->sockets };
	lane->sockets = s;
	lane->opened = 1;
	return fd;
}

static int closes_socket(void *arg, curl_socket_t fd)
{
	struct https_lane *lane = arg;
	struct https_socket *s = find(lane, fd);
	if (s)
		drop(lane, s);
	return close(fd);
}

/* --------------------------------------------------------------------------------------------------------------- */

static void open_multi(struct https_lane *lane)
{
	lane->multi = curl_multi_init();
	if (!lane->multi)
		abort();
	lane->due_ms = -1;
	must(curl_multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, wants_socket));
	must(curl_multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane));
	must(curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, wants_timer));
	must(curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane));
	must(curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, 1L));
}

void https_lane_init(struct https_lane *lane, struct loop *l, void (*turned)(void *arg), void *arg)
{
	*lane = (struct https_lane){ .loop = l, .turned = turned, .arg = arg, .due_ms = -1 };
	lane->timer = loop_timer_new(l, on_time, lane);
}

int https_lane_adopt(struct https_lane *lane, CURL *easy)
{
	if (curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, opens_socket) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, lane) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, closes_socket) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, lane) != CURLE_OK)
		return -1;
	return 0;
}

void https_lane_start(struct https_lane *lane, CURL *easy)
{
	for (struct https_session *s = lane->sessions; s; s = s->next) {
		s->old |= s->closed;
		s->fresh = 0;
	}
	if (!lane->multi)
		open_multi(lane);
	lane->easy = easy;
	lane->opened = 0;
	lane->finished = 0;
	lane->moved_ms = loop_now_ms(lane->loop);
	must(curl_multi_add_handle(lane->multi, easy));
	enter(lane, CURL_SOCKET_TIMEOUT, 0);	/* now, not a turn later: on a connection that is open, the request goes out */
	if (!lane->finished || !lane->telling)
		arm(lane);
}

void https_lane_stop(struct https_lane *lane)
{
	if (!lane->easy)
		return;
	must(curl_multi_remove_handle(lane->multi, lane->easy));
	lane->easy = NULL;
	lane->finished = 0;
}

void https_lane_close(struct https_lane *lane)
{
	if (!lane->multi)
		return;
	must(curl_multi_cleanup(lane->multi));
	while (lane->sockets)
		drop(lane, lane->sockets);
	lane->multi = NULL;
	lane->due_ms = -1;
	lane->addresses_until_ms = 0;
}

void https_lane_done(struct https_lane *lane)
{
	https_lane_stop(lane);
	https_lane_close(lane);
	loop_timer_free(lane->timer);
	lane->timer = NULL;
}

void https_lane_forget(struct https_lane *lane)
{
	while (lane->sessions) {
		struct https_session *s = lane->sessions;
		lane->sessions = s->next;
		verify_session_free(s->session);
		free(s);
	}
}

int https_lane_is_open(const struct https_lane *lane)
{
	return lane->sockets != NULL;
}

void https_lane_keep(struct https_lane *lane, struct verify_session *session)
{
	struct https_session *s = mem_new(sizeof *s);
	*s = (struct https_session){ .session = session, .fresh = 1, .next = lane->sessions };
	lane->sessions = s;
}

void https_lane_complete(struct https_lane *lane)
{
	if (lane->sessions)
		lane->sessions->complete = 1;
}

const struct verdict *https_lane_news(struct https_lane *lane)
{
	struct https_session *oldest = NULL;
	for (struct https_session *s = lane->sessions; s; s = s->next) {
		if (s->told)
			continue;
		if (!s->complete && !s->closed && !lane->finished)
			continue;	/* a stapled answer may still change the verdict */
		if (verify_session_verdict(s->session))
			oldest = s;
		else if (s->closed)
			s->told = 1;	/* TLS failed before anything was judged: there is nothing to tell */
	}
	if (!oldest)
		return NULL;
	oldest->told = 1;
	return verify_session_verdict(oldest->session);
}

const struct verdict *https_lane_verdict(const struct https_lane *lane)
{
	const struct https_session *s = lane->sessions;
	return s && !s->old && (s->fresh || !lane->opened) ? verify_session_verdict(s->session) : NULL;
}

const struct verify_chain *https_lane_chain(const struct https_lane *lane)
{
	return https_lane_verdict(lane) ? verify_session_chain(lane->sessions->session) : NULL;
}

int https_lane_shook_hands(const struct https_lane *lane)
{
	return lane->sessions && lane->sessions->fresh;
}
