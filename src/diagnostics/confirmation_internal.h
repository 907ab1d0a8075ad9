/* SPDX-License-Identifier: MIT */
/* confirmation_internal: what the files confirmation*.c share. */
#ifndef DIAGNOSTICS_CONFIRMATION_INTERNAL_H
#define DIAGNOSTICS_CONFIRMATION_INTERNAL_H

#include "diagnostics/confirmation.h"

#include "agent/components.h"
#include "diagnostics/diagnostics_status.h"
#include "confirm/window.h"

struct confirmation {
	const struct agent_components *agent;
	struct window *window;
	struct loop_timer *timer;
	/* how many events had been sent to the manager when the change was made; a later one that the manager
	 * accepts confirms the change */
	uint64_t sent;
	/* 1: settings or roots are being changed by the window itself, which must not count as somebody
	 * else's change */
	int is_own;
	enum window_state published;
};

/* confirmation_status.c: the window's state as the status has it. */
const char *confirmation_state(const struct confirmation *c);

/* --- confirmation_values.c: settings and roots as values with keys --- */

/* A list of values. It owns their texts. */
struct confirmation_values {
	struct window_value *at;
	size_t n, room;
};
void confirmation_values_done(struct confirmation_values *v);
/* confirmation_settings: adds the value that each of the n settings would have. confirmation_roots: adds the
 * values of the roots and pins in which would_be differs from `now`. */
int confirmation_settings(const struct agent_components *a, const struct settings_pair *set, size_t n,
			  struct confirmation_values *ret, struct err *e);
void confirmation_roots(const struct anchors *now, const struct anchors *would_be,
			struct confirmation_values *ret);
/* Returns 1 if a root that is changed from one text to the other loses its name, which the list of a service
 * may have. */
int confirmation_loses_name(const char *before, const char *after);
/* Returns 1 if the text is of a pin that makes its host be trusted by its pins alone. NULL is allowed. */
int confirmation_is_only(const char *text);
/* The key of this setting. */
void confirmation_setting_key(const char *path, char *ret, size_t size);
/* struct window_world's functions get and put; arg is the struct confirmation. */
char *confirmation_get(void *arg, const char *key);
int confirmation_put(void *arg, const struct window_value *values, size_t n, struct err *e);
enum confirmation_side { CONFIRMATION_BEFORE, CONFIRMATION_AFTER };
/* Describe for people: a value as it was before the change or is after it (secrets are ***); and only which
 * setting or root it is. */
void confirmation_describe(const struct window_change *v, enum confirmation_side side, struct buf *out);
void confirmation_name(const char *key, struct buf *out);

#endif
