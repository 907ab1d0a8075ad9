/* SPDX-License-Identifier: MIT */
/* serial: the device's serial number if none was set. */
#ifndef DEVICE_SERIAL_H
#define DEVICE_SERIAL_H

#include <stddef.h>

/* Searches in this order: the board's DMI tables (which only root may read), its device tree, the system's
 * machine id, the MAC address ("": none). Placeholders, which many devices have in common, are ignored.
 * Returns which one it was: "DMI", "DeviceTree", "MachineId", "MACAddress"; or "None", with ret empty. */
const char *serial_read(const char *mac_address, char *ret, size_t size);

/* Returns 1 if this is a text that makers of boards, or an installation, leave in place of a serial number
 * ("Default string", "To be filled by O.E.M.", "None", zeros). */
int serial_is_placeholder(const char *text);

enum { SERIAL_MACHINE_ID = 33 }; /* with its NUL */
/* Gets the machine id from /etc/machine-id. Returns 0; -1 if there is none yet ("uninitialized"), or it is
 * invalid. */
int serial_machine_id(char ret[SERIAL_MACHINE_ID]);

#endif
