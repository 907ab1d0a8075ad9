/* SPDX-License-Identifier: MIT */
/* settings: loads, changes and saves the settings, each of which is described by one row of a table, and
 * provides snapshots of their values.
 *
 * There are two sources: the administrator's file with the files of its folder path.d, which the agent only
 * reads, and the agent's own file with the values from the terminal and the manager. A value in the agent's
 * own file takes precedence. A change of several settings is made completely or not at all. */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "base/buf.h"
#include "base/err.h"
#include "doc/doc.h"
#include "schema/value.h"

#include <stddef.h>
#include <stdint.h>

/* Sizes in bytes: the characters that the row allows (four bytes each if UTF-8 is allowed), and a NUL. */
enum { SETTINGS_HOST = 256, SETTINGS_URL = 256, SETTINGS_TEXT = 256 };

enum settings_switch { SETTINGS_OFF, SETTINGS_ON };
enum settings_ntp_mode { SETTINGS_NTP_AUTO, SETTINGS_NTP_MANUAL, SETTINGS_NTP_OFF };
enum settings_key_algorithm { SETTINGS_KEY_NONE, SETTINGS_KEY_SHA1, SETTINGS_KEY_SHA256 };
enum settings_provisioning_mode {
	SETTINGS_PROVISIONING_AUTO,
	SETTINGS_PROVISIONING_OFF,
	SETTINGS_PROVISIONING_TMS
};
enum settings_phonebook_type { SETTINGS_PHONEBOOK_OFF, SETTINGS_PHONEBOOK_TMS };
enum settings_profile { SETTINGS_PROFILE_GUIDE, SETTINGS_PROFILE_STRICT };
enum settings_revocation { SETTINGS_REVOCATION_OFF, SETTINGS_REVOCATION_SOFT, SETTINGS_REVOCATION_HARD };
enum settings_order { SETTINGS_ORDER_STRICT, SETTINGS_ORDER_WINDOW };
enum settings_tls_version { SETTINGS_TLS_1_2, SETTINGS_TLS_1_3 };
enum settings_websocket { SETTINGS_WEBSOCKET_FOLLOWS_HTTP, SETTINGS_WEBSOCKET_OFF };
enum { SETTINGS_TRUST_LISTS = 8 };
#define SETTINGS_TRUST_NAMES                                                                                 \
	"None/ExternalManager/HttpFeedback/HttpFeedback1/HttpFeedback2/HttpFeedback3/HttpFeedback4/Logging/" \
	"NTS/Phonebook"
/* the order is that of the names */
enum settings_trust_service { /* Security Trust Service Name */
			      SETTINGS_TRUST_NONE,
			      SETTINGS_TRUST_MANAGER,
			      SETTINGS_TRUST_FEEDBACK, /* all slots */
			      SETTINGS_TRUST_FEEDBACK_1,
			      SETTINGS_TRUST_FEEDBACK_2,
			      SETTINGS_TRUST_FEEDBACK_3,
			      SETTINGS_TRUST_FEEDBACK_4,
			      SETTINGS_TRUST_LOGGING,
			      SETTINGS_TRUST_NTS,
			      SETTINGS_TRUST_PHONEBOOK
};
enum settings_log_level {
	SETTINGS_LOG_ERROR,
	SETTINGS_LOG_WARNING,
	SETTINGS_LOG_NOTICE,
	SETTINGS_LOG_INFO,
	SETTINGS_LOG_DEBUG
};

/* A snapshot: plain data, copied with =. Enum values are indices in the row's list of literals. */
struct settings {
	char system_name[SETTINGS_TEXT]; /* SystemUnit Name */
	int strict_password;             /* SystemUnit StrictPassword */
	struct {                         /* SystemUnit Identification; empty: the system's */
		char mac_address[32], ip_address[64], serial_number[SETTINGS_TEXT],
			product_type[SETTINGS_TEXT], product_id[SETTINGS_TEXT],
			software_version[SETTINGS_TEXT];
	} identity;

