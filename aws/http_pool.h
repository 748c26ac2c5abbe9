/* A bounded pool of idle things, each kept under a text: connections by their origin. Any thread may call. */
#ifndef PENSTOCK_AWS_HTTP_POOL_H
#define PENSTOCK_AWS_HTTP_POOL_H

#include "aws/http_url.h"
#include "base/thread.h"

/* What was not needed for this long is freed when something else is given back: after a burst (a start, many
 * shards at once) connections and their buffers do not stay. */
enum { HTTP_POOL_IDLE_MS = 10000 };

struct http_pool_entry {
    char origin[HTTP_ORIGIN_BYTES];
    int64_t given_ms;
    void *thing;
};

struct http_pool {
    void (*free_thing)(void *thing);
    size_t capacity;
    struct mutex lock;
    struct http_pool_entry *entries GUARDED_BY(lock); /* oldest first */
    size_t count GUARDED_BY(lock);
};

/* Room for `capacity` idle things (at least 1), each freed by `free_thing`. */
struct status http_pool_init(struct http_pool *pool, size_t capacity, void (*free_thing)(void *)) MUST_USE;

/* Frees what is idle. Safe on zeroed memory; no thread may be inside. */
void http_pool_destroy(struct http_pool *pool);

/* Takes out the thing given back last under `origin`: the warmest. NULL when there is none. */
void *http_pool_take(struct http_pool *pool, const char *origin) EXCLUDES(pool->lock);

/* Keeps `thing`; a full pool frees its oldest, and one that has been idle for long goes too. `now_ms` by
 * CLOCK_BOOTTIME. `origin` is cut at HTTP_ORIGIN_BYTES - 1. */
void http_pool_give(struct http_pool *pool, const char *origin, void *thing, int64_t now_ms)
    EXCLUDES(pool->lock);

#endif
