/* DynamoDB as leases use it: a row misread or a condition left out lets two workers own one shard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/dynamodb.h"
#include "aws/json.h"
#include "tests/unit/aws/scripted_client.h"

static cJSON *tree_of(const char *text)
{
    cJSON *tree = NULL;
    assert_int_equal(json_parse(slice_of_text(text), &tree).code, STATUS_OK);
    return tree;
}

/* Frees the row. */
static void assert_row(struct dynamodb_row *row, const char *text)
{
    assert_true(slice_equals_text(row->item, text));
    dynamodb_row_free(row);
}

static bool is_none(const struct dynamodb_row *row)
{
    return row->item.at == NULL && row->reply.at == NULL;
}

static void a_table_is_described(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 200,
         .body =
             "{\"Table\":{\"TableName\":\"t\",\"TableStatus\":\"ACTIVE\",\"TableArn\":\"arn\",\"KeySchema\":["
             "{\"AttributeName\":\"r\",\"KeyType\":\"RANGE\"},{\"AttributeName\":\"h\",\"KeyType\":\"HASH\"}]"
             ","
             "\"AttributeDefinitions\":[{\"AttributeName\":\"r\",\"AttributeType\":\"S\"},{\"AttributeName\":"
             "\"h\","
             "\"AttributeType\":\"N\"}],\"LatestStreamArn\":\"s\",\"StreamSpecification\":{\"StreamEnabled\":"
             "true,"
             "\"StreamViewType\":\"KEYS_ONLY\"}}}"},
        {.status = 200,
         .body = "{\"Table\":{\"TableName\":\"t\",\"TableStatus\":\"CREATING\",\"KeySchema\":[{"
                 "\"AttributeName\":\"h\","
                 "\"KeyType\":\"HASH\"}]}}"},
        {.status = 400, .body = "{\"__type\":\"x#ResourceNotFoundException\"}"},
        {.status = 200, .body = "{\"Table\":{\"TableName\":\"t\"}}"},
        {.status = 200, .body = "garbage"},
    };
    struct scripted_client c;
    struct dynamodb_table t;
    scripted_client_start(&c, AWS_DYNAMODB, steps, 5);
    assert_int_equal(dynamodb_describe_table(c.client, "t", NULL, &t).code, STATUS_OK);
    assert_string_equal(c.script.requests[0].body, "{\"TableName\":\"t\"}");
    assert_string_equal(t.status, "ACTIVE");
    assert_string_equal(t.hash_key, "h");
    assert_string_equal(t.hash_key_type, "N");
    assert_string_equal(t.range_key, "r");
    assert_string_equal(t.stream_arn, "s");
    assert_true(t.stream_enabled);
    assert_string_equal(t.stream_view_type, "KEYS_ONLY");
    assert_int_equal(dynamodb_describe_table(c.client, "t", NULL, &t).code, STATUS_OK);
    assert_string_equal(t.status, "CREATING");
    assert_string_equal(t.range_key, "");
    assert_string_equal(t.stream_arn, "");
    assert_false(t.stream_enabled);
    assert_int_equal(dynamodb_describe_table(c.client, "t", NULL, &t).code, STATUS_NOT_FOUND);
    assert_int_equal(dynamodb_describe_table(c.client, "t", NULL, &t).code, STATUS_CORRUPT);
    assert_int_equal(dynamodb_describe_table(c.client, "t", NULL, &t).code, STATUS_CORRUPT);
    assert_string_equal(t.status, "CREATING");
    scripted_client_end(&c);
}

static void a_table_is_made_on_demand_with_one_key(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 200, .body = "{}"}, {.status = 400, .body = "{\"__type\":\"ResourceInUseException\"}"}};
    struct scripted_client c;
    scripted_client_start(&c, AWS_DYNAMODB, steps, 2);
    assert_int_equal(dynamodb_create_table(c.client, "t", "leaseKey", NULL).code, STATUS_OK);
    assert_string_equal(
        c.script.requests[0].body,
        "{\"TableName\":\"t\",\"AttributeDefinitions\":[{\"AttributeName\":\"leaseKey\","
        "\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"leaseKey\",\"KeyType\":\"HASH\"}]"
        ",\"BillingMode\":\"PAY_PER_REQUEST\"}");
    assert_int_equal(dynamodb_create_table(c.client, "t", "leaseKey", NULL).code, STATUS_EXISTS);
    scripted_client_end(&c);
}

/* A proxy's page with a 200 is no table. */
static void a_table_is_made_only_if_the_reply_says_so(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.status = 200, .body = "<html>"},
                                               {.status = 200, .body = "{\"TableDescription\":{}}"}};
    struct scripted_client c;
    scripted_client_start(&c, AWS_DYNAMODB, steps, 2);
    struct status status = dynamodb_create_table(c.client, "t", "leaseKey", NULL);
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_string_equal(status.reason, "DynamoDB CreateTable: the JSON is malformed at byte 0 of 6");
    assert_int_equal(dynamodb_create_table(c.client, "t", "leaseKey", NULL).code, STATUS_OK);
    scripted_client_end(&c);
}

