/* SPDX-License-Identifier: MIT */
/* A whole agent in a temporary folder, on a loop whose clock the test moves. No time server is asked. */
#ifndef WORLD_AGENT_H
#define WORLD_AGENT_H

#include "../../src/agent/agent_internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "folder.h"

enum { WORLD_FLOOR = 1764000000 }; /* no date before it is trusted */

struct world {
	char folder[FOLDER_MAX];
	struct loop *loop;
	struct agent *agent;
	struct buf log; /* the lines that were logged */
};

static inline void world_logged(void *arg, enum log_level level, const char *line)
{
	struct world *w = arg;
	(void)level;
	buf_addf(&w->log, "%s\n", line);
}

static inline void set(struct world *w, const char *path, const char *value)
{
	struct settings_pair p = { path, value, SETTINGS_FROM_TERMINAL };
	struct err e;
	if (agent_configure(w->agent, &p, 1, &e) < 0)
		fail_msg("%s", e.text);
	loop_sim_advance(w->loop, 0);
}

static inline void world_start(struct world *w)
{
	struct agent_options o = { .loop = w->loop, .state = w->folder, .date_floor = WORLD_FLOOR };
	struct err e;
	if (agent_new(&o, &w->agent, &e) < 0)
		fail_msg("%s", e.text);
	set(w, "NetworkServices NTP Mode", "Off");
}

static inline void world_restart(struct world *w)
{
	agent_free(w->agent);
	world_start(w);
}

static inline struct world *world_new(void)
{
	struct world *w = mem_new(sizeof *w);
	log_open(&(struct log_options){ .name = "test", .socket = "/nonexistent/log" });
	folder_make(w->folder);
	buf_init(&w->log, 1 << 20);
	log_set_tap(world_logged, w);
	w->loop = loop_new_sim();
	world_start(w);
	return w;
}

static inline void world_free(struct world *w)
{
	log_set_tap(NULL, NULL);
	agent_free(w->agent);
	loop_free(w->loop);
	log_close();
	folder_remove(w->folder);
	buf_done(&w->log);
	free(w);
}

static inline const char *value(const struct world *w, const char *path)
{
	return settings_value(agent_settings(w->agent), path);
}

static inline size_t times_logged(const struct world *w, const char *words)
{
	size_t n = 0;
	for (const char *at = buf_str(&w->log); (at = strstr(at, words)); at++)
		n++;
	return n;
}

static inline void assert_logged(const struct world *w, const char *words)
{
	if (!times_logged(w, words))
		fail_msg("expected \"%s\" in\n%s", words, buf_str(&w->log));
}

#endif
