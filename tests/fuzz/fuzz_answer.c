/* SPDX-License-Identifier: MIT */
/* Answers of the manager and of the phone book, with and without a fault, one after the other from the same
 * bytes. */
#include "../../src/provisioning/provisioning_answer.h"
#include "../../src/phonebook/outcome.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge_manager(const struct https_reply *r)
{
	static struct manager_answer answer;
	struct answer_failure v = { .reason = "" };
	if (answer_classify(r, &answer, &v) < 0) {
		if (!v.reason[0] ||
		    (v.state != HEARTBEAT_FAILED && v.state != HEARTBEAT_AUTHENTICATION_FAILED))
			abort();
		return;
	}
	if (r->status != 200 || answer.n_documents > MANAGER_DOCUMENTS_MAX ||
	    (answer.results_to_unread && answer.results_to.url[0]))
		abort();
	manager_answer_done(&answer);
}

static void judge_phonebook(const struct https_reply *r)
{
	struct phonebook_page page;
	struct err e = { 0 };
	enum phonebook_outcome o = outcome_classify(r, &page, &e);
	if (o != PHONEBOOK_FOUND) {
		if (!e.text[0])
			abort();
		return;
	}
	for (size_t i = 0; i < page.n; i++)
		if (!page.entries[i].id || !page.entries[i].name ||
		    page.entries[i].n_routes > PHONEBOOK_ROUTES_MAX)
			abort();
	if (r->status != 200)
		abort();
	phonebook_page_done(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 401, 500 };
	char *body = malloc(size + 1);
	if (!body)
		return 0;
	if (size)
		memcpy(body, data, size);
	body[size] = '\0';
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		struct https_reply r = { .status = statuses[i],
					 .content_type = "text/xml",
					 .body = body,
					 .len = size,
					 .retry_after_s = -1,
					 .verify_code = -1 };
		judge_manager(&r);
		judge_phonebook(&r);
	}
	free(body);
	return 0;
}
