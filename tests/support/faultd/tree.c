#include "tests/support/faultd/tree.h"

cJSON *tree_parse(struct slice text)
{
    if (text.length == 0) {
        return cJSON_CreateObject();
    }
    return cJSON_ParseWithLength(text.at, text.length);
}

const char *tree_text(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

int64_t tree_integer(const cJSON *object, const char *name, int64_t fallback)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(member) ? (int64_t)member->valuedouble : fallback;
}

double tree_number(const cJSON *object, const char *name, double fallback)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(member) ? member->valuedouble : fallback;
}

bool tree_bool(const cJSON *object, const char *name, bool fallback)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsBool(member) ? cJSON_IsTrue(member) != 0 : fallback;
}

bool tree_copy_text(const cJSON *object, const char *name, char *target, size_t size)
{
    const char *text = tree_text(object, name);
    return slice_copy_text(slice_of_text(text == NULL ? "" : text), target, size);
}

void tree_add_text(cJSON *object, const char *name, const char *text)
{
    cJSON_AddStringToObject(object, name, text);
}

void tree_add_integer(cJSON *object, const char *name, uint64_t value)
{
    cJSON_AddNumberToObject(object, name, (double)value);
}

void tree_add_number(cJSON *object, const char *name, double value)
{
    cJSON_AddNumberToObject(object, name, value);
}

void tree_add_bool(cJSON *object, const char *name, bool value)
{
    cJSON_AddBoolToObject(object, name, value);
}

cJSON *tree_attach(cJSON *object, const char *name, cJSON *child)
{
    if (child != NULL && !cJSON_AddItemToObject(object, name, child)) {
        cJSON_Delete(child);
        return NULL;
    }
    return child;
}

cJSON *tree_append(cJSON *array, cJSON *child)
{
    if (child != NULL && !cJSON_AddItemToArray(array, child)) {
        cJSON_Delete(child);
        return NULL;
    }
    return child;
}
