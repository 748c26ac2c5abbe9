#include "tests/sim/sim_worker.h"

static bool is_before(const struct sim_event *left, const struct sim_event *right)
{
    return left->at_ms != right->at_ms ? left->at_ms < right->at_ms : left->order < right->order;
}

void *sim_allocate(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);
    if (memory == NULL) {
        fprintf(stderr, "sim: out of memory\n");
        abort();
    }
    return memory;
}

void sim_queue_push(struct sim_queue *queue, const struct sim_event *event, bool again)
{
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity == 0 ? 256 : queue->capacity * 2;
        queue->at = reallocarray(queue->at, queue->capacity, sizeof *queue->at);
        if (queue->at == NULL) {
            abort();
        }
    }
    struct sim_event put = *event;
    put.order = again ? event->order : ++queue->order;
    size_t at = queue->count++;
    while (at > 0 && is_before(&put, &queue->at[(at - 1) / 2])) {
        queue->at[at] = queue->at[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->at[at] = put;
}

bool sim_queue_pop(struct sim_queue *queue, int64_t until_ms, struct sim_event *ret_event)
{
    if (queue->count == 0 || queue->at[0].at_ms > until_ms) {
        return false;
    }
    *ret_event = queue->at[0];
    struct sim_event last = queue->at[--queue->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= queue->count) {
            break;
        }
        if (child + 1 < queue->count && is_before(&queue->at[child + 1], &queue->at[child])) {
            child++;
        }
        if (!is_before(&queue->at[child], &last)) {
            break;
        }
        queue->at[at] = queue->at[child];
        at = child;
    }
    if (queue->count > 0) {
        queue->at[at] = last;
    }
    return true;
}

void sim_queue_free(struct sim_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->at[i].drop != NULL) {
            queue->at[i].drop(queue->at[i].context);
        }
    }
    free(queue->at);
    *queue = (struct sim_queue){0};
}

void sim_at(struct sim *sim, int64_t at_ms, void (*fire)(struct sim *, void *), void (*drop)(void *),
            void *context)
{
    struct sim_event event = {
        .at_ms = at_ms, .fire = fire, .drop = drop, .context = context, .worker = SIM_NONE};
    sim_queue_push(&sim->queue, &event, false);
}

void sim_at_worker(struct sim *sim, size_t worker, int64_t at_ms, void (*fire)(struct sim *, void *),
                   void (*drop)(void *), void *context)
{
    struct sim_event event = {.at_ms = at_ms,
                              .fire = fire,
                              .drop = drop,
                              .context = context,
                              .worker = (int)worker,
                              .born = sim->workers[worker].born};
    sim_queue_push(&sim->queue, &event, false);
}

/* False: the event's process is dead or paused, which has been dealt with. */
static bool may_fire(struct sim *sim, struct sim_event *event)
{
    if (event->worker == SIM_NONE) {
        return true;
    }
    const struct sim_worker *worker = &sim->workers[event->worker];
    if (!worker->alive || worker->born != event->born) {
        if (event->drop != NULL) {
            event->drop(event->context);
        }
        return false;
    }
    if (sim->now_ms < worker->paused_until_ms) {
        event->at_ms = worker->paused_until_ms;
        sim_queue_push(&sim->queue, event, true);
        return false;
    }
    return true;
}

void sim_advance(struct sim *sim, int64_t until_ms)
{
    struct sim_event event;
    while (sim->violation == NULL && sim_queue_pop(&sim->queue, until_ms, &event)) {
        sim->now_ms = event.at_ms;
        if (may_fire(sim, &event)) {
            sim->events++;
            event.fire(sim, event.context);
        }
    }
    sim->now_ms = until_ms > sim->now_ms && sim->violation == NULL ? until_ms : sim->now_ms;
}
