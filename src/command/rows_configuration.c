/* SPDX-License-Identifier: MIT */
/* rows_configuration: the commands xCommand Configuration, about values of settings and their origins. */
#include "base/mem.h"
#include "origins.h"
#include "command_rows.h"
#include "runs.h"
#include "settings_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The settings that the command's parameter Path selects. */
struct selection {
	struct doc *doc;
	struct origins_item *items;
	size_t n;
};

/* Reads Path. Returns 0, or -1 after finishing the command with an error. */
static int select_path(struct command *c, struct selection *ret)
{
	struct err e = { .kind = ERR_NONE };
	const char *path = command_arg(c, "Path");
	*ret = (struct selection){ .doc = origins_select(c, path, &e) };
	if (!ret->doc) {
		err_prefix(&e, "Path: %.100s", path);
		command_done(c, &e);
		return -1;
	}
	ret->items = origins_list(c, ret->doc, &ret->n);
	return 0;
}

static void done(struct selection *s)
{
	free(s->items);
	doc_free(s->doc);
}

/* Shows the selected settings. arg 1: only settings that are special to this device (Configuration Diff). */
static void get_run(struct command *c)
{
	struct selection s;
	if (select_path(c, &s) < 0)
		return;
	struct doc *result = command_result(c);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		if (!c->row->arg || settings_is_special(agent_settings(command_agent(c)), s.items[i].path))
			origins_put(&s.items[i], result, ++n);
	done(&s);
	command_done(c, NULL);
}

/* Lists the settings that the terminal or the manager has set, which is to be taken back. set has room for
 * all of s. */
static size_t list_held(struct command *c, const struct selection *s, struct settings_pair *set)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		struct settings_pair held;
		settings_held(agent_settings(command_agent(c)), s->items[i].path, &held);
		if (held.value) /* the value that is hidden now will take effect */
			set[n++] = (struct settings_pair){ s->items[i].path, s->items[i].sources[1].value,
							   SETTINGS_FROM_DEFAULT };
	}
	return n;
}

/* Makes these settings; what the manager sets may have to be confirmed, as in its pushes. */
static int configure(struct command *c, const struct settings_pair *set, size_t n, struct err *e)
{
	return c->by.origin == SETTINGS_FROM_MANAGER ? agent_push(command_agent(c), set, n, e)
						     : agent_configure(command_agent(c), set, n, e);
}

