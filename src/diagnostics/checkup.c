/* SPDX-License-Identifier: MIT */
/* checkup: first asks the time servers, if the date is not known; then diagnoses all connections at the same
 * time. For DNS it uses a separate, empty cache, so that names are resolved now. */
#include "checkup_internal.h"

#include "base/mem.h"
#include "service/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TICK_MS = 20, LIMIT_MS = 60000, ITEMS_MAX = SERVERS_MAX + 4 + CHECKUP_WORDS_MAX };

/* A kind of item. The order of items is such that an earlier one can be the cause of a later one's
 * failure. */
enum kind { KIND_STORAGE, KIND_DNS, KIND_NTP, KIND_CONNECTION, KIND_NOTHING };

struct item {
	struct checkup *owner;
	enum kind kind;
	char name[SERVICE_URL];
	enum service service;
	int number;        /* as in struct service_request */
	int is_alternate;  /* SERVICE_MANAGER: its alternate address */
	struct doc *found; /* the result of the item's diagnosis */
	struct connection_check *check;
	int is_done;
};

struct checkup {
	const struct agent_components *agent;
	struct dns *dns;
	struct checkup_names *names;
	struct item items[ITEMS_MAX];
	size_t n;
	int has_begun; /* 1: the diagnoses of the connections have been started */
	int64_t began_ms;
	struct loop_timer *timer;
	struct doc *result;
	void (*done)(void *arg, const struct err *e);
	void *arg;
};

/* --- what is to be diagnosed --- */

static struct item *add(struct checkup *c, enum kind kind, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->items[i].name, name) == 0)
			return &c->items[i];
	if (c->n == ITEMS_MAX)
		return NULL;
	struct item *i = &c->items[c->n++];
	*i = (struct item){ .owner = c, .kind = kind, .found = doc_new("Service") };
	snprintf(i->name, sizeof i->name, "%s", name);
	return i;
}

static void add_connection(struct checkup *c, enum service service, const char *name, int number)
{
	struct item *i = add(c, KIND_CONNECTION, name);
	if (!i)
		return;
	i->service = service;
	i->number = number;
}

/* Adds the connection of a service, by the service's name. */
static void add_service(struct checkup *c, enum service service, int number)
{
	char name[SERVICE_NAME];
	service_write_name(service, number, name);
	add_connection(c, service, name, number);
}

/* Adds the servers of a service that are configured. */
static void add_servers(struct checkup *c, enum service service)
{
	struct servers *servers = agent_servers(c->agent->agent);
	for (size_t i = 0; i < servers->n; i++)
		if (servers->at[i].service == service)
			add_connection(c, service, servers->at[i].name, servers->at[i].number);
	servers_free(servers);
}

static void add_managers(struct checkup *c)
{
	const struct settings *s = settings_get(c->agent->settings);
	add_service(c, SERVICE_MANAGER, 0);
	struct item *other = s->provisioning.alternate_address[0]
				     ? add(c, KIND_CONNECTION, "ExternalManager (alternate address)")
				     : NULL;
	if (!other)
		return;
	other->service = SERVICE_MANAGER;
	other->is_alternate = 1;
}

static void add_all(struct checkup *c)
{
	const struct settings *s = settings_get(c->agent->settings);
	size_t before = c->n;
	if (s->provisioning.mode != SETTINGS_PROVISIONING_OFF && s->provisioning.address[0])
		add_managers(c);
	add_servers(c, SERVICE_PHONEBOOK);
	add_servers(c, SERVICE_FEEDBACK);
	if (c->n == before)
		add(c, KIND_NOTHING, "Servers");
}

/* Returns 1 if the word, of len bytes, is the name or a beginning of it. */
static int is_word(const char *word, size_t len, const char *name)
{
	return len && len <= strlen(name) && strncasecmp(word, name, len) == 0;
}

static int add_named(struct checkup *c, const char *word, struct err *e)
{
	size_t len = strcspn(word, " 0123456789");
	const char *number = word + len + strspn(word + len, " ");
	int n = *number >= '1' && *number <= '9' && !number[1] ? *number - '0' : 0;
	if (n && n <= STORE_SLOTS && is_word(word, len, "HttpFeedback"))
		add_service(c, SERVICE_FEEDBACK, n);
	else if (n && n <= SERVERS_TIME && is_word(word, len, "NTS"))
		add_service(c, SERVICE_NTS, n);
	else if (*number)
		return err_set(e, ERR_INPUT, 0,
			       "\"%.64s\": expected HttpFeedback with a number from 1 to %d, or NTS with one "
			       "from 1 to %d",
			       word, STORE_SLOTS, SERVERS_TIME);
	else if (is_word(word, len, "DNS"))
		add(c, KIND_DNS, "DNS");
	else if (is_word(word, len, "NTP"))
		add(c, KIND_NTP, "NTP");
	else if (is_word(word, len, "ExternalManager") || is_word(word, len, "Manager"))
		add_managers(c);
	else if (is_word(word, len, "Phonebook"))
		add_service(c, SERVICE_PHONEBOOK, 0);
	else if (is_word(word, len, "HttpFeedback") || is_word(word, len, "Feedback"))
		add_servers(c, SERVICE_FEEDBACK);
	else if (is_word(word, len, "NTS"))
		add_servers(c, SERVICE_NTS);
	else if (is_word(word, len, "Logging"))
		add_service(c, SERVICE_LOGGING, 0);
	else
		return err_set(e, ERR_INPUT, 0,
			       "\"%.64s\": expected DNS, NTS, NTP, ExternalManager, Phonebook, HttpFeedback, "
			       "Logging, one of HttpFeedback or NTS by its number, or an https URL",
			       word);
	return 0;
}

