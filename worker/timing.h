/* Times that follow from settings. Pure. */
#ifndef PENSTOCK_WORKER_TIMING_H
#define PENSTOCK_WORKER_TIMING_H

#include <stdint.h>

/* The moment from which a stop no longer waits for lines to be accepted, so that requests in flight can still
 * answer and leases be released before the deadline; at least half of the time is spent on waiting. */
int64_t timing_abort_boot_ms(int64_t now_boot_ms, int64_t deadline_boot_ms, int64_t failover_ms);

/* The moment at which a stop ends whatever is still at work. */
int64_t timing_final_boot_ms(int64_t now_boot_ms, int64_t deadline_boot_ms);

/* Records in a second, rounded; 0 for no time. */
int64_t timing_rate(uint64_t records, int64_t ms);

#endif
