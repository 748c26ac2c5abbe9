/* Health, readiness and what is wrong in words. What breaks else: an outage of AWS restarts a fleet, a process that hangs
 * looks well, or records are lost while everything shows green. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "admin_world.h"
#include "worker/admin/problems.h"

enum kind { HEALTH, READINESS, ALL };

static void ask(const struct admin_world *world, enum kind kind, struct problems *problems)
{
    *problems = (struct problems){.count = 0};
    if (kind == HEALTH) {
        problems_of_health(&world->snapshot, problems);
    } else if (kind == READINESS) {
        problems_of_readiness(&world->snapshot, problems);
    } else {
        problems_find(&world->snapshot, problems);
    }
}

static size_t count(const struct admin_world *world, enum kind kind)
{
    struct problems problems;
    ask(world, kind, &problems);
    return problems.count;
}

static void expect_words(const struct admin_world *world, enum kind kind, const char *words)
{
    struct problems problems;
    ask(world, kind, &problems);
    for (size_t i = 0; i < problems.count; i++) {
        if (strstr(problems.at[i].words, words) != NULL) {
            return;
        }
    }
    fail_msg("nobody says '%s'; first of %zu: '%s'", words, problems.count, problems.at[0].words);
}

static void test_all_is_well(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    assert_int_equal(count(&world, HEALTH), 0);
    assert_int_equal(count(&world, READINESS), 0);
    assert_int_equal(count(&world, ALL), 0);
}

static void test_loops_that_hang(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    world.snapshot.keeper.turned_boot_ms = WORLD_BOOT - 31000;
    expect_words(&world, HEALTH, "the lease keeper has not turned for 31 s");
    expect_words(&world, ALL, "the lease keeper");
    admin_world_init(&world);
    world.snapshot.supervisor_turned_boot_ms = WORLD_BOOT - 61000;
    expect_words(&world, HEALTH, "the supervisor");
    admin_world_init(&world);
    world.snapshot.sink.turned_boot_ms = WORLD_BOOT - 301000;
    expect_words(&world, HEALTH, "a sender");
    world.snapshot.sink.turned_boot_ms = 0; /* a sink without threads */
    assert_int_equal(count(&world, HEALTH), 0);
    world.shards[1].stats.turned_boot_ms = WORLD_BOOT - 302000;
    expect_words(&world, HEALTH, "1 shard thread does not turn, shardId-1");
    world.shards[1].stats.waiting = true; /* for the sink: that may take for ever */
    assert_int_equal(count(&world, HEALTH), 0);
    admin_world_init(&world);
    world.snapshot.keeper.answered_boot_ms = WORLD_BOOT - 311000;
    expect_words(&world, HEALTH, "the pool of lease requests");
    world.snapshot.phase = ADMIN_DRAINING; /* nothing need be asked any more */
    assert_int_equal(count(&world, HEALTH), 0);
}

/* Every call fails for hours: the loops turn all the same. */
static void test_health_does_not_need_aws(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    struct admin_snapshot *snapshot = &world.snapshot;
    snapshot->leases.last_scan_boot_ms = WORLD_BOOT - 3600000;
    snapshot->keeper.scan_failed_boot_ms = WORLD_BOOT - 1000;
    snapshot->sink.failed_boot_ms = WORLD_BOOT - 1000;
    snapshot->sink.accepted_boot_ms = WORLD_BOOT - 3600000;
    snapshot->buffer_bytes = 1000;
    for (size_t i = 0; i < WORLD_SHARDS; i++) {
        world.shards[i].stats.failing_since_boot_ms = WORLD_BOOT - 3600000;
        world.shards[i].stats.lag_ms = -1;
        world.shards[i].stats.read_up_to_wall_ms = WORLD_WALL - 3700000;
    }
    assert_int_equal(count(&world, HEALTH), 0);
    assert_int_equal(count(&world, READINESS), 0);
    expect_words(&world, ALL, "the lease table could not be read for 60 min");
    expect_words(&world, ALL, "lake has accepted nothing for 60 min");
    expect_words(&world, ALL, "3 shards cannot be read, for up to 60 min");
    expect_words(&world, ALL, "up to 61 min behind the stream; in 23.0 h unread records begin to be lost");
}

static void test_readiness(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    world.snapshot.phase = ADMIN_DRAINING;
    expect_words(&world, READINESS, "stopping");
    assert_int_equal(count(&world, ALL), 0);
    const struct admin_snapshot starting = {.phase = ADMIN_STARTING, .boot_ms = WORLD_BOOT};
    struct problems problems = {.count = 0};
    problems_of_readiness(&starting, &problems);
    assert_int_equal(problems.count, 1);
    problems = (struct problems){.count = 0};
    problems_of_health(&starting, &problems);
    problems_find(&starting, &problems);
    assert_int_equal(problems.count, 0);
    admin_world_init(&world);
    world.snapshot.leases.last_scan_boot_ms = 0;
    expect_words(&world, READINESS, "not been read yet");
    admin_world_init(&world);
    world.snapshot.gaps = 2;
    expect_words(&world, READINESS, "2 stretches of the stream were trimmed before they were read");
    expect_words(&world, ALL, "2 stretches");
    admin_world_init(&world);
    world.shards[2].stats.failed = true;
    world.snapshot.totals.failed = 1;
    expect_words(&world, READINESS, "1 shard stands still at a record that cannot be delivered (shardId-2)");
    assert_int_equal(count(&world, HEALTH), 0); /* a restart would not help */
}

static void test_what_will_become_wrong(void **state)
{
    (void)state;
    struct admin_world world;
    admin_world_init(&world);
    world.snapshot.leases.unowned = 1;
    world.snapshot.state_degraded = true;
    world.snapshot.keeper.broken_rows = 2;
    world.snapshot.letters.stored = 1;
    world.snapshot.credentials.expires_wall_ms = WORLD_WALL + 60000;
    expect_words(&world, ALL, "1 shard is nobody's: no worker reads it");
    expect_words(&world, ALL, "the state folder refuses writes");
    expect_words(&world, ALL, "2 rows of the lease table cannot be understood");
    expect_words(&world, ALL, "1 record went to the dead letters");
    expect_words(&world, ALL, "the AWS credentials end in 60 s");
    struct problems problems;
    ask(&world, ALL, &problems);
    assert_true(problems.at[0].grave); /* the grave first */
    assert_false(problems.at[problems.count - 1].grave);
    assert_int_equal(count(&world, READINESS), 0);
}

static void test_many_problems_fit(void **state)
{
    (void)state;
    struct problems problems = {.count = 0};
    for (int i = 0; i < 2 * PROBLEMS_MOST; i++) {
        problems_add(&problems, false, "%0*d", 2 * PROBLEM_BYTES, i);
    }
    assert_int_equal(problems.count, PROBLEMS_MOST);
    assert_int_equal(strlen(problems.at[0].words), PROBLEM_BYTES - 1);
}

static void test_times_in_words(void **state)
{
    (void)state;
    char text[PROBLEM_TIME_BYTES];
    assert_string_equal(problem_time(999, text), "0 s");
    assert_string_equal(problem_time(119999, text), "119 s");
    assert_string_equal(problem_time(120000, text), "2 min");
    assert_string_equal(problem_time(3 * 3600000 + 1800000, text), "3.5 h");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_well),
        cmocka_unit_test(test_loops_that_hang),
        cmocka_unit_test(test_health_does_not_need_aws),
        cmocka_unit_test(test_readiness),
        cmocka_unit_test(test_what_will_become_wrong),
        cmocka_unit_test(test_many_problems_fit),
        cmocka_unit_test(test_times_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
