/* SPDX-License-Identifier: MIT */
/* websocket: a WebSocket client: its handshake, and the translation between JSON-RPC in its frames and the
 * agent's lines. */
#ifndef WEB_WEBSOCKET_H
#define WEB_WEBSOCKET_H

#include "agent_link.h"
#include "web_connection.h"

/* Returns 0 if the request is a valid handshake of version 13; otherwise the HTTP status with which to refuse
 * it. */
int websocket_refusal(const struct http_request *r);
/* Takes over the connection and the link, a session in output mode "typed". item: the subprotocol to repeat;
 * its at is NULL if the client has not asked for one. */
void websocket_begin(struct web_connection *c, struct agent_link *link, struct http_text item);

#endif