static int choose(struct checkup *c, const struct checkup_request *r, struct err *e)
{
	char trouble[CONNECTION_FOUND_MAX];
	if (!r->n_services && !r->n_urls) {
		if (agent_storage_trouble(c->agent->agent, trouble, sizeof trouble))
			add(c, KIND_STORAGE, "Storage");
		add(c, KIND_DNS, "DNS");
		add_servers(c, SERVICE_NTS); /* before NTP, which needs the keys that these servers give */
		add(c, KIND_NTP, "NTP");
		add_all(c);
		add_servers(c, SERVICE_LOGGING);
		return 0;
	}
	for (size_t i = 0; i < r->n_services; i++)
		if (add_named(c, r->services[i], e) < 0)
			return -1;
	for (size_t i = 0; i < r->n_urls; i++)
		add_connection(c, SERVICE_ANY, r->urls[i], 0);
	if (!c->n) /* HttpFeedback or NTS was asked for, and no server of it is configured */
		add(c, KIND_NOTHING, "Servers");
	return 0;
}

/* --- the answer --- */

static void fail(struct item *i, const struct connection_step *s)
{
	struct connection_report r;
	doc_free(i->found);
	i->found = doc_new("Service");
	connection_report_init(&r, i->found);
	connection_report_step(&r, s);
	connection_report_finish(&r, NULL);
	connection_report_done(&r);
	i->is_done = 1;
}

static void copy(struct doc *to, const char *name, const struct doc *from, const char *from_name)
{
	const char *text = doc_text(from, from_name, NULL);
	if (text)
		doc_add_value(to, name, DOC_STRING, text);
}

static void begin_storage(struct item *i)
{
	char trouble[CONNECTION_FOUND_MAX] = "it could not be written, and can be again";
	agent_storage_trouble(i->owner->agent->agent, trouble, sizeof trouble);
	fail(i,
	     &(struct connection_step){ "Disk", CONNECTION_FAIL, trouble,
					"make room on that disk, or repair it: meanwhile no setting, "
					"certificate or post can be kept: xCommand SystemUnit Storage Show",
					0 });
}

/* Adds the first item with this outcome, Fail or Warn, and returns 1; 0: no item has it. */
static int put_first(struct checkup *c, const char *outcome, const char *name)
{
	char text[SERVICE_URL + 80];
	size_t i = 0;
	while (i < c->n && strcmp(doc_text(c->items[i].found, "Outcome", ""), outcome) != 0)
		i++;
	if (i == c->n)
		return 0;
	const struct doc *found = c->items[i].found;
	doc_add_value(c->result, "Outcome", DOC_LITERAL, outcome);
	snprintf(text, sizeof text, "%s: %s", c->items[i].name, doc_text(found, name, ""));
	doc_add_value(c->result, name, DOC_STRING, text);
	copy(c->result, "Found", found, "Found");
	copy(c->result, "Hint", found, "Hint");
	return 1;
}

static void put_item(struct checkup *c, struct item *i, uint32_t number)
{
	struct doc *to = doc_add(c->result, "Service", number);
	to->max_occurrence = DOC_UNBOUNDED;
	doc_add_value(to, "Name", DOC_STRING, i->name);
	for (struct doc *part; (part = i->found->first);) {
		doc_detach(part);
		if (strcmp(part->name, "Certificate") == 0)
			doc_free(part);
		else
			doc_adopt(to, part);
	}
}

static void finish(struct checkup *c)
{
	const struct err ok = { .kind = ERR_NONE };
	for (size_t i = 0; i < c->n; i++)
		if (!c->items[i].is_done)
			fail(&c->items[i],
			     &(struct connection_step){ "Limit", CONNECTION_FAIL,
							"the diagnosis has not ended within a minute",
							"look into the server's log", LIMIT_MS });
	if (!put_first(c, "Fail", "FirstFailure") && !put_first(c, "Warn", "FirstWarning"))
		doc_add_value(c->result, "Outcome", DOC_LITERAL, "Pass");
	for (size_t i = 0; i < c->n; i++)
		put_item(c, &c->items[i], (uint32_t)i + 1);
	void (*done)(void *, const struct err *) = c->done;
	void *arg = c->arg;
	checkup_cancel(c);
	done(arg, &ok);
}

/* --- running --- */

