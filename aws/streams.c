#include "aws/streams.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/json.h"

enum {
    REQUEST_CEILING = 8 * 1024,
    MEMBERS_BYTES = 64, /* of GetRecords beside the iterator */
    PAGE_SHARDS = 100,
    DESCRIPTION_CEILING = 1024 * 1024,
    LISTING_PAGES = 10000
};

void stream_description_free(struct stream_description *description)
{
    free(description->shards);
    *description = (struct stream_description){.shards = NULL};
}

static struct status call(struct aws_client *client, const char *operation, const struct bytes *body,
                          size_t reply_ceiling, const struct streams_limits *limits, struct aws_reply *reply)
{
    struct aws_call request = {
        .operation = operation, .body = bytes_slice(body), .reply_ceiling = reply_ceiling};
    if (limits != NULL) {
        request.attempt_timeout_ms = limits->attempt_timeout_ms;
        request.deadline_boot_ms = limits->deadline_boot_ms;
        request.max_attempts = limits->max_attempts;
        request.reply_expected = limits->reply_expected;
        request.buffers = limits->buffers;
        request.cancel = limits->cancel;
    }
    return aws_client_call(client, &request, reply);
}

static struct status parse(const struct aws_reply *reply, const char *operation, cJSON **ret_tree)
{
    struct status status = json_parse(bytes_slice(&reply->http.body), ret_tree);
    return status_prefix(status, "DynamoDB Streams %s", operation);
}

/* `,"name":"text"` with whatever goes before it. */
static struct status append_member(struct bytes *body, const char *before_and_name, struct slice text)
{
    TRY(bytes_append_text(body, before_and_name));
    return json_append_string(body, text);
}

/* ---- DescribeStream ---- */

static struct status write_describe(struct bytes *body, const char *arn, const char *start_after,
                                    const char *children_of)
{
    TRY(append_member(body, "{\"StreamArn\":", slice_of_text(arn)));
    TRY(bytes_append_format(body, ",\"Limit\":%d", PAGE_SHARDS));
    if (start_after != NULL) {
        TRY(append_member(body, ",\"ExclusiveStartShardId\":", slice_of_text(start_after)));
    }
    if (children_of != NULL) {
        TRY(append_member(
            body, ",\"ShardFilter\":{\"Type\":\"CHILD_SHARDS\",\"ShardId\":", slice_of_text(children_of)));
        TRY(bytes_append_text(body, "}"));
    }
    return bytes_append_text(body, "}");
}

/* A text that may be absent, but not too long. */
static bool copy_optional(const cJSON *object, const char *name, char *target, size_t size)
{
    target[0] = '\0';
    return json_text(object, name).at == NULL || json_copy_text(object, name, target, size);
}

static bool read_shard(const cJSON *node, struct stream_shard *ret_shard)
{
    const cJSON *range = json_object(node, "SequenceNumberRange");
    struct slice first = json_text(range, "StartingSequenceNumber");
    struct slice last = json_text(range, "EndingSequenceNumber");
    *ret_shard = (struct stream_shard){.id = ""};
    return json_copy_text(node, "ShardId", ret_shard->id, sizeof ret_shard->id) && ret_shard->id[0] != '\0' &&
           copy_optional(node, "ParentShardId", ret_shard->parent_id, sizeof ret_shard->parent_id) &&
           (first.at == NULL || sequence_number_parse(first, &ret_shard->first)) &&
           (last.at == NULL || sequence_number_parse(last, &ret_shard->last));
}

static struct status read_shards(const cJSON *list, struct stream_description *description)
{
    int count = cJSON_GetArraySize(list);
    if (count <= 0) {
        return status_ok();
    }
    description->shards = calloc((size_t)count, sizeof(struct stream_shard));
    if (description->shards == NULL) {
        return status_no_memory("a list of shards", (size_t)count * sizeof(struct stream_shard));
    }
    const cJSON *node = NULL;
    cJSON_ArrayForEach(node, list)
    {
        if (!read_shard(node, &description->shards[description->shard_count])) {
            return status_make(STATUS_CORRUPT, "DescribeStream: shard %zu of the reply is malformed",
                               description->shard_count);
        }
        description->shard_count++;
    }
    return status_ok();
}

