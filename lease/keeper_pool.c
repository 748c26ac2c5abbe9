#include "lease/keeper_pool.h"

#include <stdlib.h>

enum { FIRST_THREADS = 2, WRITES_LEARNT_FROM = 16, LONG_IDLE_MS = 1000 };

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

static bool is_urgent(const struct keeper_task *task)
{
    return task->kind == LEASE_ACTION_WRITE && lease_write_is_urgent(task->write.kind);
}

/* The part of the load that the task counts in while it waits. */
static size_t *place_of(struct keeper_pool *pool, const struct keeper_task *task) REQUIRES(pool->lock)
{
    struct keeper_load *load = &pool->load;
    if (!is_urgent(task)) {
        return &load->others;
    }
    return task->write.kind == LEASE_WRITE_RENEW ? &load->renewals : &load->endings;
}

static size_t count_stuck(struct keeper_pool *pool, int64_t now_ms) REQUIRES(pool->lock)
{
    size_t stuck = 0;
    for (size_t i = 0; i < pool->writer_count; i++) {
        const struct keeper_writer *writer = &pool->writers[i];
        bool is_stuck = keeper_pace_is_stuck(now_ms - writer->began_ms, pool->load.patience_ms);
        stuck += writer->keeps && is_stuck ? 1 : 0;
    }
    return stuck;
}

static size_t threads_wanted(struct keeper_pool *pool) REQUIRES(pool->lock)
{
    const struct keeper_task *oldest = pool->urgent.first;
    if (oldest != NULL) {
        int64_t now_ms = clock_boot_ms(pool->clock);
        pool->load.waited_ms = now_ms - oldest->asked_ms;
        pool->load.stuck = count_stuck(pool, now_ms);
    }
    return keeper_pace_threads(&pool->load);
}

static struct keeper_task *next_task(struct keeper_pool *pool) REQUIRES(pool->lock)
{
    if (pool->load.running >= threads_wanted(pool)) {
        return NULL;
    }
    struct keeper_task *task = keeper_queue_pop(&pool->urgent);
    if (task == NULL && pool->load.others_running < KEEPER_POOL_OTHERS_MAX) {
        task = keeper_queue_pop(&pool->others);
    }
    if (task != NULL) {
        --*place_of(pool, task);
        atomic_store(&pool->renewals, pool->load.renewals);
    }
    return task;
}

static void *run_thread(void *argument);

static struct status add_writer(struct keeper_pool *pool) REQUIRES(pool->lock)
{
    struct keeper_writer *writer = &pool->writers[pool->writer_count];
    *writer = (struct keeper_writer){.pool = pool, .is_called = true};
    condition_init(&writer->called);
    struct status status =
        thread_start(&writer->thread, "lease-writer", THREAD_STACK_CALLS, run_thread, writer);
    if (!status_is_ok(&status)) {
        condition_destroy(&writer->called);
        return status;
    }
    pool->writer_count++;
    pool->called++;
    return status_ok();
}

/* Threads to be woken, once the lock is free. */
struct calls {
    struct keeper_writer *writers[KEEPER_POOL_THREADS];
    size_t count;
};

/* Calls as many threads as are wanted; the system may have none to give: those that run do the work. */
static void call_writers(struct keeper_pool *pool, struct calls *ret_calls) REQUIRES(pool->lock)
{
    ret_calls->count = 0;
    size_t wanted = threads_wanted(pool);
    while (pool->load.running + pool->called < wanted) {
        struct keeper_writer *writer = pool->idle;
        if (writer != NULL) {
            pool->idle = writer->next_idle;
            writer->is_called = true;
            pool->called++;
            ret_calls->writers[ret_calls->count++] = writer;
        } else if (pool->writer_count == KEEPER_POOL_THREADS || add_writer(pool).code != STATUS_OK) {
            break;
        }
    }
}

static void wake(const struct calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        condition_signal(&calls->writers[i]->called);
    }
}

static void learn(struct keeper_load *load, int64_t took_ms)
{
    int64_t before_us = load->write_us > 0 ? load->write_us : took_ms * 1000;
    int64_t write_us = before_us + (took_ms * 1000 - before_us) / WRITES_LEARNT_FROM;
    load->write_us = write_us > 0 ? write_us : 1; /* known, and less than a millisecond */
}

