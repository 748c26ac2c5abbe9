/* The packer's choice: how many lines share a record. Pure.
 *
 * Firehose bills each record rounded up to the next 5 KB (5,120 bytes:
 * https://docs.aws.amazon.com/firehose/latest/dev/limits.html), so a record should end just below a multiple of
 * that. */
#ifndef PENSTOCK_SINK_PACK_H
#define PENSTOCK_SINK_PACK_H

#include "sink/parcel.h"

enum {
    PACK_STEP_BYTES = 5120, /* Firehose's */
    PACK_BYTES_DEFAULT = 64 * 1024,
};

/* What a record of `bytes` is billed as; `step` 0: as it is. */
uint64_t pack_billed_bytes(uint64_t bytes, size_t step);

/* How many of `count` (at least one) lines, from the first on, make the next record. They have to lie back to back
 * and stay within `limit` bytes together; the first goes in any case. When all of them fit, all go: one record is
 * never billed more than two. Otherwise the record ends where the least part of its bill is waste; of equal places
 * at the last. `step` 0: as many as fit. */
uint32_t pack_choose(const struct parcel_line *lines, uint32_t count, size_t limit, size_t step);

#endif