	int64_t answer_timeout_s;      /* NetworkServices HTTPS AnswerTimeout */
	int verify_server_certificate; /* NetworkServices HTTPS VerifyServerCertificate */
	struct {
		int mode;               /* enum settings_ntp_mode */
		int64_t max_distance_s; /* NetworkServices NTP MaxDistance */
		int64_t wait_s;         /* NetworkServices NTP Wait */
		struct {
			char address[SETTINGS_HOST]; /* host[:port] */
			char key[2048];              /* secret: the password text, or HEX:... */
			char key_id[16];
			int algorithm; /* enum settings_key_algorithm */
			int nts;       /* 1: keys are established by NTS, over TLS at nts_port */
			int64_t nts_port;
		} server[3];
	} ntp;
	struct {
		char server[3][80]; /* address[:port] */
		char domain[80];
	} dns;

	struct {
		int mode; /* enum settings_provisioning_mode */
		char login_name[SETTINGS_TEXT * 2], password[SETTINGS_TEXT * 2];
		char address[80], alternate_address[80], domain[80];
		char path[SETTINGS_URL];
		/* the value in effect: the setting's own if it is set, otherwise that of
		 * VerifyServerCertificate */
		int tls_verify;
		int may_weaken;                     /* 1: the manager may also set values that verify less */
		int64_t confirm_within_min;         /* 0: changes that it pushes need no confirmation */
		char guarded[1025], released[1025]; /* settings/guarded.h */
	} provisioning;
	struct {
		char id[SETTINGS_TEXT];
		int type;               /* enum settings_phonebook_type */
		char url[SETTINGS_URL]; /* if the setting URL is not set: composed of Address and Path */
		char address[80], path[SETTINGS_URL];
		int tls_verify; /* the value in effect */
	} phonebook;
	struct {
		int tls_verify;                          /* the value in effect */
		int64_t max_count, max_bytes, max_age_s; /* for each slot; never 0 */
		int order;                               /* enum settings_order */
		int64_t window;
		char secret[4][100]; /* index: slot - 1; "": the slot has no secret */
	} feedback;

	struct {
		int profile; /* enum settings_profile */
		/* 1: the common name may be the host name if there are no alternative names */
		int common_name;
		int revocation; /* enum settings_revocation */
	} verification;
	struct {                  /* Security Trust Service: limits the roots that it trusts */
		int service;      /* enum settings_trust_service */
		char roots[1025]; /* trust/allowed.h */
	} trust[SETTINGS_TRUST_LISTS];
	int64_t inactivity_min;      /* minutes after which an idle session is closed; 0: never */
	struct {                     /* Security Session: for people who log in from the network */
		int64_t max_failed;  /* failed log-ins in a row after which a name is locked; 0: it is not */
		int64_t lockout_min; /* minutes for which it is locked */
		int64_t max_per_user, max_total;
	} sessions;
	struct {                    /* NetworkServices HTTPS: the device's own HTTPS side (sealpost-web) */
		int mode;           /* enum settings_switch */
		int64_t port;       /* 1 to 65535 */
		char listen[4][80]; /* IP addresses; "": unused; if all are "", it listens on every address */
		int minimum_tls;    /* enum settings_tls_version */
		int verify_client;  /* enum settings_switch */
		int strict_transport; /* enum settings_switch */
		int websocket;        /* enum settings_websocket */
		/* requests per second, and requests that may wait: with name and password, and in a
		 * session */
		int64_t basic_rate, basic_queue, session_rate, session_queue;
	} web;
	struct {
		char facility[16], audit_facility[16];
		int level; /* enum settings_log_level */
		struct {
			int mode; /* 1: lines are sent to the log server */
			char address[SETTINGS_HOST];
			int64_t port, max_count;
			int tls_verify;
		} external;
	} logging;
};

/* Whether a value is a list of names of settings and, after xCommand, of commands. Each entry must be a known
 * name; older names are replaced by the current ones. */
