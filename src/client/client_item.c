/* SPDX-License-Identifier: MIT */
/* client_item: items that are sent to the agent, with their answers, and the queues of items. */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct client_item *client_item_new(enum client_kind kind, const char *head, size_t head_len,
				    const char *body, size_t body_len)
{
	struct client_item *i = calloc(1, sizeof *i);
	if (!i)
		return NULL;
	i->kind = kind;
	i->deadline_ms = -1;
	i->len = head_len + body_len;
	i->data = malloc(i->len + 1);
	if (!i->data) {
		free(i);
		return NULL;
	}
	memcpy(i->data, head, head_len);
	memcpy(i->data + head_len, body, body_len);
	i->data[i->len] = '\0';
	return i;
}

void client_item_free(struct client_item *i)
{
	if (!i)
		return;
	free(i->data);
	free(i->text);
	free(i->reason);
	free(i);
}

/* --- queues --- */

void client_queue_init(struct client_queue *q)
{
	*q = (struct client_queue){ .end = &q->first };
}

void client_queue_insert(struct client_queue *q, struct client_item *before, struct client_item *i)
{
	struct client_item **at = before ? &before->next : &q->first;
	i->next = *at;
	*at = i;
	if (!i->next)
		q->end = &i->next;
	q->n++;
	q->bytes += i->len;
}

void client_queue_add(struct client_queue *q, struct client_item *i)
{
	i->next = NULL;
	*q->end = i;
	q->end = &i->next;
	q->n++;
	q->bytes += i->len;
}

void client_queue_remove(struct client_queue *q, struct client_item *i)
{
	struct client_item **at = &q->first;
	while (*at && *at != i)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = i->next;
	if (!*at)
		q->end = at;
	i->next = NULL;
	q->n--;
	q->bytes -= i->len;
}

struct client_item *client_queue_take(struct client_queue *q)
{
	struct client_item *i = q->first;
	if (i)
		client_queue_remove(q, i);
	return i;
}

/* --- answers --- */

int client_item_add_text(struct client_item *i, const char *text, size_t len, size_t max)
{
	if (len > max || i->text_len > max - len) {
		errno = EMSGSIZE;
		return -1;
	}
	if (i->text_size <= i->text_len + len) {
		size_t size = 2 * (i->text_len + len) + 1;
		char *more = realloc(i->text, size);
		if (!more)
			return -1;
		i->text = more;
		i->text_size = size;
	}
	memcpy(i->text + i->text_len, text, len);
	i->text_len += len;
	i->text[i->text_len] = '\0';
	return 0;
}

void client_item_forget_text(struct client_item *i)
{
	free(i->text);
	i->text = NULL;
	i->text_len = i->text_size = 0;
}

const char *client_item_reason(const struct client_item *i)
{
	return i->reason ? i->reason : "";
}

void client_item_done(struct sealpost *s, struct client_item *i, int error, const char *reason)
{
	i->error = error;
	i->reason = *reason ? strdup(reason) : NULL;
	/* the data is no longer needed */
	free(i->data);
	i->data = NULL;
	i->len = 0;
	if (i->deliver)
		client_queue_add(&s->done, i);
	else
		client_item_free(i);
}
