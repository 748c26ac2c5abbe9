/* Positions on the local disk (design 6): one SQLite file in a locked slot of --state-dir, written by one
 * thread.
 *
 * Keyed by application and stream ARN: each shard's newest acknowledged sequence number, the remote
 * checkpoint that this file last wrote with its rewind nonce and writer, and gaps. A missing, locked, full or corrupt file
 * costs some re-delivery, never a record: a corrupt file is set aside (renamed) and begun anew; a disk that
 * refuses writes makes the store "degraded" (logged, counted) while work goes on with the lease rows alone.
 * Any thread may call any function after open.
 */
#ifndef PENSTOCK_SHARD_POSITIONS_H
#define PENSTOCK_SHARD_POSITIONS_H

#include "aws/sequence_number.h"
#include "base/clock.h"

struct positions; /* opaque */

enum { POSITIONS_CHECKPOINT_BYTES = 48, POSITIONS_NONCE_BYTES = 40, POSITIONS_WORKER_BYTES = 128 };
enum { POSITIONS_WRITER_BYTES = POSITIONS_WORKER_BYTES + 24 };

struct positions_options {
    const char *state_dir; /* made when absent */
    const char *app;
    const char *stream_arn;
    const char *worker_id;
    const struct clock *clock;
};

/* Locks the first free slot (state_dir/slot-N/lock, flock) and opens its database. Fails only when the folder
 * cannot be made or written (STATUS_DENIED, STATUS_IO: names the folder and the remedy). */
struct status positions_open(const struct positions_options *options, struct positions **ret_positions)
    MUST_USE;

/* Writes what is pending, then closes and unlocks. */
void positions_close(struct positions *positions);

/* The worker id of the process that held this slot before, which is dead since we hold its lock; empty: none.
 */
void positions_previous_worker(struct positions *positions, char ret_worker_id[POSITIONS_WORKER_BYTES]);

/* Newest acknowledged position of a shard. Returns at once; the writer thread groups commits. Never moves
 * back: a lower one is ignored, unless positions_reset came between. */
void positions_save(struct positions *positions, const char *shard, const struct sequence_number *number);

/* The lease row now carries this checkpoint (decimal or sentinel) and nonce, written by us; `writer` names the
 * write, as the row does (lease.h, penstockCheckpointBy). */
void positions_note_remote(struct positions *positions, const char *shard, const char *checkpoint,
                           const char *nonce, const char *writer);

/* Forgets a shard's local position: its row was rewound or is somebody else's truth now. */
void positions_reset(struct positions *positions, const char *shard);

struct position_row {
    struct sequence_number number; /* length 0: none */
    char remote_checkpoint[POSITIONS_CHECKPOINT_BYTES];
    char remote_nonce[POSITIONS_NONCE_BYTES];
    char remote_writer[POSITIONS_WRITER_BYTES]; /* empty: not known, of an older file */
};
/* What the file knew of the shard when it was opened, plus what was saved since. STATUS_NOT_FOUND. */
struct status positions_load(struct positions *positions, const char *shard, struct position_row *ret_row)
    MUST_USE;

/* A stretch of a shard that was trimmed before it was read. Durable when this returns, unless degraded. */
struct position_gap {
    const char *shard;
    struct sequence_number after; /* last position read, length 0: the shard's start */
    struct sequence_number until; /* first record that was still there, length 0: not known */
    int64_t found_wall_ms;
    bool certain; /* false: a quiet shard's old position can be trimmed without a loss */
};
struct status positions_note_gap(struct positions *positions, const struct position_gap *gap) MUST_USE;

/* Gaps of a shard as its lease row has them: joined. The lease room's struct lease_gap, in terms of this one. */
struct position_gap_sum {
    uint32_t count; /* 0: none */
    bool certain; /* one of them is */
    struct sequence_number after; /* of the first */
    struct sequence_number until; /* of the last, length 0: not known */
    int64_t found_wall_ms; /* of the last found */
};

/* The shard's gaps that its row is not known to carry yet. False: none. */
bool positions_pending_gaps(struct positions *positions, const char *shard, struct position_gap_sum *ret_sum);

/* The row was written with the first `count` of them. */
void positions_gaps_in_row(struct positions *positions, const char *shard, uint32_t count);

/* The shards with gaps here, one a call: false when there are no more than `index`. */
bool positions_gap_shard(struct positions *positions, size_t index, char *ret_shard, size_t size);

/* What a read of the lease table, sent at `sent_boot_ms`, says of the shard: the gap in its row (count 0: no
 * gap, or no row). Gaps inside of it count as carried by the row. Gaps that the row carried before and carries no
 * more were acknowledged by an operator: they are forgotten, in the file too. */
void positions_see_row(struct positions *positions, const char *shard, const struct position_gap_sum *row,
                       int64_t sent_boot_ms);

/* Unacknowledged gaps, and whether the disk refuses writes now. */
size_t positions_gap_count(struct positions *positions);
bool positions_is_degraded(struct positions *positions);

/* Design 6, as a pure rule: where a shard starts. True and *ret_after when the local position may be used: the
 * row's checkpoint, nonce and writer are those that this file last wrote, so nobody has moved it since, not even
 * away and back again. False: use the row, as with one whose writer is not known (Java's; NULL or empty). */
bool positions_choose_local(const struct position_row *local, const char *row_checkpoint,
                            const char *row_nonce, const char *row_writer, struct sequence_number *ret_after);

#endif
