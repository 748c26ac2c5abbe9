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
    cJSON *tree; /* of the reply, or NULL */
};

static void exchange_free(struct exchange *exchange)
{
    cJSON_Delete(exchange->tree);
    aws_reply_free(&exchange->reply);
    bytes_free(&exchange->body);
    exchange->tree = NULL;
}

/* Sends the body. */
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
    return aws_client_call(client, &request, &exchange->reply);
}

static struct slice reply_text(const struct exchange *exchange)
{
    return bytes_slice(&exchange->reply.http.body);
}

static struct status parse_reply(struct exchange *exchange, const char *operation)
{
    return status_prefix(json_parse(reply_text(exchange), &exchange->tree), "DynamoDB %s", operation);
}

/* The reply's bytes are the caller's from here on. */
static struct bytes take_reply(struct exchange *exchange)
{
    struct bytes taken = exchange->reply.http.body;
    exchange->reply.http.body = (struct bytes){.at = NULL};
    return taken;
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
    TRY_GOTO(status, end, parse_reply(&exchange, "DescribeTable"));
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
    if (status.code == STATUS_OK) {
        status = parse_reply(&exchange, "CreateTable");
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

void dynamodb_row_free(struct dynamodb_row *row)
{
    bytes_free(&row->reply);
    *row = (struct dynamodb_row){.item = {NULL, 0}};
}

/* Takes the member `name` out of the reply, for the caller; none where it is no object. */
static struct status take_row(struct exchange *exchange, const char *name, struct dynamodb_row *ret_row)
{
    struct slice item;
    const struct slice sought = slice_of_text(name);
    TRY(json_cursor_find(reply_text(exchange), &sought, 1, &item));
    *ret_row = (struct dynamodb_row){.item = {NULL, 0}};
    if (item.at != NULL && item.at[0] == '{') {
        *ret_row = (struct dynamodb_row){.reply = take_reply(exchange), .item = item};
    }
    return status_ok();
}

/* What came with the reply to a write; `status` is that of the call. */
static struct status take_written(struct exchange *exchange, struct status status, bool return_new,
                                  struct dynamodb_row *ret_row)
{
    struct dynamodb_row row = {.item = {NULL, 0}};
    if (status.code == STATUS_CONDITION) {
        struct status taken = take_row(exchange, "Item", &row);
        (void)taken.code; /* a body that is no JSON has no row */
        *ret_row = row;
        return status;
    }
    TRY(status);
    TRY(take_row(exchange, "Attributes", &row));
    if (return_new && row.item.at == NULL) {
        return status_make(STATUS_CORRUPT, "the reply has no row");
    }
    if (!return_new) {
        dynamodb_row_free(&row);
    }
    *ret_row = row;
    return status_ok();
}

static struct status do_write(struct aws_client *client, const char *operation,
                              const struct dynamodb_write *write, const struct dynamodb_limits *limits,
                              bool return_new, struct dynamodb_row *ret_row)
{
    struct exchange exchange = {.tree = NULL};
    struct status status = write_write(&exchange, write, return_new);
    if (status.code == STATUS_OK) {
        status = call(client, operation, ITEM_REPLY_CEILING, limits, &exchange);
        bool answered = status.code == STATUS_OK;
        status = take_written(&exchange, status, return_new, ret_row);
        status = answered ? status_prefix(status, "DynamoDB %s", operation) : status;
    }
    exchange_free(&exchange);
    return status;
}

struct status dynamodb_update_item(struct aws_client *client, const struct dynamodb_write *write,
                                   const struct dynamodb_limits *limits, struct dynamodb_row *ret_row)
{
    return do_write(client, "UpdateItem", write, limits, true, ret_row);
}

struct status dynamodb_put_item(struct aws_client *client, const struct dynamodb_write *write,
                                const struct dynamodb_limits *limits, struct dynamodb_row *ret_row)
{
    return do_write(client, "PutItem", write, limits, false, ret_row);
}

struct status dynamodb_delete_item(struct aws_client *client, const struct dynamodb_write *write,
                                   const struct dynamodb_limits *limits, struct dynamodb_row *ret_row)
{
    return do_write(client, "DeleteItem", write, limits, false, ret_row);
}

/* ---- Reads ---- */

static struct status begin_read(struct exchange *exchange, const char *table)
{
    TRY(begin(exchange, table));
    return bytes_append_text(&exchange->body, ",\"ConsistentRead\":true");
}

static struct status write_get(struct exchange *exchange, const char *table, const cJSON *key)
{
    TRY(begin_read(exchange, table));
    TRY(add_tree(exchange, "Key", key));
    return finish(exchange);
}

struct status dynamodb_get_item(struct aws_client *client, const char *table, const cJSON *key,
                                const struct dynamodb_limits *limits, struct dynamodb_row *ret_row)
{
    struct exchange exchange = {.tree = NULL};
    struct status status = write_get(&exchange, table, key);
    if (status.code == STATUS_OK) {
        status = call(client, "GetItem", ITEM_REPLY_CEILING, limits, &exchange);
    }
    if (status.code == STATUS_OK) {
        status = status_prefix(take_row(&exchange, "Item", ret_row), "DynamoDB GetItem");
    }
    exchange_free(&exchange);
    return status;
}

void dynamodb_page_free(struct dynamodb_page *page)
{
    bytes_free(&page->reply);
    *page = (struct dynamodb_page){.first = false};
}

static struct status write_scan(struct exchange *exchange, const char *table, struct slice start)
{
    TRY(begin_read(exchange, table));
    if (start.at != NULL) {
        TRY(bytes_append_text(&exchange->body, ",\"ExclusiveStartKey\":"));
        TRY(bytes_append(&exchange->body, start.at, start.length));
    }
    return finish(exchange);
}

static struct status take_page(struct exchange *exchange, struct dynamodb_page *page)
{
    const struct slice names[] = {slice_of_text("Items"), slice_of_text("LastEvaluatedKey")};
    struct slice values[2];
    TRY(json_cursor_find(reply_text(exchange), names, 2, values));
    /* A reply without the list must not read as an empty table. */
    if (values[0].at == NULL || values[0].at[0] != '[') {
        return status_make(STATUS_CORRUPT, "the reply has no list of items");
    }
    dynamodb_page_free(page);
    page->reply = take_reply(exchange);
    page->at = json_cursor_of(values[0]);
    page->first = true;
    page->next = values[1].at != NULL && values[1].at[0] == '{' ? values[1] : slice_of(NULL, 0);
    return status_ok();
}

struct status dynamodb_scan_page(struct aws_client *client, const char *table,
                                 const struct dynamodb_limits *limits, struct dynamodb_page *page)
{
    struct exchange exchange = {.tree = NULL};
    struct status status;
    TRY_GOTO(status, end, write_scan(&exchange, table, page->next));
    TRY_GOTO(status, end, call(client, "Scan", PAGE_REPLY_CEILING, limits, &exchange));
    status = status_prefix(take_page(&exchange, page), "DynamoDB Scan");
end:
    exchange_free(&exchange);
    return status;
}

bool dynamodb_page_next(struct dynamodb_page *page)
{
    return page->at.at != NULL && json_cursor_element(&page->at, &page->first) == JSON_STEP_ITEM;
}

bool dynamodb_page_take(struct dynamodb_page *page, struct slice *ret_item)
{
    return dynamodb_page_next(page) && json_cursor_value(&page->at, ret_item);
}
