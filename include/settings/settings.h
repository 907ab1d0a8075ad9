/* SPDX-License-Identifier: MIT */
/* settings: one table row per setting; loads, changes, saves; hands out snapshots.
 *
 * Two sources: the administrator's file (read only for us) and the agent's own file with what the terminal or
 * the manager set, which wins. A change is all or nothing: copy, set, validate, save, swap. */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include "base/buf.h"
#include "base/err.h"
#include "doc/doc.h"
#include "schema/value.h"

#include <stddef.h>
#include <stdint.h>

/* Sizes: characters that the row allows, four bytes each where UTF-8 may stand, and a NUL. */
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
enum settings_log_level {
	SETTINGS_LOG_ERROR,
	SETTINGS_LOG_WARNING,
	SETTINGS_LOG_NOTICE,
	SETTINGS_LOG_INFO,
	SETTINGS_LOG_DEBUG
};

/* A snapshot: plain data, copied with =. Enum values are positions in the row's literals. */
struct settings {
	char system_name[SETTINGS_TEXT]; /* SystemUnit Name */
	int strict_password;             /* SystemUnit StrictPassword */
	struct {                         /* SystemUnit Identification: empty means "ask the system" */
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
		int tls_verify;                     /* effective: own value if set, else the global one */
		int may_weaken;                     /* what the manager may change */
		char guarded[1025], released[1025]; /* settings/guarded.h */
	} provisioning;
	struct {
		char id[SETTINGS_TEXT];
		int type;               /* enum settings_phonebook_type */
		char url[SETTINGS_URL]; /* made of the two below while none is set */
		char address[80], path[SETTINGS_URL];
		int tls_verify; /* effective */
	} phonebook;
	struct {
		int tls_verify;                          /* effective */
		int64_t max_count, max_bytes, max_age_s; /* per slot; 0 never stands here */
		int order;                               /* enum settings_order */
		int64_t window;
		char secret[4][100]; /* by slot; "" if there is none */
	} feedback;

	struct {
		int profile;     /* enum settings_profile */
		int common_name; /* a certificate without alternative names is matched by it */
		int revocation;  /* enum settings_revocation */
	} verification;
	int64_t inactivity_min; /* of a terminal's session; 0: for ever */
	struct {
		char facility[16];
		int level; /* enum settings_log_level */
	} logging;
};

/* Names of settings and, behind xCommand, of commands. Each must name something; older spellings become the
 * rows' own. */
enum settings_names { SETTINGS_NO_NAMES, SETTINGS_NAMES, SETTINGS_NAMES_GUARDED_BY_DEFAULT };

/* What a field of struct settings is: a literal's place among the row's literals (int), a number
 * (int64_t), text. */
enum settings_field { SETTINGS_STORED, SETTINGS_ENUM, SETTINGS_NUMBER, SETTINGS_TEXT_FIELD };

/* One row: everything that is known of a setting. */
struct settings_row {
	const char *path; /* "NetworkServices NTP Server[1..3] Address" */
	struct schema_value value;
	const char *default_text; /* canonical */
	/* The field of struct settings that holds the value. SETTINGS_STORED: there is none, the value is
	 * kept in the file and shown, and this agent does nothing with it. */
	enum settings_field field;
	size_t offset, size; /* of the field, of its first item */
	size_t stride;       /* from one item's field to the next one's */
	const char *help;    /* one sentence, with its full stop */
	/* NULL, or why values are refused that this agent has nothing for (no full stop); `accepts` lists the
	 * literals that are taken all the same, NULL: the default alone. */
	const char *refusal, *accepts;
	/* a password: refused as a setting, the terminal hands it to the administrator's password */
	int hashed;
	const char *inherits;      /* NULL, or the path of the setting that holds while this one is not set */
	enum settings_names names; /* the value is a list of names, with commas between */
};

/* All rows, in order of path; borrowed, constant. */
const struct settings_row *settings_rows(size_t *ret_n);

/* What older systems call a setting; both paths have the form of a row's. Without an index of its own it
 * means item 1. A path may stand for two rows: then there are two aliases, one behind the other. */
struct settings_alias {
	const char *path, *row;
	const char *systems; /* "MXP, MPS" */
};
const struct settings_alias *settings_aliases(size_t *ret_n);
/* Row and indexed canonical path ("NetworkServices NTP Server 2 Address") for a typed path: any case, unique
 * beginnings, with or without "xConfiguration", aliases of older systems. Where an index is left out and the
 * row has one, item 1 is meant. NULL with ERR_NOTFOUND (text names the nearest) or ERR_INPUT (ambiguous:
 * lists candidates; index out of range; a group of settings); e->code is the column of the word that is
 * wrong. canonical may be NULL. */
const struct settings_row *settings_lookup(const char *path, char *canonical, size_t size, struct err *e);
/* The same for a leaf of a Configuration document: its path is made of the names above it and the
 * numbers that the row has lists for; other numbers are passed over, since some servers number everything. */
const struct settings_row *settings_lookup_leaf(const struct doc *leaf, char *canonical, size_t size,
						struct err *e);
