/* When lines are landed past the sink: too early costs small objects for nothing, too late costs records. */
#include "support.h"

#include "sink/spill_rules.h"

enum { AFTER_MS = 60000 };

static void a_sink_that_works_is_used(void **state)
{
    (void)state;
    struct spill_state spill = {.refusing_since_ms = 0};
    for (int64_t now = 1; now < 100000; now += 1000) {
        assert_int_equal(spill_choose(&spill, AFTER_MS, now), SPILL_SEND);
        spill_note_answer(&spill, true, now);
    }
}

static void only_an_unbroken_refusal_spills(void **state)
{
    (void)state;
    struct spill_state spill = {.refusing_since_ms = 0};
    spill_note_answer(&spill, false, 1000);
    assert_int_equal(spill_choose(&spill, AFTER_MS, 1000 + AFTER_MS - 1), SPILL_SEND);
    spill_note_answer(&spill, true, 1000 + AFTER_MS - 1); /* one batch is enough */
    spill_note_answer(&spill, false, 2000 + AFTER_MS);
    assert_int_equal(spill_choose(&spill, AFTER_MS, 2000 + 2 * AFTER_MS - 1), SPILL_SEND);
    assert_int_equal(spill_choose(&spill, AFTER_MS, 2000 + 2 * AFTER_MS), SPILL_LAND);
}

static void one_batch_a_period_probes_and_ends_it(void **state)
{
    (void)state;
    struct spill_state spill = {.refusing_since_ms = 0};
    int64_t now = 1000;
    spill_note_answer(&spill, false, now);
    now += AFTER_MS;
    assert_int_equal(spill_choose(&spill, AFTER_MS, now), SPILL_LAND);
    for (int period = 0; period < 3; period++) {
        for (int64_t left = SPILL_PROBE_MOST_MS; left > 1000; left -= 1000) {
            now += 1000;
            assert_int_equal(spill_choose(&spill, AFTER_MS, now), SPILL_LAND);
        }
        now += 1000;
        assert_int_equal(spill_choose(&spill, AFTER_MS, now), SPILL_PROBE);
        spill_note_answer(&spill, false, now);
        assert_int_equal(spill_choose(&spill, AFTER_MS, now), SPILL_LAND);
    }
    now += SPILL_PROBE_MOST_MS;
    assert_int_equal(spill_choose(&spill, AFTER_MS, now), SPILL_PROBE);
    spill_note_answer(&spill, true, now);
    assert_int_equal(spill_choose(&spill, AFTER_MS, now), SPILL_SEND);
    assert_false(spill.spilling);
}

/* A refusal long ago, and nothing to send since: the sink gets the first batch of the next outage's end. */
static void an_old_refusal_is_probed_before_long(void **state)
{
    (void)state;
    struct spill_state spill = {.refusing_since_ms = 0};
    spill_note_answer(&spill, false, 1000);
    assert_int_equal(spill_choose(&spill, 1000, 10000000), SPILL_LAND);
    assert_int_equal(spill_choose(&spill, 1000, 10000000 + SPILL_PROBE_LEAST_MS), SPILL_PROBE);
}

static void records_near_their_trim_spill_whatever_the_sink_does(void **state)
{
    (void)state;
    struct spill_state spill = {.refusing_since_ms = 0};
    spill_note_urgent(&spill, true);
    for (int64_t now = 1; now < 1000000; now += 10000) {
        assert_int_equal(spill_choose(&spill, AFTER_MS, now), SPILL_LAND);
        spill_note_answer(&spill, true, now);
    }
    spill_note_urgent(&spill, false);
    assert_int_equal(spill_choose(&spill, AFTER_MS, 1000000), SPILL_SEND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sink_that_works_is_used),
        cmocka_unit_test(only_an_unbroken_refusal_spills),
        cmocka_unit_test(one_batch_a_period_probes_and_ends_it),
        cmocka_unit_test(an_old_refusal_is_probed_before_long),
        cmocka_unit_test(records_near_their_trim_spill_whatever_the_sink_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
