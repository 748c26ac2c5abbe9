/* What would break for a user: a fleet that sends more than its limit, or a worker that goes on knocking at a throttled
 * stream in the adaptive retry mode. */
#include "firehose_stage.h"

/* 300 lines of about 2 KB at 200 KB a second, half of which is this worker's: at least three seconds, however fast the
 * machine is. */
static void a_share_is_not_exceeded(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    stage_init(stage,
               &(struct stage_options){.shards = 1, .senders = 4, .pack_bytes = 65536, .fleet = 200000});
    stage->sink->divide(stage->sink, 1, 2);
    struct sink_counts counts = {0};
    stage->sink->read_counts(stage->sink, &counts);
    assert_int_equal(counts.pace_bytes_per_second, 100000);
    int64_t begun_ms = clock_boot_ms(clock_real());
    stage_put(stage, 0, 0, 300, 4000);
    assert_all_accepted(stage, 0, 300);
    int64_t took_ms = clock_boot_ms(clock_real()) - begun_ms;
    stage->sink->read_counts(stage->sink, &counts);
    /* A second's bytes may be saved up, and the last request is not waited for. */
    int64_t owed = (int64_t)counts.bytes_accepted - 2 * 100000 - 65536;
    assert_true(owed > 0);
    assert_true(took_ms >= owed * 1000 / 100000);
    stage_free(stage);
    free(stage);
}

/* A request that the adaptive mode holds back is none: it is not sent, not counted, not backed off from. */
static void a_request_that_is_held_back_is_not_counted(void **state)
{
    (void)state;
    struct stage *stage = malloc(sizeof *stage);
    int64_t begun_ms = clock_boot_ms(clock_real());
    stage_init(stage,
               &(struct stage_options){
                   .shards = 1, .senders = 1, .retry_mode = RETRY_MODE_ADAPTIVE, .request_timeout_ms = 1200});
    stage->fake.script[0] = FAKE_THROTTLE;
    stage->fake.script_count = 1;
    stage_put(stage, 0, 0, 5, 100);
    assert_all_accepted(stage, 0, 5);
    int64_t took_ms = clock_boot_ms(clock_real()) - begun_ms;
    struct sink_counts counts = {0};
    stage->sink->read_counts(stage->sink, &counts);
    assert_int_equal(fake_requests(&stage->fake), 2);
    assert_int_equal(counts.requests, 2);
    assert_int_equal(counts.requests_failed, 1);
    /* One request in half a second is the most that was measured, so 1.12 a second the most that is allowed: no token
     * before, and half of a request's time is over then. */
    assert_true(took_ms >= 890);
    stage_free(stage);
    free(stage);
}

int main(void)
{
    test_silence_log();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_is_not_exceeded),
        cmocka_unit_test(a_request_that_is_held_back_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
