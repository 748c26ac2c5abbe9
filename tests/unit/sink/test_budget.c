/* What would break for a user: a worker that eats all memory, or one that stands still for want of it. */
#include "support.h"

#include "sink/budget.h"

enum { HANG_MS = 60000 };

/* How many threads have waited in line so far; each is called back when it begins to. */
static void count_waiter(void *context)
{
    static _Thread_local const void *counted;
    if (counted != context) {
        counted = context;
        __atomic_add_fetch((uint32_t *)context, 1, __ATOMIC_ACQ_REL);
    }
}

static void await_waiters(const uint32_t *waiters, uint32_t count)
{
    struct stop never;
    stop_init(&never);
    for (int i = 0; i < HANG_MS && __atomic_load_n(waiters, __ATOMIC_ACQUIRE) < count; i++) {
        (void)stop_wait_ms(&never, 1);
    }
    stop_destroy(&never);
    assert_int_equal(__atomic_load_n(waiters, __ATOMIC_ACQUIRE), count);
}

static struct budget *make_budget(size_t total, size_t cap)
{
    struct budget *budget = NULL;
    assert_ok(budget_create(&(struct budget_options){.total_bytes = total, .share_cap_bytes = cap}, &budget));
    return budget;
}

/* A thread that reserves once. */
struct taker {
    struct budget *budget;
    struct budget_share *share;
    size_t bytes;
    struct stop cancel;
    struct thread thread;
    struct budget_hold hold;
    struct status status;
    bool done;
    uint32_t *order; /* shared counter */
    uint32_t place;
};

static void *taker_run(void *argument)
{
    struct taker *taker = argument;
    taker->status = budget_reserve(taker->budget, taker->share, taker->bytes, &taker->cancel, &taker->hold);
    taker->place = __atomic_add_fetch(taker->order, 1, __ATOMIC_ACQ_REL);
    __atomic_store_n(&taker->done, true, __ATOMIC_RELEASE);
    return NULL;
}

static void taker_start(struct taker *taker)
{
    stop_init(&taker->cancel);
    assert_ok(thread_start(&taker->thread, "taker", THREAD_STACK_SMALL, taker_run, taker));
}

static bool taker_is_done(struct taker *taker)
{
    return __atomic_load_n(&taker->done, __ATOMIC_ACQUIRE);
}

static void one_page_is_always_possible(void **state)
{
    (void)state;
    struct budget *budget = make_budget(100, 10);
    struct budget_share share = {0};
    struct budget_hold hold = {0};
    assert_ok(budget_reserve(budget, &share, 5000, NULL, &hold));
    assert_int_equal(budget_held(budget), 5000);
    budget_release(&hold);
    assert_int_equal(budget_held(budget), 0);
    assert_int_equal(share.held, 0);
    budget_release(&hold);
    budget_destroy(budget);
}

static void waiters_are_served_in_order(void **state)
{
    (void)state;
    struct budget *budget = make_budget(100, 100);
    struct budget_share shares[4] = {0};
    struct budget_hold first = {0};
    assert_ok(budget_reserve(budget, &shares[0], 90, NULL, &first));
    uint32_t order = 0;
    uint32_t waiters = 0;
    budget_set_flush(budget, count_waiter, &waiters);
    struct taker big = {.budget = budget, .share = &shares[1], .bytes = 80, .order = &order};
    struct taker small = {.budget = budget, .share = &shares[2], .bytes = 10, .order = &order};
    taker_start(&big);
    await_waiters(&waiters, 1);
    taker_start(&small);
    await_waiters(&waiters, 2);
    assert_false(taker_is_done(&small)); /* it would fit, but the big one came first */
    budget_resize(&first, 20);
    thread_join(&big.thread);
    assert_false(taker_is_done(&small));
    budget_release(&big.hold);
    thread_join(&small.thread);
    assert_true(big.place < small.place);
    budget_release(&small.hold);
    budget_release(&first);
    assert_int_equal(budget_held(budget), 0);
    stop_destroy(&big.cancel);
    stop_destroy(&small.cancel);
    budget_destroy(budget);
}

static void a_capped_shard_does_not_hold_up_others(void **state)
{
    (void)state;
    struct budget *budget = make_budget(100, 30);
    struct budget_share greedy = {0};
    struct budget_share modest = {0};
    struct budget_hold held = {0};
    struct budget_hold other = {0};
    assert_ok(budget_reserve(budget, &greedy, 25, NULL, &held));
    uint32_t order = 0;
    uint32_t waiters = 0;
    budget_set_flush(budget, count_waiter, &waiters);
    struct taker more = {.budget = budget, .share = &greedy, .bytes = 10, .order = &order};
    taker_start(&more);
    await_waiters(&waiters, 1);
    assert_ok(budget_reserve(budget, &modest, 20, NULL, &other));
    assert_false(taker_is_done(&more));
    budget_release(&held);
    thread_join(&more.thread);
    assert_int_equal(greedy.held, 10);
    budget_release(&more.hold);
    budget_release(&other);
    stop_destroy(&more.cancel);
    budget_destroy(budget);
}

