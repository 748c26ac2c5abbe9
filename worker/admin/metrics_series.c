/* Metrics with labels, and histograms. */
#include <inttypes.h>

#include "worker/admin/metrics_text.h"

static struct status write_build_info(const struct admin_snapshot *snapshot, struct bytes *target)
{
    const struct admin_sources *sources = snapshot->sources;
    TRY(bytes_append_text(target, "penstock_build_info"));
    TRY(metrics_text_label(target, "{", "version", PENSTOCK_VERSION));
    TRY(metrics_text_label(target, ",", "worker", sources == NULL ? "" : sources->worker_id));
    TRY(metrics_text_label(target, ",", "app", sources == NULL ? "" : sources->app));
    TRY(metrics_text_label(target, ",", "table", sources == NULL ? "" : sources->table));
    return bytes_append_text(target, "} 1\n");
}

static struct status write_phase(const struct admin_snapshot *snapshot, struct bytes *target)
{
    static const char *const phases[] = {
        [ADMIN_STARTING] = "starting", [ADMIN_RUNNING] = "running", [ADMIN_DRAINING] = "draining"};
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        TRY(bytes_append_format(target, "penstock_phase{phase=\"%s\"} %d\n", phases[i],
                                snapshot->phase == (enum admin_phase)i ? 1 : 0));
    }
    return status_ok();
}

/* A sample whose only label is `label`. */
static struct status append_sample(struct bytes *target, enum metric_id id, const char *label,
                                   const char *value, double number)
{
    TRY(bytes_append_text(target, metric_of(id)->name));
    TRY(metrics_text_label(target, "{", label, value));
    return bytes_append_format(target, "} %.15g\n", number);
}

static struct status write_reasons(enum metric_id id, const struct admin_snapshot *snapshot,
                                   struct bytes *target)
{
    if (id == METRIC_RECORDS_DROPPED) {
        TRY(append_sample(target, id, "reason", "before_start", (double)snapshot->totals.records_dropped));
        return append_sample(target, id, "reason", "filter", (double)snapshot->totals.records_filtered);
    }
    const struct sink_counts *sink = &snapshot->sink;
    TRY(append_sample(target, id, "reason", "retried", (double)sink->records_retried));
    TRY(append_sample(target, id, "reason", "dead_letter", (double)sink->lines_dead_lettered));
    return append_sample(target, id, "reason", "refused", (double)sink->lines_refused);
}

/* In the metric's own unit; below 0: no sample. */
static double shard_value(enum metric_id id, const struct supervisor_shard *shard,
                          const struct admin_snapshot *snapshot)
{
    switch (id) {
    case METRIC_RECORDS_READ:
        return (double)shard->stats.records_read;
    case METRIC_RECORDS_FILTERED:
        return (double)shard->stats.records_filtered;
    case METRIC_LAG:
        return (double)admin_shard_lag_ms(shard) / 1000;
    case METRIC_TRIM:
        return (double)admin_shard_trim_ms(shard, snapshot->wall_ms) / 1000;
    case METRIC_CHECKPOINT_AGE:
        return shard->checkpointed_boot_ms == 0
                   ? -1
                   : (double)(snapshot->boot_ms - shard->checkpointed_boot_ms) / 1000;
    default:
        return -1;
    }
}

static struct status write_shards(enum metric_id id, const struct admin_snapshot *snapshot,
                                  struct bytes *target)
{
    const struct supervisor_shards *shards = &snapshot->shards;
    for (size_t i = 0; i < shards->count; i++) {
        const struct supervisor_shard *shard = &shards->at[i];
        bool again = i + 1 < shards->count && strcmp(shard->key, shards->at[i + 1].key) == 0;
        double value = shard_value(id, shard, snapshot);
        if (value >= 0 && !again) { /* an earlier tenure that still ends has no series of its own */
            TRY(append_sample(target, id, "shard", shard->key, value));
        }
    }
    return status_ok();
}

static struct status write_states(const struct admin_snapshot *snapshot, struct bytes *target)
{
    size_t counts[LEASE_ROW_STATES] = {0};
    for (size_t i = 0; i < snapshot->rows.count; i++) {
        counts[snapshot->rows.at[i].state]++;
    }
    for (size_t state = 0; snapshot->has_rows && state < LEASE_ROW_STATES; state++) {
        TRY(append_sample(target, METRIC_LEASES, "state", lease_row_state_name((enum lease_row_state)state),
                          (double)counts[state]));
    }
    return status_ok();
}

static struct status write_histogram(enum metric_id id, const struct histogram *histogram,
                                     struct bytes *target)
{
    const char *name = metric_of(id)->name;
    double unit = histogram->kind == HISTOGRAM_MS ? 1000 : 1;
    uint64_t count = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        count += histogram->counts[i];
        TRY(bytes_append_format(target, "%s_bucket{le=\"%.15g\"} %" PRIu64 "\n", name,
                                (double)histogram_bound(histogram->kind, i) / unit, count));
    }
    count += histogram->counts[HISTOGRAM_BUCKETS];
    TRY(bytes_append_format(target, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count));
    return bytes_append_format(target, "%s_sum %.15g\n%s_count %" PRIu64 "\n", name,
                               (double)histogram->sum / unit, name, count);
}

