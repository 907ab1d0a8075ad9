/* SPDX-License-Identifier: MIT */
/* client_watch: settings that are reported to the program at each new connection, and when they change. They
 * are registered with xFeedback on the connection of the publications; changes and answers are lines such as
 * `*c xConfiguration SystemUnit Name: "Room"`. */
#include "client.h"

#include "ctl/ctl_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PATH_MAX_BYTES = 500 };

int client_watch_is_path(const char *path)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 []_-";
	return path && *path && strspn(path, allowed) == strlen(path) && strlen(path) < PATH_MAX_BYTES;
}

/* Returns 1 if the path consists of words with one blank between them. The agent would also take brackets,
 * further blanks and abbreviations for the same settings, but names the settings without these. */
static int is_written_as_shown(const char *path)
{
	return !strpbrk(path, "[]") && *path != ' ' && path[strlen(path) - 1] != ' ' && !strstr(path, "  ");
}

/* Converts "Network 1 DNS" to an expression of xFeedback: /Configuration/Network[1]/DNS. */
static void put_expression(const char *path, char to[2 * PATH_MAX_BYTES])
{
	size_t at = 0;
	for (size_t n; *(path += strspn(path, " ")); path += n) {
		n = strcspn(path, " ");
		int is_number = strspn(path, "0123456789") == n;
		at += (size_t)snprintf(to + at, 2 * PATH_MAX_BYTES - at, is_number ? "[%.*s]" : "/%.*s",
				       (int)n, path);
	}
	to[at] = '\0';
}

/* Makes the registration, which is sent before the query of the present values, so that no change is missed
 * between the two. */
static struct client_item *registration(const struct client_watch *w)
{
	char expression[2 * PATH_MAX_BYTES], lines[sizeof expression + PATH_MAX_BYTES + 100];
	put_expression(w->path, expression);
	int len = snprintf(lines, sizeof lines, "xFeedback Register /Configuration%s\n", expression);
	return client_item_new(CLIENT_WATCH, lines, (size_t)len, "", 0);
}

static struct client_item *query(struct client_watch *w)
{
	char line[PATH_MAX_BYTES + 20];
	int len = snprintf(line, sizeof line, "xConfiguration%s%s\n", *w->path ? " " : "", w->path);
	struct client_item *i = client_item_new(CLIENT_WATCH, line, (size_t)len, "", 0);
	if (i)
		i->watch = w;
	return i;
}

/* If there is no memory for one of the two items, the settings are reported at the next connection. */
static struct client_item *insert(struct client_link *l, struct client_item *before, struct client_item *i)
{
	if (!i)
		return before;
	client_queue_insert(&l->queue, before, i);
	return i;
}

void client_watch_begin(struct sealpost *s, struct client_link *l)
{
	struct client_item *last = l->queue.first;
	for (struct client_watch *w = s->watches; w; w = w->next)
		last = insert(l, insert(l, last, registration(w)), query(w));
}

int sealpost_watch(struct sealpost *s, const char *path,
		   void (*changed)(void *arg, const char *path, const char *value), void *arg)
{
	if (client_begin(s) < 0)
		return -1;
	if (path && !(client_watch_is_path(path) && is_written_as_shown(path)))
		return client_fail(
			s, EINVAL,
			"expected the first words of settings' names, such as \"Network 1 DNS\", or NULL "
			"for all settings");
	if (s->n_watches == CLIENT_WATCHES_MAX)
		return client_fail(s, EAGAIN, "expected at most %d watched paths", CLIENT_WATCHES_MAX);
	struct client_watch *w = calloc(1, sizeof *w);
	struct client_item *begin = NULL, *ask = NULL;
	if (!w || !(w->path = strdup(path ? path : "")) || !(begin = registration(w)) || !(ask = query(w))) {
		client_item_free(begin);
		free(w ? w->path : NULL);
		free(w);
		return client_fail(s, ENOMEM, "out of memory");
	}
	w->changed = changed;
	w->arg = arg;
	*s->watches_end = w;
	s->watches_end = &w->next;
	s->n_watches++;
	s->is_wanted = 1;
	if (s->main.ctl.fd >= 0) {
		client_queue_add(&s->main.queue, begin);
		client_queue_add(&s->main.queue, ask);
		s->main.unsent = s->main.unsent ? s->main.unsent : begin;
	} else { /* client_watch_begin makes them again */
		client_item_free(begin);
		client_item_free(ask);
	}
	client_rouse(s);
	return 0;
}

void client_watch_free_all(struct sealpost *s)
{
	while (s->watches) {
		struct client_watch *w = s->watches;
		s->watches = w->next;
		free(w->path);
		free(w);
	}
}

/* --- changes --- */

static void deliver_change(struct sealpost *s, struct client_item *i)
{
	void (*changed)(void *arg, const char *path, const char *value) =
		(void (*)(void *, const char *, const char *))i->fn;
	(void)s;
	changed(i->arg, i->text, i->text + strlen(i->text) + 1);
}

static int is_below(const char *path, const char *watched)
{
	size_t len = strlen(watched);
	return !len || (strncasecmp(path, watched, len) == 0 && (!path[len] || path[len] == ' '));
}

static void report(struct sealpost *s, const struct client_watch *w, const struct ctl_text_line *l)
{
	struct client_item *i = client_item_new(CLIENT_NOTICE, "", 0, "", 0);
	if (!i)
		return;
	if (client_item_add_text(i, l->path, strlen(l->path) + 1, SEALPOST_ANSWER_MAX) < 0 ||
	    client_item_add_text(i, l->value, strlen(l->value), SEALPOST_ANSWER_MAX) < 0) {
		client_item_free(i);
		return;
	}
	i->fn = (void (*)(void))w->changed;
	i->arg = w->arg;
	i->deliver = deliver_change;
	client_item_done(s, i, 0, "");
}

void client_watch_take(struct sealpost *s, struct client_watch *only, char *text)
{
	struct ctl_text_line l;
	while (ctl_text_next_line(&text, "*c xConfiguration ", &l))
		for (struct client_watch *w = s->watches; w; w = w->next)
			if ((!only || w == only) && is_below(l.path, w->path)) {
				w->is_known = 1;
				report(s, w, &l);
			}
}

void client_watch_answered(struct sealpost *s, const struct client_item *i, const struct ctl_block *answer)
{
	char reason[CLIENT_REASON_MAX];
	if (!i->watch || (!answer->status && i->watch->is_known))
		return;
	ctl_text_reason(answer->text, reason, sizeof reason);
	client_link_log(s, CLIENT_LOG_WARNING, "\"%s\" is not watched: %s", i->watch->path,
			*reason ? reason
				: "no setting's name begins with these words, which may not be abbreviated");
}
