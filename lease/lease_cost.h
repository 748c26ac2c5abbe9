/* What the lease table costs, as a formula: upper bounds for a fleet at rest (no worker comes, goes or dies, no
 * shard splits). Pure.
 *
 * Units are DynamoDB's: a write unit a started KiB of the row, a read unit a started 4 KiB that a consistent
 * scan page reads (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html).
 */
#ifndef PENSTOCK_LEASE_LEASE_COST_H
#define PENSTOCK_LEASE_LEASE_COST_H

#include <stddef.h>
#include <stdint.h>

struct lease_cost_input {
    size_t workers;
    size_t leases; /* unfinished rows: each is renewed by its owner */
    size_t rows; /* all rows of the table, finished and foreign ones too: each is read by every scan */
    size_t row_bytes; /* of a row, on average; about 500 */
    size_t shards; /* that the stream lists */
    int64_t failover_ms;
};

/* Per hour, of the whole fleet. */
struct lease_cost {
    double renewals; /* UpdateItem: leases / (failover / 3), and nothing else is written */
    double write_units;
    double scans; /* workers / (3/4 of the scan period), which is failover / 4 and 1 s at least */
    double scan_requests; /* pages of 1 MiB */
    double read_units;
    double listings; /* DescribeStream calls, by one worker: 100 shards each, every 25 s + 10 ms a row */
};

struct lease_cost lease_cost_per_hour(const struct lease_cost_input *input);

#endif
