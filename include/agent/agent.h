/* SPDX-License-Identifier: MIT */
/* agent: owns the components of layers 1 to 2' and connects them. This header has the functions that the
 * command layer and diagnostics call on a running agent. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "accounts/accounts.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/retry.h"
#include "doc/doc.h"
#include "doc/doc_path.h"
#include "inbound/inbound.h"
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
struct audit;

struct agent_options {
	struct loop *loop;
	const char *config; /* the administrator's settings file, see settings_load; NULL: none */
	const char *state;  /* the folder for everything that the agent stores */
	int64_t date_floor; /* time of the build, in Unix seconds: an earlier date is never trusted */
	const char *build;  /* text that sealpostd -V -v prints, for agent_build; NULL: not known */
	/* path of the file whose presence starts sealpost-web (inbound/inbound.h); NULL: this agent has no
	 * sealpost-web */
	const char *web_marker;
	/* how often the external manager has restarted the agent, kept by the main program from one agent to
	 * the next; NULL: it may do that without limit */
	struct retry_pace *manager_boots;
	settings_complain *complain; /* called for each mistake in the settings files at the start */
	void *arg;
};

/* Opens settings, store and certificates, and begins to ask for the date; deliveries begin after the first
 * answers about the date. Fails with ERR_CONFIG if the settings file has mistakes, after complain was called
 * for each of them. */
int agent_new(const struct agent_options *o, struct agent **ret, struct err *e);
/* Waits until posts that are under way have ended, for 5 s at most, then calls fn. */
void agent_stop(struct agent *a, void (*fn)(void *arg), void *arg);
void agent_free(struct agent *a);
/* Reads the settings files again; on failure nothing changes. */
int agent_reload(struct agent *a, settings_complain *complain, void *arg, struct err *e);
struct loop *agent_loop(struct agent *a);

/* Settings. agent_configure makes all of the changes or none; paths are those that settings_lookup accepts.
 * For previous values see settings_held (settings/origin.h). */
const struct settings_db *agent_settings(const struct agent *a);
int agent_configure(struct agent *a, const struct settings_pair *set, size_t n, struct err *e);
/* As agent_configure, for what the manager sets, which may have to be confirmed (Provisioning ExternalManager
 * ConfirmWithin). */
int agent_push(struct agent *a, const struct settings_pair *set, size_t n, struct err *e);
/* Returns 1 if, by one of these settings, a server may be accepted that was not, or the other way round. */
int agent_may_cut_off(const struct settings_pair *set, size_t n);

/* Hooks of the component that lets changes of settings wait for a confirmation (diagnostics/confirmation.h);
 * there is at most one. */
struct confirmation;
struct agent_changes {
	struct confirmation *confirmation;
	/* Makes the settings that the manager sets. agent_push calls it in place of agent_configure. */
	int (*push)(struct confirmation *c, const struct settings_pair *set, size_t n, struct err *e);
	/* Called after settings were made, by anybody. */
	void (*configured)(struct confirmation *c, const struct settings_pair *set, size_t n);
};
/* w NULL: removes the hooks. */
void agent_watch_changes(struct agent *a, const struct agent_changes *w);
struct confirmation *agent_confirmation(const struct agent *a);

/* Returns the Configuration document for people and servers: the settings, and (read-only) network values
 * that the operating system has set. The caller frees it. */
struct doc *agent_configuration(struct agent *a);

/* Returns the present Status document: the agent's own leaves and those that codec software has published.
 * The caller frees it. */
struct doc *agent_status(struct agent *a);
/* Returns the part of the Status document that the path, which begins below Status, selects; the caller frees
 * it. NULL, with *e as doc_find sets it, if there is none. The time that this takes depends on the size of
 * that part only. */
struct doc *agent_status_at(struct agent *a, const struct doc_path *p, enum doc_words how, struct err *e);
/* Returns 1 if the path, which begins below Status, leads to a list that codec software publishes and that is
 * empty now. */
int agent_status_is_empty_list(struct agent *a, const struct doc_path *p, enum doc_words how);
/* Returns the identity of the device, as documents to servers contain it. Borrowed; it is read from the
 * system once a minute. */
const struct wire_identity *agent_identity(struct agent *a);
/* Writes the device's host name to ret: SystemUnit Name, or else the operating system's host name, with the
 * DNS domain appended. Fails with ERR_INPUT if the result is no host name. */
enum { AGENT_HOST_NAME = DNS_NAME_MAX + 80 };
int agent_host_name(const struct agent *a, char *ret, size_t size, struct err *e);
/* Adds to a document's root the attributes product, version and apiVersion, as codecs do. */
void agent_set_product(struct agent *a, struct doc *root);
/* Returns the i-th row of the status leaves of the agent and its components, for help and documentation; NULL
 * after the last one. */
