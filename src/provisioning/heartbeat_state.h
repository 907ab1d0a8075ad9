/* SPDX-License-Identifier: MIT */
/* heartbeat_state: how things stand with the external manager, in the words of the status. */
#ifndef PROVISIONING_HEARTBEAT_STATE_H
#define PROVISIONING_HEARTBEAT_STATE_H

enum heartbeat_state {
	HEARTBEAT_IDLE,
	HEARTBEAT_NEED_CONFIG,
	HEARTBEAT_CONFIG_ERROR,
	HEARTBEAT_PROVISIONING,
	HEARTBEAT_PROVISIONED,
	HEARTBEAT_FAILED,
	HEARTBEAT_AUTHENTICATION_FAILED,
};
/* Their names, as a status row wants them. */
#define HEARTBEAT_STATES "AuthenticationFailed/ConfigError/Failed/Idle/NeedConfig/Provisioning/Provisioned"
const char *heartbeat_state_name(enum heartbeat_state s);

#endif
