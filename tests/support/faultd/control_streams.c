#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/control.h"
#include "tests/support/faultd/tracker.h"
#include "tests/support/faultd/tree.h"

/* The stream that the body's "stream" (ARN or table) names, or the newest. */
static struct stream *named_stream(struct control *control) REQUIRES(control->world->streams.lock)
{
    const char *name = tree_text(control->tree, "stream");
    return name == NULL ? control->world->streams.first : stream_find(&control->world->streams, name);
}

static struct shard *named_shard(struct control *control, struct stream *stream)
{
    const char *id = tree_text(control->tree, "shard");
    return stream == NULL || id == NULL ? NULL : stream_shard(stream, slice_of_text(id));
}

static cJSON *describe(const struct stream *stream, bool with_shards)
{
    cJSON *tree = cJSON_CreateObject();
    tree_add_text(tree, "arn", stream->arn);
    tree_add_text(tree, "label", stream->label);
    tree_add_text(tree, "table", stream->shape.table);
    tree_add_integer(tree, "shard_count", stream->shard_count);
    cJSON *shards = with_shards ? tree_attach(tree, "shards", cJSON_CreateArray()) : NULL;
    for (size_t i = 0; shards != NULL && i < stream->shard_count; i++) {
        tree_append(shards, cJSON_CreateString(stream->shards[i]->id));
    }
    return tree;
}

/* The stream's table, so that DescribeTable leads to it. An existing one is kept. */
static bool add_table(struct world *world, const struct stream_shape *shape)
{
    struct table table = {.created_ms = world_now_ms(world)};
    table.active_ms = table.created_ms;
    snprintf(table.name, sizeof table.name, "%s", shape->table);
    snprintf(table.hash.name, sizeof table.hash.name, "pk");
    memcpy(table.hash.type, "S", 2);
    snprintf(table.billing, sizeof table.billing, "PAY_PER_REQUEST");
    snprintf(table.id, sizeof table.id, "00000000-0000-4000-8000-000000000000");
    mutex_lock(&world->tables.lock);
    bool there = table_find(&world->tables, table.name) != NULL || table_add(&world->tables, &table) != NULL;
    mutex_unlock(&world->tables.lock);
    return there;
}

void control_create_stream(struct control *control)
{
    struct stream_shape shape;
    struct world *world = control->world;
    const char *problem = stream_shape_read(control->tree, &shape);
    if (problem != NULL) {
        control_refuse(control, problem);
        return;
    }
    mutex_lock(&world->streams.lock);
    const struct stream *stream = stream_create(&world->streams, &shape, world->region, world_now_ms(world));
    cJSON *tree = stream == NULL ? NULL : describe(stream, true);
    mutex_unlock(&world->streams.lock);
    if (tree == NULL || !add_table(world, &shape)) {
        cJSON_Delete(tree);
        control_refuse(control, "out of memory");
        return;
    }
    reply_tree(control->reply, tree);
}

void control_list_streams(struct control *control)
{
    cJSON *list = cJSON_CreateArray();
    mutex_lock(&control->world->streams.lock);
    for (const struct stream *stream = control->world->streams.first; stream != NULL; stream = stream->next) {
        tree_append(list, describe(stream, false));
    }
    mutex_unlock(&control->world->streams.lock);
    reply_tree(control->reply, list);
}

/* Trims one shard or all, up to record `to` or by `fraction` of what is there; "remove" takes finished shards
 * that are trimmed whole out of the listing. */
