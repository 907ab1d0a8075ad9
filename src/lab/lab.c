/* SPDX-License-Identifier: MIT */
#include "lab.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/version.h"
#include "orders.h"
#include "wire/xml.h"
#include "world.h"
#include "x509/names.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SIGNALS = 2 };

/* --- files that describe the running lab --- */

static void path_in(const struct lab *lab, const char *name, char path[PATH_MAX])
{
	if ((size_t)snprintf(path, PATH_MAX, "%s/%s", lab->folder, name) >= PATH_MAX)
		path[0] = '\0'; /* opening "" will fail */
}

static int write_file(const struct lab *lab, const char *name, struct buf *text, struct err *e)
{
	char path[PATH_MAX];
	path_in(lab, name, path);
	int r = file_replace(path, buf_str(text), text->len, 0644, e);
	buf_reset(text);
	return r;
}

static void print_settings(const struct lab *lab, struct buf *b)
{
	int https = httpd_port(lab->httpd);
	buf_addf(b, "# An agent with these settings lives in the lab at %s\n", lab->folder);
	buf_adds(b, "xConfiguration SystemUnit Name: \"lab-codec\"\n"
		    "xConfiguration NetworkServices HTTPS VerifyServerCertificate: On\n");
	buf_addf(b, "xConfiguration Network 1 DNS Server 1 Address: \"127.0.0.1:%d\"\n",
		 dnsd_port(lab->dnsd));
	buf_adds(b, "xConfiguration Network 1 DNS Domain Name: \"" LAB_DOMAIN "\"\n"
		    "xConfiguration NetworkServices NTP Mode: Manual\n");
	buf_addf(b, "xConfiguration NetworkServices NTP Server 1 Address: \"127.0.0.1:%d\"\n",
		 ntpd_port(lab->ntpd[0]));
	buf_addf(b,
		 "xConfiguration Provisioning Mode: TMS\n"
		 "xConfiguration Provisioning ExternalManager Address: \"" LAB_MANAGER ":%d\"\n"
		 "xConfiguration Provisioning ExternalManager Path: \"%s\"\n"
		 "xConfiguration Provisioning ExternalManager Protocol: HTTPS\n",
		 https, &MANAGE_PATH[1]);
	buf_addf(b,
		 "xConfiguration Phonebook Server 1 Type: TMS\n"
		 "xConfiguration Phonebook Server 1 URL: \"https://" LAB_PHONEBOOK ":%d" MANAGE_PHONEBOOK_PATH
		 "\"\n",
		 https);
}

/* lab.json is written last: when it exists, the lab is ready. */
static int write_files(const struct lab *lab, struct err *e)
{
	static const char *const names[] = { "PID",       "DNS_PORT",   "NTP_PORT", "NTP2_PORT",
					     "NTP3_PORT", "HTTPS_PORT", "HTTP_PORT" };
	const int numbers[] = { (int)getpid(),
				dnsd_port(lab->dnsd),
				ntpd_port(lab->ntpd[0]),
				ntpd_port(lab->ntpd[1]),
				ntpd_port(lab->ntpd[2]),
				httpd_port(lab->httpd),
				plain_http_port(lab->plain_http) };
	static const char *const files[][2] = { { "ROOT", "root.pem" },
						{ "CRL", "crl.pem" },
						{ "CONF", "sealpost.conf" },
						{ "SOCKET", "lab.sock" } };
	struct buf env, json, conf;
	buf_init(&env, 1 << 16);
	buf_init(&json, 1 << 16);
	buf_init(&conf, 1 << 16);
	buf_addf(&env, "LAB_DIR='%s'\n", lab->folder);
	json_write_member("{\n  ", "dir", lab->folder, &json);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		buf_addf(&env, "LAB_%s=%d\n", names[i], numbers[i]);
		json_write_number_member(",\n  ", names[i], numbers[i], &json);
	}
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		buf_addf(&env, "LAB_%s='%s/%s'\n", files[i][0], lab->folder, files[i][1]);
		char path[PATH_MAX];
		snprintf(path, sizeof path, "%s/%s", lab->folder, files[i][1]);
		json_write_member(",\n  ", files[i][0], path, &json);
	}
	buf_addf(&env, "LAB_URL='https://" LAB_FEEDBACK ":%d/feedback'\n", httpd_port(lab->httpd));
	char url[128];
	snprintf(url, sizeof url, "https://" LAB_FEEDBACK ":%d/feedback", httpd_port(lab->httpd));
	json_write_member(",\n  ", "URL", url, &json);
	buf_adds(&json, "\n}\n");
	print_settings(lab, &conf);
	int bad = write_file(lab, "sealpost.conf", &conf, e) < 0 || write_file(lab, "lab.env", &env, e) < 0 ||
		  write_file(lab, "lab.json", &json, e) < 0;
	buf_done(&env);
	buf_done(&json);
	buf_done(&conf);
	return bad ? -1 : 0;
}

