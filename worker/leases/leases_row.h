/* A row of any KCL lease table as an operator sees it: everything that KCL 1, 2 and 3 and penstock write, the
 * rest as typed JSON, and what is wrong with it in words. The workers' own, smaller view is lease/lease.h.
 *
 * Attributes: amazon-kinesis-client v3.4.3, leases/dynamodb/DynamoDBLeaseSerializer.java and
 * DynamoDBMultiStreamLeaseSerializer.java; entityType: v3.5.1, leases/EntityType.java. Pure. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_ROW_H
#define PENSTOCK_WORKER_LEASES_LEASES_ROW_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "worker/leases/leases_pool.h"

/* A set of shard ids, in the order of the row. */
struct leases_names {
    const char *const *at;
    size_t count;
};

/* penstockGap (lease/lease.h): changes that were trimmed before they were read, and which nobody acknowledged
 * yet. Texts are never NULL. */
struct leases_gap {
    bool present; /* a map that cannot be understood too: as one certain gap */
    const char *after; /* the last position read before it; empty: from the shard's beginning */
    const char *until; /* the first position read after it; empty: not known */
    const char *found; /* when, ISO 8601; empty: not said */
    bool certain; /* false: a quiet shard's position can be trimmed without loss */
    int64_t count; /* gaps joined into this one */
};

/* Texts are never NULL: empty means that the row has no such attribute. They live in the pool that
 * leases_row_read() was given. */
struct leases_row {
    const char *key; /* leaseKey, whole */
    const char *shard; /* the shard id: the key, or its end in a table of several streams */
    const char *stream_name; /* streamName: a table of several streams (KCL 2 and 3) */
    const char *owner; /* empty: unowned */
    const char *checkpoint_owner; /* the old owner while a hand-over is pending */
    const char *checkpoint; /* decimal, or TRIM_HORIZON, LATEST, AT_TIMESTAMP, SHARD_END */
    const char *pending_checkpoint;
    const char *throughput_kbps; /* a number */
    const char *starting_hash_key;
    const char *ending_hash_key;
    const char *marker; /* penstockOwner: the last owner of ours */
    const char *stream_arn; /* penstockStream */
    const char *rewind; /* penstockRewind: the nonce of the last rewind */
    const char *
        writer; /* penstockCheckpointBy (lease/lease.h): the last write by a worker that set the checkpoint */
    const char *unknown; /* attributes not named here: a JSON object in DynamoDB's typed form, or empty */
    const char *defect; /* what keeps the row from being a lease, in words; empty: nothing */
    struct leases_names parents;
    struct leases_names children;
    int64_t counter;
    int64_t sub_sequence; /* checkpointSubSequenceNumber */
    int64_t pending_sub_sequence;
    int64_t switches; /* ownerSwitchesSinceCheckpoint */
    int64_t start_wall_ms; /* penstockStart; 0: none */
    int64_t epoch; /* penstockEpoch */
    bool pending_state; /* pendingCheckpointState is there */
    struct leases_gap gap;

    /* Set by the reader and by leases_sample.h; boot milliseconds. */
    int64_t sent_boot_ms; /* before the request that read the row */
    int64_t read_boot_ms; /* after its reply */
    int64_t since_boot_ms; /* since when the counter is seen to stand as it does (after a reply) */
    bool moved; /* the counter was seen to change */
    bool waits; /* the row of one of its parents is not finished; set by leases_list_sort() */
};

enum leases_row_kind {
    LEASES_ROW_LEASE, /* *ret_row is filled; `defect` says whether it is sound */
    LEASES_ROW_OTHER, /* entityType is there and not LEASE: counted, not shown */
    LEASES_ROW_KEYLESS, /* no text leaseKey: no row of a lease table */
    LEASES_ROW_NO_MEMORY
};

/* Reads one item (DynamoDB's typed JSON). Attributes of a wrong type are told in `defect` and read as
 * absent. */
enum leases_row_kind leases_row_read(const cJSON *item, struct leases_pool *pool, struct leases_row *ret_row)
    MUST_USE;

/* Some questions that several commands ask. */
bool leases_row_is_broken(const struct leases_row *row);
bool leases_row_is_finished(const struct leases_row *row); /* SHARD_END, and not broken */
bool leases_row_has_position(const struct leases_row *row); /* the checkpoint is a sequence number */

/* Who may move the row: the old owner while a hand-over is pending, else the owner; empty: nobody. */
const char *leases_row_holder(const struct leases_row *row);

/* The marker names the holder: a worker of ours. */
bool leases_row_is_ours(const struct leases_row *row);

#endif
