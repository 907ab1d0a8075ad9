/* SPDX-License-Identifier: MIT */
/* password: the administrator's password. Only a salted hash of it is kept; nothing of the agent asks for it
 * yet. */
#include "internal.h"

#include "agent/security.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/password.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* characters; NIST SP 800-63B requires them where the password is the only factor */
enum { STRICT_MIN = 15 };

/* Counts the characters of UTF-8: all bytes but those that continue one. */
static size_t characters(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

int security_admin_password(struct agent *a, const char *password, struct err *e)
{
	char path[PATH_MAX], hash[PASSWORD_HASH];
	snprintf(path, sizeof path, "%s/admin-password", a->state);
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
	if (password_hash(password, hash, e) < 0 || file_replace(path, hash, strlen(hash), 0600, e) < 0)
		return -1;
	log_notice("security: the administrator's password is set; its hash is kept, and nothing on the "
		   "network asks for it");
	return 0;
}
