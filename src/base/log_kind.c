/* SPDX-License-Identifier: MIT */
#include "base/log_kind.h"

#include <stddef.h>

/* A released number must never be changed, and never be used for another kind. */
static const char *const ids[LOG_KINDS] = {
	[LOG_KIND_AGENT_STARTED] = "b5274aa5986b46148e4b34bc4b880b59",
	[LOG_KIND_AGENT_STOPPED] = "f8209a7fb8954183a23c7d33df8ba8f7",
	[LOG_KIND_AGENT_FAILED] = "a789f28c7dde4f2f8feb82b46e077f1c",
	[LOG_KIND_SETTINGS_RELOADED] = "b1c24ae5eda343798ef78a9f4b354034",
	[LOG_KIND_SETTINGS_REFUSED] = "a5a88fbc8457463aa53553a4a5464aee",
	[LOG_KIND_VERDICT_ACCEPTED] = "41fbcfc8d84a4c0dbc456fade345f291",
	[LOG_KIND_VERDICT_REFUSED] = "1b82e681af4444209170996c915de948",
	[LOG_KIND_MANAGER_REGISTERED] = "ed492244e31a4abd993e43a42c37fda5",
	[LOG_KIND_MANAGER_LOST] = "99a66503bfa74cb698f2257d4c6ca298",
	[LOG_KIND_FEEDBACK_DELIVERED] = "8926d80e37b34645bb3acb51506bdb51",
	[LOG_KIND_FEEDBACK_FAILED] = "b118fed0799b4effafeb889389517353",
	[LOG_KIND_FEEDBACK_DROPPED] = "652a24d35c9d4bd882758c3e85041ec9",
	[LOG_KIND_DATE_KNOWN] = "860cc62dfb2b4d0faa193bd68ab2e567",
	[LOG_KIND_DATE_UNKNOWN] = "800004dbb10247c6924112d09185577b",
	[LOG_KIND_AUDIT_CHANGED] = "c3d3cbade4f24fb283290b04c38243dc",
	[LOG_KIND_AUDIT_REFUSED] = "1c16525f819a42eea2b533e0b2ead5e3",
};

const char *log_kind_id(enum log_kind kind)
{
	return ids[kind];
}

int log_kind_is_audit(enum log_kind kind)
{
	return kind == LOG_KIND_AUDIT_CHANGED || kind == LOG_KIND_AUDIT_REFUSED;
}
