/* SPDX-License-Identifier: MIT */
#include "command_search.h"

#include "help.h"
#include "settings/settings.h"
#include "tree.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int has_word(const struct command_row *row, const char *word)
{
	if (strcasestr(row->path, word))
		return 1;
	for (const struct command_param *p = row->params; p && p->name; p++)
		if (strcasestr(p->name, word))
			return 1;
	return 0;
}

void search_commands(struct command *c, const char *word)
{
	const struct command_row *row;
	char hint[160];
	size_t found = 0;
	for (size_t i = 0; *word && (row = tree_command(i)); i++) {
		if (row->flags & COMMAND_OLDER_NAME || !has_word(row, word))
			continue;
		help_row(c, row);
		found++;
	}
	c->kind = ANSWER_TEXT;
	if (found) {
		command_done(c, NULL);
		return;
	}
	if (!*word)
		snprintf(hint, sizeof hint, "expected a word behind //, such as xCommand //phonebook");
	else
		snprintf(hint, sizeof hint, "no command has \"%.64s\" in its name or in that of a parameter",
			 word);
	command_refuse(c, EX_USAGE, hint);
}

size_t search_names(const char *word, struct buf *out)
{
	const struct command_row *command;
	const struct status_row *status;
	size_t found = 0, settings;
	const struct settings_row *rows = settings_rows(&settings);
	for (size_t i = 0; (command = tree_command(i)); i++)
		if (!(command->flags & COMMAND_OLDER_NAME) && strcasestr(command->path, word) && ++found)
			buf_addf(out, "xCommand %s\n", command->path);
	for (size_t i = 0; i < settings; i++)
		if (strcasestr(rows[i].path, word) && ++found)
			buf_addf(out, "xConfiguration %s\n", rows[i].path);
	for (size_t i = 0; (status = tree_status(i)); i++)
		if (strcasestr(status->path, word) && ++found)
			buf_addf(out, "xStatus %s\n", status->path);
	return found;
}
