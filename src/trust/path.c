/* SPDX-License-Identifier: MIT */
#include "path.h"

#include "constraints.h"
#include "policies.h"
#include "revocation.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	STEPS_MAX = 2000, /* issuers tried in one search; at this limit it gives up */
	/* with this number of sent certificates or fewer, the order of the candidates hardly matters */
	FEW = 4,
	FAR_MAX = 31, /* in search.far: no anchor can be reached; above VERIFY_PATH_MAX */
};

static const struct anchor *anchor_of(const struct search *s, int number)
{
	return (size_t)number < s->n_sent ? NULL : anchors_at(s->anchors, (size_t)number - s->n_sent);
}

static int pinned_here(const struct search *s, const struct anchor *a)
{
	return a->pin_host && s->host && strcasecmp(a->pin_host, s->host) == 0;
}

static int is_barred(const struct search *s, int number)
{
	return s->barred && (size_t)number >= s->n_sent && s->barred[(size_t)number - s->n_sent];
}

/* Returns 1 if an administrator wants this host to be trusted by its pins alone. */
static int wants_pins_alone(const struct search *s)
{
	for (size_t i = 0; i < anchors_count(s->anchors); i++) {
		const struct anchor *a = anchors_at(s->anchors, i);
		if (a->only && pinned_here(s, a))
			return 1;
	}
	return 0;
}

/* Returns 1 if the candidate ends a path: a root, or a certificate that is pinned to this host. An uploaded
 * intermediate does not. A root's own signature is checked later, with its other properties. */
static int ends_path(const struct search *s, int number)
{
	const struct anchor *a = anchor_of(s, number);
	if (!a)
		return 0;
	if (a->pin_host)
		return pinned_here(s, a);
	return !s->pins_alone && !is_barred(s, number) && anchors_is_root(a);
}

/* Returns 1 if the candidate may be part of a path: every candidate except one that is pinned to another
 * host, except roots that are not allowed, and except all roots if the host is trusted by its pins alone. */
static int usable(const struct search *s, int number)
{
	const struct anchor *a = anchor_of(s, number);
	return !a || (a->pin_host ? pinned_here(s, a) : !s->pins_alone && !is_barred(s, number));
}

/* Returns 1 if the issuer's key made the child's signature, 0 if not (the result is kept); -1 if the limit of
 * verified signatures is reached. */
static int link_good(struct search *s, int child, int issuer)
{
	for (size_t i = 0; i < s->n_links; i++)
		if (s->links[i].child == child && s->links[i].issuer == issuer)
			return s->links[i].good;
	if (s->n_links == LINKS_MAX) {
		s->gave_up = 1;
		return -1;
	}
	struct link *l = &s->links[s->n_links++];
	*l = (struct link){ (short)child, (short)issuer,
			    cert_signed_by(search_cert(s, child), search_cert(s, issuer)) };
	return l->good;
}

/* Returns 1 if the certificate, or another one with the same name and key, is in the path already. */
static int in_path(const struct search *s, const struct path *p, int number)
{
	const struct cert *c = search_cert(s, number);
	for (size_t i = 0; i < p->n; i++)
		if (p->at[i] == number || cert_same_name_and_key(search_cert(s, p->at[i]), c))
			return 1;
	return 0;
}

/* Fills s->far, so that of many cross-signed certificates those nearest to an anchor are tried first. With
 * few certificates the order hardly matters, so all values stay 0. */
static void measure(struct search *s)
{
	size_t n = s->n_sent + anchors_count(s->anchors);
	if (s->n_sent <= FEW)
		return;
	for (size_t i = 1; i < n; i++)
		s->far[i] = ends_path(s, (int)i) ? 0 : FAR_MAX;
	int is_found = 1; /* 1: the last round found a certificate with the distance `far` from an anchor */
	for (unsigned char far = 0; is_found && far < VERIFY_PATH_MAX; far++) {
		is_found = 0;
		for (size_t i = 1; i < n; i++)
			for (size_t k = 1; k < n && s->far[i] == FAR_MAX; k++) {
				struct cert *c = search_cert(s, (int)i), *up = search_cert(s, (int)k);
				if (s->far[k] != far || !usable(s, (int)k) || !cert_names_join(c, up) ||
				    cert_issuer_hint(c, up) < 0)
					continue;
				s->far[i] = (unsigned char)(far + 1);
				is_found = 1;
			}
	}
}

/* Returns a score for how likely it is that the candidate issued the child and leads to an anchor.
 * Candidates are tried from the highest score down. */
