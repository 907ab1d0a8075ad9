/* SPDX-License-Identifier: MIT */
#include "dns_channel.h"

#include <string.h>

size_t dns_channel_n_names(const struct dns_channel *c, const char *name)
{
	return strchr(name, '.') ? 1 : dns_channel_n_domains(c) + 1;
}

void dns_channel_name(const struct dns_channel *c, const char *name, size_t i, char ret[DNS_NAME_MAX])
{
	size_t len = strlen(name);
	memcpy(ret, name, len + 1);
	if (i + 1 >= dns_channel_n_names(c, name))
		return;
	const char *domain = dns_channel_domain(c, i);
	size_t domain_len = strlen(domain);
	if (len + 1 + domain_len < DNS_NAME_MAX) { /* otherwise the name is asked for without the domain */
		ret[len] = '.';
		memcpy(ret + len + 1, domain, domain_len + 1);
	}
}
