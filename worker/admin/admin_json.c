#include "worker/admin/admin_json.h"

#include <inttypes.h>

#include "aws/json.h"

static struct status append_text(struct bytes *target, const char *before, const char *text)
{
    TRY(bytes_append_text(target, before));
    return json_append_string(target, slice_of_text(text));
}

/* null for the empty text. */
static struct status append_text_or_null(struct bytes *target, const char *before, const char *text)
{
    return text[0] == '\0' ? bytes_append_format(target, "%snull", before)
                           : append_text(target, before, text);
}

/* null below 0. */
static struct status append_known(struct bytes *target, const char *before, int64_t number)
{
    return number < 0 ? bytes_append_format(target, "%snull", before)
                      : bytes_append_format(target, "%s%" PRId64, before, number);
}

static struct status append_time(struct bytes *target, const char *before, int64_t wall_ms)
{
    char text[CLOCK_ISO_BYTES];
    clock_format_iso(wall_ms, text);
    return bytes_append_format(target, "%s\"%s\"", before, text);
}

static struct status append_problems(struct bytes *target, const struct problems *problems, bool gravity)
{
    TRY(bytes_append_text(target, "["));
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->at[i];
        TRY(bytes_append_text(target, i == 0 ? "" : ","));
        if (gravity) {
            TRY(bytes_append_format(target, "{\"grave\":%s", problem->grave ? "true" : "false"));
            TRY(append_text(target, ",\"words\":", problem->words));
            TRY(bytes_append_text(target, "}"));
        } else {
            TRY(append_text(target, "", problem->words));
        }
    }
    return bytes_append_text(target, "]");
}

struct status admin_json_verdict(const struct problems *problems, const char *good, const char *bad,
                                 struct bytes *target)
{
    TRY(bytes_append_format(target, "{\"status\":\"%s\",\"problems\":", problems->count == 0 ? good : bad));
    TRY(append_problems(target, problems, false));
    return bytes_append_text(target, "}\n");
}

static struct status append_worker(struct bytes *target, const struct admin_snapshot *snapshot)
{
    static const char *const phases[] = {
        [ADMIN_STARTING] = "starting", [ADMIN_RUNNING] = "running", [ADMIN_DRAINING] = "draining"};
    const struct admin_sources *sources = snapshot->sources;
    TRY(bytes_append_format(target, "\"worker\":{\"phase\":\"%s\",\"version\":\"" PENSTOCK_VERSION "\"",
                            phases[snapshot->phase]));
    TRY(append_time(target, ",\"started\":", snapshot->started_wall_ms));
    if (sources != NULL) {
        TRY(append_text(target, ",\"id\":", sources->worker_id));
        TRY(append_text(target, ",\"app\":", sources->app));
        TRY(append_text(target, ",\"table\":", sources->table));
        TRY(append_text(target, ",\"stream\":", sources->stream_arn));
        TRY(append_text(target, ",\"region\":", sources->region));
        TRY(append_text(target, ",\"destination\":", sources->destination));
        TRY(bytes_append_format(target, ",\"failover_ms\":%" PRId64, sources->failover_ms));
    }
    return bytes_append_text(target, "}");
}

static struct status append_lease_totals(struct bytes *target, const struct admin_snapshot *snapshot)
{
    const struct lease_keeper_counts *leases = &snapshot->leases;
    int64_t scanned = leases->last_scan_boot_ms;
    TRY(bytes_append_format(
        target,
        "\"totals\":{\"leases\":%zu,\"finished\":%zu,\"unowned\":%zu,\"workers\":%zu,\"held\":"
        "%zu,\"taken\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"stolen\":%" PRIu64,
        leases->total, leases->finished, leases->unowned, leases->workers, leases->held, leases->taken,
        leases->lost, leases->stolen));
    TRY(bytes_append_format(target, ",\"other_rows\":%zu,\"broken_rows\":%zu", snapshot->keeper.foreign_rows,
                            snapshot->keeper.broken_rows));
    return append_known(target, ",\"scan_age_ms\":", scanned == 0 ? -1 : snapshot->boot_ms - scanned);
}