enum settings_names { SETTINGS_NO_NAMES, SETTINGS_NAMES, SETTINGS_NAMES_GUARDED_BY_DEFAULT };

/* The type of a row's field in struct settings: none (STORED), the index of the value among the row's
 * literals (int), a number (int64_t), or text. */
enum settings_field { SETTINGS_STORED, SETTINGS_ENUM, SETTINGS_NUMBER, SETTINGS_TEXT_FIELD };

/* One row: the whole description of a setting. */
struct settings_row {
	const char *path; /* "NetworkServices NTP Server[1..3] Address" */
	struct schema_value value;
	const char *default_text; /* canonical */
	/* The field of struct settings that has the value. SETTINGS_STORED: there is none; the value is
	 * stored in the file and shown, and has no effect on this agent. */
	enum settings_field field;
	size_t offset, size; /* of the field; for a list, of its first item */
	size_t stride;       /* from one item's field to the next one's */
	const char *help;    /* one sentence, with its full stop */
	/* If not NULL: values are refused because this agent has no such function; this is the reason,
	 * without a full stop. `accepts` lists the literals that are accepted nevertheless; NULL: only the
	 * default is. */
	const char *refusal, *accepts;
	/* 1: this row is SystemUnit Password. Its value is not stored: typed at the terminal it sets the hash
	 * of the administrator's password; from elsewhere it is refused */
	int hashed;
	/* NULL, or the path of the setting whose value is used while this one is not set */
	const char *inherits;
	enum settings_names names; /* whether the value is a list of names, separated by commas */
};

/* All rows, in order of path; borrowed, constant. */
const struct settings_row *settings_rows(size_t *ret_n);

/* The name of a setting on older systems; both paths have the form of a row's path. A path without an index
 * means item 1. A path may stand for two rows: then two aliases with this path follow one another. */
struct settings_alias {
	const char *path, *row;
	const char *systems; /* names of the older systems: "MXP, MPS" */
};
const struct settings_alias *settings_aliases(size_t *ret_n);
/* Returns the row for a typed path, and in canonical its path with indices ("NetworkServices NTP Server 2
 * Address"). The typed path may be in upper or lower case, may abbreviate words to a unique beginning, may
 * begin with "xConfiguration", or may be the name on an older system. A missing index stands for item 1.
 * NULL with ERR_NOTFOUND (text names the nearest) or ERR_INPUT (ambiguous: lists candidates; index out of
 * range; a group of settings); e->code is the column of the word that is wrong. canonical may be NULL. */
const struct settings_row *settings_lookup(const char *path, char *canonical, size_t size, struct err *e);
/* Finds all settings that a path, in any form that settings_lookup accepts, stands for: two if it is a name
 * on an older system that sets two, otherwise one. Returns their number; 0 with *e as settings_lookup sets
 * it. */
enum { SETTINGS_PATH = 200, SETTINGS_FOUND_MAX = 2 };
struct settings_found {
	const struct settings_row *row;
	char path[SETTINGS_PATH]; /* canonical */
};
size_t settings_find(const char *path, struct settings_found ret[SETTINGS_FOUND_MAX], struct err *e);
/* As settings_find, for a leaf of a Configuration document: the path consists of the names above it, and the
 * numbers for which the row has lists. Other numbers are ignored, since some servers number everything.
 * Documents are written by programs, so their names must not be abbreviated. */
size_t settings_find_leaf(const struct doc *leaf, struct settings_found ret[SETTINGS_FOUND_MAX],
			  struct err *e);
/* Checks whether the setting with this path may have this value. Returns 0, or -1 with *e as
 * settings_change_set sets it. */
int settings_check_value(const char *path, const char *value, struct err *e);
/* Returns 1 if the row's value is a secret and this value is "***", which is shown in place of secrets. A
 * value "***" that is sent back leaves the secret unchanged. */
int settings_is_mask(const struct settings_row *row, const char *value);
/* Writes the value to ret (cut to size) as the log and everybody but administrators may see it: a secret as
 * ***, URLs and paths of URLs as base/redact.h changes them. Returns 1 if anything was removed. */
