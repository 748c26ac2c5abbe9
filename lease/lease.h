/* A lease: one row of the lease table, as plain data. The table's rows are the Kinesis Client Library's
 * (amazon-kinesis-client v3.4.3, leases/dynamodb/DynamoDBLeaseSerializer.java) plus attributes of ours, all
 * named penstock*, which Java leaves alone. */
#ifndef PENSTOCK_LEASE_LEASE_H
#define PENSTOCK_LEASE_LEASE_H

#include "aws/sequence_number.h"
#include "aws/streams.h"
#include "lease/keeper.h"

enum { LEASE_PARENTS_MAX = 2, LEASE_CHILDREN_MAX = 6 };

extern const char lease_stream_attribute[]; /* "penstockStream": the ARN of the stream that the shard is of */

/* Whose shard a row is, by that attribute. */
enum lease_stream {
    LEASE_STREAM_UNSAID, /* no such attribute: a row that Java made */
    LEASE_STREAM_SAME,
    LEASE_STREAM_EARLIER, /* an earlier one of the same table: drained before this one, then only cleaned up */
    LEASE_STREAM_OTHER /* a later one, or another table's: left alone */
};

/* Attribute penstockGap, a map: records of the shard that were trimmed before they were read, and which no
 * operator has acknowledged yet (design 4.6).
 *
 *   after    S     the last position read before the first gap; absent: the shard's start
 *   until    S     the first record that was still there behind the last gap; absent: not known
 *   found    S     when the last was found, ISO 8601 UTC
 *   certain  BOOL  false: each may have lost nothing (a quiet shard's old position was trimmed)
 *   count    N     gaps in it, 1 at least
 *
 * The holder writes it with a renewal, release, hand-over or SHARD_END. It stays when the row changes owner; a
 * finished row that has it is not removed. An operator acknowledges it by removing the attribute, on the
 * condition that its value is still the one seen (`penstock leases acknowledge`); the counter stays. A worker
 * that knew the attribute and no longer finds it forgets the gap of its own positions file too. A map that
 * cannot be understood reads as one certain gap of unknown extent. */
extern const char lease_gap_attribute[]; /* "penstockGap" */

struct lease_gap {
    uint32_t count; /* 0: none, whatever the other fields say */
    bool certain;
    struct sequence_number after; /* length 0: the shard's start */
    struct sequence_number until; /* length 0: not known */
    int64_t found_wall_ms;
};

/* `gap` widened by a later one; either may be none. */
struct lease_gap lease_gap_join(const struct lease_gap *gap, const struct lease_gap *later) MUST_USE;

bool lease_gap_equals(const struct lease_gap *left, const struct lease_gap *right) MUST_USE;

/* Attribute penstockCheckpointBy: the last write by a worker of ours that set the checkpoint, as WORKER#COUNTER: the
 * worker's id, unique per start, and the row's leaseCounter behind the write. Each write of ours that sets a
 * checkpoint sets it too; all others leave it. By it the state folder knows that the row's checkpoint is the very
 * one that it noted, and not only the same number: the row may have gone on and been set back since.
 *
 * Java, and an operator, change the checkpoint and leave the attribute (`penstock leases rewind` sets a nonce): so
 * it counts together with the checkpoint alone. What cannot be told, and is assumed not to happen: one of these
 * brings a row back to the very checkpoint that the write named here had set, or puts an old row back with this
 * attribute.
 *
 * This makes the value for a write of `worker` that leaves `counter` behind. */
void lease_make_writer(const char *worker, int64_t counter, char ret_writer[LEASE_WRITER_BYTES]);

/* True when the value is of a write by this worker. */
bool lease_writer_is(const char *writer, const char *worker);

struct lease {
    char key[LEASE_KEY_BYTES]; /* the shard id */
    char owner[LEASE_OWNER_BYTES]; /* empty: unowned */
    char checkpoint_owner[LEASE_OWNER_BYTES]; /* the old owner while a hand-over is pending, else empty */
    char marker[LEASE_OWNER_BYTES]; /* penstockOwner: the last owner of ours; see lease_holder_is_ours() */
    int64_t counter; /* the only fencing token */
    char checkpoint[LEASE_CHECKPOINT_BYTES]; /* decimal, or TRIM_HORIZON, LATEST, AT_TIMESTAMP, SHARD_END */
    char writer[LEASE_WRITER_BYTES]; /* penstockCheckpointBy, or empty */
    int64_t switches; /* ownerSwitchesSinceCheckpoint */
    char nonce[LEASE_NONCE_BYTES]; /* penstockRewind, or empty */
    int64_t start_wall_ms; /* penstockStart: the fleet's start time of a row made at LATEST; 0: none */
    uint32_t epoch; /* penstockEpoch: of `ord` */
    enum lease_stream stream;
    struct lease_gap gap; /* penstockGap */
    bool broken; /* a row that could not be understood: only `key` is valid; never touched */
    bool more_children; /* the row names more children than fit: never deleted by us */
    uint8_t parent_count;
    uint8_t child_count;
    char parents[LEASE_PARENTS_MAX][STREAMS_SHARD_ID_BYTES];
    char children[LEASE_CHILDREN_MAX][STREAMS_SHARD_ID_BYTES];
};

/* The sentinels, as in the row. */
extern const char lease_trim_horizon[];
extern const char lease_latest[];
extern const char lease_shard_end[];

/* False when `text` is neither a sentinel of KCL nor a sequence number. AT_TIMESTAMP, which no stream of
 * DynamoDB can honour, reads as LEASE_AT_TRIM_HORIZON: nothing is lost. `ret_number` gets length 0 with a
 * sentinel. */
bool lease_checkpoint_parse(const char *text, enum lease_checkpoint_kind *ret_kind,
                            struct sequence_number *ret_number) MUST_USE;

/* True for a row that is served by who reads this stream. */
bool lease_is_of_stream(const struct lease *lease);

/* `arn` as it stands to `stream_arn`: SAME, EARLIER or OTHER. ARNs of one table's streams differ in their label,
 * a time that sorts as text. */
enum lease_stream lease_stream_compare(const char *arn, const char *stream_arn);

/* True when every record of the shard was delivered. */
bool lease_is_finished(const struct lease *lease);

/* True when nothing of the shard was acknowledged yet (a sentinel other than SHARD_END). */
bool lease_is_unstarted(const struct lease *lease);

/* Who may move the row: the old owner during a hand-over, else the owner; empty when nobody. Borrowed. */
const char *lease_holder(const struct lease *lease);

/* True when the holder is a worker of ours, which understands hand-over: the marker names it. A Java worker
 * that takes a row leaves the marker behind, so the marker alone says nothing. */
bool lease_holder_is_ours(const struct lease *lease);

bool lease_has_child(const struct lease *lease, const char *key);

/* Adds a child's key; does nothing when it is there; sets more_children when it does not fit. */
void lease_add_child(struct lease *lease, const char *key);

/* Copies a text of a field, cut at the field's size (keys and owners that do not fit were refused before). */
void lease_copy_text(char *target, size_t size, const char *text);

#endif
