/* SPDX-License-Identifier: MIT */
/* servers: the list of all servers that the device is configured to connect to. */
#ifndef SERVICE_SERVERS_H
#define SERVICE_SERVERS_H

#include "service/service.h"
#include "store/store.h"

#include <stddef.h>

enum { SERVERS_TIME = 3, SERVERS_MAX = STORE_SLOTS + 4 + SERVERS_TIME };

struct servers {
	size_t n;
	struct service_endpoint at[SERVERS_MAX];
};
/* Lists the configured servers that are switched on: those of the registered feedback slots (slots[0] is slot
 * 1; NULL: the slot is vacant), then the manager, its alternate address, the phone book, the log server and
 * the NTS-KE servers. To be freed with servers_free. */
struct servers *servers_list(const struct settings *s,
			     const struct store_registration *const slots[STORE_SLOTS]);
/* Wipes the list, which has passwords, and frees it. NULL is allowed. */
void servers_free(struct servers *l);

#endif
