/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0))) static void put(struct err *e, enum err_kind kind, long code,
						      const char *fmt, va_list ap)
{
	e->kind = kind;
	e->code = code;
	if (vsnprintf(e->text, sizeof e->text, fmt, ap) < 0)
		e->text[0] = '\0';
}

int err_set(struct err *e, enum err_kind kind, long code, const char *fmt, ...)
{
	if (e) {
		va_list ap;
		va_start(ap, fmt);
		put(e, kind, code, fmt, ap);
		va_end(ap);
	}
	return -1;
}

int err_errno(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	if (e) {
		va_list ap;
		va_start(ap, fmt);
		put(e, ERR_IO, saved, fmt, ap);
		va_end(ap);
		size_t len = strlen(e->text);
		snprintf(e->text + len, sizeof e->text - len, ": %s", strerror(saved));
	}
	return -1;
}

int err_prefix(struct err *e, const char *fmt, ...)
{
	if (e) {
		struct err old = *e;
		va_list ap;
		va_start(ap, fmt);
		put(e, old.kind, old.code, fmt, ap);
		va_end(ap);
		size_t len = strlen(e->text);
		snprintf(e->text + len, sizeof e->text - len, ": %s", old.text);
	}
	return -1;
}

const char *err_kind_name(enum err_kind kind)
{
	static const char *const names[] = {
		"none", "input", "config",   "io",   "date",    "dns",      "net",    "timeout",
		"tls",  "http",  "protocol", "full", "toolong", "notfound", "exists", "denied",
	};
	return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}
