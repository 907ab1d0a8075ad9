/* SPDX-License-Identifier: MIT */
#include "inbound_internal.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "certstore/crls.h"
#include "certstore/own.h"
#include "crypto/keygen.h"
#include "x509/cert.h"
#include "x509/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PEM_MAX = 1 << 20,
	LISTS_MAX = 2 << 20, /* all together have to fit into an answer of the agent, COMMAND_TEXT_MAX */
	NAMES_MAX = 8192,
	STATE_MAX = 16 << 10,
	DATE_DIFFERS_S = 60,
};

struct inbound_wait {
	struct inbound_wait *next;
	struct inbound *inbound;
	int64_t known;
	void (*done)(void *arg);
	void *arg;
};

static const struct settings *settings_of(const struct inbound *i)
{
	return settings_get(i->o.settings);
}

static int is_on(const struct inbound *i)
{
	return settings_of(i)->web.mode == SETTINGS_ON && i->marker;
}

/* --- the file that starts sealpost-web --- */

static void set_marker(const struct inbound *i)
{
	if (!i->marker)
		return;
	if (!is_on(i)) {
		if (unlink(i->marker) < 0 && errno != ENOENT)
			log_error("https: %s cannot be removed, which tells sealpost-web to end: %s",
				  i->marker, strerror(errno));
		return;
	}
	int fd = open(i->marker, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd < 0) {
		log_error("https: %s cannot be made, which starts sealpost-web: %s", i->marker,
			  strerror(errno));
		return;
	}
	fchmod(fd, 0644);
	close(fd);
}

/* --- the certificate --- */

static int take_info(void *arg, const struct pem_block *b, struct err *e)
{
	struct cert_info *info = arg;
	struct cert *c = b->der && !info->fingerprint[0] ? cert_parse(b->der, b->len, e) : NULL;
	if (c)
		describe_cert(c, info);
	cert_free(c);
	return 0;
}

static void show_made(struct inbound *i)
{
	struct err e;
	struct buf addresses;
	char host[sizeof i->made.host];
	device_names_host(settings_of(i), host, sizeof host);
	buf_init(&addresses, SELF_SIGNED_ADDRESSES);
	device_names_addresses(settings_of(i), &addresses);
	int failed = self_signed_provide(i, host, buf_str(&addresses), &e);
	buf_done(&addresses);
	if (failed) {
		log_error("https: no self-signed certificate can be made, so sealpost-web serves nothing: %s",
			  e.text);
		return;
	}
	i->shown = SHOWN_SELF_SIGNED;
	pem_stored(i->made.cert_pem, strlen(i->made.cert_pem), take_info, &i->info, &e);
}

static void choose(struct inbound *i)
{
	struct own_info own;
	i->shown = SHOWN_NONE;
	i->is_locked = 0;
	i->info = (struct cert_info){ .version = 0 };
	if (!is_on(i))
		return;
	if (own_active(i->o.anchors, OWN_HTTPS, &i->own) && own_info(i->o.anchors, i->own, &own) == 0) {
		i->is_locked = own.locked;
		if (!own.locked) {
			i->shown = SHOWN_OWN;
			i->info = own.cert;
			return;
		}
	}
	show_made(i);
}

static void log_choice(const struct inbound *i)
{
	if (i->shown == SHOWN_OWN)
		log_notice("https: clients are shown certificate %s (%s)", i->info.fingerprint,
			   i->info.subject);
	else if (i->shown == SHOWN_SELF_SIGNED)
		log_warning("https: clients are shown a self-signed certificate (SHA-1 %s), since %s",
			    i->info.fingerprint,
			    i->is_locked
				    ? "the key of the certificate for HTTPS is locked: xCommand Security "
				      "Certificates Services Unlock"
				    : "none is active for HTTPS: add one and activate it");
}

/* --- changes --- */

/* sealpost-web carries the date forward itself, so it has to get the date again when the date has become
 * known or unknown, or has jumped. */
static void note_date(struct inbound *i)
{
	int64_t now = i->o.now(i->o.arg), at_boot = now ? now - loop_now_ms(i->o.loop) / 1000 : 0;
	if (llabs(at_boot - i->date_at_boot) > DATE_DIFFERS_S)
		i->date_at_boot = at_boot;
}

