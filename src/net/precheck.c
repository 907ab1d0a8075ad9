/* SPDX-License-Identifier: MIT */
#include "precheck.h"

#include "trust/verify.h"

int precheck(const struct precheck *p, struct precheck_refusal *ret)
{
	int64_t now;
	if (p->is_address) {
		ret->why = "the host is an address";
		ret->hint = "enter the server by the host name in its certificate";
		return err_set(&ret->err, ERR_TLS, VERIFY_REFUSED_BEFORE_HANDSHAKE,
			       "%s is an address: verification needs a host name", p->host);
	}
	if (p->date_rule == PRECHECK_DATE_NEEDED && date_now(p->date, p->now_ms, &now, &ret->err) != 0) {
		ret->why = "the date is not known";
		ret->hint = "check the NTP settings and that an NTP server answers";
		return -1;
	}
	if (anchors_count(p->anchors) == 0) {
		ret->why = "no root certificate is loaded";
		ret->hint = "upload the certificate of the authority that signed the server's certificate";
		return err_set(&ret->err, ERR_TLS, VERIFY_REFUSED_BEFORE_HANDSHAKE,
			       "%s cannot be trusted: no root certificate is loaded", p->host);
	}
	if (allowed_is_nobody(p->allowed, p->anchors, p->host)) {
		char setting[80];
		allowed_settings(p->allowed, setting, sizeof setting);
		ret->why = "none of the roots is loaded that Security Trust Service allows for it";
		ret->hint = "upload one of them, or change xConfiguration Security Trust Service";
		return err_set(&ret->err, ERR_TLS, VERIFY_REFUSED_BEFORE_HANDSHAKE,
			       "%s cannot be trusted: none of the roots is loaded that %s allows for %s",
			       p->host, setting, p->allowed->service);
	}
	return 0;
}
