/* Which leases a worker takes: free ones, dead owners', its share of the others'. What breaks else: shards that
 * nobody reads, or leases that never come to rest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules_world.h"

static void the_first_scan_comes_at_once(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    assert_non_null(told(&world, LEASE_ACTION_SCAN, ""));
    end(&world);
}

static void scan_that_took(struct world *world, int64_t sent_ms, int64_t took_ms)
{
    struct lease row = row_of("s", "other", 5, "7");
    row.counter = sent_ms;
    step(world, sent_ms + took_ms,
         (struct lease_event){.kind = LEASE_EVENT_SCAN, .sent_ms = sent_ms, .rows = &row, .row_count = 1});
}

static bool is_scan_due(struct world *world, int64_t now_ms)
{
    tick(world, now_ms);
    return told(world, LEASE_ACTION_SCAN, "") != NULL;
}

/* From scan to scan, however long each takes. What breaks else: a crash in a large table is noticed later by the time that
 * its scans take; or a table too slow for its period is scanned without a pause. */
static void a_scan_comes_a_period_after_the_last_was_sent(void **state)
{
    (void)state;
    enum { PERIOD = FAILOVER / 4, SOONEST = PERIOD * 3 / 4 - 2, LATEST = PERIOD * 13 / 16 + 1 };
    const int64_t took_ms[] = {1, 10, 100, 500, SOONEST - PERIOD / 2, PERIOD, 2 * PERIOD, 300, 1};
    struct world world;
    begin(&world);
    assert_true(is_scan_due(&world, 1000));
    int64_t sent_ms = 1000;
    for (int i = 0; i < 100; i++) {
        int64_t took = took_ms[(size_t)i % (sizeof took_ms / sizeof *took_ms)];
        scan_that_took(&world, sent_ms, took);
        int64_t rested_ms = sent_ms + took + PERIOD / 2;
        int64_t soonest_ms = sent_ms + SOONEST > rested_ms ? sent_ms + SOONEST : rested_ms;
        int64_t latest_ms = sent_ms + LATEST > rested_ms ? sent_ms + LATEST : rested_ms;
        if (i >= 4) { /* a newcomer scans more often */
            assert_false(is_scan_due(&world, soonest_ms - 1));
        }
        assert_true(is_scan_due(&world, latest_ms));
        sent_ms = latest_ms;
    }
    end(&world);
}

static void a_dead_owner_is_found_by_its_counter(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease row = row_of("s", "other", 5, "7");
    scan(&world, 1000, &row, 1);
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    row.counter = 6; /* alive */
    scan(&world, 3000, &row, 1);
    scan(&world, 3000 + FAILOVER - 1, &row, 1); /* silent, but not for long enough */
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    tick(&world, 3000 + FAILOVER);
    assert_null(told(&world, LEASE_ACTION_READ, "s"));
    tick(&world, 3000 + FAILOVER + 2); /* suspected: read once more, then take */
    assert_non_null(told(&world, LEASE_ACTION_READ, "s"));
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    answer_read(&world, 3000 + FAILOVER + 12, &row);
    const struct lease_action *take = sent(&world, LEASE_WRITE_TAKE, "s");
    assert_non_null(take);
    assert_int_equal(take->write.row.counter, 6);
    assert_string_equal(take->write.row.owner, "other");
    end(&world);
}

/* Cut off for long, with the look at one row the first that comes through. What breaks else: its parent's row came
 * meanwhile, and the child is read before that one's end (seed 51360112). */
static void a_view_of_long_ago_takes_nothing(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease rows[] = {row_of("s", "other", 5, "7"), row_of("p", "third", 0, "TRIM_HORIZON")};
    rows[0].parent_count = 1;
    lease_copy_text(rows[0].parents[0], sizeof rows[0].parents[0], "p");
    scan(&world, 1000, rows, 1);
    scan(&world, 2000, rows, 1);
    int64_t now_ms = 2000 + 2 * FAILOVER;
    tick(&world, now_ms);
    assert_non_null(told(&world, LEASE_ACTION_READ, "s"));
    answer_read(&world, now_ms + 10, &rows[0]);
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    scan(&world, now_ms + 20, rows, 2);
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    rows[1] = row_of("p", "", 1, "SHARD_END");
    scan(&world, now_ms + 1000, rows, 2);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    end(&world);
}

