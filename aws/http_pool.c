#include "aws/http_pool.h"

#include <stdlib.h>

enum { USE_MS = 1000, KEEP_LEAST = 8, KEEP_FOLD = 2, FREED_AT_ONCE = 2 };

void http_pool_use_until(struct http_pool_use *use, int64_t now_ms)
{
    int64_t passed_ms = now_ms - use->at_ms;
    if (passed_ms > 0) {
        int64_t out = (int64_t)use->out * 1000;
        use->mean_thousandths += (out - use->mean_thousandths) * passed_ms / (passed_ms + USE_MS);
        use->at_ms = now_ms;
    }
}

size_t http_pool_keep(const struct http_pool_use *use)
{
    return KEEP_LEAST + (size_t)(use->mean_thousandths * KEEP_FOLD / 1000);
}

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

void *http_pool_take(struct http_pool *pool, const char *origin, int64_t now_ms)
{
    void *found = NULL;
    mutex_lock(&pool->lock);
    http_pool_use_until(&pool->use, now_ms);
    pool->use.out++;
    for (size_t i = pool->count; i > 0 && found == NULL; i--) {
        if (strcmp(pool->entries[i - 1].origin, origin) == 0) {
            found = remove_entry(pool, i - 1);
        }
    }
    mutex_unlock(&pool->lock);
    return found;
}

/* Whether the oldest has to go so that one more has room. */
static bool has_surplus(const struct http_pool *pool, int64_t now_ms) REQUIRES(pool->lock)
{
    return pool->count > 0 && (pool->count == pool->capacity || pool->count >= http_pool_keep(&pool->use) ||
                               now_ms - pool->entries[0].given_ms > HTTP_POOL_IDLE_MS);
}

static void add_entry(struct http_pool *pool, const char *origin, void *thing, int64_t now_ms)
    REQUIRES(pool->lock)
{
    struct http_pool_entry *entry = &pool->entries[pool->count++];
    size_t length = strnlen(origin, sizeof entry->origin - 1);
    memcpy(entry->origin, origin, length);
    entry->origin[length] = '\0';
    entry->thing = thing;
    entry->given_ms = now_ms;
}

void http_pool_give(struct http_pool *pool, const char *origin, void *thing, int64_t now_ms)
{
    void *surplus[FREED_AT_ONCE]; /* no more: the caller waits for it */
    size_t count = 0;
    mutex_lock(&pool->lock);
    http_pool_use_until(&pool->use, now_ms);
    pool->use.out -= pool->use.out > 0 ? 1 : 0;
    while (thing != NULL && count < FREED_AT_ONCE && has_surplus(pool, now_ms)) {
        surplus[count++] = remove_entry(pool, 0);
    }
    if (thing != NULL) {
        add_entry(pool, origin, thing, now_ms);
    }
    mutex_unlock(&pool->lock);
    for (size_t i = 0; i < count; i++) {
        pool->free_thing(surplus[i]);
    }
}
