/* JSON that is not per record: bounded reading over cJSON, and a writer into bytes. cJSON keeps numbers as
 * doubles, so DynamoDB's N (a string in its JSON) is safe, while bare numbers above 2^53 are not. */
#ifndef PENSTOCK_AWS_JSON_H
#define PENSTOCK_AWS_JSON_H

#include <cjson/cJSON.h>

#include "base/bytes.h"

/* Parses the whole slice; STATUS_CORRUPT with the place, or when nested deeper than 64. *ret_tree is owned
 * (cJSON_Delete). */
struct status json_parse(struct slice text, cJSON **ret_tree) MUST_USE;

/* Members of an object, with their type checked; NULL or an empty slice when absent or of another type.
 * Borrowed. */
const cJSON *json_object(const cJSON *object, const char *name);
const cJSON *json_array(const cJSON *object, const char *name);
struct slice json_text(const cJSON *object, const char *name);
bool json_bool(const cJSON *object, const char *name);

/* Copies a text member into `target`; false when absent, of another type or too long. */
bool json_copy_text(const cJSON *object, const char *name, char *target, size_t size) MUST_USE;

/* Appends a JSON string with quotes and escapes. */
struct status json_append_string(struct bytes *target, struct slice text) MUST_USE;

/* Appends a cJSON tree, unformatted. */
struct status json_append_tree(struct bytes *target, const cJSON *tree) MUST_USE;

#endif
