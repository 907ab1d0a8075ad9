/* SPDX-License-Identifier: MIT */
/* rpc_answer: makes JSON-RPC messages for a WebSocket client from the agent's answers in output mode
 * "typed". */
#ifndef WEB_RPC_ANSWER_H
#define WEB_RPC_ANSWER_H

#include "base/buf.h"
#include "ctl/ctl_reader.h"
#include "rpc_request.h"

/* Each of the functions writes one message to out, or nothing if it does not fit or the request was a
 * notification. */

/* Writes the answer to a request; answer NULL: the agent's session ended before its answer. subscription: the
 * number for the answer to a successful RPC_SUBSCRIBE. */
void rpc_answer_write(const struct rpc_request *r, const struct ctl_block *answer, int64_t subscription,
		      struct buf *out);
/* Writes an error. If the request's id could not be read, the message has null, as JSON-RPC requires. */
void rpc_answer_fault(const struct rpc_request *r, const struct rpc_fault *f, struct buf *out);
/* Writes an event, from a block that the agent pushed for a subscription; its ResultId is the subscription's
 * number. Returns that number; 0, without writing anything, if it is no such block. */
int64_t rpc_answer_event(const char *pushed, size_t len, struct buf *out);
/* Writes the first event of a new subscription: the current value, from the agent's answer to a query. */
void rpc_answer_current(const struct ctl_block *answer, int64_t subscription, struct buf *out);

#endif
