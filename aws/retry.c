#include "aws/retry.h"

static const char *const throttle_codes[] = {
    "PriorRequestNotComplete",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "EC2ThrottledException",
    NULL,
};

static const char *const transient_codes[] = {
    "RequestTimeout",
    "RequestTimeoutException",
    "IDPCommunicationError", /* STS */
    "ReplicatedWriteConflictException", /* DynamoDB */
    NULL,
};

static const char *const skew_codes[] = {
    "RequestTimeTooSkewed",
    "RequestExpired",
    "RequestInTheFuture",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
    NULL,
};

/* The second row: keys that were rotated while we ran. */
static const char *const credential_codes[] = {
    "ExpiredToken",         "ExpiredTokenException",
    "TokenRefreshRequired", "UnrecognizedClientException",
    "InvalidClientTokenId", NULL,
};

static bool is_among(struct slice code, const char *const *codes)
{
    for (; *codes != NULL; codes++) {
        if (slice_equals_text(code, *codes)) {
            return true;
        }
    }
    return false;
}

bool retry_is_throttle(struct slice error_code)
{
    return is_among(error_code, throttle_codes);
}

static enum retry_verdict classify_transport(enum status_code code)
{
    bool transient = code == STATUS_UNAVAILABLE || code == STATUS_TIMEOUT || code == STATUS_CORRUPT;
    return transient ? RETRY_TRANSIENT : RETRY_NONE;
}

enum retry_verdict retry_classify(const struct retry_failure *failure)
{
    if (failure->transport != STATUS_OK) {
        return classify_transport(failure->transport);
    }
    int status = failure->http_status;
    if (retry_is_throttle(failure->error_code) || status == 429) {
        return RETRY_THROTTLED;
    }
    if (is_among(failure->error_code, skew_codes)) {
        return RETRY_SKEWED;
    }
    if (is_among(failure->error_code, credential_codes)) {
        return RETRY_CREDENTIALS;
    }
    bool transient = status == 500 || status == 502 || status == 503 || status == 504;
    return transient || is_among(failure->error_code, transient_codes) ? RETRY_TRANSIENT : RETRY_NONE;
}

int64_t retry_delay_ms(bool dynamodb, bool throttled, uint32_t attempt, double unit, int64_t retry_after_ms)
{
    int64_t whole = throttled ? RETRY_BASE_THROTTLED_MS : dynamodb ? RETRY_BASE_DYNAMODB_MS : RETRY_BASE_MS;
    for (uint32_t i = 1; i < attempt && whole < RETRY_CAP_MS; i++) {
        whole *= 2;
    }
    whole = whole < RETRY_CAP_MS ? whole : RETRY_CAP_MS;
    int64_t delay = (int64_t)(unit * (double)whole);
    int64_t asked =
        retry_after_ms < delay + RETRY_AFTER_EXTRA_MS ? retry_after_ms : delay + RETRY_AFTER_EXTRA_MS;
    return asked > delay ? asked : delay;
}

void retry_bucket_init(struct retry_bucket *bucket)
{
    bucket->tokens = RETRY_BUCKET;
}

bool retry_bucket_take(struct retry_bucket *bucket, bool throttled, int *ret_cost)
{
    int cost = throttled ? RETRY_COST_THROTTLED : RETRY_COST;
    if (bucket->tokens < cost) {
        return false;
    }
    bucket->tokens -= cost;
    *ret_cost = cost;
    return true;
}

void retry_bucket_refund(struct retry_bucket *bucket, int last_cost)
{
    bucket->tokens += last_cost > 0 ? last_cost : RETRY_REFUND_FRESH;
    if (bucket->tokens > RETRY_BUCKET) {
        bucket->tokens = RETRY_BUCKET;
    }
}
