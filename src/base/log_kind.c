/* SPDX-License-Identifier: MIT */
#include "base/log_kind.h"

int log_kind_is_audit(enum log_kind kind)
{
	return kind == LOG_KIND_AUDIT_CHANGED || kind == LOG_KIND_AUDIT_REFUSED;
}
