#include "tests/support/faultd/data_stream.h"

#include "tests/support/faultd/tree.h"

enum { SHARDS_MOST = 10000, RECORD_KIB_LEAST = 1024, RECORD_KIB_MOST = 10240 };

void data_streams_init(struct data_streams *streams) NO_THREAD_CHECK
{
    *streams = (struct data_streams){.count = 0};
    mutex_init(&streams->lock);
}

void data_streams_reset(struct data_streams *streams)
{
    mutex_lock(&streams->lock);
    streams->count = 0;
    mutex_unlock(&streams->lock);
}

void data_streams_destroy(struct data_streams *streams)
{
    mutex_destroy(&streams->lock);
}

struct data_stream *data_stream_find(struct data_streams *streams, const char *name)
{
    for (size_t i = 0; i < streams->count; i++) {
        if (strcmp(streams->all[i].name, name) == 0) {
            return &streams->all[i];
        }
    }
    return NULL;
}

static const char *add(struct data_streams *streams, const struct data_stream *stream) REQUIRES(streams->lock)
{
    if (data_stream_find(streams, stream->name) != NULL) {
        return "there is a data stream of this name";
    }
    if (streams->count == DATA_STREAMS) {
        return "too many data streams";
    }
    streams->all[streams->count++] = *stream;
    return NULL;
}

const char *data_stream_add(struct data_streams *streams, const cJSON *tree)
{
    struct data_stream stream = {.shards = tree_integer(tree, "shards", 1),
                                 .record_kib = tree_integer(tree, "record_kib", RECORD_KIB_LEAST)};
    if (!tree_copy_text(tree, "name", stream.name, sizeof stream.name) || stream.name[0] == '\0') {
        return "name must be 1 to 128 characters";
    }
    if (stream.shards < 1 || stream.shards > SHARDS_MOST || stream.record_kib < RECORD_KIB_LEAST ||
        stream.record_kib > RECORD_KIB_MOST) {
        return "shards must lie in 1 to 10,000, record_kib in 1,024 to 10,240";
    }
    mutex_lock(&streams->lock);
    const char *problem = add(streams, &stream);
    mutex_unlock(&streams->lock);
    return problem;
}

cJSON *data_streams_report(struct data_streams *streams)
{
    cJSON *list = cJSON_CreateArray();
    mutex_lock(&streams->lock);
    for (size_t i = 0; i < streams->count; i++) {
        const struct data_stream *stream = &streams->all[i];
        cJSON *entry = tree_append(list, cJSON_CreateObject());
        tree_add_text(entry, "name", stream->name);
        tree_add_integer(entry, "records", stream->records);
        tree_add_integer(entry, "bytes", stream->bytes);
        tree_add_integer(entry, "failed", stream->failed);
        tree_add_integer(entry, "repeated_keys", stream->repeated_keys);
    }
    mutex_unlock(&streams->lock);
    return list;
}
