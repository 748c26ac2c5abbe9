#include "sink/sender_pace.h"

int64_t sender_pace_begin(struct sender *sender)
{
    struct sending *shared = sender->shared;
    struct window *window = &sender->window;
    mutex_lock(&shared->lock);
    int64_t now_ms = clock_boot_ms(shared->options.clock);
    int64_t wait_ms = pace_wait_ms(&shared->pace, now_ms);
    if (wait_ms == 0) {
        size_t most = pace_request_bytes(&shared->pace);
        size_t bytes = window->records[0].bytes;
        uint32_t size = 1;
        while (size < window->size && bytes + window->records[size].bytes <= most) {
            bytes += window->records[size++].bytes;
        }
        window->size = size;
        pace_spend(&shared->pace, bytes, now_ms);
    }
    mutex_unlock(&shared->lock);
    return wait_ms;
}

void sender_pace_held_back(struct sender *sender)
{
    struct sending *shared = sender->shared;
    size_t bytes = 0;
    for (uint32_t i = 0; i < sender->window.size; i++) {
        bytes += sender->window.records[i].bytes;
    }
    mutex_lock(&shared->lock);
    pace_refund(&shared->pace, bytes, clock_boot_ms(shared->options.clock));
    mutex_unlock(&shared->lock);
}

void sender_pace_answered(struct sender *sender, bool failed, int64_t begun_ms)
{
    struct sending *shared = sender->shared;
    const char *code = sender->reply.error_code[0] != '\0' ? sender->reply.error_code : sender->error_code;
    bool throttled = failed && (strcmp(code, "ServiceUnavailableException") == 0 ||
                                strcmp(code, "ThrottlingException") == 0 || strcmp(code, "SlowDown") == 0);
    enum flight_answer answer = throttled ? FLIGHT_THROTTLED : failed ? FLIGHT_FAILED : FLIGHT_TAKEN;
    bool held_back = outbox_due_in_ms(&shared->outbox) == 0; /* nobody is free to take it */
    mutex_lock(&shared->lock);
    int64_t now_ms = clock_boot_ms(shared->options.clock);
    if (throttled) {
        pace_throttled(&shared->pace, now_ms);
    } else if (!failed) {
        pace_succeeded(&shared->pace, now_ms);
    }
    mutex_unlock(&shared->lock);
    flight_gate_answered(&shared->gate, answer, begun_ms, held_back);
}
