/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

struct frames {
	wslay_event_context_ptr wslay;
	struct frames_handlers handlers;
	const unsigned char *data; /* received bytes that were not passed to wslay yet */
	size_t len;
	unsigned in_message; /* number of frames of the incomplete message */
	size_t message_len;  /* its bytes, up to the end of the last frame that has begun */
};

const char *frames_library(void)
{
	return WSLAY_VERSION;
}

static ssize_t on_recv(wslay_event_context_ptr w, uint8_t *to, size_t size, int flags, void *arg)
{
	struct frames *f = arg;
	size_t n = size < f->len ? size : f->len;
	(void)flags;
	if (!n) {
		wslay_event_set_error(w, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(to, f->data, n);
	f->data += n;
	f->len -= n;
	return (ssize_t)n;
}

static ssize_t on_send(wslay_event_context_ptr w, const uint8_t *data, size_t len, int flags, void *arg)
{
	/* After some faults, for example in a frame's head, wslay sends a close frame without a code, which a
	 * browser treats like a broken connection. So it gets a code here. In no other case does wslay send
	 * one without a code (see on_frame). */
	static const uint8_t no_code[] = { 0x88, 0 },
			     protocol_error[] = { 0x88, 2, FRAMES_PROTOCOL_ERROR >> 8,
						  FRAMES_PROTOCOL_ERROR & 0xff };
	struct frames *f = arg;
	(void)flags;
	if (len == sizeof no_code && memcmp(data, no_code, len) == 0 && !wslay_event_want_read(w))
		f->handlers.send(f->handlers.arg, protocol_error, sizeof protocol_error);
	else
		f->handlers.send(f->handlers.arg, data, len);
	return (ssize_t)len;
}

static void on_frame(wslay_event_context_ptr w, const struct wslay_event_on_frame_recv_start_arg *frame,
		     void *arg)
{
	struct frames *f = arg;
	(void)w;
	/* A close frame without a code would be answered with one without a code, which browsers and the
	 * vendor's client treat as a failure (1005). */
	if (frame->opcode == WSLAY_CONNECTION_CLOSE && frame->payload_length == 0)
		frames_close(f, FRAMES_NORMAL, "");
	if (wslay_is_ctrl_frame(frame->opcode))
		return;
	if (frame->opcode == WSLAY_BINARY_FRAME)
		frames_close(f, FRAMES_UNSUPPORTED, "only text is understood here");
	else if (++f->in_message > FRAMES_PER_MESSAGE_MAX)
		frames_close(f, FRAMES_POLICY, "a message has too many frames");
	else if (f->handlers.on_begun(f->handlers.arg, f->message_len += (size_t)frame->payload_length) < 0)
		frames_close(f, FRAMES_TRY_AGAIN, "too many long messages are received at the same time");
	if (frame->fin)
		f->in_message = 0;
}

static void on_message(wslay_event_context_ptr w, const struct wslay_event_on_msg_recv_arg *message,
		       void *arg)
{
	struct frames *f = arg;
	if (!wslay_is_ctrl_frame(message->opcode))
		f->message_len = 0;
	if (message->opcode == WSLAY_TEXT_FRAME && !wslay_event_get_close_sent(w))
		/* msg is NULL for an empty message */
		f->handlers.on_text(f->handlers.arg, message->msg_length ? (const char *)message->msg : "",
				    message->msg_length);
}

struct frames *frames_new(const struct frames_handlers *h)
{
	static const struct wslay_event_callbacks callbacks = { .recv_callback = on_recv,
								.send_callback = on_send,
								.on_frame_recv_start_callback = on_frame,
								.on_msg_recv_callback = on_message };
	struct frames *f = mem_new(sizeof *f);
	f->handlers = *h;
	if (wslay_event_context_server_init(&f->wslay, &callbacks, f) != 0)
		abort();
	wslay_event_config_set_max_recv_msg_length(f->wslay, FRAMES_MESSAGE_MAX);
	return f;
}

void frames_free(struct frames *f)
{
	if (!f)
		return;
	wslay_event_context_free(f->wslay);
	free(f);
}

/* Passes all queued bytes to the handler send, which accepts all of them. */
static void flush(struct frames *f)
{
	if (wslay_event_send(f->wslay) != 0)
		wslay_event_shutdown_write(f->wslay);
}

int frames_receive(struct frames *f, const void *data, size_t len)
{
	f->data = data;
	f->len = len;
	int status = wslay_event_recv(f->wslay);
	f->data = NULL;
	f->len = 0;
	flush(f);
	return status == 0 && wslay_event_want_read(f->wslay) && !wslay_event_get_close_sent(f->wslay) ? 0
												       : -1;
}

static void queue(struct frames *f, uint8_t opcode, const char *text, size_t len)
{
	const struct wslay_event_msg m = { opcode, (const uint8_t *)text, len };
	if (wslay_event_queue_msg(f->wslay, &m) == 0)
		flush(f);
}

void frames_send_text(struct frames *f, const char *text, size_t len)
{
	queue(f, WSLAY_TEXT_FRAME, text, len);
}

void frames_ping(struct frames *f)
{
	queue(f, WSLAY_PING, "", 0);
}

void frames_close(struct frames *f, enum frames_code code, const char *why)
{
	if (wslay_event_queue_close(f->wslay, (uint16_t)code, (const uint8_t *)why, strlen(why)) == 0)
		flush(f);
}
