/* A snapshot of a worker that is well, for the tests of what is worked out from one; they change what they need.
 * They include cmocka first. */
#ifndef PENSTOCK_TESTS_ADMIN_WORLD_H
#define PENSTOCK_TESTS_ADMIN_WORLD_H

#include <stdio.h>

#include "worker/admin/snapshot.h"

enum { WORLD_SHARDS = 3, WORLD_ROWS = 4 };

#define WORLD_WALL INT64_C(1795476000000)
#define WORLD_BOOT INT64_C(5000000)

struct admin_world {
    struct admin_sources sources;
    struct admin_snapshot snapshot;
    struct supervisor_shard shards[WORLD_SHARDS];
    struct lease rows[WORLD_ROWS];
    struct lease_watch_row seen[WORLD_ROWS];
    char packed[WORLD_ROWS * 2 * sizeof(struct lease)];
};

/* Shows the world's rows as they are now. */
static inline void admin_world_show_rows(struct admin_world *world)
{
    struct lease_snapshot *shown = &world->snapshot.rows;
    *shown = (struct lease_snapshot){.at = world->seen, .count = WORLD_ROWS};
    shown->rows.packed.at = world->packed;
    shown->rows.packed.capacity = sizeof world->packed;
    for (size_t i = 0; i < WORLD_ROWS; i++) {
        world->seen[i].at = shown->rows.packed.length;
        assert_true(lease_rows_add(&shown->rows, &world->rows[i]));
        world->seen[i].key = lease_rows_key(&shown->rows, world->seen[i].at);
    }
}

static inline void fill_shards(struct admin_world *world)
{
    for (size_t i = 0; i < WORLD_SHARDS; i++) {
        struct supervisor_shard *shard = &world->shards[i];
        snprintf(shard->key, sizeof shard->key, "shardId-%zu", i);
        shard->stats.turned_boot_ms = WORLD_BOOT - 100;
        shard->stats.records_read = 100 + i;
        shard->stats.records_done = 90;
        shard->stats.read_up_to_wall_ms = WORLD_WALL - 2000;
        snprintf(world->rows[i].key, sizeof world->rows[i].key, "%s", shard->key);
        snprintf(world->rows[i].owner, sizeof world->rows[i].owner, "w-1");
        snprintf(world->rows[i].checkpoint, sizeof world->rows[i].checkpoint, "100%zu", i);
        world->seen[i].held = true;
    }
    struct lease *other = &world->rows[WORLD_SHARDS];
    snprintf(other->key, sizeof other->key, "shardId-other");
    snprintf(other->owner, sizeof other->owner, "w-2");
    world->seen[WORLD_SHARDS].state = LEASE_ROW_UNKNOWN;
}

/* Runs, reads three shards at the tip, and sees a fourth of another worker. */
static inline void admin_world_init(struct admin_world *world)
{
    *world =
        (struct admin_world){.sources = {.worker_id = "w-1",
                                         .app = "app",
                                         .table = "orders",
                                         .stream_arn = "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/x",
                                         .region = "eu-west-1",
                                         .destination = "lake",
                                         .to_firehose = true,
                                         .buffer_limit_bytes = 1000,
                                         .failover_ms = 10000,
                                         .poll_idle_ms = 1000}};
    fill_shards(world);
    world->snapshot = (struct admin_snapshot){
        .phase = ADMIN_RUNNING,
        .wall_ms = WORLD_WALL,
        .boot_ms = WORLD_BOOT,
        .started_wall_ms = WORLD_WALL - 60000,
        .sources = &world->sources,
        .leases = {.held = 3, .total = 4, .workers = 2, .last_scan_boot_ms = WORLD_BOOT - 500},
        .keeper = {.turned_boot_ms = WORLD_BOOT - 200, .answered_boot_ms = WORLD_BOOT - 300},
        .supervisor_turned_boot_ms = WORLD_BOOT - 100,
        .totals = {.running = 3, .records_read = 303, .records_done = 270, .records_open = 33},
        .shards = {world->shards, WORLD_SHARDS},
        .sink = {.turned_boot_ms = WORLD_BOOT - 100, .batch_records = {.kind = HISTOGRAM_RECORDS}},
        .credentials = {.expires_wall_ms = CREDENTIALS_NEVER, .has_credentials = true},
        .clients = {{.name = "dynamodb", .calls = {{{"Scan", "OK", 7}}}}},
        .has_rows = true,
    };
    admin_world_show_rows(world);
}

#endif
