#include "aws/dynamodb.h"

#include "aws/json.h"

enum {
    REQUEST_CEILING = 1024 * 1024,
    ITEM_REPLY_CEILING = 4 * 1024 * 1024,
    PAGE_REPLY_CEILING = 16 * 1024 * 1024
};

/* What one call of this file holds; zeroed memory is an empty one. */
struct exchange {
    struct bytes body;
    struct aws_reply reply;
    cJSON *tree; /* of the reply */
};

static void exchange_free(struct exchange *exchange)
{
    cJSON_Delete(exchange->tree);
    aws_reply_free(&exchange->reply);
    bytes_free(&exchange->body);
    exchange->tree = NULL;
}

/* Sends the body; the reply's tree is filled on success, and where a refusal has a JSON body. */
static struct status call(struct aws_client *client, const char *operation, size_t reply_ceiling,
                          const struct dynamodb_limits *limits, struct exchange *exchange)
{
    struct aws_call request = {
        .operation = operation, .body = bytes_slice(&exchange->body), .reply_ceiling = reply_ceiling};
    if (limits != NULL) {
        request.attempt_timeout_ms = limits->attempt_timeout_ms;
        request.deadline_boot_ms = limits->deadline_boot_ms;
        request.max_attempts = limits->max_attempts;
        request.cancel = limits->cancel;
        request.urgent = limits->urgent;
    }
    struct status status = aws_client_call(client, &request, &exchange->reply);
    if (status.code != STATUS_OK && status.code != STATUS_CONDITION) {
        return status;
    }
    struct status parsed = json_parse(bytes_slice(&exchange->reply.http.body), &exchange->tree);
    return status.code == STATUS_OK ? status_prefix(parsed, "DynamoDB %s", operation) : status;
}

/* Opens the request with its table. */
static struct status begin(struct exchange *exchange, const char *table)
{
    bytes_init(&exchange->body, REQUEST_CEILING);
    TRY(bytes_append_text(&exchange->body, "{\"TableName\":"));
    return json_append_string(&exchange->body, slice_of_text(table));
}

static struct status add_text(struct exchange *exchange, const char *name, const char *text)
{
    if (text == NULL) {
        return status_ok();
    }
    TRY(bytes_append_format(&exchange->body, ",\"%s\":", name));
    return json_append_string(&exchange->body, slice_of_text(text));
}

static struct status add_tree(struct exchange *exchange, const char *name, const cJSON *tree)
{
    if (tree == NULL) {
        return status_ok();
    }
    TRY(bytes_append_format(&exchange->body, ",\"%s\":", name));
    return json_append_tree(&exchange->body, tree);
}

static struct status finish(struct exchange *exchange)
{
    return bytes_append_text(&exchange->body, "}");
}

/* ---- Tables ---- */

static bool copy_optional(const cJSON *object, const char *name, char *target, size_t size)
{
    target[0] = '\0';
    return json_text(object, name).at == NULL || json_copy_text(object, name, target, size);
}

static bool read_keys(const cJSON *node, struct dynamodb_table *table)
{
    const cJSON *key = NULL;
    cJSON_ArrayForEach(key, json_array(node, "KeySchema"))
    {
        bool hash = slice_equals_text(json_text(key, "KeyType"), "HASH");
        if (!json_copy_text(key, "AttributeName", hash ? table->hash_key : table->range_key,
                            DYNAMODB_NAME_BYTES)) {
            return false;
        }
    }
    const cJSON *attribute = NULL;
    cJSON_ArrayForEach(attribute, json_array(node, "AttributeDefinitions"))
    {
        if (slice_equals_text(json_text(attribute, "AttributeName"), table->hash_key) &&
            !json_copy_text(attribute, "AttributeType", table->hash_key_type, sizeof table->hash_key_type)) {
            return false;
        }
    }
    return table->hash_key[0] != '\0';
}

static bool read_table(const cJSON *node, struct dynamodb_table *table)
{
    const cJSON *stream = json_object(node, "StreamSpecification");
    table->stream_enabled = json_bool(stream, "StreamEnabled");
    return json_copy_text(node, "TableName", table->name, sizeof table->name) &&
           json_copy_text(node, "TableStatus", table->status, sizeof table->status) &&
           copy_optional(node, "TableArn", table->arn, sizeof table->arn) &&
           copy_optional(node, "LatestStreamArn", table->stream_arn, sizeof table->stream_arn) &&
           copy_optional(stream, "StreamViewType", table->stream_view_type, sizeof table->stream_view_type) &&
           read_keys(node, table);
}

struct status dynamodb_describe_table(struct aws_client *client, const char *table,
                                      const struct dynamodb_limits *limits, struct dynamodb_table *ret_table)
{
    struct exchange exchange = {.tree = NULL};
    struct dynamodb_table described = {.name = ""};
    struct status status;
    TRY_GOTO(status, end, begin(&exchange, table));
    TRY_GOTO(status, end, finish(&exchange));
    TRY_GOTO(status, end, call(client, "DescribeTable", 0, limits, &exchange));
    if (!read_table(json_object(exchange.tree, "Table"), &described)) {
        status = status_make(STATUS_CORRUPT,
                             "DynamoDB DescribeTable: the reply lacks a member or has one too long");
        goto end;
    }
    *ret_table = described;
end:
    exchange_free(&exchange);
    return status;
}

