/* SPDX-License-Identifier: MIT */
/* rows_diagnose: the commands Diagnostics and Security Readiness, which find out what is wrong with a
 * connection, and what is missing for a security level. */
#include "diagnostics/checkup.h"
#include "diagnostics/connection.h"
#include "diagnostics/readiness.h"
#include "command_rows.h"

#include <string.h>

static const struct command_param connection_params[] = {
	{ "Service", SCHEMA_LIT("ExternalManager/HttpFeedback/Logging/NTS/Phonebook"), NULL,
	  "A configured service. The test makes a harmless post (a heartbeat, a search of the phone book, an "
	  "event named Diagnostics); with the log server and servers that give keys for NTS, only a TLS "
	  "handshake.",
	  0, 0 },
	{ "FeedbackSlot", SCHEMA_INT(1, 4), "1",
	  "The slot for HttpFeedback; Service: HttpFeedback 2 means the same.", 0, 0 },
	{ "Url", SCHEMA_STR(1, 2048), NULL,
	  "An https URL: the connection is tested up to TLS and the certificates, and nothing is posted.", 0,
	  0 },
	{ "Format", SCHEMA_LIT("PEM/Text"), "Text", "PEM adds the certificates that the server sent.", 0, 0 },
	{ "TimeServer", SCHEMA_INT(1, 3), "1", "The number of the time server for NTS.", 0, 0 },
	{ .name = NULL },
};

static void done(void *arg, const struct err *e)
{
	rows_security_put_pem(arg);
	command_work_checked(arg, e);
}

static void forget_diagnosis(struct command *c)
{
	connection_check_cancel(c->work);
}

static void connection_run(struct command *c)
{
	const char *service = command_arg(c, "Service");
	struct connection_request r = { .service = SERVICE_ANY, .url = command_arg(c, "Url") };
	if (!r.url == !service) {
		command_parameter_error(c, "expected either Url or Service");
		return;
	}
	if (service)
		r.service = service_named(service);
	r.pem = command_arg_is(c, "Format", "PEM") ? &c->text : NULL;
	r.number = (int)command_arg_number(c, r.service == SERVICE_NTS ? "TimeServer" : "FeedbackSlot");
	c->forget = forget_diagnosis;
	c->work = connection_check(command_agent(c), &r, command_result(c), done, c);
}

static const struct command_param services_params[] = {
	{ "Service", SCHEMA_STR(1, 64), NULL,
	  "DNS, NTS, NTS 2, NTP, ExternalManager, Phonebook, HttpFeedback, HttpFeedback 2, Logging; without "
	  "Service and Url all that are set.",
	  0, CHECKUP_WORDS_MAX },
	{ "Url", SCHEMA_STR(1, 2048), NULL, "An https URL, to which nothing is posted.", 0,
	  CHECKUP_WORDS_MAX },
	{ .name = NULL },
};

static void forget_checkup(struct command *c)
{
	checkup_cancel(c->work);
}

static void services_run(struct command *c)
{
	struct checkup_request r = { .result = command_result(c), .done = done, .arg = c };
	struct checkup *work;
	struct err e;
	r.n_services = command_arg_all(c, "Service", r.services, CHECKUP_WORDS_MAX);
	r.n_urls = command_arg_all(c, "Url", r.urls, CHECKUP_WORDS_MAX);
	if (checkup_start(command_agent(c), &r, &work, &e) < 0) {
		command_parameter_error(c, e.text);
		return;
	}
	c->forget = forget_checkup;
	c->work = work;
}

static void forget_readiness(struct command *c)
{
	readiness_cancel(c->work);
}

static void readiness_run(struct command *c)
{
	c->forget = forget_readiness;
	c->work = readiness_check(command_agent(c), command_result(c), done, c);
}

const struct command_row rows_diagnose[ROWS_DIAGNOSE_N] = {
	{ "Diagnostics Connection",
	  "Tests a connection step by step, as the agent makes it in operation, and shows what fails and "
	  "what to do.",
	  connection_params, ROLE_ADMIN, 0, connection_run, 0 },
	{ "Diagnostics Services",
	  "Tests every configured service as Diagnostics Connection tests one, all at the same time, and "
	  "also DNS and NTP; and the disk, if it is full or cannot be written.",
	  services_params, ROLE_ADMIN, 0, services_run, 0 },
	{ "Security Readiness Show",
	  "Shows the guide's readiness checklist and the level that the device has reached.", NULL, ROLE_USER,
	  0, readiness_run, 0 },
};