static void remove_files(const struct lab *lab)
{
	char path[PATH_MAX];
	path_in(lab, "lab.json", path);
	unlink(path);
	path_in(lab, "lab.env", path);
	unlink(path);
}

/* --- life --- */

int lab_set_date(struct lab *lab, int64_t unix_s, struct err *e)
{
	lab->clock.ahead_us = 0;
	lab->clock.ahead_us = unix_s * 1000000 - site_now_us(&lab->clock);
	if (ca_set_date(&lab->ca, lab->folder, unix_s, e) < 0)
		return -1;
	struct httpd_state s;
	httpd_get(lab->httpd, &s);
	return httpd_set_tls(lab->httpd, s.tls, e);
}

static void arrived(void *arg, const struct post *post)
{
	struct lab *lab = arg;
	struct buf text;
	buf_init(&text, REPLY_MAX * 8);
	if (lab->o.show) {
		posts_print_pretty(post, &text);
		fwrite(buf_str(&text), 1, text.len, stdout);
		fflush(stdout);
		buf_reset(&text);
	}
	if (control_has_listeners(lab->control)) {
		(lab->tail_json ? posts_print_json : posts_print_pretty)(post, &text);
		control_tell(lab->control, &text);
	}
	buf_done(&text);
}

/* Prints a line on the console of the management server. */
static void say(void *arg, const char *line)
{
	const struct lab *lab = arg;
	struct buf text;
	buf_init(&text, 1 << 12);
	buf_addf(&text, "*** %s\n", line);
	if (lab->o.show) {
		fputs(buf_str(&text), stdout);
		fflush(stdout);
	}
	if (!lab->tail_json)
		control_tell(lab->control, &text);
	buf_done(&text);
}

/* Called for an alert of a client. The alerts from bad_certificate to certificate_unknown, and unknown_ca,
 * mean that the client did not trust the certificate. */
static void alerted(void *arg, const char *source, const char *alert, int number)
{
	struct lab *lab = arg;
	devices_alert(lab->devices, source, alert, (number >= 42 && number <= 46) || number == 48);
}

static void tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct lab *lab = arg;
	devices_check(lab->devices, manage_heartbeat(lab->manage));
}

static void told_to_end(evutil_socket_t signo, short what, void *arg)
{
	(void)signo, (void)what;
	event_base_loopbreak(((struct lab *)arg)->base);
}

