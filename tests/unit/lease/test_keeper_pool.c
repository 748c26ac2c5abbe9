/* The threads that carry the keeper's requests out. What breaks else: one dead address takes all leases with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lease/keeper_pool.h"

enum { FAILOVER_MS = 3000, LIMIT_MS = 30000 };

struct world {
    atomic_bool hang; /* what is called "hangs" does not come back */
    atomic_size_t hanging;
    atomic_bool one_may_go; /* of those that hang */
    atomic_size_t quick_renewals; /* done before any other that is quick */
    atomic_size_t quick_others;
    atomic_size_t done;
};

static void nap(void)
{
    struct stop stop;
    stop_init(&stop);
    (void)stop_wait_ms(&stop, 2);
    stop_destroy(&stop);
}

static void run(void *context, struct keeper_task *task)
{
    struct world *world = context;
    if (strcmp(task->key, "hangs") == 0) {
        atomic_fetch_add(&world->hanging, 1);
        bool one = true;
        while (atomic_load(&world->hang) &&
               !atomic_compare_exchange_strong(&world->one_may_go, &one, false)) {
            one = true;
            nap();
        }
    } else if (task->write.kind != LEASE_WRITE_RENEW) {
        atomic_fetch_add(&world->quick_others, 1);
    } else if (atomic_load(&world->quick_others) == 0) {
        atomic_fetch_add(&world->quick_renewals, 1);
    }
    atomic_fetch_add(&world->done, 1);
    keeper_task_free(task);
}

static void push(struct keeper_queue *tasks, enum lease_write_kind kind, const char *key, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct keeper_task *task = calloc(1, sizeof *task);
        assert_non_null(task);
        task->kind = LEASE_ACTION_WRITE;
        task->write.kind = kind;
        task->asked_ms = clock_boot_ms(clock_real());
        snprintf(task->key, sizeof task->key, "%s", key);
        keeper_queue_push(tasks, task);
    }
}

static void start(struct keeper_pool *pool, struct world *world)
{
    *world = (struct world){.hang = true};
    memset(pool, 0, sizeof *pool);
    struct status status = keeper_pool_start(pool, clock_real(), FAILOVER_MS, run, world);
    assert_string_equal(status.reason, "");
}

/* A hang, not slowness, fails the test. */
static void wait_for(struct keeper_pool *pool, const atomic_size_t *counter, size_t number)
{
    int64_t limit_ms = clock_boot_ms(clock_real()) + LIMIT_MS;
    while (atomic_load(counter) < number) {
        assert_true(clock_boot_ms(clock_real()) < limit_ms);
        keeper_pool_look(pool); /* as the keeper does */
        nap();
    }
}

/* As many hang as there are threads but one: the rest is renewed by that one, and nothing else has to happen. */
static void renewals_go_on_beside_those_that_hang(void **state)
{
    (void)state;
    static struct keeper_pool pool;
    static struct world world;
    start(&pool, &world);
    struct keeper_queue tasks = {0};
    push(&tasks, LEASE_WRITE_RENEW, "quick", 100);
    keeper_pool_submit(&pool, &tasks);
    wait_for(&pool, &world.done, 100); /* it has learnt that one thread is enough */
    push(&tasks, LEASE_WRITE_RENEW, "hangs", KEEPER_POOL_THREADS - 1);
    push(&tasks, LEASE_WRITE_RENEW, "quick", 100);
    keeper_pool_submit(&pool, &tasks);
    assert_null(tasks.first);
    wait_for(&pool, &world.done, 200);
    assert_int_equal(atomic_load(&world.hanging), KEEPER_POOL_THREADS - 1);
    atomic_store(&world.hang, false);
    wait_for(&pool, &world.done, 200 + KEEPER_POOL_THREADS - 1);
    keeper_pool_stop(&pool);
}

/* A herd of takes that hang leaves threads for what keeps a lease. */
static void others_never_have_all_threads(void **state)
{
    (void)state;
    static struct keeper_pool pool;
    static struct world world;
    start(&pool, &world);
    struct keeper_queue tasks = {0};
    push(&tasks, LEASE_WRITE_TAKE, "hangs", KEEPER_POOL_THREADS + 8);
    keeper_pool_submit(&pool, &tasks);
    wait_for(&pool, &world.hanging, KEEPER_POOL_OTHERS_MAX);
    push(&tasks, LEASE_WRITE_RENEW, "quick", 100);
    keeper_pool_submit(&pool, &tasks);
    wait_for(&pool, &world.done, 100);
    assert_int_equal(atomic_load(&world.hanging), KEEPER_POOL_OTHERS_MAX);
    atomic_store(&world.hang, false);
    keeper_pool_stop(&pool);
}

/* One thread has time: it renews first, although takes were asked for earlier. */
static void renewals_go_before_what_came_earlier(void **state)
{
    (void)state;
    static struct keeper_pool pool;
    static struct world world;
    start(&pool, &world);
    struct keeper_queue tasks = {0};
    push(&tasks, LEASE_WRITE_RELEASE, "hangs", KEEPER_POOL_THREADS);
    keeper_pool_submit(&pool, &tasks);
    wait_for(&pool, &world.hanging, KEEPER_POOL_THREADS);
    push(&tasks, LEASE_WRITE_TAKE, "quick", 8);
    push(&tasks, LEASE_WRITE_RENEW, "quick", 8);
    keeper_pool_submit(&pool, &tasks);
    atomic_store(&world.one_may_go, true);
    wait_for(&pool, &world.done, 1 + 8 + 8);
    assert_int_equal(atomic_load(&world.quick_renewals), 8);
    atomic_store(&world.hang, false);
    keeper_pool_stop(&pool);
}

/* A stop frees what nobody has carried out. */
static void a_stop_ends_with_tasks_left(void **state)
{
    (void)state;
    static struct keeper_pool pool;
    static struct world world;
    start(&pool, &world);
    struct keeper_queue tasks = {0};
    push(&tasks, LEASE_WRITE_RELEASE, "hangs", KEEPER_POOL_THREADS + 8);
    keeper_pool_submit(&pool, &tasks);
    push(&tasks, LEASE_WRITE_TAKE, "quick", 8);
    keeper_pool_submit(&pool, &tasks);
    wait_for(&pool, &world.hanging, KEEPER_POOL_THREADS); /* a thread each */
    assert_int_equal(atomic_load(&world.done), 0);
    atomic_store(&world.hang, false);
    keeper_pool_stop(&pool);
    assert_true(atomic_load(&world.done) >= KEEPER_POOL_THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(renewals_go_on_beside_those_that_hang),
        cmocka_unit_test(others_never_have_all_threads),
        cmocka_unit_test(renewals_go_before_what_came_earlier),
        cmocka_unit_test(a_stop_ends_with_tasks_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
