/* The lease table and the stream's shard listing over the network: the effects behind the rules. */
#ifndef PENSTOCK_LEASE_LEASE_TABLE_H
#define PENSTOCK_LEASE_LEASE_TABLE_H

#include "lease/lease_store.h"

struct lease_table_options {
    struct aws_client *dynamodb; /* borrowed, as everything here */
    struct aws_client *streams;
    const struct clock *clock;
    const char *table;
    const char *stream_arn;
    const char *me;
    int64_t failover_ms; /* request deadlines derive from it */
    struct stop *cancel;
};

/* A store over the lease table; `options` and what it points to outlive it. */
struct lease_store lease_table_store(struct lease_table_options *options);

/* Joins the pages of a consistent scan; at most `ceiling` rows, then STATUS_TOO_LARGE. */
struct status lease_table_scan(const struct lease_table_options *options, size_t ceiling,
                               struct lease_rows *rows) MUST_USE;

#endif