static struct status append_totals(struct bytes *target, const struct admin_snapshot *snapshot)
{
    const struct supervisor_totals *totals = &snapshot->totals;
    const struct sink_counts *sink = &snapshot->sink;
    struct admin_lag lag = admin_snapshot_lag(snapshot);
    TRY(append_lease_totals(target, snapshot));
    TRY(bytes_append_format(target,
                            ",\"shards\":%zu,\"shards_failed\":%zu,\"records_read\":%" PRIu64
                            ",\"records_filtered\":%" PRIu64 ",\"records_delivered\":%" PRIu64
                            ",\"records_open\":%" PRIu64 ",\"read_calls\":%" PRIu64,
                            totals->running, totals->failed, totals->records_read, totals->records_filtered,
                            totals->records_done, totals->records_open, totals->calls));
    TRY(append_known(target, ",\"lag_ms\":", lag.lag_ms));
    TRY(append_known(target, ",\"behind_ms\":", lag.behind_ms));
    TRY(append_known(target, ",\"until_trim_minutes\":", lag.trim_ms < 0 ? -1 : lag.trim_ms / 60000));
    TRY(bytes_append_format(target,
                            ",\"lag_unknown_shards\":%zu,\"gaps\":%zu,\"bytes_delivered\":%" PRIu64
                            ",\"requests\":%" PRIu64 ",\"requests_failed\":%" PRIu64
                            ",\"dead_letters\":%" PRIu64 ",\"buffer_bytes\":%zu",
                            lag.unknown, snapshot->gaps, sink->bytes_accepted, sink->requests,
                            sink->requests_failed, snapshot->letters.stored, snapshot->buffer_bytes));
    return bytes_append_format(target, ",\"buffer_limit_bytes\":%zu}",
                               snapshot->sources == NULL ? 0 : snapshot->sources->buffer_limit_bytes);
}

static struct status append_keys(struct bytes *target, const char *before,
                                 const char (*keys)[STREAMS_SHARD_ID_BYTES], size_t count)
{
    TRY(bytes_append_text(target, before));
    for (size_t i = 0; i < count; i++) {
        TRY(append_text(target, i == 0 ? "" : ",", keys[i]));
    }
    return bytes_append_text(target, "]");
}

static struct status append_gap(struct bytes *target, const struct lease_gap *gap)
{
    if (gap->count == 0) {
        return bytes_append_text(target, ",\"gap\":null");
    }
    TRY(bytes_append_format(target, ",\"gap\":{\"count\":%u,\"certain\":%s,\"after\":", gap->count,
                            gap->certain ? "true" : "false"));
    TRY(gap->after.length == 0 ? bytes_append_text(target, "null")
                               : json_append_string(target, sequence_number_slice(&gap->after)));
    TRY(bytes_append_text(target, ",\"until\":"));
    TRY(gap->until.length == 0 ? bytes_append_text(target, "null")
                               : json_append_string(target, sequence_number_slice(&gap->until)));
    TRY(append_time(target, ",\"found\":", gap->found_wall_ms));
    return bytes_append_text(target, "}");
}

/* What this process knows of a shard that it reads. */
static struct status append_own(struct bytes *target, const struct supervisor_shard *shard,
                                const struct admin_snapshot *snapshot)
{
    const struct shard_stats *stats = &shard->stats;
    int64_t trim_ms = admin_shard_trim_ms(shard, snapshot->wall_ms);
    TRY(append_known(target, ",\"own\":{\"lag_ms\":", admin_shard_lag_ms(shard)));
    TRY(append_known(target, ",\"behind_ms\":", admin_shard_behind_ms(shard, snapshot->wall_ms)));
    TRY(append_known(target, ",\"until_trim_minutes\":", trim_ms < 0 ? -1 : trim_ms / 60000));
    TRY(bytes_append_format(target,
                            ",\"records_read\":%" PRIu64 ",\"records_filtered\":%" PRIu64
                            ",\"records_delivered\":%" PRIu64 ",\"calls\":%" PRIu64,
                            stats->records_read, stats->records_filtered, stats->records_done, stats->calls));
    TRY(append_known(target, ",\"checkpoint_age_ms\":",
                     shard->checkpointed_boot_ms == 0 ? -1
                                                      : snapshot->boot_ms - shard->checkpointed_boot_ms));
    return bytes_append_format(target, ",\"failed\":%s,\"stopping\":%s}", stats->failed ? "true" : "false",
                               shard->stopping ? "true" : "false");
}

