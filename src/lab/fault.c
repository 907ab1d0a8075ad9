/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

const struct fault *fault_at(const struct fault_table *t, size_t i)
{
	return (const struct fault *)((const char *)t->rows + i * t->size);
}

const struct fault *fault_find(const struct fault_table *t, const char *name, struct err *e)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(fault_at(t, i)->name, name) == 0)
			return fault_at(t, i);
	struct buf names;
	struct text_nearest near = text_nearest_to(name);
	buf_init(&names, 300);
	for (size_t i = 0; i < t->n; i++) {
		buf_addf(&names, "%s%s", i ? ", " : "", fault_at(t, i)->name);
		text_nearest_see(&near, fault_at(t, i)->name);
	}
	err_set(e, ERR_INPUT, 0,
		"%s: no fault is called \"%.40s\"%s (see: sealpost-lab faults); there are %s%s", t->part,
		name, near.hint, buf_str(&names), names.full ? " and more" : "");
	buf_done(&names);
	return NULL;
}
