#include "tests/support/faultd/tracker.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/tree.h"

static void note_unknown(struct streams *streams, struct slice line) REQUIRES(streams->lock)
{
    if (streams->unknown++ == 0) {
        size_t length =
            line.length < sizeof streams->unknown_sample ? line.length : sizeof streams->unknown_sample - 1;
        memcpy(streams->unknown_sample, line.at, length);
        streams->unknown_sample[length] = '\0';
    }
}

/* A member of the line with exactly these bytes, the key patched into the template's. */
static bool has_member(struct slice line, const char *name, const struct template *template, size_t at,
                       size_t length, const char *key)
{
    const char *found = memmem(line.at, line.length, name, strlen(name));
    if (found == NULL) {
        return length == 0;
    }
    const char *value = found + strlen(name);
    if (length == 0 || (size_t)(line.at + line.length - value) < length) {
        return false;
    }
    size_t hole = 0;
    for (size_t i = 0; i < TEMPLATE_KEY_HOLES; i++) {
        if (template->key_at[i] >= at && template->key_at[i] < at + length) {
            hole = template->key_at[i] - at;
        }
    }
    const char *wanted = template->head.at + at;
    return memcmp(value, wanted, hole) == 0 && memcmp(value + hole, key, TEMPLATE_KEY_BYTES) == 0 &&
           memcmp(value + hole + TEMPLATE_KEY_BYTES, wanted + hole + TEMPLATE_KEY_BYTES,
                  length - hole - TEMPLATE_KEY_BYTES) == 0;
}

static bool is_same(const struct shard *shard, const struct record_fields *record, struct slice line,
                    const struct line_fields *fields)
{
    static const char *const events[] = {"INSERT", "MODIFY", "REMOVE"};
    const struct template *template = record->template;
    (void)shard;
    return slice_equals_text(fields->event_id, record->event_id) &&
           slice_equals_text(fields->operation, events[template->event]) &&
           has_member(line, ",\"keys\":", template, template->keys_at, template->keys_length, record->key) &&
           has_member(line, ",\"new_image\":", template, template->new_at, template->new_length, record->key);
}

static void note_latency(struct shard *shard, uint64_t index, int64_t now_ms)
{
    struct stream *stream = shard->stream;
    if (stream->first_accept_ms == 0) {
        stream->first_accept_ms = now_ms;
    }
    stream->last_accept_ms = now_ms;
    if (stream->shape.rate > 0) {
        int64_t late = now_ms - shard_record_ms(shard, index);
        late = late < 0 ? 0 : late >= LATENCY_BUCKETS ? LATENCY_BUCKETS - 1 : late;
        stream->latency[late]++;
        stream->latency_count++;
    }
}

static void note_first(struct shard *shard, const struct record_fields *record, uint64_t index,
                       int64_t now_ms)
{
    uint32_t *key_highest = &shard->key_highest[record->key_number];
    shard->accepted++;
    if (index + 1 < shard->highest) {
        shard->out_of_order++;
    } else {
        shard->highest = index + 1;
    }
    if (index + 1 < *key_highest) {
        shard->key_out_of_order++;
    } else {
        *key_highest = (uint32_t)(index + 1);
    }
    const struct shard *parent = shard->parent;
    if (parent != NULL && parent->accepted < parent->records - parent->trimmed) {
        shard->before_parent++;
    }
    note_latency(shard, index, now_ms);
}

static void mark_line(struct streams *streams, struct shard **last, struct slice line, int64_t now_ms)
    REQUIRES(streams->lock)
{
    struct line_fields fields;
    struct record_fields record;
    uint64_t index = 0;
    line_fields_read(line, &fields);
    if (fields.shard.at != NULL && (*last == NULL || !slice_equals_text(fields.shard, (*last)->id))) {
        *last = shard_find(streams, fields.shard);
    }
    struct shard *shard = fields.shard.at == NULL ? NULL : *last;
    if (shard == NULL || !sequence_find(&shard->sequence, fields.sequence, shard->records, &index)) {
        note_unknown(streams, line);
        return;
    }
    shard_record_fields(shard, index, &record);
    if (shard->stream->shape.verify && !is_same(shard, &record, line, &fields)) {
        shard->different++;
    }
    if (shard->marks[index] == 0) {
        note_first(shard, &record, index, now_ms);
    } else {
        shard->duplicates++;
    }
    shard->marks[index] = (uint8_t)(shard->marks[index] == 255 ? 255 : shard->marks[index] + 1);
}

uint64_t tracker_mark(struct streams *streams, struct slice data, int64_t now_ms)
{
    uint64_t lines = 0;
    struct shard *last = NULL;
    while (data.length > 0) {
        const char *end = memchr(data.at, '\n', data.length);
        size_t length = end == NULL ? data.length : (size_t)(end - data.at);
        mark_line(streams, &last, slice_of(data.at, length), now_ms);
        lines++;
        length += end != NULL;
        data = slice_of(data.at + length, data.length - length);
    }
    return lines;
}
