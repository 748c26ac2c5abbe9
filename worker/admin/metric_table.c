#include "worker/admin/metric_table.h"

#define GAUGE(metric_name, of, words)                                                                        \
    .name = (metric_name), .type = METRIC_GAUGE, .labels = (of), .help = (words)
#define COUNTER(metric_name, of, words)                                                                      \
    .name = (metric_name), .type = METRIC_COUNTER, .labels = (of), .help = (words)
#define HISTOGRAM(metric_name, words)                                                                        \
    .name = (metric_name), .type = METRIC_HISTOGRAM, .labels = "", .help = (words)
#define EMF(cloudwatch_name, unit, factor)                                                                   \
    .emf_name = (cloudwatch_name), .emf_unit = (unit), .emf_factor = (factor)

static const struct metric table[METRIC_COUNT] = {
    [METRIC_BUILD_INFO] = {GAUGE("penstock_build_info", "version, worker, app, table", "1; what runs here.")},
    [METRIC_UP_PHASE] = {GAUGE("penstock_phase", "phase",
                               "1 for the phase the worker is in: starting, running or draining.")},
    [METRIC_RECORDS_READ] = {COUNTER("penstock_records_read_total", "shard",
                                     "Records read from the stream, of the shards held now.")},
    [METRIC_RECORDS_DELIVERED] =
        {COUNTER("penstock_records_delivered_total", "",
                 "Records whose delivery is sure: accepted by the destination, dropped by "
                 "a setting or kept as dead letters."),
         EMF("RecordsProcessed", "Count", 1)},
    [METRIC_RECORDS_FAILED] = {COUNTER(
        "penstock_records_failed_total", "reason",
        "Refusals by the destination: retried (sent again), dead_letter (kept there), "
        "refused (no place for it: its shard stands still).")},
    [METRIC_DEAD_LETTERS] = {COUNTER(
                                 "penstock_dead_letters_total", "",
                                 "Records kept as dead letters because the destination can never take them."),
                             EMF("DeadLetters", "Count", 1)},
    [METRIC_RECORDS_DROPPED] = {COUNTER(
        "penstock_records_dropped_total", "reason",
        "Records not delivered because a setting says so: before_start (--start "
        "latest), filter (--filter).")},
    [METRIC_RECORDS_FILTERED] = {COUNTER("penstock_records_filtered_total", "shard",
                                         "Records that the filter dropped, of the shards held now.")},
    [METRIC_BYTES_DELIVERED] = {COUNTER("penstock_bytes_delivered_total", "",
                                        "Bytes of lines that the destination accepted, before packing."),
                                EMF("DataBytesProcessed", "Bytes", 1)},
    [METRIC_RECORDS_OPEN] = {GAUGE("penstock_records_open", "",
                                   "Records read whose delivery is not sure yet.")},
    [METRIC_ORDER_VIOLATIONS] = {COUNTER("penstock_order_violations_total", "",
                                         "Records whose sequence number was not above the one before.")},
    [METRIC_READ_CALLS] = {COUNTER("penstock_read_calls_total", "", "GetRecords calls, which AWS bills."),
                           EMF("ReadCalls", "Count", 1)},
    [METRIC_POLL_BUDGET] = {GAUGE("penstock_poll_budget_calls_per_second", "",
                                  "--poll-budget, of which penstock_read_calls_total spends. Absent without "
                                  "one, as are the next three.")},
    [METRIC_POLL_WAITS] = {COUNTER("penstock_poll_budget_waits_total", "",
                                   "GetRecords calls that had to wait for --poll-budget.")},
    [METRIC_POLL_WAITED] = {COUNTER("penstock_poll_budget_wait_seconds_total", "",
                                    "The time that they waited, together."),
                            EMF("PollBudgetWait", "Seconds", 1)},
    [METRIC_POLL_WAITING] = {GAUGE("penstock_poll_budget_waiting_shards", "",
                                   "Shards that wait for --poll-budget now.")},
    [METRIC_LAG] = {GAUGE(
        "penstock_lag_seconds", "shard",
        "Age of the youngest record read when it was read; 0 at the proven tip. Absent while "
        "unknown.")},
    [METRIC_LAG_MAX] =
        {GAUGE("penstock_lag_max_seconds", "",
               "The greatest lag of this worker's shards; of one whose lag is unknown, the greatest it "
               "can be. Absent when nothing is known."),
         EMF("MillisBehindLatest", "Milliseconds", 1000)},
    [METRIC_LAG_UNKNOWN] = {GAUGE("penstock_lag_unknown_shards", "",
                                  "Shards held here whose lag is not known."),
                            EMF("UnknownLagShards", "Count", 1)},
    [METRIC_TRIM] = {GAUGE(
        "penstock_until_trim_seconds", "shard",
        "Time until the oldest unread record can be trimmed (24 h after it was written). Absent "
        "while unknown.")},
    [METRIC_TRIM_MIN] = {GAUGE("penstock_until_trim_min_seconds", "",
                               "The least of these over this worker's shards."),
                         EMF("MinutesUntilTrim", "None", 1.0 / 60)},
    [METRIC_CHECKPOINT_AGE] = {GAUGE(
        "penstock_checkpoint_age_seconds", "shard",
        "Since a new position was last written into the lease; grows while nothing "
        "comes. Absent before the first.")},
    [METRIC_SHARDS] = {GAUGE("penstock_shards", "", "Shards that have a thread here."),
                       EMF("RunningShards", "Count", 1)},
    [METRIC_SHARDS_FAILED] = {GAUGE("penstock_shards_failed", "",
                                    "Shards that stand still at a record that cannot be delivered."),
                              EMF("FailedShards", "Count", 1)},
    [METRIC_GAPS] = {GAUGE("penstock_gaps", "",
                           "Stretches that were trimmed before they were read, not acknowledged yet."),
                     EMF("Gaps", "Count", 1)},
    [METRIC_LEASES_HELD] = {GAUGE("penstock_leases_held", "", "Leases that this worker holds."),
                            EMF("CurrentLeases", "Count", 1)},
    [METRIC_LEASES] = {GAUGE("penstock_leases_total", "state",
                             "Rows of the lease table as this worker observes them, by state.")},
    [METRIC_LEASE_TABLE_LEASES] = {GAUGE("penstock_lease_table_leases", "",
                                         "Rows of the lease table that are leases, at the last scan."),
                                   EMF("TotalLeases", "Count", 1)},
    [METRIC_LEASES_UNOWNED] = {GAUGE("penstock_leases_unowned", "",
                                     "Unfinished leases that are nobody's or whose owner stopped renewing."),
                               EMF("UntakenLeases", "Count", 1)},
    [METRIC_WORKERS] = {GAUGE("penstock_workers", "", "Workers seen to be alive in the lease table."),
                        EMF("NumWorkers", "Count", 1)},
    [METRIC_LEASE_TAKEN] = {COUNTER("penstock_lease_taken_total", "", "Leases taken, stolen ones included."),
                            EMF("TakenLeases", "Count", 1)},
    [METRIC_LEASE_LOST] = {COUNTER("penstock_lease_lost_total", "",
                                   "Leases lost against this worker's will: run out, taken or rewound."),
                           EMF("LostLeases", "Count", 1)},
    [METRIC_LEASE_STOLEN] = {COUNTER("penstock_lease_stolen_total", "",
                                     "Leases taken from a live owner for balance."),
                             EMF("StolenLeases", "Count", 1)},
    [METRIC_LEASE_SCAN_AGE] = {GAUGE(
        "penstock_lease_scan_age_seconds", "",
        "Since the last whole look at the lease table. Absent before the first.")},
    [METRIC_LEASE_RENEW] = {HISTOGRAM("penstock_lease_renew_duration_seconds",
                                      "From sending a renewal to its answer.")},
    [METRIC_BATCH_RECORDS] = {HISTOGRAM("penstock_firehose_batch_records", "Records a PutRecordBatch.")},
    [METRIC_BATCH_BYTES] = {HISTOGRAM("penstock_firehose_batch_bytes", "Bytes of a PutRecordBatch's body.")},
    [METRIC_PUT_DURATION] = {HISTOGRAM("penstock_firehose_put_duration_seconds",
                                       "A PutRecordBatch with its retries.")},
    [METRIC_LARGE_RECORDS] = {COUNTER("penstock_large_records_total", "",
                                      "Lines landed directly because they are too long for a record."),
                              EMF("LargeRecords", "Count", 1)},
    [METRIC_SPILLED] = {COUNTER("penstock_spilled_records_total", "",
                                "Lines landed directly (--spill) because the destination took nothing."),
                        EMF("SpilledRecords", "Count", 1)},
    [METRIC_SPILLING] = {GAUGE("penstock_spilling", "",
                               "1 while lines go to --spill and not to the destination."),
                         EMF("Spilling", "Count", 1)},
    [METRIC_KINESIS_RECORDS] = {HISTOGRAM("penstock_kinesis_batch_records", "Records a PutRecords.")},
    [METRIC_KINESIS_BYTES] = {HISTOGRAM("penstock_kinesis_batch_bytes", "Bytes of a PutRecords' body.")},
    [METRIC_KINESIS_DURATION] = {HISTOGRAM("penstock_kinesis_put_duration_seconds", "A PutRecords.")},
    [METRIC_PACE] = {GAUGE(
        "penstock_firehose_pace_bytes_per_second", "",
        "This worker's part of --firehose-bytes-per-second by now. Absent without a limit.")},
    [METRIC_PUT_MOST] = {GAUGE("penstock_sink_requests_limit", "",
                               "Requests to the destination that may be under way at once by now.")},
    [METRIC_BYTES_BILLED] = {COUNTER(
        "penstock_firehose_billed_bytes_total", "",
        "Bytes that Firehose bills for what it accepted: each record up to the next 5 KB.")},
    [METRIC_BYTES_BILLED_UNPACKED] = {COUNTER(
        "penstock_firehose_billed_unpacked_bytes_total", "",
        "What it would bill without packing, each line a record of its own.")},
    [METRIC_PUT_REQUESTS] = {COUNTER("penstock_sink_requests_total", "",
                                     "Requests to the destination, or files written."),
                             EMF("Requests", "Count", 1)},
    [METRIC_PUT_FAILED] = {COUNTER("penstock_sink_requests_failed_total", "",
                                   "Of these, those that failed as a whole."),
                           EMF("FailedRequests", "Count", 1)},
    [METRIC_AWS_REQUESTS] = {COUNTER(
        "penstock_aws_requests_total", "service, operation, code",
        "Requests to AWS, retries included; code is OK, AWS's error code, or timeout, "
        "unavailable and so on when there was no answer.")},
    [METRIC_AWS_RETRIES] = {COUNTER("penstock_aws_retries_total", "service, reason",
                                    "Retries, after a throttling or anything else.")},
    [METRIC_RETRY_TOKENS] = {GAUGE("penstock_retry_tokens", "service",
                                   "What is left of the budget for retries; 500 when all is well.")},
    [METRIC_AWS_PACE] = {GAUGE(
        "penstock_aws_pace_requests_per_second", "service",
        "What AWS_RETRY_MODE=adaptive allows by now. Absent until the service throttles.")},
    [METRIC_BUFFER] = {GAUGE("penstock_buffer_bytes", "",
                             "Bytes held by pages being read and lines not yet accepted."),
                       EMF("BufferBytes", "Bytes", 1)},
    [METRIC_BUFFER_LIMIT] = {GAUGE("penstock_buffer_limit_bytes", "", "--buffer-bytes.")},
    [METRIC_STATE_DEGRADED] = {GAUGE("penstock_state_degraded", "",
                                     "1 while the state folder refuses writes."),
                               EMF("StateDegraded", "Count", 1)},
    [METRIC_CREDENTIALS_EXPIRY] = {GAUGE(
        "penstock_credentials_expiry_timestamp_seconds", "",
        "When the AWS credentials in use end. Absent for those that do not.")},
    [METRIC_PROCESS_CPU] = {COUNTER("process_cpu_seconds_total", "", "CPU time of the process.")},
    [METRIC_PROCESS_RESIDENT] = {GAUGE("process_resident_memory_bytes", "",
                                       "Resident memory of the process."),
                                 EMF("ResidentMemoryBytes", "Bytes", 1)},
    [METRIC_PROCESS_VIRTUAL] = {GAUGE("process_virtual_memory_bytes", "", "Virtual memory of the process.")},
    [METRIC_PROCESS_FILES] = {GAUGE("process_open_fds", "", "Open file descriptors.")},
    [METRIC_PROCESS_FILES_MOST] = {GAUGE("process_max_fds", "", "How many may be open at once.")},
    [METRIC_PROCESS_START] = {GAUGE("process_start_time_seconds", "", "When the process started, in UTC.")},
};

