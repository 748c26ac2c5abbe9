/* Private to the keeper: threads that carry out its requests. What keeps or ends a held lease goes before
 * everything else, and the rest never occupies all threads, so a slow listing does not delay a renewal. */
#ifndef PENSTOCK_LEASE_KEEPER_POOL_H
#define PENSTOCK_LEASE_KEEPER_POOL_H

#include <stdatomic.h>

#include "base/clock.h"
#include "base/thread.h"
#include "lease/keeper_pace.h"
#include "lease/lease_rules.h"
#include "lease/lease_store.h"

/* A request and, afterwards, its result. One allocation, so that an answer can always be handed back. */
struct keeper_task {
    struct keeper_task *next;
    enum lease_action_kind kind;
    char key[LEASE_KEY_BYTES];
    struct lease_write write;
    int64_t asked_ms; /* boot time when the rules asked for it */
    /* The result. */
    struct status status;
    int64_t sent_ms;
    size_t row_count;
    struct lease row;
    struct lease_rows rows;
    struct stream_description listing;
};

struct keeper_queue {
    struct keeper_task *first;
    struct keeper_task *last;
};

/* One thread of the pool. */
struct keeper_writer {
    struct keeper_pool *pool;
    struct thread thread;
    struct condition called;
    /* By the pool's lock. */
    bool is_called; /* to look for a task */
    bool keeps; /* an urgent write is under way, since began_ms */
    int64_t began_ms;
    struct keeper_writer *next_idle;
};

struct keeper_pool {
    struct mutex lock;
    struct keeper_queue urgent GUARDED_BY(lock);
    struct keeper_queue others GUARDED_BY(lock);
    struct keeper_load load GUARDED_BY(lock);
    size_t called GUARDED_BY(lock); /* threads that are to look for a task and have not looked yet */
    struct keeper_writer *idle GUARDED_BY(lock); /* the last to come first: its stack and memory are warm */
    struct keeper_writer writers[KEEPER_POOL_THREADS];
    size_t writer_count GUARDED_BY(lock);
    bool stopping GUARDED_BY(lock);
    atomic_size_t renewals; /* load.renewals, for who does not hold the lock */
    /* Constant. */
    const struct clock *clock;
    void (*run)(void *context, struct keeper_task *task); /* takes the task over */
    void *context;
};

/* Starts two threads; more come on demand, as lease/keeper_pace.h says. */
struct status keeper_pool_start(struct keeper_pool *pool, const struct clock *clock, int64_t failover_ms,
                                void (*run)(void *context, struct keeper_task *task), void *context) MUST_USE;

/* Takes all tasks of the queue over and leaves it empty; asked_ms of each is set. */
void keeper_pool_submit(struct keeper_pool *pool, struct keeper_queue *tasks) EXCLUDES(pool->lock);

/* Calls more threads when urgent writes have waited for too long. To be called every keeper_pace_gap_ms() while tasks
 * are with the pool: when all requests hang, no thread of its own looks at what waits. */
void keeper_pool_look(struct keeper_pool *pool) EXCLUDES(pool->lock);

/* Whether renewals wait for a thread: one more answer comes soon. */
bool keeper_pool_renews_on(struct keeper_pool *pool);

/* Lets running tasks end, frees queued ones, joins. */
void keeper_pool_stop(struct keeper_pool *pool) EXCLUDES(pool->lock);

/* Must not be sent any more: a row to be made, asked for longer than a failover time ago (the process slept, or the
 * pool was busy). Others may have made the row, finished and removed it since; no condition would stop it coming back. */
bool keeper_task_is_outdated(const struct keeper_task *task, int64_t now_ms, int64_t failover_ms);

void keeper_queue_push(struct keeper_queue *queue, struct keeper_task *task);
struct keeper_task *keeper_queue_pop(struct keeper_queue *queue); /* NULL: empty */
void keeper_task_free(struct keeper_task *task);

#endif
