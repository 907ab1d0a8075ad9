/* SPDX-License-Identifier: MIT */
#include "set_part.h"

#include "base/num.h"
#include "base/text.h"
#include "date/date.h"
#include "dnsanswer.h"
#include "world.h"

#include <ctype.h>
#include <string.h>

static int number(const char *name, size_t n, char **values, int64_t *ret, struct err *e)
{
	if (n != 1)
		return err_set(e, ERR_INPUT, 0, "set %s: expected one number", name);
	return num_parse(values[0], 0, 86400 * 365, ret, e) < 0 ? err_prefix(e, "set %s", name) : 0;
}

static int set_tls(struct lab *lab, const char *name, size_t n, char **values, struct err *e)
{
	(void)name, (void)n;
	return httpd_set_tls(lab->httpd, values[0], e);
}

static int set_http(struct lab *lab, const char *name, size_t n, char **values, struct err *e)
{
	(void)name;
	return faulty_set(httpd_faulty(lab->httpd), n, values, e);
}

static int set_dns(struct lab *lab, const char *name, size_t n, char **values, struct err *e)
{
	(void)name, (void)n;
	return dnsd_set(lab->dnsd, values[0], e);
}

/* Sets a fault of the NTP servers: of all (ntp) or of one (ntp1, ntp2, ntp3). */
static int set_ntp(struct lab *lab, const char *name, size_t n, char **values, struct err *e)
{
	return ntpd_set(lab->ntpd[name[3] ? name[3] - '1' : 0], values[0], n > 1 ? values[1] : NULL, e);
}

static int set_listen(struct lab *lab, const char *name, size_t n, char **values, struct err *e)
{
	(void)name, (void)n;
	int on = strcmp(values[0], "on") == 0;
	if (!on && strcmp(values[0], "off") != 0)
		return err_set(e, ERR_INPUT, 0, "set listen: expected on or off");
	return httpd_listen(lab->httpd, on, e);
}

static int set_date(struct lab *lab, const char *name, size_t n, char **values, struct err *e)
{
	(void)name, (void)n;
	const struct lab_clock real = { 0 };
	int64_t unix_s = site_now_us(&real) / 1000000;
	if (strcmp(values[0], "now") != 0 && date_parse(values[0], &unix_s, e) < 0)
		return err_prefix(e, "set date");
	return lab_set_date(lab, unix_s, e);
}

static int set_secure_only(struct lab *lab, const char *name, size_t n, char **values, struct err *e)
{
	(void)name, (void)n;
	enum enforce_level level;
	if (enforce_parse(values[0], &level, e) < 0)
		return -1;
	manage_set_level(lab->manage, level);
	return 0;
}

static int set_ttl(struct lab *lab, const char *name, size_t n, char **values, struct err *e)
{
	int64_t seconds;
	if (number(name, n, values, &seconds, e) < 0)
		return -1;
	dnsd_set_ttl(lab->dnsd, (unsigned)seconds);
	return 0;
}

static int set_heartbeat(struct lab *lab, const char *name, size_t n, char **values, struct err *e)
{
	int64_t seconds;
	if (number(name, n, values, &seconds, e) < 0)
		return -1;
	manage_set_heartbeat(lab->manage, (unsigned)seconds);
	return 0;
}

static const struct set_part_row rows[] = {
	{ "tls", tlsfault_table, NULL, set_tls },
	{ "http", faulty_table, NULL, set_http },
	{ "dns", dnsanswer_table, NULL, set_dns },
	{ "ntp", ntpd_table, NULL, set_ntp },
	{ "ntp1", ntpd_table, NULL, set_ntp },
	{ "ntp2", ntpd_table, NULL, set_ntp },
	{ "ntp3", ntpd_table, NULL, set_ntp },
	{ "listen", NULL, "on off", set_listen },
	{ "date", NULL, "now", set_date },
	{ "ttl", NULL, NULL, set_ttl },
	{ "heartbeat", NULL, NULL, set_heartbeat },
	{ "secure-only", NULL, "off level3 level4", set_secure_only },
	{ NULL, NULL, NULL, NULL },
};

const struct set_part_row *set_part_rows(void)
{
	return rows;
}

static const struct set_part_row *find(const char *name, struct err *e)
{
	struct text_nearest near = text_nearest_to(name);
	for (const struct set_part_row *r = rows; r->name; r++) {
		if (strcmp(r->name, name) == 0)
			return r;
		text_nearest_see(&near, r->name);
	}
	err_set(e, ERR_INPUT, 0,
		"set: no part is called \"%.40s\"%s; there are tls, http, dns, ntp, ntp2, ntp3, listen, "
		"date, ttl, heartbeat and secure-only",
		name, near.hint);
	return NULL;
}

/* Returns the row of the part, if the part and its fault exist; otherwise NULL with ERR_INPUT. */
static const struct set_part_row *check(size_t n, char **words, struct err *e)
{
	if (n < 3) {
		err_set(e, ERR_INPUT, 0, "set: expected a part and its new value, as in: set tls expired");
		return NULL;
	}
	const struct set_part_row *row = find(words[1], e);
	/* an HTTP status number is a fault, too */
	int has_name = row && row->faults && !isdigit((unsigned char)words[2][0]);
	return has_name && !fault_find(row->faults(), words[2], e) ? NULL : row;
}

int set_part_check(size_t n, char **words, struct err *e)
{
	return check(n, words, e) ? 0 : -1;
}

int set_part(struct lab *lab, size_t n, char **words, struct buf *out, struct err *e)
{
	const struct set_part_row *row = check(n, words, e);
	if (!row || row->set(lab, words[1], n - 2, words + 2, e) < 0)
		return -1;
	if (row->set == set_dns && dnsd_ttl(lab->dnsd) > 0)
		buf_addf(out,
			 "Agents keep answers that they have for up to %u s more. To have one ask at once: "
			 "sealpost xCommand "
			 "Network DNS Flush\n",
			 dnsd_ttl(lab->dnsd));
	return 0;
}
