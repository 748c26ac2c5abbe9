/* The events to come, by time; those of one time in the order they were put. An event belongs to a process
 * (it is dropped when that is dead, and waits while it is paused) or to the world. */
#ifndef PENSTOCK_TESTS_SIM_QUEUE_H
#define PENSTOCK_TESTS_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;

struct sim_event {
    int64_t at_ms;
    uint64_t order;
    void (*fire)(struct sim *sim, void *context); /* takes the context over */
    void (*drop)(void *context); /* NULL: nothing to free */
    void *context;
    int worker; /* or SIM_NONE */
    uint32_t born;
};

struct sim_queue {
    struct sim_event *at; /* a binary heap */
    size_t count;
    size_t capacity;
    uint64_t order;
};

/* `event->order` is given here unless `again`. Aborts when memory runs out, as all of the simulator does. */
void sim_queue_push(struct sim_queue *queue, const struct sim_event *event, bool again);
/* False: empty, or nothing is due by `until_ms`. */
bool sim_queue_pop(struct sim_queue *queue, int64_t until_ms, struct sim_event *ret_event);
void sim_queue_free(struct sim_queue *queue);

/* Puts an event of the world, or of the process that the worker is now. */
void sim_at(struct sim *sim, int64_t at_ms, void (*fire)(struct sim *, void *), void (*drop)(void *),
            void *context);
void sim_at_worker(struct sim *sim, size_t worker, int64_t at_ms, void (*fire)(struct sim *, void *),
                   void (*drop)(void *), void *context);

/* calloc that never fails. */
void *sim_allocate(size_t count, size_t size);

#endif
