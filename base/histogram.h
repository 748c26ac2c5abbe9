/* Counts of values by size, for metrics: how long requests take, how great batches are. Plain memory, guarded
 * by its owner's lock; zeroed memory is an empty histogram of milliseconds. */
#ifndef PENSTOCK_BASE_HISTOGRAM_H
#define PENSTOCK_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum histogram_kind {
    HISTOGRAM_MS, /* 5 ms to 30 s */
    HISTOGRAM_RECORDS, /* 1 to 500 */
    HISTOGRAM_BYTES, /* 1 KiB to 4 MiB */
};

enum { HISTOGRAM_BUCKETS = 12 }; /* bounds of each kind */

struct histogram {
    enum histogram_kind kind;
    uint64_t counts[HISTOGRAM_BUCKETS + 1]; /* not cumulative; the last is for values above all bounds */
    int64_t sum;
};

/* The greatest value that counts in bucket `index` (below HISTOGRAM_BUCKETS). */
int64_t histogram_bound(enum histogram_kind kind, size_t index);

/* Values below 0 count as 0. */
void histogram_add(struct histogram *histogram, int64_t value);

#endif
