/* SPDX-License-Identifier: MIT */
/* serial: the device's serial number, where nobody has set one. */
#ifndef DEVICE_SERIAL_H
#define DEVICE_SERIAL_H

#include <stddef.h>

/* Looks in this order, and passes over what many devices have alike because nobody filled it in: the
 * board's DMI tables (which only root may read), its device tree, the system's machine id, the MAC
 * address ("" for none). Returns which it was: "DMI", "DeviceTree", "MachineId", "MACAddress"; "None",
 * and ret is empty. */
const char *serial_read(const char *mac_address, char *ret, size_t size);

/* 1: this is what a maker of boards, or an installation, leaves where a serial number should stand
 * ("Default string", "To be filled by O.E.M.", "None", zeros). */
int serial_is_placeholder(const char *text);

enum { SERIAL_MACHINE_ID = 33 }; /* with its NUL */
/* The machine id, /etc/machine-id: 0; -1: there is none yet ("uninitialized"), or it is none. */
int serial_machine_id(char ret[SERIAL_MACHINE_ID]);

#endif
