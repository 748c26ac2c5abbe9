#include "worker/admin/metric_values.h"

#include <math.h>

/* Of a time or duration in ms where below 0 means unknown. */
static double seconds_or_nan(int64_t ms)
{
    return ms < 0 ? NAN : (double)ms / 1000;
}

static void collect_process(const struct admin_snapshot *snapshot, double *at)
{
    at[METRIC_PROCESS_CPU] = snapshot->cpu_seconds;
    at[METRIC_PROCESS_RESIDENT] = snapshot->resident_bytes;
    at[METRIC_PROCESS_VIRTUAL] = snapshot->virtual_bytes;
    at[METRIC_PROCESS_FILES] = snapshot->open_files < 0 ? NAN : snapshot->open_files;
    at[METRIC_PROCESS_FILES_MOST] = snapshot->open_files_most;
    at[METRIC_PROCESS_START] = (double)snapshot->started_wall_ms / 1000;
}

static void collect_shards(const struct admin_snapshot *snapshot, double *at)
{
    const struct supervisor_totals *totals = &snapshot->totals;
    struct admin_lag lag = admin_snapshot_lag(snapshot);
    at[METRIC_RECORDS_DELIVERED] = (double)totals->records_done;
    at[METRIC_RECORDS_OPEN] = (double)totals->records_open;
    at[METRIC_ORDER_VIOLATIONS] = (double)totals->order_violations;
    at[METRIC_READ_CALLS] = (double)totals->calls;
    if (snapshot->poll_budget.calls_per_second > 0) {
        at[METRIC_POLL_BUDGET] = (double)snapshot->poll_budget.calls_per_second;
        at[METRIC_POLL_WAITS] = (double)snapshot->poll_budget.waits;
        at[METRIC_POLL_WAITED] = (double)snapshot->poll_budget.waited_ms / 1000;
        at[METRIC_POLL_WAITING] = (double)snapshot->poll_budget.waiting;
    }
    at[METRIC_SHARDS] = (double)totals->running;
    at[METRIC_SHARDS_FAILED] = (double)totals->failed;
    at[METRIC_LAG_MAX] = seconds_or_nan(lag.behind_ms);
    at[METRIC_LAG_UNKNOWN] = (double)lag.unknown;
    at[METRIC_TRIM_MIN] = seconds_or_nan(lag.trim_ms);
    at[METRIC_GAPS] = (double)snapshot->gaps;
    at[METRIC_STATE_DEGRADED] = snapshot->state_degraded ? 1 : 0;
}

static void collect_leases(const struct admin_snapshot *snapshot, double *at)
{
    const struct lease_keeper_counts *leases = &snapshot->leases;
    int64_t scanned = leases->last_scan_boot_ms;
    at[METRIC_LEASES_HELD] = (double)leases->held;
    at[METRIC_LEASE_TABLE_LEASES] = (double)leases->total;
    at[METRIC_LEASES_UNOWNED] = (double)leases->unowned;
    at[METRIC_WORKERS] = (double)leases->workers;
    at[METRIC_LEASE_TAKEN] = (double)leases->taken;
    at[METRIC_LEASE_LOST] = (double)leases->lost;
    at[METRIC_LEASE_STOLEN] = (double)leases->stolen;
    at[METRIC_LEASE_SCAN_AGE] = seconds_or_nan(scanned == 0 ? -1 : snapshot->boot_ms - scanned);
}

static void collect_sink(const struct admin_snapshot *snapshot, double *at)
{
    const struct credential_cache_state *credentials = &snapshot->credentials;
    bool end = credentials->has_credentials && credentials->expires_wall_ms != CREDENTIALS_NEVER;
    at[METRIC_BYTES_DELIVERED] = (double)snapshot->sink.bytes_accepted;
    at[METRIC_DEAD_LETTERS] = (double)snapshot->letters.stored;
    at[METRIC_LARGE_RECORDS] = (double)snapshot->sink.lines_large;
    at[METRIC_SPILLED] = (double)snapshot->spill.lines;
    at[METRIC_SPILLING] = snapshot->spill.spilling ? 1 : 0;
    if (snapshot->sources->to_firehose) {
        at[METRIC_BYTES_BILLED] = (double)snapshot->sink.bytes_billed;
        at[METRIC_BYTES_BILLED_UNPACKED] = (double)snapshot->sink.bytes_billed_unpacked;
    }
    if (snapshot->sink.pace_bytes_per_second > 0) {
        at[METRIC_PACE] = (double)snapshot->sink.pace_bytes_per_second;
    }
    if (snapshot->sink.requests_most > 0) {
        at[METRIC_PUT_MOST] = (double)snapshot->sink.requests_most;
    }
    at[METRIC_PUT_REQUESTS] = (double)snapshot->sink.requests;
    at[METRIC_PUT_FAILED] = (double)snapshot->sink.requests_failed;
    at[METRIC_BUFFER] = (double)snapshot->buffer_bytes;
    at[METRIC_BUFFER_LIMIT] = (double)snapshot->sources->buffer_limit_bytes;
    at[METRIC_CREDENTIALS_EXPIRY] = end ? (double)credentials->expires_wall_ms / 1000 : NAN;
}

void metric_values_collect(const struct admin_snapshot *snapshot, struct metric_values *ret_values)
{
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        ret_values->at[id] = NAN;
    }
    collect_process(snapshot, ret_values->at);
    if (snapshot->sources != NULL) {
        collect_shards(snapshot, ret_values->at);
        collect_leases(snapshot, ret_values->at);
        collect_sink(snapshot, ret_values->at);
    }
}
