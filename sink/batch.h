/* The packer: which lines leave together, and when. Pure: no I/O, clock, lock or allocation.
 *
 * A batch is what one request (or one file) carries: records, each a run of consecutive lines of one parcel
 * that lie back to back in its data. Lines of different shards never share a record, since a parcel is of one
 * shard.
 */
#ifndef PENSTOCK_SINK_BATCH_H
#define PENSTOCK_SINK_BATCH_H

#include "sink/parcel.h"

struct batch_limits {
    uint32_t records; /* a batch */
    size_t batch_bytes; /* a batch, with `frame_bytes` and each record's `record_frame_bytes`; for base64,
                           counted encoded */
    size_t record_bytes; /* a record, before base64; a longer line is oversize */
    size_t pack_bytes; /* lines share a record up to this many bytes; 0: one line a record */
    size_t step_bytes; /* a record is billed up to the next multiple (sink/pack.h); 0: as it is */
    size_t frame_bytes;
    size_t record_frame_bytes;
    bool base64; /* records grow to four bytes for each three */
};

struct batch_record {
    struct parcel *parcel;
    uint32_t first; /* line */
    uint32_t count; /* lines */
    uint32_t bytes; /* before base64 */
    uint32_t attempts; /* requests that carried it so far */
    bool oversize; /* one line longer than record_bytes: it can never be sent, and takes no room */
};

/* Room left in a batch under construction. */
struct batch_room {
    uint32_t records;
    size_t bytes;
};

struct batch_room batch_empty_room(const struct batch_limits *limits);

/* What a record of `bytes` occupies of a batch, in the bytes that batch_bytes counts. */
size_t batch_record_cost(const struct batch_limits *limits, size_t bytes);

/* Cuts the next record from `parcel` at its first line not taken, moves parcel->taken past it and makes
 * `room` smaller. False, with nothing changed, when the parcel has no line left or its next line does not fit
 * the room. An empty batch takes any line, if need be alone. */
bool batch_cut_record(const struct batch_limits *limits, struct batch_room *room, struct parcel *parcel,
                      struct batch_record *ret_record);

/* Fills `records` (limits->records of them) from the parcels of the list, in order; returns how many. */
uint32_t batch_fill(const struct batch_limits *limits, struct parcel *first, struct batch_record *records);

/* Divides a record of several lines in two halves of lines: `record` keeps the first. */
struct batch_record batch_split_record(struct batch_record *record);

static inline struct slice batch_record_slice(const struct batch_record *record)
{
    return slice_of(record->parcel->data.at + record->parcel->lines[record->first].offset, record->bytes);
}

/* What waits to be taken. */
struct batch_backlog {
    uint64_t lines;
    uint64_t bytes;
    uint64_t parcels;
};

/* Does the backlog fill a batch for certain? (Packed records are counted as if full, so a batch of many half
 * empty ones is seen as full a little late, never too early.) */
bool batch_is_full(const struct batch_limits *limits, const struct batch_backlog *backlog);

/* How long until a backlog that is neither full nor flushed is due: `flush_age_ms` after the last batch was
 * started, so that the first line after a quiet time leaves at once and none waits longer for company. A
 * `flush_age_ms` of 0: as soon as nothing is `under_way`, so that a line waits for no clock while it is quiet,
 * and for company for as long as a request takes while it is busy. 0: due now; -1: not before an answer. */
int64_t batch_due_in_ms(int64_t now_boot_ms, int64_t last_start_boot_ms, int64_t flush_age_ms,
                        uint32_t under_way);

#endif
