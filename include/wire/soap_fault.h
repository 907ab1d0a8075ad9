/* SPDX-License-Identifier: MIT */
/* soap_fault: the error code for a server's answer that is a SOAP fault. */
#ifndef WIRE_SOAP_FAULT_H
#define WIRE_SOAP_FAULT_H

/* The code of an ERR_PROTOCOL whose text contains that of a SOAP fault; for other answers that cannot be read
 * the code is 0. */
enum { SOAP_FAULT = 1 };

#endif
