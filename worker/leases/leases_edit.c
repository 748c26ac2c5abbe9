#include "worker/leases/leases_edit.h"

#include <stdio.h>
#include <string.h>

#include "aws/json.h"
#include "lease/lease_item.h"
#include "worker/startup_rules.h"

enum { EDIT_DEADLINE_MS = 60000, VALUE_NAME_BYTES = 16, PIECE_BYTES = 96 };

void leases_edit_free(struct leases_edit *edit)
{
    cJSON_Delete(edit->values);
    *edit = (struct leases_edit){.values = NULL};
}

static void append(struct leases_edit *edit, char text[LEASES_EDIT_BYTES], const char *glue,
                   const char *piece)
{
    size_t used = strlen(text);
    int length = snprintf(text + used, LEASES_EDIT_BYTES - used, "%s%s", used > 0 ? glue : "", piece);
    if (length < 0 || (size_t)length >= LEASES_EDIT_BYTES - used) {
        edit->failed = true;
    }
}

/* Takes `value` over; its name in the expression goes to `ret_name`. */
static void add_value(struct leases_edit *edit, cJSON *value, char ret_name[VALUE_NAME_BYTES])
{
    edit->value_count++;
    snprintf(ret_name, VALUE_NAME_BYTES, ":v%u", edit->value_count);
    if (edit->values == NULL) {
        edit->values = cJSON_CreateObject();
    }
    if (value == NULL || edit->values == NULL || !cJSON_AddItemToObject(edit->values, ret_name, value)) {
        cJSON_Delete(value);
        edit->failed = true;
    }
}

static cJSON *typed(const char *type, const char *text)
{
    cJSON *value = cJSON_CreateObject();
    if (value != NULL && cJSON_AddStringToObject(value, type, text) == NULL) {
        cJSON_Delete(value);
        return NULL;
    }
    return value;
}

static cJSON *typed_number(int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    return typed("N", text);
}

static void set_value(struct leases_edit *edit, const char *name, cJSON *value)
{
    char value_name[VALUE_NAME_BYTES];
    char piece[PIECE_BYTES];
    add_value(edit, value, value_name);
    snprintf(piece, sizeof piece, "%s = %s", name, value_name);
    append(edit, edit->set, ", ", piece);
}

void leases_edit_set(struct leases_edit *edit, const char *name, const cJSON *value)
{
    set_value(edit, name, cJSON_Duplicate(value, true));
}

void leases_edit_set_text(struct leases_edit *edit, const char *name, const char *text)
{
    set_value(edit, name, typed("S", text));
}

void leases_edit_set_number(struct leases_edit *edit, const char *name, int64_t number)
{
    set_value(edit, name, typed_number(number));
}

void leases_edit_add_number(struct leases_edit *edit, const char *name, int64_t number)
{
    char value_name[VALUE_NAME_BYTES];
    char piece[PIECE_BYTES];
    add_value(edit, typed_number(number), value_name);
    snprintf(piece, sizeof piece, "%s %s", name, value_name);
    append(edit, edit->add, ", ", piece);
}

void leases_edit_remove(struct leases_edit *edit, const char *name)
{
    append(edit, edit->remove, ", ", name);
}

static void require_value(struct leases_edit *edit, const char *name, cJSON *value)
{
    char value_name[VALUE_NAME_BYTES];
    char piece[PIECE_BYTES];
    add_value(edit, value, value_name);
    snprintf(piece, sizeof piece, "%s = %s", name, value_name);
    append(edit, edit->condition, " AND ", piece);
}

void leases_edit_require(struct leases_edit *edit, const char *name, const cJSON *value)
{
    require_value(edit, name, cJSON_Duplicate(value, true));
}

void leases_edit_require_text(struct leases_edit *edit, const char *name, const char *text)
{
    if (text[0] != '\0') {
        require_value(edit, name, typed("S", text));
        return;
    }
    char piece[PIECE_BYTES];
    snprintf(piece, sizeof piece, "attribute_not_exists(%s)", name);
    append(edit, edit->condition, " AND ", piece);
}

void leases_edit_require_number(struct leases_edit *edit, const char *name, int64_t number)
{
    require_value(edit, name, typed_number(number));
}

static struct status explain(const struct leases_source *source, struct status failure)
{
    char resource[DYNAMODB_NAME_BYTES + 24];
    snprintf(resource, sizeof resource, "lease table '%s'", source->table);
    const struct startup_call call = {"dynamodb:UpdateItem", resource, source->region, "--app and --region",
                                      source->credentials};
    return startup_explain(&call, &failure);
}

struct status leases_edit_send(const struct leases_source *source, const struct leases_edit *edit,
                               const char *key, cJSON **ret_row)
{
    char update[3 * LEASES_EDIT_BYTES + 32];
    char condition[LEASES_EDIT_BYTES + 64];
    cJSON *key_tree = lease_item_make_key(key);
    if (edit->failed || key_tree == NULL) {
        cJSON_Delete(key_tree);
        return status_no_memory("a change of a lease", LEASES_EDIT_BYTES);
    }
    snprintf(update, sizeof update, "%s%s%s%s%s%s", edit->set[0] == '\0' ? "" : "SET ", edit->set,
             edit->add[0] == '\0' ? "" : " ADD ", edit->add, edit->remove[0] == '\0' ? "" : " REMOVE ",
             edit->remove);
    snprintf(condition, sizeof condition, "attribute_exists(leaseKey)%s%s",
             edit->condition[0] == '\0' ? "" : " AND ", edit->condition);
    const struct dynamodb_write write = {.table = source->table,
                                         .key = key_tree,
                                         .update = update,
                                         .condition = condition,
                                         .values = edit->values};
    const struct dynamodb_limits limits = {
        .deadline_boot_ms = clock_boot_ms(source->clock) + EDIT_DEADLINE_MS, .cancel = source->cancel};
    struct dynamodb_row row = {.item = {NULL, 0}};
    struct status status = dynamodb_update_item(source->dynamodb, &write, &limits, &row);
    cJSON_Delete(key_tree);
    if (status.code == STATUS_CONDITION) {
        *ret_row = NULL;
        struct status parsed = row.item.at == NULL ? status_ok() : json_parse(row.item, ret_row);
        dynamodb_row_free(&row);
        return status_is_ok(&parsed) ? status : parsed;
    }
    dynamodb_row_free(&row);
    return status_is_ok(&status) ? status : explain(source, status);
}
