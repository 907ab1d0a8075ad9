/* SPDX-License-Identifier: MIT */
/* zone: time zones of the system's zone database. */
#ifndef DATE_ZONE_H
#define DATE_ZONE_H

#include <time.h>

/* Returns 1 if the system's zone database has a zone with this name ("Europe/Oslo"). */
int zone_is_known(const char *name);
/* Converts the time to local time in this zone, or to UTC if the zone is not known. Returns 0; -1: the time
 * is out of range. */
int zone_local(const char *name, time_t at, struct tm *ret);

#endif
