/* SPDX-License-Identifier: MIT */
/* confirmation_values: represents settings and roots as values with keys. "setting PATH" has the origin and
 * the text that was set; "root FINGERPRINT HOST" (HOST is - for a root that is no pin) has a line with "only",
 * or with "all" and the root's name if it has one, then the certificate as PEM. */
#include "confirmation_internal.h"

#include "agent/security.h"
#include "base/mem.h"
#include "settings/origin.h"
#include "x509/cert.h"
#include "x509/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char settings_word[] = "setting ", roots_word[] = "root ";
enum { PATH = 400 };

static int begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void add(struct confirmation_values *v, const char *key, const char *text)
{
	if (v->n == v->room) {
		v->room = v->room ? 2 * v->room : 16;
		v->at = mem_resize(v->at, v->room * sizeof *v->at);
	}
	v->at[v->n++] = (struct window_value){ mem_dup(key), mem_dup(text) };
}

void confirmation_values_done(struct confirmation_values *v)
{
	for (size_t i = 0; i < v->n; i++) {
		char *text = (char *)(uintptr_t)v->at[i].text;
		mem_wipe(text);
		free((char *)(uintptr_t)v->at[i].key);
	}
	free(v->at);
}

/* --- settings --- */

void confirmation_setting_key(const char *path, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s", settings_word, path);
}

/* Returns the value's text, which the caller frees; NULL: neither the terminal nor the manager has set it. */
static char *setting_text(const struct settings_pair *held)
{
	char *text = NULL;
	if (!held->value)
		return NULL;
	if (asprintf(&text, "%s %s", settings_origin_word(held->origin), held->value) < 0)
		abort();
	return text;
}

static void add_setting(void *arg, const struct settings_pair *held)
{
	char key[PATH + sizeof settings_word];
	char *text = setting_text(held);
	confirmation_setting_key(held->path, key, sizeof key);
	add(arg, key, text);
	mem_wipe(text);
}

int confirmation_settings(const struct agent_components *a, const struct settings_pair *set, size_t n,
			  struct confirmation_values *ret, struct err *e)
{
	return settings_preview_held(a->settings, set, n, add_setting, ret, e);
}

static enum settings_origin origin_of(const char *text)
{
	enum settings_origin o = SETTINGS_FROM_MANAGER;
	while (o > SETTINGS_FROM_UNKNOWN && !begins(text, settings_origin_word(o)))
		o--;
	return o;
}

static int put_settings(struct confirmation *c, const struct window_value *values, size_t n, struct err *e)
{
	struct settings_pair *set = mem_array(n + 1, sizeof *set);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		const char *text = values[i].text, *value = text ? strchr(text, ' ') : NULL;
		if (begins(values[i].key, settings_word))
			set[k++] = (struct settings_pair){ values[i].key + sizeof settings_word - 1,
							   value ? value + 1 : NULL,
							   value ? origin_of(text) : SETTINGS_FROM_DEFAULT };
	}
	int r = k ? agent_configure(c->agent->agent, set, k, e) : 0;
	free(set);
	return r;
}

/* --- roots --- */

static const char *host_of(const struct anchor *at)
{
	return at->pin_host ? at->pin_host : "-";
}

static void root_key(const struct anchor *at, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s %s", roots_word, at->sha256, host_of(at));
}

static char *root_text(const struct anchor *at)
{
	struct buf b;
	buf_init(&b, ANCHORS_UPLOAD_MAX);
	buf_addf(&b, "%s%s%s\n", at->only ? "only" : "all", at->name ? " " : "", at->name ? at->name : "");
	pem_write(&b, "CERTIFICATE", at->cert->der, at->cert->len);
	return buf_take(&b);
}

static char *find_root(const struct anchors *a, const char *key)
{
	char other[PATH];
	const char *host = strrchr(key, ' ') + 1; /* a blank follows the key's first word */
	for (size_t i = 0; i < anchors_count(a); i++) {
		const struct anchor *at = anchors_at(a, i);
		if (strcmp(host_of(at), host) != 0)
			continue;
		root_key(at, other, sizeof other);
		if (strcmp(other, key) == 0)
			return root_text(at);
	}
	return NULL;
}

static int has_root(const struct anchors *a, const struct anchor *wanted)
{
	for (size_t i = 0; i < anchors_count(a); i++)
		if (cert_same(anchors_at(a, i)->cert, wanted->cert) &&
		    strcmp(host_of(anchors_at(a, i)), host_of(wanted)) == 0)
			return 1;
	return 0;
}

void confirmation_roots(const struct anchors *now, const struct anchors *would_be,
			struct confirmation_values *ret)
{
	char key[PATH];
	for (size_t i = 0; i < anchors_count(would_be); i++) {
		char *text = root_text(anchors_at(would_be, i));
		root_key(anchors_at(would_be, i), key, sizeof key);
		add(ret, key, text);
		free(text);
	}
	for (size_t i = 0; i < anchors_count(now); i++) {
		if (has_root(would_be, anchors_at(now, i)))
			continue;
		root_key(anchors_at(now, i), key, sizeof key);
		add(ret, key, NULL);
	}
}

