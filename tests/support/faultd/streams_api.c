#include "tests/support/faultd/streams_api.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/iterator.h"
#include "tests/support/faultd/tree.h"

enum { DESCRIBE_MOST = 100, LIST_MOST = 100 };

static void not_found(struct reply *reply, const struct request *request, const char *arn)
{
    reply_error(reply, request, 400, "ResourceNotFoundException",
                "Requested resource not found: Stream: %.300s not found", arn);
}

/* The request's stream, or NULL with the error given. */
static struct stream *find_stream(struct world *world, const struct request *request, struct reply *reply)
    REQUIRES(world->streams.lock)
{
    const char *arn = tree_text(request->tree, "StreamArn");
    if (arn == NULL || strlen(arn) < 37) {
        reply_error(
            reply, request, 400, "ValidationException",
            "1 validation error detected: Value %s at 'streamArn' failed to satisfy constraint: Member must "
            "have length greater than or equal to 37",
            arn == NULL ? "null" : arn);
        return NULL;
    }
    struct stream *stream = stream_find(&world->streams, arn);
    if (stream == NULL || strcmp(stream->arn, arn) != 0 || stream->gone) {
        not_found(reply, request, arn);
        return NULL;
    }
    return stream;
}

/* 1 to `most`; `most` when absent; -1, with the error given, when out of range. */
static int64_t read_limit(const struct request *request, int64_t most, struct reply *reply)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(request->tree, "Limit");
    if (member == NULL || cJSON_IsNull(member)) {
        return most;
    }
    int64_t limit = tree_integer(request->tree, "Limit", 0);
    if (limit < 1 || limit > most) {
        reply_error(
            reply, request, 400, "ValidationException",
            "1 validation error detected: Value '%lld' at 'limit' failed to satisfy constraint: Member must "
            "have value %s than or equal to %lld",
            (long long)limit, limit < 1 ? "greater" : "less", limit < 1 ? 1LL : (long long)most);
        return -1;
    }
    return limit;
}

void streams_list(struct world *world, const struct request *request, const struct fault *fault,
                  struct reply *reply)
{
    const char *table = tree_text(request->tree, "TableName");
    const char *after = tree_text(request->tree, "ExclusiveStartStreamArn");
    int64_t limit = read_limit(request, LIST_MOST, reply), given = 0;
    bool started = after == NULL;
    const char *last = NULL;
    (void)fault;
    if (limit < 0) {
        return;
    }
    reply_text(reply, "{\"Streams\":[");
    mutex_lock(&world->streams.lock);
    for (const struct stream *stream = world->streams.first; stream != NULL; stream = stream->next) {
        if (started && !stream->gone && (table == NULL || strcmp(table, stream->shape.table) == 0)) {
            if (given == limit) {
                break;
            }
            reply_print(reply, "%s{\"StreamArn\":\"%s\",\"StreamLabel\":\"%s\",\"TableName\":\"%s\"}",
                        given == 0 ? "" : ",", stream->arn, stream->label, stream->shape.table);
            last = ++given == limit && stream->next != NULL ? stream->arn : NULL;
        }
        started = started || strcmp(after, stream->arn) == 0;
    }
    reply_text(reply, "]");
    if (last != NULL) {
        reply_print(reply, ",\"LastEvaluatedStreamArn\":\"%s\"", last);
    }
    mutex_unlock(&world->streams.lock);
    reply_text(reply, "}");
}

/* One DescribeStream call: which shards it may show. */
struct listing {
    const struct stream *stream;
    const struct fault *fault;
    int64_t now_ms;
    const char *children_of; /* or NULL */
    size_t from; /* index of the first to look at */
    int64_t limit;
};

/* Whether the fault lets the shard be seen: `late` hides children, `partial` the second half of what there
 * is. */
static bool is_shown(const struct listing *listing, const struct shard *shard)
{
    if (!shard_is_listed(shard, listing->now_ms)) {
        return false;
    }
    if (listing->fault->action == FAULT_DESCRIBE_LATE && shard->parent != NULL) {
        return false;
    }
    return listing->children_of == NULL ||
           (shard->parent != NULL && strcmp(shard->parent->id, listing->children_of) == 0);
}