static void list_addresses(const struct settings *s, struct buf *ret)
{
	for (size_t k = 0; k < sizeof s->web.listen / sizeof s->web.listen[0]; k++)
		if (s->web.listen[k][0])
			buf_addf(ret, "%s%s", ret->len ? " " : "", s->web.listen[k]);
}

/* Writes everything in which two states can differ. */
static void print_state(const struct inbound *i, struct buf *ret)
{
	const struct settings *s = settings_of(i);
	buf_addf(ret, "%d", is_on(i));
	if (!is_on(i))
		return;
	buf_addf(ret, " %" PRId64 " %d %d %d %d %d %" PRId64 " ", s->web.port, s->web.minimum_tls,
		 s->web.verify_client, s->verification.revocation, s->web.strict_transport, s->web.websocket,
		 s->inactivity_min);
	buf_addf(ret, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", s->web.basic_rate,
		 s->web.basic_queue, s->web.session_rate, s->web.session_queue);
	list_addresses(s, ret);
	buf_addf(ret, "\n%" PRId64 " %d %d %s %" PRIu64 "\n", i->date_at_boot, i->shown, i->is_locked,
		 i->info.fingerprint, anchors_generation(i->o.anchors));
	device_names(s, ret);
}

static void answer(void *arg)
{
	struct inbound *i = arg;
	for (struct inbound_wait **at = &i->waiting; *at;) {
		struct inbound_wait *w = *at;
		if (w->known == i->generation) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		void (*done)(void *) = w->done;
		void *done_arg = w->arg;
		free(w);
		done(done_arg);
		at = &i->waiting; /* done may have changed the list */
	}
}

void inbound_update(struct inbound *i)
{
	struct buf now;
	char before[sizeof i->info.fingerprint];
	int was_locked = i->is_locked;
	buf_init(&now, STATE_MAX);
	snprintf(before, sizeof before, "%s", i->info.fingerprint);
	choose(i);
	note_date(i);
	print_state(i, &now);
	if (!i->so_far || strcmp(i->so_far, buf_str(&now)) != 0) {
		free(i->so_far);
		i->so_far = buf_take(&now);
		i->generation++;
		loop_timer_in(i->answer, 0);
		set_marker(i);
		if (strcmp(before, i->info.fingerprint) != 0 || was_locked != i->is_locked)
			log_choice(i);
	}
	buf_done(&now);
}

struct inbound *inbound_new(const struct inbound_options *o)
{
	struct inbound *i = mem_new(sizeof *i);
	i->o = *o;
	i->state = mem_dup(o->state);
	i->marker = mem_dup(o->marker);
	i->generation = loop_now_ms(o->loop); /* higher than all numbers of previous agents */
	i->answer = loop_timer_new(o->loop, answer, i);
	inbound_update(i);
	return i;
}

void inbound_free(struct inbound *i)
{
	if (!i)
		return;
	while (i->waiting)
		inbound_wait_cancel(i->waiting);
	loop_timer_free(i->answer);
	self_signed_free(&i->made);
	free(i->so_far);
	free(i->state);
	free(i->marker);
	free(i);
}

int64_t inbound_generation(const struct inbound *i)
{
	return i->generation;
}

struct inbound_wait *inbound_wait(struct inbound *i, int64_t known, void (*done)(void *arg), void *arg)
{
	struct inbound_wait *w = mem_new(sizeof *w);
	*w = (struct inbound_wait){
		.next = i->waiting, .inbound = i, .known = known, .done = done, .arg = arg
	};
	i->waiting = w;
	if (known != i->generation)
		loop_timer_in(i->answer, 0);
	return w;
}

void inbound_wait_cancel(struct inbound_wait *w)
{
	if (!w)
		return;
	struct inbound_wait **at = &w->inbound->waiting;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	free(w);
}

/* --- the document --- */

static void put(struct doc *d, const char *name, const char *value)
{
	doc_add_value(d, name, DOC_STRING, value);
}

static void put_switch(struct doc *d, const char *name, int value)
{
	doc_add_value(d, name, DOC_LITERAL, value ? "On" : "Off");
}

