/* Answers of the manager and of the phone book, one after the other from the same bytes. */
#include "wire/manager.h"
#include "wire/phonebook.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct manager_answer answer;
	struct phonebook_page page;
	struct err e;
	if (manager_read_answer((const char *)data, size, &answer, &e) == 0 && answer.n_documents > MANAGER_DOCUMENTS_MAX)
		abort();
	manager_answer_done(&answer);
	if (phonebook_read_page((const char *)data, size, &page, &e) == 0)
		for (size_t i = 0; i < page.n; i++)
			if (!page.entries[i].id || !page.entries[i].name || page.entries[i].n_routes > PHONEBOOK_ROUTES_MAX)
				abort();
	phonebook_page_done(&page);
	return 0;
}
