/* Every metric, in one table: /metrics, the EMF line and README's table are made from it. Names follow the
 * conventions of Prometheus (base units, _total on counters) and, in EMF, those of the Kinesis Client Library.
 *
 * To add one: an id, a row, a line in metric_values.c (or, with labels, a function in metrics_series.c). */
#ifndef PENSTOCK_WORKER_ADMIN_METRIC_TABLE_H
#define PENSTOCK_WORKER_ADMIN_METRIC_TABLE_H

#include <stdio.h>

enum metric_id {
    METRIC_BUILD_INFO,
    METRIC_UP_PHASE,
    METRIC_RECORDS_READ,
    METRIC_RECORDS_DELIVERED,
    METRIC_RECORDS_FAILED,
    METRIC_DEAD_LETTERS,
    METRIC_RECORDS_DROPPED,
    METRIC_RECORDS_FILTERED,
    METRIC_BYTES_DELIVERED,
    METRIC_RECORDS_OPEN,
    METRIC_ORDER_VIOLATIONS,
    METRIC_READ_CALLS,
    METRIC_POLL_BUDGET,
    METRIC_POLL_WAITS,
    METRIC_POLL_WAITED,
    METRIC_POLL_WAITING,
    METRIC_LAG,
    METRIC_LAG_MAX,
    METRIC_LAG_UNKNOWN,
    METRIC_TRIM,
    METRIC_TRIM_MIN,
    METRIC_CHECKPOINT_AGE,
    METRIC_SHARDS,
    METRIC_SHARDS_FAILED,
    METRIC_GAPS,
    METRIC_LEASES_HELD,
    METRIC_LEASES,
    METRIC_LEASE_TABLE_LEASES,
    METRIC_LEASES_UNOWNED,
    METRIC_WORKERS,
    METRIC_LEASE_TAKEN,
    METRIC_LEASE_LOST,
    METRIC_LEASE_STOLEN,
    METRIC_LEASE_SCAN_AGE,
    METRIC_LEASE_RENEW,
    METRIC_BATCH_RECORDS,
    METRIC_BATCH_BYTES,
    METRIC_PUT_DURATION,
    METRIC_LARGE_RECORDS,
    METRIC_SPILLED,
    METRIC_SPILLING,
    METRIC_KINESIS_RECORDS,
    METRIC_KINESIS_BYTES,
    METRIC_KINESIS_DURATION,
    METRIC_PACE,
    METRIC_PUT_MOST,
    METRIC_BYTES_BILLED,
    METRIC_BYTES_BILLED_UNPACKED,
    METRIC_PUT_REQUESTS,
    METRIC_PUT_FAILED,
    METRIC_AWS_REQUESTS,
    METRIC_AWS_RETRIES,
    METRIC_RETRY_TOKENS,
    METRIC_AWS_PACE,
    METRIC_BUFFER,
    METRIC_BUFFER_LIMIT,
    METRIC_STATE_DEGRADED,
    METRIC_CREDENTIALS_EXPIRY,
    METRIC_PROCESS_CPU,
    METRIC_PROCESS_RESIDENT,
    METRIC_PROCESS_VIRTUAL,
    METRIC_PROCESS_FILES,
    METRIC_PROCESS_FILES_MOST,
    METRIC_PROCESS_START,
    METRIC_COUNT
};

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_HISTOGRAM };

struct metric {
    const char *name; /* whole, as /metrics has it */
    enum metric_type type;
    const char *labels; /* in words for the documentation: "shard", "service, code"; "" for none */
    const char *help; /* one sentence; needs no escapes */
    const char *emf_name; /* NULL: not in the EMF line */
    const char *emf_unit; /* a unit of CloudWatch */
    double emf_factor; /* from the value to that unit; 0 counts as 1 */
};

const struct metric *metric_of(enum metric_id id);

/* "gauge", "counter", "histogram". */
const char *metric_type_name(enum metric_type type);

/* `penstock help metrics`: the table as text; with `-o markdown` README's. Write errors stay in the stream. */
void metric_table_print(FILE *out);
void metric_table_print_markdown(FILE *out);

#endif
