#include "tests/support/faultd/kinesis_api.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "tests/support/faultd/base64.h"
#include "tests/support/faultd/tracker.h"
#include "tests/support/faultd/tree.h"

enum {
    PUT_RECORDS = 500,
    PUT_BYTES = 10 * 1024 * 1024, /* data, decoded, and partition keys */
    PUT_KEY_CHARACTERS = 256,
    KIB = 1024,
};

/* One PutRecords under way; texts are borrowed from the request's tree. */
struct put {
    struct slice data[PUT_RECORDS]; /* base64 */
    const char *keys[PUT_RECORDS];
    size_t count;
    bool failed[PUT_RECORDS];
    size_t failed_count;
    size_t bytes; /* of the accepted, decoded */
    uint64_t repeated_keys;
    uint16_t sequence[PUT_RECORDS]; /* the order in which the accepted are stored: PutRecords promises none */
    struct bytes lines; /* the accepted in that order */
};

const char *kinesis_stream_name(const struct request *request)
{
    const char *name = tree_text(request->tree, "StreamName");
    const char *arn = tree_text(request->tree, "StreamARN");
    const char *slash = arn == NULL ? NULL : strrchr(arn, '/');
    return name != NULL ? name : slash != NULL ? slash + 1 : "";
}

static bool refuse(struct reply *reply, const struct request *request, const char *code, const char *message)
{
    reply_error(reply, request, 400, code, "%s", message);
    return false;
}

static bool read_record(struct put *put, const cJSON *record, struct reply *reply,
                        const struct request *request)
{
    const char *data = tree_text(record, "Data");
    const char *key = tree_text(record, "PartitionKey");
    if (data == NULL || key == NULL || key[0] == '\0' || strlen(key) > PUT_KEY_CHARACTERS) {
        return refuse(
            reply, request, "ValidationException",
            "1 validation error detected: Value at 'records.1.member.partitionKey' failed to satisfy "
            "constraint: Member must have length less than or equal to 256");
    }
    for (size_t i = 0; i < put->count; i++) {
        if (strcmp(put->keys[i], key) == 0) {
            put->repeated_keys++;
            break;
        }
    }
    put->data[put->count] = slice_of_text(data);
    put->keys[put->count++] = key;
    return true;
}

static bool read_put(struct put *put, const struct request *request, struct reply *reply)
{
    const cJSON *records = cJSON_GetObjectItemCaseSensitive(request->tree, "Records");
    const cJSON *record = NULL;
    int count = cJSON_IsArray(records) ? cJSON_GetArraySize(records) : 0;
    if (count < 1 || count > PUT_RECORDS) {
        return refuse(
            reply, request, "ValidationException",
            "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have "
            "length between 1 and 500");
    }
    cJSON_ArrayForEach(record, records)
    {
        if (!read_record(put, record, reply, request)) {
            return false;
        }
    }
    return true;
}

static bool check_sizes(const struct put *put, const struct data_stream *stream,
                        const struct request *request, struct reply *reply)
{
    size_t total = 0;
    for (size_t i = 0; i < put->count; i++) {
        size_t bytes = base64_decoded_length(put->data[i]) + strlen(put->keys[i]);
        total += bytes;
        if (bytes > (size_t)stream->record_kib * KIB) {
            return refuse(reply, request, "InvalidArgumentException",
                          "A record is larger than the stream's maximum record size");
        }
        if (!base64_is_valid(put->data[i])) {
            return refuse(reply, request, "SerializationException", "A record's Data is not valid base64");
        }
    }
    if (total > PUT_BYTES) {
        return refuse(reply, request, "InvalidArgumentException", "Records size exceeds 10 MB limit");
    }
    return true;
}

/* Which records the fault makes fail: those named, or a seeded share, at least one. */
static void choose_failed(struct put *put, const struct fault *fault)
{
    struct random random;
    if (fault->action != FAULT_PARTIAL) {
        return;
    }
    random_init(&random, fault->chance);
    for (size_t i = 0; i < put->count; i++) {
        bool fails = fault->index_count == 0 && random_unit(&random) < fault->fraction;
        for (size_t j = 0; j < fault->index_count; j++) {
            fails = fails || fault->indices[j] == i;
        }
        put->failed[i] = fails;
        put->failed_count += fails;
    }
    if (put->failed_count == 0 && fault->index_count == 0 && fault->fraction > 0) {
        put->failed[random_below(&random, put->count)] = true;
        put->failed_count = 1;
    }
}

