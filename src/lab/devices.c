/* SPDX-License-Identifier: MIT */
#include "devices.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/num.h"
#include "date/date.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char connection_failure[] = "HTTPS connection failure",
		  validation_error[] = "certificate validation error",
		  https_off[] = "HTTPS off at the device";
/* Kinds of tickets about calls to a device. */
static const char *const troubles[] = { "", "No HTTPS response", "certificate validation error of the device",
					"log-in refused by the device" };

enum { BUCKETS = 4096 };

struct ticket {
	struct ticket *next;
	unsigned long number;
	char device[64];
	const char *kind;
	char detail[200];
	int64_t opened_us, solved_us; /* solved_us 0: the ticket is open */
};

struct devices {
	const struct lab_clock *clock;
	void (*say)(void *arg, const char *line);
	void *arg;
	struct device *first, *last;
	struct device *buckets[BUCKETS]; /* by the host name without its domain */
	struct ticket *tickets;          /* the newest ticket first */
	size_t n, n_tickets;
	unsigned long last_number;
};

struct devices *devices_new(const struct lab_clock *clock, void (*say)(void *arg, const char *line),
			    void *arg)
{
	struct devices *d = mem_new(sizeof *d);
	*d = (struct devices){ .clock = clock, .say = say, .arg = arg };
	return d;
}

void devices_free(struct devices *d)
{
	while (d && d->first) {
		struct device *next = d->first->next;
		device_access_done(&d->first->access);
		free(d->first);
		d->first = next;
	}
	while (d && d->tickets) {
		struct ticket *next = d->tickets->next;
		free(d->tickets);
		d->tickets = next;
	}
	free(d);
}

/* --- tickets --- */

static void say_ticket(struct devices *d, const struct ticket *t)
{
	char line[400];
	snprintf(line, sizeof line, "ticket %lu %s: %s: %s%s%s", t->number,
		 t->solved_us ? "solved" : "opened", t->device, t->kind, t->detail[0] ? ": " : "", t->detail);
	d->say(d->arg, line);
}

static struct ticket *open_ticket_of(struct devices *d, const char *device, const char *kind)
{
	for (struct ticket *t = d->tickets; t; t = t->next)
		if (!t->solved_us && strcmp(t->device, device) == 0 && (!kind || t->kind == kind))
			return t;
	return NULL;
}

static void drop_oldest_ticket(struct devices *d)
{
	struct ticket **at = &d->tickets;
	while ((*at)->next)
		at = &(*at)->next;
	free(*at);
	*at = NULL;
	d->n_tickets--;
}

static void open_ticket(struct devices *d, const char *device, const char *kind, const char *detail)
{
	if (open_ticket_of(d, device, kind))
		return;
	struct ticket *t = mem_new(sizeof *t);
	*t = (struct ticket){ .next = d->tickets,
			      .number = ++d->last_number,
			      .kind = kind,
			      .opened_us = site_now_us(d->clock) };
	snprintf(t->device, sizeof t->device, "%s", device);
	snprintf(t->detail, sizeof t->detail, "%s", detail);
	d->tickets = t;
	if (++d->n_tickets > TICKETS_MAX)
		drop_oldest_ticket(d);
	say_ticket(d, t);
}

static void solve_ticket(struct devices *d, const char *device, const char *kind)
{
	struct ticket *t = open_ticket_of(d, device, kind);
	if (t) {
		t->solved_us = site_now_us(d->clock);
		say_ticket(d, t);
	}
}

size_t devices_open_tickets(const struct devices *d)
{
	size_t n = 0;
	for (const struct ticket *t = d->tickets; t; t = t->next)
		n += !t->solved_us;
	return n;
}

/* --- devices --- */

/* Returns 1 if both names mean the same device; a host name without a domain matches the same host in any
 * domain. */
static int is_same(const char *a, const char *b)
{
	size_t len = strcspn(a, ".");
	return strcasecmp(a, b) == 0 ||
	       (len == strcspn(b, ".") && strncasecmp(a, b, len) == 0 && (!a[len] || !b[len]));
}

