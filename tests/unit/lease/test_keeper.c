/* The keeper with its threads over a table in memory: leases come at once, are renewed, handed over, finished
 * and released, and a slow table does not stand in the way of what is asked of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "lease/keeper_private.h"

enum { ROWS = 32, HANG_MS = 60000 };

struct row {
    struct lease lease;
    bool exists;
};

/* The table and the stream, shared by all keepers of a test. */
struct world {
    struct mutex lock;
    struct row rows[ROWS] GUARDED_BY(lock);
    struct stream_shard shards[ROWS] GUARDED_BY(lock);
    size_t shard_count GUARDED_BY(lock);
    bool cut GUARDED_BY(lock); /* nothing gets through */
    bool denied GUARDED_BY(lock);
    uint64_t renewals GUARDED_BY(lock);
};

/* One worker: its keeper and what it was told. */
struct worker {
    struct world *world;
    char id[16];
    struct lease_store store;
    struct lease_keeper *keeper;
    struct mutex lock;
    uint64_t held[ROWS] GUARDED_BY(lock); /* tenure by shard */
    size_t grants GUARDED_BY(lock);
    size_t losses GUARDED_BY(lock);
    size_t wants GUARDED_BY(lock);
    size_t checkpoints GUARDED_BY(lock);
    int64_t valid_until_ms GUARDED_BY(lock);
};

static size_t index_of(const char *key)
{
    return (size_t)strtoul(key + 1, NULL, 10);
}

static struct status trouble(struct world *world) REQUIRES(world->lock)
{
    return world->cut      ? status_make(STATUS_UNAVAILABLE, "cut")
           : world->denied ? status_make(STATUS_DENIED, "denied")
                           : status_ok();
}

static struct status scan(void *context, struct lease_rows *rows)
{
    struct world *world = ((struct worker *)context)->world;
    mutex_lock(&world->lock);
    struct status status = trouble(world);
    for (size_t i = 0; status_is_ok(&status) && i < ROWS; i++) {
        if (world->rows[i].exists) {
            assert_true(lease_rows_add(rows, &world->rows[i].lease));
        }
    }
    mutex_unlock(&world->lock);
    return status;
}

static struct status write_row(void *context, const struct lease_write *write, size_t *ret_row_count,
                               struct lease *ret_row)
{
    struct worker *worker = context;
    struct world *world = worker->world;
    mutex_lock(&world->lock);
    struct status status = trouble(world);
    if (status_is_ok(&status)) {
        struct row *row = &world->rows[index_of(write->row.key)];
        struct lease after = {0};
        world->renewals += write->kind == LEASE_WRITE_RENEW ? 1 : 0;
        if (lease_write_apply(write, worker->id, row->exists ? &row->lease : NULL, &after) == LEASE_DONE) {
            row->exists = write->kind != LEASE_WRITE_DELETE;
            row->lease = after;
        } else {
            status = status_make(STATUS_CONDITION, "refused");
        }
        *ret_row_count = row->exists && write->kind != LEASE_WRITE_CREATE ? 1 : 0;
        *ret_row = row->lease;
    }
    mutex_unlock(&world->lock);
    return status;
}

static struct status read_row(void *context, const char *key, size_t *ret_row_count, struct lease *ret_row)
{
    struct world *world = ((struct worker *)context)->world;
    mutex_lock(&world->lock);
    struct status status = trouble(world);
    if (status_is_ok(&status)) {
        *ret_row_count = world->rows[index_of(key)].exists ? 1 : 0;
        *ret_row = world->rows[index_of(key)].lease;
    }
    mutex_unlock(&world->lock);
    return status;
}

static struct status list(void *context, const char *children_of, struct stream_description *ret_description)
{
    (void)children_of; /* as DynamoDB Local: the filter is ignored */
    struct world *world = ((struct worker *)context)->world;
    mutex_lock(&world->lock);
    struct status status = trouble(world);
    if (status_is_ok(&status)) {
        ret_description->shards = calloc(world->shard_count, sizeof world->shards[0]);
        memcpy(ret_description->shards, world->shards, world->shard_count * sizeof world->shards[0]);
        ret_description->shard_count = world->shard_count;
    }
    mutex_unlock(&world->lock);
    return status;
}

static void granted(void *context, const struct lease_grant *grant)
{
    struct worker *worker = context;
    mutex_lock(&worker->lock);
    worker->held[index_of(grant->key)] = grant->tenure;
    worker->grants++;
    worker->valid_until_ms = grant->valid_until_boot_ms;
    mutex_unlock(&worker->lock);
}

static void renewed(void *context, const char *key, uint64_t tenure, int64_t valid_until_boot_ms)
{
    (void)key;
    (void)tenure;
    struct worker *worker = context;
    mutex_lock(&worker->lock);
    worker->valid_until_ms = valid_until_boot_ms;
    mutex_unlock(&worker->lock);
}

