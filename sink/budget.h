/* The byte budget of a worker: what pages being read and lines not yet accepted may hold in memory together.
 *
 * Rules (design 4.5): bytes are reserved before a page is asked for and shrunk to what came; nobody who holds
 * bytes waits for more (a hold that grows does so at once, over the budget if need be); a reservation that
 * has to wait forces a flush; every shard has a cap; one page is always possible. Waiters are served in the
 * order they came. Any thread may call.
 */
#ifndef PENSTOCK_SINK_BUDGET_H
#define PENSTOCK_SINK_BUDGET_H

#include "base/status.h"
#include "base/thread.h"

struct budget; /* opaque */

/* A shard's part of the budget; lives in the shard, touched only by the budget, under its lock. Zeroed memory
 * is valid. */
struct budget_share {
    size_t held; /* bytes */
};

/* Bytes held; owned by one thread at a time, passed on with what they pay for. Zeroed memory holds nothing.
 */
struct budget_hold {
    struct budget *budget;
    struct budget_share *share;
    size_t bytes;
};

struct budget_options {
    size_t total_bytes;
    size_t share_cap_bytes; /* greatest hold of one shard, unless it holds nothing */
    void (*flush)(void *context); /* called without locks when a reservation has to wait; may be NULL */
    void *context;
};

struct status budget_create(const struct budget_options *options, struct budget **ret_budget) MUST_USE;
void budget_destroy(struct budget *budget);

/* Replaces the flush hook: the sink is made after the budget. Before other threads start. */
void budget_set_flush(struct budget *budget, void (*flush)(void *context), void *context);

/* Waits for `bytes`. STATUS_STOPPED once `cancel` is requested (looked at ten times a second at least). */
struct status budget_reserve(struct budget *budget, struct budget_share *share, size_t bytes,
                             struct stop *cancel, struct budget_hold *ret_hold) MUST_USE;

/* Grows or shrinks a hold; never waits. */
void budget_resize(struct budget_hold *hold, size_t bytes);

/* Gives all back and zeroes the hold; safe on a zeroed one. */
void budget_release(struct budget_hold *hold);

/* Bytes held now, for metrics. */
size_t budget_held(struct budget *budget);

#endif
