/* SPDX-License-Identifier: MIT */
/* log_kind: the kinds of log lines that programs can distinguish. Each has a permanent number, which is the
 * MESSAGE_ID in systemd's journal, and with which conf/sealpost.catalog explains it. */
#ifndef BASE_LOG_KIND_H
#define BASE_LOG_KIND_H

enum log_kind {
	LOG_KIND_NONE,               /* any other line */
	LOG_KIND_AGENT_STARTED,      /* the agent has started */
	LOG_KIND_AGENT_STOPPED,      /* the agent was asked to end */
	LOG_KIND_AGENT_FAILED,       /* the agent cannot start */
	LOG_KIND_SETTINGS_RELOADED,  /* the settings files were read again */
	LOG_KIND_SETTINGS_REFUSED,   /* the settings files were read again and have mistakes */
	LOG_KIND_VERDICT_ACCEPTED,   /* a server's certificate passed verification */
	LOG_KIND_VERDICT_REFUSED,    /* a server's certificate failed verification */
	LOG_KIND_MANAGER_REGISTERED, /* the manager accepted an event */
	LOG_KIND_MANAGER_LOST,       /* an event to the manager failed */
	LOG_KIND_FEEDBACK_DELIVERED, /* a feedback server accepted a post after failures */
	LOG_KIND_FEEDBACK_FAILED,    /* a post could not be delivered */
	LOG_KIND_FEEDBACK_DROPPED,   /* posts were dropped: there is a gap */
	LOG_KIND_DATE_KNOWN,         /* the trusted date is known */
	LOG_KIND_DATE_UNKNOWN,       /* the trusted date is not known */
	LOG_KIND_AUDIT_CHANGED,      /* something was changed; the line says by whom */
	LOG_KIND_AUDIT_REFUSED,      /* an attempt to change something was refused */
	LOG_KINDS
};

/* Returns the number of this kind, 32 hexadecimal digits; NULL for LOG_KIND_NONE. */
const char *log_kind_id(enum log_kind kind);
/* Returns 1 for the kinds of audit lines. */
int log_kind_is_audit(enum log_kind kind);

#endif
