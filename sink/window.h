/* The records of one batch on their way through requests: which of them the next request carries, what its
 * verdicts leave over, how a refused request is divided. Pure.
 *
 * A request that is refused for its content is halved: first in records, down to one, then that record in
 * lines, down to the one line that is poison. After each success the window doubles again, so that one bad
 * line costs about twice the logarithm of the batch in requests, and its neighbours are delivered.
 */
#ifndef PENSTOCK_SINK_WINDOW_H
#define PENSTOCK_SINK_WINDOW_H

#include "aws/firehose.h"
#include "sink/batch.h"

enum {
    /* Dividing the first record adds at most one record for each halving of its lines (a 32-bit count), and
     * no other is divided before those are settled. */
    WINDOW_RECORDS = FIREHOSE_RECORDS + 32,
};

struct window {
    struct batch_record records[WINDOW_RECORDS]; /* without a verdict yet, in order */
    uint32_t count;
    uint32_t size; /* of the first records, sent together; at most count and FIREHOSE_RECORDS */
};

/* What one PutRecordBatch to a delivery stream of this name may carry, AWS's limits counted after base64 and
 * with the JSON around the records. */
struct batch_limits window_batch_limits(const char *delivery_stream, size_t pack_bytes);

/* All of `count` records, put into window->records before, go together. */
void window_begin(struct window *window, uint32_t count);

/* Moves the accepted records to `accepted` (room for FIREHOSE_RECORDS), keeps the failed first; returns how
 * many were accepted. The window doubles when none failed. */
uint32_t window_take_verdicts(struct window *window, const enum put_verdict *verdicts,
                              struct batch_record *accepted);

/* The request was refused for its content. True when it carried one line: that is taken out into
 * `ret_poison`. */
bool window_divide(struct window *window, struct batch_record *ret_poison);

/* Takes the record at `index` out. */
struct batch_record window_remove(struct window *window, uint32_t index);

#endif
