/* Texts that live and die together: the content of thousands of rows without an allocation a text. One thread.
 */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_POOL_H
#define PENSTOCK_WORKER_LEASES_LEASES_POOL_H

#include <stddef.h>

struct leases_pool_block;

/* Zeroed memory is a valid empty pool. */
struct leases_pool {
    struct leases_pool_block *blocks; /* the newest first */
};

/* `size` bytes, aligned for anything; NULL when memory ran out. They live until the pool is freed. */
void *leases_pool_take(struct leases_pool *pool, size_t size);

/* A copy of the text; NULL when memory ran out. */
const char *leases_pool_copy(struct leases_pool *pool, const char *text);

/* Frees everything and leaves an empty pool. */
void leases_pool_free(struct leases_pool *pool);

#endif
