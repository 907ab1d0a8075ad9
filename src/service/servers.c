/* SPDX-License-Identifier: MIT */
#include "service/servers.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Adds the server if it is configured. */
static void add(struct servers *l, const struct settings *s, const struct service_request *r)
{
	service_endpoint(s, r, &l->at[l->n]);
	l->n += l->at[l->n].url[0] != '\0';
}

struct servers *servers_list(const struct settings *s,
			     const struct store_registration *const slots[STORE_SLOTS])
{
	const char *const managers[] = { s->provisioning.address, s->provisioning.alternate_address };
	struct servers *l = mem_new(sizeof *l);
	for (int i = 0; i < STORE_SLOTS; i++)
		if (slots[i])
			service_endpoint(s,
					 &(struct service_request){ .service = SERVICE_FEEDBACK,
								    .number = i + 1,
								    .url = slots[i]->url,
								    .json = slots[i]->json },
					 &l->at[l->n++]);
	for (size_t i = 0; i < 2; i++)
		if (managers[i][0] && s->provisioning.mode != SETTINGS_PROVISIONING_OFF)
			service_endpoint(s,
					 &(struct service_request){ .service = SERVICE_MANAGER,
								    .address = managers[i] },
					 &l->at[l->n++]);
	add(l, s, &(struct service_request){ .service = SERVICE_PHONEBOOK });
	add(l, s, &(struct service_request){ .service = SERVICE_LOGGING });
	for (int i = 1; i <= SERVERS_TIME; i++)
		add(l, s, &(struct service_request){ .service = SERVICE_NTS, .number = i });
	return l;
}

void servers_free(struct servers *l)
{
	if (l)
		explicit_bzero(l, sizeof *l);
	free(l);
}
