/* What would break for a user: a bill above --poll-budget, changes that wait behind reads of quiet shards, a quiet
 * shard that nobody looks at any more. On a virtual clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/random.h"
#include "shard/allowance.h"
#include "tests/unit/seed.h"

enum { NOW = 1000000, SHARDS_MOST = 300, WINDOW = 1000 };

static void a_quiet_worker_waits_for_nothing(void **state)
{
    (void)state;
    struct allowance allowance;
    struct allowance_place places[3];
    int64_t wait_ms;
    allowance_init(&allowance, 10, NOW);
    assert_null(allowance_next(&allowance, NOW, &wait_ms));
    assert_int_equal(wait_ms, -1);
    for (int64_t now = NOW; now < NOW + 10000; now += 100) {
        allowance_enter(&allowance, &places[0], ALLOWANCE_IDLE, now);
        assert_ptr_equal(allowance_next(&allowance, now, &wait_ms), &places[0]);
    }
}

static void a_second_sees_the_budget_and_a_tenth(void **state)
{
    (void)state;
    static const struct {
        int64_t rate;
        int64_t passed_ms; /* since the last call */
        uint32_t at_once;
    } cases[] = {
        {1, 0, 1}, {1, 3600000, 1}, {10, 50, 1}, {25, 3600000, 2}, {100, 3600000, 10}, {100, INT32_MAX, 10},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct allowance allowance;
        struct allowance_place places[20];
        int64_t wait_ms;
        allowance_init(&allowance, cases[i].rate, NOW);
        for (uint32_t j = 0; j < 20; j++) {
            allowance_enter(&allowance, &places[j], ALLOWANCE_IDLE, NOW);
        }
        uint32_t count = 0;
        while (allowance_next(&allowance, NOW + cases[i].passed_ms, &wait_ms) != NULL) {
            count++;
        }
        if (count != cases[i].at_once) {
            fail_msg("case %zu: %u calls at once", i, count);
        }
        assert_in_range(wait_ms, 1, 1000 / cases[i].rate);
    }
}

static void those_behind_go_first_until_others_have_waited(void **state)
{
    (void)state;
    struct allowance allowance;
    struct allowance_place idle, recent, behind, later;
    int64_t wait_ms;
    allowance_init(&allowance, 1, NOW);
    allowance_enter(&allowance, &idle, ALLOWANCE_IDLE, NOW);
    allowance_enter(&allowance, &recent, ALLOWANCE_RECENT, NOW + 10);
    allowance_enter(&allowance, &behind, ALLOWANCE_BEHIND, NOW + 20);
    assert_ptr_equal(allowance_next(&allowance, NOW + 20, &wait_ms), &behind);
    assert_null(allowance_next(&allowance, NOW + 20, &wait_ms));
    assert_int_equal(wait_ms, 980);
    assert_ptr_equal(allowance_next(&allowance, NOW + 1100, &wait_ms), &recent);
    /* One that is behind and comes after the grace of the quiet one waits for that. */
    allowance_enter(&allowance, &later, ALLOWANCE_BEHIND, NOW + ALLOWANCE_IDLE_MS + 1);
    assert_ptr_equal(allowance_next(&allowance, NOW + 20000, &wait_ms), &idle);
    assert_ptr_equal(allowance_front(&allowance), &later);
}

static void who_leaves_is_not_in_line(void **state)
{
    (void)state;
    struct allowance allowance;
    struct allowance_place places[3];
    int64_t wait_ms;
    for (size_t left = 0; left < 3; left++) {
        allowance_init(&allowance, 1000, NOW);
        for (size_t i = 0; i < 3; i++) {
            allowance_enter(&allowance, &places[i], ALLOWANCE_RECENT, NOW);
        }
        allowance_leave(&allowance, &places[left]);
        allowance_leave(&allowance, &places[left]);
        for (size_t i = 0; i < 3; i++) {
            if (i != left) {
                assert_ptr_equal(allowance_next(&allowance, NOW, &wait_ms), &places[i]);
            }
        }
        assert_null(allowance_front(&allowance));
        allowance_enter(&allowance, &places[0], ALLOWANCE_RECENT, NOW);
        assert_ptr_equal(allowance_front(&allowance), &places[0]);
    }
}

/* A worker's shards through a time of virtual milliseconds. */
struct crowd {
    struct allowance allowance;
    struct {
        struct allowance_place place;
        enum allowance_class class;
        int64_t entered_ms; /* 0: not in line */
        int64_t ready_ms; /* when it gets in line again */
        uint64_t calls;
        int64_t longest_ms;
    } shards[SHARDS_MOST];
    uint32_t count;
    uint32_t recent[WINDOW]; /* calls of each of the last milliseconds */
    uint32_t in_window;
    uint32_t most_in_window;
};

