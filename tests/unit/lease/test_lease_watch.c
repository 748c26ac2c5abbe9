/* What a person is told of leases is what was observed: no owner is called alive or dead before it was watched, and
 * every move is told once, with how it came about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lease/lease_watch.h"
#include "rules_world.h"

static enum lease_row_state state_of(const struct world *world, const char *key)
{
    struct lease_snapshot rows = {0};
    assert_true(lease_rules_copy_rows(world->rules, &rows));
    enum lease_row_state state = LEASE_ROW_STATES;
    for (size_t i = 0; i < rows.count; i++) {
        if (slice_equals_text(rows.at[i].key, key)) {
            state = rows.at[i].state;
        }
    }
    lease_snapshot_free(&rows);
    return state;
}

static void test_states_are_observed(void **state)
{
    (void)state;
    struct world world;
    begin_with(&world, 1, ""); /* holds one at most, so that it does not take what it shows */
    struct lease rows[] = {
        row_of("a", "other", 5, "11"),        row_of("b", "", 0, "TRIM_HORIZON"),
        row_of("c", "other", 9, "SHARD_END"), row_of("d", "other", 7, "12"),
        row_of("e", "", 0, "TRIM_HORIZON"),   row_of("f", "third", 1, "13"),
        row_of("g", "third", 1, "LATEST"),
    };
    snprintf(rows[4].parents[0], sizeof rows[4].parents[0], "d");
    rows[4].parent_count = 1;
    snprintf(rows[5].checkpoint_owner, sizeof rows[5].checkpoint_owner, "other");
    rows[6].stream = LEASE_STREAM_OTHER;
    tick(&world, 0);
    scan(&world, 10, rows, 7);
    assert_int_equal(state_of(&world, "a"), LEASE_ROW_UNKNOWN); /* read once: nobody knows */
    assert_int_equal(state_of(&world, "c"), LEASE_ROW_FINISHED);
    assert_int_equal(state_of(&world, "e"), LEASE_ROW_WAITING);
    assert_int_equal(state_of(&world, "f"), LEASE_ROW_HANDING_OVER);
    assert_int_equal(state_of(&world, "g"), LEASE_ROW_OTHER_STREAM);
    rows[0].counter++;
    tick(&world, 2300);
    scan(&world, 2310, rows, 7);
    assert_int_equal(state_of(&world, "a"), LEASE_ROW_ACTIVE); /* its counter moved */
    assert_int_equal(state_of(&world, "d"), LEASE_ROW_UNKNOWN); /* it did not, yet */
    for (int64_t now_ms = 4600; now_ms < 14000; now_ms += 2300) {
        tick(&world, now_ms);
        scan(&world, now_ms + 10, rows, 7);
    }
    assert_int_equal(state_of(&world, "d"), LEASE_ROW_EXPIRED);
    assert_int_equal(state_of(&world, "a"), LEASE_ROW_EXPIRED);
    end(&world);
}

static void expect_move(const struct world *world, const struct lease *row, const char *from, const char *to,
                        const char *how)
{
    struct lease_move move;
    assert_true(lease_rules_find_move(world->rules, row, &move));
    assert_string_equal(move.key, row->key);
    assert_string_equal(move.from, from);
    assert_string_equal(move.to, to);
    assert_string_equal(move.how, how);
}

static void test_moves_between_others(void **state)
{
    (void)state;
    struct world world;
    begin_with(&world, 1, "");
    struct lease rows[] = {row_of("a", "one", 5, "11"), row_of("b", "", 3, "12")};
    tick(&world, 0);
    scan(&world, 10, rows, 2);
    struct lease_move move;
    assert_false(lease_rules_find_move(world.rules, &rows[0], &move)); /* nothing moved */
    struct lease seen = row_of("a", "two", 6, "11");
    expect_move(&world, &seen, "one", "two", "stolen");
    snprintf(seen.checkpoint_owner, sizeof seen.checkpoint_owner, "one");
    expect_move(&world, &seen, "one", "two", "hand-over asked");
    seen = row_of("a", "", 6, "11");
    expect_move(&world, &seen, "one", "", "released");
    seen = row_of("b", "two", 4, "12");
    expect_move(&world, &seen, "", "two", "taken");
    seen = row_of("b", "me", 4, "12"); /* ours: told as a notice */
    assert_false(lease_rules_find_move(world.rules, &seen, &move));
    seen = row_of("new", "two", 0, "TRIM_HORIZON"); /* never seen before: it did not move */
    assert_false(lease_rules_find_move(world.rules, &seen, &move));
    for (int64_t now_ms = 2300; now_ms < 14000; now_ms += 2300) {
        tick(&world, now_ms);
        scan(&world, now_ms + 10, rows, 2);
    }
    seen = row_of("a", "two", 6, "11");
    expect_move(&world, &seen, "one", "two", "taken from a dead owner");
    end(&world);
}

static void test_own_moves(void **state)
{
    (void)state;
    const struct lease_move none = {0};
    const struct lease_move origin = {.key = "s", .from = "old", .how = "stolen"};
    struct lease_action notice = {.kind = LEASE_ACTION_GRANTED, .reason = "took it", .key = "s"};
    struct lease_move move;
    assert_true(lease_move_of_action(&notice, "me", &origin, &move));
    assert_string_equal(move.from, "old");
    assert_string_equal(move.to, "me");
    assert_string_equal(move.how, "stolen");
    assert_true(lease_move_of_action(&notice, "me", &none, &move));
    assert_string_equal(move.how, "new shard");
    notice.kind = LEASE_ACTION_RELEASED;
    notice.reason = "hand over";
    snprintf(notice.other, sizeof notice.other, "next");
    assert_true(lease_move_of_action(&notice, "me", &none, &move));
    assert_string_equal(move.from, "me");
    assert_string_equal(move.to, "next");
    assert_string_equal(move.how, "handed over");
    notice.kind = LEASE_ACTION_RENEWED;
    assert_false(lease_move_of_action(&notice, "me", &none, &move));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states_are_observed),
        cmocka_unit_test(test_moves_between_others),
        cmocka_unit_test(test_own_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
