/* ExpressionAttributeNames and -Values: look-up, and what AWS says of those undefined or unused. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/expression_lexer.h"
#include "tests/support/faultd/value.h"

static bool read_map(const cJSON *request, const char *member, const cJSON **ret_map, char *message)
{
    const cJSON *map = cJSON_GetObjectItemCaseSensitive(request, member);
    if (map == NULL) {
        return true;
    }
    if (!cJSON_IsObject(map) || map->child == NULL) {
        snprintf(message, EXPRESSION_MESSAGE_BYTES, "%s must not be empty", member);
        return false;
    }
    if (cJSON_GetArraySize(map) > EXPRESSION_NAMES) {
        snprintf(message, EXPRESSION_MESSAGE_BYTES, "%s has more than %d entries", member, EXPRESSION_NAMES);
        return false;
    }
    *ret_map = map;
    return true;
}

static bool check_keys(const cJSON *map, const char *member, char prefix, char *message)
{
    for (const cJSON *entry = map == NULL ? NULL : map->child; entry != NULL; entry = entry->next) {
        if (entry->string[0] != prefix || entry->string[1] == '\0') {
            snprintf(message, EXPRESSION_MESSAGE_BYTES,
                     "%s contains invalid key: Syntax error; key: \"%.100s\"", member, entry->string);
            return false;
        }
    }
    return true;
}

bool expression_names_read(const cJSON *request, struct expression_names *ret_names, char *message)
{
    struct expression_names names = {0};
    cJSON *values = cJSON_GetObjectItemCaseSensitive(request, "ExpressionAttributeValues");
    char problem[VALUE_MESSAGE_BYTES];
    if (!read_map(request, "ExpressionAttributeNames", &names.names, message) ||
        !read_map(request, "ExpressionAttributeValues", &names.values, message) ||
        !check_keys(names.names, "ExpressionAttributeNames", '#', message) ||
        !check_keys(names.values, "ExpressionAttributeValues", ':', message)) {
        return false;
    }
    if (values != NULL && !value_check_map(values, problem)) {
        snprintf(message, EXPRESSION_MESSAGE_BYTES,
                 "ExpressionAttributeValues contains invalid value: %.400s", problem);
        return false;
    }
    for (const cJSON *name = names.names == NULL ? NULL : names.names->child; name != NULL;
         name = name->next) {
        if (!cJSON_IsString(name) || name->valuestring[0] == '\0') {
            snprintf(message, EXPRESSION_MESSAGE_BYTES,
                     "ExpressionAttributeNames contains invalid value for key %.100s", name->string);
            return false;
        }
    }
    *ret_names = names;
    return true;
}

static bool report_unused(const cJSON *map, uint64_t used, const char *member, char *message)
{
    uint64_t bit = 1;
    for (const cJSON *entry = map == NULL ? NULL : map->child; entry != NULL;
         entry = entry->next, bit <<= 1) {
        if ((used & bit) == 0) {
            snprintf(message, EXPRESSION_MESSAGE_BYTES,
                     "Value provided in %s unused in expressions: keys: {%.100s}", member, entry->string);
            return false;
        }
    }
    return true;
}

bool expression_names_all_used(const struct expression_names *names, bool any_expression, char *message)
{
    if (!any_expression && (names->names != NULL || names->values != NULL)) {
        snprintf(message, EXPRESSION_MESSAGE_BYTES, "%s can only be specified when using expressions",
                 names->names != NULL ? "ExpressionAttributeNames" : "ExpressionAttributeValues");
        return false;
    }
    return report_unused(names->names, names->names_used, "ExpressionAttributeNames", message) &&
           report_unused(names->values, names->values_used, "ExpressionAttributeValues", message);
}

static const cJSON *look_up(const cJSON *map, struct slice name, uint64_t *used)
{
    uint64_t bit = 1;
    for (const cJSON *entry = map == NULL ? NULL : map->child; entry != NULL;
         entry = entry->next, bit <<= 1) {
        if (slice_equals_text(name, entry->string)) {
            *used |= bit;
            return entry;
        }
    }
    return NULL;
}

const cJSON *expression_value(struct expression *expression)
{
    struct slice name = expression->token.text;
    const cJSON *value = look_up(expression->names->values, name, &expression->names->values_used);
    if (value == NULL) {
        expression_fail(expression,
                        "Invalid %s: An expression attribute value used in expression is not defined; "
                        "attribute value: %.*s",
                        expression->kind, (int)(name.length > 100 ? 100 : name.length), name.at);
        return NULL;
    }
    token_next(expression);
    return value;
}

static bool read_step_name(struct expression *expression, struct path *path, bool first)
{
    struct slice text = expression->token.text;
    struct path_step *step = &path->steps[path->count];
    int shown = (int)(text.length > 100 ? 100 : text.length);
    if (expression->token.kind == TOKEN_NAME) {
        const cJSON *name = look_up(expression->names->names, text, &expression->names->names_used);
        if (name == NULL) {
            return expression_fail(
                expression,
                "Invalid %s: An expression attribute name used in the document path is not "
                "defined; attribute name: %.*s",
                expression->kind, shown, text.at);
        }
        text = slice_of_text(name->valuestring);
    } else if (expression->token.kind != TOKEN_WORD) {
        return expression_syntax_error(expression);
    } else if (first && reserved_word(text)) {
        return expression_fail(expression,
                               "Invalid %s: Attribute name is a reserved keyword; reserved keyword: %.*s",
                               expression->kind, shown, text.at);
    }
    *step = (struct path_step){.is_index = false};
    if (!slice_copy_text(text, step->name, sizeof step->name)) {
        return expression_fail(expression, "Invalid %s: An attribute name is too long;", expression->kind);
    }
    path->count++;
    token_next(expression);
    return true;
}

static bool read_step_index(struct expression *expression, struct path *path)
{
    int64_t index = 0;
    if (expression->token.kind != TOKEN_NUMBER || !slice_parse_int64(expression->token.text, &index) ||
        index > 100000) {
        return expression_syntax_error(expression);
    }
    path->steps[path->count++] = (struct path_step){.is_index = true, .index = (int)index};
    token_next(expression);
    return token_expect(expression, "]");
}

bool path_read(struct expression *expression, struct path *ret_path)
{
    ret_path->count = 0;
    if (!read_step_name(expression, ret_path, true)) {
        return false;
    }
    for (;;) {
        bool dot = token_is_symbol(expression, "."), bracket = token_is_symbol(expression, "[");
        if (!dot && !bracket) {
            return true;
        }
        if (ret_path->count == PATH_STEPS) {
            return expression_fail(expression, "Invalid %s: The document path has too many nesting elements;",
                                   expression->kind);
        }
        token_next(expression);
        if (dot ? !read_step_name(expression, ret_path, true) : !read_step_index(expression, ret_path)) {
            return false;
        }
    }
}

const cJSON *path_find(const cJSON *item, const struct path *path)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, path->steps[0].name);
    for (size_t i = 1; i < path->count && value != NULL; i++) {
        const struct path_step *step = &path->steps[i];
        const cJSON *inner = cJSON_GetObjectItemCaseSensitive(value, step->is_index ? "L" : "M");
        value = step->is_index ? cJSON_GetArrayItem(inner, step->index)
                               : cJSON_GetObjectItemCaseSensitive(inner, step->name);
    }
    return value;
}

void path_print(const struct path *path, char *text, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; i < path->count && at < size; i++) {
        const struct path_step *step = &path->steps[i];
        const char *comma = i == 0 ? "[" : ", ";
        int written = step->is_index ? snprintf(text + at, size - at, "%s[%d]", comma, step->index)
                                     : snprintf(text + at, size - at, "%s%s", comma, step->name);
        at += written > 0 ? (size_t)written : 0;
    }
    if (at + 1 < size) {
        memcpy(text + at, "]", 2);
    }
}

bool path_overlaps(const struct path *left, const struct path *right)
{
    for (size_t i = 0; i < left->count && i < right->count; i++) {
        const struct path_step *a = &left->steps[i], *b = &right->steps[i];
        if (a->is_index != b->is_index || a->index != b->index || strcmp(a->name, b->name) != 0) {
            return false;
        }
    }
    return true;
}
