#include "tests/support/faultd/dispatch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "tests/support/faultd/batch.h"
#include "tests/support/faultd/control.h"
#include "tests/support/faultd/dynamodb_api.h"
#include "tests/support/faultd/faults.h"
#include "tests/support/faultd/firehose_api.h"
#include "tests/support/faultd/iterator.h"
#include "tests/support/faultd/kinesis_api.h"
#include "tests/support/faultd/s3_api.h"
#include "tests/support/faultd/signature.h"
#include "tests/support/faultd/streams_api.h"
#include "tests/support/faultd/sts_api.h"
#include "tests/support/faultd/tree.h"
#include "tests/support/faultd/upstream.h"

enum { HOLD_MOST_MS = 10 * 60 * 1000 };

static const struct {
    enum service service;
    const char *name;
    void (*handle)(struct world *world, const struct request *request, const struct fault *fault,
                   struct reply *reply);
} operations[] = {
    {SERVICE_STREAMS, "GetRecords", streams_get_records},
    {SERVICE_FIREHOSE, "PutRecordBatch", firehose_put_record_batch},
    {SERVICE_FIREHOSE, "PutRecord", firehose_put_record},
    {SERVICE_FIREHOSE, "DescribeDeliveryStream", firehose_describe},
    {SERVICE_STREAMS, "GetShardIterator", streams_get_shard_iterator},
    {SERVICE_STREAMS, "DescribeStream", streams_describe},
    {SERVICE_STREAMS, "ListStreams", streams_list},
    {SERVICE_DYNAMODB, "UpdateItem", dynamodb_update_item},
    {SERVICE_DYNAMODB, "GetItem", dynamodb_get_item},
    {SERVICE_DYNAMODB, "PutItem", dynamodb_put_item},
    {SERVICE_DYNAMODB, "DeleteItem", dynamodb_delete_item},
    {SERVICE_DYNAMODB, "Scan", dynamodb_scan},
    {SERVICE_DYNAMODB, "CreateTable", dynamodb_create_table},
    {SERVICE_DYNAMODB, "DescribeTable", dynamodb_describe_table},
    {SERVICE_DYNAMODB, "DeleteTable", dynamodb_delete_table},
    {SERVICE_DYNAMODB, "ListTables", dynamodb_list_tables},
    {SERVICE_KINESIS, "PutRecords", kinesis_put_records},
    {SERVICE_KINESIS, "DescribeStreamSummary", kinesis_describe_summary},
    {SERVICE_S3, "PutObject", s3_put_object},
    {SERVICE_S3, "GetObject", s3_get_object},
    {SERVICE_S3, "DeleteObject", s3_delete_object},
    {SERVICE_S3, "ListObjectsV2", s3_list_objects},
    {SERVICE_STS, "GetCallerIdentity", sts_get_caller_identity},
    {SERVICE_STS, "AssumeRole", sts_assume_role},
    {SERVICE_STS, "AssumeRoleWithWebIdentity", sts_assume_role},
};

static const struct {
    const char *prefix;
    enum service service;
    const char *content_type;
} targets[] = {
    {"DynamoDB_20120810.", SERVICE_DYNAMODB, "application/x-amz-json-1.0"},
    {"DynamoDBStreams_20120810.", SERVICE_STREAMS, "application/x-amz-json-1.0"},
    {"Firehose_20150804.", SERVICE_FIREHOSE, "application/x-amz-json-1.1"},
    {"Kinesis_20131202.", SERVICE_KINESIS, "application/x-amz-json-1.1"},
};

static const char *const signing_names[SERVICE_COUNT] = {"",    "dynamodb", "dynamodb", "firehose",
                                                         "sts", "s3",       "kinesis"};

/* X-Amz-Target for the JSON protocols, a form's Action for STS, the signature's scope for S3. */
static void identify(struct request *request, struct reply *reply)
{
    if (s3_identify(request)) {
        request->service = SERVICE_S3;
        reply->content_type = "application/xml";
        return;
    }
    struct slice target = request_header(request, "x-amz-target");
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        if (slice_starts_with(target, targets[i].prefix)) {
            size_t skip = strlen(targets[i].prefix);
            request->service = targets[i].service;
            reply->content_type = targets[i].content_type;
            reply->checksum = request->service != SERVICE_FIREHOSE && request->service != SERVICE_KINESIS;
            if (!slice_copy_text(slice_of(target.at + skip, target.length - skip), request->operation,
                                 sizeof request->operation)) {
                request->operation[0] = '\0';
            }
            return;
        }
    }
    if (target.length == 0 && sts_read_action(request)) {
        request->service = SERVICE_STS;
        reply->content_type = "text/xml";
    }
}

/* Table, delivery stream, data stream or shard, for rules and statistics. */
static void name_resource(struct request *request)
{
    if (request->service == SERVICE_S3) {
        return;
    }
    if (request->service == SERVICE_FIREHOSE) {
        batch_peek_name(request->body, request->resource, sizeof request->resource);
        return;
    }
    if (request->service == SERVICE_KINESIS) {
        snprintf(request->resource, sizeof request->resource, "%.128s", kinesis_stream_name(request));
        return;
    }
    struct iterator iterator;
    const char *arn = tree_text(request->tree, "StreamArn");
    if (!tree_copy_text(request->tree, "TableName", request->resource, sizeof request->resource) ||
        !tree_copy_text(request->tree, "ShardId", request->shard, sizeof request->shard)) {
        request->resource[0] = '\0';
    }
    if (iterator_parse(slice_of_text(tree_text(request->tree, "ShardIterator")), &iterator)) {
        snprintf(request->shard, sizeof request->shard, "%s", iterator.shard);
        arn = iterator.arn;
    }
    const char *table = arn == NULL ? NULL : strstr(arn, ":table/");
    if (table != NULL) {
        const char *end = strchr(table + 7, '/');
        size_t length = end == NULL ? strlen(table + 7) : (size_t)(end - table - 7);
        if (!slice_copy_text(slice_of(table + 7, length), request->resource, sizeof request->resource)) {
            request->resource[0] = '\0';
        }
    }
}

