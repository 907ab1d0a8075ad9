/* SPDX-License-Identifier: MIT */
/* web: begins with the settings that the agent sends, follows their changes, and ends. */
#include "web/web.h"

#include "agent_link.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/monotonic.h"
#include "confine.h"
#include "web_connection.h"
#include "http_session.h"
#include "listener.h"
#include "server.h"

#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
	AWAY_MS = 60 * 1000, /* an agent that is not reachable for longer than this has been stopped */
	AGAIN_S = 1,
	END_S = 2, /* time for WebSocket clients to read why their connections end */
};

enum state {
	BEGINNING, /* the first settings have not been received yet */
	SERVING,
	ENDING,
};

struct web {
	struct server server;
	struct agent_link *link; /* for the settings; NULL: the agent is not reachable */
	struct listener *listener;
	struct event *again, *on_term, *on_int;
	enum state state;
	int status;                       /* exit status of the program */
	char digest[WEB_SETTINGS_DIGEST]; /* of the settings with which connections were begun */
	int64_t away_ms;                  /* since when the agent is not reachable; 0: it is */
};

static void ask_settings(struct web *w);

/* jansson frees all memory with this, since it may have contained a password or a key. */
static void free_wiped(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void stop(struct web *w, int status, const char *why)
{
	if (w->state == ENDING)
		return;
	w->state = ENDING;
	w->status = status;
	log_notice("web: ends: %s", why);
	/* Whoever comes back at once is not served by a program that ends, but by the next one. */
	listener_free(w->listener);
	w->listener = NULL;
	web_connection_end_all(&w->server, why);
	event_base_loopexit(w->server.base, w->server.connections ? &(struct timeval){ END_S, 0 } : NULL);
}

static int listen_and_confine(struct web *w)
{
	struct err e;
	if (listener_open(&w->server.settings, &w->listener, &e) < 0 || confine_process(&e) < 0) {
		log_error("web: %s", e.text);
		return -1;
	}
	listener_start(w->listener, &w->server);
	return 0;
}

static void load_pages(struct web *w)
{
	static const char notice[] =
		"<p class=\"notice\">This device shows a certificate that it has signed itself: "
		"upload one of your own and activate it for HTTPS.</p>";
	struct web_pages *p = NULL;
	struct err e;
	if (web_pages_read(w->server.pages_path, w->server.settings.self_signed ? notice : "", &p, &e) < 0)
		log_warning("web: %s; only the XML API and WebSocket are served", e.text);
	web_pages_free(w->server.pages);
	w->server.pages = p;
}

/* Begins to use new settings. Connections that depend on settings which have changed are ended. */
static void use(struct web *w, struct web_settings *new)
{
	struct err e;
	struct tls_context *tls = NULL;
	struct web_settings *old = &w->server.settings;
	int is_first = w->state == BEGINNING;
	char digest[WEB_SETTINGS_DIGEST];
	web_settings_digest(new, digest);
	int is_other = strcmp(digest, w->digest) != 0;
	memcpy(w->digest, digest, sizeof w->digest);
	if (tls_context_new(new, &tls, &e) < 0)
		log_error("web: no connection is accepted: %s", e.text);
	tls_context_free(w->server.tls);
	w->server.tls = tls;
	web_settings_done(old);
	*old = *new;
	/* OpenSSL has its own copies of certificate and key */
	web_settings_done(old);
	load_pages(w);
	if (!is_first && !is_other)
		return;
	if (!is_first) {
		log_notice("web: has taken over new settings; connections that were begun before end");
		web_connection_end_all(&w->server, "the device's settings for HTTPS have changed");
		return;
	}
	w->state = SERVING;
	if (listen_and_confine(w) < 0)
		stop(w, EX_OSERR, "it cannot listen");
	else
		log_notice("web: serves HTTPS on port %d%s", old->port,
			   old->self_signed ? ", with a certificate that the device has signed itself" : "");
}

static void on_settings(void *arg, const struct ctl_block *answer)
{
	struct web *w = arg;
	struct web_settings new;
	struct err e;
	if (!answer || w->state == ENDING)
		return;
	if (web_settings_read(answer->text, answer->len, &new, &e) < 0) {
		log_error("web: %s", e.text);
		stop(w, EX_PROTOCOL, "the agent gives it no settings");
	} else if (!new.is_on) {
		stop(w, EX_OK, "NetworkServices HTTPS Mode is Off");
	} else if (w->state == SERVING && !web_settings_same_place(&new, &w->server.settings)) {
		/* this process has given up the right to bind ports */
		stop(w, EX_OK, "it is to listen elsewhere, and is started again for that");
	} else {
		use(w, &new);
		if (w->state == SERVING)
			ask_settings(w);
		return;
	}
	web_settings_done(&new);
}

static void on_away(void *arg, enum agent_link_end why)
{
	struct web *w = arg;
	(void)why;
	agent_link_free(w->link);
	w->link = NULL;
	if (!w->away_ms)
		w->away_ms = monotonic_ms();
	event_add(w->again, &(struct timeval){ AGAIN_S, 0 });
}

/* The agent has answered, so it is reachable. */
static void on_there(void *arg, const struct ctl_block *answer)
{
	struct web *w = arg;
	if (answer)
		w->away_ms = 0;
}

static void connect_agent(struct web *w)
{
	struct err e;
	if (agent_link_new(w->server.base, w->server.agent, &w->link, &e) < 0) {
		w->link = NULL;
		if (w->state == BEGINNING && !w->away_ms)
			log_notice("web: %s; it is tried again for %d s", e.text, AWAY_MS / 1000);
		on_away(w, AGENT_LINK_LOST);
		return;
	}
	agent_link_handle(w->link, &(struct agent_link_handlers){ .on_closed = on_away, .arg = w });
	agent_link_ask(w->link, &(struct agent_link_request){
					.line = "xPreferences outputmode typed", .fn = on_there, .arg = w });
	ask_settings(w);
}

static void ask_settings(struct web *w)
{
	char line[64];
	snprintf(line, sizeof line, "xWeb Get Generation: %lld", (long long)w->server.settings.generation);
	agent_link_ask(w->link, &(struct agent_link_request){ .line = line, .fn = on_settings, .arg = w });
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct web *w = arg;
	(void)fd;
	(void)what;
	if (w->away_ms && monotonic_ms() - w->away_ms > AWAY_MS)
		stop(w, EX_OK, "the agent does not run");
	else if (w->state != ENDING)
		connect_agent(w);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	stop(arg, EX_OK, "it was told to");
}

static void finish(struct web *w)
{
	web_connection_free_all(&w->server);
	http_session_free_all(&w->server);
	agent_link_free(w->link);
	listener_free(w->listener);
	tls_context_free(w->server.tls);
	web_pages_free(w->server.pages);
	web_settings_done(&w->server.settings);
	event_free(w->again);
	event_free(w->on_term);
	event_free(w->on_int);
	event_base_free(w->server.base);
}

int web_run(const struct web_options *o)
{
	struct web *w = mem_new(sizeof *w);
	json_set_alloc_funcs(malloc, free_wiped);
	w->server = (struct server){ .base = event_base_new(), .agent = o->control, .pages_path = o->pages };
	if (!w->server.base) {
		log_error("web: the kernel gives no event loop");
		free(w);
		return EX_OSERR;
	}
	w->again = evtimer_new(w->server.base, on_again, w);
	w->on_term = evsignal_new(w->server.base, SIGTERM, on_signal, w);
	w->on_int = evsignal_new(w->server.base, SIGINT, on_signal, w);
	event_add(w->on_term, NULL);
	event_add(w->on_int, NULL);
	connect_agent(w);
	event_base_dispatch(w->server.base);
	finish(w);
	int status = w->status;
	free(w);
	return status;
}