static struct device **bucket_of(struct devices *d, const char *name)
{
	size_t len = strcspn(name, ".");
	uint64_t hash = NUM_HASH;
	for (size_t i = 0; i < len; i++) {
		char lower = (char)tolower((unsigned char)name[i]);
		hash = num_hash(hash, &lower, 1);
	}
	return &d->buckets[hash % BUCKETS];
}

static struct device *find(struct devices *d, const char *name)
{
	struct device *found = NULL;
	for (struct device *one = *bucket_of(d, name); one; one = one->in_bucket) {
		if (strcasecmp(one->name, name) == 0)
			return one;
		if (!found && is_same(one->name, name))
			found = one;
	}
	return found;
}

static struct device *get(struct devices *d, const char *name)
{
	struct device *found = find(d, name);
	if (found || d->n == DEVICES_MAX)
		return found;
	found = mem_new(sizeof *found);
	snprintf(found->name, sizeof found->name, "%s", name);
	struct device **bucket = bucket_of(d, found->name);
	found->in_bucket = *bucket;
	*bucket = found;
	if (d->last)
		d->last->next = found;
	else
		d->first = found;
	d->last = found;
	d->n++;
	return found;
}

void devices_add(struct devices *d, const char *name, struct device_access *access)
{
	struct device *one = get(d, name);
	if (!one)
		return;
	one->added = 1;
	if (access) {
		device_access_done(&one->access);
		one->access = *access;
		*access = (struct device_access){ .port = 0 };
	}
}

const struct device_access *devices_access(struct devices *d, const char *name)
{
	const struct device *one = find(d, name);
	return one && one->access.address[0] ? &one->access : NULL;
}

/* --- calls to devices --- */

const char *devices_trouble_name(enum device_trouble trouble)
{
	return troubles[trouble];
}

void devices_called(struct devices *d, const char *name, enum device_trouble trouble, const char *detail)
{
	const struct device *one = find(d, name);
	if (!one)
		return;
	for (int i = DEVICE_TROUBLE_NO_HTTPS; i <= DEVICE_TROUBLE_LOGIN; i++)
		if (i != (int)trouble)
			solve_ticket(d, one->name, troubles[i]);
	if (trouble != DEVICE_TROUBLE_NO_HTTPS)
		solve_ticket(d, one->name, https_off);
	if (trouble != DEVICE_TROUBLE_NONE && !open_ticket_of(d, one->name, https_off))
		open_ticket(d, one->name, troubles[trouble], detail);
}

static void see_https_mode(struct devices *d, const struct device *one, const struct doc *configuration)
{
	const char *mode = doc_text(configuration, "NetworkServices/HTTPS/Mode", "");
	if (strcmp(mode, "Off") == 0) {
		solve_ticket(d, one->name, troubles[DEVICE_TROUBLE_NO_HTTPS]);
		open_ticket(d, one->name, https_off, "its configuration has NetworkServices HTTPS Mode: Off");
	} else if (*mode) {
		solve_ticket(d, one->name, https_off);
	}
}

#define TAKE(field, text) snprintf(field, sizeof field, "%s", text)

void devices_identified(struct devices *d, const char *name, const struct device_identity *who)
{
	struct device *one = find(d, name);
	if (!one)
		return;
	TAKE(one->software, who->software);
	TAKE(one->address, who->address);
}

struct device *devices_event(struct devices *d, const struct doc *identification, const char *event,
			     const char *source)
{
	const char *name = doc_text(identification, "SystemName", ""),
		   *mac = doc_text(identification, "MACAddress", "");
	struct device *one = get(d, *name ? name : mac);
	if (!one)
		return NULL;
	TAKE(one->mac, mac);
	TAKE(one->address, doc_text(identification, "IPAddress", ""));
	TAKE(one->software, doc_text(identification, "SWVersion", ""));
	TAKE(one->event, event);
	TAKE(one->source, source);
	one->seen_us = site_now_us(d->clock);
	/* The device's settings may have changed while it was not connected, so they are checked again. */
	if (one->state == DEVICE_WAITING || strcmp(event, "Beat") != 0)
		one->state = DEVICE_REGISTERED;
	solve_ticket(d, one->name, connection_failure);
	solve_ticket(d, one->name, validation_error);
	return one;
}

void devices_pushed(struct device *device)
{
	device->state = DEVICE_ENFORCING;
}

