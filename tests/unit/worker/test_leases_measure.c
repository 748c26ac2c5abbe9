/* Where a rewind leads and what it costs, against a plain count over every shard, goal and position. A wrong target
 * loses records; a wrong count tells an operator a lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/random.h"
#include "worker/leases/leases_measure.h"

enum { RECORDS_MOST = 12, ROUNDS = 4000 };

/* A shard of `count` records; record i (from 1) has the number 1000 + 10 i, so numbers between two exist. */
struct shard {
    int64_t count;
    int64_t wall_ms[RECORDS_MOST + 1];
    bool closed;
};

static struct sequence_number number_of(int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    struct sequence_number number;
    assert_true(sequence_number_parse(slice_of_text(text), &number));
    return number;
}

static struct sequence_number record_number(int64_t i)
{
    return number_of(1000 + 10 * i);
}

static struct leases_place after_record(int64_t i)
{
    return (struct leases_place){LEASES_PLACE_AFTER, record_number(i)};
}

static void play(const struct shard *shard, const struct leases_goal *goal, const struct leases_place *old,
                 struct leases_measure *measure)
{
    assert_true(leases_measure_begin(goal, old, measure));
    struct sequence_number after;
    int64_t first = 1;
    if (leases_measure_begins_after(goal, old, &after)) {
        while (first <= shard->count) {
            struct sequence_number number = record_number(first);
            if (sequence_number_compare(&number, &after) > 0) {
                break;
            }
            first++;
        }
    }
    for (int64_t i = first; i <= shard->count; i++) {
        struct sequence_number number = record_number(i);
        if (!leases_measure_record(measure, &number, shard->wall_ms[i])) {
            return;
        }
    }
    leases_measure_end(measure, shard->closed);
}

/* How many records lie before a place. */
static int64_t index_of(const struct shard *shard, const struct leases_place *place)
{
    if (place->kind == LEASES_PLACE_START) {
        return 0;
    }
    int64_t at = 0;
    while (place->kind == LEASES_PLACE_AFTER && at < shard->count) {
        struct sequence_number number = record_number(at + 1);
        if (sequence_number_compare(&number, &place->after) > 0) {
            return at;
        }
        at++;
    }
    return shard->count;
}

static int64_t expected_index(const struct shard *shard, const struct leases_goal *goal, int64_t old_at)
{
    int64_t at = 0;
    switch (goal->kind) {
    case LEASES_GOAL_PLACE:
        return index_of(shard, &goal->place);
    case LEASES_GOAL_TIME:
        while (at < shard->count && shard->wall_ms[at + 1] < goal->wall_ms) {
            at++;
        }
        return at;
    case LEASES_GOAL_SHIFT:
        at = old_at + goal->shift;
        return at < 0 ? 0 : at > shard->count ? shard->count : at;
    }
    return 0;
}

static struct leases_place random_place(struct random *random, const struct shard *shard)
{
    switch (random_below(random, 4)) {
    case 0:
        return (struct leases_place){.kind = LEASES_PLACE_START};
    case 1:
        return (struct leases_place){.kind = shard->closed ? LEASES_PLACE_END : LEASES_PLACE_START};
    default:
        break;
    }
    struct leases_place place = after_record((int64_t)random_below(random, (uint64_t)shard->count + 2));
    if (random_below(random, 3) == 0) { /* between two records: of one that was trimmed, or a neighbour's */
        place.after = number_of(1003 + 10 * (int64_t)random_below(random, (uint64_t)shard->count + 1));
    }
    return place;
}

static struct leases_goal random_goal(struct random *random, const struct shard *shard)
{
    struct leases_goal goal = {.kind = (enum leases_goal_kind)random_below(random, 3)};
    goal.wall_ms = 1 + (int64_t)random_below(random, 60);
    goal.shift = (int64_t)random_below(random, 2 * RECORDS_MOST + 4) - RECORDS_MOST - 2;
    goal.shift = goal.shift == 0 ? 1 : goal.shift;
    if (goal.kind == LEASES_GOAL_PLACE) {
        goal.place = random_below(random, 4) == 0 ? (struct leases_place){.kind = LEASES_PLACE_LATEST}
                                                  : random_place(random, shard);
    }
    return goal;
}