static int score_of(const struct search *s, int child, int number)
{
	const struct cert *c = search_cert(s, number);
	int hint = cert_issuer_hint(search_cert(s, child), c);
	int p = (ends_path(s, number) ? 8 : 0) + (hint < 0 ? -16 : hint * 4) +
		(c->not_before <= s->rules.now && s->rules.now <= c->not_after ? 2 : 0) +
		(s->fit[number] < 0 ? -1 : 0);
	return p * (FAR_MAX + 1) - s->far[number];
}

/* Fills ret with the candidates whose subject is the issuer's name of the path's last certificate, the
 * likeliest first. Returns their number. */
static size_t issuers_of(const struct search *s, const struct path *p, int *ret)
{
	int child = p->at[p->n - 1], scores[CANDIDATES_MAX];
	size_t n = 0;
	for (size_t i = 1; i < s->n_sent + anchors_count(s->anchors); i++) {
		int number = (int)i;
		if (!usable(s, number) || !cert_names_join(search_cert(s, child), search_cert(s, number)) ||
		    in_path(s, p, number))
			continue;
		int mine = score_of(s, child, number);
		size_t k = n++;
		for (; k > 0 && scores[k - 1] < mine; k--)
			scores[k] = scores[k - 1], ret[k] = ret[k - 1];
		scores[k] = mine;
		ret[k] = number;
	}
	return n;
}

static enum role role_of(const struct search *s, int number)
{
	const struct anchor *a = anchor_of(s, number);
	return a && !a->pin_host && ends_path(s, number) ? ROLE_ROOT : ROLE_CA;
}

static void check_path_length(const struct check_at *at, const struct search *s, const struct path *p,
			      size_t i)
{
	long below = 0;
	char wanted[48], found[48];
	for (size_t k = 1; k < i; k++)
		below += !search_cert(s, p->at[k])->self_issued;
	if (at->cert->path_len < 0 || below <= at->cert->path_len)
		return;
	snprintf(wanted, sizeof wanted, "at most %ld CAs below", at->cert->path_len);
	snprintf(found, sizeof found, "%ld", below);
	FAILED(at, .code = X509_V_ERR_PATH_LENGTH_EXCEEDED, .wanted = wanted, .found = found);
}

/* Checks the limits that the i-th certificate sets for those below it, and that the key identifier and the
 * signature algorithm of the certificate below fit it. */
static void check_below(struct search *s, const struct path *p, size_t i, struct findings *to)
{
	const struct cert *c = search_cert(s, p->at[i]);
	struct check_at at = { to, c, (int)i };
	check_path_length(&at, s, p, i);
	struct check_at below = { to, search_cert(s, p->at[i - 1]), (int)i - 1 };
	check_link(&below, c);
	for (size_t k = 0; k < i; k++) {
		const struct cert *b = search_cert(s, p->at[k]);
		if (k > 0 && b->self_issued)
			continue;
		below = (struct check_at){ to, b, (int)k };
		constraints_check(&below, c, &s->work);
	}
}

/* Checks that the i-th certificate's key made the signature of the one below it. If the two only share a
 * name, and the upper one was uploaded, the finding says so. Skips certificates that name two algorithms,
 * which check_form reports. */
static void check_signature(struct search *s, const struct path *p, size_t i, struct findings *to)
{
	struct check_at below = { to, search_cert(s, p->at[i - 1]), (int)i - 1 };
	int uploaded = anchor_of(s, p->at[i]) != NULL;
	if (link_good(s, p->at[i - 1], p->at[i]) <= 0 && cert_one_algorithm(below.cert))
		FAILED(&below, .code = X509_V_ERR_CERT_SIGNATURE_FAILURE,
		       .found = uploaded ? "a CA of the issuer's name is loaded, but its key did not make "
					   "this signature"
					 : NULL);
}

/* Checks a CA or root by itself, at this place in the path. */
static void check_self(struct search *s, int number, size_t depth, struct findings *to)
{
	struct check_at at = { to, search_cert(s, number), (int)depth };
	enum role role = role_of(s, number);
	check_cert(&at, role, &s->rules);
	if (role == ROLE_ROOT && !at.cert->self_signed)
		FAILED(&at, .code = X509_V_ERR_CERT_SIGNATURE_FAILURE,
		       .hint = "this root is damaged: upload it again");
}

/* Makes the checks that need the complete path. */
static void check_whole(struct search *s, const struct path *p, struct findings *to)
{
	policies_check(s, p, to);
	revocation_check(s, p, to);
}

void path_check(struct search *s, struct findings *to)
{
	const struct path *p = &s->path;
	for (size_t i = 1; i < p->n; i++) {
		check_self(s, p->at[i], i, to);
		check_below(s, p, i, to);
		check_signature(s, p, i, to);
	}
	if (p->anchored)
		check_whole(s, p, to);
}

