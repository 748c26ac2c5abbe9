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
    struct lease_watch_row rows[WORLD_ROWS];
};

static inline void fill_shards(struct admin_world *world)
{
    for (size_t i = 0; i < WORLD_SHARDS; i++) {
        struct supervisor_shard *shard = &world->shards[i];
        snprintf(shard->key, sizeof shard->key, "shardId-%zu", i);
        shard->stats.turned_boot_ms = WORLD_BOOT - 100;
        shard->stats.records_read = 100 + i;
        shard->stats.records_done = 90;
        shard->stats.read_up_to_wall_ms = WORLD_WALL - 2000;
        snprintf(world->rows[i].row.key, sizeof world->rows[i].row.key, "%s", shard->key);
        snprintf(world->rows[i].row.owner, sizeof world->rows[i].row.owner, "w-1");
        snprintf(world->rows[i].row.checkpoint, sizeof world->rows[i].row.checkpoint, "100%zu", i);
        world->rows[i].held = true;
    }
    struct lease_watch_row *other = &world->rows[WORLD_SHARDS];
    snprintf(other->row.key, sizeof other->row.key, "shardId-other");
    snprintf(other->row.owner, sizeof other->row.owner, "w-2");
    other->state = LEASE_ROW_UNKNOWN;
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
        .rows = {world->rows, WORLD_ROWS},
    };
}

#endif
