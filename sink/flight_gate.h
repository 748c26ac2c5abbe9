/* Which of a sink's threads may take batches: as many as requests are to be under way (sink/flight.h). The first
 * threads do the work of all: the others' memory and connections are not needed. Any thread may call. */
#ifndef PENSTOCK_SINK_FLIGHT_GATE_H
#define PENSTOCK_SINK_FLIGHT_GATE_H

#include "base/clock.h"
#include "base/thread.h"
#include "sink/flight.h"

struct flight_gate {
    const struct clock *clock; /* constant */

    struct mutex lock;
    struct condition opened;
    struct flight flight GUARDED_BY(lock);
    bool closed GUARDED_BY(lock);
};

void flight_gate_init(struct flight_gate *gate, uint32_t most, const struct clock *clock);
/* No thread inside. */
void flight_gate_destroy(struct flight_gate *gate);

/* Waits until the `place`-th thread, counted from 0, may take a batch, or all are closed; false after `idle_ms`. */
bool flight_gate_wait(struct flight_gate *gate, uint32_t place, int64_t idle_ms) EXCLUDES(gate->lock);

/* A request that began at `begun_ms` (CLOCK_BOOTTIME) was answered; `held_back`: a batch is due that nobody is free to
 * take. */
void flight_gate_answered(struct flight_gate *gate, enum flight_answer answer, int64_t begun_ms,
                          bool held_back) EXCLUDES(gate->lock);

/* Requests that may be under way by now. */
uint32_t flight_gate_count(struct flight_gate *gate) EXCLUDES(gate->lock);

/* Nobody waits any more. */
void flight_gate_close(struct flight_gate *gate) EXCLUDES(gate->lock);

#endif