/* The requests of the one service that is put to. */
static struct status write_puts(enum metric_id id, const struct admin_snapshot *snapshot,
                                struct bytes *target)
{
    const struct sink_counts *sink = &snapshot->sink;
    bool of_firehose = id == METRIC_BATCH_RECORDS || id == METRIC_BATCH_BYTES || id == METRIC_PUT_DURATION;
    if (of_firehose ? !snapshot->sources->to_firehose : !snapshot->sources->to_kinesis) {
        return status_ok();
    }
    switch (id) {
    case METRIC_BATCH_RECORDS:
    case METRIC_KINESIS_RECORDS:
        return write_histogram(id, &sink->batch_records, target);
    case METRIC_BATCH_BYTES:
    case METRIC_KINESIS_BYTES:
        return write_histogram(id, &sink->batch_bytes, target);
    default:
        return write_histogram(id, &sink->request_ms, target);
    }
}

static struct status write_requests(const struct admin_client *client, struct bytes *target)
{
    for (size_t i = 0; i < CALL_COUNTS; i++) {
        const struct call_count *call = &client->calls.at[i];
        if (call->operation != NULL && call->count > 0) {
            TRY(bytes_append_text(target, metric_of(METRIC_AWS_REQUESTS)->name));
            TRY(metrics_text_label(target, "{", "service", client->name));
            TRY(metrics_text_label(target, ",", "operation", call->operation));
            TRY(metrics_text_label(target, ",", "code", call->code));
            TRY(bytes_append_format(target, "} %" PRIu64 "\n", call->count));
        }
    }
    return status_ok();
}

static struct status write_retries(const struct admin_client *client, struct bytes *target)
{
    const struct aws_client_counts *counts = &client->counts;
    TRY(bytes_append_format(target,
                            "penstock_aws_retries_total{service=\"%s\",reason=\"throttled\"} %" PRIu64 "\n",
                            client->name, counts->retries_throttled));
    return bytes_append_format(target,
                               "penstock_aws_retries_total{service=\"%s\",reason=\"other\"} %" PRIu64 "\n",
                               client->name, counts->retries - counts->retries_throttled);
}

static struct status write_client(enum metric_id id, const struct admin_client *client, struct bytes *target)
{
    switch (id) {
    case METRIC_AWS_REQUESTS:
        return write_requests(client, target);
    case METRIC_AWS_RETRIES:
        return write_retries(client, target);
    case METRIC_AWS_PACE:
        return client->counts.send_rate > 0
                   ? append_sample(target, id, "service", client->name, client->counts.send_rate)
                   : status_ok();
    default:
        return append_sample(target, id, "service", client->name, client->counts.retry_tokens);
    }
}

static struct status write_clients(enum metric_id id, const struct admin_snapshot *snapshot,
                                   struct bytes *target)
{
    for (size_t i = 0; i < ADMIN_CLIENTS; i++) {
        const struct admin_client *client = &snapshot->clients[i];
        if (client->name == NULL) {
            continue;
        }
        TRY(write_client(id, client, target));
    }
    return status_ok();
}

static struct status write_running(enum metric_id id, const struct admin_snapshot *snapshot, bool per_shard,
                                   struct bytes *target)
{
    switch (id) {
    case METRIC_RECORDS_FAILED:
    case METRIC_RECORDS_DROPPED:
        return write_reasons(id, snapshot, target);
    case METRIC_RECORDS_READ:
    case METRIC_RECORDS_FILTERED:
    case METRIC_LAG:
    case METRIC_TRIM:
    case METRIC_CHECKPOINT_AGE:
        return per_shard ? write_shards(id, snapshot, target) : status_ok();
    case METRIC_LEASES:
        return write_states(snapshot, target);
    case METRIC_LEASE_RENEW:
        return write_histogram(id, &snapshot->keeper.renew_ms, target);
    case METRIC_BATCH_RECORDS:
    case METRIC_BATCH_BYTES:
    case METRIC_PUT_DURATION:
    case METRIC_KINESIS_RECORDS:
    case METRIC_KINESIS_BYTES:
    case METRIC_KINESIS_DURATION:
        return write_puts(id, snapshot, target);
    case METRIC_AWS_REQUESTS:
    case METRIC_AWS_RETRIES:
    case METRIC_RETRY_TOKENS:
    case METRIC_AWS_PACE:
        return write_clients(id, snapshot, target);
    default:
        return status_ok();
    }
}

struct status metrics_series_write(enum metric_id id, const struct admin_snapshot *snapshot, bool per_shard,
                                   struct bytes *target)
{
    if (id == METRIC_BUILD_INFO) {
        return write_build_info(snapshot, target);
    }
    if (id == METRIC_UP_PHASE) {
        return write_phase(snapshot, target);
    }
    return snapshot->sources == NULL ? status_ok() : write_running(id, snapshot, per_shard, target);
}
