/* SPDX-License-Identifier: MIT */
#include "service/servers.h"

size_t servers_list(const struct settings *s, const struct store_registration *const slots[STORE_SLOTS],
		    struct service_endpoint ret[SERVERS_MAX])
{
	const char *const managers[] = { s->provisioning.address, s->provisioning.alternate_address };
	size_t n = 0;
	for (int i = 0; i < STORE_SLOTS; i++)
		if (slots[i])
			service_endpoint(s,
					 &(struct service_request){ .service = SERVICE_FEEDBACK,
								    .number = i + 1,
								    .url = slots[i]->url,
								    .json = slots[i]->json },
					 &ret[n++]);
	for (size_t i = 0; i < 2; i++)
		if (managers[i][0] && s->provisioning.mode != SETTINGS_PROVISIONING_OFF)
			service_endpoint(s,
					 &(struct service_request){ .service = SERVICE_MANAGER,
								    .address = managers[i] },
					 &ret[n++]);
	service_endpoint(s, &(struct service_request){ .service = SERVICE_PHONEBOOK }, &ret[n]);
	n += ret[n].url[0] != '\0';
	service_endpoint(s, &(struct service_request){ .service = SERVICE_LOGGING }, &ret[n]);
	n += ret[n].url[0] != '\0';
	for (int i = 1; i <= SERVERS_TIME; i++) {
		service_endpoint(s, &(struct service_request){ .service = SERVICE_NTS, .number = i },
				 &ret[n]);
		n += ret[n].url[0] != '\0';
	}
	return n;
}