static struct status write_create(struct exchange *exchange, const char *table, const char *hash_key)
{
    TRY(begin(exchange, table));
    TRY(bytes_append_text(&exchange->body, ",\"AttributeDefinitions\":[{\"AttributeName\":"));
    TRY(json_append_string(&exchange->body, slice_of_text(hash_key)));
    TRY(bytes_append_text(&exchange->body, ",\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":"));
    TRY(json_append_string(&exchange->body, slice_of_text(hash_key)));
    return bytes_append_text(&exchange->body, ",\"KeyType\":\"HASH\"}],\"BillingMode\":\"PAY_PER_REQUEST\"}");
}

struct status dynamodb_create_table(struct aws_client *client, const char *table, const char *hash_key,
                                    const struct dynamodb_limits *limits)
{
    struct exchange exchange = {.tree = NULL};
    struct status status = write_create(&exchange, table, hash_key);
    if (status.code == STATUS_OK) {
        status = call(client, "CreateTable", 0, limits, &exchange);
    }
    exchange_free(&exchange);
    return status;
}

/* ---- Writes ---- */

static struct status write_write(struct exchange *exchange, const struct dynamodb_write *write,
                                 bool return_new)
{
    TRY(begin(exchange, write->table));
    TRY(add_tree(exchange, "Key", write->key));
    TRY(add_tree(exchange, "Item", write->item));
    TRY(add_text(exchange, "UpdateExpression", write->update));
    TRY(add_text(exchange, "ConditionExpression", write->condition));
    TRY(add_tree(exchange, "ExpressionAttributeNames", write->names));
    TRY(add_tree(exchange, "ExpressionAttributeValues", write->values));
    if (write->condition != NULL) {
        TRY(add_text(exchange, "ReturnValuesOnConditionCheckFailure", "ALL_OLD"));
    }
    if (return_new) {
        TRY(add_text(exchange, "ReturnValues", "ALL_NEW"));
    }
    return finish(exchange);
}

/* Takes an object out of the reply, for the caller; NULL when it is not there. */
static cJSON *detach_object(struct exchange *exchange, const char *name)
{
    return json_object(exchange->tree, name) == NULL
               ? NULL
               : cJSON_DetachItemFromObjectCaseSensitive(exchange->tree, name);
}

static struct status do_write(struct aws_client *client, const char *operation,
                              const struct dynamodb_write *write, const struct dynamodb_limits *limits,
                              bool return_new, cJSON **ret_row)
{
    struct exchange exchange = {.tree = NULL};
    cJSON *row = NULL;
    struct status status = write_write(&exchange, write, return_new);
    if (status.code == STATUS_OK) {
        status = call(client, operation, ITEM_REPLY_CEILING, limits, &exchange);
    }
    if (status.code == STATUS_OK && return_new) {
        row = detach_object(&exchange, "Attributes");
        if (row == NULL) {
            status = status_make(STATUS_CORRUPT, "DynamoDB %s: the reply has no row", operation);
        }
    }
    if (status.code == STATUS_CONDITION) {
        row = detach_object(&exchange, "Item");
    }
    if (status.code == STATUS_OK || status.code == STATUS_CONDITION) {
        *ret_row = row;
    }
    exchange_free(&exchange);
    return status;
}

struct status dynamodb_update_item(struct aws_client *client, const struct dynamodb_write *write,
                                   const struct dynamodb_limits *limits, cJSON **ret_row)
{
    return do_write(client, "UpdateItem", write, limits, true, ret_row);
}

struct status dynamodb_put_item(struct aws_client *client, const struct dynamodb_write *write,
                                const struct dynamodb_limits *limits, cJSON **ret_row)
{
    return do_write(client, "PutItem", write, limits, false, ret_row);
}

struct status dynamodb_delete_item(struct aws_client *client, const struct dynamodb_write *write,
                                   const struct dynamodb_limits *limits, cJSON **ret_row)
{
    return do_write(client, "DeleteItem", write, limits, false, ret_row);
}

/* ---- Reads ---- */

static struct status write_read(struct exchange *exchange, const char *table, const char *name,
                                const cJSON *tree)
{
    TRY(begin(exchange, table));
    TRY(bytes_append_text(&exchange->body, ",\"ConsistentRead\":true"));
    TRY(add_tree(exchange, name, tree));
    return finish(exchange);
}

struct status dynamodb_get_item(struct aws_client *client, const char *table, const cJSON *key,
                                const struct dynamodb_limits *limits, cJSON **ret_item)
{
    struct exchange exchange = {.tree = NULL};
    struct status status = write_read(&exchange, table, "Key", key);
    if (status.code == STATUS_OK) {
        status = call(client, "GetItem", ITEM_REPLY_CEILING, limits, &exchange);
    }
    if (status.code == STATUS_OK) {
        *ret_item = detach_object(&exchange, "Item");
    }
    exchange_free(&exchange);
    return status;
}

struct status dynamodb_scan_page(struct aws_client *client, const char *table, const cJSON *start,
                                 const struct dynamodb_limits *limits, cJSON **ret_items, cJSON **ret_next)
{
    struct exchange exchange = {.tree = NULL};
    struct status status;
    TRY_GOTO(status, end, write_read(&exchange, table, "ExclusiveStartKey", start));
    TRY_GOTO(status, end, call(client, "Scan", PAGE_REPLY_CEILING, limits, &exchange));
    /* A reply without the list must not read as an empty table. */
    if (json_array(exchange.tree, "Items") == NULL) {
        status = status_make(STATUS_CORRUPT, "DynamoDB Scan: the reply has no list of items");
        goto end;
    }
    *ret_items = cJSON_DetachItemFromObjectCaseSensitive(exchange.tree, "Items");
    *ret_next = detach_object(&exchange, "LastEvaluatedKey");
end:
    exchange_free(&exchange);
    return status;
}