static void names_done(void *arg)
{
	struct item *i = arg;
	i->owner->names = NULL;
	i->is_done = 1;
}

static void connection_done(void *arg, const struct err *e)
{
	struct item *i = arg;
	(void)e;
	i->check = NULL;
	i->is_done = 1;
}

/* Adds the host of a time server to the names that are resolved. */
static void add_time_servers(struct checkup *c, struct checkup_names_request *r, char hosts[][DNS_NAME_MAX])
{
	const struct settings *s = settings_get(c->agent->settings);
	struct err e;
	int port;
	for (size_t i = 0; i < sizeof s->ntp.server / sizeof *s->ntp.server; i++)
		if (s->ntp.server[i].address[0] && s->ntp.mode != SETTINGS_NTP_OFF &&
		    dns_split_port(s->ntp.server[i].address, 123, hosts[i], &port, &e) == 0)
			r->hosts[r->n++] = hosts[i];
}

static void begin_names(struct item *i)
{
	struct checkup *c = i->owner;
	struct servers *servers = agent_servers(c->agent->agent);
	char hosts[sizeof settings_get(c->agent->settings)->ntp.server /
		   sizeof *settings_get(c->agent->settings)->ntp.server][DNS_NAME_MAX];
	struct checkup_names_request r = {
		.agent = c->agent, .dns = c->dns, .result = i->found, .done = names_done, .arg = i
	};
	add_time_servers(c, &r, hosts);
	for (size_t k = 0; k < servers->n; k++)
		if (servers->at[k].host[0])
			r.hosts[r.n++] = servers->at[k].host;
	c->names = checkup_names_start(&r);
	servers_free(servers);
}

static void begin_connection(struct item *i)
{
	const struct settings *s = settings_get(i->owner->agent->settings);
	struct connection_request r = { .service = i->service,
					.url = i->service == SERVICE_ANY ? i->name : NULL,
					.number = i->number,
					.address = i->is_alternate ? s->provisioning.alternate_address : NULL,
					.dns = i->owner->dns };
	i->check = connection_check(i->owner->agent->agent, &r, i->found, connection_done, i);
}

static void begin_connections(struct checkup *c)
{
	c->has_begun = 1;
	for (size_t i = 0; i < c->n; i++)
		if (c->items[i].kind == KIND_CONNECTION)
			begin_connection(&c->items[i]);
}

/* Checks which diagnoses have ended, and begins those that had to wait for them. */
static void tick(void *arg)
{
	struct checkup *c = arg;
	int is_asking = clock_is_asking(c->agent->clock), open = 0;
	if (!c->has_begun && (!is_asking || agent_now(c->agent->agent)))
		begin_connections(c);
	for (size_t i = 0; i < c->n; i++) {
		struct item *at = &c->items[i];
		if (at->kind == KIND_NTP && !at->is_done && !is_asking) {
			checkup_time_report(c->agent, at->found);
			at->is_done = 1;
		}
		open += !at->is_done;
	}
	if (!open || loop_now_ms(c->agent->loop) - c->began_ms > LIMIT_MS)
		finish(c);
	else
		loop_timer_in(c->timer, TICK_MS);
}

static void begin(struct checkup *c)
{
	static const struct connection_step nothing = {
		"Settings", CONNECTION_FAIL, "no manager, phone book or feedback registration is set",
		"set xConfiguration Provisioning ExternalManager Address and Provisioning Mode: TMS, or "
		"register with xCommand HttpFeedback Register",
		0
	};
	for (size_t i = 0; i < c->n; i++) {
		if (c->items[i].kind == KIND_DNS)
			begin_names(&c->items[i]);
		else if (c->items[i].kind == KIND_NOTHING)
			fail(&c->items[i], &nothing);
		else if (c->items[i].kind == KIND_STORAGE)
			begin_storage(&c->items[i]);
	}
	clock_poll(c->agent->clock);
	loop_timer_in(c->timer, TICK_MS);
}

int checkup_start(struct agent *agent, const struct checkup_request *r, struct checkup **ret, struct err *e)
{
	const struct agent_components *a = agent_components(agent);
	struct checkup *c = mem_new(sizeof *c);
	struct dns_options o = service_name_servers(settings_get(a->settings));
	*c = (struct checkup){ .agent = a,
			       .dns = dns_new(a->loop),
			       .began_ms = loop_now_ms(a->loop),
			       .result = r->result,
			       .done = r->done,
			       .arg = r->arg };
	c->timer = loop_timer_new(a->loop, tick, c);
	if (dns_configure(c->dns, &o, e) < 0 || choose(c, r, e) < 0) {
		checkup_cancel(c);
		return -1;
	}
	begin(c);
	*ret = c;
	return 0;
}

void checkup_cancel(struct checkup *c)
{
	if (!c)
		return;
	checkup_names_cancel(c->names);
	for (size_t i = 0; i < c->n; i++) {
		connection_check_cancel(c->items[i].check);
		doc_free(c->items[i].found);
	}
	loop_timer_free(c->timer);
	dns_free(c->dns);
	free(c);
}
