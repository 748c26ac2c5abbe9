/* The way past a sink that takes nothing, or too little: lines are landed directly, in the layout that Firehose
 * writes, a batch an object. Any thread may call.
 *
 * In a bucket PREFIX/dt=/HH=/penstock-spill-WORKER-START-N.gz, in a folder DIR/ddb/TABLE/dt=/HH=/WORKER-START-N.gz,
 * by the time of arrival. When a write returns OK its lines are durable; one whose outcome is not known is made again
 * under the same name. */
#ifndef PENSTOCK_SINK_SPILL_H
#define PENSTOCK_SINK_SPILL_H

#include "aws/s3.h"
#include "base/clock.h"
#include "sink/batch.h"
#include "sink/spill_rules.h"

struct spill; /* opaque */

struct spill_options {
    const char *place; /* sink/spill_place.h */
    const struct s3 *s3; /* borrowed; for s3:// */
    const char *table;
    const char *worker_id;
    const struct clock *clock;
    int64_t after_ms;
};

/* The place is tried by writing, as sink/dead_letter.h says. */
struct status spill_create(const struct spill_options *options, struct spill **ret_spill) MUST_USE;
void spill_destroy(struct spill *spill);

/* What is to be done with the next batch of the sink. */
enum spill_choice spill_next(struct spill *spill) MUST_USE;

/* Did the sink take anything of a batch? */
void spill_answered(struct spill *spill, bool took);

/* Unread records are near their trim, or no longer. */
void spill_set_urgent(struct spill *spill, bool urgent);

/* A batch's name; 0 in `number` before its first write. */
struct spill_name {
    uint64_t number;
    int64_t wall_ms;
};

/* Lands the lines of `records`. */
struct status spill_write(struct spill *spill, const struct batch_record *records, uint32_t count,
                          struct spill_name *name, struct stop *cancel) MUST_USE;

struct spill_counts {
    uint64_t lines;
    uint64_t objects;
    bool spilling;
    bool urgent;
    int64_t failing_since_boot_ms; /* since when it could not be written; 0: the last write worked */
};
void spill_read_counts(struct spill *spill, struct spill_counts *ret_counts);

#endif