/* The accepted records, shuffled by `seed`, decoded one behind the other. */
static bool store(struct put *put, uint64_t seed)
{
    struct random random;
    size_t accepted = 0;
    random_init(&random, seed);
    for (size_t i = 0; i < put->count; i++) {
        if (!put->failed[i]) {
            size_t at = random_below(&random, accepted + 1);
            put->sequence[accepted++] = put->sequence[at];
            put->sequence[at] = (uint16_t)i;
        }
    }
    for (size_t i = 0; i < accepted; i++) {
        if (!base64_decode(put->data[put->sequence[i]], &put->lines)) {
            return false;
        }
    }
    put->bytes = put->lines.length;
    return true;
}

static void count_put(struct data_stream *stream, const struct put *put)
{
    stream->records += put->count - put->failed_count;
    stream->failed += put->failed_count;
    stream->bytes += put->bytes;
    stream->repeated_keys += put->repeated_keys;
}

/* False, with an error in the reply, when nothing is accepted. */
static bool accept(struct world *world, struct put *put, const struct request *request,
                   const struct fault *fault, struct reply *reply)
{
    const char *name = kinesis_stream_name(request);
    bool accepted = false;
    mutex_lock(&world->data_streams.lock);
    struct data_stream *stream = data_stream_find(&world->data_streams, name);
    if (stream == NULL) {
        reply_error(reply, request, 400, "ResourceNotFoundException",
                    "Stream %.128s under account 000000000000 not found.", name);
    } else if (check_sizes(put, stream, request, reply)) {
        choose_failed(put, fault);
        accepted = store(put, atomic_fetch_add(&world->record_numbers, PUT_RECORDS));
        if (accepted) {
            count_put(stream, put);
        } else {
            reply_error(reply, request, 500, "InternalFailure", "out of memory");
        }
    }
    mutex_unlock(&world->data_streams.lock);
    return accepted;
}

static void reply_records(const struct put *put, const struct fault *fault, uint64_t nonce,
                          struct reply *reply)
{
    int64_t count = (int64_t)put->count + (fault->action == FAULT_WRONG_LENGTH ? fault->length_delta : 0);
    reply_print(reply, "{\"FailedRecordCount\":%zu,\"Records\":[", put->failed_count);
    for (int64_t i = 0; i < count; i++) {
        const char *code = fault->code[0] != '\0' ? fault->code
                           : i % 2 == 0           ? "ProvisionedThroughputExceededException"
                                                  : "InternalFailure";
        reply_text(reply, i == 0 ? "" : ",");
        if (i < PUT_RECORDS && put->failed[i]) {
            reply_print(reply, "{\"ErrorCode\":\"%s\",\"ErrorMessage\":\"Rate exceeded for shard.\"}", code);
        } else {
            reply_print(reply, "{\"SequenceNumber\":\"4960%052llu\",\"ShardId\":\"shardId-000000000000\"}",
                        (unsigned long long)nonce + (unsigned long long)i);
        }
    }
    reply_text(reply, "]}");
}

void kinesis_put_records(struct world *world, const struct request *request, const struct fault *fault,
                         struct reply *reply)
{
    struct put *put = calloc(1, sizeof *put);
    if (put == NULL) {
        reply_error(reply, request, 500, "InternalFailure", "out of memory");
        return;
    }
    bytes_init(&put->lines, REQUEST_BODY_BYTES);
    if (read_put(put, request, reply) && accept(world, put, request, fault, reply)) {
        mutex_lock(&world->streams.lock);
        uint64_t lines = tracker_mark(&world->streams, bytes_slice(&put->lines), world_now_ms(world));
        mutex_unlock(&world->streams.lock);
        stats_note_records(&world->stats, 0, put->count - put->failed_count, lines);
        reply_records(put, fault, atomic_load(&world->record_numbers), reply);
    }
    bytes_free(&put->lines);
    free(put);
}

void kinesis_describe_summary(struct world *world, const struct request *request, const struct fault *fault,
                              struct reply *reply)
{
    const char *name = kinesis_stream_name(request);
    (void)fault;
    mutex_lock(&world->data_streams.lock);
    const struct data_stream *stream = data_stream_find(&world->data_streams, name);
    if (stream == NULL) {
        reply_error(reply, request, 400, "ResourceNotFoundException",
                    "Stream %.128s under account 000000000000 not found.", name);
    } else {
        reply_print(reply,
                    "{\"StreamDescriptionSummary\":{\"StreamName\":\"%s\",\"StreamARN\":"
                    "\"arn:aws:kinesis:%s:000000000000:stream/%s\",\"StreamStatus\":\"ACTIVE\","
                    "\"RetentionPeriodHours\":24,\"StreamCreationTimestamp\":1700000000,"
                    "\"EnhancedMonitoring\":[{\"ShardLevelMetrics\":[]}],\"OpenShardCount\":%lld,"
                    "\"MaxRecordSizeInKiB\":%lld}}",
                    stream->name, world->region, stream->name, (long long)stream->shards,
                    (long long)stream->record_kib);
    }
    mutex_unlock(&world->data_streams.lock);
}