static void show_shard(struct reply *reply, const struct listing *listing, const struct shard *shard,
                       bool first)
{
    char number[SEQUENCE_BYTES];
    sequence_format(&shard->sequence, UINT64_MAX, number);
    reply_print(reply, "%s{\"ShardId\":\"%s\",\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"%s\"",
                first ? "" : ",", shard->id, number);
    bool open = listing->fault->action == FAULT_DESCRIBE_STALE; /* a closed shard still shown open */
    if (!open && (shard_is_closed(shard, listing->now_ms) || listing->stream->disabled)) {
        sequence_format(&shard->sequence, shard->records == 0 ? UINT64_MAX : shard->records - 1, number);
        reply_print(reply, ",\"EndingSequenceNumber\":\"%s\"", number);
    }
    reply_text(reply, "}");
    if (shard->parent != NULL) {
        reply_print(reply, ",\"ParentShardId\":\"%s\"", shard->parent->id);
    }
    reply_text(reply, "}");
}

/* Shows one page. Returns the last shard shown when there are more behind it, else NULL. */
static const struct shard *show_page(struct reply *reply, const struct listing *listing)
{
    int64_t shown = 0;
    const struct shard *last = NULL;
    for (size_t i = listing->from; i < listing->stream->shard_count; i++) {
        const struct shard *shard = listing->stream->shards[i];
        if (!is_shown(listing, shard)) {
            continue;
        }
        if (shown == listing->limit) {
            return listing->fault->action == FAULT_DESCRIBE_PARTIAL ? NULL : last;
        }
        show_shard(reply, listing, shard, shown == 0);
        last = shard;
        shown++;
    }
    return NULL;
}

static bool read_listing(struct world *world, const struct request *request, struct listing *listing,
                         struct reply *reply)
{
    int64_t page = atomic_load(&world->settings.describe_page);
    const cJSON *filter = cJSON_GetObjectItemCaseSensitive(request->tree, "ShardFilter");
    const char *after = tree_text(request->tree, "ExclusiveStartShardId");
    listing->limit = read_limit(request, DESCRIBE_MOST, reply);
    if (listing->limit < 0) {
        return false;
    }
    listing->limit = page < listing->limit ? page : listing->limit;
    if (listing->fault->action == FAULT_DESCRIBE_PARTIAL) {
        listing->limit = (listing->limit + 1) / 2;
    }
    if (cJSON_IsObject(filter)) {
        const char *type = tree_text(filter, "Type");
        listing->children_of = tree_text(filter, "ShardId");
        if (type == NULL || strcmp(type, "CHILD_SHARDS") != 0 || listing->children_of == NULL) {
            reply_error(reply, request, 400, "ValidationException",
                        "Invalid ShardFilter: Type must be CHILD_SHARDS and ShardId must be given");
            return false;
        }
    }
    if (after != NULL) {
        while (listing->from < listing->stream->shard_count &&
               strcmp(listing->stream->shards[listing->from]->id, after) != 0) {
            listing->from++;
        }
        listing->from++;
        if (listing->from > listing->stream->shard_count) {
            reply_error(reply, request, 400, "ValidationException", "Invalid ExclusiveStartShardId");
            return false;
        }
    }
    return true;
}

void streams_describe(struct world *world, const struct request *request, const struct fault *fault,
                      struct reply *reply)
{
    struct listing listing = {.fault = fault, .now_ms = world_now_ms(world)};
    mutex_lock(&world->streams.lock);
    const struct stream *stream = find_stream(world, request, reply);
    listing.stream = stream;
    if (stream != NULL && read_listing(world, request, &listing, reply)) {
        reply_print(
            reply,
            "{\"StreamDescription\":{\"StreamArn\":\"%s\",\"StreamLabel\":\"%s\",\"StreamStatus\":\"%s\","
            "\"StreamViewType\":\"%s\",\"CreationRequestDateTime\":%lld.%03lld,\"TableName\":\"%s\","
            "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],\"Shards\":[",
            stream->arn, stream->label, stream->disabled ? "DISABLED" : "ENABLED", stream->shape.view,
            (long long)stream->created_ms / 1000, (long long)stream->created_ms % 1000, stream->shape.table);
        const struct shard *last = show_page(reply, &listing);
        reply_text(reply, "]");
        if (last != NULL) {
            reply_print(reply, ",\"LastEvaluatedShardId\":\"%s\"", last->id);
        }
        reply_text(reply, "}}");
    }
    mutex_unlock(&world->streams.lock);
}

