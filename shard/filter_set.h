/* The patterns of a filter. For shard/filter*.c. */
#ifndef PENSTOCK_SHARD_FILTER_SET_H
#define PENSTOCK_SHARD_FILTER_SET_H

#include "shard/filter_program.h"

enum { FILTER_ARN_BYTES = 1100 };

struct filter {
    struct filter_pattern patterns[FILTER_PATTERNS_MOST];
    size_t count;
    char stream_arn[FILTER_ARN_BYTES]; /* in quotes; or empty */
};

struct filter_match filter_begin_match(const struct filter *filter, size_t index,
                                       const struct decode_record *record);

#endif