static void lost(void *context, const char *key, uint64_t tenure)
{
    (void)tenure;
    struct worker *worker = context;
    mutex_lock(&worker->lock);
    worker->held[index_of(key)] = 0;
    worker->losses++;
    mutex_unlock(&worker->lock);
}

static void wanted(void *context, const char *key, uint64_t tenure)
{
    struct worker *worker = context;
    mutex_lock(&worker->lock);
    worker->held[index_of(key)] = 0;
    worker->wants++;
    mutex_unlock(&worker->lock);
    lease_keeper_release(worker->keeper, key, tenure); /* allowed from a callback; drained at once */
}

static bool position(void *context, const char *key, uint64_t tenure, struct sequence_number *ret_number)
{
    (void)context;
    (void)key;
    (void)tenure;
    return sequence_number_parse(slice_of_text("4711"), ret_number);
}

static void checkpointed(void *context, const char *key, uint64_t tenure, const char *checkpoint,
                         const char *nonce, const char *writer)
{
    (void)tenure;
    (void)nonce;
    struct worker *worker = context;
    mutex_lock(&worker->lock);
    worker->checkpoints += lease_writer_is(writer, worker->id) ? 1 : 0;
    if (strcmp(checkpoint, "SHARD_END") == 0) {
        worker->held[index_of(key)] = 0;
    }
    mutex_unlock(&worker->lock);
}

static void start(struct worker *worker, struct world *world, const char *id)
{
    worker->world = world;
    snprintf(worker->id, sizeof worker->id, "%s", id);
    mutex_init(&worker->lock);
    worker->store = (struct lease_store){worker, scan, write_row, read_row, list};
    struct lease_keeper_options options = {
        .clock = clock_real(),
        .table = "leases",
        .stream_arn = "arn",
        .worker_id = worker->id,
        .failover_ms = 3000,
        .seed = 1,

        .observer = {.context = worker,
                     .granted = granted,
                     .renewed = renewed,
                     .lost = lost,
                     .wanted = wanted,
                     .position = position,
                     .checkpointed = checkpointed},
    };
    struct status status = lease_keeper_start_with(&options, &worker->store, &worker->keeper);
    assert_string_equal(status.reason, "");
}

static void stop(struct worker *worker)
{
    lease_keeper_destroy(worker->keeper);
    mutex_destroy(&worker->lock);
}

static void add_shards(struct world *world, size_t count)
{
    mutex_lock(&world->lock);
    for (size_t i = 0; i < count; i++) {
        snprintf(world->shards[i].id, sizeof world->shards[i].id, "s%02zu", i % ROWS);
    }
    world->shard_count = count;
    mutex_unlock(&world->lock);
}

static void begin(struct world *world, size_t shards)
{
    log_set_level(LOG_ERROR);
    memset(world, 0, sizeof *world);
    mutex_init(&world->lock);
    add_shards(world, shards);
}

/* Waits until `check` holds; a hang, not slowness, fails the test. */
static void until(bool (*check)(struct worker *worker, size_t number), struct worker *worker, size_t number)
{
    struct stop nap;
    stop_init(&nap);
    int64_t limit_ms = clock_boot_ms(clock_real()) + HANG_MS;
    while (!check(worker, number)) {
        assert_true(clock_boot_ms(clock_real()) < limit_ms);
        (void)stop_wait_ms(&nap, 2);
    }
    stop_destroy(&nap);
}

static bool holds(struct worker *worker, size_t number)
{
    return lease_keeper_held(worker->keeper) == number;
}

static bool was_granted(struct worker *worker, size_t number)
{
    mutex_lock(&worker->lock);
    bool good = worker->grants >= number;
    mutex_unlock(&worker->lock);
    return good;
}

static bool was_lost(struct worker *worker, size_t number)
{
    mutex_lock(&worker->lock);
    bool good = worker->losses >= number;
    mutex_unlock(&worker->lock);
    return good;
}

static bool has_checkpointed(struct worker *worker, size_t number) /* and knows the writes as its own */
{
    mutex_lock(&worker->lock);
    bool good = worker->checkpoints >= number;
    mutex_unlock(&worker->lock);
    return good;
}

static bool has_renewed(struct worker *worker, size_t number)
{
    mutex_lock(&worker->world->lock);
    bool good = worker->world->renewals >= number;
    mutex_unlock(&worker->world->lock);
    return good;
}

static uint64_t tenure_of(struct worker *worker, size_t shard)
{
    mutex_lock(&worker->lock);
    uint64_t tenure = worker->held[shard];
    mutex_unlock(&worker->lock);
    return tenure;
}

static struct lease row_at(struct world *world, size_t shard)
{
    mutex_lock(&world->lock);
    struct lease lease = world->rows[shard].lease;
    mutex_unlock(&world->lock);
    return lease;
}