/* Raises the limit of open files, since a fleet has many connections. */
static void allow_many_files(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

static int build(struct lab *lab, struct err *e)
{
	char path[PATH_MAX];
	if (file_folder(lab->o.folder, 0700, e) < 0)
		return -1;
	if (!realpath(lab->o.folder, lab->folder))
		return err_errno(e, "%s: cannot use this folder", lab->o.folder);
	if (strpbrk(lab->folder, "'\"\\\n")) /* lab.env has the name between quotes */
		return err_set(e, ERR_INPUT, 0,
			       "%s: expected a folder's name without quotes, backslashes and line breaks",
			       lab->folder);
	path_in(lab, "lab.sock", path);
	lab->control = control_new(lab->base, path, orders_carry_out, lab, e);
	if (!lab->control)
		return -1;
	remove_files(lab);
	if (lab->o.date)
		lab->clock.ahead_us = lab->o.date * 1000000 - site_now_us(&lab->clock);
	if (ca_init(&lab->ca, lab->folder, site_now_us(&lab->clock) / 1000000, e) < 0)
		return -1;
	lab->dnsd = dnsd_new(lab->base, lab->o.dns_port, e);
	for (int i = 0; i < LAB_NTP_SERVERS; i++) {
		lab->ntpd[i] = ntpd_new(lab->base, &lab->clock, lab->o.ntp_port[i], e);
		if (!lab->ntpd[i])
			return -1;
	}
	lab->posts = posts_new();
	lab->devices = devices_new(&lab->clock, say, lab);
	lab->manage = manage_new(lab->devices);
	lab->tick = event_new(lab->base, -1, EV_PERSIST, tick, lab);
	event_add(lab->tick, &(struct timeval){ .tv_sec = 1 });
	posts_set_listener(lab->posts, arrived, lab);
	lab->httpd = httpd_new(&(struct httpd_options){ .base = lab->base,
							.clock = &lab->clock,
							.ca = &lab->ca,
							.posts = lab->posts,
							.manage = lab->manage,
							.port = lab->o.https_port,
							.alerted = alerted,
							.arg = lab },
			       e);
	lab->plain_http = lab->httpd ? plain_http_new(lab->base, lab->o.http_port, e) : NULL;
	if (lab->httpd)
		manage_set_port(lab->manage, httpd_port(lab->httpd));
	return lab->dnsd && lab->plain_http ? write_files(lab, e) : -1;
}

static void take_down(struct lab *lab)
{
	visit_end_all(lab);
	plain_http_free(lab->plain_http);
	httpd_free(lab->httpd);
	manage_free(lab->manage);
	devices_free(lab->devices);
	if (lab->tick)
		event_free(lab->tick);
	posts_free(lab->posts);
	for (int i = 0; i < LAB_NTP_SERVERS; i++)
		ntpd_free(lab->ntpd[i]);
	dnsd_free(lab->dnsd);
	ca_done(&lab->ca);
	if (lab->control)
		remove_files(lab);
	control_free(lab->control);
}

int lab_run(const struct lab_options *o, struct err *e)
{
	struct lab *lab = mem_new(sizeof *lab);
	lab->o = *o;
	lab->base = event_base_new();
	signal(SIGPIPE, SIG_IGN);
	static const int signals[SIGNALS] = { SIGTERM, SIGINT };
	struct event *ends[SIGNALS];
	for (int i = 0; i < SIGNALS; i++) {
		ends[i] = evsignal_new(lab->base, signals[i], told_to_end, lab);
		event_add(ends[i], NULL);
	}
	allow_many_files();
	int r = build(lab, e);
	if (r == 0) {
		printf("sealpost-lab: ready in %s (https %d, dns %d, ntp %d); certificates for *." LAB_DOMAIN
		       "\n",
		       lab->folder, httpd_port(lab->httpd), dnsd_port(lab->dnsd), ntpd_port(lab->ntpd[0]));
		fflush(stdout);
		event_base_dispatch(lab->base);
	}
	take_down(lab);
	for (int i = 0; i < SIGNALS; i++)
		event_free(ends[i]);
	event_base_free(lab->base);
	free(lab);
	libevent_global_shutdown();
	return r;
}

void lab_libraries(struct version_library ret[LAB_LIBRARIES])
{
	version_set(&ret[0], "OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING));
	version_set(&ret[1], "libevent", event_get_version());
	char xml[VERSION_TEXT];
	xml_library_version(xml, sizeof xml);
	version_set(&ret[2], "libxml2", xml);
	version_set(&ret[3], "libpsl", names_library_version());
}
