/* What a worker shows of itself, as plain data taken at one moment: everything that /metrics, /healthz,
 * /readyz, /leases and the EMF line say is worked out from it by pure functions. */
#ifndef PENSTOCK_WORKER_ADMIN_SNAPSHOT_H
#define PENSTOCK_WORKER_ADMIN_SNAPSHOT_H

#include "aws/session.h"
#include "lease/keeper_watch.h"
#include "worker/report.h"

enum admin_phase { ADMIN_STARTING, ADMIN_RUNNING, ADMIN_DRAINING };

enum { ADMIN_CLIENTS = 5, ADMIN_RETENTION_MS = 24 * 60 * 60 * 1000 /* of every stream, fixed by AWS */ };

/* Where it all comes from; borrowed, and alive as long as somebody takes snapshots. */
struct admin_sources {
    struct report_sources parts;
    struct aws_session *session;
    struct aws_client *clients[ADMIN_CLIENTS]; /* NULL: not used */
    const char *client_names[ADMIN_CLIENTS]; /* "dynamodb", ... */
    const char *worker_id;
    const char *app;
    const char *table;
    const char *stream_arn;
    const char *region;
    const char *destination; /* as destination_name says */
    bool to_firehose;
    bool to_kinesis;
    size_t buffer_limit_bytes;
    int64_t failover_ms;
    int64_t poll_idle_ms;
};

struct admin_client {
    const char *name; /* NULL: not used */
    struct aws_client_counts counts;
    struct call_counts calls;
};

struct admin_snapshot {
    /* Always. */
    enum admin_phase phase;
    int64_t wall_ms;
    int64_t boot_ms;
    int64_t started_wall_ms; /* of the process */
    double cpu_seconds; /* of the process */
    double resident_bytes;
    double virtual_bytes;
    double open_files; /* below 0: not known */
    double open_files_most;

    /* Not while starting. */
    const struct admin_sources *sources; /* NULL while starting */
    struct lease_keeper_counts leases;
    struct lease_keeper_pulse keeper;
    int64_t supervisor_turned_boot_ms;
    struct supervisor_totals totals;
    struct supervisor_shards shards; /* owned; sorted by key */
    struct sink_counts sink;
    struct dead_letters_state letters;
    struct spill_counts spill;
    struct poll_budget_counts poll_budget;
    bool has_spill;
    size_t buffer_bytes;
    size_t gaps; /* unacknowledged: in the lease rows, or in the state folder before they are in the rows */
    bool state_degraded;
    struct credential_cache_state credentials;
    struct admin_client clients[ADMIN_CLIENTS];

    /* When asked for. */
    bool has_rows;
    struct lease_snapshot rows; /* owned; sorted by key */
    struct lease_move moves[LEASE_MOVES]; /* newest first */
    size_t move_count;
};

/* `sources` NULL: the worker starts. With `rows` the keeper's thread is asked for them; without its answer in
 * half a second has_rows stays false. Any thread; with `rows` one at a time. STATUS_NO_MEMORY. */
struct status admin_snapshot_take(const struct admin_sources *sources, const struct clock *clock,
                                  enum admin_phase phase, bool rows, struct admin_snapshot *ret_snapshot)
    MUST_USE;
/* Safe on zeroed memory. */
void admin_snapshot_free(struct admin_snapshot *snapshot);

/* NULL when no shard of this key has a thread here. */
const struct supervisor_shard *admin_snapshot_find_shard(const struct admin_snapshot *snapshot,
                                                         const char *key);

/* Of one shard, in ms; -1: not known, never 0 unless it is proven that nothing waits. */
int64_t admin_shard_lag_ms(const struct supervisor_shard *shard);
/* The lag; while that is not known, the greatest that it can be by what was read before. -1: nothing was. */
int64_t admin_shard_behind_ms(const struct supervisor_shard *shard, int64_t now_wall_ms);
/* Until the oldest record that is not read may be trimmed; -1: not known, or nothing is left to read. */
int64_t admin_shard_trim_ms(const struct supervisor_shard *shard, int64_t now_wall_ms);

/* Over all shards of this worker; -1: not known of any. */
struct admin_lag {
    int64_t lag_ms; /* the greatest known */
    int64_t behind_ms; /* the greatest */
    int64_t trim_ms; /* the least */
    size_t unknown; /* shards without a known lag */
};
struct admin_lag admin_snapshot_lag(const struct admin_snapshot *snapshot);

#endif
