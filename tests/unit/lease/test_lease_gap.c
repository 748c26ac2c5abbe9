/* Trimmed records that nobody read are told of in the lease row, which outlives the worker's disk. What breaks
 * else: records are missing, and after a restart nobody knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules_world.h"

static struct lease_gap gap_of(uint32_t count, const char *after, const char *until)
{
    struct lease_gap gap = {.count = count, .certain = true, .found_wall_ms = 1763892000000};
    assert_true(sequence_number_parse(slice_of_text(after), &gap.after));
    assert_true(sequence_number_parse(slice_of_text(until), &gap.until));
    return gap;
}

static struct lease held_row(int64_t counter, const char *checkpoint, struct lease_gap gap)
{
    struct lease row = row_of("s", "me", counter, checkpoint);
    row.gap = gap;
    return row;
}

static void a_renewal_carries_the_gap_beside_the_position(void **state)
{
    (void)state;
    struct world world;
    hold(&world);
    world.gap = gap_of(2, "5", "900");
    world.position = "950";
    tick(&world, 4000);
    const struct lease_action *renewal = sent(&world, LEASE_WRITE_RENEW, "s");
    assert_string_equal(renewal->write.checkpoint, "950");
    assert_true(lease_gap_equals(&renewal->write.gap, &world.gap));
    struct lease row = held_row(2, "950", world.gap);
    answer(&world, 4020, 4000, LEASE_DONE, &row);
    assert_int_equal(told(&world, LEASE_ACTION_GAP_STORED, "s")->gap_count, 2);
    world.gap.count = 0;
    tick(&world, 7000);
    assert_int_equal(sent(&world, LEASE_WRITE_RENEW, "s")->write.gap.count, 0); /* once is enough */
    row.counter = 3;
    answer(&world, 7020, 7000, LEASE_DONE, &row);
    assert_null(told(&world, LEASE_ACTION_GAP_STORED, "s"));
    end(&world);
}

/* Another gap later: the row's is widened, whoever wrote that. */
static void a_later_gap_widens_the_one_in_the_row(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease row = row_of("s", "", 0, "1000");
    row.gap = gap_of(1, "5", "900");
    scan(&world, 1000, &row, 1);
    row = held_row(1, "1000", row.gap);
    answer(&world, 1010, 1000, LEASE_DONE, &row);
    world.gap = gap_of(1, "2000", "3000");
    tick(&world, 4000);
    struct lease_gap both = gap_of(2, "5", "3000");
    assert_true(lease_gap_equals(&sent(&world, LEASE_WRITE_RENEW, "s")->write.gap, &both));
    end(&world);
}

/* The answer is lost, and the next write's refusal shows that it was applied: it is not written twice. */
static void a_lost_answer_is_recognised(void **state) /* fault 3 */
{
    (void)state;
    struct world world;
    hold(&world);
    world.gap = gap_of(1, "5", "900");
    tick(&world, 4000);
    answer(&world, 4100, 4000, LEASE_UNKNOWN, NULL);
    tick(&world, 5000);
    assert_non_null(sent(&world, LEASE_WRITE_RENEW, "s"));
    struct lease row = held_row(2, "TRIM_HORIZON", world.gap);
    answer(&world, 5010, 5000, LEASE_REFUSED, &row);
    assert_non_null(told(&world, LEASE_ACTION_RENEWED, "s"));
    assert_int_equal(told(&world, LEASE_ACTION_GAP_STORED, "s")->gap_count, 1);
    end(&world);
}

static void refused_it_is_kept_for_the_next_write(void **state)
{
    (void)state;
    struct world world;
    hold(&world);
    world.gap = gap_of(1, "5", "900");
    tick(&world, 4000);
    answer(&world, 4010, 4000, LEASE_UNSENT, NULL);
    assert_null(told(&world, LEASE_ACTION_GAP_STORED, "s"));
    tick(&world, 5000);
    assert_int_equal(sent(&world, LEASE_WRITE_RENEW, "s")->write.gap.count, 1);
    end(&world);
}

static void a_release_and_a_hand_over_carry_it(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        struct world world;
        hold(&world);
        world.gap = gap_of(1, "5", "900");
        enum lease_write_kind kind = asked == 1 ? LEASE_WRITE_HAND_OVER : LEASE_WRITE_RELEASE;
        if (asked == 1) {
            tick(&world, 4000);
            struct lease row = held_row(2, "TRIM_HORIZON", (struct lease_gap){.count = 0});
            snprintf(row.owner, sizeof row.owner, "thief");
            snprintf(row.checkpoint_owner, sizeof row.checkpoint_owner, "me");
            answer(&world, 4010, 4000, LEASE_DONE, &row);
        }
        call(&world, 4100, LEASE_EVENT_RELEASE, 1);
        tick(&world, 4100);
        assert_int_equal(sent(&world, kind, "s")->write.gap.count, 1);
        end(&world);
    }
}

/* The model of the table, which the simulation and the servers agree with: only the holder's writes touch it. */
static void no_other_write_touches_it(void **state)
{
    (void)state;
    for (int kind = LEASE_WRITE_TAKE; kind < LEASE_WRITE_DELETE; kind++) {
        struct lease row = row_of("s", "me", 3, "7");
        row.gap = gap_of(1, "5", "900");
        bool handed = kind == LEASE_WRITE_HAND_OVER || kind == LEASE_WRITE_UNASK;
        snprintf(row.checkpoint_owner, sizeof row.checkpoint_owner, "%s",
                 kind == LEASE_WRITE_HAND_OVER ? "me"
                 : handed                      ? "old"
                                               : "");
        struct lease_write write = {.kind = (enum lease_write_kind)kind, .row = row};
        struct lease after;
        assert_int_equal(lease_write_apply(&write, "me", &row, &after), LEASE_DONE);
        assert_true(lease_gap_equals(&after.gap, &row.gap)); /* it outlives every owner */
        write.gap = gap_of(9, "5", "1000");
        assert_int_equal(lease_write_apply(&write, "me", &row, &after), LEASE_DONE);
        bool holders = lease_write_is_urgent(write.kind);
        assert_int_equal(after.gap.count, holders ? 9 : 1);
    }
}

static void they_are_counted(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease rows[3] = {row_of("a", "x", 0, "7"), row_of("b", "x", 0, "SHARD_END"),
                            row_of("c", "x", 0, "7")};
    rows[0].gap = gap_of(4, "5", "900");
    rows[1].gap = gap_of(1, "5", "900");
    rows[1].gap.certain = false;
    scan(&world, 1000, rows, 3);
    struct lease_rules_counts counts;
    lease_rules_read_counts(world.rules, &counts);
    assert_int_equal(counts.gaps_certain, 1);
    assert_int_equal(counts.gaps_possible, 1);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_renewal_carries_the_gap_beside_the_position),
        cmocka_unit_test(a_later_gap_widens_the_one_in_the_row),
        cmocka_unit_test(a_lost_answer_is_recognised),
        cmocka_unit_test(refused_it_is_kept_for_the_next_write),
        cmocka_unit_test(a_release_and_a_hand_over_carry_it),
        cmocka_unit_test(no_other_write_touches_it),
        cmocka_unit_test(they_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
