/* SPDX-License-Identifier: MIT */
#include "service/failure.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SERVICES = SERVICE_FEEDBACK + 1 };

static const char *login(enum service which)
{
	static const char *const meanings[SERVICES] = {
		[SERVICE_ANY] = "it wants a user name and password",
		[SERVICE_MANAGER] = "it wants a user name and password (Provisioning LoginName, Password), "
				    "or others than these, or another way to log in than HTTP Basic",
		[SERVICE_DOCUMENTS] = "it wants another user name and password than the manager named",
		[SERVICE_PHONEBOOK] =
			"it wants a user name and password: only a phone book of the manager's own host "
			"and port is given the manager's (Provisioning LoginName, Password)",
		[SERVICE_FEEDBACK] =
			"it wants a user name and password, which no feedback server is given: let it know "
			"the device by a client certificate or by the signature (HttpFeedback Slot 1 Secret)",
	};
	return meanings[which];
}

static const char *nothing_here(enum service which)
{
	static const char *const meanings[SERVICES] = {
		[SERVICE_ANY] = "there is nothing at this path",
		[SERVICE_MANAGER] = "there is nothing at this path (Provisioning ExternalManager Path)",
		[SERVICE_DOCUMENTS] = "there is nothing at this path, which the manager named",
		[SERVICE_PHONEBOOK] = "there is nothing at this path (Phonebook Server 1 URL)",
		[SERVICE_FEEDBACK] =
			"there is nothing at this path (ServerUrl of xCommand HttpFeedback Register)",
	};
	return meanings[which];
}

const char *failure_meaning(enum service which, int status)
{
	switch (status) {
	case 401:
	case 407: return login(which);
	case 403: return "it refuses this device";
	case 404:
	case 410: return nothing_here(which);
	case 405: return "it takes no POST at this path";
	case 413: return "the post is longer than it accepts";
	case 304: return "it answers from a cache, as if it had not been asked with a POST";
	case 400:
	case 422: return which == SERVICE_FEEDBACK ? "it does not understand the post" : "";
	case 408: return "it did not receive the post in time";
	case 429:
	case 503: return "it is overloaded or out of service";
	case 502:
	case 504: return "a gateway in front of it cannot reach it";
	case 511: return "this network wants a log-in first (captive portal)";
	}
	return status >= 300 && status < 400 ? "it points elsewhere, and redirects are not followed"
	       : status >= 500               ? "an error of its own"
					     : "";
}

const char *failure_cure(int status)
{
	switch (status) {
	case 304: return "look for a cache or a proxy between this device and the server";
	case 401:
	case 407: return "set the name and password that the server wants, if it may have them";
	case 403: return "the server knows this device and forbids it: ask its administrator";
	case 404:
	case 405:
	case 410: return "compare the path in the settings with the one that the server has";
	}
	return status >= 500                    ? "look into the server's log"
	       : status >= 300 && status < 400  ? "enter the address that it names"
	       : status >= 200 && status <= 299 ? ""
						: "look into the server's log for why it refused the post";
}

int failure_is_client_certificate(const struct https_reply *r)
{
	return r->status == 400 && r->len && strstr(r->body, "SSL certificate") != NULL;
}

void failure_describe(enum service which, const struct https_reply *r, char *ret, size_t size)
{
	const char *meaning = failure_is_client_certificate(r)
				      ? "it refuses the client certificate, or there is none: see xCommand "
					"Security Certificates Services Show"
				      : failure_meaning(which, r->status);
	if (r->err.kind != ERR_NONE)
		snprintf(ret, size, "%s", r->err.text);
	else
		snprintf(ret, size, "the server answered HTTP %d%s%s", r->status, *meaning ? ": " : "",
			 meaning);
}

int failure_is_page(const struct https_reply *r)
{
	static const char html[] = "text/html", xhtml[] = "application/xhtml+xml";
	const char *type = r->content_type ? r->content_type : "";
	size_t len = strcspn(type, "; \t");
	return (len == sizeof html - 1 && strncasecmp(type, html, len) == 0) ||
	       (len == sizeof xhtml - 1 && strncasecmp(type, xhtml, len) == 0);
}