static void call_one(struct crowd *crowd, size_t at, int64_t now, struct random *random)
{
    static const int64_t pauses[ALLOWANCE_CLASSES] = {0, 100, 1000};
    int64_t waited_ms = now - crowd->shards[at].entered_ms;
    crowd->shards[at].longest_ms =
        waited_ms > crowd->shards[at].longest_ms ? waited_ms : crowd->shards[at].longest_ms;
    crowd->shards[at].calls++;
    crowd->shards[at].entered_ms = 0;
    crowd->shards[at].ready_ms =
        now + pauses[crowd->shards[at].class] + 1 + (int64_t)random_below(random, 20);
    crowd->recent[now % WINDOW]++;
    crowd->in_window++;
}

static void step(struct crowd *crowd, int64_t now, struct random *random)
{
    crowd->in_window -= crowd->recent[now % WINDOW];
    crowd->recent[now % WINDOW] = 0;
    for (uint32_t i = 0; i < crowd->count; i++) {
        if (crowd->shards[i].entered_ms == 0 && crowd->shards[i].ready_ms <= now) {
            crowd->shards[i].entered_ms = now;
            allowance_enter(&crowd->allowance, &crowd->shards[i].place, crowd->shards[i].class, now);
        }
    }
    int64_t wait_ms;
    struct allowance_place *place;
    while ((place = allowance_next(&crowd->allowance, now, &wait_ms)) != NULL) {
        size_t at = 0;
        while (&crowd->shards[at].place != place) {
            at++;
        }
        call_one(crowd, at, now, random);
    }
    crowd->most_in_window =
        crowd->in_window > crowd->most_in_window ? crowd->in_window : crowd->most_in_window;
}

static uint64_t calls_of(const struct crowd *crowd, enum allowance_class class)
{
    uint64_t calls = 0;
    for (uint32_t i = 0; i < crowd->count; i++) {
        calls += crowd->shards[i].class == class ? crowd->shards[i].calls : 0;
    }
    return calls;
}

/* Crowds of all kinds: the cap holds in every second, what comes into the bucket is spent, and nobody starves. */
static void the_bound_holds_in_every_crowd(void **state)
{
    (void)state;
    enum { ROUNDS = 12, LENGTH = 60000 };
    struct random random;
    random_init(&random, test_seed());
    struct crowd *crowd = malloc(sizeof *crowd);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        int64_t rate = 1 + (int64_t)random_below(&random, round % 2 == 0 ? 20 : 400);
        *crowd = (struct crowd){.count = 1 + (uint32_t)random_below(&random, SHARDS_MOST)};
        allowance_init(&crowd->allowance, rate, NOW);
        for (uint32_t i = 0; i < crowd->count; i++) {
            crowd->shards[i].class = (enum allowance_class)random_below(&random, ALLOWANCE_CLASSES);
            crowd->shards[i].ready_ms = NOW + (int64_t)random_below(&random, 100);
        }
        int64_t bound_ms = ALLOWANCE_IDLE_MS + (int64_t)crowd->count * 1000 / rate + 1000 / rate + 1;
        for (int64_t now = NOW; now < NOW + LENGTH + bound_ms; now++) {
            step(crowd, now, &random);
        }
        assert_true(crowd->most_in_window <= rate + rate / 10 + 1);
        for (uint32_t i = 0; i < crowd->count; i++) {
            assert_true(crowd->shards[i].calls > 0);
            assert_true(crowd->shards[i].longest_ms <= bound_ms);
        }
    }
    free(crowd);
}

/* Ten busy shards among two hundred quiet ones, and a budget that cannot serve all: the busy get most of it. */
static void calls_go_where_records_are(void **state)
{
    (void)state;
    enum { BUSY = 10, QUIET = 200, RATE = 50, SECONDS = 120 };
    struct random random;
    random_init(&random, test_seed());
    struct crowd *crowd = calloc(1, sizeof *crowd);
    crowd->count = BUSY + QUIET;
    allowance_init(&crowd->allowance, RATE, NOW);
    for (uint32_t i = 0; i < crowd->count; i++) {
        crowd->shards[i].class = i < BUSY ? ALLOWANCE_RECENT : ALLOWANCE_IDLE;
        crowd->shards[i].ready_ms = NOW + (int64_t)random_below(&random, 100);
    }
    for (int64_t now = NOW; now < NOW + SECONDS * 1000; now++) {
        step(crowd, now, &random);
    }
    uint64_t busy = calls_of(crowd, ALLOWANCE_RECENT);
    uint64_t quiet = calls_of(crowd, ALLOWANCE_IDLE);
    printf("of %u calls %u for ten busy shards, %u for two hundred quiet ones\n", (unsigned)(busy + quiet),
           (unsigned)busy, (unsigned)quiet);
    assert_in_range(busy + quiet, RATE * (SECONDS - 1), RATE * SECONDS + RATE / 10 + 1);
    assert_true(busy > quiet); /* one in twenty-one shards, most of the calls */
    assert_true(quiet >= QUIET * SECONDS / 15);
    free(crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_worker_waits_for_nothing),
        cmocka_unit_test(a_second_sees_the_budget_and_a_tenth),
        cmocka_unit_test(those_behind_go_first_until_others_have_waited),
        cmocka_unit_test(who_leaves_is_not_in_line),
        cmocka_unit_test(the_bound_holds_in_every_crowd),
        cmocka_unit_test(calls_go_where_records_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
