#include "shard/poll_budget.h"

#include <stdlib.h>

enum { LOOK_MS = 10000 }; /* one who keeps no time looks around as often */

/* A thread in line, on its own stack. */
struct waiter {
    struct allowance_place place; /* first: the two share their address */
    struct waiter *next; /* of all */
    struct waiter *previous;
    const struct stop *cancel;
    struct condition changed;
    bool may_call;
};

struct poll_budget {
    const struct clock *clock; /* constant */

    struct mutex lock;
    struct allowance allowance GUARDED_BY(lock);
    struct waiter *waiters GUARDED_BY(lock);
    bool time_kept GUARDED_BY(lock); /* a thread sleeps until the next call comes into the bucket */
    struct poll_budget_counts counts GUARDED_BY(lock);
};

struct status poll_budget_create(int64_t calls_per_second, const struct clock *clock,
                                 struct poll_budget **ret_budget) NO_THREAD_CHECK
{
    struct poll_budget *budget = calloc(1, sizeof *budget);
    if (budget == NULL) {
        return status_no_memory("the poll budget", sizeof *budget);
    }
    budget->clock = clock;
    budget->counts.calls_per_second = calls_per_second;
    mutex_init(&budget->lock);
    allowance_init(&budget->allowance, calls_per_second, clock_boot_ms(clock));
    *ret_budget = budget;
    return status_ok();
}

void poll_budget_destroy(struct poll_budget *budget)
{
    if (budget != NULL) {
        mutex_destroy(&budget->lock);
        free(budget);
    }
}

/* Lets everybody call for whom there is a call; returns how long until the next is there, -1 with nobody in line. */
static int64_t hand_out(struct poll_budget *budget) REQUIRES(budget->lock)
{
    int64_t wait_ms;
    struct allowance_place *place;
    while ((place = allowance_next(&budget->allowance, clock_boot_ms(budget->clock), &wait_ms)) != NULL) {
        struct waiter *waiter = (struct waiter *)place;
        waiter->may_call = true;
        condition_signal(&waiter->changed);
    }
    return wait_ms;
}

/* Waits for its turn; true when it had to. */
static bool wait_for_turn(struct poll_budget *budget, struct waiter *waiter, struct stop *cancel)
    REQUIRES(budget->lock)
{
    bool waited = false;
    for (;;) {
        int64_t wait_ms = hand_out(budget);
        if (waiter->may_call || stop_is_requested(cancel)) {
            return waited;
        }
        waited = true;
        if (budget->time_kept) {
            (void)condition_wait_ms(&waiter->changed, &budget->lock, LOOK_MS);
            continue;
        }
        budget->time_kept = true;
        (void)condition_wait_ms(&waiter->changed, &budget->lock, wait_ms);
        budget->time_kept = false;
    }
}

static void note_waiter(struct poll_budget *budget, struct waiter *waiter) REQUIRES(budget->lock)
{
    waiter->next = budget->waiters;
    if (waiter->next != NULL) {
        waiter->next->previous = waiter;
    }
    budget->waiters = waiter;
    budget->counts.waiting++;
}

static void forget_waiter(struct poll_budget *budget, const struct waiter *waiter) REQUIRES(budget->lock)
{
    *(waiter->previous == NULL ? &budget->waiters : &waiter->previous->next) = waiter->next;
    if (waiter->next != NULL) {
        waiter->next->previous = waiter->previous;
    }
    budget->counts.waiting--;
}

bool poll_budget_wait(struct poll_budget *budget, enum allowance_class class, struct stop *cancel)
{
    struct waiter waiter = {.cancel = cancel};
    condition_init(&waiter.changed);
    mutex_lock(&budget->lock);
    int64_t begun_ms = clock_boot_ms(budget->clock);
    note_waiter(budget, &waiter);
    allowance_enter(&budget->allowance, &waiter.place, class, begun_ms);
    bool waited = wait_for_turn(budget, &waiter, cancel);
    if (!waiter.may_call) {
        allowance_leave(&budget->allowance, &waiter.place);
    }
    forget_waiter(budget, &waiter);
    budget->counts.waits += waited ? 1 : 0;
    budget->counts.waited_ms += waited ? (uint64_t)(clock_boot_ms(budget->clock) - begun_ms) : 0;
    struct allowance_place *front = allowance_front(&budget->allowance);
    if (front != NULL && !budget->time_kept) {
        condition_signal(&((struct waiter *)front)->changed); /* keeps the time from here on */
    }
    mutex_unlock(&budget->lock);
    condition_destroy(&waiter.changed);
    return waiter.may_call;
}

void poll_budget_cancel(struct poll_budget *budget, const struct stop *cancel)
{
    mutex_lock(&budget->lock);
    for (struct waiter *waiter = budget->waiters; waiter != NULL; waiter = waiter->next) {
        if (waiter->cancel == cancel) {
            condition_signal(&waiter->changed);
        }
    }
    mutex_unlock(&budget->lock);
}

void poll_budget_read_counts(struct poll_budget *budget, struct poll_budget_counts *ret_counts)
{
    *ret_counts = (struct poll_budget_counts){.calls_per_second = 0};
    if (budget != NULL) {
        mutex_lock(&budget->lock);
        *ret_counts = budget->counts;
        mutex_unlock(&budget->lock);
    }
}
