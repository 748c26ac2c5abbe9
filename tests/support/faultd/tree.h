/* Small readers over cJSON trees, for everything that is not per record. Borrowed results. */
#ifndef PENSTOCK_FAULTD_TREE_H
#define PENSTOCK_FAULTD_TREE_H

#include <cjson/cJSON.h>

#include "base/bytes.h"

/* Parses the whole slice (an empty one is an empty object); NULL when it is no JSON. Owned (cJSON_Delete). */
cJSON *tree_parse(struct slice text);

/* The member as a text, or NULL when absent or of another type. */
const char *tree_text(const cJSON *object, const char *name);

/* The member, or `fallback` when absent or of another type. */
int64_t tree_integer(const cJSON *object, const char *name, int64_t fallback);
double tree_number(const cJSON *object, const char *name, double fallback);
bool tree_bool(const cJSON *object, const char *name, bool fallback);

/* Copies a text member; an absent one gives "". False when it does not fit. */
bool tree_copy_text(const cJSON *object, const char *name, char *target, size_t size) MUST_USE;

/* Adds to an object; failures to allocate leave the member out. Counts above 2^53 do not occur here. */
void tree_add_text(cJSON *object, const char *name, const char *text);
void tree_add_integer(cJSON *object, const char *name, uint64_t value);
void tree_add_number(cJSON *object, const char *name, double value);
void tree_add_bool(cJSON *object, const char *name, bool value);

/* Moves `child` into `object` or `array`; deletes it when that fails. Returns the child, or NULL. */
cJSON *tree_attach(cJSON *object, const char *name, cJSON *child);
cJSON *tree_append(cJSON *array, cJSON *child);

#endif
