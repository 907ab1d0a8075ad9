/* SPDX-License-Identifier: MIT */
/* rpc_answer: makes JSON-RPC messages for a WebSocket client from what the agent answers in its output mode
 * "typed". */
#ifndef WEB_RPC_ANSWER_H
#define WEB_RPC_ANSWER_H

#include "base/buf.h"
#include "ctl/ctl_reader.h"
#include "rpc_request.h"

/* Each writes one message to out, and nothing if it does not fit or the request had no id. */

/* The answer to a request; answer NULL: the agent's session has ended before it came. subscription: the
 * number that a good RPC_SUBSCRIBE gets. */
void rpc_answer_write(const struct rpc_request *r, const struct ctl_block *answer, int64_t subscription,
		      struct buf *out);
/* An error. id may be NULL: it is null in the message, as JSON-RPC wants it. */
void rpc_answer_fault(const json_t *id, const struct rpc_fault *f, struct buf *out);
/* An event: what the agent pushed for the subscription whose number it names in ResultId. Returns that
 * number; 0, without writing anything, if it is no such block. */
int64_t rpc_answer_event(const char *pushed, size_t len, struct buf *out);
/* The event that tells a new subscription the value of now: what the agent answered to a question for it. */
void rpc_answer_current(const struct ctl_block *answer, int64_t subscription, struct buf *out);

#endif