static void put_certificate(const struct inbound *i, struct doc *d)
{
	struct buf cert, key;
	struct err e;
	buf_init(&cert, PEM_MAX);
	buf_init(&key, KEYGEN_PEM_MAX + 1);
	if (i->shown == SHOWN_SELF_SIGNED) {
		put(d, "Certificate", i->made.cert_pem);
		put(d, "Key", i->made.key_pem);
	} else if (i->shown == SHOWN_OWN && own_key_pem(i->o.anchors, i->own, &key, &e) == 0) {
		own_print_one(i->o.anchors, i->own, &cert);
		put(d, "Certificate", buf_str(&cert));
		put(d, "Key", buf_str(&key));
	}
	buf_wipe(&key);
	buf_done(&cert);
	doc_add_value(d, "SelfSigned", DOC_LITERAL, i->shown == SHOWN_SELF_SIGNED ? "True" : "False");
}

/* Adds the roots with which clients' certificates are verified: all except those that are trusted for one
 * host only. */
static void put_roots(const struct inbound *i, struct doc *d)
{
	struct buf pem;
	buf_init(&pem, PEM_MAX);
	for (size_t k = 0; k < anchors_count(i->o.anchors); k++) {
		const struct anchor *a = anchors_at(i->o.anchors, k);
		if (!a->pin_host)
			pem_write(&pem, "CERTIFICATE", a->cert->der, a->cert->len);
	}
	put(d, "Roots", buf_str(&pem));
	buf_done(&pem);
}

/* Adds the revocation lists for clients' certificates. If they are too long, none is handed over, and mode
 * Hard makes sure that no client is accepted without them. */
static void put_lists(const struct inbound *i, struct doc *d)
{
	static const char *const modes[] = { "Off", "Soft", "Hard" };
	int mode = settings_of(i)->verification.revocation;
	struct buf pem;
	buf_init(&pem, LISTS_MAX);
	if (mode != SETTINGS_REVOCATION_OFF)
		crls_print_pem(i->o.anchors, &pem);
	if (pem.full) {
		log_error("https: the revocation lists are together longer than %d bytes of PEM, so "
			  "sealpost-web does not get them and accepts no client: delete lists, or set "
			  "VerifyClientCertificate or Security Revocation Mode to Off",
			  LISTS_MAX);
		mode = SETTINGS_REVOCATION_HARD;
		buf_reset(&pem);
	}
	doc_add_value(d, "RevocationMode", DOC_LITERAL, modes[mode]);
	put(d, "RevocationLists", buf_str(&pem));
	buf_done(&pem);
}

void inbound_describe(const struct inbound *i, struct doc *d)
{
	const struct settings *s = settings_of(i);
	struct buf text;
	doc_add_int(d, "Generation", i->generation);
	put_switch(d, "Mode", is_on(i));
	if (!is_on(i))
		return;
	doc_add_int(d, "Date", i->o.now(i->o.arg));
	buf_init(&text, NAMES_MAX);
	list_addresses(s, &text);
	put(d, "Addresses", buf_str(&text));
	doc_add_int(d, "Port", s->web.port);
	buf_reset(&text);
	device_names(s, &text);
	put(d, "Names", buf_str(&text));
	buf_done(&text);
	put_certificate(i, d);
	doc_add_value(d, "MinimumTLSVersion", DOC_LITERAL,
		      s->web.minimum_tls == SETTINGS_TLS_1_3 ? "TLSv1.3" : "TLSv1.2");
	put_switch(d, "VerifyClientCertificate", s->web.verify_client);
	if (s->web.verify_client) {
		put_roots(i, d);
		put_lists(i, d);
	}
	put_switch(d, "StrictTransportSecurity", s->web.strict_transport);
	put_switch(d, "Websocket", s->web.websocket == SETTINGS_WEBSOCKET_FOLLOWS_HTTP);
	doc_add_int(d, "InactivityTimeout", s->inactivity_min);
	doc_add_int(d, "BasicRate", s->web.basic_rate);
	doc_add_int(d, "BasicQueue", s->web.basic_queue);
	doc_add_int(d, "SessionRate", s->web.session_rate);
	doc_add_int(d, "SessionQueue", s->web.session_queue);
}
