/* Operations on tables. */
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "tests/support/faultd/dynamodb_api.h"
#include "tests/support/faultd/tree.h"

static void invalid(struct reply *reply, const struct request *request, const char *message)
{
    reply_error(reply, request, 400, "ValidationException", "One or more parameter values were invalid: %s",
                message);
}

static bool name_is_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t length = name == NULL ? 0 : strlen(name);
    return length >= 3 && length <= 255 && strspn(name, allowed) == length;
}

/* The request's TableName, or NULL with the error given. */
static const char *table_name(const struct request *request, struct reply *reply)
{
    const char *name = tree_text(request->tree, "TableName");
    if (!name_is_valid(name)) {
        reply_error(
            reply, request, 400, "ValidationException",
            "1 validation error detected: Value '%.100s' at 'tableName' failed to satisfy constraint: Member "
            "must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ and length of 3 to 255",
            name == NULL ? "null" : name);
        return NULL;
    }
    return name;
}

struct table *dynamodb_table(struct world *world, const struct request *request, struct reply *reply)
{
    const char *name = table_name(request, reply);
    struct table *table = name == NULL ? NULL : table_find(&world->tables, name);
    if (name != NULL && (table == NULL || world_now_ms(world) < table->active_ms)) {
        reply_error(reply, request, 400, "ResourceNotFoundException", "Requested resource not found");
        return NULL;
    }
    return table;
}

static const char *attribute_type(const cJSON *definitions, const char *name)
{
    const cJSON *definition = NULL;
    cJSON_ArrayForEach(definition, definitions)
    {
        const char *defined = tree_text(definition, "AttributeName");
        if (defined != NULL && name != NULL && strcmp(defined, name) == 0) {
            return tree_text(definition, "AttributeType");
        }
    }
    return NULL;
}

/* NULL, or what is wrong with the key schema. */
static const char *read_schema(const cJSON *tree, struct table *table)
{
    const cJSON *definitions = cJSON_GetObjectItemCaseSensitive(tree, "AttributeDefinitions");
    const cJSON *schema = cJSON_GetObjectItemCaseSensitive(tree, "KeySchema");
    int count = cJSON_GetArraySize(schema);
    if (count < 1 || count > 2) {
        return "KeySchema must have one or two elements";
    }
    if (cJSON_GetArraySize(definitions) != count) {
        return "Number of attributes in KeySchema does not exactly match number of attributes defined in "
               "AttributeDefinitions";
    }
    for (int i = 0; i < count; i++) {
        const cJSON *element = cJSON_GetArrayItem(schema, i);
        const char *role = tree_text(element, "KeyType"), *name = tree_text(element, "AttributeName");
        const char *type = attribute_type(definitions, name);
        struct table_key *key = i == 0 ? &table->hash : &table->range;
        if (role == NULL || strcmp(role, i == 0 ? "HASH" : "RANGE") != 0) {
            return "Invalid KeySchema: The first KeySchemaElement is not a HASH key type";
        }
        if (type == NULL || strlen(type) != 1 || strchr("SNB", type[0]) == NULL) {
            return "Some index key attributes are not defined in AttributeDefinitions";
        }
        if (!slice_copy_text(slice_of_text(name), key->name, sizeof key->name)) {
            return "An attribute name is too long";
        }
        memcpy(key->type, type, 2);
    }
    return NULL;
}