static void a_suspect_that_lives_is_left_alone(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease row = row_of("s", "other", 5, "7");
    scan(&world, 1000, &row, 1);
    tick(&world, 1000 + FAILOVER + 2);
    assert_non_null(told(&world, LEASE_ACTION_READ, "s"));
    row.counter = 6;
    answer_read(&world, 1000 + FAILOVER + 12, &row);
    assert_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    end(&world);
}

static void rows_that_are_not_to_be_taken(void **state)
{
    (void)state;
    struct lease parent = row_of("p", "other", 3, "5");
    struct lease rows[] = {
        row_of("finished", "", 3, "SHARD_END"),
        row_of("another-stream", "", 3, "5"),
        row_of("broken", "", 3, "5"),
        row_of("child", "", 0, "TRIM_HORIZON"),
        row_of("child-of-broken", "", 0, "TRIM_HORIZON"),
        parent,
    };
    rows[1].stream = LEASE_STREAM_OTHER;
    rows[2].broken = true;
    rows[3].parent_count = 1;
    snprintf(rows[3].parents[0], sizeof rows[3].parents[0], "p");
    rows[4].parent_count = 1;
    snprintf(rows[4].parents[0], sizeof rows[4].parents[0], "broken");
    struct world world;
    begin(&world);
    tick(&world, 1000);
    for (int64_t now_ms = 1000; now_ms < 60000; now_ms += 2000) {
        rows[5].counter++;
        scan(&world, now_ms, rows, 6);
        for (size_t i = 0; i < world.actions.count; i++) {
            assert_true(world.actions.at[i].kind != LEASE_ACTION_WRITE);
        }
    }
    rows[5] = row_of("p", "", 100, "SHARD_END"); /* now the child may start */
    scan(&world, 62000, rows, 6);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "child"));
    assert_null(sent(&world, LEASE_WRITE_TAKE, "child-of-broken"));
    end(&world);
}

static void a_dead_predecessors_rows_are_taken_at_once(void **state)
{
    (void)state;
    struct world world;
    begin_with(&world, 0, "me-before");
    tick(&world, 1000);
    struct lease rows[] = {row_of("s", "me-before", 5, "7"), row_of("t", "other", 5, "7")};
    scan(&world, 1000, rows, 2);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    assert_null(sent(&world, LEASE_WRITE_TAKE, "t"));
    end(&world);
}

static void no_more_than_the_cap(void **state)
{
    (void)state;
    struct world world;
    begin_with(&world, 2, "");
    tick(&world, 1000);
    struct lease rows[] = {row_of("a", "", 0, "5"), row_of("b", "", 0, "5"), row_of("c", "", 0, "5")};
    size_t takes = 0;
    for (int64_t now_ms = 1000; now_ms < 30000; now_ms += 2000) {
        scan(&world, now_ms, rows, 3);
        for (size_t i = 0; i < world.actions.count; i++) {
            takes += world.actions.at[i].kind == LEASE_ACTION_WRITE ? 1 : 0;
        }
    }
    assert_int_equal(takes, 2);
    end(&world);
}

/* What breaks else: the cap is passed once the lost answer's row is seen, or the worker waits with a free place. */
static void a_take_whose_answer_was_lost_counts_against_the_cap(void **state)
{
    (void)state;
    struct world world;
    begin_with(&world, 1, "");
    tick(&world, 1000);
    struct lease rows[] = {row_of("s", "", 0, "5"), row_of("t", "", 0, "5")};
    scan(&world, 1000, rows, 1);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    answer(&world, 1100, 1001, LEASE_UNKNOWN, NULL);
    answer_read(&world, 1200, &rows[0]);
    scan(&world, 2000, rows, 2); /* free as before: the take may land yet, and may be tried again */
    assert_null(sent(&world, LEASE_WRITE_TAKE, "t"));
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "s"));
    answer(&world, 2100, 2001, LEASE_UNKNOWN, NULL);
    answer_read(&world, 2200, &rows[0]);
    rows[0] = row_of("s", "other", 1, "5"); /* it did not */
    scan(&world, 1001 + FAILOVER, rows, 2);
    assert_non_null(sent(&world, LEASE_WRITE_TAKE, "t"));
    end(&world);
}

