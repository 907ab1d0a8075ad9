/* SPDX-License-Identifier: MIT */
/* agent_internal: struct agent with its components, and the functions that its files share. */
#ifndef AGENT_AGENT_INTERNAL_H
#define AGENT_AGENT_INTERNAL_H

#include "accounts/accounts.h"
#include "agent/agent.h"
#include "agent/components.h"
#include "agent/verdicts.h"
#include "phonebook/phonebook.h"
#include "provisioning/provisioning.h"
#include "clock/clock.h"
#include "delivery/delivery.h"
#include "delivery/registrations.h"
#include "audit/audit.h"
#include "base/episode.h"
#include "device/identity.h"
#include "inbound/inbound.h"
#include "net/dns.h"
#include "net/https.h"
#include "logging/logging.h"
#include "service/service.h"
#include "service/trust_lists.h"
#include "status/status.h"
#include "store/store.h"
#include "date/date.h"

enum { AGENT_STATUS_TABLES = 20 };

struct agent_waiter { /* a caller that waits until its publication is on disk */
	struct agent_waiter *next;
	void (*done)(void *arg, const struct err *e);
	void *arg;
	int is_lost; /* the commit of this publication has failed; agent.lost says why */
};

struct agent {
	struct loop *loop;
	char *config, *state, build[1024];
	int restart_requested;
	struct retry_pace *manager_boots; /* as in struct agent_options */

	struct settings_db *settings;
	struct settings last; /* the settings with which the components were last configured */
	struct store *store;
	struct anchors *anchors;
	struct trust_lists *trust_lists;
	struct date *date;
	int64_t date_floor; /* time of the build */
	struct dns *dns;
	struct https *https;
	struct clock *clock;
	struct logging *logging;
	struct delivery *delivery;
	struct provisioning *provisioning;
	struct phonebook *phonebook;
	struct accounts *accounts;
	struct inbound *inbound;
	struct audit *audit;

	struct status_table tables[AGENT_STATUS_TABLES]; /* the agent's own leaves */
	size_t n_tables;
	/* leaves that codec software has published, and the agent's own leaves that are published */
	struct doc *status;
	struct doc_size status_size; /* size of status, at most */
	struct published *published; /* which of its names are lists, and the types of its values */
	struct identity identity;
	int64_t identity_read_ms; /* -1: to be read again */
	int64_t started_ms;
	enum date_state published_date; /* the state of the date in the last publication */

	struct agent_network *network; /* reports changes of the network */

	struct agent_listener *listeners;
	struct agent_waiter *waiters, **waiters_end;
	/* callers of the last commit whose callbacks have not been called yet */
	struct agent_waiter *notifying;
	struct loop_timer *commit;
	unsigned group, last_group; /* publications in the open transaction, and in the previous one */
	/* changes that restore the status as it was before the open transaction: one child for each
	 * publication, in their order */
	struct doc *undo;
	struct err batch;             /* why the open transaction cannot be committed */
	struct err lost;              /* why the last commit failed */
	struct episode not_kept;      /* commits that fail */
	struct episode own_lost;      /* changes of the agent's own status that cannot be published */
	struct episode date_not_kept; /* failures to store the trusted date */

	struct loop_timer *hourly, *store_again;
	struct verdicts_seen seen[VERDICTS_MAX];
	uint64_t disagreements; /* verdicts in which OpenSSL refused what our own verifier had accepted */
	struct agent_components lent;     /* what agent_components returns */
	void (*trust_changed)(void *arg); /* set by agent_watch_trust; may be NULL */
	void *trust_changed_arg;
	struct agent_changes changes; /* set by agent_watch_changes */
};

/* publish.c */
void publish_init(struct agent *a);
void publish_done(struct agent *a);
/* Commits the open transaction of the store now, and reports to delivery whether that succeeded. */
int publish_commit(struct agent *a, struct err *e);

/* publish_limits.c: checks whether this user may publish this change of the status, and marks its nodes as
 * published by that user. Fails with ERR_FULL; *e says why. */
int publish_limits(struct agent *a, struct doc *news, uid_t uid, struct err *e);

/* agent_status.c */
void agent_status_init(struct agent *a);
/* Publishes the changes of those of the agent's own leaves whose path begins with prefix. */
void agent_status_changed(struct agent *a, const char *prefix);
/* As agent_status_changed, for the leaves of one feedback slot: whether it fails, and whether it is
 * registered. */
void agent_status_slot_changed(struct agent *a, int slot);

/* apply.c */
/* Configures all components at the start. */
void apply_all(struct agent *a);
/* Configures the components that use a setting which has changed since the last call of apply_all or
 * apply_changes. Returns 1 if this can change which servers are accepted. */
int apply_changes(struct agent *a);
/* Returns the store's options, with the limits of the feedback queues. path: the store's file. */
struct store_options apply_store_options(const struct settings *s, const char *path);

/* verdicts.c */
/* Called with the verdict on a service's server. It remembers it, and logs the first ten verdicts on a
 * server, then those at each power of ten; of alternating verdicts the first of each kind. arg is the
 * agent. */
void verdicts_note(void *arg, const struct verdict *v, const struct verdict_context *c);
void verdicts_done(struct agent *a);
extern const struct status_row verdicts_status_rows[];

/* cutoffs.c */
/* To be called after each change of settings, roots or lists with which certificates are verified, and when
 * the date becomes known: finds the servers that are cut off now, and logs those that were not cut off
 * before. back: the command for the terminal, or a sentence, that takes the change back; NULL: no
 * change is the cause. */
void cutoffs_update(struct agent *a, const char *back);
/* To be called after each change of settings or roots, before cutoffs_update: forgets what the change
 * before it has made wrong, and logs what this one has made wrong with lists of roots. */
void cutoffs_changed(struct agent *a);
/* Writes to ret how these changes, which are about to be made, can be taken back: a command for the terminal,
 * or a sentence. */
void cutoffs_way_back(const struct agent *a, const struct settings_pair *set, size_t n, char *ret,
		      size_t size);

/* security.c */
/* To be called when revocation lists or own certificates have changed: connections are closed and made again,
 * and services that failed retry at once. back: as in cutoffs_update. */
void security_changed(struct agent *a, const char *back);

/* agent.c: agent_now and agent_identity as the callbacks of components. */
int64_t agent_given_now(void *agent);
const struct wire_identity *agent_given_identity(void *agent);

/* agent_identity.c */
const struct identity *agent_identity_whole(struct agent *a);
/* To be called when the network or the settings have changed: reads the identity again, publishes changed
 * values in the status, and sends it to the manager. */
void agent_identity_changed(struct agent *a);
extern const struct status_row identity_status_rows[];

/* agent_network.c: when the network is back, retries what failed without it; when an address or route is
 * lost, ends the connections that went through it. */
struct agent_network *agent_network_new(struct agent *a);
void agent_network_free(struct agent_network *n);

/* agent_audit.c: creates the audit. If one of its files is damaged, notice gets a line about it. */
void agent_audit_init(struct agent *a, struct buf *notice);
/* The next audit_look compares the registrations. */
void agent_registrations_changed(struct agent *a);
/* Callbacks of struct accounts_options; arg is the agent. */
void agent_users_changed(void *arg);
void agent_keep_log_in(void *arg, enum log_kind kind, const char *line);

/* agent_provisioning.c: creates provisioning and the phone book. */
void agent_provisioning_init(struct agent *a);

/* To be called when the store refused a change: if the store could not be opened for writing, this is tried
 * again after some time. */
void agent_store_refused(struct agent *a);

#endif
