/* Private to the keeper: threads that carry out its requests. What keeps or ends a held lease goes before
 * everything else, and the rest never occupies all threads, so a slow listing does not delay a renewal. */
#ifndef PENSTOCK_LEASE_KEEPER_POOL_H
#define PENSTOCK_LEASE_KEEPER_POOL_H

#include "base/thread.h"
#include "lease/lease_rules.h"
#include "lease/lease_store.h"

enum { KEEPER_POOL_THREADS = 32, KEEPER_POOL_OTHERS_MAX = 24 };

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

struct keeper_pool {
    struct mutex lock;
    struct condition changed;
    struct keeper_queue urgent GUARDED_BY(lock);
    struct keeper_queue others GUARDED_BY(lock);
    size_t others_running GUARDED_BY(lock);
    size_t idle GUARDED_BY(lock);
    size_t queued GUARDED_BY(lock);
    bool stopping GUARDED_BY(lock);
    /* Touched by the thread that submits, and after the join. */
    struct thread threads[KEEPER_POOL_THREADS];
    size_t thread_count;
    /* Constant. */
    void (*run)(void *context, struct keeper_task *task); /* takes the task over */
    void *context;
};

/* Starts two threads; more come on demand. */
struct status keeper_pool_start(struct keeper_pool *pool,
                                void (*run)(void *context, struct keeper_task *task), void *context) MUST_USE;

/* Takes the task over. One thread submits. */
void keeper_pool_submit(struct keeper_pool *pool, struct keeper_task *task) EXCLUDES(pool->lock);

/* Lets running tasks end, frees queued ones, joins. */
void keeper_pool_stop(struct keeper_pool *pool) EXCLUDES(pool->lock);

/* Must not be sent any more: a row to be made, asked for longer than a failover time ago (the process slept, or the
 * pool was busy). Others may have made the row, finished and removed it since; no condition would stop it coming back. */
bool keeper_task_is_outdated(const struct keeper_task *task, int64_t now_ms, int64_t failover_ms);

void keeper_queue_push(struct keeper_queue *queue, struct keeper_task *task);
struct keeper_task *keeper_queue_pop(struct keeper_queue *queue); /* NULL: empty */
void keeper_task_free(struct keeper_task *task);

#endif
