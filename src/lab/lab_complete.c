/* SPDX-License-Identifier: MIT */
#include "lab_complete.h"

#include "orders.h"
#include "set_part.h"

#include <string.h>

static void offer(const char *word, const char *begun, struct buf *out)
{
	if (strncmp(word, begun, strlen(begun)) == 0)
		buf_addf(out, "%s\n", word);
}

/* Offers each of the words, which are separated by blanks or bars. */
static void offer_all(const char *words, const char *begun, struct buf *out)
{
	char word[64];
	for (size_t len; *words; words += len) {
		words += strspn(words, " |");
		len = strcspn(words, " |");
		if (len && len < sizeof word) {
			memcpy(word, words, len);
			word[len] = '\0';
			offer(word, begun, out);
		}
	}
}

static void offer_orders(const char *begun, struct buf *out)
{
	offer_all("start fleet --help --version --dir", begun, out);
	for (const struct orders_row *r = orders_rows(); r->name; r++)
		offer(r->name, begun, out);
}

static void offer_of_set(size_t n, char **words, struct buf *out)
{
	for (const struct set_part_row *r = set_part_rows(); r->name; r++) {
		if (n == 2)
			offer(r->name, words[1], out);
		if (n != 3 || strcmp(r->name, words[1]) != 0)
			continue;
		offer_all(r->words ? r->words : "", words[2], out);
		const struct fault_table *faults = r->faults ? r->faults() : NULL;
		for (size_t i = 0; faults && i < faults->n; i++)
			offer(fault_at(faults, i)->name, words[2], out);
	}
	if (n > 3 && strcmp(words[1], "http") == 0)
		offer_all("retry-after for path", words[n - 1], out);
}

/* Offers the options in the order's usage, "[--json]" or "[--since N]". */
static void offer_options(const char *usage, const char *begun, struct buf *out)
{
	char option[64];
	for (const char *at = usage; (at = strstr(at, "--")); at++) {
		size_t len = strcspn(at, " ]");
		if (len >= sizeof option)
			continue;
		memcpy(option, at, len);
		option[len] = '\0';
		offer(option, begun, out);
		at += len - 1;
	}
}

void complete_words(size_t n, char **words, struct buf *out)
{
	static const struct {
		const char *order, *words;
	} values[] = {
		{ "start",
		  "--date --show --https-port --http-port --dns-port --ntp-port --ntp2-port --ntp3-port" },
		{ "fleet", "--manager --feedback --roots --connect --seconds --ramp --beat --every --faults "
			   "--secret-file --json --help" },
		{ "rotate", "begin switch end" },
		{ "offer", "configuration command directory calendar filestodownload software documents" },
	};
	const char *begun = n ? words[n - 1] : "";
	if (n < 2) {
		offer_orders(begun, out);
		return;
	}
	if (strcmp(words[0], "set") == 0)
		offer_of_set(n, words, out);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (strcmp(values[i].order, words[0]) == 0 && (n == 2 || *values[i].words == '-'))
			offer_all(values[i].words, begun, out);
	for (const struct orders_row *r = orders_rows(); r->name; r++)
		if (strcmp(r->name, words[0]) == 0)
			offer_options(r->usage, begun, out);
}
