/* A bounded first-in first-out queue of pointers between threads. Any thread may call; ownership of an item
 * passes with it. */
#ifndef PENSTOCK_BASE_QUEUE_H
#define PENSTOCK_BASE_QUEUE_H

#include "base/thread.h"

struct queue {
    struct mutex lock;
    struct condition not_empty;
    struct condition not_full;
    void **items GUARDED_BY(lock);
    size_t capacity;
    size_t first GUARDED_BY(lock);
    size_t count GUARDED_BY(lock);
    bool closed GUARDED_BY(lock);
};

/* Room for `capacity` items (at least 1). */
struct status queue_init(struct queue *queue, size_t capacity) MUST_USE;

/* The queue must be empty, or its items owned elsewhere, and no thread inside. */
void queue_destroy(struct queue *queue);

/* Waits up to `ms` for room. STATUS_TIMEOUT when there is none, STATUS_STOPPED once closed: the item stays
 * the caller's. */
struct status queue_push(struct queue *queue, void *item, int64_t ms) MUST_USE EXCLUDES(queue->lock);

/* Waits up to `ms` for an item. STATUS_TIMEOUT when there is none, STATUS_STOPPED once closed and empty. */
struct status queue_pop(struct queue *queue, int64_t ms, void **ret_item) MUST_USE EXCLUDES(queue->lock);

/* No more pushes; pops drain what is there, then say STATUS_STOPPED. */
void queue_close(struct queue *queue) EXCLUDES(queue->lock);

#endif
