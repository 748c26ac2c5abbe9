#include "aws/http_pool.h"

#include <stdio.h>
#include <stdlib.h>

struct status http_pool_init(struct http_pool *pool, size_t capacity,
                             void (*free_thing)(void *)) NO_THREAD_CHECK
{
    if (capacity == 0) {
        return status_make(STATUS_INVALID, "a pool needs room for one thing at least");
    }
    struct http_pool_entry *entries = calloc(capacity, sizeof *entries);
    if (entries == NULL) {
        return status_no_memory("a connection pool", capacity * sizeof *entries);
    }
    *pool = (struct http_pool){.free_thing = free_thing, .capacity = capacity, .entries = entries};
    mutex_init(&pool->lock);
    return status_ok();
}

void http_pool_destroy(struct http_pool *pool) NO_THREAD_CHECK
{
    if (pool->entries == NULL) {
        return;
    }
    for (size_t i = 0; i < pool->count; i++) {
        pool->free_thing(pool->entries[i].thing);
    }
    free(pool->entries);
    pool->entries = NULL;
    mutex_destroy(&pool->lock);
}

/* Takes entry `at` out, keeping the order of the others. */
static void *remove_entry(struct http_pool *pool, size_t at) REQUIRES(pool->lock)
{
    void *thing = pool->entries[at].thing;
    pool->count--;
    memmove(&pool->entries[at], &pool->entries[at + 1], (pool->count - at) * sizeof(struct http_pool_entry));
    return thing;
}

void *http_pool_take(struct http_pool *pool, const char *origin)
{
    void *found = NULL;
    mutex_lock(&pool->lock);
    for (size_t i = pool->count; i > 0 && found == NULL; i--) {
        if (strcmp(pool->entries[i - 1].origin, origin) == 0) {
            found = remove_entry(pool, i - 1);
        }
    }
    mutex_unlock(&pool->lock);
    return found;
}

void http_pool_give(struct http_pool *pool, const char *origin, void *thing, int64_t now_ms)
{
    mutex_lock(&pool->lock);
    bool surplus = pool->count == pool->capacity ||
                   (pool->count > 0 && now_ms - pool->entries[0].given_ms > HTTP_POOL_IDLE_MS);
    void *oldest = surplus ? remove_entry(pool, 0) : NULL; /* one at a time: its caller waits for it */
    struct http_pool_entry *entry = &pool->entries[pool->count++];
    snprintf(entry->origin, sizeof entry->origin, "%s", origin);
    entry->thing = thing;
    entry->given_ms = now_ms;
    mutex_unlock(&pool->lock);
    if (oldest != NULL) {
        pool->free_thing(oldest);
    }
}