static void an_update_returns_the_new_row_or_the_one_that_was_in_the_way(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 200, .body = "{\"Attributes\":{\"leaseCounter\":{\"N\":\"38\"}}}"},
        {.status = 400,
         .body = "{\"__type\":\"x#ConditionalCheckFailedException\",\"message\":\"no\",\"Item\":{"
                 "\"leaseCounter\":"
                 "{\"N\":\"39\"}}}"},
        {.status = 400, .body = "{\"__type\":\"x#ConditionalCheckFailedException\"}"},
        {.status = 200, .body = "{}"},
        {.status = 500, .body = "{}"},
    };
    struct scripted_client c;
    cJSON *key = tree_of("{\"leaseKey\":{\"S\":\"shardId-1\"}}");
    cJSON *names = tree_of("{\"#c\":\"leaseCounter\"}");
    cJSON *values = tree_of("{\":c\":{\"N\":\"37\"}}");
    const struct dynamodb_row untouched = {.item = slice_of_text("untouched")};
    struct dynamodb_row row = untouched;
    struct dynamodb_write write = {.table = "t",
                                   .key = key,
                                   .update = "ADD #c :one",
                                   .condition = "#c = :c",
                                   .names = names,
                                   .values = values};
    scripted_client_start(&c, AWS_DYNAMODB, steps, 5);
    assert_int_equal(dynamodb_update_item(c.client, &write, NULL, &row).code, STATUS_OK);
    assert_row(&row, "{\"leaseCounter\":{\"N\":\"38\"}}");
    assert_string_equal(
        c.script.requests[0].body,
        "{\"TableName\":\"t\",\"Key\":{\"leaseKey\":{\"S\":\"shardId-1\"}},\"UpdateExpression\":"
        "\"ADD #c :one\",\"ConditionExpression\":\"#c = :c\",\"ExpressionAttributeNames\":{\"#c\":"
        "\"leaseCounter\"},\"ExpressionAttributeValues\":{\":c\":{\"N\":\"37\"}},"
        "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\",\"ReturnValues\":\"ALL_NEW\"}");
    assert_int_equal(dynamodb_update_item(c.client, &write, NULL, &row).code, STATUS_CONDITION);
    assert_row(&row, "{\"leaseCounter\":{\"N\":\"39\"}}");
    row = untouched;
    assert_int_equal(dynamodb_update_item(c.client, &write, NULL, &row).code, STATUS_CONDITION);
    assert_true(is_none(&row));
    row = untouched;
    assert_int_equal(dynamodb_update_item(c.client, &write, NULL, &row).code, STATUS_CORRUPT);
    assert_ptr_equal(row.item.at, untouched.item.at);
    assert_int_equal(dynamodb_update_item(c.client, &write, NULL, &row).code, STATUS_UNAVAILABLE);
    assert_ptr_equal(row.item.at, untouched.item.at);
    cJSON_Delete(key);
    cJSON_Delete(names);
    cJSON_Delete(values);
    scripted_client_end(&c);
}

static void puts_and_deletes_carry_their_condition(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 200, .body = "{}"},
        {.status = 200, .body = "{}"},
        {.status = 400,
         .body = "{\"__type\":\"ConditionalCheckFailedException\",\"Item\":{\"a\":{\"S\":\"b\"}}}"}};
    struct scripted_client c;
    cJSON *item = tree_of("{\"leaseKey\":{\"S\":\"x\"}}");
    struct dynamodb_row row = {.item = slice_of_text("before")};
    struct dynamodb_write put = {.table = "t", .item = item, .condition = "attribute_not_exists(leaseKey)"};
    struct dynamodb_write remove = {.table = "t", .key = item};
    scripted_client_start(&c, AWS_DYNAMODB, steps, 3);
    assert_int_equal(dynamodb_put_item(c.client, &put, NULL, &row).code, STATUS_OK);
    assert_true(is_none(&row));
    assert_string_equal(
        c.script.requests[0].body,
        "{\"TableName\":\"t\",\"Item\":{\"leaseKey\":{\"S\":\"x\"}},\"ConditionExpression\":"
        "\"attribute_not_exists(leaseKey)\",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"}");
    assert_int_equal(dynamodb_delete_item(c.client, &remove, NULL, &row).code, STATUS_OK);
    assert_true(is_none(&row));
    assert_string_equal(c.script.requests[1].body,
                        "{\"TableName\":\"t\",\"Key\":{\"leaseKey\":{\"S\":\"x\"}}}");
    assert_int_equal(dynamodb_put_item(c.client, &put, NULL, &row).code, STATUS_CONDITION);
    assert_row(&row, "{\"a\":{\"S\":\"b\"}}");
    cJSON_Delete(item);
    scripted_client_end(&c);
}