const struct status_row *agent_status_row(size_t i);
/* To be called when a person acts on a service: logs the next verdict on each server as if it were the first
 * one. */
void agent_log_verdicts_anew(struct agent *a);
/* Appends the numbers among the agent's status leaves in Prometheus' text format (status/metrics.h). */
void agent_metrics(const struct agent *a, struct buf *ret);
/* Adds the status leaves of a component above the agent; rows and arg are borrowed until
 * agent_remove_status. */
void agent_add_status(struct agent *a, const struct status_table *t);
/* Removes the tables that were added with this arg. */
void agent_remove_status(struct agent *a, const void *arg);

/* Publishes a Status, Event or Configuration document of codec software. Listeners are called at once.
 * done(arg, err) is called once, when all posts that the document causes are on disk (err->kind ERR_NONE) or
 * could not be stored, but never before agent_publish has returned. -1: the document is refused at once and
 * done is not called (ERR_INPUT: wrong root; ERR_FULL and ERR_TOOLONG: it exceeds a limit; or the store's
 * error). A publication whose number was accepted before, even before a restart of the agent, is acknowledged
 * again without any further effect. */
#define AGENT_ITSELF ((uid_t)-1)
struct agent_publication {
	struct doc *change; /* owned by agent_publish from now on, even if it fails */
	/* the publisher's user: what one user, and all users together, can publish in the status is limited
	 * (ERR_FULL) */
	uid_t uid;
	uint64_t publisher[2]; /* random id of the publishing program */
	/* number of this publication, rising from 1; 0: the publisher does not number its publications */
	int64_t number;
	void (*done)(void *arg, const struct err *e); /* may be NULL */
	void *arg;
};
int agent_publish(struct agent *a, const struct agent_publication *p, struct err *e);
/* Cancels the call of done with this arg, since its session has ended; the publication itself remains. */
void agent_publish_forget(struct agent *a, void *arg);

/* Calls fn(arg, change) for each change from now on; the root of change is Status, Event or Configuration. */
struct agent_listener;
struct agent_listener *agent_listen(struct agent *a, void (*fn)(void *arg, const struct doc *change),
				    void *arg);
void agent_unlisten(struct agent_listener *l);

/* HTTPS feedback: registrations, queues and test posts (delivery/registrations.h, queue.h, testpost.h).
 * Borrowed. */
struct delivery *agent_delivery(struct agent *a);

/* The phone book: phonebook/phonebook.h. */
struct phonebook *agent_phonebook(struct agent *a);
/* The audit, which records changes and refused attempts: audit/audit.h. */
struct audit *agent_audit(const struct agent *a);

/* Returns version, build and libraries of the running program, a line each; "" if they are not known.
 * Borrowed. */
const char *agent_build(const struct agent *a);
/* Writes a sentence about what is wrong with the disk on which the agent keeps its data: the store cannot be
 * written, or hardly any space is left. Returns 1; 0: nothing is wrong. */
int agent_storage_trouble(const struct agent *a, char *ret, size_t size);
/* Adds the state of the store and its folder to the answer d: State (Good or Trouble) with a sentence, the
 * free bytes of the file system, and name and size of each file of the store, including damaged ones that
 * were kept. */
void agent_storage(const struct agent *a, struct doc *d);
/* The external manager: provisioning/provisioning.h. */
struct provisioning *agent_provisioning(struct agent *a);
/* Users who log in from the network, and their sessions: accounts/accounts.h. */
struct accounts *agent_accounts(struct agent *a);
/* The settings, certificate and key for sealpost-web: inbound/inbound.h. */
struct inbound *agent_inbound(struct agent *a);

/* Sets the function that is called after each change of roots and revocation lists. There is at most one; fn
 * NULL removes it. */
void agent_watch_trust(struct agent *a, void (*fn)(void *arg), void *arg);
/* The roots, revocation lists and own certificates, for reading; agent/security.h has the functions that
 * change them. */
const struct anchors *agent_anchors(const struct agent *a);

/* Forgets the trusted date and the stored floor below which no date is trusted, and asks for the date again.
 * This is needed when a wrong date in the future has become the floor, so that the true date is refused. The
 * date of the build remains a floor. */
int agent_time_reset(struct agent *a, struct err *e);

/* Empties the DNS cache, and retries everything that waits for an answer of DNS. */
void agent_dns_flush(struct agent *a);

/* Lists every server that the agent is configured to talk to; to be freed with servers_free. */
struct servers *agent_servers(const struct agent *a);

/* Returns the trusted date in Unix seconds; 0 while it is not known. */
int64_t agent_now(const struct agent *a);

/* Asks the main program to end the agent and start a new one in the same process. */
void agent_restart(struct agent *a);
int agent_restart_requested(const struct agent *a);

#endif
