/* SPDX-License-Identifier: MIT */
#include "heartbeat_state.h"

const char *heartbeat_state_name(enum heartbeat_state s)
{
	static const char *const names[] = {
		[HEARTBEAT_IDLE] = "Idle",
		[HEARTBEAT_NEED_CONFIG] = "NeedConfig",
		[HEARTBEAT_CONFIG_ERROR] = "ConfigError",
		[HEARTBEAT_PROVISIONING] = "Provisioning",
		[HEARTBEAT_PROVISIONED] = "Provisioned",
		[HEARTBEAT_FAILED] = "Failed",
		[HEARTBEAT_AUTHENTICATION_FAILED] = "AuthenticationFailed",
	};
	return names[s];
}
