/* SPDX-License-Identifier: MIT */
#include "command_document.h"

#include "command/command.h"
#include "settings/settings.h"
#include "tree.h"

#include <stdio.h>
#include <string.h>

static void add_param(struct doc *command, const struct command_param *p)
{
	char name[SCHEMA_NAME], where[SCHEMA_NAME + 16], number[16];
	struct doc *d = doc_add(command, p->name, 1);
	schema_value_name(&p->value, name);
	snprintf(where, sizeof where, "/Valuespace/%s", name);
	doc_set_attr(d, "required", p->flags & PARAM_REQUIRED ? "True" : "False");
	if (p->default_text && *p->default_text)
		doc_set_attr(d, "default", p->default_text);
	if (p->many > 1) {
		snprintf(number, sizeof number, "%u", p->many);
		doc_set_attr(d, "multiple", number);
	}
	doc_set_attr(d, "valueSpaceRef", where);
	settings_describe_space(&p->value, doc_add(d, "ValueSpace", 0));
}

static void add_command(struct doc *all, const struct command_row *row)
{
	char name[DOC_NAME_MAX];
	struct doc *at = all;
	for (const char *s = row->path; *s; s += s[0] == ' ') {
		size_t len = strcspn(s, " ");
		snprintf(name, sizeof name, "%.*s", (int)len, s);
		at = doc_make(at, name);
		s += len;
	}
	doc_set_attr(at, "command", "True");
	if (row->flags & COMMAND_MULTILINE)
		doc_set_attr(at, "multiline", "True");
	doc_set_attr(at, "role", row->access == ROLE_ADMIN ? "Admin" : "Admin;User");
	for (const struct command_param *p = row->params; p && p->name; p++)
		add_param(at, p);
}

struct doc *command_document(void)
{
	struct doc *all = doc_new("Command");
	const struct command_row *row;
	for (size_t i = 0; (row = tree_command(i)); i++)
		if (!(row->flags & COMMAND_OLDER_NAME))
			add_command(all, row);
	return all;
}

struct doc *command_document_valuespace(void)
{
	struct doc *all = settings_valuespace();
	const struct command_row *row;
	for (size_t i = 0; (row = tree_command(i)); i++)
		for (const struct command_param *p = row->params; p && p->name; p++)
			settings_add_space(all, &p->value);
	return all;
}
