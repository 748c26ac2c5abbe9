#include "tests/support/faultd/stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/support/faultd/stream_index.h"

static int64_t close_ms(const struct shard *shard)
{
    double rate = shard->stream->shape.rate;
    if (shard->open_ms == NEVER || rate <= 0) {
        return shard->open_ms;
    }
    return shard->open_ms + (int64_t)((double)shard->records * 1000.0 / rate);
}

static void set_birth(struct shard *shard)
{
    const struct stream_shape *shape = &shard->stream->shape;
    if (shard->parent == NULL) {
        shard->open_ms = shard->listed_ms = shard->stream->created_ms;
        return;
    }
    int64_t open = shape->children_after_end_read ? NEVER : close_ms(shard->parent);
    shard->open_ms = open;
    shard->listed_ms = open == NEVER ? NEVER : open + shape->children_delay_ms;
}

static bool add_to_stream(struct stream *stream, struct shard *shard)
{
    if (stream->shard_count == stream->shard_capacity) {
        size_t capacity = stream->shard_capacity == 0 ? 64 : stream->shard_capacity * 2;
        struct shard **grown = realloc(stream->shards, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        stream->shards = grown;
        stream->shard_capacity = capacity;
    }
    stream->shards[stream->shard_count++] = shard;
    return true;
}

static void shard_free(struct shard *shard)
{
    if (shard != NULL) {
        free(shard->marks);
        free(shard->key_highest);
        free(shard);
    }
}

/* Child `number` of `count` takes its part of the parent's items. */
static void divide_keys(struct shard *shard, uint32_t number, uint32_t count)
{
    const struct shard *parent = shard->parent;
    if (parent == NULL) {
        shard->first_key = 0;
        shard->key_count = shard->stream->shape.keys;
        return;
    }
    uint32_t from = (uint32_t)((uint64_t)parent->key_count * number / count);
    uint32_t to = (uint32_t)((uint64_t)parent->key_count * (number + 1) / count);
    shard->first_key = parent->first_key + from;
    shard->key_count = to > from ? to - from : 1;
}

static struct shard *shard_create(struct streams *streams, struct stream *stream, struct shard *parent,
                                  uint32_t number, uint32_t siblings, uint64_t records)
    REQUIRES(streams->lock)
{
    struct shard *shard = calloc(1, sizeof *shard);
    if (shard == NULL) {
        return NULL;
    }
    shard->stream = stream;
    shard->parent = parent;
    shard->ordinal = (uint32_t)stream->shard_count;
    shard->root = parent == NULL ? number : parent->root;
    shard->generation = parent == NULL ? 0 : parent->generation + 1;
    shard->records = records;
    divide_keys(shard, number, siblings);
    sequence_space_init(&shard->sequence, stream->shape.seed, shard->generation, shard->ordinal, records);
    snprintf(shard->id, sizeof shard->id, "shardId-%020lld-%08x",
             (long long)stream->created_ms + shard->ordinal,
             (unsigned)sequence_mix(stream->shape.seed + streams->born, shard->ordinal) & 0xFFFFFFFFu);
    set_birth(shard);
    shard->marks = calloc(records + 1, 1);
    shard->key_highest = calloc(shard->key_count, sizeof *shard->key_highest);
    if (shard->marks == NULL || shard->key_highest == NULL || !stream_index_add(streams, shard) ||
        !add_to_stream(stream, shard)) {
        shard_free(shard);
        return NULL;
    }
    if (parent != NULL) {
        parent->children[parent->child_count++] = shard;
    }
    return shard;
}

static bool create_generations(struct streams *streams, struct stream *stream) REQUIRES(streams->lock)
{
    const struct stream_shape *shape = &stream->shape;
    for (uint32_t i = 0; i < shape->shards; i++) {
        if (shard_create(streams, stream, NULL, i, shape->shards, shape->records) == NULL) {
            return false;
        }
    }
    size_t from = 0;
    for (uint32_t generation = 0; generation < shape->generations; generation++) {
        size_t to = stream->shard_count;
        for (size_t i = from; i < to; i++) {
            struct shard *parent = stream->shards[i];
            parent->closes = true;
            for (uint32_t child = 0; child < shape->children; child++) {
                if (shard_create(streams, stream, parent, child, shape->children, shape->records) == NULL) {
                    return false;
                }
            }
        }
        from = to;
    }
    for (size_t i = from; i < stream->shard_count; i++) {
        stream->shards[i]->closes = shape->close_last;
    }
    return true;
}

static bool name_stream(struct stream *stream, const char *region)
{
    char iso[CLOCK_ISO_BYTES];
    clock_format_iso(stream->created_ms, iso);
    snprintf(stream->label, sizeof stream->label, "%.23s", iso); /* without the Z, as AWS has it */
    snprintf(stream->region, sizeof stream->region, "%s", region);
    int length =
        snprintf(stream->arn, sizeof stream->arn, "arn:aws:dynamodb:%s:000000000000:table/%s/stream/%s",
                 region, stream->shape.table, stream->label);
    return length > 0 && (size_t)length < sizeof stream->arn;
}

static void stream_free(struct stream *stream)
{
    for (size_t i = 0; i < stream->shard_count; i++) {
        shard_free(stream->shards[i]);
    }
    free(stream->shards);
    free(stream->latency);
    template_set_free(&stream->templates);
    free(stream);
}

struct stream *stream_create(struct streams *streams, const struct stream_shape *shape, const char *region,
                             int64_t now_ms)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return NULL;
    }
    stream->shape = *shape;
    stream->created_ms = now_ms;
    for (struct stream *other = streams->first; other != NULL; other = other->next) {
        if (other->created_ms >= stream->created_ms) {
            stream->created_ms = other->created_ms + 1; /* no two streams of one label */
        }
    }
    streams->born++;
    struct template_options options = {.view = shape->view,
                                       .region = region,
                                       .seed = shape->seed,
                                       .record_bytes = shape->record_bytes,
                                       .big_bytes = shape->big_every > 0 ? shape->big_bytes : 0};
    stream->latency = calloc(LATENCY_BUCKETS, sizeof *stream->latency);
    if (stream->latency == NULL || !name_stream(stream, region) ||
        !template_set_create(&options, &stream->templates) || !create_generations(streams, stream)) {
        stream_index_drop(streams, stream);
        stream_free(stream);
        return NULL;
    }
    stream->next = streams->first;
    streams->first = stream;
    return stream;
}

