#include "lease/keeper_pool.h"

#include <stdlib.h>

enum { FIRST_THREADS = 2 };

bool keeper_task_is_outdated(const struct keeper_task *task, int64_t now_ms, int64_t failover_ms)
{
    return task->kind == LEASE_ACTION_WRITE && task->write.kind == LEASE_WRITE_CREATE &&
           now_ms - task->asked_ms > failover_ms;
}

void keeper_queue_push(struct keeper_queue *queue, struct keeper_task *task)
{
    task->next = NULL;
    if (queue->last == NULL) {
        queue->first = task;
    } else {
        queue->last->next = task;
    }
    queue->last = task;
}

struct keeper_task *keeper_queue_pop(struct keeper_queue *queue)
{
    struct keeper_task *task = queue->first;
    if (task != NULL) {
        queue->first = task->next;
        queue->last = queue->first == NULL ? NULL : queue->last;
    }
    return task;
}

void keeper_task_free(struct keeper_task *task)
{
    if (task != NULL) {
        lease_rows_free(&task->rows);
        stream_description_free(&task->listing);
        free(task);
    }
}

static struct keeper_task *next_task(struct keeper_pool *pool, bool *ret_other) REQUIRES(pool->lock)
{
    struct keeper_task *task = keeper_queue_pop(&pool->urgent);
    *ret_other = task == NULL;
    if (task == NULL && pool->others_running < KEEPER_POOL_OTHERS_MAX) {
        task = keeper_queue_pop(&pool->others);
    }
    return task;
}

static void *run_thread(void *argument)
{
    struct keeper_pool *pool = argument;
    mutex_lock(&pool->lock);
    while (!pool->stopping) {
        bool other;
        struct keeper_task *task = next_task(pool, &other);
        if (task == NULL) {
            pool->idle++;
            condition_wait(&pool->changed, &pool->lock);
            pool->idle--;
            continue;
        }
        pool->queued--;
        pool->others_running += other ? 1 : 0;
        mutex_unlock(&pool->lock);
        pool->run(pool->context, task);
        mutex_lock(&pool->lock);
        pool->others_running -= other ? 1 : 0;
    }
    mutex_unlock(&pool->lock);
    return NULL;
}

static struct status add_thread(struct keeper_pool *pool)
{
    TRY(thread_start(&pool->threads[pool->thread_count], "lease-writer", THREAD_STACK_CALLS, run_thread,
                     pool));
    pool->thread_count++;
    return status_ok();
}

struct status keeper_pool_start(struct keeper_pool *pool,
                                void (*run)(void *context, struct keeper_task *task), void *context)
{
    pool->run = run;
    pool->context = context;
    mutex_init(&pool->lock);
    condition_init(&pool->changed);
    for (size_t i = 0; i < FIRST_THREADS; i++) {
        struct status status = add_thread(pool);
        if (!status_is_ok(&status)) {
            keeper_pool_stop(pool);
            return status;
        }
    }
    return status_ok();
}

void keeper_pool_submit(struct keeper_pool *pool, struct keeper_task *task)
{
    bool urgent = task->kind == LEASE_ACTION_WRITE && lease_write_is_urgent(task->write.kind);
    mutex_lock(&pool->lock);
    keeper_queue_push(urgent ? &pool->urgent : &pool->others, task);
    pool->queued++;
    bool more = pool->queued > pool->idle && pool->thread_count < KEEPER_POOL_THREADS;
    condition_signal(&pool->changed);
    mutex_unlock(&pool->lock);
    if (more) {
        struct status status = add_thread(pool);
        (void)status; /* the system has none to give: those that run do the work */
    }
}

void keeper_pool_stop(struct keeper_pool *pool)
{
    mutex_lock(&pool->lock);
    pool->stopping = true;
    condition_broadcast(&pool->changed);
    mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->thread_count; i++) {
        thread_join(&pool->threads[i]);
    }
    mutex_lock(&pool->lock);
    struct keeper_task *task;
    while ((task = keeper_queue_pop(&pool->urgent)) != NULL ||
           (task = keeper_queue_pop(&pool->others)) != NULL) {
        keeper_task_free(task);
    }
    mutex_unlock(&pool->lock);
    condition_destroy(&pool->changed);
    mutex_destroy(&pool->lock);
}