static void reads_are_consistent(void **state)
{
    (void)state;
    static const struct script_step steps[] = {
        {.status = 200, .body = "{\"Item\":{\"a\":{\"S\":\"b\"}}}"},
        {.status = 200, .body = "{}"},
        {.status = 200,
         .body = "{\"Items\":[{\"a\":{\"S\":\"1\"}}, "
                 "{\"a\":{\"S\":\"2\"}}],\"LastEvaluatedKey\":{\"k\":{\"S\":\"1\"}}}"},
        {.status = 200, .body = "{\"Items\":[]}"},
        {.status = 200, .body = "{}"},
        {.status = 200, .body = "{\"Items\":[{\"a\":{\"S\":\"1\"}}"},
    };
    struct scripted_client c;
    cJSON *key = tree_of("{\"k\":{\"S\":\"1\"}}");
    struct dynamodb_row row = {.item = {NULL, 0}};
    struct dynamodb_page page = {.first = false};
    struct slice item;
    scripted_client_start(&c, AWS_DYNAMODB, steps, 6);
    assert_int_equal(dynamodb_get_item(c.client, "t", key, NULL, &row).code, STATUS_OK);
    assert_string_equal(c.script.requests[0].body,
                        "{\"TableName\":\"t\",\"ConsistentRead\":true,\"Key\":{\"k\":{\"S\":\"1\"}}}");
    assert_row(&row, "{\"a\":{\"S\":\"b\"}}");
    assert_int_equal(dynamodb_get_item(c.client, "t", key, NULL, &row).code, STATUS_OK);
    assert_true(is_none(&row));
    assert_int_equal(dynamodb_scan_page(c.client, "t", NULL, &page).code, STATUS_OK);
    assert_string_equal(c.script.requests[2].body, "{\"TableName\":\"t\",\"ConsistentRead\":true}");
    assert_true(dynamodb_page_take(&page, &item));
    assert_true(slice_equals_text(item, "{\"a\":{\"S\":\"1\"}}"));
    assert_true(dynamodb_page_take(&page, &item));
    assert_true(slice_equals_text(item, "{\"a\":{\"S\":\"2\"}}"));
    assert_false(dynamodb_page_take(&page, &item));
    assert_false(dynamodb_page_take(&page, &item));
    assert_int_equal(dynamodb_scan_page(c.client, "t", NULL, &page).code, STATUS_OK);
    assert_string_equal(c.script.requests[3].body, "{\"TableName\":\"t\",\"ConsistentRead\":true,"
                                                   "\"ExclusiveStartKey\":{\"k\":{\"S\":\"1\"}}}");
    assert_false(dynamodb_page_take(&page, &item));
    assert_null(page.next.at);
    /* A reply without a list, or cut off, must never read as a table without rows. */
    struct status status = dynamodb_scan_page(c.client, "t", NULL, &page);
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_string_equal(status.reason, "DynamoDB Scan: the reply has no list of items");
    status = dynamodb_scan_page(c.client, "t", NULL, &page);
    assert_int_equal(status.code, STATUS_CORRUPT);
    assert_string_equal(status.reason, "DynamoDB Scan: the JSON is malformed at byte 25 of 25");
    dynamodb_page_free(&page);
    cJSON_Delete(key);
    scripted_client_end(&c);
}

static void limits_reach_the_transport(void **state)
{
    (void)state;
    static const struct script_step steps[] = {{.status = 500, .body = ""}, {.status = 200, .body = "{}"}};
    struct scripted_client c;
    cJSON *key = tree_of("{\"k\":{\"S\":\"1\"}}");
    struct dynamodb_row row = {.item = {NULL, 0}};
    struct dynamodb_limits limits = {.attempt_timeout_ms = 250, .max_attempts = 2};
    scripted_client_start(&c, AWS_DYNAMODB, steps, 2);
    assert_int_equal(dynamodb_get_item(c.client, "t", key, &limits, &row).code, STATUS_OK);
    assert_int_equal(c.script.used, 2);
    assert_int_equal(c.script.requests[0].timeout_ms, 250);
    limits.deadline_boot_ms = 1;
    assert_int_equal(dynamodb_get_item(c.client, "t", key, &limits, &row).code, STATUS_TIMEOUT);
    cJSON_Delete(key);
    scripted_client_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_described),
        cmocka_unit_test(a_table_is_made_on_demand_with_one_key),
        cmocka_unit_test(a_table_is_made_only_if_the_reply_says_so),
        cmocka_unit_test(an_update_returns_the_new_row_or_the_one_that_was_in_the_way),
        cmocka_unit_test(puts_and_deletes_carry_their_condition),
        cmocka_unit_test(reads_are_consistent),
        cmocka_unit_test(limits_reach_the_transport),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