static struct status read_description(const cJSON *tree, struct stream_description *description)
{
    const cJSON *node = json_object(tree, "StreamDescription");
    if (!json_copy_text(node, "StreamArn", description->arn, sizeof description->arn) ||
        !json_copy_text(node, "StreamStatus", description->status, sizeof description->status) ||
        !copy_optional(node, "StreamLabel", description->label, sizeof description->label) ||
        !copy_optional(node, "TableName", description->table, sizeof description->table) ||
        !copy_optional(node, "StreamViewType", description->view_type, sizeof description->view_type) ||
        !copy_optional(node, "LastEvaluatedShardId", description->last_evaluated,
                       sizeof description->last_evaluated)) {
        return status_make(STATUS_CORRUPT, "DescribeStream: the reply lacks a member or has one too long");
    }
    return read_shards(json_array(node, "Shards"), description);
}

struct status streams_describe_page(struct aws_client *client, const char *arn, const char *start_after,
                                    const char *children_of, const struct streams_limits *limits,
                                    struct stream_description *ret_description)
{
    struct stream_description description = {.shards = NULL};
    struct aws_reply reply = {.attempts = 0};
    struct bytes body;
    cJSON *tree = NULL;
    struct status status;
    bytes_init(&body, REQUEST_CEILING);
    TRY_GOTO(status, end, write_describe(&body, arn, start_after, children_of));
    TRY_GOTO(status, end, call(client, "DescribeStream", &body, DESCRIPTION_CEILING, limits, &reply));
    TRY_GOTO(status, end, parse(&reply, "DescribeStream", &tree));
    TRY_GOTO(status, end, read_description(tree, &description));
    stream_description_free(ret_description);
    *ret_description = description;
    description.shards = NULL;
end:
    stream_description_free(&description);
    cJSON_Delete(tree);
    aws_reply_free(&reply);
    bytes_free(&body);
    return status;
}

/* Moves the shards of `page` behind those of `whole`, and takes the rest of the page over. */
static struct status join_page(struct stream_description *whole, struct stream_description *page,
                               size_t ceiling)
{
    size_t count = whole->shard_count + page->shard_count;
    if (count > ceiling) {
        return status_make(STATUS_TOO_LARGE, "DescribeStream: the stream has more than %zu shards", ceiling);
    }
    struct stream_shard *shards = page->shards;
    if (whole->shard_count > 0) {
        shards = realloc(whole->shards, (count > 0 ? count : 1) * sizeof *shards);
        if (shards == NULL) {
            return status_no_memory("a list of shards", count * sizeof *shards);
        }
        if (page->shard_count > 0) {
            memcpy(shards + whole->shard_count, page->shards, page->shard_count * sizeof *shards);
        }
        free(page->shards);
    }
    *whole = *page;
    whole->shards = shards;
    whole->shard_count = count;
    *page = (struct stream_description){.shards = NULL};
    return status_ok();
}

struct status streams_describe(struct aws_client *client, const char *arn, size_t ceiling,
                               const struct streams_limits *limits,
                               struct stream_description *ret_description)
{
    struct stream_description whole = {.shards = NULL};
    struct stream_description page = {.shards = NULL};
    char start_after[STREAMS_SHARD_ID_BYTES] = "";
    struct status status;
    size_t pages = 0;
    do {
        const char *start = start_after[0] == '\0' ? NULL : start_after;
        TRY_GOTO(status, end, streams_describe_page(client, arn, start, NULL, limits, &page));
        if (start != NULL && strcmp(page.last_evaluated, start) == 0) {
            status = status_make(STATUS_CORRUPT, "DescribeStream: the listing stands still at %s", start);
            goto end;
        }
        TRY_GOTO(status, end, join_page(&whole, &page, ceiling));
        memcpy(start_after, whole.last_evaluated, sizeof start_after);
    } while (start_after[0] != '\0' && ++pages < LISTING_PAGES);
    if (start_after[0] != '\0') {
        status = status_make(STATUS_TOO_LARGE, "DescribeStream: more than %d pages", LISTING_PAGES);
        goto end;
    }
    stream_description_free(ret_description);
    *ret_description = whole;
    whole.shards = NULL;
end:
    stream_description_free(&whole);
    stream_description_free(&page);
    return status;
}

