/* SPDX-License-Identifier: MIT */
#include "service/service.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[SERVICE_ANY] = "",
	[SERVICE_MANAGER] = "ExternalManager",
	[SERVICE_DOCUMENTS] = "PostedDocument",
	[SERVICE_PHONEBOOK] = "Phonebook",
	[SERVICE_FEEDBACK] = "HttpFeedback",
	[SERVICE_LOGGING] = "Logging",
	[SERVICE_NTS] = "NTS",
};
enum { SERVICES = sizeof names / sizeof *names };

enum service service_named(const char *name)
{
	size_t len = strcspn(name, " ");
	for (int which = SERVICE_MANAGER; which < SERVICES; which++)
		if (strlen(names[which]) == len && strncmp(name, names[which], len) == 0)
			return (enum service)which;
	return SERVICE_ANY;
}

void service_write_name(enum service which, int number, char ret[SERVICE_NAME])
{
	if (number)
		snprintf(ret, SERVICE_NAME, "%s %d", names[which], number);
	else
		snprintf(ret, SERVICE_NAME, "%s", names[which]);
}
