/* Shard iterators: the position itself, in a text that looks like AWS's. */
#ifndef PENSTOCK_FAULTD_ITERATOR_H
#define PENSTOCK_FAULTD_ITERATOR_H

#include "tests/support/faultd/stream.h"

enum { ITERATOR_BYTES = 1024 };

struct iterator {
    char arn[STREAM_ARN_BYTES];
    char shard[SHARD_ID_BYTES];
    uint64_t position; /* index of the next record */
    int64_t issued_ms;
};

/* False when it does not fit. */
bool iterator_format(const struct iterator *iterator, char text[ITERATOR_BYTES]) MUST_USE;
/* False when it is none of ours or was changed. */
bool iterator_parse(struct slice text, struct iterator *ret_iterator) MUST_USE;

#endif