/* A wish, or a row made with our name, that landed or was answered late, when its place was taken. What breaks else: the worker
 * passes its cap, or sits on a lease that it cannot take. */
static void what_came_late_finds_the_cap_full(void **state)
{
    (void)state;
    static const struct {
        const char *holder; /* beside our name as leaseOwner; empty: nobody */
        uint32_t cap; /* one lease is held */
        enum lease_write_kind sent; /* NONE: others get it once it has expired */
    } cases[] = {{"other", 1, LEASE_WRITE_UNASK},
                 {"other", 2, LEASE_WRITE_NONE},
                 {"", 1, LEASE_WRITE_NONE},
                 {"", 2, LEASE_WRITE_TAKE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        hold_with(&world, cases[i].cap);
        struct lease rows[] = {row_of("s", "me", 1, "TRIM_HORIZON"), row_of("t", "me", 4, "5")};
        lease_copy_text(rows[1].checkpoint_owner, sizeof rows[1].checkpoint_owner, cases[i].holder);
        scan(&world, 2000, rows, 2);
        assert_int_equal(sent(&world, LEASE_WRITE_UNASK, "t") != NULL, cases[i].sent == LEASE_WRITE_UNASK);
        assert_int_equal(sent(&world, LEASE_WRITE_TAKE, "t") != NULL, cases[i].sent == LEASE_WRITE_TAKE);
        end(&world);
    }
}

static size_t count_sent(const struct world *world, enum lease_write_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < world->actions.count; i++) {
        const struct lease_action *one = &world->actions.at[i];
        count += one->kind == LEASE_ACTION_WRITE && one->write.kind == kind ? 1 : 0;
    }
    return count;
}