void devices_posted(struct devices *d, const char *name, const struct doc *configuration,
		    const struct enforce *settings)
{
	struct device *one = find(d, name);
	char line[400];
	if (!one || !one->added)
		return;
	see_https_mode(d, one, configuration);
	if (settings->level == ENFORCE_NOTHING)
		return;
	int differs = enforce_compare(settings, configuration, one->differs, sizeof one->differs) < 0;
	one->state = differs ? DEVICE_DIFFERS : DEVICE_VERIFIED;
	snprintf(line, sizeof line, "device %s: %s: %s", one->name, enforce_name(settings->level),
		 differs ? one->differs : "its settings are as they must be");
	d->say(d->arg, line);
}

void devices_recheck(struct devices *d)
{
	for (struct device *one = d->first; one; one = one->next)
		if (one->state != DEVICE_WAITING)
			one->state = DEVICE_REGISTERED;
}

void devices_alert(struct devices *d, const char *source, const char *alert, int validation)
{
	for (const struct device *one = d->first; one; one = one->next)
		if (one->added && strcmp(one->source, source) == 0)
			open_ticket(d, one->name, validation ? validation_error : connection_failure, alert);
}

void devices_check(struct devices *d, unsigned heartbeat_s)
{
	int64_t limit_us = (int64_t)heartbeat_s * 2500000 + 5000000, now = site_now_us(d->clock);
	for (const struct device *one = d->first; one; one = one->next) {
		char detail[64];
		if (!one->added || !one->seen_us || now - one->seen_us < limit_us)
			continue;
		snprintf(detail, sizeof detail, "no event for %lld s",
			 (long long)((now - one->seen_us) / 1000000));
		open_ticket(d, one->name, connection_failure, detail);
	}
}

size_t devices_count(const struct devices *d)
{
	return d->n;
}

/* --- printing --- */

static void date_of(int64_t us, char *ret, size_t size)
{
	*ret = '\0';
	if (us)
		date_format(us / 1000000, ret, size);
}

void devices_print(const struct devices *d, int json, struct buf *out)
{
	static const char *const states[] = { "Waiting", "Registered", "Enforcing", "Verified", "Differs" };
	for (const struct device *one = d->first; one; one = one->next) {
		char seen[32];
		date_of(one->seen_us, seen, sizeof seen);
		const char *differs = one->state == DEVICE_DIFFERS ? one->differs : "";
		if (!json) {
			buf_addf(out, "%-20s %-9s %-11s %-17s %-15s %-9s %s%s%s\n", one->name,
				 one->added ? "added" : "not added", states[one->state], one->mac,
				 one->address, one->event, seen, *differs ? "  " : "", differs);
			continue;
		}
		json_write_member("{", "name", one->name, out);
		json_write_member(", ", "state", states[one->state], out);
		json_write_member(", ", "mac", one->mac, out);
		json_write_member(", ", "address", one->address, out);
		json_write_member(", ", "software", one->software, out);
		json_write_member(", ", "event", one->event, out);
		json_write_member(", ", "seen", seen, out);
		json_write_member(", ", "differs", differs, out);
		json_write_bare_member(", ", "added", one->added ? "true" : "false", out);
		buf_adds(out, "}\n");
	}
}

void devices_print_tickets(const struct devices *d, int json, struct buf *out)
{
	for (const struct ticket *t = d->tickets; t; t = t->next) {
		char opened[32], solved[32];
		date_of(t->opened_us, opened, sizeof opened);
		date_of(t->solved_us, solved, sizeof solved);
		if (!json) {
			buf_addf(out, "%-4lu %-6s %-20s %-20s %-28s %s\n", t->number,
				 t->solved_us ? "solved" : "open", opened, t->device, t->kind, t->detail);
			continue;
		}
		json_write_number_member("{", "number", (int64_t)t->number, out);
		json_write_bare_member(", ", "open", t->solved_us ? "false" : "true", out);
		json_write_member(", ", "device", t->device, out);
		json_write_member(", ", "kind", t->kind, out);
		json_write_member(", ", "detail", t->detail, out);
		json_write_member(", ", "opened", opened, out);
		json_write_member(", ", "solved", solved, out);
		buf_adds(out, "}\n");
	}
}
