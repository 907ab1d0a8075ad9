/* SPDX-License-Identifier: MIT */
/* dnsanswer: makes the answer of the lab's DNS server to one question, a correct one or one with a fault. */
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
	const unsigned char *data; /* the packet that was received */
	size_t len;
	int is_tcp;
	unsigned ttl_s;
};

const struct fault_table *dnsanswer_table(void);
/* Returns the seconds by which this fault delays answers. */
unsigned dnsanswer_delay_s(const struct fault *mode);
/* Returns 0 if *ret is to be sent; -1 if the packet is not a question, or the fault is that there is no
 * answer. */
int dnsanswer_make(const struct dnsanswer_request *request, struct dnsanswer *ret);

#endif
