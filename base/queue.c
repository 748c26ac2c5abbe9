#include "base/queue.h"

#include <stdlib.h>

#include "base/clock.h"

struct status queue_init(struct queue *queue, size_t capacity) NO_THREAD_CHECK
{
    if (capacity == 0) {
        return status_make(STATUS_INVALID, "a queue needs room for one item at least");
    }
    void **items = calloc(capacity, sizeof *items);
    if (items == NULL) {
        return status_no_memory("a queue", capacity * sizeof *items);
    }
    *queue = (struct queue){.items = items, .capacity = capacity};
    mutex_init(&queue->lock);
    condition_init(&queue->not_empty);
    condition_init(&queue->not_full);
    return status_ok();
}

void queue_destroy(struct queue *queue) NO_THREAD_CHECK
{
    if (queue->items == NULL) {
        return;
    }
    free(queue->items);
    queue->items = NULL;
    condition_destroy(&queue->not_empty);
    condition_destroy(&queue->not_full);
    mutex_destroy(&queue->lock);
}

/* Waits on `condition` until `deadline_ms` of the boot clock at the latest; false when that has passed.
 * Others may take what a wake promised, so the time is counted from the first wait. */
static bool wait_until(struct condition *condition, struct mutex *lock, int64_t deadline_ms) REQUIRES(lock)
{
    int64_t left_ms = deadline_ms - clock_boot_ms(clock_real());
    if (left_ms <= 0) {
        return false;
    }
    (void)condition_wait_ms(condition, lock, left_ms);
    return true;
}

/* The deadline of a wait of `ms` from now. */
static int64_t deadline_after(int64_t ms)
{
    int64_t now_ms = clock_boot_ms(clock_real());
    return ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + ms;
}

struct status queue_push(struct queue *queue, void *item, int64_t ms)
{
    struct status status = status_ok();
    int64_t deadline_ms = deadline_after(ms);
    mutex_lock(&queue->lock);
    bool in_time = true;
    while (queue->count == queue->capacity && !queue->closed && in_time) {
        in_time = wait_until(&queue->not_full, &queue->lock, deadline_ms);
    }
    if (queue->closed) {
        status = status_make(STATUS_STOPPED, "the queue is closed");
    } else if (queue->count == queue->capacity) {
        status = status_make(STATUS_TIMEOUT, "the queue stayed full for %lld ms", (long long)ms);
    } else {
        queue->items[(queue->first + queue->count) % queue->capacity] = item;
        queue->count++;
        condition_signal(&queue->not_empty);
    }
    mutex_unlock(&queue->lock);
    return status;
}

struct status queue_pop(struct queue *queue, int64_t ms, void **ret_item)
{
    struct status status = status_ok();
    int64_t deadline_ms = deadline_after(ms);
    mutex_lock(&queue->lock);
    bool in_time = true;
    while (queue->count == 0 && !queue->closed && in_time) {
        in_time = wait_until(&queue->not_empty, &queue->lock, deadline_ms);
    }
    if (queue->count > 0) {
        *ret_item = queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
        condition_signal(&queue->not_full);
    } else if (queue->closed) {
        status = status_make(STATUS_STOPPED, "the queue is closed");
    } else {
        status = status_make(STATUS_TIMEOUT, "the queue stayed empty for %lld ms", (long long)ms);
    }
    mutex_unlock(&queue->lock);
    return status;
}

void queue_close(struct queue *queue)
{
    mutex_lock(&queue->lock);
    queue->closed = true;
    condition_broadcast(&queue->not_empty);
    condition_broadcast(&queue->not_full);
    mutex_unlock(&queue->lock);
}