/* Returns 1 if the candidate passes, as a CA, the checks that need no other certificate; the result is kept.
 * check_self gets the depth 1, which it only writes into findings: these are counted here and dropped. */
static int fits_by_itself(struct search *s, int number)
{
	if (!s->fit[number]) {
		struct findings count = { .profile = s->rules.policy.profile };
		check_self(s, number, 1, &count);
		s->fit[number] = count.refusals ? -1 : 1;
	}
	return s->fit[number] > 0;
}

/* Returns 1 if the last certificate of the path passes all checks as the issuer of the one before it. */
static int fits_above(struct search *s, const struct path *p)
{
	struct findings count = { .profile = s->rules.policy.profile };
	size_t i = p->n - 1;
	if (!fits_by_itself(s, p->at[i]))
		return 0;
	check_below(s, p, i, &count);
	return !count.refusals && link_good(s, p->at[i - 1], p->at[i]) > 0;
}

static int whole_fits(struct search *s, const struct path *p)
{
	struct findings count = { .profile = s->rules.policy.profile };
	check_whole(s, p, &count);
	return !count.refusals;
}

/* Continues the path with each possible issuer in turn. Returns 1 when it ends at an anchor and passes all
 * checks; 0 if that is impossible, or a limit of the search was reached. */
static int climb(struct search *s, struct path *p)
{
	int issuers[CANDIDATES_MAX];
	size_t n = issuers_of(s, p, issuers);
	for (size_t i = 0; i < n && !s->gave_up; i++) {
		if (p->n == VERIFY_PATH_MAX)
			return 0;
		if (++s->steps > STEPS_MAX) {
			s->gave_up = 1;
			return 0;
		}
		p->at[p->n++] = issuers[i];
		if (fits_above(s, p)) {
			p->anchored = ends_path(s, issuers[i]);
			if (p->anchored ? whole_fits(s, p) : climb(s, p))
				return 1;
			p->anchored = 0;
		}
		p->n--;
	}
	return 0;
}

/* Returns 1 if the server's certificate itself is pinned to this host. */
static int leaf_is_pinned(const struct search *s)
{
	for (size_t i = 0; i < anchors_count(s->anchors); i++) {
		const struct anchor *a = anchors_at(s->anchors, i);
		if (pinned_here(s, a) && cert_same(a->cert, s->sent[0]))
			return 1;
	}
	return 0;
}

/* Returns 1 if the server's certificate is self-signed and was uploaded without a pin, as the vendor's guides
 * recommend for servers without a CA: then it is trusted for the names in it. Profile Strict requires a pin,
 * and without a host there is no name for which it could be trusted. */
static int leaf_is_uploaded(const struct search *s)
{
	int asked = s->host && *s->host && !s->pins_alone && s->rules.policy.profile == VERIFY_GUIDE &&
		    !s->nested && cert_self_signed(s->sent[0]);
	for (size_t i = 0; asked && i < anchors_count(s->anchors); i++) {
		const struct anchor *a = anchors_at(s->anchors, i);
		if (!a->pin_host && !is_barred(s, (int)(s->n_sent + i)) && cert_same(a->cert, s->sent[0]))
			return 1;
	}
	return 0;
}

int path_find(struct search *s)
{
	struct path *p = &s->path;
	s->pins_alone = wants_pins_alone(s);
	s->steps = s->n_links = 0;
	s->gave_up = 0;
	*p = (struct path){ .n = 1, .anchored = leaf_is_pinned(s) };
	p->uploaded_leaf = !p->anchored && leaf_is_uploaded(s);
	p->anchored |= p->uploaded_leaf;
	if (p->anchored)
		return 1;
	measure(s);
	return climb(s, p);
}

void path_find_closest(struct search *s)
{
	struct path *p = &s->path;
	*p = (struct path){ .n = 1 };
	while (!p->anchored && p->n < VERIFY_PATH_MAX) {
		int issuers[CANDIDATES_MAX], best = -1, best_score = -1;
		size_t n = issuers_of(s, p, issuers);
		for (size_t i = 0; i < n; i++) {
			int child = p->at[p->n - 1], good = link_good(s, child, issuers[i]) > 0;
			if (!good && cert_issuer_hint(search_cert(s, child), search_cert(s, issuers[i])) < 0)
				continue; /* another CA of the same name, according to its key identifier */
			int score =
				good * 4 + (fits_by_itself(s, issuers[i]) ? 2 : 0) + ends_path(s, issuers[i]);
			if (score > best_score)
				best = issuers[i], best_score = score;
		}
		if (best < 0)
			return;
		p->at[p->n++] = best;
		p->anchored = ends_path(s, best);
	}
}
