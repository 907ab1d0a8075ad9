/* SPDX-License-Identifier: MIT */
/* value_spaces: makes the document that describes the permitted values of settings (docs/wire-formats.md
 * 6.3). */
#include "settings/settings.h"

#include <stdio.h>

void settings_describe_space(const struct schema_value *v, struct doc *space)
{
	static const char *const types[] = {
		[SCHEMA_STRING] = "String",
		[SCHEMA_INTEGER] = "Integer",
		[SCHEMA_LITERAL] = "Literal",
	};
	char literal[SCHEMA_NAME];
	doc_set_attr(space, "type", types[v->kind]);
	if (v->kind == SCHEMA_STRING) {
		doc_add_int(space, "MaxLength", v->max);
		doc_add_int(space, "MinLength", v->min);
	} else if (v->kind == SCHEMA_INTEGER) {
		doc_add_int(space, "Max", v->max);
		doc_add_int(space, "Min", v->min);
		doc_add_int(space, "Step", 1);
	}
	for (uint32_t i = 0;
	     v->kind == SCHEMA_LITERAL && schema_value_literal_at(v, i, literal, sizeof literal) == 0; i++)
		doc_set_value(doc_add(space, "Value", i + 1), DOC_LITERAL, literal);
}

void settings_add_space(struct doc *valuespace, const struct schema_value *v)
{
	char name[SCHEMA_NAME];
	schema_value_name(v, name);
	if (!doc_child(valuespace, name, 0))
		settings_describe_space(v, doc_add(valuespace, name, 0));
}

struct doc *settings_valuespace(void)
{
	size_t n;
	const struct settings_row *rows = settings_rows(&n);
	struct doc *all = doc_new("Valuespace");
	for (size_t i = 0; i < n; i++)
		settings_add_space(all, &rows[i].value);
	return all;
}

static void refer(struct doc *d, const char *above)
{
	char path[200], name[SCHEMA_NAME], where[SCHEMA_NAME + 16];
	if (d->max_occurrence)
		snprintf(path, sizeof path, "%s %s %u", above, d->name, (unsigned)d->item);
	else
		snprintf(path, sizeof path, "%s %s", above, d->name);
	for (struct doc *c = d->first; c; c = c->next)
		refer(c, path);
	const struct settings_row *row = d->first ? NULL : settings_lookup(path, NULL, 0, NULL);
	if (!row)
		return;
	schema_value_name(&row->value, name);
	snprintf(where, sizeof where, "/Valuespace/%s", name);
	doc_set_attr(d, "valueSpaceRef", where);
}

void settings_refer(struct doc *configuration)
{
	for (struct doc *c = configuration->first; c; c = c->next)
		refer(c, "");
}
