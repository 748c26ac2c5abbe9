#include "sink/flight_gate.h"

void flight_gate_init(struct flight_gate *gate, uint32_t most, const struct clock *clock) NO_THREAD_CHECK
{
    gate->clock = clock;
    gate->closed = false;
    mutex_init(&gate->lock);
    condition_init(&gate->opened);
    flight_init(&gate->flight, most, clock_boot_ms(clock));
}

void flight_gate_destroy(struct flight_gate *gate)
{
    condition_destroy(&gate->opened);
    mutex_destroy(&gate->lock);
}

bool flight_gate_wait(struct flight_gate *gate, uint32_t place, int64_t idle_ms)
{
    mutex_lock(&gate->lock);
    if (place >= gate->flight.limit && !gate->closed) {
        (void)condition_wait_ms(&gate->opened, &gate->lock, idle_ms);
    }
    bool may = place < gate->flight.limit || gate->closed;
    mutex_unlock(&gate->lock);
    return may;
}

void flight_gate_answered(struct flight_gate *gate, enum flight_answer answer, int64_t begun_ms,
                          bool held_back)
{
    mutex_lock(&gate->lock);
    int64_t now_ms = clock_boot_ms(gate->clock);
    uint32_t before = gate->flight.limit;
    if (flight_answered(&gate->flight, answer, now_ms - begun_ms, held_back, now_ms) > before) {
        condition_broadcast(&gate->opened);
    }
    mutex_unlock(&gate->lock);
}

uint32_t flight_gate_count(struct flight_gate *gate)
{
    mutex_lock(&gate->lock);
    uint32_t count = gate->flight.limit;
    mutex_unlock(&gate->lock);
    return count;
}

void flight_gate_close(struct flight_gate *gate)
{
    mutex_lock(&gate->lock);
    gate->closed = true;
    condition_broadcast(&gate->opened);
    mutex_unlock(&gate->lock);
}
