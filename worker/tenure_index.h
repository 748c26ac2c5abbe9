/* The tenures of a supervisor: a list, newest first, and an index by shard, so that a lone survivor of a great fleet
 * finds one of ten thousand at once. Plain memory: whoever owns it locks. */
#ifndef PENSTOCK_WORKER_TENURE_INDEX_H
#define PENSTOCK_WORKER_TENURE_INDEX_H

#include "worker/tenure.h"

struct tenure_index {
    struct tenure *newest; /* of all; by tenure->next to the oldest */
    size_t count;
    struct tenure **slots; /* by key; in a slot by tenure->next_in_slot, newest first */
    size_t slot_count; /* a power of two */
};

struct status tenure_index_init(struct tenure_index *index) MUST_USE;

/* Frees the index, not the tenures. Safe on zeroed memory. */
void tenure_index_free(struct tenure_index *index);

/* Puts the tenure before all others. Without memory to grow the index gets slower, no more. */
void tenure_index_add(struct tenure_index *index, struct tenure *tenure);

/* The tenure must be in the index. */
void tenure_index_remove(struct tenure_index *index, struct tenure *tenure);

/* NULL when there is none. */
struct tenure *tenure_index_find(const struct tenure_index *index, const char *key, uint64_t number);

/* The newest tenure of a shard, and the next older one of the same shard; NULL: none. */
struct tenure *tenure_index_newest(const struct tenure_index *index, const char *key);
struct tenure *tenure_index_elder(const struct tenure *tenure);

#endif
