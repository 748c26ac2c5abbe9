/* Where a rewind leads and what it costs: the new position, how many records are delivered again, how many never.
 * Pure: it is told the shard's records in order. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_MEASURE_H
#define PENSTOCK_WORKER_LEASES_LEASES_MEASURE_H

#include "aws/sequence_number.h"

/* A place between two records of a shard. */
enum leases_place_kind {
    LEASES_PLACE_START, /* before all that the stream still holds */
    LEASES_PLACE_AFTER, /* behind the record of this number */
    LEASES_PLACE_LATEST, /* behind all that is there now, wherever that is */
    LEASES_PLACE_END, /* behind the last record of a finished shard */
};

struct leases_place {
    enum leases_place_kind kind;
    struct sequence_number after;
};

/* A row's checkpoint; AT_TIMESTAMP, which no stream of DynamoDB can honour, counts as the start. False when it is
 * neither sentinel nor number. */
bool leases_place_parse(const char *checkpoint, struct leases_place *ret_place) MUST_USE;

/* The checkpoint of a place, as rows have it. */
enum { LEASES_CHECKPOINT_BYTES = 48 };
void leases_place_format(const struct leases_place *place, char ret_checkpoint[LEASES_CHECKPOINT_BYTES]);

enum leases_goal_kind { LEASES_GOAL_PLACE, LEASES_GOAL_TIME, LEASES_GOAL_SHIFT };

struct leases_goal {
    enum leases_goal_kind kind;
    struct leases_place place; /* PLACE: start, after, latest or end */
    int64_t wall_ms; /* TIME: before the first record of this time or later */
    int64_t shift; /* SHIFT: this many records on, or back when below 0 */
};

enum { LEASES_SHIFT_MOST = 1000000 };

/* One shard's measuring. Zeroed memory is valid for leases_measure_free(). */
struct leases_measure {
    struct leases_goal goal;
    struct leases_place old;
    struct leases_place target;
    int64_t seen; /* records so far */
    int64_t old_at; /* how many of them lie before the old position; -1: not known yet */
    int64_t target_at; /* and before the target */
    int64_t skip_wall_ms; /* time of the first record that would be skipped; 0: none */
    struct sequence_number last; /* the last record seen */
    struct sequence_number *ring; /* owned; the last numbers, for a shift back */
    size_t ring_size;
    bool finished; /* the shard has no more than what was seen */
    bool beyond; /* PLACE: a number above all that the shard has */
};

/* Where the records have to begin: false from the start of the stream, true behind *ret_after. */
bool leases_measure_begins_after(const struct leases_goal *goal, const struct leases_place *old,
                                 struct sequence_number *ret_after) MUST_USE;

/* `old` is the row's position. Records follow, from where leases_measure_begins_after() says. False when memory ran
 * out. */
bool leases_measure_begin(const struct leases_goal *goal, const struct leases_place *old,
                          struct leases_measure *ret_measure) MUST_USE;
void leases_measure_free(struct leases_measure *measure);

/* The next record; false: nothing more has to be seen. */
bool leases_measure_record(struct leases_measure *measure, const struct sequence_number *sequence,
                           int64_t wall_ms) MUST_USE;

/* The shard holds no more now; `finished`: nor ever. */
void leases_measure_end(struct leases_measure *measure, bool finished);

/* True when the target is known. */
bool leases_measure_is_settled(const struct leases_measure *measure);

/* The records between old position and target: delivered again, or skipped. False when not known. */
bool leases_measure_count(const struct leases_measure *measure, int64_t *ret_again, int64_t *ret_skipped)
    MUST_USE;

#endif