void control_trim(struct control *control)
{
    int64_t now_ms = world_now_ms(control->world), to = tree_integer(control->tree, "to", -1);
    double fraction = tree_number(control->tree, "fraction", 1);
    bool removes = tree_bool(control->tree, "remove", false);
    size_t trimmed = 0;
    if (fraction < 0 || fraction > 1) {
        control_refuse(control, "fraction must lie in 0 to 1");
        return;
    }
    mutex_lock(&control->world->streams.lock);
    struct stream *stream = named_stream(control);
    const struct shard *only = named_shard(control, stream);
    bool unknown = stream == NULL || (only == NULL && tree_text(control->tree, "shard") != NULL);
    for (size_t i = 0; !unknown && i < stream->shard_count; i++) {
        struct shard *shard = stream->shards[i];
        if (only != NULL && shard != only) {
            continue;
        }
        uint64_t available = shard_available(shard, now_ms);
        uint64_t target = to >= 0 ? (uint64_t)to : (uint64_t)((double)available * fraction);
        target = target > available ? available : target;
        shard->trimmed = target > shard->trimmed ? target : shard->trimmed;
        shard->removed =
            shard->removed || (removes && shard_is_closed(shard, now_ms) && shard->trimmed == shard->records);
        trimmed++;
    }
    mutex_unlock(&control->world->streams.lock);
    if (unknown) {
        control_refuse(control, "no such stream or shard");
        return;
    }
    reply_print(control->reply, "{\"shards\":%zu}", trimmed);
}

void control_roll(struct control *control)
{
    size_t closed = 0;
    mutex_lock(&control->world->streams.lock);
    struct stream *stream = named_stream(control);
    struct shard *only = named_shard(control, stream);
    bool unknown = stream == NULL || (only == NULL && tree_text(control->tree, "shard") != NULL);
    if (!unknown) {
        int64_t children = tree_integer(control->tree, "children", stream->shape.children);
        int64_t records = tree_integer(control->tree, "records", (int64_t)stream->shape.records);
        unknown = children < 1 || children > SHARD_CHILDREN || records < 0 || records > 100000000;
        closed = unknown ? 0
                         : stream_roll(&control->world->streams, stream, only, (uint32_t)children,
                                       (uint64_t)records, world_now_ms(control->world));
    }
    mutex_unlock(&control->world->streams.lock);
    if (unknown) {
        control_refuse(control, "no such stream or shard, or children or records out of range");
        return;
    }
    reply_print(control->reply, "{\"closed\":%zu}", closed);
}

void control_disable(struct control *control)
{
    mutex_lock(&control->world->streams.lock);
    struct stream *stream = named_stream(control);
    if (stream != NULL) {
        stream->disabled = tree_bool(control->tree, "disabled", true);
        stream->gone = tree_bool(control->tree, "gone", false);
    }
    mutex_unlock(&control->world->streams.lock);
    if (stream == NULL) {
        control_refuse(control, "no such stream");
        return;
    }
    reply_text(control->reply, "{\"ok\":true}");
}

/* Latencies are counted from here on: what was late while a worker started is forgotten. */
void control_forget_latencies(struct control *control)
{
    mutex_lock(&control->world->streams.lock);
    for (struct stream *stream = control->world->streams.first; stream != NULL; stream = stream->next) {
        memset(stream->latency, 0, LATENCY_BUCKETS * sizeof *stream->latency);
        stream->latency_count = 0;
    }
    mutex_unlock(&control->world->streams.lock);
    reply_text(control->reply, "{\"ok\":true}");
}

void control_verdict(struct control *control)
{
    char name[STREAM_ARN_BYTES], detail[8] = "0";
    struct streams *streams = &control->world->streams;
    bool named = control_query(control, "stream", name, sizeof name);
    bool detailed = control_query(control, "detail", detail, sizeof detail) && strcmp(detail, "1") == 0;
    mutex_lock(&streams->lock);
    const struct stream *only = named ? stream_find(streams, name) : NULL;
    cJSON *verdict =
        named && only == NULL ? NULL : tracker_verdict(streams, only, detailed, world_now_ms(control->world));
    mutex_unlock(&streams->lock);
    if (verdict == NULL) {
        control_refuse(control, "no such stream");
        return;
    }
    reply_tree(control->reply, verdict);
}
