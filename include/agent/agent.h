/* SPDX-License-Identifier: MIT */
/* agent: owns the components of layers 1 to 2' and connects them. What the command layer and diagnostics use
 * of a running agent stands here. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "base/buf.h"
#include "base/err.h"
#include "doc/doc.h"
#include "doc/path.h"
#include "loop/loop.h"
#include "service/servers.h"
#include "settings/settings.h"
#include "status/status.h"
#include "certstore/anchors.h"
#include "trust/verify.h"
#include "wire/post.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct agent;

struct agent_options {
	struct loop *loop;
	const char *config; /* the administrator's file; NULL: none */
	const char *state;  /* folder of everything that the agent keeps */
	int64_t date_floor; /* the build's: no date before it is ever trusted; seconds of Unix time */
	settings_complain *complain; /* what is wrong in settings files at start */
	void *arg;
};

/* Opens settings, store and certificates, and starts the clock; deliveries begin when the clock has had its
 * first answers. ERR_CONFIG: the settings file is wrong; complain was called for each mistake. */
int agent_new(const struct agent_options *o, struct agent **ret, struct err *e);
/* Lets posts that are under way end, for 5 s at most, then calls fn. */
void agent_stop(struct agent *a, void (*fn)(void *arg), void *arg);
void agent_free(struct agent *a);
/* Reads the settings files again; on failure nothing changes. */
int agent_reload(struct agent *a, settings_complain *complain, void *arg, struct err *e);
struct loop *agent_loop(struct agent *a);

/* Settings. The document is a copy, yours. configure: all or nothing; paths as settings_lookup takes them. */
const struct settings_db *agent_settings(const struct agent *a);
int agent_configure(struct agent *a, const struct settings_pair *set, size_t n, struct err *e);

/* The Configuration document for people and servers: the settings, and read-only what the operating system
 * has set of the network. Yours. */
struct doc *agent_configuration(struct agent *a);

/* The Status document as it is now: own leaves and what codec software published. Yours. */
struct doc *agent_status(struct agent *a);
/* The part of it that the path, which begins below Status, selects; yours. NULL and *e as doc_find. It takes
 * as long as the part is large, however large the whole is. */
struct doc *agent_status_at(struct agent *a, const struct doc_path *p, enum doc_words how, struct err *e);
/* Does the path, which begins below Status, lead to a list of what codec software publishes that is empty
 * now? */
int agent_status_is_empty_list(struct agent *a, const struct doc_path *p, enum doc_words how);
/* Who the device is, as documents to servers say it. Borrowed; it is read anew once a minute. */
const struct wire_identity *agent_identity(struct agent *a);
/* The name by which the device is known: SystemUnit Name, or the system's own, with the DNS domain behind it.
 * ERR_INPUT: that is no host name. */
enum { AGENT_HOST_NAME = DNS_NAME_MAX + 80 };
int agent_host_name(const struct agent *a, char *ret, size_t size, struct err *e);
/* Says on a document's root which product and version it is from, as codecs do: product, version,
 * apiVersion. */
void agent_set_product(struct agent *a, struct doc *root);
/* Rows of the status leaves that the agent and its components have, for help and docs: the i-th, NULL behind
 * the last. */
const struct status_row *agent_status_row(size_t i);
/* Appends the numbers among the agent's status leaves in Prometheus' text format (status/metrics.h). */
void agent_metrics(const struct agent *a, struct buf *ret);
/* Adds the leaves of a component that stands above the agent; rows and arg are borrowed for good. */
void agent_add_status(struct agent *a, const struct status_table *t);
/* Takes away the tables that were added with this arg. */
void agent_remove_status(struct agent *a, const void *arg);

/* A Status, Event or Configuration document from codec software. Listeners hear of it at once; done(arg, err)
 * once when every post that it makes is durable (err->kind ERR_NONE) or could not be made so; never before
 * agent_publish returned. -1: refused at once (ERR_INPUT: wrong root), done is not called. One that was taken
 * before, by its number, is taken without doing anything again, also after a restart of the agent. */
#define AGENT_ITSELF ((uid_t)-1)
struct agent_publication {
	struct doc *change; /* handed over, even on failure */
	/* of who publishes: how much status one user, and all, may publish is bounded (ERR_FULL) */
	uid_t uid;
	uint64_t publisher[2]; /* random id of who publishes */
	int64_t number;        /* of its publications, from 1 on, rising; 0: they are not numbered */
	void (*done)(void *arg, const struct err *e); /* may be NULL */
	void *arg;
};
int agent_publish(struct agent *a, const struct agent_publication *p, struct err *e);
/* done of this arg will not be called any more (a session has gone); the publication stays. */
void agent_publish_forget(struct agent *a, void *arg);

/* Everyone who wants to hear of changes: fn(arg, change) with roots Status, Event, Configuration. */
struct agent_listener;
struct agent_listener *agent_listen(struct agent *a, void (*fn)(void *arg, const struct doc *change),
				    void *arg);
void agent_unlisten(struct agent_listener *l);

/* HTTPS feedback: registrations, queues and test posts (delivery/registrations.h, queue.h, testpost.h).
 * Borrowed. */
struct delivery *agent_delivery(struct agent *a);

/* Searches: phonebook/phonebook.h. */
struct phonebook *agent_phonebook(struct agent *a);
/* The external manager: provisioning/provisioning.h. */
struct provisioning *agent_provisioning(struct agent *a);

/* fn is called after each change of roots and revocation lists; one watcher at most, NULL: none. */
void agent_watch_trust(struct agent *a, void (*fn)(void *arg), void *arg);
/* Trust, to look at; what changes it stands in agent/security.h. */
const struct anchors *agent_anchors(const struct agent *a);

/* A wrong date from the future became the floor, and no true one is taken any more: forgets date and floor
 * (but the moment of the build) and asks anew. */
int agent_time_reset(struct agent *a, struct err *e);

/* Forgets what DNS has answered, and tries what waits for an answer. */
void agent_dns_flush(struct agent *a);

/* Lists every server that the agent is configured to talk to; returns their number. */
size_t agent_servers(const struct agent *a, struct service_endpoint ret[SERVERS_MAX]);

/* The trusted date in Unix seconds, 0 while it is not known. */
int64_t agent_now(const struct agent *a);

/* Ends the agent as a restart: the main program starts it anew in the same process. */
void agent_boot(struct agent *a);
int agent_boot_wanted(const struct agent *a);

#endif