/* May the setting of that path have this value? 0, or -1 with *e as settings_change_set has it. */
int settings_check_value(const char *path, const char *value, struct err *e);
/* Is the value the three asterisks that stand for the row's secret wherever settings are shown? Who sends
 * back what was shown means to keep the secret. */
int settings_is_mask(const struct settings_row *row, const char *value);

/* All commands, ended by a path of NULL, borrowed for good: given once at the start by whoever knows them, so
 * that lists of names can be checked. */
struct settings_command {
	const char *path;  /* whole: "SystemUnit Boot" */
	const char *means; /* of an older system's name the path of the command that it is; else NULL */
};
void settings_know_commands(const struct settings_command *all);

/* The Valuespace document of codecs: what values may be, each under its schema_value_name. Yours. */
struct doc *settings_valuespace(void);
/* Adds the space of one value to it, unless it is there. */
void settings_add_space(struct doc *valuespace, const struct schema_value *v);
/* Fills the node with the space: its type as an attribute, its limits or its values as children. */
void settings_describe_space(const struct schema_value *v, struct doc *space);
/* Gives each leaf of a Configuration document the attribute valueSpaceRef="/Valuespace/STR_0_64", by which
 * some servers know a leaf. */
void settings_refer(struct doc *configuration);

struct settings_db;

/* Defaults only; own_path is the agent's own file (may be NULL: nothing is saved). */
struct settings_db *settings_new(const char *own_path);
void settings_free(struct settings_db *db);

/* Collects what is wrong in files: called once for each, in order. line and column count from 1; 0 if
 * none. */
struct settings_complaint {
	const char *file;
	unsigned line, column;
	const char *text; /* what was found, what was expected, nearest known name */
};
typedef void settings_complain(void *arg, const struct settings_complaint *c);

/* Settings files. One setting a line, as the terminal takes it: [xConfiguration] path: value. A value is what
 * follows, without blanks around it, or in double quotes with the escapes \" \\ \n \r \t \xNN. Empty lines,
 * and lines that begin with #, ! or //, are comments; one may also follow a closing quote. UTF-8, with or
 * without a byte order mark; LF or CRLF. The last word on a setting holds. */
enum { SETTINGS_FILE_MAX = 16 << 20, SETTINGS_LINE_MAX = 16 << 10, SETTINGS_COMPLAINTS_MAX = 100 };

/* Reads the administrator's file, then the own file. Nothing changes unless the administrator's has no
 * mistake (0); else ERR_CONFIG, or what reading a file said, and each mistake, up to SETTINGS_COMPLAINTS_MAX
 * a file, through complain (may be NULL). path NULL: only the own file. Of the own file, which a newer
 * version may have written, every good line holds; the others are told, do nothing, and are written back as
 * they are until the setting that they are about is set or unset. One whose checksum is wrong is told and set
 * aside as NAME.damaged (returns 0 then). In both a name in a list that stands for nothing is told and kept.
 * Used again for reload. */
int settings_load(struct settings_db *db, const char *path, settings_complain *complain, void *arg,
		  struct err *e);
/* Checks a settings file without using it; as settings_load, 0 or -1. */
int settings_check(const char *path, settings_complain *complain, void *arg, struct err *e);

/* The snapshot. Borrowed until the next change. */
const struct settings *settings_get(const struct settings_db *db);
/* Calls fn once for each row of which any item is different in the two snapshots, in order of rows. What
 * counts is the value that holds: a row that inherits another's value is different when that one is. */
typedef void settings_differs(void *arg, const struct settings_row *row);
void settings_compare(const struct settings *a, const struct settings *b, settings_differs *fn, void *arg);
/* One value as text by canonical indexed path, secrets too: for the agent itself. NULL if there is no such
 * path. */
const char *settings_value(const struct settings_db *db, const char *canonical);
/* The Configuration document: all rows and items, secrets as "***" when set, lists with max_occurrence.
 * Borrowed until the next change. */
const struct doc *settings_doc(const struct settings_db *db);

/* One setting and the value that it is to have, as text; path as settings_lookup takes it. */
struct settings_pair {
	const char *path, *value;
};
/* A transaction. set: any typed path (see settings_lookup) and text; errors at once, nothing is changed by
 * them and the transaction can go on or be thrown away. An empty value where the row's minimum is 0 clears
 * it. */
struct settings_change *settings_begin(struct settings_db *db);
int settings_change_set(struct settings_change *c, const char *path, const char *value, struct err *e);
/* Back to what the administrator's file or the default says. */
int settings_change_unset(struct settings_change *c, const char *path, struct err *e);
void settings_abandon(struct settings_change *c);
/* Saves, swaps; frees c in every case. ret_changed (may be NULL): the Configuration document of what
 * is different now, NULL if nothing is (yours). On failure all is as before. */
int settings_commit(struct settings_change *c, struct doc **ret_changed, struct err *e);

/* Append docs/settings.md, and the list of settings of sealpost.conf(5) in mdoc, from the rows. */
void settings_print_markdown(struct buf *out);
void settings_print_man(struct buf *out);

#endif
