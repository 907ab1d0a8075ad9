/* SPDX-License-Identifier: MIT */
/* Configuration documents from a manager: whatever is pushed, verification becomes no weaker and the guards
 * stay. */
#include "../../src/provisioning/push.h"

#include "wire/manager.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const kept[][2] = {
	{ "HttpFeedback TlsVerify", "On" },
	{ "NetworkServices HTTPS VerifyServerCertificate", "On" },
	{ "Provisioning TlsVerify", "On" },
	{ "Phonebook Server 1 TlsVerify", "On" },
	{ "Security Revocation Mode", "Soft" },
	{ "Security Verification Profile", "Strict" },
	{ "Provisioning ExternalManager MayWeaken", "Off" },
	{ "NetworkServices NTP Server 1 Key", "secret" },
	{ "Provisioning ExternalManager Address", "m.test" },
};
enum { KEPT = sizeof kept / sizeof *kept };

static struct settings_db *begin(void)
{
	struct settings_db *db = settings_new(NULL);
	struct settings_change *c = settings_begin(db);
	for (size_t i = 0; i < KEPT; i++)
		if (settings_change_set(c, kept[i][0], kept[i][1], NULL) < 0)
			abort();
	if (settings_commit(c, NULL, NULL) < 0)
		abort();
	return db;
}

static int is_weaker(const char *path, const char *value)
{
	if (strcmp(path, "Security Revocation Mode") == 0)
		return strcmp(value, "Off") == 0;
	return 1;
}

static void check(struct settings_db *db, const struct push *p)
{
	struct settings_change *c = settings_begin(db);
	for (size_t i = 0; i < p->n; i++)
		if (settings_change_set(c, p->set[i].path, p->set[i].value, NULL) < 0)
			abort(); /* what was found to be good must be good */
	if (settings_commit(c, NULL, NULL) < 0)
		abort();
	/* The manager's place is not among what is set at once. */
	for (size_t i = 0; i < p->n && push_changes_address(p); i++)
		for (int m = 0; m < PUSH_MOVE_COUNT; m++)
			if (strcmp(p->set[i].path, push_move_path(m)) == 0)
				abort();
	for (size_t i = 0; i < KEPT; i++) {
		const char *now = settings_value(db, kept[i][0]);
		if (strcmp(now, kept[i][1]) != 0 && is_weaker(kept[i][0], now))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manager_answer *a = calloc(1, sizeof *a);
	if (a && manager_read_answer((const char *)data, size, a, NULL) == 0 && a->configuration) {
		struct settings_db *db = begin();
		struct push *p = push_read(db, a->configuration);
		if (p->bad.kind == ERR_NONE)
			check(db, p);
		push_free(p);
		settings_free(db);
	}
	if (a)
		manager_answer_done(a);
	free(a);
	return 0;
}