/* Counts of leases of other workers A, B and of mine -> how many are stolen in one scan. */
static void steals_only_for_a_gain(void **state)
{
    (void)state;
    static const struct {
        size_t other;
        size_t mine;
        size_t steals;
    } cases[] = {{1, 0, 0}, {2, 0, 1},  {2, 1, 0},  {3, 1, 1},  {3, 2, 0},
                 {8, 0, 4}, {32, 0, 4}, {32, 1, 8}, {16, 17, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        begin(&world);
        tick(&world, 1000);
        struct lease rows[64];
        size_t count = 0;
        for (size_t j = 0; j < cases[i].other + cases[i].mine; j++) {
            char key[32];
            snprintf(key, sizeof key, "s%02zu", j);
            rows[count++] = row_of(key, j < cases[i].other ? "other" : "me", 3, "5");
        }
        scan(&world, 1000, rows, count);
        print_message("%zu and %zu\n", cases[i].other, cases[i].mine);
        assert_int_equal(count_sent(&world, LEASE_WRITE_ASK), cases[i].steals);
        end(&world);
    }
}

/* A share of five, three allowed: what is held and what was asked for count. */
static void nothing_is_stolen_over_the_cap(void **state)
{
    (void)state;
    struct world world;
    begin_with(&world, 3, "");
    tick(&world, 1000);
    struct lease rows[10];
    for (size_t i = 0; i < 10; i++) {
        char key[32];
        snprintf(key, sizeof key, "s%02zu", i);
        rows[i] = row_of(key, i < 2 ? "me" : "other", 3, "5");
    }
    scan(&world, 1000, rows, 10);
    assert_int_equal(count_sent(&world, LEASE_WRITE_TAKE),
                     2); /* rows with our name that we do not hold yet */
    assert_int_equal(count_sent(&world, LEASE_WRITE_ASK), 1);
    for (int64_t now_ms = 3000; now_ms < 9000; now_ms += 2000) {
        scan(&world, now_ms, rows, 10);
        assert_int_equal(count_sent(&world, LEASE_WRITE_ASK), 0);
    }
    end(&world);
}

/* Eleven leases for three workers, of which a leaver's lie free: whose scan comes first must not change who gets
 * the fourth, or the last ones lie until everybody has scanned once more. */
static void shares_stay_the_same_while_they_are_taken(void **state)
{
    (void)state;
    static const struct {
        size_t me;
        size_t other_x;
        size_t other_z;
        size_t takes;
    } cases[] = {{1, 2, 1, 3}, {1, 2, 3, 3}, {1, 4, 1, 3}, {1, 4, 3, 3}, {4, 2, 1, 0}, {3, 2, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world world;
        begin(&world);
        tick(&world, 1000);
        struct lease rows[11];
        for (size_t j = 0; j < 11; j++) {
            size_t x = cases[i].me + cases[i].other_x;
            const char *owner = j < cases[i].me ? "me" : j < x ? "x" : j < x + cases[i].other_z ? "z" : "";
            char key[32];
            snprintf(key, sizeof key, "s%02zu", j);
            rows[j] = row_of(key, owner, 3, "5");
        }
        scan(&world, 1000, rows, 11);
        size_t taken_back = cases[i].me; /* rows with our name that we do not hold yet */
        print_message("me %zu, x %zu, z %zu\n", cases[i].me, cases[i].other_x, cases[i].other_z);
        assert_int_equal(count_sent(&world, LEASE_WRITE_TAKE), taken_back + cases[i].takes);
        end(&world);
    }
}

static void java_is_not_asked_but_stolen_from(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease rows[] = {row_of("a", "java", 3, "5"), row_of("b", "java", 3, "5")};
    rows[0].marker[0] = rows[1].marker[0] = '\0';
    scan(&world, 1000, rows, 2);
    size_t asks = 0;
    size_t takes = 0;
    for (size_t i = 0; i < world.actions.count; i++) {
        asks += world.actions.at[i].write.kind == LEASE_WRITE_ASK ? 1 : 0;
        takes += world.actions.at[i].write.kind == LEASE_WRITE_TAKE ? 1 : 0;
    }
    assert_int_equal(asks, 0);
    assert_int_equal(takes, 1);
    end(&world);
}

static void a_stolen_lease_is_not_stolen_back(void **state)
{
    (void)state;
    struct world world;
    begin(&world);
    tick(&world, 1000);
    struct lease rows[] = {row_of("a", "x", 3, "5"), row_of("b", "y", 3, "5"), row_of("c", "y", 3, "5")};
    scan(&world, 1000, rows, 1);
    rows[0] = row_of("a", "y", 4, "5"); /* just moved */
    scan(&world, 3000, rows, 3);
    assert_null(sent(&world, LEASE_WRITE_ASK, "a"));
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_scan_comes_at_once),
        cmocka_unit_test(a_scan_comes_a_period_after_the_last_was_sent),
        cmocka_unit_test(a_dead_owner_is_found_by_its_counter),
        cmocka_unit_test(a_view_of_long_ago_takes_nothing),
        cmocka_unit_test(a_suspect_that_lives_is_left_alone),
        cmocka_unit_test(rows_that_are_not_to_be_taken),
        cmocka_unit_test(a_dead_predecessors_rows_are_taken_at_once),
        cmocka_unit_test(no_more_than_the_cap),
        cmocka_unit_test(a_take_whose_answer_was_lost_counts_against_the_cap),
        cmocka_unit_test(what_came_late_finds_the_cap_full),
        cmocka_unit_test(steals_only_for_a_gain),
        cmocka_unit_test(nothing_is_stolen_over_the_cap),
        cmocka_unit_test(shares_stay_the_same_while_they_are_taken),
        cmocka_unit_test(java_is_not_asked_but_stolen_from),
        cmocka_unit_test(a_stolen_lease_is_not_stolen_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
