/* The keeper when the table is slow, throttled, or holds up everything that is no renewal. What breaks else: a busy
 * worker loses its leases to others although nothing is wrong with it (faults 10 and 12). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "lease/keeper_private.h"

enum { ROWS_MAX = 1000, HANG_MS = 120000, WRITE_MS = 20, FAILOVER_MS = 10000 };

/* The table and what is wrong with it. */
struct world {
    struct mutex lock;
    struct lease *rows GUARDED_BY(lock); /* ROWS_MAX of them; free: no key */
    size_t shards; /* constant once the keeper runs */
    _Atomic int64_t write_ms; /* each write takes this long */
    atomic_bool throttle_some; /* two of three tries to renew a lease, and everything that is no renewal */
    atomic_size_t tries[ROWS_MAX];
    atomic_size_t hold_keys; /* renewals of the first so many shards do not come back, as of a dead address */
    atomic_size_t held_renewals;
    atomic_bool hold_others; /* scans, listings and reads do not come back */
    atomic_size_t renewals;
    atomic_size_t refused;
    atomic_size_t writing;
    atomic_size_t writing_most;
    atomic_size_t losses; /* of leases whose renewals come back */
    atomic_size_t grants;
};

static size_t index_of(const char *key)
{
    return (size_t)strtoul(key + 1, NULL, 10);
}

static void nap(int64_t ms)
{
    struct stop stop;
    stop_init(&stop);
    (void)stop_wait_ms(&stop, ms);
    stop_destroy(&stop);
}

/* What befalls a request that is no renewal. */
static struct status other_request(struct world *world)
{
    while (atomic_load(&world->hold_others)) {
        nap(5);
    }
    return atomic_load(&world->throttle_some) ? status_make(STATUS_THROTTLED, "throttled") : status_ok();
}

static struct status scan(void *context, struct lease_rows *rows)
{
    struct world *world = context;
    struct status status = other_request(world);
    mutex_lock(&world->lock);
    for (size_t i = 0; status_is_ok(&status) && i < world->shards; i++) {
        if (world->rows[i].key[0] != '\0') {
            assert_true(lease_rows_add(rows, &world->rows[i]));
        }
    }
    mutex_unlock(&world->lock);
    return status;
}

static struct status apply(struct world *world, const struct lease_write *write, size_t *ret_row_count,
                           struct lease *ret_row)
{
    struct status status = status_ok();
    mutex_lock(&world->lock);
    struct lease *row = &world->rows[index_of(write->row.key)];
    struct lease after = {0};
    if (lease_write_apply(write, "me", row->key[0] == '\0' ? NULL : row, &after) == LEASE_DONE) {
        *row = after;
    } else {
        status = status_make(STATUS_CONDITION, "refused");
    }
    *ret_row_count = write->kind == LEASE_WRITE_CREATE ? 0 : 1;
    *ret_row = *row;
    mutex_unlock(&world->lock);
    return status;
}

static struct status write_row(void *context, const struct lease_write *write, size_t *ret_row_count,
                               struct lease *ret_row)
{
    struct world *world = context;
    bool renewal = write->kind == LEASE_WRITE_RENEW;
    if (!renewal && (atomic_load(&world->hold_others) || atomic_load(&world->throttle_some))) {
        return other_request(world);
    }
    if (renewal && atomic_load(&world->throttle_some) &&
        atomic_fetch_add(&world->tries[index_of(write->row.key)], 1) % 3 != 2) {
        atomic_fetch_add(&world->refused, 1);
        return status_make(STATUS_THROTTLED, "throttled");
    }
    bool held = renewal && index_of(write->row.key) < atomic_load(&world->hold_keys);
    atomic_fetch_add(&world->held_renewals, held ? 1 : 0);
    while (held && index_of(write->row.key) < atomic_load(&world->hold_keys)) {
        nap(5);
    }
    size_t writing = atomic_fetch_add(&world->writing, 1) + 1;
    size_t most = atomic_load(&world->writing_most);
    while (renewal && writing > most && !atomic_compare_exchange_weak(&world->writing_most, &most, writing)) {
    }
    nap(atomic_load(&world->write_ms));
    struct status status = apply(world, write, ret_row_count, ret_row);
    atomic_fetch_sub(&world->writing, 1);
    atomic_fetch_add(&world->renewals, renewal ? 1 : 0);
    return status;
}

