/* Reading a lease table often enough to tell which owners live (leases_state.h). One thread. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_SAMPLE_H
#define PENSTOCK_WORKER_LEASES_LEASES_SAMPLE_H

#include "worker/leases/leases_state.h"

/* Reads the table two or three times over the failover time: at its begin, its middle and, if rows are still
 * undecided, its end, and returns the last list. A live owner renews each third of the failover time, so a
 * healthy fleet is told after half of it. STATUS_STOPPED once source->cancel is requested. */
struct status leases_sample(const struct leases_source *source, int64_t failover_ms,
                            struct leases_list *ret_list) MUST_USE;

/* Reads the table once more and replaces *list by what it says now, with what earlier reads saw carried over.
 * On failure *list stays. */
struct status leases_sample_again(const struct leases_source *source, struct leases_list *list) MUST_USE;

/* Sleeps until `boot_ms`; STATUS_STOPPED when source->cancel is requested meanwhile. */
struct status leases_sample_sleep_until(const struct leases_source *source, int64_t boot_ms) MUST_USE;

#endif
