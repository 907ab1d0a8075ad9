/* SPDX-License-Identifier: MIT */
/* accounts_status: the leaves of the Status document about log-ins from the network. */
#include "accounts_internal.h"

static int active(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct accounts_session_info ignored;
	size_t n = 0;
	(void)item;
	while (accounts_session_at(arg, n, &ignored) == 0)
		n++;
	return status_count(ret, n);
}

static int failed(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)item;
	return status_count(ret, ((struct accounts *)arg)->wrong);
}

static int good(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	(void)item;
	return status_count(ret, ((struct accounts *)arg)->good);
}

static int locked(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	struct accounts_info u;
	size_t n = 0;
	(void)item;
	for (size_t i = 0; accounts_at(arg, i, &u) == 0; i++)
		n += u.locked_s > 0;
	return status_count(ret, n);
}

const struct status_row accounts_status_rows[] = {
	{ "Security Session Active", STATUS_GAUGE, STATUS_ANY_NUMBER,
	  "Sessions of those who have logged in from the network.", active, 0 },
	{ "Security Session Logins Failed", STATUS_COUNTER, STATUS_ANY_NUMBER,
	  "Log-ins that were refused, since the start.", failed, 0 },
	{ "Security Session Logins Good", STATUS_COUNTER, STATUS_ANY_NUMBER,
	  "Passwords that were checked and correct, since the start; one that is repeated within five "
	  "minutes is not counted again.",
	  good, 0 },
	{ "Security Session UsersLocked", STATUS_GAUGE, STATUS_ANY_NUMBER,
	  "Users who are locked after failed log-ins.", locked, 0 },
	{ .path = NULL },
};
