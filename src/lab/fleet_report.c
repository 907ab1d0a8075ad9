/* SPDX-License-Identifier: MIT */
#include "fleet_report.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>

/* No further latencies are kept: the first ones are enough. */
enum { LATENCIES_MAX = 8 << 20 };

static const char *const services[] = { "manager", "feedback" };
static const char *const failures[] = { "no connection",        "certificate not trusted",
					"TLS handshake failed", "connection closed",
					"no answer in time",    "answer is not HTTP" };
static const char *const failure_keys[] = { "not_connected", "not_trusted", "no_handshake",
					    "lost",          "silent",      "not_http" };
static const char *const faults[] = { "answer lost", "post cut", "hung up", "signature forged" };
static const char *const fault_keys[] = { "answer_lost", "body_cut", "hang_up", "forged" };

void fleet_report_answer(struct fleet_counts *c, enum fleet_service service, int code, int64_t us)
{
	c->codes[service][code > 0 && code < FLEET_CODES ? code : 0]++;
	struct fleet_latencies *l = &c->latencies[service];
	if (l->n == LATENCIES_MAX)
		return;
	if (l->n == l->room) {
		l->room = l->room ? 2 * l->room : 4096;
		l->us = mem_resize(l->us, l->room * sizeof *l->us);
	}
	l->us[l->n++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static uint64_t answers(const struct fleet_counts *c, enum fleet_service s)
{
	uint64_t n = 0;
	for (int code = 0; code < FLEET_CODES; code++)
		n += c->codes[s][code];
	return n;
}

static uint64_t failed(const struct fleet_counts *c, enum fleet_service s)
{
	uint64_t n = 0;
	for (int f = 0; f < FLEET_FAILURES; f++)
		n += c->failures[s][f];
	return n;
}

void fleet_report_progress(const struct fleet_counts *c, int64_t seconds, FILE *to)
{
	fprintf(to,
		"%4" PRId64 " s  %zu of %zu started, %zu registered; events %" PRIu64 ", posts %" PRIu64
		", failed %" PRIu64 "\n",
		seconds, c->started, c->devices, c->registered, answers(c, FLEET_MANAGER),
		answers(c, FLEET_FEEDBACK), failed(c, FLEET_MANAGER) + failed(c, FLEET_FEEDBACK));
}

/* --- latencies --- */

static int by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static double at(const struct fleet_latencies *l, unsigned per_thousand)
{
	return l->n ? l->us[(l->n - 1) * per_thousand / 1000] / 1000.0 : 0;
}

/* --- for people --- */

static void print_service(struct fleet_counts *c, enum fleet_service s, FILE *to)
{
	const struct fleet_latencies *l = &c->latencies[s];
	if (!c->requests[s])
		return;
	fprintf(to, "%-9s %" PRIu64 " requests; answers", services[s], c->requests[s]);
	const char *comma = " ";
	for (int code = 0; code < FLEET_CODES; code++) {
		if (!c->codes[s][code])
			continue;
		fprintf(to, "%s%03d: %" PRIu64, comma, code, c->codes[s][code]);
		comma = ", ";
	}
	fprintf(to, "%s\n", *comma == ' ' ? " none" : "");
	for (int f = 0; f < FLEET_FAILURES; f++)
		if (c->failures[s][f])
			fprintf(to, "          %s: %" PRIu64 "\n", failures[f], c->failures[s][f]);
	if (l->n)
		fprintf(to,
			"          milliseconds: half within %.1f, 95 %% within %.1f, 99 %% within %.1f, all "
			"within %.1f\n",
			at(l, 500), at(l, 950), at(l, 990), at(l, 1000));
}

static void print_text(struct fleet_counts *c, double seconds, FILE *to)
{
	fprintf(to, "devices   %zu, %zu started, %zu registered; %.0f s\n", c->devices, c->started,
		c->registered, seconds);
	for (int s = 0; s < FLEET_SERVICES; s++)
		print_service(c, s, to);
	if (c->requests[FLEET_FEEDBACK])
		fprintf(to,
			"posts     %" PRIu64 " accepted, %" PRIu64
			" refused for good, %zu not accepted yet; %" PRIu64 " sent again with their id\n",
			c->accepted, c->refused, c->waiting, c->repeats);
	fprintf(to, "connected %" PRIu64 " times; %" PRIu64 " connections closed by the server while idle\n",
		c->connections, c->lost);
	for (int f = 0; f < FLEET_FAULTS; f++)
		if (c->faults[f])
			fprintf(to, "fault     %s: %" PRIu64 "\n", faults[f], c->faults[f]);
}

/* --- JSON: no text in it needs escapes --- */

static void print_numbers(const char *name, const char *const *keys, const uint64_t *values, FILE *to)
{
	size_t n = keys == fault_keys ? FLEET_FAULTS : FLEET_FAILURES;
	fprintf(to, "\"%s\": {", name);
	for (size_t i = 0; i < n; i++)
		fprintf(to, "%s\"%s\": %" PRIu64, i ? ", " : "", keys[i], values[i]);
	fputs("}", to);
}

static void print_json_service(const struct fleet_counts *c, enum fleet_service s, FILE *to)
{
	const struct fleet_latencies *l = &c->latencies[s];
	fprintf(to, ", \"%s\": {\"requests\": %" PRIu64 ", \"codes\": {", services[s], c->requests[s]);
	const char *comma = "";
	for (int code = 0; code < FLEET_CODES; code++) {
		if (!c->codes[s][code])
			continue;
		fprintf(to, "%s\"%d\": %" PRIu64, comma, code, c->codes[s][code]);
		comma = ", ";
	}
	fputs("}, ", to);
	print_numbers("failures", failure_keys, c->failures[s], to);
	fprintf(to,
		", \"milliseconds\": {\"median\": %.1f, \"p95\": %.1f, \"p99\": %.1f, \"longest\": %.1f}}",
		at(l, 500), at(l, 950), at(l, 990), at(l, 1000));
}

static void print_json(const struct fleet_counts *c, double seconds, FILE *to)
{
	fprintf(to, "{\"seconds\": %.1f, \"devices\": %zu, \"started\": %zu, \"registered\": %zu", seconds,
		c->devices, c->started, c->registered);
	for (int s = 0; s < FLEET_SERVICES; s++)
		print_json_service(c, s, to);
	fprintf(to,
		", \"accepted\": %" PRIu64 ", \"refused\": %" PRIu64
		", \"waiting\": %zu, \"repeats\": %" PRIu64 ", \"connections\": %" PRIu64
		", \"closed_idle\": %" PRIu64 ", \"unread_answers\": %" PRIu64
		", \"forged_accepted\": %" PRIu64 ", ",
		c->accepted, c->refused, c->waiting, c->repeats, c->connections, c->lost, c->unread_answers,
		c->forged_accepted);
	print_numbers("faults", fault_keys, c->faults, to);
	fputs("}\n", to);
}

void fleet_report_print(struct fleet_counts *c, int json, double seconds, FILE *to)
{
	for (int s = 0; s < FLEET_SERVICES; s++)
		if (c->latencies[s].n)
			qsort(c->latencies[s].us, c->latencies[s].n, sizeof *c->latencies[s].us, by_size);
	if (json)
		print_json(c, seconds, to);
	else
		print_text(c, seconds, to);
}

int fleet_report_findings(const struct fleet_counts *c, FILE *to)
{
	int n = 0;
	if (c->requests[FLEET_MANAGER] && c->registered < c->started) {
		fprintf(to, "wrong: %zu devices were never accepted by the manager\n",
			c->started - c->registered);
		n++;
	}
	if (c->untrusted[0]) {
		fprintf(to, "wrong: the server's certificate is not trusted: %s\n", c->untrusted);
		n++;
	}
	if (c->unread_answers) {
		fprintf(to,
			"wrong: %" PRIu64 " answers of the manager were 2xx without a PostEventResponse\n",
			c->unread_answers);
		n++;
	}
	if (c->forged_accepted) {
		fprintf(to, "wrong: %" PRIu64 " posts with a wrong signature were accepted; expected 401\n",
			c->forged_accepted);
		n++;
	}
	if (c->refused) {
		fprintf(to,
			"wrong: %" PRIu64
			" posts were refused for good (400, 413 or 422); they are well formed\n",
			c->refused);
		n++;
	}
	if (c->waiting) {
		fprintf(to, "wrong: posts of %zu devices were not accepted until the end\n", c->waiting);
		n++;
	}
	return n;
}

void fleet_report_done(struct fleet_counts *c)
{
	for (int s = 0; s < FLEET_SERVICES; s++)
		free(c->latencies[s].us);
}
