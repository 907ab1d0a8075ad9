/* SPDX-License-Identifier: MIT */
/* fleet_device: one device of a fleet, with its events to the manager and its feedback. */
#ifndef LAB_FLEET_DEVICE_H
#define LAB_FLEET_DEVICE_H

#include "fleet_line.h"

/* The state that all devices of a fleet share. */
struct fleet {
	const struct fleet_options *o;
	struct event_base *base;
	SSL_CTX *ctx;
	struct fleet_server manager, feedback;
	struct fleet_counts counts;
	uint32_t run;  /* a random number that is part of the ids of this run's posts */
	int is_ending; /* 1: no further request is begun */
	struct fleet_device **devices;
};

struct fleet_device;
/* Makes the device with this number, from 1 on. It starts after start_ms milliseconds. */
struct fleet_device *fleet_device_new(struct fleet *f, size_t number, int64_t start_ms);
void fleet_device_free(struct fleet_device *d);
/* To be called after f->is_ending was set: a waiting post is tried once more. */
void fleet_device_end(struct fleet_device *d);
int fleet_device_is_busy(const struct fleet_device *d);
/* Returns 1 if it has a post that was not accepted. */
int fleet_device_is_waiting(const struct fleet_device *d);

#endif
