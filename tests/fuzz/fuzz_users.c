/* SPDX-License-Identifier: MIT */
/* The files of users, of admin's password and of the self-signed certificate. Whatever is in them, the agent
 * starts, and what is saved is read again as it was. The first byte says which file it is, its eighth bit
 * whether the checksum is right. */
#include "accounts/accounts.h"
#include "certstore/anchors.h"
#include "crypto/state_file.h"
#include "inbound/inbound.h"
#include "trust/fitness.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = { "accounts", "admin-password", "https-self-signed" };
enum { FILES = sizeof files / sizeof *files, BODY_MAX = 1 << 16 };

static void require(int truth)
{
	if (!truth)
		abort();
}

static const char *folder(void)
{
	static char path[64];
	if (!path[0]) {
		snprintf(path, sizeof path, "%s/sealpost-fuzz-XXXXXX",
			 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
		require(mkdtemp(path) != NULL);
	}
	return path;
}

static void clean(void)
{
	static const char *const ends[] = { "", ".damaged", ".newer" };
	char path[160];
	for (size_t i = 0; i < FILES; i++)
		for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
			snprintf(path, sizeof path, "%s/%s%s", folder(), files[i], ends[k]);
			unlink(path);
		}
}

static void put(const char *name, int is_whole, const uint8_t *data, size_t size)
{
	struct err e;
	if (is_whole) {
		struct buf body;
		buf_init(&body, BODY_MAX);
		buf_add(&body, data, size);
		require(state_file_save(folder(), name, &body, &e) == 0);
		buf_done(&body);
		return;
	}
	char path[160];
	snprintf(path, sizeof path, "%s/%s", folder(), name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static struct accounts *open_accounts(struct loop *l, const struct settings_db *s)
{
	struct accounts *a;
	struct err e;
	struct buf notice;
	buf_init(&notice, 1 << 16);
	struct accounts_options o = { .loop = l, .settings = s, .state = folder(), .notice = &notice };
	require(accounts_open(&o, &a, &e) == 0);
	buf_done(&notice);
	return a;
}

static void try_accounts(struct loop *l, const struct settings_db *s)
{
	struct accounts *a = open_accounts(l, s);
	struct accounts_info before[ACCOUNTS_MAX + 1], after;
	struct err e;
	size_t n = 0;
	while (n <= ACCOUNTS_MAX && accounts_at(a, n, &before[n]) == 0)
		n++;
	require(n >= 1 && n <= ACCOUNTS_MAX && accounts_find(a, ACCOUNTS_ADMIN_NAME, &after, &e) == 0);
	require(after.roles & ACCOUNTS_ROLE_ADMIN);
	for (size_t i = 1; i < n; i++)
		require(strcasecmp(before[i - 1].name, before[i].name) < 0);
	int added = accounts_add(a, &(struct accounts_new){ "zzz-new", ACCOUNTS_ROLE_USER, "", 0 }, &e);
	accounts_free(a);
	a = open_accounts(l, s);
	for (size_t i = 0; i < n; i++)
		require(accounts_find(a, before[i].name, &after, &e) == 0 && after.roles == before[i].roles &&
			after.has_password == before[i].has_password);
	require(accounts_find(a, "zzz-new", &after, &e) == 0 || added < 0);
	accounts_free(a);
}

static int64_t now(void *arg)
{
	(void)arg;
	return 1790000000;
}

static void try_certificate(struct loop *l, struct settings_db *s)
{
	struct err e;
	struct anchors *anchors = anchors_open(NULL, fitness_checks(), NULL, &e);
	struct settings_change *c = settings_begin(s);
	require(settings_change_set(c, "NetworkServices HTTPS Mode", "On", &e) == 0);
	require(settings_change_set(c, "SystemUnit Name", "room-1", &e) == 0);
	require(settings_commit(c, NULL, &e) == 0);
	char marker[160];
	snprintf(marker, sizeof marker, "%s/https", folder());
	struct inbound *i = inbound_new(&(struct inbound_options){ .loop = l,
								   .settings = s,
								   .anchors = anchors,
								   .state = folder(),
								   .marker = marker,
								   .now = now,
								   .lowest_now = now });
	struct doc *d = doc_new("WebResult");
	inbound_describe(i, d);
	require(doc_text(d, "Certificate", NULL) && doc_text(d, "Key", NULL));
	doc_free(d);
	inbound_free(i);
	anchors_free(anchors);
	unlink(marker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > BODY_MAX)
		return 0;
	struct loop *l = loop_new_sim();
	struct settings_db *s = settings_new(NULL);
	const char *name = files[(data[0] & 0x7f) % FILES];
	put(name, data[0] & 0x80, data + 1, size - 1);
	if (strcmp(name, files[2]) == 0)
		try_certificate(l, s);
	else
		try_accounts(l, s);
	clean();
	settings_free(s);
	loop_free(l);
	return 0;
}