/* Carries the task out without the lock. */
static void carry_out(struct keeper_pool *pool, struct keeper_writer *writer, struct keeper_task *task)
    REQUIRES(pool->lock)
{
    struct calls calls;
    size_t other = is_urgent(task) ? 0 : 1;
    bool write = task->kind == LEASE_ACTION_WRITE;
    writer->keeps = other == 0;
    writer->began_ms = clock_boot_ms(pool->clock);
    pool->load.running++;
    pool->load.others_running += other;
    call_writers(pool, &calls);
    mutex_unlock(&pool->lock);
    wake(&calls);
    pool->run(pool->context, task);
    mutex_lock(&pool->lock);
    pool->load.running--;
    pool->load.others_running -= other;
    writer->keeps = false;
    if (write) {
        learn(&pool->load, clock_boot_ms(pool->clock) - writer->began_ms);
    }
}

/* Until it is called, or woken for nothing. One that is not called for long keeps no memory of its calls. */
static void wait_for_call(struct keeper_pool *pool, struct keeper_writer *writer,
                          const struct thread_stack *stack) REQUIRES(pool->lock)
{
    if (!condition_wait_ms(&writer->called, &pool->lock, LONG_IDLE_MS)) {
        thread_stack_release(stack);
        if (!writer->is_called && !pool->stopping) {
            condition_wait(&writer->called, &pool->lock);
        }
    }
}

static void *run_thread(void *argument)
{
    struct keeper_writer *writer = argument;
    struct keeper_pool *pool = writer->pool;
    const struct thread_stack stack = thread_stack_of_caller();
    mutex_lock(&pool->lock);
    while (!pool->stopping) {
        if (!writer->is_called) {
            wait_for_call(pool, writer, &stack);
            continue;
        }
        pool->called--;
        struct keeper_task *task;
        while (!pool->stopping && (task = next_task(pool)) != NULL) {
            carry_out(pool, writer, task);
        }
        writer->is_called = false;
        writer->next_idle = pool->idle;
        pool->idle = writer;
    }
    mutex_unlock(&pool->lock);
    return NULL;
}

struct status keeper_pool_start(struct keeper_pool *pool, const struct clock *clock, int64_t failover_ms,
                                void (*run)(void *context, struct keeper_task *task), void *context)
{
    pool->clock = clock;
    pool->run = run;
    pool->context = context;
    mutex_init(&pool->lock);
    mutex_lock(&pool->lock);
    pool->load.patience_ms = keeper_pace_patience_ms(failover_ms);
    struct status status = status_ok();
    for (size_t i = 0; i < FIRST_THREADS && status_is_ok(&status); i++) {
        status = add_writer(pool);
    }
    mutex_unlock(&pool->lock);
    if (!status_is_ok(&status)) {
        keeper_pool_stop(pool);
    }
    return status;
}

void keeper_pool_submit(struct keeper_pool *pool, struct keeper_queue *tasks)
{
    struct calls calls;
    struct keeper_task *task;
    mutex_lock(&pool->lock);
    while ((task = keeper_queue_pop(tasks)) != NULL) {
        keeper_queue_push(is_urgent(task) ? &pool->urgent : &pool->others, task);
        ++*place_of(pool, task);
    }
    atomic_store(&pool->renewals, pool->load.renewals);
    call_writers(pool, &calls);
    mutex_unlock(&pool->lock);
    wake(&calls);
}

void keeper_pool_look(struct keeper_pool *pool)
{
    struct calls calls;
    mutex_lock(&pool->lock);
    call_writers(pool, &calls);
    mutex_unlock(&pool->lock);
    wake(&calls);
}

bool keeper_pool_renews_on(struct keeper_pool *pool)
{
    return atomic_load(&pool->renewals) > 0;
}

void keeper_pool_stop(struct keeper_pool *pool)
{
    mutex_lock(&pool->lock);
    pool->stopping = true; /* no writer is added from here on */
    size_t count = pool->writer_count;
    for (size_t i = 0; i < count; i++) {
        condition_signal(&pool->writers[i].called);
    }
    mutex_unlock(&pool->lock);
    for (size_t i = 0; i < count; i++) {
        thread_join(&pool->writers[i].thread);
    }
    for (size_t i = 0; i < count; i++) { /* each of them may have called any other up to its end */
        condition_destroy(&pool->writers[i].called);
    }
    mutex_lock(&pool->lock);
    struct keeper_task *task;
    while ((task = keeper_queue_pop(&pool->urgent)) != NULL ||
           (task = keeper_queue_pop(&pool->others)) != NULL) {
        keeper_task_free(task);
    }
    mutex_unlock(&pool->lock);
    mutex_destroy(&pool->lock);
}
