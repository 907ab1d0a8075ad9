/* SPDX-License-Identifier: MIT */
#include "base/version.h"
#include "loop/loop.h"
#include "net/dns.h"
#include "net/https.h"
#include "pki/pki_commands.h"
#include "schema/name.h"
#include "x509/cert.h"
#include "x509/names.h"

#include <jansson.h>

void pki_libraries(struct version_library ret[PKI_LIBRARIES])
{
	version_set(&ret[0], "OpenSSL", cert_library_version());
	version_set(&ret[1], "c-ares", dns_library_version());
	version_set(&ret[2], "libevent", loop_library_version());
	version_set(&ret[3], "jansson", jansson_version_str());
	version_set(&ret[4], "libpsl", names_library_version());
	version_set(&ret[5], "libidn2", schema_name_library_version());
	version_set(&ret[6], "libcurl", https_library_version());
}
