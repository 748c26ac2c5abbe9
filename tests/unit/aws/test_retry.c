/* The retry rules' numbers: wrong ones either hammer a service in trouble or give up on a blip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/retry.h"

struct classify_case {
    enum status_code transport;
    int http_status;
    const char *code;
    enum retry_verdict verdict;
};

static const struct classify_case classify_cases[] = {
    {STATUS_UNAVAILABLE, 0, "", RETRY_TRANSIENT},
    {STATUS_TIMEOUT, 0, "", RETRY_TRANSIENT},
    {STATUS_CORRUPT, 200, "", RETRY_TRANSIENT},
    {STATUS_DENIED, 0, "", RETRY_NONE},
    {STATUS_TOO_LARGE, 200, "", RETRY_NONE},
    {STATUS_STOPPED, 0, "", RETRY_NONE},
    {STATUS_NO_MEMORY, 0, "", RETRY_NONE},
    {STATUS_INVALID, 0, "", RETRY_NONE},
    {STATUS_OK, 500, "", RETRY_TRANSIENT},
    {STATUS_OK, 502, "", RETRY_TRANSIENT},
    {STATUS_OK, 503, "ServiceUnavailableException", RETRY_TRANSIENT},
    {STATUS_OK, 504, "", RETRY_TRANSIENT},
    {STATUS_OK, 501, "", RETRY_NONE},
    {STATUS_OK, 429, "", RETRY_THROTTLED},
    {STATUS_OK, 400, "RequestTimeout", RETRY_TRANSIENT},
    {STATUS_OK, 400, "RequestTimeoutException", RETRY_TRANSIENT},
    {STATUS_OK, 400, "IDPCommunicationError", RETRY_TRANSIENT},
    {STATUS_OK, 400, "ReplicatedWriteConflictException", RETRY_TRANSIENT},
    {STATUS_OK, 400, "PriorRequestNotComplete", RETRY_THROTTLED},
    {STATUS_OK, 400, "Throttling", RETRY_THROTTLED},
    {STATUS_OK, 400, "ThrottlingException", RETRY_THROTTLED},
    {STATUS_OK, 400, "ThrottledException", RETRY_THROTTLED},
    {STATUS_OK, 400, "RequestThrottled", RETRY_THROTTLED},
    {STATUS_OK, 400, "RequestThrottledException", RETRY_THROTTLED},
    {STATUS_OK, 400, "TooManyRequestsException", RETRY_THROTTLED},
    {STATUS_OK, 400, "ProvisionedThroughputExceededException", RETRY_THROTTLED},
    {STATUS_OK, 400, "TransactionInProgressException", RETRY_THROTTLED},
    {STATUS_OK, 400, "RequestLimitExceeded", RETRY_THROTTLED},
    {STATUS_OK, 400, "BandwidthLimitExceeded", RETRY_THROTTLED},
    {STATUS_OK, 400, "LimitExceededException", RETRY_THROTTLED},
    {STATUS_OK, 503, "SlowDown", RETRY_THROTTLED},
    {STATUS_OK, 400, "EC2ThrottledException", RETRY_THROTTLED},
    {STATUS_OK, 400, "RequestTimeTooSkewed", RETRY_SKEWED},
    {STATUS_OK, 400, "RequestExpired", RETRY_SKEWED},
    {STATUS_OK, 400, "RequestInTheFuture", RETRY_SKEWED},
    {STATUS_OK, 403, "InvalidSignatureException", RETRY_SKEWED},
    {STATUS_OK, 403, "SignatureDoesNotMatch", RETRY_SKEWED},
    {STATUS_OK, 403, "AuthFailure", RETRY_SKEWED},
    {STATUS_OK, 400, "ExpiredTokenException", RETRY_CREDENTIALS},
    {STATUS_OK, 403, "ExpiredToken", RETRY_CREDENTIALS},
    {STATUS_OK, 400, "UnrecognizedClientException", RETRY_CREDENTIALS},
    {STATUS_OK, 403, "InvalidClientTokenId", RETRY_CREDENTIALS},
    {STATUS_OK, 400, "ValidationException", RETRY_NONE},
    {STATUS_OK, 400, "ConditionalCheckFailedException", RETRY_NONE},
    {STATUS_OK, 400, "AccessDeniedException", RETRY_NONE},
    {STATUS_OK, 400, "throttling", RETRY_NONE},
    {STATUS_OK, 400, "ThrottlingExceptionX", RETRY_NONE},
    {STATUS_OK, 302, "", RETRY_NONE},
};

static void each_failure_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof classify_cases / sizeof classify_cases[0]; i++) {
        const struct classify_case *c = &classify_cases[i];
        struct retry_failure failure = {c->transport, c->http_status, slice_of_text(c->code)};
        if (retry_classify(&failure) != c->verdict) {
            fail_msg("%d %d %s: %d", (int)c->transport, c->http_status, c->code,
                     (int)retry_classify(&failure));
        }
    }
}

static void delays_double_from_their_base_to_the_cap(void **state)
{
    (void)state;
    static const struct {
        bool dynamodb;
        bool throttled;
        uint32_t attempt;
        int64_t whole;
    } cases[] = {
        {true, false, 1, 25},      {true, false, 2, 50},
        {true, false, 3, 100},     {false, false, 1, 50},
        {false, false, 4, 400},    {true, true, 1, 1000},
        {false, true, 3, 4000},    {false, true, 5, 16000},
        {false, true, 6, 20000},   {false, true, 100, 20000},
        {true, false, 10, 12800},  {true, false, 11, 20000},
        {false, false, 64, 20000}, {true, false, 4000000000u, 20000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(retry_delay_ms(cases[i].dynamodb, cases[i].throttled, cases[i].attempt, 0.0, -1), 0);
        assert_int_equal(retry_delay_ms(cases[i].dynamodb, cases[i].throttled, cases[i].attempt, 0.5, -1),
                         cases[i].whole / 2);
    }
}

static void a_server_may_stretch_a_delay_by_five_seconds_and_never_shorten_it(void **state)
{
    (void)state;
    assert_int_equal(retry_delay_ms(false, true, 1, 0.5, 0), 500);
    assert_int_equal(retry_delay_ms(false, true, 1, 0.5, 100), 500);
    assert_int_equal(retry_delay_ms(false, true, 1, 0.5, 3000), 3000);
    assert_int_equal(retry_delay_ms(false, true, 1, 0.5, 5500), 5500);
    assert_int_equal(retry_delay_ms(false, true, 1, 0.5, 86400000), 5500);
    assert_int_equal(retry_delay_ms(true, false, 1, 0.0, -7), 0);
}

static void the_bucket_pays_and_is_filled_by_successes(void **state)
{
    (void)state;
    struct retry_bucket bucket;
    int cost = 0;
    retry_bucket_init(&bucket);
    assert_int_equal(bucket.tokens, 500);
    retry_bucket_refund(&bucket, 0);
    assert_int_equal(bucket.tokens, 500);
    assert_true(retry_bucket_take(&bucket, false, &cost));
    assert_int_equal(cost, 14);
    assert_true(retry_bucket_take(&bucket, true, &cost));
    assert_int_equal(cost, 5);
    assert_int_equal(bucket.tokens, 481);
    retry_bucket_refund(&bucket, 5);
    retry_bucket_refund(&bucket, 0);
    assert_int_equal(bucket.tokens, 487);
    for (int i = 0; i < 34; i++) {
        assert_true(retry_bucket_take(&bucket, false, &cost));
    }
    assert_int_equal(bucket.tokens, 11);
    cost = -1;
    assert_false(retry_bucket_take(&bucket, false, &cost));
    assert_int_equal(cost, -1);
    assert_int_equal(bucket.tokens, 11);
    assert_true(retry_bucket_take(&bucket, true, &cost));
    assert_true(retry_bucket_take(&bucket, true, &cost));
    assert_false(retry_bucket_take(&bucket, true, &cost));
    assert_int_equal(bucket.tokens, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failure_has_its_verdict),
        cmocka_unit_test(delays_double_from_their_base_to_the_cap),
        cmocka_unit_test(a_server_may_stretch_a_delay_by_five_seconds_and_never_shorten_it),
        cmocka_unit_test(the_bucket_pays_and_is_filled_by_successes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