/* Writes the name that the text of a root has, or "". */
static void name_of_root(const char *text, char ret[ANCHORS_NAME_MAX + 1])
{
	size_t len = strcspn(text, "\n"), word = strcspn(text, " \n"), from = word + (word < len);
	snprintf(ret, ANCHORS_NAME_MAX + 1, "%.*s", (int)(len - from), text + from);
}

int confirmation_loses_name(const char *before, const char *after)
{
	char name[ANCHORS_NAME_MAX + 1] = "", other[ANCHORS_NAME_MAX + 1] = "";
	if (!before || !after)
		return 0;
	name_of_root(before, name);
	name_of_root(after, other);
	return *name && strcasecmp(name, other) != 0;
}

int confirmation_is_only(const char *text)
{
	return text && begins(text, "only");
}

static int put_roots(struct confirmation *c, const struct window_value *values, size_t n, struct err *e)
{
	struct anchors_edit *edits = mem_array(n + 1, sizeof *edits);
	char(*texts)[PATH] = mem_array(n + 1, sizeof *texts);
	char(*names)[ANCHORS_NAME_MAX + 1] = mem_array(n + 1, sizeof *names);
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		const char *text = values[i].text, *pem = text ? strchr(text, '\n') : NULL;
		if (!begins(values[i].key, roots_word))
			continue;
		snprintf(texts[k], sizeof texts[k], "%s", values[i].key + sizeof roots_word - 1);
		char *host = strchr(texts[k], ' ');
		if (host)
			*host++ = '\0';
		if (pem)
			name_of_root(text, names[k]);
		edits[k] = (struct anchors_edit){ .fingerprint = texts[k],
						  .pin_host = host && strcmp(host, "-") != 0 ? host : NULL,
						  .pem = pem ? pem + 1 : NULL,
						  .only = pem && confirmation_is_only(text),
						  .name = names[k][0] ? names[k] : NULL };
		k++;
	}
	int r = k ? anchors_edit(c->agent->anchors, edits, k, e) : 0;
	if (k && r == 0)
		security_anchors_changed(c->agent->agent, "the change of roots was taken back");
	free(edits);
	free(texts);
	free(names);
	return r;
}

/* --- both --- */

char *confirmation_get(void *arg, const char *key)
{
	struct confirmation *c = arg;
	struct settings_pair held;
	if (begins(key, roots_word))
		return find_root(c->agent->anchors, key);
	if (!begins(key, settings_word))
		return NULL;
	settings_held(c->agent->settings, key + sizeof settings_word - 1, &held);
	return setting_text(&held);
}

int confirmation_put(void *arg, const struct window_value *values, size_t n, struct err *e)
{
	struct confirmation *c = arg;
	const struct audit_who who = { .by = AUDIT_BY_WINDOW };
	c->is_own = 1;
	int r = put_roots(c, values, n, e) < 0 || put_settings(c, values, n, e) < 0 ? -1 : 0;
	c->is_own = 0;
	audit_look(agent_audit(c->agent->agent), &who);
	return r;
}

static void describe_setting(const struct window_change *v, const char *text, struct buf *out)
{
	const char *value = text ? strchr(text, ' ') : NULL;
	const struct settings_row *row =
		settings_lookup(v->key + sizeof settings_word - 1, NULL, 0, &(struct err){ 0 });
	if (!value)
		buf_adds(out, ": not set");
	else
		buf_addf(out, ": %s", row && row->value.flags & SCHEMA_SECRET ? "***" : value + 1);
}

static int add_subject(void *arg, const struct pem_block *b, struct err *e)
{
	char name[400];
	struct cert *c = b->der ? cert_parse(b->der, b->len, e) : NULL;
	if (!c)
		return 0;
	cert_subject(c, name, sizeof name);
	buf_addf(arg, ", %s", name);
	cert_free(c);
	return 0;
}

static void describe_root(const struct window_change *v, const char *text, struct buf *out)
{
	char name[ANCHORS_NAME_MAX + 1] = "";
	const char *with_pem = v->after ? v->after : v->before;
	if (with_pem)
		pem_stored(with_pem, strlen(with_pem), add_subject, out, &(struct err){ 0 });
	if (text)
		name_of_root(text, name);
	buf_addf(out, ": %s%s%s%s", text ? "loaded" : "not loaded", *name ? " with the name \"" : "", name,
		 *name ? "\"" : "");
}

void confirmation_name(const char *key, struct buf *out)
{
	const char *what = strchr(key, ' ') + 1, *host = strchr(what, ' ');
	if (begins(key, settings_word))
		buf_adds(out, what);
	else if (strcmp(host, " -") == 0)
		buf_addf(out, "root %.*s", (int)(host - what), what);
	else
		buf_addf(out, "pin %.*s for%s", (int)(host - what), what, host);
}

void confirmation_describe(const struct window_change *v, enum confirmation_side side, struct buf *out)
{
	const char *text = side == CONFIRMATION_BEFORE ? v->before : v->after;
	confirmation_name(v->key, out);
	if (begins(v->key, settings_word))
		describe_setting(v, text, out);
	else
		describe_root(v, text, out);
}