/* ---- Iterators and records ---- */

static const char *name_of_type(enum stream_iterator_type type)
{
    switch (type) {
    case STREAM_TRIM_HORIZON:
        return "TRIM_HORIZON";
    case STREAM_LATEST:
        return "LATEST";
    case STREAM_AT_SEQUENCE_NUMBER:
        return "AT_SEQUENCE_NUMBER";
    case STREAM_AFTER_SEQUENCE_NUMBER:
        return "AFTER_SEQUENCE_NUMBER";
    }
    return "";
}

static struct status write_get_iterator(struct bytes *body, const char *arn, const char *shard_id,
                                        enum stream_iterator_type type,
                                        const struct sequence_number *sequence_number)
{
    TRY(append_member(body, "{\"StreamArn\":", slice_of_text(arn)));
    TRY(append_member(body, ",\"ShardId\":", slice_of_text(shard_id)));
    TRY(append_member(body, ",\"ShardIteratorType\":", slice_of_text(name_of_type(type))));
    if (type == STREAM_AT_SEQUENCE_NUMBER || type == STREAM_AFTER_SEQUENCE_NUMBER) {
        TRY(append_member(body, ",\"SequenceNumber\":", sequence_number_slice(sequence_number)));
    }
    return bytes_append_text(body, "}");
}

struct status streams_get_shard_iterator(struct aws_client *client, const char *arn, const char *shard_id,
                                         enum stream_iterator_type type,
                                         const struct sequence_number *sequence_number,
                                         const struct streams_limits *limits, struct bytes *iterator)
{
    struct aws_reply reply = {.attempts = 0};
    struct bytes body;
    cJSON *tree = NULL;
    struct status status;
    bytes_init(&body, REQUEST_CEILING);
    TRY_GOTO(status, end, write_get_iterator(&body, arn, shard_id, type, sequence_number));
    TRY_GOTO(status, end, call(client, "GetShardIterator", &body, 0, limits, &reply));
    TRY_GOTO(status, end, parse(&reply, "GetShardIterator", &tree));
    struct slice text = json_text(tree, "ShardIterator");
    if (text.length == 0) {
        status = status_make(STATUS_CORRUPT, "GetShardIterator: the reply has no iterator");
        goto end;
    }
    bytes_clear(iterator);
    status = bytes_append_slice(iterator, text);
end:
    cJSON_Delete(tree);
    aws_reply_free(&reply);
    bytes_free(&body);
    return status;
}

struct status streams_get_records(struct aws_client *client, struct slice iterator, uint32_t limit,
                                  size_t reply_ceiling, const struct streams_limits *limits,
                                  struct aws_reply *reply)
{
    struct bytes body;
    bytes_init(&body, REQUEST_CEILING);
    struct status status = bytes_reserve(&body, iterator.length + MEMBERS_BYTES);
    if (status.code == STATUS_OK) {
        status = append_member(&body, "{\"ShardIterator\":", iterator);
    }
    if (status.code == STATUS_OK) {
        status = bytes_append_format(&body, ",\"Limit\":%u}", limit);
    }
    if (status.code == STATUS_OK) {
        status = call(client, "GetRecords", &body, reply_ceiling, limits, reply);
    }
    bytes_free(&body);
    return status;
}
