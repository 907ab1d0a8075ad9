/* SPDX-License-Identifier: MIT */
#include "service/trust_lists.h"

#include "base/episode.h"
#include "base/mem.h"
#include "service/service.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

struct trust_lists {
	const struct settings_db *settings;
	const struct anchors *anchors;
	uint64_t keys[TRUST_LISTS_MAX]; /* of what is wrong with each; 0: nothing is */
	char is_news[TRUST_LISTS_MAX];  /* the last change has done that */
};

struct trust_lists *trust_lists_new(const struct settings_db *settings, const struct anchors *anchors)
{
	struct trust_lists *t = mem_new(sizeof *t);
	t->settings = settings;
	t->anchors = anchors;
	return t;
}

void trust_lists_free(struct trust_lists *t)
{
	free(t);
}

static const char to_do[] = "upload it (xCommand Security Certificates CA Add), or change Roots";

/* Of one item of the setting: whether any, and all, of its roots are loaded. */
static int look_at_item(const struct trust_lists *t, unsigned n, struct trust_list *ret)
{
	const struct allowed_roots list = service_allowed(settings_get(t->settings), n);
	struct buf missing;
	if (!list.list[0])
		return 0;
	buf_init(&missing, 1200);
	ret->item = n;
	ret->is_nobody = !allowed_loaded(&list, t->anchors, &missing);
	int is_wrong = missing.len != 0;
	if (ret->is_nobody)
		snprintf(ret->text, sizeof ret->text,
			 "Security Trust Service %u: none of the roots that it allows for %s is loaded (%s), "
			 "so nobody is trusted for it except by a pin: %s.",
			 n, list.service, buf_str(&missing), to_do);
	else
		snprintf(ret->text, sizeof ret->text,
			 "Security Trust Service %u: no root with this name or fingerprint is loaded that it "
			 "could allow for %s: %s. If that is not meant, %s.",
			 n, list.service, buf_str(&missing), to_do);
	buf_done(&missing);
	return is_wrong;
}

/* The services that have lists, by number from 0. Returns 0 after the last one. */
static int service_at(unsigned number, struct service_request *ret)
{
	static const enum service services[] = { SERVICE_MANAGER, SERVICE_PHONEBOOK, SERVICE_LOGGING,
						 SERVICE_NTS };
	enum { N = sizeof services / sizeof *services };
	if (number < N)
		*ret = (struct service_request){ .service = services[number] };
	else
		*ret = (struct service_request){ .service = SERVICE_FEEDBACK, .number = (int)number - N + 1 };
	return number < N + STORE_SLOTS;
}

/* Of a service that several items limit: whether they have a loaded root in common, where each of them has
 * one. */
static int look_at_service(const struct trust_lists *t, const struct service_request *r,
			   struct trust_list *ret)
{
	const struct settings *s = settings_get(t->settings);
	const struct allowed_roots both = service_policy(s, r->service, r->number).allowed;
	char settings[80];
	unsigned n_lists = 0;
	for (unsigned n = 1; n <= SETTINGS_TRUST_LISTS; n++) {
		const struct allowed_roots one = service_allowed(s, n);
		if (!(both.settings & 1u << (n - 1)))
			continue;
		if (!allowed_loaded(&one, t->anchors, NULL)) /* told of that item, or it is Pins */
			return 0;
		ret->item = n_lists++ ? ret->item : n;
	}
	if (n_lists < 2 || allowed_loaded(&both, t->anchors, NULL))
		return 0;
	allowed_settings(&both, settings, sizeof settings);
	ret->is_nobody = 1;
	snprintf(ret->text, sizeof ret->text,
		 "%s: each of them limits %s, and no root that is loaded is in all of them, so nobody is "
		 "trusted for it except by a pin: a root has to be in each.",
		 settings, both.service);
	return 1;
}

int trust_lists_at(const struct trust_lists *t, unsigned number, struct trust_list *ret)
{
	struct service_request r;
	*ret = (struct trust_list){ .item = 0 };
	if (number < SETTINGS_TRUST_LISTS)
		return look_at_item(t, number + 1, ret);
	return service_at(number - SETTINGS_TRUST_LISTS, &r) && look_at_service(t, &r, ret);
}

void trust_lists_update(struct trust_lists *t)
{
	struct trust_list l;
	for (unsigned i = 0; i < TRUST_LISTS_MAX; i++) {
		uint64_t key = trust_lists_at(t, i, &l) ? episode_key(l.text) : 0;
		t->is_news[i] = key && key != t->keys[i];
		t->keys[i] = key;
	}
}

void trust_lists_describe(const struct trust_lists *t, struct buf *out)
{
	struct trust_list l;
	for (unsigned i = 0; i < TRUST_LISTS_MAX; i++)
		if (t->is_news[i] && trust_lists_at(t, i, &l))
			buf_addf(out, "%s\n", l.text);
}

/* --- the status --- */

/* Reads the item's list. Returns 1; 0: it limits nothing; -1: there is no such item. */
static int read_list(const struct trust_lists *t, unsigned item, struct allowed_roots *ret)
{
	if (item > SETTINGS_TRUST_LISTS)
		return -1;
	*ret = service_allowed(settings_get(t->settings), item);
	return ret->settings != 0;
}

static int loaded(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct trust_lists *t = arg;
	struct allowed_roots list;
	int r = read_list(t, item[0], &list);
	return r > 0 ? status_count(ret, allowed_loaded(&list, t->anchors, NULL)) : r;
}

static int missing(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct trust_lists *t = arg;
	struct allowed_roots list;
	int r = read_list(t, item[0], &list);
	if (r > 0)
		allowed_loaded(&list, t->anchors, ret);
	return r > 0 ? ret->len != 0 : r;
}

static int service(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct allowed_roots list;
	int r = read_list(arg, item[0], &list);
	return r > 0 ? status_text(ret, list.service) : r;
}

const struct status_row trust_lists_status_rows[] = {
	{ "Security Trust Service[1..n] Loaded", STATUS_GAUGE, STATUS_ANY_NUMBER,
	  "How many loaded roots xConfiguration Security Trust Service n allows; 0: its service trusts pins "
	  "alone.",
	  loaded, 0 },
	{ "Security Trust Service[1..n] Missing", STATUS_TEXT, STATUS_ANY_TEXT,
	  "Names and fingerprints in the list Roots that no loaded root has.", missing, 0 },
	{ "Security Trust Service[1..n] Name", STATUS_LABEL, STATUS_ANY_TEXT,
	  "The service that the list limits.", service, 0 },
	{ .path = NULL },
};
