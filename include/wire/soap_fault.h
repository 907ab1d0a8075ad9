/* SPDX-License-Identifier: MIT */
/* soap_fault: the error code for a server's answer that is a SOAP fault. */
#ifndef WIRE_SOAP_FAULT_H
#define WIRE_SOAP_FAULT_H

/* The code of an ERR_PROTOCOL whose text contains a SOAP fault's text. For other unreadable answers the code
 * is 0. */
enum { SOAP_FAULT = 1 };

#endif
