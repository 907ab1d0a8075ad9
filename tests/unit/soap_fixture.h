/* SPDX-License-Identifier: MIT */
/* What the tests of the manager's and the phone book's messages share. */
#ifndef UNIT_SOAP_FIXTURE_H
#define UNIT_SOAP_FIXTURE_H

#include "base/file.h"
#include "wire/post.h"

static const struct wire_identity who = {
	.system_name = "Oslo & Bergen",
	.mac_address = "E4:AA:5D:00:00:01",
	.ip_address = "192.0.2.10",
	.ip_address_v6 = "fe80::e6aa:5dff:fe00:1",
	.product_type = "Cisco Codec",
	.product_id = "Example Room Kit",
	.software_version = "sealpost 0.1.0",
	.serial_number = "FTT0000EXMPL",
};

static inline struct buf fixture(const char *name)
{
	char path[128];
	struct buf b;
	struct err e;
	buf_init(&b, 1 << 20);
	snprintf(path, sizeof path, "fixtures/soap/%s", name);
	if (file_read(path, &b, &e) < 0)
		fail_msg("%s", e.text);
	return b;
}

/* Byte for byte; empties b. */
static inline void expect_message(struct buf *b, const char *name)
{
	struct buf wanted = fixture(name);
	assert_string_equal(buf_str(b), buf_str(&wanted));
	buf_done(&wanted);
	buf_done(b);
}

#endif
