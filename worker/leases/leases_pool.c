#include "worker/leases/leases_pool.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024, ALIGNMENT = alignof(max_align_t) };

struct leases_pool_block {
    struct leases_pool_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) char content[];
};

static struct leases_pool_block *add_block(struct leases_pool *pool, size_t size)
{
    size_t content = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    struct leases_pool_block *block = malloc(sizeof *block + content);
    if (block == NULL) {
        return NULL;
    }
    block->next = pool->blocks;
    block->used = 0;
    block->size = content;
    pool->blocks = block;
    return block;
}

void *leases_pool_take(struct leases_pool *pool, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct leases_pool_block *block = pool->blocks;
    if (block == NULL || block->size - block->used < rounded) {
        block = add_block(pool, rounded);
        if (block == NULL) {
            return NULL;
        }
    }
    void *at = block->content + block->used;
    block->used += rounded;
    return at;
}

const char *leases_pool_copy(struct leases_pool *pool, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = leases_pool_take(pool, size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

void leases_pool_free(struct leases_pool *pool)
{
    while (pool->blocks != NULL) {
        struct leases_pool_block *next = pool->blocks->next;
        free(pool->blocks);
        pool->blocks = next;
    }
}
