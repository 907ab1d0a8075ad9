/* SPDX-License-Identifier: MIT */
/* websocket: a WebSocket client: its handshake, and JSON-RPC between its frames and the agent. */
#ifndef WEB_WEBSOCKET_H
#define WEB_WEBSOCKET_H

#include "agent_link.h"
#include "web_connection.h"

/* Returns 0 if the request is a good handshake of version 13; otherwise the status to refuse it with. */
int websocket_refusal(const struct http_request *r);
/* Takes the connection and the link, a session in output mode "typed". item: the subprotocol to repeat; at
 * NULL: the client has asked for none. */
void websocket_begin(struct web_connection *c, struct agent_link *link, struct http_text item);

#endif
