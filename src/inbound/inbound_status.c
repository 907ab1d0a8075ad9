/* SPDX-License-Identifier: MIT */
/* inbound_status: the leaves of the Status document about the device's own HTTPS side. */
#include "inbound_internal.h"

static int server_status(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct inbound *i = arg;
	(void)item;
	if (settings_get(i->o.settings)->web.mode != SETTINGS_ON)
		return status_text(ret, "Off");
	if (!i->marker)
		return status_text(ret, "NotAvailable");
	return status_text(ret, i->waiting ? "Running" : "NotRunning");
}

static int fingerprint(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct inbound *i = arg;
	(void)item;
	return i->shown == SHOWN_NONE ? 0 : status_text(ret, i->info.fingerprint);
}

static int key_locked(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct inbound *i = arg;
	(void)item;
	return status_truth(ret, i->is_locked);
}

static int self_signed(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct inbound *i = arg;
	(void)item;
	return i->shown == SHOWN_NONE ? 0 : status_truth(ret, i->shown == SHOWN_SELF_SIGNED);
}

static int subject(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct inbound *i = arg;
	(void)item;
	return i->shown == SHOWN_NONE ? 0 : status_text(ret, i->info.subject);
}

static int valid_until(void *arg, const unsigned item[STATUS_LISTS], struct buf *ret)
{
	const struct inbound *i = arg;
	(void)item;
	return i->shown == SHOWN_NONE ? 0 : status_text(ret, i->info.not_after_text);
}

const struct status_row inbound_status_rows[] = {
	{ "NetworkServices HTTPS Server Certificate Fingerprint", STATUS_TEXT, STATUS_ANY_TEXT,
	  "The SHA-1 fingerprint of the certificate that the device presents to its clients.", fingerprint,
	  0 },
	{ "NetworkServices HTTPS Server Certificate KeyLocked", STATUS_TEXT, SCHEMA_LIT("False/True"),
	  "True: the key of the certificate for HTTPS has a passphrase and must be unlocked; meanwhile "
	  "clients get a self-signed certificate.",
	  key_locked, 0 },
	{ "NetworkServices HTTPS Server Certificate SelfSigned", STATUS_TEXT, SCHEMA_LIT("False/True"),
	  "True: the agent has made the certificate itself, because none is active for HTTPS or its key is "
	  "locked.",
	  self_signed, 0 },
	{ "NetworkServices HTTPS Server Certificate Subject", STATUS_TEXT, STATUS_ANY_TEXT,
	  "The subject of the certificate that the device presents to its clients.", subject, 0 },
	{ "NetworkServices HTTPS Server Certificate ValidUntil", STATUS_TEXT, STATUS_ANY_TEXT,
	  "The end of the validity of the certificate that the device presents to its clients.", valid_until,
	  0 },
	{ "NetworkServices HTTPS Server Status", STATUS_TEXT,
	  SCHEMA_LIT("NotAvailable/NotRunning/Off/Running"),
	  "Running: sealpost-web has its settings and serves clients. NotRunning: Mode is On, but "
	  "sealpost-web does not ask for its settings. NotAvailable: sealpostd runs without the option "
	  "--web-user.",
	  server_status, 0 },
	{ .path = NULL },
};