static const char *read_billing(const cJSON *tree, struct table *table)
{
    const char *mode = tree_text(tree, "BillingMode");
    const cJSON *units = cJSON_GetObjectItemCaseSensitive(tree, "ProvisionedThroughput");
    bool on_demand = mode != NULL && strcmp(mode, "PAY_PER_REQUEST") == 0;
    if (mode != NULL && !on_demand && strcmp(mode, "PROVISIONED") != 0) {
        return "BillingMode must be PROVISIONED or PAY_PER_REQUEST";
    }
    if (on_demand && units != NULL) {
        return "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
               "PAY_PER_REQUEST";
    }
    table->read_units = tree_integer(units, "ReadCapacityUnits", 0);
    table->write_units = tree_integer(units, "WriteCapacityUnits", 0);
    if (!on_demand && (table->read_units < 1 || table->write_units < 1)) {
        return "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
               "PROVISIONED";
    }
    snprintf(table->billing, sizeof table->billing, "%s", on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
    return NULL;
}

static void add_key(cJSON *schema, cJSON *definitions, const struct table_key *key, const char *role)
{
    if (key->name[0] == '\0') {
        return;
    }
    cJSON *element = tree_append(schema, cJSON_CreateObject());
    tree_add_text(element, "AttributeName", key->name);
    tree_add_text(element, "KeyType", role);
    cJSON *definition = tree_append(definitions, cJSON_CreateObject());
    tree_add_text(definition, "AttributeName", key->name);
    tree_add_text(definition, "AttributeType", key->type);
}

/* The table's newest stream among the generated ones. */
static void add_stream(struct world *world, cJSON *description, const char *name)
{
    mutex_lock(&world->streams.lock);
    const struct stream *stream = stream_find(&world->streams, name);
    if (stream != NULL) {
        tree_add_text(description, "LatestStreamArn", stream->arn);
        tree_add_text(description, "LatestStreamLabel", stream->label);
        if (!stream->disabled) {
            cJSON *specification = tree_attach(description, "StreamSpecification", cJSON_CreateObject());
            tree_add_bool(specification, "StreamEnabled", true);
            tree_add_text(specification, "StreamViewType", stream->shape.view);
        }
    }
    mutex_unlock(&world->streams.lock);
}

static cJSON *describe(struct world *world, const struct table *table, const char *status)
    REQUIRES(world->tables.lock)
{
    char arn[512];
    cJSON *description = cJSON_CreateObject();
    bool active = world_now_ms(world) >= table->active_ms;
    snprintf(arn, sizeof arn, "arn:aws:dynamodb:%s:000000000000:table/%s", world->region, table->name);
    cJSON *definitions = tree_attach(description, "AttributeDefinitions", cJSON_CreateArray());
    cJSON *schema = tree_attach(description, "KeySchema", cJSON_CreateArray());
    add_key(schema, definitions, &table->hash, "HASH");
    add_key(schema, definitions, &table->range, "RANGE");
    tree_add_text(description, "TableName", table->name);
    tree_add_text(description, "TableArn", arn);
    tree_add_text(description, "TableId", table->id);
    tree_add_text(description, "TableStatus", status != NULL ? status : active ? "ACTIVE" : "CREATING");
    tree_add_number(description, "CreationDateTime", (double)table->created_ms / 1000.0);
    tree_add_integer(description, "ItemCount", table->count);
    tree_add_integer(description, "TableSizeBytes", 0);
    cJSON *units = tree_attach(description, "ProvisionedThroughput", cJSON_CreateObject());
    tree_add_integer(units, "ReadCapacityUnits", (uint64_t)table->read_units);
    tree_add_integer(units, "WriteCapacityUnits", (uint64_t)table->write_units);
    if (strcmp(table->billing, "PAY_PER_REQUEST") == 0) {
        cJSON *billing = tree_attach(description, "BillingModeSummary", cJSON_CreateObject());
        tree_add_text(billing, "BillingMode", table->billing);
    }
    add_stream(world, description, table->name);
    return description;
}

static void reply_described(struct reply *reply, const char *name, cJSON *description)
{
    cJSON *tree = cJSON_CreateObject();
    tree_attach(tree, name, description);
    reply_tree(reply, tree);
}

void dynamodb_create_table(struct world *world, const struct request *request, const struct fault *fault,
                           struct reply *reply)
{
    struct table table = {.created_ms = world_now_ms(world)};
    struct random random;
    const char *name = table_name(request, reply);
    (void)fault;
    if (name == NULL) {
        return;
    }
    const char *problem = read_schema(request->tree, &table);
    problem = problem != NULL ? problem : read_billing(request->tree, &table);
    if (problem != NULL) {
        invalid(reply, request, problem);
        return;
    }
    table.active_ms = table.created_ms + atomic_load(&world->settings.table_delay_ms);
    snprintf(table.name, sizeof table.name, "%s", name);
    random_init(&random, random_seed_from_system());
    random_hex(&random, table.id, 36);
    table.id[8] = table.id[13] = table.id[18] = table.id[23] = '-';
    mutex_lock(&world->tables.lock);
    if (table_find(&world->tables, name) != NULL) {
        reply_error(reply, request, 400, "ResourceInUseException", "Table already exists: %s", name);
    } else {
        struct table *added = table_add(&world->tables, &table);
        if (added == NULL) {
            reply_error(reply, request, 400, "LimitExceededException", "Too many tables");
        } else {
            reply_described(reply, "TableDescription", describe(world, added, "CREATING"));
        }
    }
    mutex_unlock(&world->tables.lock);
}

void dynamodb_describe_table(struct world *world, const struct request *request, const struct fault *fault,
                             struct reply *reply)
{
    const char *name = table_name(request, reply);
    (void)fault;
    mutex_lock(&world->tables.lock);
    const struct table *table = name == NULL ? NULL : table_find(&world->tables, name);
    if (table != NULL) {
        reply_described(reply, "Table", describe(world, table, NULL));
    } else if (name != NULL) {
        reply_error(reply, request, 400, "ResourceNotFoundException",
                    "Requested resource not found: Table: %s not found", name);
    }
    mutex_unlock(&world->tables.lock);
}

void dynamodb_delete_table(struct world *world, const struct request *request, const struct fault *fault,
                           struct reply *reply)
{
    (void)fault;
    mutex_lock(&world->tables.lock);
    struct table *table = dynamodb_table(world, request, reply);
    if (table != NULL) {
        reply_described(reply, "TableDescription", describe(world, table, "DELETING"));
        table_remove(&world->tables, table);
    }
    mutex_unlock(&world->tables.lock);
}

void dynamodb_list_tables(struct world *world, const struct request *request, const struct fault *fault,
                          struct reply *reply)
{
    cJSON *tree = cJSON_CreateObject();
    cJSON *names = tree_attach(tree, "TableNames", cJSON_CreateArray());
    (void)fault;
    (void)request;
    mutex_lock(&world->tables.lock);
    for (const struct table *table = world->tables.first; table != NULL; table = table->next) {
        tree_append(names, cJSON_CreateString(table->name));
    }
    mutex_unlock(&world->tables.lock);
    reply_tree(reply, tree);
}
