#include "tests/support/faultd/value.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/base64.h"
#include "tests/support/faultd/decimal.h"

enum { VALUE_BINARY_BYTES = 512 * 1024 };

static const char *const types[] = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL"};

const char *value_type(const cJSON *value)
{
    const cJSON *member = cJSON_IsObject(value) ? value->child : NULL;
    if (member == NULL || member->next != NULL || member->string == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i], member->string) == 0) {
            return types[i];
        }
    }
    return NULL;
}

static bool say(char message[VALUE_MESSAGE_BYTES], const char *text, const char *detail)
{
    snprintf(message, VALUE_MESSAGE_BYTES, "%s%.200s", text, detail);
    return false;
}

static bool check_number(cJSON *text, char message[VALUE_MESSAGE_BYTES])
{
    struct decimal decimal;
    char normal[DECIMAL_TEXT_BYTES];
    if (!cJSON_IsString(text)) {
        return say(message, "NUMBER_VALUE cannot be converted to String", "");
    }
    const char *problem = decimal_parse(text->valuestring, &decimal);
    if (problem != NULL) {
        bool named = strncmp(problem, "The parameter", 13) == 0;
        return say(message, problem, named ? "" : "");
    }
    decimal_format(&decimal, normal);
    if (strcmp(normal, text->valuestring) != 0 && cJSON_SetValuestring(text, normal) == NULL) {
        return say(message, "out of memory", "");
    }
    return true;
}

static bool check_scalar(cJSON *member, const char type, char message[VALUE_MESSAGE_BYTES])
{
    if (type == 'N') {
        return check_number(member, message);
    }
    if (!cJSON_IsString(member)) {
        return say(message, "Unexpected value type in payload", "");
    }
    if (type == 'B' && !base64_is_valid(slice_of_text(member->valuestring))) {
        return say(message, "Invalid base64 in a binary attribute value", "");
    }
    return true;
}

static bool check_set(cJSON *set, const char *type, char message[VALUE_MESSAGE_BYTES])
{
    if (!cJSON_IsArray(set)) {
        return say(message, "Unexpected value type in payload", "");
    }
    if (set->child == NULL) {
        const char *kind = type[0] == 'S' ? "string set " : type[0] == 'N' ? "number set " : "binary set ";
        snprintf(message, VALUE_MESSAGE_BYTES,
                 "One or more parameter values were invalid: An %s may not be empty", kind);
        return false;
    }
    for (cJSON *member = set->child; member != NULL; member = member->next) {
        if (!check_scalar(member, type[0], message)) {
            return false;
        }
        for (cJSON *other = set->child; other != member; other = other->next) {
            if (strcmp(other->valuestring, member->valuestring) == 0) {
                return say(message,
                           "One or more parameter values were invalid: Input collection contains duplicates.",
                           "");
            }
        }
    }
    return true;
}

static bool check_deep(cJSON *value, int depth, char message[VALUE_MESSAGE_BYTES]);

static bool check_children(cJSON *holder, int depth, char message[VALUE_MESSAGE_BYTES])
{
    for (cJSON *child = holder->child; child != NULL; child = child->next) {
        if (!check_deep(child, depth, message)) {
            return false;
        }
    }
    return true;
}

static bool check_deep(cJSON *value, int depth, char message[VALUE_MESSAGE_BYTES])
{
    const char *type = value_type(value);
    if (type == NULL) {
        bool empty = !cJSON_IsObject(value) || value->child == NULL;
        return say(
            message,
            empty ? "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
                  : "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
                    "of the supported datatypes",
            "");
    }
    if (depth > VALUE_DEPTH) {
        return say(message, "Nesting Levels have exceeded supported limits", "");
    }
    cJSON *member = value->child;
    if (strcmp(type, "NULL") == 0) {
        return cJSON_IsTrue(member) || say(message,
                                           "One or more parameter values were invalid: Null attribute value "
                                           "types must have the value of true",
                                           "");
    }
    if (strcmp(type, "BOOL") == 0) {
        return cJSON_IsBool(member) || say(message, "Unexpected value type in payload", "");
    }
    if (type[0] == 'M' || type[0] == 'L') {
        bool right = type[0] == 'M' ? cJSON_IsObject(member) : cJSON_IsArray(member);
        return right ? check_children(member, depth + 1, message)
                     : say(message, "Unexpected value type in payload", "");
    }
    return type[1] == 'S' ? check_set(member, type, message) : check_scalar(member, type[0], message);
}

bool value_check(cJSON *value, char message[VALUE_MESSAGE_BYTES])
{
    return check_deep(value, 1, message);
}

bool value_check_map(cJSON *map, char message[VALUE_MESSAGE_BYTES])
{
    return check_children(map, 1, message);
}

static bool set_holds(const cJSON *set, const char *text)
{
    for (const cJSON *member = set->child; member != NULL; member = member->next) {
        if (cJSON_IsString(member) && strcmp(member->valuestring, text) == 0) {
            return true;
        }
    }
    return false;
}

static bool sets_equal(const cJSON *left, const cJSON *right)
{
    for (const cJSON *member = left->child; member != NULL; member = member->next) {
        if (!set_holds(right, member->valuestring)) {
            return false;
        }
    }
    return cJSON_GetArraySize(left) == cJSON_GetArraySize(right);
}

