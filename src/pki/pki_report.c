/* SPDX-License-Identifier: MIT */
#include "pki_report.h"

#include "date/date.h"
#include "x509/codes.h"

#include <string.h>

static const char *profile_word(const struct question *q)
{
	return q->policy.profile == VERIFY_STRICT ? "strict" : "guide";
}

static const char *purpose_word(const struct question *q)
{
	return q->policy.purpose == VERIFY_ANY      ? "any"
	       : q->policy.purpose == VERIFY_CLIENT ? "client"
						    : "server";
}

static const char *revocation_word(const struct question *q)
{
	return q->policy.revocation == VERIFY_REVOCATION_HARD   ? "hard"
	       : q->policy.revocation == VERIFY_REVOCATION_SOFT ? "soft"
								: "off";
}

static const char *name_word(const struct verdict *v)
{
	return v->name == VERIFY_NAME_MATCH      ? "match"
	       : v->name == VERIFY_NAME_NO_MATCH ? "nomatch"
						 : "unchecked";
}

static void day_text(int64_t unix_s, char ret[32])
{
	ret[0] = '\0';
	if (unix_s)
		date_format(unix_s, ret, 32);
}

static void print_line(const struct report *r, FILE *out)
{
	struct verdict_context c = { .service = "verify",
				     .host = r->question->name,
				     .address = r->address,
				     .port = r->port,
				     .enforced = 1 };
	struct buf line;
	buf_init(&line, 16384);
	verdict_line(r->verdict, &c, &line);
	fprintf(out, "%s\n", buf_str(&line));
	buf_done(&line);
}

static void print_sent(const struct report *r, FILE *out)
{
	struct cert_info i;
	fprintf(out, "\nCertificates sent:\n");
	for (size_t n = 0; verify_chain_info(r->chain, n, &i) == 0; n++)
		fprintf(out,
			"  %zu  %s\n     issued by %s\n     valid from %s to %s, %s %d bits, %s\n     "
			"SHA-256 %s\n",
			n, i.subject[0] ? i.subject : "(no subject)", i.issuer, i.not_before_text,
			i.not_after_text, i.key_algorithm, i.key_bits, i.hash_algorithm,
			i.fingerprint_sha256);
}

static void print_built(const struct report *r, FILE *out)
{
	const struct verdict *v = r->verdict;
	fprintf(out, "\nChain built:\n");
	for (size_t n = 0; n < v->built; n++) {
		struct cert_info i;
		int number = v->path[n];
		int known = number >= 0 ? verify_chain_info(r->chain, (size_t)number, &i)
					: anchors_info(r->anchors, (size_t)(-1 - number), &i);
		if (known == 0)
			fprintf(out, "  %zu  %s (%s %d)\n", n, i.subject[0] ? i.subject : "(no subject)",
				number >= 0 ? "sent" : "root", number >= 0 ? number : -1 - number);
	}
}

static void print_findings(const struct verdict *v, int failed, FILE *out)
{
	fprintf(out, "\n%s\n",
		v->n     ? "Findings:"
		: failed ? "Nothing was found wrong with the certificates."
			 : "Nothing was found wrong.");
	for (size_t i = 0; i < v->n; i++) {
		const struct verify_finding *f = &v->findings[i];
		fprintf(out, "  %s %ld %s", f->note ? "note   " : "refused", f->code, codes_symbol(f->code));
		if (f->depth >= 0)
			fprintf(out, " at depth %d, %s", f->depth, f->subject);
		fprintf(out, "\n          %s\n", codes_sentence(f->code));
		if (f->wanted[0])
			fprintf(out, "          wanted: %s\n", f->wanted);
		if (f->found[0])
			fprintf(out, "          found:  %s\n", f->found);
		if (f->hint[0])
			fprintf(out, "          hint:   %s\n", f->hint);
	}
}

