/* The one question that a shard asks about its lease; the supervisor answers it with the keeper. */
#ifndef PENSTOCK_SHARD_OWNERSHIP_H
#define PENSTOCK_SHARD_OWNERSHIP_H

#include <stdbool.h>

struct shard_ownership {
    /* Is this shard still mine, for long enough that a request started now ends in time? Any thread; cheap
     * (an atomic read). */
    bool (*is_valid)(void *context);
    void *context;
};

#endif
