/* A bounded pool of idle things, each kept under a text: connections by their origin. Any thread may call. */
#ifndef PENSTOCK_AWS_HTTP_POOL_H
#define PENSTOCK_AWS_HTTP_POOL_H

#include "aws/http_url.h"
#include "base/thread.h"

struct http_pool_entry {
    char origin[HTTP_ORIGIN_BYTES];
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

/* Keeps `thing`; a full pool frees its oldest. `origin` is cut at HTTP_ORIGIN_BYTES - 1. */
void http_pool_give(struct http_pool *pool, const char *origin, void *thing) EXCLUDES(pool->lock);

#endif
