/* SPDX-License-Identifier: MIT */
/* agent_network: reacts when a link, an address or a route has come or gone, or other name servers are to be
 * asked. */
#include "agent_internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/retry.h"
#include "net/link_watch.h"

#include <stdlib.h>

/* Retries begin a moment after the network is back, since it does not carry packets at once, and at a random
 * time, since many devices may get it back together. If a link comes and goes all the time, retries are
 * limited to one a minute in the long run. */
enum { SETTLE_MS = 300, JITTER_MS = 2000, WAKE_EACH_MS = 60 * 1000, WAKES_AT_ONCE = 8 };

struct agent_network {
	struct agent *agent;
	struct link_watch *links; /* NULL: the kernel does not report changes of the network */
	struct loop_timer *wake;
	struct retry_pace pace;
};

static void wake(void *arg)
{
	struct agent_network *n = arg;
	struct agent *a = n->agent;
	int64_t wait = retry_pace_ms(&n->pace, WAKE_EACH_MS, WAKES_AT_ONCE, loop_now_ms(a->loop));
	if (wait) {
		loop_timer_in(n->wake, wait);
		return;
	}
	https_ask_anew(a->https);
	clock_retry(a->clock);
	logging_retry(a->logging);
	delivery_retry_unanswered(a->delivery);
	provisioning_retry_unanswered(a->provisioning);
}

static void wake_soon(struct agent_network *n)
{
	if (!loop_timer_armed(n->wake))
		loop_timer_in(n->wake, SETTLE_MS + random_bits() % JITTER_MS);
}

static void on_links(void *arg, unsigned what)
{
	struct agent_network *n = arg;
	struct agent *a = n->agent;
	log_debug("network: %s", what == LINK_GONE   ? "an address or a route has gone"
				 : what == LINK_CAME ? "an address or a route has come"
						     : "addresses or routes have come and gone");
	agent_identity_changed(a);
	https_end_lost(a->https);
	logging_end_lost(a->logging);
	if (what & LINK_CAME)
		wake_soon(n);
}

static void on_name_servers(void *arg)
{
	struct agent_network *n = arg;
	https_ask_anew(n->agent->https);
	agent_identity_changed(n->agent);
	wake_soon(n);
}

struct agent_network *agent_network_new(struct agent *a)
{
	struct agent_network *n = mem_new(sizeof *n);
	n->agent = a;
	n->wake = loop_timer_new(a->loop, wake, n);
	n->links = link_watch_new(a->loop, on_links, n);
	if (!n->links)
		log_warning(
			"network: the kernel does not tell when a link, an address or a route comes or goes "
			"(netlink): after an outage, retries come at their usual times");
	dns_on_change(a->dns, on_name_servers, n);
	return n;
}

void agent_network_free(struct agent_network *n)
{
	if (!n)
		return;
	link_watch_free(n->links);
	loop_timer_free(n->wake);
	dns_on_change(n->agent->dns, NULL, NULL);
	free(n);
}

void agent_dns_flush(struct agent *a)
{
	dns_flush(a->dns);
	https_ask_anew(a->https);
	delivery_retry_unanswered(a->delivery);
	provisioning_retry_unanswered(a->provisioning);
	clock_retry(a->clock);
	logging_retry(a->logging);
}
