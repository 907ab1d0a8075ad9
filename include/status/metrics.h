/* SPDX-License-Identifier: MIT */
/* metrics: prints the status rows that are numbers, or words of a small set, in Prometheus' text format
 * (version 0.0.4). */
#ifndef STATUS_METRICS_H
#define STATUS_METRICS_H

#include "status/status.h"

/* Appends one family of metrics for each row of the tables that is a number or a word of a small set:
 * "HttpFeedback[1..4] Queue Bytes" becomes sealpost_http_feedback_queue_bytes{http_feedback="1"}. Counters
 * end in _total; seconds and days are given in seconds; False and True, Off and On are 0 and 1; for other
 * words there is one series each, and that of the present word is 1. Rows of the kind STATUS_LABEL become
 * labels of the numbers in the same list. No other text is shown. */
void metrics_write(const struct status_table *tables, size_t n, struct buf *ret);

#endif
