/* SPDX-License-Identifier: MIT */
#include "settings/plan.h"

#include "base/mem.h"
#include "settings_db.h"

#include <stdlib.h>
#include <string.h>

struct planning {
	const struct settings_db *db;
	const struct rows_values *wanted;
	struct settings_plan *plan;
};

/* Returns 1 if the value has to be set. A value that is only inherited from another setting is set, too,
 * since the other one may change. */
static int differs(const struct settings_db *db, const struct rows_place *at, const char *wanted)
{
	const struct settings_layers *l = &db->layers;
	const char *own = rows_values_get(&l->own, at), *file = rows_values_get(&l->file, at);
	if (!own && !file && at->row->inherits)
		return 1;
	return strcmp(settings_effective(l, &l->own, at), wanted) != 0;
}

static void plan_one(void *arg, const struct rows_place *at)
{
	const struct planning *p = arg;
	const char *wanted = rows_values_get(p->wanted, at);
	char path[ROWS_PATH];
	if (!wanted)
		return;
	rows_canonical(at, path, sizeof path);
	struct settings_plan_item *i = &p->plan->items[p->plan->n++];
	*i = (struct settings_plan_item){ .row = at->row,
					  .path = mem_dup(path),
					  .value = mem_dup(wanted),
					  .differs = differs(p->db, at, wanted),
					  .line = rows_values_source(p->wanted, at).line };
	p->plan->differ += (size_t)i->differs;
}

struct settings_plan *settings_plan_new(const struct settings_db *db, const struct settings_plan_request *r)
{
	struct settings_plan *plan = mem_new(sizeof *plan);
	struct rows_values *wanted = mem_new(sizeof *wanted);
	struct file_reading reading = {
		.values = wanted, .shown = r->shown, .complain = r->complain, .arg = r->arg
	};
	if (r->document)
		file_read_document(r->document, &reading);
	else
		file_read_text(r->text, r->len, &reading);
	plan->mistakes = reading.mistakes + reading.notes;
	plan->items = mem_array((size_t)ROWS_MAX * ROWS_ITEMS, sizeof *plan->items);
	settings_each_place(plan_one, &(struct planning){ db, wanted, plan });
	rows_values_done(wanted);
	free(wanted);
	return plan;
}

void settings_plan_free(struct settings_plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		mem_wipe(p->items[i].value);
		free(p->items[i].path);
	}
	free(p->items);
	free(p);
}
