/* GetItem and Scan. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/dynamodb_api.h"
#include "tests/support/faultd/expression.h"
#include "tests/support/faultd/tree.h"

enum { SCAN_PAGE_BYTES = 1024 * 1024 };

static void refuse(struct reply *reply, const struct request *request, const char *message)
{
    reply_error(reply, request, 400, "ValidationException", "%s", message);
}

/* A copy of the item, projected when the request says so; NULL with a message. */
static cJSON *show_item(const struct request *request, struct expression_names *names, const cJSON *item,
                        char *message)
{
    const char *projection = tree_text(request->tree, "ProjectionExpression");
    return projection == NULL ? cJSON_Duplicate(item, true)
                              : expression_project(projection, names, item, message);
}

void dynamodb_get_item(struct world *world, const struct request *request, const struct fault *fault,
                       struct reply *reply)
{
    char message[VALUE_MESSAGE_BYTES] = "out of memory";
    struct expression_names names;
    bool found = false;
    cJSON *key_tree = cJSON_GetObjectItemCaseSensitive(request->tree, "Key");
    (void)fault;
    mutex_lock(&world->tables.lock);
    const struct table *table = dynamodb_table(world, request, reply);
    if (table != NULL) {
        char *key = NULL;
        cJSON *tree = cJSON_CreateObject();
        bool right =
            value_check_map(key_tree, message) && expression_names_read(request->tree, &names, message);
        key = right ? row_key(table, key_tree, true, message) : NULL;
        right = key != NULL;
        size_t place = right ? table_seek(table, key, &found) : 0;
        if (found) {
            cJSON *item = show_item(request, &names, table->rows[place].item, message);
            right = tree_attach(tree, "Item", item) != NULL &&
                    expression_names_all_used(
                        &names, tree_text(request->tree, "ProjectionExpression") != NULL, message);
        }
        free(key);
        if (right) {
            reply_tree(reply, tree);
        } else {
            cJSON_Delete(tree);
            refuse(reply, request, message);
        }
    }
    mutex_unlock(&world->tables.lock);
}

/* One Scan call. */
struct scan {
    const struct request *request;
    struct table *table;
    struct expression_names names;
    const char *filter; /* or NULL */
    int64_t limit;
    size_t at; /* the next row */
    uint64_t scanned, matched;
    char message[VALUE_MESSAGE_BYTES];
};

static bool open_scan(const struct world *world, struct scan *scan)
{
    cJSON *start = cJSON_GetObjectItemCaseSensitive(scan->request->tree, "ExclusiveStartKey");
    int64_t page = atomic_load(&world->settings.scan_page);
    const cJSON *limit = cJSON_GetObjectItemCaseSensitive(scan->request->tree, "Limit");
    bool found = false;
    scan->filter = tree_text(scan->request->tree, "FilterExpression");
    scan->limit = tree_integer(scan->request->tree, "Limit", INT64_MAX);
    if (limit != NULL && scan->limit < 1) {
        snprintf(scan->message, sizeof scan->message,
                 "1 validation error detected: Value '%lld' at 'limit' failed to satisfy constraint: Member "
                 "must have "
                 "value greater than or equal to 1",
                 (long long)scan->limit);
        return false;
    }
    scan->limit = page > 0 && page < scan->limit ? page : scan->limit;
    if (!expression_names_read(scan->request->tree, &scan->names, scan->message)) {
        return false;
    }
    if (start != NULL) {
        char *key =
            value_check_map(start, scan->message) ? row_key(scan->table, start, true, scan->message) : NULL;
        if (key == NULL) {
            snprintf(scan->message, sizeof scan->message, "The provided starting key is invalid");
            return false;
        }
        scan->at = table_seek(scan->table, key, &found);
        scan->at += found;
        free(key);
    }
    return true;
}

static bool show_page(struct scan *scan, cJSON *items)
{
    size_t bytes = 0;
    bool wants_count = tree_text(scan->request->tree, "Select") != NULL &&
                       strcmp(tree_text(scan->request->tree, "Select"), "COUNT") == 0;
    for (; scan->at < scan->table->count && (int64_t)scan->scanned < scan->limit;
         scan->at++, scan->scanned++) {
        const cJSON *item = scan->table->rows[scan->at].item;
        bool holds = true;
        bytes += value_bytes(item);
        if (bytes > SCAN_PAGE_BYTES && scan->scanned > 0) {
            break;
        }
        if (scan->filter != NULL && !expression_condition("FilterExpression", scan->filter, &scan->names,
                                                          item, &holds, scan->message)) {
            return false;
        }
        if (holds) {
            cJSON *shown = wants_count ? NULL : show_item(scan->request, &scan->names, item, scan->message);
            if (!wants_count && tree_append(items, shown) == NULL) {
                return false;
            }
            scan->matched++;
        }
    }
    return true;
}

/* An empty page in the middle of a table: AWS gives them, mostly because of filters. Its LastEvaluatedKey is
 * the key that the page began behind, or one that sorts before all. */
static cJSON *empty_page_key(const struct scan *scan)
{
    if (scan->at > 0) {
        return table_key_of(scan->table, scan->table->rows[scan->at - 1].item);
    }
    cJSON *key = cJSON_CreateObject();
    const struct table_key *parts[] = {&scan->table->hash, &scan->table->range};
    for (size_t i = 0; i < 2; i++) {
        if (parts[i]->name[0] != '\0') {
            cJSON *value = tree_attach(key, parts[i]->name, cJSON_CreateObject());
            tree_add_text(value, parts[i]->type,
                          parts[i]->type[0] == 'S'   ? " "
                          : parts[i]->type[0] == 'N' ? "0"
                                                     : "AA==");
        }
    }
    return key;
}

static void reply_page(struct scan *scan, struct reply *reply, bool empty)
{
    cJSON *tree = cJSON_CreateObject();
    cJSON *items = tree_attach(tree, "Items", cJSON_CreateArray());
    bool any = scan->filter != NULL || tree_text(scan->request->tree, "ProjectionExpression") != NULL;
    bool whole = empty || show_page(scan, items);
    if (whole && scan->scanned > 0 && !expression_names_all_used(&scan->names, any, scan->message)) {
        whole = false;
    }
    if (!whole) {
        cJSON_Delete(tree);
        refuse(reply, scan->request, scan->message);
        return;
    }
    if (empty) {
        tree_attach(tree, "LastEvaluatedKey", empty_page_key(scan));
    } else if (scan->at < scan->table->count ||
               (scan->limit != INT64_MAX && (int64_t)scan->scanned == scan->limit && scan->at > 0)) {
        tree_attach(tree, "LastEvaluatedKey",
                    table_key_of(scan->table, scan->table->rows[scan->at - 1].item));
    }
    tree_add_integer(tree, "Count", scan->matched);
    tree_add_integer(tree, "ScannedCount", scan->scanned);
    reply_tree(reply, tree);
}

void dynamodb_scan(struct world *world, const struct request *request, const struct fault *fault,
                   struct reply *reply)
{
    struct scan scan = {.request = request};
    int64_t every = atomic_load(&world->settings.scan_empty_every);
    mutex_lock(&world->tables.lock);
    scan.table = dynamodb_table(world, request, reply);
    if (scan.table != NULL && !open_scan(world, &scan)) {
        refuse(reply, request, scan.message);
    } else if (scan.table != NULL) {
        scan.table->scans++;
        bool empty =
            fault->action == FAULT_EMPTY_PAGE || (every > 1 && scan.table->scans % (uint64_t)every == 0);
        reply_page(&scan, reply, empty);
    }
    mutex_unlock(&world->tables.lock);
}
