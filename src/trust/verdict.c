/* SPDX-License-Identifier: MIT */
/* verdict: prints a verdict as the line for the log. */
#include "base/text.h"
#include "trust/verify.h"
#include "x509/codes.h"

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

static const char *name_check(enum verify_name n)
{
	return n == VERIFY_NAME_MATCH ? "Match" : n == VERIFY_NAME_NO_MATCH ? "NoMatch" : "NotChecked";
}

/* Returns 1 if the value needs no quotes in the line. */
static int is_plain(const char *value)
{
	for (const char *p = value; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || strchr(",\"=\\", *p))
			return 0;
	return *value != '\0';
}

/* Appends key=value. Values may come from a certificate that an attacker has written: they are quoted so that
 * a value cannot end its quotes and add another key to the line. */
static void add_value(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, ", %s=", key);
	if (is_plain(value))
		buf_adds(out, value);
	else
		text_quote(value, out);
}

static void add_others(const struct verdict *v, struct buf *out)
{
	const char *between = ", also=";
	for (size_t i = 1; i < v->n && !v->findings[i].note; i++) {
		int said = 0;
		for (size_t k = 0; k < i; k++)
			said |= v->findings[k].code == v->findings[i].code;
		if (said)
			continue;
		buf_addf(out, "%s%ld=%s", between, v->findings[i].code, codes_symbol(v->findings[i].code));
		between = "+";
	}
}

/* Adds a note. The log line has only notes about something that is accepted but that profile Strict refuses:
 * a host name in the common name (62), and a self-signed server (18). sealpost verify shows all notes. */
static void add_note(const struct verdict *v, struct buf *out)
{
	struct buf notes;
	buf_init(&notes, 1024);
	for (size_t i = 0; i < v->n; i++)
		if (v->findings[i].note && (v->findings[i].code == 62 || v->findings[i].code == 18))
			buf_addf(&notes, "%s%s", notes.len ? "; " : "", v->findings[i].hint);
	if (notes.len)
		add_value(out, "note", buf_str(&notes));
	buf_done(&notes);
}

void verdict_line(const struct verdict *v, const struct verdict_context *c, struct buf *out)
{
	const struct verify_finding *first = v->code ? &v->findings[0] : NULL;
	buf_addf(out, "SSL: socklib_sslHandshake: VerifyResult=%ld=%s, NameCheck: %s", v->code,
		 codes_symbol(v->code), name_check(v->name));
	add_value(out, "service", c->service ? c->service : "");
	add_value(out, "host", c->host ? c->host : "");
	if (c->address)
		add_value(out, "address", c->address);
	if (c->port)
		buf_addf(out, ", port=%d", c->port);
	if (first && first->depth >= 0)
		buf_addf(out, ", depth=%d", first->depth);
	if (v->subject[0])
		add_value(out, "subject", v->subject);
	if (!c->enforced)
		add_value(out, "enforced",
			  v->code ? "No: verification is Off, On would have refused"
				  : "No: verification is Off, On would have accepted");
	if (!first) {
		add_note(v, out);
		return;
	}
	add_others(v, out);
	if (first->wanted[0])
		add_value(out, "wanted", first->wanted);
	if (first->found[0])
		add_value(out, "found", first->found);
	add_value(out, "hint", first->hint[0] ? first->hint : codes_sentence(v->code));
}

void verdict_unable(struct verdict *v, const char *reason, const char *hint)
{
	memset(v, 0, sizeof *v);
	v->code = X509_V_ERR_APPLICATION_VERIFICATION;
	v->n = 1;
	v->findings[0] = (struct verify_finding){ .code = v->code, .depth = -1 };
	snprintf(v->findings[0].found, sizeof v->findings[0].found, "%s", reason);
	snprintf(v->findings[0].hint, sizeof v->findings[0].hint, "%s", hint ? hint : "");
}

void verdict_disagreement(const struct verdict *v, const struct verdict_context *c, struct buf *out)
{
	if (!v->disagreed)
		return;
	buf_addf(out,
		 "SSL: the two certificate verifiers disagree, and both must accept: sealpost=0=OK, "
		 "openssl=%ld=%s",
		 v->disagreed, codes_symbol(v->disagreed));
	add_value(out, "service", c->service ? c->service : "");
	add_value(out, "host", c->host ? c->host : "");
	for (size_t i = 0; i < v->n; i++) {
		const struct verify_finding *f = &v->findings[i];
		if (f->code != v->disagreed || f->note)
			continue;
		if (f->depth >= 0)
			buf_addf(out, ", depth=%d", f->depth);
		add_value(out, "found", f->found);
		add_value(out, "hint", f->hint);
		return;
	}
}