bool value_equals(const cJSON *left, const cJSON *right)
{
    const char *type = value_type(left), *other = value_type(right);
    if (type == NULL || type != other) {
        return false;
    }
    if (strlen(type) == 2 && type[1] == 'S') {
        return sets_equal(left->child, right->child);
    }
    if (type[0] == 'L') {
        const cJSON *b = right->child->child;
        for (const cJSON *a = left->child->child; a != NULL; a = a->next, b = b->next) {
            if (b == NULL || !value_equals(a, b)) {
                return false;
            }
        }
        return b == NULL;
    }
    if (type[0] == 'M') {
        for (const cJSON *a = left->child->child; a != NULL; a = a->next) {
            if (!value_equals(a, cJSON_GetObjectItemCaseSensitive(right->child, a->string))) {
                return false;
            }
        }
        return cJSON_GetArraySize(left->child) == cJSON_GetArraySize(right->child);
    }
    return cJSON_Compare(left->child, right->child, true) != 0;
}

static bool compare_binary(const char *left, const char *right, int *ret_order)
{
    struct bytes a, b;
    bytes_init(&a, VALUE_BINARY_BYTES);
    bytes_init(&b, VALUE_BINARY_BYTES);
    bool decoded = base64_decode(slice_of_text(left), &a) && base64_decode(slice_of_text(right), &b);
    if (decoded) {
        size_t shorter = a.length < b.length ? a.length : b.length;
        int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);
        *ret_order = order != 0 ? order : (a.length > b.length) - (a.length < b.length);
    }
    bytes_free(&a);
    bytes_free(&b);
    return decoded;
}

bool value_compare(const cJSON *left, const cJSON *right, int *ret_order)
{
    const char *type = value_type(left);
    struct decimal a, b;
    if (type == NULL || type != value_type(right) || strlen(type) != 1 || type[0] == 'M' || type[0] == 'L') {
        return false;
    }
    const char *left_text = left->child->valuestring, *right_text = right->child->valuestring;
    if (type[0] == 'N') {
        if (decimal_parse(left_text, &a) != NULL || decimal_parse(right_text, &b) != NULL) {
            return false;
        }
        *ret_order = decimal_compare(&a, &b);
        return true;
    }
    if (type[0] == 'B') {
        return compare_binary(left_text, right_text, ret_order);
    }
    *ret_order = strcmp(left_text, right_text);
    return true;
}

int64_t value_size(const cJSON *value)
{
    const char *type = value_type(value);
    if (type == NULL || type[0] == 'N' || strcmp(type, "BOOL") == 0) {
        return type != NULL && strcmp(type, "NS") == 0 ? cJSON_GetArraySize(value->child) : -1;
    }
    if (strcmp(type, "S") == 0) {
        int64_t characters = 0;
        for (const char *at = value->child->valuestring; *at != '\0'; at++) {
            characters += ((unsigned char)*at & 0xC0) != 0x80;
        }
        return characters;
    }
    if (strcmp(type, "B") == 0) {
        return (int64_t)base64_decoded_length(slice_of_text(value->child->valuestring));
    }
    return cJSON_GetArraySize(value->child);
}

bool value_contains(const cJSON *whole, const cJSON *part)
{
    const char *type = value_type(whole), *part_type = value_type(part);
    if (type == NULL || part_type == NULL) {
        return false;
    }
    if (strcmp(type, "L") == 0) {
        for (const cJSON *member = whole->child->child; member != NULL; member = member->next) {
            if (value_equals(member, part)) {
                return true;
            }
        }
        return false;
    }
    if (type[0] != part_type[0] || part_type[1] != '\0' || !cJSON_IsString(part->child)) {
        return false;
    }
    return type[1] == 'S'
               ? set_holds(whole->child, part->child->valuestring)
               : type[0] == 'S' && strstr(whole->child->valuestring, part->child->valuestring) != NULL;
}

bool value_begins_with(const cJSON *whole, const cJSON *prefix)
{
    const char *type = value_type(whole);
    if (type == NULL || type != value_type(prefix) || (strcmp(type, "S") != 0 && strcmp(type, "B") != 0)) {
        return false;
    }
    const char *text = whole->child->valuestring, *start = prefix->child->valuestring;
    if (type[0] == 'S') {
        return strncmp(text, start, strlen(start)) == 0;
    }
    struct bytes a, b;
    bytes_init(&a, VALUE_BINARY_BYTES);
    bytes_init(&b, VALUE_BINARY_BYTES);
    bool begins = base64_decode(slice_of_text(text), &a) && base64_decode(slice_of_text(start), &b) &&
                  b.length <= a.length && (b.length == 0 || memcmp(a.at, b.at, b.length) == 0);
    bytes_free(&a);
    bytes_free(&b);
    return begins;
}

cJSON *value_set_change(const cJSON *set, const cJSON *change, bool add)
{
    const char *type = value_type(change);
    if (type == NULL || type != value_type(set) || strlen(type) != 2) {
        return NULL;
    }
    cJSON *result = cJSON_CreateObject();
    cJSON *members = cJSON_AddArrayToObject(result, type);
    const cJSON *left_out = add ? NULL : change->child;
    for (const cJSON *member = set->child->child; member != NULL; member = member->next) {
        if (left_out == NULL || !set_holds(left_out, member->valuestring)) {
            cJSON_AddItemToArray(members, cJSON_CreateString(member->valuestring));
        }
    }
    for (const cJSON *member = add ? change->child->child : NULL; member != NULL; member = member->next) {
        if (!set_holds(set->child, member->valuestring)) {
            cJSON_AddItemToArray(members, cJSON_CreateString(member->valuestring));
        }
    }
    return result;
}

size_t value_bytes(const cJSON *map)
{
    size_t sum = 0;
    for (const cJSON *member = map == NULL ? NULL : map->child; member != NULL; member = member->next) {
        sum += member->string == NULL ? 0 : strlen(member->string);
        sum += cJSON_IsString(member) ? strlen(member->valuestring) : 1;
        sum += value_bytes(member);
    }
    return sum;
}
