/* SPDX-License-Identifier: MIT */
/* exchange: handles one request: finds out who sends it and whether that is allowed, and answers it. */
#ifndef WEB_EXCHANGE_H
#define WEB_EXCHANGE_H

#include "web_connection.h"

/* Each request is a new exchange, which is freed when it is answered. */
extern const struct web_connection_work exchange_work;

#endif
