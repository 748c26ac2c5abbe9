/* What would break for a user: a backlog that waits for a far destination with four requests under way, or memory and
 * connections for requests that only wait in a busy one. */
#include "support.h"

#include "sink/flight.h"

/* So many answers, each of which took `took_ms` and found a batch waiting (or not), 10 ms apart. */
static uint32_t answers(struct flight *flight, int count, int64_t took_ms, bool held_back, int64_t *now_ms)
{
    uint32_t limit = flight->limit;
    for (int i = 0; i < count; i++) {
        *now_ms += 10;
        limit = flight_answered(flight, FLIGHT_TAKEN, took_ms, held_back, *now_ms);
    }
    return limit;
}

static void it_begins_with_four_or_fewer(void **state)
{
    (void)state;
    static const uint32_t cases[][2] = {{1, 1}, {3, 3}, {4, 4}, {16, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct flight flight;
        flight_init(&flight, cases[i][0], 0);
        assert_int_equal(flight.limit, cases[i][1]);
    }
}

static void a_far_destination_gets_more_while_batches_wait(void **state)
{
    (void)state;
    struct flight flight;
    int64_t now_ms = 0;
    flight_init(&flight, 16, now_ms);
    assert_int_equal(answers(&flight, 3, 200, true, &now_ms), 4); /* not a whole round yet */
    assert_int_equal(answers(&flight, 1, 200, true, &now_ms), 5);
    assert_int_equal(answers(&flight, 5, 200, true, &now_ms), 6);
    assert_int_equal(answers(&flight, 60, 200, false, &now_ms), 6); /* nothing waits: enough */
    assert_int_equal(answers(&flight, 1000, 200, true, &now_ms), 16);
}

/* Their bytes would be held twice, and move no sooner. */
static void a_near_destination_gets_no_more(void **state)
{
    (void)state;
    struct flight flight;
    int64_t now_ms = 0;
    flight_init(&flight, 16, now_ms);
    assert_int_equal(answers(&flight, 1000, FLIGHT_NEAR_MS - 1, true, &now_ms), 4);
    assert_int_equal(flight_answered(&flight, FLIGHT_THROTTLED, 5, true, now_ms), 2);
    assert_int_equal(answers(&flight, 1000, FLIGHT_NEAR_MS - 1, true, &now_ms), 4);
    assert_int_equal(answers(&flight, 10000, FLIGHT_NEAR_MS, true, &now_ms), 16);
}

static void a_busy_destination_gets_no_more(void **state)
{
    (void)state;
    struct flight flight;
    int64_t now_ms = 0;
    flight_init(&flight, 16, now_ms);
    assert_int_equal(answers(&flight, 15, 100, true, &now_ms), 7);
    assert_int_equal(answers(&flight, 70, 250, true, &now_ms), 7); /* slower, but not by the queue alone */
    assert_int_equal(answers(&flight, 7, 500, true, &now_ms), 6);
    assert_int_equal(answers(&flight, 600, 500, true, &now_ms), 4); /* never fewer than it began with */
}

static void a_destination_that_became_slower_is_learned(void **state)
{
    (void)state;
    struct flight flight;
    int64_t now_ms = 0;
    flight_init(&flight, 16, now_ms);
    (void)answers(&flight, 8, 20, true, &now_ms);
    assert_int_equal(answers(&flight, 400, 300, true, &now_ms), 4);
    now_ms += 60000;
    (void)answers(&flight, 100, 300, true, &now_ms);
    now_ms += 60000;
    assert_int_equal(answers(&flight, 1000, 300, true, &now_ms), 16);
}

static void a_throttle_halves_once_a_second(void **state)
{
    (void)state;
    struct flight flight;
    int64_t now_ms = 5000;
    flight_init(&flight, 16, now_ms);
    (void)answers(&flight, 1000, 50, true, &now_ms);
    assert_int_equal(flight_answered(&flight, FLIGHT_THROTTLED, 5, true, now_ms), 8);
    assert_int_equal(flight_answered(&flight, FLIGHT_THROTTLED, 5, true, now_ms + 999), 8);
    assert_int_equal(flight_answered(&flight, FLIGHT_THROTTLED, 5, true, now_ms + 1000), 4);
    assert_int_equal(flight_answered(&flight, FLIGHT_THROTTLED, 5, true, now_ms + 2000), 2);
    assert_int_equal(flight_answered(&flight, FLIGHT_THROTTLED, 5, true, now_ms + 3000), 2);
    assert_int_equal(flight_answered(&flight, FLIGHT_FAILED, 9000, true, now_ms + 5000), 2);
    now_ms += 5000;
    assert_int_equal(answers(&flight, 2, 50, true, &now_ms), 3);
    flight_init(&flight, 1, now_ms);
    assert_int_equal(flight_answered(&flight, FLIGHT_THROTTLED, 5, true, now_ms + 1000), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_with_four_or_fewer),
        cmocka_unit_test(a_far_destination_gets_more_while_batches_wait),
        cmocka_unit_test(a_near_destination_gets_no_more),
        cmocka_unit_test(a_busy_destination_gets_no_more),
        cmocka_unit_test(a_destination_that_became_slower_is_learned),
        cmocka_unit_test(a_throttle_halves_once_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