int settings_show(const struct settings_row *row, const char *value, char *ret, size_t size);

/* Sets the list of all commands, with which lists of names are checked. The list ends with a path of NULL and
 * must stay valid as long as the process runs. To be called once, at the start. */
struct settings_command {
	const char *path; /* the whole path: "SystemUnit Boot" */
	/* if path is the name on an older system: the path of the current command; otherwise NULL */
	const char *means;
};
void settings_know_commands(const struct settings_command *all);

/* Returns the Valuespace document, in the form that video codecs give it: the permitted values of all
 * settings, each kind under its schema_value_name. The caller frees it. */
struct doc *settings_valuespace(void);
/* Adds the description of one kind of value to the Valuespace document, unless it is there. */
void settings_add_space(struct doc *valuespace, const struct schema_value *v);
/* Describes a kind of value in the node: its type as an attribute, its limits or its values as children. */
void settings_describe_space(const struct schema_value *v, struct doc *space);
/* Sets in each leaf of a Configuration document the attribute valueSpaceRef="/Valuespace/STR_0_64", by which
 * some servers recognise a leaf. */
void settings_refer(struct doc *configuration);

struct settings_db;

/* Returns settings with their defaults. own_path is the agent's own file; NULL: nothing is saved. */
struct settings_db *settings_new(const char *own_path);
void settings_free(struct settings_db *db);

/* Called once for each mistake in a settings file, in order. line and column count from 1; 0: the mistake
 * is in no line or column. */
struct settings_complaint {
	const char *file;
	unsigned line, column;
	const char *text; /* what was found, what was expected, and the most similar known name */
};
typedef void settings_complain(void *arg, const struct settings_complaint *c);

/* The origin of a setting's value. */
enum settings_origin {
	SETTINGS_FROM_DEFAULT,
	SETTINGS_FROM_FILE, /* the administrator's files */
	/* the terminal or the manager: the agent's own file does not tell which, since an older version, or
	 * an administrator with an editor, has written it */
	SETTINGS_FROM_UNKNOWN,
	SETTINGS_FROM_TERMINAL, /* a person or a program that uses the control socket */
	SETTINGS_FROM_MANAGER,
};

/* Settings files. Each line has one setting, in the form of the terminal: [xConfiguration] path: value.
 * The value is the rest of the line without blanks around it, or text in double quotes with the escapes \"
 * \\ \n \r \t \xNN. Empty lines are ignored, and so are comments: lines that begin with #, ! or //, and
 * comments after a closing quote. Files are UTF-8, with or without a byte order mark, with LF or CRLF. If
 * several lines set the same setting, the last one counts. */
enum { SETTINGS_FILE_MAX = 16 << 20, SETTINGS_LINE_MAX = 16 << 10, SETTINGS_COMPLAINTS_MAX = 100 };
enum { SETTINGS_FILES_MAX = 100 };

/* Reads the administrator's files, then the own file. The administrator's files are the one at path and,
 * after it, all files of the folder path.d whose names end in .conf and do not begin with a dot, in the order
 * of their names (as bytes), SETTINGS_FILES_MAX at most; if two lines set the same setting, the later one
 * counts. The file at path may be missing if there is such a folder. If any of them has a mistake or cannot
 * be read, nothing changes, and the call fails with ERR_CONFIG or the error of reading. complain (may be
 * NULL) is called for each mistake, up to SETTINGS_COMPLAINTS_MAX for each file. path NULL: only the own file
 * is read. The own file may have been written by a newer version: lines that are not understood are reported
 * through complain, have no effect, and are written back unchanged until their setting is set or unset. An
 * own file whose checksum is wrong is reported and renamed to NAME.damaged (NAME.damaged-2 ... if there are
 * such files already); the call still returns 0. In both files, an unknown entry of a list of names is
 * reported and kept. The function is called again to reload the files. If settings of the own file are known
 * then, an own file that is damaged, missing or empty is an error: it stays as it is, and nothing changes. */