static struct status append_lease(struct bytes *target, const struct lease_watch_row *seen,
                                  const struct admin_snapshot *snapshot)
{
    struct lease unpacked;
    const struct lease *row = &unpacked;
    size_t at = seen->at;
    if (!lease_rows_next(&snapshot->rows.rows, &at, &unpacked)) {
        return status_make(STATUS_INTERNAL, "a row of the snapshot is not there");
    }
    const struct supervisor_shard *shard = seen->held ? admin_snapshot_find_shard(snapshot, row->key) : NULL;
    TRY(append_text(target, "{\"shard\":", row->key));
    TRY(bytes_append_format(target, ",\"state\":\"%s\"", lease_row_state_name(seen->state)));
    TRY(append_text_or_null(target, ",\"owner\":", lease_holder(row)));
    bool asked = row->checkpoint_owner[0] != '\0';
    TRY(append_text_or_null(target, ",\"next_owner\":", asked ? row->owner : ""));
    TRY(append_text_or_null(target, ",\"checkpoint\":", row->checkpoint));
    TRY(bytes_append_format(target, ",\"counter\":%" PRId64 ",\"switches\":%" PRId64, row->counter,
                            row->switches));
    TRY(append_keys(target, ",\"parents\":[", row->parents, row->parent_count));
    TRY(append_keys(target, ",\"children\":[", row->children, row->child_count));
    TRY(append_gap(target, &row->gap));
    TRY(shard == NULL ? bytes_append_text(target, ",\"own\":null") : append_own(target, shard, snapshot));
    return bytes_append_text(target, "}");
}

static struct status append_leases(struct bytes *target, const struct admin_snapshot *snapshot)
{
    if (!snapshot->has_rows) {
        return bytes_append_text(target, "\"leases\":null");
    }
    TRY(bytes_append_text(target, "\"leases\":["));
    for (size_t i = 0; i < snapshot->rows.count; i++) {
        TRY(bytes_append_text(target, i == 0 ? "\n" : ",\n"));
        TRY(append_lease(target, &snapshot->rows.at[i], snapshot));
    }
    return bytes_append_text(target, "]");
}

static struct status append_moves(struct bytes *target, const struct admin_snapshot *snapshot)
{
    TRY(bytes_append_text(target, "\"moves\":["));
    for (size_t i = 0; i < snapshot->move_count; i++) {
        const struct lease_move *move = &snapshot->moves[i];
        TRY(append_time(target, i == 0 ? "{\"time\":" : ",{\"time\":", move->wall_ms));
        TRY(append_text(target, ",\"shard\":", move->key));
        TRY(append_text_or_null(target, ",\"from\":", move->from));
        TRY(append_text_or_null(target, ",\"to\":", move->to));
        TRY(append_text(target, ",\"how\":", move->how));
        TRY(bytes_append_text(target, "}"));
    }
    return bytes_append_text(target, "]");
}

struct status admin_json_leases(const struct admin_snapshot *snapshot, struct bytes *target)
{
    struct problems problems = {.count = 0};
    problems_find(snapshot, &problems);
    TRY(append_time(target, "{\"time\":", snapshot->wall_ms));
    TRY(bytes_append_text(target, ",\n\"problems\":"));
    TRY(append_problems(target, &problems, true));
    TRY(bytes_append_text(target, ",\n"));
    TRY(append_worker(target, snapshot));
    TRY(bytes_append_text(target, ",\n"));
    TRY(append_totals(target, snapshot));
    TRY(bytes_append_text(target, ",\n"));
    TRY(append_moves(target, snapshot));
    TRY(bytes_append_text(target, ",\n"));
    TRY(append_leases(target, snapshot));
    return bytes_append_text(target, "}\n");
}