static void check_round(struct random *random, uint64_t seed)
{
    struct shard shard = {.count = (int64_t)random_below(random, RECORDS_MOST + 1),
                          .closed = random_below(random, 2) == 0};
    for (int64_t i = 1; i <= shard.count; i++) {
        shard.wall_ms[i] = (i == 1 ? 1 : shard.wall_ms[i - 1]) + (int64_t)random_below(random, 6);
    }
    struct leases_place old = random_place(random, &shard);
    struct leases_goal goal = random_goal(random, &shard);
    struct leases_measure measure;
    play(&shard, &goal, &old, &measure);
    int64_t old_at = index_of(&shard, &old);
    int64_t target_at = expected_index(&shard, &goal, old_at);
    int64_t again = -1;
    int64_t skipped = -1;
    if (!leases_measure_is_settled(&measure) || !leases_measure_count(&measure, &again, &skipped)) {
        fail_msg("not settled (seed %llu)", (unsigned long long)seed);
    }
    if (again != (old_at > target_at ? old_at - target_at : 0) ||
        skipped != (target_at > old_at ? target_at - old_at : 0) ||
        (goal.kind != LEASES_GOAL_PLACE && index_of(&shard, &measure.target) != target_at)) {
        fail_msg("goal %d: old %lld, target %lld, again %lld, skipped %lld (seed %llu)", (int)goal.kind,
                 (long long)old_at, (long long)target_at, (long long)again, (long long)skipped,
                 (unsigned long long)seed);
    }
    assert_int_equal(measure.skip_wall_ms, skipped > 0 ? shard.wall_ms[old_at + 1] : measure.skip_wall_ms);
    leases_measure_free(&measure);
}

static void test_it_agrees_with_a_plain_count(void **state)
{
    (void)state;
    const char *given = getenv("PENSTOCK_TEST_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : random_seed_from_system();
    print_message("seed %llu (PENSTOCK_TEST_SEED replays it)\n", (unsigned long long)seed);
    struct random random;
    random_init(&random, seed);
    for (int round = 0; round < ROUNDS; round++) {
        check_round(&random, seed);
    }
}

static void test_nothing_is_shifted_from_latest(void **state)
{
    (void)state;
    struct shard shard = {.count = 3};
    struct leases_place latest = {.kind = LEASES_PLACE_LATEST};
    struct leases_goal shift = {.kind = LEASES_GOAL_SHIFT, .shift = -1};
    struct leases_measure measure;
    play(&shard, &shift, &latest, &measure);
    assert_false(leases_measure_is_settled(&measure));
    leases_measure_free(&measure);
    struct leases_goal start = {.kind = LEASES_GOAL_PLACE, .place = {.kind = LEASES_PLACE_START}};
    play(&shard, &start, &latest, &measure);
    int64_t again;
    int64_t skipped;
    assert_true(leases_measure_is_settled(&measure));
    assert_false(leases_measure_count(&measure, &again, &skipped));
    leases_measure_free(&measure);
}

/* A typing error of a digit too many: everything up to there would be skipped, what is not written yet too. */
static void test_a_number_above_all_records_is_told(void **state)
{
    (void)state;
    struct shard shard = {.count = 3};
    for (int64_t old_at = 0; old_at <= 3; old_at++) {
        struct leases_place old =
            old_at == 0 ? (struct leases_place){.kind = LEASES_PLACE_START} : after_record(old_at);
        for (int64_t target = 1; target <= 4; target++) {
            struct leases_goal goal = {.kind = LEASES_GOAL_PLACE, .place = after_record(target)};
            struct leases_measure measure;
            play(&shard, &goal, &old, &measure);
            assert_int_equal(measure.beyond, target == 4);
            leases_measure_free(&measure);
        }
    }
}

static void test_checkpoints_are_read_and_written_alike(void **state)
{
    (void)state;
    static const char *const texts[] = {"TRIM_HORIZON", "LATEST", "SHARD_END", "300000000000000000000000005",
                                        "7"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct leases_place place;
        char text[LEASES_CHECKPOINT_BYTES];
        assert_true(leases_place_parse(texts[i], &place));
        leases_place_format(&place, text);
        assert_string_equal(text, texts[i]);
    }
    struct leases_place place;
    assert_true(leases_place_parse("AT_TIMESTAMP", &place));
    assert_int_equal(place.kind, LEASES_PLACE_START);
    assert_false(leases_place_parse("", &place));
    assert_false(leases_place_parse("12x", &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_agrees_with_a_plain_count),
        cmocka_unit_test(test_a_number_above_all_records_is_told),
        cmocka_unit_test(test_nothing_is_shifted_from_latest),
        cmocka_unit_test(test_checkpoints_are_read_and_written_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
