/* PutItem, UpdateItem, DeleteItem: one conditional write of one item. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/dynamodb_api.h"
#include "tests/support/faultd/expression.h"
#include "tests/support/faultd/tree.h"

/* A write under way. */
struct write {
    const struct request *request;
    struct reply *reply;
    struct table *table;
    char *key; /* owned until stored */
    const cJSON *old; /* the item before, or NULL */
    size_t place; /* of the old row */
    struct expression_names names;
    const char *returned; /* ReturnValues */
    char message[VALUE_MESSAGE_BYTES];
};

_Static_assert((int)VALUE_MESSAGE_BYTES == (int)EXPRESSION_MESSAGE_BYTES, "one buffer serves both");

static bool refuse(struct write *write, const char *message)
{
    reply_error(write->reply, write->request, 400, "ValidationException", "%s", message);
    return false;
}

static bool read_returned(struct write *write, bool update)
{
    static const char *const values[] = {"NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"};
    const char *text = tree_text(write->request->tree, "ReturnValues");
    write->returned = text == NULL ? "NONE" : text;
    for (size_t i = 0; i < (update ? 5u : 2u); i++) {
        if (strcmp(write->returned, values[i]) == 0) {
            return true;
        }
    }
    return refuse(write, update
                             ? "ReturnValues can only be NONE, ALL_OLD, ALL_NEW, UPDATED_OLD or UPDATED_NEW"
                             : "ReturnValues can only be ALL_OLD or NONE");
}

/* Legacy parameters are not served: saying so beats ignoring a condition. */
static bool refuse_legacy(struct write *write)
{
    static const char *const legacy[] = {"Expected", "AttributeUpdates", "ConditionalOperator"};
    for (size_t i = 0; i < sizeof legacy / sizeof legacy[0]; i++) {
        if (cJSON_GetObjectItemCaseSensitive(write->request->tree, legacy[i]) != NULL) {
            return refuse(write, "this server takes expressions only, not Expected or AttributeUpdates");
        }
    }
    return true;
}

/* Finds the row that `key` names and checks the request's common members. */
static bool open_write(struct world *world, struct write *write, const char *member, bool update)
    REQUIRES(world->tables.lock)
{
    cJSON *key = cJSON_GetObjectItemCaseSensitive(write->request->tree, member);
    bool found = false, is_key = strcmp(member, "Key") == 0;
    write->table = dynamodb_table(world, write->request, write->reply);
    if (write->table == NULL || !read_returned(write, update) || !refuse_legacy(write)) {
        return false;
    }
    if (!cJSON_IsObject(key)) {
        return refuse(write, is_key ? "The provided key element does not match the schema"
                                    : "1 validation error detected: Value null at 'item' failed to satisfy "
                                      "constraint: Member must not be null");
    }
    if (!value_check_map(key, write->message) ||
        !expression_names_read(write->request->tree, &write->names, write->message)) {
        return refuse(write, write->message);
    }
    write->key = row_key(write->table, key, is_key, write->message);
    if (write->key == NULL) {
        return refuse(write, write->message);
    }
    write->place = table_seek(write->table, write->key, &found);
    write->old = found ? write->table->rows[write->place].item : NULL;
    return true;
}

static void close_write(struct write *write)
{
    free(write->key);
}

static void condition_failed(struct write *write)
{
    const char *wanted = tree_text(write->request->tree, "ReturnValuesOnConditionCheckFailure");
    reply_error(write->reply, write->request, 400, "ConditionalCheckFailedException",
                "The conditional request failed");
    if (wanted != NULL && strcmp(wanted, "ALL_OLD") == 0 && write->old != NULL) {
        write->reply->body.length--; /* the closing brace */
        reply_text(write->reply, ",\"Item\":");
        reply_tree(write->reply, cJSON_Duplicate(write->old, true));
        reply_text(write->reply, "}");
    }
}

/* Evaluates the condition, and that every name and value was used by it or by the update before it. The
 * expressions are checked first, then the condition: AWS's order. */
static bool check_condition(struct write *write, bool any_expression)
{
    const char *condition = tree_text(write->request->tree, "ConditionExpression");
    bool holds = true;
    if (condition != NULL && !expression_condition("ConditionExpression", condition, &write->names,
                                                   write->old, &holds, write->message)) {
        return refuse(write, write->message);
    }
    if (!expression_names_all_used(&write->names, any_expression || condition != NULL, write->message)) {
        return refuse(write, write->message);
    }
    if (!holds) {
        condition_failed(write);
    }
    return holds;
}

/* {} or {"Attributes":...}; takes `attributes`. */
static void reply_attributes(struct write *write, cJSON *attributes)
{
    cJSON *tree = cJSON_CreateObject();
    if (attributes != NULL) {
        tree_attach(tree, "Attributes", attributes);
    }
    reply_tree(write->reply, tree);
}

