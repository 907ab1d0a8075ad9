/* SPDX-License-Identifier: MIT */
/* log_kind: the kinds of log lines that programs tell apart. Each has a number of its own for good, which
 * systemd's journal has as MESSAGE_ID, and by which conf/sealpost.catalog explains it. */
#ifndef BASE_LOG_KIND_H
#define BASE_LOG_KIND_H

enum log_kind {
	LOG_KIND_NONE,               /* any other line */
	LOG_KIND_AGENT_STARTED,      /* the agent runs */
	LOG_KIND_AGENT_STOPPED,      /* it was told to end */
	LOG_KIND_AGENT_FAILED,       /* it cannot start */
	LOG_KIND_SETTINGS_RELOADED,  /* the settings files were read again */
	LOG_KIND_SETTINGS_REFUSED,   /* ... and have mistakes */
	LOG_KIND_VERDICT_ACCEPTED,   /* a server's certificate passed verification */
	LOG_KIND_VERDICT_REFUSED,    /* ... or did not */
	LOG_KIND_MANAGER_REGISTERED, /* the manager accepted an event */
	LOG_KIND_MANAGER_LOST,       /* an event to the manager failed */
	LOG_KIND_FEEDBACK_DELIVERED, /* a feedback server accepted a post after failures */
	LOG_KIND_FEEDBACK_FAILED,    /* a post could not be delivered */
	LOG_KIND_FEEDBACK_DROPPED,   /* posts were dropped: there is a gap */
	LOG_KIND_DATE_KNOWN,         /* the trusted date is known */
	LOG_KIND_DATE_UNKNOWN,       /* it is not */
	LOG_KIND_AUDIT_CHANGED,      /* something was changed, and by whom */
	LOG_KIND_AUDIT_REFUSED,      /* an attempt to do so was refused */
	LOG_KINDS
};

/* Returns the number of this kind, 32 hexadecimal digits; NULL for LOG_KIND_NONE. */
const char *log_kind_id(enum log_kind kind);
/* Returns 1 for the kinds of audit lines. */
int log_kind_is_audit(enum log_kind kind);

#endif
