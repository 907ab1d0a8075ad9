/* identity: who this device is, as every document to a server says it. */
#ifndef AGENT_IDENTITY_H
#define AGENT_IDENTITY_H

#include "settings/settings.h"
#include "wire/feedback.h"

/* From the settings, and for what they leave empty from the system: the interface of the default route (else the first
 * one that is up and not loopback) gives MAC and addresses, DMI or the machine id the serial number, the host name the
 * system's name. */
void identity_read(const struct settings *s, struct wire_identity *ret);

#endif
