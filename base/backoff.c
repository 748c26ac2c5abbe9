#include "base/backoff.h"

void backoff_init(struct backoff *backoff, int64_t base_ms, int64_t cap_ms)
{
    *backoff = (struct backoff){.base_ms = base_ms, .cap_ms = cap_ms};
}

int64_t backoff_next_ms(struct backoff *backoff, struct random *random)
{
    int64_t whole = backoff->base_ms < backoff->cap_ms ? backoff->base_ms : backoff->cap_ms;
    for (uint32_t i = 0; i < backoff->failures && whole > 0 && whole < backoff->cap_ms; i++) {
        whole = whole > backoff->cap_ms / 2 ? backoff->cap_ms : whole * 2;
    }
    if (backoff->failures < UINT32_MAX) {
        backoff->failures++;
    }
    int64_t half = whole / 2;
    return half + (int64_t)random_below(random, (uint64_t)(whole - half) + 1);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->failures = 0;
}
