/* SPDX-License-Identifier: MIT */
#include "agent/libraries.h"

#include "loop/loop.h"
#include "net/dns.h"
#include "net/https.h"
#include "schema/name.h"
#include "store/store.h"
#include "wire/xml.h"
#include "x509/cert.h"
#include "x509/names.h"

void libraries_of_agent(struct version_library ret[LIBRARIES_OF_AGENT])
{
	char xml[VERSION_TEXT];
	xml_library_version(xml, sizeof xml);
	version_set(&ret[0], "OpenSSL", cert_library_version());
	version_set(&ret[1], "libcurl", https_library_version());
	version_set(&ret[2], "c-ares", dns_library_version());
	version_set(&ret[3], "libxml2", xml);
	version_set(&ret[4], "SQLite", store_library_version());
	version_set(&ret[5], "libevent", loop_library_version());
	version_set(&ret[6], "libpsl", names_library_version());
	version_set(&ret[7], "libidn2", schema_name_library_version());
}