static bool store(struct world *world, struct write *write, cJSON *item)
{
    if (value_bytes(item) > ITEM_BYTES) {
        cJSON_Delete(item);
        return refuse(write, "Item size has exceeded the maximum allowed size");
    }
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(write->request->tree, "ExpressionAttributeValues");
    lease_watch_note(&world->lease_watch, &world->streams, write->old, item, values);
    bool stored = table_store(write->table, write->key, item);
    write->key = NULL;
    if (!stored) {
        reply_error(write->reply, write->request, 500, "InternalServerError", "out of memory");
    }
    return stored;
}

void dynamodb_put_item(struct world *world, const struct request *request, const struct fault *fault,
                       struct reply *reply)
{
    struct write write = {.request = request, .reply = reply};
    (void)fault;
    mutex_lock(&world->tables.lock);
    if (open_write(world, &write, "Item", false) && check_condition(&write, false)) {
        cJSON *item = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(request->tree, "Item"), true);
        bool wants_old = strcmp(write.returned, "ALL_OLD") == 0 && write.old != NULL;
        cJSON *old = wants_old ? cJSON_Duplicate(write.old, true) : NULL;
        if (store(world, &write, item)) {
            reply_attributes(&write, old);
        } else {
            cJSON_Delete(old);
        }
    }
    close_write(&write);
    mutex_unlock(&world->tables.lock);
}

void dynamodb_delete_item(struct world *world, const struct request *request, const struct fault *fault,
                          struct reply *reply)
{
    struct write write = {.request = request, .reply = reply};
    (void)fault;
    mutex_lock(&world->tables.lock);
    if (open_write(world, &write, "Key", false) && check_condition(&write, false)) {
        bool wants_old = strcmp(write.returned, "ALL_OLD") == 0 && write.old != NULL;
        reply_attributes(&write, wants_old ? cJSON_Duplicate(write.old, true) : NULL);
        if (write.old != NULL) {
            table_erase(write.table, write.place);
        }
    }
    close_write(&write);
    mutex_unlock(&world->tables.lock);
}

/* The members of `item` named in `touched`. */
static cJSON *pick(const cJSON *item, const cJSON *touched)
{
    cJSON *result = NULL;
    const cJSON *name = NULL;
    cJSON_ArrayForEach(name, touched)
    {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, name->valuestring);
        if (value != NULL) {
            result = result != NULL ? result : cJSON_CreateObject();
            tree_attach(result, name->valuestring, cJSON_Duplicate(value, true));
        }
    }
    return result;
}

static cJSON *returned_attributes(const struct write *write, const cJSON *item, const cJSON *touched)
{
    bool of_new = strstr(write->returned, "NEW") != NULL;
    const cJSON *source = of_new ? item : write->old;
    if (strcmp(write->returned, "NONE") == 0 || source == NULL) {
        return NULL;
    }
    return strncmp(write->returned, "ALL", 3) == 0 ? cJSON_Duplicate(source, true) : pick(source, touched);
}

static bool key_untouched(struct write *write, const cJSON *touched)
{
    const cJSON *name = NULL;
    cJSON_ArrayForEach(name, touched)
    {
        if (strcmp(name->valuestring, write->table->hash.name) == 0 ||
            strcmp(name->valuestring, write->table->range.name) == 0) {
            reply_error(write->reply, write->request, 400, "ValidationException",
                        "One or more parameter values were invalid: Cannot update attribute %.255s. This "
                        "attribute is "
                        "part of the key",
                        name->valuestring);
            return false;
        }
    }
    return true;
}

/* Evaluates condition and update; on success *ret_item is the new item, owned. */
static bool evaluate_update(struct write *write, cJSON *touched, cJSON **ret_item)
{
    const cJSON *tree = write->request->tree;
    const char *update = tree_text(tree, "UpdateExpression");
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(tree, "Key");
    cJSON *item = cJSON_Duplicate(write->old != NULL ? write->old : key, true);
    char problem[EXPRESSION_MESSAGE_BYTES] = "";
    bool updated = item != NULL;
    if (updated && update != NULL) {
        updated = expression_update(update, &write->names, write->old, item, touched, problem);
    }
    /* A failed condition outranks what the update would have met in the item, but no syntax error. */
    bool syntax = !updated && strncmp(problem, "Invalid UpdateExpression", 24) == 0;
    bool right = !syntax ? check_condition(write, update != NULL) : refuse(write, problem);
    if (right && !updated) {
        right = refuse(write, problem);
    }
    if (!right || !key_untouched(write, touched)) {
        cJSON_Delete(item);
        return false;
    }
    *ret_item = item;
    return true;
}

void dynamodb_update_item(struct world *world, const struct request *request, const struct fault *fault,
                          struct reply *reply)
{
    struct write write = {.request = request, .reply = reply};
    cJSON *touched = cJSON_CreateArray(), *item = NULL;
    (void)fault;
    mutex_lock(&world->tables.lock);
    if (open_write(world, &write, "Key", true) && evaluate_update(&write, touched, &item)) {
        cJSON *returned = returned_attributes(&write, item, touched);
        if (store(world, &write, item)) {
            reply_attributes(&write, returned);
        } else {
            cJSON_Delete(returned);
        }
    }
    close_write(&write);
    mutex_unlock(&world->tables.lock);
    cJSON_Delete(touched);
}