static struct status read_row(void *context, const char *key, size_t *ret_row_count, struct lease *ret_row)
{
    struct world *world = context;
    struct status status = other_request(world);
    mutex_lock(&world->lock);
    *ret_row = world->rows[index_of(key)];
    *ret_row_count = status_is_ok(&status) && ret_row->key[0] != '\0' ? 1 : 0;
    mutex_unlock(&world->lock);
    return status;
}

static struct status list(void *context, const char *children_of, struct stream_description *ret_description)
{
    (void)children_of;
    struct world *world = context;
    struct status status = other_request(world);
    if (status_is_ok(&status)) {
        ret_description->shards = calloc(world->shards, sizeof ret_description->shards[0]);
        ret_description->shard_count = world->shards;
        for (size_t i = 0; i < world->shards; i++) {
            snprintf(ret_description->shards[i].id, sizeof ret_description->shards[i].id, "s%04zu", i);
        }
    }
    return status;
}

static void granted(void *context, const struct lease_grant *grant)
{
    (void)grant;
    atomic_fetch_add(&((struct world *)context)->grants, 1);
}

static void renewed(void *context, const char *key, uint64_t tenure, int64_t valid_until_boot_ms)
{
    (void)context;
    (void)key;
    (void)tenure;
    (void)valid_until_boot_ms;
}

static void lost(void *context, const char *key, uint64_t tenure)
{
    (void)tenure;
    struct world *world = context;
    atomic_fetch_add(&world->losses, index_of(key) < atomic_load(&world->hold_keys) ? 0 : 1);
}

static bool position(void *context, const char *key, uint64_t tenure, struct sequence_number *ret_number)
{
    (void)context;
    (void)key;
    (void)tenure;
    (void)ret_number;
    return false;
}

static struct lease_keeper *start(struct world *world, size_t shards, int64_t failover_ms) NO_THREAD_CHECK
{
    log_set_level(LOG_ERROR);
    *world = (struct world){.shards = shards};
    mutex_init(&world->lock);
    world->rows = calloc(ROWS_MAX, sizeof world->rows[0]);
    const struct lease_store store = {world, scan, write_row, read_row, list};
    const struct lease_keeper_options options = {
        .clock = clock_real(),
        .table = "leases",
        .stream_arn = "arn",
        .worker_id = "me",
        .failover_ms = failover_ms,
        .seed = 1,
        .observer =
            {.context = world, .granted = granted, .renewed = renewed, .lost = lost, .position = position},
    };
    struct lease_keeper *keeper = NULL;
    struct status status = lease_keeper_start_with(&options, &store, &keeper);
    assert_string_equal(status.reason, "");
    return keeper;
}

static void stop(struct world *world, struct lease_keeper *keeper) NO_THREAD_CHECK
{
    atomic_store(&world->hold_keys, 0);
    atomic_store(&world->hold_others, false);
    lease_keeper_destroy(keeper);
    free(world->rows);
    mutex_destroy(&world->lock);
}

/* A hang, not slowness, fails the test. */
static void wait_for(const atomic_size_t *counter, size_t number)
{
    int64_t limit_ms = clock_boot_ms(clock_real()) + HANG_MS;
    while (atomic_load(counter) < number) {
        assert_true(clock_boot_ms(clock_real()) < limit_ms);
        nap(5);
    }
}

