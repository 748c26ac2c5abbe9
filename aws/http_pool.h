/* A bounded pool of idle things, each kept under a text: connections by their origin. Any thread may call. */
#ifndef PENSTOCK_AWS_HTTP_POOL_H
#define PENSTOCK_AWS_HTTP_POOL_H

#include "aws/http_url.h"
#include "base/thread.h"

/* After a burst (a start, many shards at once) connections, their sockets and buffers do not stay: what was not needed
 * for HTTP_POOL_IDLE_MS is freed when something else is given back, and what is more than http_pool_keep() at once. */
enum { HTTP_POOL_IDLE_MS = 10000 };

/* How much is out at a time, on average over the last second or so. */
struct http_pool_use {
    size_t out; /* now */
    int64_t mean_thousandths;
    int64_t at_ms; /* up to when the mean counts */
};

/* Lets time pass until `now_ms`. Pure, as the next. */
void http_pool_use_until(struct http_pool_use *use, int64_t now_ms);

/* How many idle things are worth keeping: eight, and two for each that is out on average. */
size_t http_pool_keep(const struct http_pool_use *use);

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
    struct http_pool_use use GUARDED_BY(lock);
};

/* Room for `capacity` idle things (at least 1), each freed by `free_thing`. */
struct status http_pool_init(struct http_pool *pool, size_t capacity, void (*free_thing)(void *)) MUST_USE;

/* Frees what is idle. Safe on zeroed memory; no thread may be inside. */
void http_pool_destroy(struct http_pool *pool);

/* Takes out the thing given back last under `origin`: the warmest. NULL when there is none. Whatever it returns, the
 * caller ends with http_pool_give(). `now_ms` by CLOCK_BOOTTIME. */
void *http_pool_take(struct http_pool *pool, const char *origin, int64_t now_ms) EXCLUDES(pool->lock);

/* Keeps `thing` (NULL: the caller could not make one); what is too much by then goes, the oldest first, two at a time.
 * `origin` is cut at HTTP_ORIGIN_BYTES - 1. */
void http_pool_give(struct http_pool *pool, const char *origin, void *thing, int64_t now_ms)
    EXCLUDES(pool->lock);

#endif
