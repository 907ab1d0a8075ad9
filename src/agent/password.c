/* password: the device's administrator's, of which only a salted hash is kept, for the day there is a door to open with it. */
#include "parts.h"

#include "agent/security.h"
#include "base/file.h"
#include "base/log.h"
#include "trust/password.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

int agent_admin_password(struct agent *a, const char *password, struct err *e)
{
	char path[PATH_MAX], hash[PASSWORD_HASH];
	snprintf(path, sizeof path, "%s/admin-password", a->state);
	if (!*password) {
		if (file_remove(path, e) < 0)
			return -1;
		log_notice("security: the administrator's password is removed");
		return 0;
	}
	if (password_hash(password, hash, e) < 0 || file_replace(path, hash, strlen(hash), 0600, e) < 0)
		return -1;
	log_notice("security: the administrator's password is set; its hash is kept, and nothing on the network asks for it");
	return 0;
}
