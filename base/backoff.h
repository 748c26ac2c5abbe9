/* Capped exponential backoff with full jitter, as a pure step: no clock, no sleep. */
#ifndef PENSTOCK_BASE_BACKOFF_H
#define PENSTOCK_BASE_BACKOFF_H

#include <stdint.h>

#include "base/random.h"

struct backoff {
    int64_t base_ms;
    int64_t cap_ms;
    uint32_t failures; /* in a row, so far */
};

void backoff_init(struct backoff *backoff, int64_t base_ms, int64_t cap_ms);

/* Counts one more failure and returns how long to wait: uniform in [half, whole] of min(base x 2^(failures -
 * 1), cap), so that a retry neither comes at once nor in step with others. */
int64_t backoff_next_ms(struct backoff *backoff, struct random *random);

/* After a success. */
void backoff_reset(struct backoff *backoff);

#endif