static int reset(struct command *c, struct settings_pair *set, size_t n, struct err *e)
{
	if (settings_body_check(c, set, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		set[i].value = NULL;
	return n ? configure(c, set, n, e) : 0;
}

/* Adds each of these settings with its present value to the result. */
static void put_all(struct command *c, const struct settings_pair *set, size_t n)
{
	struct doc *all = agent_configuration(command_agent(c)), *result = command_result(c);
	size_t count, shown = 0;
	struct origins_item *items = origins_list(c, all, &count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(items[i].path, set[k].path) == 0)
				origins_put(&items[i], result, ++shown);
	free(items);
	doc_free(all);
}

static void reset_run(struct command *c)
{
	struct selection s;
	struct err e = { .kind = ERR_NONE };
	if (select_path(c, &s) < 0)
		return;
	struct settings_pair *set = mem_array(s.n + 1, sizeof *set);
	size_t n = list_held(c, &s, set);
	if (reset(c, set, n, &e) == 0) {
		doc_add_int(command_result(c), "Reset", (int64_t)n);
		put_all(c, set, n);
		if (n)
			config_warn(c);
	}
	command_done(c, &e);
	free(set);
	done(&s);
}

/* --- apply --- */

static const char *shown(const struct settings_row *row, const char *value)
{
	return row->value.flags & SCHEMA_SECRET && *value ? "***" : value;
}

static void put_planned(struct command *c, const struct settings_plan_item *i, size_t number)
{
	static const enum doc_type types[] = {
		[SCHEMA_STRING] = DOC_STRING, [SCHEMA_INTEGER] = DOC_INTEGER, [SCHEMA_LITERAL] = DOC_LITERAL
	};
	enum doc_type type = types[i->row->value.kind];
	struct settings_source before[SETTINGS_SOURCES_MAX];
	struct doc *d = doc_add(command_result(c), "Setting", (uint32_t)number);
	d->max_occurrence = DOC_UNBOUNDED;
	doc_add_value(d, "Path", DOC_STRING, i->path);
	doc_add_value(d, "State", DOC_LITERAL, i->differs ? "Changed" : "Unchanged");
	doc_add_value(d, "Value", type, shown(i->row, i->value));
	if (i->differs && settings_sources(agent_settings(command_agent(c)), i->path, before, NULL)) {
		struct doc *b = doc_add(d, "Before", 0);
		doc_add_value(b, "Value", type, before->value);
		doc_add_value(b, "Origin", DOC_LITERAL, settings_origin_word(before->origin));
	}
}

static void carry_out(struct command *c, const struct settings_plan *p)
{
	struct err e = { .kind = ERR_NONE };
	struct settings_pair *set = mem_array(p->n + 1, sizeof *set);
	size_t n = 0;
	if (settings_body_list(c, p, set, &n, &e) == 0) {
		struct doc *result = command_result(c);
		doc_add_int(result, "Changed", (int64_t)n);
		doc_add_int(result, "Unchanged", (int64_t)(p->n - n));
		doc_add_value(result, "DryRun", DOC_LITERAL, command_arg(c, "DryRun"));
		for (size_t i = 0; i < p->n; i++)
			put_planned(c, &p->items[i], i + 1);
		if (n && !command_arg_is(c, "DryRun", "True"))
			if (configure(c, set, n, &e) == 0)
				config_warn(c);
	}
	command_done(c, &e);
	free(set);
}

static void apply_run(struct command *c)
{
	struct settings_plan *p = settings_body_read(c);
	if (p)
		carry_out(c, p);
	settings_plan_free(p);
}

static const struct command_param apply_params[] = {
	{ "DryRun", SCHEMA_LIT("False/True"), "False",
	  "True: the answer says what would change, and nothing is changed.", 0, 0 },
	{ .name = NULL },
};

/* --- the rows --- */

static const struct command_param path_params[] = {
	{ "Path", SCHEMA_STR(0, 255), "/",
	  "A path of xConfiguration: one setting, a group, or a pattern such as //TlsVerify.", 0, 0 },
	{ .name = NULL },
};

static const struct command_param reset_params[] = {
	{ "Path", SCHEMA_STR(1, 255), NULL,
	  "A path of xConfiguration: one setting, a group, a pattern such as //TlsVerify, or / for all.",
	  PARAM_REQUIRED, 0 },
	{ .name = NULL },
};

const struct command_row rows_configuration[ROWS_CONFIGURATION_N] = {
	{ "Configuration Apply",
	  "Brings the settings to those of a file, which is the body. It sets the settings that differ, or "
	  "none if the file has a mistake, and lists the changes.",
	  apply_params, ROLE_ADMIN, COMMAND_MULTILINE | COMMAND_AUDITED_REFUSAL, apply_run, 0 },
	{ "Configuration Diff",
	  "Lists the settings that differ from their defaults: value, origin (Terminal, Manager, File), and "
	  "the value that it overrides.",
	  path_params, ROLE_USER, 0, get_run, 1 },
	{ "Configuration Origin Get",
	  "Shows where the value of each setting comes from (Terminal, Manager, File, Default, System), and "
	  "which value it overrides.",
	  path_params, ROLE_USER, 0, get_run, 0 },
	{ "Configuration Reset",
	  "Removes values that were set at the terminal or by the manager: the settings return to the values "
	  "of the administrator's files, or to the defaults.",
	  reset_params, ROLE_ADMIN, COMMAND_AUDITED_REFUSAL, reset_run, 0 },
};
