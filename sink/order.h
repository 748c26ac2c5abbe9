/* The order book: which lines may leave now, for a destination that keeps no order within a request (design 4.2).
 *
 * Lines queue by order group (a hash of the item's key). At most one record of a group is under way; it carries the
 * group's oldest lines, of one shard, as many as fit. While it is under way, and while it rests after a failure, the
 * group's other lines wait; other groups do not. So a group's lines are first delivered in the order in which they were
 * put, whatever the destination does to single records.
 *
 * Pure: no I/O, clock, thread or lock; times are handed in, by CLOCK_BOOTTIME. It allocates when lines are put, never
 * later. Its owner guards it.
 */
#ifndef PENSTOCK_SINK_ORDER_H
#define PENSTOCK_SINK_ORDER_H

#include "base/random.h"
#include "sink/batch.h"

enum {
    ORDER_LINES = 512, /* of a record, at most */
    ORDER_REST_BASE_MS = 50, /* after a record's first failure; doubles, with jitter */
    ORDER_REST_CAP_MS = 5000,
};

struct order_group; /* private */

/* A record under way: its group's oldest lines. Plain data; the lines stay in the book. */
struct order_record {
    struct order_group *group;
    uint32_t count; /* lines */
    uint32_t bytes; /* before base64 */
    uint32_t attempts; /* requests that failed with it so far; its sender counts on */
    bool oversize; /* one line longer than a record may be: it can never be sent */
};

struct order {
    struct batch_limits limits; /* record_frame_bytes with the partition key */
    int64_t flush_age_ms;

    struct order_group **buckets; /* by group */
    uint32_t bucket_count;
    uint32_t group_count;
    struct order_group *spare; /* free ones: enough for what was promised */
    uint32_t spare_count;

    struct order_group *ready_first; /* with lines, none under way: in the order in which they became so */
    struct order_group *ready_last;
    uint64_t ready_groups; /* of these, with lines */
    uint64_t ready_bytes;
    int64_t ready_due_ms; /* the first time at which one of them must not wait for company any more */

    struct order_group **resting; /* a heap by due time; room for every group */
    uint32_t resting_count;
    uint32_t resting_capacity;

    struct parcel *first; /* parcels with lines in the book */
    struct parcel *last;
    uint64_t puts; /* parcels ever put */
    uint64_t flush_mark; /* those put up to here are due */
    int64_t last_start_ms; /* of a batch */
    uint32_t batches; /* taken and not yet answered */
};

void order_init(struct order *order, const struct batch_limits *limits, int64_t flush_age_ms, int64_t now_ms);
/* The book must be empty. */
void order_free(struct order *order);

/* Takes the parcel over. False: no memory, and nothing was taken. */
bool order_put(struct order *order, struct parcel *parcel, int64_t now_ms) MUST_USE;

/* Memory that the book takes for a parcel of `lines`, at most, in bytes. */
size_t order_footprint(uint32_t lines);

/* What is there now is due as soon as its group is free. */
void order_flush(struct order *order);

/* Until order_take has something to give: 0 now, -1 not before the next put or answer. */
int64_t order_due_in_ms(const struct order *order, int64_t now_ms);

/* Takes a batch: records of different groups, limits.records at most, within limits.batch_bytes. `records` has room for
 * limits.records. May return 0; else the batch is under way until order_answered. */
uint32_t order_take(struct order *order, int64_t now_ms, struct order_record *records);

/* A batch has its first answer, good or bad, or needs none: with a flush age of 0 the next may leave. */
void order_answered(struct order *order);

/* The lines of a record under way, oldest first. `lines` has room for record->count. */
void order_lines(const struct order_record *record, struct slice *lines);
uint64_t order_group_id(const struct order_record *record);
struct sink_receiver *order_receiver(const struct order_record *record);

/* Sends only the first half of the record's lines: the rest goes back to its place. The record has two at least. */
void order_narrow(struct order_record *record);

/* The record is done with, delivered or not: its lines leave the book, one batch_record a line in `lines` (room for
 * record->count), for settle_records. Its group goes on. */
void order_finish(struct order *order, const struct order_record *record, int64_t now_ms,
                  struct batch_record *lines);

/* The record failed: it goes back to its place, and its group rests for a while that grows with each failure. */
void order_return(struct order *order, const struct order_record *record, int64_t now_ms,
                  struct random *random);

/* Takes waiting lines, none under way, out of the book: those of shards that are no longer ours, or all. `lines` has
 * room for `capacity`; returns how many, 0 when none are left. */
uint32_t order_take_lost(struct order *order, struct batch_record *lines, uint32_t capacity);
uint32_t order_take_rest(struct order *order, struct batch_record *lines, uint32_t capacity);

#endif
