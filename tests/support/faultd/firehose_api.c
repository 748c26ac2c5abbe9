#include "tests/support/faultd/firehose_api.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "tests/support/faultd/base64.h"
#include "tests/support/faultd/batch.h"
#include "tests/support/faultd/tracker.h"
#include "tests/support/faultd/tree.h"

enum { RECORD_ID_BYTES = 192 }; /* about as long as AWS's */

/* One put under way. */
struct put {
    struct batch batch;
    bool failed[BATCH_RECORDS];
    size_t failed_count;
    struct bytes data; /* the accepted records, decoded, one behind the other */
    size_t offsets[BATCH_RECORDS + 1];
    size_t accepted;
};

static bool refuse(struct reply *reply, const struct request *request, const char *message)
{
    reply_error(reply, request, 400, "ValidationException", "1 validation error detected: Value at %s",
                message);
    return false;
}

static bool check_size(const struct batch *batch, const struct request *request, struct reply *reply)
{
    char message[160];
    if (batch->name[0] == '\0') {
        return refuse(reply, request,
                      "'deliveryStreamName' failed to satisfy constraint: Member must not be null");
    }
    if (batch->count == 0 || batch->count > BATCH_RECORDS) {
        snprintf(message, sizeof message,
                 "'records' failed to satisfy constraint: Member must have length %s than or equal to %d",
                 batch->count == 0 ? "greater" : "less", batch->count == 0 ? 1 : BATCH_RECORDS);
        return refuse(reply, request, message);
    }
    for (size_t i = 0; i < batch->count; i++) {
        if (base64_decoded_length(batch->records[i]) > BATCH_RECORD_BYTES) {
            snprintf(message, sizeof message,
                     "'records.%zu.member.data' failed to satisfy constraint: Member must have length less "
                     "than or "
                     "equal to %d",
                     i + 1, BATCH_RECORD_BYTES);
            return refuse(reply, request, message);
        }
    }
    if (batch->encoded_bytes > BATCH_BYTES) {
        reply_error(reply, request, 400, "InvalidArgumentException", "Records size exceeds 4 MB limit");
        return false;
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
    for (size_t i = 0; i < put->batch.count; i++) {
        bool fails = fault->index_count == 0 && random_unit(&random) < fault->fraction;
        for (size_t j = 0; j < fault->index_count; j++) {
            fails = fails || fault->indices[j] == i;
        }
        put->failed[i] = fails;
        put->failed_count += fails;
    }
    if (put->failed_count == 0 && fault->index_count == 0 && fault->fraction > 0) {
        put->failed[random_below(&random, put->batch.count)] = true;
        put->failed_count = 1;
    }
}

static bool decode(struct put *put, const struct request *request, struct reply *reply)
{
    struct status status = bytes_reserve(&put->data, put->batch.encoded_bytes / 4 * 3);
    if (!status_is_ok(&status)) {
        reply_error(reply, request, 503, "ServiceUnavailableException", "out of memory");
        return false;
    }
    for (size_t i = 0; i < put->batch.count; i++) {
        if (put->failed[i] ? !base64_is_valid(put->batch.records[i])
                           : !base64_decode(put->batch.records[i], &put->data)) {
            reply_error(reply, request, 400, "SerializationException", "Record %zu is not valid base64", i);
            return false;
        }
        if (!put->failed[i]) {
            put->offsets[++put->accepted] = put->data.length;
        }
    }
    return true;
}

/* Hands the accepted records to the delivery stream and the tracker; false when there is no such stream. */
static bool accept(struct world *world, struct put *put, const struct request *request, struct reply *reply)
{
    int64_t now_ms = world_now_ms(world);
    mutex_lock(&world->hoses.lock);
    struct hose *hose = hose_find(&world->hoses, put->batch.name);
    if (hose != NULL) {
        hose_accept(&world->hoses, hose, bytes_slice(&put->data), put->offsets, put->accepted, now_ms);
    }
    mutex_unlock(&world->hoses.lock);
    if (hose == NULL) {
        reply_error(reply, request, 400, "ResourceNotFoundException",
                    "Firehose %s under account 000000000000 not found.", put->batch.name);
        return false;
    }
    mutex_lock(&world->streams.lock);
    uint64_t lines = tracker_mark(&world->streams, bytes_slice(&put->data), now_ms);
    mutex_unlock(&world->streams.lock);
    stats_note_records(&world->stats, 0, put->accepted, lines);
    return true;
}

static void reply_record_id(struct reply *reply, uint64_t number)
{
    static const char filler[] =
        "k7Jx0vQmA1Zr8Yd3Tn5Uo2Wb9Ce4Hf6GiLpSxKqMjNaBtVcDzEyFwPhRgIlOuXs7Jx0vQmA1Zr8Yd3Tn5Uo2Wb9Ce4Hf6GiLpSxK"
        "qMjNa"
        "BtVcDzEyFwPhRgIlOuXs7Jx0vQmA1Zr8Yd3Tn5Uo2Wb9Ce4Hf6GiLpSxKqMjNaBtVcDzEyFwPhRgIlOuXs";
    char id[32];
    int length = snprintf(id, sizeof id, "{\"RecordId\":\"%016llx", (unsigned long long)number);
    reply_slice(reply, slice_of(id, (size_t)length));
    reply_slice(reply, slice_of(filler, RECORD_ID_BYTES - 16 < sizeof filler - 1 ? RECORD_ID_BYTES - 16
                                                                                 : sizeof filler - 1));
    reply_text(reply, "\"}");
}

static void reply_responses(const struct put *put, const struct fault *fault, uint64_t nonce,
                            struct reply *reply)
{
    const char *code = fault->code[0] != '\0' ? fault->code : "ServiceUnavailableException";
    const char *message = fault->message[0] != '\0' ? fault->message : "Slow down.";
    int64_t count = (int64_t)put->batch.count;
    if (fault->action == FAULT_WRONG_LENGTH) {
        count += fault->length_delta;
    }
    reply_print(reply, "{\"FailedPutCount\":%zu,\"Encrypted\":false,\"RequestResponses\":[",
                put->failed_count);
    for (int64_t i = 0; i < count; i++) {
        reply_text(reply, i == 0 ? "" : ",");
        if (i < BATCH_RECORDS && put->failed[i]) {
            reply_print(reply, "{\"ErrorCode\":\"%s\",\"ErrorMessage\":\"%s\"}", code, message);
        } else {
            reply_record_id(reply, nonce + (uint64_t)i);
        }
    }
    reply_text(reply, "]}");
}

static void put_records(struct world *world, const struct request *request, const struct fault *fault,
                        struct reply *reply, bool single)
{
    struct put *put = calloc(1, sizeof *put);
    if (put == NULL) {
        reply_error(reply, request, 503, "ServiceUnavailableException", "out of memory");
        return;
    }
    bytes_init(&put->data, REQUEST_BODY_BYTES);
    if (!batch_read(request->body, single, &put->batch)) {
        reply_error(reply, request, 400, "SerializationException",
                    "The request is not of the operation's shape");
    } else if (check_size(&put->batch, request, reply)) {
        choose_failed(put, fault);
        if (decode(put, request, reply) && accept(world, put, request, reply)) {
            uint64_t number = atomic_fetch_add(&world->record_numbers, BATCH_RECORDS);
            if (single) {
                reply_print(reply, "{\"RecordId\":\"%016llx\",\"Encrypted\":false}",
                            (unsigned long long)number);
            } else {
                reply_responses(put, fault, number, reply);
            }
        }
    }
    batch_free(&put->batch);
    bytes_free(&put->data);
    free(put);
}

void firehose_put_record_batch(struct world *world, const struct request *request, const struct fault *fault,
                               struct reply *reply)
{
    put_records(world, request, fault, reply, false);
}

void firehose_put_record(struct world *world, const struct request *request, const struct fault *fault,
                         struct reply *reply)
{
    struct fault none = {.action = FAULT_NONE};
    (void)fault; /* a single record cannot fail in part */
    put_records(world, request, &none, reply, true);
}

void firehose_describe(struct world *world, const struct request *request, const struct fault *fault,
                       struct reply *reply)
{
    const char *name = tree_text(request->tree, "DeliveryStreamName");
    (void)fault;
    mutex_lock(&world->hoses.lock);
    const struct hose *hose = name == NULL ? NULL : hose_find(&world->hoses, name);
    if (hose == NULL) {
        reply_error(reply, request, 400, "ResourceNotFoundException",
                    "Firehose %.64s under account 000000000000 not found.", name == NULL ? "" : name);
    } else {
        reply_print(
            reply,
            "{\"DeliveryStreamDescription\":{\"DeliveryStreamName\":\"%s\",\"DeliveryStreamARN\":\"%s\","
            "\"DeliveryStreamStatus\":\"ACTIVE\",\"DeliveryStreamType\":\"DirectPut\",\"VersionId\":\"1\","
            "\"CreateTimestamp\":%lld.%03lld,\"Destinations\":[],\"HasMoreDestinations\":false}}",
            hose->name, hose->arn, (long long)hose->created_ms / 1000, (long long)hose->created_ms % 1000);
    }
    mutex_unlock(&world->hoses.lock);
}
