/* SPDX-License-Identifier: MIT */
/* heartbeat_state: the values of xStatus Provisioning Status: whether the device is registered with the
 * external manager, and if not, the kind of reason. */
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
/* The names of the states, in the form in which a status row lists values. */
#define HEARTBEAT_STATES "AuthenticationFailed/ConfigError/Failed/Idle/NeedConfig/Provisioning/Provisioned"
const char *heartbeat_state_name(enum heartbeat_state s);

#endif