size_t stream_roll(struct streams *streams, struct stream *stream, struct shard *only, uint32_t children,
                   uint64_t records, int64_t now_ms)
{
    size_t closed = 0, count = stream->shard_count;
    for (size_t i = 0; i < count; i++) {
        struct shard *shard = stream->shards[i];
        if ((only != NULL && shard != only) || shard->closes || shard->open_ms == NEVER) {
            continue;
        }
        shard->records = shard_available(shard, now_ms);
        shard->closes = true;
        closed++;
        for (uint32_t child = 0; child < children && stream->shard_count < STREAM_SHARDS; child++) {
            struct shard *born = shard_create(streams, stream, shard, child, children, records);
            if (born != NULL && born->open_ms != NEVER) {
                born->open_ms = now_ms;
                born->listed_ms = now_ms + stream->shape.children_delay_ms;
            }
        }
    }
    return closed;
}

uint64_t shard_available(const struct shard *shard, int64_t now_ms)
{
    double rate = shard->stream->shape.rate;
    if (shard->open_ms == NEVER || now_ms < shard->open_ms) {
        return 0;
    }
    if (rate <= 0) {
        return shard->records;
    }
    double made = (double)(now_ms - shard->open_ms) * rate / 1000.0;
    return made >= (double)shard->records ? shard->records : (uint64_t)made;
}

int64_t shard_record_ms(const struct shard *shard, uint64_t index)
{
    const struct stream_shape *shape = &shard->stream->shape;
    if (shape->rate > 0) {
        return shard->open_ms + (int64_t)((double)(index + 1) * 1000.0 / shape->rate);
    }
    int64_t age =
        shard->records == 0 ? 0 : (int64_t)((double)shape->age_ms * (double)index / (double)shard->records);
    return shard->open_ms - shape->age_ms + age;
}

bool shard_is_closed(const struct shard *shard, int64_t now_ms)
{
    return shard->closes && shard->open_ms != NEVER && shard_available(shard, now_ms) == shard->records;
}

bool shard_is_listed(const struct shard *shard, int64_t now_ms)
{
    return !shard->removed && shard->listed_ms != NEVER && now_ms >= shard->listed_ms;
}

void shard_note_end_read(struct shard *shard, int64_t now_ms)
{
    shard->end_reads++;
    for (uint32_t i = 0; i < shard->child_count; i++) {
        struct shard *child = shard->children[i];
        if (child->open_ms == NEVER) {
            child->open_ms = now_ms;
            child->listed_ms = now_ms + shard->stream->shape.children_delay_ms;
        }
    }
}

void streams_init(struct streams *streams)
{
    *streams = (struct streams){.first = NULL};
    mutex_init(&streams->lock);
}

void streams_reset(struct streams *streams)
{
    mutex_lock(&streams->lock);
    while (streams->first != NULL) {
        struct stream *stream = streams->first;
        streams->first = stream->next;
        stream->next = streams->retired;
        streams->retired = stream;
        stream_index_drop(streams, stream);
    }
    streams->unknown = 0;
    streams->unknown_sample[0] = '\0';
    mutex_unlock(&streams->lock);
}

void streams_destroy(struct streams *streams)
{
    streams_reset(streams);
    mutex_lock(&streams->lock);
    while (streams->retired != NULL) {
        struct stream *stream = streams->retired;
        streams->retired = stream->next;
        stream_free(stream);
    }
    free(streams->buckets);
    streams->buckets = NULL;
    mutex_unlock(&streams->lock);
    mutex_destroy(&streams->lock);
}