void report_text(const struct report *r, FILE *out)
{
	char judged[32], until[32];
	day_text(r->verdict->judged_at, judged);
	day_text(r->verdict->valid_until, until);
	print_line(r, out);
	int failed = r->failure && *r->failure;
	if (failed)
		fprintf(out, "\nThe TLS handshake failed: %s\n", r->failure);
	fprintf(out, "\n%s by the %s profile for purpose %s, revocation %s\nJudged on %s, %s\n",
		r->verdict->code ? "Refused"
		: failed         ? "The certificates alone would be accepted"
				 : "Accepted",
		profile_word(r->question), purpose_word(r->question), revocation_word(r->question), judged,
		r->question->from_system_clock ? "by this computer's clock (no --time was given)"
					       : "as asked");
	if (until[0])
		fprintf(out, "Valid until %s\n", until);
	if (r->client_certificate_missing)
		fprintf(out, "The server asked for a client certificate; sealpost-pki has none to send\n");
	if (r->chain) {
		print_sent(r, out);
		print_built(r, out);
	}
	print_findings(r->verdict, failed, out);
}

static json_t *finding_json(const struct verify_finding *f)
{
	json_t *o = json_pack("{s:I, s:s, s:i, s:b, s:s}", "code", (json_int_t)f->code, "symbol",
			      codes_symbol(f->code), "depth", f->depth, "note", f->note, "sentence",
			      codes_sentence(f->code));
	if (f->subject[0])
		json_object_set_new(o, "subject", json_string(f->subject));
	if (f->wanted[0])
		json_object_set_new(o, "wanted", json_string(f->wanted));
	if (f->found[0])
		json_object_set_new(o, "found", json_string(f->found));
	if (f->hint[0])
		json_object_set_new(o, "hint", json_string(f->hint));
	return o;
}

static json_t *cert_json(const struct cert_info *i)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "subject", i->subject, "issuer",
			 i->issuer, "serial", i->serial, "not_before", i->not_before_text, "not_after",
			 i->not_after_text, "key", i->key_algorithm, "sha256", i->fingerprint_sha256, "bits",
			 i->key_bits, "signature", i->hash_algorithm);
}

static json_t *lines_json(const char *p)
{
	json_t *lines = json_array();
	for (; *p; p += strcspn(p, "\n"), p += *p == '\n')
		json_array_append_new(lines, json_stringn(p, strcspn(p, "\n")));
	return lines;
}

json_t *report_json(const struct report *r)
{
	const struct verdict *v = r->verdict;
	char judged[32], until[32];
	day_text(v->judged_at, judged);
	day_text(v->valid_until, until);
	int failed = r->failure && *r->failure;
	json_t *o = json_pack("{s:b, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "accepted", v->code == 0 && !failed,
			      "code", (json_int_t)v->code, "symbol", codes_symbol(v->code), "name_check",
			      name_word(v), "profile", profile_word(r->question), "purpose",
			      purpose_word(r->question), "revocation", revocation_word(r->question),
			      "judged_at", judged);
	if (r->question->from_system_clock)
		json_object_set_new(o, "clock", json_string("system"));
	if (until[0])
		json_object_set_new(o, "valid_until", json_string(until));
	if (failed)
		json_object_set_new(o, "handshake", json_string(r->failure));
	if (r->client_certificate_missing)
		json_object_set_new(o, "client_certificate", json_string("asked for, none sent"));
	json_t *findings = json_array(), *path = json_array();
	for (size_t i = 0; i < v->n; i++)
		json_array_append_new(findings, finding_json(&v->findings[i]));
	for (size_t i = 0; i < v->built; i++)
		json_array_append_new(path, v->path[i] >= 0 ? json_pack("{s:i}", "sent", v->path[i])
							    : json_pack("{s:i}", "root", -1 - v->path[i]));
	if (r->left_out && *r->left_out)
		json_object_set_new(o, "left_out", lines_json(r->left_out));
	json_object_set_new(o, "findings", findings);
	json_object_set_new(o, "chain", path);
	if (r->chain) {
		json_t *sent = json_array();
		struct cert_info info;
		for (size_t i = 0; verify_chain_info(r->chain, i, &info) == 0; i++)
			json_array_append_new(sent, cert_json(&info));
		json_object_set_new(o, "sent", sent);
	}
	return o;
}
