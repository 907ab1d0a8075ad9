/* SPDX-License-Identifier: MIT */
/* password: the administrator's password. Only a salted hash of it is kept; nothing of the agent asks for it
 * yet. */
#include "internal.h"

#include "agent/security.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/password.h"
#include "crypto/state_file.h"

#include <limits.h>
#include <stdio.h>

/* characters; NIST SP 800-63B requires them where the password is the only factor */
enum { STRICT_MIN = 15 };
/* A state file (crypto/state_file.h) with one line. Older versions wrote the hash alone. */
static const char file_name[] = "admin-password";
enum { FILE_SIZE = 1024 };

/* Counts the characters of UTF-8: all bytes but those that continue one. */
static size_t characters(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static int save(const struct agent *a, const char *password, struct err *e)
{
	char hash[PASSWORD_HASH];
	struct buf body;
	if (password_hash(password, hash, e) < 0)
		return -1;
	buf_init(&body, FILE_SIZE);
	buf_addf(&body, "%s\n", hash);
	int r = state_file_save(a->state, file_name, &body, e);
	buf_done(&body);
	return r;
}

void password_look(const struct agent *a, struct buf *notice)
{
	struct err e;
	char path[PATH_MAX];
	struct buf b;
	buf_init(&b, FILE_SIZE);
	snprintf(path, sizeof path, "%s/%s", a->state, file_name);
	int is_old = file_read(path, &b, NULL) == 0 && password_is_hash(buf_str(&b)), r;
	if (is_old) {
		buf_addc(&b, '\n');
		r = state_file_save(a->state, file_name, &b, &e);
	} else {
		buf_reset(&b);
		r = state_file_load(a->state, file_name, &b, notice, &e);
	}
	if (r < 0)
		buf_addf(notice, "%s\n", e.text);
	buf_done(&b);
}

int security_admin_password(struct agent *a, const char *password, struct err *e)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", a->state, file_name);
	if (!*password) {
		if (file_remove(path, e) < 0)
			return -1;
		log_notice("security: the administrator's password is removed");
		return 0;
	}
	if (settings_get(a->settings)->strict_password && characters(password) < STRICT_MIN)
		return err_set(e, ERR_INPUT, 0,
			       "expected at least %d characters, for SystemUnit StrictPassword is On",
			       STRICT_MIN);
	if (save(a, password, e) < 0)
		return -1;
	log_notice("security: the administrator's password is set; its hash is kept, and nothing on the "
		   "network asks for it");
	return 0;
}