static void leases_are_held_renewed_and_released(void **state)
{
    (void)state;
    static struct world world;
    static struct worker worker;
    begin(&world, 20);
    start(&worker, &world, "w-1");
    until(was_granted, &worker, 20);
    until(has_renewed, &worker, 20);
    lease_keeper_leave(worker.keeper);
    for (size_t i = 0; i < 20; i++) {
        char key[32];
        snprintf(key, sizeof key, "s%02zu", i);
        lease_keeper_release(worker.keeper, key, tenure_of(&worker, i));
    }
    until(holds, &worker, 0);
    until(has_checkpointed, &worker, 20);
    for (size_t i = 0; i < 20; i++) {
        struct lease row = row_at(&world, i);
        assert_string_equal(row.owner, "");
        assert_string_equal(row.checkpoint, "4711");
        assert_true(lease_writer_is(row.writer, "w-1"));
    }
    stop(&worker);
}

static void a_finished_shard_gives_way_to_its_children(void **state)
{
    (void)state;
    static struct world world;
    static struct worker worker;
    begin(&world, 1);
    start(&worker, &world, "w-1");
    until(was_granted, &worker, 1);
    lease_keeper_shard_ended(worker.keeper, "s00", tenure_of(&worker, 0));
    add_shards(&world, 3); /* late: the keeper has to ask again */
    mutex_lock(&world.lock);
    snprintf(world.shards[1].parent_id, sizeof world.shards[1].parent_id, "s00");
    snprintf(world.shards[2].parent_id, sizeof world.shards[2].parent_id, "s00");
    mutex_unlock(&world.lock);
    until(was_granted, &worker, 3);
    assert_string_equal(row_at(&world, 0).checkpoint, "SHARD_END");
    assert_int_equal(row_at(&world, 0).child_count, 2);
    stop(&worker);
}

static void two_workers_share_by_hand_over(void **state)
{
    (void)state;
    static struct world world;
    static struct worker first;
    static struct worker second;
    begin(&world, 8);
    start(&first, &world, "w-1");
    until(was_granted, &first, 8);
    start(&second, &world, "w-2");
    until(holds, &second, 4);
    until(holds, &first, 4);
    mutex_lock(&first.lock);
    assert_int_equal(first.wants, 4);
    assert_int_equal(first.losses, 0);
    mutex_unlock(&first.lock);
    stop(&second);
    stop(&first);
}

static void a_table_out_of_reach_ends_the_leases_in_time(void **state) /* fault 12 */
{
    (void)state;
    static struct world world;
    static struct worker worker;
    begin(&world, 2);
    start(&worker, &world, "w-1");
    until(was_granted, &worker, 2);
    mutex_lock(&world.lock);
    world.cut = true;
    mutex_unlock(&world.lock);
    until(was_lost, &worker, 2);
    mutex_lock(&worker.lock);
    assert_true(clock_boot_ms(clock_real()) > worker.valid_until_ms); /* sending had stopped before */
    mutex_unlock(&worker.lock);
    mutex_lock(&world.lock);
    world.cut = false;
    mutex_unlock(&world.lock);
    until(was_granted, &worker, 4); /* and comes back by itself (I8) */
    stop(&worker);
}

static void a_keeper_without_rights_waits_and_stops_cleanly(void **state) /* fault 38's kin */
{
    (void)state;
    static struct world world;
    static struct worker worker;
    begin(&world, 2);
    mutex_lock(&world.lock);
    world.denied = true;
    mutex_unlock(&world.lock);
    start(&worker, &world, "w-1");
    struct stop nap;
    stop_init(&nap);
    (void)stop_wait_ms(&nap, 50);
    stop_destroy(&nap);
    assert_int_equal(lease_keeper_held(worker.keeper), 0);
    stop(&worker);
}

static void options_that_cannot_work_are_refused(void **state)
{
    (void)state;
    struct lease_keeper_options options = {
        .clock = clock_real(), .table = "t", .stream_arn = "a", .worker_id = "", .failover_ms = 3000};
    struct lease_keeper *keeper = NULL;
    struct status status = lease_keeper_start(&options, &keeper);
    assert_int_equal(status.code, STATUS_INVALID);
    assert_non_null(strstr(status.reason, "worker id"));
    options.worker_id = "w";
    options.failover_ms = 10;
    status = lease_keeper_start(&options, &keeper);
    assert_int_equal(status.code, STATUS_INVALID);
    assert_non_null(strstr(status.reason, "failover"));
    assert_null(keeper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leases_are_held_renewed_and_released),
        cmocka_unit_test(a_finished_shard_gives_way_to_its_children),
        cmocka_unit_test(two_workers_share_by_hand_over),
        cmocka_unit_test(a_table_out_of_reach_ends_the_leases_in_time),
        cmocka_unit_test(a_keeper_without_rights_waits_and_stops_cleanly),
        cmocka_unit_test(options_that_cannot_work_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
