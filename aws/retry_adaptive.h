/* The send rate of the SDKs' "adaptive" retry mode, as pure rules: after botocore's retries/adaptive.py, throttling.py
 * and bucket.py, number for number (tests/integration/test_retry_botocore.py plays both).
 *
 * Nobody waits before the first throttle. From then on every attempt needs a token of a bucket, which fills at a rate
 * that a throttle lowers to 0.7 of the measured rate, that grows back along a cubic curve (slow near the rate that was
 * too much, then faster), and that each reply holds to twice the measured rate. An attempt without an answer counts as
 * a success, as in botocore: a broken network is no throttle.
 *
 * No clock, no sleep, no lock: times are handed in, in milliseconds that never go back; the owner guards it.
 */
#ifndef PENSTOCK_AWS_RETRY_ADAPTIVE_H
#define PENSTOCK_AWS_RETRY_ADAPTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* CubicCalculator: seconds and requests a second, as all here. */
struct retry_cubic {
    double most; /* the rate at the last throttle */
    double flat_after; /* how long after it the curve is back there */
    double throttled_at;
};

/* RateClocker: attempts a second, over buckets of half a second, smoothed. */
struct retry_clocker {
    double rate;
    double bucket_start;
    double count; /* in the bucket */
};

/* TokenBucket. */
struct retry_tokens {
    double rate; /* tokens a second */
    double capacity;
    double tokens;
    double filled_at;
};

struct retry_adaptive {
    bool enabled; /* since the first throttle */
    struct retry_cubic cubic;
    struct retry_clocker clocker;
    struct retry_tokens bucket;
};

void retry_adaptive_init(struct retry_adaptive *adaptive, int64_t now_ms);

/* Takes a token. 0: it was there, or none is needed yet; else nothing was taken, and that many milliseconds go by until
 * there is one at the present rate. */
int64_t retry_adaptive_take(struct retry_adaptive *adaptive, int64_t now_ms) MUST_USE;

/* An attempt was answered, or ended without an answer (not `throttled`). */
void retry_adaptive_reply(struct retry_adaptive *adaptive, bool throttled, int64_t now_ms);

#endif