const struct metric *metric_of(enum metric_id id)
{
    return &table[id];
}

const char *metric_type_name(enum metric_type type)
{
    static const char *const names[] = {
        [METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter", [METRIC_HISTOGRAM] = "histogram"};
    return names[type];
}

void metric_table_print(FILE *out)
{
    fputs("Metrics, as /metrics of the admin server gives them (name in CloudWatch with --emf stdout):\n",
          out);
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        const struct metric *metric = &table[id];
        fprintf(out, "\n  %s", metric->name);
        if (metric->labels[0] != '\0') {
            fprintf(out, "{%s}", metric->labels);
        }
        fprintf(out, "  %s", metric_type_name(metric->type));
        if (metric->emf_name != NULL) {
            fprintf(out, "  (%s, %s)", metric->emf_name, metric->emf_unit);
        }
        fprintf(out, "\n      %s\n", metric->help);
    }
}

void metric_table_print_markdown(FILE *out)
{
    fputs("| metric | labels | type | in CloudWatch | meaning |\n|---|---|---|---|---|\n", out);
    for (size_t id = 0; id < METRIC_COUNT; id++) {
        const struct metric *metric = &table[id];
        fprintf(out, "| `%s` | %s | %s | %s%s%s | %s |\n", metric->name, metric->labels,
                metric_type_name(metric->type), metric->emf_name == NULL ? "" : "`",
                metric->emf_name == NULL ? "" : metric->emf_name, metric->emf_name == NULL ? "" : "`",
                metric->help);
    }
}