/* Enough writes are in flight that all are renewed in half of the time between two renewals; two rounds lose none. */
static void a_thousand_leases_at_20_ms_a_write(void **state)
{
    (void)state;
    static struct world world;
    struct lease_keeper *keeper = start(&world, ROWS_MAX, FAILOVER_MS);
    wait_for(&world.grants, ROWS_MAX);
    atomic_store(&world.write_ms, WRITE_MS);
    atomic_store(&world.renewals, 0);
    wait_for(&world.renewals, 2 * ROWS_MAX + 1);
    size_t most = atomic_load(&world.writing_most);
    size_t losses = atomic_load(&world.losses);
    stop(&world, keeper);
    print_message("%zu in flight\n", most);
    assert_int_equal(losses, 0);
    assert_true(ROWS_MAX * WRITE_MS / (int64_t)most <= lease_renewal_ms(FAILOVER_MS) / 2);
}

/* Scans, listings and everything else of 50 leases hang: the renewals come as if nothing were. */
static void renewals_do_not_wait_for_anything_else(void **state)
{
    (void)state;
    static struct world world;
    struct lease_keeper *keeper = start(&world, 50, 2000);
    wait_for(&world.grants, 50);
    atomic_store(&world.hold_others, true);
    atomic_store(&world.renewals, 0);
    wait_for(&world.renewals, (size_t)50 * 6); /* two failover times */
    size_t losses = atomic_load(&world.losses);
    stop(&world, keeper);
    assert_int_equal(losses, 0);
}

/* A quick table needs few threads at a time, which costs few connections: even for a thousand leases. */
static void a_quick_table_takes_few_threads(void **state)
{
    (void)state;
    static struct world world;
    struct lease_keeper *keeper = start(&world, ROWS_MAX, FAILOVER_MS);
    wait_for(&world.grants, ROWS_MAX);
    wait_for(&world.renewals, 2 * ROWS_MAX); /* it has learnt how quick the table is */
    atomic_store(&world.renewals, 0);
    atomic_store(&world.writing_most, 0);
    wait_for(&world.renewals, ROWS_MAX);
    size_t most = atomic_load(&world.writing_most);
    size_t losses = atomic_load(&world.losses);
    stop(&world, keeper);
    print_message("%zu in flight\n", most);
    assert_int_equal(losses, 0);
}

/* Twenty renewals hang for as long as the test lasts: the other leases are renewed beside them. */
static void renewals_that_hang_hold_no_other_up(void **state)
{
    (void)state;
    enum { HANGING = 20, SHARDS = 200 };
    static struct world world;
    struct lease_keeper *keeper = start(&world, SHARDS, 3000);
    wait_for(&world.grants, SHARDS);
    wait_for(&world.renewals, SHARDS);
    atomic_store(&world.hold_keys, HANGING);
    wait_for(&world.held_renewals, HANGING);
    atomic_store(&world.renewals, 0);
    wait_for(&world.renewals, (size_t)(SHARDS - HANGING) * 6); /* two failover times */
    size_t losses = atomic_load(&world.losses);
    stop(&world, keeper);
    assert_int_equal(losses, 0);
}

/* The table takes a third of the renewals and nothing else. */
static void a_storm_of_throttling_takes_no_lease(void **state)
{
    (void)state;
    static struct world world;
    struct lease_keeper *keeper = start(&world, 50, 3000);
    wait_for(&world.grants, 50);
    atomic_store(&world.throttle_some, true);
    atomic_store(&world.renewals, 0);
    wait_for(&world.renewals, (size_t)50 * 5);
    size_t losses = atomic_load(&world.losses);
    assert_true(atomic_load(&world.refused) >= 50 * 5);
    stop(&world, keeper);
    assert_int_equal(losses, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_leases_at_20_ms_a_write),
        cmocka_unit_test(a_quick_table_takes_few_threads),
        cmocka_unit_test(renewals_that_hang_hold_no_other_up),
        cmocka_unit_test(renewals_do_not_wait_for_anything_else),
        cmocka_unit_test(a_storm_of_throttling_takes_no_lease),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
