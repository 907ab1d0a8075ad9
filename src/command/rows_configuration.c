/* SPDX-License-Identifier: MIT */
/* The commands Configuration, about where the values of settings come from. */
#include "base/mem.h"
#include "origins.h"
#include "provisioning/provisioning.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

/* The settings that the command's Path selects. */
struct selection {
	struct doc *doc;
	struct origins_item *items;
	size_t n;
};

/* Returns 0, or -1 after finishing the command with an error. */
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

/* arg 1: only settings that are special about this device, as Configuration Diff shows them */
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

/* The manager may change what it may set, and nothing else. */
static int check_manager(struct command *c, const struct settings_pair *set, size_t n, struct err *e)
{
	if (c->by.origin != SETTINGS_FROM_MANAGER)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (provisioning_may_set(agent_provisioning(command_agent(c)), set[i].path, set[i].value, e) <
		    0)
			return -1;
	return 0;
}

/* Lists the settings that the terminal or the manager has set, which is to be taken back. set has room for
 * all of s. */
static size_t list_held(struct command *c, const struct selection *s, struct settings_pair *set)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++) {
		struct settings_pair held;
		settings_held(agent_settings(command_agent(c)), s->items[i].path, &held);
		if (held.value) /* what is hidden now will be in effect */
			set[n++] = (struct settings_pair){ s->items[i].path, s->items[i].sources[1].value,
							   SETTINGS_FROM_DEFAULT };
	}
	return n;
}

static int reset(struct command *c, struct settings_pair *set, size_t n, struct err *e)
{
	if (check_manager(c, set, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		set[i].value = NULL;
	return n ? agent_configure(command_agent(c), set, n, e) : 0;
}

/* Shows each of these settings as it is now. */
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
	}
	command_done(c, &e);
	free(set);
	done(&s);
}

static const struct command_param path_params[] = {
	{ "Path", SCHEMA_STR(0, 255), "/",
	  "Which settings, as xConfiguration takes it: one, a group, or a pattern such as //TlsVerify.", 0,
	  0 },
	{ .name = NULL },
};

static const struct command_param reset_params[] = {
	{ "Path", SCHEMA_STR(1, 255), NULL,
	  "Which settings, as xConfiguration takes it: one, a group, a pattern such as //TlsVerify, or / for "
	  "all.",
	  PARAM_REQUIRED, 0 },
	{ .name = NULL },
};

const struct command_row rows_configuration[ROWS_CONFIGURATION_N] = {
	{ "Configuration Diff",
	  "Lists the settings that are not as they are by default: value, origin (Terminal, Manager, File), "
	  "and "
	  "what the value hides.",
	  path_params, ROLE_USER, 0, get_run, 1 },
	{ "Configuration Origin Get",
	  "Says of each setting where its value comes from (Terminal, Manager, File, Default, System), and "
	  "what "
	  "it hides.",
	  path_params, ROLE_USER, 0, get_run, 0 },
	{ "Configuration Reset",
	  "Takes back what was set at the terminal or by the manager: the settings return to the values of "
	  "the "
	  "administrator's files, or to the defaults.",
	  reset_params, ROLE_ADMIN, 0, reset_run, 0 },
};
