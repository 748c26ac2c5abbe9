/* Attribute values: cJSON objects of one member whose name is the type, as DynamoDB's JSON has them. */
#ifndef PENSTOCK_FAULTD_VALUE_H
#define PENSTOCK_FAULTD_VALUE_H

#include <cjson/cJSON.h>

#include "base/bytes.h"

enum { VALUE_MESSAGE_BYTES = 512, VALUE_DEPTH = 32 };

/* "S", "N", "B", "SS", ...; NULL when it is no value. */
const char *value_type(const cJSON *value);

/* Checks a value as DynamoDB does and normalizes its numbers in place ("1.50" becomes "1.5"). False with a
 * message in AWS's words. */
bool value_check(cJSON *value, char message[VALUE_MESSAGE_BYTES]) MUST_USE;

/* A map of values: an item, a key, ExpressionAttributeValues. */
bool value_check_map(cJSON *map, char message[VALUE_MESSAGE_BYTES]) MUST_USE;

bool value_equals(const cJSON *left, const cJSON *right);

/* Orders two values of one of the types S, N, B; false when they cannot be ordered. */
bool value_compare(const cJSON *left, const cJSON *right, int *ret_order) MUST_USE;

/* The function size(): characters of S, bytes of B, members of the others; -1 for N, BOOL, NULL. */
int64_t value_size(const cJSON *value);

/* The set or list holds the operand, or the text or binary contains it. */
bool value_contains(const cJSON *whole, const cJSON *part);

/* S or B begins with the same type's prefix. */
bool value_begins_with(const cJSON *whole, const cJSON *prefix);

/* A set's members with those of `change` added or left out; NULL when the types differ or memory is out. An
 * empty result is an empty array. Owned. */
cJSON *value_set_change(const cJSON *set, const cJSON *change, bool add);

/* Size in bytes as DynamoDB's item limit counts, roughly: names and values. */
size_t value_bytes(const cJSON *map);

#endif
