/* The calls of GetRecords that a worker's shards may make a second (--poll-budget), shared by their threads: who goes
 * next stands in allowance.h. */
#ifndef PENSTOCK_SHARD_POLL_BUDGET_H
#define PENSTOCK_SHARD_POLL_BUDGET_H

#include "base/clock.h"
#include "base/thread.h"
#include "shard/allowance.h"

struct poll_budget; /* opaque */

struct status poll_budget_create(int64_t calls_per_second, const struct clock *clock,
                                 struct poll_budget **ret_budget) MUST_USE;

/* Nobody waits any more. Safe on NULL. */
void poll_budget_destroy(struct poll_budget *budget);

/* Waits until the caller may call, and pays for that call. False: `cancel` was requested, and nothing was paid. */
bool poll_budget_wait(struct poll_budget *budget, enum allowance_class class, struct stop *cancel) MUST_USE;

/* Wakes whoever waits with `cancel`, which has been requested. Any thread. */
void poll_budget_cancel(struct poll_budget *budget, const struct stop *cancel);

struct poll_budget_counts {
    int64_t calls_per_second; /* what is allowed; 0: there is no limit */
    uint64_t waits; /* calls that had to wait */
    uint64_t waited_ms; /* for how long, together */
    uint64_t waiting; /* shards in line now */
};

/* NULL: there is no limit. Any thread. */
void poll_budget_read_counts(struct poll_budget *budget, struct poll_budget_counts *ret_counts);

#endif
