/* SPDX-License-Identifier: MIT */
/* An expression or typed path, tried on a small document in every way there is. */
#include "doc/doc_path.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct doc *sample(void)
{
	struct doc *d = doc_new("Status");
	static const char *const leaves[] = {
		"Audio/Volume",
		"Audio/Microphones/Mute",
		"Call[1]/Status",
		"Call[24]/Status",
		"Call[24]/Duration",
		"Network[1]/DNS/Server[1]/Address",
		"Network[1]/DNS/Server[2]/Address",
		"NetworkServices/NTP/Status",
	};
	for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
		doc_set_value(doc_make(d, leaves[i]), DOC_STRING, "x");
	doc_make(d, "Call[3]")->ghost = 1;
	return d;
}

static void see(void *arg, const struct doc *d)
{
	*(size_t *)arg += doc_count(d);
}

static void require(int truth)
{
	if (!truth)
		abort();
}

/* What is printed means the same when it is read again. */
static void print_and_read(const struct doc_path *p, const struct doc *d)
{
	struct buf b;
	buf_init(&b, DOC_STEPS_MAX * (DOC_NAME_MAX + 16));
	doc_path_print(p, &b);
	require(!b.full);
	struct doc_path again;
	if (b.len <= DOC_EXPRESSION_MAX) {
		require(!doc_path_parse(buf_str(&b), &again, NULL) && again.n == p->n);
		require(doc_path_matches(p, d) == doc_path_matches(&again, d));
	}
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_dup_n(data, size);
	struct doc_path p;
	struct err e = { .text = "" };
	struct doc *d = sample();
	if (doc_path_parse(text, &p, &e)) {
		require(e.kind == ERR_INPUT && e.text[0]);
		goto out;
	}
	size_t seen = 0;
	for (enum doc_words how = DOC_EXACT; how <= DOC_ABBREVIATED; how++) {
		int n = doc_find(d, &p, how, see, &seen, &e);
		struct doc *part = doc_path_subset(d, &p, how, NULL);
		require((n > 0) == (part != NULL) && (n > 0 || e.text[0]));
		/* A copy without what the path cannot lead to has the same. */
		struct doc *sparse = doc_path_sparse(d, &p), *same = doc_path_subset(sparse, &p, how, NULL);
		require((part != NULL) == (same != NULL) && (!part || doc_equal(part, same)));
		doc_free(sparse);
		doc_free(same);
		doc_free(part);
	}
	print_and_read(&p, d);
	if (!doc_path_under(&p, "Status")) {
		const struct doc_path *paths[] = { &p };
		struct doc *part = doc_select(d, paths, 1);
		require(doc_path_matches(&p, d) == (part != NULL));
		require(!part || doc_count(part) <= doc_count(d));
		doc_free(part);
	}
out:
	doc_free(d);
	free(text);
	return 0;
}
