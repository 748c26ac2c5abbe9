/* S3's buckets: objects in memory, ordered by key. */
#ifndef PENSTOCK_FAULTD_BUCKET_H
#define PENSTOCK_FAULTD_BUCKET_H

#include <cjson/cJSON.h>

#include "base/bytes.h"
#include "base/thread.h"

enum {
    BUCKETS = 32,
    BUCKET_NAME_BYTES = 64,
    OBJECT_KEY_BYTES = 1025,
    OBJECT_TYPE_BYTES = 128,
    OBJECTS_MOST = 200000,
    BUCKET_BYTES = 512 * 1024 * 1024,
};

struct object {
    char key[OBJECT_KEY_BYTES];
    char type[OBJECT_TYPE_BYTES];
    struct bytes content;
    int64_t modified_ms;
    uint64_t puts; /* of this key */
};

struct bucket {
    char name[BUCKET_NAME_BYTES];
    bool track; /* its objects are landed lines, and count for the verdict */
    struct object **objects; /* by key */
    size_t count, capacity;
    size_t bytes;
};

struct buckets {
    struct mutex lock;
    struct bucket *all[BUCKETS] GUARDED_BY(lock);
    size_t count GUARDED_BY(lock);
};

void buckets_init(struct buckets *buckets);
void buckets_reset(struct buckets *buckets) EXCLUDES(buckets->lock);
void buckets_destroy(struct buckets *buckets);

struct bucket *bucket_find(struct buckets *buckets, const char *name) REQUIRES(buckets->lock);
/* NULL, or what is wrong. An existing one is an error. */
const char *bucket_add(struct buckets *buckets, const char *name, bool track)
    MUST_USE EXCLUDES(buckets->lock);

/* The place of the first key that is not below `key`. */
size_t bucket_seek(const struct bucket *bucket, const char *key);
struct object *bucket_get(const struct bucket *bucket, const char *key);
/* False: no room. *ret_new: there was none of this key. */
bool bucket_put(struct bucket *bucket, const char *key, struct slice type, struct slice content,
                int64_t now_ms, bool *ret_new) MUST_USE;
void bucket_remove(struct bucket *bucket, const char *key);

/* [{"name","objects":[{"key","size","puts"}]}]. Owned. */
cJSON *buckets_report(struct buckets *buckets) EXCLUDES(buckets->lock);

#endif
