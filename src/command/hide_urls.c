/* SPDX-License-Identifier: MIT */
#include "command/hide_urls.h"

#include "base/redact.h"

#include <string.h>

enum { VALUE = 32 << 10 };

static void hide_below(struct doc *d)
{
	struct buf shown;
	for (struct doc *k = d->first; k; k = k->next)
		hide_below(k);
	if (d->first || !d->value || !strstr(d->value, "://"))
		return;
	buf_init(&shown, VALUE);
	redact_text(d->value, &shown);
	doc_set_value(d, d->type, buf_str(&shown));
	buf_done(&shown);
}

void hide_urls(struct doc *d)
{
	int is_status = strcmp(d->name, "Status") == 0;
	if (!is_status && strcmp(d->name, "Configuration") != 0)
		return;
	for (struct doc *k = d->first; k; k = k->next)
		if (!is_status || strcmp(k->name, "HttpFeedback") == 0 ||
		    strcmp(k->name, "Provisioning") == 0)
			hide_below(k);
}
