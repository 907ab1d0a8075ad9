/* SPDX-License-Identifier: MIT */
#include "fleet.h"

#include "base/mem.h"
#include "base/monotonic.h"
#include "base/random.h"
#include "fleet_device.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { PROGRESS_S = 5, GRACE_MS = 10000, LOOK_MS = 100, SPARE_FILES = 100 };

struct run {
	struct fleet fleet;
	struct event *over, *progress, *look, *signals[2];
	int64_t began_ms, ending_ms; /* when it began to end; 0: it has not */
};

/* --- before it starts --- */

static int allow_files(const struct fleet_options *o, struct err *e)
{
	struct rlimit r;
	int is_two = o->manager.host[0] && o->feedback.host[0] && !fleet_args_is_one_server(o);
	rlim_t wanted = (rlim_t)o->devices * (is_two ? 2 : 1) + SPARE_FILES;
	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return err_errno(e, "the limit of open files cannot be read");
	if (r.rlim_cur >= wanted)
		return 0;
	if (r.rlim_max < wanted)
		return err_set(
			e, ERR_FULL, 0,
			"%d devices need %llu open files, and this user may have %llu (ulimit -Hn); expected "
			"fewer devices, or a higher limit",
			o->devices, (unsigned long long)wanted, (unsigned long long)r.rlim_max);
	r.rlim_cur = wanted;
	return setrlimit(RLIMIT_NOFILE, &r) < 0 ? err_errno(e, "the limit of open files cannot be raised")
						: 0;
}

struct asked {
	struct event_base *base;
	struct fleet_server *server;
	int result, is_over;
};

static void on_address(int result, struct evutil_addrinfo *found, void *arg)
{
	struct asked *a = arg;
	a->result = result;
	a->is_over = 1;
	if (!result && found) {
		const struct sockaddr *sa = found->ai_addr;
		const void *bytes =
			sa->sa_family == AF_INET
				? (const void *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr
				: &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
		evutil_inet_ntop(sa->sa_family, bytes, a->server->address, sizeof a->server->address);
		evutil_freeaddrinfo(found);
	}
	event_base_loopbreak(a->base);
}

/* Finds the server's address: from the options, or from DNS or /etc/hosts. */
static int find_server(struct fleet *f, const struct fleet_url *url, struct fleet_server *ret, struct err *e)
{
	*ret = (struct fleet_server){
		.base = f->base, .ctx = f->ctx, .url = url, .port = url->port, .counts = &f->counts
	};
	if (!url->host[0])
		return 0;
	if (f->o->address[0]) {
		snprintf(ret->address, sizeof ret->address, "%s", f->o->address);
		ret->port = f->o->port;
		return 0;
	}
	struct evdns_base *dns = evdns_base_new(f->base, EVDNS_BASE_INITIALIZE_NAMESERVERS);
	const struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct asked a = { .base = f->base, .server = ret, .result = EVUTIL_EAI_FAIL };
	if (dns) {
		/* evdns_getaddrinfo may call back at once: a loop that begins afterwards would not end. */
		evdns_getaddrinfo(dns, url->host, NULL, &hints, on_address, &a);
		if (!a.is_over)
			event_base_dispatch(f->base);
		evdns_base_free(dns, 0);
	}
	if (!ret->address[0])
		return err_set(e, ERR_NET, 0,
			       "%s: its address is not known (%s); --connect ADDRESS:PORT says where it is",
			       url->host, evutil_gai_strerror(a.result));
	return 0;
}

/* --- while it runs, and its end --- */

static void begin_to_end(struct run *r)
{
	if (r->ending_ms)
		return;
	r->ending_ms = monotonic_ms();
	r->fleet.is_ending = 1;
	for (int i = 0; i < r->fleet.o->devices; i++)
		fleet_device_end(r->fleet.devices[i]);
	event_add(r->look, &(struct timeval){ .tv_usec = LOOK_MS * 1000 });
}

static void on_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	begin_to_end(arg);
}

static void on_progress(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct run *r = arg;
	fleet_report_progress(&r->fleet.counts, (monotonic_ms() - r->began_ms) / 1000, stderr);
}

/* Ends when no request is under way any more, or when that takes too long. */
static void on_look(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct run *r = arg;
	int busy = 0;
	for (int i = 0; i < r->fleet.o->devices && !busy; i++)
		busy = fleet_device_is_busy(r->fleet.devices[i]);
	if (!busy || monotonic_ms() - r->ending_ms > GRACE_MS)
		event_base_loopbreak(r->fleet.base);
}

static void start_devices(struct run *r)
{
	struct fleet *f = &r->fleet;
	int64_t ramp_ms = (int64_t)f->o->ramp_s * 1000;
	f->devices = mem_array((size_t)f->o->devices, sizeof *f->devices);
	for (int i = 0; i < f->o->devices; i++)
		f->devices[i] = fleet_device_new(f, (size_t)i + 1, ramp_ms * i / f->o->devices);
	f->counts.devices = (size_t)f->o->devices;
	r->over = evtimer_new(f->base, on_over, r);
	r->progress = event_new(f->base, -1, EV_PERSIST, on_progress, r);
	r->look = event_new(f->base, -1, EV_PERSIST, on_look, r);
	r->signals[0] = evsignal_new(f->base, SIGINT, on_over, r);
	r->signals[1] = evsignal_new(f->base, SIGTERM, on_over, r);
	event_add(r->over, &(struct timeval){ .tv_sec = f->o->seconds });
	event_add(r->progress, &(struct timeval){ .tv_sec = PROGRESS_S });
	event_add(r->signals[0], NULL);
	event_add(r->signals[1], NULL);
	r->began_ms = monotonic_ms();
}

static void free_devices(struct run *r)
{
	struct fleet *f = &r->fleet;
	for (int i = 0; i < f->o->devices; i++) {
		f->counts.waiting += (size_t)fleet_device_is_waiting(f->devices[i]);
		fleet_device_free(f->devices[i]);
	}
	free(f->devices);
	struct event *events[] = { r->over, r->progress, r->look, r->signals[0], r->signals[1] };
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		event_free(events[i]);
}

int fleet_run(const struct fleet_options *o, struct err *e)
{
	struct run r = { .fleet = { .o = o, .run = random_bits() } };
	struct fleet *f = &r.fleet;
	int findings = -1;
	signal(SIGPIPE, SIG_IGN);
	if (allow_files(o, e) < 0)
		return -1;
	f->ctx = fleet_line_context(o->roots, e);
	if (!f->ctx)
		return -1;
	f->base = event_base_new();
	if (find_server(f, &o->manager, &f->manager, e) == 0 &&
	    find_server(f, &o->feedback, &f->feedback, e) == 0) {
		start_devices(&r);
		event_base_dispatch(f->base);
		double seconds = (double)(monotonic_ms() - r.began_ms) / 1000;
		free_devices(&r);
		fleet_report_print(&f->counts, o->json, seconds, stdout);
		findings = fleet_report_findings(&f->counts, o->json ? stderr : stdout);
	}
	fleet_report_done(&f->counts);
	event_base_free(f->base);
	SSL_CTX_free(f->ctx);
	return findings > 0 ? 1 : findings;
}
