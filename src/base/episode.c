/* SPDX-License-Identifier: MIT */
#include "base/episode.h"

#include "base/num.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
	HOUR_MS = 3600 * 1000,
	DAY_MS = 24 * HOUR_MS,
	CALM_DOUBLINGS = 4,
	/* if a text contains a port or a date, failures have very many kinds: no more of them are news */
	FAILED_KINDS = 8,
	/* observations can have as many kinds as an administrator names hosts */
	SEEN_KINDS = 1000,
	/* something that happens again and again is logged at least once in this time */
	HAPPENED_MS = 4 * HOUR_MS,
};

static int is_power_of_ten(uint64_t n)
{
	while (n >= 10 && n % 10 == 0)
		n /= 10;
	return n == 1;
}

/* Returns for how long there must be no failure, or no change, until the episode is over. */
static int64_t calm_ms(const struct episode *ep)
{
	return ep->repeats > CALM_DOUBLINGS ? DAY_MS : (int64_t)HOUR_MS << ep->repeats;
}

static unsigned one_more(unsigned repeats)
{
	return repeats + (repeats <= CALM_DOUBLINGS);
}

static void begin(struct episode *ep, int64_t now_ms)
{
	int is_repeat = ep->had_one && now_ms - ep->ended_ms < DAY_MS;
	*ep = (struct episode){
		.since_ms = now_ms,
		.changed_ms = now_ms,
		.ended_ms = ep->ended_ms,
		.had_one = ep->had_one,
		.repeats = is_repeat ? one_more(ep->repeats) : 0,
	};
}

static void end(struct episode *ep)
{
	*ep = (struct episode){ .ended_ms = ep->last_ms, .had_one = 1, .repeats = ep->repeats };
}

/* Records the kind. Returns 1 if it is not among the last EPISODE_KINDS new ones. */
static int is_new(struct episode *ep, uint64_t key)
{
	for (size_t i = 0; i < EPISODE_KINDS && i < ep->n_kinds; i++)
		if (ep->kinds[i] == key)
			return 0;
	ep->kinds[ep->n_kinds++ % EPISODE_KINDS] = key;
	return 1;
}

/* Counts an occurrence of this kind. Returns 1 if its kind is one of the first `kinds` new ones, or its
 * number is a power of ten. */
static int count(struct episode *ep, uint64_t key, uint64_t kinds, int64_t now_ms)
{
	int is_news = is_new(ep, key) && ep->n_kinds <= kinds;
	ep->n++;
	ep->key = key;
	ep->last_ms = now_ms;
	return is_news || is_power_of_ten(ep->n);
}

int episode_failed(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms)
{
	if (ep->n && now_ms - ep->last_ms >= calm_ms(ep))
		end(ep);
	if (!ep->n)
		begin(ep, now_ms);
	if (ep->is_well)
		ep->changed_ms = now_ms;
	ep->is_well = 0;
	int is_first_again = ep->success_logged && !ep->failure_logged;
	int is_logged =
		count(ep, key, FAILED_KINDS, now_ms) || is_first_again || (ep->n <= always && !ep->repeats);
	ep->failure_logged |= ep->success_logged && is_logged;
	return is_logged;
}

/* Called at the first success after failures. */
static uint64_t works_again(struct episode *ep, int64_t now_ms)
{
	int has_failed_long = now_ms - ep->changed_ms >= calm_ms(ep), is_first = !ep->success_logged;
	ep->is_well = 1;
	ep->changed_ms = now_ms;
	if (!is_first && !has_failed_long)
		return 0;
	if (!is_first)
		ep->repeats = one_more(ep->repeats);
	ep->success_logged = 1;
	ep->failure_logged = 0;
	return ep->n;
}

uint64_t episode_ended(struct episode *ep, int64_t now_ms)
{
	uint64_t n = ep->n;
	int failure_logged = ep->failure_logged;
	if (!n)
		return 0;
	if (!ep->is_well)
		return works_again(ep, now_ms);
	if (now_ms - ep->changed_ms < calm_ms(ep))
		return 0;
	end(ep);
	return failure_logged ? n : 0;
}

int episode_seen(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms)
{
	int has_changed = ep->n && key != ep->key;
	if (ep->n && (has_changed || ep->alternates) && now_ms - ep->changed_ms >= calm_ms(ep))
		end(ep);
	if (!ep->n) {
		begin(ep, now_ms);
	} else if (has_changed) {
		ep->alternates = 1;
		ep->changed_ms = now_ms;
	}
	int is_logged = count(ep, key, SEEN_KINDS, now_ms);
	return is_logged || (ep->n <= always && !ep->repeats && !ep->alternates);
}

uint64_t episode_happened(struct episode *ep, uint64_t key, unsigned always, int64_t now_ms)
{
	int64_t logged_ms = ep->logged_ms;
	uint64_t left_out = ep->left_out;
	int is_logged = episode_failed(ep, key, always, now_ms) || now_ms - logged_ms >= HAPPENED_MS;
	/* episode_failed has set them to zero if it began another episode */
	ep->logged_ms = is_logged ? now_ms : logged_ms;
	ep->left_out = is_logged ? 0 : left_out + 1;
	return is_logged ? left_out + 1 : 0;
}

const char *episode_text(uint64_t happened, char ret[EPISODE_TEXT])
{
	*ret = '\0';
	if (happened > 1)
		snprintf(ret, EPISODE_TEXT, " (%" PRIu64 " more since the last line of this kind)",
			 happened - 1);
	return ret;
}

void episode_renew(struct episode *ep)
{
	ep->n_kinds = 0;
	ep->success_logged = 0;
	ep->failure_logged = 0;
	ep->alternates = 0;
	ep->repeats = 0;
}

void episode_forget(struct episode *ep)
{
	*ep = (struct episode){ .n = 0 };
}

uint64_t episode_key(const char *text)
{
	return num_hash(NUM_HASH, text, strlen(text));
}
