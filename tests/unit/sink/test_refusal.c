/* What would break for a user: a throttle that sends lines to the dead letters (fault 34), a wrong stream
 * name that sends all of them there, poison that is sent again for ever. */
#include "support.h"

#include "sink/refusal.h"

static void failures_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        enum status_code code;
        const char *error_code;
        int http_status;
        const char *body;
        enum refusal refusal;
    } cases[] = {
        {STATUS_INVALID, "InvalidArgumentException", 400, "{\"message\":\"Record 3 is bad\"}",
         REFUSAL_CONTENT},
        {STATUS_INVALID, "ValidationException", 400,
         "{\"message\":\"Value at 'records.3.member.data' failed\"}", REFUSAL_CONTENT},
        {STATUS_INVALID, "SerializationException", 400, "{}", REFUSAL_CONTENT},
        {STATUS_TOO_LARGE, "", 413, "", REFUSAL_CONTENT},
        {STATUS_INVALID, "", 413, "<html>", REFUSAL_CONTENT},
        {STATUS_UNAVAILABLE, "", 413, "", REFUSAL_CONTENT},
        {STATUS_INVALID, "ValidationException", 400,
         "{\"message\":\"Value 'x y' at 'deliveryStreamName' failed to satisfy constraint\"}",
         REFUSAL_BLOCKED},
        {STATUS_INVALID, "InvalidArgumentException", 400,
         "{\"message\":\"This operation is not permitted on KinesisStreamAsSource delivery stream type.\"}",
         REFUSAL_BLOCKED},
        {STATUS_INVALID, "InvalidKMSResourceException", 400, "{}", REFUSAL_BLOCKED},
        {STATUS_INVALID, "InvalidSourceException", 400, "{}", REFUSAL_BLOCKED},
        {STATUS_INVALID, "UnknownOperationException", 400, "{}", REFUSAL_BLOCKED},
        {STATUS_NOT_FOUND, "ResourceNotFoundException", 400, "{}", REFUSAL_BLOCKED},
        {STATUS_DENIED, "AccessDeniedException", 400, "{}", REFUSAL_BLOCKED},
        {STATUS_THROTTLED, "ThrottlingException", 400, "{}", REFUSAL_RETRY},
        {STATUS_THROTTLED, "ServiceUnavailableException", 503, "{}", REFUSAL_RETRY},
        {STATUS_UNAVAILABLE, "InternalFailure", 500, "{}", REFUSAL_RETRY},
        {STATUS_UNAVAILABLE, "", 0, "", REFUSAL_RETRY},
        {STATUS_TIMEOUT, "", 0, "", REFUSAL_RETRY},
        {STATUS_CORRUPT, "", 200, "{\"Requ", REFUSAL_RETRY},
        {STATUS_TOO_LARGE, "", 200, "", REFUSAL_RETRY},
        {STATUS_NO_MEMORY, "", 0, "", REFUSAL_RETRY},
        {STATUS_STOPPED, "", 0, "", REFUSAL_STOPPED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum refusal refusal = refusal_of(cases[i].code, cases[i].error_code, cases[i].http_status,
                                          slice_of_text(cases[i].body));
        if (refusal != cases[i].refusal) {
            fail_msg("case %zu (%s): %d instead of %d", i, cases[i].error_code, refusal, cases[i].refusal);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