/* The first record with a number at least `number` (above it when `after`), by halving. */
static uint64_t position_of(const struct shard *shard, struct slice number, bool after)
{
    uint64_t low = 0, high = shard->records;
    char text[SEQUENCE_BYTES];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        size_t length = sequence_format(&shard->sequence, middle, text);
        int order = sequence_compare(slice_of(text, length), number);
        if (order < 0 || (after && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
    }
    return text.length >= 21 && text.length <= 40;
}

/* Reads ShardIteratorType and SequenceNumber into a position; false with the error given. */
static bool read_position(const struct request *request, const struct shard *shard, int64_t now_ms,
                          uint64_t *ret_position, struct reply *reply)
{
    const char *type = tree_text(request->tree, "ShardIteratorType");
    struct slice number = slice_of_text(tree_text(request->tree, "SequenceNumber"));
    bool at = type != NULL && strcmp(type, "AT_SEQUENCE_NUMBER") == 0;
    bool after = type != NULL && strcmp(type, "AFTER_SEQUENCE_NUMBER") == 0;
    if (at || after) {
        char start[SEQUENCE_BYTES];
        size_t length = sequence_format(&shard->sequence, UINT64_MAX, start);
        if (!is_digits(number) || sequence_compare(number, slice_of(start, length)) < 0) {
            reply_error(reply, request, 400, "ValidationException",
                        "Invalid SequenceNumber: it does not belong to the shard");
            return false;
        }
        *ret_position = position_of(shard, number, after);
        if (*ret_position < shard->trimmed) {
            reply_error(reply, request, 400, "TrimmedDataAccessException",
                        "The operation attempted to read past the oldest stream record in a shard.");
            return false;
        }
        return true;
    }
    if (type != NULL && strcmp(type, "TRIM_HORIZON") == 0) {
        *ret_position = shard->trimmed;
    } else if (type != NULL && strcmp(type, "LATEST") == 0) {
        *ret_position = shard_available(shard, now_ms);
    } else {
        reply_error(
            reply, request, 400, "ValidationException",
            "1 validation error detected: Value '%.60s' at 'shardIteratorType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, "
            "TRIM_HORIZON]",
            type == NULL ? "null" : type);
        return false;
    }
    return true;
}

void streams_get_shard_iterator(struct world *world, const struct request *request, const struct fault *fault,
                                struct reply *reply)
{
    struct iterator iterator = {.issued_ms = world_now_ms(world)};
    char text[ITERATOR_BYTES];
    const char *shard_id = tree_text(request->tree, "ShardId");
    (void)fault;
    mutex_lock(&world->streams.lock);
    struct stream *stream = find_stream(world, request, reply);
    struct shard *shard =
        stream == NULL || shard_id == NULL ? NULL : stream_shard(stream, slice_of_text(shard_id));
    if (stream != NULL && (shard == NULL || shard->removed || shard->open_ms == NEVER)) {
        reply_error(reply, request, 400, "ResourceNotFoundException",
                    "Requested resource not found: Shard does not exist");
    } else if (stream != NULL &&
               read_position(request, shard, iterator.issued_ms, &iterator.position, reply)) {
        memcpy(iterator.arn, stream->arn, sizeof iterator.arn);
        memcpy(iterator.shard, shard->id, sizeof iterator.shard);
        reply->failed = !iterator_format(&iterator, text);
        reply_print(reply, "{\"ShardIterator\":\"%s\"}", text);
    }
    mutex_unlock(&world->streams.lock);
}
