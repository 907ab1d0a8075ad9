/* SPDX-License-Identifier: MIT */
/* dnsanswer: what the lab's DNS server answers to one question, and the many ways to answer it badly. */
#ifndef LAB_DNSANSWER_H
#define LAB_DNSANSWER_H

#include "fault.h"

#include <stddef.h>

enum { DNSANSWER_MAX = 512 };

struct dnsanswer {
	unsigned char data[DNSANSWER_MAX];
	size_t len;
};

struct dnsanswer_request {
	const struct fault *mode;  /* a row of dnsanswer_table */
	const unsigned char *data; /* the packet that came */
	size_t len;
	int is_tcp;
	unsigned ttl_s;
};

const struct fault_table *dnsanswer_table(void);
/* For how long that row's answers are held back. */
unsigned dnsanswer_delay_s(const struct fault *mode);
/* 0: *ret is to be sent; -1: it is no question, or the row keeps silent. */
int dnsanswer_make(const struct dnsanswer_request *request, struct dnsanswer *ret);

#endif