static void growth_never_waits(void **state)
{
    (void)state;
    struct budget *budget = make_budget(100, 100);
    struct budget_share share = {0};
    struct budget_hold hold = {0};
    assert_ok(budget_reserve(budget, &share, 90, NULL, &hold));
    budget_resize(&hold, 250);
    assert_int_equal(budget_held(budget), 250);
    budget_resize(&hold, 10);
    assert_int_equal(budget_held(budget), 10);
    budget_release(&hold);
    budget_destroy(budget);
}

static void a_cancelled_waiter_leaves_the_line(void **state)
{
    (void)state;
    struct budget *budget = make_budget(100, 100);
    struct budget_share shares[3] = {0};
    struct budget_hold first = {0};
    assert_ok(budget_reserve(budget, &shares[0], 50, NULL, &first));
    uint32_t order = 0;
    uint32_t waiters = 0;
    budget_set_flush(budget, count_waiter, &waiters);
    struct taker big = {.budget = budget, .share = &shares[1], .bytes = 90, .order = &order};
    struct taker small = {.budget = budget, .share = &shares[2], .bytes = 50, .order = &order};
    taker_start(&big);
    await_waiters(&waiters, 1);
    taker_start(&small);
    await_waiters(&waiters, 2);
    stop_request(&big.cancel);
    thread_join(&big.thread);
    assert_int_equal(big.status.code, STATUS_STOPPED);
    assert_null(big.hold.budget);
    thread_join(&small.thread); /* the way is free for it now */
    assert_ok(small.status);
    assert_int_equal(budget_held(budget), 100);
    budget_release(&small.hold);
    budget_release(&first);
    stop_destroy(&big.cancel);
    stop_destroy(&small.cancel);
    budget_destroy(budget);
}

static void release_on_flush(void *context)
{
    budget_release(context);
}

static void a_waiter_forces_a_flush(void **state)
{
    (void)state;
    struct budget *budget = make_budget(100, 100);
    struct budget_share shares[2] = {0};
    struct budget_hold first = {0};
    struct budget_hold second = {0};
    assert_ok(budget_reserve(budget, &shares[0], 90, NULL, &first));
    budget_set_flush(budget, release_on_flush, &first);
    assert_ok(budget_reserve(budget, &shares[1], 90, NULL, &second));
    assert_int_equal(budget_held(budget), 90);
    budget_release(&second);
    budget_destroy(budget);
}

static void a_budget_of_nothing_is_refused(void **state)
{
    (void)state;
    struct budget *budget = NULL;
    struct status status = budget_create(&(struct budget_options){.share_cap_bytes = 1}, &budget);
    assert_int_equal(status.code, STATUS_INVALID);
    assert_null(budget);
}

/* Many threads with random holds: the total is kept whenever more than one holds, all get through. */
struct crowd {
    struct budget *budget;
    uint64_t seed;
    uint32_t over; /* times that a reservation saw too much held */
};

enum { CROWD_THREADS = 8, CROWD_ROUNDS = 300, CROWD_TOTAL = 1000, CROWD_MOST = 300 };

static void *crowd_run(void *argument)
{
    struct crowd *crowd = argument;
    struct random random;
    random_init(&random, __atomic_add_fetch(&crowd->seed, 1, __ATOMIC_ACQ_REL));
    struct budget_share share = {0};
    for (uint32_t i = 0; i < CROWD_ROUNDS; i++) {
        struct budget_hold hold = {0};
        size_t bytes = 1 + random_below(&random, CROWD_MOST);
        struct status status = budget_reserve(crowd->budget, &share, bytes, NULL, &hold);
        if (!status_is_ok(&status) || budget_held(crowd->budget) > CROWD_TOTAL) {
            __atomic_add_fetch(&crowd->over, 1, __ATOMIC_ACQ_REL);
        }
        budget_resize(&hold, random_below(&random, bytes + 1));
        budget_release(&hold);
    }
    return NULL;
}

static void a_crowd_gets_through_within_the_total(void **state)
{
    (void)state;
    struct crowd crowd = {.budget = make_budget(CROWD_TOTAL, CROWD_TOTAL), .seed = test_seed()};
    struct thread threads[CROWD_THREADS] = {0};
    for (size_t i = 0; i < CROWD_THREADS; i++) {
        assert_ok(thread_start(&threads[i], "crowd", THREAD_STACK_SMALL, crowd_run, &crowd));
    }
    for (size_t i = 0; i < CROWD_THREADS; i++) {
        thread_join(&threads[i]);
    }
    assert_int_equal(crowd.over, 0);
    assert_int_equal(budget_held(crowd.budget), 0);
    budget_destroy(crowd.budget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_page_is_always_possible),
        cmocka_unit_test(waiters_are_served_in_order),
        cmocka_unit_test(a_capped_shard_does_not_hold_up_others),
        cmocka_unit_test(growth_never_waits),
        cmocka_unit_test(a_cancelled_waiter_leaves_the_line),
        cmocka_unit_test(a_waiter_forces_a_flush),
        cmocka_unit_test(a_budget_of_nothing_is_refused),
        cmocka_unit_test(a_crowd_gets_through_within_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
