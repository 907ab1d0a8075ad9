/* SPDX-License-Identifier: MIT */
/* exchange: one request: who may send it, who asks, and what it is answered. */
#ifndef WEB_EXCHANGE_H
#define WEB_EXCHANGE_H

#include "web_connection.h"

/* Each request is a new exchange, which is freed when it is answered. */
extern const struct web_connection_work exchange_work;

#endif
