/* SPDX-License-Identifier: MIT */
/* dnsd: a small DNS server on UDP and TCP; dnsanswer makes its answers. */
#ifndef LAB_DNSD_H
#define LAB_DNSD_H

#include "base/err.h"
#include "fault.h"

#include <event2/event.h>

struct dnsd;

struct dnsd *dnsd_new(struct event_base *base, int port, struct err *e);
void dnsd_free(struct dnsd *d);
int dnsd_port(const struct dnsd *d);
int dnsd_set(struct dnsd *d, const char *name, struct err *e);
void dnsd_set_ttl(struct dnsd *d, unsigned seconds);
unsigned dnsd_ttl(const struct dnsd *d);
const char *dnsd_mode(const struct dnsd *d);
unsigned long dnsd_questions(const struct dnsd *d);

#endif
