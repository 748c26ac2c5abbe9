#include "aws/retry_adaptive.h"

#include <math.h>

static const double cubic_beta = 0.7;
static const double cubic_scale = 0.4;
static const double clocker_smoothing = 0.8;
static const double clocker_bucket = 0.5;
static const double bucket_least_rate = 0.5;
static const double most_of_measured = 2.0;

static double seconds_of(int64_t now_ms)
{
    return (double)now_ms / 1000.0;
}

static double least(double left, double right)
{
    return left < right ? left : right;
}

/* ---- The curve ---- */

/* pow() and not cbrt(), as botocore does. */
static void cubic_begin(struct retry_cubic *cubic, double most, double now)
{
    cubic->most = most;
    cubic->flat_after = pow(most * (1 - cubic_beta) / cubic_scale, 1 / 3.0);
    cubic->throttled_at = now;
}

static double cubic_rate(const struct retry_cubic *cubic, double now)
{
    return cubic_scale * pow(now - cubic->throttled_at - cubic->flat_after, 3) + cubic->most;
}

/* ---- The measured rate ---- */

static double clocker_count(struct retry_clocker *clocker, double now)
{
    double start = floor(now / clocker_bucket) * clocker_bucket;
    clocker->count++;
    if (start > clocker->bucket_start) {
        double rate = clocker->count / (start - clocker->bucket_start);
        clocker->rate = rate * clocker_smoothing + clocker->rate * (1 - clocker_smoothing);
        clocker->count = 0;
        clocker->bucket_start = start;
    }
    return clocker->rate;
}

/* ---- The tokens ---- */

static void bucket_fill(struct retry_tokens *bucket, double now)
{
    double filled = bucket->tokens + (now - bucket->filled_at) * bucket->rate;
    bucket->tokens = least(bucket->capacity, filled);
    bucket->filled_at = now;
}

/* What was saved up until now came at the old rate. */
static void bucket_set_rate(struct retry_tokens *bucket, double rate, double now)
{
    bucket_fill(bucket, now);
    bucket->rate = rate > bucket_least_rate ? rate : bucket_least_rate;
    bucket->capacity = rate >= 1 ? rate : 1;
    bucket->tokens = least(bucket->tokens, bucket->capacity);
}

/* ---- All of it ---- */

void retry_adaptive_init(struct retry_adaptive *adaptive, int64_t now_ms)
{
    double now = seconds_of(now_ms);
    *adaptive = (struct retry_adaptive){
        .clocker = {.bucket_start = floor(now)},
        .bucket = {.rate = 1, .capacity = 1, .filled_at = now},
    };
    cubic_begin(&adaptive->cubic, 0, now);
}

int64_t retry_adaptive_take(struct retry_adaptive *adaptive, int64_t now_ms)
{
    if (!adaptive->enabled) {
        return 0;
    }
    struct retry_tokens *bucket = &adaptive->bucket;
    bucket_fill(bucket, seconds_of(now_ms));
    if (bucket->tokens >= 1) {
        bucket->tokens--;
        return 0;
    }
    int64_t wait_ms = (int64_t)ceil((1 - bucket->tokens) / bucket->rate * 1000);
    return wait_ms > 0 ? wait_ms : 1;
}

void retry_adaptive_reply(struct retry_adaptive *adaptive, bool throttled, int64_t now_ms)
{
    double now = seconds_of(now_ms);
    double measured = clocker_count(&adaptive->clocker, now);
    double rate;
    if (throttled) {
        double sent = adaptive->enabled ? least(measured, adaptive->bucket.rate) : measured;
        cubic_begin(&adaptive->cubic, sent, now);
        rate = sent * cubic_beta;
        adaptive->enabled = true;
    } else {
        rate = cubic_rate(&adaptive->cubic, now);
    }
    bucket_set_rate(&adaptive->bucket, least(rate, most_of_measured * measured), now);
}
