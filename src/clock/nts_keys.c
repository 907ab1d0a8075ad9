/* SPDX-License-Identifier: MIT */
#include "nts_keys.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/retry.h"
#include "date/date.h"
#include "x509/codes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ESTABLISH_MS = 15000 };

struct nts_keys {
	struct nts_keys_options o;
	char host[DNS_NAME_MAX], service[16];
	struct nts_ke *ke; /* the NTS-KE exchange that is under way; NULL: none is */
	int are_there;
	struct nts_association association;
	struct nts_offer offer;     /* the server's offer, without its cookies */
	struct dns_address address; /* of the NTS-KE server */
	struct verify_chain *chain; /* what the NTS-KE server sent last; NULL: nothing */
	/* of the certificate store when the keys were established, or an attempt failed */
	uint64_t generation;
	unsigned failures;     /* in a row */
	int64_t not_before_ms; /* loop time before which no further attempt is made after a failure */
	char trouble[320];     /* why the last attempt failed */
	void (*fn)(void *arg, const struct err *e);
	void *arg;
};

struct nts_keys *nts_keys_new(const struct nts_keys_options *o)
{
	struct nts_keys *k = mem_new(sizeof *k);
	k->o = *o;
	snprintf(k->host, sizeof k->host, "%s", o->host);
	snprintf(k->service, sizeof k->service, "NTS %u", o->number);
	return k;
}

static void forget(struct nts_keys *k)
{
	k->are_there = 0;
	explicit_bzero(&k->association, sizeof k->association);
}

void nts_keys_free(struct nts_keys *k)
{
	if (!k)
		return;
	nts_keys_stop(k);
	forget(k);
	verify_chain_free(k->chain);
	free(k);
}

int nts_keys_are_there(struct nts_keys *k)
{
	if (k->are_there &&
	    (!k->association.cookies.n || k->generation != anchors_generation(k->o.world.anchors)))
		forget(k);
	return k->are_there;
}

int nts_keys_may_establish(const struct nts_keys *k, struct err *e)
{
	int64_t left = k->not_before_ms - loop_now_ms(k->o.world.loop);
	/* after a change of roots an attempt is allowed at once */
	int is_new = k->generation != anchors_generation(k->o.world.anchors);
	if (!k->failures || left <= 0 || is_new)
		return 0;
	return err_set(e, ERR_CONFIG, 0, "%s; keys for NTS are asked for again in %" PRId64 " s", k->trouble,
		       left / 1000 + 1);
}

static void count_failure(struct nts_keys *k, const char *why)
{
	int64_t now = loop_now_ms(k->o.world.loop);
	snprintf(k->trouble, sizeof k->trouble, "%s", why);
	k->failures++;
	k->generation = anchors_generation(k->o.world.anchors);
	k->not_before_ms =
		now + retry_next_ms(&retry_keys,
				    &(struct retry_tries){ .attempts = k->failures, .now_ms = now }, 0);
}

static void on_established(void *arg, const struct nts_ke_result *r, const struct err *e)
{
	struct nts_keys *k = arg;
	struct err why = *e;
	k->ke = NULL;
	if (r) {
		k->association = r->association;
		k->offer = r->offer;
		k->address = r->address;
		verify_chain_free(k->chain);
		k->chain = verify_chain_copy(r->chain);
		k->generation = anchors_generation(k->o.world.anchors);
		k->are_there = 1;
		log_info("clock: keys for NTS were established with %s, and %zu cookies", k->host,
			 k->association.cookies.n);
	} else {
		err_prefix(&why, "no keys for NTS");
		count_failure(k, why.text);
	}
	k->fn(k->arg, &why);
}

void nts_keys_establish(struct nts_keys *k, void (*fn)(void *arg, const struct err *e), void *arg)
{
	const struct nts_ke_request r = { .service = k->service,
					  .host = k->host,
					  .port = k->o.port,
					  .policy = k->o.policy,
					  .timeout_ms = ESTABLISH_MS };
	forget(k);
	k->fn = fn;
	k->arg = arg;
	k->ke = nts_ke_start(&k->o.world, &r, on_established, k);
}

void nts_keys_stop(struct nts_keys *k)
{
	nts_ke_cancel(k->ke);
	k->ke = NULL;
}

struct nts_association *nts_keys_association(struct nts_keys *k)
{
	return &k->association;
}

const char *nts_keys_ntp_host(const struct nts_keys *k)
{
	return k->offer.server;
}

int nts_keys_ntp_port(const struct nts_keys *k)
{
	return k->offer.port ? k->offer.port : k->o.ntp_port;
}

const struct dns_address *nts_keys_address(const struct nts_keys *k)
{
	return &k->address;
}

/* Returns the code with which the server's certificates are refused; 0: they are trusted. */
static long code_at(const struct nts_keys *k, const struct verify_policy *policy, int64_t unix_s)
{
	const struct verify_request r = {
		.anchors = k->o.world.anchors, .policy = *policy, .host = k->host, .at_unix = unix_s
	};
	struct verdict *v = mem_new(sizeof *v);
	verify_chain_judge(&r, k->chain, v);
	long code = v->code;
	free(v);
	return code;
}

int nts_keys_trusts(const struct nts_keys *k, const struct verify_policy *policy, int64_t unix_s)
{
	return k->chain && !code_at(k, policy, unix_s);
}

void nts_keys_set_policy(struct nts_keys *k, const struct verify_policy *policy)
{
	nts_keys_stop(k);
	forget(k);
	k->o.policy = *policy;
	k->failures = 0;
}

int nts_keys_check_date(struct nts_keys *k, int64_t unix_s, struct err *e)
{
	char day[32];
	long code = code_at(k, &k->o.policy, unix_s);
	if (!code) {
		k->failures = 0;
		return 0;
	}
	date_format(unix_s, day, sizeof day);
	err_set(e, ERR_TLS, code,
		"it says that the date is %s, and on that date its own certificate is not trusted: %ld=%s: "
		"the date does not count",
		day, code, codes_symbol(code));
	nts_keys_drop(k);
	return -1;
}

void nts_keys_drop(struct nts_keys *k)
{
	forget(k);
	count_failure(k, "the keys for NTS were of no use");
}

size_t nts_keys_cookies(const struct nts_keys *k)
{
	return k->association.cookies.n;
}
