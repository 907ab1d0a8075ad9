/* SPDX-License-Identifier: MIT */
/* rpc_request: reads one JSON-RPC 2.0 message of a WebSocket client, and makes the line for the agent from
 * it. Only names (letters, digits, _), numbers, and values between quotes are copied from the message to that
 * line. */
#ifndef WEB_RPC_REQUEST_H
#define WEB_RPC_REQUEST_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { RPC_PATH_MAX = 24, RPC_NAME_MAX = 64, RPC_LINE_MAX = 60000 };

enum rpc_method { RPC_GET, RPC_QUERY, RPC_SET, RPC_COMMAND, RPC_DOC, RPC_SUBSCRIBE, RPC_UNSUBSCRIBE };

struct rpc_step {
	char name[RPC_NAME_MAX + 1]; /* "*" or "**" for wildcards; "" if the step is the number `item` */
	int64_t item;
};

struct rpc_request { /* all zero at first */
	enum rpc_method method;
	json_t *id;          /* as the client sent it; NULL: it sent none */
	int is_notification; /* 1: a request without id, which is never answered, not even with an error */
	/* The path of xGet, xSet and xDoc, and the query of xQuery and xFeedback. */
	struct rpc_step path[RPC_PATH_MAX];
	size_t n_path;
	char *line;           /* for the agent, without line feed; NULL for RPC_UNSUBSCRIBE. Secret. */
	char *body;           /* of a command; NULL: none. Secret. */
	char *expression;     /* of RPC_SUBSCRIBE: /Status/Audio */
	int64_t subscription; /* of RPC_UNSUBSCRIBE */
	int notifies_current; /* of RPC_SUBSCRIBE: 1: the current value is wanted, too */
};

/* The codes of JSON-RPC, further ones of video codecs, and 1 for a command that has failed. */
enum rpc_code {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_INTERNAL_ERROR = -32603,
	RPC_PERMISSION_DENIED = -31999,
	RPC_TOO_MANY_SUBSCRIPTIONS = -31998,
	RPC_NOT_READY = -31997,
	RPC_COMMAND_FAILED = 1,
};

struct rpc_fault {
	enum rpc_code code;
	char message[200];
};

/* Returns 0, or -1 with the fault; also then id and is_notification are filled if they could be read. The
 * caller calls rpc_request_done in any case. */
int rpc_request_read(const char *text, size_t len, struct rpc_request *ret, struct rpc_fault *f);
/* Wipes and frees line and body, which are needed no more once the agent has been asked. */
void rpc_request_sent(struct rpc_request *r);
/* Wipes and frees the contents. */
void rpc_request_done(struct rpc_request *r);

#endif
