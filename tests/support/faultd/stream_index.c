#include "tests/support/faultd/stream_index.h"

#include <stdlib.h>

static size_t hash(struct slice id)
{
    uint64_t value = 14695981039346656037u;
    for (size_t i = 0; i < id.length; i++) {
        value = (value ^ (unsigned char)id.at[i]) * 1099511628211u;
    }
    return (size_t)value;
}

static void insert(struct shard **buckets, size_t count, struct shard *shard)
{
    size_t at = hash(slice_of_text(shard->id)) & (count - 1);
    while (buckets[at] != NULL) {
        at = (at + 1) & (count - 1);
    }
    buckets[at] = shard;
}

static bool rebuild(struct streams *streams, size_t count, const struct stream *without)
    REQUIRES(streams->lock)
{
    struct shard **buckets = calloc(count, sizeof(struct shard *));
    if (buckets == NULL) {
        return false;
    }
    size_t used = 0;
    for (size_t i = 0; i < streams->bucket_count; i++) {
        struct shard *shard = streams->buckets[i];
        if (shard != NULL && shard->stream != without) {
            insert(buckets, count, shard);
            used++;
        }
    }
    free(streams->buckets);
    streams->buckets = buckets;
    streams->bucket_count = count;
    streams->bucket_used = used;
    return true;
}

bool stream_index_add(struct streams *streams, struct shard *shard)
{
    if (streams->bucket_used * 2 >= streams->bucket_count &&
        !rebuild(streams, streams->bucket_count == 0 ? 256 : streams->bucket_count * 2, NULL)) {
        return false;
    }
    insert(streams->buckets, streams->bucket_count, shard);
    streams->bucket_used++;
    return true;
}

void stream_index_drop(struct streams *streams, const struct stream *stream)
{
    if (streams->bucket_count > 0 && !rebuild(streams, streams->bucket_count, stream)) {
        abort(); /* out of memory: an index with dangling shards is worse */
    }
}

struct shard *shard_find(struct streams *streams, struct slice id)
{
    size_t mask = streams->bucket_count - 1;
    if (streams->bucket_count == 0) {
        return NULL;
    }
    for (size_t at = hash(id) & mask; streams->buckets[at] != NULL; at = (at + 1) & mask) {
        if (slice_equals_text(id, streams->buckets[at]->id)) {
            return streams->buckets[at];
        }
    }
    return NULL;
}

struct stream *stream_find(struct streams *streams, const char *name)
{
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (strcmp(stream->arn, name) == 0 || strcmp(stream->shape.table, name) == 0) {
            return stream;
        }
    }
    return NULL;
}

struct shard *stream_shard(struct stream *stream, struct slice id)
{
    for (size_t i = 0; i < stream->shard_count; i++) {
        if (slice_equals_text(id, stream->shards[i]->id)) {
            return stream->shards[i];
        }
    }
    return NULL;
}