static bool check_signature(struct world *world, struct request *request, struct reply *reply)
{
    struct signature_refusal refusal = {.code = NULL};
    struct signature_scope scope = {.region = world->region,
                                    .service = signing_names[request->service],
                                    .now_wall_ms = world_now_ms(world)};
    bool unsigned_call = strcmp(request->operation, "AssumeRoleWithWebIdentity") == 0;
    if (!atomic_load(&world->settings.check_signatures) || unsigned_call) {
        return true;
    }
    bool right = signature_check(request, &world->keyring, &scope, &refusal);
    stats_note_signature(&world->stats, right);
    if (!right) {
        reply_error(reply, request, 403, refusal.code, "%s", refusal.message);
    }
    return right;
}

/* The role binds every caller but an operator's key. */
static bool check_role(struct world *world, const struct request *request, struct reply *reply)
{
    struct keyring_key key;
    if (world->role.policy == NULL) {
        return true;
    }
    if (keyring_find(&world->keyring, signature_key_id(request), &key) && key.operator) {
        return true;
    }
    return role_check(&world->role, request, world->region, reply);
}

static void work(struct world *world, const struct request *request, const struct fault *fault,
                 struct reply *reply, struct delivery *delivery)
{
    const char *upstream = upstream_of(world, request->service);
    if (upstream != NULL) {
        delivery->foreign_reply = true;
        upstream_forward(upstream, request, reply);
        return;
    }
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (operations[i].service == request->service &&
            strcmp(operations[i].name, request->operation) == 0) {
            operations[i].handle(world, request, fault, reply);
            if (reply->failed) {
                reply_error(reply, request, 500, "InternalServerError", "the fault server ran out of room");
            }
            return;
        }
    }
    reply_error(reply, request, 400, "UnknownOperationException", "this server does not know the operation");
}

/* A client that left while its call was parked gets no answer. */
static bool hold(struct world *world, const struct fault *fault, int descriptor, struct delivery *delivery)
{
    if (!rules_hold(&world->rules, fault, descriptor, HOLD_MOST_MS)) {
        delivery->drop = true;
        return false;
    }
    return true;
}

static void serve(struct world *world, int descriptor, struct request *request, struct reply *reply,
                  struct delivery *delivery)
{
    struct fault *fault = malloc(sizeof *fault);
    if (fault == NULL) {
        reply_error(reply, request, 500, "InternalServerError", "out of memory");
        return;
    }
    rules_match(&world->rules, request, fault);
    delivery->fault = fault->action == FAULT_NONE ? NULL : fault_action_name(fault->action);
    bool held_before = fault->action == FAULT_HOLD && !fault->after;
    if ((!held_before || hold(world, fault, descriptor, delivery)) &&
        !fault_before(world, request, fault, reply, delivery)) {
        work(world, request, fault, reply, delivery);
        fault_after(request, fault, reply, delivery);
        if (fault->action == FAULT_HOLD && fault->after) {
            hold(world, fault, descriptor, delivery);
        }
    }
    free(fault);
}

static void name_request(struct reply *reply)
{
    struct random random;
    random_init(&random, random_seed_from_system());
    random_hex(&random, reply->request_id, 36);
    reply->request_id[8] = reply->request_id[13] = reply->request_id[18] = reply->request_id[23] = '-';
}

void dispatch(struct world *world, int descriptor, struct request *request, struct reply *reply,
              struct delivery *ret_delivery, int64_t *ret_place)
{
    *ret_delivery = (struct delivery){.cut_at = -1};
    *ret_place = NO_PLACE;
    name_request(reply);
    if (slice_starts_with(request->path, "/_faultd/")) {
        control_handle(world, request, reply);
        return;
    }
    identify(request, reply);
    bool batch = request->service == SERVICE_FIREHOSE && strncmp(request->operation, "PutRecord", 9) == 0;
    bool json = !batch && request->service != SERVICE_STS && request->service != SERVICE_S3;
    request->tree = json ? tree_parse(request->body) : NULL;
    name_resource(request);
    *ret_place = (int64_t)stats_begin(&world->stats, request);
    if (request->service == SERVICE_NONE) {
        reply_error(reply, request, 400, "UnknownOperationException",
                    "no X-Amz-Target that this server knows");
    } else if (check_signature(world, request, reply)) {
        if (json && !cJSON_IsObject(request->tree)) {
            reply_error(reply, request, 400, "SerializationException", "the body is no JSON object");
        } else if (check_role(world, request, reply)) {
            serve(world, descriptor, request, reply, ret_delivery);
        }
    }
    recorder_write(&world->recorder, request, reply, ret_delivery);
    cJSON_Delete(request->tree);
    request->tree = NULL;
}