int settings_load(struct settings_db *db, const char *path, settings_complain *complain, void *arg,
		  struct err *e);
/* Checks a settings file, and those of its folder path.d, without using them. Returns 0 or -1 as
 * settings_load does. */
int settings_check(const char *path, settings_complain *complain, void *arg, struct err *e);

/* Returns the path of the last damaged own file that was set aside and is still there; the caller frees it.
 * NULL: there is none. */
char *settings_damaged(const struct settings_db *db);

/* Returns the snapshot of all values. Borrowed until the next change. */
const struct settings *settings_get(const struct settings_db *db);
/* Calls fn once for each row of which any item differs between the two snapshots, in order of rows. The
 * values in effect are compared, so a row that inherits another's value differs when the other does. */
typedef void settings_differs(void *arg, const struct settings_row *row);
void settings_compare(const struct settings *a, const struct settings *b, settings_differs *fn, void *arg);
/* Returns the value of the setting with this canonical path as text, even if it is a secret: for the agent's
 * own use. NULL if there is no such path. */
const char *settings_value(const struct settings_db *db, const char *canonical);
/* Calls fn once for each setting, in order of path, including those that have their default. All texts are
 * borrowed for the call. value is the value in effect; it may be a secret. */
struct settings_item {
	const struct settings_row *row;
	const char *path; /* canonical */
	const char *value;
};
void settings_each(const struct settings_db *db, void (*fn)(void *arg, const struct settings_item *i),
		   void *arg);
/* Returns the Configuration document: all rows and items; secrets that are set are "***", and lists have
 * max_occurrence. Borrowed until the next change. */
const struct doc *settings_doc(const struct settings_db *db);

/* One setting and its wanted value, as text; path as for settings_lookup. value NULL: the setting returns to
 * the value of the administrator's files, or else to the default. */
struct settings_pair {
	const char *path, *value;
	enum settings_origin origin; /* who sets it; ignored if value is NULL */
};
/* A transaction. settings_change_put sets one setting, or returns it to the value of the files or the
 * defaults. If it fails, the setting is not changed, and the transaction can be continued or discarded. An
 * empty value is allowed if the row's minimum is 0. */
struct settings_change *settings_begin(struct settings_db *db);
int settings_change_put(struct settings_change *c, const struct settings_pair *p, struct err *e);
/* settings_change_set is settings_change_put with the origin SETTINGS_FROM_TERMINAL. settings_change_unset
 * returns the setting to the value of the files or the defaults. */
int settings_change_set(struct settings_change *c, const char *path, const char *value, struct err *e);
int settings_change_unset(struct settings_change *c, const char *path, struct err *e);
/* Writes to ret the snapshot that settings_get would return if these settings were made; nothing is changed.
 * It may contain passwords: the caller overwrites it when it is no longer needed. Fails as
 * settings_change_put does. */
int settings_preview(const struct settings_db *db, const struct settings_pair *set, size_t n,
		     struct settings *ret, struct err *e);
/* For each of these settings, calls fn with the value from the terminal or the manager (see settings_held) as
 * it would be if all of them were made; nothing is changed. Fails as settings_change_put does. */
int settings_preview_held(const struct settings_db *db, const struct settings_pair *set, size_t n,
			  void (*fn)(void *arg, const struct settings_pair *held), void *arg, struct err *e);
void settings_abandon(struct settings_change *c);
/* Saves the settings, makes the new values effective, and frees c in any case. *ret_changed (ret_changed may
 * be NULL) gets the Configuration document of the settings that have changed, which the caller frees; NULL if
 * none has. On failure nothing is changed. */
int settings_commit(struct settings_change *c, struct doc **ret_changed, struct err *e);

/* Print docs/settings.md, and (in mdoc) the list of settings of sealpost.conf(5); both are made from the
 * rows. */
void settings_print_markdown(struct buf *out);
void settings_print_man(struct buf *out);

#endif
