/* The keeper: the thread that holds this worker's leases. It drives the pure rules (lease/lease_rules.h) with
 * the real lease table and shard listing, and tells the observer what changed.
 *
 * At most one conditional write a lease is outstanding; renewals carry the newest position. Validity is
 * stamped before a request is sent.
 */
#ifndef PENSTOCK_LEASE_KEEPER_H
#define PENSTOCK_LEASE_KEEPER_H

#include "aws/dynamodb.h"
#include "aws/streams.h"
#include "base/clock.h"

enum { LEASE_KEY_BYTES = 128, LEASE_OWNER_BYTES = 128, LEASE_NONCE_BYTES = 40, LEASE_CHECKPOINT_BYTES = 48 };
enum { LEASE_WRITER_BYTES = LEASE_OWNER_BYTES + 24 };

struct lease_keeper; /* opaque */
struct lease; /* lease/lease.h */
struct lease_gap; /* lease/lease.h */
struct lease_rows; /* lease/lease_rows.h */

enum lease_checkpoint_kind {
    LEASE_AT_TRIM_HORIZON,
    LEASE_AT_LATEST,
    LEASE_AT_SEQUENCE_NUMBER,
    LEASE_AT_SHARD_END
};

/* Plain data, valid for the callback. */
struct lease_grant {
    const char *key; /* the shard id */
    uint64_t tenure; /* grows with each lease this process wins; names this holding of it */
    enum lease_checkpoint_kind kind; /* never LEASE_AT_SHARD_END */
    struct sequence_number checkpoint;
    const char *checkpoint_text; /* as in the row */
    const char *nonce; /* penstockRewind, or empty */
    const char *writer; /* penstockCheckpointBy (lease/lease.h), or empty */
    int64_t start_wall_ms; /* for LEASE_AT_LATEST: the fleet's start time */
    uint32_t epoch;
    bool closed; /* a child of the shard has a lease: it takes no more records */
    int64_t valid_until_boot_ms; /* no sink request may start later */
};

/* Called on the keeper's thread, without its locks; must not block; may call any lease_keeper_ function. */
struct lease_observer {
    void *context;
    void (*granted)(void *context, const struct lease_grant *grant);
    void (*renewed)(void *context, const char *key, uint64_t tenure, int64_t valid_until_boot_ms);
    /* The lease is somebody else's or has run out: stop at once, drop what was not sent. No answer is
     * expected. */
    void (*lost)(void *context, const char *key, uint64_t tenure);
    /* Another worker is to have it: drain, then lease_keeper_release(). */
    void (*wanted)(void *context, const char *key, uint64_t tenure);
    /* The newest position to write; false: none beyond the checkpoint. */
    bool (*position)(void *context, const char *key, uint64_t tenure, struct sequence_number *ret_number);
    /* The row now carries this checkpoint, written by this process: `writer` is the write. */
    void (*checkpointed)(void *context, const char *key, uint64_t tenure, const char *checkpoint,
                         const char *nonce, const char *writer);
    /* The gaps of the shard (lease/lease.h) that its row does not carry yet, joined; false: none. Asked after the
     * position that the same write carries, so that no position passes a gap that the row does not show. May be
     * NULL. */
    bool (*gap)(void *context, const char *key, uint64_t tenure, struct lease_gap *ret_gap);
    /* The row now carries the first `count` of the gaps asked for. May be NULL. */
    void (*gap_stored)(void *context, const char *key, uint64_t tenure, uint32_t count);
    /* All rows of the table, as a read that was sent at `sent_boot_ms` brought them. May be NULL. */
    void (*scanned)(void *context, const struct lease_rows *rows, int64_t sent_boot_ms);
};

struct lease_keeper_options {
    struct aws_client *dynamodb; /* borrowed */
    struct aws_client *streams; /* borrowed */
    const struct clock *clock;
    const char *table; /* the lease table's name (--app) */
    const char *stream_arn;
    const char *worker_id; /* unique per start */
    const char *previous_worker_id; /* rows of this one are ours to take at once; empty or NULL: none */
    bool start_at_latest; /* for root shards of an empty lease table */
    int64_t failover_ms;
    uint32_t max_leases; /* 0: no cap */
    uint64_t seed;
    struct lease_observer observer;
};

/* Makes the lease table if absent (on-demand billing, waits until ACTIVE) or checks its shape: STATUS_INVALID
 * names what is wrong with a table of another shape and the remedy. Call before lease_keeper_start. */
struct status lease_keeper_prepare_table(struct aws_client *dynamodb, const char *table,
                                         const struct clock *clock, struct stop *cancel) MUST_USE;

/* Starts the threads; the first scan begins at once. */
struct status lease_keeper_start(const struct lease_keeper_options *options, struct lease_keeper **ret_keeper)
    MUST_USE;

/* Every record of the shard is accepted: make the children's leases durable, then write SHARD_END. The keeper
 * retries until done or the lease is lost. Any thread. */
void lease_keeper_shard_ended(struct lease_keeper *keeper, const char *key, uint64_t tenure);

/* The shard is drained (or failed to start): write the last position and give the lease up. Any thread. */
void lease_keeper_release(struct lease_keeper *keeper, const char *key, uint64_t tenure);

/* Take no more leases from now on: the worker leaves. Any thread. */
void lease_keeper_leave(struct lease_keeper *keeper);

/* Leases held now, those being released included. Any thread. */
size_t lease_keeper_held(struct lease_keeper *keeper);

/* Totals of the last scan, for the log and metrics. Any thread. */
struct lease_keeper_counts {
    size_t held;
    size_t total; /* rows that are leases */
    size_t finished; /* SHARD_END */
    size_t unowned; /* without an owner or expired, unfinished */
    size_t workers; /* distinct live owners */
    size_t awaiting_children; /* held, read to their end, whose children the stream has not shown for long */
    size_t gaps_certain; /* rows with an unacknowledged gap (lease/lease.h) that surely lost records */
    size_t gaps_possible; /* rows with one that may have lost some */
    uint64_t taken;
    uint64_t lost;
    uint64_t stolen;
    int64_t last_scan_boot_ms; /* 0: none yet */
};
void lease_keeper_read_counts(struct lease_keeper *keeper, struct lease_keeper_counts *ret_counts);

/* Stops the threads and frees. Leases still held stay in the table until they expire. */
void lease_keeper_destroy(struct lease_keeper *keeper);

#endif
