/* SPDX-License-Identifier: MIT */
/* soap_fault: how an error says that a server answered with a SOAP fault. */
#ifndef WIRE_SOAP_FAULT_H
#define WIRE_SOAP_FAULT_H

/* The code of an ERR_PROTOCOL whose sentence repeats what the fault says; other answers that cannot be
 * read have code 0. */
enum { SOAP_FAULT = 1 };

#endif
