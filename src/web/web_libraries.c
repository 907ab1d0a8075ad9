/* SPDX-License-Identifier: MIT */
#include "frames.h"
#include "web/web.h"

#include <event2/event.h>
#include <jansson.h>
#include <openssl/crypto.h>

void web_libraries(struct version_library ret[WEB_LIBRARIES])
{
	version_set(&ret[0], "OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING));
	version_set(&ret[1], "libevent", event_get_version());
	version_set(&ret[2], "jansson", jansson_version_str());
	version_set(&ret[3], "wslay", frames_library());
}
