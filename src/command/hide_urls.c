/* SPDX-License-Identifier: MIT */
#include "command/hide_urls.h"

#include "base/redact.h"
#include "settings/settings.h"

#include <string.h>

enum { VALUE = 32 << 10 };

/* Hides the text of a leaf of the Configuration document that is a setting, the path of a URL. */
static void hide_path(struct doc *leaf)
{
	struct settings_found found[SETTINGS_FOUND_MAX];
	char shown[VALUE];
	if (strchr(leaf->value, '/') && settings_find_leaf(leaf, found, NULL) &&
	    settings_show(found[0].row, leaf->value, shown, sizeof shown))
		doc_set_value(leaf, leaf->type, shown);
}

static void hide_below(struct doc *d, int is_status)
{
	struct buf shown;
	for (struct doc *k = d->first; k; k = k->next)
		hide_below(k, is_status);
	if (d->first || !d->value)
		return;
	if (!strstr(d->value, "://")) {
		if (!is_status)
			hide_path(d);
		return;
	}
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
			hide_below(k, is_status);
}
