#include "sink/budget.h"

#include <stdlib.h>

enum { BUDGET_WAIT_SLICE_MS = 100 };

/* A reservation that waits; on the stack of the thread that waits. */
struct budget_waiter {
    struct budget_waiter *next;
    struct budget_share *share;
    size_t bytes;
    struct condition granted_or_not;
    bool granted;
};

struct budget {
    /* Constant once other threads have started. */
    struct budget_options options;

    struct mutex lock;
    size_t held GUARDED_BY(lock);
    struct budget_waiter *first GUARDED_BY(lock); /* in the order they came */
};

struct status budget_create(const struct budget_options *options, struct budget **ret_budget)
{
    if (options->total_bytes == 0 || options->share_cap_bytes == 0) {
        return status_make(STATUS_INVALID, "a byte budget of %zu with %zu a shard lets nothing through",
                           options->total_bytes, options->share_cap_bytes);
    }
    struct budget *budget = calloc(1, sizeof *budget);
    if (budget == NULL) {
        return status_no_memory("the byte budget", sizeof *budget);
    }
    budget->options = *options;
    mutex_init(&budget->lock);
    *ret_budget = budget;
    return status_ok();
}

void budget_destroy(struct budget *budget)
{
    if (budget != NULL) {
        mutex_destroy(&budget->lock);
        free(budget);
    }
}

void budget_set_flush(struct budget *budget, void (*flush)(void *context), void *context)
{
    budget->options.flush = flush;
    budget->options.context = context;
}

/* Whoever holds nothing may take any size: one page is always possible. */
static bool fits(size_t held, size_t more, size_t limit)
{
    return held == 0 || (held <= limit && more <= limit - held);
}

/* Serves waiters in their order. One that waits for its own shard's cap is passed over; one that waits for
 * the total is not, or a big reservation would never come to its turn. */
static void grant_waiters(struct budget *budget) REQUIRES(budget->lock)
{
    struct budget_waiter **link = &budget->first;
    while (*link != NULL) {
        struct budget_waiter *waiter = *link;
        if (!fits(waiter->share->held, waiter->bytes, budget->options.share_cap_bytes)) {
            link = &waiter->next;
            continue;
        }
        if (!fits(budget->held, waiter->bytes, budget->options.total_bytes)) {
            return;
        }
        budget->held += waiter->bytes;
        waiter->share->held += waiter->bytes;
        *link = waiter->next;
        waiter->granted = true;
        condition_signal(&waiter->granted_or_not);
    }
}

static void enqueue_waiter(struct budget *budget, struct budget_waiter *waiter) REQUIRES(budget->lock)
{
    struct budget_waiter **link = &budget->first;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = waiter;
}

static void remove_waiter(struct budget *budget, struct budget_waiter *waiter) REQUIRES(budget->lock)
{
    struct budget_waiter **link = &budget->first;
    while (*link != waiter) {
        link = &(*link)->next;
    }
    *link = waiter->next;
}

/* True when granted, false when cancelled. */
static bool wait_for_grant(struct budget *budget, struct budget_waiter *waiter, struct stop *cancel)
{
    mutex_lock(&budget->lock);
    enqueue_waiter(budget, waiter);
    grant_waiters(budget);
    while (!waiter->granted) {
        mutex_unlock(&budget->lock);
        if (budget->options.flush != NULL) {
            budget->options.flush(budget->options.context);
        }
        bool cancelled = cancel != NULL && stop_is_requested(cancel);
        mutex_lock(&budget->lock);
        if (waiter->granted) {
            break;
        }
        if (cancelled) {
            remove_waiter(budget, waiter);
            grant_waiters(budget);
            break;
        }
        (void)condition_wait_ms(&waiter->granted_or_not, &budget->lock, BUDGET_WAIT_SLICE_MS);
    }
    bool granted = waiter->granted;
    mutex_unlock(&budget->lock);
    return granted;
}

struct status budget_reserve(struct budget *budget, struct budget_share *share, size_t bytes,
                             struct stop *cancel, struct budget_hold *ret_hold)
{
    struct budget_waiter waiter = {.share = share, .bytes = bytes};
    condition_init(&waiter.granted_or_not);
    bool granted = wait_for_grant(budget, &waiter, cancel);
    condition_destroy(&waiter.granted_or_not);
    if (!granted) {
        return status_make(STATUS_STOPPED, "stopped while waiting for %zu bytes of the buffer", bytes);
    }
    *ret_hold = (struct budget_hold){.budget = budget, .share = share, .bytes = bytes};
    return status_ok();
}

void budget_resize(struct budget_hold *hold, size_t bytes)
{
    struct budget *budget = hold->budget;
    mutex_lock(&budget->lock);
    budget->held = budget->held - hold->bytes + bytes;
    hold->share->held = hold->share->held - hold->bytes + bytes;
    hold->bytes = bytes;
    grant_waiters(budget);
    mutex_unlock(&budget->lock);
}

void budget_release(struct budget_hold *hold)
{
    if (hold->budget != NULL) {
        budget_resize(hold, 0);
        *hold = (struct budget_hold){0};
    }
}

size_t budget_held(struct budget *budget)
{
    mutex_lock(&budget->lock);
    size_t held = budget->held;
    mutex_unlock(&budget->lock);
    return held;
}
