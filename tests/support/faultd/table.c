#include "tests/support/faultd/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/tree.h"

void tables_init(struct tables *tables)
{
    *tables = (struct tables){.count = 0};
    mutex_init(&tables->lock);
}

static void table_free(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].key);
        cJSON_Delete(table->rows[i].item);
    }
    free(table->rows);
    free(table);
}

void tables_reset(struct tables *tables)
{
    mutex_lock(&tables->lock);
    while (tables->first != NULL) {
        struct table *table = tables->first;
        tables->first = table->next;
        table_free(table);
    }
    tables->count = 0;
    mutex_unlock(&tables->lock);
}

void tables_destroy(struct tables *tables)
{
    tables_reset(tables);
    mutex_destroy(&tables->lock);
}

struct table *table_find(struct tables *tables, const char *name)
{
    struct table *table = tables->first;
    while (table != NULL && strcmp(table->name, name) != 0) {
        table = table->next;
    }
    return table;
}

struct table *table_add(struct tables *tables, const struct table *shape)
{
    struct table *table = tables->count == TABLES ? NULL : malloc(sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    *table = *shape;
    table->next = tables->first;
    tables->first = table;
    tables->count++;
    return table;
}

void table_remove(struct tables *tables, struct table *table)
{
    struct table **link = &tables->first;
    while (*link != table) {
        link = &(*link)->next;
    }
    *link = table->next;
    tables->count--;
    table_free(table);
}

static bool append_key_part(const struct table_key *key, const cJSON *item, bool exact, struct bytes *target,
                            char message[VALUE_MESSAGE_BYTES])
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, key->name);
    const char *type = value_type(value);
    if (value == NULL || type == NULL || strcmp(type, key->type) != 0) {
        if (exact) {
            snprintf(message, VALUE_MESSAGE_BYTES, "The provided key element does not match the schema");
        } else if (value == NULL) {
            snprintf(message, VALUE_MESSAGE_BYTES,
                     "One or more parameter values were invalid: Missing the key %s in the item", key->name);
        } else {
            snprintf(
                message, VALUE_MESSAGE_BYTES,
                "One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s",
                key->name, key->type, type == NULL ? "none" : type);
        }
        return false;
    }
    if (value->child->valuestring[0] == '\0') {
        snprintf(message, VALUE_MESSAGE_BYTES,
                 "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
                 "contain "
                 "an empty %s value. Key: %s",
                 type[0] == 'B' ? "binary" : "string", key->name);
        return false;
    }
    struct status status = bytes_append_text(target, value->child->valuestring);
    if (status_is_ok(&status)) {
        status = bytes_append(target, "\x01", 1);
    }
    if (!status_is_ok(&status)) {
        snprintf(message, VALUE_MESSAGE_BYTES,
                 "One or more parameter values were invalid: Size of hashkey has exceeded "
                 "the maximum size limit of 2048 bytes");
        return false;
    }
    return true;
}

char *row_key(const struct table *table, const cJSON *item, bool exact, char message[VALUE_MESSAGE_BYTES])
{
    struct bytes text;
    const char *terminated = NULL;
    int parts = table->range.name[0] == '\0' ? 1 : 2;
    bytes_init(&text, 4096);
    bool made = append_key_part(&table->hash, item, exact, &text, message) &&
                (parts == 1 || append_key_part(&table->range, item, exact, &text, message));
    if (made && exact && cJSON_GetArraySize(item) != parts) {
        snprintf(message, VALUE_MESSAGE_BYTES, "The provided key element does not match the schema");
        made = false;
    }
    if (made) {
        struct status status = bytes_terminate(&text, &terminated);
        made = status_is_ok(&status);
    }
    if (!made) {
        bytes_free(&text);
        return NULL;
    }
    return text.at;
}

size_t table_seek(const struct table *table, const char *key, bool *ret_found)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(table->rows[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_found = low < table->count && strcmp(table->rows[low].key, key) == 0;
    return low;
}

bool table_store(struct table *table, char *key, cJSON *item)
{
    bool found = false;
    size_t at = table_seek(table, key, &found);
    if (found) {
        cJSON_Delete(table->rows[at].item);
        table->rows[at].item = item;
        free(key);
        return true;
    }
    if (table->count == table->capacity) {
        size_t capacity = table->capacity == 0 ? 64 : table->capacity * 2;
        struct row *grown = realloc(table->rows, capacity * sizeof *grown);
        if (grown == NULL) {
            free(key);
            cJSON_Delete(item);
            return false;
        }
        table->rows = grown;
        table->capacity = capacity;
    }
    memmove(&table->rows[at + 1], &table->rows[at], (table->count - at) * sizeof table->rows[0]);
    table->rows[at] = (struct row){.key = key, .item = item};
    table->count++;
    return true;
}

void table_erase(struct table *table, size_t index)
{
    free(table->rows[index].key);
    cJSON_Delete(table->rows[index].item);
    table->count--;
    memmove(&table->rows[index], &table->rows[index + 1], (table->count - index) * sizeof table->rows[0]);
}

cJSON *table_key_of(const struct table *table, const cJSON *item)
{
    cJSON *key = cJSON_CreateObject();
    const struct table_key *parts[] = {&table->hash, &table->range};
    for (size_t i = 0; i < 2; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, parts[i]->name);
        if (parts[i]->name[0] != '\0' && value != NULL) {
            tree_attach(key, parts[i]->name, cJSON_Duplicate(value, true));
        }
    }
    return key;
}
