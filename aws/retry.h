/* The SDKs' "standard" retry mode, the one that "adaptive" builds on, with the numbers of November 2026, as pure rules:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 *
 * The budget protects one call; loops that must go on for ever (a shard, a lease) have their own backoff around it
 * (base/backoff.h). No clock, no sleep, no lock: the client holds its own.
 */
#ifndef PENSTOCK_AWS_RETRY_H
#define PENSTOCK_AWS_RETRY_H

#include "aws/http.h"

enum {
    RETRY_ATTEMPTS = 3,
    RETRY_ATTEMPTS_DYNAMODB = 4, /* DynamoDB and Streams */
    RETRY_BASE_MS = 50,
    RETRY_BASE_DYNAMODB_MS = 25,
    RETRY_BASE_THROTTLED_MS = 1000,
    RETRY_CAP_MS = 20000,
    RETRY_AFTER_EXTRA_MS = 5000, /* how far x-amz-retry-after may stretch a delay */
    RETRY_BUCKET = 500,
    RETRY_COST = 14,
    RETRY_COST_THROTTLED = 5,
    RETRY_REFUND_FRESH = 1, /* of a call that succeeded at once */
    RETRY_SKEW_MS = 4 * 60 * 1000, /* clocks further apart than this are corrected */
};

/* AWS_RETRY_MODE. */
enum retry_mode {
    RETRY_MODE_STANDARD,
    RETRY_MODE_LEGACY, /* the SDKs' oldest; here the same as standard, whose numbers replaced it */
    RETRY_MODE_ADAPTIVE, /* standard, and after throttles a limit on the rate: aws/retry_adaptive.h */
};

/* What a failed attempt asks for. */
enum retry_verdict {
    RETRY_NONE, /* the same request would fail again */
    RETRY_TRANSIENT, /* network or server trouble */
    RETRY_THROTTLED, /* refused for now */
    RETRY_SKEWED, /* our clock may be wrong: look at the Date header */
    RETRY_CREDENTIALS, /* the credentials are expired or unknown: get newer ones */
};

struct retry_failure {
    enum status_code
        transport; /* of the exchange; STATUS_OK when a reply came, STATUS_CORRUPT: bad checksum */
    int http_status;
    struct slice error_code; /* may be empty */
};

enum retry_verdict retry_classify(const struct retry_failure *failure);

/* Whether the code is one of the throttling codes. */
bool retry_is_throttle(struct slice error_code);

/* The pause before the attempt after `attempt` (1: the first failed). `unit` is a random number in [0, 1);
 * `retry_after_ms` the value of x-amz-retry-after, below 0 when absent. */
int64_t retry_delay_ms(bool dynamodb, bool throttled, uint32_t attempt, double unit, int64_t retry_after_ms);

/* The token bucket of one client, full at first. */
struct retry_bucket {
    int tokens;
};

void retry_bucket_init(struct retry_bucket *bucket);

/* Pays for one retry; false, and nothing taken, when the bucket is too empty. *ret_cost is what was paid. */
bool retry_bucket_take(struct retry_bucket *bucket, bool throttled, int *ret_cost) MUST_USE;

/* After a success: the cost of the call's last retry comes back, 0 when it had none. */
void retry_bucket_refund(struct retry_bucket *bucket, int last_cost);

#endif
