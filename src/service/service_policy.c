/* SPDX-License-Identifier: MIT */
#include "service/service.h"

struct verify_policy service_policy(const struct settings *s)
{
	return (struct verify_policy){
		.profile = (enum verify_profile)s->verification.profile,
		.revocation = (enum verify_revocation)s->verification.revocation,
		.no_common_name = !s->verification.common_name,
	};
}
