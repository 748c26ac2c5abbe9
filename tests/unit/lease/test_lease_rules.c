/* What holds for every write of the rules: one at a time for a lease, and an answer that was lost is worked out
 * from the row. What breaks else: two writes of one worker overtake each other, or a lease that is ours is given up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules_world.h"

static void one_write_at_a_time(void **state)
{
    (void)state;
    struct world world;
    hold(&world);
    tick(&world, 4000);
    assert_non_null(sent(&world, LEASE_WRITE_RENEW, "s"));
    call(&world, 4010, LEASE_EVENT_RELEASE, 1);
    tick(&world, 4010);
    assert_null(sent(&world, LEASE_WRITE_RELEASE, "s"));
    struct lease row = row_of("s", "me", 2, "TRIM_HORIZON");
    answer(&world, 4020, 4000, LEASE_DONE, &row);
    tick(&world, 4020);
    const struct lease_action *release = sent(&world, LEASE_WRITE_RELEASE, "s");
    assert_non_null(release);
    assert_int_equal(release->write.row.counter, 2);
    end(&world);
}

static void a_lost_answer_is_recognised_by_owner_and_counter(void **state) /* faults 3, 8 */
{
    (void)state;
    static const struct {
        const char *name;
        const char *owner;
        int64_t counter;
        bool held;
        bool renewed;
    } cases[] = {
        {"ours, applied", "me", 2, true, true},
        {"ours, but an older row came back (restored)", "me", 9, true, false},
        {"another took it after us", "other", 3, false, false},
        {"another, with the very counter that ours would have", "other", 2, false, false},
        {"given up by nobody we know", "", 2, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        struct world world;
        hold(&world);
        tick(&world, 4000);
        answer(&world, 5500, 4000, LEASE_UNKNOWN, NULL);
        tick(&world, 5700);
        const struct lease_action *again = sent(&world, LEASE_WRITE_RENEW, "s");
        assert_non_null(again);
        assert_int_equal(again->write.row.counter, 1); /* either of the two is applied, never both */
        struct lease row = row_of("s", cases[i].owner, cases[i].counter, "TRIM_HORIZON");
        answer(&world, 5720, 5700, LEASE_REFUSED, &row);
        const struct lease_action *renewed = told(&world, LEASE_ACTION_RENEWED, "s");
        assert_int_equal(told(&world, LEASE_ACTION_LOST, "s") == NULL, cases[i].held);
        assert_int_equal(renewed != NULL, cases[i].renewed);
        if (renewed != NULL) {
            assert_int_equal(renewed->valid_until_ms, 4000 + VALID); /* of the one that was applied */
        }
        end(&world);
    }
}

static void a_lost_take_is_read_back(void **state) /* fault 3 */
{
    (void)state;
    static const struct {
        const char *owner;
        int64_t counter;
        bool granted;
    } cases[] = {{"me", 1, true}, {"other", 1, false}, {"", 0, false}};
    for (size_t i = 0; i < 3; i++) {
        struct world world;
        begin(&world);
        tick(&world, 1000);
        struct lease row = row_of("s", "", 0, "TRIM_HORIZON");
        scan(&world, 1000, &row, 1);
        answer(&world, 2500, 1000, LEASE_UNKNOWN, NULL);
        assert_non_null(told(&world, LEASE_ACTION_READ, "s"));
        row = row_of("s", cases[i].owner, cases[i].counter, "TRIM_HORIZON");
        answer_read(&world, 2510, &row);
        const struct lease_action *granted = told(&world, LEASE_ACTION_GRANTED, "s");
        assert_int_equal(granted != NULL, cases[i].granted);
        if (granted != NULL) {
            assert_int_equal(granted->valid_until_ms, 1000 + VALID);
        }
        end(&world);
    }
}

static void an_earlier_tenure_is_not_heard(void **state) /* fault 5 */
{
    (void)state;
    struct world world;
    hold(&world);
    tick(&world, 1000 + FAILOVER);
    assert_non_null(told(&world, LEASE_ACTION_LOST, "s"));
    struct lease row = row_of("s", "me", 1, "TRIM_HORIZON");
    scan(&world, 11000, &row, 1);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    row.counter = 2;
    answer(&world, 11010, 11000, LEASE_DONE, &row);
    assert_int_equal(told(&world, LEASE_ACTION_GRANTED, "s")->tenure, 2);
    call(&world, 11020, LEASE_EVENT_ENDED, 1);
    tick(&world, 11020);
    assert_null(told(&world, LEASE_ACTION_LIST_CHILDREN, "s"));
    call(&world, 11030, LEASE_EVENT_RELEASE, 1);
    tick(&world, 11030);
    assert_null(sent(&world, LEASE_WRITE_RELEASE, "s"));
    end(&world);
}

static void a_leaving_worker_takes_nothing_and_releases(void **state)
{
    (void)state;
    struct world world;
    hold(&world);
    call(&world, 1100, LEASE_EVENT_LEAVE, 0);
    struct lease rows[] = {row_of("s", "me", 1, "TRIM_HORIZON"), row_of("free", "", 0, "5")};
    scan(&world, 1200, rows, 2);
    assert_null(sent(&world, LEASE_WRITE_TAKE, "free"));
    world.position = "42";
    call(&world, 1300, LEASE_EVENT_RELEASE, 1);
    tick(&world, 1300);
    const struct lease_action *release = sent(&world, LEASE_WRITE_RELEASE, "s");
    assert_non_null(release);
    assert_string_equal(release->write.checkpoint, "42"); /* checkpoint and release in one write */
    end(&world);
}

static void times_follow_from_the_failover_time(void **state)
{
    (void)state;
    static const int64_t failovers[] = {1000, 3000, 10000, 60000, 3600000};
    for (size_t i = 0; i < sizeof failovers / sizeof failovers[0]; i++) {
        int64_t failover_ms = failovers[i];
        assert_true(lease_margin_ms(failover_ms) <= 10000 && lease_margin_ms(failover_ms) <= failover_ms / 3);
        assert_true(lease_attempt_ms(failover_ms) <= 10000 &&
                    lease_attempt_ms(failover_ms) <= failover_ms / 3);
        assert_true(lease_scan_ms(failover_ms) >= 1000);
        assert_true(lease_scan_ms(failover_ms) <= (failover_ms / 4 > 1000 ? failover_ms / 4 : 1000));
        /* a renewal may fail once and be tried again before sending must stop */
        assert_true(lease_renewal_ms(failover_ms) + lease_attempt_ms(failover_ms) <
                    failover_ms - lease_margin_ms(failover_ms));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_write_at_a_time),
        cmocka_unit_test(a_lost_answer_is_recognised_by_owner_and_counter),
        cmocka_unit_test(a_lost_take_is_read_back),
        cmocka_unit_test(an_earlier_tenure_is_not_heard),
        cmocka_unit_test(a_leaving_worker_takes_nothing_and_releases),
        cmocka_unit_test(times_follow_from_the_failover_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
